"""Areas between the lines of a sketch, closed where a line has a small gap.

Trapped balls (Zhang, Chen, Martin and Hu 2009, section 4.1): a ball that is wider than
a gap can not leave an area through it. Where the ball fits is the core of an area, and
the cores grow until they meet. What the ball is too large for is left to smaller balls.
What only the largest ball held apart is one area if it is painted in one colour.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import functools

import tensorflow as tf

BALLS = (11, 7, 5, 3)  # pixels across; a gap narrower than the ball is closed
CELL = 2  # pixels a side, in which cores are numbered: balls on a line's sides are
# three pixels apart, so that none meet in a cell
REACH = 12  # cells that a core grows into what only a smaller ball fits into
ALIKE = 0.04  # distance of OKLab; what is nearer is of one colour
PAPER = 0.05  # such a distance from white, within which being alike tells nothing
WHOLE = 2.0**30  # of which a sum's numbers are multiples
FREE_GROWTH, LINE_GROWTH = 12, 8  # pixels that areas grow, over paper and over lines


def find_areas(free, oklab):
    """Numbers the areas of a drawing.

    Args:
        free: [H, W] bool, False on the lines.
        oklab: [H, W, 3], how it is painted.

    Returns:
        [H, W] int32: 1 to the number of areas, 0 deep inside wide lines.
    """
    shape = tf.shape(free)
    numbers = tf.zeros(-(-shape // CELL), tf.int32)
    for ball in BALLS:
        cores = _shrink_cells(_fits(free, ball))
        numbers = _grow(numbers, cores, REACH)
        numbers = _add_areas(numbers, cores)
        if ball == BALLS[1]:
            numbers = _rejoin(_renumber(numbers), cores, oklab[::CELL, ::CELL])
    numbers = _renumber(numbers)
    for axis in (0, 1):
        numbers = tf.repeat(numbers, CELL, axis)
    # A cell reaches over what the smallest ball does not: back to where that fits.
    numbers = tf.where(_fits(free, BALLS[-1]), numbers[: shape[0], : shape[1]], 0)
    numbers = _grow(numbers, free, FREE_GROWTH)
    return _grow(numbers, tf.ones_like(free), LINE_GROWTH)


def count(numbers, size, weights=None):
    """How often, or with what weight in sum, each number below `size` is there.

    Weights are summed as whole numbers, which give the same sum in any order: threads
    add them in another one each time.

    Args:
        numbers: [H, W] int32.
        size: int.
        weights: [H, W] below 1000, or None.

    Returns:
        [size] float32.
    """
    numbers = tf.reshape(numbers, [-1])
    if weights is None:
        return tf.math.bincount(numbers, None, size, size, dtype=tf.float32)
    wholes = tf.cast(tf.round(tf.reshape(weights, [-1]) * WHOLE), tf.int64)
    sums = tf.math.bincount(numbers, wholes, size, size, dtype=tf.int64)
    return tf.cast(tf.cast(sums, tf.float64) / WHOLE, tf.float32)


def average(numbers, size, values, weights):
    """Weighted means [size, C] of the values [H, W, C] of each number below `size`."""
    channels = range(values.shape[-1])
    sums = [count(numbers, size, weights * values[..., i]) for i in channels]
    weights = count(numbers, size, weights)[:, tf.newaxis]
    return tf.math.divide_no_nan(tf.stack(sums, axis=-1), weights)


def shift_around(values):
    """The neighbours left, right, above and below of [H, W, ...], zero outside."""
    padded = tf.pad(values, [[1, 1], [1, 1]] + [[0, 0]] * (len(values.shape) - 2))
    return (
        padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]
    )  # fmt: skip


def _fits(free, ball):
    """Where a ball's middle can be: [H, W] bool; the picture's border is a line."""
    free = tf.cast(free, tf.uint8)
    # A ball is rows of several widths, the widest in the middle.
    rows, widest = [free], ball // 2
    for _ in range(widest):
        rows.append(_least(rows[-1], 1, axis=1))
    fits = _least(rows[widest], 1, axis=0)
    for up in range(2, widest + 1):
        padded = tf.pad(rows[widest - up + 1], [[up, up], [0, 0]])
        fits = tf.minimum(fits, tf.minimum(padded[: -2 * up], padded[2 * up :]))
    return fits > 0


def _least(values, reach, axis):
    """The least of 2 * reach + 1 neighbours along an axis of [H, W]; 0 outside."""
    padding = [[0, 0], [0, 0]]
    padding[axis] = [reach, reach]
    padded = tf.pad(values, padding)
    size = tf.shape(values)[axis]
    shifts = range(2 * reach + 1)
    if axis == 0:
        return functools.reduce(tf.minimum, [padded[i : i + size] for i in shifts])
    return functools.reduce(tf.minimum, [padded[:, i : i + size] for i in shifts])


def _shrink_cells(mask):
    """Cells that have any pixel of a mask [H, W]."""
    missing = -tf.shape(mask) % CELL
    mask = tf.pad(mask, [[0, missing[0]], [0, missing[1]]])
    columns = tf.logical_or(mask[:, ::CELL], mask[:, 1::CELL])
    return tf.logical_or(columns[::CELL], columns[1::CELL])


@tf.function(  # traced once for all its uses, which saves seconds
    input_signature=[
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, None], tf.bool),
        tf.TensorSpec([], tf.int32),
    ],
    autograph=False,
)
def _grow(numbers, within, steps):
    """Grows areas into unnumbered pixels of a mask, a pixel a step, all at once."""

    def step(numbers, _):
        around = functools.reduce(tf.maximum, shift_around(numbers))
        grown = tf.where((numbers == 0) & within, around, numbers)
        return grown, tf.reduce_any(grown != numbers)

    return tf.while_loop(
        lambda _, changed: changed,
        step,
        (numbers, tf.constant(True)),
        shape_invariants=(tf.TensorShape([None, None]), tf.TensorShape([])),
        maximum_iterations=steps,
    )[0]


@tf.function(
    input_signature=[
        tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.bool)
    ],
    autograph=False,
)  # fmt: skip
def _add_areas(numbers, cores):
    """Numbers the cores that have none: as an area they touch, or as one of their own.

    New numbers are larger than any before.
    """
    found = connect((numbers == 0) & cores)
    pixels = tf.size(found) + 1
    around = functools.reduce(tf.maximum, shift_around(numbers))
    touched = tf.math.unsorted_segment_max(
        tf.reshape(tf.where(cores, around, 0), [-1]), tf.reshape(found, [-1]), pixels
    )
    touched = tf.gather(tf.maximum(touched, 0), found)
    new = tf.where(touched > 0, touched, found + tf.reduce_max(numbers))
    return tf.where(found > 0, new, numbers)


def connect(mask):
    """Connected parts of a mask [H, W]: [H, W] int32, each of one number, 0 outside.

    Every pixel points to one of a larger number that is joined to it. Pointers are
    followed to their ends and ends that touch are joined, so that the rounds needed
    grow with the logarithm of a part's length (FastSV: Zhang, Azad and Hu 2020).
    """
    shape = tf.shape(mask)
    pixels = tf.size(mask) + 1
    own = tf.where(mask, tf.reshape(tf.range(1, pixels), shape), 0)

    def step(ends, _):
        around = functools.reduce(tf.maximum, shift_around(ends))
        around = tf.where(mask, tf.maximum(around, ends), 0)
        ends_, around = (tf.reshape(x, [-1]) for x in (ends, around))
        furthest = tf.math.unsorted_segment_max(around, ends_, pixels)
        found = tf.maximum(around, tf.gather(furthest, ends_))
        # Of the ends, and of pixel 0, which stands for all outside.
        pointers = tf.concat([[0], found], axis=0)
        for _ in range(2):
            found = tf.gather(pointers, found)
        found = tf.reshape(found, shape)
        return found, tf.reduce_any(found != ends)

    return tf.while_loop(
        lambda _, changed: changed,
        step,
        (own, tf.constant(True)),
        shape_invariants=(tf.TensorShape([None, None]), tf.TensorShape([])),
    )[0]


def _rejoin(numbers, cores, oklab):
    """Joins areas that meet in `cores` and are of one colour, which is not paper's."""
    size = tf.reduce_max(numbers) + 1
    colours = average(numbers, size, oklab, tf.cast(cores, tf.float32))
    coloured = tf.norm(colours - [1.0, 0.0, 0.0], axis=-1) > PAPER
    own = tf.gather(colours, numbers)
    joins = [
        cores & tf.gather(coloured, other) & (other > 0)
        & (tf.norm(tf.gather(colours, other) - own, axis=-1) < ALIKE)
        for other in shift_around(tf.where(cores, numbers, 0))
    ]  # fmt: skip

    def step(ends, _):
        found = tf.gather(ends, numbers)
        around = [
            tf.where(join, other, 0) for join, other in zip(joins, shift_around(found))
        ]
        around = functools.reduce(tf.maximum, around)
        furthest = tf.math.unsorted_segment_max(
            tf.reshape(around, [-1]), tf.reshape(numbers, [-1]), size
        )
        joined = tf.maximum(ends, furthest)
        joined = tf.gather(joined, joined)
        return joined, tf.reduce_any(joined != ends)

    ends, _ = tf.while_loop(
        lambda _, changed: changed, step, (tf.range(size), tf.constant(True))
    )
    return tf.gather(ends, numbers)


def _renumber(numbers):
    """The same numbers, of which 0 stays 0, without those that are not there."""
    _, found = tf.unique(tf.concat([[0], tf.reshape(numbers, [-1])], axis=0))
    return tf.reshape(found[1:], tf.shape(numbers))
