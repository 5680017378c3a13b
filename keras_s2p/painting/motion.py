"""Where each place of a drawing was in the frame before, and how sure that is.

Blocks of lines are matched: first the whole frame is moved, which finds a moving camera
or figure exactly; then, from large blocks to small ones, what moves by itself. Paper
alone tells nothing, so places are as sure as the lines around them.

Not in the paper: all of it.
"""

from typing import NamedTuple

import numpy as np

FARTHEST = 0.25  # of a side, how far a whole frame may have moved
HALVINGS = 3  # before the search for what moves by itself
REACH = 4  # pixels of the smallest copy, that such things may have moved more
BLOCK = 9  # pixels a side of each copy, that are compared
CLEARLY = 0.004  # of ink in [0, 1], by which a motion of its own must fit better
SOFT, NEAR, AROUND = 5, 17, 65  # pixels of a sketch of UNIT: blur and windows
UNIT = 512  # pixels, short side
LEAST_INK = 0.002  # mean of a window, of ink in [0, 1]; less is paper
KNOWN = (0.3, 0.6)  # share of the ink that fits: nothing is sure, and all is


class Motion(NamedTuple):
    """From a frame to the one before."""

    rows: np.ndarray  # [H, W] int, the row that each pixel was in
    columns: np.ndarray  # [H, W] int, its column
    trust: np.ndarray  # [H, W] float32 in [0, 1]
    same: np.ndarray  # [H, W] bool, whether the lines around are just as they were

    def bring(self, before):
        """What was [H, W, ...], at the places of this frame."""
        return before[self.rows, self.columns]


def find_motion(ink, before) -> Motion:
    """Matches two frames of one shape.

    Args:
        ink: [H, W] float32 in [0, 1], 1 is black.
        before: the same of the frame before.
    """
    unit = max(1, round(min(ink.shape) / UNIT))
    soft = [_blur(_blur(each, SOFT * unit), SOFT * unit) for each in (ink, before)]
    whole = _find_shift(*soft)
    moves = _choose(*soft, whole, _find_moves(*soft, whole), unit)
    places = [np.arange(side) for side in ink.shape]
    rows, columns = (
        grid + move for grid, move in zip(np.meshgrid(*places, indexing="ij"), moves)
    )
    inside = (rows >= 0) & (rows < ink.shape[0])
    inside &= (columns >= 0) & (columns < ink.shape[1])
    rows, columns = (
        np.clip(each, 0, side - 1) for each, side in zip((rows, columns), ink.shape)
    )
    brought = soft[1][rows, columns]
    wrong, drawn = np.abs(soft[0] - brought), np.maximum(soft[0], brought)
    trust = inside * _rise(1 - wrong.mean() / max(drawn.mean(), 1e-9))
    for window in (NEAR * unit, AROUND * unit):
        fits = _blur(wrong, window) / (_blur(drawn, window) + LEAST_INK)
        trust = trust * _rise(1 - fits)
    changed = _blur(np.abs(ink - before[rows, columns]), SOFT)
    return Motion(rows, columns, trust.astype(np.float32), changed < 1 / 255)


def _find_shift(ink, before):
    """(rows, columns) from the frame to the one before, of the whole of it."""
    spectra = [np.fft.rfft2(each - each.mean()) for each in (before, ink)]
    fits = np.fft.irfft2(spectra[0] * spectra[1].conj(), ink.shape)
    for axis, side in enumerate(ink.shape):
        far = np.minimum(np.arange(side), side - np.arange(side)) > FARTHEST * side
        fits[(slice(None),) * axis + (far,)] = -np.inf
    place = np.unravel_index(np.argmax(fits), ink.shape)
    return tuple(
        int(each - side) if each > side // 2 else int(each)
        for each, side in zip(place, ink.shape)
    )


def _find_moves(ink, before, whole):
    """[2, H, W] int: each place's own motion, found in ever larger copies."""
    copies = [(ink, before)]
    for _ in range(HALVINGS):
        copies.append(tuple(map(_halve, copies[-1])))
    scale = 2**HALVINGS
    shape = copies[-1][0].shape
    moves = np.empty((2, *shape), int)
    moves[:] = np.reshape(np.round(np.divide(whole, scale)), (2, 1, 1))
    for level, pair in enumerate(reversed(copies)):
        if level:
            moves = np.repeat(np.repeat(2 * moves, 2, axis=1), 2, axis=2)
            moves = moves[:, : pair[0].shape[0], : pair[0].shape[1]]
        moves = _improve(*pair, moves, 1 if level else REACH)
    return moves


def _improve(ink, before, moves, reach):
    """The best of the motions that are up to `reach` pixels from those given."""
    steps = range(-reach, reach + 1)
    offsets = sorted(
        ((y, x) for y in steps for x in steps), key=lambda each: np.hypot(*each)
    )
    best, found = None, moves
    for offset in offsets:  # the nearest first: of equals it is taken
        tried = moves + np.reshape(offset, (2, 1, 1))
        cost = _compare(ink, before, tried, BLOCK)
        if best is None:
            best = cost
        else:
            better = cost < best - 1e-4
            found = np.where(better, tried, found)
            best = np.where(better, cost, best)
    return found


def _choose(ink, before, whole, moves, unit):
    """The motion of the whole frame where none of its own is clearly better."""
    whole = np.broadcast_to(np.reshape(whole, (2, 1, 1)), moves.shape)
    costs = [_compare(ink, before, each, NEAR * unit) for each in (whole, moves)]
    return np.where(costs[1] < costs[0] - CLEARLY, moves, whole)


def _compare(ink, before, moves, window):
    """Mean difference in a window around each place, if it has moved so."""
    height, width = ink.shape
    rows = np.clip(np.arange(height)[:, np.newaxis] + moves[0], 0, height - 1)
    columns = np.clip(np.arange(width) + moves[1], 0, width - 1)
    return _blur(np.abs(ink - before[rows, columns]), window)


def _halve(values):
    """[H, W] to half of that, rounded up."""
    height, width = values.shape
    values = np.pad(values, [(0, height % 2), (0, width % 2)], mode="edge")
    return (values[::2] + values[1::2])[:, ::2] / 4 + (
        (values[::2] + values[1::2])[:, 1::2] / 4
    )


def _blur(values, window):
    """Means of window x window pixels of [H, W], the border's repeated."""
    around = window // 2
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (around + 1, window - around - 1)
        sums = np.cumsum(np.pad(values, padding, mode="edge"), axis, dtype=np.float64)
        end, start = (
            np.take(sums, range(window, sums.shape[axis]), axis),
            np.take(sums, range(sums.shape[axis] - window), axis),
        )
        values = (end - start) / window
    return values.astype(np.float32)


def _rise(share):
    """0 below KNOWN's first, 1 above its second."""
    return np.clip((share - KNOWN[0]) / (KNOWN[1] - KNOWN[0]), 0, 1)
