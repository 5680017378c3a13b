"""The discriminators: figure 3 with 4096 outputs, DCGAN's and a conditional one."""

import keras

KINDS = ("dcgan", "acgan", "cgan", "shift")
FILTERS = (32, 64, 128, 256, 512)  # Not in the paper: figure 3 is drawn without sizes


def build_discriminator(kind, hint_size=4096):
    """Builds D.

    Args:
        kind: `acgan`, one output a value of the hint (section 3.2: exactly 4096);
            `dcgan`, one output, real or fake; `cgan`, the same but it sees the sketch
            too; `shift`, both kinds of outputs on one trunk, for shifting between
            equations 4 and 3.
        hint_size: length of the global style hint.

    Returns:
        keras.Model with inputs
            painting: [B, H, W, 3] float32 in [-1, 1]; H and W multiples of 32.
            sketch: [B, H, W, 1] float32 in [-1, 1], for `cgan` alone.
        and a dict of outputs, scores before their sigmoid
            real: [B, 1], for `dcgan`, `cgan` and `shift`.
            style: [B, hint_size], for `acgan` and `shift`.
    """
    if kind not in KINDS:
        raise ValueError(f"--adversarial: no discriminator is named {kind}")
    painting = keras.Input((None, None, 3), name="painting")
    inputs = {"painting": painting}
    x = painting
    if kind == "cgan":
        inputs["sketch"] = keras.Input((None, None, 1), name="sketch")
        x = keras.layers.Concatenate(name="pair")([painting, inputs["sketch"]])

    # Not in the paper: DCGAN's convolutions, batch normalisation but on the first.
    for i, filters in enumerate(FILTERS, start=1):
        x = keras.layers.Conv2D(
            filters, 4, strides=2, padding="same", use_bias=i == 1, name=f"conv{i}"
        )(x)
        if i > 1:
            x = keras.layers.BatchNormalization(momentum=0.9, name=f"conv{i}_bn")(x)
        x = keras.layers.LeakyReLU(0.2, name=f"conv{i}_relu")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)

    outputs = {}
    if kind != "acgan":
        outputs["real"] = keras.layers.Dense(1, dtype="float32", name="real")(x)
    if kind in ("acgan", "shift"):
        outputs["style"] = keras.layers.Dense(hint_size, dtype="float32", name="style")(
            x
        )
    return keras.Model(inputs, outputs, name="discriminator")
