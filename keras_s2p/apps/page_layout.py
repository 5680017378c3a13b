"""The parts of the web page's layout: settings, hints, the painting and what is below.

Where sketch and references are given is in page_inputs; the events are in page_events.
"""

from typing import NamedTuple

import gradio as gr

from keras_s2p.apps import page_changes, page_hints, page_inputs, page_look
from keras_s2p.apps.page_painting import SIZE_STEP, SIZES

PICTURE = {"interactive": False, "format": "png"}
HEIGHT = "min(520px, 96vw)"  # of the painting


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
    changes: gr.State  # page_changes.Changes
    colour: gr.ColorPicker
    swatches: gr.Radio
    look: gr.HTML  # the style sheet that colours the swatches
    undo: gr.Button
    redo: gr.Button
    clear: gr.Button


class Views(NamedTuple):
    """What a painting is seen in."""

    painting: gr.Image
    slider: gr.ImageSlider
    status: gr.Markdown


class Extra(NamedTuple):
    """The two layers, shown if they are wanted."""

    row: gr.Row
    colour: gr.Image
    lines: gr.Image


class Parts(NamedTuple):
    """All parts of the page."""

    sketch: page_inputs.Sketch
    references: page_inputs.References
    several: page_inputs.Several
    button: gr.Button
    error: gr.HTML
    views: Views
    hints: Hints
    settings: Settings
    png: gr.DownloadButton
    layered: dict  # of buttons, by the extensions of files of layers
    extra: Extra
    history: gr.Gallery
    saved: gr.BrowserState


def add_painting():
    """The painting and, in a tab, the sketch before it."""
    with gr.Tabs(elem_id="views"):
        with gr.Tab("Painting"):
            painting = gr.Image(
                label="Painting", type="filepath", height=HEIGHT, elem_id="painting",
                buttons=["fullscreen"], show_label=False, **PICTURE,
            )  # fmt: skip
        with gr.Tab("Before and after"):
            slider = gr.ImageSlider(
                label="Sketch and painting", type="filepath", elem_id="slider",
                height=HEIGHT, buttons=["fullscreen"], show_label=False, **PICTURE,
            )  # fmt: skip
    return Views(painting, slider, gr.Markdown(elem_id="status"))


def add_hints():
    """The colour of the next hint, and what was hinted."""
    points, changes = gr.State([]), gr.State(page_changes.Changes())
    with gr.Column(elem_id="hints"):
        gr.Markdown(page_look.HELP)
        with gr.Row(equal_height=True):
            colour = gr.ColorPicker(
                page_hints.FIRST_COLOUR, label="Colour", elem_id="colour",
                min_width=64,
            )  # fmt: skip
            undo, redo, clear = (
                gr.Button(name, size="md", min_width=56, elem_id=name.lower())
                for name in ("Undo", "Redo", "Clear")
            )
        swatches = gr.Radio(
            [], label="Colours of the references", visible=False, elem_id="swatches"
        )
        look = gr.HTML(elem_classes="apart")
    return Hints(points, changes, colour, swatches, look, undo, redo, clear)


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
            *SIZES, size, step=SIZE_STEP, label="Working size", elem_id="size",
            info="Side in pixels at which the network paints; the painting is as "
            "large as the sketch",
        )  # fmt: skip
        layers = gr.Checkbox(
            label="Also the colour alone and the lines alone", elem_id="also",
            info="Two more pictures below the painting",
        )  # fmt: skip
    return Settings(strength, size, palette, places, layers)


def style_swatches(colours) -> str:
    """A style sheet that shows each choice of the swatches in its colour."""
    rules = (
        f"#swatches label:nth-of-type({number}) {{ background: {colour} !important; }}"
        for number, colour in enumerate(colours, 1)
    )
    return f"<style>{''.join(rules)}</style>"


def add_downloads(forms):
    """A button for PNG, and one for each form of files of layers."""
    with gr.Row(elem_id="downloads"):
        png = gr.DownloadButton(
            "Download PNG",
            interactive=False,
            elem_id="download",
            min_width=130,
            size="md",
        )
        layered = {
            form: gr.Button(
                form[1:].upper(), interactive=False, min_width=60, size="md",
                elem_id=f"download-{form[1:]}",
            )
            for form in forms
        }  # fmt: skip
    return png, layered


def add_layers():
    """The colour alone and the lines alone; shown if they are wanted."""
    buttons = {"buttons": ["fullscreen", "download"], "show_label": False}
    pictures = []
    with gr.Row(visible=False, elem_id="layers") as row:
        for label in ("Colour", "Lines"):
            with gr.Column(min_width=140):
                page_inputs.add_label(label)
                pictures.append(gr.Image(label=label, height=220, **buttons, **PICTURE))
    return Extra(row, *pictures)


def add_history(columns):
    """The last paintings, to click."""
    return gr.Gallery(
        label="Last paintings: click one for its settings", columns=columns,
        visible=False, buttons=[], allow_preview=False, interactive=False,
        object_fit="cover", elem_id="history", show_label=False, height="auto",
    )  # fmt: skip
