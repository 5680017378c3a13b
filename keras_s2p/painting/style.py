"""Style: all that a reference gives to a painting."""

from typing import NamedTuple

import numpy as np

from keras_s2p.painting.correspondence import NUM_PLACES, PLACE_VALUES
from keras_s2p.painting.palette import NUM_COLOURS

LARGEST = 1e6  # of a style; those of references stay below 100
NO_VALUE = "has a value that is not finite, or that no reference gives"


class Style(NamedTuple):
    """What is taken from N references; arrays of float32, of which zeros mean nothing.

    A hint of zeros is the zero hint, under which the network chooses the colours; a
    palette of zeros matches nothing, and places of zeros carry nothing.
    """

    hint: np.ndarray  # [N, hint_size], the global style hint (section 3.1)
    palette: np.ndarray  # [N, NUM_COLOURS, 4] of palette.find_palette
    places: np.ndarray  # [N, NUM_PLACES, PLACE_VALUES] of correspondence.find_places

    def without(self, *parts: str):
        """The same style, less the named parts."""
        return self._replace(**{name: 0 * getattr(self, name) for name in parts})


def part_shapes(hint_size: int) -> Style:
    """The shapes of a style's parts, less N; hint_size is that of the hint."""
    return Style((hint_size,), (NUM_COLOURS, 4), (NUM_PLACES, PLACE_VALUES))


def no_style(hint_size: int) -> Style:
    """A style that gives nothing."""
    shapes = part_shapes(hint_size)
    return Style(*(np.zeros((1, *shape), np.float32) for shape in shapes))


def blend(styles, weights=None) -> Style:
    """The weighted mean of several styles.

    Palette and places are those of a single reference: a blend of two or more
    shall have colours between those of its references, and has neither.

    Args:
        styles: list of Style.
        weights: list of numbers, one for each style, not negative, of any sum; None
            weighs all alike.

    Raises:
        ValueError: no style, what is none (check_style), or weights that do not fit.
    """
    try:
        styles = list(styles)
        weights = [1.0] * len(styles) if weights is None else list(map(float, weights))
    except (OverflowError, TypeError, ValueError):
        raise ValueError("styles, weights: must be lists, weights of numbers") from None
    if not all(isinstance(style, Style) for style in styles):
        raise ValueError("styles: must be what `painter.style` gives of references")
    if not styles or len(styles) != len(weights):
        raise ValueError(f"{len(styles)} styles can not have {len(weights)} weights")
    if not (min(weights) >= 0 and 0 < sum(weights) < np.inf):
        raise ValueError("weights must be finite and not negative, and not all 0")
    for style in styles:
        check_style(style, np.size(styles[0].hint))
    blended = [style for style, weight in zip(styles, weights) if weight > 0]
    if len(blended) == 1:
        return blended[0]
    weights = np.divide(weights, max(weights))  # hints times them stay finite
    hint = np.average([style.hint for style in styles], axis=0, weights=weights)
    return styles[0].without("palette", "places")._replace(hint=hint.astype(np.float32))


def check_style(style: Style, hint_size: int) -> Style:
    """The style as float32, if it is one for a painter of such sizes.

    Raises:
        ValueError: a part has another shape, or a value that no reference gives.
    """
    parts = []
    for name, part, shape in zip(Style._fields, style, part_shapes(hint_size)):
        try:
            with np.errstate(over="ignore"):  # becomes infinite, and is refused
                part = np.asarray(part).astype(np.float32, casting="same_kind")
        except (OverflowError, TypeError, ValueError):
            raise ValueError(f"{name}: {NO_VALUE}") from None
        if part.shape != (1, *shape):
            raise ValueError(
                f"{name}: must be of shape {(1, *shape)}, not {part.shape}"
            )
        if not (np.abs(part) <= LARGEST).all():
            raise ValueError(f"{name}: {NO_VALUE}")
        parts.append(part)
    return Style(*parts)
