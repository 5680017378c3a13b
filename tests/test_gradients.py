"""Gradients of each loss through small networks, against differences of the loss."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.place_drawings import EMBEDDING
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.generator import build_generator
from keras_s2p.networks.hint import build_hint_encoder
from keras_s2p.networks.places import build_place_encoder
from keras_s2p.networks.style2paints import build_style2paints
from keras_s2p.training import hint_trainer, losses, place_trainer, trainer

CHANNELS = {"painting": 3, "guide_1": 1, "guide_2": 3}
HINT = 5  # values
STEP = 1e-6
RNG = np.random.default_rng(0)
PAINTING = tf.constant(RNG.uniform(-1, 1, (2, 5, 5, 3)))
EYES = tf.constant(RNG.uniform(0, 1, (2, 5, 5, 1)))
STYLE = tf.Variable(RNG.normal(0, 2, (2, HINT)))  # as where V learns


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
    variables = [*variables, STYLE]
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


def find_slopes(compute, variables, step, ways=3):
    """Slopes of what computes in float32 along some ways: measured, by gradients."""
    with tf.GradientTape() as tape:
        loss = compute()
    gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
    return compare_slopes(compute, variables, gradients, step, ways)


def compare_slopes(compute, variables, gradients, step, ways=3, along=1.0):
    """As find_slopes, of gradients that are known; with `along` 0 in any direction."""
    rng = np.random.default_rng(2)
    measured, computed = [], []
    for _ in range(ways):
        # Mostly along the gradient, where a loss changes most beside its rounding.
        way = []
        for gradient in map(tf.convert_to_tensor, gradients):
            noise = rng.normal(size=gradient.shape)
            aside = 0.3 * noise / np.linalg.norm(noise)
            gradient = tf.math.divide_no_nan(gradient, tf.norm(gradient))
            way.append(along * gradient + aside)
        ahead, behind = (
            float(moved(variables, way, sign * step, compute)) for sign in (1, -1)
        )
        measured.append((ahead - behind) / (2 * step))
        parts = zip(gradients, way)
        computed.append(sum(float(tf.reduce_sum(g * w)) for g, w in parts))
    return measured, computed


def make_regions():
    """A batch of two paintings of 32 x 32 with random regions and labels."""
    rng = np.random.default_rng(0)
    regions = rng.integers(0, hint_trainer.NUM_REGIONS, (2, 8, 8, 1))
    labels = [rng.integers(-1, 2, 2) for _ in hint_trainer.character.LABEL_SIZES]
    return {
        "painting": tf.constant(rng.uniform(-1, 1, (2, 32, 32, 3)), tf.float32),
        "regions": tf.constant(np.kron(regions, np.ones((1, 4, 4, 1))), tf.uint8),
        "labels": tf.constant(np.stack(labels, axis=1), tf.int32),
    }


@pytest.fixture
def hint_training(tiny_generator_config):
    """A HintTrainer, what gives its loss, and its heads but for those of cells."""
    keras.utils.set_random_seed(0)
    encoder = build_hint_encoder(tiny_generator_config, trainable=True)
    model = hint_trainer.HintTrainer(encoder, tiny_generator_config.hint_size)
    batch = make_regions()

    def compute():
        return model.compute_losses(batch, training=False)

    compute()  # makes the heads
    heads = [layer for layer in model.heads.layers if layer.trainable_variables]
    return model, compute, heads


@pytest.mark.long
@pytest.mark.slow
def test_gradients_of_the_hint_encoders_own_training(hint_training):
    model, compute, heads = hint_training
    assert len(heads) == 4 + len(hint_trainer.character.LABEL_SIZES)
    for head in [*heads, *model.cell_heads]:  # one by one: none hides another's slope
        measured, computed = find_slopes(compute, head.trainable_variables, 3e-3)
        assert min(map(abs, measured)) > 1e-3, head.name
        assert find_error(measured, computed) < 0.1, head.name


@pytest.mark.slow
def test_each_part_of_the_hint_encoders_own_training_reaches_the_encoder(
    hint_training,
):
    """Of the heads all but one see nothing, so that none hides another's slope."""
    model, compute, heads = hint_training
    heads = [*heads, *model.cell_heads]
    kernels = [(head.kernel, head.kernel.numpy()) for head in heads]
    variables = model.encoder.trainable_variables
    labels = [head for head in heads if head.name.startswith("label_")]
    for head in (head for head in heads if head not in labels[1:]):
        for kernel, before in kernels:
            kernel.assign(before if kernel is head.kernel else 0 * before)
        # A small step: standardising a hint of small values bends the loss.
        measured, computed = find_slopes(compute, variables, 3e-5, 1)
        assert min(map(abs, measured)) > 0.1, head.name
        assert find_error(measured, computed) < 0.25, head.name  # kinks of ReLUs


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


def find_slopes_of_steps(trainer, batch, optimizer, variables, loss, **options):
    """As find_slopes, of a trainer's train_step with SGD; compare_slopes' options."""

    learning = {id(each) for each in variables}

    def take(rate):
        for variable, old in before:  # moving averages of batches too
            if id(variable) not in learning:
                variable.assign(old)
        optimizer.learning_rate = rate
        trainer.reset_metrics()
        return float(trainer.train_step(batch)[loss])

    before = [(each, each.numpy()) for each in trainer.variables]
    first = [each.numpy() for each in variables]
    take(1.0)
    gradients = [old - each.numpy() for old, each in zip(first, variables)]
    for variable, old in before:
        variable.assign(old)
    return compare_slopes(lambda: take(0.0), variables, gradients, **options)


def find_error(measured, computed):
    """The difference of slopes as a share of them."""
    return np.linalg.norm(np.subtract(measured, computed)) / np.linalg.norm(computed)


@pytest.mark.parametrize(
    "changes",
    [
        {"adversarial": "none", "eye_weight": 100.0},
        *(
            pytest.param(changes, marks=pytest.mark.slow)
            for changes in (
                {"adversarial": "none", "encoder_share": 0.5},
                {"adversarial": "acgan"},
            )
        ),
        *(
            pytest.param(changes, marks=[pytest.mark.slow, pytest.mark.long])
            for changes in (
                {"adversarial": "cgan"},
                {"adversarial": "dcgan"},
                {"adversarial": "acgan", "encoder_share": 0.5},
                {"adversarial": "acgan", "acgan_form": "literal"},
            )
        ),
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_a_training_step_goes_down_the_slopes_of_its_losses(
    changes, tiny_generator_config, tiny_train_config, batch
):
    keras.utils.set_random_seed(0)
    # As much of L1 as of the other losses, so that none hides another's slope.
    config = dataclasses.replace(tiny_train_config, l1_weight=1.0, **changes)
    encoder = build_hint_encoder(tiny_generator_config)
    encoder.trainable = config.encoder_share > 0
    discriminator = None
    if config.adversarial != "none":
        discriminator = build_discriminator(config.adversarial, hint_size=16)
    network = build_style2paints(tiny_generator_config, hint_encoder=encoder)
    model = trainer.Trainer(network, discriminator, config)
    generators, discriminators = (keras.optimizers.SGD(0.0) for _ in range(2))
    model.compile(generators, discriminators)
    if config.eye_weight:
        batch = {**batch, "eyes": tf.cast(batch["sketch"] > 0, tf.float32)}
    sides = [(generators, model.generator.trainable_variables, "g_loss", 0.4)]
    if config.encoder_share:
        sides.append((generators, encoder.trainable_variables, "g_loss", 0.4))
    if discriminator is not None:
        asked = model.discriminator_outputs[model.find_output()].trainable_variables
        sides.append((discriminators, asked, "d_loss", 0.15))
    # Batch normalisation curves the generator's losses so much that it is seen.
    for optimizer, variables, loss, most in sides:
        measured, computed = find_slopes_of_steps(
            model, batch, optimizer, variables, loss, step=2e-4, ways=3, along=0.0
        )
        assert find_error(measured, computed) < most
        optimizer.learning_rate = 0.0


def test_equation_3_moves_the_encoder_that_learns(
    tiny_generator_config, tiny_train_config, batch
):
    """By the style, of which others tell the slope; in a step this one is hidden."""
    keras.utils.set_random_seed(0)
    config = dataclasses.replace(
        tiny_train_config, adversarial="acgan", encoder_share=0.5
    )
    encoder = build_hint_encoder(tiny_generator_config)
    encoder.trainable = True
    network = build_style2paints(tiny_generator_config, hint_encoder=encoder)
    discriminator = build_discriminator("acgan", hint_size=16)
    model = trainer.Trainer(network, discriminator, config)
    fixed = {"painting": batch["painting"][:, ::-1]}
    sides = [
        tf.constant(model.discriminate(each["painting"], batch, "style"))
        for each in (batch, fixed)
    ]
    variables = encoder.trainable_variables
    with tf.GradientTape() as tape:
        _, g_loss = model.compute_adversarial(batch, fixed)
    found = tape.gradient(g_loss, variables)
    with tf.GradientTape() as tape:
        style = encoder(batch["painting"])
        _, expected = losses.acgan_losses(*sides, style)
    assert max(np.abs(each).max() for each in found) > 1e-3
    for each, slope in zip(found, tape.gradient(expected, variables)):
        np.testing.assert_allclose(each, slope, atol=1e-6)


@pytest.mark.slow
def test_a_hint_encoders_training_step_goes_down_the_slope_of_its_loss(
    tiny_generator_config,
):
    keras.utils.set_random_seed(0)
    encoder = build_hint_encoder(tiny_generator_config, trainable=True)
    model = hint_trainer.HintTrainer(encoder, tiny_generator_config.hint_size)
    optimizer = keras.optimizers.SGD(0.0)
    model.compile(optimizer)
    measured, computed = find_slopes_of_steps(
        model, make_regions(), optimizer, encoder.trainable_variables, "loss",
        step=1e-3, ways=4, along=0.0,
    )  # fmt: skip
    assert find_error(measured, computed) < 0.1


@pytest.mark.slow
def test_a_place_encoders_training_step_goes_down_the_slope_of_its_loss(
    tiny_generator_config, batch, monkeypatch
):
    monkeypatch.setattr(place_trainer, "SIZE", 32)
    monkeypatch.setattr(place_trainer, "SAMPLES", 10**6)  # all, in any order
    keras.utils.set_random_seed(0)
    encoder = build_place_encoder(filters=2)
    model = place_trainer.PlaceTrainer(
        encoder, build_generator(tiny_generator_config),
        build_hint_encoder(tiny_generator_config),
    )  # fmt: skip
    optimizer = keras.optimizers.SGD(0.0)
    model.compile(optimizer)
    quarters = tf.image.resize(batch["painting"], (2, 2), method="area")
    painting = tf.image.resize(quarters, (32, 32), method="nearest")
    batch = {**batch, "painting": painting, "reference": painting}
    measured, computed = find_slopes_of_steps(
        model, batch, optimizer, encoder.trainable_variables, "loss",
        step=1e-3, ways=4, along=0.0,
    )  # fmt: skip
    assert find_error(measured, computed) < 0.3
