"""The figure of a drawing, apart from a ground of one colour.

Not in the paper: all of it.
"""

import numpy as np

from keras_s2p.common import margins

REACH = 10  # of 255 a channel; nearer to the ground's colour is ground
LEAST_BORDER = 0.55  # of the border is ground, or there is none of one colour
FIGURES = (0.02, 0.98)  # range of a figure's share of the picture


def has_ground(picture) -> bool:
    """Whether most of the border of [H, W, 3] uint8 is of one colour."""
    ground = margins.find_ground(picture)
    sides = (picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1])
    near = sum(np.count_nonzero(_is_near(side, ground)) for side in sides)
    return _is_enough(near, picture.shape[:2])


def find_mask(picture):
    """What is not ground: joined to the border in the colour that most of it has.

    Args:
        picture: [H, W, 3] uint8.

    Returns:
        [H, W] uint8, 255 on the figure and 0 on the ground; None without a ground of
        one colour, or if there is nothing else.
    """
    near = _is_near(picture, margins.find_ground(picture))
    found, count = _find_border(near), 0
    if not _is_enough(found.sum(), near.shape):
        return None
    rows, columns = _number_runs(near), _number_runs(near.T)
    while found.sum() > count:  # grow until nothing is added
        count = found.sum()
        found = _fill_runs(found, rows) & near
        found = _fill_runs(found.T, columns).T & near
    if not FIGURES[0] < 1 - found.mean() < FIGURES[1]:
        return None
    return np.where(found, 0, 255).astype(np.uint8)


def _is_near(pixels, ground):
    """[...] bool, which of [..., 3] uint8 are of the ground's colour."""
    return np.abs(pixels - ground.astype(np.int16)).max(axis=-1) <= REACH


def _find_border(near):
    """What of a mask [H, W] is on the border."""
    border = np.zeros_like(near)
    for side in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        border[side] = near[side]
    return border


def _is_enough(count, shape):
    """Whether so many pixels are most of the border of a picture of shape (H, W)."""
    return count >= LEAST_BORDER * (2 * sum(shape) - 4)


def _number_runs(mask):
    """A number [H, W] for each run of one value in a row of a mask."""
    starts = np.ones(mask.shape, bool)
    starts[:, 1:] = mask[:, 1:] != mask[:, :-1]
    return np.cumsum(starts).reshape(mask.shape)


def _fill_runs(found, runs):
    """[H, W] bool, the runs of _number_runs that have a found pixel."""
    hit = np.zeros(runs[-1, -1] + 1, bool)
    hit[runs[found]] = True
    return hit[runs]
