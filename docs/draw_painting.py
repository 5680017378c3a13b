"""Draws the pictures of painting: correspondence, palette, enlarging.

Example: python docs/draw_painting.py
"""

import functools
import pathlib

import numpy as np
import tensorflow as tf

from keras_s2p import Painter
from keras_s2p.common import contact_sheets, images, picture_files
from keras_s2p.data.sketch import extract_sketch
from keras_s2p.painting import layers, stages

FOLDER = pathlib.Path(__file__).parent
EXAMPLES = FOLDER.parent / "examples"
SKETCH = str(EXAMPLES / "sketches" / "yuki.png")
REFERENCE = str(EXAMPLES / "references" / "blossom.png")
CELL = 240  # pixels
CROP = (slice(150, 310), slice(170, 330))  # of the sketch, to show enlarging


def main():
    """Writes correspondence.jpg, palette.jpg and enlarging.jpg."""
    painter = Painter()
    generate = functools.partial(stages.generate, painter.generator, size=painter.size)
    embed = functools.partial(stages.embed, painter.place_encoder)
    style = painter.style(REFERENCE)
    reference = picture_files.read_painting(REFERENCE)
    sketch = stages.whiten(picture_files.read_sketch(SKETCH))
    alone, colour = stages.paint_small(generate, embed, sketch, style, painter.size)
    painting = painter.paint(SKETCH, style)
    painting = images.to_float(np.asarray(painting))[tf.newaxis]
    drawn = draw_correspondence(reference, alone, colour, painting)
    write("correspondence", drawn)
    write("palette", draw_palette(reference, style, colour, sketch))
    write("enlarging", draw_enlarging(alone, colour, style, sketch))


def draw_correspondence(reference, alone, colour, painting):
    """Reference and its lines; the generator's painting, what is carried, the end."""
    view = stages.view_reference(reference)[:1]
    lines = extract_sketch(view[0])[tf.newaxis]
    return [view, lines, alone, colour, painting]


def draw_palette(reference, style, colour, sketch):
    """Reference, its palette, a sketch's colour without and with it."""
    colours = style.palette[0, style.palette[0, :, 3] > 0, :3]
    swatches = np.resize(colours, (6, 6, 3))[np.newaxis]
    without = layers.spread_colour(colour, sketch)
    matched = layers.spread_colour(colour, sketch, palette=style.palette)
    view = stages.view_reference(reference)[:1]
    return [view, np.kron(swatches, np.ones((1, 16, 16, 1))), without, matched]


def draw_enlarging(painting, colour, style, sketch):
    """A corner of the small painting, enlarged plainly, and up to the lines."""
    full = sketch.shape[1:3]
    near = tf.image.resize(painting, full, method="nearest")
    plain = images.resize(painting, full)
    found = layers.find_layers(painting, sketch, style.palette, colour)
    ours = layers.lay_lines(*found)
    return [picture[:, CROP[0], CROP[1]] for picture in (near, plain, ours)]


def write(name, pictures):
    """Writes pictures [1, H, W, C] in [-1, 1] side by side."""
    row = [images.to_uint8(picture)[0].numpy() for picture in pictures]
    sheet = contact_sheets.contact_sheet([row], CELL)
    picture_files.write_image(str(FOLDER / f"{name}.jpg"), sheet)


if __name__ == "__main__":
    main()
