"""The layout of the web page, in gradio; demo.py gives it the function that paints.

Nothing is loaded from elsewhere, and nothing is reported to anyone.
"""

import html
import os
import secrets
import time

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

import gradio as gr
import numpy as np

from keras_s2p.apps import page_files
from keras_s2p.common import picture_files

NUM_REFERENCES = 4
MAX_FILE_SIZE = "20mb"
CACHE_SECONDS = 6 * 3600  # uploads and paintings are deleted after that
CANVAS_SIZE = 512  # pixels, of the drawn sketch
SIZES = (64, 512)  # pixels, the least and the largest working size
QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
INTRODUCTION = """# keras_s2p
Colours an anime sketch in the colours of a painting you like."""
CHOOSE_BRUSH = """() => {
  const timer = setInterval(() => {
    const brush = document.querySelector("#drawing [aria-label=Brush]");
    if (!brush) return;
    clearInterval(timer);
    if (!brush.classList.contains("highlight")) brush.click();
  }, 100);
}"""
CSS = """
.gradio-container { width: 100%; max-width: 1180px !important; margin: 0 auto; }
#sketches img, #references img { width: 72px; height: 72px; object-fit: cover; }
#sketches button, #references button { width: 72px; height: 72px; }
@media (max-width: 640px) {
  #sketches img, #references img { width: 64px; height: 64px; }
  #sketches button, #references button { width: 64px; height: 64px; }
}
footer { display: none !important; }
"""


def build_page(paint, size: int):
    """The page.

    Args:
        paint: function of (sketch, references, weights, strength, size, layers) as
            demo.paint is, less its painter.
        size: the working size in pixels to begin with.

    Returns:
        gradio.Blocks, for launch_page.
    """
    gr.set_static_paths(sum(map(page_files.list_examples, page_files.KINDS), []))
    with page_files.Page(
        title="keras_s2p",
        analytics_enabled=False,
        delete_cache=(CACHE_SECONDS, CACHE_SECONDS),
    ) as page:
        gr.Markdown(INTRODUCTION)
        with gr.Row():
            with gr.Column(min_width=330):
                source, sketch, board = _add_sketch()
                drawings = page_files.Drawings(board)
                references, weights = _add_references()
            with gr.Column(min_width=330):
                strength, size, layers = _add_settings(size)
                button = gr.Button("Paint", variant="primary", elem_id="paint")
                outputs = _add_outputs()

        def answer(source, sketch, drawing, strength, size, layers, *slots):
            drawn = source == "draw"
            start = time.monotonic()
            try:
                sketch = drawings.take(drawing) if drawn else _path(sketch)
                painted = paint(
                    sketch,
                    [_path(slot) for slot in slots[:NUM_REFERENCES]],
                    [_number(weight, 0, 1) for weight in slots[NUM_REFERENCES:]],
                    _number(strength, 0, 1), int(_number(size, *SIZES)), layers,
                )  # fmt: skip
                painting = painted.painting if layers else painted
                folder = os.path.join(outputs[0].GRADIO_CACHE, secrets.token_hex(8))
                name = "drawing" if drawn else os.path.basename(sketch)
                name = f"{os.path.splitext(name)[0]}_painted.png"
                path = os.path.join(folder, name)
                picture_files.write_image(path, np.asarray(painting))
            except ValueError as error:
                text = html.escape(str(error))
                raise gr.Error(text, print_exception=False) from None
            seconds = time.monotonic() - start
            return [
                path,
                gr.DownloadButton(value=path, interactive=True),
                f"{painting.width} x {painting.height} pixels in {seconds:.1f} s",
                gr.Row(visible=layers),
                painted.colour if layers else None,
                painted.lines if layers else None,
            ]

        button.click(
            answer,
            [source, sketch, board, strength, size, layers, *references, *weights],
            outputs,
            preprocess=False,
            concurrency_limit=1,
            scroll_to_output=True,
            show_progress_on=outputs[0],
            api_visibility="private",
        )
    return page.queue(max_size=32)


def launch_page(page, host: str, port: int):
    """Serves a page in threads of its own, and returns.

    Raises:
        OSError: the port is taken.
    """
    system = ["system-ui", "sans-serif"]  # fonts that every machine has
    theme = gr.themes.Soft(primary_hue="rose", neutral_hue="stone", font=system)
    page.launch(
        server_name=host, server_port=port, share=False, quiet=True,
        prevent_thread_lock=True, max_file_size=MAX_FILE_SIZE, theme=theme,
        css=CSS, footer_links=[], ssr_mode=False, enable_monitoring=False,
    )  # fmt: skip


def _path(value):
    """The path of what was dropped into a slot; None of an empty one."""
    return value and page_files.find_file(value["path"])


def _number(value, least, most):
    """The value of a slider. Raises ValueError if it is none that it can have."""
    if not isinstance(value, (int, float)) or not least <= value <= most:
        raise ValueError(f"A setting is not between {least} and {most}.")
    return value


def _add_sketch():
    """Where the sketch comes from ("file" or "draw"), the file, the drawing board."""
    source = gr.State("file")
    with gr.Tabs(elem_id="sketch") as tabs:
        with gr.Tab("Sketch", id="file") as file_tab:
            sketch = _upload("Sketch", 300)
            examples = _examples("sketches")
        with gr.Tab("Draw it", id="draw") as draw_tab:
            board = gr.Sketchpad(
                type="pil", image_mode="RGB", show_label=False, layers=False,
                canvas_size=(CANVAS_SIZE, CANVAS_SIZE), fixed_canvas=True,
                brush=gr.Brush(default_size=3, colors=["#000"], color_mode="fixed"),
                transforms=(), buttons=[], height="min(560px, 100vw)",
                elem_id="drawing",
            )  # fmt: skip
    file_tab.select(lambda: "file", None, source, **QUIET)
    draw_tab.select(lambda: "draw", None, source, **QUIET)
    draw_tab.select(None, js=CHOOSE_BRUSH, api_visibility="private")
    examples.click(
        lambda i: (
            page_files.list_examples("sketches")[i], gr.Tabs(selected="file"), "file",
        ),
        examples, [sketch, tabs, source], **QUIET,
    )  # fmt: skip
    return source, sketch, board


def _add_references():
    """The slots of the references and their weights; the first is shown."""
    shown = gr.State(1)
    columns, references, weights = [], [], []
    with gr.Row(elem_id="slots"):
        for number in range(1, NUM_REFERENCES + 1):
            first = number == 1
            with gr.Column(min_width=140, visible=first) as column:
                label = "Reference" if first else f"Reference {number}"
                references.append(_upload(label, 220))
                weights.append(
                    gr.Slider(0, 1, 1, step=0.05, label="Weight", visible=not first)
                )
            columns.append(column)
    examples = _examples("references")
    more = gr.Button("Blend in another reference", size="sm", elem_id="more")

    def show_more(shown):
        shown += 1
        return [
            shown,
            gr.Button(visible=shown < NUM_REFERENCES),
            gr.Slider(visible=True),
            *[gr.Column(visible=i < shown) for i in range(NUM_REFERENCES)],
        ]

    def choose(index, shown, *paths):
        # Into the first empty slot, or else into the last.
        empty = [i for i in range(shown) if not paths[i]]
        slot = empty[0] if empty else shown - 1
        values = [gr.skip()] * NUM_REFERENCES
        values[slot] = page_files.list_examples("references")[index]
        return values

    more.click(show_more, shown, [shown, more, weights[0], *columns], **QUIET)
    examples.click(
        choose, [examples, shown, *references], references, preprocess=False, **QUIET
    )
    return references, weights


def _add_settings(size):
    with gr.Group():
        with gr.Row():
            strength = gr.Slider(0, 1, 1, step=0.05, label="Strength", min_width=150)
            size = gr.Slider(*SIZES, size, step=32, label="Working size", min_width=150)
        layers = gr.Checkbox(label="Also the colour alone and the lines alone")
    return strength, size, layers


def _add_outputs():
    picture = {"interactive": False, "format": "png"}
    painting = gr.Image(
        label="Painting", type="filepath", height="min(460px, 92vw)",
        elem_id="painting", buttons=["fullscreen"], **picture,
    )  # fmt: skip
    status = gr.Markdown(elem_id="status")
    download = gr.DownloadButton("Download PNG", interactive=False, elem_id="download")
    buttons = {"buttons": ["fullscreen", "download"]}
    with gr.Row(visible=False, elem_id="layers") as row:
        colour, lines = (
            gr.Image(label=label, height=220, min_width=140, **buttons, **picture)
            for label in ("Colour", "Lines")
        )
    return [painting, download, status, row, colour, lines]


def _upload(label, height):
    return gr.Image(
        label=label, type="filepath", height=height, sources=["upload", "clipboard"],
        buttons=[], elem_id=label.lower().replace(" ", "-") + "-file",
    )  # fmt: skip


def _examples(kind):
    """Pictures to click; gives the index of the one clicked."""
    return gr.Dataset(
        components=[gr.Image(type="filepath", render=False)],
        samples=[[path] for path in page_files.list_examples(kind)],
        label="or click one",
        type="index",
        elem_id=kind,
    )
