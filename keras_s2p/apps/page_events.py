"""The events of the web page: which part calls what, and what its answer changes."""

import functools

import gradio as gr

from keras_s2p.apps import (
    page_bind,
    page_changes,
    page_desk,
    page_files,
    page_hints,
    page_layout,
    page_results,
    page_return,
    page_saved,
    page_seen,
    page_several,
    page_slots,
)
from keras_s2p.apps.page_head import KEPT
from keras_s2p.apps.page_look import SAVE, SHOW_ERROR, SHOW_PAINTING, SHOW_UPLOAD
from keras_s2p.apps.page_painting import MAX_READERS, reading

TURNS = {"concurrency_limit": 1, "concurrency_id": "paint"}  # one painting at a time
RAW = {"preprocess": False, "api_visibility": "private"}  # files are looked at here
SILENT = {**RAW, "queue": False, "show_progress": "hidden"}
# What decodes pictures waits in the queue: else it holds threads that answer the rest.
READS = {
    **RAW, "concurrency_limit": MAX_READERS, "concurrency_id": "reading",
    "show_progress": "hidden",
}  # fmt: skip
# What comes meanwhile is asked for behind it, or at once; else it would be dropped. The
# functions of one event are asked one behind the other. One of them may be LAST: where
# gradio asks for that again, it asks for all, and two would be asked for ever.
LAST, EACH = {"trigger_mode": "always_last"}, {"trigger_mode": "multiple"}
CHANGED = "hints", "changes", "error"  # by an event of the hints


def add_events(page, parts, paint, find_swatches):
    """Adds all events to the page that is being built.

    Args:
        page: page_files.Page.
        parts: page_layout.Parts.
        paint: page_painting.paint, less its painter.
        find_swatches: page_painting.find_swatches, less its painter.
    """
    names = page_bind.name_parts(parts)
    bind = functools.partial(page_bind.bind, names)
    drawings = page_files.Drawings(parts.sketch.board)
    desk = page_desk.Desk(paint, drawings)
    returning = page_return.Return(page_saved.Saver(page_files.find_shown))
    settings, slots = parts.settings, parts.references.slots
    given = [
        names["ready"], parts.hints.points, names["last"], names["entries"],
        names["seen"], parts.sketch.tab, parts.sketch.file,
        parts.sketch.board, *settings, *slots, *parts.references.weights,
    ]  # fmt: skip
    kept = [
        names["ready"], names["visit"], *parts.hints[:3], names["last"],
        names["entries"], names["seen"], parts.sketch.source, parts.several.found,
        *settings, parts.sketch.file, *slots, *parts.references.weights,
    ]  # fmt: skip

    save = {**bind(returning.save, kept, ["saved"]), **SILENT}

    def save_after(event):
        event.then(**save, **LAST)

    def repaint_after(start):
        whole = bind(desk.repaint, given)
        save_after(
            start(
                **whole, **LAST, show_progress="minimal",
                show_progress_on=parts.views.painting, **TURNS, **RAW,
            )
        )  # fmt: skip

    parts.button.click(None, js=SHOW_PAINTING, api_visibility="private")
    keep = functools.partial(returning.keep_drawing, drawings)
    drawn = [parts.sketch.source, parts.sketch.board, names["seen"]]
    parts.button.click(
        **bind(keep, [names["ready"], *drawn, parts.saved], ["kept", "saved"]),
        **EACH, **READS,
    ).success(None, names["kept"], js=KEPT, api_visibility="private")  # fmt: skip
    painted = parts.button.click(
        **bind(desk.paint, given), **LAST,
        show_progress_on=parts.views.painting, **TURNS, **RAW,
    )  # fmt: skip
    failed = bind(page_desk.tell_failed, [names["ready"]])
    painted.failure(**failed, **SILENT)  # of what did not come to a function here
    save_after(painted)
    painted.then(None, js=SHOW_ERROR, api_visibility="private")
    for start, function in (
        (parts.views.painting.select, page_changes.click),
        (parts.sketch.file.select, page_changes.click_sketch),
        (parts.hints.undo.click, page_changes.undo),
        (parts.hints.redo.click, page_changes.redo),
        (parts.hints.clear.click, page_changes.clear),
    ):
        inputs = [names["ready"], *parts.hints[:3], names["scale"]]
        changed = start(**bind(function, inputs, CHANGED), **EACH, **SILENT)
        save_after(changed)  # as a reload may come before the painting does
        repaint_after(changed.then)
    changes = [
        settings.strength.release, settings.size.release, settings.palette.input,
        settings.places.input, settings.layers.input,
        *(weight.release for weight in parts.references.weights),
        *(slot.change for slot in slots),
    ]  # fmt: skip
    gr.on(changes, **save, **EACH)  # before the painting
    repaint_after(functools.partial(gr.on, changes))
    _add_choices(parts, find_swatches)
    others = parts.hints.colour, parts.several.found
    gr.on([part.change for part in others], **save, **LAST)
    restored = page.load(**bind(returning.restore, [parts.saved], names), **SILENT)
    repaint_after(restored.then)
    recalling = [names["entries"], settings.layers, names["seen"], names["hints"]]
    parts.history.select(
        **bind(returning.recall, recalling, names), **LAST, **SILENT
    )  # fmt: skip
    for changed in _add_slot_changes(bind, parts, names, repaint_after):
        save_after(changed)
    _add_saving(parts, names["last"])
    _add_several(bind, parts, paint)


def _add_slot_changes(bind, parts, names, repaint_after):
    """What follows another file in a slot; gives the events of another sketch."""
    sketch, references = parts.sketch, parts.references
    inputs = [sketch.file, names["owner"], names["seen"], names["hints"]]
    events = [sketch.file.change(**bind(page_slots.change, inputs), **LAST, **SILENT)]
    made = [names[name] for name in ("hints", "changes", "last", "layers", "seen")]
    inputs = [sketch.source, sketch.file, *made]
    for name, tab in zip(("file", "draw"), sketch.each):
        turn = functools.partial(page_slots.turn, name)
        events.append(tab.select(**bind(turn, inputs), **LAST, **SILENT))
        repaint_after(events[-1].then)  # its painting may have come while it was hidden

    inputs = [names["hints"], names["changes"]]
    events.append(sketch.board.clear(**bind(page_slots.wipe, inputs), **LAST, **SILENT))
    _show_upload(sketch.file, names["seen"])
    for slot in references.slots:
        _show_upload(slot)
    return events


def _show_upload(slot, *seen):
    """What browsers do not show is shown as PNG, unless something else came meanwhile.

    The browser alone knows what is in the slot by then.
    """
    path = gr.Textbox(visible="hidden")
    shown = gr.Image(type="filepath", visible="hidden")

    def show(*inputs):
        return page_slots.show(*inputs) or (gr.skip(), gr.skip())

    event = slot.upload(show, [slot, *seen], [path, shown], **EACH, **READS)
    event.success(
        None, [slot, path, shown], slot, js=SHOW_UPLOAD, api_visibility="private"
    )


def _add_choices(parts, find_swatches):
    """The ways to choose the colour of the next hint."""
    hints, slots = parts.hints, parts.references.slots

    def show_swatches(*slots):
        colours = find_swatches([page_seen.find_slot(slot) for slot in slots])
        choices = gr.Radio(colours, value=None, visible=bool(colours))
        return choices, page_layout.style_swatches(colours)

    def choose(colour):
        try:
            return page_hints.find_colour(colour), None  # so that it can be again
        except ValueError:
            return gr.skip(), None

    def pick(event: page_desk.Click, file):
        try:
            with reading(page_seen.find_slot(file)) as picture:
                return page_hints.pick_colour(picture, event.index)
        except (ValueError, TypeError):  # told when it is painted
            return gr.skip()

    gr.on(
        [slot.change for slot in slots], show_swatches, slots,
        [hints.swatches, hints.look], show_progress="hidden", **EACH, **TURNS, **RAW,
    )  # fmt: skip
    for slot in slots:
        slot.select(pick, slot, hints.colour, **LAST, **READS)
    hints.swatches.input(
        choose, hints.swatches, [hints.colour, hints.swatches], **SILENT
    )


def _add_saving(parts, last):
    """Files of layers, and the zip, are written when they are asked for."""
    made = gr.DownloadButton(visible="hidden")

    def save(button, function, given, options):
        def write(given):
            try:
                path, error = function(given), ""
            except ValueError as problem:
                path, error = None, str(problem)
            return page_desk.show_error(error), gr.DownloadButton(value=path)

        button.click(
            write, given, [parts.error, made], **options, show_progress_on=button
        ).success(None, made, js=SAVE, api_visibility="private")

    for form, button in parts.layered.items():

        def write_layers(last, form=form):
            return page_results.write_layered(last and last.result, form)

        save(button, write_layers, last, {**TURNS, **RAW})
    options = {**READS, "show_progress": "full"}
    save(parts.several.archive, page_several.save, parts.several.found, options)


def _add_several(bind, parts, paint):
    """Several sketches, between which other visitors are painted for."""
    several, (slots, weights, *_) = parts.several, parts.references
    inputs = [several.files, *parts.settings[:4], *slots, *weights]
    outputs = ["several_status", "found", "archive", "reference_error"]

    event = several.start.click(
        **bind(functools.partial(page_several.answer_several, paint), inputs, outputs),
        trigger_mode="once", concurrency_limit=1,
        concurrency_id="several", show_progress="hidden", **RAW,
    )  # fmt: skip
    several.stop.click(None, cancels=[event], api_visibility="private").then(
        **bind(page_several.stop, [several.found], outputs[:1]), **SILENT
    )
