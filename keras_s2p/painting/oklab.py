"""OKLab (Ottosson 2020): distances about as the eye sees them, and hues that keep.

Core TensorFlow operations only, which also run inside an exported graph.
"""

import tensorflow as tf

# https://bottosson.github.io/posts/oklab/, from linear sRGB to cones to OKLab.
RGB_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
CONES_TO_OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
SMALLEST = 1e-7  # of a cone's answer; a root has no slope at 0


def to_oklab(rgb):
    """Colours to OKLab.

    Args:
        rgb: [..., 3] in [-1, 1], sRGB.

    Returns:
        [..., 3]: L in [0, 1] from black to white, a and b about ±0.4, 0 for greys.
    """
    rgb = tf.clip_by_value((rgb + 1) / 2, 0, 1)
    curve = ((rgb + 0.055) / 1.055) ** 2.4
    linear = tf.where(rgb <= 0.04045, rgb / 12.92, curve)
    cones = tf.maximum(_multiply(linear, RGB_TO_CONES), SMALLEST) ** (1 / 3)
    return _multiply(cones, CONES_TO_OKLAB)


def to_rgb(oklab):
    """OKLab [..., 3] to sRGB in [-1, 1]; what sRGB can not show is clipped."""
    cones = _multiply(oklab, CONES_TO_OKLAB, inverse=True) ** 3
    linear = _multiply(cones, RGB_TO_CONES, inverse=True)
    linear = tf.clip_by_value(linear, 0, 1)
    curve = 1.055 * tf.maximum(linear, SMALLEST) ** (1 / 2.4) - 0.055
    return 2 * tf.where(linear <= 0.0031308, 12.92 * linear, curve) - 1


def _multiply(values, matrix, inverse=False):
    matrix = tf.constant(matrix, tf.float32)
    if inverse:
        matrix = tf.linalg.inv(matrix)
    return tf.tensordot(values, tf.transpose(matrix), 1)
