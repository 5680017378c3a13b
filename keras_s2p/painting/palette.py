"""The palette of a reference, and a painting's colours matched to it.

The hint says roughly which colour goes where; the generator, trained for the mean of
what is likely, paints it a little too grey or too bright. The reference itself has the
exact colours, so each colour of the painting is drawn to the nearest of them. Areas
decide together: where one colour fades into another, no third one that happens to lie
between them gets a band of its own.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.painting.areas import level_areas

NUM_COLOURS = 64
LEVELS = 16  # of red, green and blue, by which like colours are counted together
MIN_SHARE = 0.005  # of the reference's flat pixels; rarer colours are blends at edges
FLAT_CONTRAST = 0.3  # between neighbours, of colours in [-1, 1]; more is an edge
NEAR = 0.1  # a colour this near weighs exp(-1/2), of colours in [-1, 1]
REACH = 0.42  # at this distance a colour of the palette weighs as the painting's own
DECISIVENESS = 3  # exponent of the averaged votes; more leaves less between two colours


def find_palette(reference):
    """The colours that cover flat areas of a reference.

    Args:
        reference: [B, H, W, 3] in [-1, 1].

    Returns:
        [B, NUM_COLOURS, 4] float32: red, green and blue in [-1, 1], and 1 for a colour
        or 0 for an unused place; the colours come first, by their share.
    """
    darkest = -tf.nn.max_pool2d(-reference, 3, 1, "SAME")
    contrast = tf.norm(tf.nn.max_pool2d(reference, 3, 1, "SAME") - darkest, axis=-1)
    flatness = tf.exp(-((contrast / FLAT_CONTRAST) ** 2))
    return tf.map_fn(
        _count_colours,
        tf.concat([reference, flatness[..., tf.newaxis]], axis=-1),
        fn_output_signature=tf.TensorSpec([NUM_COLOURS, 4], tf.float32),
    )


def _count_colours(weighted_pixels):
    """[H, W, 4], colours and weights, to the palette of one reference."""
    pixels, weights = tf.split(tf.reshape(weighted_pixels, [-1, 4]), [3, 1], axis=-1)
    levels = tf.cast((pixels + 1) / 2 * LEVELS, tf.int32)
    levels = tf.clip_by_value(levels, 0, LEVELS - 1)
    cells = tf.tensordot(levels, [LEVELS**2, LEVELS, 1], 1)
    weighted = tf.concat([weights * pixels, weights], axis=-1)
    sums = tf.math.unsorted_segment_sum(weighted, cells, LEVELS**3)
    _, chosen = tf.math.top_k(sums[:, 3], NUM_COLOURS)
    sums, counts = tf.split(tf.gather(sums, chosen), [3, 1], axis=-1)
    used = counts >= MIN_SHARE * tf.reduce_sum(weights)
    colours = tf.math.divide_no_nan(sums, counts)
    return tf.concat([colours, tf.cast(used, tf.float32)], axis=-1)


def match_palette(colour, palette, passable=None):
    """Draws each colour to those of a palette that are near; a distant one stays.

    Each pixel divides its vote between the palette's colours and staying as it is. The
    votes of an area are averaged before they count; what stays becomes the area's mean.

    Args:
        colour: [B, H, W, 3] in [-1, 1].
        palette: [B, NUM_COLOURS, 4] of find_palette; all 0 changes nothing.
        passable: [B, H, W, 1] above 0, how freely votes pass a pixel: little on the
            lines that end an area. None: each pixel decides alone.

    Returns:
        [B, H, W, 3] in [-1, 1].
    """
    num_colours = tf.reduce_max(tf.math.count_nonzero(palette[..., 3], axis=1))
    colours, used = tf.split(palette[:, :num_colours], [3, 1], axis=-1)
    # Squared distances, by |a - b|^2 = |a|^2 - 2 ab + |b|^2 without a fifth axis.
    products = tf.einsum("bhwc,bnc->bhwn", colour, colours)
    squares = tf.reduce_sum(colours**2, axis=-1)[:, tf.newaxis, tf.newaxis]
    distances = tf.reduce_sum(colour**2, -1, keepdims=True) - 2 * products + squares
    votes = used[:, tf.newaxis, tf.newaxis, :, 0] * _nearness(distances)
    staying = tf.fill(tf.shape(colour[..., :1]), _nearness(REACH**2))
    votes = _share(tf.concat([votes, staying], axis=-1))
    settled = colour
    if passable is not None:
        levelled = level_areas(tf.concat([votes, colour], axis=-1), passable)
        votes, settled = levelled[..., :-3], levelled[..., -3:]
        votes = _share(votes**DECISIVENESS)
    matched = tf.einsum("bhwn,bnc->bhwc", votes[..., :-1], colours)
    matched += votes[..., -1:] * settled
    given = tf.reduce_max(palette[..., 3], axis=1)[:, None, None, None]
    return colour + given * (matched - colour)


def _share(votes):
    """Votes [..., N], divided by their sum."""
    return votes / tf.reduce_sum(votes, axis=-1, keepdims=True)


def _nearness(squared_distance):
    return tf.exp(-squared_distance / (2 * NEAR**2))
