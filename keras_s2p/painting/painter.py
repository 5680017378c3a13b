"""Painter: a sketch and a reference in, a painting of the sketch's size out.

Example:
    from keras_s2p.painting.painter import Painter
    Painter().paint("sketch.png", "reference.png").save("painting.png")
"""

import os

import keras
import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.common.config import GeneratorConfig
from keras_s2p.data.sketch import extract_sketch
from keras_s2p.networks.generator import add_features
from keras_s2p.networks.weights import DEFAULT, load_networks
from keras_s2p.painting import layers, paper
from keras_s2p.painting.base_painter import BasePainter, Layers, shrink_reference
from keras_s2p.painting.calibration import (
    calibrate,
    find_calibration,
    normalise_features,
)
from keras_s2p.painting.palette import NUM_COLOURS

MIN_WORKING_SIZE = 32
LOOKS = ((5 / 6, False), (7 / 6, True))  # times the working size; mirrored or not
FEATURE_STRIDE = 4  # pixels of the working picture, between features
STRIP = 512  # rows at a time
LONGEST = 4  # times the working size, the long side of a working picture


class Painter(BasePainter):
    """Paints with networks, which are loaded once; BasePainter says how to call it.

    Args:
        weights: folder of a release or of a run; None is the release that ships.
        size: side in pixels of a square as the generator paints it; None is the
            working_size of its config. See working_shape.
        vgg_weights: for the `imagenet` hint encoder, "imagenet" or Keras's file.
        generator, hint_encoder: keras.Models to use instead of the folder's, both or
            none; see build_generator and build_hint_encoder.

    Raises:
        ValueError: the weights are missing, damaged or of another network, or the size
            is too small.
    """

    def __init__(
        self,
        weights=None,
        size=None,
        vgg_weights: str = "imagenet",
        generator=None,
        hint_encoder=None,
    ):
        if generator is None or hint_encoder is None:
            folder = os.fspath(weights or DEFAULT)
            config, generator, hint_encoder = load_networks(folder, vgg_weights)
            size = size or config.working_size
        self.size = size or GeneratorConfig.working_size
        if self.size < MIN_WORKING_SIZE:
            raise ValueError(f"size: must be at least {MIN_WORKING_SIZE}, not {size}")
        self.generator = generator
        self.hint_encoder = hint_encoder
        self.hint_size = hint_encoder.output_shape[-1]
        is_model = isinstance(generator, keras.Model)
        network = add_features(generator) if is_model else generator
        self.num_features = sum(each.shape[-1] for each in network.output["features"])
        self.network = network
        if is_model:  # as graphs: half of the time; the inner one is traced once
            self.network = tf.function(network, autograph=False)
            signature = [
                tf.TensorSpec([None, None, None, 1]),
                tf.TensorSpec([None, self.hint_size]),
            ]
            self._average = tf.function(
                self._average, input_signature=signature, autograph=False
            )

    def _encode(self, reference):
        return encode_reference(self.hint_encoder, shrink_reference(reference))

    def _calibrate(self, reference, hint):
        return calibrate_reference(self._average, shrink_reference(reference), hint)

    def _paint(self, sketch, hint, palette, calibration, strength, layers):
        sketch = paper.whiten_paper(sketch)[tf.newaxis]
        painting = self._generate(sketch, hint, calibration, strength)
        colour, lines = find_layers(painting, sketch, palette, strength)
        painted = _to_image(colour, lines)
        if not layers:
            return painted
        return Layers(painted, _to_image(colour), _lines_image(lines))

    def _generate(self, sketch, hint, calibration, strength):
        """[1, H, W, 1] to [1, h, w, 3] of the working size.

        Strength mixes two paintings, since the generator standardises its hint: a
        weaker hint of the same direction would change nothing.
        """
        painting = 0.0
        if strength > 0:
            painting, features = self._average(sketch, tf.constant(hint))
            if calibration is not None:
                painting = calibrate(painting, features, calibration)
        if strength < 1:
            own, _ = self._average(sketch, tf.constant(self._zero_hint()))
            painting = strength * painting + (1 - strength) * own
        return painting

    def _average(self, sketch, hint):
        return generate_averaged(self.network, sketch, hint, self.size)


def encode_reference(hint_encoder, reference):
    """The hint of a picture and of its mirror image, averaged; also inside a graph.

    Not in the paper: which side a colour is on says nothing, and two looks err less.

    Args:
        hint_encoder: keras.Model of build_hint_encoder.
        reference: [B, 256, 256, 3] in [-1, 1].

    Returns:
        [B, hint_size] float32.
    """
    both = tf.concat([reference, tf.reverse(reference, [2])], axis=0)
    hints = tf.split(hint_encoder(both, training=False), 2)
    return (hints[0] + hints[1]) / 2


def calibrate_reference(paint, reference, hint):
    """The calibration by a picture; also inside a graph.

    Args:
        paint: function of (sketch, hint) as generate_averaged is, less the rest.
        reference: [1, 256, 256, 3] in [-1, 1].
        hint: [1, hint_size] float32, of encode_reference.

    Returns:
        [1, places, features + 3] float32 of calibration.find_calibration.
    """
    sketch = extract_sketch(reference[0])[tf.newaxis]
    return find_calibration(reference, sketch, *paint(sketch, hint))


def generate_averaged(network, sketch, hint, size: int):
    """The mean of two paintings, a small one and a larger one of the mirror image.

    Not in the paper: where they differ it is by chance, and their mean errs less. Each
    is stretched to sides of whole SIZE_MULTIPLEs, since the generator loses its way in
    a picture with a padded edge. Also inside a graph.

    Args:
        network: keras.Model of add_features.
        sketch: [B, H, W, 1] in [-1, 1], of any size.
        hint: [B, hint_size] float32.
        size: of working_shape.

    Returns:
        painting [B, h, w, 3] in [-1, 1], of that shape, and features [B, h', w', F] of
        calibration.normalise_features, of a quarter of it.
    """
    full = tf.shape(sketch)[1:3]
    shape = working_shape(full, size)
    places = -(-shape // FEATURE_STRIDE)
    painting = features = 0.0
    for scale, mirrored in LOOKS:
        small = images.round_to_multiple(working_shape(full, round(scale * size)))
        small = images.resize(sketch, small)
        axes = [2] if mirrored else []
        inputs = {"sketch": tf.reverse(small, axes), "hint": hint}
        outputs = network(inputs, training=False)
        painting += images.resize(tf.reverse(outputs["painting"], axes), shape)
        levels = [images.resize(each, places) for each in outputs["features"]]
        features += tf.reverse(normalise_features(levels), axes)
    return painting / len(LOOKS), features / len(LOOKS)


# layers.find_layers as a graph, which takes a third of the time; a palette of
# no_palette matches nothing.
find_layers = tf.function(
    layers.find_layers,
    input_signature=[
        tf.TensorSpec([None, None, None, 3]),
        tf.TensorSpec([None, None, None, 1]),
        tf.TensorSpec([None, NUM_COLOURS, 4]),
        tf.TensorSpec([]),
    ],
    autograph=False,  # it has no loops of Python's, and converting takes seconds
)


def working_shape(shape, size: int):
    """The (H, W) in pixels at which a sketch of shape (H, W) is painted.

    As many pixels as a square of side `size`: with that short side instead, what is
    drawn on a tall or wide sketch would be larger than the generator is used to. A
    strip's long side is at most LONGEST times `size`.

    Returns:
        [2] int32; also inside a graph.
    """
    sides = tf.cast(shape, tf.float64)
    scale = size / tf.maximum(
        tf.sqrt(tf.reduce_prod(sides)), tf.reduce_max(sides) / LONGEST
    )
    return tf.maximum(tf.cast(tf.round(sides * scale), tf.int32), 1)


def _to_image(pixels, lines=None):
    """[1, H, W, 3] in [-1, 1], maybe with lines laid over it, as a PIL image."""
    strips = []
    for top in range(0, pixels.shape[1], STRIP):  # little memory for a large picture
        strip = pixels[:, top : top + STRIP]
        if lines is not None:
            strip = layers.lay_lines(strip, lines[:, top : top + STRIP])
        strips.append(images.to_uint8(strip)[0].numpy())
    return PIL.Image.fromarray(np.concatenate(strips))


def _lines_image(lines):
    """[1, H, W, 1] in [-1, 1] as black ink on nothing, a PIL RGBA image."""
    alpha = 255 - images.to_uint8(lines)[0].numpy()
    black = np.zeros_like(alpha)
    return PIL.Image.fromarray(np.concatenate([black, black, black, alpha], axis=-1))
