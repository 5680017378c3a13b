"""Draws docs/demo_wide.jpg and docs/demo_phone.jpg: the web page with a painting.

Example: python docs/draw_page.py [FOLDER]

It prints the seconds from a hint's click to the new painting on the screen.
It needs pip install -e ".[demo]" playwright, and Chromium.
"""

import io
import pathlib
import shutil
import socket
import subprocess
import sys
import time
from typing import NamedTuple

import PIL.Image
from playwright.sync_api import sync_playwright

FOLDER = pathlib.Path(__file__).parent
EXAMPLES = FOLDER.parent / "examples"
QUALITY = 85
GAP = 20  # pixels between two screens of a phone


class View(NamedTuple):
    """A screen, and what is painted on it."""

    size: tuple  # (width, height) in pixels
    sketch: str
    reference: str
    hints: list  # (x, y, colour), in pixels of the sketch


VIEWS = {
    "wide": View(
        (1280, 1000), "sailor.png", "scarf.jpg",
        [(178, 263, "#5b7f9b"), (280, 263, "#5b7f9b"), (263, 469, "#d81e5b")],
    ),
    "phone": View(
        (390, 844), "yuki.png", "blossom.png",
        [(228, 112, "#264143"), (290, 110, "#264143"), (130, 495, "#8e4586")],
    ),
}  # fmt: skip


def main():
    """Writes the pictures."""
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "keras_s2p.demo", "--port", port]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[0]  # written once it is served
        with sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox"]
            )
            for name, view in VIEWS.items():
                width, height = view.size
                page = browser.new_page(viewport={"width": width, "height": height})
                page.set_default_timeout(300_000)
                page.goto(address)
                seconds = paint(page, view)
                print(f"{name}: " + ", ".join(f"{each:.1f} s" for each in seconds))
                shots = take_phone(page) if name == "phone" else [take(page, True)]
                write(shots, folder / f"demo_{name}.jpg")
                page.close()
            browser.close()
    finally:
        server.terminate()
        server.wait()


def paint(page, view):
    """Drops the pictures, paints, and gives the hints: the seconds that each took."""
    page.locator("#paint").wait_for()
    sketch = EXAMPLES / "sketches" / view.sketch
    reference = EXAMPLES / "references" / view.reference
    for slot, path in (("sketch-file", sketch), ("reference-file", reference)):
        page.locator(f"#{slot} input[type=file]").set_input_files(path)
        page.locator(f"#{slot} img").wait_for()
    page.locator("#swatches label").first.wait_for()
    page.locator("#paint").click()
    page.locator("#painting img").wait_for()
    seconds = []
    for x, y, colour in view.hints:
        before = page.locator("#painting img").get_attribute("src")
        page.locator("#colour button").first.click()
        page.locator("#colour input[type=text]").first.fill(colour)
        page.keyboard.press("Enter")
        page.locator("h1").click()
        page.locator("#painting img").scroll_into_view_if_needed()
        start = time.monotonic()
        click(page.locator("#painting img"), x, y)
        page.wait_for_function(
            """before => {
                const image = document.querySelector("#painting img");
                return image && image.src !== before && image.complete;
            }""",
            arg=before,
        )
        seconds.append(time.monotonic() - start)
    page.locator("#history img").nth(1).wait_for()
    return seconds


def take_phone(page):
    """What a phone shows before anything is scrolled, and of the painting."""
    first = take(page, False)
    page.locator("#views").evaluate("part => part.scrollIntoView()")
    return [first, take(page, False, scroll=False)]


def take(page, full, scroll=True):
    """A screenshot, of the whole page or of what is on the screen; a PIL image."""
    if scroll:
        page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(1500)  # until nothing moves
    taken = io.BytesIO(page.screenshot(full_page=full))
    return PIL.Image.open(taken, formats=["PNG"]).convert("RGB")


def click(picture, x, y):
    """Clicks a picture that is fit into its box, at a place of its own pixels."""
    box = picture.bounding_box()
    width, height = picture.evaluate("i => [i.naturalWidth, i.naturalHeight]")
    scale = min(box["width"] / width, box["height"] / height, 1)
    left, top = box["width"] - scale * width, box["height"] - scale * height
    place = {"x": left / 2 + scale * x, "y": top / 2 + scale * y}
    picture.click(position=place)


def write(shots, path):
    """Writes pictures of one height side by side."""
    widths = [shot.width for shot in shots]
    size = sum(widths) + GAP * (len(shots) - 1), shots[0].height
    picture = PIL.Image.new("RGB", size, "white")
    for number, shot in enumerate(shots):
        picture.paste(shot, (sum(widths[:number]) + GAP * number, 0))
    picture.save(path, quality=QUALITY)


if __name__ == "__main__":
    main()
