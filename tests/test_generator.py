import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.config import PRESETS
from keras_s2p.networks.generator import build_generator

# Weights of each part of figure 2 under the `paper` preset.
PAPER_PARTS = {
    "enc1": 2_576,
    "enc2": 17_664,
    "enc3": 70_144,
    "enc4": 279_552,
    "enc5": 1_116_160,
    "hint": 8_390_656,
    "mid": 8_396_800,
    "dec1": 11_800_576,
    "dec2": 1_033_216,
    "dec3": 184_832,
    "dec4": 46_336,
    "dec5": 74_240,
    "painting": 1_731,
    "guide_1": 2_750_625,
    "guide_2": 3_930_851,
}


@pytest.fixture(scope="module")
def paper():
    return build_generator(PRESETS["paper"])


def part_of(layer):
    first, *rest = layer.name.split("_")
    return f"guide_{rest[0]}" if first == "guide" else first


def test_paper_preset_has_the_exact_weights_of_each_part(paper):
    counts = dict.fromkeys(PAPER_PARTS, 0)
    for layer in paper.layers:
        if layer.weights:
            counts[part_of(layer)] += layer.count_params()
    assert counts == PAPER_PARTS


@pytest.mark.parametrize(
    "changes, count",
    [
        ({}, 38_095_959),
        ({"guides": False}, 31_414_483),
        ({"hint_size": 2048}, 38_095_959 - 2048 * 2048),
        ({"hint_size": 256}, 38_095_959 - (4096 - 256) * 2048),
    ],
)
def test_weights_by_hint_size_and_guides(changes, count):
    config = dataclasses.replace(PRESETS["paper"], **changes)
    assert build_generator(config).count_params() == count


def test_sizes_of_figure_2(paper):
    network = tf.keras.Model(
        paper.input,
        [paper.get_layer(name).output for name in ("enc1_conv2_relu", "enc5_conv2_relu",
         "mid_relu", "dec1_conv2_relu", "dec1_skip", "dec5_conv2_relu")],
    )  # fmt: skip
    inputs = {"sketch": tf.ones((1, 256, 256, 1)), "hint": tf.ones((1, 4096))}
    shapes = [tuple(x.shape[1:]) for x in network(inputs)]
    assert shapes == [
        (256, 256, 16), (16, 16, 256), (8, 8, 2048), (16, 16, 512),
        (16, 16, 512 + 256), (256, 256, 64),
    ]  # fmt: skip


def test_every_layer_with_weights_has_a_name_of_the_figure(paper):
    for layer in paper.layers:
        if layer.weights:
            assert part_of(layer) in PAPER_PARTS, layer.name


@pytest.mark.parametrize("shape", [(32, 32), (64, 96)])
def test_outputs_have_the_size_of_the_sketch(tiny_generator_config, shape):
    generator = build_generator(tiny_generator_config)
    outputs = generator({"sketch": tf.ones((2, *shape, 1)), "hint": tf.ones((2, 16))})
    assert {name: tuple(x.shape) for name, x in outputs.items()} == {
        "painting": (2, *shape, 3),
        "guide_1": (2, *shape, 1),
        "guide_2": (2, *shape, 3),
    }
    assert all(float(tf.reduce_max(tf.abs(x))) <= 1 for x in outputs.values())


def test_guide_1_can_be_in_colour(tiny_generator_config):
    config = dataclasses.replace(tiny_generator_config, guide_1_gray=False)
    assert build_generator(config).output["guide_1"].shape[-1] == 3


def test_the_scale_and_mean_of_the_hint_do_not_matter(tiny_generator_config):
    keras.utils.set_random_seed(0)
    generator = build_generator(tiny_generator_config)
    sketch = tf.ones((1, 32, 32, 1))
    hint = tf.constant(np.random.default_rng(0).normal(size=(1, 16)), tf.float32)
    one = generator({"sketch": sketch, "hint": hint})["painting"]
    two = generator({"sketch": sketch, "hint": 30 * hint + 5})["painting"]
    other = generator({"sketch": sketch, "hint": hint[:, ::-1]})["painting"]
    np.testing.assert_allclose(one, two, atol=1e-5)
    assert float(tf.reduce_max(tf.abs(one - other))) > 3e-4


def test_the_hint_reaches_the_painting_and_guide_2_but_not_guide_1(
    tiny_generator_config,
):
    generator = build_generator(tiny_generator_config)
    sketch = tf.random.stateless_uniform((1, 32, 32, 1), (0, 0), -1, 1)
    hint = tf.Variable(tf.random.stateless_normal((1, 16), (0, 1)))
    with tf.GradientTape(persistent=True) as tape:
        outputs = generator({"sketch": sketch, "hint": hint})
        sums = {name: tf.reduce_sum(x**2) for name, x in outputs.items()}
    assert tape.gradient(sums["guide_1"], hint) is None
    for name in ("painting", "guide_2"):
        assert float(tf.norm(tape.gradient(sums[name], hint))) > 0


def test_guides_give_the_mid_level_gradients_at_the_start(tiny_generator_config):
    """Section 3.1: with guide decoders every level gets a stable gradient."""
    generator = build_generator(tiny_generator_config)
    sketch = tf.random.stateless_uniform((4, 32, 32, 1), (0, 0), -1, 1)
    mid = generator.get_layer("mid_conv1").trainable_variables
    with tf.GradientTape() as tape:
        outputs = generator(
            {"sketch": sketch, "hint": tf.random.stateless_normal((4, 16), (1, 1))},
            training=True,
        )
        loss = tf.reduce_mean(tf.abs(outputs["guide_2"] - 0.5))
    assert float(tf.norm(tape.gradient(loss, mid)[0])) > 1e-4
