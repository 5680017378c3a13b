"""Palettes: what colour each part is painted in, and the shades made from it."""

import colorsys
import dataclasses

import numpy as np

from keras_s2p.characters.canvas import SLOTS

SKINS = (
    (255, 236, 222), (255, 226, 207), (252, 214, 188), (244, 200, 168),
    (226, 172, 136), (198, 140, 104), (160, 106, 76), (118, 76, 56),
)  # fmt: skip
SKIN_SHARES = (0.2, 0.2, 0.18, 0.12, 0.1, 0.08, 0.07, 0.05)
NATURAL_HAIR = (
    (38, 34, 40), (58, 44, 42), (92, 62, 46), (132, 90, 58), (176, 128, 80),
    (226, 190, 120), (244, 224, 168), (238, 236, 240), (176, 178, 190), (170, 80, 50),
)  # fmt: skip
WHITE, COOL = (252, 252, 252), (214, 216, 236)  # eye white, and its shadow's tint


@dataclasses.dataclass(frozen=True)
class Palette:
    """RGB colours in [0, 255] of the parts of a character."""

    hair: tuple
    skin: tuple
    eyes: tuple
    clothes: tuple
    accent: tuple
    accessory: tuple
    background: tuple
    background_2: tuple
    line: tuple


def random_palette(rng: np.random.Generator) -> Palette:
    """A palette as anime characters have them; the parts are independent of each other.

    Hair has any hue besides natural blacks to whites, skin goes from pale to dark, and
    about a third of the backgrounds are white.
    """
    if rng.random() < 0.35:
        hair = _near(NATURAL_HAIR[rng.integers(len(NATURAL_HAIR))], rng)
    else:
        hair = _hsv(rng.random(), rng.uniform(0.25, 0.85), rng.uniform(0.4, 1.0))
    white = rng.random() < 0.35
    background = (255, 255, 255) if white else _any_colour(rng)
    if white and rng.random() < 0.7:
        background_2 = _hsv(rng.random(), rng.uniform(0.05, 0.3), 1.0)
    else:
        background_2 = _any_colour(rng)
    clothes = _any_colour(rng)
    if rng.random() < 0.6:
        line = (20, 18, 24)
    else:
        line = _hsv(rng.random(), rng.uniform(0.3, 0.7), rng.uniform(0.15, 0.4))
    return Palette(
        hair=hair,
        skin=_near(SKINS[rng.choice(len(SKINS), p=SKIN_SHARES)], rng, 5),
        eyes=_hsv(rng.random(), rng.uniform(0.4, 0.95), rng.uniform(0.45, 0.95)),
        clothes=clothes,
        accent=_any_colour(rng),
        accessory=_any_colour(rng),
        background=background,
        background_2=background_2,
        line=line,
    )


def _any_colour(rng):
    kind = rng.random()
    if kind < 0.12:
        return _near((245, 245, 245), rng, 8)
    if kind < 0.25:
        value = int(rng.uniform(30, 200))
        return _near((value, value, value), rng, 8)
    if kind < 0.5:  # pastel
        return _hsv(rng.random(), rng.uniform(0.1, 0.4), rng.uniform(0.8, 1.0))
    return _hsv(rng.random(), rng.uniform(0.35, 0.95), rng.uniform(0.3, 1.0))


def _hsv(hue, saturation, value):
    return tuple(round(255 * x) for x in colorsys.hsv_to_rgb(hue, saturation, value))


def _near(colour, rng, spread=10):
    moved = np.asarray(colour) + rng.normal(0, spread, 3)
    return tuple(int(x) for x in np.clip(moved, 0, 255))


def shadow(colour, strength=0.2, towards=None):
    """Darker, more saturated, its hue moved towards blue; or towards a given hue."""
    h, s, v = colorsys.rgb_to_hsv(*(x / 255 for x in colour))
    hue = 0.68 if towards is None else towards
    turn = (hue - h + 0.5) % 1 - 0.5
    h = (h + np.clip(turn, -0.03, 0.03)) % 1
    return _hsv(h, min(1, s * 1.12 + 0.04), v * (1 - strength))


def light(colour, strength=0.45):
    """Towards white."""
    return tuple(round(x + (255 - x) * strength) for x in colour)


def colour_table(palette: Palette, style: str) -> np.ndarray:
    """The colour of each slot: [len(SLOTS), 3] float32 in [0, 255]."""
    p = palette
    flat = style == "flat"
    table = {
        "background": p.background, "background_2": p.background_2,
        "hair": p.hair, "hair_shadow": p.hair if flat else shadow(p.hair, 0.24),
        "hair_light": p.hair if flat else light(p.hair),
        "skin": p.skin, "skin_shadow": p.skin if flat else shadow(p.skin, 0.13, 0.0),
        "blush": p.skin if flat else _mix(p.skin, (250, 120, 120), 0.3),
        "eye_white": WHITE,
        "eye_white_shadow": WHITE if flat else _mix(p.skin, COOL, 0.7),
        "tongue": (226, 128, 124), "iris": p.eyes,
        "iris_dark": shadow(p.eyes, 0.35), "iris_light": light(p.eyes, 0.35),
        "pupil": shadow(p.eyes, 0.75), "white": (255, 255, 255), "mouth": (196, 84, 84),
        "clothes": p.clothes,
        "clothes_shadow": p.clothes if flat else shadow(p.clothes),
        "accent": p.accent, "accent_shadow": p.accent if flat else shadow(p.accent),
        "accessory": p.accessory,
        "accessory_shadow": p.accessory if flat else shadow(p.accessory),
    }  # fmt: skip
    return np.array([table[name] for name in SLOTS], np.float32)


def _mix(one, two, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(one, two))
