"""Several sketches of the web page at once, and the zip that takes them home.

The zip is written when it is asked for, of what is painted by then.
"""

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


def paint_several(paint, sketches, folder: str):
    """Paints sketches one after the other; one that can not be painted stops no other.

    Args:
        paint: function of [H, W, 3] uint8 that gives a PIL image.
        sketches: paths.
        folder: where; a new folder is made in it.

    Yields:
        Progress, after each sketch and at the end.

    Raises:
        ValueError: there are none, too many, or `paint` can not paint any of them. It
            is of the reference where that can not be read from the beginning.
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
        except InputError as error:  # as of a reference that is gone by now
            if not paintings:
                raise
            complaints.append(str(error))
            break
        except ValueError as error:
            named = isinstance(error, picture_files.ImageError)
            name = "" if named else f"{os.path.basename(sketch)}: "
            complaints.append(name + str(error))
            continue
        paintings.append(path)
        yield Progress(f"{number} of {len(sketches)} are done.", list(paintings))
    if not paintings:
        raise ValueError(_join(complaints))
    text = _join([f"{len(paintings)} of {len(sketches)} are painted", *complaints])
    yield Progress(text, paintings)


def _join(sentences):
    """Sentences behind one another, each with one full stop."""
    return " ".join(f"{each.rstrip('.')}." for each in sentences)


def zip_files(paths, folder: str) -> str:
    """Writes files into a zip, in a new folder of `folder`; gives its path.

    Raises:
        ValueError: it can not be written.
    """
    archive = os.path.join(folder, secrets.token_hex(8), "paintings.zip")
    try:
        os.makedirs(os.path.dirname(archive))
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
        yield {  # what was painted before stays until there is something else
            "several_status": "The first one is being painted.",
            "reference_error": page_desk.show_error(""),
        }
        for progress in paint_several(
            lambda pixels: paint(
                pixels, references, weights, strength, size, left_out=left_out
            ),
            [page_seen.find_slot(file) for file in files or []],
            page_visitors.FOLDER.get(),
        ):
            yield show(*progress)
    except ValueError as error:
        text = html.escape(str(error))
        answer = {"several_status": f'<div class="error" role="alert">{text}</div>'}
        if getattr(error, "place", None) == "reference":
            answer["reference_error"] = page_desk.show_error(str(error), "note")
        yield answer


def show(text, paintings):
    """Outputs of what is painted: a sentence, and paths."""
    return {
        "several_status": html.escape(text),
        "found": gr.Gallery(paintings, visible=bool(paintings)),
        "archive": gr.Button(interactive=bool(paintings)),
    }


def find_paintings(found) -> list:
    """Paths of what the gallery shows, [{"image": {"path": ...}}] or None."""
    return [page_seen.find_slot(each["image"]) for each in (found or [])[:MOST]]


def stop(found):
    """Outputs where no more are painted."""
    return {"several_status": f"Stopped: {len(found or [])} paintings are here."}


def save(found):
    """The path of a zip of what the gallery shows. Raises ValueError if it fails."""
    return zip_files(find_paintings(found), page_visitors.FOLDER.get())
