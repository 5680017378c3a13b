"""The canvas that characters are drawn on: one paint slot a pixel, and ink.

A drawing never knows colours. It says which slot (hair, hair's shadow, skin, ...) each
pixel has, so the same drawing can be painted in any palette.
"""

import numpy as np
import PIL.Image
import PIL.ImageDraw

SUPERSAMPLING = 2
SLOTS = (
    "background", "background_2",
    "hair", "hair_shadow", "hair_light",
    "skin", "skin_shadow", "blush",
    "eye_white", "iris", "iris_dark", "iris_light", "pupil", "white", "mouth",
    "clothes", "clothes_shadow",
    "accent", "accent_shadow",
    "accessory", "accessory_shadow",
)  # fmt: skip
SLOT = {name: i for i, name in enumerate(SLOTS)}


class Canvas:
    """Index and ink images, and the affine map from figure to pixel coordinates.

    Args:
        size: side of the finished drawing in pixels.
        line_width: width of an outline, in pixels of a 256-pixel drawing.
    """

    def __init__(self, size, line_width):
        self.side = size * SUPERSAMPLING
        self.size = size
        self.index = PIL.Image.new("L", (self.side, self.side), SLOT["background"])
        self.ink = PIL.Image.new("L", (self.side, self.side), 0)
        self._fill = PIL.ImageDraw.Draw(self.index)
        self._line = PIL.ImageDraw.Draw(self.ink)
        self.line_width = line_width * self.side / 256
        self.matrix = np.eye(2) * self.side
        self.offset = np.zeros(2)

    def place(self, scale, angle, centre, mirrored):
        """Sets the map: figure units to pixels. Scale and centre are shares of the side."""
        c, s = np.cos(angle), np.sin(angle)
        flip = np.diag([-1.0 if mirrored else 1.0, 1.0])
        self.matrix = scale * self.side * np.array([[c, -s], [s, c]]) @ flip
        self.offset = np.asarray(centre) * self.side

    def to_pixels(self, points):
        return np.asarray(points, float) @ self.matrix.T + self.offset

    def shape(self, points, slot, line=1.0):
        """Fills a closed curve; hides the ink below it and outlines it."""
        pixels = self.to_pixels(points)
        flat = [tuple(p) for p in pixels]
        self._fill.polygon(flat, SLOT[slot])
        self._line.polygon(flat, 0)
        if line:
            self._stroke(np.vstack([pixels, pixels[:2]]), line, taper=0.0)

    def tint(self, points, slot, onto):
        """Fills a closed curve only where one of the slots `onto` is; no ink."""
        pixels = self.to_pixels(points)
        low = np.maximum(np.floor(pixels.min(0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(pixels.max(0)).astype(int) + 2, self.side)
        if (high <= low).any():
            return
        mask = PIL.Image.new("L", tuple(high - low), 0)
        PIL.ImageDraw.Draw(mask).polygon([tuple(p) for p in pixels - low], 255)
        box = (*low, *high)
        here = self.index.crop(box)
        table = np.zeros(256, np.uint8)
        table[[SLOT[name] for name in onto]] = 255
        allowed = here.point(table.tolist())
        where = PIL.ImageChops.darker(mask, allowed)
        here.paste(SLOT[slot], mask=where)
        self.index.paste(here, box)

    def stroke(self, points, width=1.0, taper=1.0):
        """Inks an open curve, thinner towards its ends; width in line widths."""
        self._stroke(self.to_pixels(points), width, taper)

    def _stroke(self, pixels, width, taper):
        half = max(0.5, 0.5 * width * self.line_width)
        step = np.gradient(pixels, axis=0)
        length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-6)[:, None]
        normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / length
        along = np.linspace(0, 1, len(pixels))[:, None]
        pressure = 1 - taper * (np.abs(2 * along - 1) ** 2.5)
        if not taper:  # outlines breathe a little, as a pen does
            pressure = 0.85 + 0.25 * np.sin(6.0 * along + pixels[0, 0])
        side = normal * half * np.maximum(pressure, 0.15)
        outline = np.vstack([pixels + side, (pixels - side)[::-1]])
        self._line.polygon([tuple(p) for p in outline], 255)


import PIL.ImageChops  # noqa: E402


def curve(points, closed=True, n=7):
    """Smooth curve (Catmull-Rom) through points: [P, 2] to about [P * n, 2]."""
    p = np.asarray(points, float)
    if closed:
        p = np.vstack([p[-1:], p, p[:2]])
    else:
        p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, n, endpoint=False)[:, None, None]
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    q = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
        + (3 * b - a - 3 * c + d) * t**3
    )  # fmt: skip
    q = q.transpose(1, 0, 2).reshape(-1, 2)
    return q if closed else np.vstack([q, p[-2:-1]])


def path(anchors, closed=True, n=9):
    """Curve with corners at its anchors: [(x, y, bulge)], bulge in chord lengths.

    The segment after an anchor bends to its left by `bulge` of its length.
    """
    a = np.asarray(anchors, float)
    start, bulge = a[:, :2], a[:, 2:]
    end = np.roll(start, -1, axis=0)
    if not closed:
        start, end, bulge = start[:-1], end[:-1], bulge[:-1]
    chord = end - start
    control = (start + end) / 2 + 2 * bulge * chord[:, ::-1] * [1, -1]
    t = np.linspace(0, 1, n, endpoint=False)[:, None, None]
    q = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    q = q.transpose(1, 0, 2).reshape(-1, 2)
    return q if closed else np.vstack([q, a[-1:, :2]])


def ellipse(x, y, width, height, n=28, angle=0.0):
    """Closed curve; width and height are radii."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    px, py = width * np.cos(t), height * np.sin(t)
    return np.stack([x + c * px - s * py, y + s * px + c * py], axis=1)


def mirror(points):
    """The same points on the other side of x = 0."""
    return np.asarray(points) * [-1, 1]
