"""The stages of painting: whiten, cut, generate, carry, put back, compose, finish.

Core TensorFlow operations only. Painter calls them, and the exported module traces
them, so that both paint the same.
"""

import tensorflow as tf

from keras_s2p.common import graph_margins, images, place_drawings
from keras_s2p.data.sketch import extract_sketch
from keras_s2p.painting import correspondence, frame, layers, palette, paper
from keras_s2p.painting.colour_hints import apply_hints
from keras_s2p.painting.strength import fade
from keras_s2p.painting.style import Style

REFERENCE_SIZE = 256  # pixels, (H, W) alike, before the hint encoder's own resizing
UPPER = 1.15  # of the width, how high the second view of a reference is
PASSES = ((5 / 6, False), (7 / 6, True))  # times the working size; mirrored or not
LONGEST = 4  # times the working size, the long side of a working picture


def view_reference(reference):
    """What V sees of a reference: the whole figure, and its upper part.

    Margins of one colour are cut off. Not in the paper: a whole body leaves few pixels
    for its head; a view that is UPPER times as high as wide shows it larger.

    Args:
        reference: [H, W, 3] uint8.

    Returns:
        [2, 256, 256, 3] in [-1, 1]; a picture that is not tall has two equal views.
    """
    return _view_figure(_cut_reference(reference))


def _cut_reference(reference):
    """[H, W, 3] uint8 without its margins."""
    return graph_margins.cut_margins(tf.ensure_shape(reference, [None, None, 3]))


def _view_figure(figure):
    """The views of view_reference, of a reference without margins."""
    shape = tf.shape(figure)
    upper = tf.cast(tf.round(UPPER * tf.cast(shape[1], tf.float32)), tf.int32)
    views = [
        images.resize(images.to_float(view)[tf.newaxis], (REFERENCE_SIZE,) * 2)
        for view in (figure, figure[: tf.minimum(upper, shape[0])])
    ]
    return tf.concat(views, axis=0)


def encode(hint_encoder, views):
    """The global style hint: V of the views and of their mirror images, averaged.

    Not in the paper: which side a colour is on says nothing; a mean errs less.

    Args:
        hint_encoder: keras.Model of build_hint_encoder.
        views: [N, 256, 256, 3] in [-1, 1], of one reference.

    Returns:
        [1, hint_size] float32.
    """
    both = tf.concat([views, tf.reverse(views, [2])], axis=0)
    hints = hint_encoder(both, training=False)
    return tf.reduce_mean(hints, axis=0, keepdims=True)


def find_style(hint_encoder, embed, reference) -> Style:
    """All that one reference gives.

    Args:
        hint_encoder: keras.Model of build_hint_encoder.
        embed: function of (sketch, colours, known) as `embed` is, less the rest; None
            knows no places.
        reference: [H, W, 3] uint8.

    Returns:
        Style of tensors.
    """
    figure = _cut_reference(reference)
    views = _view_figure(figure)
    found = tf.zeros([1, correspondence.NUM_PLACES, correspondence.PLACE_VALUES])
    if embed is not None:
        shape = working_shape(tf.shape(figure)[:2], REFERENCE_SIZE)
        figure = images.resize(images.to_float(figure)[tf.newaxis], shape)
        lines = extract_sketch(figure[0])[tf.newaxis]
        embeddings = embed(lines, figure, True)
        found = correspondence.find_places(figure, lines, embeddings)
    return Style(encode(hint_encoder, views), palette.find_palette(views[:1]), found)


def embed(place_encoder, sketch, colours, known):
    """The embeddings of a drawing, at the place encoder's own size.

    Args:
        place_encoder: keras.Model of build_place_encoder.
        sketch: [B, H, W, 1] in [-1, 1].
        colours: [B, h, w, 3] in [-1, 1].
        known: of place_drawings.stack_drawing.

    Returns:
        [B, h', w', E] float32, of correspondence.embed.
    """
    shape = working_shape(tf.shape(sketch)[1:3], place_drawings.SIZE)
    shape = images.round_to_multiple(shape)
    drawing = [images.resize(each, shape) for each in (sketch, colours)]
    return correspondence.embed(
        place_encoder, place_drawings.stack_drawing(*drawing, known)
    )


def whiten(sketch):
    """[H, W, 1] uint8 to [1, H, W, 1] in [-1, 1] on white paper."""
    return paper.whiten_paper(sketch)[tf.newaxis]


def generate(network, sketch, hint, size: int):
    """The mean of two paintings, a small one and a larger one of the mirror image.

    Not in the paper: where they differ it is by chance, and their mean errs less. Each
    is stretched to sides of whole SIZE_MULTIPLEs, since the generator loses its way in
    a picture with a padded edge.

    Args:
        network: keras.Model of build_generator.
        sketch: [B, H, W, 1] in [-1, 1], of any size.
        hint: [B, hint_size] float32.
        size: of working_shape.

    Returns:
        painting [B, h, w, 3] in [-1, 1], of that shape.
    """
    full = tf.shape(sketch)[1:3]
    shape = working_shape(full, size)
    painting = 0.0
    for scale, mirrored in PASSES:
        small = images.round_to_multiple(working_shape(full, round(scale * size)))
        small = images.resize(sketch, small)
        axes = [2] if mirrored else []
        inputs = {"sketch": tf.reverse(small, axes), "hint": hint}
        painted = network(inputs, training=False)["painting"]
        painting += images.resize(tf.reverse(painted, axes), shape)
    return painting / len(PASSES)


def paint_small(generate, embed, sketch, style: Style, size: int):
    """Cuts, generates, carries and puts back: the painting, before it is enlarged.

    Args:
        generate: function of (sketch, hint) as `generate` is, less the rest.
        embed: of find_style.
        sketch: [1, H, W, 1] in [-1, 1].
        style: of tensors, of one reference.
        size: of working_shape.

    Returns:
        painting [1, h, w, 3] in [-1, 1], of the proportions of the sketch, and colour
        of the same shape: without lines, where it is carried over.
    """
    figure, box = frame.cut_figure(paper.strengthen_ink(sketch))
    colour = painting = generate(figure, style.hint)
    if embed is not None:
        embeddings = embed(figure, painting, False)
        colour = correspondence.carry_colours(painting, embeddings, style.places)
    both = tf.concat([painting, colour], axis=-1)
    return tf.split(frame.put_back(both, box, tf.shape(sketch)[1:3], size), 2, axis=-1)


def compose(painting, colour, sketch, palette, strength, hints=None):
    """Colour and lines at the sketch's size.

    Args:
        painting: [1, h, w, 3] in [-1, 1], of paint_small.
        colour: [1, h, w, 3] in [-1, 1], of paint_small.
        sketch: [1, H, W, 1] in [-1, 1].
        palette: [1, NUM_COLOURS, 4] of palette.find_palette.
        strength: of `finish`.
        hints: of `finish`.

    Returns:
        colour [1, H, W, 3] and lines [1, H, W, 1] in [-1, 1].
    """
    colour, lines = layers.find_layers(painting, sketch, palette, colour)
    return finish(colour, sketch, strength, hints), lines


def finish(colour, sketch, strength, hints=None):
    """Fades a painting's colour by the strength, and lays colour hints on.

    These keep their full strength, for they are the artist's own.

    Args:
        colour: [1, H, W, 3] in [-1, 1], without lines.
        sketch: [1, H, W, 1] in [-1, 1].
        strength: scalar in [0, 1], of strength.fade.
        hints: of colour_hints.to_hints, or None.

    Returns:
        [1, H, W, 3] in [-1, 1].
    """
    faded = fade(colour, strength)
    return faded if hints is None else apply_hints(colour, sketch, hints, faded)


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
