"""The built-in data: anime characters drawn by a program.

Example:
    drawing = draw_character(seed=1)
    palette = random_palette(np.random.default_rng(2))
    painting, sketch = drawing.paint(palette), drawing.sketch()

A drawing knows no colours, so the exact painting of any character in any palette is
known: the truth that a colourisation after a reference is measured against.
"""

import dataclasses

import numpy as np
import PIL.Image
import PIL.ImageFilter

from keras_s2p.characters import (
    accessories,
    backgrounds,
    eyes,
    face,
    garments,
    hair_back,
    hair_front,
)
from keras_s2p.characters.canvas import SLOT, SLOTS, SUPERSAMPLING, Canvas
from keras_s2p.characters.palettes import Palette, colour_table

REGIONS = ("background", "hair", "skin", "eyes", "clothes")
OTHER = 255  # in region maps: ink, whites of eyes, mouth, accent, accessories
PAINT_STYLES = ("flat", "cel", "soft")
# Ranges of the scale and of the head's y, both shares of the side.
_FRAMINGS = {
    "face": ((0.25, 0.33), (0.46, 0.58)),
    "bust": ((0.165, 0.23), (0.36, 0.46)),
    "half_body": ((0.12, 0.155), (0.25, 0.31)),
}
_REGION_SLOTS = {
    "background": ("background",),
    "hair": ("hair", "hair_shadow", "hair_light"),
    "skin": ("skin", "skin_shadow"),
    "eyes": ("iris", "iris_dark", "iris_light"),
    "clothes": ("clothes", "clothes_shadow"),
}
# The slots of each colour of a palette that may cover a large area.
_COLOUR_SLOTS = {
    **_REGION_SLOTS,
    "background_2": ("background_2",),
    "accent": ("accent", "accent_shadow"),
    "accessory": ("accessory", "accessory_shadow"),
}
_MIN_SHARE = 0.01  # of the pixels; a colour with fewer is hardly seen
_MAX_TRIES = 20
_TRIAL_SIZE = 32  # pixels; a drawing is the same at any size
# Every way of drawing each part, and those of them that are held out.
WAYS = {
    "hair_front": (hair_front.STYLES, hair_front.HELD_OUT_STYLES),
    "hair_back": (hair_back.STYLES, hair_back.HELD_OUT_STYLES),
    "garment": (garments.GARMENTS, garments.HELD_OUT_GARMENTS),
    "eye_shape": (eyes.SHAPES, eyes.HELD_OUT_SHAPES),
    "face_shape": (face.SHAPES, ()),
    "mouth": (face.MOUTHS, ()),
    "side_locks": (hair_front.SIDES, ()),
    "accessory": (accessories.ACCESSORIES, ()),
    "background": (backgrounds.BACKGROUNDS, ()),
    "framing": (tuple(_FRAMINGS), ()),
    "paint_style": (PAINT_STYLES, ()),
}
LABEL_SIZES = {name: len(ways) for name, (ways, _) in WAYS.items()}


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A character without colours; draw_character makes it.

    Attributes:
        index: [2S, 2S] uint8, the paint slot of each pixel, at twice the size.
        ink: [2S, 2S] uint8, 0 none to 255 ink.
        shade: [S, S] float32 about 1, soft light for the `soft` style.
        labels: name to class, each below LABEL_SIZES[name].
        gradient: whether the background fades from its first to its second colour.
    """

    index: np.ndarray
    ink: np.ndarray
    shade: np.ndarray
    labels: dict
    gradient: bool

    def sketch(self) -> np.ndarray:
        """The clean line drawing: [S, S] uint8, 0 ink to 255 paper."""
        return 255 - np.asarray(PIL.Image.fromarray(self.ink).reduce(SUPERSAMPLING))

    @property
    def regions(self) -> np.ndarray:
        """[S, S] uint8: place in REGIONS, or OTHER."""
        table = np.full(len(SLOTS), OTHER, np.uint8)
        for region, name in enumerate(REGIONS):
            table[[SLOT[slot] for slot in _REGION_SLOTS[name]]] = region
        regions = table[self.index]
        if self.gradient:
            regions[self.index == SLOT["background"]] = OTHER
        regions[self.ink > 60] = OTHER
        corners = [regions[y::2, x::2] for y in (0, 1) for x in (0, 1)]
        same = np.logical_and.reduce([corners[0] == other for other in corners[1:]])
        return np.where(same, corners[0], OTHER).astype(np.uint8)

    @property
    def colours(self) -> set:
        """Fields of Palette that cover at least a hundredth of the picture each."""
        shares = np.bincount(self.index.ravel(), minlength=len(SLOTS)) / self.index.size
        shown = {
            name
            for name, slots in _COLOUR_SLOTS.items()
            if sum(shares[SLOT[slot]] for slot in slots) >= _MIN_SHARE
        }
        if self.gradient and "background" in shown:
            shown.add("background_2")
        return shown

    def paint(self, palette: Palette, style=None) -> np.ndarray:
        """Paints the drawing.

        Args:
            palette: its colours.
            style: one of PAINT_STYLES; None for the drawing's own.

        Returns:
            [S, S, 3] uint8.

        Raises:
            ValueError: no such style.
        """
        style = style or PAINT_STYLES[self.labels["paint_style"]]
        if style not in PAINT_STYLES:
            raise ValueError(f"style is {style}, not one of {', '.join(PAINT_STYLES)}")
        image = self._colour(colour_table(palette, "cel" if style == "cel" else "flat"))
        if self.gradient:
            image.paste(
                _fade(image.size, palette.background, palette.background_2),
                mask=PIL.Image.fromarray(self.index).point([255] + [0] * 255),
            )
        if style == "soft":
            image = self._shade_softly(image, palette)
        ink = PIL.Image.fromarray(self.ink)
        if style == "soft":
            ink = ink.reduce(SUPERSAMPLING)
        image.paste(palette.line, mask=ink)
        if style != "soft":
            image = image.reduce(SUPERSAMPLING)
        return np.array(image)

    def _colour(self, table):
        """The paint alone, one colour a slot: an RGB image at twice the size."""
        image = PIL.Image.fromarray(self.index, "P")
        image.putpalette(np.clip(table, 0, 255).astype(np.uint8).tobytes())
        return image.convert("RGB")

    def _shade_softly(self, image, palette):
        """The flat painting at its final size, with blurred shadows and soft light."""
        change = colour_table(palette, "cel") - colour_table(palette, "flat")
        change = self._colour(change / 2 + 128).reduce(SUPERSAMPLING)
        change = change.filter(PIL.ImageFilter.BoxBlur(max(1, change.width // 100)))
        change = 2 * np.asarray(change, np.float32) - 256
        pixels = np.asarray(image.reduce(SUPERSAMPLING), np.float32) + change
        figure = self.index[::SUPERSAMPLING, ::SUPERSAMPLING] > SLOT["background_2"]
        pixels *= np.where(figure, self.shade, 1)[..., np.newaxis]
        return PIL.Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _fade(size, top, bottom):
    """An RGB image that goes from one colour to another."""
    column = np.linspace(top, bottom, 64).astype(np.uint8)[:, np.newaxis]
    return PIL.Image.fromarray(column).resize(size, PIL.Image.BILINEAR)


def draw_character(seed: int, size: int = 256, held_out: bool = False) -> Drawing:
    """Draws one character; the same seed and size give the same drawing.

    Args:
        seed: any non-negative int.
        size: side in pixels, S.
        held_out: use at least one of the ways of drawing that are never used without
            it, to measure how a network does on what it was not trained on.
    """
    rng = np.random.default_rng(seed)
    ways = _choose_ways(rng, held_out)
    pose = _random_pose(ways["framing"], rng)
    line_width = min(rng.choice([0.8, 1.1, 1.5, 2.1]), 0.6 + 6 * pose.scale)
    canvas = Canvas(size, line_width)
    backgrounds.draw_background(canvas, ways["background"], rng)
    _draw_figure(canvas, ways, pose, rng)
    return Drawing(
        index=np.array(canvas.index),
        ink=np.array(canvas.ink.filter(PIL.ImageFilter.BoxBlur(0.4))),
        shade=_soft_light(size, pose.centre[1], pose.scale),
        labels={name: WAYS[name][0].index(way) for name, way in ways.items()},
        gradient=ways["background"] == "gradient",
    )


def draw_partner(
    drawing: Drawing, seed: int, size: int = 256, held_out: bool = False
) -> Drawing:
    """Draws another character, one that shows all colours that `drawing` shows.

    In the same palette it is a reference that says what the colours of `drawing` are;
    after any other character a garment that this one lacks could only be guessed. It is
    painted in the same style, for the same reason.

    Args:
        drawing: what is to be painted.
        seed: any non-negative int.
        size: side in pixels, S.
        held_out: as for draw_character.

    Returns:
        the first that will do; the last of some tries if none does.
    """
    rng = np.random.default_rng(seed)
    wanted = drawing.colours
    for _ in range(_MAX_TRIES):
        other_seed = int(rng.integers(2**62))
        if wanted <= draw_character(other_seed, _TRIAL_SIZE, held_out).colours:
            break
    other = draw_character(other_seed, size, held_out)
    style = {"paint_style": drawing.labels["paint_style"]}
    return dataclasses.replace(other, labels={**other.labels, **style})


@dataclasses.dataclass(frozen=True)
class _Pose:
    """Where the figure is, in shares of the side, and where it looks."""

    scale: float
    centre: np.ndarray
    tilt: float  # of the head, radians
    lean: float  # of the body, radians
    mirrored: bool
    turn: float


def _random_pose(framing, rng):
    scale, head_y = _FRAMINGS[framing]
    return _Pose(
        scale=rng.uniform(*scale),
        centre=np.array([rng.uniform(0.42, 0.58), rng.uniform(*head_y)]),
        tilt=rng.normal(0, 0.1),
        lean=rng.normal(0, 0.04),
        mirrored=rng.random() < 0.5,
        turn=max(0.0, rng.uniform(-0.35, 1.0)),
    )


def _draw_figure(canvas, ways, pose, rng):
    """Everything but the background, from back to front."""
    turn = pose.turn
    tails_in_front = rng.random() < 0.4

    canvas.place(pose.scale, pose.tilt, pose.centre, pose.mirrored)
    if not tails_in_front:
        hair_back.draw_tails(canvas, ways["hair_back"], turn, rng)
    hair_back.draw_mass(canvas, ways["hair_back"], turn, rng)

    canvas.place(pose.scale, pose.lean, pose.centre, pose.mirrored)
    garments.draw_body(canvas, ways["garment"], rng)

    canvas.place(pose.scale, pose.tilt, pose.centre, pose.mirrored)
    if tails_in_front:
        hair_back.draw_tails(canvas, ways["hair_back"], turn, rng)
    face.draw_head(canvas, ways["face_shape"], turn, rng)
    face.draw_nose_and_mouth(canvas, ways["mouth"], turn, rng)
    eyes.draw_eyes(canvas, ways["eye_shape"], turn, rng)
    hair_front.draw_sides(canvas, ways["side_locks"], turn, rng)
    hair_front.draw_loose_locks(canvas, turn, rng)
    hair_front.draw_front(canvas, ways["hair_front"], turn, rng)
    accessories.draw_accessory(canvas, ways["accessory"], turn, rng)


def _choose_ways(rng, held_out):
    """One way of drawing each part; reserved ones only, and surely, when held out."""
    reserved = [name for name, (_, ways) in WAYS.items() if ways]
    must = reserved[rng.integers(len(reserved))]
    ways = {}
    for name, (all_ways, held_out_ways) in WAYS.items():
        choices = [way for way in all_ways if way not in held_out_ways]
        if held_out and held_out_ways:
            choices = held_out_ways if name == must else all_ways
        ways[name] = choices[rng.integers(len(choices))]
    if rng.random() < 0.4:
        ways["background"] = "plain"
    return ways


def _soft_light(side, head_y, scale):
    """[side, side] float32 about 1: light from above, darker below the head."""
    y = np.linspace(0, 1, side, dtype=np.float32)[:, np.newaxis]
    shade = 1.01 - 0.16 * np.tanh((y - head_y) / (4 * scale))
    return np.broadcast_to(shade, (side, side))
