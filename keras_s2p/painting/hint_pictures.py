"""Pictures of colour hints: transparent but where the artist wants a colour."""

import os

import numpy as np
import PIL.Image
import PIL.ImageColor

from keras_s2p.common import errors, picture_files

STARTING = ("EPS", "WMF")  # formats that Pillow starts other programs for
LEAST_DOT = 3  # pixels across
DOT = 1 / 128  # of the short side, of a larger picture's dots
PAPER = "paper"  # the colour of an area that is left blank


def find_hints(hints, shape: tuple):
    """Hints in any form as pixels.

    Args:
        hints: a picture for read_hints, a list of points for hints_from_points, or
            None or an empty list: none.
        shape: (H, W) of the sketch.

    Returns:
        [H, W, 4] uint8, RGBA, or None.

    Raises:
        ValueError: as read_hints or hints_from_points.
    """
    if isinstance(hints, (list, tuple)):
        return hints_from_points(hints, shape) if hints else None
    return None if hints is None else read_hints(hints, shape)


def hints_from_points(points, shape: tuple) -> np.ndarray:
    """Draws dots.

    Args:
        points: list of (x, y, colour), in pixels from the left and from the top; the
            colour as "#RRGGBB", a name of CSS, a triple in [0, 255], or PAPER.
        shape: (H, W) of the sketch.

    Returns:
        [H, W, 4] uint8, RGBA.

    Raises:
        ValueError: a point is none or lies outside, or a colour is none.
    """
    height, width = shape
    hints = np.zeros((height, width, 4), np.uint8)
    dot = max(LEAST_DOT, round(DOT * min(shape)))
    for point in points:
        try:
            x, y, colour = point
            x, y = float(x), float(y)
        except (OverflowError, TypeError, ValueError):
            raise ValueError(f"hint {point}: must be (x, y, colour)") from None
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"hint {x:g},{y:g}: outside {width} x {height} pixels")
        left, top = (max(0, round(place - (dot - 1) / 2)) for place in (x, y))
        rows, columns = slice(top, top + dot), slice(left, left + dot)
        hints[rows, columns] = (*read_colour(colour, f"hint {x:g},{y:g}"), 255)
    return hints


def read_hints(picture, shape: tuple) -> np.ndarray:
    """Takes colour hints that were drawn in any program.

    Args:
        picture: the path of a file, a PIL image, or [H, W, 4] uint8.
        shape: (H, W) of the sketch, which the picture has too.

    Returns:
        [H, W, 4] uint8, RGBA.

    Raises:
        ValueError: another size, or nothing is transparent.
        ImageError: the picture can not be read.
    """
    name = "hints"

    def check(size):  # before it is decoded, and turned
        if sorted(size) != sorted(shape):
            _refuse_size(name, size[::-1], shape)

    if isinstance(picture, (str, os.PathLike)):
        name = os.fspath(picture)
        pixels = picture_files.read_rgba(name, check)
    elif isinstance(picture, PIL.Image.Image):
        check(picture.size)
        pixels = convert_image(picture, name, picture_files.to_rgba)
    else:
        pixels = np.asarray(picture)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
            raise ValueError(
                f"{name}: must be uint8 of shape [H, W, 4], "
                f"not {pixels.dtype} {list(pixels.shape)}"
            )
    if pixels.shape[:2] != tuple(shape):
        _refuse_size(name, pixels.shape[:2], shape)
    if pixels[..., 3].min() == 255:
        raise ValueError(f"{name}: nothing is transparent, so all would be one hint")
    return pixels


def _refuse_size(name, shape, wanted):
    found, expected = (f"{width} x {height}" for height, width in (shape, wanted))
    text = f"{name}: {found} pixels, but the sketch has {expected}"
    raise picture_files.ImageError(text)


def convert_image(image, name: str, convert) -> np.ndarray:
    """What a function such as picture_files.to_rgb makes of a PIL image.

    Raises:
        ImageError: its file is damaged, which shows when it is looked at, or of a
            format that other programs are started for.
    """
    if image.format in STARTING:
        raise picture_files.ImageError(f"{name}: {image.format} is not read")
    try:
        return convert(image)
    except MemoryError:
        raise
    except Exception as error:  # a damaged file can raise nearly anything in Pillow
        reason = errors.find_reason(error)
        raise picture_files.ImageError(f"{name}: damaged picture ({reason})") from None


def read_colour(colour, name: str) -> tuple:
    """A colour of hints_from_points as (red, green, blue) in [0, 255].

    Raises:
        ValueError: it is none; `name` is what it belongs to.
    """
    try:
        given = colour
        if isinstance(colour, str):
            given = PIL.ImageColor.getrgb(
                "white" if colour.lower() == PAPER else colour
            )
            if given[3:] not in ((), (255,)):  # a hint is a whole colour, or none
                raise ValueError
            given = given[:3]
        red, green, blue = (int(value) for value in given)
        whole = (red, green, blue) == tuple(given)  # and no shares of 1
        if whole and min(red, green, blue) >= 0 and max(red, green, blue) <= 255:
            return red, green, blue
    except (OverflowError, TypeError, ValueError):
        pass
    raise ValueError(f"{name}: {colour} is no colour, as #RRGGBB is")
