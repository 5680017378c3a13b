"""Margins of one colour around a figure: found, and cut off pictures.

The networks see a picture at a fixed size, so that a figure which stands small on its
paper is seen coarsely. This module needs no TensorFlow; graph_margins.py finds the same
box inside a graph.

Not in the paper: all of it.
"""

import numpy as np

MIN_SIDE = 16  # pixels, least side of a box where the picture has them
MAX_CELLS = 256  # cells a side in which the figure is looked for
TOLERANCE = 10  # of 255 a channel; nearer colours are the margin's
LEAST_NEIGHBOURS = 3  # of the 9 cells around one of the figure; fewer are a speck
SPECKS = 1000  # at each side, a figure's cells up to one of so many are specks
BORDER = 0.04  # of the figure's longer side is left around it
MAX_GROUND = 32_768  # pixels of a border that are looked at; of a longer one, fewer
AT_ONCE = 64  # of them that are compared with all others at a time


def find_figure(pixels):
    """The box of what is inside the margins of a picture.

    The margins' colour is the one most frequent at the picture's border. A picture of
    one colour, or one whose background reaches its border in many colours, has none.

    Args:
        pixels: [H, W, C] uint8.

    Returns:
        (top, left, bottom, right) in pixels; pixels[top:bottom, left:right] is what is
        inside, with a small border around it.
    """
    shape = pixels.shape[:2]
    cell_sides = [-(-side // MAX_CELLS) for side in shape]
    cells = _average(_average(pixels, cell_sides[0], 0), cell_sides[1], 1)
    figure = _remove_specks(np.any(np.abs(cells - find_ground(cells)) > TOLERANCE, -1))
    if not figure.any():
        return 0, 0, *shape
    spans = [_find_span(figure.sum(axis=axis)) for axis in (1, 0)]
    spans = [
        (first * side, end * side) for (first, end), side in zip(spans, cell_sides)
    ]
    border = -(-int(100 * BORDER) * max(end - first for first, end in spans) // 100)
    (top, bottom), (left, right) = (
        _widen(first - border, end + border, side)
        for (first, end), side in zip(spans, shape)
    )
    return top, left, bottom, right


def cut_margins(pixels):
    """What is inside the margins of a picture: [H, W, C] uint8 to [h, w, C]."""
    top, left, bottom, right = find_figure(pixels)
    return pixels[top:bottom, left:right]


def find_ground(cells):
    """The colour that most of a picture's border has nearly.

    Args:
        cells: [h, w, C] whole numbers in [0, 255]. Of a border of more than MAX_GROUND
            pixels every second is looked at, or every third, and so on.

    Returns:
        [C] int64.
    """
    border = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
    border = border[:: -(-len(border) // MAX_GROUND)]
    channels = np.ascontiguousarray(border.T, np.int16)
    some = channels[:, ::16, np.newaxis]
    counts = [
        _count_near(some[:, start : start + AT_ONCE], channels)
        for start in range(0, some.shape[1], AT_ONCE)
    ]
    best = some[:, np.argmax(np.concatenate(counts))]
    chosen = border[np.all(np.abs(best - channels) <= TOLERANCE, axis=0)]
    return chosen.sum(axis=0, dtype=np.int64) // len(chosen)


def _count_near(some, channels):
    """How many of [C, n] int16 each of [C, m, 1] is near to: [m]."""
    near = np.abs(some - channels[:, np.newaxis]) <= TOLERANCE
    return np.count_nonzero(near.all(axis=0), axis=1)


def _average(pixels, side, axis):
    """Whole means of cells of `side` pixels along an axis; the last may be smaller."""
    if side == 1:
        return pixels.astype(np.int32)
    starts = np.arange(0, pixels.shape[axis], side)
    counts = np.diff(starts, append=pixels.shape[axis])
    counts = np.expand_dims(counts, [i for i in range(3) if i != axis])
    cells = np.split(pixels, starts[1:], axis)
    sums = np.stack([cell.sum(axis=axis, dtype=np.int32) for cell in cells], axis)
    return sums // counts.astype(np.int32)


def _remove_specks(figure):
    """[h, w] bool without cells that have few neighbours."""
    height, width = figure.shape
    padded = np.pad(figure, 1).astype(np.int32)
    rows = sum(padded[i : i + height] for i in range(3))
    neighbours = sum(rows[:, i : i + width] for i in range(3))
    return figure & (neighbours >= LEAST_NEIGHBOURS)


def _find_span(counts):
    """First and end of the counts [n] that leave but specks outside."""
    total, before = counts.sum(), np.cumsum(counts)
    outside = total // SPECKS
    first = np.sum(before <= outside)
    return int(first), int(np.sum(before < total - outside)) + 1


def _widen(first, end, side):
    """A span of at least MIN_SIDE pixels, inside 0 to side."""
    lacking = max(MIN_SIDE - (end - first), 0)
    first = min(max(first - lacking // 2, 0), max(side - MIN_SIDE, 0))
    return first, min(max(end, first + MIN_SIDE), side)
