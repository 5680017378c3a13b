"""The generator: a U-net with a global style hint and two guide decoders (figure 2)."""

import keras

NUM_LEVELS = 5  # 256², 128², 64², 32², 16²; the mid level is one halving below
MOMENTUM = 0.9  # Not in the paper: Keras's 0.99 paints wrongly for thousands of steps


def build_generator(config):
    """Builds G of figure 2.

    Args:
        config: GeneratorConfig.

    Returns:
        keras.Model with inputs
            sketch: [B, H, W, 1] float32 in [-1, 1], 1 is paper; H, W multiples of 32.
            hint: [B, config.hint_size] float32, the global style hint, any scale.
        and a dict of outputs
            painting: [B, H, W, 3] float32 in [-1, 1].
            guide_1: [B, H, W, 1], grey, decoded at the entry of the mid level
                (3 channels, colour, without config.guide_1_gray: equation 1).
            guide_2: [B, H, W, 3], colour, decoded at the exit of the mid level.
        The guides are left out if config.guides is False.

    Not in the paper: kernels of 3, and of 4 where the stride is 2; batch normalisation;
    ReLU; nearest upsampling followed by a convolution (no checkerboards); tanh.
    """
    sketch = keras.Input((None, None, 1), name="sketch")
    hint = keras.Input((config.hint_size,), name="hint")

    # Encoder: 256²x16, 128²x32, 64²x64, 32²x128, 16²x256.
    x = sketch
    skips = []
    for level in range(1, NUM_LEVELS + 1):
        filters = config.filters * 2 ** (level - 1)
        stride = 1 if level == 1 else 2
        x = conv_block(x, filters, f"enc{level}_conv1", stride)
        x = conv_block(x, filters, f"enc{level}_conv2")
        skips.append(x)
    entry = skips.pop()  # [B, H/16, W/16, 256], also the decoder's first skip

    # Mid level: add the hint everywhere.
    x = convolution(entry, config.mid_filters, "mid_conv1", 2)  # [B, H/32, W/32, 2048]
    x = keras.layers.BatchNormalization(momentum=MOMENTUM, name="mid_conv1_bn")(x)
    x = keras.layers.Add(name="mid_add")([x, hint_block(hint, config)])
    x = keras.layers.ReLU(name="mid_relu")(x)

    # Decoder: 16²x512, then 16²x(512+256) -> 32²x128 and so on, a skip at each level.
    x = keras.layers.UpSampling2D(name="dec1_up")(x)
    x = conv_block(x, config.decoder_filters, "dec1_conv1")
    x = leave = conv_block(x, config.decoder_filters, "dec1_conv2")
    x = keras.layers.Concatenate(name="dec1_skip")([x, entry])
    for level in range(2, NUM_LEVELS):
        filters = config.filters * 2 ** (NUM_LEVELS - level)
        x = keras.layers.UpSampling2D(name=f"dec{level}_up")(x)
        x = conv_block(x, filters, f"dec{level}_conv1")
        x = conv_block(x, filters, f"dec{level}_conv2")
        x = keras.layers.Concatenate(name=f"dec{level}_skip")([x, skips.pop()])

    # Full size, without a skip: 256²x64, twice.
    x = keras.layers.UpSampling2D(name="dec5_up")(x)
    x = conv_block(x, config.full_filters, "dec5_conv1")
    x = conv_block(x, config.full_filters, "dec5_conv2")
    outputs = {"painting": to_picture(x, 3, "painting")}

    if config.guides:
        channels = 1 if config.guide_1_gray else 3
        outputs["guide_1"] = guide_decoder(
            entry, config.guide_filters, channels, "guide_1"
        )
        outputs["guide_2"] = guide_decoder(leave, config.guide_filters, 3, "guide_2")
    return keras.Model({"sketch": sketch, "hint": hint}, outputs, name="generator")


def find_widths(config) -> dict:
    """Shapes of the arrays, by their names, that say all widths but of the guides.

    Args:
        config: GeneratorConfig.
    """
    mid, decoder, full = config.mid_filters, config.decoder_filters, config.full_filters
    return {
        "enc1_conv1/kernel": (3, 3, 1, config.filters),
        "hint_dense/kernel": (config.hint_size, mid),
        "dec1_conv1/kernel": (3, 3, mid, decoder),
        "dec5_conv2/kernel": (3, 3, full, full),
    }


def hint_block(hint, config):
    """The hint, standardised and dense: [B, 1, 1, mid_filters].

    Not in the paper: its "global normalization" is read as subtracting the mean and
    dividing by the standard deviation of the hint's own values.
    """
    x = keras.layers.LayerNormalization(
        center=False, scale=False, epsilon=1e-6, dtype="float32", name="hint_norm"
    )(hint)
    x = keras.layers.Dense(config.mid_filters, name="hint_dense")(x)
    return keras.layers.Reshape((1, 1, config.mid_filters), name="hint_reshape")(x)


def guide_decoder(x, filters, channels, name):
    """Five boxes, 512 to 32 filters, from 16² to the full size (figure 2)."""
    for box in range(1, NUM_LEVELS + 1):
        if box > 1:
            x = keras.layers.UpSampling2D(name=f"{name}_up{box}")(x)
        x = conv_block(x, filters // 2 ** (box - 1), f"{name}_conv{box}")
    return to_picture(x, channels, name)


def conv_block(x, filters, name, stride=1):
    """Convolution, batch normalisation, ReLU."""
    x = convolution(x, filters, name, stride)
    x = keras.layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def convolution(x, filters, name, stride=1):
    """A convolution that keeps (kernel 3) or halves (kernel 4) the size."""
    return keras.layers.Conv2D(
        filters,
        3 if stride == 1 else 4,
        strides=stride,
        padding="same",
        use_bias=False,  # the batch normalisation that follows has one
        name=name,
    )(x)


def to_picture(x, channels, name):
    """A convolution to `channels` and tanh; the layer `name` is the output."""
    x = keras.layers.Conv2D(channels, 3, padding="same", name=f"{name}_out")(x)
    return keras.layers.Activation("tanh", dtype="float32", name=name)(x)
