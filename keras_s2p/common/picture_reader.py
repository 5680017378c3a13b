"""A reader that spends little memory and time on what a picture's header says.

A file of an OpenRaster or Krita is an archive with its merged picture in it.

Pillow believes headers: it would set gigabytes aside, or look for millions of parts,
before a damaged file shows what it is.
"""

import functools
import io
import re
import struct
import zipfile
import zlib

import PIL.PngImagePlugin

# Reads of a header, and of the rest beyond one for each 64 bytes. A file of empty parts
# takes more: Pillow would keep millions, or copy all of them for each.
HEADER_READS, BODY_READS = 10_000, 50_000
MOST_SINGLE_BYTES = 8_000_000  # reads, where Pillow reads each byte; some seconds
MERGED = "mergedimage.png"  # in an archive
MAX_DIRECTORY = 1_000_000  # bytes, of an archive; some ten thousand files
EXTRA_SIZE = 50_000_000  # bytes of a merged picture beyond twice the archive's size
ARCHIVED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others are unpacked unbounded
MAX_PROFILES = 10  # of a PNG, which may have one; Pillow unpacks each
MAX_TEXT = 16_000_000  # bytes, unpacked, of each text and profile in a PNG
MAX_EXIF = 80_000  # bytes, of a JPEG, which may say it in pieces
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
BMP_HEADER, BMP_V5 = 14, 124  # where a BMP's second header begins; bytes of a full one
MAX_HEADER = 65536  # bytes of an AVIF that are looked through for its colours
MAX_CHUNKS = 1000  # of a PNG that are looked at for one that says its colours
MAX_SCANS = 100  # of a JPEG; each goes over all of its pixels anew
# What else begins so is refused by libjpeg, and hardly ever comes by chance.
SCAN = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")
BLOCK = 1 << 20  # bytes

# Drawing programs write histories of more than the megabyte that Pillow unpacks.
PIL.PngImagePlugin.MAX_TEXT_CHUNK = MAX_TEXT


class TooManyParts(Exception):  # noqa: N818  nothing in Pillow catches it
    """A file was read from too often."""


class Reader(io.BufferedReader):
    """A file that can be read from so many times, and its header once."""

    def __init__(self, raw, size):
        super().__init__(raw)
        self.size = size
        self.reads = HEADER_READS
        self.bytes, self.exif_bytes = 2 * size + 1_000_000, MAX_EXIF  # profiles twice
        self.profiles = MAX_PROFILES

    def begin_body(self, by_bytes=False):
        more = min(self.size, MOST_SINGLE_BYTES) if by_bytes else self.size // 64
        self.reads = BODY_READS + more
        self.bytes = float("inf")  # short strips are read with what follows them

    def read(self, size=-1, /):
        # A header may ask for gigabytes, which would be set aside before they are read.
        data = super().read(size if size is None else min(size, self.size))
        self.reads -= 1
        self.bytes -= len(data)
        self.exif_bytes -= len(data) if data.startswith(b"Exif\0\0") else 0
        self.profiles -= len(data) == 8 and data.endswith(b"iCCP")  # a chunk's head
        if min(self.reads, self.bytes, self.exif_bytes, self.profiles) < 0:
            raise TooManyParts
        return data

    def fileno(self):
        # libtiff would map the file into memory, and Python end with SIGBUS where
        # another program cuts it meanwhile. Without a number it is given the bytes.
        raise OSError("read by this object alone")

    def blocks(self):
        """All bytes of the file, uncounted: each block begins with four that were."""
        self.seek(0)
        block = super().read(BLOCK)
        while block:
            yield block
            rest = super().read(BLOCK)
            block = rest and block[-4:] + rest
        self.seek(0)


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
        if archive.getinfo(MERGED).compress_type not in ARCHIVED:
            raise ValueError(f"{MERGED} is compressed in an unusual way")
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


def check_scans(reader):
    """Raises TooManyParts if it is a JPEG that is drawn over itself without end."""
    if reader.read(2) == b"\xff\xd8":
        scans = 0
        for block in reader.blocks():
            scans += len(SCAN.findall(block))
            if scans > MAX_SCANS:
                raise TooManyParts
    reader.seek(0)


def check_png(reader):
    """Raises ValueError if pixels of a PNG are not those that its checksums are of.

    Pillow overlooks it. The reader stays where it is.
    """
    place = reader.tell()
    reader.seek(len(PNG_SIGNATURE))
    read = functools.partial(io.BufferedReader.read, reader)  # uncounted
    head = read(8)
    while len(head) == 8 and head[4:] != b"IEND":
        size, found = int.from_bytes(head[:4], "big"), zlib.crc32(head[4:])
        if head[4:] == b"IDAT":
            for start in range(0, size, BLOCK):
                found = zlib.crc32(read(min(BLOCK, size - start)), found)
            if read(4) != found.to_bytes(4, "big"):
                raise ValueError("a wrong checksum")
        else:
            reader.seek(size + 4, io.SEEK_CUR)
        head = read(8)
    reader.seek(place)


def find_cicp(reader):
    """The four numbers of a PNG's cICP chunk, a list; None if there is none.

    Pillow does not read it. The reader stays where it is.
    """
    place = reader.tell()
    start, found = len(PNG_SIGNATURE), None
    for _ in range(MAX_CHUNKS):
        reader.seek(start)
        head = io.BufferedReader.read(reader, 12)  # uncounted
        if len(head) < 12 or head[4:8] == b"IDAT":
            break
        if head[:8] == b"\0\0\0\4cICP":
            found = list(head[8:])
            break
        start += 12 + int.from_bytes(head[:4], "big")  # with its name and checksum
    reader.seek(place)
    return found


def find_nclx(reader):
    """What an AVIF says of its colours, as find_cicp does; None if it does not.

    Pillow does not tell it. It gives RGB over the whole range, whatever the file has.
    The reader stays where it is.
    """
    place = reader.tell()
    reader.seek(0)
    head = io.BufferedReader.read(reader, MAX_HEADER)  # uncounted
    reader.seek(place)
    start = head.find(b"colrnclx") + 8
    if start < 8 or len(head) < start + 4:
        return None
    return [*struct.unpack_from(">HH", head, start), 0, 1]


def find_bitmap_profile(reader):
    """The ICC profile that is embedded in a BMP; None if there is none.

    Pillow does not read it. The reader stays where it is.
    """
    place = reader.tell()
    reader.seek(BMP_HEADER)
    header = io.BufferedReader.read(reader, BMP_V5)  # uncounted
    profile = None
    if len(header) == BMP_V5 and header[56:60] == b"DEBM":  # "MBED", turned
        start, size = struct.unpack_from("<II", header, 112)
        reader.seek(min(BMP_HEADER + start, reader.size))
        profile = reader.read(size)
    reader.seek(place)
    return profile
