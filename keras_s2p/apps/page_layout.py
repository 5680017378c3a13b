"""The parts of the web page's layout: where sketch, references and settings are given.

The events that paint are page.py's.
"""

from typing import NamedTuple

import gradio as gr

from keras_s2p.apps import page_files, page_hints

NUM_REFERENCES = 4
CANVAS_SIZE = 512  # pixels, of the drawn sketch
SIZES = (64, 512)  # pixels, the least and the largest working size
PICTURE = {"interactive": False, "format": "png"}
QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
CHOOSE_BRUSH = """() => {
  const timer = setInterval(() => {
    const brush = document.querySelector("#drawing [aria-label=Brush]");
    if (!brush) return;
    clearInterval(timer);
    if (!brush.classList.contains("highlight")) brush.click();
  }, 100);
}"""
HELP = """**Colour it yourself.** Click the painting or the sketch: the area there takes
this colour; white leaves it blank. Click a reference to take a colour from it."""


class Sketch(NamedTuple):
    """Where a sketch is given."""

    source: gr.State  # "file" or "draw"
    file: gr.Image
    board: gr.Sketchpad
    tabs: tuple  # gr.Tab, of the file and of the board


class Settings(NamedTuple):
    """How it is painted."""

    strength: gr.Slider
    size: gr.Slider
    palette: gr.Checkbox
    places: gr.Checkbox
    layers: gr.Checkbox


class Hints(NamedTuple):
    """The colours of the artist's own."""

    points: gr.State  # list of page_hints
    colour: gr.ColorPicker
    swatches: gr.Radio
    look: gr.HTML  # the style sheet that colours the swatches
    undo: gr.Button
    clear: gr.Button


class Outputs(NamedTuple):
    """What a painting gives."""

    error: gr.HTML
    painting: gr.Image
    slider: gr.ImageSlider
    status: gr.Markdown
    row: gr.Row  # of the two layers
    colour: gr.Image
    lines: gr.Image
    png: gr.DownloadButton
    result: gr.State  # page_results.Result, or None


def add_sketch():
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
    return Sketch(source, sketch, board, (file_tab, draw_tab))


def add_references():
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


def add_error():
    """Where the sentence of an error stays until the next painting."""
    return gr.HTML(visible=False, elem_id="error")


def add_settings(size):
    """The settings, of which most are under "More"."""
    strength = gr.Slider(
        0, 1, 1, step=0.05, label="Strength", elem_id="strength",
        info="From grey shading (0) to the reference's own colours (1)",
    )  # fmt: skip
    with gr.Accordion("More", open=False, elem_id="settings"):
        palette = gr.Checkbox(
            True, label="Palette", elem_id="palette",
            info="Match the colours to those that the reference really has",
        )  # fmt: skip
        places = gr.Checkbox(
            True, label="Correspondence", elem_id="places",
            info="Carry colours over from the reference's like places: hair to hair",
        )  # fmt: skip
        size = gr.Slider(
            *SIZES, size, step=32, label="Working size",
            info="Side in pixels at which the network paints; the painting is as "
            "large as the sketch",
        )  # fmt: skip
        layers = gr.Checkbox(
            label="Also the colour alone and the lines alone",
            info="Two more pictures below the painting",
        )
    return Settings(strength, size, palette, places, layers)


def add_hints():
    """The colour of the next hint, and what was hinted."""
    points = gr.State([])
    with gr.Column(elem_id="hints"):
        gr.Markdown(HELP)
        with gr.Row(equal_height=True):
            colour = gr.ColorPicker(
                page_hints.FIRST_COLOUR, label="Colour", elem_id="colour",
                min_width=120,
            )  # fmt: skip
            undo = gr.Button("Undo", min_width=80, elem_id="undo")
            clear = gr.Button("Clear", min_width=80, elem_id="clear")
        swatches = gr.Radio(
            [], label="Colours of the references", visible=False, elem_id="swatches"
        )
        look = gr.HTML(padding=False)
    return Hints(points, colour, swatches, look, undo, clear)


def style_swatches(colours) -> str:
    """A style sheet that shows each choice of the swatches in its colour."""
    rules = (
        f"#swatches label:nth-of-type({number}) {{ background: {colour} !important; }}"
        for number, colour in enumerate(colours, 1)
    )
    return f"<style>{''.join(rules)}</style>"


def add_painting():
    """The painting and, in a tab, the sketch before it."""
    with gr.Tabs(elem_id="views"):
        with gr.Tab("Painting"):
            painting = gr.Image(
                label="Painting", type="filepath", height="min(460px, 92vw)",
                elem_id="painting", buttons=["fullscreen"], **PICTURE,
            )  # fmt: skip
        with gr.Tab("Before and after"):
            slider = gr.ImageSlider(
                label="Sketch and painting", type="filepath", elem_id="slider",
                height="min(460px, 92vw)", buttons=["fullscreen"], **PICTURE,
            )  # fmt: skip
    return painting, slider, gr.Markdown(elem_id="status")


def add_downloads(forms):
    """A button for PNG, and one for each form of files of layers."""
    with gr.Row(elem_id="downloads"):
        png = gr.DownloadButton(
            "Download PNG", interactive=False, elem_id="download", min_width=160
        )
        layered = {
            form: gr.Button(
                form[1:].upper(), interactive=False, min_width=70,
                elem_id=f"download-{form[1:]}",
            )
            for form in forms
        }  # fmt: skip
    return png, layered


def add_layers():
    """The colour alone and the lines alone; shown if they are wanted."""
    buttons = {"buttons": ["fullscreen", "download"]}
    with gr.Row(visible=False, elem_id="layers") as row:
        colour, lines = (
            gr.Image(label=label, height=220, min_width=140, **buttons, **PICTURE)
            for label in ("Colour", "Lines")
        )
    return row, colour, lines


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
