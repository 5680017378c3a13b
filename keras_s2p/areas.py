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
    # Weighted means: of passable * values, divided by that of passable alone.
    weighted = passable * values
    across, down = (
        passable / tf.nn.avg_pool2d(passable, window, 1, "SAME")
        for window in (ROW, COLUMN)
    )
    for _ in tf.range(steps):
        weighted = across * tf.nn.avg_pool2d(weighted, ROW, 1, "SAME")
        weighted = down * tf.nn.avg_pool2d(weighted, COLUMN, 1, "SAME")
    return weighted / passable
