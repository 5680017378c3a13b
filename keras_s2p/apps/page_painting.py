"""What the web page asks of a painter; it needs no gradio.

The style of a reference is kept: most paintings change the sketch or the hints.
"""

import contextlib
import functools
import os
import sys
import threading
from concurrent import futures

import numpy as np

from keras_s2p.apps import page_disk
from keras_s2p.common import images, memory, picture_files
from keras_s2p.painting.painter import Painter

MAX_PIXELS = 25_000_000  # of a picture that is painted here
KEEP = 3  # paintings that another hint or strength is given soon; see Painter
NUM_SWATCHES = 12
SIZES, SIZE_STEP = (64, 512), 32  # pixels, the least and the largest working size
WARM_UP = 64  # pixels
MAX_SECONDS = 300  # of a painting, and of its wait for the one before
TOO_SLOW = "That takes too long here: try a smaller picture, or try it later."
_TURNS = futures.ThreadPoolExecutor(1, "painting")  # one at a time, so little memory
MAX_READERS = 2  # pictures that are decoded at once
_READERS = threading.BoundedSemaphore(MAX_READERS)
APART = 36  # of 255, at least, between two swatches (Euclidean)


class InputError(ValueError):
    """A sentence about one of the page's inputs.

    Args:
        place: "sketch" or "reference".
        text: the sentence.
    """

    def __init__(self, place, text):
        super().__init__(text)
        self.place = place


def paint(
    painter,
    sketch,
    references,
    weights,
    strength=1.0,
    size=None,
    layers=False,
    hints=(),
    left_out=(),
):
    """Paints what the page asks for.

    Args:
        painter: Painter.
        sketch: path of a picture, or [H, W, 3] uint8; None is told to be missing.
        references: paths, None for those left empty. With hints none is needed.
        weights: a number for each reference, not negative, of any sum.
        strength: in [0, 1].
        size: side in pixels at which a square is painted; None is the painter's own.
        layers: also make the colour alone and the lines alone.
        hints: (x, y, colour) of Painter.paint.
        left_out: names of the parts of Style that are left out.

    Returns:
        PIL image, or Layers if `layers`.

    Raises:
        ValueError: in one sentence, which names files without their folders; an
            InputError if the sketch or a reference is at fault. It takes longer than
            MAX_SECONDS.
    """
    if sketch is None:
        raise InputError("sketch", "The sketch is missing: drop one, or draw one.")
    given = [(path, share) for path, share in zip(references, weights) if path]
    if not given and not hints:
        raise InputError("reference", "The reference is missing: drop a painting.")
    if given and not any(share > 0 for _, share in given):
        text = "Every reference has the weight 0: raise one of them."
        raise InputError("reference", text)
    sketch = read_picture(sketch) if isinstance(sketch, str) else sketch

    def paint_now():
        style = _blend(painter, given, left_out)
        fitting = resize_painter(painter, size) if size else painter
        try:
            return fitting.paint(sketch, style, strength, layers, list(hints))
        finally:
            memory.release()

    return in_time(paint_now, MAX_SECONDS)


def in_time(function, seconds: float):
    """What a function gives; one runs at a time, those that are called first first.

    One that is late can not be stopped. It ends by itself, and until then no other one
    begins: memory and processors stay in bounds.

    Raises:
        ValueError: it has not ended, or not begun, after so many seconds.
    """
    turn = _TURNS.submit(function)
    try:
        return turn.result(seconds)
    except futures.TimeoutError:
        turn.cancel()  # if it has not begun
        raise ValueError(TOO_SLOW) from None


def leave(code: int, said: str = ""):
    """Ends the process at once: Python would wait for what is painted and read.

    Args:
        code: its exit code.
        said: its last words, to standard error.
    """
    with contextlib.suppress(OSError, ValueError):  # full, or closed
        sys.stdout.flush()
        sys.stderr.write(said)
        sys.stderr.flush()
    os._exit(code)


def _blend(painter, given, left_out):
    """The style of [(path, share)], without parts of these names; None of none."""
    if not given:
        return None
    try:
        styles = [_find_style(painter, path, _changed(path)) for path, _ in given]
    except ValueError as error:
        raise InputError("reference", str(error)) from None
    style = painter.blend(styles, [share for _, share in given])
    return style.without(*left_out)


def warm_up(painter):
    """Paints something small, that the first visitor waits less; nobody waits here."""
    blank = np.full((WARM_UP, WARM_UP), 255, np.uint8)
    _TURNS.submit(lambda: painter.paint(blank, hints=[(0, 0, "#ffffff")]))


def find_swatches(painter, references) -> list:
    """Colours of references to choose from, those of large areas first.

    Args:
        painter: Painter.
        references: paths, None for those left empty. One that can not be read has none.

    Returns:
        At most NUM_SWATCHES of "#rrggbb", no two of them alike.
    """
    palettes = []
    for path in filter(None, references):
        try:
            palettes.append(_find_style(painter, path, _changed(path)).palette[0])
        except ValueError:  # told when it is painted
            continue
    swatches = []
    for colour in (colour for rank in zip(*palettes) for colour in rank):
        pixel = images.to_uint8(colour[:3]).numpy().astype(int)
        near = any(np.linalg.norm(pixel - each) < APART for each in swatches)
        if colour[3] and not near and len(swatches) < NUM_SWATCHES:
            swatches.append(pixel)
    return ["#{:02x}{:02x}{:02x}".format(*each) for each in swatches]


@functools.lru_cache(maxsize=32)
def _find_style(painter, path, changed):
    """The style of an uploaded file."""
    return painter.style(read_picture(path))


def _changed(path):
    """When a file was changed, in nanoseconds; None if there is none."""
    return os.stat(path).st_mtime_ns if os.path.exists(path) else None


def resize_painter(painter, size):
    """A Painter with the same networks, of the working size that is nearest to this.

    That is the painter's own or a multiple of SIZE_STEP; those of all of them are kept:
    TensorFlow keeps the graph of each that there ever was.

    Args:
        painter: Painter.
        size: in SIZES.
    """
    if size == painter.size:
        return painter
    return _resize_painter(painter, SIZE_STEP * round(size / SIZE_STEP))


@functools.lru_cache(maxsize=1 + SIZES[1] // SIZE_STEP)
def _resize_painter(painter, size):
    resized = Painter(
        size=size,
        generator=painter.generator,
        hint_encoder=painter.hint_encoder,
        place_encoder=painter.place_encoder,
    )
    resized.share_kept(painter)  # memory is not that of every size
    return resized


def read_picture(path):
    """[H, W, 3] uint8 of an uploaded file; errors are those of `reading`."""
    with reading(path) as pixels:
        return pixels


@contextlib.contextmanager
def reading(path):
    """Gives [H, W, 3] uint8 of an uploaded file for a while, to few at once.

    Raises:
        ImageError: in one sentence, which names the file without its folder.
    """
    with page_disk.without_folder(path), _READERS:
        yield picture_files.read_painting(path, MAX_PIXELS)
