"""Cases of artists' drawings: a sketch painted after another picture of its character.

Not in the paper: all of it. Which pictures show one character a manifest says
(`split_group`), but a group may be an episode of a comic, whose panels show other
people in other colours. So one rule holds for all: of the group's other pictures the
one that shows most of the drawing's colours is the reference, if it shows LEAST_SHOWN
of its parts; the others' colours can not be known, and they are not counted.
"""

import functools
import hashlib
import itertools
import os
from typing import NamedTuple

import numpy as np

from keras_s2p.common import images, margins, picture_files
from keras_s2p.data import recolouring
from keras_s2p.data.manifests import read_manifest
from keras_s2p.data.sketch import extract_sketch
from keras_s2p.measuring import parts
from keras_s2p.measuring.cases import Case

SIZE = 512  # pixels, short side of the drawings, if they are larger
LEAST_PARTS = 2  # that are counted
LEAST_SHOWN = 0.75  # of a drawing's parts, by a reference
MAX_OTHERS = 24  # pictures of a group that are looked at
FIGURE = (0.6, 0.9)  # range of a reference's size in its frame


class Drawing(NamedTuple):
    """A picture of a manifest; the pixels are uint8."""

    file: str
    source: str
    group: str
    painting: np.ndarray  # [H, W, 3]
    sketch: np.ndarray  # [H, W, 1]
    parts: np.ndarray  # of parts.find_parts


def drawing_cases(
    folder: str,
    manifest: str,
    use: str = "evaluate",
    count: int = 200,
    own_reference: bool = False,
    recoloured: bool = False,
) -> list:
    """Drawings painted after another picture of their group.

    Args:
        folder: of the drawings.
        manifest: CSV file with the columns `file`, relative to the folder, and, if
            there, `source`, `split_group`, `line` (drawn lines) and `use`.
        use: which rows to take.
        count: of a source, at most; chosen by chance, the same ones each time.
        own_reference: each drawing is its own reference, mirrored and moved.
        recoloured: in new colours, the same ones for the drawing and its reference.

    Raises:
        ValueError: something is missing or can not be read, or no drawing has a
            reference.
    """
    rows = {row["file"]: row for row in read_manifest(manifest, use)}
    groups, sources = {}, {}
    for file in sorted(rows, key=chance_of):
        groups.setdefault(_group(rows[file]), []).append(file)
        sources.setdefault(source_of(rows[file]), []).append(file)

    @functools.cache
    def load(file):
        return read_drawing(folder, rows[file])

    def find_case(file):
        others = [file]
        if not own_reference:
            others = [x for x in groups[_group(rows[file])] if x != file][:MAX_OTHERS]
        references = [load(each) for each in others]
        return make_case(load(file), references, recoloured) if references else None

    cases = []
    for source in sorted(sources):
        found = filter(None, map(find_case, sources[source]))
        cases += sorted(itertools.islice(found, count), key=lambda case: case.name)
        load.cache_clear()
    if not cases:
        raise ValueError(f"{manifest}: no drawing has another picture in its colours")
    return cases


def _group(row):
    return row.get("split_group") or row["file"]


def source_of(row):
    """The source of a manifest's row: its column, or the file's first folder."""
    return row.get("source") or row["file"].replace(os.sep, "/").split("/")[0]


def chance_of(text):
    """A number that follows from a text alone."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def make_case(drawing, others, recoloured=False):
    """A drawing after another one.

    Args:
        drawing: Drawing.
        others: list of Drawing, at least one; the drawing itself alone is allowed.
        recoloured: whether both are in new colours.

    Returns:
        Case, or None if no other one shows its colours.
    """
    reference, kept = choose_reference(drawing, others)
    if reference is None:
        return None
    rng = np.random.default_rng(chance_of(drawing.file))
    pictures = [drawing.painting, reference.painting]
    if recoloured:
        found = recolouring.find_parts(pictures)
        table = recolouring.make_map(found, recolouring.random_colours(rng, found))
        pictures = [recolouring.apply_map(picture, table) for picture in pictures]
    truth, reference_pixels = pictures
    return Case(
        drawing.file,
        drawing.source,
        drawing.sketch,
        frame_reference(reference_pixels, rng),
        truth,
        kept,
        named=False,
        group=drawing.group,
        crossed=reference is not drawing,
    )


def read_drawing(folder, row) -> Drawing:
    """The drawing of a manifest's row, its lines drawn or extracted.

    Raises:
        ImageError: a file can not be read.
    """
    painting = picture_files.read_painting(os.path.join(folder, row["file"]))
    if min(painting.shape[:2]) > SIZE:
        painting = images.fit_short_side(painting, SIZE)
    if row.get("line"):
        sketch = picture_files.read_sketch(os.path.join(folder, row["line"]))
        sketch = images.resize_uint8(sketch, painting.shape[:2])
    else:
        sketch = images.to_uint8(extract_sketch(images.to_float(painting))).numpy()
    found = parts.find_parts(painting, sketch)
    return Drawing(row["file"], source_of(row), _group(row), painting, sketch, found)


def choose_reference(drawing, references):
    """The reference that shows most of a drawing's colours.

    Args:
        drawing: Drawing.
        references: list of Drawing.

    Returns:
        (one of them, map of the parts that it shows), or (None, None) if none shows
        enough.
    """
    maps = [
        parts.drop_missing(drawing.parts, drawing.painting, each.painting)
        for each in references
    ]
    counts = [parts.count_parts(each) for each in maps]
    best = int(np.argmax(counts))
    least = max(LEAST_PARTS, LEAST_SHOWN * parts.count_parts(drawing.parts))
    return (references[best], maps[best]) if counts[best] >= least else (None, None)


def frame_reference(reference, rng):
    """A reference mirrored, made smaller and moved in a frame of its ground's colour.

    Args:
        reference: [H, W, 3] uint8.
        rng: numpy.random.Generator.

    Returns:
        [H, W, 3] uint8.
    """
    height, width = reference.shape[:2]
    scale = rng.uniform(*FIGURE)
    shape = round(height * scale), round(width * scale)
    top, left = (
        int(rng.integers(side - small + 1))
        for side, small in zip((height, width), shape)
    )
    ground = margins.find_ground(reference.astype(np.int32))
    framed = np.broadcast_to(ground, reference.shape).astype(np.uint8)
    small = images.resize_uint8(reference[:, ::-1], shape)
    framed[top : top + shape[0], left : left + shape[1]] = small
    return framed
