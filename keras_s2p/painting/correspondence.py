"""Colours carried from places of the reference to like places of the sketch.

The hint has no places, so the generator errs where an artist's way of drawing is new to
it. But the reference's own lines are known: the place encoder tells which of its places
are most like a place of the sketch, and what the generator painted there which of their
colours is likely; that counts more, the less sure the places are. Their mean colour is
taken, with its shade. What the reference has much of is expected often, so that no
place of it paints the whole sketch.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.common.place_drawings import EMBEDDING

SIDE = 48  # places of the reference a side
NUM_PLACES = SIDE**2
PLACE_VALUES = 2 * EMBEDDING + 4  # of find_places, after embed
DARKEST_PAPER, WHITEST_INK = 0.9, 0.5  # of a sketch's brightness
LEAST_PAPER = 0.01  # weight of a place that is all line; paper weighs 1
FINER = 2  # times as many places of a sketch as the place encoder gives, a side
# Of the logits of a reference's places. More takes fewer places into the mean:
DECISIVENESS = 60.0  # times the cosine of two embeddings
# Trust in what the generator painted, times the squared distance from it: little where
# like places have like colours, much where they have any, as when another character is
# the reference.
TRUST_SURE, TRUST_UNSURE = 1.0, 5.0
UNSURE = 0.06  # of find_doubt; half-way between both
UNSURE_RANGE = 0.005
# Each place of the reference is given as much as it covers: nearly, for a sketch may
# show another part of the figure than the reference.
BALANCE = 0.7  # of what is taken too often or too seldom, put right in a round
BALANCE_ROUNDS = 3
MOST_BALANCE = 400.0  # times as likely; a place that is surely like stays so
GROUND_REACH = 0.03  # squared distance of colours in [-1, 1] that are one ground
LEAST_GROUND = 0.25  # of the border; a reference with less of one colour has no ground


def embed(place_encoder, drawing):
    """The embeddings of a drawing and, mirrored, of its mirror image.

    Args:
        place_encoder: keras.Model of build_place_encoder, or it as a graph.
        drawing: [B, H, W, 5] of places.stack_drawing; H, W multiples of 32.

    Returns:
        [B, H/4, W/4, 2 EMBEDDING] float32 of length 1.
    """
    mirrored = place_encoder(tf.reverse(drawing, [2]))
    seen = [place_encoder(drawing), tf.reverse(mirrored, [2])]
    return tf.concat([normalise(each) for each in seen], axis=-1) / 2**0.5


def normalise(embeddings):
    """Embeddings of length 1."""
    return tf.math.l2_normalize(embeddings, axis=-1)


def find_places(painting, sketch, embeddings, shape=(SIDE, SIDE)):
    """The places of a drawing whose colours are known.

    Args:
        painting: [B, H, W, 3] in [-1, 1].
        sketch: [B, H, W, 1] in [-1, 1], its lines; 1 is paper.
        embeddings: [B, h, w, E] of length 1.
        shape: (rows, columns) of the places.

    Returns:
        [B, rows * columns, E + 4]: the embedding of each place, its colour in [-1, 1]
        without the lines, and its weight in (0, 1 + LEAST_PAPER].
    """
    brightness = (sketch + 1) / 2
    paper = (brightness - WHITEST_INK) / (DARKEST_PAPER - WHITEST_INK)
    paper = tf.clip_by_value(paper, 0, 1) + LEAST_PAPER
    weights = images.resize(paper, shape)
    colours = images.resize(paper * painting, shape) / weights
    embeddings = images.resize(embeddings, shape)
    return _flatten(tf.concat([embeddings, colours, weights], axis=-1))


def carry_colours(painting, embeddings, places):
    """Gives each place the colours of the reference's places that are like it.

    Args:
        painting: [B, H, W, 3] in [-1, 1], of the generator.
        embeddings: [B, h, w, E] of embed, of the sketch.
        places: [B, N, E + 4] of find_places, of the reference; all 0 changes nothing.

    Returns:
        [B, H, W, 3] in [-1, 1].
    """
    shape = FINER * tf.shape(embeddings)[1:3]
    embeddings = normalise(tf.image.resize(embeddings, shape))
    guess = images.resize(painting, shape)
    logits = compare_places(_flatten(embeddings), places)
    unsure = tf.sigmoid((find_doubt(logits, places) - UNSURE) / UNSURE_RANGE)
    trust = TRUST_SURE + (TRUST_UNSURE - TRUST_SURE) * unsure
    logits -= trust * find_squares(_flatten(guess), places[..., -4:-1])
    likeness = tf.exp(logits - tf.reduce_max(logits, axis=-1, keepdims=True))
    factors = balance_places(likeness, places)
    carried = tf.matmul(likeness, factors * places[..., -4:-1])
    carried /= tf.matmul(likeness, factors)
    carried = tf.reshape(carried, tf.shape(guess))
    carried = tf.image.resize(carried, tf.shape(painting)[1:3])
    given = tf.cast(tf.reduce_any(places > 0, axis=[1, 2]), tf.float32)
    given = given[:, tf.newaxis, tf.newaxis, tf.newaxis]
    return given * carried + (1 - given) * painting


def compare_places(embeddings, places, decisiveness=DECISIVENESS):
    """How likely each of a reference's places is the like of a place of a sketch.

    Args:
        embeddings: [B, N, E] of length 1.
        places: [B, M, E + 4] of find_places.
        decisiveness: a number; more takes fewer places.

    Returns:
        [B, N, M] logits; their softmax is how much of each place is taken.
    """
    theirs = places[..., :-4]
    logits = decisiveness * tf.matmul(embeddings, theirs, transpose_b=True)
    return logits + _log_weights(places)[:, tf.newaxis]


def find_doubt(logits, places):
    """How far the colours of a reference's like places differ, whole sketch on average.

    Where one place of the sketch is like many of one colour, the reference tells its
    colour; where these have many colours, it does not. Of the figure's places alone.

    Args:
        logits: [B, N, M] of compare_places.
        places: [B, M, E + 4] of find_places, with M = NUM_PLACES.

    Returns:
        [B, 1, 1]: the mean variance of colours in [-1, 1] that are like a place, over
        the standard deviation of all colours of the figure.
    """
    shares = tf.nn.softmax(logits)
    colours = places[..., -4:-1]
    figure = 1 - find_ground(places)
    mean = tf.matmul(shares, colours)
    variance = tf.reduce_sum(tf.matmul(shares, colours**2) - mean**2, -1, keepdims=True)
    among = _weighted_mean(variance, tf.matmul(shares, figure))
    squares = (colours - _weighted_mean(colours, figure)) ** 2
    whole = tf.reduce_sum(_weighted_mean(squares, figure), axis=-1, keepdims=True)
    return tf.math.divide_no_nan(among, tf.sqrt(whole))


def _weighted_mean(values, weights):
    """Over axis 1 of [B, N, C] and [B, N, 1]: [B, 1, C]; 0 without any weight."""
    return tf.math.divide_no_nan(
        tf.reduce_sum(weights * values, axis=1, keepdims=True),
        tf.reduce_sum(weights, axis=1, keepdims=True),
    )


def balance_places(likeness, places):
    """Factors for a reference's places: what too few places take becomes likelier.

    Sinkhorn and Knopp's iteration (1967), but for a few rounds, with a part of each
    correction and a bound to all of them, and among the figure's places alone: how much
    ground there is around a figure tells nothing of another one.

    Args:
        likeness: [B, N, M] above 0, of places of a sketch and of the reference; it is
            shared in each row.
        places: [B, M, E + 4] of find_places, with M = NUM_PLACES.

    Returns:
        [B, M, 1] within MOST_BALANCE of 1, up and down; 1 for the ground.
    """
    figure = 1 - find_ground(places)
    there = figure * tf.nn.softmax(_log_weights(places))[..., tf.newaxis]
    there = tf.math.divide_no_nan(there, tf.reduce_sum(there, axis=1, keepdims=True))
    factors = tf.ones_like(there)
    for _ in range(BALANCE_ROUNDS):
        given = 1 / tf.matmul(likeness, factors)
        taken = factors * tf.matmul(likeness, given, transpose_a=True)
        wanted = there * tf.reduce_sum(figure * taken, axis=1, keepdims=True)
        change = (wanted / tf.maximum(taken, 1e-9)) ** BALANCE
        factors *= figure * change + 1 - figure
        factors = tf.clip_by_value(factors, 1 / MOST_BALANCE, MOST_BALANCE)
    return factors


def find_ground(places):
    """Which of a reference's places have the colour that most of its border has.

    Args:
        places: [B, NUM_PLACES, E + 4] of find_places.

    Returns:
        [B, NUM_PLACES, 1] float32, 1 or 0; 0 everywhere without LEAST_GROUND.
    """
    colours = places[..., -4:-1]
    grid = tf.reshape(colours, [-1, SIDE, SIDE, 3])
    sides = [grid[:, 0], grid[:, -1], grid[:, :, 0], grid[:, :, -1]]
    border = tf.concat(sides, axis=1)
    alike = find_squares(border, border) < GROUND_REACH
    shares = tf.reduce_mean(tf.cast(alike, tf.float32), axis=-1)
    ground = tf.gather(border, tf.argmax(shares, axis=1), batch_dims=1)
    squares = tf.reduce_sum((colours - ground[:, tf.newaxis]) ** 2, axis=-1)
    held = tf.reduce_max(shares, axis=1)[:, tf.newaxis] >= LEAST_GROUND
    return tf.cast((squares < GROUND_REACH) & held, tf.float32)[..., tf.newaxis]


def _log_weights(places):
    """[B, M] of [B, M, E + 4]."""
    return tf.math.log(tf.maximum(places[..., -1], LEAST_PAPER))


def find_squares(one, other):
    """Squared distances of [B, N, C] and [B, M, C]: [B, N, M]."""
    products = tf.matmul(one, other, transpose_b=True)
    squares = tf.reduce_sum(one**2, -1)[..., tf.newaxis] - 2 * products
    return squares + tf.reduce_sum(other**2, -1)[:, tf.newaxis]


def _flatten(values):
    """[B, H, W, C] to [B, H * W, C]."""
    shape = tf.shape(values)
    return tf.reshape(values, [shape[0], shape[1] * shape[2], values.shape[-1]])
