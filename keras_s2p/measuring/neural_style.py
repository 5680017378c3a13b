"""Neural style transfer (Gatys et al.), what figure 7 compares with.

A picture is optimised until its features in V, the hint encoder's VGG, are the
sketch's and their Gram matrices the reference's. Nothing is learnt: every picture is
an optimisation of its own.
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_s2p.common import images

# As Gatys et al.: the content of the fourth block, the style of all five.
CONTENT_LAYER = "block4_conv2"
STYLE_LAYERS = tuple(f"block{block}_conv1" for block in range(1, 6))
CONTENT_WEIGHT = 1.0
STYLE_WEIGHT = 1000.0
LEARNING_RATE = 0.02  # of Adam, for pixels in [-1, 1]
WINDOW = 50  # steps over which the loss must still fall
TOLERANCE = 0.01  # share by which it must fall in a window; less is convergence


class Styled(NamedTuple):
    """What neural_style gives."""

    painting: np.ndarray  # [H, W, 3] uint8
    losses: np.ndarray  # [steps], one a step
    converged: bool


def build_features(hint_encoder):
    """The convolutions of V alone, for pictures of any size.

    Args:
        hint_encoder: keras.Model of build_hint_encoder, of either kind.

    Returns:
        keras.Model of [B, H, W, 3] in [-1, 1] to a dict of the features after the ReLU
        of CONTENT_LAYER and STYLE_LAYERS.
    """
    names = [layer.name for layer in hint_encoder.layers]
    vgg = hint_encoder
    if "vgg19_fc1" in names:
        vgg = hint_encoder.get_layer("vgg19_fc1")
    painting = keras.Input((None, None, 3), name="painting")
    x = painting
    if vgg is not hint_encoder:
        x = hint_encoder.get_layer("preprocess")(x[..., ::-1])
    outputs = {}
    for layer in vgg.layers:
        if not layer.name.startswith("block"):
            continue
        x = layer(x)
        # `paintings` has the ReLU in a layer of its own.
        name = layer.name.replace("_relu", "")
        if name in (CONTENT_LAYER, *STYLE_LAYERS):
            outputs[name] = x
    features = keras.Model(painting, outputs, name="features")
    features.trainable = False
    return features


def neural_style(features, sketch, reference, steps: int = 500) -> Styled:
    """Paints a sketch in the style of a reference by optimisation.

    Args:
        features: of build_features.
        sketch: [H, W, 1] uint8.
        reference: [h, w, 3] uint8.
        steps: of Adam, at most; fewer if the loss falls no more.

    Returns:
        Styled; the painting is of the sketch's size.
    """
    content = tf.image.grayscale_to_rgb(images.to_float(sketch)[tf.newaxis])
    wanted = features(content)[CONTENT_LAYER]
    styled = features(images.to_float(reference)[tf.newaxis])
    grams = {name: gram(styled[name]) for name in STYLE_LAYERS}
    # Each term is measured in units of its own target, so that the weights mean the
    # same for every encoder.
    content_scale = tf.reduce_mean(wanted**2) + 1e-12
    painting = tf.Variable(content)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build([painting])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            found = features(painting)
            loss = CONTENT_WEIGHT * (
                tf.reduce_mean((found[CONTENT_LAYER] - wanted) ** 2) / content_scale
            )
            for name, target in grams.items():
                error = tf.reduce_mean((gram(found[name]) - target) ** 2)
                scale = tf.reduce_mean(target**2) + 1e-12
                loss += STYLE_WEIGHT / len(grams) * error / scale
        optimizer.apply_gradients([(tape.gradient(loss, painting), painting)])
        painting.assign(tf.clip_by_value(painting, -1, 1))
        return loss

    losses, converged = [], False
    while len(losses) < steps and not converged:
        losses.append(float(step()))
        converged = has_converged(losses)
    return Styled(images.to_uint8(painting[0]).numpy(), np.array(losses), converged)


def gram(features):
    """Gram matrix [B, C, C] of features [B, H, W, C], a mean over the pixels."""
    pixels = tf.cast(tf.reduce_prod(tf.shape(features)[1:3]), features.dtype)
    return tf.einsum("bhwc,bhwd->bcd", features, features) / pixels


def has_converged(losses) -> bool:
    """Whether the mean loss of the last WINDOW steps hardly fell below that before."""
    if len(losses) < 2 * WINDOW:
        return False
    before = np.mean(losses[-2 * WINDOW : -WINDOW])
    return bool(np.mean(losses[-WINDOW:]) > (1 - TOLERANCE) * before)
