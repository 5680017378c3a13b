"""Paints docs/blend.jpg: one sketch, from one reference to another in five steps.

Example: python docs/draw_blend.py
"""

import os

import numpy as np

from keras_s2p import Painter
from keras_s2p.common import contact_sheets, picture_files

FOLDER = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(os.path.dirname(FOLDER), "examples")
SKETCH = os.path.join(EXAMPLES, "sketches", "yuki.png")
REFERENCES = [
    os.path.join(EXAMPLES, "references", f"{name}.png")
    for name in ("meadow", "blossom")
]
STEPS = 5
CELL = 200  # pixels


def main():
    """Writes docs/blend.jpg: reference, five paintings, other reference."""
    painter = Painter()
    # Hints alone, so that the ends are painted as what lies between them.
    styles = [painter.no_style()._replace(hint=painter.hint(r)) for r in REFERENCES]
    row = [picture_files.read_painting(REFERENCES[0])]
    for share in np.linspace(0, 1, STEPS):
        style = painter.blend(styles, [1 - share, share])
        row.append(np.asarray(painter.paint(SKETCH, style)))
    row.append(picture_files.read_painting(REFERENCES[1]))
    sheet = contact_sheets.contact_sheet([row], CELL)
    picture_files.write_image(os.path.join(FOLDER, "blend.jpg"), sheet)


if __name__ == "__main__":
    main()
