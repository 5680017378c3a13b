"""Prints how much the frames of a video flicker, painted alone and as a video.

Example: python docs/measure_frames.py
"""

import pathlib

import numpy as np

from keras_s2p import Painter
from keras_s2p.common import picture_files
from keras_s2p.painting.video import Video

EXAMPLES = pathlib.Path(__file__).parent.parent / "examples"
PAIRS = {"aiko": "meadow.png", "sailor": "scarf.jpg", "starfish": "ribbon.jpg",
         "yuki": "blossom.png"}  # fmt: skip
SHIFTS = [(0, 0), (1, 0), (2, 1), (3, 1), (5, 2), (6, 4), (7, 5), (8, 5), (10, 6),
          (11, 8), (12, 9), (13, 9)]  # fmt: skip
PAGE = 20  # pixels of paper around
JUMP = 24  # of 255 levels


def main():
    """Prints a Markdown table."""
    painter = Painter()
    print("| drawing | each for itself | `--video` |\n|---|---|---|")
    for name, reference in PAIRS.items():
        sketch = picture_files.read_sketch(str(EXAMPLES / "sketches" / f"{name}.png"))
        style = painter.style(EXAMPLES / "references" / reference)
        shares = [measure(paint, sketch, style) for paint in ways(painter)]
        shares = (f"{share:.3%}".replace("%", " %") for share in shares)
        print(f"| `{name}.png` | {' | '.join(shares)} |", flush=True)


def ways(painter):
    """Functions of a frame and a style that give its painting."""
    video = Video(painter)
    return painter.paint, lambda page, style: video.paint(page, style).painting


def measure(paint, sketch, style):
    """The largest share of pixels that jump from one frame to the next.

    Args:
        paint: of `ways`.
        sketch: [H, W, 1] uint8, which each frame shows moved by SHIFTS.
        style: Style.
    """
    height, width = sketch.shape[:2]
    frames = []
    for x, y in SHIFTS:
        page = np.full((height + PAGE, width + PAGE, 1), 255, np.uint8)
        page[y : y + height, x : x + width] = sketch
        picture = np.asarray(paint(page, style)).astype(int)
        frames.append(picture[y : y + height, x : x + width])
    jumps = [np.abs(b - a).max(axis=-1) > JUMP for a, b in zip(frames, frames[1:])]
    return max(jump.mean() for jump in jumps)


if __name__ == "__main__":
    main()
