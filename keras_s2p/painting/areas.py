"""Areas of a drawing: values averaged inside the lines. TensorFlow operations only."""

import tensorflow as tf

CELLS = ((8, 250), (4, 100), (2, 12))  # pixels a side, and rounds between cells
PIXEL_STEPS = 4  # rounds between pixels


def level_areas(values, passable, cells=CELLS):
    """Averages areas, large ones too: between cells, ever smaller, then between pixels.

    A cell lets through as much as the least of its pixels, so that no line is lost in
    it; what lies beside a line gets its values in the rounds of smaller cells.

    Args:
        values: [B, H, W, C] float32.
        passable: [B, H, W, 1] above 0, of average_areas.
        cells: pairs of pixels a side and rounds, the largest cells first.

    Returns:
        [B, H, W, C].
    """
    for cell, steps in cells:
        values = _average_cells(values, passable, cell, steps)
    return average_areas(values, passable, PIXEL_STEPS)


def _average_cells(values, passable, cell, steps):
    """Averages between the cells inside an area; other pixels keep their values."""
    shape = tf.shape(values)[1:3]
    missing = -shape % cell
    padding = [[0, 0], [0, missing[0]], [0, missing[1]], [0, 0]]
    means, weights = (
        tf.nn.avg_pool2d(tf.pad(x, padding), cell, cell, "VALID")
        for x in (passable * values, passable)
    )
    least = tf.pad(-passable, padding, constant_values=-1.0)  # beyond is no line
    least = -tf.nn.max_pool2d(least, cell, cell, "VALID")
    floor = tf.reduce_min(passable)
    cells = average_areas(means / weights, tf.maximum(least, floor), steps)
    cells = tf.concat([cells, least], axis=-1)
    for axis in (1, 2):
        cells = tf.repeat(cells, cell, axis)
    cells = cells[:, : shape[0], : shape[1]]
    share = cells[..., -1:]
    return share * cells[..., :-1] + (1 - share) * values


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
    across, down = passable / sum_row(passable), passable / sum_column(passable)
    return spread(passable * values, across, down, steps) / passable


def spread(values, across, down, steps: int):
    """Sums of neighbours, across and down by turns, again and again.

    By turns, so that nothing slips diagonally through a line.

    Args:
        values: [B, H, W, C] float32.
        across: [B, H, W, 1] float32, what the sum of three in a row is multiplied by.
        down: [B, H, W, 1] float32, the same of three in a column.
        steps: rounds.

    Returns:
        [B, H, W, C].
    """
    return tf.ensure_shape(_spread(values, across, down, steps), values.shape)


@tf.function(  # traced once for all its uses, which saves half a second
    input_signature=[*[tf.TensorSpec([None] * 4)] * 3, tf.TensorSpec([], tf.int32)],
    autograph=False,
)
def _spread(values, across, down, steps):
    loop = tf.while_loop(
        lambda _: True,
        lambda values: [down * sum_column(across * sum_row(values))],
        [values],
        maximum_iterations=steps,
    )
    return loop[0]


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
