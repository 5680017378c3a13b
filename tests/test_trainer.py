import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.ops import gen_math_ops

from keras_s2p.data.pipeline import add_other_references
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.hint import build_hint_encoder
from keras_s2p.networks.style2paints import build_style2paints
from keras_s2p.training import assembly, strategies
from keras_s2p.training.trainer import Trainer


def make_trainer(config, generator_config, encode_hint, optimizer=keras.optimizers.SGD):
    discriminator = None
    if config.adversarial != "none":
        discriminator = build_discriminator(config.adversarial, hint_size=16)
    network = build_style2paints(generator_config, hint_encoder=encode_hint)
    trainer = Trainer(network, discriminator, config)
    trainer.compile(optimizer(0.01), optimizer(0.01))
    return trainer


def values(model):
    return [variable.numpy() for variable in model.trainable_variables]


def changed(before, after):
    return [not np.array_equal(a, b) for a, b in zip(before, after)]


def repeat(batch):
    """What a function of make_train_function reads."""
    return iter(tf.data.Dataset.from_tensors(batch).repeat())


@pytest.mark.parametrize("kind", ["none", "dcgan", "acgan", "cgan", "shift"])
def test_a_step_changes_both_networks_and_reports_every_loss(
    kind, tiny_generator_config, tiny_train_config, encode_hint, batch
):
    config = dataclasses.replace(tiny_train_config, adversarial=kind)
    trainer = make_trainer(config, tiny_generator_config, encode_hint)
    networks = [trainer.generator]
    if kind != "none":
        networks.append(trainer.discriminator)
    before = [values(network) for network in networks]
    logs = trainer.train_step(batch)
    assert list(logs) == ["l1", "guide_1", "guide_2", "g_loss", "d_loss"]
    assert all(np.isfinite(float(value)) for value in logs.values())
    assert (float(logs["d_loss"]) > 0) == (kind != "none")
    for network, old in zip(networks, before):
        assert np.mean(changed(old, values(network))) > 0.85


@pytest.mark.parametrize("kind, sees", [("cgan", True), ("dcgan", False)])
def test_a_conditional_discriminator_alone_sees_the_sketch(
    kind, sees, tiny_generator_config, tiny_train_config, encode_hint, batch
):
    config = dataclasses.replace(tiny_train_config, adversarial=kind)
    trainer = make_trainer(config, tiny_generator_config, encode_hint)
    first, second = (
        trainer.discriminate(batch["painting"], {**batch, "sketch": sketch}, "real")
        for sketch in (batch["sketch"], -batch["sketch"])
    )
    assert (
        np.abs(first - second).max() > 1e-3 if sees else np.array_equal(first, second)
    )


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_all_weights_of_the_generator_learn_and_those_of_an_encoder_that_shall(
    share, tiny_generator_config, tiny_train_config
):
    config = dataclasses.replace(
        tiny_train_config, adversarial="none", encoder_share=share
    )
    encoder = build_hint_encoder(tiny_generator_config)
    encoder.trainable = share > 0
    trainer = make_trainer(config, tiny_generator_config, encoder)
    expected = {each.name for each in trainer.generator.trainable_variables}
    assert "hint_dense/kernel:0" in expected and len(expected) > 50
    expected |= {each.name for each in encoder.trainable_variables}
    assert {each.name for each in trainer.learning_variables()} == expected
    assert bool(encoder.trainable_variables) == (share > 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["none", pytest.param("acgan", marks=pytest.mark.long)]
)
def test_bfloat16_learns_as_float32_does(
    kind, tiny_generator_config, tiny_train_config, batch
):
    config = dataclasses.replace(
        tiny_train_config, adversarial=kind, learning_rate=1e-3, average=0.0,
        steps=60,
    )  # fmt: skip
    quarters = tf.image.resize(batch["painting"], (2, 2), method="area")
    painting = tf.image.resize(quarters, (32, 32), method="nearest")
    batch = {**batch, "painting": painting, "reference": painting}
    curves = []
    for mixed in (False, True):
        keras.utils.set_random_seed(0)
        with strategies.precision(mixed):
            encoder = build_hint_encoder(tiny_generator_config)
            trainer = assembly.build_trainer(tiny_generator_config, config, encoder)
            assert trainer.generator.get_layer("enc1_conv1").compute_dtype == (
                "bfloat16" if mixed else "float32"
            )
            step, batches = trainer.make_train_function(), repeat(batch)
            curve = []
            for _ in range(60):
                logs = step(batches)
                curve.append([float(logs[k]) for k in ("l1", "g_loss", "d_loss")])
                trainer.reset_metrics()
        curves.append(np.array(curve))
    exact, rough = curves
    assert exact[-1, 0] < 0.3 * exact[0, 0] and not np.array_equal(exact, rough)
    np.testing.assert_allclose(rough, exact, rtol=0.1)  # 0.08 on some processors


@tf.function
def find_slope(x):
    """The gradient of what is used four times."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x) + tf.cos(x) + tf.exp(x) + x
    return tape.gradient(y, x)


def count_summed(function):
    """How many inputs each AddN of a function has."""
    graph = function.get_concrete_function(tf.TensorSpec([3])).graph
    return [len(each.inputs) for each in graph.get_operations() if each.type == "AddN"]


def test_deterministic_gradients_are_added_in_an_order_that_no_thread_decides(
    monkeypatch,
):
    assert max(count_summed(find_slope)) == 4  # as TensorFlow does it
    switched = []
    monkeypatch.setattr(gen_math_ops, "add_n", gen_math_ops.add_n)  # puts it back
    monkeypatch.setattr(
        tf.config.experimental, "enable_op_determinism", lambda: switched.append("ops")
    )
    monkeypatch.setattr(
        tf.config.optimizer, "set_experimental_options", switched.append
    )
    strategies.make_deterministic()
    assert switched == ["ops", {"arithmetic_optimization": False}]
    again = tf.function(find_slope.python_function)
    assert max(count_summed(again), default=0) <= 2
    x = tf.constant([0.1, 0.2, 0.3])
    np.testing.assert_allclose(again(x), find_slope(x), rtol=1e-6)
    parts = [tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]), tf.constant([5.0, 6.0])]
    assert tf.add_n(parts).numpy().tolist() == [9, 12]
    assert tf.add_n(parts[:2]).numpy().tolist() == [4, 6]


def test_a_step_changes_nothing_of_the_hint_encoder(
    tiny_generator_config, tiny_train_config, batch
):
    encoder = build_hint_encoder(tiny_generator_config)
    before = [variable.numpy() for variable in encoder.variables]
    trainer = make_trainer(tiny_train_config, tiny_generator_config, encoder)
    trainer.train_step(batch)
    assert not any(changed(before, [v.numpy() for v in encoder.variables]))
    learning = {v.ref() for v in trainer.learning_variables()}
    assert learning == {v.ref() for v in trainer.network.trainable_variables}
    assert not {v.ref() for v in encoder.variables} & learning


def test_the_hint_encoder_learns_until_it_is_frozen(
    tiny_generator_config, tiny_train_config, batch
):
    config = dataclasses.replace(
        tiny_train_config, adversarial="none", encoder_share=0.5
    )
    encoder = build_hint_encoder(tiny_generator_config)
    trainer = assembly.build_trainer(tiny_generator_config, config, encoder)

    def values():
        return [variable.numpy() for variable in encoder.variables]

    before = values()
    trainer.train_step(batch)
    assert (
        np.mean(changed(before, values())) > 0.9
    )  # batch normalisation's averages too
    kept = trainer.averaged_encoder.get_weights()
    trainer.freeze_encoder()
    for one, two in zip(encoder.get_weights(), kept):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(
        trainer.generator.get_weights(), trainer.averaged.get_weights()
    ):
        np.testing.assert_array_equal(one, two)
    before = values()
    generator_before = trainer.generator.get_weights()
    trainer.train_step(batch)
    assert not any(changed(before, values()))
    assert any(changed(generator_before, trainer.generator.get_weights()))


def test_the_average_of_a_learning_encoder_is_validated(
    tiny_generator_config, tiny_train_config, batch
):
    config = dataclasses.replace(
        tiny_train_config, adversarial="none", encoder_share=1.0
    )
    encoder = build_hint_encoder(tiny_generator_config)
    trainer = assembly.build_trainer(tiny_generator_config, config, encoder)
    before = float(trainer.test_step(batch)["l1"])
    for weights in (encoder, trainer.generator):
        weights.set_weights([10 * each for each in weights.get_weights()])
    trainer.reset_metrics()
    assert float(trainer.test_step(batch)["l1"]) == before


def test_the_hint_comes_from_the_reference(
    tiny_generator_config, tiny_train_config, encode_hint, batch
):
    config = dataclasses.replace(tiny_train_config, adversarial="none")
    l1 = []
    for changes in ({}, {"reference": -batch["reference"]}):
        keras.utils.set_random_seed(0)
        trainer = make_trainer(config, tiny_generator_config, encode_hint)
        l1.append(float(trainer.train_step({**batch, **changes})["l1"]))
    assert l1[0] != l1[1]


@pytest.mark.slow
@pytest.mark.long
def test_two_replicas_take_the_same_step_as_one(
    tiny_generator_config, tiny_train_config, encode_hint, batch
):
    """Both halves of the batch are alike, so that batch normalisation sees the same."""
    twice = {name: tf.concat([x[:2], x[:2]], axis=0) for name, x in batch.items()}
    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    assert len(devices) == 2
    moved = []
    for strategy in (
        tf.distribute.get_strategy(),
        tf.distribute.MirroredStrategy(
            devices, cross_device_ops=tf.distribute.ReductionToOneDevice()
        ),
    ):
        keras.utils.set_random_seed(0)
        with strategy.scope():
            trainer = make_trainer(
                tiny_train_config, tiny_generator_config, encode_hint
            )
        before = values(trainer.generator) + values(trainer.discriminator)
        data = tf.data.Dataset.from_tensors(twice).unbatch().batch(4)
        trainer.fit(data, verbose=0)
        after = values(trainer.generator) + values(trainer.discriminator)
        moved.append(np.concatenate([(b - a).ravel() for a, b in zip(before, after)]))
    np.testing.assert_allclose(moved[0], moved[1], rtol=1e-2, atol=1e-4)
    assert np.linalg.norm(moved[0]) > 1e-3


@pytest.mark.long
@pytest.mark.slow
def test_shift_takes_turns_between_equations_4_and_3(
    tiny_generator_config, tiny_train_config, encode_hint, batch, caplog
):
    config = dataclasses.replace(tiny_train_config, adversarial="shift", shift_every=1)
    trainer = make_trainer(config, tiny_generator_config, encode_hint)
    head = {name: trainer.discriminator.get_layer(name) for name in ("real", "style")}
    train, batches = trainer.make_train_function(), repeat(batch)
    for trained, resting in 2 * (("real", "style"), ("style", "real")):
        before = {name: layer.kernel.numpy() for name, layer in head.items()}
        train(batches)
        assert not np.array_equal(before[trained], head[trained].kernel.numpy())
        assert np.array_equal(before[resting], head[resting].kernel.numpy())
    assert "Gradients do not exist" not in caplog.text


def test_validation_reports_l1_beside_its_controls(
    tiny_generator_config, tiny_train_config, encode_hint, batch
):
    trainer = make_trainer(tiny_train_config, tiny_generator_config, encode_hint)
    logs = trainer.evaluate(
        tf.data.Dataset.from_tensors(batch), verbose=0, return_dict=True
    )
    assert set(logs) == {"l1", "shuffled_l1", "zero_l1"}
    expected = {
        "l1": encode_hint(batch["reference"]),
        "shuffled_l1": tf.roll(encode_hint(batch["reference"]), 1, axis=0),
        "zero_l1": tf.zeros((4, 16)),
    }
    for name, hint in expected.items():
        painted = trainer.generator({"sketch": batch["sketch"], "hint": hint})
        error = np.abs(painted["painting"] - batch["painting"]).mean()
        assert logs[name] == pytest.approx(float(error), rel=1e-4)


@pytest.mark.long
@pytest.mark.slow
def test_replicas_of_one_picture_each_are_shuffled_too(
    tiny_generator_config, tiny_train_config, encode_hint, batch
):
    pair = {name: x[:2] for name, x in batch.items() if name != "other_reference"}
    data = tf.data.Dataset.from_tensors(pair).map(add_other_references)
    logs = []
    for devices in (["CPU:0"], ["CPU:0", "CPU:1"]):
        strategy = tf.distribute.MirroredStrategy(devices)
        tf.keras.utils.set_random_seed(0)
        with strategy.scope():
            trainer = make_trainer(
                tiny_train_config, tiny_generator_config, encode_hint
            )
        unbatched = data.unbatch().batch(2, drop_remainder=True)
        logs.append(trainer.evaluate(unbatched, verbose=0, return_dict=True))
    assert logs[0]["shuffled_l1"] != pytest.approx(logs[0]["l1"], rel=1e-5)
    assert logs[1] == pytest.approx(logs[0], rel=1e-4)


@pytest.mark.long
@pytest.mark.slow
def test_a_turn_of_shift_computes_its_own_output_alone(
    tiny_generator_config, tiny_train_config, encode_hint, batch, monkeypatch
):
    config = dataclasses.replace(tiny_train_config, adversarial="shift", shift_every=1)
    trainer = make_trainer(config, tiny_generator_config, encode_hint)
    asked = []
    discriminate = trainer.discriminate

    def record(painting, batch, output):
        asked.append(output)
        return discriminate(painting, batch, output)

    monkeypatch.setattr(trainer, "discriminate", record)
    train, batches = trainer.make_train_function(), repeat(batch)
    for expected in ("real", "style"):
        asked.clear()
        train(batches)
        assert set(asked) == {expected}


@pytest.mark.slow
def test_eyes_weigh_as_much_as_asked_for(
    tiny_generator_config, tiny_train_config, encode_hint, batch
):
    config = dataclasses.replace(tiny_train_config, adversarial="none", l1_weight=1.0)
    everywhere = {**batch, "eyes": tf.ones_like(batch["sketch"])}
    g_losses = []
    for weight in (0.0, 2.0):
        tf.keras.utils.set_random_seed(0)
        trainer = make_trainer(
            dataclasses.replace(config, eye_weight=weight),
            tiny_generator_config,
            encode_hint,
        )
        logs = trainer.train_step(everywhere)
        g_losses.append(float(logs["g_loss"]))
    added = g_losses[1] - g_losses[0]
    assert added == pytest.approx(2 * float(logs["l1"]), rel=1e-4)
