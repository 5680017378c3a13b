"""Locks that end with the process that holds them, however it ends.

Where there is none to be had (Windows, some network drives), work goes on without.
"""

import contextlib
import os
import stat
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def try_lock(descriptor: int):
    """Locks an open file or folder until its descriptor is closed.

    Returns:
        True; False if another one holds it; None if it can not be locked here.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except OSError:
        return None


class Held(NamedTuple):
    """A lock that is held; other processes may look after it too."""

    path: str
    file: tuple  # device and number of the file

    def check(self):
        """Raises ValueError if it went away with its folder, which another may have."""
        with contextlib.suppress(FileNotFoundError):
            if _find_file(os.stat(self.path)) == self.file:
                return
        folder = os.path.dirname(self.path)
        raise ValueError(f"{folder}: was removed or replaced meanwhile")


@contextlib.contextmanager
def locked(path: str, sentence: str):
    """Holds a lock as a file, which is there as long as the lock is held.

    Args:
        path: the file, which is empty.
        sentence: of the error.

    Yields:
        Held.

    Raises:
        ValueError: another one, in this process or in any other, holds it, or something
            else is at its path.
        OSError: the file can not be made.
    """
    descriptor = _open_locked(path, sentence)
    try:
        yield Held(path, _find_file(os.fstat(descriptor)))
    finally:
        with contextlib.suppress(OSError):
            if is_at(descriptor, path):  # else its folder was moved: another's lock
                os.remove(path)
        os.close(descriptor)


def _open_locked(path, sentence):
    with contextlib.suppress(FileNotFoundError):
        there = os.lstat(path)
        if not stat.S_ISREG(there.st_mode) or there.st_size:  # a link may lead anywhere
            raise ValueError(
                f"{path}: not an empty file, in the place of a lock; remove it"
            )
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        found = try_lock(descriptor)
        if found is False:
            os.close(descriptor)
            raise ValueError(sentence)
        if found is None or is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # the one who held it has just removed the file


def _find_file(status):
    """What no other file has, as long as this one is open."""
    return status.st_dev, status.st_ino


def is_at(descriptor: int, path: str) -> bool:
    """Whether an open file or folder is the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
