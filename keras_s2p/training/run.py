"""A training, from Python as from the command line.

Example:
    from keras_s2p.common import config, recipes
    from keras_s2p.training.run import run

    recipe = recipes.RECIPES["release"].replace(size=64, steps=2500)
    run(config.RunConfig("tfrecords/", "runs/1"), recipe.generator, recipe.training)
"""

import os
import tempfile

import keras
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.data import dataset, pipeline
from keras_s2p.networks import weights
from keras_s2p.training import assembly, callbacks, run_folder, strategies


def run(run_config, generator_config, train_config):
    """Trains from nothing or from the run folder's last checkpoint to the last step.

    Args:
        run_config: RunConfig, which says where everything lies.
        generator_config: GeneratorConfig, the networks.
        train_config: TrainConfig, the training.

    Raises:
        ValueError: a setting, a folder or a file can not be trained with; the sentence
            names the option or the file.
    """
    for each in (generator_config, train_config):
        configs.check_fields(each)
    configs.check(train_config)
    if train_config.encoder_share and generator_config.hint_encoder != "paintings":
        raise ValueError("--encoder-share: only the `paintings` hint encoder can learn")
    run_folder.check_run_folder(run_config.run_dir, generator_config, train_config)
    hint_folder = run_folder.find_hint_folder(run_config)
    run_folder.check_hint_folder(hint_folder, generator_config)
    check_size(run_config.dataset, train_config.size)
    strategy, chief = strategies.make_strategy(run_config.strategy)
    strategies.check_batch_size(strategy, train_config.batch_size)
    if train_config.deterministic:
        tf.config.experimental.enable_op_determinism()  # of the whole process
    keras.utils.set_random_seed(train_config.seed)
    with strategies.precision(train_config.mixed_precision):
        with strategy.scope():
            hint_encoder = weights.load_hint_encoder(
                generator_config, hint_folder, run_config.vgg_weights
            )
            trainer = assembly.build_trainer(
                generator_config, train_config, hint_encoder, run_config.initial_weights
            )
        checkpoint = callbacks.Checkpoint(
            trainer, os.path.join(run_config.run_dir, "checkpoints"), chief
        )
        done = checkpoint.restore()
        if done >= train_config.steps:
            if chief:
                callbacks.SaveNetworks(trainer, run_config.run_dir).write(missing=True)
            print(
                f"{run_config.run_dir} has its {done} steps already; --steps sets more"
            )
            return
        begun = f"Resuming {run_config.run_dir} at step {done}"
        print(begun if done else f"New run {run_config.run_dir}")
        try:
            if chief:
                run_folder.write_run_folder(run_config, generator_config, train_config)
            fit(trainer, checkpoint, run_config, train_config, chief, done)
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            shard = dataset.find_damaged_shard(run_config.dataset)
            if not (shard or isinstance(error, tf.errors.DataLossError)):
                raise
            raise ValueError(
                f"{shard or run_config.dataset}: damaged TFRecord; make it again"
            ) from None
        except tf.errors.UnimplementedError as error:
            if not train_config.deterministic:
                raise
            reason = error.message.splitlines()[0]
            raise ValueError(
                f"--deterministic: not on this device ({reason})"
            ) from None
        except (OSError, tf.errors.OpError) as error:
            if "No space left on device" not in str(error):
                raise
            raise ValueError(
                f"{run_config.run_dir}: no space left on the device; the same command "
                "resumes once there is"
            ) from None
    print(f"Done. Paint with it: keras-s2p paint --weights {run_config.run_dir} ...")


def check_size(folder: str, size: int):
    """Raises ValueError if a dataset's pictures are smaller than the training's."""
    stored = dataset.load_index(folder)["settings"]["size"]
    if stored < size:
        raise ValueError(
            f"--size: {folder} holds pictures of {stored} pixels, smaller than {size}"
        )


def fit(trainer, checkpoint, run_config, config, chief: bool, done: int):
    """Trains from step `done` to the last, watched.

    Args:
        trainer: compiled Trainer.
        checkpoint: callbacks.Checkpoint of it.
        run_config: RunConfig.
        config: TrainConfig.
        chief: whether this process writes the run folder.
        done: the training steps done so far.
    """
    watchers = make_watchers(trainer, checkpoint, run_config, config, chief)
    validation = pipeline.validation_batches(run_config.dataset, config)
    # One Keras epoch is the steps between two checkpoints.
    print(f"To step {config.steps}, {config.batch_size} pictures a step")
    frozen_at = round(config.encoder_share * config.steps)
    while done < config.steps:
        if trainer.encoder_learns and done >= frozen_at:
            freeze(trainer, done, frozen_at)
        left = (frozen_at if trainer.encoder_learns else config.steps) - done
        count = min(config.checkpoint_every, left)
        periods = max(1, left // config.checkpoint_every)
        first = done // config.checkpoint_every
        trainer.fit(
            pipeline.train_batches(run_config.dataset, config, done),
            initial_epoch=first,
            epochs=first + periods,
            steps_per_epoch=count,
            validation_data=validation,
            callbacks=watchers,
            verbose=1 if chief else 0,
        )
        done += count * periods


def freeze(trainer, done: int, frozen_at: int):
    """Ends the hint encoder's learning; a run resumed later has its averages."""
    trainer.freeze_encoder(averages=done == frozen_at)
    print(f"The hint encoder is frozen from step {frozen_at} on")


def make_watchers(trainer, checkpoint, run_config, config, chief: bool) -> list:
    """The callbacks of a training; arguments are those of fit."""
    # With several workers all must read the variables that they share; one writes.
    folder = run_config.run_dir if chief else tempfile.mkdtemp()
    logs = os.path.join(folder, "logs")
    samples = pipeline.sample_batch(run_config.dataset, config)
    watchers = [
        callbacks.StopAtNaN(trainer.generator_optimizer.iterations),
        callbacks.SaveNetworks(trainer, folder),  # before the checkpoint counts
        checkpoint,
        keras.callbacks.TensorBoard(logs, update_freq=50, write_graph=False),
        keras.callbacks.CSVLogger(os.path.join(folder, "history.csv"), append=True),
        callbacks.SampleGrid(trainer, samples, os.path.join(folder, "samples"), logs),
    ]
    if config.average:
        watchers.insert(0, callbacks.AverageGenerator(trainer, config.average))
    return watchers
