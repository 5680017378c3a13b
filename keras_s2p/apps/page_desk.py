"""What the events of the web page do: each gives the hints and all outputs anew."""

import html
import os
import time

import gradio as gr

from keras_s2p.apps import page_files, page_hints, page_layout, page_results
from keras_s2p.apps.page_layout import NUM_REFERENCES, SIZES
from keras_s2p.apps.page_painting import read_picture


class Desk:
    """What the page's events do.

    Args:
        paint: page_painting.paint, less its painter.
        drawings: page_files.Drawings.
        folder: where results are written.
    """

    def __init__(self, paint, drawings, folder):
        self._paint = paint
        self._drawings = drawings
        self._folder = folder
        self._forms = page_results.list_forms()

    def paint(self, hints, colour, *values):
        """Paints what is given, with the hints that there are."""
        return self._answer(hints, hints, values)

    def click(self, event: gr.SelectData, hints, colour, *values):
        """Paints with one hint more, where a picture was clicked."""
        try:
            added = page_hints.add_hint(hints, event.index, colour)
        except ValueError as error:
            return [hints, *self.blank(str(error))]
        return self._answer(hints, added, values)

    def undo(self, hints, colour, *values):
        """Paints with one hint less."""
        return self._answer(hints, hints[:-1], values, quiet=True)

    def clear(self, hints, colour, *values):
        """Paints without hints."""
        return self._answer(hints, [], values, quiet=True)

    def blank(self, error=""):
        """Outputs, and the buttons of layers, without a painting.

        Args:
            error: a sentence to show, or "".
        """
        outputs = page_layout.Outputs(
            show_error(error), None, None, "", gr.Row(visible=False),
            None, None, gr.DownloadButton(value=None, interactive=False), None,
        )  # fmt: skip
        return [*outputs, *self._buttons(False)]

    def _answer(self, before, hints, values, quiet=False):
        """The hints and all outputs.

        Args:
            before: the hints that are kept if it can not be painted.
            hints: the hints to paint with.
            values: of sketch, settings, references and their weights.
            quiet: nothing to paint with is no error.
        """
        start = time.monotonic()
        source, file, drawing, strength, size, palette, places, layers, *slots = values
        references = slots[:NUM_REFERENCES]
        if quiet and not hints and not any(references):
            return [hints, *self.blank()]
        try:
            name, pixels = self._take_sketch(source, file, drawing)
            painted = self._paint(
                pixels,
                [find_slot(slot) for slot in references],
                [_number(weight, 0, 1) for weight in slots[NUM_REFERENCES:]],
                _number(strength, 0, 1), int(_number(size, *SIZES)), True, hints,
                _left_out(palette, places),
            )  # fmt: skip
            result = page_results.write_result(
                self._folder, name, pixels, painted, hints
            )
        except ValueError as error:
            kept = before if len(before) < len(hints) else hints
            return [kept, *self.blank(str(error))]
        width, height = painted.painting.size
        seconds = time.monotonic() - start
        outputs = page_layout.Outputs(
            show_error(""),
            result.shown,
            (result.sketch, result.painting),
            f"{width} x {height} pixels in {seconds:.1f} s",
            gr.Row(visible=layers is True),
            result.colour if layers else None,
            result.lines if layers else None,
            gr.DownloadButton(value=result.painting, interactive=True),
            result,
        )
        return [hints, *outputs, *self._buttons(True)]

    def _take_sketch(self, source, file, drawing):
        """What the sketch is called, and [H, W, 3] uint8 or None."""
        if source == "draw":
            return "drawing", self._drawings.take(drawing)
        path = find_slot(file)
        if path is None:
            return "", None
        return os.path.splitext(os.path.basename(path))[0], read_picture(path)

    def _buttons(self, interactive):
        return [gr.Button(interactive=interactive) for _ in self._forms]


def show_error(error):
    """The sentence of an error, which stays; without one, nothing."""
    text = f'<div role="alert">{html.escape(error)}</div>'
    return gr.HTML(text, visible=bool(error))


def find_slot(value):
    """The path of what was dropped into a slot; None of an empty one."""
    return value and page_files.find_file(value["path"])


def _left_out(palette, places):
    """The parts of a style that switches leave out."""
    switches = {"palette": palette, "places": places}
    return [name for name, wanted in switches.items() if wanted is False]


def _number(value, least, most):
    """The value of a slider. Raises ValueError if it is none that it can have."""
    if not isinstance(value, (int, float)) or not least <= value <= most:
        raise ValueError(f"A setting is not between {least} and {most}.")
    return value
