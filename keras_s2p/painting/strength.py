"""Strength: how much of a painting's colour is laid on.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.painting.oklab import to_oklab, to_rgb

LEAST_SHADE = 0.5  # of the darkness, of a painting without any colour


def fade(colour, strength):
    """Colour as a thinner wash: grey at 0, then ever less pale, itself at 1.

    The zero hint paints no grey: a mix with its painting has hues that neither the
    sketch nor the reference has. So the colour itself is made paler. Its chroma rises
    with the strength, its darkness from LEAST_SHADE of itself, and its hue is kept.

    Args:
        colour: [..., 3] in [-1, 1].
        strength: scalar in [0, 1].

    Returns:
        [..., 3] in [-1, 1].
    """
    strength = tf.convert_to_tensor(strength, tf.float32)

    def thin():
        oklab = to_oklab(colour)
        shade = LEAST_SHADE + (1 - LEAST_SHADE) * strength
        lightness = 1 - shade * (1 - oklab[..., :1])
        return to_rgb(tf.concat([lightness, strength * oklab[..., 1:]], axis=-1))

    return tf.cond(strength < 1, thin, lambda: colour)
