"""Contact sheets of what was measured."""

from keras_s2p.common import contact_sheets
from keras_s2p.measuring.cases import find_source
from keras_s2p.measuring.controls import shuffled_case

GALLERY_ROWS = 12
SOURCE_ROWS = 3  # at least, of each source
NUM_TRIPLES = 32  # as figure 8, four a row
TRIPLES_CELL = 128  # pixels


def make_gallery(cases, paintings):
    """The first cases as rows: sketch, reference, painting, truth and the controls.

    Equally many of each source, the first by name.
    """
    sources = sorted({case.source for case in cases})
    share = max(GALLERY_ROWS // len(sources), SOURCE_ROWS)
    numbers = [i for source in sources for i in find_source(cases, source)[:share]]
    rows = [
        [cases[i].sketch, cases[i].reference, paintings["reference"][i], cases[i].truth]
        + [paintings["shuffled"][i], paintings["zero_hint"][i]]
        for i in numbers
    ]
    return contact_sheets.contact_sheet(rows)


def make_triples(cases, paintings):
    """Sketch, reference of another drawing, painting: four triples a row, as figure 8.

    Where a case is painted after its own picture, the shuffled one stands for it.
    Equally many of each source, the first by name.
    """
    sources = sorted({case.source for case in cases})
    share = -(-NUM_TRIPLES // len(sources))
    cells = []
    for source in sources:
        numbers = find_source(cases, source)
        crossed = cases[numbers[0]].crossed
        for i in numbers[:share]:
            other = cases[i if crossed else shuffled_case(i, cases)]
            control = "reference" if crossed else "shuffled"
            cells += [cases[i].sketch, other.reference, paintings[control][i]]
    cells = cells[: 3 * NUM_TRIPLES]
    cells += [None] * (-len(cells) % 12)
    rows = [cells[i : i + 12] for i in range(0, len(cells), 12)]
    return contact_sheets.contact_sheet(rows, TRIPLES_CELL)
