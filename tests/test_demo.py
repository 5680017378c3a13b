import shutil
import sys
import threading
import time
import types
from concurrent import futures

import numpy as np
import PIL.Image
import pytest
from page_browser import drop, fetch, painted, start_painting

from keras_s2p import demo
from keras_s2p.apps import page_painting
from keras_s2p.apps.page_painting import find_swatches, paint, resize_painter
from keras_s2p.common import picture_files
from keras_s2p.painting.painter import Painter


@pytest.fixture(scope="module")
def painter(weights_folder):
    return Painter(weights_folder, size=32)


def difference(a, b):
    return np.abs(np.asarray(a, int) - np.asarray(b, int)).max()


def test_the_page_paints_as_painter_does(painter, files):
    painted = paint(painter, files["sketch"], [files["red"]], [1])
    assert difference(painted, painter.paint(files["sketch"], files["red"])) <= 1


def test_references_are_blended_by_their_weights(painter, files, monkeypatch):
    given = []
    monkeypatch.setattr(painter, "paint", lambda sketch, style, *_: given.append(style))
    two = [files["red"], None, files["blue"], None]
    for weights in ([0.3, 1, 0, 1], [0.5, 1, 1, 1]):
        paint(painter, files["sketch"], two, weights)
    red, blue = (painter.style(files[name]) for name in ("red", "blue"))
    apart = np.abs(red.hint - blue.hint).max()
    assert np.abs(given[0].hint - red.hint).max() < apart / 1000
    assert given[0].palette.any()
    assert np.abs(given[1].hint - (red.hint + 2 * blue.hint) / 3).max() < apart / 1000
    assert not given[1].palette.any()


def test_the_style_of_a_reference_that_has_not_changed_is_kept(
    painter, files, monkeypatch, tmp_path
):
    found = []
    original = painter.style
    monkeypatch.setattr(painter, "style", lambda x: found.append(1) or original(x))
    reference = str(tmp_path / "reference.png")
    shutil.copy(files["red"], reference)
    for sketch in ("sketch", "blue"):
        paint(painter, files[sketch], [reference], [1])
    assert len(found) == 1
    shutil.copy(files["blue"], reference)
    painted = paint(painter, files["sketch"], [reference], [1])
    assert len(found) == 2
    assert difference(painted, painter.paint(files["sketch"], files["blue"])) <= 1


def test_strength_0_paints_grey(painter, files):
    painted = paint(painter, files["sketch"], [files["red"]], [1], strength=0)
    assert np.ptp(np.asarray(painted).astype(int), axis=-1).max() <= 1


@pytest.mark.slow
@pytest.mark.long
def test_size_is_the_working_size(painter, files, weights_folder):
    painted = paint(painter, files["sketch"], [files["red"]], [1], size=64)
    other = Painter(weights_folder, size=64).paint(files["sketch"], files["red"])
    assert difference(painted, other) <= 1
    assert painter.size == 32
    # Its graph is not built again for each painting.
    resized = resize_painter(painter, 64)
    assert resized is resize_painter(painter, 64)
    assert resized._kept is painter._kept


def test_painters_of_few_sizes_are_made_and_all_of_them_kept(painter, monkeypatch):
    """Whatever a browser asks for; TensorFlow keeps each graph that there ever was."""
    made = []

    class Noted(Painter):
        def __init__(self, *args, **options):
            made.append(options["size"])
            super().__init__(*args, **options)

    monkeypatch.setattr(page_painting, "Painter", Noted)
    page_painting._resize_painter.cache_clear()  # of other tests
    least, most = page_painting.SIZES
    for _ in range(2):
        sizes = [
            page_painting.resize_painter(painter, n).size for n in range(least, most)
        ]
    expected = range(least, most + 1, 32)
    assert sorted(made) == sorted({*sizes}) == [*expected]
    assert all(abs(size - n) <= 16 for size, n in zip(sizes, range(least, most)))
    assert resize_painter(painter, painter.size) is painter


def test_hints_alone_paint(painter, files):
    hints = [(10, 8, "#ff0000")]
    painted = paint(painter, files["sketch"], [None], [1], hints=hints)
    assert difference(painted, painter.paint(files["sketch"], hints=hints)) <= 1
    assert np.abs(np.asarray(painted)[4:16, 4:46] - np.array((255, 0, 0))).mean() < 20


def test_parts_of_the_style_are_left_out(painter, files, monkeypatch):
    given = []
    monkeypatch.setattr(painter, "paint", lambda sketch, style, *_: given.append(style))
    for left_out in ([], ["palette"]):
        paint(painter, files["sketch"], [files["red"]], [1], left_out=left_out)
    assert given[0].palette.any() and not given[1].palette.any()
    assert np.array_equal(given[0].hint, given[1].hint)


def test_memory_is_given_back_after_each_painting(painter, files, monkeypatch):
    released = []
    monkeypatch.setattr(page_painting.memory, "release", lambda: released.append(1))
    paint(painter, files["sketch"], [files["red"]], [1])
    with pytest.raises(ValueError, match="outside"):
        paint(painter, files["sketch"], [], [], hints=[(5000, 8, "#ff0000")])
    assert len(released) == 2


def test_swatches_are_the_references_colours(painter, files):
    found = find_swatches(painter, [files["red"], None, files["text"], files["blue"]])
    assert found == ["#dc283c", "#283cdc"]


def test_a_painting_that_takes_too_long_ends_in_a_sentence_and_lets_none_beside_it(
    painter, files, monkeypatch
):
    begun, ended, calls = threading.Event(), threading.Event(), []

    def paint_slowly(*_):
        calls.append(len(calls))
        begun.set()
        assert ended.wait(60)
        return calls[-1]

    monkeypatch.setattr(painter, "paint", paint_slowly)
    monkeypatch.setattr(page_painting, "MAX_SECONDS", 0.3)
    for _ in range(2):
        with pytest.raises(ValueError, match="^That takes too long here: try a smal"):
            paint(painter, files["sketch"], [files["red"]], [1])
        assert begun.wait(60)
    assert calls == [0]  # the second one has not begun
    ended.set()
    monkeypatch.setattr(page_painting, "MAX_SECONDS", 60)
    assert paint(painter, files["sketch"], [files["red"]], [1]) == 1


@pytest.fixture
def codes(monkeypatch):
    """With what the process was ended at once."""
    codes = []
    monkeypatch.setattr(page_painting.os, "_exit", codes.append)
    return codes


@pytest.mark.parametrize(
    "error, code, said",
    [(SystemExit(0), 0, ""), (KeyboardInterrupt(), 1, "\nstopped\n")],
)
def test_the_end_of_the_page_waits_for_nothing(
    error, code, said, codes, monkeypatch, capsys
):
    """Nor for the threads of what a visitor asked for, which begin more."""

    def serve(*_):
        raise error

    monkeypatch.setattr(demo, "serve", serve)
    demo.main([])
    assert codes == [code] and capsys.readouterr().err == said


def test_the_end_of_the_page_waits_for_no_warming_up(codes, monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    class SlowPainter:
        size = 32

        def paint(self, *_, hints):
            begun.set()
            assert ended.wait(60)

    class Page:
        def close(self, verbose):
            pass

    def wait(_):
        assert begun.wait(60)
        raise SystemExit(0)  # as SIGTERM has it

    monkeypatch.setattr(demo.time, "sleep", wait)
    page = types.SimpleNamespace(build_page=lambda *_: Page(), launch_page=print)
    monkeypatch.setitem(sys.modules, "keras_s2p.apps.page", page)
    monkeypatch.setattr(demo, "Painter", lambda *_, **options: SlowPainter())
    ending = threading.Timer(20, ended.set)  # of a page that waits
    ending.start()
    demo.main([])
    assert not ended.is_set() and codes == [0]
    ending.cancel()
    ended.set()


def test_few_pictures_are_decoded_at_once(files, monkeypatch):
    lock, reading, most = threading.Lock(), [], []

    def read(path, max_pixels):
        reading.append(path)
        most.append(len(reading))
        time.sleep(0.02)
        with lock:
            reading.pop()

    monkeypatch.setattr(picture_files, "read_painting", read)
    with futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(page_painting.read_picture, [files["red"]] * 8))
    assert max(most) == 2


def test_layers_are_given_beside_the_painting(painter, files):
    painted = paint(painter, files["sketch"], [files["red"]], [1], layers=True)
    assert painted.painting.size == painted.colour.size == painted.lines.size
    assert painted.lines.mode == "RGBA"


@pytest.mark.parametrize(
    ("sketch", "references", "weights", "message"),
    [
        (None, ["red"], [1], "The sketch is missing"),
        ("sketch", [None, None], [1, 1], "The reference is missing"),
        ("sketch", ["red"], [0], "Every reference has the weight 0"),
        ("text", ["red"], [1], "^text.png: not a picture that can be read$"),
        ("sketch", ["red", "text"], [1, 1], "^text.png: not a picture"),
        ("dot", ["red"], [1], "^dot.png: only 1 x 1 pixels"),
        ("huge", ["red"], [1], "^huge.png: 6000 x 5000 pixels; at most 25 million"),
        ("gone", ["red"], [1], "^gone.png: no such file"),
    ],
)
def test_bad_input_is_one_sentence(
    painter, files, sketch, references, weights, message
):
    paths = {None: None, "gone": "/nowhere/gone.png", **files}
    references = [paths[name] for name in references]
    with pytest.raises(ValueError, match=message):
        paint(painter, paths[sketch], references, weights)


def test_bad_usage_is_exit_code_2(capsys):
    for argv in (["--port", "0"], ["--port", "x"], ["--por", "7860"]):
        with pytest.raises(SystemExit) as error:
            demo.main(argv)
        assert error.value.code == 2


def test_a_port_that_is_taken_is_named(weights_folder, capsys, monkeypatch):
    page = pytest.importorskip("keras_s2p.apps.page", reason="gradio is not installed")

    def launch(*_):
        raise OSError("Cannot find empty port: set GRADIO_SERVER_PORT")

    monkeypatch.setattr(page, "launch_page", launch)
    assert demo.main(["--weights", weights_folder, "--port", "7999"]) == 1
    expected = "demo: --host 127.0.0.1 --port 7999: taken, or not of this machine\n"
    assert capsys.readouterr().err == expected


@pytest.mark.slow
def test_missing_weights_are_one_sentence(capsys):
    pytest.importorskip("gradio", reason="gradio is not installed")
    assert demo.main(["--weights", "absent"]) == 1
    assert capsys.readouterr().err == "demo: absent: no such folder of weights\n"


@pytest.mark.slow
def test_a_visitor_paints_and_repaints(open_page, files, tmp_path):
    page = open_page()
    drop(page, "sketch-file", files["sketch"])
    drop(page, "reference-file", files["red"])
    start_painting(page)
    first = painted(page)
    red = fetch(page, first, tmp_path)
    assert red.shape == (40, 50, 3)
    page.screenshot(path=str(tmp_path / "wide.png"), full_page=True)

    page.get_by_text("More", exact=True).click()
    for shown in (2, 0):  # of what is painted already
        page.get_by_label("Also the colour alone").click()
        expect_count = "n => document.querySelectorAll('#layers img').length === n"
        page.wait_for_function(expect_count, arg=shown)
    page.locator("#strength input[type=range]").press("ArrowLeft")
    first = painted(page, first)
    page.locator("#strength input[type=number]").fill("7")
    page.locator("#strength input[type=number]").press("Enter")
    again = painted(page, first)
    assert page.locator("#strength input[type=number]").input_value() == "1"
    assert np.array_equal(fetch(page, again, tmp_path), red)

    first = again
    drop(page, "reference-file", files["blue"])  # it is painted by itself
    blue = fetch(page, painted(page, first), tmp_path)
    assert np.abs(red.astype(int) - blue).max() > 0

    with page.expect_download() as download:
        page.locator("#download").click()
    assert download.value.suggested_filename == "sketch_painted.png"
    with PIL.Image.open(download.value.path()) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), blue)


@pytest.mark.slow
def test_examples_are_clicked_and_blended_on_a_phone(open_page, tmp_path):
    page = open_page(390, 844)
    page.locator("#sketches button").first.click()
    page.locator("#references button").nth(0).click()
    page.locator("#reference-file img").wait_for()
    page.locator("#more").click()
    page.locator("#reference-2-file").wait_for()
    page.locator("#references button").nth(1).click()
    page.locator("#reference-2-file img").wait_for()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Also the colour alone").check()
    start_painting(page)
    painted(page)
    page.locator("#layers img").nth(1).wait_for()
    page.screenshot(path=str(tmp_path / "phone.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [
        page.locator(f"#{name}").bounding_box() for name in ("sketch-file", "painting")
    ]
    assert boxes[0]["y"] + boxes[0]["height"] < boxes[1]["y"]  # one column


@pytest.mark.slow
def test_a_drawing_is_painted(open_page, files, tmp_path):
    page = open_page()
    page.get_by_role("tab", name="Draw it").click()
    page.locator("#drawing [aria-label=Brush].highlight").wait_for()
    drop(page, "reference-file", files["red"])
    start_painting(page)
    page.get_by_role("alert").get_by_text("The sketch is missing").wait_for()
    box = page.locator("#drawing canvas").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=5)
    page.mouse.up()
    page.locator("#drawing [aria-label=Undo]:enabled").wait_for()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    start_painting(page)
    painting = fetch(page, painted(page), tmp_path)
    assert painting.std() > 0  # not blank: the stroke is there
    page.wait_for_function(  # until all calls have arrived
        """() => {
            const leaving = new Event("beforeunload", { cancelable: true });
            window.dispatchEvent(leaving);
            return !leaving.defaultPrevented;
        }"""
    )
    page.reload()
    page.locator("#sketch-file img").wait_for()
    assert asked == []  # it came back


@pytest.mark.slow
@pytest.mark.parametrize("refused", [False, True])
def test_who_leaves_a_drawing_that_is_nowhere_else_is_asked(open_page, refused):
    page = open_page()
    page.get_by_role("tab", name="Draw it").click()
    page.locator("#drawing [aria-label=Brush].highlight").wait_for()
    page.locator("#drawing canvas").first.click()
    page.locator("#drawing [aria-label=Undo]:enabled").wait_for()
    if refused:
        page.route("**/queue/join*", lambda route: route.fulfill(status=503, body="{}"))
        start_painting(page)
        page.get_by_text("currently busy").first.wait_for()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("window.location.reload()")
    page.wait_for_timeout(2000)
    assert asked == ["beforeunload"]
    page.locator("#drawing [aria-label=Undo]:enabled").wait_for()  # still there


@pytest.mark.slow
def test_who_leaves_before_a_click_has_arrived_is_asked(open_page, files):
    page, asked, calls = open_page(), [], []
    drop(page, "sketch-file", files["sketch"])
    page.wait_for_timeout(1000)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.route("**/run/predict*", lambda call: calls.append(call))
    page.locator("#undo").click()
    page.evaluate("window.location.reload()")
    page.wait_for_timeout(2000)
    assert asked == ["beforeunload"]
    page.unroute("**/run/predict*")  # they arrive
    page.wait_for_timeout(2000)
    page.reload()
    page.locator("#sketch-file img").wait_for()
    assert asked == ["beforeunload"]


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_a_click_on_the_painting_gives_an_area_its_colour(
    open_page, files, tmp_path, width
):
    page = open_page(width)
    drop(page, "sketch-file", files["sketch"])
    drop(page, "reference-file", files["blue"])
    page.locator("#swatches label").first.wait_for()  # of the reference's colours
    start_painting(page)
    first = painted(page)
    plain = fetch(page, first, tmp_path).astype(int)

    page.locator("#colour button").first.click()
    page.locator("#colour input[type=text]").first.fill("#20e040")
    page.keyboard.press("Enter")
    page.locator("h1").click()
    picture = page.locator("#painting img")
    box = picture.bounding_box()
    scale = min(box["width"] / 50, box["height"] / 40, 1)  # it is fit into its box
    left, top = (box["width"] - 50 * scale) / 2, (box["height"] - 40 * scale) / 2
    picture.click(position={"x": left + 12.5 * scale, "y": top + 8.5 * scale})
    second = painted(page, first)
    with page.expect_download() as download:
        page.locator("#download").click()
    with PIL.Image.open(download.value.path()) as image:
        hinted = np.asarray(image.convert("RGB")).astype(int)
    upper, lower = np.s_[4:16, 4:46], np.s_[26:36, 4:46]
    assert np.abs(hinted[upper] - (0x20, 0xE0, 0x40)).mean() < 20
    assert np.abs(plain[upper] - (0x20, 0xE0, 0x40)).mean() > 40
    assert np.abs(hinted[lower] - plain[lower]).mean() < 2
    page.screenshot(path=str(tmp_path / f"hinted{width}.png"), full_page=True)

    drop(page, "reference-file", files["red"])
    third = painted(page, second)
    shown = fetch(page, third, tmp_path)
    assert np.abs(shown[8, 12].astype(int) - (0x20, 0xE0, 0x40)).max() <= 2  # its dot
    page.locator("#undo").click()
    painted(page, third)
    with page.expect_download() as download:
        page.locator("#download-ora").click()
    assert download.value.suggested_filename == "sketch_painted.ora"
    page.get_by_role("tab", name="Before and after").click()
    page.locator("#slider img").nth(1).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_a_bad_file_is_told_in_our_sentence(open_page, files):
    page = open_page()
    drop(page, "sketch-file", files["text"])
    drop(page, "reference-file", files["red"])
    start_painting(page)
    refusal = "text.png: not a picture that can be read"
    page.get_by_role("alert").get_by_text(refusal).wait_for()
    assert not page.locator("#painting img").count()


@pytest.mark.slow
def test_two_visitors_at_once_both_get_their_paintings(open_page, files, tmp_path):
    pages = {name: open_page() for name in ("red", "blue")}
    for name, page in pages.items():
        drop(page, "sketch-file", files["sketch"])
        drop(page, "reference-file", files[name])
    for page in pages.values():
        start_painting(page)
    paintings = [fetch(page, painted(page), tmp_path) for page in pages.values()]
    assert np.abs(paintings[0].astype(int) - paintings[1]).max() > 0
