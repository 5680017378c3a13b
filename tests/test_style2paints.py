import dataclasses
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.config import TrainConfig
from keras_s2p.networks import weights
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.generator import build_generator
from keras_s2p.networks.hint import build_hint_encoder
from keras_s2p.networks.places import build_place_encoder
from keras_s2p.networks.style2paints import build_style2paints
from keras_s2p.training import assembly, callbacks, strategies


def test_it_paints_as_its_two_parts_do(tiny_generator_config, batch):
    network = build_style2paints(tiny_generator_config)
    outputs = network({"sketch": batch["sketch"], "reference": batch["reference"]})
    assert set(outputs) == {"painting", "guide_1", "guide_2"}
    hint = network.get_layer("hint_encoder")(batch["reference"])
    parts = network.get_layer("generator")({"sketch": batch["sketch"], "hint": hint})
    for name, output in outputs.items():
        np.testing.assert_allclose(output, parts[name], atol=1e-6)


@pytest.mark.parametrize("learns", [False, True])
def test_the_hint_encoder_is_trained_only_where_it_is_made_trainable(
    learns, tiny_generator_config
):
    network = build_style2paints(tiny_generator_config)
    generator, encoder = map(network.get_layer, ("generator", "hint_encoder"))
    encoder.trainable = learns
    trained = {variable.ref() for variable in network.trainable_variables}
    expected = {variable.ref() for variable in generator.trainable_variables}
    if learns:
        expected |= {variable.ref() for variable in encoder.trainable_variables}
        assert len(expected) > len(generator.trainable_variables)
    assert trained == expected


def test_a_frozen_encoder_keeps_its_averages_in_training(tiny_generator_config, batch):
    network = build_style2paints(tiny_generator_config)
    encoder = network.get_layer("hint_encoder")
    before = encoder.get_weights()
    network({name: batch[name] for name in ("sketch", "reference")}, training=True)
    for one, two in zip(before, encoder.get_weights()):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_it_can_be_saved_and_loaded_by_keras(tiny_generator_config, batch, tmp_path):
    network = build_style2paints(tiny_generator_config)
    inputs = {name: batch[name] for name in ("sketch", "reference")}
    path = str(tmp_path / "style2paints.keras")
    network.save(path)
    loaded = keras.models.load_model(path, compile=False)
    np.testing.assert_allclose(
        network(inputs)["painting"], loaded(inputs)["painting"], atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_checkpoint_holds_the_hint_encoder_only_while_it_learns(
    share, tiny_generator_config, tmp_path
):
    config = TrainConfig(adversarial="none", encoder_share=share)
    encoder = build_hint_encoder(tiny_generator_config)
    trainer = assembly.build_trainer(tiny_generator_config, config, encoder)
    callbacks.Checkpoint(trainer, str(tmp_path)).on_epoch_end(0)
    names = {
        name.split("/")[0]
        for name, _ in tf.train.list_variables(tf.train.latest_checkpoint(tmp_path))
    }
    networks = {"generator", "averaged", "generator_optimizer"}
    if share:
        networks |= {"hint_encoder", "averaged_encoder"}
    assert names - {"save_counter", "_CHECKPOINTABLE_OBJECT_GRAPH"} == networks


@pytest.mark.slow
def test_the_release_fits_into_it():
    config, generator, encoder = weights.load_networks()
    whole = build_style2paints(dataclasses.replace(config, guides=True))
    for part, file in (
        ("generator", weights.GENERATOR_FILE),
        ("hint_encoder", weights.HINT_ENCODER_FILE),
    ):
        path = os.path.join(weights.DEFAULT, file)
        weights.read_weights(whole.get_layer(part), path, optional="guide_")
    sketch, reference = tf.ones((1, 32, 32, 1)), tf.zeros((1, 64, 64, 3))
    painted = generator({"sketch": sketch, "hint": encoder(reference)})["painting"]
    again = whole({"sketch": sketch, "reference": reference})["painting"]
    np.testing.assert_allclose(painted, again, atol=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        build_generator,
        build_hint_encoder,
        lambda config: build_place_encoder(filters=4),
        *(lambda config, kind=kind: build_discriminator(kind, hint_size=16)
          for kind in ("dcgan", "acgan", "cgan", "shift")),
    ],
)  # fmt: skip
def test_losses_are_of_float32_where_the_rest_is_bfloat16(build, tiny_generator_config):
    with strategies.precision(True):
        network = build(tiny_generator_config)
        computed = {layer.compute_dtype for layer in network.layers}
    assert "bfloat16" in computed
    assert {output.dtype for output in tf.nest.flatten(network.output)} == {tf.float32}
