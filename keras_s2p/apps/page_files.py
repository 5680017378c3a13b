"""Which files the web page opens: those of who asks, and its examples.

What a browser sends as the path of its upload may be any path of this machine. Gradio
looks at some of them, and its components open others in every format that Pillow knows:
here all are looked at first, and no component opens any.
"""

import asyncio
import contextlib
import functools
import os
import threading
import weakref

import gradio as gr

from keras_s2p.apps import page_disk, page_visitors
from keras_s2p.apps.page_server import UNKNOWN
from keras_s2p.common import picture_files, picture_folders, shipped

KINDS = ("sketches", "references")
REFUSAL = "A picture was not uploaded here, or was deleted since: drop it again."
MAX_PIXELS = 16_000_000  # of a drawing
MAX_DRAWINGS = 32  # kept until they are painted
MAX_DRAWING_SIZE = 5_000_000  # bytes; a form that brings one has no more


class Page(gr.Blocks):
    """A page whose events take no file but examples and those of who asks.

    Its events must be made with preprocess=False if a component of files is among
    their inputs: they get {"path": ...}, for find_file.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._turns = weakref.WeakValueDictionary()  # session: asyncio.Lock

    async def process_api(
        self, block_fn, inputs, state=None, request=None, *args, **kwargs
    ):
        page_visitors.enter(request)
        event = kwargs.get("event_data")
        if event is not None:  # gradio looks for each path in it, wherever that leads
            event._data = {"index": _find_index(event._data)}
        async with self._find_turn(block_fn, kwargs.get("session_hash")):
            return await super().process_api(
                block_fn, inputs, state, request, *args, **kwargs
            )

    def _find_turn(self, block_fn, session):
        """What changes a visitor's state, all of which is quick, waits for its turn.

        Else of two clicks at once one would be lost: both begin with the same hints.
        """
        if block_fn.queue is not False or session is None:
            return contextlib.AsyncExitStack()  # nothing to wait for
        return self._turns.setdefault(session, asyncio.Lock())

    async def preprocess_data(self, block_fn, inputs, *args, **kwargs):
        if not block_fn.fn:  # what a browser does alone
            raise gr.Error(UNKNOWN, print_exception=False)
        if any(find_file(path) is None for path in _paths(inputs)):
            raise gr.Error(REFUSAL, print_exception=False)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error:
            raise
        except Exception:  # of a request that is none of the page's own
            raise gr.Error(UNKNOWN, print_exception=False) from None


def find_file(path):
    """The real path of an example or of a file of who asks (page_visitors.FOLDER).

    None if it is neither, or is gone, or is not named as the page names it: whether a
    way round leads there may hang on what else is on this machine. Who names a file of
    their own uses it: it is kept.
    """
    folder = page_visitors.FOLDER.get()
    try:
        real = _example_files().get(path)
        if folder is not None and path.startswith(folder + os.sep):
            real = path if os.path.realpath(path) == path else None
            if real:
                page_disk.renew(real)
        return real if real and os.path.isfile(real) else None
    except (AttributeError, OSError, TypeError, ValueError):  # not a path at all
        return None


def find_shown(path):
    """As find_file, of a file that a picture's component is to show.

    None of one that is called SVG, which gradio reads whole, and sends as text.
    """
    real = find_file(path)
    return None if real and real.lower().endswith(".svg") else real


def _find_index(data):
    """Where a part was clicked: a number or a list of some; None of anything else."""
    index = data.get("index") if isinstance(data, dict) else None
    values = index if isinstance(index, list) else [index]
    return index if all(isinstance(each, (int, float)) for each in values) else None


def _paths(data):
    """Everything in a request that is sent as the path of a file."""
    waiting = [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("path") is not None:
                yield part["path"]
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple)):
            waiting.extend(part)


@functools.lru_cache(maxsize=1)
def _example_files():
    """Real path of each example, by that and by the one it is listed with."""
    listed = [path for kind in KINDS for path in list_examples(kind)]
    real = {path: os.path.realpath(path) for path in listed}
    return {**real, **{path: path for path in real.values()}}


def list_examples(kind: str) -> list:
    """Paths of the example "sketches" or "references"."""
    folder = os.path.join(shipped.EXAMPLES, kind)
    return [os.path.join(folder, name) for name in picture_folders.list_images(folder)]


def find_example(kind: str, index):
    """The path of the example that was clicked; None if a browser names none."""
    paths = list_examples(kind)
    known = isinstance(index, int) and 0 <= index < len(paths)
    return paths[index] if known else None


class Drawings:
    """The drawings that browsers have sent and that wait to be painted.

    In the place of gradio's own keeping, which has no end, and of its reading.

    Args:
        board: gradio.Sketchpad.
    """

    def __init__(self, board):
        self._waiting = {}
        self._lock = threading.Lock()

        def accept_blobs(data):
            if getattr(data, "files", None):  # not a request that is no form
                self.keep(data.data["type"], data.data["id"], data.files[0][1])

        board.accept_blobs = gr.components.base.server(accept_blobs)

    def keep(self, part: str, name: str, data: bytes):
        """Keeps a part of a drawing, if it is what is painted and not too large."""
        if part != "composite" or len(data) > MAX_DRAWING_SIZE:
            return
        owned = page_visitors.FOLDER.get(), name
        with self._lock:
            self._waiting.pop(owned, None)
            while len(self._waiting) >= MAX_DRAWINGS:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[owned] = data

    def take(self, value):
        """The drawing that the board's value names.

        Args:
            value: what a browser sends: {"id": ...}, or {"composite": {"path": ...}}.

        Returns:
            [H, W, 3] uint8; None if there is none, or nothing is drawn on it.

        Raises:
            ImageError: not a picture, damaged, too small or too large.
        """
        value = value or {}
        owned = page_visitors.FOLDER.get(), value.get("id")
        with self._lock:
            data = self._waiting.pop(owned, None)
        file = value.get("composite")
        if data:
            pixels = picture_files.decode_painting(data, "drawing", MAX_PIXELS)
        elif file:
            path = find_file(file["path"])
            with page_disk.without_folder(path):
                pixels = picture_files.read_painting(path, MAX_PIXELS)
        else:
            return None
        return None if picture_files.to_gray(pixels).min() > 250 else pixels
