"""Garments on the body. Head units as in face.py."""

import numpy as np

from keras_s2p.characters import body
from keras_s2p.characters.collars import (
    draw_both,
    draw_bow,
    draw_buttons,
    draw_front_line,
    draw_neck_shadow,
    draw_opening,
    draw_shirt_collar,
    draw_stripes,
    draw_tie,
)
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
# How often there is a skirt.
_SKIRTS = {"dress": 0.8, "sailor": 0.8, "kimono": 0.2, "hoodie": 0.3, "overalls": 0.0}


def draw_body(canvas, garment, rng):
    """Neck, body and arms in their garment."""
    build = body.random_build(rng)
    sleeves = _SLEEVES.get(garment, ("long",))
    sleeve = sleeves[rng.integers(len(sleeves))]
    body.draw_arms(canvas, build, sleeve, ("behind",))
    body.draw_neck(canvas, build)
    top = None
    if garment == "dress":
        s = build.shoulder
        top = [(0.0, 2.3), (0.3, 2.16), (0.65, 2.08), (s - 0.3, 2.12), (s - 0.16, 2.2)]
        _draw_bare_shoulders(canvas, build)
    body.draw_torso(canvas, build, rng, top)
    if rng.random() < _SKIRTS.get(garment, 0.5):
        slot = "clothes" if garment == "dress" else "accent"
        body.draw_skirt(canvas, build, slot, rng)
    body.draw_arms(canvas, build, sleeve, body.POSES_BESIDE)
    _GARMENTS[garment](canvas, build, rng)
    body.draw_arms(canvas, build, sleeve, body.POSES_BEFORE, forearm=True)


def _draw_bare_shoulders(canvas, build):
    s = build.shoulder
    edge = [(build.neck + 0.16, 1.5), (0.6, 1.64), (s - 0.2, 1.76), (s - 0.05, 2.1)]
    canvas.fill(both_sides(np.array([(0.2, 1.3), *edge, (s - 0.2, 2.6)])), "skin")
    for side in (-1, 1):
        canvas.stroke(curve(edge, closed=False) * [side, 1], 1.0, 0.8, 0.5)
        clavicle = arc((side * 0.16, 1.88), (side * 0.7, 1.78), (0, -0.05))
        canvas.stroke(clavicle, 0.7)


def _draw_sailor(canvas, build, rng):
    n, s = build.neck, build.shoulder
    draw_opening(canvas, n + 0.06, 2.35)
    collar = path([
        (n + 0.02, 1.36, 0.04), (0.75, 1.55, 0.04), (s - 0.1, 1.8, 0.02),
        (s - 0.28, 2.3, 0.0), (0.02, 2.5, -0.06),
    ])  # fmt: skip
    draw_both(canvas, collar, "accent")
    for side in (-1, 1):
        stripe = np.array([(s - 0.22, 1.86), (s - 0.36, 2.2), (0.2, 2.34)])
        canvas.stroke(stripe * [side, 1], 0.7, 1, 0.5)
    if rng.random() < 0.75:
        draw_bow(canvas, 2.48, rng.uniform(0.8, 1.15), "accessory")
    else:
        scarf = points("-0.09 2.4, 0.09 2.4, 0.26 3.2, -0.26 3.2")
        canvas.shape(scarf, "accessory", 0.9, 0.08)


def _draw_blazer(canvas, build, rng):
    n = build.neck
    draw_opening(canvas, n + 0.2, 2.95, "accent")
    draw_shirt_collar(canvas, n, "accent")
    if rng.random() < 0.6:
        draw_tie(canvas, 1.15, "accessory")
    else:
        draw_bow(canvas, 1.72, 0.75, "accessory")
    lapel = path([
        (n + 0.08, 1.36, 0.04), (0.62, 1.62, 0), (0.78, 2.02, 0), (0.56, 2.08, 0),
        (0.66, 2.22, 0.02), (0.02, 3.0, -0.05),
    ])  # fmt: skip
    draw_both(canvas, lapel, "clothes")
    draw_front_line(canvas, 3.0)
    draw_buttons(canvas, (3.25, 3.7), "accessory", 0.12)


def _draw_hoodie(canvas, build, rng):
    n = build.neck
    hood = [(n, 1.02), (0.78, 1.12), (0.98, 1.5), (0.85, 1.8), (0.1, 1.9)]
    canvas.shape(both_sides(curve(hood, closed=False)), "clothes", 1.0, 0.1)
    body.draw_neck(canvas, build, bare=False)
    draw_opening(canvas, n + 0.1, 2.05, "skin", 0.6)
    flap = curve([
        (n + 0.06, 1.16), (0.72, 1.3), (0.94, 1.7), (0.55, 2.14), (0.0, 2.36),
        (0.02, 2.05), (n + 0.04, 1.68),
    ])  # fmt: skip
    draw_both(canvas, flap, "clothes", 1.0, 0.1)
    slot = ("clothes", "accent")[rng.integers(2)]
    pocket = points("-0.5 3.5, 0.5 3.5, 0.72 4.2, -0.72 4.2")
    canvas.shape(pocket, slot, 0.9, 0.1)
    for side in (-1, 1):
        string = arc((side * 0.2, 2.24), (side * 0.22, 2.9), (side * 0.05, 0))
        canvas.stroke(string, 1.3, 0.8, 1.0)
    if rng.random() < 0.5:
        draw_front_line(canvas, 2.36)


def _draw_kimono(canvas, build, rng):
    n, w = build.neck, build.waist + 0.12
    draw_opening(canvas, n + 0.08, 2.3)
    outer = arc((n, 1.3), (-0.42, 3.2), (0.1, 0.05))
    inner = arc((-0.14, 3.3), (n + 0.26, 1.46), (0.1, 0.05))
    band = np.vstack([outer, inner])
    canvas.shape(band * [-1, 1], "accent", 0.9, 0.05)
    canvas.shape(band, "accent", 0.9, 0.05)
    obi = both_sides(np.array([(w, 3.15), (w - 0.06, 3.5), (w, 3.95)]))
    canvas.shape(obi, "accessory", 1.0, 0.14)
    canvas.stroke([(-w, 3.5), (0, 3.53), (w, 3.5)], 1.2, 1, 1)
    canvas.shape(ellipse(0, 3.52, 0.12, 0.12, 14), "accent", 0.8)


def _draw_t_shirt(canvas, build, rng):
    n = build.neck
    draw_opening(canvas, n + 0.06, 1.82, "skin", 0.9)
    outer = arc((-n - 0.18, 1.42), (n + 0.18, 1.42), (0, 0.3))
    inner = arc((n + 0.04, 1.36), (-n - 0.04, 1.36), (0, 0.24))
    canvas.shape(np.vstack([outer, inner]), "accent", 0.9)
    kind = rng.integers(5)
    if kind == 0:
        canvas.shape(ellipse(0, 2.75, 0.4, 0.4), "accent", 0.9)
    elif kind == 1:
        t = np.linspace(-np.pi / 2, 1.5 * np.pi, 10, endpoint=False)
        r = np.where(np.arange(10) % 2, 0.2, 0.48)
        star = np.stack([r * np.cos(t), 2.75 + r * np.sin(t)], axis=1)
        canvas.shape(star, "accent", 0.9)
    elif kind == 2:
        draw_stripes(canvas, np.arange(2.2, 4.8, 0.5), 0.22, "accent")
    elif kind == 3:
        half = "0 0.57, 0.17 0.39, 0.4 0.39, 0.46 0.69, 0 1.14, -0.46 0.69, -0.4 0.39,"
        heart = curve(points(half + "-0.17 0.39"), n=5)
        canvas.shape(heart + [0, 2.0], "accent", 0.9)


def _draw_dress(canvas, build, rng):
    s, w = build.shoulder, build.waist
    if rng.random() < 0.6:
        strap = points("0.52 1.6, 0.68 1.64, 0.74 2.2, 0.54 2.2")
        draw_both(canvas, strap, "clothes", 0.9, 0)
    xs = np.linspace(-s + 0.2, s - 0.2, 8)
    lace = [arc((a, 2.34), (b, 2.34), (0, 0.14), 6)[:-1] for a, b in zip(xs, xs[1:])]
    frill = np.vstack([*lace, arc((xs[-1], 2.1), (xs[0], 2.1), (0, 0.06))])
    canvas.shape(frill, "accent", 0.9, 0.08)
    sash = both_sides(np.array([(w + 0.04, 3.55), (w, 3.75), (w + 0.06, 3.98)]))
    canvas.shape(sash, "accent", 0.9, 0.1)
    if rng.random() < 0.6:
        draw_bow(canvas, 2.3 if rng.random() < 0.5 else 3.78, 0.8, "accessory")


def _draw_turtleneck(canvas, build, rng):
    n = build.neck
    _draw_high_collar(canvas, n + 0.04, n + 0.2, "clothes")
    canvas.stroke(arc((-n - 0.1, 1.36), (n + 0.1, 1.36), (0, 0.06)), 0.7)
    kind = rng.integers(3)
    if kind == 0:
        draw_stripes(canvas, (2.5, 2.85), 0.2, "accent")
    elif kind == 1:
        chain = arc((-0.42, 1.66), (0.42, 1.66), (0, 0.5))
        canvas.stroke(chain, 0.8, 0.8, 0.8)
        canvas.shape(ellipse(0, 2.22, 0.12, 0.14, 14), "accessory", 0.8)
    else:
        for x in (-0.5, -0.25, 0.25, 0.5):
            canvas.stroke([(x, 1.85), (0.95 * x, 3.0), (0.85 * x, 4.4)], 0.6)


def _draw_high_collar(canvas, top, bottom, slot):
    """A closed collar around the neck, as wide as given above and below."""
    upper = arc((-top, 1.14), (top, 1.14), (0, 0.05))
    lower = arc((bottom, 1.6), (-bottom, 1.6), (0, 0.1))
    canvas.shape(np.vstack([upper, lower]), slot, 1.0, 0.1)


def _draw_armour(canvas, build, rng):
    n, s = build.neck, build.shoulder
    _draw_high_collar(canvas, n + 0.02, n + 0.24, "accessory")
    side = [(0.05, 1.78), (0.5, 1.7), (0.86 * s, 2.1), (0.82 * s, 2.7), (0.5, 3.2)]
    plate = curve([*side, (0.02, 3.4)], closed=False)
    canvas.shape(both_sides(plate), "clothes", 1.1, 0.2)
    canvas.stroke([(0, 1.82), (0.02, 2.6), (0, 3.38)], 0.9)
    pad = "-0.55 -0.28, 0 -0.42, 0.3 -0.1, 0.32 0.3, -0.02 0.14, -0.45 0.16"
    pad = curve(points(pad))
    for k in (2, 1, 0):
        at = [s - 0.12 + 0.03 * k, 1.98 + 0.3 * k]
        draw_both(canvas, pad * (1 - 0.08 * k) + at, "accent", 1.0, 0.1)
    for side in (-1, 1):
        canvas.stroke(arc((side * 0.12, 2.9), (side * 0.75 * s, 2.6), (0, 0.12)), 0.8)
    canvas.shape(ellipse(0, 2.25, 0.14, 0.18, 16), "accessory", 0.9)


def _draw_jacket(canvas, build, rng):
    n = build.neck
    draw_opening(canvas, 0.42, 4.6, "accent", 0.6)
    neckline = arc((-n - 0.16, 1.42), (n + 0.16, 1.42), (0, 0.28))
    canvas.fill(np.vstack([neckline, [(0.2, 1.25), (-0.2, 1.25)]]), "skin")
    canvas.stroke(neckline, 0.9, 0.9, 0.9)
    draw_neck_shadow(canvas)
    tip = (0.38, 2.15, -0.05)
    collar = path([(n + 0.02, 1.14, 0.06), (0.62, 1.36, 0.03), (0.7, 1.9, 0), tip])
    draw_both(canvas, collar, "clothes", 1.0, 0.08)
    for side in (-1, 1):
        pocket = points("0.8 3.3, 0.92 3.48, 1.0 3.6") * [side, 1]
        canvas.stroke(pocket, 1.0)
    if rng.random() < 0.5:
        canvas.shape(ellipse(0.72, 2.5, 0.14, 0.14, 16), "accessory", 0.8)


def _draw_shirt_and_tie(canvas, build, rng):
    draw_front_line(canvas, 1.7)
    if rng.random() < 0.7:
        draw_tie(canvas, rng.uniform(1.3, 1.9), "accent")
    else:
        draw_bow(canvas, 1.75, 0.8, "accent")
    draw_shirt_collar(canvas, build.neck, "clothes")
    pocket = points("0.4 2.6, 0.86 2.6, 0.84 3.1, 0.42 3.1")
    canvas.shape(pocket, "clothes", 0.8)


def _draw_vest(canvas, build, rng):
    n, s = build.neck, build.shoulder
    draw_opening(canvas, n + 0.18, 2.7, "accent")
    draw_shirt_collar(canvas, n, "accent")
    draw_front_line(canvas, 2.72, 0.03)
    draw_buttons(canvas, (2.95, 3.35, 3.75), "accessory", -0.1)
    for side in (-1, 1):
        edge = arc((side * 0.72, 1.66), (side * (s - 0.3), 2.6), (-0.12 * side, 0))
        canvas.stroke(edge, 0.9)


def _draw_cape(canvas, build, rng):
    _draw_t_shirt(canvas, build, rng)
    n, s = build.neck, build.shoulder
    half = np.vstack([
        arc((n + 0.04, 1.3), (s + 0.15, 2.1), (0.12, -0.12)),
        arc((s + 0.18, 2.2), (s + 0.6, 6.0), (0.1, 0)),
        arc((s - 0.3, 6.2), (0.3, 1.9), (0.1, 0.1)),
    ])  # fmt: skip
    draw_both(canvas, half, "accessory", 1.1, 0.14)
    for side in (-1, 1):
        for x in (0.55, 0.85):
            fold = arc((x, 2.0), (x + 0.5, 5.0), (0.05, 0)) * [side, 1]
            canvas.stroke(fold, 0.8, 0.2, 0.2)
        canvas.stroke(points("0.15 1.72, 0.2 1.71, 0.3 1.68") * [side, 1], 1.2)
    canvas.shape(ellipse(0, 1.72, 0.15, 0.15, 16), "accent", 0.9)


def _draw_overalls(canvas, build, rng):
    _draw_t_shirt(canvas, build, rng)
    w, h = build.waist, build.hip
    right = [(0.5, 2.55), (0.58, 3.5), (w + 0.02, 3.8), (h + 0.03, 4.9)]
    draw_both(canvas, points("0.5 1.6, 0.72 1.68, 0.52 2.75, 0.32 2.75"), "accent", 0.9)
    bib = both_sides(np.array([*right, (h * 1.2, body.BOTTOM)]))
    canvas.shape(bib, "accent", 1.0, 0.16)
    pocket = points("-0.28 2.85, 0.28 2.85, 0.26 3.3, -0.26 3.3")
    canvas.shape(pocket, "accent", 0.8)
    for x in (-0.42, 0.42):
        draw_buttons(canvas, (2.68,), "accessory", x)


def _draw_cardigan(canvas, build, rng):
    n = build.neck
    draw_opening(canvas, n + 0.14, 3.4, "accent")
    draw_shirt_collar(canvas, n, "accent", 0.42)
    if rng.random() < 0.5:
        draw_bow(canvas, 1.74, 0.7, "accessory")
    for side in (-1, 1):
        edge = arc((n + 0.24, 1.48), (0.1, 3.46), (0.12 * (n + 0.14), 0))
        canvas.stroke(edge * [side, 1], 0.7, 0.8, 0.8)
    draw_front_line(canvas, 3.4)
    draw_buttons(canvas, (3.55, 3.95, 4.35), "accessory", 0.1)


_GARMENTS = {
    "sailor": _draw_sailor, "blazer": _draw_blazer, "hoodie": _draw_hoodie,
    "kimono": _draw_kimono, "t_shirt": _draw_t_shirt, "dress": _draw_dress,
    "turtleneck": _draw_turtleneck, "armour": _draw_armour, "jacket": _draw_jacket,
    "shirt_tie": _draw_shirt_and_tie, "vest": _draw_vest, "cape": _draw_cape,
    "overalls": _draw_overalls, "cardigan": _draw_cardigan,
}  # fmt: skip
