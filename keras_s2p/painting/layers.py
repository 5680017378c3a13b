"""Colour and lines of pictures of any size: spread one, lay the other over it.

The generator paints a small copy of a large sketch. Its colour is enlarged here so that
it ends at the lines of the full sketch, and those lines are laid over it, as dark as
they were painted. Core TensorFlow operations only, which also run inside an exported
graph.

Not in the paper: all of it; figure 2 paints 256 x 256 pixels.
"""

import functools

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting.areas import (
    average_areas,
    level_areas,
    spread,
    sum_column,
    sum_row,
)
from keras_s2p.painting.palette import match_palette
from keras_s2p.painting.paper import strengthen_ink

LINE_WIDTH = 5  # pixels of a level; a wider grey area is a tone, not a line
SPREAD_STEPS = 8  # pixels that colour travels at each level
SPREAD_PIXELS = 8_000_000  # a larger picture's last levels are enlarged plainly
PAPER_FLOOR = 5e-4  # what passes through a black line in one step
TRUST_FLOOR = 1e-4
EVEN_CELLS = ((2, 25),)  # of the working picture, averaged some 10 pixels far
EDGE_CONTRAST = 0.5  # of colours in [-1, 1]; a sharper change of colour is kept
AREA_FLOOR = 1e-6  # weight of a pixel on a line when the areas between are averaged
INK_WINDOW = 9  # pixels of the working picture in which the ink is equally dark
LEAST_INK = 0.5  # of the sketch's own; an artist's lines shall not vanish
BLUR = 1.1  # what the blur of a painted line hides of its ink
INK_PRIOR = 1e-3  # evidence for ink as dark as the sketch's; less than one faint line's


def lay_lines(colour, sketch):
    """Lays a sketch's lines over colour, as ink that darkens it.

    Args:
        colour: [B, H, W, 3] in [-1, 1].
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper.

    Returns:
        [B, H, W, 3] in [-1, 1].
    """
    return (colour + 1) * _brightness(sketch) - 1


def find_layers(painting, sketch, palette=None, colour=None):
    """Colour and lines of a painting, at the sketch's size.

    Args:
        painting: [B, h, w, 3] in [-1, 1], painted from a copy of the sketch.
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper.
        palette: of spread_colour.
        colour: [B, h, w, 3] in [-1, 1], what is spread; None is the painting's own.

    Returns:
        colour [B, H, W, 3] of spread_colour and lines [B, H, W, 1] of soften_lines,
        both in [-1, 1]; lay_lines puts them together.
    """
    strong = strengthen_ink(sketch)  # pale lines end an area as black ones do
    colour = painting if colour is None else colour
    colour = spread_colour(colour, strong, palette=palette)
    return colour, soften_lines(painting, sketch)


def soften_lines(painting, sketch):
    """A sketch with its lines only as dark as a painting has them.

    Painters seldom leave lines as black as they were drawn, and the generator has
    learnt where they are pale. The share of the ink that it painted is found around
    each pixel, between its painting and its colour without lines, by weighted sums.
    Tones and filled areas, where there is nothing to compare, stay as dark as they are.

    Args:
        painting: [B, h, w, 3] in [-1, 1], painted from a copy of the sketch.
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper.

    Returns:
        [B, H, W, 1] in [-1, 1], of at least LEAST_INK of the sketch's ink.
    """
    brightness = _brightness(images.resize(sketch, tf.shape(painting)[1:3]))
    # Without dark parts that are narrower than LINE_WIDTH.
    tone = -_lightest(-_lightest(brightness))
    paper = brightness / tf.maximum(tone, 0.05)
    colour = average_areas(painting, _passable(paper), LINE_WIDTH)
    drawn = (colour + 1) * (1 - paper)  # how much the lines as drawn would darken
    painted = colour - painting
    # The painting is blurred: some of a line's ink lies beside it.
    weight = tf.nn.avg_pool2d(drawn, 3, 1, "SAME")
    evidence = tf.stack([weight * painted, weight * drawn], axis=-1)
    evidence = tf.reduce_sum(evidence, axis=-2)  # over the channels
    for window in ([1, INK_WINDOW], [INK_WINDOW, 1]):
        evidence = tf.nn.avg_pool2d(evidence, window, 1, "SAME")
    evidence += INK_PRIOR
    share = BLUR * evidence[..., :1] / evidence[..., 1:]
    share = tf.clip_by_value(share, LEAST_INK, 1)
    share = tf.image.resize(share, tf.shape(sketch)[1:3])
    brightness = _brightness(sketch)
    tone = tf.maximum(tf.image.resize(tone, tf.shape(sketch)[1:3]), brightness)
    return 2 * (tone - share * (tone - brightness)) - 1


def spread_colour(painting, sketch, max_pixels: int = SPREAD_PIXELS, palette=None):
    """Takes the lines out of a painting and enlarges its colour to the sketch's size.

    First clouds and stains inside the lines are evened out, and the colours matched to
    a palette if one is given. Then, at each level, every one twice as large as the one
    before, pixels on and beside a line are filled from those that can be reached
    without crossing a line of the sketch at that level: averages of neighbours are
    taken again and again, and what enters a line fades. So colour ends at the lines,
    however coarse the painting was.

    Args:
        painting: [B, h, w, 3] in [-1, 1], painted from a copy of the sketch.
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper; it may also be the smaller one.
        max_pixels: the largest H * W of a level; beyond it colour is enlarged plainly.
        palette: [B, NUM_COLOURS, 4] of palette.find_palette, or None.

    Returns:
        [B, H, W, 3] in [-1, 1], the colour alone.
    """
    paper = find_paper(images.resize(sketch, tf.shape(painting)[1:3]))
    passable = tf.maximum(_passable(paper) * _evenness(painting), AREA_FLOOR)
    colour = level_areas(painting, passable, EVEN_CELLS)
    if palette is not None:
        colour = match_palette(colour, palette, passable)
    return enlarge(colour, sketch, max_pixels)


def enlarge(values, sketch, max_pixels: int = SPREAD_PIXELS):
    """Enlarges values to a sketch's size, so that they end at its lines.

    Args:
        values: [B, h, w, C]; those on and beside lines are replaced.
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper; it may also be the smaller one.
        max_pixels: of spread_colour.

    Returns:
        [B, H, W, C].
    """
    full = tf.shape(sketch)[1:3]
    # Shapes of the levels: full / 2^n, down to that of the values.
    scale = tf.reduce_max(full / tf.shape(values)[1:3])
    num_levels = tf.cast(tf.math.ceil(_log2(scale) - 1e-6), tf.int32)
    area = tf.reduce_prod(tf.cast(full, tf.float32))
    skipped = tf.cast(tf.math.ceil(_log2(area / max_pixels) / 2), tf.int32)
    skipped = tf.maximum(skipped, 0)
    num_levels = tf.maximum(num_levels, skipped)

    paper = find_paper(images.resize(sketch, tf.shape(values)[1:3]))
    trust = tf.maximum(paper**4, TRUST_FLOOR)
    values, trust = _fill(values, trust, paper)

    def double(level, values, trust):
        shape = -(-full // 2 ** (level - 1))
        weighted = tf.concat([values * trust, trust], axis=-1)
        weighted = tf.image.resize(weighted, shape)
        values, trust = weighted[..., :-1] / weighted[..., -1:], weighted[..., -1:]
        paper = find_paper(images.resize(sketch, shape))
        return level - 1, *_fill(values, trust, paper)

    any_size = [
        tf.TensorShape([None, None, None, channels])
        for channels in (values.shape[-1], 1)
    ]
    _, values, _ = tf.while_loop(
        lambda level, *_: level > skipped,
        double,
        (num_levels, values, trust),
        shape_invariants=(tf.TensorShape([]), *any_size),
    )
    return images.resize(values, full)


def _evenness(colour):
    """1 where colour hardly changes, towards 0 where it changes sharply.

    A generator trained for the mean of what is likely leaves soft clouds of several
    tints in one area; an artist's areas end at a line or at an edge.
    """
    blurred = tf.nn.avg_pool2d(colour, 3, 1, "SAME")
    lightest = tf.nn.max_pool2d(blurred, 3, 1, "SAME")
    darkest = -tf.nn.max_pool2d(-blurred, 3, 1, "SAME")
    contrast = tf.reduce_max(lightest - darkest, axis=-1, keepdims=True)
    return tf.exp(-((contrast / EDGE_CONTRAST) ** 2))


def _fill(values, trust, paper):
    """Refills pixels of little trust from those reached over paper.

    Returns:
        (values, trust) for the next level.
    """
    passes = tf.maximum(paper**8, PAPER_FLOOR)
    across, down = (
        passes / each(tf.ones_like(passes)) for each in (sum_row, sum_column)
    )
    start = tf.concat([values * trust, trust], axis=-1)
    x = spread(start, across, down, SPREAD_STEPS)
    x += 1e-9 * start  # deep inside black everything else fades to 0
    reached = x[..., -1:]
    filled = x[..., :-1] / reached
    values = filled + trust**2 * (values - filled)
    trust = paper**4 * tf.sqrt(tf.minimum(reached, 1.0))
    return values, tf.maximum(trust, TRUST_FLOOR)


def find_paper(sketch):
    """Where a sketch has no line.

    Args:
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper.

    Returns:
        [B, H, W, 1] in [0, 1]: 0 on lines, 1 on paper and inside a wide grey tone.
    """
    brightness = _brightness(sketch)
    return brightness / tf.maximum(_lightest(brightness), 0.05)


def _lightest(x):
    """The greatest of LINE_WIDTH x LINE_WIDTH pixels around each.

    In an eighth of max_pool2d's time.
    """
    height, width = tf.shape(x)[1], tf.shape(x)[2]
    around, window = LINE_WIDTH // 2, range(LINE_WIDTH)
    padding = [[0, 0], [around, around], [around, around], [0, 0]]
    x = tf.pad(x, padding, constant_values=x.dtype.min)
    x = functools.reduce(tf.maximum, [x[:, :, i : i + width] for i in window])
    return functools.reduce(tf.maximum, [x[:, i : i + height] for i in window])


def find_passable(sketch):
    """How far the areas on both sides of a pixel are one, for areas.level_areas.

    Args:
        sketch: [B, H, W, 1] in [-1, 1], 1 is paper.

    Returns:
        [B, H, W, 1] above 0, 1 on paper.
    """
    return _passable(find_paper(sketch))


def _passable(paper):
    """How far the areas on both sides of a pixel are one, for average_areas."""
    return tf.maximum(paper**16, AREA_FLOOR)


def _brightness(sketch):
    """[-1, 1] to [0, 1]."""
    return tf.clip_by_value((sketch + 1) / 2, 0, 1)


def _log2(x):
    return tf.math.log(tf.cast(x, tf.float32)) / tf.math.log(2.0)
