"""The drawings of a manifest as they lie on the GPU, some of them in new colours.

Not in the paper: all of it. Margins of one colour are cut off. A drawing's reference is
another picture of its group in the same colours, or the drawing itself; both get the
same new colours, each part by itself.
"""

import functools
import hashlib
import multiprocessing
import os
from concurrent import futures

import numpy as np
import PIL.Image

from keras_s2p.common import files, margins, picture_files
from keras_s2p.data import companions, recolouring
from keras_s2p.data.manifests import read_manifest

STORED = 256  # pixels, short side of the pictures on the GPU; the long is at most twice
REFERENCE = 192  # pixels, what the hint encoder looks at
MAX_OTHERS = 8  # pictures of the group that are looked at


def read_drawings(folder, manifest, use="train", palettes=0, workers=1):
    """The drawings that a manifest names.

    Args:
        folder: of the drawings.
        manifest: CSV file with the columns `file`, relative to the folder, and `use`,
            and, if there, `split_group`.
        use: which rows to take.
        palettes: in how many new palettes each comes besides its own.
        workers: processes.

    Returns:
        pixels [N, 512, 512, 3] uint8, each drawing in the top left corner; shapes
        [N, 2] float32, their heights and widths in pixels; and references
        [N, 192, 192, 3] uint8.

    Raises:
        ValueError: a file is missing or no picture, or as read_manifest.
    """
    groups = {}
    for row in read_manifest(manifest, use):
        group = row.get("split_group") or row["file"]
        groups.setdefault(group, []).append(os.path.join(folder, row["file"]))
    groups = [sorted(paths) for _, paths in sorted(groups.items())]
    read = _read_groups(groups, palettes, workers)
    pixels = np.zeros((len(read), 2 * STORED, 2 * STORED, 3), np.uint8)
    for i, (drawing, _) in enumerate(read):
        pixels[i, : drawing.shape[0], : drawing.shape[1]] = drawing
    shapes = np.array([drawing.shape[:2] for drawing, _ in read], np.float32)
    return pixels, shapes, np.stack([reference for _, reference in read])


def hash_drawings(folder, manifest, use="train") -> str:
    """SHA-256 of the drawings' files, in the manifest's order; 64 hexadecimal digits.

    Args:
        folder: of the drawings.
        manifest: as read_drawings takes it.
        use: likewise.

    Raises:
        OSError: one of them can not be read any more.
    """
    found = hashlib.sha256()
    for row in read_manifest(manifest, use):
        found.update(files.find_sha256(os.path.join(folder, row["file"])).encode())
    return found.hexdigest()


def _read_groups(groups, palettes, workers):
    """The pairs of _read_group of all groups, one after the other."""
    read = functools.partial(_read_group, palettes=palettes)
    if workers == 1:
        return [pair for group in map(read, groups) for pair in group]
    context = multiprocessing.get_context("spawn")  # JAX must not be forked
    with futures.ProcessPoolExecutor(workers, context) as pool:
        return [pair for group in pool.map(read, groups) for pair in group]


def _read_group(paths, palettes):
    """(drawing, reference) of each picture of a group, in each of its palettes."""
    drawings = [_read_drawing(path) for path in paths]
    pairs = []
    for i, drawing in enumerate(drawings):
        rng = np.random.default_rng(i)
        others = drawings[:i] + drawings[i + 1 :]
        order = rng.permutation(len(others))[:MAX_OTHERS]
        chosen = companions.choose_references(drawing, [others[j] for j in order])
        other = chosen[0] if chosen else drawing
        pair = drawing, _resize(other, (REFERENCE, REFERENCE))
        pairs.append(pair)
        parts = recolouring.find_parts([drawing, other]) if palettes else ()
        for _ in range(palettes if len(parts) else 0):
            colours = recolouring.random_colours(rng, parts)
            table = recolouring.make_map(parts, colours)
            pairs.append(tuple(recolouring.apply_map(x, table) for x in pair))
    return pairs


def _read_drawing(path):
    """[H, W, 3] uint8 without margins, of which the short side is STORED."""
    pixels = margins.cut_margins(picture_files.read_painting(path))
    limit = 2 * min(pixels.shape[:2])
    top, left = (max(0, length - limit) // 2 for length in pixels.shape[:2])
    pixels = pixels[top : top + limit, left : left + limit]
    scale = STORED / min(pixels.shape[:2])
    size = [min(2 * STORED, max(STORED, round(x * scale))) for x in pixels.shape[:2]]
    return _resize(pixels, size)


def _resize(pixels, shape):
    """[H, W, 3] uint8 to another (H, W)."""
    image = PIL.Image.fromarray(pixels)
    return np.asarray(image.resize((shape[1], shape[0]), PIL.Image.LANCZOS))
