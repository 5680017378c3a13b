"""The colour hints of the web page: clicks as points, colours, and the dots shown.

Hints are a list of (x, y, "#rrggbb"), in pixels of the sketch. White leaves an area
blank. Nothing here needs gradio.
"""

import re

import numpy as np
import PIL.Image
import PIL.ImageDraw

from keras_s2p.painting import hint_pictures

MAX_HINTS = 500
OUTSIDE = "That click is outside of the picture."
FIRST_COLOUR = "#c04050"
DOT = 1 / 90  # of the short side, the radius of a dot that is shown
LEAST_DOT = 3  # pixels
DROPPER = 1  # pixels around a click on a reference; the median is its colour


def add_hint(hints, place, colour) -> list:
    """The hints and one more.

    Args:
        hints: the hints so far.
        place: [x, y], of a click.
        colour: of find_colour.

    Raises:
        ValueError: too many, a place that is none, or a colour that is none.
    """
    if len(hints) >= MAX_HINTS:
        raise ValueError(f"There are {MAX_HINTS} hints already: undo some.")
    x, y = _find_place(place)
    return [*hints, (x, y, find_colour(colour))]


def find_colour(text) -> str:
    """A colour of the picker, such as "#C04050" or "rgba(192.3, 64, 80, 1)".

    Returns:
        "#rrggbb".

    Raises:
        ValueError: it is none.
    """
    text = str(text).strip()
    numbers = re.fullmatch(r"rgba?\(([\d., ]{5,80})\)", text)
    try:
        if numbers:
            values = [round(float(each)) for each in numbers[1].split(",")[:3]]
            text = tuple(min(value, 255) for value in values)
        pixel = hint_pictures.read_colour(text, "colour")
    except ValueError:
        raise ValueError("The colour must be like #c04050.") from None
    return "#{:02x}{:02x}{:02x}".format(*pixel)


def pick_colour(picture, place) -> str:
    """The colour of a picture [H, W, 3] uint8 where it was clicked: "#rrggbb".

    Raises:
        ValueError: the place is none, or outside.
    """
    x, y = (int(value) for value in _find_place(place))
    height, width = picture.shape[:2]
    if not (x < width and y < height):
        raise ValueError(OUTSIDE)
    top, left = max(0, y - DROPPER), max(0, x - DROPPER)
    around = picture[top : y + DROPPER + 1, left : x + DROPPER + 1]
    pixel = np.median(around.reshape(-1, 3), axis=0).astype(int)
    return "#{:02x}{:02x}{:02x}".format(*pixel)


def draw_dots(painting, hints):
    """A PIL image with the hints on it, each in its colour, ringed black and white."""
    shown = painting.copy()
    draw = PIL.ImageDraw.Draw(shown)
    radius = max(LEAST_DOT, round(DOT * min(painting.size)))
    for x, y, colour in hints:
        for wider, ring in ((2, "black"), (1, "white"), (0, colour)):
            reach = radius + wider
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=ring)
    return shown


def _find_place(place):
    """(x, y) of what a browser sends as the place of a click."""
    try:
        x, y = (float(value) for value in place)
    except (OverflowError, TypeError, ValueError):
        x = y = -1.0
    if not (0 <= x < float("inf") and 0 <= y < float("inf")):
        raise ValueError(OUTSIDE)
    return x, y
