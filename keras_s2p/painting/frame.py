"""The figure in its frame: painted without its margins, and put back among them.

A figure that stands small on its page would be painted small, which the generator does
badly. Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.common import graph_margins, images


def cut_figure(sketch):
    """The part of a sketch inside its margins.

    Args:
        sketch: [1, H, W, 1] in [-1, 1].

    Returns:
        (figure [1, h, w, 1], box [4] int32: top, left, bottom, right in pixels).
    """
    box = graph_margins.find_figure(images.to_uint8(sketch[0]))
    top, left, bottom, right = tf.unstack(box)
    return sketch[:, top:bottom, left:right], box


def put_back(painting, box, shape, size: int):
    """Puts the painting of a figure back where it stands, its border drawn outward.

    Args:
        painting: [1, h, w, C] of what is inside the box.
        box: of cut_figure.
        shape: (H, W) of the whole sketch in pixels.
        size: of working_shape; bounds how large the result may be.

    Returns:
        [1, H', W', C], of the proportions of the sketch; the painting itself where
        there are no margins.
    """
    shape = tf.cast(shape, tf.float32)
    corners = tf.cast(tf.reshape(box, [2, 2]), tf.float32)
    sides = corners[1] - corners[0]
    scale = tf.reduce_max(tf.cast(tf.shape(painting)[1:3], tf.float32) / sides)
    # A figure that is enlarged shall not make an enlarged page of its large margins.
    whole = size / tf.sqrt(tf.reduce_prod(shape))
    scale = tf.minimum(scale, tf.maximum(1.0, whole))
    start, end = tf.unstack(tf.cast(tf.round(scale * corners), tf.int32))
    full = tf.maximum(tf.cast(tf.round(scale * shape), tf.int32), end)

    def place():
        inside = tf.maximum(end - start, 1)
        small = images.resize(painting, inside)
        for axis in (0, 1):
            rows = tf.range(full[axis]) - start[axis]
            rows = tf.clip_by_value(rows, 0, inside[axis] - 1)
            small = tf.gather(small, rows, axis=1 + axis)
        return small

    fills = tf.reduce_all(tf.equal(tf.cast(sides, tf.int32), tf.cast(shape, tf.int32)))
    return tf.cond(fills, lambda: painting, place)
