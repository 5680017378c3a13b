"""What the place encoder is shown of a drawing, and what it gives.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

SIZE = 192  # pixels, of a square drawing as it is embedded
CHANNELS = 5  # of stack_drawing
STRIDE = 4  # pixels between places
EMBEDDING = 64  # values of a place


def stack_drawing(sketch, colours, known: bool):
    """What the place encoder sees of a drawing.

    Args:
        sketch: [B, H, W, 1] in [-1, 1], its lines.
        colours: [B, H, W, 3] in [-1, 1]: of a reference its own, of a sketch what the
            generator painted.
        known: whether the colours are the drawing's own.

    Returns:
        [B, H, W, 5] float32.
    """
    flag = tf.fill(tf.shape(sketch), 1.0 if known else 0.0)
    return tf.concat([sketch, colours, flag], axis=-1)
