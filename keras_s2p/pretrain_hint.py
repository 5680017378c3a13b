"""Trains the `paintings` hint encoder: a network that knows what is painted how.

Example: python -m keras_s2p.pretrain_hint --dataset tfrecords/ --out weights/compact

Section 4 asks for "a classification network only for paintings". Not in the paper: what
it learns, which hint_trainer.py says. The encoder is frozen from then on.
"""

import argparse
import os
import sys

import keras
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.common import images
from keras_s2p.data import augment, dataset, records
from keras_s2p.networks import hint, weights
from keras_s2p.training import hint_trainer

CHECKPOINT_EVERY = 500  # steps
NO_REGION = tf.constant(255, tf.uint8)
HUE = 0.5  # largest change of hue, in half turns; the palettes hold all hues already


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", required=True, help="folder made by make_dataset")
    parser.add_argument("--out", required=True, help="folder for hint_encoder.npz")
    parser.add_argument(
        "--initial-weights",
        help="folder whose encoder, or its convolutions alone, to start from",
    )
    parser.add_argument("--steps", type=int, default=4000, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=32, help="default: 32")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--mixed-precision", action="store_true", help="compute in bfloat16"
    )
    configs.add_options(parser, configs.GeneratorConfig, configs.PRESETS["compact"])
    return parser.parse_args(argv)


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        return pretrain(args)
    except (ValueError, OSError) as error:
        print(f"pretrain_hint: {error}", file=sys.stderr)
        return 1


def pretrain(args) -> int:
    """The stages of the training, top to bottom."""
    config = configs.from_args(configs.GeneratorConfig, args)
    if config.hint_encoder != "paintings":
        raise ValueError("--hint-encoder: only `paintings` can be trained")
    os.makedirs(args.out, exist_ok=True)
    keras.utils.set_random_seed(args.seed)
    if args.mixed_precision:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    encoder = hint.build_hint_encoder(config, trainable=True)
    if args.initial_weights:
        path = os.path.join(args.initial_weights, weights.HINT_ENCODER_FILE)
        weights.read_weights(encoder, path, optional="fc1")
    model = hint_trainer.HintTrainer(encoder, config.hint_size)
    schedule = keras.optimizers.schedules.CosineDecay(args.learning_rate, args.steps)
    model.compile(keras.optimizers.Adam(schedule))

    # Resume.
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    manager = tf.train.CheckpointManager(
        checkpoint, os.path.join(args.out, "hint_checkpoints"), max_to_keep=1
    )
    model.optimizer.build(model.trainable_variables)
    checkpoint.restore(manager.latest_checkpoint).expect_partial()
    done = int(model.optimizer.iterations.numpy())

    path = os.path.join(args.out, weights.HINT_ENCODER_FILE)
    while done < args.steps:
        count = min(CHECKPOINT_EVERY, args.steps - done)
        data = batches(args.dataset, "train", args, config.hint_image_size, done)
        model.fit(data, steps_per_epoch=count)
        done += count
        manager.save(checkpoint_number=done)
        weights.write_weights(encoder, path)
    results = model.evaluate(
        batches(args.dataset, "validation", args, config.hint_image_size).take(16),
        return_dict=True,
    )
    configs.write_json(config, os.path.join(args.out, weights.CONFIG_FILE))
    weights.write_weights(encoder, path, half=True)
    print("Validation: " + ", ".join(f"{k} {v:.4f}" for k, v in results.items()))
    print(f"{path} written")
    return 0


def batches(folder, split, args, size, start_step=0):
    """Batches of `painting` [B, S, S, 3], `regions` [B, S, S, 1] and `labels` [B, L].

    The train split is endless and augmented by crops, mirroring and new colours.
    """
    training = split == "train"
    start = start_step * args.batch_size
    examples = dataset.read_examples(folder, split, args.seed, start)
    numbers = tf.data.Dataset.range(start, tf.int64.max)
    return (
        tf.data.Dataset.zip((examples, numbers))
        .map(
            lambda example, number: prepare(
                records.parse_example(example), [args.seed, number], size, training
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .batch(args.batch_size, drop_remainder=True)
        .prefetch(2)
    )


def prepare(example, seed, size, training):
    """One example: the middle square at `size`, in other colours while training."""
    painting, regions = example["painting"], example["regions"]
    known = tf.size(regions) > 0
    regions = tf.cond(
        known, lambda: regions, lambda: tf.fill(tf.shape(painting[..., :1]), NO_REGION)
    )
    painting = images.to_float(painting)
    if training:
        seeds = tf.random.experimental.stateless_split(
            tf.stack([tf.cast(x, tf.int64) for x in seed]), 2
        )
        painting, _ = augment.change_colours(painting, painting[:1], seeds[0], hue=HUE)
        flip = tf.random.stateless_uniform([], seeds[1]) < 0.5
        painting, regions = tf.cond(
            flip,
            lambda: (tf.reverse(painting, [1]), tf.reverse(regions, [1])),
            lambda: (painting, regions),
        )
    shape = tf.shape(painting)
    side = tf.minimum(shape[0], shape[1])
    crop = tf.image.resize_with_crop_or_pad
    painting = images.resize(crop(painting, side, side)[tf.newaxis], [size, size])[0]
    regions = tf.image.resize(crop(regions, side, side), [size, size], method="nearest")
    return {
        "painting": tf.ensure_shape(painting, [size, size, 3]),
        "regions": tf.ensure_shape(regions, [size, size, 1]),
        "labels": example["labels"],
    }


if __name__ == "__main__":
    sys.exit(main())
