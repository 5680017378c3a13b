"""Hair in front of the face: fringe, side locks, the shine. Units as in face.py."""

import numpy as np

from keras_s2p.characters.curves import arc, curve, lock, points
from keras_s2p.characters.face import middle_x
from keras_s2p.characters.hair_back import draw_lock

STYLES = (
    "straight", "parted", "swept_left", "swept_right", "clumps", "choppy", "nose_lock",
    "one_eye", "curtain", "round", "back", "zigzag", "m_shape", "wispy", "heavy",
    "side_part", "feathered",
)  # fmt: skip
HELD_OUT_STYLES = ("m_shape", "one_eye")
SIDES = ("none", "short", "long", "curved", "double")

# Where the hair parts, how deep the gaps between locks are, and the tips of the locks
# from the left to the right temple. A third number marks a gap instead of a tip.
_STYLES = {
    "straight": (0, 0.14, "-.78 .14, -.52 .08, -.26 .06, 0 .08, .26 .06, .52 .08,"
                 ".78 .14"),
    "parted": (0, 0.22, "-.84 .5, -.6 .16, -.33 -.1, 0 -.78 1, .33 -.1, .6 .16,"
               ".84 .5"),
    "swept_left": (0.55, 0.26, "-.84 .46, -.56 .3, -.24 .16, .1 .02, .42 -.2,"
                   ".6 -.7 1, .8 .1"),
    "swept_right": (-0.55, 0.26, "-.8 .1, -.6 -.7 1, -.42 -.2, -.1 .02, .24 .16,"
                    ".56 .3, .84 .46"),
    "clumps": (0, 0.5, "-.72 .2, -.36 .1, 0 .24, .36 .1, .72 .2"),
    "choppy": (0.1, 0.24, "-.82 .18, -.62 .02, -.42 .16, -.2 -.02, .0 .17, .2 0,"
               ".42 .15, .62 .0, .82 .2"),
    "nose_lock": (0, 0.42, "-.78 .3, -.5 .02, -.24 -.04, .02 .5, .26 -.06, .5 .04,"
                  ".78 .28"),
    "one_eye": (0.35, 0.2, "-.84 .85, -.6 .72, -.34 .54, -.06 .2, .2 -.1, .4 -.75 1,"
                ".62 -.1, .82 .3"),
    "curtain": (0, 0.3, "-.86 .8, -.62 .36, 0 -.85 1, .62 .36, .86 .8"),
    "round": (0, 0.12, "-.8 .3, -.58 .1, -.34 -.04, -.11 -.1, .12 -.1, .35 -.04,"
              ".58 .1, .8 .3"),
    "back": (0.1, 0.03, "-.88 -.05, -.6 -.56, 0 -.72, .6 -.56, .88 -.05"),
    "zigzag": (-0.1, 0.4, "-.8 .26, -.52 -.02, -.2 .26, .1 .0, .4 .24, .62 .0,"
               ".82 .2"),
    "m_shape": (0, 0.3, "-.8 .35, -.56 .12, -.3 .16, 0 -.7 1, .3 .16, .56 .12,"
                ".8 .35"),
    "wispy": (-0.2, 0.34, "-.8 .3, -.6 -.04, -.36 .1, -.08 .34, .1 -.04, .3 .2,"
              ".56 .0, .8 .24"),
    "heavy": (0.15, 0.3, "-.82 .34, -.52 .24, -.16 .28, .2 .22, .54 .26, .82 .34"),
    "side_part": (0.5, 0.3, "-.84 .7, -.58 .32, -.28 .06, .08 -.22, .5 -.88 1,"
                  ".72 .1, .86 .5"),
    "feathered": (-0.35, 0.3, "-.84 .4, -.6 .06, -.35 -.8 1, -.1 -.06, .16 .14,"
                  ".4 .04, .62 .24, .86 .5"),
}  # fmt: skip


def draw_front(canvas, style, turn, rng):
    """Fringe and top of the hair, its shadow on the face, and the shine."""
    part, depth, tips = _STYLES[style]
    edge, valleys, tips = _fringe(part, depth, _anchors(tips), turn, rng)
    height, width = rng.uniform(1.3, 1.46), rng.uniform(1.03, 1.1)
    t, h, w = turn, height, width
    top = curve([
        edge[-1], (w, -0.2), (w - 0.03, -0.55), (0.84 * w, -0.86), (0.47, -h + 0.14),
        (-0.05 * t, -h), (-0.47 - 0.1 * t, -h + 0.12), (-0.87 * w - 0.1 * t, -0.84),
        (-w - 0.07 * t, -0.55), (-w - 0.06 * t, -0.2), edge[0],
    ], closed=False)[1:-1]  # fmt: skip
    outline = np.vstack([edge, top])
    shaded = np.vstack([edge, [(1.0, -0.9), (-1.0, -0.9)]]) + [0.0, 0.1]
    canvas.tint(shaded, "skin_shadow", ("skin", "blush"))
    canvas.tint(shaded, "eye_white_shadow", ("eye_white",))
    canvas.fill(outline, "hair")
    canvas.shade(outline, "hair_shadow", 0.09)
    crown = np.array([0.55 * part + 0.5 * middle_x(turn), -1.1])
    _draw_strands(canvas, valleys, tips, crown, rng)
    _draw_shine(canvas, turn, rng)
    canvas.outline(outline, 1.1)


def _anchors(text):
    """[P, 3] from _STYLES' text: x, y, and 1 for a gap."""
    rows = [row.split() for row in text.split(",")]
    return np.array([[float(c) for c in row] + [0.0] * (3 - len(row)) for row in rows])


def _fringe(part, depth, anchors, turn, rng):
    """The lower edge from left to right: the curve, its gaps and its tips."""
    anchors = anchors.copy()
    anchors[:, :2] += rng.normal(0, 0.025, (len(anchors), 2))
    if rng.random() < 0.5:
        depth *= rng.uniform(0.7, 1.5)
    ends = rng.uniform(0.15, 0.6, 2)
    knots = [np.array([-1.0, ends[0], 0])]
    for a in [*anchors, np.array([1.0, ends[1], 0])]:
        if not knots[-1][2] and not a[2]:
            x = 0.5 * (knots[-1][0] + a[0]) + rng.uniform(-0.05, 0.05)
            y = min(knots[-1][1], a[1]) - depth * rng.uniform(0.5, 1.1)
            knots.append(np.array([x, max(y, -0.8), 1]))
        knots.append(a)
    knots = np.array(knots)
    knots[:, 0] += middle_x(turn) * (1 - knots[:, 0] ** 2)
    pieces = []
    for a, b in zip(knots[:-1], knots[1:]):
        tip = b if a[2] else a
        flow = np.clip(2.5 * (tip[0] - part - middle_x(turn)), -1, 1)
        length = np.hypot(*(b - a)[:2])
        if abs(a[0]) == 1 or abs(b[0]) == 1:
            flow *= 0.3
        pieces.append(arc(a[:2], b[:2], (0.13 * flow * length, -0.03 * length))[:-1])
    pieces.append(knots[-1:, :2])
    inner = knots[1:-1]
    return np.vstack(pieces), inner[inner[:, 2] > 0], inner[inner[:, 2] == 0]


def _draw_strands(canvas, valleys, tips, crown, rng):
    """Lines from the gaps towards the crown, with wedges of shadow."""
    for x, y, _ in valleys:
        end = np.array([x, y]) + rng.uniform(0.3, 0.65) * (crown - [x, y])
        bend = (0.1 * (x - crown[0]), -0.02)
        line = arc((x, y), end, bend)
        width = rng.uniform(0.03, 0.08)
        side, other = lock(line[::-1][::2], width, root=0.0, belly=0.8, n=3)
        wedge = np.vstack([side, other[::-1]])
        canvas.tint(wedge, "hair_shadow", ("hair",))
        canvas.stroke(line, 0.95, 0.9, 0.1)
    for x, y, _ in tips:
        if rng.random() < 0.45:
            start = np.array([x, y]) + 0.12 * (crown - [x, y]) + [0.03, 0]
            end = start + rng.uniform(0.2, 0.4) * (crown - start)
            canvas.stroke(arc(start, end, (0.08 * (x - crown[0]), 0)), 0.7, 0.2, 0.1)


def _draw_shine(canvas, turn, rng):
    """The band of light across the top of the hair."""
    kind = rng.integers(5)
    if kind == 4:
        return
    y, thick = rng.uniform(-0.86, -0.7), rng.uniform(0.05, 0.1)
    n = int(rng.integers(7, 12))
    xs = np.linspace(-0.82, 0.82, 2 * n + 1)
    bow = y - 0.24 * (1 - (xs / 0.82) ** 2)
    ends = np.sqrt(np.clip(1 - (xs / 0.83) ** 2, 0, 1))
    zigzag = (np.arange(2 * n + 1) % 2) * rng.uniform(0.3, 1.2, 2 * n + 1)
    upper = bow - ends * thick * (1 + 0.7 * zigzag * (kind == 1))
    lower = bow + ends * thick * (0.7 + zigzag * (kind < 3))
    keep = slice(None)
    if kind == 2:
        keep = slice(n // 2, n + n // 2)
    band = np.vstack([
        np.stack([xs[keep], upper[keep]], 1), np.stack([xs[keep], lower[keep]], 1)[::-1]
    ])  # fmt: skip
    canvas.tint(band + [0.15 * turn, 0], "hair_light", ("hair", "hair_shadow"))


def draw_sides(canvas, style, turn, rng):
    """The locks in front of the ears."""
    if style == "none":
        return
    lengths = {"short": 0.85, "long": 2.3, "curved": 1.25, "double": 1.5}
    length = lengths[style] * rng.uniform(0.9, 1.15)
    out = {"short": -0.05, "long": 0.12, "curved": -0.28, "double": 0.05}[style]
    width = rng.uniform(0.13, 0.2)
    for side in (-1, 1):
        x = side * 0.88 + (0.1 * turn if side < 0 else -0.06 * turn)
        locks = [(0.0, 1.0)]
        if style == "double":
            locks = [(0.12, 0.72), (0.0, 1.0)]
        for shift, share in locks:
            end = length * share
            spine = [(shift, -0.55), (0.08, 0.1), (0.06, 0.3 + 0.3 * end), (out, end)]
            spine = (np.array(spine) - [shift, 0]) * [side, 1] + [x, 0]
            left, right = lock(spine + [0, 0.07], width, 0.6)
            shadow = np.vstack([left, right[::-1]])
            canvas.tint(shadow, "skin_shadow", ("skin", "blush"))
            draw_lock(canvas, spine, width, root=0.6, belly=0.45)
            strand = curve(spine[1:3] + [(0.02, 0), (0, 0)], closed=False)
            canvas.stroke(strand, 0.7, 0.2, 0.1)


def draw_loose_locks(canvas, turn, rng):
    """Sometimes the single strand that stands up, sometimes flicks at the crown."""
    kind = rng.random()
    side = 1 if rng.random() < 0.5 else -1
    if kind < 0.22:
        size = rng.uniform(0.7, 1.2)
        spine = points("0 -1.25, 0.06 -1.6, 0.36 -1.8, 0.68 -1.62") * [side, 1]
        spine = (spine - [0, -1.3]) * size + [-0.05 * turn, -1.3]
        draw_lock(canvas, spine, 0.075, root=0.6, belly=0.45, shadow=0.03)
    elif kind < 0.5:
        for x in rng.uniform(-0.6, 0.6, rng.integers(2, 5)):
            root = np.array([x, -1.24 + 0.45 * x**2])
            way = 1 if x > 0 else -1
            tip = root + [0.45 * way, -rng.uniform(0.05, 0.2)]
            middle = root + [0.16 * way, -rng.uniform(0.14, 0.2)]
            draw_lock(canvas, [root, middle, tip], 0.09, root=1.0, belly=0.1)
