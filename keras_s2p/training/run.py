"""A training, from Python as from the command line.

Example:
    from keras_s2p.common import config, recipes
    from keras_s2p.training.run import run

    recipe = recipes.RECIPES["release"].replace(size=64, steps=2500)
    run(config.RunConfig("tfrecords/", "runs/1"), recipe.generator, recipe.training)
"""

import contextlib
import math
import os
import tempfile

import keras
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.common import (
    console,
    disk_space,
    errors,
    plain_paths,
    run_lock,
    sources,
)
from keras_s2p.data import dataset, mixture, pipeline
from keras_s2p.networks import weights
from keras_s2p.training import (
    assembly,
    callbacks,
    checkpoints,
    history,
    progress,
    run_folder,
    schedule,
    strategies,
    workers,
)


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
    plain_paths.check_readable("--run-dir", run_config.run_dir)
    if train_config.encoder_share and generator_config.hint_encoder != "paintings":
        raise ValueError("--encoder-share: only the `paintings` hint encoder can learn")
    if train_config.deterministic:
        strategies.make_deterministic()
    strategy, chief = strategies.make_strategy(run_config.strategy)
    strategies.check_batch_size(strategy, train_config.batch_size)
    folder = run_config.run_dir
    with contextlib.ExitStack() as stack:
        if chief:
            stack.enter_context(run_lock.locked(folder))
        if run_config.strategy == "multiworker":
            stack.enter_context(workers.explained())
            workers.check_shared(strategy, folder, chief)
            data = dataset.find_older_sha256(run_config.dataset)
            alike = f"{generator_config} {train_config} {data}"
            workers.check_alike(strategy, alike, chief)
        generator_config, train_config = run_folder.choose_sizes(
            run_config, generator_config, train_config
        )
        run_folder.check_run_folder(folder, generator_config, train_config)
        run_folder.check_replaceable(folder)
        index = os.path.join(run_config.dataset, dataset.INDEX)
        older = dataset.find_older_sha256(run_config.dataset)
        sources.check(folder, "--dataset", index, [older])
        check_patience(run_config.dataset, train_config)
        check_shares(run_config.dataset, train_config)
        with strategies.precision(train_config.mixed_precision):
            train(run_config, generator_config, train_config, strategy, chief)


def check_patience(folder: str, config):
    """Raises ValueError if validation shall end a training, but there is none."""
    if config.patience and pipeline.validation_batches(folder, config) is None:
        asked = config.validation_batches
        reason = "has too few pictures for a" if asked else "is trained without a"
        raise ValueError(f"--patience: {folder} {reason} validation")


def check_shares(folder: str, config):
    """Raises ValueError if --source-shares name what the dataset does not have."""
    if config.source_shares:
        shares = mixture.parse_shares(config.source_shares)
        dataset.read_examples(folder, "train", config.seed, shares=shares)


def train(run_config, generator_config, train_config, strategy, chief: bool):
    """Trains in a run folder that is locked and checked.

    Args:
        run_config: RunConfig.
        generator_config: GeneratorConfig, with a working_size.
        train_config: TrainConfig, with a size.
        strategy: tf.distribute.Strategy.
        chief: whether this process writes the run folder.
    """
    folder = run_config.run_dir
    before = schedule.read(folder) or find_first_piece(folder)
    begun_at = checkpoints.find_step(os.path.join(folder, "checkpoints"))
    pieces = schedule.plan(before, train_config, begun_at)
    trainer = make_trainer(run_config, generator_config, train_config, strategy, pieces)
    path = os.path.join(folder, "checkpoints")
    checkpoint = callbacks.Checkpoint(trainer, path, chief)
    done = checkpoint.restore()
    end = progress.tell_end(folder, done, train_config)
    if end:
        with explained(run_config, train_config):
            if chief:
                run_folder.mend(folder)
                run_folder.write_what_paints(run_config, generator_config, train_config)
                callbacks.SaveNetworks(trainer, folder).mend()
        console.say(end)
        return
    if not done:
        run_folder.check_untrained(folder)
    console.say(f"Resuming {folder} at step {done}" if done else f"New run {folder}")
    if done and (run_config.initial_weights or run_config.hint_weights):
        print("With its own weights: --initial-weights, --hint-weights are not read")
    if before not in ([], pieces) and train_config.learning_rate_decay:
        print(schedule.describe(pieces))
    frozen_at = round(train_config.encoder_share * pieces[0].end)
    with explained(run_config, train_config):
        if chief:
            schedule.write(pieces, folder)  # before train.json, whose steps are changed
            run_folder.write_run_folder(run_config, generator_config, train_config)
        fit(trainer, checkpoint, run_config, train_config, chief, done, frozen_at)
    console.say(f"Done. Paint with it: keras-s2p paint --weights {folder} ...")


@contextlib.contextmanager
def explained(run_config, train_config):
    """Turns what a training is often ended by into a ValueError of one sentence."""
    try:
        with (
            dataset.explaining_damage(run_config.dataset),
            disk_space.explaining_no_space(run_config.run_dir),
        ):
            yield
    except tf.errors.UnimplementedError as error:
        if not train_config.deterministic:
            raise
        reason = errors.find_reason(error)
        raise ValueError(f"--deterministic: not on this device ({reason})") from None


def find_first_piece(folder: str) -> list:
    """The learning rate of a run that was begun before schedules were written."""
    settings = run_folder.read_settings(folder)
    if "steps" not in settings:
        return []
    return [schedule.Piece(0, settings["steps"], settings["learning_rate"])]


def make_trainer(run_config, generator_config, train_config, strategy, pieces):
    """The Trainer, with its first weights; arguments are those of train.

    Raises:
        ValueError: as weights.load_hint_encoder and assembly.build_trainer.
    """
    synchronized = strategies.is_synchronized(strategy, train_config)
    if synchronized:
        print(f"Batch normalisation over all {strategy.num_replicas_in_sync} replicas")
    begun = run_folder.is_begun(run_config.run_dir)
    hint_folder = run_config.run_dir  # which knows what VGG 19 it was begun with
    if generator_config.hint_encoder == "paintings":
        hint_folder = run_folder.find_hint_folder(run_config)
        run_folder.check_hint_folder(hint_folder, generator_config)
        if begun and not train_config.encoder_share:
            path = os.path.join(hint_folder, weights.HINT_ENCODER_FILE)
            sources.check(run_config.run_dir, run_folder.HINT_OPTION, path)
    keras.utils.set_random_seed(train_config.seed)
    with strategy.scope():
        hint_encoder = weights.load_hint_encoder(
            generator_config, hint_folder, run_config.vgg_weights
        )
        return assembly.build_trainer(
            generator_config, train_config, hint_encoder,
            None if begun else run_config.initial_weights, synchronized, pieces,
        )  # fmt: skip


def fit(
    trainer, checkpoint, run_config, config, chief: bool, done: int, frozen_at: int
):
    """Trains from step `done` to the last, watched.

    Args:
        trainer: compiled Trainer.
        checkpoint: callbacks.Checkpoint of it.
        run_config: RunConfig.
        config: TrainConfig.
        chief: whether this process writes the run folder.
        done: the training steps done so far.
        frozen_at: the step from which a learning hint encoder is frozen.
    """
    validation = pipeline.validation_batches(run_config.dataset, config)
    step = trainer.generator_optimizer.iterations
    # One Keras epoch is the steps between two checkpoints.
    print(f"To step {config.steps}, {config.batch_size} pictures a step")
    if validation is None and chief:
        index = dataset.load_index(run_config.dataset)
        pictures = dataset.num_examples(index, "validation")
        print(progress.tell_no_validation(pictures, config.batch_size))
    if chief:
        to_come = -(-(config.steps - done) // config.checkpoint_every)
        print(
            progress.tell_disk(
                run_config.run_dir, checkpoint.count_bytes(), to_come, config.size
            )
        )
    samples = pipeline.sample_batch(run_config.dataset, config)
    seconds = progress.time_painting(trainer, samples)
    if chief:
        replicas = trainer.distribute_strategy.num_replicas_in_sync
        pictures = (config.steps - done) * config.batch_size // replicas
        print(progress.tell_roughly(seconds, pictures), flush=True)
    shown = progress.Progress(step, config.steps, chief)
    watchers = make_watchers(
        trainer, checkpoint, run_config, config, chief, shown, samples
    )
    try:
        while done < config.steps and not trainer.stop_training:
            if trainer.encoder_learns and done >= frozen_at:
                freeze(trainer, done, frozen_at)
            end = (
                min(frozen_at, config.steps) if trainer.encoder_learns else config.steps
            )
            count = min(config.checkpoint_every, end - done)
            periods = max(1, (end - done) // config.checkpoint_every)
            first = done // config.checkpoint_every
            trainer.fit(
                pipeline.train_batches(run_config.dataset, config, done),
                initial_epoch=first,
                epochs=first + periods,
                steps_per_epoch=count,
                validation_data=validation,
                callbacks=watchers,
                verbose=0,
            )
            done += count * periods
    finally:
        shown.close()


def freeze(trainer, done: int, frozen_at: int):
    """Ends the hint encoder's learning; a run resumed later has its averages."""
    trainer.freeze_encoder(averages=done == frozen_at)
    print(f"The hint encoder is frozen from step {frozen_at} on")


def make_watchers(
    trainer, checkpoint, run_config, config, chief, shown, samples
) -> list:
    """The callbacks of a training.

    Arguments are those of fit, a Progress, and the batch of the sample grids.
    """
    # With several workers all must read the variables that they share; one writes.
    folder = run_config.run_dir if chief else tempfile.mkdtemp()
    logs = os.path.join(folder, "logs")
    sample_folder = os.path.join(folder, "samples")
    history.mend(folder, int(shown.step.numpy()))
    measured = history.read(folder).get("val_l1", [])
    watchers = [
        callbacks.StopAtNaN(
            trainer.generator_optimizer.iterations, os.path.join(folder, "checkpoints")
        ),
        callbacks.StopElsewhere(folder),
        callbacks.SaveNetworks(trainer, folder),  # before the checkpoint counts
        checkpoint,
        keras.callbacks.TensorBoard(logs, update_freq=50, write_graph=False),
        callbacks.SampleGrid(trainer, samples, sample_folder, logs),
        progress.LogHistory(folder, shown.step),
        shown,
        progress.Report(shown, (measured or [math.nan])[-1], sample_folder),
    ]
    if config.patience:
        # Workers, of which one alone has the history, must stop together.
        known = [] if run_config.strategy == "multiworker" else measured
        watchers.append(progress.StopEarly(config.patience, shown, known))
    if config.average:
        watchers.insert(0, callbacks.AverageGenerator(trainer, config.average))
    return watchers
