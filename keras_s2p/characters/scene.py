"""Backgrounds and accessories."""

import numpy as np

from keras_s2p.characters.canvas import curve, ellipse, path

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
        canvas.shape(ellipse(x, y, *[rng.uniform(0.25, 0.48)] * 2, 48), "background_2", outline)
    elif kind == "stripes":
        lean = rng.uniform(-0.5, 0.5)
        width = rng.uniform(0.08, 0.2)
        for left in np.arange(-1, 2, 2 * width):
            bar = [(left, -0.05), (left + width, -0.05), (left + width + lean, 1.05), (left + lean, 1.05)]
            canvas.shape(bar, "background_2", 0)
    elif kind == "stars":
        for _ in range(rng.integers(6, 14)):
            t = np.linspace(0, 2 * np.pi, 8, endpoint=False) + rng.uniform(0, 1)
            r = np.where(np.arange(8) % 2, 0.3, 1) * rng.uniform(0.03, 0.08)
            star = rng.uniform(0, 1, 2) + np.stack([r * np.cos(t), r * np.sin(t)], 1)
            canvas.shape(star, "background_2", outline)
    elif kind == "window":
        w, h = rng.uniform(0.3, 0.45, 2)
        frame = path([(x - w, y - h, 0), (x + w, y - h, 0), (x + w, y + h, 0), (x - w, y + h, 0)])
        canvas.shape(frame, "background_2", 1)
        canvas.stroke([(x, y - h), (x, y + h)], 1.2, 0)
        canvas.stroke([(x - w, y), (x + w, y)], 1.2, 0)
    elif kind == "hills":
        ridge = curve([(-0.1, y), (0.2, y - 0.15), (0.5, y + 0.05), (0.8, y - 0.1), (1.1, y)], False)
        canvas.shape(np.vstack([ridge, [(1.1, 1.1), (-0.1, 1.1)]]), "background_2", outline)


def draw_behind(canvas, kind, rng):
    """The part of an accessory behind the head."""
    if kind == "hat" and rng.random() < 0.5:
        canvas.shape(ellipse(0, -0.75, 1.6, 0.5), "accessory_shadow")


def draw_accessory(canvas, kind, turn, rng):
    """The part of an accessory on the head or the face."""
    side = rng.choice([-1, 1])
    if kind == "ribbon":
        x, y = rng.choice([0.0, 0.75]) * side, -1.05
        y = -1.1 if x == 0 else -0.7
        for s in (-1, 1):
            wing = path([(0, 0, 0.08), (0.5 * s, -0.32, 0.12 * s), (0.55 * s, 0.28, 0.08)])
            canvas.shape(wing + [x, y], "accessory")
            canvas.tint(wing * [0.9, 0.5] + [x, y + 0.1], "accessory_shadow", ("accessory",))
            canvas.stroke([(x + 0.1 * s, y), (x + 0.35 * s, y - 0.05)], 0.7)
        canvas.shape(ellipse(x, y, 0.12, 0.15), "accessory")
    elif kind == "glasses":
        round_lens = rng.random() < 0.5
        for s in (-1, 1):
            x = s * 0.42 + 0.75 * turn
            lens = ellipse(x, 0.33, 0.34, 0.3) if round_lens else path([(x - 0.33, 0.1, -0.03), (x + 0.33, 0.1, 0), (x + 0.28, 0.58, -0.1), (x - 0.28, 0.58, 0)])
            canvas.stroke(np.vstack([lens, lens[:2]]), 1.4, 0)
            canvas.stroke([(x + s * 0.34, 0.26), (s * 0.95, 0.15)], 1.2, 0)
        canvas.stroke(curve([(-0.1 + 0.75 * turn, 0.28), (0.75 * turn, 0.24), (0.1 + 0.75 * turn, 0.28)], False), 1.4, 0)
    elif kind == "hat":
        if rng.random() < 0.5:
            crown = curve([(-0.95, -0.75), (-0.75, -1.5), (0, -1.72), (0.75, -1.5), (0.95, -0.75), (0, -0.95)])
            canvas.shape(crown, "accessory")
            brim = curve([(-1.45, -0.6), (0, -1.02), (1.45, -0.6), (0.9, -0.52), (0, -0.75), (-0.9, -0.52)])
            canvas.shape(brim, "accessory")
            canvas.tint(brim * [1, 0.5] + [0, -0.32], "accessory_shadow", ("accessory",))
        else:
            beret = curve([(-1.0, -0.72), (-1.2, -1.15), (-0.5, -1.6), (0.5, -1.6), (1.3, -1.2), (0.9, -0.75), (0, -0.98)])
            canvas.shape(beret * [side, 1], "accessory")
            canvas.tint((beret * [0.9, 0.4] + [0, -0.5]) * [side, 1], "accessory_shadow", ("accessory",))
    elif kind == "clip":
        for k in range(rng.integers(1, 3)):
            x, y = side * 0.66, -0.42 + 0.17 * k
            bar = path([(x - 0.2, y, -0.05), (x + 0.2, y - 0.1 * side, 0), (x + 0.2, y + 0.02 - 0.1 * side, 0.05), (x - 0.2, y + 0.12, 0)])
            canvas.shape(bar, "accessory")
    elif kind == "headphones":
        arch = ellipse(0, -0.05, 1.14, 1.28, 60)
        arch = arch[arch[:, 1] < -0.1]
        arch = arch[np.argsort(arch[:, 0])]
        canvas.shape(np.vstack([arch, (arch * [0.92, 0.92])[::-1]]), "accessory")
        for s in (-1, 1):
            canvas.shape(ellipse(s * 1.05, 0.15, 0.22, 0.36), "accessory")
            canvas.tint(ellipse(s * 1.1, 0.2, 0.16, 0.26), "accessory_shadow", ("accessory",))
    elif kind == "cat_ears":
        for s in (-1, 1):
            ear = path([(0.35, -1.1, 0.06), (0.85, -1.75, 0.08), (0.98, -0.7, 0)]) * [s, 1]
            canvas.shape(ear, "hair")
            inner = path([(0.52, -1.08, 0.06), (0.8, -1.5, 0.08), (0.87, -0.86, 0)]) * [s, 1]
            canvas.shape(inner, "accessory", 0.6)
    elif kind == "band":
        arch = np.array([(-0.98, -0.3), (-0.8, -0.75), (0, -1.05), (0.8, -0.75), (0.98, -0.3)])
        upper, lower = curve(arch, False), curve(arch * [0.96, 1] + [0, 0.17], False)
        canvas.shape(np.vstack([upper, lower[::-1]]), "accessory")
    elif kind == "flower":
        x, y = side * 0.78, -0.5
        for a in np.linspace(0, 2 * np.pi, 5, endpoint=False):
            petal = ellipse(x + 0.17 * np.cos(a), y + 0.17 * np.sin(a), 0.17, 0.12, 14, a)
            canvas.shape(petal, "accessory", 0.8)
        canvas.shape(ellipse(x, y, 0.09, 0.09, 12), "accent", 0.8)
