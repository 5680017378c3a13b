"""Colour hints: the artist's dots and strokes give areas the colours that they have.

A hint colours the area between the lines that it lies in, and small pieces near it that
are painted alike, such as the strands of a head of hair. Where an area has several they
share it, each more the nearer it is. What the painting had of shading is kept.

Core TensorFlow operations only, which also run inside an exported graph.

Not in the paper: all of it. Colour hints are no part of the global style hint.
"""

import functools

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting import layers
from keras_s2p.painting.area_colours import AreaColours, find_area_colours, shade
from keras_s2p.painting.closed_areas import count, find_areas, shift_around
from keras_s2p.painting.oklab import to_oklab
from keras_s2p.painting.paper import strengthen_ink

SHORT_SIDE = 512  # pixels, at most, of the picture that areas are found in
MAX_PIXELS = 1_000_000  # of that picture
LEAST_PAPER = 0.85  # of find_paper; what is darker is a line
LEAST_HINT = 1e-3  # of opacity; less is nothing
BRUSH = 10  # pixels; strokes of twice that width are measured
CORE = 0.5  # of a stroke's depth; what is less deep may have spilled over a line
ALIKE = 0.05  # distance of OKLab; what is nearer is of one colour
PAPER = 0.05  # such a distance from white, within which being alike tells nothing
SLIVER = 50  # pixels of a piece that is part of a doubled line, whatever its colour
BORDER = 0.4  # of a piece's outline; so much borders on the area that it follows
FOLLOWING = 3  # rounds, in which pieces follow others
PIECE = 0.05  # of a hinted area's size, at most, of what follows it
FADING = 24  # pixels in which one of several hints in an area fades by e
SHARING = ((8, 80), (4, 24), (2, 8), (1, 2))  # pixels of a cell, and rounds
SAME = 1e-4  # variance of an area's hints, of colours in [-1, 1]; less is one colour
BLANK = (0.96, 0.99)  # the darkest channel of a hint that shades, and that is paper


def to_hints(pixels):
    """[H, W, 4] uint8, RGBA, as the hints of apply_hints."""
    # Channel by channel, here and below: it takes a third of the memory.
    *colour, opacity = (pixels[..., i] for i in range(4))
    colour = [images.to_float(each) for each in colour]
    return tf.stack([*colour, tf.cast(opacity, tf.float32) / 255], -1)[tf.newaxis]


def apply_hints(colour, sketch, hints, rest=None, piece: float = PIECE):
    """Gives areas the colours of hints.

    Args:
        colour: [1, H, W, 3] in [-1, 1], without lines, of layers.spread_colour.
        sketch: [1, H, W, 1] in [-1, 1] on white paper, 1 is paper.
        hints: [1, H, W, 4], a wanted colour in [-1, 1] and its opacity in [0, 1], 0
            almost everywhere. Pure white leaves an area blank. [1, 0, 0, 4] is none.
        rest: [1, H, W, 3], what is left where no hint reaches; None: the colour itself.
        piece: the largest share of a hinted area's size that an area may have that is
            coloured with it, for it is near and painted alike; 0: none is.

    Returns:
        [1, H, W, 3] in [-1, 1].
    """
    rest = colour if rest is None else rest
    return tf.cond(
        tf.reduce_any(hints[..., 3] > LEAST_HINT),
        lambda: _apply(colour, sketch, hints, rest, piece),
        lambda: rest,
    )


def _apply(colour, sketch, hints, rest, piece):
    sketch = strengthen_ink(sketch)
    shape = working_shape(tf.shape(sketch)[1:3])
    wanted = [hints[..., i : i + 1] * hints[..., 3:] for i in range(3)]
    wanted = [images.resize(each, shape)[0] for each in (*wanted, hints[..., 3:])]
    wanted = tf.concat(wanted, axis=-1)
    small = images.resize(colour, shape)[0]
    paper = layers.find_paper(images.resize(sketch, shape))[0, ..., 0]
    free = paper > LEAST_PAPER
    oklab = to_oklab(small)
    areas = find_areas(free, oklab)

    wanted *= _find_core(wanted[..., 3:], free[..., tf.newaxis])
    found = find_area_colours(areas, small, oklab, paper, wanted)
    given, share = _follow(areas, found, piece)
    target = _share(areas, wanted, found, given)
    blank = _rise(tf.reduce_min(target, axis=-1, keepdims=True), *BLANK)
    shaded = shade(target, small, areas, found)
    new = blank * target + (1 - blank) * shaded
    share = tf.gather(share, areas)[..., tf.newaxis]

    def enlarge():
        weighted = tf.concat([share * new, share], axis=-1)[tf.newaxis]
        weighted = layers.enlarge(weighted, sketch)
        left = 1 - weighted[..., 3]
        blended = [weighted[..., i] + left * rest[..., i] for i in range(3)]
        return tf.stack(blended, axis=-1)

    return tf.cond(
        tf.reduce_all(shape == tf.shape(sketch)[1:3]),
        lambda: share * new + (1 - share) * rest,
        enlarge,
    )


def working_shape(shape):
    """(H, W) of at most SHORT_SIDE and MAX_PIXELS, of the proportions of `shape`."""
    sides = tf.cast(shape, tf.float32)
    scale = tf.minimum(
        SHORT_SIDE / tf.reduce_min(sides), (MAX_PIXELS / tf.reduce_prod(sides)) ** 0.5
    )
    scale = tf.minimum(scale, 1.0)
    return tf.maximum(tf.cast(tf.round(sides * scale), tf.int32), 1)


def _find_core(opacity, free):
    """1 in the middle of dots and strokes, 0 elsewhere: [H, W, 1].

    A stroke along a line spills over it somewhere, without its middle doing so. What
    lies on a line counts only where no other part of the hint is near.
    """
    around = tf.nn.max_pool2d(opacity[tf.newaxis], 5, 1, "SAME")[0]
    drawn = tf.cast(opacity > tf.maximum(0.5 * around, LEAST_HINT), tf.float32)
    depth = left = drawn
    for _ in range(BRUSH - 1):
        left = functools.reduce(tf.minimum, [left, *shift_around(left)])
        depth += left
    core = drawn * tf.cast(depth > CORE * _find_most(depth), tf.float32)
    beside = core * tf.cast(free, tf.float32)
    return tf.where(_find_most(beside) > 0, beside, core)


def _find_most(values):
    """The greatest of the values [H, W, C] within BRUSH pixels."""
    for window in ([2 * BRUSH + 1, 1], [1, 2 * BRUSH + 1]):
        values = tf.nn.max_pool2d(values[tf.newaxis], window, 1, "SAME")[0]
    return values


def _follow(areas, found: AreaColours, piece):
    """Which areas are coloured, and in what colour.

    Returns:
        colours [K, 3] that the areas are given, and whether they are: [K], 1 or 0.
    """
    hinted = found.hints[:, 3] > 0
    numbers = tf.cast(tf.where(hinted)[:, 0], tf.int32)  # [S]
    own = tf.gather(found.oklab, numbers)
    alike = tf.norm(found.oklab[:, tf.newaxis] - own, axis=-1) < ALIKE  # [K, S]
    white = tf.norm(found.oklab - [1.0, 0.0, 0.0], axis=-1)
    alike &= ((white > PAPER) | (found.sizes <= SLIVER))[:, tf.newaxis]
    largest = piece * tf.gather(found.sizes, numbers)
    alike &= found.sizes[:, tf.newaxis] <= largest
    leader = tf.cast(hinted, tf.int32) * tf.cumsum(tf.cast(hinted, tf.int32))  # 1 to S
    for _ in range(FOLLOWING):
        border = tf.where(alike, _find_borders(areas, leader, tf.size(numbers)), 0.0)
        # With a column for no leader: of a sketch without an area there is no other.
        best = tf.argmax(tf.pad(border, [[0, 0], [1, 0]]), axis=1, output_type=tf.int32)
        follows = (leader == 0) & (tf.reduce_max(border, axis=1) > BORDER)
        leader = tf.where(follows, best, leader)
    colours = tf.gather(found.hints[:, :3], numbers)
    colours = tf.gather(tf.pad(colours, [[1, 0], [0, 0]]), leader)
    return colours, tf.cast(leader > 0, tf.float32)


@tf.function(  # traced once for all its uses, which saves a second
    input_signature=[
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([], tf.int32),
    ],
    autograph=False,
)
def _find_borders(areas, leader, num_leaders):
    """The share of each area's outline that borders on areas of each leader: [K, S]."""
    outline = 0.0
    around = shift_around(areas), shift_around(tf.gather(leader, areas))
    for area, leads in zip(*around):
        edge = tf.cast((area != areas) & (area > 0), tf.float32)
        places = areas * (num_leaders + 1) + leads
        outline += count(places, tf.size(leader) * (num_leaders + 1), edge)
    outline = tf.reshape(outline, [-1, num_leaders + 1])
    whole = tf.reduce_sum(outline, axis=1, keepdims=True)
    return tf.math.divide_no_nan(outline[:, 1:], whole)


def _share(areas, wanted, found: AreaColours, given):
    """The colour that each pixel is given: [H, W, 3].

    An area with hints of several colours has each more the nearer it is on the way
    inside the area, by exp(-distance / FADING).
    """
    several = tf.cast(found.variance > SAME, tf.float32)
    plain = tf.gather(given, areas)

    def fade():
        sources = wanted * tf.gather(several, areas)[..., tf.newaxis]
        reached = tf.zeros_like(sources)
        for cell, rounds in SHARING:
            reached = _spread_hints(areas, sources, reached, cell, rounds)
        weight = reached[..., 3:]
        return tf.where(weight > 0, reached[..., :3] / weight, plain)

    return tf.cond(tf.reduce_any(several > 0), fade, lambda: plain)


@tf.function(
    input_signature=[
        tf.TensorSpec([None, None], tf.int32),
        *[tf.TensorSpec([None, None, 4])] * 2,
        *[tf.TensorSpec([], tf.int32)] * 2,
    ],
    autograph=False,
)
def _spread_hints(areas, sources, reached, cell, rounds):
    """Spreads hints inside areas, from cell to cell of one area.

    Rounds of Jacobi's method for a diffusion in which what spreads is lost by and by,
    begun with what was found with larger cells.
    """
    shape = tf.shape(areas)
    missing = -shape % cell
    padding = [[0, missing[0]], [0, missing[1]]]

    def split(x):
        """[H, W, C] to cells [h, w, cell * cell, C]."""
        x = tf.pad(x, padding + [[0, 0]])
        h, w, channels = tf.shape(x)[0] // cell, tf.shape(x)[1] // cell, x.shape[-1]
        x = tf.reshape(x, [h, cell, w, cell, channels])
        return tf.reshape(tf.transpose(x, [0, 2, 1, 3, 4]), [h, w, cell**2, channels])

    # The one area of a cell; of several, that of a hint.
    pixels = split(areas[..., tf.newaxis])
    source = split(sources)
    hinted = tf.reduce_max(tf.where(source[..., 3:] > 0, pixels, 0), axis=2)
    alone = tf.reduce_min(pixels, axis=2)
    alone = tf.where(alone == tf.reduce_max(pixels, axis=2), alone, 0)
    owner = tf.where(hinted > 0, hinted, alone)  # [h, w, 1]
    mine = tf.cast(pixels == owner[:, :, tf.newaxis], tf.float32)
    source = tf.reduce_sum(source * mine, axis=2)
    values = tf.reduce_mean(split(reached) * mine, axis=2)
    same = [
        tf.cast((each == owner) & (owner > 0), tf.float32)
        for each in shift_around(owner)
    ]
    loss = tf.add_n(same) + (tf.cast(cell, tf.float32) / FADING) ** 2

    def step(values):
        around = [x * y for x, y in zip(same, shift_around(values))]
        return [tf.add_n([source, *around]) / loss]

    (values,) = tf.while_loop(lambda _: True, step, [values], maximum_iterations=rounds)
    for axis in (0, 1):
        values, owner = (tf.repeat(x, cell, axis) for x in (values, owner))
    inside = owner[: shape[0], : shape[1]] == areas[..., tf.newaxis]
    return tf.where(inside, values[: shape[0], : shape[1]], reached)


def _rise(values, low, high):
    """0 up to `low`, 1 from `high` on."""
    return tf.clip_by_value((values - low) / (high - low), 0, 1)
