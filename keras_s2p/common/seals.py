"""Seals: a file holds its own SHA-256, and so tells whether anybody has saved it since.

A file of layers has a mark and a place for it where its format lets strangers' bytes
be. A PNG has a chunk of its own before its end, of a kind that programs drop as they
save the picture again.
"""

import contextlib
import hashlib
import mmap
import os
import zlib

DIGEST = 32  # bytes of a SHA-256
MARK = b"keras_s2p sha256 "  # before the SHA-256 of a file in which that is zeros
PLACE = MARK + bytes(DIGEST)  # what is to be put into a file that is no PNG
PNG = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK = b"ksSP"  # in its case: not needed, private, not safe to copy
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
PNG_SEALED = 4 + len(PNG_CHUNK) + DIGEST + 4 + len(PNG_END)  # bytes
BLOCK = 1 << 20  # bytes at a time


def seal(path: str):
    """Seals a PNG, or a file in which PLACE is.

    Raises:
        OSError: it can not be read or written.
    """
    with _reading(path) as data:
        if _is_png(data):
            start = len(data) - len(PNG_END)
            found = _png_seal(data, start)
        else:
            start = data.find(MARK) + len(MARK)
            found = _find_digest(data, start)
    with open(path, "r+b") as file:
        file.seek(start)
        file.write(found)


def is_sealed(path: str) -> bool:
    """Whether a file is as `seal` left it: nobody has saved it since."""
    if not os.path.isfile(path) or not os.path.getsize(path):
        return False
    with _reading(path) as data:
        if _is_png(data):
            start = max(0, len(data) - PNG_SEALED)
            return data[start:] == _png_seal(data, start)
        start = data.find(MARK) + len(MARK)
        found = data[start : start + DIGEST]
        return start >= len(MARK) and found == _find_digest(data, start)


@contextlib.contextmanager
def _reading(path):
    """The bytes of a file, which take no memory."""
    with open(path, "rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _is_png(data):
    return data[: len(PNG)] == PNG


def _png_seal(data, start):
    """How a PNG ends that is sealed: a chunk for what is before it, and the last."""
    body = PNG_CHUNK + _hash(data, 0, start).digest()
    return b"".join(
        [DIGEST.to_bytes(4, "big"), body, zlib.crc32(body).to_bytes(4, "big"), PNG_END]
    )


def _find_digest(data, start):
    """SHA-256 of a file's bytes, with zeros where it is itself."""
    found = _hash(data, 0, start)
    found.update(bytes(DIGEST))
    return _hash(data, start + DIGEST, len(data), found).digest()


def _hash(data, start, stop, found=None):
    found = found or hashlib.sha256()
    for first in range(start, stop, BLOCK):
        found.update(data[first : min(first + BLOCK, stop)])
    return found
