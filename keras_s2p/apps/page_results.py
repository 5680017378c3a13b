"""What was painted on the web page, as files: of a picture each, or of layers.

Nothing here needs gradio.
"""

import os
import re
import secrets
from typing import NamedTuple

import numpy as np
import PIL.Image

from keras_s2p.apps import page_hints
from keras_s2p.common import layered_files, picture_files
from keras_s2p.painting import flats
from keras_s2p.painting.base_painter import Layers

GONE = "The painting was deleted since: paint it again."


class Result(NamedTuple):
    """Paths of what was painted at one time; all in a folder of their own."""

    painting: str
    colour: str
    lines: str
    shown: str  # the painting, with the dots of its hints
    sketch: str


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
    name = re.sub(r"[^\w. -]", "_", name)
    folder = os.path.join(folder, secrets.token_hex(8))
    paths = [
        os.path.join(folder, f"{name}_{part}.png")
        for part in ("painted", "colour", "lines", "hinted", "sketch")
    ]
    result = Result(*paths)
    if not hints:
        result = result._replace(shown=result.painting)
    pictures = [*painted, page_hints.draw_dots(painted.painting, hints), sketch]
    for path, picture in dict(zip(result, pictures)).items():
        picture_files.write_image(path, np.asarray(picture))
    return result


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


def write_layered(result: Result, form: str) -> str:
    """Writes a result as a file of layers beside its pictures; once.

    Args:
        result: of write_result.
        form: of list_forms.

    Returns:
        The path.

    Raises:
        ValueError: the pictures are gone, or the file can not be written.
    """
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
    layered_files.write_layers(path, layers, painting)
    return path
