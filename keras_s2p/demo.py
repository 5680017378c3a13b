"""The web page: drop or draw a sketch, drop references, see the painting.

python -m keras_s2p.demo [--weights W] [--port 7860] [--host 127.0.0.1]

It needs pip install -e ".[demo]", and no network: nothing is loaded from elsewhere.
"""

import argparse
import functools
import os
import sys

from keras_s2p.common import picture_files
from keras_s2p.painting.painter import Painter

MAX_PIXELS = 16_000_000  # of a picture that is painted here


def paint(painter, sketch, references, weights, strength=1.0, size=None, layers=False):
    """Paints what the page asks for.

    Args:
        painter: Painter.
        sketch: path of a picture, or [H, W, 3] uint8; None is told to be missing.
        references: paths, None for those left empty.
        weights: a number for each reference, not negative, of any sum.
        strength: in [0, 1].
        size: side in pixels at which a square is painted; None is the painter's own.
        layers: also make the colour alone and the lines alone.

    Returns:
        PIL image, or Layers if `layers`.

    Raises:
        ValueError: in one sentence, which names files without their folders.
    """
    if sketch is None:
        raise ValueError("The sketch is missing: drop one, or draw one.")
    given = [(path, share) for path, share in zip(references, weights) if path]
    if not given:
        raise ValueError("The reference is missing: drop a painting.")
    if not any(share > 0 for _, share in given):
        raise ValueError("Every reference has the weight 0: raise one of them.")
    if size and size != painter.size:
        painter = resize_painter(painter, size)
    sketch = _read(sketch) if isinstance(sketch, str) else sketch
    styles = [_find_style(painter, path, _changed(path)) for path, _ in given]
    style = painter.blend(styles, [share for _, share in given])
    return painter.paint(sketch, style, strength, layers)


@functools.lru_cache(maxsize=32)
def _find_style(painter, path, changed):
    """The style of an uploaded file; kept, since most paintings change the sketch."""
    return painter.style(_read(path))


def _changed(path):
    """When a file was changed, in nanoseconds; None if there is none."""
    return os.stat(path).st_mtime_ns if os.path.exists(path) else None


@functools.lru_cache(maxsize=8)
def resize_painter(painter, size):
    """A Painter of another working size with the same networks; its graph is kept."""
    return Painter(
        size=size, generator=painter.generator, hint_encoder=painter.hint_encoder
    )


def _read(path):
    """[H, W, 3] uint8 of an uploaded file."""
    try:
        return picture_files.read_painting(path, MAX_PIXELS)
    except picture_files.ImageError as error:
        text = str(error).replace(path, os.path.basename(path))
        raise picture_files.ImageError(text) from None


def parse_args(argv):
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--weights", help="release or run folder (default: the release)")
    add(
        "--vgg-weights", default="imagenet",
        help="Keras's VGG 19 file, for weights of `paper`",
    )  # fmt: skip
    add("--port", type=int, default=7860, help="(default: 7860)")
    add(
        "--host", default="127.0.0.1",
        help="0.0.0.0 lets other machines in (default: 127.0.0.1, this machine alone)",
    )  # fmt: skip
    args = parser.parse_args(argv)
    if not 1 <= args.port <= 65535:
        parser.error("--port: must be between 1 and 65535")
    return args


def main(argv=None) -> int:
    """Serves the page until it is interrupted; gives the exit code."""
    args = parse_args(argv)
    try:
        from keras_s2p.apps.page import build_page, launch_page
    except ImportError:
        needed = 'pip install -e ".[demo]", with Python 3.10 or 3.11'
        print(f"demo: gradio is missing; {needed}", file=sys.stderr)
        return 1
    try:
        painter = Painter(args.weights, vgg_weights=args.vgg_weights)
        page = build_page(functools.partial(paint, painter), painter.size)
        launch_page(page, args.host, args.port)
    except (ValueError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f"http://{args.host}:{args.port}  Ctrl-C ends it", flush=True)
    page.block_thread()
    return 0


if __name__ == "__main__":
    sys.exit(main())
