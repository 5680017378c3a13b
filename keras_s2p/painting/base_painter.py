"""What every painter shares: how it is called and which pictures it takes."""

import contextlib
import numbers
import os
from typing import NamedTuple

import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.common import picture_colours, picture_files
from keras_s2p.painting import hint_pictures
from keras_s2p.painting import style as styles
from keras_s2p.painting.style import Style

MAX_SKETCH = 50_000_000  # pixels; a hundred bytes each, and more with hints


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

    A subclass sets hint_size, and paints in _encode, _find_style and _paint.
    """

    hint_size: int

    def style(self, reference) -> Style:
        """All that is taken from a reference; keep it to paint many sketches.

        Args:
            reference: a picture in the wanted colours.

        Returns:
            Style of [1, ...] arrays: the hint, the palette that a painting's colours
            are matched to, and the reference's places, whose colours are carried over.

        Raises:
            ValueError: the picture can not be read or is too small (ImageError), or
                memory does not suffice.
        """
        with _enough_memory(reference, "reference", "to take its colours"):
            found = self._find_style(_read(reference, "reference"))
            return Style(*(np.asarray(part) for part in found))

    def hint(self, reference) -> np.ndarray:
        """The hint alone, [1, hint_size] float32; found sooner than the whole style."""
        with _enough_memory(reference, "reference", "to take its colours"):
            return np.asarray(self._encode(_read(reference, "reference")))

    def blend(self, styles_, weights=None) -> Style:
        """The weighted mean of several styles; see style.blend."""
        return styles.blend(styles_, weights)

    def no_style(self) -> Style:
        """The style that gives nothing, under which the network chooses the colours."""
        return styles.no_style(self.hint_size)

    def paint(self, sketch, style=None, strength=1.0, layers=False, hints=None):
        """Paints a sketch.

        The sketch's paper is first made white (paper.whiten_paper). It is painted at
        the working size, and places like those of the reference take their colours; the
        colour is evened out between the lines, matched to the reference's palette and
        enlarged up to the lines, and the sketch's own lines are laid over it, as dark
        as they were painted (layers.find_layers).

        Args:
            sketch: the line drawing, of at most MAX_SKETCH pixels; of a colour picture
                its greys are taken.
            style: a picture in the wanted colours, or the Style of `style` or `blend`.
                Without one the painting is grey, as of the strength 0, but for hints:
                what the network chooses by itself (no_style) are faces of any hue.
            strength: in [0, 1], from grey shading over paler colours to the style's own
                (strength.fade).
            layers: also make the colour alone and the lines alone.
            hints: colours of the artist's own for areas of the sketch, whatever the
                style: a picture of the sketch's size that is transparent but where a
                colour is wanted, or a list of (x, y, colour), pixels from the left and
                from the top, and "#RRGGBB", a name of CSS, a triple in [0, 255] or
                "paper", which leaves the area blank (colour_hints.apply_hints).

        Returns:
            PIL RGB image of the sketch's size; Layers if `layers`. Saved as PNG or
            TIFF it says that it is sRGB.

        Raises:
            ValueError: an argument does not fit, a picture can not be read (ImageError)
                or memory does not suffice.
        """
        if not isinstance(strength, numbers.Real) or not 0 <= strength <= 1:
            raise ValueError(f"strength: must be between 0 and 1, not {strength}")
        strength = float(strength)
        pixels = read_sketch(sketch)
        hints = hint_pictures.find_hints(hints, pixels.shape[:2])
        with _enough_memory(sketch, "sketch", "to paint it"):
            if style is None:
                style, strength = self.no_style(), 0.0
            elif not isinstance(style, Style):
                style = self.style(style)
            style = styles.check_style(style, self.hint_size)
            painted = self._paint(pixels, style, strength, layers, hints)
        picture_colours.say_srgb(*(painted if layers else [painted]))
        return painted

    def _encode(self, reference):
        """Hint of [H, W, 3] uint8."""
        raise NotImplementedError

    def _find_style(self, reference):
        """Style of [H, W, 3] uint8."""
        raise NotImplementedError

    def _paint(self, sketch, style, strength, layers, hints):
        """Paint for [H, W, 1] uint8, and hints [H, W, 4] uint8 or None."""
        raise NotImplementedError


@contextlib.contextmanager
def _enough_memory(picture, role, purpose):
    """Turns that there is not into a sentence about a picture."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, MemoryError):
        name = _name(picture, role)
        raise ValueError(f"{name}: not enough memory {purpose}") from None


def _name(picture, role):
    """What to call a picture in an error: its path, or its role."""
    return os.fspath(picture) if isinstance(picture, (str, os.PathLike)) else role


def _read(picture, role, max_pixels=picture_files.MAX_PIXELS):
    """A path, PIL image or array as [H, W, 3] uint8."""
    if isinstance(picture, (str, os.PathLike)):
        return picture_files.read_painting(os.fspath(picture), max_pixels)
    if not isinstance(picture, PIL.Image.Image):
        pixels = np.asarray(picture)
        if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or not pixels.size:
            raise picture_files.ImageError(
                f"{role}: must be uint8 of shape [H, W] or [H, W, C], "
                f"not {pixels.dtype} {list(pixels.shape)}"
            )
        if pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4):
            channels = pixels.shape[2]
            raise picture_files.ImageError(
                f"{role}: {channels} channels, not 1, 3 or 4"
            )
        picture_files.check_size(pixels.shape[1::-1], role, max_pixels)
        gray = pixels.ndim == 3 and pixels.shape[2] == 1
        picture = PIL.Image.fromarray(pixels[..., 0] if gray else pixels)
    picture_files.check_size(picture.size, role, max_pixels)
    return hint_pictures.convert_image(picture, role, picture_files.to_rgb)


def read_sketch(sketch):
    """A path, PIL image or array as [H, W, 1] uint8, of at most MAX_SKETCH pixels."""
    return picture_files.to_gray(_read(sketch, "sketch", MAX_SKETCH))
