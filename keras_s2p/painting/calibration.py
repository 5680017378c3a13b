"""What a painting of the reference itself gets wrong, taken off a sketch's painting.

The reference is a picture whose right colours are known: its lines are extracted and
painted after its own hint, and what the painting lacks there it will lack at like
places of the sketch. Places are alike if the generator's features are; the lack is
carried over by Gaussian process regression (Rasmussen and Williams 2006, equation
2.25), which says nothing about a place unlike any of the reference's.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.common import images

SIDE = 32  # places of the reference a side
NUM_PLACES = SIDE**2
LIKENESS = 0.3  # length scale; the features of a place have length 1
NOISE = 0.3  # variance of what a place lacks by chance, over that of what it lacks
LEAST_PAPER = 0.02  # weight of a place that is all line; paper weighs 1


def normalise_features(features):
    """Features of several levels, each of length 1, as one of length 1.

    Args:
        features: list of [B, H, W, C], of the same H and W.

    Returns:
        [B, H, W, all C].
    """
    units = [tf.math.l2_normalize(each, axis=-1, epsilon=1e-6) for each in features]
    return tf.concat(units, axis=-1) / len(units) ** 0.5


def find_calibration(reference, sketch, painting, features):
    """What a painting of the reference's lines lacks, by place.

    Args:
        reference: [B, h, w, 3] in [-1, 1].
        sketch: [B, h, w, 1] in [-1, 1], its lines; 1 is paper.
        painting: [B, H, W, 3] in [-1, 1], painted from those lines after the
            reference's hint.
        features: [B, H', W', F], of normalise_features.

    Returns:
        [B, NUM_PLACES, F + 3]: the features of the places, and what each contributes
        to red, green and blue at a place just like it.
    """
    shape = (SIDE, SIDE)
    lack = images.resize(reference, shape) - images.resize(painting, shape)
    paper = (images.resize(sketch, shape) + 1) / 2
    weight = tf.maximum(_places(paper), LEAST_PAPER) ** 2
    places = _places(images.resize(features, shape))
    noise = tf.linalg.diag(NOISE / weight[..., 0])
    root = tf.linalg.cholesky(_likeness(places, places) + noise)
    shares = tf.linalg.cholesky_solve(root, _places(lack))
    return tf.concat([places, shares], axis=-1)


def calibrate(painting, features, calibration):
    """Adds to a painting what it lacks.

    Args:
        painting: [B, H, W, 3] in [-1, 1].
        features: [B, H', W', F], of normalise_features, of the same pass.
        calibration: [B, N, F + 3] of find_calibration; all 0 changes nothing.

    Returns:
        [B, H, W, 3] in [-1, 1].
    """
    places, shares = calibration[..., :-3], calibration[..., -3:]
    shape = tf.shape(features)
    lack = tf.matmul(_likeness(_places(features), places), shares)
    lack = tf.reshape(lack, [shape[0], shape[1], shape[2], 3])
    lack = tf.image.resize(lack, tf.shape(painting)[1:3])
    return tf.clip_by_value(painting + lack, -1, 1)


def _likeness(one, other):
    """[B, N, F] and [B, M, F] of length 1 to [B, N, M] in (0, 1]."""
    return tf.exp((tf.matmul(one, other, transpose_b=True) - 1) / LIKENESS**2)


def _places(values):
    """[B, H, W, C] to [B, H * W, C]."""
    shape = tf.shape(values)
    return tf.reshape(values, [shape[0], shape[1] * shape[2], values.shape[-1]])
