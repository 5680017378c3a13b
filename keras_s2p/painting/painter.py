"""Painter: a sketch and a reference in, a painting of the sketch's size out.

Example:
    from keras_s2p.painting.painter import Painter
    Painter().paint("sketch.png", "reference.png").save("painting.png")
"""

import functools
import numbers
import os

import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.common.config import SIZE
from keras_s2p.common.place_drawings import CHANNELS
from keras_s2p.networks.places import load_place_encoder
from keras_s2p.networks.weights import DEFAULT, load_networks
from keras_s2p.painting import colour_hints, kept, stages
from keras_s2p.painting import layers as layering
from keras_s2p.painting.base_painter import BasePainter, Layers
from keras_s2p.painting.palette import NUM_COLOURS
from keras_s2p.painting.style import Style, part_shapes

MIN_WORKING_SIZE, MAX_WORKING_SIZE = 32, 2048  # the most takes 6 GB
STRIP = 1_000_000  # pixels at a time


class Painter(BasePainter):
    """Paints with networks, which are loaded once; BasePainter says how to call it.

    Args:
        weights: folder of a release or of a run; None is the release that ships.
        size: side in pixels of a square as the generator paints it; None is the
            working_size of its config. See stages.working_shape.
        vgg_weights: for the `imagenet` hint encoder, "imagenet" or Keras's file.
        generator, hint_encoder: keras.Models to use instead of the folder's, both or
            none; see build_generator and build_hint_encoder.
        place_encoder: of build_place_encoder, beside them; without it no colours are
            carried from the reference's places.
        keep: how many paintings are kept, of those asked for last, as they are before
            strength and hints: another hint is then painted in a fraction of the time.

    Raises:
        ValueError: the weights are missing, damaged or of another network, or the size
            is none that it can paint at.
    """

    def __init__(
        self,
        weights=None,
        size=None,
        vgg_weights: str = "imagenet",
        generator=None,
        hint_encoder=None,
        place_encoder=None,
        keep: int = 0,
    ):
        if generator is None or hint_encoder is None:
            folder = os.fspath(weights or DEFAULT)
            config, generator, hint_encoder = load_networks(folder, vgg_weights)
            place_encoder = load_place_encoder(folder)
            size = size or config.working_size
        self.size = size or SIZE
        if not isinstance(self.size, numbers.Integral):
            raise ValueError(f"size: must be a whole number, not {size!r}")
        if not MIN_WORKING_SIZE <= self.size <= MAX_WORKING_SIZE:
            limits = f"{MIN_WORKING_SIZE} and {MAX_WORKING_SIZE}"
            raise ValueError(f"size: must be between {limits}, not {size}")
        self.generator = generator
        self.hint_encoder = hint_encoder
        self.hint_size = hint_encoder.output_shape[-1]
        self.place_encoder = place_encoder
        self._kept = kept.Kept(keep)
        # As graphs: a third of the time. The networks are traced once for all uses.
        network = tf.function(self.generator, autograph=False)
        generate = functools.partial(stages.generate, network, size=self.size)
        embed = place_encoder and _make_embed(place_encoder)

        def paint_small(sketch, style):
            sketch = stages.whiten(sketch)
            return *stages.paint_small(
                generate, embed, sketch, style, self.size
            ), sketch

        specs = [tf.TensorSpec([1, *shape]) for shape in part_shapes(self.hint_size)]
        self._paint_small = tf.function(
            paint_small,
            input_signature=[tf.TensorSpec([None, None, 1], tf.uint8), Style(*specs)],
            autograph=False,
        )
        self._find_style = tf.function(
            functools.partial(stages.find_style, hint_encoder, embed),
            input_signature=[tf.TensorSpec([None, None, 3], tf.uint8)],
            autograph=False,
        )

    def share_kept(self, other):
        """Keeps paintings together with another Painter of the same networks.

        Args:
            other: Painter; as many are kept of both as it keeps.
        """
        self._kept = other._kept

    def networks(self):
        """The networks that paint, keras.Models."""
        networks = self.generator, self.hint_encoder, self.place_encoder
        return [network for network in networks if network is not None]

    def _encode(self, reference):
        return stages.encode(self.hint_encoder, stages.view_reference(reference))

    def _paint(self, sketch, style, strength, layers, hints):
        if self._kept.most:
            key = kept.make_key(sketch, *style, np.array(self.size))
            made = self._kept.take(key, lambda: self._compose(sketch, style, 1.0))
            colour, lines, sketch = made
            if hints is None:
                colour = stages.finish(colour, sketch, strength)
            else:
                hints = colour_hints.to_hints(hints)
                colour = finish(colour, sketch, strength, hints)
        elif hints is None:
            colour, lines, _ = self._compose(sketch, style, strength)
        else:  # not as a graph, which takes ten seconds to begin with
            colour, lines, sketch = self._compose(sketch, style, 1.0)
            hints = colour_hints.to_hints(hints)
            colour = stages.finish(colour, sketch, strength, hints)
        painted = _to_image(colour, lines)
        if not layers:
            return painted
        return Layers(painted, _to_image(colour), _lines_image(lines))

    def _compose(self, sketch, style, strength):
        """Colour and lines of stages.compose, and the sketch on white paper."""
        style = Style(*map(tf.constant, style))
        painting, colour, sketch = self._paint_small(sketch, style)
        return *compose(painting, colour, sketch, style.palette, strength), sketch


def _make_embed(place_encoder):
    """The function of stages.find_style."""
    spec = tf.TensorSpec([None, None, None, CHANNELS])
    graph = tf.function(place_encoder, input_signature=[spec], autograph=False)
    return functools.partial(stages.embed, graph)


# As a graph, which takes a third of the time; a palette of zeros matches nothing.
compose = tf.function(
    stages.compose,
    input_signature=[
        *[tf.TensorSpec([None, None, None, 3])] * 2,
        tf.TensorSpec([None, None, None, 1]),
        tf.TensorSpec([None, NUM_COLOURS, 4]),
        tf.TensorSpec([]),
    ],
    autograph=False,  # it has no loops of Python's, and converting takes seconds
)
# As a graph, which takes half of the time but ten seconds to begin with.
finish = tf.function(
    stages.finish,
    input_signature=[
        tf.TensorSpec([None, None, None, 3]),
        tf.TensorSpec([None, None, None, 1]),
        tf.TensorSpec([]),
        tf.TensorSpec([None, None, None, 4]),
    ],
    autograph=False,
)


def _to_image(pixels, lines=None):
    """[1, H, W, 3] in [-1, 1], maybe with lines laid over it, as a PIL image."""
    height, width = pixels.shape[1:3]
    found = np.empty((height, width, 3), np.uint8)
    rows = max(1, STRIP // width)
    for top in range(0, height, rows):  # little memory for a large picture
        strip = pixels[:, top : top + rows]
        if lines is not None:
            strip = layering.lay_lines(strip, lines[:, top : top + rows])
        found[top : top + rows] = images.to_uint8(strip)[0]
    return PIL.Image.fromarray(found)


def _lines_image(lines):
    """[1, H, W, 1] in [-1, 1] as black ink on nothing, a PIL RGBA image."""
    alpha = 255 - images.to_uint8(lines)[0].numpy()
    black = np.zeros_like(alpha)
    return PIL.Image.fromarray(np.concatenate([black, black, black, alpha], axis=-1))
