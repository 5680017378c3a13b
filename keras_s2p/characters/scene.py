"""Backgrounds and accessories."""

import numpy as np

from keras_s2p.characters.curves import arc, curve, ellipse, path
from keras_s2p.characters.face import middle_x

BACKGROUNDS = ("plain", "gradient", "circle", "stripes", "stars", "window", "hills")
ACCESSORIES = (
    "none", "ribbon", "glasses", "hat", "clip", "headphones", "cat_ears", "band",
    "flower",
)  # fmt: skip


def draw_background(canvas, kind, rng):
    """Shapes of the background's second colour; coordinates are shares of the side."""
    canvas.place(1.0, 0.0, (0, 0), False)
    x, y = rng.uniform(0.25, 0.75, 2)
    outline = 0.8 if rng.random() < 0.5 else 0
    if kind == "circle":
        canvas.shape(
            ellipse(x, y, *[rng.uniform(0.25, 0.48)] * 2, 48), "background_2", outline
        )
    elif kind == "stripes":
        lean = rng.uniform(-0.5, 0.5)
        width = rng.uniform(0.08, 0.2)
        for left in np.arange(-1, 2, 2 * width):
            bar = [
                (left, -0.05),
                (left + width, -0.05),
                (left + width + lean, 1.05),
                (left + lean, 1.05),
            ]
            canvas.shape(bar, "background_2", 0)
    elif kind == "stars":
        for _ in range(rng.integers(6, 14)):
            t = np.linspace(0, 2 * np.pi, 8, endpoint=False) + rng.uniform(0, 1)
            r = np.where(np.arange(8) % 2, 0.3, 1) * rng.uniform(0.03, 0.08)
            star = rng.uniform(0, 1, 2) + np.stack([r * np.cos(t), r * np.sin(t)], 1)
            canvas.shape(star, "background_2", outline)
    elif kind == "window":
        w, h = rng.uniform(0.3, 0.45, 2)
        frame = path(
            [(x - w, y - h, 0), (x + w, y - h, 0), (x + w, y + h, 0), (x - w, y + h, 0)]
        )
        canvas.shape(frame, "background_2", 1)
        canvas.stroke([(x, y - h), (x, y + h)], 1.2, 1, 1)
        canvas.stroke([(x - w, y), (x + w, y)], 1.2, 1, 1)
    elif kind == "hills":
        ridge = curve(
            [(-0.1, y), (0.2, y - 0.15), (0.5, y + 0.05), (0.8, y - 0.1), (1.1, y)],
            False,
        )
        canvas.shape(
            np.vstack([ridge, [(1.1, 1.1), (-0.1, 1.1)]]), "background_2", outline
        )


def draw_behind(canvas, kind, rng):
    """The part of an accessory behind the head."""
    if kind == "hat":
        canvas.shape(ellipse(0, -0.72, 1.5, 0.36), "accessory_shadow")


def draw_accessory(canvas, kind, turn, rng):
    """The part of an accessory on the head or the face."""
    if kind in _DRAW:
        side = 1 if rng.random() < 0.5 else -1
        _DRAW[kind](canvas, side, turn, rng)


def _draw_ribbon(canvas, side, turn, rng):
    size = rng.uniform(0.8, 1.25)
    on_top = rng.random() < 0.35
    at = np.array([-0.1 * turn, -1.28] if on_top else [side * 0.8 - 0.08 * turn, -0.85])
    lean = 0.0 if on_top else 0.5 * side
    c, s = np.cos(lean), np.sin(lean)
    rotation = size * np.array([[c, s], [-s, c]])
    for flip in (-1, 1):
        tail = path([(0, 0, 0.08), (0.34, 0.52, 0), (0.08, 0.5, 0)]) * [flip, 1]
        canvas.shape(tail @ rotation + at, "accessory", 0.9, shadow=0.05)
        wing = curve(
            [
                (0.02, -0.02),
                (0.3, -0.26),
                (0.56, -0.3),
                (0.6, 0),
                (0.54, 0.26),
                (0.28, 0.2),
            ]
        )
        canvas.shape(wing * [flip, 1] @ rotation + at, "accessory", 1.0, shadow=0.1)
        for y in (-0.05, 0.05):
            crease = np.array([(0.1, y), (0.22, 1.8 * y), (0.36, 2 * y)]) * [flip, 1]
            canvas.stroke(crease @ rotation + at, 0.7)
    canvas.shape(ellipse(*at, 0.11 * size, 0.14 * size, 16), "accessory", 0.9)


def _draw_glasses(canvas, side, turn, rng):
    x0, kind = middle_x(turn), rng.integers(3)
    for s in (-1, 1):
        squeeze = 1 - 0.26 * turn * (s > 0)
        x, w = x0 + s * (0.43 - 0.1 * turn * (s > 0)), 0.33 * squeeze
        if kind == 0:
            lens = ellipse(x, 0.32, w, 0.31)
        else:
            top = 0.08 if kind == 1 else 0.2
            lens = curve([(x - w, top + 0.04), (x, top - 0.02), (x + w, top + 0.04), (x + 0.9 * w, 0.5),
                          (x, 0.6), (x - 0.9 * w, 0.5)])  # fmt: skip
        canvas.stroke(np.vstack([lens, lens[:2]]), rng.uniform(1.0, 1.4), 1, 1)
        end = -0.93 if s < 0 else 0.93 - 0.1 * turn
        if s * end > s * (x + s * w):
            canvas.stroke(
                [(x + s * w, 0.22), ((x + s * w + end) / 2, 0.2), (end, 0.18)],
                1.1,
                1,
                0.8,
            )
    right, left = x0 - 0.1 + 0.0 * turn, x0 + 0.1 - 0.02 * turn
    canvas.stroke(arc((right, 0.26), (left, 0.26), (0, -0.03)), 1.2, 1, 1)


def _draw_hat(canvas, side, turn, rng):
    kind = rng.integers(3)
    if kind == 0:  # round hat with a brim
        crown = curve([(-1.0, -0.72), (-0.9, -1.35), (-0.4, -1.72), (0.4, -1.72), (0.9, -1.35), (1.0, -0.72),
                       (0, -0.9)])  # fmt: skip
        canvas.shape(crown, "accessory", 1.1, shadow=0.2)
        band = np.vstack(
            [
                arc((-1.0, -0.86), (1.0, -0.86), (0, -0.13)),
                arc((1.0, -0.66), (-1.0, -0.66), (0, -0.13)),
            ]
        )
        canvas.shape(band, "accent", 0.9)
        brim = curve(
            [
                (-1.5, -0.52),
                (-0.9, -0.72),
                (0, -0.86),
                (0.9, -0.72),
                (1.5, -0.52),
                (0.9, -0.5),
                (0, -0.62),
                (-0.9, -0.5),
            ]
        )
        canvas.shape(brim, "accessory", 1.1, shadow=0.08)
    elif kind == 1:  # beret
        beret = curve([(-1.05, -0.7), (-1.25, -1.15), (-0.5, -1.62), (0.5, -1.62), (1.4, -1.2), (1.0, -0.72),
                       (0, -0.95)])  # fmt: skip
        canvas.shape(beret * [side, 1], "accessory", 1.1, shadow=0.2)
        stalk = np.array([(0.05, -1.6), (0.1, -1.7), (0.08, -1.8)]) * [side, 1]
        canvas.stroke(stalk, 1.8, 1, 0.7)
    else:  # cap with a visor
        crown = curve(
            [
                (-1.08, -0.45),
                (-1.0, -1.1),
                (-0.5, -1.55),
                (0.4, -1.55),
                (1.0, -1.1),
                (1.06, -0.5),
                (0.1, -0.75),
            ]
        )
        canvas.shape(crown, "accessory", 1.1, shadow=0.18)
        x = middle_x(turn)
        canvas.stroke(
            arc((x - 0.3, -1.55), (x - 0.25, -0.75), (-0.1, 0)), 0.7, 0.6, 0.6
        )
        visor = curve(
            [
                (x - 0.75, -0.66),
                (x, -0.84),
                (x + 0.75, -0.66),
                (x + 0.6, -0.42),
                (x, -0.4),
                (x - 0.6, -0.42),
            ]
        )
        canvas.shape(visor, "accent", 1.1, shadow=0.1)


def _draw_clip(canvas, side, turn, rng):
    for k in range(rng.integers(1, 4)):
        bar = path(
            [
                (-0.2, -0.05, 0.04),
                (0.2, -0.05, 0.3),
                (0.2, 0.05, 0.04),
                (-0.2, 0.05, 0.3),
            ]
        )
        c, s = np.cos(-0.45), np.sin(-0.45)
        bar = (bar @ np.array([[c, s], [-s, c]])) * [side, 1]
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
        bumps = [
            arc(a, b, 0.35 * np.array([a[0], -0.5]) * 0.4, 6)[:-1]
            for a, b in zip(upper[2:-3:2], upper[4::2])
        ]
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
    "clip": _draw_clip, "headphones": _draw_headphones, "cat_ears": _draw_animal_ears,
    "band": _draw_band, "flower": _draw_flower,
}  # fmt: skip
