"""Accessories on the head or the face. Head units as in face.py."""

import numpy as np

from keras_s2p.characters.curves import arc, curve, ellipse, path, points
from keras_s2p.characters.face import middle_x

ACCESSORIES = (
    "none", "ribbon", "glasses", "hat", "clip", "headphones", "cat_ears", "band",
    "flower",
)  # fmt: skip


def draw_accessory(canvas, kind, turn, rng):
    """Draws one of ACCESSORIES."""
    if kind == "hat":
        kind = ("hat", "beret", "cap")[rng.integers(3)]
    if kind in _DRAW:
        side = 1 if rng.random() < 0.5 else -1
        _DRAW[kind](canvas, side, turn, rng)


def _draw_ribbon(canvas, side, turn, rng):
    size = rng.uniform(0.8, 1.25)
    on_top = rng.random() < 0.35
    at = np.array([-0.1 * turn, -1.28] if on_top else [side * 0.8 - 0.08 * turn, -0.85])
    rotation = size * _rotation(0.0 if on_top else 0.5 * side)
    wing = curve(points("0.02 -0.02, 0.3 -0.26, 0.56 -0.3, 0.6 0, 0.54 0.26, 0.28 0.2"))
    tail = path(points("0 0 0.08, 0.34 0.52 0, 0.08 0.5 0"))
    for flip in (-1, 1):
        canvas.shape(tail * [flip, 1] @ rotation + at, "accessory", 0.9, shadow=0.05)
        canvas.shape(wing * [flip, 1] @ rotation + at, "accessory", 1.0, shadow=0.1)
        for y in (-0.05, 0.05):
            crease = np.array([(0.1, y), (0.22, 1.8 * y), (0.36, 2 * y)]) * [flip, 1]
            canvas.stroke(crease @ rotation + at, 0.7)
    canvas.shape(ellipse(*at, 0.11 * size, 0.14 * size, 16), "accessory", 0.9)


def _rotation(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s], [-s, c]])


def _draw_glasses(canvas, side, turn, rng):
    middle, kind = middle_x(turn), rng.integers(3)
    width = rng.uniform(1.0, 1.4)
    for s in (-1, 1):
        far = s > 0
        w = 0.33 * (1 - 0.26 * turn * far)
        x = middle + s * (0.43 - 0.1 * turn * far)
        lens = ellipse(0, 0, 1, 0.31)
        if kind:
            top = "-0.22" if kind == 1 else "-0.12"
            lens = "-1 TOP, 0 -0.3, 1 TOP, 0.9 0.2, 0 0.3, -0.9 0.2"
            lens = curve(points(lens.replace("TOP", top)))
        lens = lens * [w, 1] + [x, 0.32]
        canvas.outline(lens, width, ends=1)
        hinge, end = x + s * w, s * (0.93 - 0.1 * turn * far)
        if s * end > s * hinge:
            bow = [(hinge, 0.22), ((hinge + end) / 2, 0.2), (end, 0.18)]
            canvas.stroke(bow, 1.1, 1, 0.8)
    bridge = arc((middle - 0.1, 0.26), (middle + 0.1, 0.26), (0, -0.03))
    canvas.stroke(bridge, 1.2, 1, 1)


def _draw_hat(canvas, side, turn, rng):
    crown = "-1 -.72, -.9 -1.35, -.4 -1.72, .4 -1.72, .9 -1.35, 1 -.72, 0 -.9"
    canvas.shape(curve(points(crown)), "accessory", 1.1, shadow=0.2)
    upper = arc((-1.0, -0.86), (1.0, -0.86), (0, -0.13))
    lower = arc((1.0, -0.66), (-1.0, -0.66), (0, -0.13))
    canvas.shape(np.vstack([upper, lower]), "accent", 0.9)
    upper = curve(points("-1.5 -.5, -.9 -.72, 0 -.86, .9 -.72, 1.5 -.5"), closed=False)
    lower = curve(points("1.5 -.5, .9 -.5, 0 -.62, -.9 -.5, -1.5 -.5"), closed=False)
    brim = np.vstack([upper, lower[1:-1]])
    canvas.shape(brim, "accessory", 1.1, shadow=0.08)


def _draw_beret(canvas, side, turn, rng):
    beret = "-1.05 -.7, -1.25 -1.15, -.5 -1.62, .5 -1.62, 1.4 -1.2, 1 -.72, 0 -.95"
    canvas.shape(curve(points(beret)) * [side, 1], "accessory", 1.1, shadow=0.2)
    stalk = points("0.05 -1.6, 0.1 -1.7, 0.08 -1.8") * [side, 1]
    canvas.stroke(stalk, 1.8, 1, 0.7)


def _draw_cap(canvas, side, turn, rng):
    crown = "-1.08 -.45, -1 -1.1, -.5 -1.55, .4 -1.55, 1 -1.1, 1.06 -.5, .1 -.75"
    canvas.shape(curve(points(crown)), "accessory", 1.1, shadow=0.18)
    x = middle_x(turn)
    seam = arc((x - 0.3, -1.5), (x - 0.25, -0.8), (-0.1, 0))
    canvas.stroke(seam, 0.7, 0.6, 0.6)
    visor = curve(points("-.75 -.66, 0 -.84, .75 -.66, .6 -.42, 0 -.4, -.6 -.42"))
    canvas.shape(visor + [x, 0], "accent", 1.1, shadow=0.1)


def _draw_clip(canvas, side, turn, rng):
    bar = path(points("-.2 -.05 .04, .2 -.05 .3, .2 .05 .04, -.2 .05 .3"))
    bar = bar @ _rotation(-0.45) * [side, 1]
    for k in range(rng.integers(1, 4)):
        canvas.shape(bar + [side * 0.68, -0.5 + 0.2 * k], "accessory", 0.8)


def _draw_headphones(canvas, side, turn, rng):
    x = -0.06 * turn
    angles = np.linspace(np.pi, 2 * np.pi, 30)
    arch = np.stack([x + 1.16 * np.cos(angles), 0.1 + 1.6 * np.sin(angles)], 1)
    inner = np.stack([x + 1.05 * np.cos(angles), 0.1 + 1.46 * np.sin(angles)], 1)[::-1]
    canvas.shape(np.vstack([arch, inner]), "accessory", 1.0, shadow=0.04)
    for s in (-1, 1):
        width = 0.2 + (0.1 * turn if s < 0 else -0.06 * turn)
        cup = ellipse(x + s * 1.08, 0.18, width, 0.38)
        canvas.shape(cup, "accessory", 1.1, shadow=0.1)
        canvas.shape(ellipse(x + s * 1.12, 0.18, 0.55 * width, 0.22), "accent", 0.8)


def _draw_animal_ears(canvas, side, turn, rng):
    long = rng.random() < 0.3
    tip = (0.62, -2.3) if long else (0.98, -1.85)
    for s in (-1, 1):
        ear = path([(0.3, -1.15, 0.06), (*tip, 0.1), (0.98, -0.75, 0)]) * [s, 1]
        canvas.shape(ear + [-0.06 * turn, 0], "hair", 1.1, shadow=0.06)
        middle = np.array([0.62, -1.1]) * [s, 1]
        inner = (ear - middle) * 0.62 + middle + [0, 0.06]
        canvas.shape(inner + [-0.06 * turn, 0], "accessory", 0.7)


def _draw_band(canvas, side, turn, rng):
    angles = np.linspace(np.pi, 2 * np.pi, 24)
    x, width = 0.1 * turn, rng.uniform(0.12, 0.2)
    upper = np.stack([x + 1.06 * np.cos(angles), -0.35 + 0.78 * np.sin(angles)], 1)
    lower = upper * [0.97, 1] + [0, width]
    canvas.shape(np.vstack([upper, lower[::-1]]), "accessory", 1.0, shadow=0.04)
    if rng.random() < 0.4:  # frills, as maids wear
        ends = zip(upper[2:-3:2], upper[4::2])
        bumps = [arc(a, b, (0.14 * a[0], -0.07), 6)[:-1] for a, b in ends]
        frill = np.vstack([*bumps, upper[2:-2][::-1]])
        canvas.shape(frill, "accent", 0.9)


def _draw_flower(canvas, side, turn, rng):
    x, y, num = side * 0.82, -0.62, rng.integers(5, 8)
    size = rng.uniform(0.8, 1.2)
    for a in np.linspace(0, 2 * np.pi, num, endpoint=False) + rng.uniform(0, 1):
        at = (x + 0.2 * size * np.cos(a), y + 0.2 * size * np.sin(a))
        petal = ellipse(*at, 0.19 * size, 0.12 * size, 14, a)
        canvas.shape(petal, "accessory", 0.8, shadow=0.03)
    canvas.shape(ellipse(x, y, 0.1 * size, 0.1 * size, 12), "accent", 0.8)


_DRAW = {
    "ribbon": _draw_ribbon, "glasses": _draw_glasses, "hat": _draw_hat,
    "beret": _draw_beret, "cap": _draw_cap, "clip": _draw_clip,
    "headphones": _draw_headphones, "cat_ears": _draw_animal_ears, "band": _draw_band,
    "flower": _draw_flower,
}  # fmt: skip
