"""One picture of all that a batch painted."""

import functools
import math

import numpy as np

from keras_s2p.apps import made
from keras_s2p.common import contact_sheets, images, picture_files

CELL, LEAST_CELL = 256, 16  # pixels, the side of a picture's square
MAX_PIXELS = 32_000_000  # of an overview; its squares become smaller before
MAX_TABLE = 64  # rows or columns of a table


def write_overview(done, path: str, check=None):
    """Writes one picture of all jobs.

    If all sketches are painted after the same references, two or more of each, these
    are on top and the sketches on the left. Otherwise each sketch, its references and
    its painting lie side by side; of more than MAX_PIXELS have room for, the first.

    Args:
        done: list of Job, at least one, whose outputs are there.
        path: the file.
        check: of picture_files.write_image.

    Raises:
        ImageError: one of the pictures can not be read, or this one not be written.
    """
    rows = arrange(done)
    rows = rows[: MAX_PIXELS // (LEAST_CELL**2 * len(rows[0]))]
    cell = math.isqrt(MAX_PIXELS // (len(rows) * len(rows[0])))
    cell = min(max(cell, LEAST_CELL), CELL)
    read = functools.lru_cache(maxsize=256)(functools.partial(read_small, cell))
    pictures = [[path and read(path) for path in row] for row in rows]
    sheet = contact_sheets.contact_sheet(pictures, cell)
    picture_files.write_image(path, sheet, made.ALL_IN_ONE, check)


def arrange(done) -> list:
    """The paths of the pictures, in rows of one length; None where there is none."""
    sketches = list(dict.fromkeys(job.sketch for job in done))
    references = list(dict.fromkeys(job.references for job in done))
    outputs = {(job.sketch, job.references): job.output for job in done}
    height, width = len(sketches) + 1, len(references) + 1
    if (
        {len(each) for each in references} == {1}
        and min(height, width) > 2
        and max(height, width) <= MAX_TABLE
        and len(outputs) == len(done)
        and height * width <= 3 * len(done)  # else most of it would be blank
    ):
        top = [None] + [reference for (reference,) in references]
        return [top] + [
            [s] + [outputs.get((s, r)) for r in references] for s in sketches
        ]
    return arrange_groups(done)


def arrange_groups(done) -> list:
    """As arrange: each sketch, its references and its painting side by side.

    As many of these beside each other as make the whole about square.
    """
    most = max(len(job.references) for job in done)
    groups = [
        [
            job.sketch,
            *job.references,
            *[None] * (most - len(job.references)),
            job.output,
        ]
        for job in done
    ]
    beside = max(1, round(math.sqrt(len(done) / (most + 2))))
    groups += [[None] * (most + 2)] * (-len(done) % beside)
    return [
        sum(groups[start : start + beside], [])
        for start in range(0, len(groups), beside)
    ]


def read_small(cell: int, path: str) -> np.ndarray:
    """[H, W, 3] uint8 of a picture file, its long side `cell` pixels."""
    pixels = picture_files.read_painting(path)
    scale = cell / max(pixels.shape[:2])
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return images.resize_uint8(pixels, (height, width))
