"""What every painter shares: how it is called and which pictures it takes."""

import os
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageOps
import tensorflow as tf

from keras_s2p import images


class Layers(NamedTuple):
    """A painting and its layers; PIL images of the sketch's size."""

    painting: PIL.Image.Image
    colour: PIL.Image.Image  # RGB, without lines
    lines: PIL.Image.Image  # RGBA, black on nothing


class BasePainter:
    """Paints sketches in the colours of references.

    Pictures are given as the path of a file, as a PIL image, or as a uint8 array
    [H, W], [H, W, 1], [H, W, 3] (RGB) or [H, W, 4] (RGBA), and are at least 16 x 16
    pixels. Transparent pixels are laid over white.

    A subclass sets hint_size and paints in _encode and _paint.
    """

    hint_size: int

    def hint(self, reference) -> np.ndarray:
        """The global style hint: V(reference), averaged with that of its mirror image.

        Args:
            reference: a picture in the wanted colours; squeezed to a square.

        Returns:
            [1, hint_size] float32; keep it to paint many sketches.

        Raises:
            ImageError: the picture can not be read or is too small.
        """
        return np.asarray(self._encode(_read(reference, "reference")))

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
        pixels = _read_sketch(sketch)
        try:
            return self._paint(pixels, np.asarray(hint, np.float32), strength, layers)
        except tf.errors.ResourceExhaustedError:
            name = _name(sketch, "sketch")
            raise ValueError(f"{name}: not enough memory to paint it") from None

    def _encode(self, reference):
        """Hint of [H, W, 3] uint8."""
        raise NotImplementedError

    def _paint(self, sketch, hint, strength, layers):
        """Paint for [H, W, 1] uint8."""
        raise NotImplementedError

    def _zero_hint(self):
        return np.zeros((1, self.hint_size), np.float32)


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
