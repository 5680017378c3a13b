"""A drawing with all that training wants of it, found once and kept.

Not in the paper: all of it. Lines are extracted in several looks and at several sizes,
other pictures of the same character are its references, and their common parts are
found, so that training recolours and frames them without extracting anything.
"""

import numpy as np

from keras_s2p.common import images, margins
from keras_s2p.data import parts
from keras_s2p.data.looks import ALL_LOOKS
from keras_s2p.data.sketch import extract_sketch

MAX_ASPECT = 2  # of the sides of a painting
REFERENCE_SIDE = 224  # pixels; a reference is a square, as Painter squeezes it
MAX_REFERENCES = 3
LEAST_ALIKE = 0.8  # of parts.same_colours, for two pictures to have one palette
EXTRACTED = (0.55, 1.5)  # range of the sizes lines are extracted at, of the painting's


def read_drawing(path: str, size: int):
    """Reads a drawing without its margins.

    Args:
        path: the file.
        size: pixels of the short side.

    Returns:
        (painting, box): [H, W, 3] uint8, its short side `size` and its long one at most
        twice that; and the margins' box (top, left, bottom, right).

    Raises:
        ImageError: the file can not be read.
    """
    pixels = images.read_painting(path)
    box = margins.find_figure(pixels)
    return fit(pixels, box, size), box


def fit(pixels, box, size):
    """Cuts a box out, and brings it to the size and proportions of read_drawing."""
    top, left, bottom, right = box
    pixels = pixels[top:bottom, left:right]
    height, width = pixels.shape[:2]
    if max(height, width) > MAX_ASPECT * min(height, width):
        if parts.find_figure(_rgb(pixels)) is not None:
            pixels = _pad(pixels)
        else:
            limit = MAX_ASPECT * min(height, width)
            top, left = (max(0, x - limit) // 2 for x in (height, width))
            pixels = pixels[top : top + limit, left : left + limit]
    return images.fit_short_side(pixels, size)


def _rgb(pixels):
    return np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels


def _pad(pixels):
    """Widens the short side with the ground's colour until the aspect is allowed."""
    height, width = pixels.shape[:2]
    sides = [(side, -(-max(height, width) // MAX_ASPECT)) for side in (height, width)]
    lacks = [max(0, least - side) for side, least in sides]
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = np.median(border, axis=0).astype(np.uint8)
    shape = (height + lacks[0], width + lacks[1], pixels.shape[-1])
    padded = np.broadcast_to(ground, shape).copy()
    top, left = lacks[0] // 2, lacks[1] // 2
    padded[top : top + height, left : left + width] = pixels
    return padded


def extract_sketches(painting, looks, rng):
    """Its lines in each of some looks, extracted at a random size each.

    Args:
        painting: [H, W, 3] uint8.
        looks: names of ALL_LOOKS.
        rng: numpy.random.Generator.

    Returns:
        list of [H, W] uint8, 0 ink to 255 paper.
    """
    height, width = painting.shape[:2]
    low, high = np.log(EXTRACTED)
    sketches = []
    for look in looks:
        scale = np.exp(rng.uniform(low, high))
        shape = (max(16, round(height * scale)), max(16, round(width * scale)))
        pixels = images.to_float(images.resize_uint8(painting, shape))
        lines = images.to_uint8(extract_sketch(pixels, look)).numpy()
        sketches.append(images.resize_uint8(lines, (height, width))[..., 0])
    return sketches


def make_reference(painting, figure):
    """A painting and its figure as a square [REFERENCE_SIDE, REFERENCE_SIDE, 4]."""
    if figure is None:
        figure = np.ones(painting.shape[:2], bool)
    alpha = np.where(figure, 255, 0).astype(np.uint8)[..., np.newaxis]
    square = (REFERENCE_SIDE, REFERENCE_SIDE)
    return np.concatenate(
        [images.resize_uint8(painting, square), images.resize_uint8(alpha, square)], -1
    )


def choose_companions(painting, others, rng):
    """The pictures of the group that show its colours, at most MAX_REFERENCES.

    Args:
        painting: (picture, figure) of the drawing.
        others: list of (picture, figure) of the other pictures of its group.
        rng: numpy.random.Generator.
    """
    chosen = []
    for i in rng.permutation(len(others)):
        if parts.same_colours(painting, others[i]) >= LEAST_ALIKE:
            chosen.append(others[i])
        if len(chosen) == MAX_REFERENCES:
            break
    return chosen


def describe_drawing(painting, others, looks, rng) -> dict:
    """What records.make_example takes beside the painting.

    Args:
        painting: [H, W, 3] uint8 of read_drawing.
        others: list of paintings of the same group.
        looks: of extract_sketches.
        rng: numpy.random.Generator.
    """
    figure = parts.find_figure(painting)
    pairs = [(other, parts.find_figure(other)) for other in others]
    chosen = choose_companions((painting, figure), pairs, rng)
    group = [(painting, figure)] + chosen
    return {
        "figure": None if figure is None else np.where(figure, 255, 0).astype(np.uint8),
        "sketches": extract_sketches(painting, looks, rng),
        "references": [make_reference(*each) for each in chosen],
        "parts": parts.find_parts(*zip(*group), rng),
    }
