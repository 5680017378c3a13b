"""Parts that garments share: necklines, collars, bows, ties. Units as in face.py."""

import numpy as np

from keras_s2p.characters.body import BOTTOM
from keras_s2p.characters.curves import arc, ellipse, path, points


def draw_both(canvas, shape, slot, line=1.0, shadow=0.06):
    """A shape at the +x side and its mirror image."""
    for side in (-1, 1):
        canvas.shape(shape * [side, 1], slot, line, shadow)


def draw_opening(canvas, width, depth, slot="skin", roundness=0.0):
    """A neckline from the neck's sides (x = width) down to y = depth: V, or round."""
    bend = (0.12 * width + 0.3 * roundness * width, 0.1 * roundness)
    right = arc((width, 1.42), (0, depth), bend)
    left = (right * [-1, 1])[::-1]
    canvas.fill(np.vstack([[(-0.2, 1.25), (0.2, 1.25)], right, left]), slot)
    if slot == "skin":
        draw_neck_shadow(canvas)
    for edge in (right, left):
        canvas.stroke(edge, 1.0, 0.9, 0.9)
    if slot == "skin" and depth > 1.9:
        for side in (-1, 1):
            clavicle = points("0.08 1.72, 0.2 1.68, 0.26 1.67") * [side, 1]
            canvas.stroke(clavicle, 0.6)


def draw_neck_shadow(canvas):
    """What the head's shadow makes darker of the neck."""
    canvas.tint(ellipse(0.02, 1.25, 0.4, 0.34), "skin_shadow", ("skin",))


def draw_shirt_collar(canvas, neck, slot, length=0.5):
    """The two wings of a shirt's collar."""
    tip = (0.36, 1.5 + length, 0)
    wing = path([(neck, 1.22, 0.05), (neck + 0.3, 1.52, 0), tip, (0.02, 1.58, -0.04)])
    draw_both(canvas, wing, slot, 0.9, 0.05)


def draw_bow(canvas, y, size, slot):
    """A bow with its knot at y."""
    wing = path(points("0.03 -0.03 -0.1, 0.55 -0.3 0.12, 0.58 0.24 -0.08, 0.03 0.03 0"))
    tail = path(points("0.02 0 0.1, 0.36 0.8 0, 0.1 0.72 0"))
    at = np.array([0, y])
    draw_both(canvas, size * tail + at, slot, 0.9, 0.05 * size)
    draw_both(canvas, size * wing + at, slot, 0.9, 0.1 * size)
    for side in (-1, 1):
        crease = points("0.1 0, 0.25 -0.04, 0.36 -0.1") * [side, 1]
        canvas.stroke(size * crease + at, 0.7)
    canvas.shape(ellipse(0, y, 0.1 * size, 0.13 * size, 16), slot, 0.9)


def draw_tie(canvas, length, slot):
    """A necktie."""
    tie = points("-0.07 0.2, 0.07 0.2, 0.19 0.85, 0 1.05, -0.19 0.85") * [1, length]
    knot = points("-0.13 0, 0.13 0, 0.07 0.22, -0.07 0.22")
    canvas.shape(tie + [0, 1.62], slot, 0.9, shadow=0.08)
    canvas.shape(knot + [0, 1.62], slot, 0.9)


def draw_buttons(canvas, ys, slot, x=0.0):
    """A column of buttons."""
    for y in ys:
        canvas.shape(ellipse(x, y, 0.065, 0.065, 12), slot, 0.7)


def draw_front_line(canvas, top, x=0.0):
    """Where a garment closes, from y = top down."""
    canvas.stroke([(x, top), (x + 0.02, 4.0), (x, BOTTOM)], 0.9, 0.8, 1)


def draw_stripes(canvas, ys, width, slot):
    """Bands across the main colour, with their lines."""
    cloth = ("clothes", "clothes_shadow")
    for y in ys:
        bow = arc((-1.7, y), (1.7, y), (0, 0.1), 15)
        canvas.clip_ink(cloth)
        canvas.stroke(bow, 0.7, 1, 1)
        canvas.stroke(bow + [0, width], 0.7, 1, 1)
        canvas.clip_ink(None)
        canvas.tint(np.vstack([bow, bow[::-1] + [0, width]]), slot, cloth)
