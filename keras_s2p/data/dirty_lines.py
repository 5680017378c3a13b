"""Faults that make lines look drawn by hand and scanned, inside tf.data.

Not in the paper: all of it. Ink is [H, W, 1] float32, 0 paper to 1 ink. Every choice
follows from a stateless seed, as in augment.py.
"""

import tensorflow as tf

from keras_s2p.data.ranges import (
    CLEAN,
    ERASED,
    ERASED_AREA,
    ERASED_CELL,
    FADED,
    SOFT,
    SOFT_KERNEL,
    SPECKLED,
    SPECKS,
    TINT,
    TINTED,
    UNEVEN,
    UNEVEN_CELL,
)


def dirty_sketch(sketch, seed):
    """Makes lines look drawn by hand and scanned: pale, uneven, blurred, on grey paper.

    A share of CLEAN stays as it is.

    Args:
        sketch: [H, W, 1] in [-1, 1], 1 is paper.
        seed: [2] integers.

    Returns:
        [H, W, 1] in [-1, 1].
    """
    clean = tf.random.stateless_uniform([], seed) < CLEAN
    dirty = tf.cond(clean, lambda: sketch, lambda: _make_dirty(sketch, seed))
    return tf.ensure_shape(dirty, sketch.shape)


def _make_dirty(sketch, seed):
    """Applies each fault in a share of the cases, mostly mildly."""
    seeds = tf.random.experimental.stateless_split(seed, 4)
    chance = tf.unstack(tf.random.stateless_uniform([5], seeds[0]))
    amount = tf.unstack(tf.random.stateless_uniform([5], seeds[1]))
    shape = tf.shape(sketch)

    def coarse(cell):
        cells = shape // [cell, cell, 1] + [1, 1, 0]
        return tf.random.stateless_uniform(cells, seeds[2])

    faults = [
        (UNEVEN, lambda ink: press(ink, amount[0], coarse(UNEVEN_CELL))),
        (ERASED, lambda ink: erase(ink, coarse(ERASED_CELL))),
        (
            SPECKLED,
            lambda ink: speckle(
                ink, amount[1], tf.random.stateless_uniform(shape, seeds[3])
            ),
        ),
        (SOFT, lambda ink: soften(ink, amount[2])),
    ]
    ink = 0.5 - 0.5 * sketch
    for number, (share, fault) in zip(chance, faults):
        ink = tf.cond(
            number < share,
            lambda ink=ink, fault=fault: fault(ink),
            lambda ink=ink: ink,
        )
    tint = tf.where(chance[4] < TINTED, amount[4], 0.0)
    return lay_on_paper(ink, amount[3], tint)


def press(ink, amount, coarse):
    """Ink of a pen that is pressed unevenly: [h, w, 1] in [0, 1] says where less."""
    pressure = tf.image.resize(coarse, tf.shape(ink)[:2])
    return ink * (1.0 - amount * pressure)


def erase(ink, coarse):
    """Ink rubbed out in the ERASED_AREA where [h, w, 1] in [0, 1] is lowest."""
    kept = 1.0 - tf.cast(coarse < ERASED_AREA, tf.float32)
    return ink * tf.image.resize(kept, tf.shape(ink)[:2])


def speckle(ink, amount, noise):
    """Ink with specks where [H, W, 1] noise in [0, 1] is lowest."""
    share = SPECKS * amount
    # The darkness of a speck is the rest of its number.
    return tf.maximum(ink, tf.nn.relu(share - noise) / (share + 1e-6))


def soften(ink, amount):
    """Mixes ink with its blur; amount is in [0, 1]."""
    kernel = tf.constant(SOFT_KERNEL)
    kernel = kernel[:, tf.newaxis] * kernel
    radius = [len(SOFT_KERNEL) // 2] * 2
    padded = tf.pad(ink, [radius, radius, [0, 0]], "SYMMETRIC")[tf.newaxis]
    blurred = tf.nn.conv2d(padded, kernel[..., tf.newaxis, tf.newaxis], 1, "VALID")[0]
    return ink + amount * (blurred - ink)


def lay_on_paper(ink, fading, tint):
    """The sketch in [-1, 1] of ink that faded, on paper with a tint, both in [0, 1]."""
    ink *= 1.0 - FADED * fading * fading
    paper = 1.0 - TINT * tint
    # Ink lies over the paper's tone.
    return 2.0 * paper * (1.0 - ink) - 1.0
