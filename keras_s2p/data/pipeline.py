"""From TFRecords to training batches: parse, crop, draw the sketch, augment, batch.

A batch is a dict of float32 in [-1, 1]: `sketch` [B, S, S, 1], `painting` [B, S, S, 3]
and `reference` [B, R, R, 3], with S = TrainConfig.size and R = max(S, 192). With an
eye_weight, training batches also have `eyes` [B, S, S, 1] in [0, 1], 1 inside irises.

Not in the paper: the reference is the painting itself after a warp, or another drawing
in the same colours, and both change their hue together. So the colours can be read
from the reference alone: not from the lines, and not by copying pixels.
"""

import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.common import images
from keras_s2p.common.config import GeneratorConfig
from keras_s2p.data import augment, dataset, dirty_lines, framing, mixture, records
from keras_s2p.data import sketch as sketches
from keras_s2p.data.ranges import FINEST_LINES

# Pixels; a smaller reference would hide from the hint encoder what it was trained on.
MIN_REFERENCE_SIZE = GeneratorConfig.hint_image_size
NUM_SAMPLES = 8  # rows of a sample grid
EYES = character.REGIONS.index("eyes")
VALIDATION_SEED = 0  # order of the validation examples, which mixes their sources


def train_batches(folder: str, config, start_step: int = 0) -> tf.data.Dataset:
    """Endless augmented batches of the train split.

    They depend on the config and the step alone, so a resumed run sees the batches that
    an uninterrupted one would have seen.

    Args:
        folder: the dataset.
        config: TrainConfig.
        start_step: the training step of the first batch.
    """

    # Without AutoGraph, which has nothing to convert here and takes long to see it.
    @tf.autograph.experimental.do_not_convert
    def parse_and_prepare(example, number):
        return prepare(records.parse_example(example), number, config)

    start = start_step * config.batch_size
    shares = mixture.parse_shares(config.source_shares)
    examples = dataset.read_examples(folder, "train", config.seed, start, shares)
    numbers = tf.data.Dataset.range(start, tf.int64.max)
    return (
        tf.data.Dataset.zip((examples, numbers))
        .map(parse_and_prepare, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(config.batch_size, drop_remainder=True)
        .prefetch(2)
    )


def validation_batches(folder: str, config):
    """The same batches each time, not augmented; None if there are or shall be none."""
    index = dataset.load_index(folder)
    available = dataset.num_examples(index, "validation") // config.batch_size
    count = min(config.validation_batches, available)
    if not count:
        return None
    batches = _plain_batches(folder, "validation", config.size, config.batch_size)
    return batches.map(add_other_references).take(count)


def add_other_references(batch: dict) -> dict:
    """A batch with `other_reference`: each example has that of the one before it."""
    return {**batch, "other_reference": tf.roll(batch["reference"], 1, axis=0)}


def sample_batch(folder: str, config) -> dict:
    """A batch of NUM_SAMPLES for sample grids, from the validation split if it can.

    It shows whole pictures, since a face or a hem at an edge is what one looks for.
    """
    index = dataset.load_index(folder)
    enough = dataset.num_examples(index, "validation") >= NUM_SAMPLES
    split = "validation" if enough else "train"
    batches = _plain_batches(folder, split, config.size, NUM_SAMPLES, whole=True)
    return next(iter(batches))


def _plain_batches(folder, split, size, batch_size, whole=False):
    return (
        dataset.read_examples(folder, split, VALIDATION_SEED)
        .map(lambda example: prepare_plain(records.parse_example(example), size, whole))
        .batch(batch_size, drop_remainder=True)
        .prefetch(1)
    )


def prepare(example: dict, number, config) -> dict:
    """One augmented training example.

    Args:
        example: of records.parse_example.
        number: scalar int64, its place in the whole training; it seeds the choices.
        config: TrainConfig.

    Returns:
        sketch [S, S, 1], painting [S, S, 3] and reference [R, R, 3], float32 in
        [-1, 1]; with config.eye_weight also eyes [S, S, 1] in [0, 1].
    """
    seeds = tf.random.experimental.stateless_split(
        tf.stack([tf.constant(config.seed, tf.int64), number]), 10
    )
    reference_size = find_reference_size(config.size)
    eyes = _find_eyes(example)
    prepared = tf.cond(
        tf.size(example["sketches"]) > 0,
        lambda: framing.prepare(example, eyes, seeds[3:], config, reference_size),
        lambda: _extract(example, eyes, seeds[3:], config, reference_size),
    )
    step = number // config.batch_size
    strength = tf.minimum(
        1.0, tf.cast(step, tf.float32) / max(1, config.augment_warmup)
    )
    painting, reference = augment.change_colours(
        prepared["painting"], prepared["reference"], seeds[0], config.hue, strength
    )
    prepared["painting"] = painting
    prepared["sketch"] = dirty_lines.dirty_sketch(prepared["sketch"], seeds[1])
    prepared["reference"] = augment.warp_reference(reference, seeds[2])
    if not config.eye_weight:
        del prepared["eyes"]
    return prepared


def _extract(example, eyes, seeds, config, reference_size):
    """What framing.prepare does, for an example without extracted sketches."""
    chance = tf.random.stateless_uniform([3], seeds[0])
    pair = _float_pair(example)
    whole = pair["painting"]
    pair["eyes"] = tf.cast(eyes, tf.float32) / 255.0
    pair = augment.random_crop(pair, config.size, seeds[1])
    extracted = tf.logical_or(
        tf.size(example["sketch"]) == 0, chance[0] < config.extracted_sketch
    )

    def extract():
        scale = 1.0 + (FINEST_LINES - 1.0) * chance[2]
        large = tf.cast(scale * config.size, tf.int32)
        crop = augment.random_crop({"large": whole}, large, seeds[1])  # the same square
        lines = sketches.random_sketch(crop["large"], seeds[2])
        lines = images.resize(lines[tf.newaxis], [config.size] * 2)[0]
        return tf.ensure_shape(lines, pair["sketch"].shape)

    pair["sketch"] = tf.cond(extracted, extract, lambda: pair["sketch"])
    pair = augment.flip_and_rotate(pair, seeds[3])
    other = tf.logical_and(
        tf.size(example["reference"]) > 0, chance[1] < config.other_reference
    )
    pair["reference"] = tf.cond(
        other,
        lambda: middle_square(images.to_float(example["reference"]), reference_size),
        lambda: middle_square(pair["painting"], reference_size),
    )
    return pair


def find_reference_size(size: int) -> int:
    """Side in pixels of the references beside paintings of `size`."""
    return max(size, MIN_REFERENCE_SIZE)


def prepare_plain(example: dict, size: int, whole: bool = False) -> dict:
    """One example as it is: drawn lines or thin extracted ones.

    The reference is the other drawing in the same colours, or the painting mirrored.
    An example with extracted sketches is shown whole; any other is too if `whole`, and
    else its middle square, as training cuts squares out of it.
    """
    reference_size = find_reference_size(size)
    return tf.cond(
        tf.size(example["sketches"]) > 0,
        lambda: framing.prepare_plain(example, size, reference_size),
        lambda: _extract_plain(example, size, reference_size, whole),
    )


def _extract_plain(example, size, reference_size, whole):
    view = _shrink if whole else middle_square
    pair = {name: view(x, size) for name, x in _float_pair(example).items()}
    sketch = tf.cond(
        tf.size(example["sketch"]) == 0,
        lambda: sketches.extract_sketch(pair["painting"], "thin"),
        lambda: pair["sketch"],
    )
    reference = tf.cond(
        tf.size(example["reference"]) == 0,
        lambda: tf.reverse(pair["painting"], [1]),
        lambda: images.to_float(example["reference"]),
    )
    reference = view(reference, reference_size)
    return {
        "sketch": _lay_on_white(sketch, size),
        "painting": _lay_on_white(pair["painting"], size),
        "reference": _lay_on_white(reference, reference_size),
    }


def _float_pair(example):
    """Painting and drawn sketch as floats; blank paper where no lines are known."""
    painting = images.to_float(example["painting"])
    drawn = tf.cond(
        tf.size(example["sketch"]) == 0,
        lambda: tf.ones_like(painting[..., :1]),
        lambda: images.to_float(example["sketch"]),
    )
    return {"painting": painting, "sketch": tf.ensure_shape(drawn, [None, None, 1])}


def _find_eyes(example):
    """[H, W, 1] uint8, 255 inside the irises; 0 everywhere where none are known."""
    eyes = tf.cond(
        tf.size(example["regions"]) == 0,
        lambda: tf.zeros_like(example["painting"][..., :1]),
        lambda: 255 * tf.cast(example["regions"] == EYES, tf.uint8),
    )
    return tf.ensure_shape(eyes, [None, None, 1])


def middle_square(pixels, size, resize=images.resize):
    """The middle square of [H, W, C], resized to [size, size, C]."""
    shape = tf.shape(pixels)
    side = tf.minimum(shape[0], shape[1])
    pixels = tf.image.resize_with_crop_or_pad(pixels, side, side)
    return resize(pixels[tf.newaxis], [size, size])[0]


def _shrink(pixels, size):
    """[H, W, C] with its long side resized to `size`."""
    shape = tf.cast(tf.shape(pixels)[:2], tf.float32)
    sides = tf.maximum(1.0, tf.round(shape * size / tf.reduce_max(shape)))
    return images.resize(pixels[tf.newaxis], tf.cast(sides, tf.int32))[0]


def _lay_on_white(pixels, size):
    """A view of [-1, 1] in the middle of a white square [size, size, C]."""
    return 1.0 + tf.image.resize_with_crop_or_pad(pixels - 1.0, size, size)
