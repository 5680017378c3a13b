"""Augmentation of whole batches on a GPU: what augment.py does inside tf.data.

Not in the paper: all of it. Pictures are [B, H, W, C] float32 in [-1, 1]; every choice
follows from a key of jax.random.
"""

import jax
import jax.numpy as jnp
import numpy as np

from keras_s2p.data.ranges import (
    CURVE,
    CURVED,
    REFERENCE_ZOOM,
    ROTATED,
    ROTATION,
    SATURATION,
    WARP,
    WARP_WAVES,
    ZOOM,
)

# RGB to YIQ, of which the first row is T of equation 2.
YIQ = np.array(
    [[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], np.float32
)


def to_float(pixels):
    """[0, 255], any shape, to float32 in [-1, 1]."""
    return jnp.asarray(pixels, jnp.float32) / 127.5 - 1.0


def to_uint8(pixels):
    """Float in [-1, 1], any shape, to the nearest uint8 in [0, 255], in NumPy."""
    pixels = np.asarray(pixels, np.float32) * 127.5 + 127.5
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def to_gray(painting):
    """T of equation 2: [..., 3] to [..., 1]."""
    return jnp.sum(painting * YIQ[0], axis=-1, keepdims=True)


def random_views(key, shapes):
    """Random squares of pictures, mirrored or turned a little as augment's crops are.

    Args:
        key: of jax.random.
        shapes: [B, 2] float, height and width in pixels of each picture.

    Returns:
        dict of [B] arrays: side, top and left in pixels, flip, and angle in radians.
    """
    keys = jax.random.split(key, 2)
    zoom, top, left = jax.random.uniform(keys[0], (3, len(shapes)))
    flip, rotate, angle = jax.random.uniform(keys[1], (3, len(shapes)))
    side = jnp.min(shapes, axis=1) / (1.0 + (ZOOM - 1.0) * zoom)
    angle = (2.0 * angle - 1.0) * ROTATION * np.pi / 180.0
    return {
        "side": side,
        "top": top * (shapes[:, 0] - side),
        "left": left * (shapes[:, 1] - side),
        "flip": flip < 0.5,
        "angle": jnp.where(rotate < ROTATED, angle, 0.0),
    }


def upright(views):
    """The same squares, neither mirrored nor turned."""
    still = {name: jnp.zeros_like(views[name]) for name in ("flip", "angle")}
    return {**views, **still}


def cut(pixels, shapes, views, size, samples=1):
    """Cuts views out of pictures.

    Args:
        pixels: [B, H, W, C] uint8, each picture in the top left corner of its array.
        shapes: [B, 2] float, height and width in pixels of each picture.
        views: of random_views.
        size: side of the results in pixels.
        samples: along each side of a pixel, against aliasing.

    Returns:
        [B, size, size, C] float32 in [0, 255].
    """
    count = size * samples
    steps = (jnp.arange(count) + 0.5) / count - 0.5

    def cut_one(picture, shape, view):
        x, y = jnp.where(view["flip"], -steps, steps)[None, :], steps[:, None]
        cos, sin = jnp.cos(view["angle"]), jnp.sin(view["angle"])
        from_x = view["left"] + view["side"] * (cos * x - sin * y + 0.5) - 0.5
        from_y = view["top"] + view["side"] * (sin * x + cos * y + 0.5) - 0.5
        return bilinear(
            picture, reflect(from_y, shape[0] - 1), reflect(from_x, shape[1] - 1)
        )

    out = jax.vmap(cut_one)(pixels, shapes, views)
    out = out.reshape(len(out), size, samples, size, samples, -1)
    return out.mean(axis=(2, 4))


def reflect(x, last):
    """Places outside [0, last] mirrored into it, as from over the border."""
    x = jnp.abs(x)
    return jnp.clip(jnp.where(x > last, 2 * last - x, x), 0, last)


def bilinear(picture, y, x):
    """Values of [H, W, C] at float places y and x of one shape, within its bounds."""
    height, width, channels = picture.shape
    top = jnp.clip(jnp.floor(y), 0, height - 2).astype(jnp.int32)
    left = jnp.clip(jnp.floor(x), 0, width - 2).astype(jnp.int32)
    down, right = (y - top)[..., None], (x - left)[..., None]
    flat = picture.reshape(-1, channels)

    def at(dy, dx):
        return flat[(top + dy) * width + left + dx].astype(jnp.float32)

    upper = at(0, 0) * (1 - right) + at(0, 1) * right
    lower = at(1, 0) * (1 - right) + at(1, 1) * right
    return upper * (1 - down) + lower * down


def change_colours(key, paintings, references, hue, all_hues):
    """Changes the colours of paintings and of their references in the same way.

    Args:
        key: of jax.random.
        paintings: [B, H, W, 3].
        references: [B, h, w, 3].
        hue: largest rotation of the hue, in half turns of the circle.
        all_hues: share of examples whose hue may become any.

    Returns:
        The changed (paintings, references).
    """
    keys = jax.random.split(key, 2)
    count = len(paintings)
    angle, saturation, curved, wide = jax.random.uniform(keys[0], (4, count))
    angle = (2.0 * angle - 1.0) * jnp.where(wide < all_hues, 1.0, hue) * np.pi
    saturation = SATURATION[0] + (SATURATION[1] - SATURATION[0]) * saturation
    bend = jax.random.uniform(keys[1], (count, 3), minval=-CURVE, maxval=CURVE)
    bend = jnp.where(curved[:, None] < CURVED, bend, 0.0)[:, None, None]
    changes = angle, saturation, bend
    return recolour(paintings, *changes), recolour(references, *changes)


def recolour(pictures, angle, saturation, bend):
    """As augment.recolour of tf.data, but with a batch axis everywhere.

    Args:
        pictures: [B, H, W, 3] in [-1, 1].
        angle: [B], radians by which hues turn.
        saturation: [B], factor of the saturation.
        bend: [B, 1, 1, 3], change of a mid tone in each channel.
    """
    count = len(pictures)
    cos, sin = jnp.cos(angle) * saturation, jnp.sin(angle) * saturation
    zero, one = jnp.zeros(count), jnp.ones(count)
    turn = jnp.stack([one, zero, zero, zero, cos, -sin, zero, sin, cos], axis=-1)
    turn = turn.reshape(count, 3, 3)
    matrices = jnp.einsum("ij,bjk,kl->bil", np.linalg.inv(YIQ), turn, YIQ)

    exact = jax.lax.Precision.HIGHEST
    pictures = jnp.einsum("bhwc,bdc->bhwd", pictures, matrices, precision=exact)
    pictures = jnp.clip(pictures, -1.0, 1.0)
    return pictures + bend * (1.0 - pictures * pictures)


def warp_references(key, references):
    """Mirrors, zooms, shifts and bends [B, H, W, C], so that no pixel stays."""
    keys = jax.random.split(key, 2)
    numbers = jax.random.uniform(keys[0], (4, len(references), 1))
    waves = (len(references), 2, WARP_WAVES, WARP_WAVES)
    return warp(references, numbers, jax.random.normal(keys[1], waves))


def warp(references, numbers, weights):
    """As augment.warp of tf.data, but with a batch axis: [4, B, 1] and [B, 2, W, W]."""
    _, height, width, _ = references.shape
    zoom, left, top, flip = numbers
    side = 1.0 - (1.0 - 1.0 / REFERENCE_ZOOM) * zoom
    x, y = jnp.linspace(0.0, 1.0, width), jnp.linspace(0.0, 1.0, height)
    from_x = (1.0 - side) * left + side * jnp.where(flip < 0.5, x[::-1], x)
    from_y = (1.0 - side) * top + side * y
    waves = jnp.arange(WARP_WAVES) * np.pi
    along_x, along_y = jnp.cos(x[:, None] * waves), jnp.cos(y[:, None] * waves)
    shifts = jnp.einsum("yi,bcij,xj->bcyx", along_y, weights, along_x)
    shifts *= WARP / WARP_WAVES
    from_x = jnp.clip(from_x[:, None, :] + shifts[:, 0], 0, 1) * (width - 1)
    from_y = jnp.clip(from_y[:, :, None] + shifts[:, 1], 0, 1) * (height - 1)
    return jax.vmap(bilinear)(references, from_y, from_x)


def convolve(pixels, kernel):
    """A kernel along both sides of [B, H, W, C], mirrored at the borders.

    Args:
        pixels: [B, H, W, C].
        kernel: [taps] or [taps, B, 1, 1, 1], an odd number of taps.
    """
    radius = len(kernel) // 2
    _, height, width, _ = pixels.shape
    pad = [(0, 0), (radius, radius), (radius, radius), (0, 0)]
    padded = jnp.pad(pixels, pad, "symmetric")
    rows = sum(k * padded[:, i : i + height] for i, k in enumerate(kernel))
    rows = jax.lax.optimization_barrier(rows)  # else computed anew for each column
    columns = sum(k * rows[:, :, i : i + width] for i, k in enumerate(kernel))
    return jax.lax.optimization_barrier(columns)
