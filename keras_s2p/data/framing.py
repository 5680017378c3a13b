"""Drawings in the frame: figures of every size and place, on every ground.

Not in the paper: all of it. One example of records.py with its extracted sketches,
references and parts becomes sketch, painting and reference; nothing is extracted here.
"""

import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.common.config import GeneratorConfig
from keras_s2p.data import augment, new_colours, records

REFERENCE_SIZE = GeneratorConfig.hint_image_size
EYES = character.REGIONS.index("eyes")
WHOLE = 0.35  # share of sketches that show the whole figure
CLOSEST = 0.62  # of the short side: what the closest view shows
WIDEST = 1.5  # of the long side: what a view of a figure on paper shows
DRAWN = 0.5  # share of drawn lines, where there are some
GROUNDS = (0.5, 0.62, 0.85)  # white; nearly white; any colour; the rest dark
BUSY = 0.15  # share of references on a busy ground; the painting's is white then
RECOLOURED = 0.8  # share of drawings in new colours


def frame_example(serialized, number, pool, config, plain=False):
    """One training example.

    Args:
        serialized: scalar string of records.make_example.
        number: scalar int64, its place in the whole training; it seeds the choices.
        pool: of new_colours.random_colours.
        config: TrainConfig.
        plain: for validation: the whole drawing in its own colours on white, thin
            lines, and the first reference.

    Returns:
        sketch [S, S, 1], painting [S, S, 3] and reference [R, R, 3], float32 in
        [-1, 1], and eyes [S, S, 1] in [0, 1].
    """
    example = tf.io.parse_single_example(serialized, records.FEATURES)
    seeds = tf.random.experimental.stateless_split(
        tf.stack([tf.constant(config.seed, tf.int64), number]), 10
    )
    chance = tf.unstack(tf.random.stateless_uniform([8], seeds[0]))
    layers, on_paper = _read_layers(example, chance, plain)
    shape = tf.shape(layers)[:2]
    window = _whole_window(shape) if plain else _window(shape, on_paper, seeds[1])
    size = config.size
    flip = chance[2] < (0.0 if plain else 0.5)
    view = cut(layers, window, size, flip)
    own = tf.logical_or(
        tf.size(example["references"]) + tf.strings.length(example["reference"]) == 0,
        chance[3] < (0.0 if plain else 0.15),
    )
    reference = tf.cond(
        own,
        lambda: layers[..., :4],
        lambda: _read_reference(example, chance[4]),
    )
    box = tf.cast(tf.shape(reference)[:2], tf.float32)
    window = _reference_window(box, on_paper, seeds[2])
    if plain:
        window = tf.concat([[0.0, 0.0], box], 0)
    cover = 255 * tf.ones_like(reference[..., :1])
    reference = tf.concat([reference, cover], axis=-1)
    mirrored = tf.logical_and(own, plain)
    other = cut(reference, window, REFERENCE_SIZE, mirrored)

    pictures = [view["painting"], other["painting"]]
    if not plain:
        pictures = _recolour(pictures, example["parts"], pool, chance[5], seeds[3])
        pictures = augment.change_colours(*pictures, seeds[4], config.hue)
    ground, behind = _grounds(chance[6], plain, seeds[5])
    painting = _lay(pictures[0], view["figure"], ground)
    reference = _lay(pictures[1], other["figure"], behind)
    sketch = view["sketch"]
    if not plain:
        sketch = augment.dirty_sketch(sketch, seeds[6])
        reference = augment.warp_reference(reference, seeds[7])
    return {
        "sketch": tf.ensure_shape(sketch, [size, size, 1]),
        "painting": tf.ensure_shape(painting, [size, size, 3]),
        "reference": tf.ensure_shape(reference, [REFERENCE_SIZE] * 2 + [3]),
        "eyes": tf.ensure_shape(view["eyes"], [size, size, 1]),
    }


def _read_layers(example, chance, plain):
    """Painting, figure, eyes, sketch, cover as [H, W, 7] uint8; whether on paper."""
    painting = tf.io.decode_png(example["painting"], 3)
    full = 255 * tf.ones_like(painting[..., :1])
    on_paper = tf.strings.length(example["figure"]) > 0
    figure = tf.cond(
        on_paper, lambda: tf.io.decode_png(example["figure"], 1), lambda: full
    )
    eyes = tf.cond(
        tf.strings.length(example["regions"]) > 0,
        lambda: 255 * tf.cast(tf.io.decode_png(example["regions"], 1) == EYES, "uint8"),
        lambda: tf.zeros_like(full),
    )
    count = tf.size(example["sketches"])
    which = tf.cast(chance[0] * tf.cast(count, tf.float32), tf.int32)
    drawn = tf.strings.length(example["sketch"]) > 0
    drawn = tf.logical_and(drawn, chance[1] < (1.1 if plain else DRAWN))
    encoded = tf.cond(
        tf.logical_or(drawn, count == 0),
        lambda: example["sketch"],
        lambda: example["sketches"][which],
    )
    sketch = tf.io.decode_png(encoded, 1)
    return tf.concat([painting, figure, eyes, sketch, full], axis=-1), on_paper


def _read_reference(example, chance):
    """One of the references, [h, w, 4] uint8 with its figure."""
    count = tf.size(example["references"])

    def choose():
        which = tf.cast(chance * tf.cast(count, tf.float32), tf.int32)
        return tf.io.decode_png(example["references"][which], 4)

    return tf.cond(
        count > 0, choose, lambda: tf.io.decode_png(example["reference"], 4)
    )


def cut(layers, window, size, flip):
    """Cuts a window out of layers and shrinks it, antialiased.

    Args:
        layers: [H, W, C] uint8: painting (3), figure, whatever, cover, all 255.
        window: [4] float32: top, left, height, width in pixels; may reach outside.
        size: side of the result.
        flip: scalar bool, whether it is mirrored.

    Returns:
        dict: painting [S, S, 3] in [-1, 1]; figure, eyes [S, S, 1] in [0, 1], 0
        outside; sketch [S, S, 1] in [-1, 1], paper outside. Of five layers only the
        first two.
    """
    scale = tf.cast(size, tf.float32) / window[2:]
    view = tf.raw_ops.ScaleAndTranslate(
        images=layers[tf.newaxis],
        size=[size, size],
        scale=scale,
        translation=-window[:2] * scale,
        kernel_type="triangle",
        antialias=True,
    )[0]
    view = tf.cond(flip, lambda: tf.reverse(view, [1]), lambda: view) / 255.0
    cover = view[..., -1:]
    cut_out = {
        "painting": 2.0 * view[..., :3] / tf.maximum(cover, 1e-3) - 1.0,
        "figure": view[..., 3:4],
    }
    if layers.shape[-1] == 7:
        cut_out["eyes"] = view[..., 4:5]
        cut_out["sketch"] = 2.0 * (view[..., 5:6] + 1.0 - cover) - 1.0
    return cut_out


def _window(shape, on_paper, seed):
    """Where a sketch is seen: [4] float32. Without paper around it stays inside."""
    shape = tf.cast(shape, tf.float32)
    short, long = tf.reduce_min(shape), tf.reduce_max(shape)
    chance = tf.unstack(tf.random.stateless_uniform([4], seed))
    closest = CLOSEST * short
    side = closest * (long / closest) ** chance[1]
    whole = long * WIDEST ** (chance[1] ** 2)
    side = tf.where(chance[0] < WHOLE, whole, side)
    inside = closest * (short / closest) ** chance[1]
    side = tf.where(on_paper, side, inside)
    space = shape - side
    corner = space * tf.stack(chance[2:])
    return tf.concat([corner, [side, side]], axis=0)


def _whole_window(shape):
    """The square around the whole picture."""
    shape = tf.cast(shape, tf.float32)
    side = tf.reduce_max(shape)
    return tf.concat([(shape - side) / 2, [side, side]], axis=0)


def _reference_window(box, on_paper, seed):
    """Nearly all of a reference; on paper sometimes with margins."""
    chance = tf.random.stateless_uniform([4], seed)
    widest = tf.where(on_paper, 1.3, 1.0)
    sides = box * (0.85 + (widest - 0.85) * chance[:2])
    return tf.concat([(box - sides) * chance[2:], sides], axis=0)


def _recolour(pictures, parts, pool, chance, seed):
    """Both pictures with new colours, if their parts are known and chance wills."""
    change = tf.logical_and(tf.size(parts) > 0, chance < RECOLOURED)

    def recoloured():
        colours = new_colours.random_colours(parts, pool, seed)
        return [new_colours.recolour(picture, *colours) for picture in pictures]

    changed = tf.cond(change, recoloured, lambda: list(pictures))
    return [
        tf.ensure_shape(tf.clip_by_value(new, -1.0, 1.0), old.shape)
        for new, old in zip(changed, pictures)
    ]


def _grounds(chance, plain, seed):
    """The painting's ground [1, 1, 3] and the reference's, in [-1, 1]."""
    white = tf.ones([1, 1, 3])
    if plain:
        return white, white
    seeds = tf.random.experimental.stateless_split(seed, 3)
    numbers = tf.random.stateless_uniform([1, 1, 3], seeds[0], -1.0, 1.0)
    pale, dark = 0.85 + 0.15 * numbers, -0.8 + 0.2 * numbers
    edges = [(1.0 - BUSY) * edge for edge in GROUNDS]
    flat = tf.where(chance < edges[2], numbers, dark)
    flat = tf.where(chance < edges[1], pale, flat)
    flat = tf.where(chance < edges[0], white, flat)
    busy = chance > 1.0 - BUSY

    def patches():
        coarse = tf.random.stateless_uniform([6, 6, 3], seeds[1], -1.0, 1.0)
        return tf.image.resize(coarse, [REFERENCE_SIZE] * 2)

    ground = tf.where(busy, white, flat)
    return ground, tf.cond(busy, patches, lambda: flat)


def _lay(picture, figure, ground):
    """A figure on a ground."""
    return figure * picture + (1.0 - figure) * ground
