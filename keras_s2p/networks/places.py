"""The place encoder: what each place of a drawing is, sleeve or hair or sky.

Places of two drawings with like embeddings are the same thing, wherever they are; so a
colour can be carried from a reference to a sketch (painting/correspondence.py). Dense
correspondence between a sketch and a reference is the idea of Lee et al. 2020
("Reference-Based Sketch Image Colorization using Augmented-Self Reference and Dense
Semantic Correspondence").

Not in the paper: all of it.
"""

import os

import keras
import tensorflow as tf

from keras_s2p.common.place_drawings import CHANNELS, EMBEDDING
from keras_s2p.networks import weight_files, weights
from keras_s2p.networks.generator import conv_block

FILTERS = 16  # of the first level, as the compact generator's
MAX_FILTERS = 64  # of a file
FIRST = "enc1_conv1/kernel"  # the array that says how many there are
LEVELS = 5
MID_WIDTH = 24  # times FILTERS
DECODER_WIDTHS = {5: 16, 4: 8, 3: 6}  # by level; level 3 is a quarter of the size


def build_place_encoder(filters: int = FILTERS):
    """Builds the place encoder, a U-net that ends at a quarter of the size.

    Args:
        filters: of the first level; all others are multiples of it.

    Returns:
        keras.Model named `place_encoder` with the input
            drawing: [B, H, W, 5] float32 of stack_drawing; H, W multiples of 32.
        and the output
            embeddings: [B, H/4, W/4, EMBEDDING] float32, of any length.
    """
    x = drawing = keras.Input((None, None, CHANNELS), name="drawing")
    skips = {}
    for level in range(1, LEVELS + 1):
        width = filters * 2 ** (level - 1)
        x = conv_block(x, width, f"enc{level}_conv1", 1 if level == 1 else 2)
        x = skips[level] = conv_block(x, width, f"enc{level}_conv2")
    x = conv_block(x, filters * MID_WIDTH, "mid_conv1", 2)
    x = AddPositions(name="mid_positions")(x)
    x = conv_block(x, filters * MID_WIDTH, "mid_conv2")
    for level, width in DECODER_WIDTHS.items():
        x = keras.layers.UpSampling2D(name=f"dec{level}_up")(x)
        x = keras.layers.Concatenate(name=f"dec{level}_skip")([x, skips[level]])
        if level == min(DECODER_WIDTHS):
            x = AddPositions(name=f"dec{level}_positions")(x)
        x = conv_block(x, filters * width, f"dec{level}_conv1")
        x = conv_block(x, filters * width, f"dec{level}_conv2")
    x = keras.layers.Conv2D(EMBEDDING, 1, name="embedding")(x)
    x = keras.layers.Activation("linear", dtype="float32", name="embeddings")(x)
    return keras.Model(drawing, x, name="place_encoder")


def find_widths(filters: int = FILTERS) -> dict:
    """Shapes of two arrays, by their names: the first and the largest."""
    middle = filters * MID_WIDTH
    return {
        FIRST: (3, 3, CHANNELS, filters),
        "mid_conv1/kernel": (4, 4, filters * 2 ** (LEVELS - 1), middle),
    }


def load_place_encoder(folder: str = weights.DEFAULT):
    """Loads the place encoder of a folder, or the one that ships if it has none.

    It was trained beside another generator then, but knows any drawing all the same.

    Raises:
        ValueError: the file is missing, damaged or of another network.
    """
    path = os.path.join(folder, weights.PLACE_ENCODER_FILE)
    if not os.path.lexists(path):
        path = os.path.join(weights.DEFAULT, weights.PLACE_ENCODER_FILE)
    *first, filters = weight_files.find_shape(path, FIRST) or find_widths()[FIRST]
    if first != [3, 3, CHANNELS] or not 1 <= filters <= MAX_FILTERS:
        raise ValueError(f"{path}: weights of another network ({FIRST} differs)")
    weight_files.check_shapes(path, find_widths(filters))
    encoder = build_place_encoder(filters)
    encoder.trainable = False
    weights.read_weights(encoder, path)
    return encoder


class AddPositions(keras.layers.Layer):
    """Adds three channels: the height, the side, and how far from the middle."""

    @tf.autograph.experimental.do_not_convert  # which writes a file, left by a kill
    def call(self, x, **unused):
        """[B, H, W, C] to [B, H, W, C + 3], the positions in [-1, 1]."""
        shape = tf.shape(x)
        down, across = (tf.linspace(-1.0, 1.0, shape[axis]) for axis in (1, 2))
        down, across = tf.meshgrid(down, across, indexing="ij")
        positions = tf.stack([down, across, tf.abs(across)], axis=-1)
        positions = tf.repeat(positions[tf.newaxis], shape[0], axis=0)
        return tf.concat([x, tf.cast(positions, x.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        """[B, H, W, C + 3]."""
        return (*input_shape[:-1], input_shape[-1] + 3)
