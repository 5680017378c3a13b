"""The web page's handlers, called as gradio calls them; the network is left out."""

import os
import sys
import types
import zipfile

import numpy as np
import PIL.Image
import pytest

pytest.importorskip("gradio", reason="gradio is not installed")

from keras_s2p.apps import page_files, page_hints, page_layout, page_results
from keras_s2p.apps.page_desk import Desk
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
            raise ValueError("The sketch is <missing>.")
        if not any(references) and not hints:
            raise ValueError("The reference is missing: drop a painting.")
        if any(x >= SIZE[0] for x, *_ in hints):
            raise ValueError("outside")
        calls.append((list(hints), left_out, references))
        grey = PIL.Image.new("RGB", SIZE, (128, 128, 128))
        return Layers(grey, grey, PIL.Image.new("RGBA", SIZE))

    monkeypatch.setattr(page_files, "find_file", lambda path: path)
    return Desk(paint, None, str(tmp_path / "results"))


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


def values_of(files, sketch="sketch", reference="reference", palette=True, places=True):
    """The values of all inputs behind the hints and the colour."""
    file, slot = (name and {"path": files[name]} for name in (sketch, reference))
    slots = [slot, *[None] * 3, *[1] * 4]
    return ["file", file, None, 1, 64, palette, places, False, *slots]


def click(desk, place, hints, colour, values):
    event = types.SimpleNamespace(index=place)
    return named(desk.click(event, hints, colour, *values))


def named(answer):
    """(hints, Outputs) of what a handler gives."""
    outputs = answer[1 : 1 + len(page_layout.Outputs._fields)]
    return answer[0], page_layout.Outputs(*outputs)


def pixel(path, x, y):
    with PIL.Image.open(path) as image:
        return image.convert("RGB").getpixel((x, y))


def test_clicks_add_hints_which_persist_while_the_reference_changes(desk, calls, files):
    values = values_of(files)
    hints, _ = click(desk, [10, 8], [], RED, values)
    hints, _ = click(desk, [30, 30], hints, "rgba(0, 0, 254.6, 1)", values)
    assert hints == [(10, 8, RED), (30, 30, BLUE)]
    hints, _ = named(desk.paint(hints, RED, *values_of(files, reference="sketch")))
    assert calls[-1][0] == hints == [(10, 8, RED), (30, 30, BLUE)]


def test_undo_and_clear_repaint_with_fewer_hints(desk, calls, files):
    hints = [(10, 8, RED), (30, 30, BLUE), (31, 30, BLUE)]
    hints, _ = named(desk.undo(hints, RED, *values_of(files)))
    assert hints == calls[-1][0] == [(10, 8, RED), (30, 30, BLUE)]
    hints, outputs = named(desk.clear(hints, RED, *values_of(files)))
    assert hints == calls[-1][0] == [] and outputs.painting


def test_dots_are_shown_and_not_in_the_files(desk, files):
    _, outputs = click(desk, [10, 8], [], RED, values_of(files))
    assert pixel(outputs.painting, 10, 8) == (255, 0, 0)
    assert pixel(outputs.result.painting, 10, 8) == (128, 128, 128)
    assert pixel(outputs.png.value["path"], 10, 8) == (128, 128, 128)
    before, after = outputs.slider
    assert pixel(before, 5, LINE) == (0, 0, 0)
    assert pixel(after, 5, LINE) == (128, 128, 128)


def test_hints_alone_paint_and_without_any_the_page_is_empty(desk, calls, files):
    values = values_of(files, reference=None)
    hints, outputs = click(desk, [10, 8], [], RED, values)
    assert outputs.painting and calls[-1] == ([(10, 8, RED)], [], [None] * 4)
    hints, outputs = named(desk.undo(hints, RED, *values))
    assert hints == [] and outputs.painting is None and not outputs.error.visible


def test_an_error_stays_beside_the_input_and_the_old_painting_goes(desk, files):
    _, outputs = named(desk.paint([], RED, *values_of(files, sketch=None)))
    assert outputs.error.visible
    assert "The sketch is &lt;missing&gt;." in outputs.error.value
    assert outputs.painting is outputs.slider is outputs.result is None
    assert not outputs.png.interactive
    _, outputs = named(desk.paint([], RED, *values_of(files)))
    assert not outputs.error.visible and outputs.png.interactive


@pytest.mark.parametrize(
    ("place", "colour"),
    [
        ([49, 10], "no colour"), ([49, 10], None), ([49, 10], "rgba(1, 2)"),
        ([-1, 3], RED), ([50, 3], RED), ("ab", RED), (None, RED), ([1, 2, 3], RED),
        ([float("nan"), 3], RED),
    ],
)  # fmt: skip
def test_a_click_that_can_not_be_painted_is_no_hint(desk, calls, files, place, colour):
    hints, outputs = click(desk, place, [(10, 8, RED)], colour, values_of(files))
    assert hints == [(10, 8, RED)] and outputs.error.visible and not calls


def test_hints_have_an_end(monkeypatch):
    monkeypatch.setattr(page_hints, "MAX_HINTS", 1)
    with pytest.raises(ValueError, match="1 hints already"):
        page_hints.add_hint([(10, 8, RED)], [3, 3], RED)


def test_switches_leave_parts_of_the_style_out(desk, calls, files):
    for palette, places, left_out in (
        (True, True, []), (False, True, ["palette"]), (False, False, [*PARTS]),
    ):  # fmt: skip
        desk.paint([], RED, *values_of(files, palette=palette, places=places))
        assert calls[-1][1] == left_out


PARTS = ("palette", "places")


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


def test_layers_are_written_on_request(desk, files):
    pytest.importorskip("psd_tools", reason="psd-tools are not installed")
    _, outputs = click(desk, [10, 8], [], RED, values_of(files))
    psd, ora = (page_results.write_layered(outputs.result, x) for x in (".psd", ".ora"))
    assert os.path.basename(psd) == "sketch_painted.psd"
    with open(psd, "rb") as file:
        assert file.read(4) == b"8BPS"
    with zipfile.ZipFile(ora) as archive:
        assert archive.read("mimetype") == b"image/openraster"
        with PIL.Image.open(archive.open("mergedimage.png")) as merged:
            assert merged.size == SIZE and merged.getpixel((10, 8)) == (128, 128, 128)
    os.remove(psd)
    os.remove(outputs.result.colour)
    with pytest.raises(ValueError, match="paint it again"):
        page_results.write_layered(outputs.result, ".psd")


def test_psd_is_offered_only_if_psd_tools_are_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    assert page_results.list_forms() == [".ora"]
