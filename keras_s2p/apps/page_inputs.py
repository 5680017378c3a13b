"""Where sketches and references are given on the web page."""

from typing import NamedTuple

import gradio as gr

from keras_s2p.apps import page_files, page_look

NUM_REFERENCES = 4
CANVAS_SIZE = 512  # pixels, of the drawn sketch
SHOWN_NAMES = (
    "shown",
    "more",
    "weight_1",
    *(f"column_{number}" for number in range(1, 1 + NUM_REFERENCES)),
)  # of the outputs of show_slots, fmt: skip
QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
UPLOADS = {"type": "filepath", "sources": ["upload", "clipboard"], "buttons": []}


class Sketch(NamedTuple):
    """Where a sketch is given."""

    source: gr.State  # "file" or "draw"
    tab: gr.Textbox  # likewise, as the browser has it when it asks
    file: gr.Image
    board: gr.Sketchpad
    tabs: gr.Tabs
    each: tuple  # gr.Tab, of the file and of the board
    error: gr.HTML


class References(NamedTuple):
    """Where references are given."""

    slots: list  # gr.Image
    weights: list  # gr.Slider
    columns: list  # gr.Column, of a slot and its weight each
    more: gr.Button
    shown: gr.State  # how many columns are
    error: gr.HTML


class Several(NamedTuple):
    """Where many sketches are given at once."""

    files: gr.File
    start: gr.Button
    stop: gr.Button
    status: gr.HTML
    found: gr.Gallery
    archive: gr.Button


def add_sketch():
    """A tab for a file, and one for a drawing."""
    source = gr.State("file")
    chosen = gr.Textbox("file", visible="hidden", elem_id="tab")
    with gr.Tabs(elem_id="sketch") as tabs:
        with gr.Tab("Sketch", id="file") as file_tab:
            sketch = _upload("Sketch", "min(300px, 62vw)")
            examples = _examples("sketches")
        with gr.Tab("Draw it", id="draw") as draw_tab:
            board = gr.Sketchpad(
                type="pil", image_mode="RGB", show_label=False, layers=False,
                canvas_size=(CANVAS_SIZE, CANVAS_SIZE), fixed_canvas=True,
                brush=gr.Brush(default_size=3, colors=["#000"], color_mode="fixed"),
                transforms=(), buttons=[], height="min(560px, 100vw)",
                elem_id="drawing",
            )  # fmt: skip
    error = add_error("sketch-error")
    for name, tab in (("file", file_tab), ("draw", draw_tab)):
        tab.select(None, None, chosen, js=f"() => '{name}'", api_visibility="private")
    for seen in draw_tab.select, board.clear:
        seen(None, js=page_look.CHOOSE_BRUSH, api_visibility="private")
    examples.click(
        lambda i: (
            page_files.find_example("sketches", i), gr.Tabs(selected="file"), "file",
            "file",
        ),
        examples, [sketch, tabs, source, chosen], trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    return Sketch(source, chosen, sketch, board, tabs, (file_tab, draw_tab), error)


def add_references():
    """The slots of the references and their weights; the first is shown."""
    shown = gr.State(1)
    columns, slots, weights = [], [], []
    with gr.Row(elem_id="slots"):
        for number in range(1, NUM_REFERENCES + 1):
            first = number == 1
            with gr.Column(min_width=140, visible=first) as column:
                label = "Reference" if first else f"Reference {number}"
                add_label(label)
                slots.append(_upload(label, "min(220px, 50vw)"))
                weights.append(
                    gr.Slider(0, 1, 1, step=0.05, label="Weight", visible=not first)
                )
            columns.append(column)
    error = add_error("reference-error")
    examples = _examples("references")
    more = gr.Button("Blend in another reference", size="sm", elem_id="more")

    def choose(index, shown, *paths):
        # Into the first empty slot, or else into the last.
        empty = [i for i in range(shown) if not paths[i]]
        slot = empty[0] if empty else shown - 1
        values = [gr.skip()] * NUM_REFERENCES
        values[slot] = page_files.find_example("references", index)
        return values

    more.click(
        lambda shown: show_slots(shown + 1),
        shown, [shown, more, weights[0], *columns], **QUIET,
    )  # fmt: skip
    examples.click(
        choose, [examples, shown, *slots], slots, preprocess=False,
        trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    return References(slots, weights, columns, more, shown, error)


def show_slots(count):
    """The updates of `shown`, `more`, the first weight and all columns."""
    count = min(max(count, 1), NUM_REFERENCES)
    return [
        count,
        gr.Button(visible=count < NUM_REFERENCES),
        gr.Slider(visible=count > 1),
        *[gr.Column(visible=i < count) for i in range(NUM_REFERENCES)],
    ]


def add_several():
    """Many sketches, which are painted like the one above."""
    with gr.Accordion("Several sketches at once", open=False, elem_id="several"):
        files = gr.File(
            label="Sketches", file_count="multiple", elem_id="several-files",
            height=140,
        )  # fmt: skip
        with gr.Row():
            start = gr.Button("Paint them all", elem_id="several-paint", min_width=140)
            stop = gr.Button("Stop", elem_id="several-stop", min_width=70)
        status = gr.HTML(
            "All are painted after the references above, with the settings beside "
            "them, and without hints.",
            elem_id="several-status",
        )
        found = gr.Gallery(
            show_label=False, visible=False, columns=4, height=240, buttons=[],
            elem_id="several-found", interactive=False, object_fit="contain",
        )  # fmt: skip
        archive = gr.Button(
            "Download all (ZIP)", interactive=False, elem_id="several-zip"
        )
    return Several(files, start, stop, status, found, archive)


def add_label(text):
    """A label above a picture, which does not cover what is painted there."""
    return gr.HTML(text, elem_classes="label", padding=False)


def add_error(name):
    """Where the sentence of an error stays until the next painting."""
    return gr.HTML(visible=False, elem_id=name, elem_classes="error")


def _upload(label, height):
    return gr.Image(
        label=label, height=height, show_label=False,
        elem_id=label.lower().replace(" ", "-") + "-file", **UPLOADS,
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
