"""Face: outline, ears, nose, mouth, blush.

Head units: the face is about 1.75 wide, its chin is at y = 1.1 and the top of the hair
at -1.35; y grows downwards. `turn` in [0, 1] turns the face towards +x, 1 being a
three-quarter view.
"""

import numpy as np

from keras_s2p.characters.curves import arc, curve, ellipse, path, points

SHAPES = ("round", "pointed", "oval", "square")
MOUTHS = (
    "smile", "small", "open", "grin", "flat", "frown", "cat", "o", "smirk", "wavy",
    "shout",
)  # fmt: skip

_FRONT = points(
    "0 -1.1, 0.5 -1.0, 0.8 -0.5, 0.87 -0.05, 0.86 0.28, 0.77 0.62, 0.47 0.93, 0.13 1.1,"
    "-0.13 1.1, -0.47 0.93, -0.77 0.62, -0.86 0.28, -0.87 -0.05, -0.8 -0.5, -0.5 -1.0"
)
_TURNED = points(
    "0 -1.1, 0.5 -1.0, 0.76 -0.5, 0.8 -0.08, 0.755 0.2, 0.8 0.5, 0.64 0.84, 0.4 1.09,"
    "0.17 1.09, -0.28 0.94, -0.72 0.66, -0.87 0.28, -0.9 -0.05, -0.84 -0.5, -0.5 -1.0"
)
# Factor of the jaw's width, of the chin's width, and how far the chin moves down.
_SHAPES = {
    "round": (1.06, 1.5, -0.05),
    "pointed": (0.9, 0.55, 0.03),
    "oval": (0.98, 1.0, 0.02),
    "square": (1.1, 1.9, 0.0),
}
_LINES = {
    "smile": points("-0.17 -0.03, -0.08 0.035, 0.08 0.035, 0.17 -0.03"),
    "small": points("-0.07 0, 0 0.02, 0.07 0"),
    "flat": points("-0.13 0, 0 0.005, 0.13 0"),
    "frown": points("-0.13 0.05, 0 -0.02, 0.13 0.05"),
    "cat": points("-0.17 -0.03, -0.09 0.04, 0 -0.03, 0.09 0.04, 0.17 -0.03"),
    "smirk": points("-0.14 0.02, 0 0.03, 0.1 0, 0.17 -0.06"),
    "wavy": points("-0.16 0.02, -0.08 -0.03, 0 0.03, 0.08 -0.03, 0.16 0.02"),
}
# Half width and depth.
_OPEN_MOUTHS = {
    "open": np.array([0.15, 0.17]),
    "grin": np.array([0.23, 0.13]),
    "shout": np.array([0.2, 0.25]),
}


def middle_x(turn):
    """Where the face's middle line is."""
    return 0.27 * turn


def draw_head(canvas, shape, turn, rng):
    """Ears, the outline of the face and the shadow it throws on the neck."""
    jaw, chin, down = _SHAPES[shape]
    outline = (1 - turn) * _FRONT + turn * _TURNED
    outline[5:10, 0] = (outline[5:10, 0] - middle_x(turn)) * jaw + middle_x(turn)
    outline[7:9, 0] = (outline[7:9, 0] - middle_x(turn)) * chin + middle_x(turn)
    outline[7:9, 1] += down
    face = curve(outline)
    canvas.tint(face * [0.92, 1] + [0, 0.27], "skin_shadow", ("skin",))
    ears = [(-1, -0.9 + 0.14 * turn)]
    if turn < 0.35:
        ears.append((1, 0.9 - 0.1 * turn))
    pointed = rng.random() < 0.07
    if turn < 0.5:
        for side, x in ears:
            _draw_ear(canvas, side, x, pointed)
    canvas.shape(face, "skin", 1.15)
    if turn >= 0.5:
        _draw_ear(canvas, *ears[0], pointed)


def _draw_ear(canvas, side, x, pointed):
    anchors = "-0.06 -0.02, 0.08 -0.1, 0.17 0.02, 0.14 0.2, 0.06 0.36, -0.06 0.38"
    if pointed:
        anchors = "-0.06 -0.02, 0.1 -0.12, 0.5 -0.3, 0.24 0.14, 0.08 0.34, -0.06 0.38"
    ear = curve(points(anchors)) * [side, 1] + [x, 0.14]
    canvas.shape(ear, "skin", 0.9, shadow=0.05)
    fold = arc((0.02 * side, 0.04), (0.07 * side, 0.24), (0.05 * side, 0)) + [x, 0.14]
    canvas.stroke(fold, 0.6)


def draw_nose_and_mouth(canvas, mouth, turn, rng):
    """Nose, mouth and sometimes a blush."""
    x = middle_x(turn) * 1.12
    _draw_blush(canvas, turn, rng)
    lean = 0.05
    kind = rng.integers(4)
    if kind == 0:
        canvas.stroke(
            arc((x, 0.55), (x + lean * 0.4, 0.66), (lean, 0.02)), 0.9, 0.1, 0.6
        )
    elif kind == 1:
        canvas.stroke(arc((x + 0.03, 0.62), (x - 0.03, 0.655), (0.025, 0.02)), 0.9)
    elif kind == 2:
        canvas.tint(
            path([(x, 0.52, 0), (x + lean, 0.65, 0), (x - lean, 0.66, 0)]),
            "skin_shadow", ("skin",),
        )  # fmt: skip
        canvas.stroke([(x - 0.02, 0.66), (x, 0.665), (x + 0.04, 0.65)], 0.8)
    else:
        canvas.stroke([(x, 0.62), (x + lean, 0.64), (x + 0.2 * lean, 0.655)], 0.9)
    _draw_mouth(canvas, mouth, middle_x(turn), 0.85, 1 - 0.15 * turn, rng)


def _draw_mouth(canvas, mouth, x, y, width, rng):
    size = rng.uniform(0.85, 1.2)
    at = np.array([x, y])
    if mouth in _LINES:
        line = curve(_LINES[mouth], closed=False) * [width * size, size] + at
        canvas.stroke(line, 1.0, 0.4, 0.4)
        if rng.random() < 0.4:
            under = points("-0.05 0.1, 0 0.11, 0.05 0.1") * [width, 1] + at
            canvas.stroke(under, 0.6)
        return
    if mouth == "o":
        canvas.shape(ellipse(x, y, 0.065 * size, 0.085 * size), "mouth", 0.8)
        return
    half, depth = size * _OPEN_MOUTHS[mouth] * [width, 1]
    top = arc((-half, -0.05), (half, -0.05), (0, 0.02))
    lip = points("1 0, 0.62 0.7, 0 1, -0.62 0.7, -1 0") * [half, depth + 0.05]
    lip = curve(lip, closed=False) - [0, 0.05]
    outline = np.vstack([top, lip[1:-1]]) + at
    canvas.fill(outline, "mouth")
    canvas.tint(ellipse(x, y + depth, 0.75 * half, 0.5 * depth), "tongue", ("mouth",))
    if mouth != "open" or rng.random() < 0.3:
        teeth = np.vstack([top, top[::-1] * [0.92, 1] + [0, 0.3 * depth]]) + at
        canvas.tint(teeth, "white", ("mouth", "tongue"))
    canvas.outline(outline, 0.9)


def _draw_blush(canvas, turn, rng):
    kind = rng.random()
    if kind > 0.6:
        return
    for side in (-1, 1):
        x = middle_x(turn) * 0.9 + side * (0.52 - 0.08 * turn * (side > 0))
        y = 0.64
        if kind < 0.45:
            canvas.tint(ellipse(x, y, 0.15, 0.07), "blush", ("skin", "skin_shadow"))
        if kind > 0.3:
            for shift in (-0.06, 0.0, 0.06):
                hatch = points("0.02 -0.03, 0 0, -0.02 0.03") + [x + shift, y]
                canvas.stroke(hatch, 0.6)
