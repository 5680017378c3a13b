"""How many colour hints mend a painting: the worst area gets one, again and again.

The control is plain flood fill, which colours whatever can be reached without touching
a line, and knows neither gaps nor shading.

Not in the paper: all of it.
"""

import numpy as np
import tensorflow as tf

from keras_s2p.common.lab import to_lab
from keras_s2p.measuring.drawing_measures import MEAN
from keras_s2p.measuring.parts import INK, NO_PART, part_errors, shrink
from keras_s2p.painting.closed_areas import connect

COUNTS = (0, 1, 3, 5, 10)  # hints after which a painting is measured
WAYS = ("hints", "flood_fill")
LEAST_PIECE = 12  # pixels of a map of parts; a smaller piece is not clicked into


def measure_clicks(painter, cases, counts=COUNTS) -> dict:
    """Source, and MEAN, to {way: {number of hints: part delta-E}}, and the pictures.

    Args:
        painter: BasePainter.
        cases: of drawing_cases.
        counts: numbers of hints, ascending.
    """
    measured = {}
    for case in cases:
        style = painter.style(case.reference)
        plain = np.asarray(painter.paint(case.sketch, style))
        areas = find_fillable(case.sketch)

        def give_hints(points, case=case, style=style):
            return np.asarray(painter.paint(case.sketch, style, hints=points))

        def fill(points, case=case, plain=plain, areas=areas):
            return flood_fill(plain, case.sketch, areas, points)

        found = {
            way: click(case, plain, mend, counts)
            for way, mend in zip(WAYS, (give_hints, fill))
        }
        measured.setdefault(case.source, []).append(found)
    results = {
        source: {"pictures": len(found), **_average(found)}
        for source, found in sorted(measured.items())
    }
    means = _average(list(results.values()))
    return {**results, MEAN: {"pictures": len(cases), **means}}


def click(case, painting, mend, counts=COUNTS) -> dict:
    """Gives the worst area a hint, again and again.

    Args:
        case: Case of a drawing.
        painting: [H, W, 3] uint8, without hints.
        mend: function of points (x, y, colour) that gives the painting with them.
        counts: numbers of points, ascending.

    Returns:
        {number of points: part delta-E of the painting}; a drawing of fewer areas
        keeps its last.
    """
    pieces = find_pieces(case.regions)
    points, errors = [], {}
    left = set(np.unique(pieces[pieces > 0]))
    for number in range(counts[-1] + 1):
        if number in counts:
            found, _ = part_errors(painting, case.truth, case.regions)
            errors[number] = float(found.mean())
        if not left or number == counts[-1]:
            continue
        worst = find_worst(painting, case.truth, pieces, left)
        left.remove(worst)
        points.append(find_point(pieces == worst, case.truth))
        painting = mend(points)
    return errors


def find_pieces(regions):
    """Numbers the joined pieces of the parts of a map.

    Args:
        regions: [h, w] of parts.find_parts.

    Returns:
        [h, w] int, 0 where there is no part and in pieces below LEAST_PIECE.
    """
    known = regions != NO_PART
    pieces = np.where(known, np.arange(1, regions.size + 1).reshape(regions.shape), 0)
    while True:
        grown = pieces.copy()
        for axis in (0, 1):
            for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:])):
                if axis:
                    one, other = (np.s_[:], one), (np.s_[:], other)
                same = regions[one] == regions[other]
                near = np.where(same, grown[other], 0)
                grown[one] = np.maximum(grown[one], near)
        if np.array_equal(grown, pieces):
            break
        pieces = grown
    _, numbers, counts = np.unique(pieces, return_inverse=True, return_counts=True)
    numbers = numbers.reshape(regions.shape) + 1
    large = np.concatenate([[False], counts >= LEAST_PIECE])
    return np.where(large[numbers] & known, numbers, 0)


def find_worst(painting, truth, pieces, left):
    """The number of those `left` whose mean colour is most wrong, times its size."""
    pictures = (to_lab(shrink(each, pieces.shape)) for each in (painting, truth))
    one, other = (each.reshape(-1, 3) for each in pictures)
    difference = [np.bincount(pieces.ravel(), each) for each in (one - other).T]
    wrong = np.linalg.norm(difference, axis=0)  # of sums: the mean's times the size
    return max(sorted(left), key=lambda number: wrong[number])


def find_point(mask, truth):
    """The hint for a piece: its innermost pixel, and the truth's colour.

    Args:
        mask: [h, w] bool.
        truth: [H, W, 3] uint8.

    Returns:
        (x, y, (red, green, blue)) in pixels of the truth.
    """
    depth, inner = np.zeros(mask.shape), np.pad(mask, 1)
    while inner.any():
        depth += inner[1:-1, 1:-1]
        inner = inner & np.pad(
            inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:], 1
        )
    row, column = np.unravel_index(np.argmax(depth), mask.shape)
    colour = np.median(shrink(truth, mask.shape)[mask], axis=0)
    scale_y, scale_x = np.divide(truth.shape[:2], mask.shape)
    place = int((column + 0.5) * scale_x), int((row + 0.5) * scale_y)
    return (*place, tuple(int(round(value)) for value in colour))


def find_fillable(sketch):
    """Numbers what plain flood fill fills: up to the lines, and through any gap.

    Args:
        sketch: [H, W, 1] uint8.

    Returns:
        [H, W] int32, 0 on the lines.
    """
    return connect(tf.constant(sketch[..., 0] >= INK * 255)).numpy()


def flood_fill(painting, sketch, areas, points):
    """A painting with areas filled, up to the lines that the sketch has at all places.

    Args:
        painting: [H, W, 3] uint8.
        sketch: [H, W, 1] uint8.
        areas: [H, W] of find_fillable.
        points: list of (x, y, colour); one on a line does nothing.

    Returns:
        [H, W, 3] uint8.
    """
    painting = painting.copy()
    for x, y, colour in points:
        if areas[y, x]:
            filled = areas == areas[y, x]
            shade = sketch[filled].astype(np.float32) / 255
            painting[filled] = np.round(shade * colour)
    return painting


def _average(measured):
    """Means over pictures or sources of {way: {count: error}}."""
    return {
        way: {
            count: round(float(np.mean([each[way][count] for each in measured])), 3)
            for count in measured[0][way]
        }
        for way in WAYS
    }


def format_table(results) -> str:
    """Results of measure_clicks as a Markdown table, flood fill in brackets."""
    counts = list(results[MEAN]["hints"])
    lines = ["| source | pictures | " + " | ".join(f"{n} hints" for n in counts) + " |"]
    lines.append("|---" * (2 + len(counts)) + "|")
    for source, found in results.items():
        cells = [
            f"{found['hints'][n]:.1f} ({found['flood_fill'][n]:.1f})" for n in counts
        ]
        lines.append(f"| {source} | {found['pictures']} | {' | '.join(cells)} |")
    return "\n".join(lines)
