"""How a visitor of the web page comes back: to a painting, or after a reload."""

import os

import gradio as gr

from keras_s2p.apps import (
    page_desk,
    page_files,
    page_history,
    page_inputs,
    page_seen,
    page_several,
)

SETTINGS = ("strength", "size", "palette", "places", "layers")


class Return:
    """What the events do that bring inputs back.

    Args:
        saver: page_saved.Saver.
    """

    def __init__(self, saver):
        self._saver = saver

    def recall(self, event: page_desk.Click, entries, layers, seen):
        """Outputs of the painting that was clicked, and its inputs."""
        entry = page_history.find_entry(entries, event.index)
        if entry is None or not os.path.exists(entry.result.painting):
            return {}
        request = entry.request
        sketch = None if entry.drawn else page_files.find_shown(request.sketch)
        if sketch is None:  # the drawing board takes no picture
            sketch = page_files.find_shown(entry.result.sketch)
        entry = entry._replace(request=request._replace(sketch=sketch), drawn=False)
        settings = {name: getattr(request, name) for name in SETTINGS[:4]}
        seen.recall(sketch)
        return {
            **page_desk.show(entry, layers is True), **settings,
            **show_inputs(sketch, request.references, request.weights),
            "hints": list(request.hints), "undone": [],
            "status": "{} x {} pixels, painted before".format(*entry.result.size),
        }  # fmt: skip

    def save(self, ready, hints, colour, last, source, found, *values):
        """What the browser keeps; nothing before it was restored.

        Of a drawing, the one that was painted last, as a file: hints are its own.
        """
        if not ready:
            return {}
        settings, files = values[: len(SETTINGS)], values[len(SETTINGS) :]
        count = page_inputs.NUM_REFERENCES
        weights = list(files[1 + count :])
        sketch, *slots = (page_seen.find_slot(file) for file in files[: 1 + count])
        settings = {**dict(zip(SETTINGS, settings)), "weights": weights}
        painted = last is not None
        if source == "draw" and painted and last.drawn:
            sketch = last.result.sketch
        elif source == "draw":
            hints, painted = [], False
        saved = self._saver.save(
            settings, hints, colour, sketch, slots, painted,
            page_several.find_paintings(found),
        )  # fmt: skip
        return {"saved": saved}

    def restore(self, saved):
        """The inputs that the browser kept, as far as they are good."""
        found = self._saver.restore(saved)
        settings = found["settings"]
        weights = settings.pop("weights", None)
        count = page_inputs.NUM_REFERENCES
        weights = weights if weights and len(weights) == count else [1] * count
        answer = {"ready": True, **settings}
        for name in ("colour", "hints"):
            if name in found:
                answer[name] = found[name]
        if "hints" in found:
            answer["undone"] = []  # of other hints
        if len(found.get("references", ())) == count:
            answer.update(show_inputs(found["sketch"], found["references"], weights))
        if found.get("painted"):
            answer["last"] = page_history.BEFORE
        if found.get("found"):
            text = f"{len(found['found'])} were painted before."
            answer.update(page_several.show(text, found["found"]))
        return answer


def show_inputs(sketch, references, weights):
    """Outputs of the slots of files."""
    references = [path and page_files.find_shown(path) for path in references]
    used = [i for i, path in enumerate(references, 1) if path]
    updates = page_inputs.show_slots(max(used, default=1))
    names = page_inputs.SHOWN_NAMES
    answer = dict(zip(names, updates))
    numbers = range(1, 1 + page_inputs.NUM_REFERENCES)
    answer.update((f"reference_{i}", references[i - 1]) for i in numbers)
    answer.update((f"weight_{i}", weights[i - 1]) for i in numbers[1:])
    answer["weight_1"] = gr.Slider(value=weights[0], visible=max(used, default=1) > 1)
    if sketch:
        answer["file"] = sketch
        answer.update(owner=sketch, tabs=gr.Tabs(selected="file"), source="file")
    return answer
