"""Shading: light and dark inside the parts of a painting, beside the artist's own.

Not in the paper: all of it.
"""

import numpy as np

from keras_s2p.common.lab import to_lab
from keras_s2p.data.colour_parts import group_colours
from keras_s2p.measuring.parts import BACKGROUND, NO_PART, shrink

# Of group_colours: light and shade are together, a white and a grey cloth are not.
SHADES = {"radius": 8.0, "lightness": 0.35}
LEAST_SHADING = 2.5  # CIELAB; where the artist's lightness deviates less there is none


def find_shaded(truth, parts):
    """The map of what the artist has shaded, light and shade of a colour together.

    Args:
        truth: [H, W, 3] uint8.
        parts: map of parts.find_parts, in which the shade may be a part of its own.

    Returns:
        [h, w] uint8: numbers, or NO_PART for what is no part or of one tone.
    """
    lab = to_lab(shrink(truth, parts.shape))
    figure = (parts != NO_PART) & (parts != BACKGROUND)
    shaded = np.full_like(parts, NO_PART)
    if figure.any():
        shaded[figure] = np.minimum(group_colours(lab[figure], **SHADES), NO_PART)
    for number in np.unique(shaded):
        if lab[shaded == number][:, 0].std() < LEAST_SHADING:
            shaded[shaded == number] = NO_PART
    return shaded


def measure_shading(painting, truth, shaded):
    """Compares lightness inside what the artist has shaded.

    Args:
        painting: [H, W, 3] uint8.
        truth: [H, W, 3] uint8.
        shaded: map of find_shaded.

    Returns:
        (correlation in [-1, 1], strength): of the lightness of both less its means in
        the map's areas, and the painting's deviation over the artist's. A flat painting
        has 0 and 0; both are NaN if the artist has shaded nothing.
    """
    own, true = (to_lab(shrink(x, shaded.shape))[..., 0] for x in (painting, truth))
    products = np.zeros(3)
    for number in np.setdiff1d(shaded, [NO_PART]):
        area = shaded == number
        one, other = (x[area] - x[area].mean() for x in (own, true))
        products += one @ one, one @ other, other @ other
    ours, shared, theirs = products
    if not theirs:
        return np.nan, np.nan
    correlation = shared / np.sqrt(ours * theirs) if ours > 1e-6 else 0.0
    return correlation, np.sqrt(ours / theirs)
