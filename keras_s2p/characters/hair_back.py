"""Hair behind the face: the mass behind neck and body, tails, buns, braids.

Head units as in face.py.
"""

import numpy as np

from keras_s2p.characters.curves import arc, curve, ellipse, lock, points

STYLES = (
    "bob", "long", "wavy", "wide", "short", "spiky", "twin_tails", "low_twin_tails",
    "ponytail", "side_tail", "buns", "braids", "hime", "drills", "flip", "hedgehog",
    "top_bun",
)  # fmt: skip
HELD_OUT_STYLES = ("drills", "braids")

# Right edge of the mass from the temple down; the tips of its hem: how many, how deep
# the gaps between them, and how far the outermost point outwards.
_MASSES = {
    "bob": ("1.04 -0.3, 1.12 0.3, 1.1 0.8, 0.92 1.18", 5, 0.16, -0.25),
    "long": ("1.04 -0.3, 1.12 0.6, 1.16 1.6, 1.2 2.6, 1.12 3.4", 6, 0.5, 0.1),
    "wavy": ("1.04 -0.3, 1.2 0.4, 1.1 0.95, 1.34 1.5, 1.22 2.1, 1.42 2.7, 1.3 3.2",
             6, 0.45, 0.3),
    "wide": ("1.04 -0.3, 1.3 0.5, 1.55 1.3, 1.85 2.1, 1.9 2.7", 8, 0.55, 0.5),
    "short": ("1.0 -0.3, 1.02 0.2, 0.95 0.6, 0.78 0.86", 5, 0.12, -0.1),
    "spiky": ("1.0 -0.5, 1.02 0, 0.96 0.5, 0.8 0.85", 5, 0.22, 0.3),
    "hime": ("1.04 -0.3, 1.1 0.6, 1.12 1.6, 1.16 2.6, 1.18 3.6", 9, 0.05, 0.0),
    "flip": ("1.04 -0.3, 1.1 0.4, 1.0 0.9, 1.12 1.25, 1.35 1.35", 6, 0.2, 0.4),
    "hedgehog": ("1.0 -0.5, 1.05 0, 0.98 0.5, 0.85 0.9", 5, 0.3, 0.4),
}  # fmt: skip


def draw_mass(canvas, style, turn, rng):
    """The hair behind neck and body, with buns and spikes."""
    volume = rng.uniform(0.98, 1.08)
    shift = -0.12 * turn
    if style in ("buns", "top_bun"):
        _draw_buns(canvas, style, turn, rng)
    if style in ("spiky", "hedgehog"):
        _draw_spikes(canvas, 0.55 if style == "hedgehog" else 0.28, shift, rng)
    edge, num_tips, depth, flare = _MASSES.get(style, _MASSES["short"])
    right = curve(points(edge), closed=False)
    length = rng.uniform(0.8, 1.2) if right[-1, 1] > 2 else rng.uniform(0.95, 1.05)
    right = np.where(right[:, 1:] > 0, right * [volume, length], right * [volume, 1])
    left = right * [-1, 1]
    hem, valleys = _hem(right[-1], left[-1], num_tips, depth, flare, rng)
    dome = curve([left[0], (-0.9, -0.85), (0, -1.25), (0.9, -0.85), right[0]], False)
    outline = np.vstack([dome, right[1:], hem, left[::-1][:-1]]) + [shift, 0]
    canvas.fill(outline, "hair")
    bottom = right[-1, 1]
    deep = ellipse(0.1 * turn, 0.75, 0.85 * volume, 0.35 + 0.3 * bottom)
    canvas.tint(deep, "hair_shadow", ("hair",))
    canvas.shade(outline, "hair_shadow", 0.12)
    canvas.outline(outline, 1.1)
    for x, y in valleys[1:-1]:
        top = y - rng.uniform(0.25, 0.7) * (y - 0.5)
        line = arc((x + shift, y), (0.9 * x + shift, top), (0.03 * np.sign(x), 0))
        canvas.stroke(line, 0.8, 0.8, 0.1)


def _hem(right, left, num_tips, depth, flare, rng):
    """The lower edge from right to left with its tips, and the valleys between them."""
    xs = np.linspace(right[0], left[0], num_tips + 1)
    xs[1:-1] += rng.uniform(-0.25, 0.25, num_tips - 1) * (right[0] - left[0]) / num_tips
    ys = right[1] + rng.uniform(-0.3, 0.3, num_tips + 1) * depth
    ys[0], ys[-1] = right[1], left[1]
    valleys = np.stack([xs, ys], axis=1)
    pieces = []
    for a, b in zip(valleys[:-1], valleys[1:]):
        x = (a[0] + b[0]) / 2
        lean = flare * (b[0] + a[0]) / (right[0] - left[0]) / num_tips * 2
        tip = (x + lean, max(a[1], b[1]) + depth * rng.uniform(0.7, 1.3))
        bend = (-0.25 * lean + 0.04 * np.sign(x), 0.05 * depth)
        pieces += [arc(a, tip, bend)[1:], arc(tip, b, bend)[1:]]
    return np.vstack(pieces)[:-1], valleys


def _draw_spikes(canvas, length, shift, rng):
    """Locks that stand off behind the head."""
    angles = np.linspace(-2.4, 2.4, 9)
    for angle in angles + rng.uniform(-0.12, 0.12, len(angles)):
        direction = np.array([np.sin(angle), -np.cos(angle)])
        across = np.array([-direction[1], direction[0]]) * np.sign(angle)
        root = direction * [0.7, 0.8] + [shift, -0.25]
        reach = length * rng.uniform(0.8, 1.3) + 0.4
        spine = [root, root + 0.55 * reach * direction + 0.05 * across,
                 root + reach * direction + 0.22 * reach * across]  # fmt: skip
        draw_lock(canvas, spine, 0.4, root=1.0, belly=0.1)


def _draw_buns(canvas, style, turn, rng):
    places = [(-0.82, -1.02), (0.82, -1.02)] if style == "buns" else [(-0.1, -1.5)]
    radius = rng.uniform(0.34, 0.46) if style == "buns" else rng.uniform(0.45, 0.6)
    for x, y in places:
        side = 1 if x > 0 else -1
        x -= 0.1 * turn
        bun = ellipse(x, y, radius, radius * rng.uniform(0.9, 1.0))
        canvas.shape(bun, "hair", 1.1, shadow=0.16)
        for k in (0.35, 0.7):
            swirl = arc((x - k * radius, y + 0.45 * radius), (x + 0.1, y - k * radius),
                        (-0.22 * radius, -0.2 * radius))  # fmt: skip
            canvas.stroke((swirl - [x, y]) * [side, 1] + [x, y], 0.8)


def draw_tails(canvas, style, turn, rng):
    """Hair that is tied together; hangs beside or before the body."""
    shift = -0.1 * turn
    tie = ("hair", "accessory", "accent")[rng.integers(3)]
    if style in ("twin_tails", "low_twin_tails"):
        high = -0.72 if style == "twin_tails" else 0.5
        length, spread = rng.uniform(1.6, 3.0), rng.uniform(0.1, 0.6)
        if style == "low_twin_tails":
            spread *= 0.3
        for side in (-1, 1):
            root = np.array([side * 0.95 + shift, high])
            _draw_tail(canvas, root, side, length, spread, rng)
            _draw_tie(canvas, root + [0.06 * side, 0.02], tie, side)
    elif style in ("ponytail", "side_tail"):
        side = -1
        high = -0.95 if style == "ponytail" else 0.15
        root = np.array([side * (0.55 if style == "ponytail" else 0.95) + shift, high])
        _draw_tail(
            canvas, root, side, rng.uniform(1.4, 2.6), rng.uniform(0.3, 0.7), rng
        )
        _draw_tie(canvas, root + [0.08 * side, 0.0], tie, side)
    elif style == "braids":
        for side in (-1, 1):
            _draw_braid(canvas, side, shift, tie, rng)
    elif style == "drills":
        for side in (-1, 1):
            _draw_drill(canvas, side, shift, rng)


def _draw_tail(canvas, root, side, length, spread, rng):
    """A tail of a few locks from its root outwards and down."""
    wave = rng.uniform(-0.2, 0.3)
    for k in (1.0, 0.0, 0.5):
        reach = length * (0.85 + 0.15 * k) * rng.uniform(0.9, 1.05)
        out = side * (0.3 + 0.35 * k + spread)
        spine = [
            root,
            root + [0.7 * out, -0.06 + 0.12 * (1 - k)],
            root + [1.05 * out, 0.35 * reach],
            root + [1.0 * out + side * wave, 0.7 * reach],
            root + [0.8 * out + side * (0.25 * k + 0.5 * wave), reach],
        ]
        draw_lock(canvas, spine, 0.32, root=0.4, belly=0.5)
    for k in (0.25, 0.6):
        out = side * (0.32 + 0.3 * k + spread)
        line = [root + [0.5 * out, 0.05], root + [1.02 * out, 0.3 * length],
                root + [1.0 * out + side * wave, 0.62 * length]]  # fmt: skip
        canvas.stroke(curve(line, closed=False), 0.8, 0.2, 0.1)


def _draw_tie(canvas, at, slot, side):
    if slot == "hair":
        return
    canvas.shape(ellipse(*at, 0.13, 0.17, 16, 0.5 * side), slot, 0.9, shadow=0.06)


def _draw_braid(canvas, side, shift, tie, rng):
    x, y, width = side * 0.92 + shift, 0.55, 0.25
    for _ in range(rng.integers(5, 8)):
        for lean in (1, -1):
            link = ellipse(
                x + 0.1 * lean, y + 0.12 * (lean < 0), 0.8 * width, 0.22, 16, 0.7 * lean
            )
            canvas.shape(link, "hair", 0.9, shadow=0.06)
        y += 0.31
        x += 0.025 * side
        width *= 0.96
    for k in (-1, 1, 0):
        draw_lock(
            canvas,
            [(x, y - 0.05), (x + 0.1 * k, y + 0.25), (x + 0.14 * k, y + 0.55)],
            0.13,
        )
    _draw_tie(canvas, (x, y), tie, side)


def _draw_drill(canvas, side, shift, rng):
    x, y, width = side * 1.0 + shift, -0.1, 0.36
    for _ in range(rng.integers(6, 9)):
        roll = np.vstack([
            arc((x - width, y), (x + width, y - 0.14), (0, -0.1)),
            arc((x + width, y - 0.14), (x + 0.9 * width, y + 0.2), (0.08, 0)),
            arc((x + 0.9 * width, y + 0.2), (x - 0.9 * width, y + 0.36), (0, 0.1)),
            arc((x - 0.9 * width, y + 0.36), (x - width, y), (-0.08, 0)),
        ])  # fmt: skip
        canvas.shape(roll, "hair", 0.9, shadow=0.14)
        y += 0.33
        x += 0.03 * side
        width *= 0.87


def draw_lock(canvas, spine, width, root=0.5, belly=0.35, line=1.0, shadow=0.07):
    """A lock of hair with a point; its root stays open, to merge with other hair."""
    left, right = lock(spine, width, root, belly)
    outline = np.vstack([left, right[::-1]])
    canvas.fill(outline, "hair")
    if shadow:
        canvas.shade(outline, "hair_shadow", shadow)
    canvas.stroke(left, line, 0.3, 0.6)
    canvas.stroke(right, line, 0.3, 0.6)
