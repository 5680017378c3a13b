"""A reader that spends little memory and time on what a picture's header says.

A file of an OpenRaster or Krita is an archive with its merged picture in it.

Pillow believes headers: it would set gigabytes aside, or look for millions of parts,
before a damaged file shows what it is.
"""

import io
import re
import struct
import zipfile

# Reads of a header, and of the rest beyond one for each 64 bytes. A file of empty parts
# takes more: Pillow would keep millions, or copy all of them for each.
HEADER_READS, BODY_READS = 10_000, 50_000
MAX_STRIPS = 100_000  # of a TIFF
TIFF_STRIPS = (273, 324)  # numbers of the tags that say where strips or tiles are
MERGED = "mergedimage.png"  # in an archive
MAX_DIRECTORY = 1_000_000  # bytes, of an archive; some ten thousand files
EXTRA_SIZE = 50_000_000  # bytes of a merged picture beyond twice the archive's size
MAX_EXIF = 80_000  # bytes; a small one may already say 10,000 times what it holds


class TooManyParts(Exception):  # noqa: N818  nothing in Pillow catches it
    """A file was read from too often."""


class Reader(io.BufferedReader):
    """A file that can be read from so many times, and its header once."""

    def __init__(self, raw, size):
        super().__init__(raw)
        self.size = size
        self.reads = HEADER_READS
        self.bytes, self.exif_bytes = size + 1_000_000, MAX_EXIF

    def begin_body(self):
        self.reads = BODY_READS + self.size // 64
        self.bytes = float("inf")  # short strips are read with what follows them

    def read(self, size=-1, /):
        # A header may ask for gigabytes, which would be set aside before they are read.
        data = super().read(size if size is None else min(size, self.size))
        self.reads -= 1
        self.bytes -= len(data)
        self.exif_bytes -= len(data) if data.startswith(b"Exif\0\0") else 0
        if min(self.reads, self.bytes, self.exif_bytes) < 0:
            raise TooManyParts
        return data


def open_merged(reader):
    """The Reader of the merged picture in an archive; any other Reader itself.

    Raises:
        TooManyParts: the archive has more files than a drawing needs.
        ValueError: it is damaged or has no such picture, or one of too many bytes.
    """
    head = reader.read(4)
    if head != b"PK\3\4":
        reader.seek(0)
        return reader
    _check_directory(reader)
    limit = 2 * reader.size + EXTRA_SIZE
    with zipfile.ZipFile(reader) as archive:
        if MERGED not in archive.namelist():
            raise ValueError(f"no {MERGED} in it")
        with archive.open(MERGED) as file:
            data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"{MERGED} is too large")
    return Reader(io.BytesIO(data), len(data))


def _check_directory(reader):
    """Raises TooManyParts if an archive's list of files is long."""
    reader.seek(max(0, reader.size - 70_000))  # it is told of at the end
    tail = reader.read(70_000)
    sizes = [
        struct.unpack_from("<L", tail, end.start() + 12)[0]
        for end in re.finditer(b"PK\5\6", tail)
        if end.start() + 16 <= len(tail)
    ]
    # The other mark is that of archives of 4 GB or 65535 files.
    if max(sizes, default=0) > MAX_DIRECTORY or b"PK\6\7" in tail:
        raise TooManyParts
    reader.seek(0)


def check_strips(reader):
    """Raises TooManyParts if it is a TIFF of more strips than any picture needs."""
    head = reader.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order and {42, 43} & set(head[2:4]):
        big = 43 in head[2:4]  # BigTIFF
        step = 20 if big else 12
        try:
            reader.seek(*struct.unpack_from(order + "LQ"[big], head, 8 if big else 4))
            (count,) = struct.unpack(order + "HQ"[big], reader.read(8 if big else 2))
            tags = reader.read(min(count, HEADER_READS) * step)
            for start in range(0, len(tags), step):
                tag, _, number = struct.unpack_from(
                    order + "HH" + "LQ"[big], tags, start
                )
                if tag in TIFF_STRIPS and number > MAX_STRIPS:
                    raise TooManyParts
        except (OSError, OverflowError, ValueError, struct.error):
            pass  # Pillow will say that it is damaged
    reader.seek(0)
