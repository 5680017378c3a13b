"""What areas of a painting have of colour, of light and of hints; and new flat colours.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting.closed_areas import average, count

LEVELS = 256  # of light, among which the middle one is found
NEAR = 2  # levels from the middle one, that the flat tone has
LEAST_WEIGHT = 1e-3  # of a pixel on a line
DARKEST = 0.1  # of light; the shading of a black area is not multiplied
DEEPEST = 0.4  # of an area's light; deeper is no shade but another colour
SAME_TINT = 0.15  # between a colour and its shade


class AreaColours(NamedTuple):
    """Of K areas, of which number 0 is none; float32."""

    sizes: Any  # [K] pixels
    oklab: Any  # [K, 3] mean colours
    light: Any  # [K] in [0, 1], that of the flat tone: the median
    tint: Any  # [K, 3] of _tint, of the flat tone
    hints: Any  # [K, 4] mean of the hints' colours in [-1, 1] and their weight
    variance: Any  # [K] of the hints' colours


def find_area_colours(areas, colour, oklab, paper, hints) -> AreaColours:
    """Sums over areas.

    Args:
        areas: [H, W] int32 from 0, of closed_areas.find_areas.
        colour: [H, W, 3] in [-1, 1].
        oklab: the same of oklab.to_oklab.
        paper: [H, W] in [0, 1], of layers.find_paper.
        hints: [H, W, 4], colours in [-1, 1] times weights, and weights.
    """
    size = tf.reduce_max(areas) + 1
    weight = tf.maximum(paper**4, LEAST_WEIGHT)
    oklab = average(areas, size, oklab, weight)
    light = _light(colour)
    level = tf.cast(light[..., 0] * LEVELS, tf.int32)
    level = tf.clip_by_value(level, 0, LEVELS - 1)
    counts = count(areas * LEVELS + level, size * LEVELS, weight)
    sums = tf.cumsum(tf.reshape(counts, [size, LEVELS]), axis=1)
    middle = tf.argmax(sums >= sums[:, -1:] / 2, axis=1, output_type=tf.int32)
    near = tf.abs(level - tf.gather(middle, areas)) <= NEAR
    near = tf.where(near, weight, 1e-6 * weight)
    flat = tf.concat([light, _tint(colour)], axis=-1)
    flat = average(areas, size, flat, near)

    weights = count(areas, size, hints[..., 3])
    own = tf.math.divide_no_nan(hints[..., :3], hints[..., 3:])
    colours = average(areas, size, own, hints[..., 3])
    off = tf.reduce_sum((own - tf.gather(colours, areas)) ** 2, axis=-1)
    variance = count(areas, size, hints[..., 3] * off)
    # Deep inside a line there is nothing to colour.
    weights *= tf.cast(tf.range(size) > 0, tf.float32)
    return AreaColours(
        count(areas, size),
        oklab,
        flat[:, 0],
        flat[:, 1:],
        tf.concat([colours, weights[:, tf.newaxis]], axis=-1),
        tf.math.divide_no_nan(variance, weights),
    )


def shade(target, colour, areas, found: AreaColours):
    """Flat colours with the light and shade that areas had.

    Where an area has another tint than its flat tone, the difference of light is one of
    colours, and not kept.

    Args:
        target: [H, W, 3] in [-1, 1], the flat colours.
        colour: [H, W, 3] in [-1, 1].
        areas: [H, W] of find_areas.
        found: of find_area_colours.

    Returns:
        [H, W, 3] in [-1, 1].
    """
    light, flat = _light(colour), tf.gather(found.light, areas)[..., tf.newaxis]
    off = _tint(colour) - tf.gather(found.tint, areas)
    off = tf.reduce_sum(off**2, axis=-1, keepdims=True)
    kept = tf.exp(-off / SAME_TINT**2)
    light = flat + kept * (light - flat)
    shadow = tf.minimum((light + DARKEST) / (flat + DARKEST), 1.0)
    shadow = tf.maximum(shadow, DEEPEST)
    shine = tf.minimum((1 - light + DARKEST) / (1 - flat + DARKEST), 1.0)
    # A shadow multiplies what is bright, a highlight what is dark.
    return 1 - (1 - ((target + 1) * shadow - 1)) * shine


def _light(colour):
    """[..., 3] in [-1, 1] to [..., 1] in [0, 1]."""
    return tf.clip_by_value((images.to_gray(colour) + 1) / 2, 0, 1)


def _tint(colour):
    """What stays the same when a colour is lit less, about: [..., 3]."""
    light = _light(colour)
    return ((colour + 1) / 2 - light) / (light + DARKEST)
