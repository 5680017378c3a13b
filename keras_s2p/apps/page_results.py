"""What was painted on the web page, as files: of a picture each, or of layers.

Nothing here needs gradio.
"""

import hashlib
import os
import re
import secrets
import unicodedata
from typing import NamedTuple

import numpy as np
import PIL.Image

from keras_s2p.apps import page_disk, page_hints
from keras_s2p.apps.page_painting import MAX_PIXELS, reading
from keras_s2p.common import layered_files, picture_files
from keras_s2p.painting import flats
from keras_s2p.painting.base_painter import Layers

SHOWN_SIDE = 2048  # pixels, at most, of what a browser shows
SMALL_SIDE = 160  # pixels, of what is shown among the last paintings
BROWSERS_SHOW = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif")
MOST_NAME = 200  # bytes
GONE = "The painting was deleted since: paint it again."


class Result(NamedTuple):
    """Paths of what was painted at one time; all in a folder of their own."""

    painting: str
    colour: str
    lines: str
    sketch: str
    shown: str  # the painting as it is seen, with the dots of its hints
    before: str  # the sketch as it is seen
    after: str  # the painting as it is seen
    small: str
    scale: float  # times this, a place of what is seen is one of the painting
    size: tuple  # (W, H) of the painting


def write_result(folder: str, name: str, sketch, painted: Layers, hints) -> Result:
    """Writes the files of a painting into a new folder of `folder`.

    Args:
        folder: where.
        name: what the sketch is called, without extension.
        sketch: [H, W, 3] uint8.
        painted: Layers.
        hints: list of page_hints.

    Raises:
        ImageError: a file can not be written.
    """
    name = clean_name(name)
    folder = os.path.join(folder, secrets.token_hex(8))
    painting, sketch = painted.painting, PIL.Image.fromarray(sketch)
    scale = find_scale(painting.size)
    after = shrink(painting, SHOWN_SIDE)
    large = {"painted": painting, "sketch": sketch}
    pictures = {
        **large, "colour": painted.colour, "lines": painted.lines,
        "small": shrink(painting, SMALL_SIDE),
    }  # fmt: skip
    if scale != 1:
        pictures.update(before=shrink(sketch, SHOWN_SIDE), after=after)
    if hints:
        pictures["hinted"] = page_hints.draw_dots(after, _scale(hints, 1 / scale))
    paths = {part: os.path.join(folder, f"{name}_{part}.png") for part in pictures}
    for part, picture in pictures.items():
        write_picture(paths[part], picture)
    after = paths.get("after", paths["painted"])
    return Result(
        paths["painted"], paths["colour"], paths["lines"], paths["sketch"],
        paths.get("hinted", after), paths.get("before", paths["sketch"]), after,
        paths["small"], scale, painting.size,
    )  # fmt: skip


def clean_name(name: str) -> str:
    """A name for files of every system; what may not be in it becomes _.

    macOS writes an accent behind its letter: here both are one. A name that is too long
    for what is put behind it is cut.
    """
    name = re.sub(r"[^\w. -]", "_", unicodedata.normalize("NFC", name))
    return name.encode()[:MOST_NAME].decode("utf-8", "ignore")


def write_preview(folder: str, painting, size, hints) -> str:
    """Writes a small painting as large as the whole one will be seen; gives its path.

    Args:
        folder: where.
        painting: PIL image.
        size: (W, H) of the whole painting.
        hints: list of page_hints, of the whole one.
    """
    scale = find_scale(size)
    painting = painting.resize([round(side / scale) for side in size])
    painting = page_hints.draw_dots(painting, _scale(hints, 1 / scale))
    path = os.path.join(folder, secrets.token_hex(8), "preview.png")
    write_picture(path, painting)
    return path


def write_picture(path: str, picture):
    """Writes a PIL image. Raises ImageError, without the folder of the file."""
    with page_disk.without_folder(path):
        picture_files.write_image(path, np.asarray(picture))


def find_scale(size) -> float:
    """How many times larger a picture of (W, H) is than what is shown of it."""
    return max(1.0, max(size) / SHOWN_SIDE)


def shrink(picture, side):
    """A PIL image whose long side has at most `side` pixels."""
    scale = max(picture.size) / side
    if scale <= 1:
        return picture
    size = [max(1, round(each / scale)) for each in picture.size]
    return picture.resize(size, PIL.Image.Resampling.BOX)


def show_file(path: str, folder: str) -> str:
    """A picture that browsers do not show, or otherwise, as PNG below a folder; once.

    Gives the path itself of one that they do show, or that can not be read.
    """
    name, extension = os.path.splitext(os.path.basename(path))
    if extension.lower() in BROWSERS_SHOW and not picture_files.is_shown_otherwise(
        path, MAX_PIXELS
    ):
        return path
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]  # uploads do not change
    shown = os.path.join(folder, key, f"{name}.png")
    if os.path.exists(shown):
        return shown
    try:
        with reading(path) as pixels:  # until it is written: any number may ask
            picture_files.write_image(shown, pixels)
    except picture_files.ImageError:
        return path
    return shown


def _scale(hints, factor):
    return [(x * factor, y * factor, colour) for x, y, colour in hints]


def list_forms() -> list:
    """The extensions of files of layers that can be written here."""
    forms = []
    for form in layered_files.EXTENSIONS:
        try:
            layered_files.check_writable(form)
            forms.append(form)
        except picture_files.ImageError:  # psd-tools are missing
            continue
    return forms


def write_layered(result, form: str) -> str:
    """Writes a result as a file of layers beside its pictures; once.

    Args:
        result: Result, or None if there is none.
        form: of list_forms.

    Returns:
        The path.

    Raises:
        ValueError: the pictures are gone, or the file can not be written.
    """
    if result is None:
        raise ValueError(GONE)
    path = os.path.splitext(result.painting)[0] + form
    if os.path.exists(path):
        return path
    try:
        painting, colour = (
            picture_files.read_painting(each)
            for each in (result.painting, result.colour)
        )
        lines = picture_files.read_rgba(result.lines)
    except picture_files.ImageError:
        raise ValueError(GONE) from None
    pictures = (PIL.Image.fromarray(each) for each in (painting, colour, lines))
    layers = flats.split_painting(Layers(*pictures))
    with page_disk.without_folder(path):
        layered_files.write_layers(path, layers, painting)
    return path
