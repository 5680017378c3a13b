"""Draws docs/drawings.jpg: artists' drawings painted, the first by name of each source.

Example: python docs/draw_drawings.py drawings/

The folder is the one that weights/README.md names. Sources whose licence lets anybody
show their pictures are taken, each with its first drawings that have a reference.
"""

import argparse
import os
import pathlib

import numpy as np

from keras_s2p import Painter
from keras_s2p.common import contact_sheets, picture_files
from keras_s2p.measuring.cases import find_source
from keras_s2p.measuring.drawing_cases import drawing_cases

SOURCES = ("mikanixonable", "open_peeps", "peppercarrot", "taisei", "toon_head")
COUNT = 2  # of a source
CELL = 200  # pixels


def main():
    """Paints and writes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("drawings")
    folder = parser.parse_args().drawings
    manifest = os.path.join(folder, "manifest.csv")
    cases = drawing_cases(folder, manifest, count=12)
    painter = Painter()
    rows = []
    for source in SOURCES:
        for i in find_source(cases, source)[:COUNT]:
            case = cases[i]
            painting = np.asarray(painter.paint(case.sketch, case.reference))
            row = [case.sketch, case.reference, painting, case.truth]
            rows.append(row)
    rows = [one + other for one, other in zip(rows[::2], rows[1::2])]
    sheet = contact_sheets.contact_sheet(rows, CELL)
    path = pathlib.Path(__file__).parent / "drawings.jpg"
    picture_files.write_image(str(path), sheet)


if __name__ == "__main__":
    main()
