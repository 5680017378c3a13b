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

from keras_s2p.characters import clothes, face, hair, scene
from keras_s2p.characters.canvas import SLOT, SLOTS, SUPERSAMPLING, Canvas
from keras_s2p.characters.palettes import Palette, colour_table, random_palette

__all__ = [
    "LABEL_SIZES", "OTHER", "PAINT_STYLES", "REGIONS", "Drawing", "Palette",
    "draw_character", "random_palette",
]  # fmt: skip

REGIONS = ("background", "hair", "skin", "eyes", "clothes")
OTHER = 255  # in region maps: ink, whites of eyes, mouth, accent, accessories
PAINT_STYLES = ("flat", "cel", "soft")
FRAMINGS = ("face", "bust", "half_body")
_REGION_SLOTS = {
    "background": ("background",),
    "hair": ("hair", "hair_shadow", "hair_light"),
    "skin": ("skin", "skin_shadow"),
    "eyes": ("iris", "iris_dark", "iris_light"),
    "clothes": ("clothes", "clothes_shadow"),
}
_WAYS = {
    "hair_front": (hair.FRONTS, hair.HELD_OUT_FRONTS),
    "hair_back": (hair.BACKS, hair.HELD_OUT_BACKS),
    "garment": (clothes.GARMENTS, clothes.HELD_OUT_GARMENTS),
    "eye_shape": (face.EYES, face.HELD_OUT_EYES),
    "face_shape": (face.SHAPES, ()),
    "mouth": (face.MOUTHS, ()),
    "side_locks": (hair.SIDES, ()),
    "accessory": (scene.ACCESSORIES, ()),
    "background": (scene.BACKGROUNDS, ()),
    "framing": (FRAMINGS, ()),
    "paint_style": (PAINT_STYLES, ()),
}
LABEL_SIZES = {name: len(ways) for name, (ways, _) in _WAYS.items()}


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A character without colours; draw_character makes it.

    Attributes:
        index: [2S, 2S] uint8, the paint slot of each pixel, at twice the size.
        ink: [2S, 2S] uint8, 0 none to 255 ink.
        shade: [2S, 2S] float32 about 1, soft light for the `soft` style.
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

    def paint(self, palette: Palette, style=None) -> np.ndarray:
        """Paints the drawing.

        Args:
            palette: its colours.
            style: one of PAINT_STYLES; None for the drawing's own.

        Returns:
            [S, S, 3] uint8.
        """
        style = style or PAINT_STYLES[self.labels["paint_style"]]
        table = colour_table(palette, style)
        if style == "soft" or self.gradient:
            colours = table[self.index]
            if self.gradient:
                fade = np.linspace(0, 1, len(self.index), dtype=np.float32)[:, None]
                fade = fade[..., None] * (table[1] - table[0]) + table[0]
                where = self.index == SLOT["background"]
                colours[where] = np.broadcast_to(fade, colours.shape)[where]
            if style == "soft":
                keep = self.index > SLOT["background_2"]
                colours *= np.where(keep, self.shade, 1)[..., None]
            pixels = np.clip(colours, 0, 255).astype(np.uint8)
        else:
            pixels = table.astype(np.uint8)[self.index]
        image = PIL.Image.fromarray(pixels)
        if style == "soft":
            image = image.filter(PIL.ImageFilter.BoxBlur(SUPERSAMPLING))
        image.paste(palette.line, mask=PIL.Image.fromarray(self.ink))
        return np.asarray(image.reduce(SUPERSAMPLING))


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
    labels = {name: _WAYS[name][0].index(way) for name, way in ways.items()}
    canvas = Canvas(size, line_width=rng.choice([0.9, 1.2, 1.6, 2.2]))
    scene.draw_background(canvas, ways["background"], rng)

    # Pose: where the head is, how it leans, where the face looks.
    framing = ways["framing"]
    scale = {"face": (0.27, 0.36), "bust": (0.17, 0.24), "half_body": (0.115, 0.15)}
    head_y = {"face": (0.45, 0.58), "bust": (0.36, 0.46), "half_body": (0.25, 0.32)}
    scale = rng.uniform(*scale[framing])
    centre = np.array([rng.uniform(0.42, 0.58), rng.uniform(*head_y[framing])])
    tilt, lean = rng.normal(0, 0.09), rng.normal(0, 0.04)
    mirrored, turn = rng.random() < 0.5, rng.uniform(-0.2, 0.2)

    def use_head():
        canvas.place(scale, tilt, centre, mirrored)

    use_head()
    scene.draw_behind(canvas, ways["accessory"], rng)
    hair.draw_back(canvas, ways["hair_back"], rng)
    canvas.place(scale, lean, centre, mirrored)
    clothes.draw_body(canvas, ways["garment"], rng)
    use_head()
    face.draw_head(canvas, ways["face_shape"], turn)
    look = rng.normal(0, 0.06, 2) + [0.5 * turn, 0.05]
    face.draw_nose_and_mouth(canvas, ways["mouth"], turn, rng)
    face.draw_eyes(canvas, ways["eye_shape"], turn, look, rng)
    hair.draw_sides(canvas, ways["side_locks"], turn, rng)
    hair.draw_front(canvas, ways["hair_front"], turn, rng)
    if rng.random() < 0.25:
        hair.draw_ahoge(canvas, rng)
    scene.draw_accessory(canvas, ways["accessory"], turn, rng)
    return Drawing(
        index=np.asarray(canvas.index),
        ink=np.asarray(canvas.ink),
        shade=_soft_light(canvas.side, centre, scale, rng),
        labels=labels,
        gradient=ways["background"] == "gradient",
    )


def _choose_ways(rng, held_out):
    """One way of drawing each part; reserved ones only, and surely, when held out."""
    reserved = [name for name, (_, ways) in _WAYS.items() if ways]
    must = reserved[rng.integers(len(reserved))]
    ways = {}
    for name, (all_ways, held_out_ways) in _WAYS.items():
        choices = [way for way in all_ways if way not in held_out_ways]
        if held_out and held_out_ways:
            choices = held_out_ways if name == must else all_ways
        ways[name] = choices[rng.integers(len(choices))]
    if rng.random() < 0.4:
        ways["background"] = "plain"
    return ways


def _soft_light(side, centre, scale, rng):
    """[side, side] float32 about 1: light from one side, darker below."""
    y, x = np.mgrid[0:1:64j, 0:1:64j].astype(np.float32)
    angle = rng.uniform(-0.8, 0.8)
    across = (x - centre[0]) * np.sin(angle) + (y - centre[1]) * np.cos(angle)
    shade = 1.04 - 0.16 * np.tanh(across / (4 * scale)) - 0.03
    shade += 0.05 * np.sin(6 * x + rng.uniform(0, 6)) * np.sin(6 * y)
    image = PIL.Image.fromarray(shade.astype(np.float32))
    return np.asarray(image.resize((side, side), PIL.Image.BILINEAR))
