"""Faults that make lines look drawn by hand and scanned: those of data/dirty_lines.py.

Ink is [B, H, W, 1] float32, 0 paper to 1 ink; amounts are [B, 1, 1, 1].
"""

import jax
import jax.numpy as jnp
import numpy as np

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
from keras_s2p.jax_training.augment import convolve


def dirty_sketches(key, sketches):
    """Makes lines look drawn by hand and scanned; a share of CLEAN stays as it is.

    Args:
        key: of jax.random.
        sketches: [B, H, W, 1] in [-1, 1], 1 is paper.
    """
    keys = jax.random.split(key, 5)
    count, height, width, _ = sketches.shape
    chance = jax.random.uniform(keys[0], (6, count, 1, 1, 1))
    amount = jax.random.uniform(keys[1], (5, count, 1, 1, 1))

    def coarse(key, cell):
        return jax.random.uniform(
            key, (count, height // cell + 1, width // cell + 1, 1)
        )

    ink = 0.5 - 0.5 * sketches
    uneven = press(ink, amount[0], coarse(keys[2], UNEVEN_CELL))
    ink = jnp.where(chance[0] < UNEVEN, uneven, ink)
    erased = erase(ink, coarse(keys[3], ERASED_CELL))
    ink = jnp.where(chance[1] < ERASED, erased, ink)
    speckled = speckle(ink, amount[1], jax.random.uniform(keys[4], ink.shape))
    ink = jnp.where(chance[2] < SPECKLED, speckled, ink)
    ink = jnp.where(chance[3] < SOFT, soften(ink, amount[2]), ink)
    tint = jnp.where(chance[4] < TINTED, amount[4], 0.0)
    dirty = lay_on_paper(ink, amount[3], tint)
    return jnp.where(chance[5] < CLEAN, sketches, dirty)


def press(ink, amount, coarse):
    """Ink of a pen that is pressed unevenly: [B, h, w, 1] in [0, 1] says where less."""
    return ink * (1.0 - amount * jax.image.resize(coarse, ink.shape, "bilinear"))


def erase(ink, coarse):
    """Ink rubbed out in the ERASED_AREA where [B, h, w, 1] in [0, 1] is lowest."""
    kept = 1.0 - (coarse < ERASED_AREA)
    return ink * jax.image.resize(kept, ink.shape, "bilinear")


def speckle(ink, amount, noise):
    """Ink with specks where [B, H, W, 1] noise in [0, 1] is lowest."""
    share = SPECKS * amount
    return jnp.maximum(ink, jax.nn.relu(share - noise) / (share + 1e-6))


def soften(ink, amount):
    """Mixes ink with its blur."""
    soft = convolve(ink, np.array(SOFT_KERNEL, np.float32))
    return ink + amount * (soft - ink)


def lay_on_paper(ink, fading, tint):
    """The sketch in [-1, 1] of ink that faded, on paper with a tint."""
    ink *= 1.0 - FADED * fading * fading
    paper = 1.0 - TINT * tint
    return 2.0 * paper * (1.0 - ink) - 1.0
