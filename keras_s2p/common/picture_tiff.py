"""What a TIFF says of itself, looked at before Pillow and libtiff believe it."""

import contextlib
import struct
from typing import NamedTuple

from keras_s2p.common import picture_reader, picture_tags

MAX_STRIPS = 100_000
STRIPS = (273, 324)  # numbers of the tags that say where strips or tiles are
LENGTHS = (279, 325)  # and how many bytes each has
SIDES, TILE = (256, 257), (322, 323)  # numbers too, of width and height
WHOLE_NUMBERS = {1: "B", 3: "H", 4: "L", 16: "Q", 6: "B", 8: "H", 9: "L", 17: "Q"}
MAX_TILE = 4096  # pixels a side, of tiles larger than their picture


def check_tags(reader):
    """Raises TooManyParts if it is a TIFF in more pieces, or larger ones, than needed.

    A small picture may have a single tile that unpacks into gigabytes, or strips that
    all say the same place, or tags that do, of kinds that Pillow leaves out and libtiff
    keeps. What Pillow reads is bounded by picture_tags.
    """
    least, most = {}, {}  # of each number; which of several counts is not agreed upon
    said = packed = 0  # bytes of all tags, and of all strips
    for tag, count, value, values in _read_tags(reader):
        said += values.size
        if tag in (*STRIPS, *LENGTHS) and count > MAX_STRIPS:
            raise picture_reader.TooManyParts
        if tag in LENGTHS:
            packed += sum(max(0, value) for value in values.read(reader))
        if max(said, packed) > reader.size + picture_reader.BLOCK:
            raise picture_reader.TooManyParts
        least[tag] = min(value, least.get(tag, value))
        most[tag] = max(value, most.get(tag, value))
    area = unpacked = 1
    for side_tag, tile_tag in zip(SIDES, TILE):
        side, tile = max(1, least.get(side_tag, 1)), max(1, most.get(tile_tag, 1))
        area *= side
        unpacked *= -(-side // tile) * tile
    if unpacked > 4 * area + MAX_TILE**2:
        raise picture_reader.TooManyParts
    reader.seek(0)


class _Values(NamedTuple):
    """Where the values of a TIFF's tag are."""

    layout: str  # of struct, of all of them; empty where they are no whole numbers
    size: int  # bytes, as its kind says; of kinds that are not known one each
    inside: bytes  # what is in the place of a place, where they are few

    def read(self, reader):
        """The values; none where the file is damaged, which Pillow will say."""
        if not self.layout:
            return ()
        data, order = self.inside, self.layout[0]
        with contextlib.suppress(OSError, OverflowError, ValueError, struct.error):
            if self.size > len(data):
                place = struct.unpack(order + "LQ"[len(data) == 8], data)
                reader.seek(*place)
                data = reader.read(self.size)
            return struct.unpack_from(self.layout, data)
        return ()


def _read_tags(reader):
    """(tag, how many values, the first, _Values) of a TIFF's first picture's tags.

    Nothing of another file, or from where it is damaged on: Pillow will say so. In the
    place of a value that is no whole number there is what is refused sooner.
    """
    reader.seek(0)
    head = reader.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if not order or not {42, 43} & set(head[2:4]):
        return
    big = 43 in head[2:4]  # BigTIFF
    entry = struct.Struct(order + ("HHQ8s" if big else "HHL4s"))
    with contextlib.suppress(OSError, OverflowError, ValueError, struct.error):
        first = struct.unpack_from(order + "LQ"[big], head, 8 if big else 4)[0]
        reader.seek(first)
        (count,) = struct.unpack(order + "HQ"[big], reader.read(8 if big else 2))
        tags = reader.read(min(count, picture_reader.HEADER_READS) * entry.size)
        for start in range(0, len(tags), entry.size):
            tag, kind, number, data = entry.unpack_from(tags, start)
            value, layout = 2**64 if tag in TILE else 1, ""
            if kind in WHOLE_NUMBERS:
                whole = struct.Struct(order + WHOLE_NUMBERS[kind])
                (value,) = whole.unpack_from(data.ljust(8, b"\0"))
                layout = f"{order}{number}{WHOLE_NUMBERS[kind]}"
            size = picture_tags.VALUE_SIZES.get(kind, 1) * number
            yield tag, number, value, _Values(layout, size, data)
