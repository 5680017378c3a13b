"""Paper: scans, tinted or grainy paper and uneven light become white paper.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it.
"""

import tensorflow as tf

from keras_s2p.common import images

PAPER_PERCENTILE = 0.9  # of a sketch's pixels; most are paper
COARSEST_GRAIN = 16  # of 255, between the middle grey and the darkest quarter
GRAIN_REACH = 4.0  # times that: 2.7 standard deviations of normal greys
DARKEST_PAPER = 128  # of 255; a sketch darker than that is no drawing on paper
LIGHT_CELLS = 32  # cells a side in which uneven light is measured
LIGHT_WINDOW = 9  # cells a side; somewhere in it is paper
BLACK_SHARE = 0.75  # of the pixels of white lines on black, at least, are the ground
EVEN_BLACK = 24  # of 255, how far the greys of that ground are apart
LEAST_CONTRAST = 80  # of 255, between that ground and its lines
INK_PERCENTILE = 0.005  # of a sketch's pixels; the darkest of them are full ink
DARK_INK = 0.6  # darkness, of 1, that full ink has at least
PALEST_INK = 0.15  # paler ink is strengthened as if it were this dark
DEEPEST_SHADE = 0.4  # of the paper's brightness; what is darker is ink


def whiten_paper(sketch):
    """Stretches the greys of a sketch so that its paper becomes white.

    Scans, grainy or tinted paper and photographs in uneven light thus look like the
    sketches of the training. Ink is left as dark as it is, relative to the paper around
    it. White lines on black become black lines on white; any other dark picture is left
    alone.

    Args:
        sketch: [H, W, 1] uint8, 0 ink to 255 paper.

    Returns:
        [H, W, 1] float32 in [-1, 1].
    """
    sketch = _upright(tf.cast(sketch, tf.float32))
    (paper,) = _percentiles(sketch, [PAPER_PERCENTILE])
    pixels = tf.minimum(sketch / tf.maximum(paper, DARKEST_PAPER), 1.0)
    is_drawing = paper >= DARKEST_PAPER
    pixels = tf.cond(is_drawing, lambda: _clear_paper(pixels), lambda: pixels)
    return images.to_float(255 * pixels)


def strengthen_ink(sketch):
    """Makes pale lines as dark as those of the training, where all of them are pale.

    Args:
        sketch: [B, H, W, 1] in [-1, 1] on white paper.

    Returns:
        [B, H, W, 1] in [-1, 1]; the sketch itself where its ink is dark enough.
    """
    ink = (1 - tf.clip_by_value(sketch, -1, 1)) / 2
    (darkest,) = _percentiles(255 * (1 - ink), [INK_PERCENTILE])
    factor = DARK_INK / tf.maximum(1 - darkest / 255, PALEST_INK)
    return tf.where(factor > 1, 1 - 2 * tf.minimum(factor * ink, 1.0), sketch)


def _upright(sketch):
    """[H, W, 1] in [0, 255]; its negative if it is of light lines on even black."""
    shares = [1 - BLACK_SHARE, BLACK_SHARE, 1 - INK_PERCENTILE]
    lower, ground, lines = _percentiles(sketch, shares)
    black = (ground < DARKEST_PAPER / 2) & (ground - lower < EVEN_BLACK)
    return tf.where(black & (lines - ground > LEAST_CONTRAST), 255 - sketch, sketch)


def _clear_paper(pixels):
    """Takes uneven light and grain away: [H, W, 1] in [0, 1] to the same."""
    pixels = tf.minimum(pixels / _light(pixels), 1.0)
    return tf.minimum(255 * pixels / _darkest_grain(255 * pixels), 1.0)


def _percentiles(greys, shares):
    """Greys, float32, that these shares of greys in [0, 255] are no lighter than."""
    greys = tf.cast(tf.round(tf.reshape(greys, [-1])), tf.int32)
    counted = tf.cumsum(tf.math.bincount(greys, minlength=256)) / tf.size(greys)
    found = tf.searchsorted(counted, tf.constant(shares, counted.dtype))
    return tf.unstack(tf.cast(found, tf.float32))


def _darkest_grain(pixels):
    """The grey of the darkest grain of the paper, which is most of [H, W, 1] greys.

    Three quarters of a drawing are hardly darker than its middle grey, unless the paper
    is grainy; if they are by far, there is not much paper.
    """
    middle, dark = _percentiles(pixels, [0.5, 0.25])
    grain = middle - dark
    grain = tf.where(grain <= COARSEST_GRAIN, grain, 0.0)
    return tf.maximum(middle - GRAIN_REACH * grain, DARKEST_PAPER)


def _light(pixels):
    """How bright the paper is around each pixel: [H, W, 1] in [0, 1] to the same."""
    cells = tf.image.resize(pixels, [LIGHT_CELLS] * 2, method="area")[tf.newaxis]
    paper = tf.nn.max_pool2d(cells, LIGHT_WINDOW, 1, "SAME")
    paper = -tf.nn.max_pool2d(-paper, LIGHT_WINDOW, 1, "SAME")  # a slope stays one
    paper = tf.nn.avg_pool2d(paper, LIGHT_WINDOW, 1, "SAME")
    light = tf.image.resize(paper, tf.shape(pixels)[:2])[0]
    return tf.clip_by_value(light, DEEPEST_SHADE, 1.0)
