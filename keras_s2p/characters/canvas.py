"""The canvas that characters are drawn on: one paint slot a pixel, and ink.

A drawing never knows colours. It says which slot (hair, hair's shadow, skin, ...) each
pixel has, so the same drawing can be painted in any palette.
"""

import functools

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.ImageDraw

from keras_s2p.characters.curves import normals, split_at_corners

SUPERSAMPLING = 2
LIGHT = np.array([0.0, -1.0])  # where it comes from: no sketch tells another side
SLOTS = (
    "background", "background_2",
    "hair", "hair_shadow", "hair_light",
    "skin", "skin_shadow", "blush",
    "eye_white", "eye_white_shadow",
    "iris", "iris_dark", "iris_light", "pupil", "white", "mouth", "tongue",
    "clothes", "clothes_shadow",
    "accent", "accent_shadow",
    "accessory", "accessory_shadow",
)  # fmt: skip
SLOT = {name: i for i, name in enumerate(SLOTS)}


class Canvas:
    """Index and ink images, and the affine map from figure to pixel coordinates.

    Shapes are drawn from back to front: filling one also hides the ink below it.

    Args:
        size: side of the finished drawing in pixels.
        line_width: width of an outline, in pixels of a 256-pixel drawing.
    """

    def __init__(self, size, line_width):
        self.side = size * SUPERSAMPLING
        self.index = PIL.Image.new("L", (self.side, self.side), SLOT["background"])
        self.ink = PIL.Image.new("L", (self.side, self.side), 0)
        self.line_width = line_width * self.side / 256
        self._fill = PIL.ImageDraw.Draw(self.index)
        self._line = PIL.ImageDraw.Draw(self.ink)
        self._clip = None
        self.place(1.0, 0.0, (0.0, 0.0), False)

    def place(self, scale, angle, centre, mirrored):
        """Sets the map: figure units to pixels; scale, centre are shares of a side."""
        c, s = np.cos(angle), np.sin(angle)
        flip = np.diag([-1.0 if mirrored else 1.0, 1.0])
        self._matrix = scale * self.side * np.array([[c, -s], [s, c]]) @ flip
        self._offset = np.asarray(centre) * self.side
        self._unit = scale * self.side

    def fill(self, points, slot):
        """Fills a closed curve and hides the ink below it; no outline."""
        flat = _flat(self._to_pixels(points))
        self._fill.polygon(flat, SLOT[slot])
        self._line.polygon(flat, 0)

    def shape(self, points, slot, line=1.0, shadow=0.0):
        """Fills a closed curve, shades and outlines it; line is in line widths."""
        self.fill(points, slot)
        if shadow:
            self.shade(points, f"{slot}_shadow", shadow)
        if line:
            self.outline(points, line)

    def outline(self, points, width=1.0, ends=0.6):
        """Inks a closed curve, one stroke from each corner to the next.

        Args:
            points: [N, 2] in figure units.
            width: in line widths.
            ends: the pen's pressure where strokes begin and end, 0 to 1.
        """
        for stroke in split_at_corners(self._to_pixels(points)):
            self._stroke(stroke, width, ends, ends)

    def stroke(self, points, width=1.0, start=0.25, end=0.25):
        """Inks an open curve; start and end are the pen's pressure there, 0 to 1."""
        self._stroke(self._to_pixels(points), width, start, end)

    def blot(self, points):
        """Fills a closed curve with ink."""
        self._paint_ink(self._to_pixels(points))

    def shade(self, points, slot, width):
        """Paints a shape's rim on the side away from the light; width in units."""
        pixels = self._to_pixels(points)
        shifted = pixels + LIGHT * width * self._unit
        mask, box = self._mask(pixels)
        if mask:
            corner = np.array(box[:2])
            PIL.ImageDraw.Draw(mask).polygon(_flat(shifted - corner), 0)
            self.index.paste(SLOT[slot], box, mask)

    def tint(self, points, slot, onto):
        """Fills a closed curve only where one of the slots `onto` is; no ink."""
        mask, box = self._mask(self._to_pixels(points))
        if mask:
            allowed = self.index.crop(box).point(_slot_table(onto))
            self.index.paste(SLOT[slot], box, PIL.ImageChops.darker(mask, allowed))

    def clip_ink(self, slots):
        """Inks only where one of the slots is from now on; None: everywhere again."""
        self._clip = slots

    def _to_pixels(self, points):
        return np.asarray(points, float) @ self._matrix.T + self._offset

    def _mask(self, pixels):
        """A filled polygon as an L image and its box; (None, None) outside."""
        low = np.maximum(np.floor(pixels.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(pixels.max(0)).astype(int) + 2, self.side)
        if (high <= low).any():
            return None, None
        mask = PIL.Image.new("L", tuple((high - low).tolist()), 0)
        PIL.ImageDraw.Draw(mask).polygon(_flat(pixels - low), 255)
        return mask, tuple(np.concatenate([low, high]).tolist())

    def _stroke(self, pixels, width, start, end):
        half = 0.5 * width * self.line_width
        to_start, to_end = _nearness_to_ends(len(pixels))
        pressure = 1 - (1 - start) * to_start - (1 - end) * to_end
        side = normals(pixels) * np.maximum(half * pressure, 0.45)[:, np.newaxis]
        self._paint_ink(np.vstack([pixels + side, (pixels - side)[::-1]]))

    def _paint_ink(self, pixels):
        if self._clip is None:
            self._line.polygon(_flat(pixels), 255)
            return
        mask, box = self._mask(pixels)
        if mask:
            allowed = self.index.crop(box).point(_slot_table(self._clip))
            self.ink.paste(255, box, PIL.ImageChops.darker(mask, allowed))


@functools.cache
def _nearness_to_ends(n):
    """Two [n] arrays: 1 at the start, or the end, of a stroke and 0 past its middle."""
    along = np.linspace(-1, 1, n)
    nearness = np.abs(along) ** 2.2
    return np.where(along < 0, nearness, 0), np.where(along < 0, 0, nearness)


@functools.cache
def _slot_table(names):
    return [255 * (name in names) for name in SLOTS] + [0] * (256 - len(SLOTS))


def _flat(pixels):
    return pixels.ravel().tolist()
