"""A drawing with all that training wants of it, found once and kept.

Not in the paper: all of it. Lines are extracted in several looks and sizes, other
pictures of the same character are the references, and the parts of all of them get new
colours. So training frames and recolours drawings without searching for anything.
"""

import numpy as np

from keras_s2p.common import images, margins, picture_files
from keras_s2p.data import figures, recolouring
from keras_s2p.data.companions import choose_references
from keras_s2p.data.looks import ALL_LOOKS
from keras_s2p.data.sketch import extract_sketch

MAX_ASPECT = 2  # of the sides of a drawing
MAX_BOX = 200_000_000  # pixels; four times as long as wide, for the largest pictures
REFERENCE_SIDE = 224  # pixels; a reference is a square, as Painter squeezes it
MAX_OTHERS = 8  # pictures of the group that are looked at
MAX_REFERENCES = 3
NUM_PALETTES = 12  # new colours for a drawing
EXTRACTED = (0.55, 1.5)  # range of the sizes lines are extracted at, of the drawing's


def find_box(pixels):
    """Where a drawing is without its margins, in the proportions of MAX_ASPECT.

    A figure on a ground of one colour keeps its whole length, so that its box may reach
    outside the picture; what has no such ground loses its ends.

    Args:
        pixels: [H, W, 3] uint8.

    Returns:
        [4] float: top, left, bottom and right as shares of the height and the width.
    """
    top, left, bottom, right = margins.find_figure(pixels)
    sides = np.array([bottom - top, right - left], np.float64)
    if figures.has_ground(pixels[top:bottom, left:right]):
        wanted = np.maximum(sides, sides.max() / MAX_ASPECT)
    else:
        wanted = np.minimum(sides, MAX_ASPECT * sides.min())
    corner = np.array([top, left]) - (wanted - sides) / 2
    return np.concatenate([corner, corner + wanted]) / np.tile(pixels.shape[:2], 2)


def fit_box(pixels, box, size: int):
    """Cuts a box of find_box out and gives it a short side of `size` pixels.

    Args:
        pixels: [H, W, C] uint8; outside is the colour of its ground.
        box: [4] float.
        size: pixels.

    Returns:
        [h, w, C] uint8.

    Raises:
        ValueError: the box has more than MAX_BOX pixels.
    """
    shape = np.array(pixels.shape[:2])
    start, end = np.round(box.reshape(2, 2) * shape).astype(int)
    if np.prod(end - start) > MAX_BOX:
        height, width = shape
        raise ValueError(f"too long and thin with {width} x {height} pixels")
    first, last = np.maximum(start, 0), np.minimum(end, shape)
    ground = margins.find_ground(pixels).astype(np.uint8)
    height, width = end - start
    row = np.tile(ground, (width, 1))
    cut = np.broadcast_to(row, (height, *row.shape)).copy()
    inside = [slice(*span) for span in zip(first - start, last - start)]
    cut[tuple(inside)] = pixels[first[0] : last[0], first[1] : last[1]]
    return images.fit_short_side(cut, size)


def describe_drawing(painting, others, rng: np.random.Generator) -> dict:
    """What records.make_example takes beside the painting.

    Args:
        painting: [H, W, 3] uint8 of fit_box.
        others: list of paintings of the same group.
        rng: the source of chance.
    """
    chosen = choose_references(painting, others)[:MAX_REFERENCES]
    parts = recolouring.find_parts([painting, *chosen])
    palettes = [recolouring.random_colours(rng, parts) for _ in range(NUM_PALETTES)]
    return {
        "figure": figures.find_mask(painting),
        "sketches": extract_sketches(painting, ["thin", *ALL_LOOKS], rng),
        "references": [make_reference(each) for each in chosen],
        "palettes": np.stack([parts, *palettes]).astype(np.uint8)
        if len(parts)
        else None,
    }


def make_reference(painting):
    """A painting and its figure, all of it without a ground of one colour.

    Returns:
        [REFERENCE_SIDE, REFERENCE_SIDE, 4] uint8.
    """
    mask = figures.find_mask(painting)
    if mask is None:
        mask = np.full(painting.shape[:2], 255, np.uint8)
    layers = painting, mask[..., np.newaxis]
    square = [images.resize_uint8(each, (REFERENCE_SIDE,) * 2) for each in layers]
    return np.concatenate(square, axis=-1)


def extract_sketches(painting, looks, rng: np.random.Generator) -> list:
    """A painting's lines in some looks, [H, W] uint8 each, 0 ink to 255 paper.

    The first is extracted at the painting's size, the others at a random one.
    """
    height, width = painting.shape[:2]
    sketches = []
    for look in looks:
        scale = np.exp(rng.uniform(*np.log(EXTRACTED))) if sketches else 1.0
        shape = [max(picture_files.MIN_SIDE, round(scale * x)) for x in (height, width)]
        pixels = images.to_float(images.resize_uint8(painting, tuple(shape)))
        lines = images.to_uint8(extract_sketch(pixels, look)).numpy()
        sketches.append(images.resize_uint8(lines, (height, width))[..., 0])
    return sketches
