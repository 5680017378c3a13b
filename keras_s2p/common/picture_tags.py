"""Tags of EXIF and of TIFFs, bounded in the one place where Pillow reads them.

Pillow copies what each tag says, and makes an object of each number in some of them;
of most formats as it opens a file, before anything can be looked at. Tags may all say
the same place, so few bytes can ask for gigabytes. Whatever the format, they pass
ImageFileDirectory_v2.load, which is bounded here: where `bounded` says so, in the
thread that says so, and nowhere else.
"""

import contextlib
import contextvars
import functools
import os
import struct

import numpy as np
import PIL.ExifTags
import PIL.Image
import PIL.TiffImagePlugin

from keras_s2p.common import picture_reader

ORIENTATION = 0x0112  # number of the tag
RESOLUTIONS, USUAL = (0x011A, 0x011B), 72  # likewise; what browsers take without them
SIZES = 0xA002, 0xA003  # of the width and the height that an EXIF names
# What turns a picture upright, by the value of its tag.
TURNS = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}
EXIF = {"exif", "Raw profile type exif"}  # in the `info` of PIL images
NAMES = EXIF | {"xmp", "XML:com.adobe.xmp", "Raw profile type xmp"}  # of orientations
UNSEEN = "TIFF", "PSD"  # formats that browsers do not show
MAX_SIZE = 1_000_000  # bytes of an EXIF, which holds a small picture at most
MAX_TAGS = 65_535
MAX_NUMBERS = 500_000  # of all tags of a directory; Pillow makes an object of each
FRACTIONS, SLOW = (5, 10), 50  # kinds of a tag; numbers, for which each counts
BYTES = (1, 2, 6, 7)  # kinds of a tag whose values are bytes or letters
VALUE_SIZES = dict.fromkeys(BYTES, 1) | {  # bytes of a value of a tag, by its kind
    3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8
}  # fmt: skip

_is_bounded = contextvars.ContextVar("is_bounded", default=False)


@contextlib.contextmanager
def bounded():
    """Where tags are read that say too much, Pillow raises TooManyParts."""
    token = _is_bounded.set(True)
    try:
        yield
    finally:
        _is_bounded.reset(token)


def find_orientation(image):
    """The value of the orientation tag; None if there is none, or none that is read."""
    if any(len(image.info.get(name, b"")) > MAX_SIZE for name in EXIF):
        return None
    try:
        with bounded():
            return image.getexif().get(ORIENTATION)
    except Exception:  # damaged ones raise nearly anything; browsers show the picture
        return None


def has_orientation(image) -> bool:
    """Whether an image's EXIF, and not its XMP alone, says an orientation."""
    exif = PIL.Image.Exif()
    try:
        with bounded():
            exif.load(image.info.get("exif", b"")[:MAX_SIZE])
            return ORIENTATION in exif
    except Exception:
        return False


def is_shown_otherwise(image) -> bool:
    """Whether browsers may show an image otherwise than upright in its own size.

    They obey the EXIF of JPEGs; some that of others, and none what XMP says. Some forms
    they do not show at all, whatever a file is called.
    """
    if image.format in UNSEEN:
        return True
    if not NAMES & set(image.info):
        return False
    if image.format == "JPEG":
        if _is_scaled(image):
            return True
        if has_orientation(image):
            return False
    return find_orientation(image) in TURNS


def _is_scaled(image):
    """Whether a JPEG's EXIF says a resolution, and another size that goes with it."""
    exif = PIL.Image.Exif()
    try:
        with bounded():
            exif.load(image.info.get("exif", b"")[:MAX_SIZE])
            named = exif.get_ifd(PIL.ExifTags.IFD.Exif)
    except Exception:
        return False
    usual = all(exif.get(tag, USUAL) == USUAL for tag in RESOLUTIONS)
    sizes = zip(SIZES, image.size)
    return not usual and any(named.get(tag, side) != side for tag, side in sizes)


def _bound(load):
    @functools.wraps(load)
    def load_bounded(directory, file):
        if _is_bounded.get():
            _check(directory, file)
        load(directory, file)

    return load_bounded


def _check(directory, file):
    """Raises TooManyParts if what Pillow will copy of tags is more than the file holds.

    Args:
        directory: PIL.TiffImagePlugin.ImageFileDirectory_v2, not loaded yet.
        file: where its tags begin; there it stays.
    """
    start = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(start)
    order, big = directory._endian, directory._bigtiff
    head = struct.Struct(order + ("Q" if big else "H"))
    entry = struct.Struct(order + ("HHQQ" if big else "HHLL"))
    data = file.read(head.size)
    (count,) = head.unpack(data) if len(data) == head.size else (0,)
    is_picture = isinstance(file, picture_reader.Reader)
    if count > MAX_TAGS or end > MAX_SIZE and not is_picture:
        raise picture_reader.TooManyParts
    tags = file.read(count * entry.size)
    file.seek(start)
    whole = len(tags) - len(tags) % entry.size
    copied = numbers = 0
    for _, kind, number, place in entry.iter_unpack(tags[:whole]):
        size = VALUE_SIZES.get(kind, 0) * number
        copied += min(size, max(0, end - place))
        if kind not in BYTES and 0 < size <= end:  # Pillow leaves others out
            numbers += number * (SLOW if kind in FRACTIONS else 1)
    if copied > end + picture_reader.BLOCK or numbers > MAX_NUMBERS:
        raise picture_reader.TooManyParts


_load = PIL.TiffImagePlugin.ImageFileDirectory_v2.load
if not hasattr(_load, "__wrapped__"):  # once, however often this is imported
    PIL.TiffImagePlugin.ImageFileDirectory_v2.load = _bound(_load)
