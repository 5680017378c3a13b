"""Parts of an artist's colouring, and how well a painting gets their colours.

Not in the paper: all of it. A part is what has nearly one colour, whatever its shade;
lines and what is beside them belong to none, and the background is what is joined to
the picture's border in one colour.
"""

import numpy as np
import PIL.Image

from keras_s2p.common import margins
from keras_s2p.common.lab import to_lab
from keras_s2p.data.colour_parts import group_colours
from keras_s2p.measuring import metrics

SIDE = 256  # pixels, long side that parts are found and measured at
MAX_PARTS = 32
BACKGROUND, NO_PART = 254, 255  # numbers in a map of parts
# Of group_colours: pale hair is another part than pale skin, and brown than brown.
APART = {"radius": 8.0, "lightness": 0.6, "flowing": 1.0}
MIN_SHARE = 0.015  # of the figure; what is smaller is no part
INK = 0.85  # of the paper's brightness; darker places are lines
FLAT_CONTRAST = 30  # of 255, between neighbours; more is an edge
GROUND_REACH = 20  # of 255 a channel; nearer to the ground's colour is background
LEAST_GROUND = 0.25  # of the border; a picture with less ground has no background
NEAR = 12.0  # delta-E within which a reference shows a colour
LEAST_HELD = 0.2  # of a colour's share in the truth, for a reference to hold it
RIGHT = 20.0  # delta-E within which a part is taken to have the right colour


def shrink(picture, shape=None):
    """A picture as it is measured: [H, W, C] uint8 with a long side of at most SIDE.

    Args:
        picture: [H, W, 1 or 3] uint8.
        shape: (h, w) of the result, if it is known.
    """
    height, width = picture.shape[:2]
    scale = min(1, SIDE / max(height, width))
    shape = shape or (round(height * scale), round(width * scale))
    gray = picture.shape[-1] == 1
    small = PIL.Image.fromarray(picture[..., 0] if gray else picture)
    small = np.asarray(small.resize(shape[::-1], PIL.Image.BOX))
    return small[..., np.newaxis] if gray else small


def find_parts(truth, sketch):
    """The map of the parts of an artist's colouring.

    Args:
        truth: [H, W, 3] uint8.
        sketch: [H, W, 1] uint8, its lines.

    Returns:
        [h, w] uint8, of the size of `shrink`: 0 for the largest part and so on,
        BACKGROUND or NO_PART.
    """
    pixels, lines = shrink(truth), shrink(sketch)[..., 0]
    ground = find_background(pixels)
    inside = _spread(lines < INK * 255) | (_contrast(pixels) > FLAT_CONTRAST)
    parts = np.where(ground & ~inside, BACKGROUND, NO_PART).astype(np.uint8)
    figure = ~ground & ~inside
    if figure.any():
        numbers = group_colours(to_lab(pixels[figure]), **APART)
        shares = np.bincount(numbers) / len(numbers)
        known = (shares >= MIN_SHARE)[numbers] & (numbers < MAX_PARTS)
        parts[figure] = np.where(known, numbers, NO_PART)
    return parts


def find_background(pixels):
    """What is joined to the border of [H, W, 3] uint8 in its ground's colour: bool."""
    whole = pixels.astype(np.int32)
    near = np.abs(whole - margins.find_ground(whole)).max(axis=-1) <= GROUND_REACH
    found = np.zeros_like(near)
    for side in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        found[side] = near[side]
    border = 2 * sum(near.shape)
    if found.sum() < LEAST_GROUND * border:
        return np.zeros_like(near)
    count = 0
    while found.sum() > count:  # grow until nothing is added
        count = found.sum()
        found = _spread(found) & near
    return found


def _spread(mask):
    """A mask [h, w] and the neighbours of its pixels."""
    padded = np.pad(mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]


def _contrast(pixels):
    """The largest difference of a channel to the pixels around: [h, w] of [h, w, 3]."""
    padded = np.pad(pixels.astype(np.int16), ((1, 1), (1, 1), (0, 0)), "edge")
    height, width = pixels.shape[:2]
    shifts = [(1, 0), (1, 2), (0, 1), (2, 1)]
    moved = [padded[i : i + height, j : j + width] for i, j in shifts]
    return np.max([np.abs(pixels - each).max(axis=-1) for each in moved], axis=0)


def drop_missing(parts, truth, reference):
    """The map without what a reference does not show.

    A colour counts as shown if the reference's share of like colours (NEAR) is at least
    LEAST_HELD of the truth's own.

    Args:
        parts: map of find_parts.
        truth: [H, W, 3] uint8, the picture it was found in.
        reference: [H, W, 3] uint8.

    Returns:
        map of the same shape with NO_PART for what is missing.
    """
    pictures = [shrink(truth, parts.shape), shrink(reference)]
    labs = [to_lab(each) for each in pictures]
    figures = [~find_background(each) for each in pictures]
    shown = np.ones(256, bool)
    for number in np.setdiff1d(parts, [NO_PART]):
        mean = labs[0][parts == number].mean(axis=0)
        near = [np.linalg.norm(lab - mean, axis=-1) < NEAR for lab in labs]
        if number != BACKGROUND:  # a white shirt is not shown by white paper
            near = [each[figure] for each, figure in zip(near, figures)]
        own, other = (each.mean() if each.size else 0 for each in near)
        shown[number] = other >= LEAST_HELD * own
    return np.where(shown[parts], parts, NO_PART).astype(np.uint8)


def count_parts(parts):
    """How many parts a map has, the background aside."""
    return len(np.setdiff1d(parts, [BACKGROUND, NO_PART]))


def part_errors(painting, truth, parts):
    """Delta-E (CIE76) of the mean colours of each part and of the background.

    Args:
        painting: [H, W, 3] uint8.
        truth: [H, W, 3] uint8.
        parts: map of find_parts.

    Returns:
        ([P] float, of each part; float, of the background, NaN without one).
    """
    shape = parts.shape
    colours = [
        metrics.region_colours(shrink(each, shape), parts, NO_PART, min_pixels=1)
        for each in (painting, truth)
    ]
    errors = metrics.delta_e(*colours)
    figure = errors[:MAX_PARTS]
    return figure[~np.isnan(figure)], errors[BACKGROUND]
