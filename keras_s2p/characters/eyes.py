"""Eyes and brows. Head units as in face.py."""

import dataclasses

import numpy as np

from keras_s2p.characters.curves import arc, curve, ellipse, points
from keras_s2p.characters.face import middle_x

SHAPES = (
    "round", "tall", "sharp", "droopy", "sleepy", "wide", "slit", "flat", "almond",
)  # fmt: skip
HELD_OUT_SHAPES = ("slit",)
HEIGHT = 0.3  # y of the eyes
_IRISES = ("iris", "iris_dark", "iris_light")

# Half width and height, then the lids from the inner to the outer corner and back along
# the lower lid; x is outwards, both are shares of the half width and height.
_SHAPES = {
    "round": (0.235, 0.27,
        "-1 0.25, -0.6 -0.62, 0.05 -1, 0.68 -0.76, 1 -0.05, 0.8 0.7, 0.1 1, -0.6 0.85"),
    "tall": (0.205, 0.31,
        "-1 0.1, -.65 -.7, 0 -1, .65 -.8, 1 -.1, .85 .7, .1 1, -.65 .85"),
    "sharp": (0.255, 0.22,
        "-1 0.5, -.55 -.5, .1 -.96, .75 -1, 1.05 -.6, .85 .45, .1 1, -.6 .9"),
    "droopy": (0.245, 0.24,
        "-1 -0.05, -0.6 -0.8, 0 -1, 0.65 -0.62, 1 0.3, 0.75 0.95, 0.1 1, -0.6 0.75"),
    "sleepy": (0.25, 0.22,
        "-1 0.15, -0.6 -0.3, 0.05 -0.5, 0.68 -0.36, 1 0.1, 0.8 0.75, 0.1 1, -0.6 0.85"),
    "wide": (0.265, 0.285,
        "-1 0.15, -0.62 -0.72, 0 -1, 0.65 -0.8, 1 -0.1, 0.82 0.72, 0 1, -0.65 0.8"),
    "slit": (0.29, 0.15,
        "-1 0.6, -0.5 -0.55, 0.1 -0.95, 0.7 -1, 1.1 -0.9, 0.8 0.4, 0.1 1, -0.6 1"),
    "flat": (0.24, 0.23,
        "-1 -0.35, -0.6 -0.52, 0 -0.55, 0.65 -0.5, 1 -0.3, 0.85 0.6, 0.1 1, -0.65 0.8"),
    "almond": (0.265, 0.2,
        "-1.05 .45, -.6 -.5, 0 -1, .65 -.85, 1.05 -.2, .75 .65, 0 1, -.6 .85"),
}  # fmt: skip
# Place and half size of the lights in an iris, as shares of its half size.
_SHINES = ((-0.36, -0.38, 0.32, 0.28), (0.4, 0.42, 0.17, 0.15), (0.42, -0.2, 0.12, 0.1))


@dataclasses.dataclass(frozen=True)
class EyeStyle:
    """What both eyes of a character share."""

    shape: str
    scale: float
    iris_width: float
    iris_kind: int
    pupil: str
    shines: int
    lash: float
    look: tuple


def draw_eyes(canvas, shape, turn, rng):
    """Both eyes with brows."""
    style = EyeStyle(
        shape=shape,
        scale=rng.uniform(0.95, 1.15),
        iris_width=rng.uniform(0.62, 0.76),
        iris_kind=rng.integers(4),
        pupil=("ink", "line", "line", "none")[rng.integers(4)],
        shines=rng.integers(1, 4),
        lash=rng.uniform(0.035, 0.075),
        look=(rng.normal(0, 0.09) + 0.1 * turn, rng.normal(0, 0.04)),
    )
    wink = rng.integers(2) if rng.random() < 0.06 else None
    mood, lift = rng.normal(0, 0.05), rng.uniform(0, 0.08)
    brow_width = rng.uniform(1.1, 2.4)
    for i, side in enumerate((-1, 1)):
        far = side > 0
        x = middle_x(turn) + side * (0.42 - 0.1 * turn * far)
        centre = np.array([x, HEIGHT])
        squeeze = 1 - 0.24 * turn * far
        if i == wink:
            _draw_closed_eye(canvas, centre, side, style, squeeze)
        else:
            _draw_eye(canvas, centre, side, style, squeeze)
        half = 0.22 * squeeze
        top = HEIGHT - _SHAPES[shape][1] * style.scale - 0.14 - lift
        brow = [(-half, mood), (0, -0.05), (1.15 * half, 0.03 - 0.4 * mood)]
        brow = curve(brow, closed=False) * [side, 1] + [x, top]
        canvas.stroke(brow, brow_width, 0.7, 0.15)


def _draw_eye(canvas, centre, side, style, squeeze):
    w, h, lids = _SHAPES[style.shape]
    size = np.array([w * squeeze, h]) * style.scale
    scale = size * [side, 1]
    lids = points(lids)
    upper = curve(lids[:5], closed=False) * scale + centre
    lower = curve(np.vstack([lids[4:], lids[:1]]), closed=False) * scale + centre
    white = np.vstack([upper, lower[1:-1]])
    canvas.fill(white, "eye_white")
    below_lid = np.vstack([upper, upper[::-1] + [0, 0.28 * size[1]]])
    canvas.tint(below_lid, "eye_white_shadow", ("eye_white",))
    canvas.clip_ink(("eye_white", "eye_white_shadow", *_IRISES, "pupil", "white"))
    _draw_iris(canvas, centre + np.asarray(style.look) * size, size, style)
    canvas.clip_ink(None)
    _draw_lashes(canvas, upper, lower, side, size, style)


def _draw_iris(canvas, centre, size, style):
    x, y = centre
    rw, rh = size[0] * style.iris_width, size[1] * 1.04
    canvas.tint(ellipse(x, y, rw, rh), "iris", ("eye_white", "eye_white_shadow"))
    dark = ellipse(x, y - 0.86 * rh, 1.2 * rw, 0.82 * rh)
    canvas.tint(dark, "iris_dark", ("iris",))
    if style.iris_kind != 1:
        glow = ellipse(x, y + 0.62 * rh, 0.62 * rw, 0.26 * rh)
        canvas.tint(glow, "iris_light", _IRISES)
    pupil = ellipse(x, y - 0.02 * rh, 0.36 * rw, 0.4 * rh)
    canvas.tint(pupil, "pupil", _IRISES)
    if style.pupil == "ink":
        canvas.blot(pupil)
    elif style.pupil == "line":
        canvas.outline(pupil, 0.6)
    canvas.outline(ellipse(x, y, rw, rh), 0.9, ends=1)
    if style.iris_kind == 3:
        left, right = (x - 0.7 * rw, y - 0.1 * rh), (x + 0.7 * rw, y - 0.1 * rh)
        canvas.stroke(arc(left, right, (0, 0.08 * rh)), 0.5)
    for sx, sy, width, height in _SHINES[: style.shines]:
        shine = ellipse(x + sx * rw, y + sy * rh, width * rw, height * rh, 16, -0.3)
        canvas.shape(shine, "white", 0.5)


def _draw_lashes(canvas, upper, lower, side, size, style):
    # The upper lash is thickest past the middle and ends in a wing.
    u = np.linspace(0, 1, len(upper))[:, None]
    thick = style.lash * (0.25 + 0.9 * np.sin(np.pi * np.clip(u * 0.85, 0, 1)) ** 0.8)
    outer = upper[-1]
    wing = outer + [side * 0.06, -0.35 * style.lash - 0.02]
    upper_edge = upper - np.hstack([0 * thick, thick])
    corner = outer + [side * 0.01, 0.05]
    canvas.blot(np.vstack([upper, corner, wing, upper_edge[::-1]]))
    if style.lash > 0.06:
        tip = upper[-4] + [side * 0.11, -0.1]
        canvas.blot(np.vstack([upper[-7] + [0, -0.03], tip, upper[-2]]))
    canvas.stroke(lower, 0.75, 0.9, 0.35)
    if style.scale > 1.02:
        fold = upper[5:-3] + [0, -style.lash - 0.2 * size[1]]
        canvas.stroke(fold, 0.6)


def _draw_closed_eye(canvas, centre, side, style, squeeze):
    w = _SHAPES[style.shape][0] * style.scale * squeeze
    lid = arc(centre + [-side * w, 0.1], centre + [side * w, 0.1], (0, -0.13))
    canvas.stroke(lid, 2.6, 0.4, 0.6)
    for k in (0.6, 0.85):
        root = lid[int(k * (len(lid) - 1))]
        lash = points("0 0, 0.06 -0.02, 0.1 -0.06") * [side, 1] + root
        canvas.stroke(lash, 0.9)
