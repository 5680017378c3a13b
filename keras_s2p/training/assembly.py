"""Puts a trainer together: the networks, their first weights and the optimizers."""

import os

import keras

from keras_s2p.networks import weights
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.generator import build_generator
from keras_s2p.networks.hint import build_hint_encoder
from keras_s2p.networks.style2paints import build_style2paints
from keras_s2p.networks.synchronized import synchronize
from keras_s2p.training import schedule
from keras_s2p.training.trainer import Trainer


def build_trainer(
    generator_config,
    train_config,
    hint_encoder,
    initial_weights: str = None,
    synchronized: bool = False,
    pieces=None,
) -> Trainer:
    """A compiled Trainer; to be called in the scope of the training's strategy.

    Args:
        generator_config: GeneratorConfig.
        train_config: TrainConfig.
        hint_encoder: V, of weights.load_hint_encoder; with an encoder_share it is made
            trainable.
        initial_weights: a release or run folder whose generator to start from.
        synchronized: batch normalisation over all replicas, in what is trained.
        pieces: of the learning rate, of schedule.plan; None: those of a new run.

    Raises:
        ValueError: its file is missing, damaged or of another network.
    """
    trained = synchronize if synchronized else lambda network: network
    generator = trained(build_generator(generator_config))
    if initial_weights:
        path = os.path.join(
            weights.find_folder(initial_weights), weights.GENERATOR_FILE
        )
        # A release has no guide decoders; they start anew.
        weights.read_weights(generator, path, optional="guide_")
    hint_encoder.trainable = train_config.encoder_share > 0
    if hint_encoder.trainable:
        hint_encoder = trained(hint_encoder)
    network = build_style2paints(generator_config, None, hint_encoder, generator)
    averaged = None
    if train_config.average:
        averaged_encoder = hint_encoder
        if train_config.encoder_share:
            averaged_encoder = build_hint_encoder(generator_config)
            averaged_encoder.set_weights(hint_encoder.get_weights())
        averaged = build_style2paints(generator_config, hint_encoder=averaged_encoder)
        averaged.get_layer("generator").set_weights(generator.get_weights())
    discriminator = None
    if train_config.adversarial != "none":
        discriminator = trained(
            build_discriminator(train_config.adversarial, generator_config.hint_size)
        )
    trainer = Trainer(network, discriminator, train_config, averaged)
    trainer.compile(*(make_optimizer(train_config, pieces) for _ in range(2)))
    return trainer


def make_optimizer(config, pieces=None):
    """Not in the paper: Adam, its rate falling to 0 (schedule.py)."""
    rate = config.learning_rate
    if config.learning_rate_decay:
        rate = schedule.Cosines(pieces or schedule.plan([], config, 0))
    return keras.optimizers.Adam(rate, beta_1=config.adam_beta_1)
