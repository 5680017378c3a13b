"""New colours for the parts of a drawing, inside tf.data.

Not in the paper: all of it. A drawing and its reference get the same new colours, each
part by itself, so that they can be read from the reference alone. Ink stays dark, and
a part keeps its shading: what is darker than the part's colour stays darker.
"""

import math

import numpy as np
import tensorflow as tf

from keras_s2p.characters.palettes import SKINS
from keras_s2p.data.parts import LIGHTNESS, MAX_PARTS, TO_XYZ, to_lab

SOFTNESS = 6.0  # distance in CIELAB over which a pixel changes from part to part
STEEPEST = 1.5  # what a light's difference to its part's colour is multiplied by, most
KEPT = 0.15  # share of parts that keep their colour
NATURAL_SKIN = 0.5  # share of drawings whose skin stays skin
POOLED = 0.5  # share of parts in a colour of another drawing
ROW = 5  # numbers of a row of parts.find_parts
# The roots of XYZ to CIELAB, but for the 16 of the lightness.
FROM_ROOTS = [[0, 116, 0], [500, -500, 0], [0, 200, -200]]
FAR = 1000.0  # lightness of the rows that fill up


def random_colours(parts, pool, seed):
    """The parts' colours, and the new ones that they get.

    Args:
        parts: [K * ROW] float32 of parts.find_parts, K at most MAX_PARTS.
        pool: [P, 3] float32 in CIELAB, colours of other drawings, those of one
            drawing one after the other; P at least MAX_PARTS.
        seed: [2] integers.

    Returns:
        centres [MAX_PARTS, 3] of the clusters, old [MAX_PARTS, 3] and new
        [MAX_PARTS, 3] of the part that each belongs to, float32 in CIELAB.
    """
    rows = tf.reshape(parts, [-1, ROW])[:MAX_PARTS]
    lacking = MAX_PARTS - tf.shape(rows)[0]
    rows = tf.concat([rows, tf.tile([[FAR, 0.0, 0.0, 0.0, 0.0]], [lacking, 1])], 0)
    rows = tf.ensure_shape(rows, [MAX_PARTS, ROW])
    centres, numbers = rows[:, :3], tf.cast(rows[:, 4], tf.int32)
    seeds = tf.random.experimental.stateless_split(seed, 3)
    chance = tf.random.stateless_uniform([MAX_PARTS, 6], seeds[0])
    single = tf.unstack(tf.random.stateless_uniform([4], seeds[1]))

    light, a, b = tf.unstack(centres, axis=1)
    chroma = tf.sqrt(a * a + b * b)
    new = _any_colours(chance)
    first = tf.cast(single[0] * tf.cast(len(pool) - MAX_PARTS, tf.float32), tf.int32)
    order = tf.random.experimental.stateless_shuffle(tf.range(MAX_PARTS), seeds[2])
    pooled = tf.gather(pool[first : first + MAX_PARTS], order)
    new = tf.where(chance[:, 4:5] < POOLED, pooled, new)

    hue = tf.atan2(b, a) * 180.0 / math.pi
    skin = (hue > 15) & (hue < 85) & (chroma > 7) & (chroma < 40) & (light > 50)
    # The largest skin colour alone: blond hair may look the same.
    first_skin = skin & (tf.cumsum(tf.cast(skin, tf.int32)) == 1)
    skins = tf.constant(to_lab(SKINS))
    natural = skins[tf.cast(single[1] * len(SKINS), tf.int32)]
    natural = tf.where(single[2] < 0.5, natural, centres)
    new = tf.where((first_skin & (single[3] < NATURAL_SKIN))[:, None], natural, new)

    ink = (light < 28) & (chroma < 16)
    paper = (light > 93) & (chroma < 6)
    keep = chance[:, 5] < tf.where(ink | paper, 0.5, KEPT)
    new = tf.where(keep[:, None], centres, new)
    # Black has no shading that a light colour could show.
    highest = tf.where(light < 40, 14.0 + 1.4 * light, 100.0)
    new = tf.concat([tf.minimum(new[:, :1], highest[:, None]), new[:, 1:]], axis=1)
    return centres, tf.gather(centres, numbers), tf.gather(new, numbers)


def _any_colours(chance):
    """[N, 4 or more] in [0, 1] to colours [N, 3] in CIELAB, a quarter of them grey."""
    light = 25.0 + 70.0 * chance[:, 0]
    chroma = tf.where(chance[:, 1] < 0.25, 4.0, 15.0 + 65.0 * chance[:, 2])
    chroma *= 1.0 - tf.abs(light - 60.0) / 75.0
    hue = 2.0 * math.pi * chance[:, 3]
    return tf.stack([light, chroma * tf.cos(hue), chroma * tf.sin(hue)], axis=1)


def recolour(picture, centres, old, new):
    """Gives each part of a picture its new colour.

    Args:
        picture: [H, W, 3] float32 in [-1, 1].
        centres, old, new: of random_colours.

    Returns:
        [H, W, 3] float32 in [-1, 1].
    """
    # Channels first, along which all of this is several times faster.
    lab = rgb_to_lab(tf.transpose(tf.reshape(picture, [-1, 3])))
    scale = tf.constant([LIGHTNESS, 1.0, 1.0]) / SOFTNESS
    middles = centres * scale
    logits = tf.matmul(middles * scale, lab)
    logits -= 0.5 * tf.reduce_sum(middles * middles, axis=1)[:, tf.newaxis]
    # Of minus half the squared distance, a softmax.
    weights = tf.exp(logits - tf.reduce_max(logits, axis=0))
    below = new[:, :1] / tf.maximum(old[:, :1], 1.0)
    above = (100.0 - new[:, :1]) / tf.maximum(100.0 - old[:, :1], 1.0)
    one = tf.ones_like(below)
    columns = tf.concat([old, new, below, tf.minimum(above, STEEPEST), one], axis=1)
    mixed = tf.matmul(columns, weights, transpose_a=True)  # [9, N]
    mixed = mixed[:8] / mixed[8:]
    was, becomes = mixed[:3], mixed[3:6]
    difference = lab - was
    slope = tf.where(difference[:1] < 0, mixed[6:7], mixed[7:8])
    light = becomes[:1] + difference[:1] * slope
    # A dark line has little of its part's hue.
    share = tf.clip_by_value(lab[:1] / tf.maximum(was[:1], 1.0), 0.0, 1.15)
    chroma = becomes[1:] * share + 0.4 * difference[1:]
    rgb = lab_to_rgb(tf.concat([tf.clip_by_value(light, 0.0, 100.0), chroma], 0))
    return tf.reshape(tf.transpose(rgb), tf.shape(picture))


def rgb_to_lab(pixels):
    """[3, N] in [-1, 1] to CIELAB."""
    rgb = 0.5 * tf.clip_by_value(pixels, -1.0, 1.0) + 0.5
    linear = tf.where(rgb > 0.04045, _power((rgb + 0.055) / 1.055, 2.4), rgb / 12.92)
    xyz = tf.matmul(tf.constant(TO_XYZ, tf.float32), linear)
    f = tf.where(xyz > 0.008856, _power(xyz, 1 / 3), 7.787 * xyz + 16.0 / 116.0)
    return tf.matmul(tf.constant(FROM_ROOTS, tf.float32), f) - [[16.0], [0.0], [0.0]]


def lab_to_rgb(lab):
    """CIELAB [3, N] to [3, N] in [-1, 1]; what no RGB can show is clipped."""
    y = (lab[:1] + 16.0) / 116.0
    f = tf.concat([y + lab[1:2] / 500.0, y, y - lab[2:] / 200.0], axis=0)
    xyz = tf.where(f > 6.0 / 29.0, f * f * f, (f - 16.0 / 116.0) / 7.787)
    linear = tf.matmul(tf.constant(np.linalg.inv(TO_XYZ), tf.float32), xyz)
    linear = tf.clip_by_value(linear, 0.0, 1.0)
    curved = 1.055 * _power(linear, 1 / 2.4) - 0.055
    return 2.0 * tf.where(linear > 0.0031308, curved, 12.92 * linear) - 1.0


def _power(x, exponent):
    """x ** exponent of numbers that are not negative, in a fifth of the time."""
    return tf.exp(exponent * tf.math.log(x + 1e-9))
