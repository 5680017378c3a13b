"""Contact sheets: many pictures as one, side by side."""

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from keras_s2p.common import images


def contact_sheet(rows, cell: int = 256):
    """Puts pictures side by side, each fitted into a white square.

    Args:
        rows: lists, equally long, of [H, W, 1 or 3] uint8 pictures; None is left white.
        cell: side of the squares in pixels.

    Returns:
        [rows * cell, columns * cell, 3] uint8.
    """
    sheet = np.full((len(rows) * cell, len(rows[0]) * cell, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            if picture is None:
                continue
            scale = cell / max(picture.shape[:2])
            height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
            top, left = i * cell + (cell - height) // 2, j * cell + (cell - width) // 2
            small = images.resize_uint8(picture, (height, width))
            sheet[top : top + height, left : left + width] = small
    return sheet


def add_headings(pixels, headings):
    """A sheet under a white strip that says what its columns are.

    Args:
        pixels: [H, W, 3] uint8, columns of one width.
        headings: str for each column.

    Returns:
        [strip + H, W, 3] uint8; the strip is as high as letters that fit need.
    """
    width = pixels.shape[1] // len(headings)
    size = max(6, min(20, 2 * width // max(map(len, headings))))
    strip = PIL.Image.new("RGB", (pixels.shape[1], 2 * size), "white")
    draw, font = PIL.ImageDraw.Draw(strip), PIL.ImageFont.load_default(size)
    for number, heading in enumerate(headings):
        middle = (round((number + 0.5) * width), size)
        draw.text(middle, heading, "black", font, anchor="mm")
    return np.concatenate([np.asarray(strip), pixels])
