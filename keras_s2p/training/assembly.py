"""Puts a trainer together: the networks, their first weights and the optimizers."""

import os

import keras

from keras_s2p.networks import weights
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.generator import build_generator
from keras_s2p.training.trainer import Trainer


def build_trainer(
    generator_config, train_config, hint_encoder, initial_weights: str = None
) -> Trainer:
    """A compiled Trainer; to be called in the scope of the training's strategy.

    Args:
        generator_config: GeneratorConfig.
        train_config: TrainConfig.
        hint_encoder: V, of weights.load_hint_encoder.
        initial_weights: a release or run folder whose generator to start from.

    Raises:
        ValueError: its file is missing, damaged or of another network.
    """
    generator = build_generator(generator_config)
    if initial_weights:
        path = os.path.join(initial_weights, weights.GENERATOR_FILE)
        # A release has no guide decoders; they start anew.
        weights.read_weights(generator, path, optional="guide_")
    averaged = None
    if train_config.average:
        averaged = build_generator(generator_config)
        averaged.set_weights(generator.get_weights())
    discriminator = None
    if train_config.adversarial != "none":
        discriminator = build_discriminator(
            train_config.adversarial, generator_config.hint_size
        )
    trainer = Trainer(
        generator,
        discriminator,
        lambda painting: hint_encoder(painting, training=False),
        train_config,
        averaged,
    )
    trainer.compile(make_optimizer(train_config), make_optimizer(train_config))
    # Their variables must be there before a checkpoint is restored.
    trainer.generator_optimizer.build(generator.trainable_variables)
    if discriminator is not None:
        trainer.discriminator_optimizer.build(discriminator.trainable_variables)
    return trainer


def make_optimizer(config):
    """Not in the paper: Adam, its rate falling to 0 along a cosine."""
    rate = config.learning_rate
    if config.learning_rate_decay:
        rate = keras.optimizers.schedules.CosineDecay(rate, config.steps)
    return keras.optimizers.Adam(rate, beta_1=config.adam_beta_1)
