"""The stages of painting: whiten, cut, generate, calibrate, mix, put back, compose.

Core TensorFlow operations only. Painter calls them, and the exported module traces
them, so that both paint the same.
"""

import tensorflow as tf

from keras_s2p.common import graph_margins, images
from keras_s2p.data.sketch import extract_sketch
from keras_s2p.painting import calibration, frame, layers, palette, paper
from keras_s2p.painting.style import Style

REFERENCE_SIZE = 256  # pixels, (H, W) alike, before the hint encoder's own resizing
PASSES = ((5 / 6, False), (7 / 6, True))  # times the working size; mirrored or not
FEATURE_STRIDE = 4  # pixels of the working picture, between features
LONGEST = 4  # times the working size, the long side of a working picture


def shrink_reference(reference):
    """[H, W, 3] uint8 to the hint encoder's [1, 256, 256, 3] in [-1, 1].

    Margins of one colour are cut off, so that its figure fills what V sees.
    """
    reference = tf.ensure_shape(reference, [None, None, 3])
    pixels = images.to_float(graph_margins.cut_margins(reference))[tf.newaxis]
    return images.resize(pixels, (REFERENCE_SIZE, REFERENCE_SIZE))


def encode(hint_encoder, reference):
    """The global style hint: V(reference), averaged with that of its mirror image.

    Not in the paper: which side a colour is on says nothing; a mean errs less.

    Args:
        hint_encoder: keras.Model of build_hint_encoder.
        reference: [B, 256, 256, 3] in [-1, 1].

    Returns:
        [B, hint_size] float32.
    """
    both = tf.concat([reference, tf.reverse(reference, [2])], axis=0)
    hints = tf.split(hint_encoder(both, training=False), 2)
    return (hints[0] + hints[1]) / 2


def find_style(hint_encoder, generate, reference) -> Style:
    """All that one reference gives.

    Args:
        hint_encoder: keras.Model of build_hint_encoder.
        generate: function of (sketch, hint) as `generate` is, less the rest.
        reference: [1, 256, 256, 3] in [-1, 1].

    Returns:
        Style of tensors.
    """
    hint = encode(hint_encoder, reference)
    lines = extract_sketch(reference[0])[tf.newaxis]
    found = calibration.find_calibration(reference, lines, *generate(lines, hint))
    return Style(hint, palette.find_palette(reference), found)


def whiten(sketch):
    """[H, W, 1] uint8 to [1, H, W, 1] in [-1, 1] on white paper."""
    return paper.whiten_paper(sketch)[tf.newaxis]


def generate(network, sketch, hint, size: int):
    """The mean of two paintings, a small one and a larger one of the mirror image.

    Not in the paper: where they differ it is by chance, and their mean errs less. Each
    is stretched to sides of whole SIZE_MULTIPLEs, since the generator loses its way in
    a picture with a padded edge.

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
    for scale, mirrored in PASSES:
        small = images.round_to_multiple(working_shape(full, round(scale * size)))
        small = images.resize(sketch, small)
        axes = [2] if mirrored else []
        inputs = {"sketch": tf.reverse(small, axes), "hint": hint}
        outputs = network(inputs, training=False)
        painting += images.resize(tf.reverse(outputs["painting"], axes), shape)
        levels = [images.resize(each, places) for each in outputs["features"]]
        features += tf.reverse(calibration.normalise_features(levels), axes)
    return painting / len(PASSES), features / len(PASSES)


def paint_small(generate, sketch, style: Style, strength, size: int):
    """Cuts, generates, calibrates, mixes and puts back: the painting, before enlarging.

    Args:
        generate: function of (sketch, hint) as `generate` is, less the rest.
        sketch: [1, H, W, 1] in [-1, 1].
        style: of tensors, of one reference.
        strength: scalar in [0, 1], from the network's own colours to the style's. Two
            paintings are mixed, since the generator standardises its hint: a weaker
            hint of the same direction would change nothing.
        size: of working_shape.

    Returns:
        [1, h, w, 3] in [-1, 1], of the proportions of the sketch.
    """
    figure, box = frame.cut_figure(paper.strengthen_ink(sketch))
    painting, features = generate(figure, style.hint)
    painting = calibration.calibrate(painting, features, style.calibration)

    def mix():
        own, _ = generate(figure, tf.zeros_like(style.hint))
        return strength * painting + (1 - strength) * own

    mixed = tf.cond(tf.constant(1.0) > strength, mix, lambda: painting)
    return frame.put_back(mixed, box, tf.shape(sketch)[1:3], size)


def compose(painting, sketch, palette, strength):
    """Colour [1, H, W, 3] and lines [1, H, W, 1] at the sketch's size, in [-1, 1].

    The arguments are those of layers.find_layers.
    """
    return layers.find_layers(painting, sketch, palette, strength)


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
