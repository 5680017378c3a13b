"""What every painter shares: how it is called and which pictures it takes."""

import os
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageOps
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting import palette as palettes
from keras_s2p.painting.calibration import NUM_PLACES

REFERENCE_SIZE = 256  # pixels, (H, W) alike, before the hint encoder's own resizing


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

    A subclass sets hint_size and num_features, and paints in _encode, _calibrate and
    _paint.
    """

    hint_size: int
    num_features: int  # of a place of a calibration

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

    def palette(self, reference) -> np.ndarray:
        """The colours of a reference that a painting's are matched to.

        Args and errors are those of `hint`.

        Returns:
            [1, NUM_COLOURS, 4] float32; see palette.find_palette.
        """
        return _find_palette(_read(reference, "reference"))

    def calibration(self, reference, hint=None) -> np.ndarray:
        """What a painting of the reference itself lacks; a sketch's gets it added.

        Args and errors are those of `hint`, and
            hint: the reference's own, if it is known; it is not found again then.

        Returns:
            [1, places, num_features + 3] float32; see calibration.find_calibration.
        """
        reference = _read(reference, "reference")
        hint = self._encode(reference) if hint is None else hint
        return np.asarray(self._calibrate(reference, hint))

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

    def find_single(self, references, weights=None):
        """The only reference of a blend, whose palette and calibration go with it.

        Args:
            references: list of anything.
            weights: as for `blend`.

        Returns:
            the only one with a weight. Of several None: a blend shall have colours
            between those of its references.
        """
        weights = [1.0] * len(references) if weights is None else weights
        blended = [each for each, weight in zip(references, weights) if weight > 0]
        return blended[0] if len(blended) == 1 else None

    def paint(
        self,
        sketch,
        reference=None,
        hint=None,
        strength=1.0,
        layers=False,
        palette=None,
        calibration=None,
    ):
        """Paints a sketch.

        The sketch's paper is first made white (paper.whiten_paper). It is painted at
        the working size, and what a painting of the reference lacks is added; the
        colour is evened out between the lines, matched to the reference's palette and
        enlarged up to the lines, and the sketch's own lines are laid over it, as dark
        as they were painted (layers.find_layers).

        Args:
            sketch: the line drawing; of a colour picture its greys are taken.
            reference: a picture in the wanted colours, or None; its hint, its
                palette and its calibration are taken.
            hint: [1, hint_size] of `hint` or `blend`, instead of a reference. Without
                either the network chooses the colours (the zero hint).
            strength: in [0, 1], from the network's own colours to the reference's.
            layers: also make the colour alone and the lines alone.
            palette: of `palette`, beside a hint. Without one the colours are left as
                the network paints them.
            calibration: of `calibration`, beside a hint. Without one nothing is added
                to what the network paints.

        Returns:
            PIL RGB image of the sketch's size; Layers if `layers`.

        Raises:
            ValueError: an argument does not fit, a picture can not be read (ImageError)
                or memory does not suffice.
        """
        beside = (hint, palette, calibration)
        if reference is not None and any(each is not None for each in beside):
            raise ValueError("give a reference, or a hint and a palette, not both")
        if not 0 <= strength <= 1:
            raise ValueError(f"strength: must be between 0 and 1, not {strength}")
        if reference is not None:
            reference = _read(reference, "reference")
            hint = np.asarray(self._encode(reference))
            palette = _find_palette(reference)
        elif hint is None:
            strength = 0.0
            hint = self._zero_hint()
        if np.shape(hint) != (1, self.hint_size):
            raise ValueError(
                f"hint: must be of shape (1, {self.hint_size}), not {np.shape(hint)}"
            )
        if palette is None:
            palette = palettes.no_palette()
        if np.shape(palette) != (1, palettes.NUM_COLOURS, 4):
            raise ValueError(
                f"palette: must be of shape (1, {palettes.NUM_COLOURS}, 4), "
                f"not {np.shape(palette)}"
            )
        expected = (1, NUM_PLACES, self.num_features + 3)
        if calibration is not None and np.shape(calibration) != expected:
            raise ValueError(
                f"calibration: must be of shape {expected}, not {np.shape(calibration)}"
            )
        pixels = _read_sketch(sketch)
        hint, palette = (np.asarray(x, np.float32) for x in (hint, palette))
        try:
            if reference is not None and strength > 0:
                calibration = self._calibrate(reference, hint)
            return self._paint(pixels, hint, palette, calibration, strength, layers)
        except tf.errors.ResourceExhaustedError:
            name = _name(sketch, "sketch")
            raise ValueError(f"{name}: not enough memory to paint it") from None

    def _encode(self, reference):
        """Hint of [H, W, 3] uint8."""
        raise NotImplementedError

    def _calibrate(self, reference, hint):
        """Calibration of [H, W, 3] uint8, whose hint is [1, hint_size]."""
        raise NotImplementedError

    def _paint(self, sketch, hint, palette, calibration, strength, layers):
        """Paint for [H, W, 1] uint8; the calibration may be None."""
        raise NotImplementedError

    def _zero_hint(self):
        return np.zeros((1, self.hint_size), np.float32)


def shrink_reference(reference):
    """[H, W, 3] uint8 to the hint encoder's [1, 256, 256, 3] in [-1, 1]."""
    pixels = images.to_float(reference)[tf.newaxis]
    return images.resize(pixels, (REFERENCE_SIZE, REFERENCE_SIZE))


def _find_palette(reference):
    """Palette of [H, W, 3] uint8."""
    return palettes.find_palette(shrink_reference(reference)).numpy()


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
