"""Several sketches of the web page at once, and the zip that takes them home."""

import html
import os
import secrets
import zipfile
from types import SimpleNamespace
from typing import NamedTuple

import gradio as gr

from keras_s2p.apps import page_desk, page_seen, page_visitors
from keras_s2p.apps.page_painting import InputError, read_picture
from keras_s2p.apps.page_results import clean_name, write_picture
from keras_s2p.common import picture_files
from keras_s2p.common.files import replacing

MOST = 100  # sketches
NO_REFERENCE = "The reference is missing: drop a painting."


class Progress(NamedTuple):
    """How far it is."""

    text: str
    paintings: list  # paths
    archive: str  # path of the zip; "" until all are painted


def paint_several(paint, sketches, folder: str):
    """Paints sketches one after the other; one that can not be read stops no other.

    Args:
        paint: function of [H, W, 3] uint8 that gives a PIL image.
        sketches: paths.
        folder: where; a new folder is made in it.

    Yields:
        Progress, after each sketch and at the end.

    Raises:
        ValueError: there are none, too many, or `paint` can not paint any of them.
    """
    if not sketches:
        raise ValueError("Drop the sketches first.")
    if len(sketches) > MOST:
        raise ValueError(f"{len(sketches)} sketches; at most {MOST} at once.")
    folder = os.path.join(folder, secrets.token_hex(8))
    paintings, complaints, names = [], [], set()
    for number, sketch in enumerate(sketches, 1):
        path = os.path.join(folder, _find_name(sketch, names) + "_painted.png")
        try:
            write_picture(path, paint(read_picture(sketch)))
        except picture_files.ImageError as error:
            complaints.append(str(error))
            continue
        paintings.append(path)
        yield Progress(f"{number} of {len(sketches)} are done.", list(paintings), "")
    if not paintings:
        raise ValueError(" ".join(f"{each}." for each in complaints))
    archive = _zip_files(paintings, os.path.join(folder, "paintings.zip"))
    count = f"{len(paintings)} of {len(sketches)} are painted."
    text = " ".join([count, *(f"{each}." for each in complaints)])
    yield Progress(text, paintings, archive)


def _zip_files(paths, archive):
    """The path of a zip with files. Raises ValueError if it can not be written."""
    try:
        with replacing(archive) as partial:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as file:
                for path in paths:
                    file.write(path, os.path.basename(path))
    except OSError as error:
        text = f"The zip can not be written ({error.strerror or error})."
        raise ValueError(text) from None
    return archive


def _find_name(path, names):
    """The name of a file without extension, which is in `names` only from now on."""
    stem = os.path.splitext(os.path.basename(path))[0]
    stem = name = clean_name(stem).lstrip(".") or "sketch"
    number = 1
    while name.lower() in names:
        number += 1
        name = f"{stem}_{number}"
    names.add(name.lower())
    return name


def answer_several(paint, files, *values):
    """Outputs of the page's several sketches, after each painting.

    Args:
        paint: page_painting.paint, less its painter.
        files: what was dropped, [{"path": ...}].
        values: of strength, size, palette, places, the slots and their weights.
    """
    strength, size, palette, places, *values = values
    slots, weights = values[: len(values) // 2], values[len(values) // 2 :]
    try:
        references = [page_seen.find_slot(slot) for slot in slots]
        if not any(references):
            raise InputError("reference", NO_REFERENCE)
        given = SimpleNamespace(weights=weights, strength=strength, size=size)
        weights, strength, size = page_desk.read_settings(given)
        left_out = page_desk.left_out(palette, places)
        yield {
            "several_status": "The first one is being painted.",
            "archive": gr.DownloadButton(value=None, interactive=False),
        }
        for progress in paint_several(
            lambda pixels: paint(
                pixels, references, weights, strength, size, left_out=left_out
            ),
            [page_seen.find_slot(file) for file in files or []],
            page_visitors.FOLDER.get(),
        ):
            done = bool(progress.archive)
            yield {
                "several_status": html.escape(progress.text),
                "found": gr.Gallery(progress.paintings, visible=True),
                "archive": gr.DownloadButton(
                    value=progress.archive or None, interactive=done
                ),
            }
    except ValueError as error:
        text = html.escape(str(error))
        answer = {"several_status": f'<div class="error" role="alert">{text}</div>'}
        if getattr(error, "place", None) == "reference":
            answer["reference_error"] = page_desk.show_error(str(error), "note")
        yield answer
