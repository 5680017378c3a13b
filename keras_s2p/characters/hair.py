"""Hair: what is behind the body, and the fringe with its side locks.

Head units: the face is about 1.8 wide, the chin at y = 1.05, the skull's top at -1.15.
"""

import numpy as np

from keras_s2p.characters.canvas import curve, ellipse, mirror, path

BACKS = (
    "bob", "long", "wavy", "wide", "short", "spiky", "twin_tails", "low_twin_tails",
    "ponytail", "side_tail", "buns", "braids", "hime", "drills",
)  # fmt: skip
FRONTS = (
    "straight", "parted", "swept_left", "swept_right", "clumps", "choppy", "nose_lock",
    "one_eye", "curtain", "round", "back", "zigzag", "m_shape", "wispy",
)  # fmt: skip
HELD_OUT_BACKS = ("drills", "braids")
HELD_OUT_FRONTS = ("m_shape", "one_eye")
SIDES = ("none", "short", "long", "curved")

# Fringe tips (x, y) from the left to the right temple; valleys are between them.
TIPS = {
    "straight": [(-0.62, 0.02), (-0.38, 0.05), (-0.12, 0.06), (0.14, 0.06), (0.4, 0.05), (0.64, 0.02)],
    "parted": [(-0.78, 0.3), (-0.5, -0.05), (-0.22, -0.4), (0.22, -0.4), (0.5, -0.05), (0.78, 0.3)],
    "swept_left": [(-0.8, 0.32), (-0.52, 0.2), (-0.25, 0.1), (0.1, -0.05), (0.45, -0.25)],
    "swept_right": [(-0.45, -0.25), (-0.1, -0.05), (0.25, 0.1), (0.52, 0.2), (0.8, 0.32)],
    "clumps": [(-0.55, 0.12), (0.02, 0.18), (0.58, 0.12)],
    "choppy": [(-0.7, 0.1), (-0.5, -0.02), (-0.3, 0.12), (-0.08, 0.0), (0.14, 0.13), (0.36, -0.02), (0.55, 0.1), (0.72, 0.02)],
    "nose_lock": [(-0.66, 0.06), (-0.34, -0.1), (0.04, 0.42), (0.36, -0.1), (0.68, 0.06)],
    "one_eye": [(-0.66, 0.62), (-0.36, 0.5), (-0.05, 0.15), (0.35, -0.15), (0.68, -0.05)],
    "curtain": [(-0.82, 0.55), (-0.58, 0.1), (-0.05, -0.5), (0.05, -0.5), (0.58, 0.1), (0.82, 0.55)],
    "round": [(-0.7, 0.12), (-0.42, -0.06), (-0.14, -0.13), (0.14, -0.13), (0.42, -0.06), (0.7, 0.12)],
    "back": [(-0.72, -0.42), (-0.3, -0.66), (0.12, -0.7), (0.52, -0.6), (0.76, -0.38)],
    "zigzag": [(-0.74, 0.2), (-0.42, 0.0), (-0.16, 0.22), (0.16, -0.04), (0.42, 0.2), (0.74, 0.06)],
    "m_shape": [(-0.7, 0.1), (-0.36, 0.14), (0.0, -0.48), (0.36, 0.14), (0.7, 0.1)],
    "wispy": [(-0.72, 0.16), (-0.56, -0.08), (-0.24, 0.0), (-0.04, 0.26), (0.1, -0.08), (0.5, 0.04), (0.7, 0.2)],
}  # fmt: skip


def draw_back(canvas, style, rng):
    """Hair behind face and body."""
    j = rng.uniform(-0.06, 0.06, 8)
    volume = rng.uniform(1.0, 1.12)
    if style in ("twin_tails", "low_twin_tails", "braids", "buns", "drills"):
        high = {"twin_tails": -0.75, "buns": -0.95}.get(style, 0.55)
        for side in (-1, 1):
            _tail(canvas, style, side, high, rng)
    if style in ("ponytail", "side_tail"):
        x = 0.15 if style == "ponytail" else 0.75
        tail = [(x - 0.2, -0.9, -0.1), (x + 0.75, -1.0 + j[0], 0.25), (x + 1.0, 0.6 + j[1], -0.1),
                (x + 0.72, 1.5 + j[2], 0.12), (x + 0.62, 0.7, 0.05), (x + 0.45, 1.15, 0.1), (x + 0.4, 0.2, 0.2)]
        _hair(canvas, path(tail))
    shapes = {
        "bob": [(-1.0, -0.4, 0.12), (-1.08, 0.75 + j[0], 0.1), (-0.75, 1.05, 0.05), (-0.4, 0.9, 0.03), (0.0, 1.0, 0.03), (0.4, 0.9, 0.03), (0.75, 1.05, 0.1), (1.08, 0.75 + j[1], 0.12), (1.0, -0.4, 0.32)],
        "long": [(-1.0, -0.4, 0.08), (-1.12, 1.2, 0.04), (-1.1 + j[0], 2.6, 0.05), (-0.8, 2.35, 0.04), (-0.55, 2.7 + j[1], 0.05), (-0.1, 2.4, 0.04), (0.3, 2.7 + j[2], 0.05), (0.7, 2.35, 0.04), (1.1, 2.6 + j[3], 0.04), (1.12, 1.2, 0.08), (1.0, -0.4, 0.32)],
        "wavy": [(-1.0, -0.4, 0.15), (-1.2, 0.5, -0.12), (-1.15, 1.1, 0.15), (-1.4, 1.8, -0.1), (-1.25, 2.4, 0.05), (-0.9, 2.0, 0.08), (-0.6, 2.5, 0.05), (-0.1, 2.1, 0.08), (0.4, 2.5, 0.05), (0.8, 2.0, 0.08), (1.25, 2.4, -0.1), (1.4, 1.8, 0.15), (1.15, 1.1, -0.12), (1.2, 0.5, 0.15), (1.0, -0.4, 0.32)],
        "wide": [(-1.0, -0.4, 0.1), (-1.5 + j[0], 1.0, 0.06), (-1.85, 2.2, 0.08), (-1.3, 1.9, 0.05), (-1.2, 2.6, 0.06), (-0.6, 2.1, 0.05), (0.0, 2.7 + j[1], 0.05), (0.6, 2.1, 0.06), (1.2, 2.6, 0.05), (1.3, 1.9, 0.08), (1.85, 2.2, 0.06), (1.5 + j[2], 1.0, 0.1), (1.0, -0.4, 0.32)],
        "short": [(-0.98, -0.4, 0.1), (-1.0, 0.3, 0.06), (-0.92, 0.62 + j[0], 0.04), (-0.7, 0.5, 0.02), (-0.5, 0.72, 0.02), (0.5, 0.72, 0.02), (0.7, 0.5, 0.04), (0.92, 0.62 + j[1], 0.06), (1.0, 0.3, 0.1), (0.98, -0.4, 0.32)],
        "spiky": [(-0.95, -0.5, 0.05), (-1.4, -0.3 + j[0], 0.04), (-1.1, 0.05, 0.05), (-1.45, 0.45 + j[1], 0.05), (-1.0, 0.5, 0.04), (-1.15, 1.0, 0.05), (-0.6, 0.85, 0.02), (0.6, 0.85, 0.05), (1.15, 1.0, 0.04), (1.0, 0.5, 0.05), (1.45, 0.45 + j[2], 0.05), (1.1, 0.05, 0.04), (1.4, -0.3 + j[3], 0.05), (0.95, -0.5, 0.32)],
        "hime": [(-1.0, -0.4, 0.06), (-1.08, 1.3, 0.02), (-1.08, 2.7, 0.0), (1.08, 2.7, 0.02), (1.08, 1.3, 0.06), (1.0, -0.4, 0.32)],
    }  # fmt: skip
    base = shapes.get(style, shapes["short"])
    outline = path(base) * [volume, 1.0]
    _hair(canvas, outline)
    canvas.tint(outline * [0.88, 1.0] + [0, 0.5], "hair_shadow", ("hair",))
    bottom = outline[:, 1].max()
    for x in rng.uniform(-0.9, 0.9, 4):
        canvas.stroke(
            curve([(x * 0.9, 0.8), (x, 0.5 * (0.8 + bottom)), (x * 1.03, bottom - 0.15)], False), 0.6
        )  # fmt: skip


def _tail(canvas, style, side, high, rng):
    j = rng.uniform(-0.12, 0.12, 6)
    if style == "buns":
        bun = curve(ellipse(0.85, high, 0.42, 0.4, 10), n=3)
        swirl = [(0.62, high + 0.1), (0.85, high - 0.2), (1.05, high + 0.02), (0.85, high + 0.15)]
        _hair(canvas, bun * [side, 1])
        canvas.tint((bun * [0.9, 0.9] + [0.18, 0.06 * 0]) * [side, 1], "hair_shadow", ("hair",))
        canvas.stroke(curve(swirl, False) * [side, 1], 0.7)
        return
    if style == "braids":
        for k in range(6):
            y, x = high + 0.32 + 0.34 * k, 0.98 + 0.04 * k + 0.03 * j[0]
            w = 0.24 - 0.012 * k
            for lean in (-1, 1):
                lock = ellipse(x + lean * 0.1, y, w * 0.72, 0.23, 14, angle=lean * 0.6)
                _hair(canvas, lock * [side, 1])
        tip = path([(1.1, 2.75, 0.1), (1.4, 2.8, 0.1), (1.28, 3.2, 0.1)])
        _hair(canvas, tip * [side, 1])
        return
    if style == "drills":
        for k in range(5):
            y, w = high + 0.35 * k, 0.36 - 0.05 * k
            roll = path([(1.15 - w, y, -0.12), (1.15 + w, y - 0.12, 0.5), (1.15 + w * 0.85, y + 0.3, 0.15), (1.15 - w * 0.85, y + 0.34, 0.3)])  # fmt: skip
            _hair(canvas, roll * [side, 1])
            canvas.tint(roll * [side, 1] + [0.1 * side, 0.12], "hair_shadow", ("hair",))
        return
    tail = [
        (0.75, high, 0.2), (1.5 + j[0], high + 0.25, 0.15), (1.75 + j[1], high + 1.6, 0.08),
        (1.5 + j[2], high + 2.7 + j[3], 0.1), (1.3, high + 2.0, 0.06), (1.1, high + 2.4, 0.08), (1.0, high + 1.1, 0.06),
    ]  # fmt: skip
    outline = path(tail) * [side, 1]
    _hair(canvas, outline)
    canvas.tint(outline * [0.8, 1] + [0.12 * side, 0.35], "hair_shadow", ("hair",))
    strand = curve([(1.1, high + 0.4), (1.45, high + 1.2), (1.4, high + 2.2)], False)
    canvas.stroke(strand * [side, 1], 0.7)


def draw_front(canvas, style, turn, rng):
    """Fringe, side locks, shine. `turn` is the sideways shift of the face."""
    tips = np.array(TIPS[style]) + rng.uniform(-0.04, 0.04, (len(TIPS[style]), 2))
    tips[:, 0] += 0.6 * turn
    lift = 0.32 if style != "straight" else 0.08
    anchors = [(-0.99, 0.28, 0.03), (-0.86, 0.0, 0.06)]
    for i, (x, y) in enumerate(tips):
        lean = 0.12 if x < turn else -0.12
        anchors.append((x, y, lean))
        if i + 1 < len(tips):
            u, v = (tips[i] + tips[i + 1]) / 2
            anchors.append((u, min(v, tips[i][1], tips[i + 1][1]) - lift * rng.uniform(0.6, 1), lean))
    anchors += [(0.86, 0.0, 0.03), (0.99, 0.28, 0.0)]
    skull = [(1.03, -0.2), (0.95, -0.7), (0.55, -1.1), (0.0, -1.25), (-0.55, -1.1), (-0.95, -0.7), (-1.03, -0.2)]
    fringe = path(anchors, closed=False)
    top = curve([(0.99, 0.28), *skull, (-0.99, 0.28)], False)
    outline = np.vstack([fringe, top])

    # The fringe's shadow falls on the face.
    canvas.tint(outline + [0.02, 0.12], "skin_shadow", ("skin", "blush"))
    _hair(canvas, outline)
    for x, y in tips[1:-1]:
        crown = (0.25 * turn + 0.15 * x, -0.95)
        middle = (0.75 * x + 0.05 * turn, -0.45)
        canvas.tint(
            path([(*crown, 0.03), (*middle, 0.04), (x, y, -0.04), (middle[0] + 0.12, middle[1], 0.0)]),
            "hair_shadow", ("hair",),
        )  # fmt: skip
        if rng.random() < 0.75:
            canvas.stroke(curve([(x * 0.85, y - 0.12), middle, (0.5 * x, -0.75)], False), 0.75)
    _shine(canvas, turn, rng)


def _shine(canvas, turn, rng):
    """The band of light across the top of the hair, zigzagged at its lower edge."""
    kind = rng.integers(3)
    y = rng.uniform(-0.72, -0.6)
    xs = np.linspace(-0.72, 0.72, 9)
    upper = np.stack([xs, y - 0.22 * (1 - xs**2)], 1)
    depth = (0.05, 0.1, 0.16)[kind] * (np.arange(9) % 2)
    lower = np.stack([xs, y - 0.22 * (1 - xs**2) + 0.06 + depth], 1)[::-1]
    band = np.vstack([upper, lower]) + [0.3 * turn, 0]
    if kind < 2 or rng.random() < 0.5:
        canvas.tint(band, "hair_light", ("hair", "hair_shadow"))


def draw_sides(canvas, style, turn, rng):
    """The locks in front of the ears."""
    if style == "none":
        return
    length = {"short": 0.75, "long": 1.9, "curved": 1.25}[style] + rng.uniform(-0.1, 0.15)
    out = {"short": 0.02, "long": 0.08, "curved": -0.16}[style]
    for side in (-1, 1):
        x = 0.86
        lock = path([
            (x - 0.1, -0.45, -0.04), (x + 0.16, -0.3, -0.1), (x + 0.14 + out, length - 0.5, -0.08),
            (x - 0.02 + out, length, 0.06), (x - 0.1 + out * 0.5, length - 0.55, 0.05),
        ]) * [side, 1]  # fmt: skip
        lock += [0.3 * turn, 0]
        canvas.tint(lock + [0.03, 0.08], "skin_shadow", ("skin", "blush"))
        _hair(canvas, lock)
        canvas.stroke(lock[len(lock) // 2 - 6 : len(lock) // 2 + 4] * [0.97, 1], 0.5)


def draw_ahoge(canvas, rng):
    """The single strand that stands up."""
    x = rng.uniform(-0.2, 0.2)
    lock = path([(x - 0.08, -1.18, 0.2), (x + 0.3, -1.6, -0.3), (x + 0.6, -1.42, 0.2), (x + 0.28, -1.45, 0.2), (x + 0.06, -1.18, 0.0)])  # fmt: skip
    _hair(canvas, lock * [1 if rng.random() < 0.5 else -1, 1])


def _hair(canvas, outline):
    canvas.shape(outline, "hair")


__all__ = ["draw_back", "draw_front", "draw_sides", "draw_ahoge", "mirror"]
