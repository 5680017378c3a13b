"""Line drawings extracted from paintings on a GPU, the same as those of sketch.py."""

import jax
import jax.numpy as jnp
import numpy as np

from keras_s2p.data.looks import (
    INK_SIGMA,
    INK_WIDTH,
    PEAK,
    RATIO,
    REACH,
    SHADE_FROM,
    SHADE_RISE,
    SHADE_SIGMA,
    SIDE,
    SPECK,
    SPECK_INK,
    STEP_RESPONSE,
    SUPPRESSION,
    SURROUND,
)
from keras_s2p.jax_training.augment import convolve, to_gray


def extract_sketches(paintings, looks):
    """Draws the outlines of paintings, each in a look of its own.

    Args:
        paintings: [B, H, W, 3] float32 in [-1, 1].
        looks: B of the values of looks.ALL_LOOKS.

    Returns:
        [B, H, W, 1] float32 in [-1, 1], 1 is paper and -1 is ink.
    """

    def each(name, part=()):
        values = [np.array(getattr(look, name))[part] for look in looks]
        return np.array(values, np.float32)[:, None, None, None]

    colours = 0.5 * paintings + 0.5
    sigma = each("sigma")
    contrast = jnp.maximum(_edges(colours, sigma), _ink(colours, sigma))
    peak = _mean(_pool(contrast, PEAK, 1.0), PEAK)
    low, high = each("edge", 0), each("edge", 1)
    ink = jnp.clip((contrast / (peak + 1e-3) - low) / (high - low), 0.0, 1.0)
    threshold = each("threshold") + SUPPRESSION * _mean(contrast, SURROUND)
    ink *= jnp.clip((peak - threshold) / each("softness"), 0.0, 1.0)
    ink *= jnp.clip(_mean(ink, SPECK) / SPECK_INK - 1.0, 0.0, 1.0)
    ink *= each("ink")
    blur = each("blur")
    ink = jnp.where(blur > 0, _blur(ink, np.maximum(blur, 0.1)), ink)
    gray = _blur(to_gray(colours), np.full_like(sigma, SHADE_SIGMA))
    darker = gray.mean(axis=(1, 2, 3), keepdims=True) - gray
    shade = each("shade") * jnp.clip(SHADE_RISE * (darker - SHADE_FROM), 0.0, 1.0)
    return 1.0 - 2.0 * jnp.maximum(ink, shade)


def _edges(colours, sigma):
    difference = _blur(colours, sigma) - _blur(colours, RATIO * sigma)
    light = to_gray(difference)
    length = jnp.sqrt(jnp.sum(difference**2, axis=-1, keepdims=True))
    side = jnp.clip(1.0 - light / (SIDE * (length + 1e-4)), 0.0, 1.0)
    return length * side / STEP_RESPONSE


def _ink(colours, sigma):
    gray = _blur(to_gray(colours), INK_SIGMA * sigma)
    return _pool(_pool(gray, INK_WIDTH, 1.0), INK_WIDTH, -1.0) - gray


def _blur(pixels, sigma):
    """Gaussian blur of [B, H, W, C]; sigma is [B, 1, 1, 1], in pixels."""
    reach = np.maximum(1, np.ceil(REACH * sigma))
    offsets = np.arange(-reach.max(), reach.max() + 1, dtype=np.float32)
    kernels = np.exp(-0.5 * (offsets / sigma) ** 2) * (np.abs(offsets) <= reach)
    kernels /= kernels.sum(axis=-1, keepdims=True)  # [B, 1, 1, taps]
    return convolve(pixels, np.moveaxis(kernels, -1, 0)[..., None])


def _mean(pixels, side):
    return convolve(pixels, np.full(side, 1 / side, np.float32))


def _pool(pixels, side, sign):
    """Largest (sign 1) or smallest (sign -1) of [B, H, W, C] over squares."""
    pixels = sign * pixels
    for window in ((1, side, 1, 1), (1, 1, side, 1)):
        pixels = jax.lax.reduce_window(
            pixels, -jnp.inf, jax.lax.max, window, (1, 1, 1, 1), "SAME"
        )
    return sign * pixels
