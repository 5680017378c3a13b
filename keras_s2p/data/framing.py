"""Drawings in the frame: of every size and place, on every ground, in new colours.

Not in the paper: all of it. Where make_dataset has put sketches, references and new
colours beside a picture (drawings.py), training searches for nothing: it cuts views
out, gives a drawing and its reference the same new colours and lays them on a ground.
"""

import tensorflow as tf

from keras_s2p.data import augment, recolouring, records

WHOLE = 0.35  # share of sketches that show the whole figure
CLOSEST = 0.62  # of the short side: what the closest view shows
WIDEST = 1.5  # of the long side: what a view of a figure on a ground shows at most
REFERENCE_SIDES = (0.85, 1.3)  # what a view of a reference shows; more than 1 on ground
RECOLOURED = 0.8  # share of drawings in new colours
# Shares of grounds: white, nearly white, any colour, dark. The rest is of many colours,
# which only a reference has; the painting's ground is white then.
GROUNDS = (0.42, 0.1, 0.2, 0.13)
PATCHES = 6  # a side, of a ground of many colours
LAYERS = {"painting": 3, "figure": 1, "eyes": 1, "ink": 1}  # name to channels


def prepare(example: dict, eyes, seeds, config, reference_size: int) -> dict:
    """Sketch, painting and reference, before what is done to all examples.

    Args:
        example: of records.parse_example, with sketches.
        eyes: [H, W, 1] uint8, 255 inside the irises.
        seeds: [7, 2] integers.
        config: TrainConfig.
        reference_size: R, side of the reference in pixels.

    Returns:
        sketch [S, S, 1], painting [S, S, 3] and reference [R, R, 3], float32 in
        [-1, 1], and eyes [S, S, 1] in [0, 1].
    """
    chance = tf.unstack(tf.random.stateless_uniform([5], seeds[0]))
    on_ground = tf.strings.length(example["figure"]) > 0
    sketch = _read_sketch(example, chance[0] < config.extracted_sketch, chance[1])
    layers = _stack_layers(example, eyes, sketch)
    shape = tf.shape(layers)[:2]
    view = cut(layers, _window(shape, on_ground, seeds[1]), config.size)
    view = augment.flip_and_rotate(_split(view), seeds[2])

    own = layers[..., :4]
    other = chance[2] < config.other_reference
    reference = tf.cond(
        tf.logical_and(other, _has_reference(example)),
        lambda: _read_reference(example, chance[3]),
        lambda: own,
    )
    window = _reference_window(tf.shape(reference)[:2], on_ground, seeds[3])
    reference = cut(reference, window, reference_size)

    paintings = _recolour(
        (view["painting"], reference[..., :3]), example, chance[4], seeds[4]
    )
    grounds = _random_grounds(reference_size, seeds[5])
    painting = _lay(paintings[0], view["figure"], grounds[0])
    reference = _lay(paintings[1], reference[..., 3:], grounds[1])
    return {
        "sketch": 1.0 - 2.0 * view["ink"],
        "painting": 2.0 * painting - 1.0,
        "reference": 2.0 * reference - 1.0,
        "eyes": view["eyes"],
    }


def prepare_plain(example: dict, size: int, reference_size: int) -> dict:
    """The whole drawing in its own colours on white, and its first reference.

    Returns:
        sketch, painting and reference as `prepare` gives them; drawn lines if there are
        any.
    """
    no_eyes = tf.zeros_like(example["painting"][..., :1])
    layers = _stack_layers(example, no_eyes, _read_sketch(example, False, 0.0))
    shape = tf.cast(tf.shape(layers)[:2], tf.float32)
    side = tf.reduce_max(shape)
    window = tf.concat([(shape - side) / 2, [side, side]], axis=0)
    view = _split(cut(layers, window, size))
    reference = tf.cond(
        _has_reference(example),
        lambda: _read_reference(example, 0.0),
        lambda: tf.reverse(layers[..., :4], [1]),
    )
    shape = tf.cast(tf.shape(reference)[:2], tf.float32)
    window = tf.concat([[0.0, 0.0], shape], axis=0)
    reference = cut(reference, window, reference_size)
    painting = _lay(view["painting"], view["figure"], 1.0)
    reference = _lay(reference[..., :3], reference[..., 3:], 1.0)
    return {
        "sketch": 1.0 - 2.0 * view["ink"],
        "painting": 2.0 * painting - 1.0,
        "reference": 2.0 * reference - 1.0,
    }


def cut(layers, window, size: int):
    """Cuts a window out of layers and shrinks it, antialiased, in one step.

    Args:
        layers: [H, W, C] uint8.
        window: [4] float32: top, left, height and width in pixels; may reach outside.
        size: S, side of the result in pixels.

    Returns:
        [S, S, C] float32 in [0, 1], 0 outside.
    """
    scale = float(size) / window[2:]
    view = tf.raw_ops.ScaleAndTranslate(
        images=layers[tf.newaxis],
        size=[size, size],
        scale=scale,
        translation=-window[:2] * scale,
        kernel_type="triangle",
        antialias=True,
    )[0]
    return tf.ensure_shape(view / 255.0, [size, size, layers.shape[-1]])


def _read_sketch(example, extracted, chance):
    """One of the extracted sketches [H, W, 1], or the drawn one if there is one."""
    number = chance * tf.cast(tf.size(example["sketches"]), tf.float32)
    return tf.cond(
        tf.logical_or(tf.size(example["sketch"]) == 0, extracted),
        lambda: records.decode_png(example["sketches"][tf.cast(number, tf.int32)], 1),
        lambda: example["sketch"],
    )


def _stack_layers(example, eyes, sketch):
    """LAYERS of an example: [H, W, 6] uint8."""
    painting = example["painting"]
    figure = tf.cond(
        tf.strings.length(example["figure"]) > 0,
        lambda: records.decode_png(example["figure"], 1),
        lambda: tf.fill(tf.shape(eyes), tf.constant(255, tf.uint8)),
    )
    return tf.concat([painting, figure, eyes, 255 - sketch], axis=-1)


def _split(view):
    """LAYERS of a view [S, S, 6] by name."""
    return dict(zip(LAYERS, tf.split(view, list(LAYERS.values()), axis=-1)))


def _has_reference(example):
    return tf.size(example["references"]) + tf.size(example["reference"]) > 0


def _read_reference(example, chance):
    """One of the references with its figure, [h, w, 4] uint8."""
    number = chance * tf.cast(tf.size(example["references"]), tf.float32)
    only = example["reference"]
    return tf.cond(
        tf.size(example["references"]) > 0,
        lambda: records.decode_png(example["references"][tf.cast(number, tf.int32)], 4),
        lambda: tf.pad(only, [[0, 0], [0, 0], [0, 1]], constant_values=255),
    )


def _window(shape, on_ground, seed):
    """Where a sketch is seen, for `cut`; without a ground it stays inside."""
    shape = tf.cast(shape, tf.float32)
    short, long = tf.reduce_min(shape), tf.reduce_max(shape)
    chance = tf.random.stateless_uniform([4], seed)
    closest = CLOSEST * short
    widest = tf.where(on_ground, long, short)
    side = closest * (widest / closest) ** chance[1]
    whole = tf.logical_and(on_ground, chance[0] < WHOLE)
    side = tf.where(whole, long * WIDEST ** (chance[1] ** 2), side)
    return tf.concat([(shape - side) * chance[2:], [side, side]], axis=0)


def _reference_window(shape, on_ground, seed):
    """Nearly all of a reference, on a ground sometimes with margins, for `cut`."""
    shape = tf.cast(shape, tf.float32)
    chance = tf.random.stateless_uniform([4], seed)
    low, high = REFERENCE_SIDES
    high = tf.where(on_ground, high, 1.0)
    sides = shape * (low + (high - low) * chance[:2])
    return tf.concat([(shape - sides) * chance[2:], sides], axis=0)


def _recolour(paintings, example, chance, seed):
    """Paintings [., ., 3] in [0, 1], most of them in one of the new palettes."""

    def change():
        palettes = records.decode_png(example["palettes"], 3)
        number = tf.random.stateless_uniform(
            [], seed, 1, tf.shape(palettes)[0], tf.int32
        )
        pixels = [tf.cast(255.0 * each + 0.5, tf.uint8) for each in paintings]
        changed = tf.numpy_function(
            _recolour_pixels,
            [palettes[0], palettes[number], *pixels],
            [tf.uint8] * len(pixels),
        )
        return [tf.cast(each, tf.float32) / 255.0 for each in changed]

    change_them = tf.strings.length(example["palettes"]) > 0
    change_them = tf.logical_and(change_them, chance < RECOLOURED)
    changed = tf.cond(change_them, change, lambda: list(paintings))
    return [tf.ensure_shape(new, old.shape) for new, old in zip(changed, paintings)]


def _recolour_pixels(parts, new_colours, *pictures):
    """numpy: each picture [., ., 3] uint8 with its parts in their new colours."""
    table = recolouring.make_map(parts, new_colours)
    return [recolouring.apply_map(picture, table) for picture in pictures]


def _random_grounds(reference_size, seed):
    """Grounds of the painting [1, 1, 3] and of the reference [., ., 3] in [0, 1]."""
    seeds = tf.random.experimental.stateless_split(seed, 3)
    colour = tf.random.stateless_uniform([1, 1, 3], seeds[0])
    white = tf.ones([1, 1, 3])
    flat = [white, 0.85 + 0.15 * colour, colour, 0.2 * colour]
    chance = tf.random.stateless_uniform([], seeds[1])
    edges = tf.cumsum(tf.constant(GROUNDS))
    kind = tf.reduce_sum(tf.cast(chance >= edges, tf.int32))
    ground = tf.stack([*flat, white])[kind]

    def many():
        patches = tf.random.stateless_uniform([PATCHES, PATCHES, 3], seeds[2])
        return tf.image.resize(patches, [reference_size] * 2)

    return ground, tf.cond(kind == len(flat), many, lambda: ground)


def _lay(painting, figure, ground):
    """A figure on a ground; all in [0, 1]."""
    return figure * painting + (1.0 - figure) * ground
