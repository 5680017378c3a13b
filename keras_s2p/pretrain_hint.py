"""Trains the `paintings` hint encoder: a network that knows what is painted how.

Example: python -m keras_s2p.pretrain_hint --dataset tfrecords/ --out weights/compact

Section 4 asks for "a classification network only for paintings". Not in the paper: what
it learns. Linear heads on the 4096 values of fc1 before its ReLU, standardised as the
generator does, must tell

- the mean colour of hair, skin, eyes, clothes and background, and which of them there
  are, where the dataset knows the regions;
- how the character was drawn (hair, garment, eyes, ...), where it knows the labels;
- the palette, as a histogram of 4 x 4 x 4 colours, and the painting itself at 8 x 8
  pixels, for every picture.

Where the regions are known, each cell of blocks 3 and 4 must tell as well which regions
it shows and in which colours: it is much sooner learnt there than from the hint alone.

The heads are thrown away; the encoder is frozen from then on.
"""

import argparse
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from keras_s2p import (  # noqa: E402
    augment,
    characters,
    dataset,
    hint,
    images,
    weights,
)
from keras_s2p import (
    config as configs,
)

HISTOGRAM_BINS = 4  # a channel
THUMBNAIL_SIZE = 8  # pixels
MIN_REGION_SHARE = 0.0005  # of the picture; smaller regions have no colour to learn
# Layers whose cells must tell regions and colours: 24 x 24 and 12 x 12 cells of 96².
CELL_LAYERS = ("block3_conv4_relu", "block4_conv4_relu")
NUM_REGIONS = len(characters.REGIONS)
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
    model = HintTrainer(encoder, build_heads(config.hint_size))
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
                dataset.parse_example(example), [args.seed, number], size, training
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


def build_heads(hint_size: int):
    """Linear heads on the standardised hint: a dict of outputs by task."""
    vector = keras.Input((hint_size,), name="hint")
    x = keras.layers.LayerNormalization(
        center=False, scale=False, epsilon=1e-6, dtype="float32", name="hint_norm"
    )(vector)
    # Smaller inputs keep Adam's equal steps for 4096 weights from adding up.
    x = keras.layers.Rescaling(1 / 32, dtype="float32", name="hint_scale")(x)
    sizes = {
        "colours": NUM_REGIONS * 3,
        "present": NUM_REGIONS,
        "histogram": HISTOGRAM_BINS**3,
        "thumbnail": THUMBNAIL_SIZE**2 * 3,
        **{f"label_{name}": size for name, size in characters.LABEL_SIZES.items()},
    }
    outputs = {
        name: keras.layers.Dense(size, dtype="float32", name=name)(x)
        for name, size in sizes.items()
    }
    return keras.Model(vector, outputs, name="heads")


class HintTrainer(keras.Model):
    """Encoder and heads; a batch has `painting`, `regions`, `labels`."""

    def __init__(self, encoder, heads):
        super().__init__(name="hint_trainer")
        layers = [encoder.get_layer(name).output for name in CELL_LAYERS]
        self.encoder = keras.Model(encoder.input, [encoder.output, *layers])
        self.heads = heads
        self.cell_heads = [
            keras.layers.Conv2D(NUM_REGIONS * 4 + 1, 1, dtype="float32", name=name)
            for name in CELL_LAYERS
        ]
        for head, x in zip(self.cell_heads, layers):
            head.build(x.shape)
        names = (
            "loss", "colours", "present", "labels", "histogram", "thumbnail", "cells"
        )  # fmt: skip
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            loss = self.compute_losses(batch, training=True)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        return {name: mean.result() for name, mean in self.means.items()}

    def test_step(self, batch):
        self.compute_losses(batch, training=False)
        return {name: mean.result() for name, mean in self.means.items()}

    def compute_losses(self, batch, training):
        vector, *cells = self.encoder(batch["painting"], training=training)
        outputs = self.heads(vector)
        colours, present, known = region_colours(batch["painting"], batch["regions"])
        shape = tf.shape(colours)
        error = tf.abs(tf.reshape(outputs["colours"], shape) - colours)
        mask = present * known
        results = {
            "colours": weighted_mean(tf.reduce_mean(error, -1), mask),
            "present": weighted_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(present, outputs["present"]),
                known * tf.ones_like(present),
            ),
            "labels": self.label_loss(batch["labels"], outputs),
            "histogram": tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits(
                    histogram(batch["painting"]), outputs["histogram"]
                )
            ),
            "thumbnail": tf.reduce_mean(
                tf.abs(thumbnail(batch["painting"]) - outputs["thumbnail"])
            ),
            "cells": sum(
                cell_loss(head(x), batch["painting"], batch["regions"], known)
                for head, x in zip(self.cell_heads, cells)
            ),
        }
        # Not in the paper: colours are what a painter needs, so they weigh most.
        loss = (
            10 * results["colours"]
            + results["present"]
            + 0.3 * results["labels"]
            + 0.5 * results["histogram"]
            + 3 * results["thumbnail"]
            + results["cells"]
        )
        for name, value in {"loss": loss, **results}.items():
            self.means[name].update_state(value)
        return loss

    def label_loss(self, labels, outputs):
        """Mean cross entropy over the labels that are known (not -1)."""
        total = 0.0
        for i, name in enumerate(characters.LABEL_SIZES):
            entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
                tf.maximum(labels[:, i], 0), outputs[f"label_{name}"]
            )
            total += weighted_mean(entropy, tf.cast(labels[:, i] >= 0, tf.float32))
        return total / len(characters.LABEL_SIZES)


def cell_loss(outputs, painting, regions, known):
    """How well cells tell their regions and the regions' mean colours.

    Args:
        outputs: [B, h, w, R + 1 + 3 R], logits of the R regions and of none of them,
            then the colours; h and w divide H and W.
        painting: as for region_colours.
        regions: as for region_colours.
        known: [B, 1], of region_colours.

    Returns:
        cross entropy of the regions' shares plus 3 times the L1 of the colours.
    """
    cell = painting.shape[1] // outputs.shape[1]
    masks = tf.one_hot(regions[..., 0], NUM_REGIONS)  # [B, H, W, R]
    coloured = masks[..., None] * painting[..., None, :]
    coloured = tf.reshape(coloured, [*painting.shape[:3], NUM_REGIONS * 3])
    shares = tf.nn.avg_pool2d(masks, cell, cell, "VALID")
    colours = tf.nn.avg_pool2d(coloured, cell, cell, "VALID")
    colours /= tf.repeat(tf.maximum(shares, 1e-6), 3, axis=-1)

    none = 1 - tf.reduce_sum(shares, -1, keepdims=True)
    entropy = tf.nn.softmax_cross_entropy_with_logits(
        tf.concat([shares, none], -1), outputs[..., : NUM_REGIONS + 1]
    )
    error = tf.abs(outputs[..., NUM_REGIONS + 1 :] - colours)
    mask = tf.repeat(tf.cast(shares > 0.1, tf.float32), 3, axis=-1)
    return weighted_mean(entropy, known[..., None] * tf.ones_like(entropy)) + (
        3 * weighted_mean(error, mask)
    )


def region_colours(painting, regions):
    """Mean colour of each region.

    Args:
        painting: [B, H, W, 3] in [-1, 1].
        regions: [B, H, W, 1] uint8; 255 everywhere if not known.

    Returns:
        colours [B, R, 3], present [B, R] and known [B, 1], 0 or 1, for the R regions of
        characters.REGIONS.
    """
    masks = tf.one_hot(regions[..., 0], NUM_REGIONS)  # [B, H, W, R]
    share = tf.reduce_mean(masks, axis=[1, 2])
    colours = tf.einsum("bhwr,bhwc->brc", masks, painting)
    colours /= tf.maximum(tf.reduce_sum(masks, axis=[1, 2])[..., None], 1)
    present = tf.cast(share > MIN_REGION_SHARE, tf.float32)
    known = tf.cast(tf.reduce_sum(share, -1, keepdims=True) > 0, tf.float32)
    return colours, present, known


def histogram(painting):
    """Share of each of the 4 x 4 x 4 colours: [B, H, W, 3] to [B, 64]."""
    levels = tf.cast((painting + 1) * (HISTOGRAM_BINS / 2), tf.int32)
    levels = tf.clip_by_value(levels, 0, HISTOGRAM_BINS - 1)
    bins = tf.reduce_sum(levels * [HISTOGRAM_BINS**2, HISTOGRAM_BINS, 1], axis=-1)
    return tf.reduce_mean(tf.one_hot(bins, HISTOGRAM_BINS**3), axis=[1, 2])


def thumbnail(painting):
    """The painting at 8 x 8 pixels: [B, H, W, 3] to [B, 192]."""
    small = tf.image.resize(painting, [THUMBNAIL_SIZE] * 2, method="area")
    return tf.reshape(small, [-1, THUMBNAIL_SIZE**2 * 3])


def weighted_mean(values, mask):
    """Mean of the values where the mask is 1; 0 if it is nowhere."""
    return tf.reduce_sum(values * mask) / tf.maximum(tf.reduce_sum(mask), 1)


if __name__ == "__main__":
    sys.exit(main())
