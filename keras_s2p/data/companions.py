"""Which pictures of a group can be each other's references.

Not in the paper: all of it. NumPy only, so that every training can use it.
"""

import numpy as np

from keras_s2p.common.lab import to_lab
from keras_s2p.data import colour_parts, recolouring

LEAST_SHOWN = 0.75  # of a drawing's parts, by a reference
LEAST_HELD = 0.004  # of a reference's pixels show a part that it has


def choose_references(painting, others) -> list:
    """The pictures of a drawing's group that show its colours.

    A group may be an episode of a comic, whose panels show other people too.

    Args:
        painting: [H, W, 3] uint8, the drawing.
        others: list of such pictures.
    """
    places = colour_parts.find_places(to_lab(recolouring.find_parts([painting])))
    chosen = []
    for other in others if len(places) else []:
        theirs = colour_parts.find_places(to_lab(other[::4, ::4].reshape(-1, 3)))
        near = colour_parts.find_squares(theirs, places) < colour_parts.RADIUS**2
        if np.mean(near.mean(axis=0) >= LEAST_HELD) >= LEAST_SHOWN:
            chosen.append(other)
    return chosen
