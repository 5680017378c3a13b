"""Draws docs/results/guide_decoders/equation_3.jpg from runs of figure 6.

Example: python docs/draw_equation_3.py runs/guides_128
"""

import os
import sys

from keras_s2p.common import contact_sheets, picture_files

FOLDER = os.path.dirname(os.path.abspath(__file__))
SKETCH, REFERENCE, PAINTING, TRUTH = range(4)  # columns of evaluate.py's gallery
PAINTED = ("none_with_0", "acgan_without_0", "acgan_with_0")
ROWS = 6
CELL = 256  # pixels


def main(runs):
    """Writes rows of sketch, reference, the painting of each of PAINTED, and truth."""
    first, *others = (
        picture_files.read_painting(
            os.path.join(runs, name, "evaluation", "gallery.png")
        )
        for name in PAINTED
    )
    columns = [(first, SKETCH), (first, REFERENCE), (first, PAINTING)]
    columns += [(gallery, PAINTING) for gallery in others] + [(first, TRUTH)]
    rows = [[cut(*column, row) for column in columns] for row in range(ROWS)]
    path = os.path.join(FOLDER, "results", "guide_decoders", "equation_3.jpg")
    picture_files.write_image(path, contact_sheets.contact_sheet(rows, CELL // 2))


def cut(gallery, column, row):
    """One cell of a gallery."""
    return gallery[row * CELL :, column * CELL :][:CELL, :CELL]


if __name__ == "__main__":
    main(sys.argv[1])
