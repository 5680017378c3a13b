"""Augmentation of single examples inside tf.data: crops, colours and warps.

Not in the paper: all of it. Pictures are [H, W, C] float32 in [-1, 1], without a batch
axis. Every choice follows from a stateless seed, an integer tensor of shape [2], so
that the same seed always gives the same example. Give each function a seed of its own:
from one seed they would draw the same numbers.
"""

import math
import warnings

import tensorflow as tf

from keras_s2p.data.ranges import (
    CURVE,
    CURVED,
    REFERENCE_ZOOM,
    ROTATED,
    ROTATION,
    SATURATION,
    WARP,
    WARP_WAVES,
    ZOOM,
)

with warnings.catch_warnings():
    # TensorFlow Addons announces its end of life at import.
    warnings.simplefilter("ignore", UserWarning)
    import tensorflow_addons as tfa


def random_crop(images: dict, size: int, seed) -> dict:
    """Cuts the same random square out of aligned pictures and resizes it.

    The square's side is the short side divided by a random zoom of 1 to ZOOM.

    Args:
        images: name to [H, W, C] in [-1, 1], all of the same H and W.
        size: side of the results in pixels.
        seed: [2] integers.

    Returns:
        Name to [size, size, C] in [-1, 1].
    """
    shape = tf.shape(next(iter(images.values())))[:2]
    zoom, top, left = tf.unstack(tf.random.stateless_uniform([3], seed))
    short = tf.cast(tf.reduce_min(shape), tf.float32)
    side = tf.cast(tf.round(short / (1.0 + (ZOOM - 1.0) * zoom)), tf.int32)
    space = tf.cast(shape - side + 1, tf.float32)
    top, left = tf.cast(top * space[0], tf.int32), tf.cast(left * space[1], tf.int32)

    def crop(picture):
        picture = picture[top : top + side, left : left + side]
        return tf.image.resize(picture, [size, size], antialias=True)

    return {name: crop(picture) for name, picture in images.items()}


def flip_and_rotate(images: dict, seed) -> dict:
    """Mirrors aligned pictures in half of all cases and rotates them a little in some.

    What a rotation brings in from outside is mirrored at the border.

    Args:
        images: name to [H, W, C], all of the same H and W.
        seed: [2] integers.

    Returns:
        Pictures of the same names and shapes.
    """
    flip, rotate, angle = tf.unstack(tf.random.stateless_uniform([3], seed))
    angle = (2.0 * angle - 1.0) * ROTATION * math.pi / 180.0

    def change(picture):
        changed = tf.cond(
            rotate < ROTATED,
            lambda: tfa.image.rotate(picture, angle, "bilinear", "reflect"),
            lambda: picture,
        )
        changed = tf.cond(flip < 0.5, lambda: tf.reverse(changed, [1]), lambda: changed)
        return tf.ensure_shape(changed, picture.shape)

    return {name: change(picture) for name, picture in images.items()}


def change_colours(painting, reference, seed, hue: float = 0.5, strength=1.0):
    """Changes the colours of a painting and of its reference in the same way.

    Hue and saturation change in YIQ, which leaves greys, so also white, as they are;
    some examples get a tone curve for each channel too, which leaves white and black.

    Args:
        painting: [H, W, 3] in [-1, 1].
        reference: [h, w, 3] in [-1, 1].
        seed: [2] integers.
        hue: largest rotation of the hue, in half turns of the circle.
        strength: scalar in [0, 1], which scales every change.

    Returns:
        The changed (painting, reference).
    """
    seeds = tf.random.experimental.stateless_split(seed, 2)
    numbers = tf.unstack(tf.random.stateless_uniform([3], seeds[0]))
    strength = tf.cast(strength, tf.float32)
    angle = (2.0 * numbers[0] - 1.0) * strength * hue * math.pi
    low, high = SATURATION
    saturation = 1.0 + strength * (low - 1.0 + (high - low) * numbers[1])
    bend = tf.where(numbers[2] < CURVED, CURVE * strength, 0.0)
    bend *= tf.random.stateless_uniform([3], seeds[1], -1.0, 1.0)
    changes = angle, saturation, bend
    return recolour(painting, *changes), recolour(reference, *changes)


def recolour(picture, angle, saturation, bend):
    """Turns the hues of [H, W, 3] in [-1, 1], and bends its tones.

    Args:
        picture: [H, W, 3] in [-1, 1].
        angle: scalar, radians by which hues turn.
        saturation: scalar, factor of the saturation.
        bend: scalar or [3], change of a mid tone in each channel.
    """
    # Linear and around the grey axis, so it needs no [0, 1].
    changed = tfa.image.adjust_hsv_in_yiq(picture, angle, saturation, 1.0)
    changed = tf.clip_by_value(changed, -1.0, 1.0)
    # Like a gamma correction, for a tenth of its time.
    changed += bend * (1.0 - changed * changed)
    return tf.ensure_shape(changed, picture.shape)


def warp_reference(reference, seed):
    """Mirrors, zooms, shifts and bends a reference, so that no pixel stays in place.

    Args:
        reference: [H, W, C] in [-1, 1].
        seed: [2] integers.

    Returns:
        [H, W, C] in [-1, 1].
    """
    seeds = tf.random.experimental.stateless_split(seed, 2)
    numbers = tf.random.stateless_uniform([4], seeds[0])
    weights = tf.random.stateless_normal([2, WARP_WAVES, WARP_WAVES], seeds[1])
    return warp(reference, numbers, weights)


def warp(reference, numbers, weights):
    """Warps a reference.

    Args:
        reference: [H, W, C] in [-1, 1].
        numbers: [4] in [0, 1]: zoom, place from left to right and from top to bottom,
            and below a half mirrored.
        weights: [2, WARP_WAVES, WARP_WAVES], of the waves that shift x and y.
    """
    height, width = tf.shape(reference)[0], tf.shape(reference)[1]
    size = tf.cast(tf.stack([width, height]) - 1, tf.float32)
    x, y = tf.linspace(0.0, 1.0, width), tf.linspace(0.0, 1.0, height)
    # Where each pixel comes from, as a share of the sides: first x, then y.
    side = 1.0 - (1.0 - 1.0 / REFERENCE_ZOOM) * numbers[0]
    corner = (1.0 - side) * numbers[1:3]
    mirrored = numbers[3] < 0.5
    from_x = corner[0] + side * tf.where(mirrored, x[::-1], x)
    from_y = corner[1] + side * y
    source = tf.stack(tf.meshgrid(from_x, from_y), axis=-1)
    # A sum of low cosines: smooth, and cheaper than resizing a grid of shifts.
    waves = tf.range(WARP_WAVES, dtype=tf.float32) * math.pi
    along_x = tf.cos(x[:, tf.newaxis] * waves)
    along_y = tf.cos(y[:, tf.newaxis] * waves)
    shifts = tf.einsum("yi,cij,xj->yxc", along_y, weights, along_x) / WARP_WAVES
    source = tf.clip_by_value(source + WARP * shifts, 0.0, 1.0) * size
    warped = tfa.image.resampler(reference[tf.newaxis], source[tf.newaxis])[0]
    return tf.ensure_shape(warped, reference.shape)
