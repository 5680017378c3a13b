"""Garments: collars, fronts, ties. Head units as in face.py."""

import numpy as np

from keras_s2p.characters import body
from keras_s2p.characters.curves import arc, both_sides, curve, ellipse, path, points

GARMENTS = (
    "sailor", "blazer", "hoodie", "kimono", "t_shirt", "dress", "turtleneck", "armour",
    "jacket", "shirt_tie", "vest", "cape", "overalls", "cardigan",
)  # fmt: skip
HELD_OUT_GARMENTS = ("vest",)
_SLEEVES = {
    "kimono": ("wide",), "dress": ("none", "glove"), "armour": ("glove", "long"),
    "t_shirt": ("short",), "sailor": ("short", "long"), "overalls": ("short", "none"),
    "vest": ("short", "none"), "cape": ("long", "glove"),
}  # fmt: skip
_LOWER = {"dress": 0.8, "sailor": 0.8, "kimono": 0.2, "hoodie": 0.3, "overalls": 0.0}


def draw_body(canvas, garment, rng):
    """Neck, body and arms in their garment."""
    build = body.random_build(rng)
    sleeves = _SLEEVES.get(garment, ("long",))
    sleeve = sleeves[rng.integers(len(sleeves))]
    body.draw_arms(canvas, build, sleeve, rng, behind=True)
    body.draw_neck(canvas, build)
    top = None
    if garment == "dress":
        s = build.shoulder
        top = [(0.0, 2.3), (0.3, 2.16), (0.65, 2.08), (s - 0.3, 2.12), (s - 0.16, 2.2)]
        _bare_shoulders(canvas, build)
    body.draw_torso(canvas, build, rng, top)
    if rng.random() < _LOWER.get(garment, 0.5):
        slot = "clothes" if garment == "dress" else "accent"
        body.draw_skirt(canvas, build, slot, rng)
    body.draw_arms(canvas, build, sleeve, rng, behind=False)
    _GARMENTS[garment](canvas, build.neck, build, rng)


def _both(canvas, shape, slot, line=1.0, shadow=0.06):
    for side in (-1, 1):
        canvas.shape(shape * [side, 1], slot, line, shadow)


def _bare_shoulders(canvas, build):
    s = build.shoulder
    right = [(0.2, 1.3), (build.neck + 0.16, 1.5), (0.6, 1.64), (s - 0.2, 1.76), (s - 0.05, 2.1),
             (s - 0.2, 2.6)]  # fmt: skip
    canvas.fill(both_sides(np.array(right)), "skin")
    for side in (-1, 1):
        canvas.stroke(curve(right[1:5], closed=False) * [side, 1], 1.0, 0.8, 0.5)
        clavicle = arc((side * 0.16, 1.88), (side * 0.7, 1.78), (0, -0.05))
        canvas.stroke(clavicle, 0.7)


def _opening(canvas, width, depth, slot="skin", edge=0.0):
    """A neckline: slot from the neck's sides down to a point; edge 0 V, 1 round."""
    right = arc(
        (width, 1.42), (0, depth), (0.12 * width + 0.3 * edge * width, 0.1 * edge)
    )
    canvas.fill(
        np.vstack([[(-0.2, 1.25), (0.2, 1.25)], right, (right * [-1, 1])[::-1]]), slot
    )
    if slot == "skin":
        canvas.tint(ellipse(0.02, 1.25, 0.4, 0.34), "skin_shadow", ("skin",))
    for side in (-1, 1):
        canvas.stroke(right * [side, 1], 1.0, 0.9, 0.9)
    if slot == "skin" and depth > 1.9:
        for side in (-1, 1):
            canvas.stroke(
                [(side * 0.08, 1.72), (side * 0.2, 1.68), (side * 0.26, 1.67)], 0.6
            )


def _shirt_collar(canvas, n, slot, length=0.5):
    """The two wings of a shirt's collar."""
    wing = path([(n + 0.0, 1.22, 0.05), (n + 0.3, 1.52, 0), (0.36, 1.5 + length, 0),
                 (0.02, 1.58, -0.04)])  # fmt: skip
    _both(canvas, wing, slot, 0.9, 0.05)


def _bow(canvas, y, size, slot):
    wing = path([(0.03, y - 0.03, -0.1), (0.55 * size, y - 0.3 * size, 0.12), (0.58 * size, y + 0.24 * size, -0.08),
                 (0.03, y + 0.03, 0)])  # fmt: skip
    tail = path(
        [
            (0.02, y, 0.1),
            (0.36 * size, y + 0.8 * size, 0),
            (0.1 * size, y + 0.72 * size, 0),
        ]
    )
    _both(canvas, tail, slot, 0.9, 0.05 * size)
    _both(canvas, wing, slot, 0.9, 0.1 * size)
    for side in (-1, 1):
        canvas.stroke(
            [
                (0.1 * side, y),
                (0.25 * side * size, y - 0.04),
                (0.36 * side * size, y - 0.1 * size),
            ],
            0.7,
        )
    canvas.shape(ellipse(0, y, 0.1 * size, 0.13 * size, 16), slot, 0.9)


def _tie(canvas, length, slot):
    y = 1.62
    tie = points("-0.07 0.2, 0.07 0.2, 0.19 0.85, 0 1.05, -0.19 0.85") * [1, length] + [
        0,
        y,
    ]
    canvas.shape(tie, slot, 0.9, shadow=0.08)
    knot = points("-0.13 0, 0.13 0, 0.07 0.22, -0.07 0.22") + [0, y]
    canvas.shape(knot, slot, 0.9)


def _buttons(canvas, ys, slot, x=0.0):
    for y in ys:
        canvas.shape(ellipse(x, y, 0.065, 0.065, 12), slot, 0.7)


def _front_line(canvas, top, x=0.0):
    canvas.stroke([(x, top), (x + 0.02, 4.0), (x, body.BOTTOM)], 0.9, 0.8, 1)


def _stripes(canvas, ys, width, slot):
    for y in ys:
        bow = arc((-1.6, y), (1.6, y), (0, 0.1))
        canvas.tint(
            np.vstack([bow, bow[::-1] + [0, width]]),
            slot,
            ("clothes", "clothes_shadow"),
        )


def _sailor(canvas, n, build, rng):
    _opening(canvas, n + 0.06, 2.35, "skin")
    collar = path([(n + 0.02, 1.36, 0.04), (0.75, 1.55, 0.04), (build.shoulder - 0.1, 1.8, 0.02),
                   (build.shoulder - 0.28, 2.3, 0.0), (0.02, 2.5, -0.06)])  # fmt: skip
    _both(canvas, collar, "accent")
    for side in (-1, 1):
        stripe = [
            (build.shoulder - 0.22, 1.86),
            (build.shoulder - 0.36, 2.2),
            (0.2, 2.34),
        ]
        canvas.stroke(np.array(stripe) * [side, 1], 0.7, 1, 0.5)
    if rng.random() < 0.75:
        _bow(canvas, 2.48, rng.uniform(0.8, 1.15), "accessory")
    else:
        tail = path([(-0.09, 2.4, 0), (0.09, 2.4, 0), (0.26, 3.2, 0), (-0.26, 3.2, 0)])
        canvas.shape(tail, "accessory", 0.9, 0.08)


def _blazer(canvas, n, build, rng):
    _opening(canvas, n + 0.2, 2.95, "accent")
    _shirt_collar(canvas, n, "accent")
    if rng.random() < 0.6:
        _tie(canvas, 1.15, "accessory")
    else:
        _bow(canvas, 1.72, 0.75, "accessory")
    lapel = path([(n + 0.08, 1.36, 0.04), (0.62, 1.62, 0), (0.78, 2.02, 0), (0.56, 2.08, 0),
                  (0.66, 2.22, 0.02), (0.02, 3.0, -0.05)])  # fmt: skip
    _both(canvas, lapel, "clothes")
    _front_line(canvas, 3.0)
    _buttons(canvas, (3.25, 3.7), "accessory", 0.12)


def _hoodie(canvas, n, build, rng):
    back = both_sides(
        curve([(n, 1.02), (0.78, 1.12), (0.98, 1.5), (0.85, 1.8), (0.1, 1.9)], False)
    )
    canvas.shape(back, "clothes", 1.0, 0.1)
    _opening(canvas, n + 0.03, 1.85, "skin", 0.4)
    flap = curve([(n + 0.02, 1.2), (0.72, 1.3), (0.92, 1.66), (0.55, 2.08), (0.0, 2.28), (0.04, 1.96),
                  (0.3, 1.6)])  # fmt: skip
    _both(canvas, flap, "clothes", 1.0, 0.1)
    slot = ("clothes", "accent")[rng.integers(2)]
    pocket = path([(-0.5, 3.5, 0), (0.5, 3.5, 0), (0.72, 4.2, 0), (-0.72, 4.2, 0)])
    canvas.shape(pocket, slot, 0.9, 0.1)
    for side in (-1, 1):
        string = arc((side * 0.2, 2.16), (side * 0.22, 2.85), (side * 0.05, 0))
        canvas.stroke(string, 1.3, 0.8, 1.0)
    if rng.random() < 0.5:
        _front_line(canvas, 2.25)


def _kimono(canvas, n, build, rng):
    _opening(canvas, n + 0.08, 2.3, "skin")
    band = np.vstack([
        arc((n + 0.0, 1.3), (-0.42, 3.2), (0.1, 0.05)),
        arc((-0.14, 3.3), (n + 0.26, 1.46), (0.1, 0.05)),
    ])  # fmt: skip
    canvas.shape(band * [-1, 1], "accent", 0.9, 0.05)
    canvas.shape(band, "accent", 0.9, 0.05)
    w = build.waist + 0.12
    obi = both_sides(np.array([(w, 3.15), (w - 0.06, 3.5), (w, 3.95)]))
    canvas.shape(obi, "accessory", 1.0, 0.14)
    canvas.stroke([(-w, 3.5), (0, 3.53), (w, 3.5)], 1.2, 1, 1)
    canvas.shape(ellipse(0, 3.52, 0.12, 0.12, 14), "accent", 0.8)


def _t_shirt(canvas, n, build, rng):
    rib = np.vstack([arc((-n - 0.18, 1.42), (n + 0.18, 1.42), (0, 0.3)),
                     arc((n + 0.04, 1.36), (-n - 0.04, 1.36), (0, 0.24))])  # fmt: skip
    _opening(canvas, n + 0.06, 1.82, "skin", 0.9)
    canvas.shape(rib, "accent", 0.9)
    kind = rng.integers(5)
    if kind == 0:
        canvas.shape(ellipse(0, 2.75, 0.4, 0.4), "accent", 0.9)
    elif kind == 1:
        t = np.linspace(-np.pi / 2, 1.5 * np.pi, 10, endpoint=False)
        r = np.where(np.arange(10) % 2, 0.2, 0.48)
        canvas.shape(np.stack([r * np.cos(t), 2.75 + r * np.sin(t)], 1), "accent", 0.9)
    elif kind == 2:
        _stripes(canvas, np.arange(2.2, 4.8, 0.5), 0.22, "accent")
    elif kind == 3:
        heart = points(
            "0 3.15, 0.46 2.7, 0.4 2.4, 0.17 2.4, 0 2.58, -0.17 2.4, -0.4 2.4, -0.46 2.7"
        )
        canvas.shape(curve(heart, n=5), "accent", 0.9)


def _dress(canvas, n, build, rng):
    s = build.shoulder
    if rng.random() < 0.6:
        for side in (-1, 1):
            strap = path(
                [(0.52, 1.6, 0), (0.68, 1.64, 0), (0.74, 2.2, 0), (0.54, 2.2, 0)]
            )
            canvas.shape(strap * [side, 1], "clothes", 0.9)
    xs = np.linspace(-s + 0.2, s - 0.2, 8)
    lace = [arc((a, 2.34), (b, 2.34), (0, 0.14), 6)[:-1] for a, b in zip(xs, xs[1:])]
    frill = np.vstack([*lace, arc((xs[-1], 2.1), (xs[0], 2.1), (0, 0.06))])
    canvas.shape(frill, "accent", 0.9, 0.08)
    w = build.waist
    sash = both_sides(np.array([(w + 0.04, 3.55), (w, 3.75), (w + 0.06, 3.98)]))
    canvas.shape(sash, "accent", 0.9, 0.1)
    if rng.random() < 0.6:
        _bow(canvas, 2.3 if rng.random() < 0.5 else 3.78, 0.8, "accessory")


def _turtleneck(canvas, n, build, rng):
    collar = path([(-n - 0.04, 1.12, 0.05), (n + 0.04, 1.12, 0.03), (n + 0.2, 1.62, -0.1),
                   (-n - 0.2, 1.62, 0.03)])  # fmt: skip
    canvas.shape(collar, "clothes", 1.0, 0.1)
    canvas.stroke(arc((-n - 0.1, 1.36), (n + 0.1, 1.36), (0, 0.06)), 0.7)
    if rng.random() < 0.5:
        _stripes(canvas, (2.5, 2.85), 0.2, "accent")
    elif rng.random() < 0.5:
        chain = arc((-0.42, 1.66), (0.42, 1.66), (0, 0.5))
        canvas.stroke(chain, 0.8, 0.8, 0.8)
        canvas.shape(ellipse(0, 2.22, 0.12, 0.14, 14), "accessory", 0.8)
    else:
        for x in (-0.5, -0.25, 0.25, 0.5):
            canvas.stroke([(x, 1.85), (0.95 * x, 3.0), (0.85 * x, 4.4)], 0.6)


def _armour(canvas, n, build, rng):
    gorget = path(
        [
            (-n - 0.02, 1.2, 0.04),
            (n + 0.02, 1.2, 0.03),
            (n + 0.24, 1.6, -0.1),
            (-n - 0.24, 1.6, 0.03),
        ]
    )
    canvas.shape(gorget, "accessory", 0.9, 0.08)
    s = build.shoulder
    plate = both_sides(
        curve(
            [
                (0.05, 1.78),
                (0.5, 1.7),
                (0.86 * s, 2.1),
                (0.82 * s, 2.7),
                (0.5, 3.2),
                (0.02, 3.4),
            ],
            False,
        )
    )
    canvas.shape(plate, "accent", 1.1, 0.2)
    canvas.stroke([(0, 1.82), (0.02, 2.6), (0, 3.38)], 0.9)
    for side in (-1, 1):
        canvas.stroke(arc((side * 0.12, 2.9), (side * 0.75 * s, 2.6), (0, 0.12)), 0.8)
        for k in (2, 1, 0):
            pad = curve(
                points(
                    "-0.55 -0.28, 0 -0.42, 0.3 -0.1, 0.32 0.3, -0.02 0.14, -0.45 0.16"
                )
            )
            pad = pad * (1 - 0.08 * k) + [s - 0.12 + 0.03 * k, 1.98 + 0.3 * k]
            canvas.shape(pad * [side, 1], "accent", 1.0, 0.1)
    canvas.shape(ellipse(0, 2.25, 0.14, 0.18, 16), "accessory", 0.9)


def _jacket(canvas, n, build, rng):
    _opening(canvas, 0.42, 4.6, "accent", 0.6)
    rib = np.vstack(
        [
            arc((-n - 0.16, 1.42), (n + 0.16, 1.42), (0, 0.28)),
            [(0.2, 1.25), (-0.2, 1.25)],
        ]
    )
    canvas.fill(rib, "skin")
    canvas.stroke(rib[:9], 0.9, 0.9, 0.9)
    canvas.tint(ellipse(0.02, 1.2, 0.4, 0.34), "skin_shadow", ("skin",))
    collar = path(
        [(n + 0.02, 1.14, 0.06), (0.62, 1.36, 0.03), (0.7, 1.9, 0), (0.38, 2.15, -0.05)]
    )
    _both(canvas, collar, "clothes", 1.0, 0.08)
    for side in (-1, 1):
        canvas.stroke([(0.8 * side, 3.3), (0.92 * side, 3.48), (1.0 * side, 3.6)], 1.0)
    if rng.random() < 0.5:
        badge = ellipse(0.72, 2.5, 0.14, 0.14, 16)
        canvas.shape(badge, "accessory", 0.8)


def _shirt_tie(canvas, n, build, rng):
    _front_line(canvas, 1.7)
    if rng.random() < 0.7:
        _tie(canvas, rng.uniform(1.3, 1.9), "accent")
    else:
        _bow(canvas, 1.75, 0.8, "accent")
    _shirt_collar(canvas, n, "clothes")
    pocket = path([(0.4, 2.6, 0), (0.86, 2.6, 0), (0.84, 3.1, 0), (0.42, 3.1, 0)])
    canvas.shape(pocket, "clothes", 0.8)


def _vest(canvas, n, build, rng):
    _opening(canvas, n + 0.18, 2.7, "accent")
    _shirt_collar(canvas, n, "accent")
    _front_line(canvas, 2.72, 0.03)
    _buttons(canvas, (2.95, 3.35, 3.75), "accessory", -0.1)
    for side in (-1, 1):
        edge = arc(
            (side * 0.72, 1.66), (side * (build.shoulder - 0.3), 2.6), (-0.12 * side, 0)
        )
        canvas.stroke(edge, 0.9)


def _cape(canvas, n, build, rng):
    _t_shirt(canvas, n, build, rng)
    s = build.shoulder
    half = np.vstack([
        arc((n + 0.04, 1.3), (s + 0.25, 2.1), (0.12, -0.12)),
        arc((s + 0.3, 2.2), (s + 0.8, 6.0), (0.1, 0)),
        arc((s - 0.3, 6.2), (0.3, 1.9), (0.1, 0.1)),
    ])  # fmt: skip
    _both(canvas, half, "accessory", 1.1, 0.14)
    for side in (-1, 1):
        for x in (0.55, 0.85):
            canvas.stroke(
                arc((side * x, 2.0), (side * (x + 0.5), 5.0), (0.05 * side, 0)),
                0.8,
                0.2,
                0.2,
            )
    canvas.shape(ellipse(0, 1.72, 0.15, 0.15, 16), "accent", 0.9)
    canvas.stroke([(-0.3, 1.68), (-0.2, 1.71), (-0.15, 1.72)], 1.2)
    canvas.stroke([(0.15, 1.72), (0.2, 1.71), (0.3, 1.68)], 1.2)


def _overalls(canvas, n, build, rng):
    _t_shirt(canvas, n, build, rng)
    w = build.waist
    bib = both_sides(
        np.array(
            [
                (0.5, 2.55),
                (0.58, 3.5),
                (w + 0.02, 3.8),
                (build.hip + 0.03, 4.9),
                (build.hip * 1.2, body.BOTTOM),
            ]
        )
    )
    for side in (-1, 1):
        strap = path([(0.5, 1.6, 0), (0.72, 1.68, 0), (0.52, 2.75, 0), (0.32, 2.75, 0)])
        canvas.shape(strap * [side, 1], "accent", 0.9)
    canvas.shape(bib, "accent", 1.0, 0.16)
    pocket = path([(-0.28, 2.85, 0), (0.28, 2.85, 0), (0.26, 3.3, 0), (-0.26, 3.3, 0)])
    canvas.shape(pocket, "accent", 0.8)
    _buttons(canvas, (2.68,), "accessory", 0.42)
    _buttons(canvas, (2.68,), "accessory", -0.42)


def _cardigan(canvas, n, build, rng):
    _opening(canvas, n + 0.14, 3.4, "accent")
    _shirt_collar(canvas, n, "accent", 0.42)
    if rng.random() < 0.5:
        _bow(canvas, 1.74, 0.7, "accessory")
    for side in (-1, 1):
        edge = arc((side * (n + 0.14), 1.42), (0, 3.4), (0.12 * (n + 0.14) * side, 0))
        canvas.stroke(edge + [0.1 * side, 0.06], 0.7, 0.8, 0.8)
    _front_line(canvas, 3.4)
    _buttons(canvas, (3.55, 3.95, 4.35), "accessory", 0.1)


_GARMENTS = {
    "sailor": _sailor, "blazer": _blazer, "hoodie": _hoodie, "kimono": _kimono,
    "t_shirt": _t_shirt, "dress": _dress, "turtleneck": _turtleneck, "armour": _armour,
    "jacket": _jacket, "shirt_tie": _shirt_tie, "vest": _vest, "cape": _cape,
    "overalls": _overalls, "cardigan": _cardigan,
}  # fmt: skip
