"""A training of the `paintings` hint encoder, from Python as from the command line."""

import os

import keras
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.common import console, disk_space, plain_paths, run_lock
from keras_s2p.data import dataset
from keras_s2p.data.hint_pipeline import hint_batches
from keras_s2p.networks import hint, owners, weights
from keras_s2p.training import begun, checkpoints, hint_trainer, progress, strategies

CHECKPOINT_EVERY = 500  # steps
VALIDATION_BATCHES = 16


def pretrain(config, generator_config):
    """Trains a hint encoder, or goes on from the last checkpoint in its folder.

    Args:
        config: HintTrainConfig.
        generator_config: GeneratorConfig, of which the encoder is a part.

    Raises:
        ValueError: another encoder than `paintings`, a setting that can not be trained
            with, or a folder or a file that can not be worked with.
    """
    for each in (config, generator_config):
        configs.check_fields(each)
    if generator_config.hint_encoder != "paintings":
        raise ValueError("--hint-encoder: only `paintings` can be trained")
    plain_paths.check_readable("--out", config.out)
    owners.check(config.out, "--out", owners.PRETRAINING)
    with (
        run_lock.locked(config.out, "--out"),
        dataset.explaining_damage(config.dataset),
        disk_space.explaining_no_space(config.out),
    ):
        pretrain_locked(config, generator_config)


def pretrain_locked(config, generator_config):
    """As pretrain, in a folder that is locked, with settings that are checked."""
    folder = os.path.join(config.out, owners.HINT_CHECKPOINTS)
    path = os.path.join(config.out, weights.HINT_ENCODER_FILE)
    keras.utils.set_random_seed(config.seed)
    with strategies.precision(config.mixed_precision):
        encoder = hint.build_hint_encoder(generator_config, trainable=True)
        first = begun.find_first_weights(folder, config.initial_weights)
        if first:
            first = os.path.join(first, weights.HINT_ENCODER_FILE)
            weights.read_weights(encoder, first, optional="fc1")
        begun.check(folder, path, config.dataset, [config, generator_config])
        # Before the encoder, which is written at each checkpoint and is read by it.
        described = os.path.join(config.out, weights.CONFIG_FILE)
        configs.write_json(generator_config, described)
        model = hint_trainer.HintTrainer(encoder, generator_config.hint_size)
        schedule = keras.optimizers.schedules.CosineDecay(
            config.learning_rate, config.steps
        )
        model.compile(keras.optimizers.Adam(schedule))
        size = generator_config.hint_image_size
        index = dataset.load_index(config.dataset)
        pictures = dataset.num_examples(index, "validation")
        if pictures < config.batch_size:
            print(progress.tell_no_validation(pictures, config.batch_size))
        fit(model, encoder, config, size)
        if pictures >= config.batch_size:
            validation = hint_batches(config, "validation", size)
            validation = validation.take(VALIDATION_BATCHES)
            results = model.evaluate(validation, return_dict=True)
            print("Validation: " + ", ".join(f"{k} {results[k]:.4f}" for k in results))
    weights.write_weights(encoder, path, half=True)
    console.say(f"{path} written")


def fit(model, encoder, config, size: int):
    """Trains from the last checkpoint, if there is one, to the last step.

    Args:
        model: compiled HintTrainer.
        encoder: its V, which is written at each checkpoint.
        config: HintTrainConfig.
        size: side in pixels that V looks at.

    Raises:
        ValueError: a checkpoint is damaged or missing.
    """
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    folder = os.path.join(config.out, owners.HINT_CHECKPOINTS)
    checkpoints.finish(folder)
    model.optimizer.build(model.trainable_variables)
    checkpoints.restore(checkpoint, folder, "--out")
    manager = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=1)
    done = int(model.optimizer.iterations.numpy())
    path = os.path.join(config.out, weights.HINT_ENCODER_FILE)
    while done < config.steps:
        count = min(CHECKPOINT_EVERY, config.steps - done)
        model.fit(hint_batches(config, "train", size, done), steps_per_epoch=count)
        done += count
        weights.check_trained(model, path)
        checkpoints.save(manager, done)
        weights.write_weights(encoder, path)
