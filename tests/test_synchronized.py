import json
import os
import pathlib
import subprocess
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from workers import cluster

from keras_s2p.common.config import TrainConfig
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.generator import build_generator
from keras_s2p.networks.synchronized import synchronize
from keras_s2p.training import strategies

TESTS = pathlib.Path(__file__).parent


def test_the_synchronized_network_is_the_same_but_for_its_normalisation(
    tiny_generator_config, batch
):
    network = build_generator(tiny_generator_config)
    clone = synchronize(network)
    assert [v.name for v in clone.weights] == [v.name for v in network.weights]
    hint = np.ones((4, 16), np.float32)
    one, two = (each({"sketch": batch["sketch"], "hint": hint})
                for each in (network, clone))  # fmt: skip
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_allclose(one[name], two[name], atol=1e-6)
    kinds = [layer.synchronized for layer in clone.layers
             if isinstance(layer, keras.layers.BatchNormalization)]  # fmt: skip
    assert kinds and all(kinds)


def test_a_frozen_network_stays_frozen():
    network = build_discriminator("dcgan")
    network.trainable = False
    assert synchronize(network).trainable_variables == []


def test_normalisation_computes_in_float32_where_the_rest_is_bfloat16(
    tiny_generator_config,
):
    with strategies.precision(True):
        clone = synchronize(build_generator(tiny_generator_config))
    assert clone.get_layer("enc1_conv1_bn").compute_dtype == "float32"
    assert clone.get_layer("enc1_conv1").compute_dtype == "bfloat16"


@pytest.mark.parametrize("synchronized, variance", [(True, 0.25), (False, 0.0)])
def test_statistics_are_those_of_the_whole_batch(synchronized, variance):
    """One replica sees zeros alone, the other ones."""
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    strategy = tf.distribute.MirroredStrategy(
        devices, cross_device_ops=tf.distribute.ReductionToOneDevice()
    )
    assert strategy.num_replicas_in_sync == 2
    with strategy.scope():
        values = keras.Input((1, 1, 1))
        layer = keras.layers.BatchNormalization(momentum=0, epsilon=1e-6, name="norm")
        network = keras.Model(values, layer(values))
        if synchronized:
            network = synchronize(network)
    seen = strategy.experimental_distribute_values_from_function(
        lambda context: tf.fill((4, 1, 1, 1), float(context.replica_id_in_sync_group))
    )
    step = tf.function(lambda x: network(x, training=True))
    found = strategy.experimental_local_results(strategy.run(step, args=(seen,)))
    *_, measured = network.get_layer("norm").get_weights()
    assert float(measured[0]) == pytest.approx(variance)
    expected = (-1, 1) if synchronized else (0, 0)
    for each, value in zip(found, expected):
        np.testing.assert_allclose(each, np.full((4, 1, 1, 1), value), atol=1e-4)


@pytest.mark.parametrize(
    "replicas, batch_size, choice, expected",
    [
        (1, 4, None, False),
        (1, 4, True, False),
        (2, 4, None, True),
        (2, 14, None, True),
        (2, 16, None, False),
        (2, 16, True, True),
        (2, 4, False, False),
    ],
)
def test_few_pictures_a_replica_are_normalised_together(
    replicas, batch_size, choice, expected
):
    strategy = types.SimpleNamespace(num_replicas_in_sync=replicas)
    config = TrainConfig(batch_size=batch_size, synchronized=choice)
    assert strategies.is_synchronized(strategy, config) is expected


def start(replicas, *arguments, **environment):
    """A process of tests/replicas.py."""
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    return subprocess.Popen(
        [sys.executable, str(TESTS / "replicas.py"), str(replicas), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip


def read(process):
    """(losses [steps, 2], how far each weight moved), which a process prints."""
    output, error = process.communicate(timeout=600)
    assert process.returncode == 0, error[-2000:]
    line = json.loads(output.split("RESULT ")[1])
    return np.array(line["losses"]), np.array(line["moved"])


def train_on(replicas, adversarial="none", synchronized="auto", precision="float"):
    """What read gives of a training on one machine."""
    return read(start(replicas, adversarial, synchronized, precision))


@pytest.fixture(scope="module")
def on_one_device():
    return train_on(1)


def difference(one, two):
    """How far apart two trainings went, as a share of their way."""
    return np.linalg.norm(one[1] - two[1]) / np.linalg.norm(one[1])


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("replicas", [2, 3, 4])
def test_replicas_train_as_one_device(replicas, on_one_device):
    found = train_on(replicas)
    assert len(found[0]) == 20
    np.testing.assert_allclose(found[0], on_one_device[0], rtol=5e-4)
    assert difference(found, on_one_device) < 0.015


@pytest.mark.slow
@pytest.mark.long
def test_two_workers_train_as_one_device(on_one_device):
    workers = [start(1, "none", "auto", "float", TF_CONFIG=each) for each in cluster(2)]
    for found in map(read, workers):
        np.testing.assert_allclose(found[0], on_one_device[0], rtol=5e-4)
        assert difference(found, on_one_device) < 0.015


@pytest.mark.slow
@pytest.mark.long
def test_replicas_that_are_not_synchronized_train_otherwise(on_one_device):
    found = train_on(2, synchronized="no")
    apart = np.abs(found[0][:, 0] / on_one_device[0][:, 0] - 1)
    assert apart.min() > 5e-3  # 10 times what those that are may differ by
    assert difference(found, on_one_device) > 0.05


@pytest.mark.long
@pytest.mark.slow
def test_replicas_take_turns_between_the_equations_as_one_device():
    one, two = train_on(1, "shift"), train_on(2, "shift")
    np.testing.assert_allclose(one[0], two[0], rtol=1e-3)
    assert difference(one, two) < 0.02


@pytest.mark.slow
@pytest.mark.long
def test_replicas_train_in_bfloat16():
    losses, moved = train_on(2, precision="mixed")
    assert np.isfinite(losses).all() and 0 < np.linalg.norm(moved) < 100
