"""The tools of the web page, in a browser; one visitor for all that takes no other."""

import json
import re
import shutil
import zipfile

import numpy as np
import PIL.Image
import pytest
from page_browser import drop, fetch, painted, start_painting

pytestmark, LONG = pytest.mark.slow, pytest.mark.long
GREEN, GREEN_RGB = "#20e040", (0x20, 0xE0, 0x40)
DISTANCE = 100  # pixels on the screen, of two fingers


def choose_colour(page, colour):
    page.locator("#colour button").first.click()
    page.locator("#colour input[type=text]").first.fill(colour)
    page.keyboard.press("Enter")
    page.locator("h1").click()


def place_of(picture, x, y):
    """Where on the screen the place of a picture is that is fit into its box."""
    box = picture.bounding_box()
    width, height = picture.evaluate("i => [i.naturalWidth, i.naturalHeight]")
    shown = picture.evaluate("i => [i.offsetWidth, i.offsetHeight]")
    zoom = box["width"] / shown[0]
    scale = min(shown[0] / width, shown[1] / height, 1) * zoom
    left = box["x"] + (box["width"] - width * scale) / 2
    top = box["y"] + (box["height"] - height * scale) / 2
    return left + x * scale, top + y * scale


def strength(page):
    return page.locator("#strength input[type=number]").input_value()


def zoom_of(page):
    picture = page.locator("#painting img")
    return picture.bounding_box()["width"] / picture.evaluate("i => i.offsetWidth")


def pinch(page, x, y, factor):
    """Two fingers on the painting, moved apart."""
    page.evaluate(
        """([x, y, from, to]) => {
            const image = document.querySelector("#painting img");
            const send = (name, id, place) => image.dispatchEvent(new PointerEvent(
                name, { pointerId: id, clientX: place, clientY: y, bubbles: true }));
            send("pointerdown", 1, x - from / 2);
            send("pointerdown", 2, x + from / 2);
            send("pointermove", 2, x - from / 2 + to);
            send("pointerup", 1, x - from / 2);
            send("pointerup", 2, x - from / 2 + to);
        }""",
        [x, y, DISTANCE, DISTANCE * factor],
    )


def test_an_artist_works_on_a_painting_and_comes_back(open_page, files, tmp_path):
    page = open_page()
    drop(page, "sketch-file", files["sketch"])
    drop(page, "reference-file", files["red"])
    start_painting(page)
    first = painted(page)

    # A setting that changes is painted by itself.
    page.locator("#strength input[type=number]").fill("0")
    page.keyboard.press("Tab")
    second = painted(page, first)
    assert np.ptp(fetch(page, second, tmp_path).astype(int), axis=-1).max() <= 1

    # The wheel enlarges, and a click finds its place on the enlarged painting.
    choose_colour(page, GREEN)
    picture = page.locator("#painting img")
    page.mouse.move(*place_of(picture, 12, 8))
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "document.querySelector('#painting img').className.includes('zoomed')"
    )
    assert 2.5 < zoom_of(page) < 3
    place = place_of(picture, 12, 8)
    page.mouse.click(*place)
    third = painted(page, second)
    assert zoom_of(page) > 2.5  # also of the new one
    assert np.abs(fetch(page, third, tmp_path)[8, 12] - (0x20, 0xE0, 0x40)).max() <= 2
    page.mouse.move(*place)  # the end of a movement is no hint
    page.mouse.down()
    page.mouse.move(place[0] + 40, place[1] + 30, steps=4)
    page.mouse.up()
    moved = place_of(picture, 12, 8)
    assert abs(moved[0] - place[0]) > 10
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(200)
    assert abs(zoom_of(page) - 1) < 0.01
    pinch(page, *place_of(picture, 25, 20), 2)
    assert abs(zoom_of(page) - 2) < 0.1
    page.mouse.wheel(0, 2000)

    # Undo, redo and clear.
    for name, dotted in (("undo", 0), ("redo", 1), ("clear", 0), ("undo", 1)):
        page.locator(f"#{name}").click()
        third = painted(page, third)
        pixel = fetch(page, third, tmp_path)[8, 12].astype(int)
        assert (np.abs(pixel - (0x20, 0xE0, 0x40)).max() <= 2) == dotted

    # A reload brings it all back.
    page.wait_for_timeout(1000)
    page.reload()
    again = painted(page)
    assert np.array_equal(fetch(page, again, tmp_path), fetch(page, third, tmp_path))
    assert strength(page) == "0"
    page.locator("#sketch-file img").wait_for()
    page.locator("#reference-file img").wait_for()
    page.locator("#swatches label").first.wait_for()  # they have a turn of their own

    # One of the last paintings brings its settings back.
    start_painting(page)
    asked = painted(page, again)
    page.wait_for_timeout(500)  # for the gallery
    count = page.locator("#history button").count()
    assert count > 1
    page.locator("#strength input[type=number]").fill("1")
    page.keyboard.press("Tab")
    coloured = painted(page, asked)
    assert strength(page) == "1"
    page.locator("#history button").nth(count).wait_for()
    page.locator("#history button").nth(1).click()
    assert painted(page, coloured) == asked
    page.wait_for_function(
        "document.querySelector('#strength input[type=number]').value === '0'"
    )
    page.screenshot(path=str(tmp_path / "tools.png"), full_page=True)


def test_several_sketches_come_home_in_a_zip(open_page, files, tmp_path):
    page = open_page()
    page.get_by_text("Several sketches at once").click()
    inputs = page.locator("#several-files input[type=file]")
    text = shutil.copy(files["text"], tmp_path / "[a](b) c.png")
    inputs.set_input_files([files["sketch"], text, files["blue"]])
    page.get_by_text("blue").first.wait_for()
    page.locator("#several-paint").click()
    page.get_by_text("The reference is missing").first.wait_for()
    drop(page, "reference-file", files["red"])
    page.locator("#several-paint").click()
    page.get_by_text("2 of 3 are painted. [a](b) c.png: not a").wait_for()
    with page.expect_download() as download:
        page.locator("#several-zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["sketch_painted.png", "blue_painted.png"]
        with PIL.Image.open(archive.open("sketch_painted.png")) as image:
            assert image.size == (50, 40)


def draw_line(page, shift):
    """Draws a line on the board, so many pixels below its middle."""
    page.get_by_role("tab", name="Draw it").click()
    canvas = page.locator("#drawing canvas").first
    canvas.wait_for()
    page.locator("#drawing .highlight[aria-label=Brush]").wait_for()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + shift
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    page.mouse.move(x + 60, y + 60, steps=10)
    page.mouse.up()


@LONG
def test_a_drawing_is_sent_once_and_comes_back_after_a_reload(open_page, files):
    page = open_page()
    sent = []
    page.on("request", lambda x: x.url.endswith("/upload") and sent.append(x.url))
    drop(page, "reference-file", files["red"])
    draw_line(page, 0)
    start_painting(page)
    before = painted(page)
    for place in (100, 130):
        page.locator("#painting img").click(position={"x": place, "y": 100})
        before = painted(page, before)
    few = 3 * 2  # parts of the board, drawn on and blank
    assert 0 < len(sent) <= few
    draw_line(page, 30)
    start_painting(page)
    painted(page, before)
    assert len(sent) <= 2 * few
    page.reload()
    painted(page)
    page.wait_for_function(
        "document.querySelector('#sketch-file img')?.naturalWidth === 512"
    )


@LONG
def test_what_is_asked_for_while_another_one_is_painted_comes_next(
    open_page, files, tmp_path
):
    page, large = open_page(), str(tmp_path / "large.png")
    PIL.Image.new("L", (1500, 1500), 255).save(large)
    drop(page, "reference-file", files["red"])
    drop(page, "sketch-file", large)
    start_painting(page)
    page.get_by_text("A first look").wait_for()
    drop(page, "sketch-file", files["sketch"])
    start_painting(page)
    page.wait_for_function(
        "document.querySelector('#painting img')?.naturalWidth === 50"
    )
    before = painted(page)
    start_painting(page)  # nothing has changed
    page.wait_for_timeout(2000)
    assert painted(page) == before and page.locator("#history button").count() == 2


@LONG
def test_a_connection_that_stands_still_is_waited_for(open_page, files):
    page, opened = open_page(), []
    page.on("framenavigated", lambda frame: opened.append(frame.url))
    drop(page, "reference-file", files["red"])
    draw_line(page, 0)
    start_painting(page)
    before = painted(page)
    page.wait_for_timeout(1000)
    page.context.set_offline(True)
    page.locator("#painting img").click(position={"x": 100, "y": 100})
    page.wait_for_timeout(2500)
    page.context.set_offline(False)
    painted(page, before)
    assert not opened
    page.reload()
    painted(page)
    page.wait_for_function("document.querySelectorAll('#history button').length === 2")


@LONG
@pytest.mark.parametrize("breaks", ["after", "before", "behind a proxy"])
def test_clicks_and_undoing_keep_their_order_over_a_broken_connection(
    breaks, open_page, files, tmp_path
):
    page = open_page()
    drop(page, "reference-file", files["red"])
    drop(page, "sketch-file", files["sketch"])
    choose_colour(page, GREEN)
    start_painting(page)
    before = painted(page)
    picture = page.locator("#painting img")
    page.mouse.click(*place_of(picture, 12, 8))
    before = painted(page, before)
    page.wait_for_timeout(1500)
    is_broken, asked = [True], []

    def break_off(route):
        asked.append(route.request.headers.get("x-keras-s2p-call"))
        if is_broken:
            if breaks == "after":
                route.fetch()  # and its answer is lost
            if breaks == "behind a proxy":
                route.fulfill(status=502, body="Bad Gateway")
            else:
                route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/run/predict*", break_off)
    page.mouse.click(*place_of(picture, 40, 30))
    page.wait_for_timeout(500)
    page.locator("#undo").click()
    page.wait_for_timeout(1200)
    is_broken.clear()
    page.wait_for_timeout(6000)
    assert None not in asked and len(set(asked)) < len(asked)
    pixels = fetch(page, painted(page), tmp_path).astype(int)
    far = [np.abs(pixels[y, x] - GREEN_RGB).max() for x, y in ((12, 8), (40, 30))]
    assert far[0] <= 2 < far[1]
    page.locator("#redo").click()
    painted(page, picture.get_attribute("src"))


@LONG
def test_who_looks_at_the_drawing_board_finds_the_painting_again(
    open_page, files, tmp_path
):
    page = open_page()
    drop(page, "reference-file", files["red"])
    drop(page, "sketch-file", files["sketch"])
    start_painting(page)
    before = painted(page)
    page.mouse.click(*place_of(page.locator("#painting img"), 12, 8))
    hinted = painted(page, before)
    page.get_by_role("tab", name="Draw it").click()
    page.locator("#painting img").wait_for(state="detached")
    page.get_by_role("tab", name="Sketch", exact=True).click()
    assert painted(page) == hinted
    page.get_by_role("tab", name="Draw it").click()
    page.wait_for_timeout(1000)
    page.reload()  # nothing is drawn: the sketch comes back as it was left
    again = painted(page)
    assert np.array_equal(fetch(page, again, tmp_path), fetch(page, hinted, tmp_path))
    page.locator("#undo").click()
    again = painted(page, again)

    # Before the painting of a hint has come.
    choose_colour(page, GREEN)
    page.mouse.click(*place_of(page.locator("#painting img"), 30, 8))
    page.get_by_role("tab", name="Draw it").click()
    page.locator("#painting img").wait_for(state="detached")
    page.get_by_role("tab", name="Sketch", exact=True).click()
    page.locator("#painting img").wait_for()
    page.wait_for_timeout(3000)
    hinted = fetch(page, painted(page), tmp_path)[8, 30].astype(int)
    assert np.abs(hinted - GREEN_RGB).max() <= 2


@pytest.mark.long
def test_nothing_is_asked_for_where_nothing_changes(open_page, files):
    page, calls, saved = open_page(), [], []

    def note(response):
        if "/run/predict" in response.url or "/queue/join" in response.url:
            calls.append(response.url)
            if '"hints":' in response.text():
                saved.append(response.json()["data"][0])

    page.on("response", note)
    drop(page, "sketch-file", files["sketch"])
    drop(page, "reference-file", files["red"])
    start_painting(page)
    before = painted(page)
    page.mouse.click(*place_of(page.locator("#painting img"), 12, 8))
    painted(page, before)
    page.wait_for_timeout(2000)
    assert saved[-1]["hints"]
    page.reload()
    painted(page)
    page.wait_for_timeout(3000)
    calls.clear()
    page.wait_for_timeout(4000)
    assert calls == []
    drop(page, "sketch-file", files["blue"])  # another sketch
    page.wait_for_timeout(2000)
    assert saved[-1]["hints"] == [] and "blue" in saved[-1]["files"][0]


def test_clicks_count_while_the_next_painting_comes(open_page, files):
    page, saved, held = open_page(), [], []

    def note(response):
        if "/run/predict" in response.url and '"hints":' in response.text():
            saved.append(response.json()["data"][0]["hints"])

    page.on("response", note)
    drop(page, "sketch-file", files["sketch"])
    drop(page, "reference-file", files["red"])
    start_painting(page)
    painted(page)
    picture = page.locator("#painting img")
    places = [place_of(picture, *place) for place in ((12, 8), (30, 30), (40, 8))]
    page.route("**/gradio_api/file=**", lambda route: held.append(route))
    page.mouse.click(*places[0])
    page.wait_for_function("document.querySelector('#painting img').naturalWidth === 0")
    page.mouse.click(*places[1])
    page.mouse.click(*places[2])
    page.locator("#undo").click()
    page.wait_for_timeout(500)
    assert np.allclose([hint[:2] for hint in saved[-1]], [[12, 8]], atol=1)
    for route in held:
        route.continue_()
    page.unroute("**/gradio_api/file=**")
    page.wait_for_timeout(3000)
    found = [hint[:2] for hint in saved[-1]]
    assert len(found) == 2 and np.allclose(found, [[12, 8], [30, 30]], atol=1)
    page.locator("#redo").click()
    page.wait_for_timeout(2000)
    assert np.allclose(saved[-1][2][:2], [40, 8], atol=1)


def test_who_has_no_cookie_any_more_is_told(open_page, files):
    page, said = open_page(), []
    drop(page, "sketch-file", files["sketch"])
    drop(page, "reference-file", files["red"])
    start_painting(page)
    painted(page)
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    page.context.clear_cookies()
    page.mouse.click(*place_of(page.locator("#painting img"), 12, 8))
    page.wait_for_timeout(2000)
    assert said == ["This page needs its cookie: allow cookies, and open it again."]
    page.locator("#clear").click()
    start_painting(page)
    page.get_by_text(said[0]).first.wait_for()  # of what waits in the queue
    page.wait_for_timeout(2000)
    assert len(said) == 1  # a moment after the first one


def test_who_has_to_say_the_password_again_is_told(open_page, files):
    page, said = open_page(), []
    drop(page, "sketch-file", files["sketch"])
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    refusal = json.dumps({"detail": "Not authenticated"})
    page.route("**/run/predict*", lambda route: route.fulfill(status=401, body=refusal))
    page.locator("#undo").click()
    page.wait_for_timeout(1000)
    assert said == ["This page asks for a password: open it again."]


@LONG
def test_a_new_drawing_has_no_hints_of_the_one_before(open_page, files):
    page, saved = open_page(), []

    def note(response):
        if "/run/predict" in response.url and '"hints":' in response.text():
            saved.append(response.json()["data"][0]["hints"])

    page.on("response", note)
    drop(page, "reference-file", files["red"])
    draw_line(page, 0)
    start_painting(page)
    before = painted(page)
    page.locator("#painting img").click(position={"x": 100, "y": 100})
    painted(page, before)
    page.locator("#drawing [aria-label='Clear canvas']").click()
    page.locator("#painting img").wait_for(state="detached")
    assert len(saved[-1]) == 1
    draw_line(page, 40)
    start_painting(page)
    painted(page)
    page.wait_for_timeout(2000)
    assert saved[-1] == []


@LONG
def test_each_tab_comes_back_as_it_was(open_page, files, address):
    one = open_page()
    drop(one, "reference-file", files["red"])
    drop(one, "sketch-file", files["sketch"])
    start_painting(one)
    painted(one)
    two = one.context.new_page()
    two.goto(address)
    two.wait_for_function(  # it begins as the last one
        "document.querySelector('#sketch-file img')?.naturalWidth === 50"
    )
    painted(two)
    drop(two, "sketch-file", files["blue"])
    start_painting(two)
    shown = "document.querySelector('#painting img')?.naturalWidth === %s"
    two.wait_for_function(shown % 40)
    two.wait_for_timeout(1000)
    for page, width in ((one, 50), (two, 40)):
        page.reload()
        page.wait_for_function(shown % width)
        slot = page.locator("#sketch-file img")
        assert slot.evaluate("image => image.naturalWidth") == width


def test_a_drawing_that_is_refused_is_told(open_page, files):
    page, said = open_page(), []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    drop(page, "reference-file", files["red"])
    draw_line(page, 0)
    refusal = {"status": 503, "body": "Too much."}
    page.route("**/upload", lambda route: route.fulfill(**refusal))
    with page.expect_event("dialog"):
        start_painting(page)
    page.wait_for_timeout(1000)  # it is said once more if it is tried again
    assert said and set(said) == {"The drawing was not sent: Too much."}


@LONG
def test_what_was_painted_before_a_stop_comes_home_in_a_zip(open_page, files, tmp_path):
    page = open_page()
    drop(page, "reference-file", files["red"])
    page.get_by_text("Several sketches at once").click()
    sketches = [str(tmp_path / f"{number}.png") for number in range(20)]
    for path in sketches:
        PIL.Image.new("L", (900, 900), 255).save(path)
    page.locator("#several-files input[type=file]").set_input_files(sketches)
    page.get_by_text("19").first.wait_for()
    page.locator("#several-paint").click()
    page.get_by_text(re.compile("[2-9] of 20 are done")).wait_for()
    page.locator("#several-stop").click()
    page.get_by_text("Stopped: ").wait_for()
    said = page.locator("#several-status").inner_text()  # and how long it took, maybe
    count = int(re.search("Stopped: ([0-9]+)", said)[1])
    assert 2 <= count < 20

    def save():
        with page.expect_download() as download:
            page.locator("#several-zip").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            return archive.namelist()

    page.wait_for_timeout(2000)  # one more may have come
    saved = save()
    assert count <= len(saved) < 20
    assert saved == [f"{number}_painted.png" for number in range(len(saved))]
    page.reload()
    page.get_by_text("Several sketches at once").click()
    page.get_by_text(f"{len(saved)} were painted before.").wait_for()
    assert save() == saved


@LONG
def test_a_phone_shows_tiff_and_errors_beside_their_inputs(open_page, files, tmp_path):
    page = open_page(390, 844)
    tiff = str(tmp_path / "scan.tif")
    with PIL.Image.open(files["sketch"]) as image:
        image.save(tiff)
    drop(page, "sketch-file", tiff)
    page.wait_for_function(
        "document.querySelector('#sketch-file img')?.naturalWidth === 50"
    )
    drop(page, "reference-file", files["red"])

    def reach(name):
        box = page.locator(name).bounding_box()
        return 0 <= box["y"] and box["y"] + min(box["height"], 200) <= 844

    assert reach("#paint")  # before anything is scrolled
    start_painting(page)
    painted(page)
    page.wait_for_timeout(1000)
    assert reach("#paint") and reach("#painting")
    drop(page, "reference-file", files["text"])
    error = page.locator("#reference-error")
    error.wait_for()
    assert "text.png: not a picture that can be read" in error.inner_text()
    assert not page.locator("#painting img").count()
    start_painting(page)
    page.wait_for_timeout(1000)
    assert error.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


DROP = """(box, [name, data]) => {
    const files = new DataTransfer();
    files.items.add(new File([Uint8Array.from(data)], name));  // of no kind
    box.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
}"""


def test_a_drawing_whose_kind_the_browser_does_not_know_is_dropped(
    open_page, files, tmp_path
):
    path = tmp_path / "drawing.ora"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(files["sketch"], "mergedimage.png")
    page = open_page()
    sketch, reference = (
        page.locator(f"#{slot}-file button").first for slot in ("sketch", "reference")
    )
    sketch.evaluate(DROP, [path.name, list(path.read_bytes())])
    reference.evaluate(DROP, ["notes.txt", list(b"not a picture")])
    page.get_by_text("Invalid file type: notes.txt").wait_for()
    page.wait_for_function(
        "document.querySelector('#sketch-file img')?.naturalWidth === 50"
    )
    assert not page.get_by_text(f"Invalid file type: {path.name}").count()


@pytest.mark.parametrize(
    "slot", ["sketch-file", pytest.param("reference-file", marks=LONG)]
)
def test_what_is_dropped_last_stays(slot, open_page, files, tmp_path):
    """While what browsers do not show is made into what they do."""
    upload = str(tmp_path / "large.tiff")
    noise = np.random.default_rng(0).integers(0, 255, (3000, 3000, 3), np.uint8)
    PIL.Image.fromarray(noise).save(upload)
    page = open_page()
    drop(page, slot, upload)
    page.wait_for_function(f"""() => {{
        const image = document.querySelector("#{slot} img");
        return image && image.src.endsWith("large.tiff");
    }}""")
    drop(page, slot, files["red"])
    page.wait_for_timeout(8_000)
    assert page.locator(f"#{slot} img").get_attribute("src").endswith("red.png")
    page.locator(f"#{slot} [aria-label='Remove Image']").or_(
        page.locator(f"#{slot} [title=Clear]")
    ).first.click()
    drop(page, slot, upload)
    page.wait_for_function(f"""() => {{
        const image = document.querySelector("#{slot} img");
        return image && image.src.endsWith("large.png");
    }}""")
