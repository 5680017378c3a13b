"""The web page in gradio: its events; demo.py gives it the functions that paint.

Nothing is loaded from elsewhere, and nothing is reported to anyone.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
from starlette.middleware import Middleware

from keras_s2p.apps import page_files, page_hints, page_layout, page_results
from keras_s2p.apps.page_api import add_api
from keras_s2p.apps.page_desk import Desk, find_slot, show_error
from keras_s2p.apps.page_layout import QUIET
from keras_s2p.apps.page_painting import read_picture
from keras_s2p.apps.page_server import Limits

MAX_FILE_SIZE = "20mb"
MAX_WAITING = 32  # requests; others are told to come later
TURNS = {"concurrency_limit": 1, "concurrency_id": "paint"}  # one painting at a time
FAILED = "That was not painted: drop the pictures again, or try it later."
INTRODUCTION = """# keras_s2p
Colours an anime sketch in the colours of a painting you like."""
SAVE = """file => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url;
  link.download = file.orig_name || file.path.split(/[\\\\/]/).pop();
  document.body.append(link);
  link.click();
  link.remove();
}"""
CSS = """
.gradio-container { width: 100%; max-width: 1180px !important; margin: 0 auto; }
#sketches img, #references img { width: 72px; height: 72px; object-fit: cover; }
#sketches button, #references button { width: 72px; height: 72px; }
#painting img, #sketch-file img, #slots img { cursor: crosshair; }
#error { color: #991b1b; background: #fef2f2; border-left: 4px solid #dc2626; }
#error { padding: 8px 12px; border-radius: 4px; }
#swatches .wrap { gap: 6px; }
#swatches label { width: 40px; height: 40px; padding: 0; border: 1px solid #78716c; }
#swatches label span { font-size: 0; }
#swatches label input { opacity: 0; width: 100%; height: 100%; margin: 0; }
#swatches label:has(:focus-visible) { outline: 3px dashed #1c1917; }
@media (max-width: 640px) {
  #sketches img, #references img { width: 64px; height: 64px; }
  #sketches button, #references button { width: 64px; height: 64px; }
}
footer { display: none !important; }
"""


def build_page(paint, find_swatches, size: int):
    """The page.

    Args:
        paint: page_painting.paint, less its painter.
        find_swatches: page_painting.find_swatches, less its painter.
        size: the working size in pixels to begin with.

    Returns:
        gradio.Blocks, for launch_page.
    """
    gr.set_static_paths(sum(map(page_files.list_examples, page_files.KINDS), []))
    with page_files.Page(title="keras_s2p", analytics_enabled=False) as page:
        gr.Markdown(INTRODUCTION)
        with gr.Row():
            with gr.Column(min_width=330):
                sketch = page_layout.add_sketch()
                references, weights = page_layout.add_references()
            with gr.Column(min_width=330):
                settings = page_layout.add_settings(size)
                button = gr.Button("Paint", variant="primary", elem_id="paint")
                error = page_layout.add_error()
                painting, slider, status = page_layout.add_painting()
                hints = page_layout.add_hints()
                png, layered = page_layout.add_downloads(page_results.list_forms())
                layers = page_layout.add_layers()
        outputs = page_layout.Outputs(
            error, painting, slider, status, *layers, png, gr.State(None)
        )
        add_api(paint, painting.GRADIO_CACHE, TURNS)  # first, as its name is taken once
        desk = Desk(paint, page_files.Drawings(sketch.board), painting.GRADIO_CACHE)
        inputs = [
            hints.points, hints.colour, sketch.source, sketch.file, sketch.board,
            *settings, *references, *weights,
        ]  # fmt: skip
        answers = [hints.points, *outputs, *layered.values()]
        event = {**TURNS, "preprocess": False, "api_visibility": "private"}
        for start, function in (
            (button.click, desk.paint),
            (painting.select, desk.click),
            (sketch.file.select, desk.click),
            (hints.undo.click, desk.undo),
            (hints.clear.click, desk.clear),
        ):
            whole = function == desk.paint
            start(
                function, inputs, answers, show_progress_on=painting,
                scroll_to_output=whole, trigger_mode="once" if whole else "multiple",
                **event,
            ).failure(  # of what did not come to a function here
                lambda: desk.blank(FAILED), None, answers[1:], **QUIET
            )  # fmt: skip
        # Hints are places of one sketch.
        gr.on(
            [sketch.file.change, *(tab.select for tab in sketch.tabs)],
            lambda: [[], *desk.blank()], None, answers, **QUIET,
        )  # fmt: skip
        _add_choices(hints, references, find_swatches, error)
        _add_saving(layered, outputs)
    return page.queue(max_size=MAX_WAITING)


def _add_choices(hints, references, find_swatches, error):
    """The ways to choose the colour of the next hint."""

    def show_swatches(*slots):
        colours = find_swatches([find_slot(slot) for slot in slots])
        choices = gr.Radio(colours, value=None, visible=bool(colours))
        return choices, page_layout.style_swatches(colours)

    def pick(event: gr.SelectData, file, colour):
        try:
            return page_hints.pick_colour(read_picture(find_slot(file)), event.index)
        except (ValueError, TypeError):  # told when it is painted
            return colour

    raw = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    gr.on(
        [reference.change for reference in references], show_swatches, references,
        [hints.swatches, hints.look], **TURNS, **raw,
    )  # fmt: skip
    for reference in references:
        reference.select(
            pick, [reference, hints.colour], hints.colour, preprocess=False, **QUIET
        )
    hints.swatches.input(
        lambda colour: (colour, None),  # so that it can be chosen again
        hints.swatches, [hints.colour, hints.swatches], preprocess=False, **QUIET,
    )  # fmt: skip


def _add_saving(layered, outputs):
    """Files of layers are written when they are asked for."""
    made = gr.DownloadButton(visible="hidden")
    for form, button in layered.items():

        def write(result, form=form):
            try:
                if result is None:
                    raise ValueError(page_results.GONE)
                path = page_results.write_layered(result, form)
                return show_error(""), gr.DownloadButton(value=path)
            except ValueError as error:
                return show_error(str(error)), gr.DownloadButton(value=None)

        button.click(
            write, outputs.result, [outputs.error, made], **TURNS,
            show_progress_on=button, api_visibility="private",
        ).success(None, made, js=SAVE, api_visibility="private")  # fmt: skip


def launch_page(page, host: str, port: int, passwords=None):
    """Serves a page in threads of its own, and returns.

    Args:
        page: of build_page.
        host: the address that is listened to.
        port: likewise.
        passwords: list of (name, password) of those who are let in; None lets all in.

    Raises:
        OSError: the port is taken.
    """
    system = ["system-ui", "sans-serif"]  # fonts that every machine has
    theme = gr.themes.Soft(primary_hue="rose", neutral_hue="stone", font=system)
    page.launch(
        server_name=host, server_port=port, share=False, quiet=True,
        prevent_thread_lock=True, max_file_size=MAX_FILE_SIZE, theme=theme,
        css=CSS, footer_links=[], ssr_mode=False, enable_monitoring=False,
        auth=passwords, app_kwargs={"middleware": [Middleware(Limits)]},
    )  # fmt: skip
