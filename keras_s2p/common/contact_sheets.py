"""Contact sheets: many pictures as one, side by side."""

import numpy as np

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
