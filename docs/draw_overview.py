"""Paints docs/overview.jpg: each example sketch after each example reference.

Example: python docs/draw_overview.py
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from keras_s2p import Painter, compose, images

FOLDER = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(os.path.dirname(FOLDER), "examples")


def main():
    """Writes docs/overview.jpg: references on top, sketches on the left."""
    painter = Painter()
    sketches, references = (
        [os.path.join(folder, name) for name in images.list_images(folder)]
        for folder in (os.path.join(EXAMPLES, x) for x in ("sketches", "references"))
    )
    rows = [[None] + [images.read_painting(path) for path in references]]
    for sketch in sketches:
        row = [images.read_sketch(sketch)]
        row += [np.asarray(painter.paint(sketch, path)) for path in references]
        rows.append(row)
    images.write_image(
        os.path.join(FOLDER, "overview.jpg"), compose.contact_sheet(rows)
    )


if __name__ == "__main__":
    main()
