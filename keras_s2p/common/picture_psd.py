"""What Pillow does not see of a PSD: planes that it skips wrongly, kept selections."""

import os
import struct

import numpy as np
import PIL.Image

from keras_s2p.common import files
from keras_s2p.common.picture_profiles import strips

HEADER = struct.Struct(">4s8xH8xHH")  # signature, channels, bits of each, mode
BITS_READ = (1, 8)  # what Pillow reads
MULTICHANNEL = 7  # a PSD's mode; inks of any colour, of which Pillow reads the first
VERSION_INFO = 1057  # the part of a PSD that says if there is a merged picture
CLEAR_INDEX = 1047  # the part that says which colour of a palette is clear
RGBA_CHANNELS = 4
STRIP = 1_000_000  # pixels that are looked at at once


def check_kind(reader):
    """Raises FileError if it is a PSD of a depth or a mode that can not be read."""
    head = reader.read(HEADER.size)
    reader.seek(0)
    if head.startswith(b"8BPS") and len(head) == HEADER.size:
        _, _, bits, mode = HEADER.unpack(head)
        if bits not in BITS_READ:
            raise files.FileError(f"a PSD of {bits} bits a channel; save it with 8")
        if mode == MULTICHANNEL:
            raise files.FileError("a PSD in Multichannel mode; save it in RGB")


def check_merged(image):
    """Raises FileError if a PIL image, opened, is a PSD without a merged picture."""
    for number, _, data in getattr(image, "resources", ()):
        if number == VERSION_INFO and data[4:5] == b"\0":
            raise files.FileError(
                "a PSD without a merged picture; save it with Maximize Compatibility"
            )


def find_clear(image):
    """Tells a PIL image, opened, which colour of a PSD's palette is clear."""
    for number, _, data in getattr(image, "resources", ()):
        if number == CLEAR_INDEX and image.mode == "P" and len(data) == 2:
            index = int.from_bytes(data, "big")
            if index < 256:
                image.info["transparency"] = index


def find_packed_channels(image, reader):
    """Finds the channels of a packed PSD, such as one with a kept selection.

    The lengths of all channels' rows stand before them. Pillow skips those of the
    channels that it reads alone.

    Args:
        image: PIL image, opened and not loaded.
        reader: the picture_reader.Reader that it was opened from.
    """
    if image.format != "PSD" or not image.tile or image.tile[0][0] != "packbits":
        return
    reader.seek(0)
    _, channels, *_ = HEADER.unpack(reader.read(HEADER.size))
    skipped = 2 * image.height * (channels - len(image.tile))
    make = getattr(type(image.tile[0]), "_make", tuple)  # of older Pillows
    image.tile = [
        make((codec, extents, offset + skipped, arguments))
        for codec, extents, offset, arguments in image.tile
    ]


def drop_selection(image, reader):
    """Makes an RGB picture of a PSD whose fourth channel is a kept selection.

    Pillow takes it for opacity. It is that if the number of layers is negative.

    Args:
        image: PIL image, opened and not loaded, after find_packed_channels.
        reader: the picture_reader.Reader that it was opened from.
    """
    if image.format != "PSD" or image.mode != "RGBA":
        return
    reader.seek(HEADER.size)
    for _ in ("colours", "resources"):
        (size,) = struct.unpack(">I", reader.read(4))
        reader.seek(size, os.SEEK_CUR)
    section, info, count = struct.unpack(">IIh", reader.read(10))
    is_opacity = min(section, info) > 0 and count < 0
    if not is_opacity:
        image._mode = "RGB"
        image.tile = image.tile[: RGBA_CHANNELS - 1]


def remove_white(image):
    """Gives the colours of a PSD with opacity, loaded, without the white below them.

    Its merged picture is laid over white as it is saved, and has its opacity beside.
    """
    if image.format != "PSD" or image.mode != "RGBA":
        return
    for rows, strip in strips(image, STRIP):
        pixels = np.asarray(strip).astype(np.float32)
        opacity = pixels[..., 3:]
        colours = pixels[..., :3] - (255 - opacity)
        colours = (colours * 255 / np.maximum(opacity, 1)).clip(0, 255)
        pixels[..., :3] = np.where(opacity > 0, colours, pixels[..., :3])
        image.paste(
            PIL.Image.fromarray((pixels + 0.5).astype(np.uint8)), (0, rows.start)
        )
