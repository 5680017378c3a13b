"""What an example is made of: a painting of a folder, or two drawn characters."""

import os

import numpy as np

from keras_s2p.characters import character, palettes
from keras_s2p.common import images
from keras_s2p.data import dataset_plan, records

MAX_ASPECT = 2  # a longer side is cropped at both ends
ASPECT_TOLERANCE = 0.02  # by which drawn lines may differ in shape from the painting


def painting_example(item, size):
    """Source and serialized example of a picture. Raises ImageError if it is unfit."""
    painting = images.read_painting(item.path)
    height, width = painting.shape[:2]
    least = -(-size // 4)
    if min(height, width) < least:
        raise images.ImageError(
            f"{item.path}: only {width} x {height} pixels; at least {least} x {least} "
            f"are needed for --size {size}"
        )
    fitted = images.fit_short_side(_crop(painting), size)
    sketch = None
    if item.line:
        sketch = images.read_sketch(item.line)
        aspect = sketch.shape[1] / sketch.shape[0]
        if abs(aspect * height / width - 1) > ASPECT_TOLERANCE:
            raise images.ImageError(
                f"{item.path}: its drawn lines {item.line} have other proportions"
            )
        sketch = images.resize_uint8(_crop(sketch), fitted.shape[:2])
    folders = item.file.split(os.sep)[:-1]
    source = folders[0] if folders else "paintings"
    return source, records.make_example(fitted, item.file, source, sketch)


def _crop(pixels):
    """Cuts the ends of a long side to at most MAX_ASPECT times the short one."""
    limit = MAX_ASPECT * min(pixels.shape[:2])
    top, left = (max(0, length - limit) // 2 for length in pixels.shape[:2])
    return pixels[top : top + limit, left : left + limit]


def character_examples(items, size):
    """Source and serialized example of each character of a shard.

    The reference is another character that shows the same colours, painted in them.
    """
    for key in (item.key for item in items):
        drawing = character.draw_character(_seed(key), size)
        partner_key = dataset_plan.hash_text(f"partner of {key}")
        other = character.draw_partner(drawing, _seed(partner_key), size)
        colours = np.random.default_rng(_seed(dataset_plan.hash_text(key)))
        palette = palettes.random_palette(colours)
        example = records.make_example(
            drawing.paint(palette),
            f"character {key[:16]}",
            "characters",
            sketch=drawing.sketch(),
            reference=other.paint(palette),
            regions=drawing.regions,
            labels=[drawing.labels[name] for name in character.LABEL_SIZES],
        )
        yield "characters", example


def _seed(key):
    return int(key[:12], 16)
