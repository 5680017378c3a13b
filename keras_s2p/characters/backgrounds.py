"""Backgrounds: shapes of a second colour behind the character."""

import numpy as np

from keras_s2p.characters.curves import both_sides, curve, ellipse, points

BACKGROUNDS = ("plain", "gradient", "circle", "stripes", "stars", "window", "hills")


def draw_background(canvas, kind, rng):
    """Draws it; coordinates are shares of the side. A gradient is left to painting."""
    canvas.place(1.0, 0.0, (0, 0), False)
    at = rng.uniform(0.25, 0.75, 2)
    outline = rng.uniform(0.6, 1.0)
    for shape in _SHAPES.get(kind, _nothing)(at, rng):
        canvas.shape(shape, "background_2", outline)
    if kind == "window":
        for bar in ([(0, -1), (0, 1)], [(-1, 0), (1, 0)]):
            canvas.clip_ink(("background_2",))
            canvas.stroke(np.array(bar) + at, 1.2, 1, 1)
            canvas.clip_ink(None)


def _nothing(at, rng):
    return []


def _circle(at, rng):
    radius = rng.uniform(0.25, 0.48)
    return [ellipse(*at, radius, radius, 48)]


def _stripes(at, rng):
    lean, width = rng.uniform(-0.5, 0.5), rng.uniform(0.08, 0.2)
    bar = np.array([(0, -0.05), (width, -0.05), (width + lean, 1.05), (lean, 1.05)])
    return [bar + [left, 0] for left in np.arange(-1, 2, 2 * width)]


def _stars(at, rng):
    stars = []
    for _ in range(rng.integers(6, 14)):
        t = np.linspace(0, 2 * np.pi, 8, endpoint=False) + rng.uniform(0, 1)
        r = np.where(np.arange(8) % 2, 0.3, 1) * rng.uniform(0.03, 0.08)
        star = np.stack([r * np.cos(t), r * np.sin(t)], axis=1)
        stars.append(rng.uniform(0, 1, 2) + star)
    return stars


def _window(at, rng):
    w, h = rng.uniform(0.3, 0.45, 2)
    return [both_sides(np.array([(w, -h), (w, h)])) + at]


def _hills(at, rng):
    ridge = points("-0.1 0, 0.2 -0.15, 0.5 0.05, 0.8 -0.1, 1.1 0") + [0, at[1]]
    return [np.vstack([curve(ridge, closed=False), [(1.1, 1.1), (-0.1, 1.1)]])]


_SHAPES = {
    "circle": _circle, "stripes": _stripes, "stars": _stars,
    "window": _window, "hills": _hills,
}  # fmt: skip
