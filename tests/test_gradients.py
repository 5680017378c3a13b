"""Gradients of each loss through small networks, against differences of the loss."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.place_drawings import EMBEDDING
from keras_s2p.networks.hint import build_hint_encoder
from keras_s2p.training import hint_trainer, losses, place_trainer

CHANNELS = {"painting": 3, "guide_1": 1, "guide_2": 3}
HINT = 5  # values
STEP = 1e-6
RNG = np.random.default_rng(0)
PAINTING = tf.constant(RNG.uniform(-1, 1, (2, 5, 5, 3)))
EYES = tf.constant(RNG.uniform(0, 1, (2, 5, 5, 1)))
STYLE = tf.constant(RNG.normal(0, 2, (2, HINT)))


@pytest.fixture(scope="module")
def networks():
    """G and D of some hundred weights, in float64, in which differences can be told."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("float64")
    keras.utils.set_random_seed(0)
    sketch = keras.Input((5, 5, 1), dtype="float64")
    x = keras.layers.Conv2D(3, 3, padding="same", activation="tanh")(sketch)
    outputs = {
        name: keras.layers.Conv2D(channels, 1, activation="tanh")(x)
        for name, channels in CHANNELS.items()
    }
    painting = keras.Input((5, 5, 3), dtype="float64")
    y = keras.layers.Conv2D(3, 3, strides=2, activation="tanh")(painting)
    y = keras.layers.Flatten()(y)
    heads = {"real": keras.layers.Dense(1)(y), "style": keras.layers.Dense(HINT)(y)}
    yield keras.Model(sketch, outputs), keras.Model(painting, heads)
    keras.mixed_precision.set_global_policy(before)


def colour_guides(outputs, real, fake):
    return losses.l1_loss_colour_guides(PAINTING, outputs, 0.3, 0.9)


def gray_guide(outputs, real, fake):
    return losses.l1_loss(PAINTING, outputs, 0.3, 0.9)


def eyes(outputs, real, fake):
    return losses.eye_loss(PAINTING, outputs["painting"], EYES)


def soft(outputs, real, fake):
    return losses.acgan_losses(real["style"], fake["style"], STYLE)


def literal(outputs, real, fake):
    return losses.acgan_losses_literal(real["style"], fake["style"], STYLE)


def dcgan(outputs, real, fake):
    return losses.dcgan_losses(real["real"], fake["real"])


def whole(outputs, real, fake):
    adversarial = losses.acgan_losses(real["style"], fake["style"], STYLE)[1]
    l1 = losses.l1_loss(PAINTING, outputs, 0.3, 0.9)
    return losses.generator_loss(adversarial, l1, 100.0)


@pytest.mark.parametrize(
    "equation", [colour_guides, gray_guide, eyes, soft, literal, dcgan, whole]
)
def test_gradients_are_the_slopes_of_the_loss(equation, networks):
    generator, discriminator = networks
    variables = generator.trainable_variables + discriminator.trainable_variables
    sketch = PAINTING[..., :1]
    rng = np.random.default_rng(1)

    def compute():
        outputs = generator(sketch)
        real, fake = discriminator(PAINTING), discriminator(outputs["painting"])
        return tf.nest.flatten(equation(outputs, real, fake))

    with tf.GradientTape(persistent=True) as tape:
        found = compute()
    for number, loss in enumerate(found):
        assert loss.dtype == tf.float64
        gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
        assert any(np.abs(gradient).max() > 1e-4 for gradient in gradients)
        for _ in range(3):
            way = [rng.normal(size=variable.shape) for variable in variables]
            ahead, behind = (
                float(moved(variables, way, sign * STEP, compute)[number])
                for sign in (1, -1)
            )
            slope = sum(float(np.sum(g * w)) for g, w in zip(gradients, way))
            assert (ahead - behind) / (2 * STEP) == pytest.approx(slope, rel=1e-5)


def moved(variables, way, step, compute):
    """What is computed while the weights are a step along a way."""
    before = [variable.numpy() for variable in variables]
    for variable, old, each in zip(variables, before, way):
        variable.assign(old + step * each)
    found = compute()
    for variable, old in zip(variables, before):
        variable.assign(old)
    return found


def find_slopes(compute, variables, step):
    """Slopes of what computes in float32 along three ways: measured, by gradients."""
    rng = np.random.default_rng(2)
    with tf.GradientTape() as tape:
        loss = compute()
    gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
    measured, computed = [], []
    for _ in range(3):
        # Mostly along the gradient, where a loss changes most beside its rounding.
        way = []
        for gradient in map(tf.convert_to_tensor, gradients):
            noise = rng.normal(size=gradient.shape)
            aside = 0.3 * noise / np.linalg.norm(noise)
            way.append(tf.math.divide_no_nan(gradient, tf.norm(gradient)) + aside)
        ahead, behind = (
            float(moved(variables, way, sign * step, compute)) for sign in (1, -1)
        )
        measured.append((ahead - behind) / (2 * step))
        parts = zip(gradients, way)
        computed.append(sum(float(tf.reduce_sum(g * w)) for g, w in parts))
    return measured, computed


def test_gradients_of_the_hint_encoders_own_training(tiny_generator_config):
    keras.utils.set_random_seed(0)
    encoder = build_hint_encoder(tiny_generator_config, trainable=True)
    trainer = hint_trainer.HintTrainer(encoder, tiny_generator_config.hint_size)
    rng = np.random.default_rng(0)
    regions = rng.integers(0, hint_trainer.NUM_REGIONS, (2, 8, 8, 1))
    labels = [rng.integers(-1, 2, 2) for _ in hint_trainer.character.LABEL_SIZES]
    batch = {
        "painting": tf.constant(rng.uniform(-1, 1, (2, 32, 32, 3)), tf.float32),
        "regions": tf.constant(np.kron(regions, np.ones((1, 4, 4, 1))), tf.uint8),
        "labels": tf.constant(np.stack(labels, axis=1), tf.int32),
    }

    def compute():
        return trainer.compute_losses(batch, training=False)

    compute()  # makes the heads
    heads = [*trainer.heads.trainable_variables]
    heads += [each for head in trainer.cell_heads for each in head.trainable_variables]
    measured, computed = find_slopes(compute, heads, 1e-3)
    assert min(map(abs, computed)) > 1e-2
    assert measured == pytest.approx(computed, rel=0.02)


def test_gradients_of_the_place_encoders_training():
    rng = np.random.default_rng(0)
    own, theirs = (
        np.concatenate(
            [
                tf.math.l2_normalize(rng.normal(size=(2, number, EMBEDDING)), -1),
                rng.uniform(-0.9, 0.9, (2, number, 3)),
                rng.uniform(0.5, 1, (2, number, 1)),
            ],
            axis=-1,
        ).astype(np.float32)
        for number in (6, 9)
    )
    own[..., -4:-1] = theirs[:, :6, -4:-1]  # colours that the reference shows
    embeddings = tf.Variable(own[..., :EMBEDDING])
    rest = tf.constant(own[..., EMBEDDING:])

    def compute():
        places = tf.concat([embeddings, rest], axis=-1)
        return place_trainer.compare(places, tf.constant(theirs))[0]

    measured, computed = find_slopes(compute, [embeddings], 1e-2)
    assert min(map(abs, computed)) > 1e-2
    assert measured == pytest.approx(computed, rel=0.02)
