"""Neck, body, arms and garments. Head units; shoulders lie at about y = 1.75."""

import numpy as np

from keras_s2p.characters.canvas import curve, ellipse, mirror, path

GARMENTS = (
    "sailor", "blazer", "hoodie", "kimono", "t_shirt", "dress", "turtleneck", "armour",
    "jacket", "shirt_tie", "vest",
)  # fmt: skip
HELD_OUT_GARMENTS = ("vest",)
BOTTOM = 9.0  # below any framing


def draw_body(canvas, garment, rng):
    """Neck, torso and arms under the garment."""
    neck, shoulder = rng.uniform(0.26, 0.36), rng.uniform(1.25, 1.6)
    waist = rng.uniform(0.75, 0.95)
    canvas.shape(
        path([(-neck, 0.7, 0), (neck, 0.7, 0.06), (neck + 0.12, 1.62, 0), (-neck - 0.12, 1.62, 0.06)]),
        "skin",
    )
    canvas.tint(ellipse(0.05, 0.98, neck * 1.6, 0.34), "skin_shadow", ("skin",))
    bare = garment == "dress" or (garment == "vest" and rng.random() < 0.5)
    for side in (-1, 1):
        _arm(canvas, side, shoulder, bare, rng)
    torso = np.array([
        (neck + 0.08, 1.5), (0.75, 1.66), (shoulder, 1.95), (shoulder * 0.86, 2.7),
        (waist, 3.4), (waist * 1.12, 4.2), (waist * 1.8, BOTTOM),
    ])  # fmt: skip
    if garment == "dress":
        torso[:3] = [(0.25, 2.15), (0.72, 2.02), (shoulder * 0.82, 2.12)]
        chest = path([(-shoulder * 0.9, 1.8, 0.1), (-neck - 0.05, 1.5, 0.05), (neck + 0.05, 1.5, 0.1), (shoulder * 0.9, 1.8, 0.1), (shoulder * 0.8, 2.5, 0), (-shoulder * 0.8, 2.5, 0)])  # fmt: skip
        canvas.shape(chest, "skin")
        canvas.stroke(curve([(-0.7, 1.83), (-0.35, 1.8), (-0.1, 1.88)], False), 0.7)
        canvas.stroke(curve([(0.7, 1.83), (0.35, 1.8), (0.1, 1.88)], False), 0.7)
    outline = np.vstack([torso, mirror(torso)[::-1]])
    canvas.shape(curve(outline, n=6), "clothes")
    shade = curve([(waist * 0.55, 2.2), (shoulder, 2.0), (shoulder, 3.2), (waist * 1.5, BOTTOM), (waist * 0.7, BOTTOM), (waist * 0.5, 3.4)])
    canvas.tint(shade * [rng.choice([-1, 1]), 1], "clothes_shadow", ("clothes",))
    for _ in range(rng.integers(2, 5)):
        x, y = rng.uniform(-0.7, 0.7), rng.uniform(2.5, 3.9)
        canvas.stroke(curve([(x, y), (x * 0.85, y + 0.25), (x * 0.6, y + 0.4)], False), 0.8)
    if rng.random() < 0.6:
        _skirt(canvas, waist, rng)
    _GARMENT[garment](canvas, neck, shoulder, rng)


def _skirt(canvas, waist, rng):
    top, wide = rng.uniform(4.0, 4.4), waist * rng.uniform(1.5, 2.6)
    skirt = path([(-waist * 1.1, top, -0.03), (waist * 1.1, top, 0.04), (wide, BOTTOM, 0), (-wide, BOTTOM, 0.04)])
    canvas.shape(skirt, "accent")
    canvas.tint(skirt * [0.4, 1] + [0.55 * waist, 0.1], "accent_shadow", ("accent",))
    for x in np.linspace(-0.8, 0.8, rng.integers(3, 7)):
        canvas.stroke([(x * waist, top + 0.2), (x * 0.5 * (waist + wide), 0.5 * (top + BOTTOM)), (x * wide, BOTTOM)], 0.8, 0.2)


def _arm(canvas, side, shoulder, bare, rng):
    out, bend = rng.uniform(0.0, 0.5), rng.uniform(-0.3, 0.35)
    a, b = np.array([shoulder - 0.18, 2.05]), np.array([shoulder + out, 3.35])
    c = b + [bend - 0.1, 1.35]
    wide, narrow = rng.uniform(0.3, 0.42), rng.uniform(0.22, 0.34)
    outer = [a + [wide * 0.7, -0.12], b + [narrow, 0], c + [narrow * 0.9, 0]]
    inner = [c - [narrow * 0.9, 0], b - [narrow, 0], a - [wide, -0.1]]
    sleeve = curve([a + [-0.1, -0.25], *outer, *inner], n=6) * [side, 1]
    slot = "skin" if bare else "clothes"
    hand = curve(ellipse(c[0] - 0.02, c[1] + 0.1, narrow * 0.85, narrow * 1.25, 10), n=3)
    canvas.shape(hand * [side, 1], "skin")
    for x in (-0.08, 0.06):
        finger = [(c[0] + x, c[1] + narrow * 0.8), (c[0] + 0.8 * x, c[1] + narrow * 1.4)]
        canvas.stroke(np.array(finger) * [side, 1], 0.6)
    canvas.shape(sleeve, slot)
    shade = np.array([b + [-narrow, -0.7], b + [-narrow * 0.2, 0], c, inner[0], inner[1]])
    canvas.tint(curve(shade) * [side, 1], f"{slot}_shadow", (slot,))
    if not bare:
        for k in (0.0, 0.22):
            fold = [b + [-narrow, k], b + [-0.05, k + 0.12], b + [narrow * 0.5, k]]
            canvas.stroke(curve(fold, False) * [side, 1], 0.7)
        if rng.random() < 0.5:
            cuff = [c + [-narrow * 1.05, -0.2], c + [narrow * 1.0, -0.2], c + [narrow, 0.1], c + [-narrow, 0.1]]
            canvas.shape(np.array(cuff) * [side, 1], "accent")


def _v_neck(canvas, neck, depth, slot="skin"):
    v = [(-neck - 0.06, 1.5, 0), (neck + 0.06, 1.5, 0), (0, depth, 0)]
    canvas.shape(path(v), slot, 0.8)
    if slot == "skin":
        canvas.tint(path([(-neck, 1.5, 0), (neck, 1.5, 0), (0.1, 1.5 + 0.4 * (depth - 1.5), 0)]), "skin_shadow", ("skin",))


def _both(canvas, points, slot, line=1.0):
    for side in (-1, 1):
        canvas.shape(np.asarray(points) * [side, 1], slot, line)


def _bow(canvas, y, size, slot):
    _both(canvas, path([(0, y, 0.05), (0.5 * size, y - 0.28 * size, 0.15), (0.55 * size, y + 0.25 * size, 0.05)]), slot)
    _both(canvas, path([(0.02, y, 0), (0.32 * size, y + 0.75 * size, 0.05), (0.1 * size, y + 0.7 * size, 0)]), slot)
    canvas.tint(path([(-0.5 * size, y + 0.02, 0), (0.5 * size, y + 0.02, 0), (0.5 * size, y + 0.24 * size, 0), (-0.5 * size, y + 0.24 * size, 0)]), f"{slot}_shadow", (slot,))
    canvas.shape(ellipse(0, y, 0.11 * size, 0.13 * size), slot)


def _sailor(canvas, neck, shoulder, rng):
    _v_neck(canvas, neck, 2.3)
    collar = path([(neck - 0.02, 1.42, 0.05), (0.98, 1.68, 0.06), (0.9, 2.3, 0.0), (0.02, 2.42, 0.04)])
    _both(canvas, collar, "accent")
    for side in (-1, 1):
        stripe = [(0.88, 1.78), (0.8, 2.2), (0.15, 2.3)]
        canvas.stroke(np.array(stripe) * [side, 1], 0.7, 0.0)
    _bow(canvas, 2.42, rng.uniform(0.7, 1.1), "accessory")


def _blazer(canvas, neck, shoulder, rng):
    _v_neck(canvas, neck + 0.1, 2.9, "eye_white")
    _both(canvas, path([(neck - 0.05, 1.42, 0), (neck + 0.22, 1.6, 0), (0.2, 2.0, 0), (0.0, 1.75, 0.05)]), "eye_white")
    tie = path([(-0.1, 1.78, 0), (0.1, 1.78, 0), (0.16, 2.6, 0), (0, 2.85, 0), (-0.16, 2.6, 0)])
    canvas.shape(tie, "accent")
    canvas.shape(path([(-0.12, 1.72, 0), (0.12, 1.72, 0), (0.08, 1.92, 0), (-0.08, 1.92, 0)]), "accent")
    lapel = path([(neck + 0.12, 1.48, 0.02), (0.72, 1.8, 0), (0.5, 2.05, 0), (0.62, 2.15, 0.03), (0.02, 2.95, 0.02)])
    _both(canvas, lapel, "clothes")
    canvas.stroke([(0, 2.95), (0.03, 4.0), (0.02, BOTTOM)], 0.9, 0)
    for y in (3.2, 3.7):
        canvas.shape(ellipse(0.14, y, 0.07, 0.07, 12), "accessory", 0.7)


def _hoodie(canvas, neck, shoulder, rng):
    hood = curve([(neck + 0.05, 1.2), (0.85, 1.35), (0.95, 1.8), (0.4, 2.15), (0.0, 2.25), (0.12, 1.85)])
    _both(canvas, hood, "clothes")
    _both(canvas, curve([(neck + 0.02, 1.25), (0.5, 1.5), (0.35, 1.85), (0.02, 2.0), (0.1, 1.75)]), "clothes_shadow", 0.7)
    for side in (-1, 1):
        string = [(side * 0.22, 2.1), (side * 0.25, 2.5), (side * 0.2, 2.9)]
        canvas.stroke(curve(string, False), 1.6, 0)
    pocket = path([(-0.55, 3.5, 0), (0.55, 3.5, 0), (0.75, 4.3, 0), (-0.75, 4.3, 0)])
    canvas.shape(pocket, "accent" if rng.random() < 0.5 else "clothes")


def _kimono(canvas, neck, shoulder, rng):
    _v_neck(canvas, neck, 2.2)
    band = path([(neck + 0.02, 1.38, 0.03), (neck + 0.3, 1.5, 0.02), (-0.35, 3.15, 0), (-0.6, 3.0, -0.03)])
    canvas.shape(band * [-1, 1], "accent")
    canvas.shape(band, "accent")
    obi = path([(-1.0, 3.1, 0.02), (1.0, 3.1, 0), (1.0, 3.75, -0.02), (-1.0, 3.75, 0)])
    canvas.shape(obi, "accessory")
    canvas.stroke([(-1.0, 3.42), (1.0, 3.42)], 1.4, 0)


def _t_shirt(canvas, neck, shoulder, rng):
    canvas.shape(curve([(-neck - 0.14, 1.45), (neck + 0.14, 1.45), (0.28, 1.88), (0, 1.95), (-0.28, 1.88)]), "accent", 0.9)
    canvas.shape(curve([(-neck - 0.02, 1.42), (neck + 0.02, 1.42), (0.2, 1.76), (0, 1.82), (-0.2, 1.76)]), "skin", 0.8)
    kind = rng.integers(4)
    if kind == 0:
        canvas.shape(ellipse(0, 2.8, 0.42, 0.42), "accent")
    elif kind == 1:
        t = np.linspace(-np.pi / 2, 1.5 * np.pi, 10, endpoint=False)
        r = np.where(np.arange(10) % 2, 0.22, 0.52)
        canvas.shape(np.stack([r * np.cos(t), 2.8 + r * np.sin(t)], 1), "accent")
    elif kind == 2:
        for y in (2.5, 2.95, 3.4):
            canvas.tint(path([(-1.3, y, 0.02), (1.3, y, 0), (1.3, y + 0.22, -0.02), (-1.3, y + 0.22, 0)]), "accent", ("clothes", "clothes_shadow"))


def _dress(canvas, neck, shoulder, rng):
    for side in (-1, 1):
        strap = path([(0.5, 1.62, 0), (0.66, 1.68, 0.04), (0.7, 2.15, 0), (0.5, 2.15, 0.04)])
        canvas.shape(strap * [side, 1], "clothes")
    frill = [(-0.9, 2.02, 0.0)] + [(x, 2.0 + 0.1 * (i % 2), -0.25) for i, x in enumerate(np.linspace(-0.75, 0.75, 7))] + [(0.9, 2.02, 0), (0.86, 2.3, 0.02), (-0.86, 2.3, 0)]
    canvas.shape(path(frill), "accent")
    canvas.shape(path([(-0.9, 3.25, -0.03), (0.9, 3.25, 0), (0.9, 3.55, 0.03), (-0.9, 3.55, 0)]), "accent")
    if rng.random() < 0.5:
        _bow(canvas, 2.45, 0.7, "accessory")


def _turtleneck(canvas, neck, shoulder, rng):
    collar = path([(-neck - 0.06, 1.15, 0.05), (neck + 0.06, 1.15, 0), (neck + 0.2, 1.7, -0.06), (-neck - 0.2, 1.7, 0)])
    canvas.shape(collar, "clothes")
    canvas.stroke(curve([(-neck - 0.1, 1.38), (0, 1.44), (neck + 0.1, 1.38)], False), 0.7)
    if rng.random() < 0.6:
        canvas.shape(path([(-0.04, 1.7, 0), (0.04, 1.7, 0), (0.16, 2.5, 0.2), (0, 2.8, 0.2), (-0.16, 2.5, 0)]), "accessory", 0.8)
    for y in (2.6, 2.9):
        canvas.tint(path([(-1.4, y, -0.04), (1.4, y, 0), (1.4, y + 0.13, 0.04), (-1.4, y + 0.13, 0)]), "accent", ("clothes", "clothes_shadow"))


def _armour(canvas, neck, shoulder, rng):
    canvas.shape(curve([(-0.8, 1.75), (0, 1.62), (0.8, 1.75), (0.9, 2.6), (0.45, 3.05), (0, 3.2), (-0.45, 3.05), (-0.9, 2.6)]), "accent")
    canvas.tint(path([(0.1, 1.7, 0), (0.9, 1.7, 0), (0.9, 3.1, 0), (0.2, 3.2, 0.1)]), "accent_shadow", ("accent",))
    canvas.stroke(curve([(0, 1.7), (0.03, 2.4), (0, 3.15)], False), 1.0)
    for side in (-1, 1):
        for k in range(2):
            plate = curve([(0.75, 1.7 + 0.35 * k), (1.2, 1.55 + 0.35 * k), (1.7, 1.9 + 0.35 * k), (1.72, 2.3 + 0.35 * k), (1.2, 2.1 + 0.3 * k)])
            canvas.shape(plate * [side, 1], "accent")
    canvas.shape(ellipse(0, 2.2, 0.16, 0.2), "accessory")


def _jacket(canvas, neck, shoulder, rng):
    inner = path([(-neck - 0.12, 1.45, 0), (neck + 0.12, 1.45, 0), (0.42, 2.6, 0), (0.5, BOTTOM, 0), (-0.5, BOTTOM, 0), (-0.42, 2.6, 0)])
    canvas.shape(inner, "accent")
    canvas.shape(curve([(-neck, 1.42), (neck, 1.42), (0.18, 1.72), (0, 1.78), (-0.18, 1.72)]), "skin", 0.8)
    collar = path([(neck + 0.02, 1.2, 0.06), (0.62, 1.42, 0.03), (0.7, 1.95, 0), (0.3, 2.2, 0.05)])
    _both(canvas, collar, "clothes")
    for side in (-1, 1):
        canvas.stroke(np.array([(0.44, 2.6), (0.5, 3.5), (0.5, BOTTOM)]) * [side, 1], 1.8, 0)
        canvas.stroke(np.array([(0.75, 3.3), (1.0, 3.55)]) * [side, 1], 1.0)


def _shirt_tie(canvas, neck, shoulder, rng):
    collar = path([(neck - 0.04, 1.35, 0.03), (neck + 0.3, 1.55, 0), (0.28, 2.0, 0), (0.0, 1.68, 0.04)])
    _both(canvas, collar, "clothes")
    tie = path([(-0.1, 1.72, 0), (0.1, 1.72, 0), (0.09, 1.9, 0), (0.2, 3.0, 0), (0, 3.3, 0), (-0.2, 3.0, 0), (-0.09, 1.9, 0)])
    canvas.shape(tie, "accent")
    canvas.tint(path([(0.02, 1.9, 0), (0.2, 1.9, 0), (0.2, 3.3, 0), (0.02, 3.3, 0)]), "accent_shadow", ("accent",))
    canvas.stroke([(0.0, 3.3), (0.02, 4.2), (0, BOTTOM)], 0.8, 0)
    canvas.shape(path([(0.45, 2.5, 0), (0.95, 2.5, 0), (0.92, 3.05, 0.05), (0.48, 3.05, 0)]), "clothes", 0.8)


def _vest(canvas, neck, shoulder, rng):
    _v_neck(canvas, neck + 0.05, 2.7, "accent")
    _both(canvas, path([(neck, 1.4, 0.03), (neck + 0.35, 1.6, 0), (0.3, 2.0, 0), (0, 1.7, 0.04)]), "accent")
    for y in (2.95, 3.4, 3.85):
        canvas.shape(ellipse(0, y, 0.08, 0.08, 12), "accessory", 0.7)
    canvas.stroke([(0.12, 2.7), (0.12, BOTTOM)], 0.8, 0)


_GARMENT = {
    "sailor": _sailor, "blazer": _blazer, "hoodie": _hoodie, "kimono": _kimono,
    "t_shirt": _t_shirt, "dress": _dress, "turtleneck": _turtleneck, "armour": _armour,
    "jacket": _jacket, "shirt_tie": _shirt_tie, "vest": _vest,
}  # fmt: skip
