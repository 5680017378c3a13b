"""Areas of a drawing: values averaged inside the lines. TensorFlow operations only."""

import tensorflow as tf

ROW, COLUMN = (1, 3), (3, 1)  # pixels averaged at a time


def average_areas(values, passable, steps: int):
    """Averages neighbours again and again, so that each area comes to one value.

    Args:
        values: [B, H, W, C] float32.
        passable: [B, H, W, 1] above 0, how much a pixel counts and lets through: about
            0 on the lines that end an area, 1 inside it.
        steps: rounds; values travel about the root of them, in pixels.

    Returns:
        [B, H, W, C].
    """
    across, down = (tf.nn.avg_pool2d(passable, x, 1, "SAME") for x in (ROW, COLUMN))
    for _ in tf.range(steps):
        values = tf.nn.avg_pool2d(passable * values, ROW, 1, "SAME") / across
        values = tf.nn.avg_pool2d(passable * values, COLUMN, 1, "SAME") / down
    return values
