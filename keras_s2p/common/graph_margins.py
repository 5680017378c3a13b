"""Margins of one colour around a figure, found inside a graph; see margins.py.

Core TensorFlow operations only, which also run inside an exported graph; whole numbers,
so that the box is exactly that of margins.find_figure.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.common.margins import (
    BORDER,
    LEAST_NEIGHBOURS,
    MAX_CELLS,
    MIN_SIDE,
    SPECKS,
    TOLERANCE,
)


def find_figure(pixels):
    """The box of what is inside the margins of a picture, as margins.find_figure.

    Args:
        pixels: [H, W, C] uint8; C is known.

    Returns:
        [4] int32: top, left, bottom, right in pixels.
    """
    shape = tf.shape(pixels)[:2]
    cell_sides = -(-shape // MAX_CELLS)
    cells = _average(tf.cast(pixels, tf.int32), cell_sides[0])
    cells = tf.transpose(
        _average(tf.transpose(cells, [1, 0, 2]), cell_sides[1]), [1, 0, 2]
    )
    far = tf.abs(cells - _find_ground(cells)) > TOLERANCE
    figure = tf.cast(_remove_specks(tf.reduce_any(far, axis=-1)), tf.int32)
    spans = tf.stack([_find_span(tf.reduce_sum(figure, axis)) for axis in (1, 0)])
    spans *= cell_sides[:, tf.newaxis]  # [2, 2]: first and end, down and across
    longer = tf.reduce_max(spans[:, 1] - spans[:, 0])
    border = -(-int(100 * BORDER) * longer // 100)
    first, end = _widen(spans[:, 0] - border, spans[:, 1] + border, shape)
    box = tf.concat([first, end], axis=0)
    whole = tf.concat([tf.zeros_like(shape), shape], axis=0)
    return tf.where(tf.reduce_any(figure > 0), box, whole)


def cut_margins(pixels):
    """What is inside the margins of a picture: [H, W, C] uint8 to [h, w, C]."""
    top, left, bottom, right = tf.unstack(find_figure(pixels))
    return pixels[top:bottom, left:right]


def _average(pixels, side):
    """Whole means of cells of `side` rows of [H, W, C] int32; the last may be less."""
    shape = tf.shape(pixels)
    count = -(-shape[0] // side)
    padded = tf.pad(pixels, [[0, count * side - shape[0]], [0, 0], [0, 0]])
    rows = tf.reshape(padded, [count, side, shape[1], pixels.shape[-1]])
    sizes = tf.minimum(side, shape[0] - side * tf.range(count))
    return tf.reduce_sum(rows, axis=1) // sizes[:, tf.newaxis, tf.newaxis]


def _find_ground(cells):
    """The colour [C] that most of the border of [h, w, C] cells has nearly."""
    border = tf.concat([cells[0], cells[-1], cells[:, 0], cells[:, -1]], axis=0)
    some = border[::16]
    near = tf.abs(some[:, tf.newaxis] - border) <= TOLERANCE
    near = tf.cast(tf.reduce_all(near, axis=-1), tf.int32)
    chosen = near[tf.argmax(tf.reduce_sum(near, axis=1))]
    return tf.reduce_sum(chosen[:, tf.newaxis] * border, 0) // tf.reduce_sum(chosen)


def _remove_specks(figure):
    """[h, w] bool without cells that have few neighbours."""
    ones = tf.ones([3, 3, 1, 1])
    cells = tf.cast(figure, tf.float32)[tf.newaxis, ..., tf.newaxis]
    neighbours = tf.nn.conv2d(cells, ones, 1, "SAME")[0, ..., 0]
    return figure & (neighbours > LEAST_NEIGHBOURS - 0.5)


def _find_span(counts):
    """First and end of the counts [n] that leave but specks outside: [2] int32."""
    total, before = tf.reduce_sum(counts), tf.cumsum(counts)
    outside = total // SPECKS
    first = tf.math.count_nonzero(before <= outside, dtype=tf.int32)
    end = tf.math.count_nonzero(before < total - outside, dtype=tf.int32) + 1
    return tf.stack([first, end])


def _widen(first, end, side):
    """Spans of at least MIN_SIDE pixels, inside 0 to side; all [2] int32."""
    lacking = tf.maximum(MIN_SIDE - (end - first), 0)
    most = tf.maximum(side - MIN_SIDE, 0)
    first = tf.minimum(tf.maximum(first - lacking // 2, 0), most)
    return first, tf.minimum(tf.maximum(end, first + MIN_SIDE), side)
