"""Draws docs/steering.jpg: a painting, where three hints lie, and the mended painting.

Example: python docs/draw_steering.py
"""

import pathlib

import numpy as np
import PIL.Image
import PIL.ImageDraw

from keras_s2p import Painter
from keras_s2p.common import contact_sheets, picture_files

FOLDER = pathlib.Path(__file__).parent
EXAMPLES = FOLDER.parent / "examples"
SKETCH = EXAMPLES / "sketches" / "yuki.png"
REFERENCE = EXAMPLES / "references" / "meadow.png"
HINTS = [(300, 126, "#b896bc"), (440, 60, "#8fb0d6"), (440, 240, "#8fb0d6")]
DOT = 9  # pixels of radius
CELL = 320  # pixels


def main():
    """Writes docs/steering.jpg."""
    painter = Painter()
    style = painter.style(REFERENCE)
    before = painter.paint(SKETCH, style)
    after = painter.paint(SKETCH, style, hints=HINTS)
    row = [np.asarray(each) for each in (before, mark(before, HINTS), after)]
    sheet = contact_sheets.contact_sheet([row], CELL)
    picture_files.write_image(str(FOLDER / "steering.jpg"), sheet)


def mark(painting, hints):
    """A pale copy of a painting with the hints as dots."""
    white = PIL.Image.new("RGB", painting.size, "white")
    marked = PIL.Image.blend(painting, white, 0.6)
    draw = PIL.ImageDraw.Draw(marked)
    for x, y, colour in hints:
        circle = (x - DOT, y - DOT, x + DOT, y + DOT)
        draw.ellipse(circle, fill=colour, outline="black", width=2)
    return marked


if __name__ == "__main__":
    main()
