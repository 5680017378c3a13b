"""The figure of a drawing, apart from a ground of one colour.

Not in the paper: all of it.
"""

import numpy as np

from keras_s2p.common import margins

REACH = 10  # of 255 a channel; nearer to the ground's colour is ground
LEAST_BORDER = 0.55  # of the border is ground, or there is none of one colour
FIGURES = (0.02, 0.98)  # range of a figure's share of the picture


def find_mask(picture):
    """What is not ground: joined to the border in the colour that most of it has.

    Args:
        picture: [H, W, 3] uint8.

    Returns:
        [H, W] uint8, 255 on the figure and 0 on the ground; None without a ground of
        one colour.
    """
    whole = picture.astype(np.int32)
    near = np.abs(whole - margins.find_ground(whole)).max(axis=-1) <= REACH
    found = np.zeros_like(near)
    for side in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        found[side] = near[side]
    if found.sum() < LEAST_BORDER * (2 * sum(near.shape) - 4):
        return None
    count = 0
    while found.sum() > count:  # grow until nothing is added
        count = found.sum()
        grown = found.copy()
        grown[1:] |= found[:-1]
        grown[:-1] |= found[1:]
        grown[:, 1:] |= found[:, :-1]
        grown[:, :-1] |= found[:, 1:]
        found = grown & near
    if not FIGURES[0] < 1 - found.mean() < FIGURES[1]:
        return None
    return np.where(found, 0, 255).astype(np.uint8)
