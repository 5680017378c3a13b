"""What a probe of the hint is fitted to on artists' drawings: the colours of places.

Not in the paper: all of it. A drawing has no named regions, but its figure has a top, a
middle and a bottom. Drawings are recoloured by their parts, so that nothing but the
hint tells which part has which colour.
"""

import functools
import os

import numpy as np

from keras_s2p.common import images, margins, picture_files, picture_folders
from keras_s2p.data import recolouring
from keras_s2p.data.manifests import read_manifest
from keras_s2p.measuring.drawing_cases import chance_of, source_of
from keras_s2p.measuring.parts import find_background

ROWS = ("top", "upper middle", "lower middle", "bottom")  # quarters of the figure
PLACES = (
    *(f"{row}, {part}" for row in ROWS for part in ("centre", "sides")),
    "background",
)
SIZE = 256  # pixels, short side of the drawings
MEASURED = 10  # pictures of a folder; one of them is not fitted on
LEAST_FILLED = 0.1  # of a place; with less of the figure in it, it has no colour


def list_rows(folder, manifest, use):
    """Rows of a manifest for a use; of a folder without one, a tenth to `evaluate`.

    Args:
        folder: of the drawings.
        manifest: CSV file that names them, or None.
        use: "train" or "evaluate".

    Raises:
        ValueError: there is none for this use.
    """
    if manifest is not None:
        return read_manifest(manifest, use)
    named = sorted(picture_folders.list_images(folder), key=chance_of)
    kept = -(-len(named) // MEASURED) if len(named) > 1 else 0
    chosen = named[:kept] if use == "evaluate" else named[kept:]
    if not chosen:
        raise ValueError(f"{folder}: fewer than two pictures")
    source = os.path.basename(os.path.abspath(folder))
    return [{"file": file, "source": source} for file in chosen]


def encode_drawings(hint, folder, manifest, use, count, repeat=False):
    """Hints of recoloured drawings, and what they should tell.

    Args:
        hint: function of a picture [H, W, 3] uint8 that gives [1, hint_size].
        folder: of the drawings.
        manifest: of list_rows; see drawing_cases.
        use: of list_rows.
        count: of a source, chosen by chance.
        repeat: whether a source of fewer drawings shows them again in other colours,
            so that all sources count alike.

    Returns:
        hints [N, hint_size], colours [N, len(PLACES), 3] in [0, 255] with NaN where
        there is none, and the list of their N sources.

    Raises:
        ValueError: a file is missing or can not be read, or there is no such row.
    """
    find_parts = functools.lru_cache(maxsize=None)(
        lambda path: recolouring.find_parts([_read(path)])
    )
    hints, colours, names = [], [], []
    for source, files in _choose(
        list_rows(folder, manifest, use), count, repeat
    ).items():
        rng = np.random.default_rng(chance_of(source))
        for file in files:
            path = os.path.join(folder, file)
            parts = find_parts(path)
            new = recolouring.random_colours(rng, parts)
            picture = _read(path)
            recoloured = recolouring.recolour(picture, parts, new)
            hints.append(hint(recoloured)[0])
            colours.append(place_colours(recoloured, find_background(picture)))
            names.append(source)
    return np.stack(hints), np.stack(colours), names


def _choose(rows, count, repeat):
    """Source to the files of it to take."""
    sources = {}
    for row in sorted(rows, key=lambda x: chance_of(x["file"])):
        sources.setdefault(source_of(row), []).append(row["file"])
    return {
        source: [
            files[i % len(files)]
            for i in range(count if repeat else min(count, len(files)))
        ]
        for source, files in sorted(sources.items())
    }


def _read(path):
    return images.fit_short_side(picture_files.read_painting(path), SIZE)


def place_colours(picture, background):
    """The mean colours of PLACES.

    Args:
        picture: [H, W, 3] uint8.
        background: [H, W] bool; the rest is the figure.

    Returns:
        [len(PLACES), 3] in [0, 255], NaN where there is little of the figure. Both
        sides are one place: which side a colour is on the hint does not tell.
    """
    top, left, bottom, right = margins.find_figure(picture)
    figure = ~background[top:bottom, left:right]
    pixels = picture[top:bottom, left:right]
    colours = []
    for band in np.array_split(np.arange(bottom - top), len(ROWS)):
        quarter = (right - left) // 4
        centre = np.zeros_like(figure)
        centre[band[0] : band[-1] + 1, quarter : right - left - quarter] = True
        sides = np.zeros_like(figure)
        sides[band[0] : band[-1] + 1] = True
        for place in (centre, sides & ~centre):
            filled = place & figure
            known = filled.sum() > LEAST_FILLED * place.sum()
            colours.append(pixels[filled].mean(axis=0) if known else [np.nan] * 3)
    known = background.sum() > LEAST_FILLED * background.size
    colours.append(picture[background].mean(axis=0) if known else [np.nan] * 3)
    return np.array(colours)
