"""What the events of the web page do.

Each gives a dict of the names of `Outputs` and their new values; what is not in it
stays as it is. Events of the hints are short and wait for nobody; `repaint` follows
them, and does nothing where nothing has changed.
"""

import html
import os
import time

import gradio as gr
import numpy as np
import PIL.Image

from keras_s2p.apps import (
    page_history,
    page_results,
    page_seen,
    page_visitors,
)
from keras_s2p.apps.page_given import Given
from keras_s2p.apps.page_painting import SIZES, InputError, read_picture
from keras_s2p.apps.page_saved import is_number

PREVIEW = 448  # pixels; a sketch of more than twice its square is seen so first
LISTED = "entries", "history"  # of the outputs: where the last paintings are
FORGOTTEN = (
    "This page was started anew, or many others came: what you had here was forgotten. "
    "Reload it, which brings back what is still there."
)
FAILED = "That was not painted: drop the pictures again, or try it later."
ERRORS = {"sketch": "sketch_error", "reference": "reference_error"}  # beside the inputs
# Outputs of all events but those that bring inputs back.
PAINTED = (
    *LISTED, *ERRORS.values(), "error", "painting", "slider", "status", "row",
    "colour_alone", "lines_alone", "png", "buttons", "last", "scale", "hints",
    "changes", "owner", "source",
)  # fmt: skip


class Click(gr.EventData):
    """Where a part was clicked: `index`, which is None if a browser does not say."""

    def __init__(self, target, data):
        super().__init__(target, data)
        self.index = data.get("index") if isinstance(data, dict) else None


class Desk:
    """What the page's events do.

    Args:
        paint: page_painting.paint, less its painter.
        drawings: page_files.Drawings.
    """

    def __init__(self, paint, drawings):
        self._paint = paint
        self._drawings = drawings

    def paint(self, *values):
        """Paints what is given, with the hints that there are."""
        given = Given.of(values)
        if given.ready:
            yield from self._answer(given, asked=True)
        else:
            yield tell_forgotten()

    def repaint(self, *values):
        """Paints anew what was painted, or with the first hint, if anything changed."""
        given = Given.of(values)
        if not given.ready:
            yield tell_forgotten()
        elif given.last is None and not given.hints:
            yield {}
        elif not given.hints and not any(given.slots):
            yield {**blank(), "last": page_history.BEFORE}  # until there is one
        else:
            yield from self._answer(given, asked=False)

    def _answer(self, given, asked):
        """As _paint_all; what is late goes to the last paintings alone."""
        recalls = given.seen.recalls
        path = page_seen.find_slot(given.file)
        for answer in self._paint_all(given, asked):
            if recalls != given.seen.recalls or given.seen.is_other(given.source, path):
                answer = {name: answer[name] for name in LISTED if name in answer}
            yield answer  # if it is empty too, or gradio gives the last one again

    def _paint_all(self, given, asked):
        """Outputs of a preview of a large sketch, and of the painting."""
        start = time.monotonic()
        pixels = None
        try:
            sketch, name, pixels = self._take_sketch(given)
            request = _make_request(given, sketch)
            if given.last and given.last.is_answer(request, asked):
                yield show_layers(given.last.result, given.layers is True)
                return
            if (
                pixels is not None
                and pixels.shape[0] * pixels.shape[1] > 2 * PREVIEW**2
            ):
                yield self._preview(given, request, pixels)
            painted = self._ask(request, pixels)
            result = page_results.write_result(
                page_visitors.FOLDER.get(), name, pixels, painted, given.hints
            )
        except ValueError as error:
            inside = _find_inside(given.hints, pixels)
            # Else they stay as they are by now: some may have been set meanwhile.
            dropped = {"hints": inside} if inside != given.hints else {}
            yield {**blank(error), **dropped}
            return
        drawn = given.source == "draw"
        entry = page_history.Entry(request, result, asked, drawn)
        seconds = time.monotonic() - start
        width, height = result.size
        yield {
            **show(entry, given.layers is True),
            "status": f"{width} x {height} pixels in {seconds:.1f} s",
            **list_entries(page_history.add_entry(given.entries, entry, given.last)),
        }

    def _preview(self, given, request, pixels):
        """Outputs of the painting of a sketch that was made smaller."""
        height, width = pixels.shape[:2]
        scale = PREVIEW / (height * width) ** 0.5
        size = [max(16, round(side * scale)) for side in (width, height)]
        small = PIL.Image.fromarray(pixels).resize(size, PIL.Image.Resampling.BOX)
        across, down = size[0] / width, size[1] / height  # within it at its edge too
        hints = [(x * across, y * down, colour) for x, y, colour in request.hints]
        painted = self._ask(request._replace(hints=tuple(hints)), np.asarray(small))
        path = page_results.write_preview(
            page_visitors.FOLDER.get(), painted.painting, (width, height),
            request.hints,
        )  # fmt: skip
        return {
            "painting": path,
            "scale": page_results.find_scale((width, height)),
            "status": "A first look; the whole picture follows.",
            "png": gr.DownloadButton(interactive=False),  # it is that before
            "buttons": gr.Button(interactive=False),
        }

    def _ask(self, request, pixels):
        """Layers of a request."""
        return self._paint(
            pixels, list(request.references), list(request.weights), request.strength,
            request.size, True, list(request.hints),
            left_out(request.palette, request.places),
        )  # fmt: skip

    def _take_sketch(self, given):
        """A sketch's path, what it is called, and [H, W, 3] uint8 or None."""
        try:
            if given.source == "draw":
                pixels = self._drawings.take(given.drawing)
                if pixels is None:
                    return "", "", None
                return given.seen.draw(pixels), "drawing", pixels
            path = page_seen.find_slot(given.file)
            if path is None:
                return "", "", None
            name = os.path.splitext(os.path.basename(path))[0]
            return path, name, read_picture(path)
        except ValueError as error:
            raise InputError("sketch", str(error)) from None


def tell_forgotten():
    """Outputs where nothing is known of the visit."""
    return {"error": show_error(FORGOTTEN)}


def tell_failed(ready):
    """Outputs where gradio refused to paint, as files are gone."""
    return blank(ValueError(FAILED)) if ready else tell_forgotten()


def blank(error=None):
    """Outputs without a painting; those of a ValueError, beside what caused it."""
    answer = {name: show_error("") for name in (*ERRORS.values(), "error")}
    if error is not None:
        answer["error"] = show_error(str(error))
        place = getattr(error, "place", None)
        if place in ERRORS:
            answer[ERRORS[place]] = show_error(str(error), "note")
    return {
        **answer, "painting": None, "slider": None, "status": "",
        "row": gr.Row(visible=False), "colour_alone": None, "lines_alone": None,
        "png": gr.DownloadButton(value=None, interactive=False),
        "buttons": gr.Button(interactive=False), "last": None, "scale": 1.0,
    }  # fmt: skip


def show(entry, layers):
    """Outputs of an Entry."""
    result = entry.result
    return {
        **blank(),
        "painting": result.shown,
        "slider": (result.before, result.after),
        **show_layers(result, layers),
        "png": gr.DownloadButton(value=result.painting, interactive=True),
        "buttons": gr.Button(interactive=True),
        "last": entry,
        "scale": result.scale,
    }


def show_layers(result, wanted):
    """Outputs of a Result's colour alone and lines alone, if they are wanted."""
    there = wanted and os.path.exists(result.colour) and os.path.exists(result.lines)
    return {
        "row": gr.Row(visible=there),
        "colour_alone": result.colour if there else None,
        "lines_alone": result.lines if there else None,
    }


def list_entries(entries):
    """Outputs of the last paintings, less those that were deleted since."""
    entries = [entry for entry in entries if os.path.exists(entry.result.small)]
    small = [entry.result.small for entry in entries]
    return {"entries": entries, "history": gr.Gallery(small, visible=bool(small))}


def show_error(error, role="alert"):
    """The sentence of an error, which stays; without one, nothing."""
    text = f'<div role="{role}">{html.escape(error)}</div>'
    return gr.HTML(text, visible=bool(error))


def left_out(palette, places):
    """The parts of a style that switches leave out."""
    switches = {"palette": palette, "places": places}
    return [name for name, wanted in switches.items() if wanted is False]


def read_settings(given):
    """(weights, strength, size) of what sliders gave. Raises ValueError if bad."""
    weights = tuple(_number(weight, 0, 1) for weight in given.weights)
    return weights, _number(given.strength, 0, 1), int(_number(given.size, *SIZES))


def _make_request(given, sketch):
    references = tuple(page_seen.find_slot(slot) for slot in given.slots)
    return page_history.Request(
        sketch, references, *read_settings(given),
        given.palette is not False, given.places is not False,
        tuple(map(tuple, given.hints)),
    )  # fmt: skip


def _find_inside(hints, pixels):
    """The hints that lie in the sketch, if there is one: others are never painted."""
    if pixels is None:
        return hints
    height, width = pixels.shape[:2]
    return [hint for hint in hints if hint[0] < width and hint[1] < height]


def _number(value, least, most):
    """The value of a slider. Raises ValueError if it is none that it can have."""
    if not is_number(value, least, most):
        raise ValueError(f"A setting is not between {least} and {most}.")
    return value
