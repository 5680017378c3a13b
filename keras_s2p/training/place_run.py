"""A training of the place encoder, from Python as from the command line."""

import os

import keras
import tensorflow as tf

from keras_s2p.common import console, disk_space, place_drawings, plain_paths, run_lock
from keras_s2p.common.config import TrainConfig, check_fields
from keras_s2p.data import dataset, pipeline
from keras_s2p.networks import places, weights
from keras_s2p.training import (
    begun,
    checkpoints,
    place_trainer,
    progress,
    strategies,
)

CHECKPOINTS = "place_checkpoints"
CHECKPOINT_EVERY = 250  # steps
VALIDATION_BATCHES = 16


def pretrain(config):
    """Trains a place encoder, or goes on from the last checkpoint in its folder.

    Args:
        config: PlaceTrainConfig.

    Raises:
        ValueError: a setting, a folder or a file can not be worked with.
    """
    check_fields(config)
    plain_paths.check_readable("--out", config.out)
    with (
        run_lock.locked(config.out, "--out"),
        dataset.explaining_damage(config.dataset),
        disk_space.explaining_no_space(config.out),
    ):
        pretrain_locked(config)


def pretrain_locked(config):
    """As pretrain, in a folder that is locked, with settings that are checked."""
    path = os.path.join(config.out, weights.PLACE_ENCODER_FILE)
    painter = weights.find_folder(config.weights or weights.RELEASE)
    keras.utils.set_random_seed(config.seed)
    with strategies.precision(config.mixed_precision):
        _, generator, hint_encoder = weights.load_networks(painter)
        encoder = places.build_place_encoder()
        start_from(encoder, config, generator)
        begun.check(
            os.path.join(config.out, CHECKPOINTS),
            path,
            config.dataset,
            [config],
            {"--weights": os.path.join(painter, weights.GENERATOR_FILE)},
        )
        model = place_trainer.PlaceTrainer(encoder, generator, hint_encoder)
        schedule = keras.optimizers.schedules.CosineDecay(
            config.learning_rate, config.steps
        )
        model.compile(keras.optimizers.Adam(schedule, global_clipnorm=5.0))
        validation = pipeline.validation_batches(
            config.dataset, _pipeline_config(config)
        )
        if validation is None:
            pictures = dataset.num_examples(
                dataset.load_index(config.dataset), "validation"
            )
            print(progress.tell_no_validation(pictures, config.batch_size))
        fit(model, config)
        if validation is not None:
            results = model.evaluate(validation, return_dict=True)
            print("Validation: " + ", ".join(f"{k} {results[k]:.4f}" for k in results))
    weights.write_weights(encoder, path, half=True)
    console.say(f"{path} written")


def start_from(encoder, config, generator):
    """The encoder's first weights: a place encoder's, or the generator's own levels."""
    folder = os.path.join(config.out, CHECKPOINTS)
    first = begun.find_first_weights(folder, config.initial_weights)
    if first:
        path = os.path.join(first, weights.PLACE_ENCODER_FILE)
        weights.read_weights(encoder, path)
        return
    for layer in encoder.layers:
        if layer.name.startswith("enc") and layer.weights:
            theirs = generator.get_layer(layer.name).get_weights()
            own = layer.get_weights()
            if [x.shape for x in own] == [x.shape for x in theirs]:
                layer.set_weights(theirs)


def fit(model, config):
    """Trains from the last checkpoint, if there is one, to the last step.

    Args:
        model: compiled PlaceTrainer, whose encoder is written at each checkpoint.
        config: PlaceTrainConfig.

    Raises:
        ValueError: a checkpoint is damaged or missing.
    """
    encoder = model.encoder
    model.optimizer.build(encoder.trainable_variables)
    checkpoint = tf.train.Checkpoint(encoder=encoder, optimizer=model.optimizer)
    folder = os.path.join(config.out, CHECKPOINTS)
    checkpoints.finish(folder)
    checkpoints.restore(checkpoint, folder, "--out")
    manager = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=1)
    done = int(model.optimizer.iterations.numpy())
    path = os.path.join(config.out, weights.PLACE_ENCODER_FILE)
    while done < config.steps:
        count = min(CHECKPOINT_EVERY, config.steps - done)
        batches = pipeline.train_batches(config.dataset, _pipeline_config(config), done)
        model.fit(batches, steps_per_epoch=count)
        done += count
        weights.check_trained(encoder, path)
        checkpoints.save(manager, done)
        weights.write_weights(encoder, path)


def _pipeline_config(config):
    """What the pipeline is told: other drawings as references, changing hues."""
    return TrainConfig(
        batch_size=config.batch_size,
        size=place_drawings.SIZE,
        seed=config.seed,
        source_shares=config.source_shares,
        other_reference=0.85,
        hue=0.5,
        extracted_sketch=0.5,
        eye_weight=0.0,
        augment_warmup=1,
        validation_batches=VALIDATION_BATCHES,
    )
