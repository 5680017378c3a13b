"""What the tests share that open the web page in a browser."""

import shutil

import numpy as np
import PIL.Image
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths by name: a sketch, two references, and three that are refused."""
    folder = tmp_path_factory.mktemp("pictures")
    page = np.full((40, 50), 255, np.uint8)
    page[20] = 0
    pictures = {
        "sketch": PIL.Image.fromarray(page),
        "red": PIL.Image.new("RGB", (48, 40), (220, 40, 60)),
        "blue": PIL.Image.new("RGB", (40, 48), (40, 60, 220)),
        "dot": PIL.Image.new("L", (1, 1)),
        "huge": PIL.Image.new("1", (6000, 5000)),
    }
    paths = {name: str(folder / f"{name}.png") for name in [*pictures, "text"]}
    for name, picture in pictures.items():
        picture.save(paths[name])
    with open(paths["text"], "w") as file:
        file.write("not a picture")
    return paths


@pytest.fixture
def address(page_server):
    """Address of the page."""
    return page_server.address


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield running
        running.close()


@pytest.fixture
def open_page(browser, address):
    """Function that opens the page as another user; asks for nothing elsewhere."""
    contexts, elsewhere = [], []

    def note(request):
        if not request.url.startswith((address, "data:", "blob:")):
            elsewhere.append(request.url)

    def open_page(width=1280, height=1000):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", note)
        page.goto(address)
        page.locator("#paint").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not elsewhere


def drop(page, slot, path):
    """Puts a file into a slot, in the place of one that is there."""
    clear = page.locator(f"#{slot} [aria-label='Remove Image'], #{slot} [title=Clear]")
    if clear.count():
        clear.first.click()
    page.locator(f"#{slot} input[type=file]").set_input_files(path)
    page.locator(f"#{slot} img").wait_for(state="attached")


def start_painting(page):
    page.locator("#paint").click()


def painted(page, before=None):
    """Address of the painting, once it is another than `before`."""
    page.wait_for_function(
        """before => {
            const image = document.querySelector("#painting img");
            return image && image.complete && image.naturalWidth
                && image.src !== before;
        }""",
        arg=before,
    )
    return page.locator("#painting img").get_attribute("src")


def fetch(page, url, tmp_path):
    path = tmp_path / "painting.png"
    path.write_bytes(page.request.get(url).body())
    with PIL.Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
