"""Examples of a dataset, as they are written and read.

One example is a painting as PNG with what is known about it: drawn lines, a reference
(another drawing in the same colours), regions and labels. Whatever is not known is
empty.
"""

import io
import os

import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.common.graph_bytes import checked, read_numbers, starts_with
from keras_s2p.common.picture_reader import PNG_SIGNATURE

NUM_LABELS = 11  # length of character.LABEL_SIZES
PNG_COMPRESSION = 1  # fastest
MAX_PIXELS = 100_000_000  # of a picture, as of those that it was made of

FEATURES = {
    "painting": tf.io.FixedLenFeature([], tf.string),
    "sketch": tf.io.FixedLenFeature([], tf.string, ""),
    "reference": tf.io.FixedLenFeature([], tf.string, ""),
    "regions": tf.io.FixedLenFeature([], tf.string, ""),
    "labels": tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
    "name": tf.io.FixedLenFeature([], tf.string, ""),
    "source": tf.io.FixedLenFeature([], tf.string, ""),
    "figure": tf.io.FixedLenFeature([], tf.string, ""),
    "sketches": tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True),
    "references": tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True),
    "palettes": tf.io.FixedLenFeature([], tf.string, ""),
}


def make_example(
    painting,
    name,
    source,
    sketch=None,
    reference=None,
    regions=None,
    labels=(),
    figure=None,
    sketches=(),
    references=(),
    palettes=None,
) -> bytes:
    """Serializes one example.

    Args:
        painting: [H, W, 3] uint8.
        name: str, unique in the dataset.
        source: str, where it comes from, to count and choose by.
        sketch: [H, W] or [H, W, 1] uint8, drawn lines, 0 ink to 255 paper.
        reference: [h, w, 3] uint8, another drawing in the same colours.
        regions: [H, W] or [H, W, 1] uint8, as characters.Drawing.regions.
        labels: ints in the order of characters.LABEL_SIZES.
        figure: [H, W] uint8, 255 on the figure, 0 on a ground of one colour.
        sketches: list of [H, W] uint8, lines extracted from it, in several looks.
        references: list of [h, w, 4] uint8, other drawings in the same colours; the
            fourth channel is their figure, as above.
        palettes: [N, P, 3] uint8, sRGB of its parts: as they are, and new ones.

    Raises:
        ValueError: a sketch or regions of another shape than the painting.
    """
    aligned = [("sketch", sketch), ("regions", regions), ("figure", figure)]
    for key, pixels in aligned + [("sketch", each) for each in sketches]:
        if pixels is not None and pixels.shape[:2] != painting.shape[:2]:
            raise ValueError(
                f"{name}: the {key} is {pixels.shape[:2]}, "
                f"the painting {painting.shape[:2]}"
            )
    values = {
        "painting": _encode_png(painting),
        "sketch": _encode_png(sketch),
        "reference": _encode_png(reference),
        "regions": _encode_png(regions),
        "figure": _encode_png(figure),
        "palettes": _encode_png(palettes),
        "name": os.fsencode(name),
        "source": os.fsencode(source),
    }
    features = {
        key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        for key, value in values.items()
    }
    for key, pictures in (("sketches", sketches), ("references", references)):
        values = [_encode_png(picture) for picture in pictures]
        features[key] = tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    features["labels"] = tf.train.Feature(int64_list=tf.train.Int64List(value=labels))
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString()


def _encode_png(pixels):
    """[H, W], [H, W, 1] or [H, W, 3] uint8 as PNG bytes; b"" for None."""
    if pixels is None:
        return b""
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    file = io.BytesIO()
    image = PIL.Image.fromarray(np.ascontiguousarray(pixels))
    image.save(file, "PNG", compress_level=PNG_COMPRESSION)
    return file.getvalue()


def parse_example(serialized) -> dict:
    """Decodes one example of read_examples; pure TensorFlow, for Dataset.map.

    Args:
        serialized: scalar string tensor.

    Returns:
        painting: [H, W, 3] uint8.
        sketch: [H, W, 1] uint8, 0 ink to 255 paper; [0, 0, 1] if not known.
        reference: [h, w, 3] uint8; [0, 0, 3] if not known.
        regions: [H, W, 1] uint8; [0, 0, 1] if not known.
        labels: [NUM_LABELS] int64; -1 everywhere if not known.
        name, source: scalar strings.
        figure, palettes: scalar strings, and sketches, references: lists of strings
            [N]; of which framing.py decodes what it needs.

    Raises:
        tf.errors.InvalidArgumentError: when it runs; no example, or pictures that do
            not belong together.
    """
    example = tf.io.parse_single_example(serialized, FEATURES)
    channels = {"painting": 3, "sketch": 1, "reference": 3, "regions": 1}
    for key, value in channels.items():
        example[key] = decode_png(example[key], value)
    shape = _shape(example["painting"])
    tf.debugging.assert_positive(shape, "an example without a painting")
    for key in ("sketch", "regions"):
        _assert_same(_shape(example[key]), shape, key)
    labels = tf.cond(
        tf.size(example["labels"]) == 0,
        lambda: tf.fill([NUM_LABELS], tf.constant(-1, tf.int64)),
        lambda: example["labels"],
    )
    example["labels"] = tf.ensure_shape(labels, [NUM_LABELS])
    return example


def check_example(serialized):
    """Decodes all pictures of an example, also those that parse_example leaves.

    Args:
        serialized: scalar string tensor.

    Returns:
        [] bool: True, so that Dataset.map has something to give.

    Raises:
        tf.errors.InvalidArgumentError: as parse_example.
    """
    example = parse_example(serialized)
    shape = _shape(example["painting"])
    _assert_same(_shape(decode_png(example["figure"], 1)), shape, "figure")
    # Asserted, for what nothing is made of is not decoded.
    palettes = _shape(decode_png(example["palettes"], 3))
    tf.debugging.assert_none_equal(palettes[0], 1, message="palettes: one alone")
    for key, channels in (("sketches", 1), ("references", 4)):
        shapes = tf.map_fn(
            lambda data, channels=channels: _shape(decode_png(data, channels)),
            example[key], fn_output_signature=tf.TensorSpec([2], tf.int32),
        )  # fmt: skip
        if key == "sketches":
            _assert_same(shapes, shape, key)
        tf.debugging.assert_positive(shapes, f"{key}: one is empty")
    return True


def _shape(pixels):
    """[2] int32: height and width."""
    return tf.shape(pixels)[:2]


def _assert_same(shapes, shape, key):
    """Refuses other shapes than that of the painting or of nothing."""
    same = tf.reduce_all((shapes == shape) | (shapes == 0))
    tf.debugging.assert_equal(same, True, f"{key}: not of the painting's size")


def parse_names(serialized) -> dict:
    """The name and the source of one example, as parse_example; decodes no picture."""
    names = {key: FEATURES[key] for key in ("name", "source")}
    return tf.io.parse_single_example(serialized, names)


def decode_png(encoded, channels):
    """PNG bytes as [H, W, channels] uint8, [0, 0, channels] for empty bytes."""
    pixels = tf.cond(
        tf.strings.length(encoded) == 0,
        lambda: tf.zeros([0, 0, channels], tf.uint8),
        lambda: tf.io.decode_png(_check_png(encoded), channels),
    )
    return tf.ensure_shape(pixels, [None, None, channels])


def _check_png(encoded):
    """The bytes, if they are a PNG that says that it has no more than MAX_PIXELS."""
    sides = read_numbers(encoded, 16, 2, tf.int32, little_endian=False)
    area = tf.reduce_prod(tf.cast(sides, tf.int64))
    right = starts_with(encoded, PNG_SIGNATURE) & (area <= MAX_PIXELS)
    return checked(encoded, right, "no PNG, or a picture that is too large")
