"""The web page under load: many visitors at once, some of them bad.

pytest -m slow tests/test_page_load.py --fuzz 200 is the long form, of so many requests.
"""

import collections
import concurrent.futures
import io
import json
import os
import pathlib
import re
import socket
import struct
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import PIL.Image
import psutil
import pytest
from test_page_files import META, Visitor, encode

from keras_s2p.apps import page_server as limits
from keras_s2p.painting.painter import Painter

USERS = 8
MAX_GROWTH = 150_000_000  # bytes, from a quarter of the requests to the end
BAD = {
    "cut": "sketch.png: damaged|sketch.png: not a picture",
    "text": "sketch.png: not a picture that can be read",
    "huge": "sketch.png: 6000 x 5000 pixels; at most 25 million",
    "small": "sketch.png: only 1 x 1 pixels",
    "foreign": "A picture was not uploaded here",
    "alone": "The reference is missing",
    "unknown": "That request can not be understood",
}
PLAIN = [None, 1.0, True, True]  # what the endpoint takes besides two files
LEAVING = ("half an upload", "joined and left", "too many bytes")
# One of two requests is good: through the page's button, or the endpoint of programs.
KINDS = [
    kind
    for bad in (*BAD, *LEAVING)
    for kind in (("page", "program")[len(bad) % 2], bad)
]


def draw(number):
    """A sketch that no other number has; of four sizes."""
    rng = np.random.default_rng(number)
    pixels = np.full((90 + 20 * (number % 4), 120), 255, np.uint8)
    for row in rng.integers(5, len(pixels) - 5, 3):
        pixels[row : row + 2] = 0
    pixels[:, rng.integers(5, 115)] = 0
    return PIL.Image.fromarray(pixels)


def colour(number):
    """One of three references."""
    rng = np.random.default_rng(number % 3)
    blocks = rng.integers(0, 256, (4, 5, 3), np.uint8)
    return PIL.Image.fromarray(blocks.repeat(16, 0).repeat(16, 1))


@pytest.fixture(scope="module")
def bad_sketches():
    good = encode(draw(0))
    return {
        "cut": good[: len(good) // 2],
        "text": b"not a picture",
        "huge": encode(PIL.Image.new("1", (6000, 5000))),
        "small": encode(PIL.Image.new("L", (1, 1))),
        "alone": good,
    }


class User(Visitor):
    """A visitor who sends requests of all kinds.

    Args:
        server: of page_servers.serve.
        size: the working size.
    """

    def __init__(self, server, size):
        super().__init__(server)
        self.size = size

    def request(self, number, bad_sketches):
        """Sends a request; gives (kind, painting [H, W, 3] or sentence or None)."""
        kind = KINDS[number % len(KINDS)]
        if kind == "half an upload":
            return kind, self.leave_midway()
        if kind == "too many bytes":
            return kind, self.send_too_much()
        reference = self.upload(encode(colour(number)))
        if kind == "foreign":
            sketch = {"path": os.path.abspath(__file__), **META}
        else:
            sketch = self.upload(bad_sketches.get(kind) or encode(draw(number)))
        if kind == "joined and left":
            return kind, self.join_and_leave(sketch, reference)
        if kind == "alone":
            return kind, self.paint(sketch)
        if kind == "unknown":
            return kind, self.ask_number(self.endpoints["paint"], [sketch])
        if kind != "program":
            found = self.paint(sketch, [reference], size=self.size)
            return kind, found if isinstance(found, str) else self.fetch(found)
        found = self.ask_number(self.endpoints["paint"], [sketch, reference, *PLAIN])
        return kind, found if isinstance(found, str) else self.fetch(found[0])

    def fetch(self, file):
        path = urllib.parse.quote(file["path"])
        with self.open(f"{self.root}/file={path}") as response:
            with PIL.Image.open(io.BytesIO(response.read())) as image:
                return np.asarray(image.convert("RGB"))

    def connect(self):
        address = urllib.parse.urlsplit(self.root)
        return socket.create_connection((address.hostname, address.port))

    def leave_midway(self):
        """Ends the connection in the middle of a picture, without a word."""
        with self.connect() as server:
            head = 'form-data; name="files"; filename="sketch.png"'
            body = f"--x\r\nContent-Disposition: {head}\r\n\r\n".encode()
            server.sendall(
                b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n"
                b"Content-Length: 900000\r\n"
                b"Cookie: " + self.cookie.encode() + b"\r\n\r\n" + body + bytes(300_000)
            )
            # Reset, not closed in order.
            linger = struct.pack("ii", 1, 0)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def join_and_leave(self, sketch, reference):
        """Asks for a painting and does not wait for it."""
        data = {
            "data": [sketch, reference, *PLAIN],
            "fn_index": self.endpoints["paint"],
        }
        data["session_hash"] = self.session
        self.post("/queue/join", json.dumps(data).encode())
        url = f"{self.root}/queue/data?session_hash={self.session}"
        with self.open(url) as response:
            response.readline()

    def send_too_much(self):
        """Sends a file that is too large, and then a request that says that it is."""
        for size in (106_000_000, limits.MAX_FORM + 1):
            try:
                self.upload(bytes(size))
            except urllib.error.HTTPError as error:
                assert error.code == 413
            except OSError:  # the page does not wait for the rest
                pass
            else:
                raise AssertionError(f"{size} bytes were taken")


def memory(pid):
    """Bytes of a process that are in memory."""
    return psutil.Process(pid).memory_info().rss


def peak(pid):
    """The most bytes of a process that were in memory at once."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@pytest.mark.long
@pytest.mark.slow
def test_every_good_request_gets_its_painting_and_every_bad_one_a_sentence(
    page_server, weights_folder, bad_sketches, pytestconfig
):
    count = pytestconfig.getoption("--fuzz")
    painter = Painter(weights_folder)

    def request(number):
        user = User(page_server, painter.size)
        return number, *user.request(number, bad_sketches)

    found, measured = [], []
    with concurrent.futures.ThreadPoolExecutor(USERS) as pool:
        for numbers in np.array_split(np.arange(count), 4):
            found += pool.map(request, map(int, numbers))
            measured.append(memory(page_server.pid))
    print("\nMB after each quarter:", [each // 1_000_000 for each in measured])
    print("MB at the most:", peak(page_server.pid) // 1_000_000)
    assert measured[-1] - measured[0] < MAX_GROWTH, measured
    for number, kind, answer in found:
        if kind in BAD:
            assert re.match(BAD[kind], answer), (kind, answer)
        elif kind in LEAVING:
            assert answer is None
        else:
            assert not isinstance(answer, str), answer
            expected = np.asarray(painter.paint(draw(number), colour(number)), int)
            assert answer.shape == expected.shape
            assert np.abs(answer - expected).max() <= 1, (number, kind)
    kinds = collections.Counter(kind for _, kind, _ in found)
    print("Requests:", dict(kinds))
    assert set(kinds) == set(KINDS)
