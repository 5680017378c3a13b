"""What an example is made of: a painting of a folder or a manifest, two characters."""

import numpy as np

from keras_s2p.characters import character, palettes
from keras_s2p.common import images, picture_files
from keras_s2p.data import dataset_plan, drawings, records
from keras_s2p.data.looks import ALL_LOOKS

MAX_ASPECT = 2  # a longer side is cropped at both ends
ASPECT_TOLERANCE = 0.02  # by which drawn lines may differ in shape from the painting


def painting_example(item, size: int):
    """Source and serialized example of a picture.

    Args:
        item: dataset_plan.Item. If it is of a manifest, margins are cut off, and it
            gets sketches, references and new colours.
        size: pixels of the short side.

    Raises:
        ImageError: the picture or its lines can not be read or are unfit.
        ValueError: another one of its group is not what it was.
    """
    painting = picture_files.read_painting(item.path)
    height, width = painting.shape[:2]
    least = -(-size // 4)
    if min(height, width) < least:
        raise picture_files.ImageError(
            f"{item.path}: only {width} x {height} pixels; at least {least} x {least} "
            f"are needed for --size {size}"
        )
    sketch = _read_sketch(item, painting) if item.line else None
    if item.others is None:
        painting = images.fit_short_side(_crop(painting), size)
        if sketch is not None:
            sketch = images.resize_uint8(_crop(sketch), painting.shape[:2])
        example = records.make_example(painting, item.file, item.source, sketch)
        return item.source, example

    box = drawings.find_box(painting)
    painting = _fit_box(item.path, painting, box, size)
    if sketch is not None:
        sketch = images.resize_uint8(
            _fit_box(item.line, sketch, box, size), painting.shape[:2]
        )
    rng = _random(item.key)
    order = rng.permutation(len(item.others))[: drawings.MAX_OTHERS]
    others = list(_read_others(item, order, size))
    described = drawings.describe_drawing(painting, others, rng)
    example = records.make_example(
        painting, item.file, item.source, sketch, **described
    )
    return item.source, example


def _read_sketch(item, painting):
    """The drawn lines of a picture, of its proportions."""
    sketch = picture_files.read_sketch(item.line)
    aspects = [x.shape[1] / x.shape[0] for x in (sketch, painting)]
    if abs(aspects[0] / aspects[1] - 1) > ASPECT_TOLERANCE:
        raise picture_files.ImageError(
            f"{item.path}: its drawn lines {item.line} have other proportions"
        )
    return sketch


def _fit_box(path, pixels, box, size):
    """As drawings.fit_box, of the pixels of a file that errors name."""
    try:
        return drawings.fit_box(pixels, box, size)
    except ValueError as error:
        raise picture_files.ImageError(f"{path}: {error}") from None


def _crop(pixels):
    """Cuts the ends of a long side to at most MAX_ASPECT times the short one."""
    limit = MAX_ASPECT * min(pixels.shape[:2])
    top, left = (max(0, length - limit) // 2 for length in pixels.shape[:2])
    return pixels[top : top + limit, left : left + limit]


def _read_others(item, order, size):
    """The other pictures of a group that can be read; each is named at its own turn."""
    for number in order:
        path, fitted = item.others[number], None
        try:
            pixels = picture_files.read_painting(path)
            fitted = _fit_box(path, pixels, drawings.find_box(pixels), size)
        except picture_files.ImageError as error:
            if picture_files.NO_MEMORY in str(error):
                raise
        dataset_plan.check_other(path, item.other_keys[number])
        if fitted is not None:
            yield fitted


def character_examples(items, size: int):
    """Source and serialized example of each character of a shard.

    The reference is another character that shows the same colours, painted in them.

    Args:
        items: list of dataset_plan.Item.
        size: pixels a side.
    """
    for key in (item.key for item in items):
        drawing = character.draw_character(_seed(key), size)
        partner_key = dataset_plan.hash_text(f"partner of {key}")
        other = character.draw_partner(drawing, _seed(partner_key), size)
        rng = _random(key)
        palette = palettes.random_palette(rng)
        painting = drawing.paint(palette)
        looks = [list(ALL_LOOKS)[rng.integers(len(ALL_LOOKS))]]
        example = records.make_example(
            painting,
            f"character {key[:16]}",
            "characters",
            sketch=drawing.sketch(),
            reference=other.paint(palette),
            regions=drawing.regions,
            labels=[drawing.labels[name] for name in character.LABEL_SIZES],
            sketches=drawings.extract_sketches(painting, looks, rng),
        )
        yield "characters", example


def _random(key):
    """A source of chance that follows from an item's key alone."""
    return np.random.default_rng(_seed(dataset_plan.hash_text(key)))


def _seed(key):
    return int(key[:12], 16)
