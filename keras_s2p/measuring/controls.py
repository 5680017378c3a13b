"""The same sketches under other references: what a painting is compared with."""

import numpy as np

CONTROLS = ("reference", "shuffled", "zero_hint")


def paint_controls(painter, cases, match=True, carry=True) -> dict:
    """Paintings [H, W, 3] uint8 of all cases under each of CONTROLS.

    With `match` the colours are matched to the reference's palette, and with
    `carry` colours are carried from its like places; a zero hint has neither.
    """
    left_out = [] if match else ["palette"]
    left_out += [] if carry else ["places"]
    styles = [painter.style(case.reference).without(*left_out) for case in cases]
    by_control = {
        "reference": styles,
        "shuffled": [styles[shuffled_case(i, cases)] for i in range(len(cases))],
        "zero_hint": [painter.no_style()] * len(cases),
    }
    return {
        control: [
            np.asarray(painter.paint(case.sketch, style))
            for case, style in zip(cases, by_control[control])
        ]
        for control in CONTROLS
    }


def shuffled_case(i, cases):
    """Number of the case whose reference case i gets as its shuffled one.

    Half of all cases away, since the pictures of a source show the same few colours, or
    the next one from there that shows another character.
    """
    count = len(cases)
    half = (i + count // 2) % count
    others = [(half + j) % count for j in range(count)]
    group = cases[i].group
    return next((j for j in others if not group or cases[j].group != group), half)
