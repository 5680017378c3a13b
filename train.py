"""Trains the generator, and the discriminator, on a dataset of make_dataset.

Example: python train.py --dataset tfrecords/ --preset compact --steps 20000

The same command again resumes the run. Every setting of the paper and every choice it
leaves open is an option below.
"""

import argparse
import dataclasses
import os
import shutil
import sys
import tempfile

from keras_s2p.common import config as configs
from keras_s2p.common import files

CONFIG_FILES = ("generator.json", "train.json")
# Settings that may change when a run is resumed: how long, and how it is watched.
FREE_TO_CHANGE = ("steps", "checkpoint_every", "validation_batches")


def parse_args(argv):
    """The options of the command."""
    preset = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    preset.add_argument(
        "--preset", default="compact", choices=sorted(configs.PRESETS),
        help="sizes of the networks: figure 2's (paper) or narrower (default: compact)",
    )  # fmt: skip
    chosen, _ = preset.parse_known_args(argv)
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[preset],
        allow_abbrev=False,
    )
    parser.add_argument("--dataset", required=True, help="folder made by make_dataset")
    parser.add_argument("--run-dir", default="runs/default", help="where it is written")
    parser.add_argument(
        "--initial-weights",
        help="a release or run folder whose generator to start from",
    )
    parser.add_argument(
        "--hint-weights",
        help="folder with the `paintings` hint encoder (default: the release)",
    )
    parser.add_argument(
        "--vgg-weights", default="imagenet",
        help="Keras's VGG 19 file, for the `imagenet` hint encoder (default: fetched)",
    )  # fmt: skip
    parser.add_argument(
        "--strategy", default="auto",
        choices=("auto", "none", "mirrored", "multiworker", "tpu"),
        help="tf.distribute strategy; auto: mirrored with two or more GPUs, else none",
    )  # fmt: skip
    network = parser.add_argument_group("network (default: the preset's)")
    configs.add_options(
        network, configs.GeneratorConfig, configs.PRESETS[chosen.preset]
    )
    training = parser.add_argument_group("training")
    configs.add_options(training, configs.TrainConfig)
    return parser.parse_args(argv)


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        return train(args)
    except (ValueError, OSError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntrain.py: stopped; the same command resumes", file=sys.stderr)
        return 1


def train(args) -> int:
    """The stages of a run, top to bottom."""
    train_config = configs.from_args(configs.TrainConfig, args)
    generator_config = configs.from_args(configs.GeneratorConfig, args)
    configs.check(train_config)
    check_run_folder(args.run_dir, generator_config, train_config)

    import keras
    import tensorflow as tf

    from keras_s2p.data import dataset
    from keras_s2p.networks import weights
    from keras_s2p.networks.discriminator import build_discriminator
    from keras_s2p.networks.generator import build_generator
    from keras_s2p.training import callbacks, trainer

    hint_folder = find_hint_folder(args, weights)
    check_hint_folder(hint_folder, generator_config)
    index = dataset.load_index(args.dataset)
    stored_size = index["settings"]["size"]
    if stored_size < train_config.size:
        raise ValueError(
            f"--size: {args.dataset} holds pictures of {stored_size} pixels, "
            f"smaller than {train_config.size}"
        )
    strategy, chief = make_strategy(args.strategy)
    keras.utils.set_random_seed(train_config.seed)
    if train_config.mixed_precision:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")

    # Networks and optimizers.
    with strategy.scope():
        hint_encoder = weights.load_hint_encoder(
            generator_config, hint_folder, args.vgg_weights
        )
        generator = build_generator(generator_config)
        if args.initial_weights:
            path = os.path.join(args.initial_weights, weights.GENERATOR_FILE)
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
        model = trainer.Trainer(
            generator,
            discriminator,
            lambda painting: hint_encoder(painting, training=False),
            train_config,
            averaged,
        )
        model.compile(make_optimizer(train_config), make_optimizer(train_config))
        model.generator_optimizer.build(generator.trainable_variables)
        if discriminator is not None:
            model.discriminator_optimizer.build(discriminator.trainable_variables)

    # Resume.
    checkpoint = callbacks.Checkpoint(
        model, os.path.join(args.run_dir, "checkpoints"), chief
    )
    done = checkpoint.restore()
    if done >= train_config.steps:
        print(f"{args.run_dir} has its {done} steps already; --steps sets more")
        return 0
    print(
        f"Resuming {args.run_dir} at step {done}" if done else f"New run {args.run_dir}"
    )
    if chief:
        write_run_folder(args, generator_config, train_config)

    try:
        fit(model, checkpoint, args, train_config, chief, done)
    except tf.errors.DataLossError:
        shard = dataset.find_damaged_shard(args.dataset) or args.dataset
        raise ValueError(f"{shard}: damaged TFRecord; make it again") from None
    print(f"Done. Paint with it: python paint.py --weights {args.run_dir} ...")
    return 0


def fit(model, checkpoint, args, config, chief, done):
    """Trains from step `done` to the last, watched."""
    import keras

    from keras_s2p.data import pipeline
    from keras_s2p.training import callbacks

    # With several workers all must read the variables that they share; one writes.
    folder = args.run_dir if chief else tempfile.mkdtemp()
    logs = os.path.join(folder, "logs")
    samples = pipeline.sample_batch(args.dataset, config)
    watchers = [
        checkpoint,
        keras.callbacks.TensorBoard(logs, update_freq=50, write_graph=False),
        keras.callbacks.CSVLogger(os.path.join(folder, "history.csv"), append=True),
        callbacks.SampleGrid(model, samples, os.path.join(folder, "samples"), logs),
        callbacks.SaveGenerator(model.averaged, folder),
    ]
    if config.average:
        watchers.insert(0, callbacks.AverageGenerator(model, config.average))
    validation = pipeline.validation_batches(args.dataset, config)

    # One Keras epoch is the steps between two checkpoints.
    print(f"To step {config.steps}, {config.batch_size} pictures a step")
    while done < config.steps:
        count = min(config.checkpoint_every, config.steps - done)
        periods = max(1, (config.steps - done) // config.checkpoint_every)
        first = done // config.checkpoint_every
        model.fit(
            pipeline.train_batches(args.dataset, config, done),
            initial_epoch=first,
            epochs=first + periods,
            steps_per_epoch=count,
            validation_data=validation,
            callbacks=watchers,
            verbose=1 if chief else 0,
        )
        done += count * periods


def make_strategy(name):
    """The tf.distribute strategy, and whether this process writes the run folder."""
    import tensorflow as tf

    if name == "auto":
        several = len(tf.config.list_physical_devices("GPU")) > 1
        name = "mirrored" if several else "none"
    if name == "none":
        return tf.distribute.get_strategy(), True
    if name == "mirrored":
        return tf.distribute.MirroredStrategy(), True
    if name == "multiworker":
        if "TF_CONFIG" not in os.environ:
            raise ValueError("--strategy multiworker: TF_CONFIG is not set")
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        resolver = strategy.cluster_resolver
        chief = resolver.task_type == "chief" or (
            resolver.task_type == "worker"
            and resolver.task_id == 0
            and "chief" not in resolver.cluster_spec().jobs
        )
        return strategy, chief
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
        return tf.distribute.TPUStrategy(resolver), True
    except (ValueError, tf.errors.OpError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"--strategy tpu: no TPU found ({reason})") from None


def make_optimizer(config):
    """Not in the paper: Adam, its rate falling to 0 along a cosine."""
    import keras

    rate = config.learning_rate
    if config.learning_rate_decay:
        rate = keras.optimizers.schedules.CosineDecay(rate, config.steps)
    return keras.optimizers.Adam(rate, beta_1=config.adam_beta_1)


def find_hint_folder(args, weights):
    """Folder of the `paintings` hint encoder: the run's, the given, the release's."""
    if os.path.exists(os.path.join(args.run_dir, weights.HINT_ENCODER_FILE)):
        return args.run_dir
    return args.hint_weights or args.initial_weights or weights.DEFAULT


def check_hint_folder(folder, config):
    """Raises ValueError if the folder's hint encoder is another than the config's.

    Its weights would fit a network with another --hint-image-size too, and read little.
    """
    path = os.path.join(folder, CONFIG_FILES[0])
    if config.hint_encoder != "paintings" or not os.path.exists(path):
        return
    theirs = configs.read_json(configs.GeneratorConfig, path)
    for name in ("hint_size", "hint_filters", "hint_image_size"):
        there, here = getattr(theirs, name), getattr(config, name)
        if there != here:
            raise ValueError(
                f"--{name.replace('_', '-')}: the hint encoder in {folder} was trained "
                f"with {there}, not {here}"
            )


def check_run_folder(folder, *new_configs):
    """Raises ValueError if the folder belongs to a run with other settings."""
    for name, new in zip(CONFIG_FILES, new_configs):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        old = configs.read_json(type(new), path)
        for field in dataclasses.fields(new):
            before, after = getattr(old, field.name), getattr(new, field.name)
            if before != after and field.name not in FREE_TO_CHANGE:
                raise ValueError(
                    f"--{field.name.replace('_', '-')}: {folder} was begun with "
                    f"{before}, not {after}; choose another --run-dir"
                )


def write_run_folder(args, *new_configs):
    """Makes the run folder one that paint.py can load."""
    from keras_s2p.networks import weights

    os.makedirs(args.run_dir, exist_ok=True)
    for name, new in zip(CONFIG_FILES, new_configs):
        configs.write_json(new, os.path.join(args.run_dir, name))
    path = os.path.join(args.run_dir, weights.HINT_ENCODER_FILE)
    if new_configs[0].hint_encoder == "paintings" and not os.path.exists(path):
        # A copy: reading variables is work that all workers must share.
        source = os.path.join(find_hint_folder(args, weights), os.path.basename(path))
        with files.replacing(path) as partial:
            shutil.copyfile(source, partial)


if __name__ == "__main__":
    sys.exit(main())
