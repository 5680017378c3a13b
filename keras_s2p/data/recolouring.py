"""Drawings in other palettes: each part recoloured by itself, lines and shading kept.

Two pictures of one character recoloured by one map are a cross reference of which the
exact truth is known. A part is what has nearly one colour, whatever its shade; the map
goes from colour to colour, so it is a table that any picture is looked up in. NumPy and
Pillow only, so that every training can use it.

Not in the paper: all of it.
"""

import colorsys
import functools

import numpy as np
import PIL.Image
import PIL.ImageFilter

from keras_s2p.characters.palettes import SKIN_SHARES, SKINS
from keras_s2p.common.lab import to_lab, to_rgb
from keras_s2p.data.colour_parts import (
    MIN_SHARE,
    average_by,
    find_places,
    find_squares,
    group_colours,
)

MAX_PARTS = 12
SAMPLES = 20_000  # pixels that parts are found on
FLAT_CONTRAST = 30  # of 255, between neighbours; more is an edge or a line
INK = (7.0, 17.0)  # CIELAB lightness: all ink, no ink
PAPER = np.array([100.0, 0.0, 0.0])  # CIELAB
PAPER_REACH = 5.0  # a colour this near to paper is paper
NATURAL_SKINS = 0.5  # share of what may be skin that becomes a natural one
TRIES = 8  # at a colour that is told apart from the others
LEAST_APART = 30.0  # CIELAB; as far apart is apart enough
LEVELS = 25  # of red, green and blue in a map's table
SHARPNESS = 4  # exponent by which a nearer part outweighs another
HUE_REACH = 14.0  # tints of a part further from its colour are drawn towards it


def find_parts(pictures):
    """The colours of the parts of pictures that belong together.

    Args:
        pictures: list of [H, W, 3] uint8; each counts alike.

    Returns:
        [P, 3] float32 sRGB in [0, 255], P at most MAX_PARTS, by the part's share; ink
        and paper are none. P is 0 if there is nothing else.
    """
    colours = [_sample_flat(each, SAMPLES // len(pictures)) for each in pictures]
    weights = [np.full(len(each), 1 / max(len(each), 1)) for each in colours]
    colours, weights = np.concatenate(colours), np.concatenate(weights)
    lab = to_lab(colours)
    paper = np.linalg.norm(lab - PAPER, axis=1) < PAPER_REACH
    chosen = ~paper & (lab[:, 0] > sum(INK) / 2)
    lab, weights = lab[chosen], weights[chosen]
    if not len(lab):
        return np.zeros((0, 3), np.float32)
    numbers = group_colours(lab, weights)
    shares = np.bincount(numbers, weights)
    parts = average_by(lab, numbers, weights)[shares >= MIN_SHARE * shares.sum()]
    return to_rgb(parts[:MAX_PARTS]).astype(np.float32)


def _sample_flat(picture, count):
    """At most `count` colours [N, 3] of a picture's flat places."""
    height, width = picture.shape[:2]
    stride = max(1, int(np.sqrt(height * width / count)))
    around = picture.astype(np.int16)
    across = np.abs(around[1:-1, 2:] - around[1:-1, :-2]).max(axis=-1)
    down = np.abs(around[2:, 1:-1] - around[:-2, 1:-1]).max(axis=-1)
    flat = np.maximum(across, down) < FLAT_CONTRAST
    grid = (slice(stride // 2, None, stride),) * 2
    return picture[1:-1, 1:-1][grid][flat[grid]]


def random_colours(rng: np.random.Generator, parts):
    """New colours of parts, told apart as well as the old ones.

    Any hue, from grey to vivid, about as light as the part was; half of what may be
    skin becomes a natural skin.

    Args:
        rng: the source of chance.
        parts: [P, 3] of find_parts.

    Returns:
        [P, 3] float32 sRGB in [0, 255].
    """
    old, new = to_lab(parts), np.zeros((0, 3))
    for i in range(len(parts)):
        natural = _may_be_skin(old[i]) and rng.random() < NATURAL_SKINS
        draw = _random_skin if natural else _random_colour
        tries = np.array([draw(rng, old[i]) for _ in range(TRIES)])
        apart = np.linalg.norm(old[:i] - old[i], axis=-1)
        found = np.linalg.norm(new - tries[:, None], axis=-1)
        clear = np.min(found / np.minimum(apart, LEAST_APART), axis=1, initial=1)
        new = np.concatenate([new, tries[[np.argmax(clear)]]])
    return to_rgb(new).astype(np.float32)


def _may_be_skin(lab):
    """Whether a part's colour is one that skins have."""
    chroma, hue = np.hypot(*lab[1:]), np.degrees(np.arctan2(lab[2], lab[1]))
    return lab[0] > 35 and 8 < chroma < 42 and 25 < hue < 78


def _random_skin(rng, old):
    """CIELAB of a natural skin."""
    skin = np.array(SKINS[rng.choice(len(SKINS), p=SKIN_SHARES)])
    return to_lab(np.clip(skin + rng.normal(0, 5, 3), 0, 255))


def _random_colour(rng, old):
    """CIELAB of any colour, about as light as the old one."""
    pale = np.linalg.norm(old - PAPER) < 2.5 * PAPER_REACH  # else its edges were seen
    low = old[0] - 12 if pale else max(min(old[0], 30), 0.45 * old[0])
    high = min(94, 15 + 1.7 * old[0])
    lightness = np.clip(rng.normal(old[0], 18), low, max(low, high))
    vivid = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.4, 1), 1)
    tint = to_lab(255 * np.array(vivid))[1:]
    tint *= rng.choice([0.08, 0.3, 1.0], p=[0.15, 0.35, 0.5]) * rng.uniform(0.5, 1)
    for share in np.linspace(1, 0, 11):  # the most of it that can be shown
        lab = np.array([lightness, *(share * tint)])
        if np.linalg.norm(to_lab(to_rgb(lab)) - lab) < 1:
            break
    return lab


def recolour(picture, parts, new_colours):
    """A picture with each of its parts in a new colour.

    Args:
        picture: [H, W, 3] uint8.
        parts: [P, 3] of find_parts.
        new_colours: [P, 3] sRGB in [0, 255], for instance of random_colours.

    Returns:
        [H, W, 3] uint8.
    """
    return apply_map(picture, make_map(parts, new_colours))


def make_map(parts, new_colours):
    """The map of `recolour` as a table, for several pictures.

    Each colour goes where its part goes, with its own shade: what is darker than the
    part stays so by the same factor. Between parts it is divided by nearness, so that
    smooth edges stay smooth; ink and paper stay.

    Returns:
        PIL.ImageFilter.Color3DLUT of LEVELS levels.
    """
    lab, places, tint = _grid()
    if len(parts):
        old, new = (to_lab(x).astype(np.float32) for x in (parts, new_colours))
        nearness = 1 / (find_squares(places, find_places(old)) + 1) ** (SHARPNESS / 2)
        beside = np.linalg.norm(lab - PAPER, axis=1) - PAPER_REACH / 2
        paper = 1 / (np.maximum(beside, 0) ** 2 + 1) ** (SHARPNESS / 2)
        total = nearness.sum(axis=1) + paper
        moved = (paper / total)[:, None] * lab
        for weight, one, other in zip(nearness.T, old, new):
            moved += (weight / total)[:, None] * _move(lab[:, 0], tint, one, other)
        ink = np.clip((INK[1] - lab[:, :1]) / (INK[1] - INK[0]), 0, 1)
        lab = moved + ink * (lab - moved)
    table = (to_rgb(lab) / 255).astype(np.float32)
    return PIL.ImageFilter.Color3DLUT(LEVELS, table.ravel(), _copy_table=False)


@functools.lru_cache(maxsize=1)
def _grid():
    """The colours of a table: CIELAB, places and tints."""
    levels = np.linspace(0, 255, LEVELS)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")
    rgb = np.stack([red, green, blue], axis=-1).reshape(-1, 3)  # red changes fastest
    lab = to_lab(rgb).astype(np.float32)
    tint = (lab[:, 1] + 1j * lab[:, 2]) / (np.maximum(lab[:, 0], 10) + 16)
    return lab, find_places(lab), tint


def apply_map(picture, table):
    """Looks [H, W, 3] uint8 up in a table of make_map (trilinear)."""
    return np.asarray(PIL.Image.fromarray(picture).filter(table))


def _move(lightness, tint, old, new):
    """Colours [N] taken along as `old` goes to `new` (CIELAB): [N, 3] CIELAB."""
    ratio = new[0] / max(old[0], 1)
    # Above, from the new colour up to white, at first no steeper than 1.
    rest, new_rest = max(100 - old[0], 1), max(100 - new[0], 1)
    above = np.clip((100 - lightness) / rest, 1e-6, 1)
    lighter = 100 - new_rest * above ** (min(ratio, 1) * rest / new_rest)
    lightness = np.where(lightness < old[0], lightness * ratio, lighter)
    # The tint around the new one, turned and scaled with it.
    old_tint, new_tint = ((x[1] + 1j * x[2]) / (x[0] + 16) for x in (old, new))
    turn = new_tint * np.conj(old_tint) / (abs(old_tint) ** 2 + 0.05**2)
    turn *= min(1, 1.2 / max(abs(turn), 1e-6))
    aside = tint - old_tint
    aside /= 1 + (76 * np.abs(aside) / HUE_REACH) ** 2
    chroma = (new_tint + turn * aside) * (lightness + 16)
    return np.stack([lightness, chroma.real, chroma.imag], axis=1)
