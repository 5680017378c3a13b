"""The web page's one public endpoint, /paint, for programs; see docs/serving.md."""

import os

import gradio as gr

from keras_s2p.apps import page_desk, page_files, page_hints, page_visitors
from keras_s2p.apps.page_painting import read_picture
from keras_s2p.apps.page_results import write_result

API_NAME = "paint"


def add_api(paint, turns: dict):
    """Adds the endpoint to the page that is being built.

    Args:
        paint: page_painting.paint, less its painter.
        turns: concurrency_limit and concurrency_id.
    """

    def paint_files(
        sketch: dict,
        reference: dict = None,
        hints: list = None,
        strength: float = 1.0,
        palette: bool = True,
        correspondence: bool = True,
    ) -> dict:
        """Colours a sketch in the colours of a reference, of hints, or of both.

        sketch and reference are files, uploaded by handle_file of gradio_client. hints
        is a list of [x, y, "#rrggbb"], in pixels of the sketch. strength is in [0, 1].
        palette matches colours to the reference's, correspondence carries colours over
        from its like places. Gives a PNG of the sketch's size.
        """
        parts = {"palette": palette, "correspondence": correspondence}
        try:
            path = _find_upload(sketch)
            if path is None:
                raise ValueError("The sketch is missing.")
            pixels = read_picture(path)
            points = []
            for hint in _check_list(hints):
                *place, colour = hint
                points = page_hints.add_hint(points, place, colour)
            for name, wanted in parts.items():
                if not isinstance(wanted, bool):
                    raise ValueError(f"{name}: must be true or false.")
            painted = paint(
                pixels, [_find_upload(reference)], [1], _check_number(strength),
                layers=True, hints=points,
                left_out=page_desk.left_out(palette, correspondence),
            )  # fmt: skip
            name = os.path.splitext(os.path.basename(path))[0]
            folder = page_visitors.FOLDER.get()
            result = write_result(folder, name, pixels, painted, [])
        except ValueError as error:
            # Not as HTML: a program reads it, and the page never shows it.
            raise gr.Error(str(error), print_exception=False) from None
        return gr.FileData(path=result.painting).model_dump()

    gr.api(paint_files, api_name=API_NAME, **turns)


def _find_upload(file):
    """The path of a file of a request; None if none was given."""
    if not file:
        return None
    path = page_files.find_file(file.get("path")) if isinstance(file, dict) else None
    if path is None:
        raise ValueError(page_files.REFUSAL)
    return path


def _check_list(hints):
    """The hints of a request. Raises ValueError if they are no list of threes."""
    hints = [] if hints is None else hints
    if not isinstance(hints, list) or not all(
        isinstance(hint, (list, tuple)) and len(hint) == 3 for hint in hints
    ):
        raise ValueError('hints: must be a list of [x, y, "#rrggbb"].')
    return hints


def _check_number(strength):
    if isinstance(strength, bool) or not isinstance(strength, (int, float)):
        raise ValueError("strength: must be a number between 0 and 1.")
    return strength
