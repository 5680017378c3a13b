"""The whole of it as one network: a sketch and a reference in, a painting out."""

import keras

from keras_s2p.networks.generator import build_generator
from keras_s2p.networks.hint import build_hint_encoder


def build_style2paints(
    config, imagenet_weights=None, hint_encoder=None, generator=None
):
    """Builds V and G (figure 2) as one functional model.

    Args:
        config: GeneratorConfig.
        imagenet_weights: for the `imagenet` hint encoder, as build_hint_encoder takes
            them.
        hint_encoder: V to wrap instead of a new one, of build_hint_encoder; two models
            may share it.
        generator: G to wrap instead of a new one, of build_generator.

    Returns:
        keras.Model named `style2paints` with inputs
            sketch: [B, H, W, 1] float32 in [-1, 1], 1 is paper; H, W multiples of 32.
            reference: [B, h, w, 3] float32 in [-1, 1], RGB, any size.
        and the dict of outputs of build_generator: painting, guide_1 and guide_2. Its
        parts are get_layer("hint_encoder") and get_layer("generator"). V's variables
        are not among the trainable ones unless V is made trainable.

    Raises:
        ValueError: as build_hint_encoder.
    """
    if hint_encoder is None:
        hint_encoder = build_hint_encoder(config, imagenet_weights)
    if generator is None:
        generator = build_generator(config)
    sketch = keras.Input((None, None, 1), name="sketch")
    reference = keras.Input((None, None, 3), name="reference")
    outputs = generator({"sketch": sketch, "hint": hint_encoder(reference)})
    inputs = {"sketch": sketch, "reference": reference}
    return keras.Model(inputs, outputs, name="style2paints")
