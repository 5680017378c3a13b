"""The web page's handlers, called as gradio calls them; the network is left out."""

import collections
import errno
import json
import os
import pathlib
import shutil
import sys
import time
import types
import zipfile
from concurrent import futures

import hypothesis
import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import PIL.TiffImagePlugin
import pytest
from hypothesis import strategies as st

pytest.importorskip("gradio", reason="gradio is not installed")

import gradio as gr

from keras_s2p.apps import (
    page,
    page_api,
    page_changes,
    page_desk,
    page_files,
    page_hints,
    page_history,
    page_results,
    page_return,
    page_seen,
    page_several,
    page_slots,
    page_visitors,
)
from keras_s2p.apps.page_desk import Desk
from keras_s2p.apps.page_painting import TOO_SLOW, InputError
from keras_s2p.apps.page_saved import Saver
from keras_s2p.common import picture_files, picture_tags
from keras_s2p.painting.base_painter import Layers

SIZE = (50, 40)  # width, height
LINE = 20  # the row of the sketch's line
RED, BLUE = "#ff0000", "#0000ff"


@pytest.fixture
def calls():
    """What was asked to be painted: (hints, left_out, references) each."""
    return []


@pytest.fixture
def desk(tmp_path, calls, monkeypatch):
    """A Desk whose painting is grey."""

    def paint(sketch, references, weights, strength, size, layers, hints, left_out):
        if sketch is None:
            raise InputError("sketch", "The sketch is <missing>.")
        if not any(references) and not hints:
            raise InputError("reference", "The reference is missing: drop a painting.")
        size = sketch.shape[1::-1]
        if any(x >= size[0] for x, *_ in hints):
            raise ValueError("outside")
        calls.append((list(hints), left_out, references, size))
        grey = PIL.Image.new("RGB", size, (128, 128, 128))
        return Layers(grey, grey, PIL.Image.new("RGBA", size))

    monkeypatch.setattr(page_files, "find_file", lambda path: path)
    before = page_visitors.FOLDER.set(str(tmp_path / "results"))
    yield Desk(paint, None)
    page_visitors.FOLDER.reset(before)


@pytest.fixture
def files(tmp_path):
    """Paths of a sketch and of a reference."""
    sketch = np.full((*SIZE[::-1], 3), 255, np.uint8)
    sketch[LINE] = 0
    pictures = {"sketch": sketch, "reference": np.full_like(sketch, 90)}
    paths = {name: str(tmp_path / f"{name}.png") for name in pictures}
    for name, pixels in pictures.items():
        PIL.Image.fromarray(pixels).save(paths[name])
    return paths


def paints_nothing(answers):
    """Whether a painting function changed nothing, but for what is seen of layers."""
    return all(set(each) <= {"row", "colour_alone", "lines_alone"} for each in answers)


class Visit:
    """A visitor's inputs by name; the answers of the desk change them."""

    def __init__(self, desk, files, sketch="sketch", reference="reference"):
        self.desk = desk
        file, slot = (name and {"path": files[name]} for name in (sketch, reference))
        self.now = {
            "hints": [], "last": None, "entries": [], "seen": page_seen.Seen(),
            "source": "file", "file": file,
            "drawing": None, "strength": 1, "size": 64, "palette": True,
            "places": True, "layers": False, "slots": [slot, *[None] * 3],
            "weights": [1] * 4, "changes": page_changes.Changes(), "scale": 1.0,
            "ready": True, "found": [],
        }  # fmt: skip

    def take(self, answer):
        self.now.update(answer)
        return self

    def ask(self, function, **sent):
        """All that a painting function gives; what was sent may be older."""
        now = {**self.now, **sent}
        given = [now[name] for name in page_desk.Given._fields]
        answers = list(function(*given[:-2], *given[-2], *given[-1]))
        for answer in answers:
            self.take(answer)
        return answers

    def paint(self, **changed):
        self.now.update(changed)
        return self.ask(self.desk.paint)

    def repaint(self, **changed):
        self.now.update(changed)
        return self.ask(self.desk.repaint)

    def edit(self, function, colour=RED, index=None):
        """An event of the hints, and what follows it."""
        event = [types.SimpleNamespace(index=index)] if index is not None else []
        hints = (self.now[name] for name in ("ready", "hints", "changes"))
        self.take(function(*event, *hints, colour, self.now["scale"]))
        return self.repaint()

    def turn(self, name, source=None):
        """What choosing a tab gives."""
        made = [self.now[key] for key in ("hints", "changes", "last", "layers")]
        source = source or self.source
        return page_slots.turn(name, source, self.file, *made, self.seen)

    def click(self, place, colour=RED):
        return self.edit(page_changes.click, colour, place)

    def __getattr__(self, name):
        return self.now[name]


@pytest.fixture
def visit(desk, files):
    return Visit(desk, files)


def pixel(path, x, y):
    with PIL.Image.open(path) as image:
        return image.convert("RGB").getpixel((x, y))


def test_clicks_add_hints_which_persist_while_the_reference_changes(
    visit, calls, files
):
    visit.click([10, 8])
    visit.click([30, 30], "rgba(0, 0, 254.6, 1)")
    assert visit.hints == [(10, 8, RED), (30, 30, BLUE)]
    visit.paint(slots=[{"path": files["sketch"]}, *[None] * 3])
    assert calls[-1][0] == visit.hints == [(10, 8, RED), (30, 30, BLUE)]


@pytest.mark.parametrize(
    "source, file, shown",
    [
        ("file", "sketch", True), ("file", "reference", False), ("file", None, False),
        ("draw", None, False),
    ],
)  # fmt: skip
def test_a_painting_of_another_sketch_than_is_seen_goes_to_the_last_ones(
    source, file, shown, desk, visit, files, monkeypatch
):
    paint = desk._paint

    def paint_while_it_changes(*given):
        visit.seen.put(source, file and files[file])
        return paint(*given)

    monkeypatch.setattr(desk, "_paint", paint_while_it_changes)
    answers = visit.paint()
    assert [bool(each.get("painting")) for each in answers] == [shown]
    assert len(visit.entries) == 1
    assert shown or set(answers[0]) == {"entries", "history"}
    visit.now["file"] = {"path": files["reference"]}
    visit.seen.put("file", files["reference"])
    monkeypatch.setattr(desk, "_paint", paint)
    assert visit.paint()[-1]["painting"]  # the one that is seen now


@pytest.mark.parametrize("function", ["paint", "repaint"])
def test_a_call_that_waits_is_painted_with_its_own_hints(function, visit, calls, files):
    """Files come with a call, hints are looked up when its turn comes."""
    visit.seen.put("file", files["sketch"])
    visit.paint()
    visit.click([10, 8])
    visit.now["hints"], asked = [*visit.hints, (12, 9, BLUE)], visit.file
    hints, other = visit.hints, {"path": files["reference"]}
    visit.take(page_slots.change(other, files["sketch"], visit.seen, visit.hints))
    visit.now["hints"] = [(30, 30, RED)]
    late = visit.ask(getattr(visit.desk, function), file=asked)
    assert set(late[-1]) == {"entries", "history"}
    assert visit.entries[0].request.sketch == files["sketch"]
    assert list(visit.entries[0].request.hints) == calls[-1][0] == hints
    visit.ask(visit.desk.paint, file=other)
    assert calls[-1][0] == [(30, 30, RED)] and visit.painting


def test_a_drawing_that_waits_is_painted_though_another_tab_is_chosen(
    visit, calls, drawings, files
):
    visit.now["source"] = "draw"
    visit.seen.put("draw", None)
    visit.now["hints"] = hints = [(5, 5, BLUE)]
    visit.take(visit.turn("file"))
    assert visit.source == "file" and not visit.hints
    late = visit.ask(visit.desk.paint, source="draw")
    assert set(late[-1]) == {"entries", "history"} and visit.entries[0].drawn
    assert calls[-1][0] == hints


def test_what_browsers_show_of_an_upload_is_the_same_sketch(visit, files, tmp_path):
    upload = str(tmp_path / "sketch.tiff")
    with PIL.Image.open(files["sketch"]) as image:
        image.save(upload)
    visit.take({"file": {"path": upload}})
    changed = page_slots.change(visit.file, None, visit.seen, visit.hints)
    assert changed["owner"] == upload and changed["hints"] == []
    path, shown = page_slots.show(visit.file, visit.seen)
    assert path == upload and shown.endswith(".png")
    changed = page_slots.change({"path": shown}, upload, visit.seen, visit.hints)
    assert changed == {"owner": shown}  # its painting and hints stay
    assert visit.paint()[-1]["painting"]  # which was begun before it was shown
    changed = page_slots.change(
        {"path": files["reference"]}, shown, visit.seen, visit.hints
    )
    assert changed["owner"] == files["reference"] and changed["painting"] is None
    assert not any(each.get("painting") for each in visit.paint())
    plain = {"path": files["sketch"]}
    assert page_slots.show(plain, visit.seen) is None


def test_a_tab_shows_its_sketch(visit, files):
    turned = visit.turn("draw")
    assert turned["source"] == "draw" and turned["painting"] is None
    assert not any(each.get("painting") for each in visit.paint())  # of the file
    assert visit.turn("file", "file") == {}
    assert visit.paint()[-1]["painting"]


def test_sentences_for_programs_are_no_html(monkeypatch):
    monkeypatch.setattr(page_files, "find_file", lambda path: path)
    monkeypatch.setattr(page_api, "read_picture", lambda path: None)
    with gr.Blocks() as page:
        page_api.add_api(None, {})
    (endpoint,) = page.fns.values()
    with pytest.raises(gr.Error) as error:
        endpoint.fn({"path": "a.png"}, hints="x")
    assert error.value.message == 'hints: must be a list of [x, y, "#rrggbb"].'


def test_undo_redo_and_clear_repaint(visit, calls):
    for x in (10, 30, 31):
        visit.click([x, 8])
    three = visit.hints
    for function, count in (
        (page_changes.undo, 2), (page_changes.undo, 1), (page_changes.redo, 2),
        (page_changes.redo, 3), (page_changes.clear, 0), (page_changes.undo, 3),
        (page_changes.undo, 2), (page_changes.redo, 3), (page_changes.redo, 0),
        (page_changes.undo, 3),
    ):  # fmt: skip
        visit.edit(function)
        assert visit.hints == calls[-1][0] == three[:count] and visit.painting
    visit.edit(page_changes.undo)
    visit.click([40, 8])
    visit.edit(page_changes.redo)  # nothing is left to be redone
    assert [x for x, *_ in visit.hints] == [10, 30, 40]


@hypothesis.given(st.lists(st.sampled_from(["click", "undo", "redo", "clear"])))
def test_undo_goes_back_over_all_changes_and_redo_forth(names):
    hints, changes = [], page_changes.Changes()
    before, after = [], []  # all that was, and all that was undone
    for number, name in enumerate(names):
        expected = hints
        if name == "undo" and before:
            after.append(hints)
            expected = before.pop()
        elif name == "redo" and after:
            before.append(hints)
            expected = after.pop()
        elif name == "click" or (name == "clear" and hints):
            before.append(hints)
            after.clear()
            new = (number, 8, RED)
            expected = [*hints, new] if name == "click" else []
        event = [types.SimpleNamespace(index=[number, 8])] * (name == "click")
        function = getattr(page_changes, name)
        answer = function(*event, True, hints, changes, RED, 1)
        hints, changes = (
            answer.get(key, each)
            for key, each in (("hints", hints), ("changes", changes))
        )
        assert hints == expected


def test_hints_that_were_cleared_stay_for_undo(visit):
    visit.click([10, 8])
    for x in range(page_changes.MOST_CLEARED + 5):
        visit.edit(page_changes.clear)
        visit.click([x, 8])
    assert len(visit.changes.cleared) == page_changes.MOST_CLEARED
    visit.edit(page_changes.undo)
    visit.edit(page_changes.undo)
    assert visit.hints == [(x - 1, 8, RED)]


def test_only_what_changed_is_painted_by_itself(visit, calls, files):
    assert visit.repaint() == [{}] and not calls  # it was never asked for
    visit.paint()
    assert paints_nothing(visit.repaint()) and len(calls) == 1
    visit.repaint(strength=0.5)
    visit.repaint(palette=False)
    assert len(calls) == 3 and calls[-1][1] == ["palette"]
    visit.repaint(slots=[None] * 4)  # while another one is dropped
    assert visit.painting is None and not visit.error.visible
    visit.repaint(slots=[{"path": files["sketch"]}, *[None] * 3])
    assert visit.painting


def test_layers_are_seen_and_hidden_without_painting_anew(visit, calls):
    visit.paint()
    result = visit.now["last"].result
    for wanted in (True, False):
        (answer,) = visit.repaint(layers=wanted)
        assert answer["row"].visible == wanted
        alone = answer["colour_alone"], answer["lines_alone"]
        assert alone == ((result.colour, result.lines) if wanted else (None, None))
    pathlib.Path(result.colour).unlink()  # as one that is old
    (answer,) = visit.repaint(layers=True)
    assert not answer["row"].visible and answer["lines_alone"] is None
    assert len(calls) == 1


def test_dots_are_shown_and_not_in_the_files(visit):
    visit.click([10, 8])
    assert pixel(visit.painting, 10, 8) == (255, 0, 0)
    assert pixel(visit.last.result.painting, 10, 8) == (128, 128, 128)
    assert pixel(visit.png.value["path"], 10, 8) == (128, 128, 128)
    before, after = visit.slider
    assert pixel(before, 5, LINE) == (0, 0, 0)
    assert pixel(after, 5, LINE) == (128, 128, 128)


def test_hints_alone_paint_and_without_any_the_page_is_empty(desk, calls, files):
    visit = Visit(desk, files, reference=None)
    visit.click([10, 8])
    assert visit.painting and calls[-1] == ([(10, 8, RED)], [], [None] * 4, SIZE)
    visit.edit(page_changes.undo)
    assert visit.hints == [] and visit.painting is None and not visit.error.visible


def test_an_error_stays_beside_the_input_and_the_old_painting_goes(visit, files):
    visit.paint()
    visit.paint(file=None)
    for error in (visit.error, visit.sketch_error):
        assert error.visible and "The sketch is &lt;missing&gt;." in error.value
    assert not visit.reference_error.visible
    assert visit.painting is visit.slider is visit.last is None
    assert not visit.png.interactive
    visit.paint(file={"path": files["sketch"]}, slots=[None] * 4)
    assert visit.reference_error.visible and not visit.sketch_error.visible
    visit.paint(slots=[{"path": files["reference"]}, *[None] * 3])
    assert not visit.error.visible and not visit.reference_error.visible
    assert visit.png.interactive


@pytest.mark.parametrize(
    ("place", "colour"),
    [
        ([49, 10], "no colour"), ([49, 10], None), ([49, 10], "rgba(1, 2)"),
        ([-1, 3], RED), ("ab", RED), (0, RED), ([1, 2, 3], RED),
        ([float("nan"), 3], RED),
    ],
)  # fmt: skip
def test_a_click_that_is_none_is_no_hint_and_spoils_nothing(
    visit, calls, place, colour
):
    visit.click([10, 8])
    visit.click(place, colour)
    assert visit.hints == [(10, 8, RED)] and len(calls) == 1
    assert visit.error.visible and visit.painting


def test_a_hint_outside_of_the_sketch_is_dropped(visit):
    visit.click([10, 8])
    visit.click([50, 3])
    assert visit.error.visible and visit.hints == [(10, 8, RED)]


def test_a_painting_that_fails_leaves_hints_that_were_set_meanwhile(
    visit, desk, monkeypatch
):
    visit.click([10, 8])

    def click_and_fail(*given):
        visit.now["hints"] = [*visit.hints, (30, 30, BLUE)]
        raise ValueError("That takes too long.")

    monkeypatch.setattr(desk, "_paint", click_and_fail)
    (answer,) = visit.paint()
    assert answer["error"].visible and "hints" not in answer


def test_a_large_sketch_is_seen_small_first_and_clicked_in_its_own_pixels(
    visit, calls, tmp_path, monkeypatch
):
    monkeypatch.setattr(page_desk, "PREVIEW", 30)
    monkeypatch.setattr(page_results, "SHOWN_SIDE", 50)
    large = str(tmp_path / "large.png")
    PIL.Image.new("RGB", (100, 80), "white").save(large)
    preview, whole = visit.paint(file={"path": large})
    with PIL.Image.open(preview["painting"]) as first:
        with PIL.Image.open(whole["painting"]) as second:
            assert first.size == second.size == (50, 40)
    assert [call[-1] for call in calls] == [(34, 27), (100, 80)]
    for name in ("png", "buttons"):  # what is saved is what is seen
        assert not preview[name].interactive and whole[name].interactive
    visit.click([20, 10])
    assert visit.hints == [(40, 20, RED)]
    assert pixel(visit.painting, 20, 10) == (255, 0, 0)
    visit.edit(page_changes.click_sketch, BLUE, [90, 70])
    assert visit.hints[1] == (90, 70, BLUE)
    with PIL.Image.open(visit.png.value["path"]) as image:
        assert image.size == (100, 80)


def test_a_hint_at_the_edge_of_a_large_sketch_is_one_of_its_preview_too(
    visit, calls, tmp_path, monkeypatch
):
    monkeypatch.setattr(page_desk, "PREVIEW", 30)
    large = str(tmp_path / "large.png")
    PIL.Image.new("RGB", (101, 82), "white").save(large)
    visit.paint(file={"path": large})
    visit.click([100.9, 81.9])
    preview, whole = calls[-2:]
    assert (preview[-1], whole[-1]) == ((33, 27), (101, 82))
    ((x, y, _),) = preview[0]
    assert 32.9 < x < 33 and 26.9 < y < 27
    assert whole[0] == [(100.9, 81.9, RED)]


@pytest.fixture
def drawings(desk, monkeypatch):
    """The drawings of the desk: all have one line."""
    drawing = np.full((*SIZE[::-1], 3), 255, np.uint8)
    drawing[:, LINE] = 0
    drawings = types.SimpleNamespace(take=lambda value: drawing)
    monkeypatch.setattr(desk, "_drawings", drawings)
    return drawings


@pytest.fixture
def returning():
    """What brings inputs back, of a page that offers every file that exists."""
    return page_return.Return(Saver(lambda path: path if _is_file(path) else None))


def _is_file(path):
    return isinstance(path, str) and os.path.isfile(path)


def test_the_last_paintings_come_back_with_their_settings(visit, returning, files):
    visit.paint(strength=0.5)
    first = visit.last
    for strength in (0.6, 0.7):
        visit.repaint(strength=strength)
    visit.click([10, 8])
    assert [entry.request.strength for entry in visit.entries] == [0.7, 0.5]

    def recall(index):
        event = types.SimpleNamespace(index=index)
        return returning.recall(event, visit.entries, False, visit.seen, visit.hints)

    visit.seen.put("draw", files["sketch"])  # the slot's file stays, and is seen again
    back = recall(1)
    assert back["painting"] == first.result.shown and back["hints"] == []
    assert back["strength"] == 0.5 and back["reference_1"] == files["reference"]
    assert back["file"] == back["owner"] == files["sketch"]
    assert recall(0)["hints"] == [(10, 8, RED)]
    visit.take({"last": back["last"], "hints": [], "strength": 0.5})
    assert paints_nothing(visit.repaint())  # it is there
    assert visit.repaint(strength=0.4)[-1]["painting"]
    strengths = [entry.request.strength for entry in visit.entries]
    assert strengths == [0.4, 0.7, 0.5]  # nothing went for what was brought back
    visit.repaint(strength=0.7, hints=[(10, 8, RED)])  # as after a reload
    strengths = [entry.request.strength for entry in visit.entries]
    assert strengths == [0.7, 0.4, 0.5]
    for index in (3, -1, "0", None, [0, 0]):
        assert page_return.GONE in recall(index)["error"].value


def test_what_was_painted_before_browsers_showed_it_comes_back_shown(
    desk, returning, files, tmp_path
):
    tiffs = {}
    for name in ("sketch", "reference"):
        tiffs[name] = str(tmp_path / f"{name}.tif")
        with PIL.Image.open(files[name]) as image:
            image.save(tiffs[name])
    visit = Visit(desk, tiffs)
    visit.paint()
    event = types.SimpleNamespace(index=0)
    back = returning.recall(event, visit.entries, False, visit.seen, visit.hints)
    shown = back["file"], back["reference_1"]
    assert list(map(os.path.basename, shown)) == ["sketch.png", "reference.png"]
    slots = [{"path": shown[1]}, *[None] * 3]
    visit.take({"last": back["last"], "file": {"path": shown[0]}, "slots": slots})
    assert paints_nothing(visit.repaint())  # it is there
    kept = {"files": [*tiffs.values(), None, None, None], "painted": True}
    back = returning.restore(kept)
    assert (back["file"], back["reference_1"]) == shown  # and not written again


def test_a_painting_that_was_deleted_hides_no_others(visit):
    visit.paint(strength=0.5)
    os.remove(visit.entries[0].result.small)  # as sweep does, of an old one
    shown = visit.paint(strength=0.25)[-1]["history"]
    assert [entry.request.strength for entry in visit.entries] == [0.25]
    assert shown.visible and len(shown.value) == 1


def test_a_painting_that_is_brought_back_stays(visit, returning, desk, monkeypatch):
    visit.paint()
    paint, seen = desk._paint, visit.seen

    def paint_while_another_comes_back(*given):
        event = types.SimpleNamespace(index=0)
        assert returning.recall(event, visit.entries, False, seen, visit.hints)[
            "painting"
        ]
        return paint(*given)

    monkeypatch.setattr(desk, "_paint", paint_while_another_comes_back)
    answers = visit.paint(strength=0.5)
    assert [set(each) for each in answers] == [{"entries", "history"}]
    assert [entry.request.strength for entry in visit.entries] == [0.5, 1]
    monkeypatch.setattr(desk, "_paint", paint)
    assert visit.paint(strength=0.25)[-1]["painting"]


def save(returning, visit, ready=True):
    settings = [visit.now[name] for name in page_return.SETTINGS]
    files = [visit.file, *visit.slots, *visit.weights]
    found = [{"image": {"path": path}, "caption": None} for path in visit.found]
    given = [ready, "name", visit.hints, visit.changes, BLUE, visit.last]
    given += [visit.entries, visit.seen, visit.source, found]
    return returning.save(*given, *settings, *files)


def test_the_page_comes_back_after_a_reload(visit, returning, files, desk):
    assert save(returning, visit, ready=False) == {}
    visit.now.update(strength=0.25, palette=False)
    visit.click([10, 8])
    saved = json.loads(json.dumps(save(returning, visit)["saved"]))
    back = returning.restore(saved)
    assert (back["strength"], back["palette"], back["colour"]) == (0.25, False, BLUE)
    assert back["file"] == files["sketch"] and back["hints"] == [(10, 8, RED)]
    assert back["reference_1"] == files["reference"] and back["reference_2"] is None
    again = Visit(desk, files).take({**back, "file": {"path": back["file"]}})
    assert again.repaint()[-1]["painting"]


def test_who_comes_back_to_a_tab_finds_it_as_it_was(visit, files):
    visit.click([10, 8])
    visit.click([30, 8])
    visit.edit(page_changes.undo)
    before = {name: visit.now[name] for name in ("hints", "changes", "last")}
    path, drawn = files["sketch"], [(1, 2, BLUE)]
    assert visit.take(visit.turn("draw")).hints == [] and visit.painting is None
    visit.take({"hints": drawn})
    visit.take(visit.turn("file"))
    assert before == {name: visit.now[name] for name in before}
    assert visit.painting == visit.last.result.shown and visit.owner == path
    assert page_slots.change(visit.file, visit.owner, visit.seen, visit.hints) == {}
    assert visit.take(visit.turn("draw")).hints == drawn
    os.remove(visit.entries[0].result.painting)  # as it was long ago
    assert visit.take(visit.turn("file")).hints == before["hints"]
    assert visit.painting is None
    visit.take(visit.turn("draw"))
    visit.now["file"] = {"path": files["reference"]}
    assert visit.take(visit.turn("file")).hints == []  # of another sketch


def test_a_painting_that_came_while_its_tab_was_hidden_is_seen_behind_it(visit):
    visit.paint()
    before = visit.painting
    visit.now["hints"] = [(10, 8, RED)]
    given = [visit.now[name] for name in page_desk.Given._fields]
    visit.take(visit.turn("draw"))
    late = list(visit.desk.repaint(*given[:-2], *given[-2], *given[-1]))
    assert all(set(answer) <= {"entries", "history"} for answer in late)
    visit.take(visit.turn("file"))
    assert (visit.painting, visit.hints) == (before, [(10, 8, RED)])
    visit.repaint()
    assert pixel(visit.painting, 10, 8) == (255, 0, 0)


def test_who_clears_the_drawing_board_clears_its_hints(visit):
    visit.click([10, 8])
    visit.take(page_slots.wipe(visit.hints, visit.changes))
    assert visit.hints == [] and visit.painting is None and visit.last is None
    visit.edit(page_changes.undo)
    assert visit.hints == [(10, 8, RED)] and visit.painting


def test_who_was_forgotten_is_told_and_loses_no_hint(visit):
    event = types.SimpleNamespace(index=[10, 8])
    click = page_changes.click
    given = [], page_changes.Changes(), RED, 1
    answer = click(event, False, *given)  # as of a new visit
    assert page_desk.FORGOTTEN in answer["error"].value and len(answer) == 1
    assert click(event, True, *given)["hints"] == [(10, 8, RED)]
    for function in (page_changes.undo, page_changes.redo, page_changes.clear):
        assert set(function(False, *given)) == {"error"}
    for function in (visit.paint, visit.repaint):  # without the hints: not what is seen
        (answer,) = function(ready=False)
        assert page_desk.FORGOTTEN in answer["error"].value and len(answer) == 1
    answer = page_desk.tell_failed(False)  # where its files are gone, too
    assert page_desk.FORGOTTEN in answer["error"].value and len(answer) == 1
    answer = page_desk.tell_failed(True)
    assert page_desk.FAILED in answer["error"].value and answer["painting"] is None


def test_a_drawing_comes_back_with_its_hints_and_a_file_without_them(
    visit, returning, files, drawings
):
    visit.now.update(source="draw", hints=[(10, 8, RED)])
    back = returning.restore(save(returning, visit)["saved"])  # not painted yet
    assert back["file"] == files["sketch"] and back["hints"] == []
    assert "last" not in back
    assert visit.paint()[-1]["painting"]
    back = returning.restore(save(returning, visit)["saved"])
    assert pixel(back["file"], LINE, 30) == (0, 0, 0) and back["source"] == "file"
    assert back["hints"] == [(10, 8, RED)] and back["last"] == page_history.BEFORE
    turned = visit.turn("file", "draw")
    assert turned["last"] is None and turned["hints"] == []
    visit.take(turned)
    saved = save(returning, visit)["saved"]
    assert saved["files"][0] == files["sketch"] and not saved["painted"]


def test_a_reload_brings_back_the_tab_that_was_chosen_last(
    visit, returning, files, drawings
):
    def reload():
        back = returning.restore(save(returning, visit)["saved"])
        return back["file"], back["hints"], back["last"]

    file = files["sketch"], [(10, 8, RED)], page_history.BEFORE
    visit.click([10, 8])
    assert reload() == file
    visit.take(visit.turn("draw"))
    assert reload() == file  # nothing is drawn yet
    visit.paint()
    visit.click([30, 8], BLUE)
    drawn = visit.seen.drawing, [(30, 8, BLUE)], page_history.BEFORE
    assert reload() == drawn
    visit.take(visit.turn("file"))
    assert reload() == file
    visit.take(visit.turn("draw"))
    assert reload() == drawn
    # A painting of the file is brought back, and the drawing chosen again.
    recalled = types.SimpleNamespace(index=2)
    back = returning.recall(recalled, visit.entries, False, visit.seen, visit.hints)
    assert back["source"] == "file" and back["hints"] == [(10, 8, RED)]
    visit.take({**back, "file": {"path": back["file"]}})
    visit.take(visit.turn("draw"))
    assert reload() == drawn


def test_last_paintings_and_what_was_undone_come_back_to_their_visitor(
    visit, returning, tmp_path
):
    visit.click([10, 8])
    visit.click([30, 8])
    visit.edit(page_changes.undo)
    saved = json.loads(json.dumps(save(returning, visit)["saved"]))
    back = returning.restore(saved)
    assert back["entries"] == visit.entries and back["history"].visible
    assert back["changes"] == visit.changes
    assert visit.changes.undone == ([(10, 8, RED), (30, 8, RED)],)
    assert back["visit"] not in (None, "name")
    os.remove(visit.entries[0].result.small)
    assert returning.restore(saved)["entries"] == visit.entries[1:]
    page_visitors.FOLDER.set(str(tmp_path / "another visitor"))
    for other in (saved, {**saved, "visit": []}, {**saved, "visit": "guessed"}):
        back = returning.restore(other)
        assert "entries" not in back and back["changes"] == page_changes.Changes()


@pytest.fixture(scope="module")
def events():
    """{(component, event): what gradio is told of its functions, in their order}."""
    built = page.build_page(lambda *_: None, lambda *_: [], 64)
    found = collections.defaultdict(list)
    for each in built.get_config_file()["dependencies"]:
        for target in each["targets"]:
            if target[0] is not None:  # else it follows another one
                found[tuple(target)].append(each)
    return found


def test_no_event_is_asked_for_again_and_again(events):
    """Gradio asks for all functions of an event where one is to be asked for again."""
    for key, functions in events.items():
        modes = [each["trigger_mode"] for each in functions]
        assert modes.count("always_last") <= 1, key
    shared = [key for key, functions in events.items() if len(functions) > 1]
    assert len(shared) > 10


def test_what_changes_is_kept_before_it_is_painted(events):
    """As a reload may come before."""
    kept = 0
    for functions in events.values():
        outputs = [len(each["outputs"]) for each in functions]
        if max(outputs) > 10 and len(functions) > 1 and functions[0]["backend_fn"]:
            assert outputs[0] == 1  # what the browser keeps
            kept += 1
    assert kept == 13


@pytest.mark.parametrize("waits", [True, False])
def test_a_drawing_comes_back_whose_painting_did_not_arrive(
    waits, visit, returning, desk, drawings, monkeypatch
):
    def no_space(*args):
        raise picture_files.ImageError("No space left on device")

    visit.click([10, 8])  # on the file in the other tab
    saved = save(returning, visit)["saved"]
    visit.turn("draw")
    if waits:
        drawing = {"composite": {"path": "x"}}
        for given in (("file", drawing), ("draw", {"id": 1})):
            answer = returning.keep_drawing(drawings, True, *given, visit.seen, saved)
            assert answer == {"kept": False} and visit.seen.drawing is None
        given = "draw", drawing, visit.seen, saved
        with monkeypatch.context() as full:
            full.setattr(page_results, "write_picture", no_space)
            assert returning.keep_drawing(drawings, True, *given) == {"kept": False}
        assert returning.keep_drawing(drawings, True, *given) == {"kept": True}
    else:
        given = [visit.now[name] for name in page_desk.Given._fields]
        given[page_desk.Given._fields.index("source")] = "draw"
        list(desk.paint(*given[:-2], *given[-2], *given[-1]))  # nothing of it is taken
    back = returning.restore(saved)
    assert pixel(back["file"], LINE, 30) == (0, 0, 0)
    assert back["hints"] == [] and len(saved["hints"]) == 1
    assert back["last"] == page_history.BEFORE  # so that it is painted


@pytest.mark.parametrize("is_known", [True, False])
def test_a_drawing_of_who_was_forgotten_comes_back(
    is_known, visit, returning, files, drawings
):
    def keep(saved):
        if not is_known:
            saved = {**saved, "visit": None}
        given = "file", {"composite": {"path": "x"}}, page_seen.Seen(), saved
        return returning.keep_drawing(drawings, False, *given)  # of a new visit

    visit.click([10, 8])
    saved = save(returning, visit)["saved"]
    assert keep(saved) == {"kept": False}  # the file's tab is seen
    visit.take(visit.turn("draw"))
    answer = keep(save(returning, visit)["saved"])
    assert answer["kept"]
    back = returning.restore(answer["saved"])
    assert pixel(back["file"], LINE, 30) == (0, 0, 0) and back["hints"] == []
    assert back["last"] == page_history.BEFORE and back["reference_1"]
    visit.paint()
    visit.click([30, 8], BLUE)
    back = returning.restore(keep(save(returning, visit)["saved"])["saved"])
    assert pixel(back["file"], LINE, 30) == (0, 0, 0)
    assert back["hints"] == [(30, 8, BLUE)]  # on the drawing
    assert keep({"source": "draw", "files": "none", "hints": 3})["saved"]["hints"] == []


def test_a_drawing_that_was_drawn_on_comes_back_with_its_hints(
    visit, returning, drawings, monkeypatch
):
    visit.take(visit.turn("draw"))
    visit.paint()
    visit.click([10, 8])
    visit.click([30, 8], BLUE)
    visit.edit(page_changes.undo)
    saved = save(returning, visit)["saved"]
    more = np.full((*SIZE[::-1], 3), 255, np.uint8)
    more[:, LINE + 2] = 0
    monkeypatch.setattr(drawings, "take", lambda value: more)
    given = True, "draw", {"composite": {"path": "x"}}, visit.seen, saved
    assert returning.keep_drawing(drawings, *given)["kept"]
    back = returning.restore(saved)  # before it is painted
    assert pixel(back["file"], LINE + 2, 30) == (0, 0, 0)
    assert back["hints"] == [(10, 8, RED)] and back["changes"] == visit.changes


def test_several_paintings_come_back_after_a_reload(visit, returning, files):
    visit.now["found"] = [files["sketch"], files["reference"]]
    saved = json.loads(json.dumps(save(returning, visit)["saved"]))
    os.remove(files["reference"])
    back = returning.restore(saved)
    assert back["several_status"] == "1 were painted before."
    assert len(back["found"].value) == 1 and back["archive"].interactive
    for forged in (
        "x",
        [{}],
        [None, 3, []],
        ["/etc/hostname_"],
        [files["sketch"]] * 101,
    ):
        assert "found" not in returning.restore({**saved, "found": forged})


def test_no_svg_is_shown_in_a_slot(monkeypatch):
    monkeypatch.setattr(page_files, "find_file", lambda path: path)
    svg, png = "/own/x.SVG", "/own/x.png"  # gradio would send the first as text
    back = page_return.show_inputs(None, [svg, png, None, None], [1] * 4)
    assert back["reference_1"] is None and back["reference_2"] == png
    assert page_files.find_shown(svg) is page_files.find_shown(None) is None


def test_a_browser_brings_back_no_file_that_it_was_not_given(visit, returning, files):
    saved = save(returning, visit)["saved"]
    for forged in (
        {"path": "/etc/passwd"}, [], [files["sketch"]] * 17, "sketch", None, 5,
    ):  # fmt: skip
        back = returning.restore({**saved, "files": forged})
        assert back["ready"] and back["strength"] == 1
        assert not {"file", "owner", "reference_1", "hints", "last"} & set(back)
    strange = save(returning, visit)["saved"]
    assert set(strange["settings"]) == {*page_return.SETTINGS, "weights"}
    visit.now.update(strength=["x"] * 1000, size={}, palette="y", weights=["z"] * 4)
    strange = save(returning, visit)["saved"]
    assert strange["settings"] == {"places": True, "layers": False}
    owned = [files["reference"], *visit.slots[1:]]
    other = page_return.Return(Saver(lambda path: path if path in owned else None))
    back = other.restore(saved)
    assert back["reference_1"] == files["reference"]
    assert not {"file", "owner", "hints", "last"} & set(back)
    os.remove(saved["files"][1])  # what was deleted since is left empty
    assert not returning.restore(saved)["reference_1"]


def test_coming_back_and_clearing_again_and_again_keeps_no_more(visit, returning):
    visit.click([10, 8])
    saved = save(returning, visit)["saved"]
    for _ in range(3):
        visit.take(returning.restore(saved))
        visit.take(page_changes.clear(True, visit.hints, visit.changes, RED, 1))
    assert not visit.hints and visit.changes.cleared == ([(10, 8, RED)],)


@pytest.mark.parametrize(
    "bad",
    [
        None, 5, "x", [], {"settings": 3}, {"colour": ["#"], "hints": 3},
        {"settings": {"strength": 7, "size": "64", "palette": "no", "weights": [9]}},
        {"settings": {"strength": True, "weights": ["x"] * 4}},
    ],
)  # fmt: skip
def test_what_is_bad_of_a_browsers_state_is_left_out(returning, bad):
    assert set(returning.restore(bad)) == {"ready", "visit", "changes"}


def test_bad_hints_of_a_browsers_state_are_left_out(visit, returning):
    saved = save(returning, visit)["saved"]
    for hints in (5, [[1, 2]], [[1, 2, "x"]], [["a", 2, RED]], [[1, 2, RED]] * 501):
        assert returning.restore({**saved, "hints": hints})["hints"] == []


def test_hints_have_an_end(monkeypatch):
    monkeypatch.setattr(page_hints, "MAX_HINTS", 1)
    with pytest.raises(ValueError, match="1 hints already"):
        page_hints.add_hint([(10, 8, RED)], [3, 3], RED)


def test_switches_leave_parts_of_the_style_out(visit, calls):
    for palette, places, left_out in (
        (True, True, []), (False, True, ["palette"]),
        (False, False, ["palette", "places"]),
    ):  # fmt: skip
        visit.paint(palette=palette, places=places)
        assert calls[-1][1] == left_out


def test_a_click_on_a_reference_takes_its_colour():
    picture = np.full((20, 30, 3), 255, np.uint8)
    picture[5:12, 20:] = (10, 200, 30)
    picture[8, 25] = 0  # a speck
    assert page_hints.pick_colour(picture, [25, 8]) == "#0ac81e"
    assert page_hints.pick_colour(picture, [29, 19]) == "#ffffff"
    with pytest.raises(ValueError, match="outside"):
        page_hints.pick_colour(picture, [30, 8])
    for place in ([10**400, 1], [float("nan"), 1], [1], "1", None, [True, [1]]):
        with pytest.raises(ValueError, match="outside"):
            page_hints.add_hint([], place, RED)


def test_layers_are_written_on_request(visit):
    pytest.importorskip("psd_tools", reason="psd-tools are not installed")
    visit.click([10, 8])
    result = visit.last.result
    psd, ora = (page_results.write_layered(result, x) for x in (".psd", ".ora"))
    assert os.path.basename(psd) == "sketch_painted.psd"
    with open(psd, "rb") as file:
        assert file.read(4) == b"8BPS"
    with zipfile.ZipFile(ora) as archive:
        assert archive.read("mimetype") == b"image/openraster"
        with PIL.Image.open(archive.open("mergedimage.png")) as merged:
            assert merged.size == SIZE and merged.getpixel((10, 8)) == (128, 128, 128)
    os.remove(psd)
    os.remove(result.colour)
    with pytest.raises(ValueError, match="paint it again"):
        page_results.write_layered(result, ".psd")


def test_psd_is_offered_only_if_psd_tools_are_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    assert page_results.list_forms() == [".ora"]


def test_a_tiff_is_shown_as_png_and_other_files_as_they_are(files, tmp_path):
    tiff, text = (str(tmp_path / name) for name in ("scan.TIF", "text.tiff"))
    with PIL.Image.open(files["sketch"]) as image:
        image.save(tiff)
    shown = page_results.show_file(tiff, str(tmp_path / "shown"))
    assert os.path.basename(shown) == "scan.png"
    assert pixel(shown, 5, LINE) == (0, 0, 0)
    named = shutil.copy(tiff, tmp_path / "named.png")
    shown = page_results.show_file(named, str(tmp_path / "shown"))
    with PIL.Image.open(shown) as image:
        assert shown != named and image.format == "PNG"
    with open(text, "w") as file:
        file.write("not a picture")
    for path in (files["sketch"], text):
        assert page_results.show_file(path, str(tmp_path / "shown")) == path


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'tiff:Orientation="%d"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("orientation", [1, 6])
def test_what_browsers_may_show_as_it_lies_is_shown_upright(orientation, tmp_path):
    """Some turn WebPs and PNGs by their EXIF, none turns anything by its XMP."""
    picture = PIL.Image.new("RGB", (50, 40))
    exif, text = PIL.Image.Exif(), XMP % orientation
    exif[picture_tags.ORIENTATION] = orientation
    itxt = PIL.PngImagePlugin.PngInfo()
    itxt.add_itxt("XML:com.adobe.xmp", text.decode())
    saved = {
        "exif.webp": {"exif": exif}, "exif.png": {"exif": exif},
        "exif.jpg": {"exif": exif}, "xmp.webp": {"xmp": text},
        "xmp.jpg": {"xmp": text}, "xmp.png": {"pnginfo": itxt},
    }  # fmt: skip
    for name, options in saved.items():
        path = str(tmp_path / name)
        picture.save(path, **options)
        shown = page_results.show_file(path, str(tmp_path / "shown"))
        if orientation == 1 or name == "exif.jpg":  # which all of them turn
            assert shown == path
            continue
        with PIL.Image.open(shown) as image:
            assert shown.endswith(".png") and image.size == (40, 50), name


@pytest.mark.parametrize("resolution, width", [(144, 25), (144, 50), (72, 25)])
def test_what_browsers_show_in_another_size_is_shown_in_its_own(
    resolution, width, tmp_path
):
    """They do where a JPEG's EXIF says 25 x 20 pixels at twice the usual resolution."""
    exif, path = PIL.Image.Exif(), str(tmp_path / "a.jpg")
    exif[0x0128] = 2  # inches
    exif[0x011A] = exif[0x011B] = PIL.TiffImagePlugin.IFDRational(resolution)
    exif.get_ifd(0x8769).update({0xA002: width, 0xA003: 40 * width // 50})
    PIL.Image.new("RGB", (50, 40)).save(path, exif=exif)
    shown = page_results.show_file(path, str(tmp_path / "shown"))
    assert (shown != path) == (resolution == 144 and width == 25)
    with PIL.Image.open(shown) as image:
        assert image.size == (50, 40)


def test_of_what_is_too_large_to_paint_no_orientation_is_looked_for(
    tmp_path, monkeypatch
):
    """Of a PNG with XMP alone Pillow reads the pixels for it."""
    path, text = str(tmp_path / "large.png"), PIL.PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", (XMP % 6).decode())
    PIL.Image.new("L", (50, 40)).save(path, pnginfo=text)
    assert page_results.show_file(path, str(tmp_path)) != path
    monkeypatch.setattr(page_results, "MAX_PIXELS", 1999)
    monkeypatch.setattr(PIL.PngImagePlugin.PngImageFile, "load", pytest.fail)
    assert page_results.show_file(path, str(tmp_path)) == path


def test_few_pictures_are_made_shown_at_once(files, tmp_path, monkeypatch):
    tiff, writing, most = str(tmp_path / "scan.tif"), [], []
    with PIL.Image.open(files["sketch"]) as image:
        image.save(tiff)

    def write(path, pixels):
        writing.append(path)
        most.append(len(writing))
        time.sleep(0.02)
        writing.remove(path)

    monkeypatch.setattr(picture_files, "write_image", write)
    with futures.ThreadPoolExecutor(8) as pool:
        folders = [str(tmp_path / str(i)) for i in range(8)]
        list(pool.map(page_results.show_file, [tiff] * 8, folders))
    assert len(most) == 8 and max(most) == 2


def test_what_can_not_be_written_is_told_without_its_folder(files, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"")
    picture = PIL.Image.new("RGB", (20, 20))
    with pytest.raises(ValueError, match=r"^sketch\.png: can not be written \("):
        page_results.write_picture(str(blocked / "sketch.png"), picture)
    steps = page_several.paint_several(
        lambda pixels: picture, [files["sketch"]], str(blocked)
    )
    with pytest.raises(ValueError, match=r"^sketch_painted\.png: can not be written"):
        list(steps)


def test_a_zip_that_can_not_be_written_is_told_and_leaves_nothing(
    files, tmp_path, monkeypatch
):
    folder = str(tmp_path / "zipped")
    with pytest.raises(ValueError, match=r"^The zip can not be written \(No such file"):
        page_several.zip_files([files["sketch"], "/gone.png"], folder)

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", fill)
    with pytest.raises(ValueError, match=r"^The zip can not be written \(No space"):
        page_several.zip_files([files["sketch"]], folder)
    assert not any(names for _, _, names in os.walk(folder))


def open_zip(paintings, folder):
    return zipfile.ZipFile(page_several.zip_files(paintings, str(folder)))


def test_sketches_that_were_painted_are_zipped_whatever_comes_then(files, tmp_path):
    sketches = [str(tmp_path / f"{name}.png") for name in "abcd"]
    for path in sketches:
        shutil.copy(files["sketch"], path)
    slow = ValueError(TOO_SLOW)
    gone = InputError("reference", "r.png: no such file")

    def paint_several(*answers):
        answers = iter(answers)

        def paint(pixels):
            answer = next(answers)
            if answer:
                raise answer
            return PIL.Image.fromarray(pixels)

        *_, last = page_several.paint_several(paint, sketches, str(tmp_path))
        with open_zip(last.paintings, tmp_path) as archive:
            return last.text, [name[0] for name in archive.namelist()]

    text = f"3 of 4 are painted. b.png: {TOO_SLOW}"
    assert paint_several(None, slow, None, None) == (text, ["a", "c", "d"])
    text = "2 of 4 are painted. r.png: no such file."
    assert paint_several(None, None, gone) == (text, ["a", "b"])
    with pytest.raises(InputError, match="no such file"):
        paint_several(gone)


def test_an_accent_of_macos_is_a_part_of_its_letter(files, tmp_path):
    path = str(tmp_path / "e\u0301te\u0301?.png")
    os.rename(files["sketch"], path)
    *_, last = page_several.paint_several(
        PIL.Image.fromarray, [path], str(tmp_path / "several")
    )
    with open_zip(last.paintings, tmp_path) as archive:
        assert archive.namelist() == ["\u00e9t\u00e9__painted.png"]
    assert page_results.clean_name("a\u0301/\ud800") == "\u00e1__"


def test_a_name_that_grows_too_long_ends_no_batch(files, tmp_path, monkeypatch):
    paths = [str(tmp_path / f"{name}.png") for name in ("\u0958" * 65, "ok", "zz")]
    for path in paths:
        shutil.copy(files["sketch"], path)

    def paint_several():
        *_, last = page_several.paint_several(
            PIL.Image.fromarray, paths, str(tmp_path / "several")
        )
        return last.text, list(map(os.path.basename, last.paintings))

    text, (first, *rest) = paint_several()
    assert text == "3 of 3 are painted." and 200 < len(first.encode()) < 250
    assert rest == ["ok_painted.png", "zz_painted.png"]

    monkeypatch.setattr(page_results, "MOST_NAME", 300)  # as of a disk of other bounds
    text, names = paint_several()
    assert text.startswith("2 of 3 are painted. ") and "too long" in text
    assert names == rest


def test_several_sketches_are_zipped_under_names_of_their_own(files, tmp_path):
    beside = tmp_path / "beside"
    beside.mkdir()
    other, text = str(beside / "sketch.png"), str(beside / "text.png")
    for path, size in ((other, (30, 20)), (text, None)):
        if size:
            PIL.Image.new("RGB", size).save(path)
        else:
            beside.joinpath("text.png").write_text("not a picture")

    def paint(pixels):
        return PIL.Image.fromarray(255 - pixels)

    steps = page_several.paint_several(
        paint, [files["sketch"], text, other], str(tmp_path)
    )
    *steps, last = steps
    assert [len(step.paintings) for step in steps] == [1, 2]
    assert last.text == "2 of 3 are painted. text.png: not a picture that can be read."
    with open_zip(last.paintings, tmp_path) as archive:
        assert archive.namelist() == ["sketch_painted.png", "sketch_2_painted.png"]
        with PIL.Image.open(archive.open("sketch_2_painted.png")) as image:
            assert image.size == (30, 20)
    for sketches, message in (
        ([], "Drop the"),
        ([text], "text.png: not"),
        ([text] * 101, "101"),
    ):
        with pytest.raises(ValueError, match=message):
            list(page_several.paint_several(paint, sketches, str(tmp_path)))


def test_what_was_said_of_a_missing_reference_goes_once_there_is_one(visit, files):
    slots = {"path": files["reference"]}, *[None] * 3

    def answer(*slots):
        values = 1, 64, True, True, *slots, *[1] * 4
        return list(page_several.answer_several(visit.desk._paint, [], *values))

    (told,) = answer(*[None] * 4)
    assert told["reference_error"].visible
    begun, none = answer(*slots)
    assert not begun["reference_error"].visible
    assert "Drop the sketches first." in none["several_status"]


def test_what_was_painted_of_several_sketches_stays_until_there_is_another(
    visit, files, tmp_path
):
    slots, weights = [{"path": files["reference"]}, *[None] * 3], [1] * 4
    text = str(tmp_path / "text.png")
    pathlib.Path(text).write_text("not a picture")

    def answer(*paths):
        given = [{"path": path} for path in paths], 1, 64, True, True, *slots, *weights
        return list(page_several.answer_several(paint, *given))

    def paint(pixels, *settings, left_out):
        return PIL.Image.fromarray(pixels)

    for answers in (answer(), answer(text), answer(*[files["sketch"]] * 101)):
        assert all("found" not in each and "archive" not in each for each in answers)
    begun, *_, end = answer(files["sketch"], text)
    assert "found" not in begun and len(end["found"].value) == 1
