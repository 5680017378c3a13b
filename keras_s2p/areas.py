"""Areas of a drawing: values averaged inside the lines. TensorFlow operations only."""

import tensorflow as tf

CELL = 4  # pixels a side
CELL_STEPS = 1000  # rounds between cells; values travel some 100 pixels
PIXEL_STEPS = 100  # rounds between pixels; some 8 pixels


def level_areas(values, passable):
    """Averages areas, large ones too: first between cells, then between pixels.

    A cell lets through as much as the least of its pixels, so that no line is lost in
    it; pixels beside a line get their values in the rounds between pixels.

    Args:
        values: [B, H, W, C] float32.
        passable: [B, H, W, 1] above 0, of average_areas.

    Returns:
        [B, H, W, C].
    """
    shape = tf.shape(values)[1:3]
    missing = -shape % CELL
    padding = [[0, 0], [0, missing[0]], [0, missing[1]], [0, 0]]
    weighted = tf.pad(passable * values, padding)
    padded = tf.pad(passable, padding)
    means, weights = (
        tf.nn.avg_pool2d(x, CELL, CELL, "VALID") for x in (weighted, padded)
    )
    least = -tf.nn.max_pool2d(-padded, CELL, CELL, "VALID")
    floor = tf.reduce_min(passable)
    cells = average_areas(means / weights, tf.maximum(least, floor), CELL_STEPS)
    cells = tf.concat([cells, least], axis=-1)
    for axis, side in ((1, shape[0]), (2, shape[1])):
        cells = tf.repeat(cells, CELL, axis)
        cells = tf.gather(cells, tf.range(side), axis=axis)
    share = cells[..., -1:]
    values = share * cells[..., :-1] + (1 - share) * values
    return average_areas(values, passable, PIXEL_STEPS)


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
    across, down = passable / sum_row(passable), passable / sum_column(passable)
    for _ in tf.range(steps):
        weighted = across * sum_row(weighted)
        weighted = down * sum_column(weighted)
    return weighted / passable


def sum_row(values):
    """Sums of each pixel of [B, H, W, C] and its neighbours in the row, 0 outside.

    In a third of avg_pool2d's time.
    """
    padded = tf.pad(values, [[0, 0], [0, 0], [1, 1], [0, 0]])
    return padded[:, :, :-2] + values + padded[:, :, 2:]


def sum_column(values):
    """Sums of each pixel of [B, H, W, C] and its neighbours in the column."""
    padded = tf.pad(values, [[0, 0], [1, 1], [0, 0], [0, 0]])
    return padded[:, :-2] + values + padded[:, 2:]
