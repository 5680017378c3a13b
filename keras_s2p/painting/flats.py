"""A painting in layers: paper, a flat colour for each group of areas, light, and lines.

Areas are found between the lines, as for colour hints, and those of one colour are one
group. A flat layer covers its group up to the middle of the lines, so that nothing pale
shows beside them when they are moved or hidden. What the colour has of shade and light
beyond the flat tones are two layers over them, with which the painting is as it was.

Not in the paper: all of it.
"""

import numpy as np
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.common.lab import to_lab
from keras_s2p.common.layered_files import MULTIPLY, SCREEN, Layer, crop_layer
from keras_s2p.data.colour_parts import group_colours
from keras_s2p.painting import layers as layering
from keras_s2p.painting.closed_areas import find_areas
from keras_s2p.painting.colour_hints import LEAST_PAPER, working_shape
from keras_s2p.painting.oklab import to_oklab
from keras_s2p.painting.paper import strengthen_ink

LEAST_SHARE = 0.2  # of an area; a rarer colour in it is its light or shade
SMOOTH = 5  # pixels, in which the most frequent group is taken
WHITE = 250  # of 255; a brighter flat colour is the paper's
STRIP = 1_000_000  # pixels at a time


def split_painting(painted):
    """Yields the layers of a painting, the lowest one first.

    Together they give the painting to within 2 of 255.

    Args:
        painted: Layers of BasePainter.paint.

    Yields:
        layered_files.Layer: paper; a flat colour for each group, named by it; shading,
        which multiplies; highlights, a screen; lines.
    """
    colour, lines = (np.asarray(each) for each in (painted.colour, painted.lines))
    numbers, tones = find_flats(colour, lines)
    yield Layer("paper", np.full((*numbers.shape, 4), 255, np.uint8))
    for number, tone in enumerate(tones):
        if tone.min() < WHITE:
            pixels = np.zeros((*numbers.shape, 4), np.uint8)
            pixels[numbers == number] = (*tone, 255)
            yield crop_layer(Layer("#{:02x}{:02x}{:02x}".format(*tone), pixels))
    tones = np.where(tones.min(axis=-1, keepdims=True) < WHITE, tones, 255)
    for name, mode, find in (
        ("shading", MULTIPLY, _find_shading),
        ("highlights", SCREEN, _find_highlights),
    ):
        pixels = np.zeros((*numbers.shape, 4), np.uint8)
        for rows in _strips(numbers.shape):
            flat = tones[numbers[rows]].astype(np.float32)
            pixels[rows] = find(flat, colour[rows].astype(np.float32))
        yield crop_layer(Layer(name, pixels, mode=mode))
    yield Layer("lines", lines)


def find_flats(colour, lines):
    """The groups of areas of one colour.

    Args:
        colour: [H, W, 3] uint8, without lines.
        lines: [H, W, 4] uint8, black of some opacity.

    Returns:
        numbers [H, W] uint8 of the groups, and their flat colours [K, 3] uint8.
    """
    sketch = strengthen_ink(images.to_float(255 - lines[..., 3:])[tf.newaxis])
    shape = working_shape(colour.shape[:2])
    small = images.resize(images.to_float(colour)[tf.newaxis], shape)
    paper = layering.find_paper(images.resize(sketch, shape))[0, ..., 0]
    areas = find_areas(paper > LEAST_PAPER, to_oklab(small[0])).numpy()
    pixels = images.to_uint8(small)[0].numpy()
    on_paper = paper.numpy() > LEAST_PAPER
    numbers = _group(areas, pixels, on_paper)
    tones = [
        np.median(pixels[_choose(numbers == each, on_paper)], axis=0)
        for each in range(numbers.max() + 1)
    ]
    if numbers.shape != colour.shape[:2]:
        numbers = _enlarge(numbers, sketch)
    return numbers, np.round(tones).astype(np.uint8)


def _group(areas, pixels, on_paper):
    """Groups the pixels [h, w] of areas by colour: uint8, without gaps."""
    weights = np.where(on_paper, 1.0, 1e-3).ravel()
    groups = group_colours(to_lab(pixels.reshape(-1, 3)), weights)
    size = groups.max() + 1
    # Of an area's colours the rare ones are its light and shade.
    places = areas.ravel().astype(np.int64) * size + groups
    counts = np.bincount(places, weights, (areas.max() + 1) * size)
    counts = counts.reshape(-1, size)
    rare = counts < LEAST_SHARE * counts.sum(axis=1, keepdims=True)
    rare[0] = False  # inside wide lines are many areas in one
    kept = np.where(rare, counts.argmax(axis=1)[:, None], np.arange(size))
    groups = kept[areas.ravel(), groups].reshape(areas.shape)
    # Soft edges between two colours of one area are jagged.
    one_hot = np.eye(size, dtype=np.float32)[groups][np.newaxis]
    groups = tf.argmax(tf.nn.avg_pool2d(one_hot, SMOOTH, 1, "SAME")[0], -1).numpy()
    _, numbers = np.unique(groups, return_inverse=True)
    return numbers.reshape(areas.shape).astype(np.uint8)


def _choose(mask, preferred):
    """The mask's preferred pixels, or all of it if there are none."""
    both = mask & preferred
    return both if both.any() else mask


def _enlarge(numbers, sketch):
    """Numbers [h, w] at the size of the sketch, so that they change at its lines."""
    best, found = None, None
    for number in range(numbers.max() + 1):
        share = tf.constant(numbers[np.newaxis, ..., np.newaxis] == number)
        share = layering.enlarge(tf.cast(share, tf.float32), sketch)[0, ..., 0].numpy()
        if best is None:
            best, found = share, np.zeros(share.shape, np.uint8)
        else:
            found[share > best] = number
            best = np.maximum(best, share)
    return found


def _find_shading(flat, colour):
    """What a flat colour is multiplied with where the colour is darker: RGBA."""
    factor = np.minimum(colour / np.maximum(flat, 1), 1)
    return _with_opacity(np.round(255 * factor), 255)


def _find_highlights(flat, colour):
    """What is laid over it as a screen where the colour is brighter: RGBA."""
    factor = np.minimum((255 - colour) / np.maximum(255 - flat, 1), 1)
    return _with_opacity(np.round(255 * (1 - factor)), 0)


def _with_opacity(pixels, neutral):
    """[h, w, 3] as RGBA uint8, transparent where all channels change nothing."""
    seen = (pixels != neutral).any(axis=-1, keepdims=True)
    return np.concatenate([pixels, 255 * seen], axis=-1).astype(np.uint8)


def _strips(shape):
    """Slices of rows from top to bottom."""
    rows = max(1, STRIP // shape[1])
    return [slice(top, top + rows) for top in range(0, shape[0], rows)]
