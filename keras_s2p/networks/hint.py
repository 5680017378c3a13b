"""V, the hint encoder: VGG 19 to fc1 before its ReLU (section 3.1), always frozen."""

import os

import keras

IMAGENET_SIZE = 224  # pixels, what keras.applications.VGG19's fc1 was trained on
# Means of ImageNet's blue, green and red over [0, 255], as VGG 19's own preprocessing.
CAFFE_MEANS_BGR = (103.939, 116.779, 123.68)
MAX_VGG = 1_200_000_000  # bytes of its arrays; they are half of that
VGG19_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels.h5"  # Keras's own name
# Convolutions in each of the five blocks of VGG 19.
VGG19_BLOCKS = (2, 2, 4, 4, 4)
CELLS = 3  # a side, of which fc1 of the `paintings` encoder is told apart


def build_hint_encoder(config, imagenet_weights=None, trainable=False):
    """Builds V: a painting to its global style hint.

    Args:
        config: GeneratorConfig; its hint_encoder chooses `imagenet` or `paintings`.
        imagenet_weights: for `imagenet`, the weights argument of
            keras.applications.VGG19: "imagenet" (fetched by Keras on first use), the
            path of a file in Keras's format with fc1, or None for random ones.
        trainable: only pretrain_hint sets it, for the `paintings` encoder.

    Returns:
        keras.Model named `hint_encoder`, not trainable, with the input
            painting: [B, H, W, 3] float32 in [-1, 1], RGB, any size.
        and the output
            hint: [B, config.hint_size] float32, fc1 before its ReLU, unbounded.

    Raises:
        ValueError: the weights are missing or do not fit, in one sentence.
    """
    if config.hint_encoder == "imagenet":
        return _build_imagenet(config, imagenet_weights)
    return _build_paintings(config, trainable)


def _build_imagenet(config, weights):
    """The paper's V: the 4096 values of fc1 of keras.applications.VGG19."""
    if config.hint_size != 4096:
        raise ValueError(
            f"--hint-size: VGG 19's fc1 has 4096 values, not {config.hint_size}"
        )
    vgg = load_vgg19(weights)
    fc1 = vgg.get_layer("fc1")
    fc1.activation = keras.activations.linear
    to_fc1 = keras.Model(vgg.input, fc1.output, name="vgg19_fc1")

    painting = keras.Input((None, None, 3), name="painting")
    x = keras.layers.Resizing(IMAGENET_SIZE, IMAGENET_SIZE, name="resize")(painting)
    x = x[..., ::-1]  # RGB => BGR
    x = keras.layers.Rescaling(
        127.5, offset=[127.5 - mean for mean in CAFFE_MEANS_BGR], name="preprocess"
    )(x)
    # In float32 also where the rest computes in bfloat16: scores are compared with it.
    hint = keras.layers.Activation("linear", dtype="float32", name="hint")(to_fc1(x))
    encoder = keras.Model(painting, hint, name="hint_encoder")
    encoder.trainable = False
    return encoder


def load_vgg19(weights):
    """keras.applications.VGG19 with its top.

    Raises:
        ValueError: the file is missing or damaged, or can not be fetched.
    """
    if weights not in (None, "imagenet") and not os.path.isfile(weights):
        raise ValueError(f"--vgg-weights: {weights}: no such file")
    try:
        return keras.applications.VGG19(weights=weights)
    except Exception as error:  # network, hash and HDF5 errors share no base class
        source = "--vgg-weights" if weights != "imagenet" else "VGG 19's ImageNet file"
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(
            f"{source}: can not be loaded ({reason}); give Keras's own file with "
            "--vgg-weights FILE or use --preset compact"
        ) from None


def find_vgg_file(weights: str) -> str:
    """Path of VGG 19's file: the one given, or for "imagenet" where Keras keeps it."""
    if weights != "imagenet":
        return weights
    return os.path.join(os.path.expanduser("~"), ".keras", "models", VGG19_FILE)


def find_widths(config) -> dict:
    """Shapes of the arrays, by their names, that say the `paintings` encoder's widths.

    Args:
        config: GeneratorConfig.
    """
    return {
        "block1_conv1/kernel": (3, 3, 3, config.hint_filters),
        "fc1/bias": (config.hint_size,),
    }


def _build_paintings(config, trainable):
    """A narrow VGG 19, its layer names kept, trained on paintings only (section 4).

    Not in the paper: its widths, the batch normalisation after each convolution and the
    smaller picture. The last block's cells are kept apart, 3 x 3 of them, so that the
    hint can hold which colour is where.
    """
    size = config.hint_image_size
    painting = keras.Input((None, None, 3), name="painting")
    x = keras.layers.Resizing(size, size, name="resize")(painting)
    for block, num_convolutions in enumerate(VGG19_BLOCKS, start=1):
        filters = config.hint_filters * 2 ** min(block - 1, 3)
        for i in range(1, num_convolutions + 1):
            name = f"block{block}_conv{i}"
            x = keras.layers.Conv2D(
                filters, 3, padding="same", use_bias=False, name=name
            )(x)
            x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
            x = keras.layers.ReLU(name=f"{name}_relu")(x)
        x = keras.layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = keras.layers.MaxPooling2D(max(1, x.shape[1] // CELLS), name="cells_pool")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(config.hint_size, name="fc1")(x)
    hint = keras.layers.Activation("linear", dtype="float32", name="hint")(x)
    encoder = keras.Model(painting, hint, name="hint_encoder")
    encoder.trainable = trainable
    return encoder
