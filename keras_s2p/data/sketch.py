"""Line drawings extracted from paintings, inside tf.data.

Not in the paper: how lines are found. An edge between two colours is found with a
difference of Gaussians of the three channels and drawn once, on its darker side (as
XDoG does: Winnemoeller, Kyprianidis, Olsen 2012). A line that the artist has inked is
found with a black top hat (closing minus picture), which fills it and leaves edges
alone.
"""

import math

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.data.looks import (
    ALL_LOOKS,
    INK_SIGMA,
    INK_WIDTH,
    PEAK,
    RATIO,
    REACH,
    SHADE_FROM,
    SHADE_RISE,
    SHADE_SIGMA,
    SIDE,
    SPECK,
    SPECK_INK,
    STEP_RESPONSE,
    SUPPRESSION,
    SURROUND,
)

LOOKS = tuple(ALL_LOOKS)
# Pixels a side that a picture is mirrored beyond its own by, at most.
REACHES = [REACH * RATIO * look.sigma for look in ALL_LOOKS.values()]
LEAST_SIDE = math.ceil(max(*REACHES, REACH * SHADE_SIGMA, SURROUND / 2))


def extract_sketch(painting, look: str = "thin"):
    """Draws the outlines of a painting.

    One that is narrower than LEAST_SIDE is drawn with its mirror images beside it.

    Args:
        painting: [H, W, 3] float32 in [-1, 1].
        look: one of LOOKS.

    Returns:
        [H, W, 1] float32 in [-1, 1], 1 is paper and -1 is ink.

    Raises:
        ValueError: no such look.
    """
    if look not in ALL_LOOKS:
        raise ValueError(f"{look}: not a look; there are {', '.join(LOOKS)}")
    style = ALL_LOOKS[look]
    shape = tf.shape(painting)
    colours = 0.5 * _widen(painting)[tf.newaxis] + 0.5
    contrast = tf.maximum(_edges(colours, style.sigma), _ink(colours, style.sigma))
    peak = _mean(_pool(contrast, PEAK, 1.0), PEAK)
    # The profile of a line is that of its own peak: as wide if it is weak.
    low, high = style.edge
    ink = tf.clip_by_value((contrast / (peak + 1e-3) - low) / (high - low), 0.0, 1.0)
    threshold = style.threshold + SUPPRESSION * _mean(contrast, SURROUND)
    ink *= tf.clip_by_value((peak - threshold) / style.softness, 0.0, 1.0)
    # Specks have less ink around them than a line that goes on.
    ink *= tf.clip_by_value(_mean(ink, SPECK) / SPECK_INK - 1.0, 0.0, 1.0)
    ink *= style.ink
    if style.blur:
        ink = _blur(ink, style.blur)
    if style.shade:
        ink = tf.maximum(ink, style.shade * _shade(colours))
    ink = ink[0, : shape[0], : shape[1]]
    return tf.ensure_shape(1.0 - 2.0 * ink, [*painting.shape[:2], 1])


def random_sketch(painting, seed):
    """Draws the outlines of a painting in a random look.

    Args:
        painting: [H, W, 3] float32 in [-1, 1].
        seed: [2] integers; the same seed gives the same look.

    Returns:
        [H, W, 1] float32 in [-1, 1], 1 is paper and -1 is ink.
    """
    number = tf.random.stateless_uniform([], seed, 0, len(LOOKS), tf.int32)
    branches = [lambda look=look: extract_sketch(painting, look) for look in LOOKS]
    return tf.switch_case(number, branches)


def _edges(colours, sigma):
    """[1, H, W, 3] in [0, 1] to the contrast of edges, [1, H, W, 1], on one side."""
    difference = _blur(colours, sigma) - _blur(colours, RATIO * sigma)
    light = images.to_gray(difference)
    length = tf.norm(difference, axis=-1, keepdims=True)
    # On one side of an edge the difference is the opposite of the other side's, and
    # only the darker side is drawn; both are, if they are equally light.
    side = tf.clip_by_value(1.0 - light / (SIDE * (length + 1e-4)), 0.0, 1.0)
    return length * side / STEP_RESPONSE


def _ink(colours, sigma):
    """[1, H, W, 3] in [0, 1] to the contrast of dark lines, [1, H, W, 1]."""
    gray = _blur(images.to_gray(colours), INK_SIGMA * sigma)
    return _pool(_pool(gray, INK_WIDTH, 1.0), INK_WIDTH, -1.0) - gray


def _shade(colours):
    """[1, H, W, 3] in [0, 1] to shading of what is darker than the picture's mean."""
    gray = _blur(images.to_gray(colours), SHADE_SIGMA)
    darker = tf.reduce_mean(gray) - gray
    return tf.clip_by_value(SHADE_RISE * (darker - SHADE_FROM), 0.0, 1.0)


def _blur(pixels, sigma):
    """Gaussian blur of [1, H, W, C]; sigma in pixels."""
    radius = max(1, math.ceil(REACH * sigma))
    offsets = tf.range(-radius, radius + 1, dtype=tf.float32)
    kernel = tf.nn.softmax(-0.5 * (offsets / sigma) ** 2)
    kernel = tf.tile(kernel[:, tf.newaxis, tf.newaxis], [1, pixels.shape[-1], 1])
    strides = [1, 1, 1, 1]
    pixels = _pad(pixels, radius)
    pixels = tf.nn.depthwise_conv2d(pixels, kernel[tf.newaxis], strides, "VALID")
    return tf.nn.depthwise_conv2d(pixels, kernel[:, tf.newaxis], strides, "VALID")


def _mean(pixels, side):
    """Mean of [1, H, W, C] over squares of an odd side."""
    pixels = _pad(pixels, side // 2)
    pixels = tf.nn.avg_pool2d(pixels, [1, side], 1, "VALID")
    return tf.nn.avg_pool2d(pixels, [side, 1], 1, "VALID")


def _pool(pixels, side, sign):
    """Largest (sign 1) or smallest (sign -1) of [1, H, W, C] over squares."""
    pixels = tf.nn.max_pool2d(sign * pixels, [1, side], 1, "SAME")
    return sign * tf.nn.max_pool2d(pixels, [side, 1], 1, "SAME")


def _widen(picture):
    """[H, W, C] with mirror images of it up to LEAST_SIDE pixels a side."""
    for axis in (0, 1):
        if picture.shape[axis] is None or picture.shape[axis] < LEAST_SIDE:
            side = tf.shape(picture)[axis]
            place = tf.range(tf.maximum(side, LEAST_SIDE)) % (2 * side)
            place = tf.minimum(place, 2 * side - 1 - place)
            picture = tf.gather(picture, place, axis=axis)
    return picture


def _pad(pixels, radius):
    return tf.pad(pixels, [[0, 0], [radius] * 2, [radius] * 2, [0, 0]], "SYMMETRIC")
