"""The measures of artists' drawings: colours of parts, ground, shading; by source."""

import numpy as np

from keras_s2p.measuring.cases import find_source
from keras_s2p.measuring.parts import RIGHT, part_errors
from keras_s2p.measuring.shading import find_shaded, measure_shading

MEAN = "mean of sources"
COLUMNS = {  # measure to its heading in a table
    "part_delta_e": "part delta-E",
    "parts_right": "parts within 20",
    "background_delta_e": "background",
    "shading_correlation": "shading correlation",
    "shading_strength": "strength",
}


def measure_drawings(cases, paintings) -> dict:
    """Source, and MEAN, to the numbers of each control and how many pictures they are.

    Args:
        cases: of drawing_cases.
        paintings: control to a painting [H, W, 3] uint8 of each case.
    """
    measured = [
        measure_drawing(case, {name: each[i] for name, each in paintings.items()})
        for i, case in enumerate(cases)
    ]
    results = {}
    for source in sorted({case.source for case in cases}):
        chosen = [measured[i] for i in find_source(cases, source)]
        results[source] = {"pictures": len(chosen), **_average(chosen)}
    means = _average([results[source] for source in results])
    return {**results, MEAN: {"pictures": len(cases), **means}}


def measure_drawing(case, paintings) -> dict:
    """Control to the numbers of its painting; NaN where there is nothing to compare.

    Part delta-E is the mean over the parts, each counting alike.
    """
    shaded = find_shaded(case.truth, case.regions)
    measured = {}
    for control, painting in paintings.items():
        errors, background = part_errors(painting, case.truth, case.regions)
        shading = measure_shading(painting, case.truth, shaded)
        values = (errors.mean(), np.mean(errors <= RIGHT), background, *shading)
        measured[control] = dict(zip(COLUMNS, values))
    return measured


def _average(measured):
    """The means of the known numbers; None (null in JSON) where there is none."""
    means = {}
    for control in set.intersection(*(set(each) for each in measured)) - {"pictures"}:
        for name in COLUMNS:
            values = np.array([each[control][name] for each in measured], float)
            known = values[~np.isnan(values)]
            mean = round(float(known.mean()), 3) if len(known) else None
            means.setdefault(control, {})[name] = mean
    return means


def format_table(results, controls) -> str:
    """Results of measure_drawings as a Markdown table, the controls in brackets.

    Args:
        results: of measure_drawings.
        controls: the first one's numbers stand before the brackets.
    """
    lines = ["| source | pictures | " + " | ".join(COLUMNS.values()) + " |"]
    lines.append("|---" * (2 + len(COLUMNS)) + "|")
    for source, numbers in results.items():
        cells = []
        for name in COLUMNS:
            first, *others = (_format(numbers[x][name], name) for x in controls)
            cells.append(f"{first} ({', '.join(others)})")
        lines.append(f"| {source} | {numbers['pictures']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _format(value, name):
    if value is None:
        return "-"
    if name == "parts_right":
        return f"{value:.0%}"
    return f"{value:.1f}" if name.endswith("delta_e") else f"{value:.2f}"
