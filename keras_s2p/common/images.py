"""Pixels: the only place where they are scaled, resized or made grey.

Files are uint8 in [0, 255]; networks see float32 in [-1, 1]. Colours are RGB.
"""

import numpy as np
import PIL.Image
import tensorflow as tf

SIZE_MULTIPLE = 32  # five halvings from figure 2's full size to its mid level


def fit_short_side(pixels: np.ndarray, size: int) -> np.ndarray:
    """Resizes [H, W, C] uint8 so that its short side is `size` pixels (Lanczos)."""
    height, width = pixels.shape[:2]
    scale = size / min(height, width)
    shape = (max(size, round(height * scale)), max(size, round(width * scale)))
    return resize_uint8(pixels, shape)


def resize_uint8(pixels: np.ndarray, shape: tuple) -> np.ndarray:
    """Resizes [H, W, C] uint8 to shape (H, W) in pixels (Lanczos, antialiased)."""
    gray = pixels.shape[-1] == 1
    image = PIL.Image.fromarray(pixels[..., 0] if gray else pixels)
    image = image.resize((shape[1], shape[0]), PIL.Image.LANCZOS)
    return np.asarray(image)[..., np.newaxis] if gray else np.asarray(image)


def to_float(pixels):
    """Uint8 in [0, 255], any shape, to float32 in [-1, 1]."""
    return tf.cast(pixels, tf.float32) / 127.5 - 1.0


def to_uint8(pixels):
    """Float in [-1, 1], any shape, to the nearest uint8 in [0, 255]."""
    pixels = tf.cast(pixels, tf.float32) * 127.5 + 127.5
    return tf.cast(tf.clip_by_value(tf.round(pixels), 0, 255), tf.uint8)


def to_gray(painting):
    """T of equation 2: [..., 3] in [-1, 1] to [..., 1] in [-1, 1].

    Not in the paper: the weights are those of ITU-R BT.601, as in Pillow.
    """
    weights = tf.constant([0.299, 0.587, 0.114], painting.dtype)
    return tf.reduce_sum(painting * weights, axis=-1, keepdims=True)


def resize(pixels, shape):
    """Resizes [B, H, W, C] float to shape (H, W) in pixels (bilinear, antialiased)."""
    return tf.image.resize(pixels, shape, antialias=True)


def round_to_multiple(shape, multiple: int = SIZE_MULTIPLE):
    """The nearest shape that the generator takes, of at least one multiple a side.

    Args:
        shape: [N] int32.
        multiple: of pixels.

    Returns:
        [N] int32; also inside a graph.
    """
    return tf.maximum((shape + multiple // 2) // multiple, 1) * multiple
