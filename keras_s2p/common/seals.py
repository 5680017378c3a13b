"""Seals: a file holds its own SHA-256, and so tells whether anybody has saved it since.

A file of layers has a mark and a place for it where its format lets strangers' bytes
be. A PNG has a chunk of its own before its end, of a kind that programs drop as they
save the picture again.
"""

import hashlib
import os
import zlib

from keras_s2p.common import files

DIGEST = 32  # bytes of a SHA-256
MARK = b"keras_s2p sha256 "  # before the SHA-256 of a file in which that is zeros
PLACE = MARK + bytes(DIGEST)  # what is to be put into a file that is no PNG
PNG = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK = b"ksSP"  # in its case: not needed, private, not safe to copy
PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
PNG_SEALED = 4 + len(PNG_CHUNK) + DIGEST + 4 + len(PNG_END)  # bytes
MAX_SIZE = 1 << 32  # bytes of a file that may be sealed; a PSD has at most half of it
BLOCK = 1 << 20  # bytes at a time


def seal(path: str):
    """Seals a PNG, or a file in which PLACE is.

    Raises:
        OSError: it can not be read or written.
    """
    with open(path, "r+b") as file:
        size = _find_size(file)
        if _is_png(file):
            start = size - len(PNG_END)
            found = _png_seal(file, start)
        else:
            start = _find_digest_place(file)
            found = _find_digest(file, start, size)
        file.seek(start)
        file.write(found)


def is_sealed(path: str, label: str = "") -> bool:
    """Whether a file is as `seal` left it, and can be read: nobody has saved it since.

    It may be saved, and cut for it, while it is read, so it is not mapped into memory.

    Args:
        path: the file.
        label: what is before MARK in it, if it is no PNG.
    """
    try:
        with files.open_regular(path, MAX_SIZE) as file:
            return _is_sealed(file, f"{label} ".encode() + MARK if label else MARK)
    except (files.FileError, OSError):
        return False


def _is_sealed(file, mark):
    size = _find_size(file)
    if _is_png(file):
        start = max(0, size - PNG_SEALED)
        return _read(file, start, PNG_SEALED + 1) == _png_seal(file, start)
    start = _find_digest_place(file, mark)
    found = _read(file, start or 0, DIGEST)
    return start is not None and found == _find_digest(file, start, size)


def _find_size(file):
    return file.seek(0, os.SEEK_END)


def _read(file, start, size):
    file.seek(start)
    return file.read(size)


def _is_png(file):
    return _read(file, 0, len(PNG)) == PNG


def _png_seal(file, start):
    """How a PNG ends that is sealed: a chunk for what is before it, and the last."""
    body = PNG_CHUNK + _hash(file, 0, start).digest()
    return b"".join(
        [DIGEST.to_bytes(4, "big"), body, zlib.crc32(body).to_bytes(4, "big"), PNG_END]
    )


def _find_digest_place(file, mark=MARK):
    """Where the SHA-256 of a file begins in it, after the first mark; None without."""
    file.seek(0)
    place, data = 0, file.read(BLOCK)
    while data:
        found = data.find(mark)
        if found >= 0:
            return place + found + len(mark)
        kept = data[-len(mark) :]  # the mark may be where two blocks meet
        more = file.read(BLOCK)
        place += len(data) - len(kept)
        data = more and kept + more
    return None


def _find_digest(file, start, size):
    """SHA-256 of a file's bytes, with zeros where it is itself."""
    found = _hash(file, 0, start)
    found.update(bytes(DIGEST))
    return _hash(file, start + DIGEST, size, found).digest()


def _hash(file, start, stop, found=None):
    found = found or hashlib.sha256()
    file.seek(start)
    for first in range(start, stop, BLOCK):
        found.update(file.read(min(BLOCK, stop - first)))
    return found
