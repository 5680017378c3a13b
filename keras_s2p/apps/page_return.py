"""How a visitor of the web page comes back: to a painting, or after a reload."""

import collections
import os
import secrets
from typing import NamedTuple

import gradio as gr

from keras_s2p.apps import (
    page_changes,
    page_desk,
    page_files,
    page_history,
    page_inputs,
    page_results,
    page_seen,
    page_several,
    page_visitors,
)

SETTINGS = ("strength", "size", "palette", "places", "layers")

GONE = "That painting is no longer here: reload the page, which shows those that are."
MOST_LEFT = 500  # visits of which is known what a browser does not keep


class Left(NamedTuple):
    """What a visit leaves here for the next one, after a reload."""

    folder: str  # page_visitors.FOLDER of whose it is
    seen: page_seen.Seen
    entries: list
    changes: page_changes.Changes


class Now(NamedTuple):
    """What the page has, as far as it is no setting and in no slot, in its order."""

    ready: bool  # whether what the browser kept was restored
    visit: str  # the name that `restore` gave
    hints: list
    changes: page_changes.Changes
    colour: str
    last: page_history.Entry  # or None
    entries: list
    seen: page_seen.Seen
    source: str
    found: list  # that several sketches gave


class Return:
    """What the events do that bring inputs back.

    Args:
        saver: page_saved.Saver.
    """

    def __init__(self, saver):
        self._saver = saver
        self._left = collections.OrderedDict()  # Left, by a name that nobody can guess

    def recall(self, event: page_desk.Click, entries, layers, seen, hints):
        """Outputs of the painting that was clicked, and its inputs."""
        entry = page_history.find_entry(entries, event.index)
        if entry is None or not os.path.exists(entry.result.painting):
            return {"error": page_desk.show_error(GONE)}
        request = entry.request
        sketch = find_shown(request.sketch) or find_shown(entry.result.sketch)
        references = tuple(map(find_shown, request.references))
        request = request._replace(sketch=sketch, references=references)
        entry = entry._replace(request=request, drawn=False)
        settings = {name: getattr(request, name) for name in SETTINGS[:4]}
        seen.keep_hints(hints)
        seen.recall(sketch)
        return {
            **page_desk.show(entry, layers is True), **settings,
            **show_inputs(sketch, references, request.weights),
            "hints": list(request.hints), "changes": page_changes.Changes(),
            "status": "{} x {} pixels, painted before".format(*entry.result.size),
        }  # fmt: skip

    def save(self, *values):
        """What the browser keeps; nothing before it was restored.

        Of a drawing, the one that was painted last, as a file: hints are its own.

        Args:
            values: of Now, SETTINGS, the sketch's file, the slots and their weights.
        """
        now, values = Now(*values[: len(Now._fields)]), values[len(Now._fields) :]
        if not now.ready:
            return {}
        folder = page_visitors.FOLDER.get()
        self._keep(now.visit, Left(folder, now.seen, now.entries, now.changes))
        settings, files = values[: len(SETTINGS)], values[len(SETTINGS) :]
        count = page_inputs.NUM_REFERENCES
        weights = list(files[1 + count :])
        sketch, *slots = (page_seen.find_slot(file) for file in files[: 1 + count])
        drawn = False
        settings = {**dict(zip(SETTINGS, settings)), "weights": weights}
        hints, painted = now.hints, now.last is not None
        now.seen.leave(now.source, sketch, (hints, now.changes, now.last))
        if now.source == "draw":
            drawn = painted and now.last.drawn
            if drawn:
                sketch = now.seen.drawing
            else:  # as the file was left
                hints, _, last = now.seen.find_left("file", sketch) or ([], None, None)
                painted = last is not None
        saved = self._saver.save(
            settings, hints, now.colour, sketch, slots, painted,
            page_several.find_paintings(now.found),
        )  # fmt: skip
        tab = {"source": now.source, "drawn": drawn}  # for keep_drawing
        return {"saved": {**saved, **tab, "visit": now.visit}}

    def keep_drawing(self, drawings, ready, source, drawing, seen, saved):
        """Keeps a drawing that is to be painted, before its turn has come.

        Of who was forgotten, whose Seen and source are as at the beginning, the browser
        keeps it.

        Args:
            drawings: page_files.Drawings.
            ready: of Now.
            source: "file" or "draw".
            drawing: the value of the drawing board.
            seen: page_seen.Seen.
            saved: what the browser has kept so far.

        Returns:
            Outputs; "kept" is whether a reload brings back the drawing that is seen.
        """
        saved = saved if isinstance(saved, dict) else {}
        if not ready:
            source = saved.get("source")
        name = (drawing or {}).get("id")  # of one that can be taken once
        if source != "draw" or name is not None:
            return {"kept": False}
        left = None if ready else self._find_left(saved)
        try:
            pixels = drawings.take(drawing)
            if pixels is None:
                return {"kept": False}
            path = (left.seen if left else seen).draw(pixels)
        except ValueError:  # told when it is painted
            return {"kept": False}
        if ready:
            return {"kept": True}
        others = saved["files"][1:] if isinstance(saved.get("files"), list) else []
        hints = saved.get("hints") if is_drawn(saved) else []
        changed = {"files": [path, *others], "hints": hints, "painted": True}
        return {"kept": True, "saved": {**saved, **changed}}

    def restore(self, saved):
        """The inputs that the browser kept, as far as they are good.

        And what the visit left here: the last paintings, what was undone, and a drawing
        whose painting did not arrive.
        """
        found = self._saver.restore(saved)
        left = self._find_left(saved)
        if left and left.seen.is_drawn and os.path.exists(left.seen.drawing):
            if found.get("sketch") != left.seen.drawing and not is_drawn(saved):
                found["hints"] = []  # they were another sketch's
            found["sketch"], found["painted"] = left.seen.drawing, True
        settings = found["settings"]
        weights = settings.pop("weights", None)
        count = page_inputs.NUM_REFERENCES
        weights = weights if weights and len(weights) == count else [1] * count
        answer = {"ready": True, "visit": secrets.token_urlsafe(32), **settings}
        for name in ("colour", "hints"):
            if name in found:
                answer[name] = found[name]
        own = left and "hints" in found  # or it is of other hints
        answer["changes"] = left.changes if own else page_changes.Changes()
        if left:
            answer.update(page_desk.list_entries(left.entries))
        if len(found.get("references", ())) == count:
            answer.update(show_inputs(found["sketch"], found["references"], weights))
        if found.get("painted"):
            answer["last"] = page_history.BEFORE
        if found.get("found"):
            text = f"{len(found['found'])} were painted before."
            answer.update(page_several.show(text, found["found"]))
        return answer

    def _keep(self, visit, left):
        self._left[visit] = left
        self._left.move_to_end(visit)
        while len(self._left) > MOST_LEFT:
            self._left.popitem(last=False)

    def _find_left(self, saved):
        """The Left of the visit that a browser names, if it is the visitor's own."""
        visit = saved.get("visit") if isinstance(saved, dict) else None
        left = self._left.get(visit) if isinstance(visit, str) else None
        return left if left and left.folder == page_visitors.FOLDER.get() else None


def is_drawn(saved) -> bool:
    """Whether what a browser kept is of the drawing board, which may be drawn on."""
    return isinstance(saved, dict) and saved.get("drawn") is True


def find_shown(path):
    """What browsers show of a visitor's file, as of a drawing; None if it is gone.

    It may have been painted before what is shown of it was there.
    """
    real = path and page_files.find_shown(path)
    return real and page_results.show_file(real, page_visitors.FOLDER.get())


def show_inputs(sketch, references, weights):
    """Outputs of the slots of files."""
    sketch, *references = map(find_shown, (sketch, *references))
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
        answer["tab"] = "file"
    return answer
