"""How the web page's events are told what they read and change: parts by names."""

import functools
import inspect

import gradio as gr

from keras_s2p.apps import page_desk, page_seen


def name_parts(parts):
    """The parts that events change, by the names of page_desk."""
    references = parts.references
    names = {
        "error": parts.error, "sketch_error": parts.sketch.error,
        "reference_error": references.error, **parts.views._asdict(),
        "row": parts.extra.row, "colour_alone": parts.extra.colour,
        "lines_alone": parts.extra.lines, "png": parts.png,
        "history": parts.history, "hints": parts.hints.points,
        "changes": parts.hints.changes, "colour": parts.hints.colour,
        **parts.settings._asdict(), "saved": parts.saved,
        "source": parts.sketch.source, "file": parts.sketch.file,
        "tab": parts.sketch.tab,
        "tabs": parts.sketch.tabs, "shown": references.shown, "more": references.more,
        "several_status": parts.several.status, "found": parts.several.found,
        "archive": parts.several.archive,
        "last": gr.State(None),  # page_history.Entry that is seen, or None
        "seen": gr.State(page_seen.Seen()),
        "entries": gr.State([]), "scale": gr.State(1.0), "owner": gr.State(None),
        "kept": gr.Checkbox(visible="hidden"),  # whether a drawing arrived
        "ready": gr.State(False),  # whether the browser's state was restored
        "visit": gr.State(None),  # a name for it that nobody can guess
    }  # fmt: skip
    for number, each in enumerate(
        zip(references.slots, references.weights, references.columns), 1
    ):
        for name, part in zip(("reference", "weight", "column"), each):
            names[f"{name}_{number}"] = part
    for form, button in parts.layered.items():
        names["buttons" + form] = button
    return names


def bind(names, function, inputs, outputs=None):
    """fn, inputs and outputs of an event whose function gives a dict of names.

    "buttons" are all those of files of layers. The outputs are page_desk.PAINTED where
    none are given: who changes no inputs need not be answered with them.
    """
    painted = [name for name in names if name.split(".")[0] in page_desk.PAINTED]
    outputs = outputs or painted

    def spread(answer):
        values = [answer.get(name.split(".")[0], gr.skip()) for name in outputs]
        return values if len(values) > 1 else values[0]  # as gradio wants it

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def call(*values):
            for answer in function(*values):
                yield spread(answer)

    else:

        @functools.wraps(function)
        def call(*values):
            return spread(function(*values))

    parts = [names[name] for name in outputs]
    return {"fn": call, "inputs": inputs, "outputs": parts}
