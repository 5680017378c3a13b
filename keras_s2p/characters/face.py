"""Face: outline, ears, eyes, brows, nose, mouth, blush. Head units as in hair.py."""

import numpy as np

from keras_s2p.characters.canvas import curve, ellipse, path

SHAPES = ("round", "pointed", "oval", "square")
EYES = ("round", "tall", "sharp", "droopy", "sleepy", "wide", "slit")
HELD_OUT_EYES = ("slit",)
MOUTHS = ("smile", "small", "open", "grin", "flat", "frown", "cat", "o")

# Cheek, jaw and near-chin half widths, and the chin's y.
_OUTLINES = {
    "round": (0.88, 0.72, 0.32, 1.02),
    "pointed": (0.86, 0.62, 0.2, 1.12),
    "oval": (0.84, 0.66, 0.28, 1.1),
    "square": (0.86, 0.76, 0.4, 1.06),
}
# Half width, half height, tilt of the upper lid, lid's share of the eye.
_EYES = {
    "round": (0.23, 0.27, 0.0, 0.0), "tall": (0.2, 0.32, 0.0, 0.0),
    "sharp": (0.25, 0.2, -0.09, 0.12), "droopy": (0.24, 0.24, 0.08, 0.05),
    "sleepy": (0.25, 0.22, 0.02, 0.4), "wide": (0.27, 0.25, -0.03, 0.0),
    "slit": (0.27, 0.15, -0.06, 0.2),
}  # fmt: skip


def draw_head(canvas, shape, turn):
    """Ears and the outline of the face."""
    cheek, jaw, near, chin = _OUTLINES[shape]
    for side in (-1, 1):
        ear = ellipse(side * 0.9 - 0.15 * turn, 0.28, 0.14, 0.24, 16, -side * 0.15)
        canvas.shape(ear, "skin")
        canvas.stroke(ear[3:9] * 0.5 + ear.mean(0) * 0.5, 0.6)
        canvas.tint(ear * [1, 0.8] + [0, 0.1], "skin_shadow", ("skin",))
    t = turn
    face = curve([
        (0.7 * t, chin), (near + 0.6 * t, chin - 0.1), (jaw + 0.35 * t, 0.66), (cheek + 0.12 * t, 0.25), (0.9, -0.2),
        (0.8, -0.7), (0.4, -1.05), (0.0, -1.1), (-0.4, -1.05), (-0.8, -0.7), (-0.9, -0.2),
        (-cheek + 0.12 * t, 0.25), (-jaw + 0.35 * t, 0.66), (-near + 0.6 * t, chin - 0.1),
    ])  # fmt: skip
    canvas.shape(face, "skin")


def draw_eyes(canvas, shape, turn, look, rng):
    """Both eyes with brows. `look` shifts the irises."""
    width, height, tilt, lid = _EYES[shape]
    scale = rng.uniform(0.92, 1.12)
    iris_kind, shine_kind, brow = rng.integers(3), rng.integers(3), rng.uniform(-0.08, 0.08)
    iris_size, thick = rng.uniform(0.66, 0.8), rng.uniform(1.8, 3.4)
    for side in (-1, 1):
        x = side * 0.42 + 0.75 * turn
        squeeze = 1 - 0.6 * side * turn
        w, h = width * scale * squeeze, height * scale
        _eye(canvas, np.array([x, 0.3]), side, w, h, tilt, lid, look, iris_size, iris_kind, shine_kind, thick)  # fmt: skip
        y = 0.3 - h - 0.2
        line = curve([(x - side * w, y + brow), (x, y - 0.07), (x + side * w * 1.1, y + 0.02 - tilt * 0.5)], False)
        canvas.stroke(line, rng.uniform(1.0, 1.8), 0.9)


def _eye(canvas, c, side, w, h, tilt, lid, look, iris_size, iris_kind, shine_kind, thick):  # fmt: skip
    top = -h * (1 - lid)
    inner, outer = (-side * w, 0.12 * h), (side * w, 0.05 * h + tilt)
    upper = curve([inner, (-side * w * 0.55, top * 0.82), (side * w * 0.15, top), (side * w * 0.8, top * 0.6 + tilt), outer], False, 6)
    lower = curve([outer, (side * w * 0.7, h * 0.8), (0, h * 0.98), (-side * w * 0.7, h * 0.72), inner], False, 6)
    white = np.vstack([upper, lower]) + c
    canvas.shape(white, "eye_white", line=0)
    ix, iy = c + np.asarray(look) * [w, h]
    rw, rh = w * iris_size, h * 0.97 * max(iris_size, 0.8)
    inside = ("eye_white",)
    iris = ellipse(ix, iy, rw, rh)
    canvas.tint(iris, "iris", inside)
    irises = ("iris", "iris_dark", "iris_light")
    canvas.tint(ellipse(ix, iy - rh * 0.75, rw * 1.1, rh * 0.75), "iris_dark", ("iris",))
    if iris_kind:
        canvas.tint(ellipse(ix, iy + rh * 0.66, rw * 0.6, rh * 0.24), "iris_light", ("iris",))
    canvas.tint(ellipse(ix, iy - rh * 0.05, rw * 0.42, rh * 0.46), "pupil", irises)
    spots = [(-0.35, -0.45, 0.34), (0.35, 0.4, 0.16), (0.3, -0.35, 0.12)][: 1 + shine_kind]
    for sx, sy, r in spots:
        canvas.tint(ellipse(ix + sx * rw, iy + sy * rh, r * rw, r * rh), "white", (*irises, "pupil", "eye_white"))  # fmt: skip
    # Ink: outline of the iris where it shows, lashes, lower line, fold.
    lines = iris[(np.abs(iris[:, 0] - ix) < rw * 2)]
    shown = lines[(lines[:, 1] > c[1] + top * 0.75) & (lines[:, 1] < c[1] + h * 0.85)]
    for half in (shown[shown[:, 0] >= ix], shown[shown[:, 0] < ix]):
        if len(half) > 3:
            canvas.stroke(half[np.argsort(half[:, 1])], 0.6, 0.3)
    if iris_kind != 1:
        pupil = ellipse(ix, iy - rh * 0.05, rw * 0.42, rh * 0.46)
        canvas.stroke(np.vstack([pupil, pupil[:2]]), 0.4, 0)
    canvas.stroke(upper + c, thick, 0.75)
    canvas.stroke(np.vstack([upper[-4:] + c, [c + np.array(outer) + [side * 0.07, -0.05]]]), thick * 0.9, 0.5)
    canvas.stroke((lower + c)[3:-3], 0.8)
    canvas.stroke((upper + c)[4:-2] * [1, 1] + [0, -0.08], 0.5)


def draw_nose_and_mouth(canvas, mouth, turn, rng):
    """Nose, mouth and sometimes a blush."""
    x = 0.85 * turn
    if rng.random() < 0.5:
        for side in (-1, 1):
            canvas.tint(ellipse(side * 0.52 + 0.6 * turn, 0.64, 0.16, 0.07), "blush", ("skin",))
    lean = 0.05 if turn >= 0 else -0.05
    canvas.stroke(curve([(x, 0.56), (x + lean, 0.62), (x + 0.2 * lean, 0.645)], False), 0.9, 0.8)
    y = 0.82
    lines = {
        "smile": [(-0.16, -0.02), (-0.08, 0.03), (0.08, 0.03), (0.16, -0.02)],
        "small": [(-0.06, 0), (0, 0.015), (0.06, 0)],
        "flat": [(-0.13, 0), (0.0, 0.0), (0.13, 0)],
        "frown": [(-0.13, 0.04), (0, -0.02), (0.13, 0.04)],
        "cat": [(-0.16, -0.02), (-0.09, 0.04), (0, -0.02), (0.09, 0.04), (0.16, -0.02)],
    }
    if mouth in lines:
        canvas.stroke(curve(np.array(lines[mouth]) + [x, y], False), 1.0, 0.7)
        return
    if mouth == "o":
        canvas.shape(ellipse(x, y, 0.07, 0.09), "mouth", 0.8)
        return
    width, depth = (0.16, 0.16) if mouth == "open" else (0.22, 0.12)
    bend = 0.67 * depth / width
    outline = path([(x - width, y - 0.04, -0.06), (x + width, y - 0.04, bend)])
    canvas.shape(outline, "mouth", 0.9)
    if mouth == "grin":
        canvas.tint(path([(x - width, y - 0.06, -0.05), (x + width, y - 0.06, 0.12)]) + [0, 0.02], "white", ("mouth",))
