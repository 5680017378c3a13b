"""Painter: a sketch and a reference in, a painting of the sketch's size out.

Example:
    from keras_s2p.painter import Painter
    Painter().paint("sketch.png", "reference.png").save("painting.png")
"""

import os
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageOps
import tensorflow as tf

from keras_s2p import compose, images
from keras_s2p.config import GeneratorConfig
from keras_s2p.weights import DEFAULT, load_networks

MIN_WORKING_SIZE = 32
REFERENCE_SIZE = 256  # pixels, (H, W) alike, before the hint encoder's own resizing
STRIP = 512  # rows at a time
MAX_ASPECT = 4  # of the working picture; a longer strip is painted smaller


class Layers(NamedTuple):
    """A painting and its layers; PIL images of the sketch's size."""

    painting: PIL.Image.Image
    colour: PIL.Image.Image  # RGB, without lines
    lines: PIL.Image.Image  # RGBA, black on nothing


class Painter:
    """Paints sketches in the colours of references; its networks are loaded once.

    Pictures are given as the path of a file, as a PIL image, or as a uint8 array
    [H, W], [H, W, 1], [H, W, 3] (RGB) or [H, W, 4] (RGBA), and are at least 16 x 16
    pixels. Transparent pixels are laid over white.

    Args:
        weights: folder of a release or of a run; None is the release that ships.
        size: short side in pixels at which the generator paints; None is the
            working_size of its config.
        vgg_weights: for the `imagenet` hint encoder, "imagenet" or Keras's file.
        generator, hint_encoder: keras.Models to use instead of the folder's, both or
            none; see build_generator and build_hint_encoder.

    Raises:
        ValueError: the weights are missing, damaged or of another network, or the size
            is too small.
    """

    def __init__(
        self,
        weights=None,
        size=None,
        vgg_weights: str = "imagenet",
        generator=None,
        hint_encoder=None,
    ):
        if generator is None or hint_encoder is None:
            folder = os.fspath(weights or DEFAULT)
            config, generator, hint_encoder = load_networks(folder, vgg_weights)
            size = size or config.working_size
        self.size = size or GeneratorConfig.working_size
        if self.size < MIN_WORKING_SIZE:
            raise ValueError(f"size: must be at least {MIN_WORKING_SIZE}, not {size}")
        self.generator = generator
        self.hint_encoder = hint_encoder
        self.hint_size = hint_encoder.output_shape[-1]

    def hint(self, reference) -> np.ndarray:
        """V(reference), the global style hint.

        Args:
            reference: a picture in the wanted colours; squeezed to a square.

        Returns:
            [1, hint_size] float32; keep it to paint many sketches.

        Raises:
            ImageError: the picture can not be read or is too small.
        """
        pixels = images.to_float(_read(reference, "reference"))[tf.newaxis]
        pixels = images.resize(pixels, (REFERENCE_SIZE, REFERENCE_SIZE))
        return np.asarray(self.hint_encoder(pixels, training=False))

    def blend(self, hints, weights=None) -> np.ndarray:
        """The weighted mean of several hints.

        Args:
            hints: list of [1, hint_size] arrays.
            weights: list of numbers, one for each hint, not negative, of any sum; None
                weighs all alike.

        Returns:
            [1, hint_size] float32.

        Raises:
            ValueError: no hint, or weights that do not fit.
        """
        weights = [1.0] * len(hints) if weights is None else weights
        if not hints or len(hints) != len(weights):
            raise ValueError(f"{len(hints)} hints can not have {len(weights)} weights")
        if min(weights) < 0 or not sum(weights) > 0:
            raise ValueError("weights must not be negative, nor all zero")
        return np.average(hints, axis=0, weights=weights).astype(np.float32)

    def paint(self, sketch, reference=None, hint=None, strength=1.0, layers=False):
        """Paints a sketch.

        The sketch's paper is first made white (compose.whiten_paper). A sketch larger
        than the working size is painted small; its colour is then enlarged up to the
        lines, and the sketch's own lines are laid over it. Any other painting is the
        generator's own, lines included.

        Args:
            sketch: the line drawing; of a colour picture its greys are taken.
            reference: a picture in the wanted colours, or None.
            hint: [1, hint_size] of `hint` or `blend`, instead of a reference. Without
                either the network chooses the colours (the zero hint).
            strength: in [0, 1], from the network's own colours to the reference's.
            layers: also make the colour alone and the lines alone.

        Returns:
            PIL RGB image of the sketch's size; Layers if `layers`.

        Raises:
            ValueError: an argument does not fit, a picture can not be read (ImageError)
                or memory does not suffice.
        """
        if reference is not None and hint is not None:
            raise ValueError("give a reference or a hint, not both")
        if not 0 <= strength <= 1:
            raise ValueError(f"strength: must be between 0 and 1, not {strength}")
        if reference is not None:
            hint = self.hint(reference)
        elif hint is None:
            strength = 0.0
            hint = self._zero_hint()
        if np.shape(hint) != (1, self.hint_size):
            raise ValueError(
                f"hint: must be of shape (1, {self.hint_size}), not {np.shape(hint)}"
            )
        pixels = compose.whiten_paper(_read_sketch(sketch))[tf.newaxis]
        try:
            return self._paint(pixels, np.asarray(hint, np.float32), strength, layers)
        except tf.errors.ResourceExhaustedError:
            name = _name(sketch, "sketch")
            raise ValueError(f"{name}: not enough memory to paint it") from None

    def _paint(self, sketch, hint, strength, layers):
        """Paint for [1, H, W, 1] in [-1, 1]."""
        full = sketch.shape[1:3]
        working = working_shape(full, self.size)
        painting = self._generate(images.resize(sketch, working), hint, strength)
        large = full[0] * full[1] > working[0] * working[1]
        if large or layers:
            colour = compose.spread_colour(painting, sketch)
        if large:
            painted = _to_image(colour, sketch)
        else:
            painted = _to_image(images.resize(painting, full))
        if not layers:
            return painted
        return Layers(painted, _to_image(colour), _lines_image(sketch))

    def _generate(self, sketch, hint, strength):
        """[1, H, W, 1] to [1, H, W, 3], at the working size.

        Strength mixes two paintings, since the generator standardises its hint: a
        weaker hint of the same direction would change nothing.
        """
        height, width = sketch.shape[1:3]
        sketch = images.pad_to_multiple(sketch)
        painting = 0.0
        for share, each in ((strength, hint), (1 - strength, self._zero_hint())):
            if share > 0:
                inputs = {"sketch": sketch, "hint": tf.constant(each)}
                painting += share * self.generator(inputs, training=False)["painting"]
        return painting[:, :height, :width]

    def _zero_hint(self):
        return np.zeros((1, self.hint_size), np.float32)


def working_shape(shape, size: int) -> tuple:
    """The (H, W) in pixels at which a sketch of shape (H, W) is painted.

    Its short side is `size`, or less if it is longer than MAX_ASPECT times its width.
    """
    scale = min(size / min(shape), MAX_ASPECT * size / max(shape))
    return tuple(max(1, round(side * scale)) for side in shape)


def _name(picture, role):
    """What to call a picture in an error: its path, or its role."""
    return os.fspath(picture) if isinstance(picture, (str, os.PathLike)) else role


def _read(picture, role):
    """A path, PIL image or array as [H, W, 3] uint8."""
    if isinstance(picture, (str, os.PathLike)):
        return images.read_painting(os.fspath(picture))
    if not isinstance(picture, PIL.Image.Image):
        pixels = np.asarray(picture)
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or not pixels.size:
            raise images.ImageError(
                f"{role}: must be uint8 of shape [H, W] or [H, W, C], "
                f"not {pixels.dtype} {list(pixels.shape)}"
            )
        if pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4):
            channels = pixels.shape[2]
            raise images.ImageError(f"{role}: {channels} channels, not 1, 3 or 4")
        gray = pixels.ndim == 3 and pixels.shape[2] == 1
        picture = PIL.Image.fromarray(pixels[..., 0] if gray else pixels)
    if min(picture.size) < images.MIN_SIDE:
        width, height = picture.size
        raise images.ImageError(
            f"{role}: only {width} x {height} pixels; "
            f"at least {images.MIN_SIDE} x {images.MIN_SIDE} are needed"
        )
    return np.asarray(images.to_rgb(PIL.ImageOps.exif_transpose(picture)))


def _read_sketch(sketch):
    """A path, PIL image or array as [H, W, 1] uint8."""
    gray = PIL.Image.fromarray(_read(sketch, "sketch")).convert("L")
    return np.asarray(gray)[..., np.newaxis]


def _to_image(pixels, sketch=None):
    """[1, H, W, 3] in [-1, 1], a sketch's lines laid over it, as a PIL image."""
    strips = []
    for top in range(0, pixels.shape[1], STRIP):  # little memory for a large picture
        strip = pixels[:, top : top + STRIP]
        if sketch is not None:
            strip = compose.lay_lines(strip, sketch[:, top : top + STRIP])
        strips.append(images.to_uint8(strip)[0].numpy())
    return PIL.Image.fromarray(np.concatenate(strips))


def _lines_image(sketch):
    """[1, H, W, 1] in [-1, 1] as black ink on nothing, a PIL RGBA image."""
    alpha = 255 - images.to_uint8(sketch)[0].numpy()
    black = np.zeros_like(alpha)
    return PIL.Image.fromarray(np.concatenate([black, black, black, alpha], axis=-1))
