"""From TFRecords to the batches that a hint encoder is trained on."""

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.data import augment, dataset, records

NO_REGION = tf.constant(255, tf.uint8)
HUE = 0.5  # largest change of hue, in half turns; the palettes hold all hues already


def hint_batches(config, split: str, size: int, start_step: int = 0):
    """Batches of `painting` [B, S, S, 3], `regions` [B, S, S, 1] and `labels` [B, L].

    The train split is endless and augmented by crops, mirroring and new colours.

    Args:
        config: HintTrainConfig.
        split: of the dataset.
        size: S, the side in pixels that the encoder looks at.
        start_step: the training step of the first batch.
    """
    training = split == "train"
    start = start_step * config.batch_size
    examples = dataset.read_examples(config.dataset, split, config.seed, start)
    numbers = tf.data.Dataset.range(start, tf.int64.max)
    return (
        tf.data.Dataset.zip((examples, numbers))
        .map(
            lambda example, number: prepare(
                records.parse_example(example), [config.seed, number], size, training
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .batch(config.batch_size, drop_remainder=True)
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
