"""Files: only regular ones are read, up to a size, and only regular ones are replaced.

A named pipe would be waited for without end, a device gives bytes without end or does
something when it is opened, and replacing a device node takes it from everybody.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import time

from keras_s2p.common import locks

MAX_LIST_SIZE = 64_000_000  # bytes, of a CSV file or the index of a dataset
MAX_CONFIG_SIZE = 1_000_000  # bytes
REMOVALS = 20  # times that the removal of a folder is tried
PARTIAL = ".partial"  # the end of the name of what is being written
PARTIAL_NAME = re.compile(r"\.[0-9a-f]{16}\.partial")
NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # where a pipe has come meanwhile
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class FileError(ValueError):
    """A file that can not be read or replaced; the text names the file and why."""


def open_regular(path: str, limit: int):
    """Opens a regular file for reading; what a link leads to counts.

    Args:
        path: the file.
        limit: the largest size in bytes that is opened.

    Returns:
        Buffered binary file.

    Raises:
        FileError: missing, not a regular file, too large, or not allowed.
    """
    try:
        # Opening alone may already wait, or make a device act: looked at before.
        _check_kind(path, os.stat(path))
        flags = os.O_RDONLY | NO_WAIT | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags), "rb")
    except FileError:
        raise
    except PermissionError:
        raise FileError(f"{path}: may not be read") from None
    except (OSError, ValueError):  # ValueError: a zero byte
        raise FileError(f"{path}: no such file") from None
    try:
        status = os.fstat(file.fileno())
        _check_kind(path, status)
        _check_size(path, status.st_size, limit)
    except FileError:
        file.close()
        raise
    return file


def check_regular(folder: str):
    """Raises FileError if not all files below a folder are regular ones, or links."""
    for parent, _, names in os.walk(folder):
        for path in (os.path.join(parent, name) for name in names):
            try:
                _check_kind(path, os.stat(path))
            except OSError:
                raise FileError(f"{path}: no such file") from None


def check_none_special(folder: str):
    """Raises FileError if an entry of a folder is neither a file nor a folder."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.exists(path) and not os.path.isdir(path):
            _check_kind(path, os.stat(path))


def read_text(path: str, limit: int) -> str:
    """The text of a regular UTF-8 file, line ends as they are.

    Args:
        path: the file.
        limit: the largest size in bytes that is read.

    Raises:
        FileError: as open_regular, or not UTF-8.
    """
    with open_regular(path, limit) as file:
        try:
            data = file.read(limit + 1) or b""  # None where nothing has come yet
            _check_size(path, len(data), limit)  # one in /proc says that it is empty
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise FileError(f"{path}: not a UTF-8 text file") from None
        except OSError as error:
            raise FileError(f"{path}: can not be read ({error.strerror})") from None


def find_sha256(path: str) -> str:
    """SHA-256 of a regular file as 64 hexadecimal digits.

    Raises:
        OSError: it is none, or can not be read.
    """
    found = hashlib.sha256()
    try:
        with open_regular(path, sys.maxsize) as file:
            for block in iter(lambda: file.read(1 << 20) or b"", b""):
                found.update(block)
    except FileError as error:
        raise OSError(str(error)) from None
    return found.hexdigest()


def find_real(path: str) -> str:
    """The path with its links followed, as far as they may be."""
    try:
        return os.path.realpath(path)
    except OSError:  # one leads through a folder that may not be entered
        return os.path.abspath(path)


def check_replaceable(path: str):
    """Raises FileError if there is something at `path` that is no regular file."""
    if os.path.exists(path):
        _check_kind(path, os.stat(path))


@contextlib.contextmanager
def replacing(path: str, folder: bool = False, check=None):
    """Writes a file whole or not at all: beside it, and then renamed.

    What a killed process left half-written in this place is removed.

    Example:
        with replacing(path) as partial:
            write(partial)

    Args:
        path: the file.
        folder: write a new folder instead.
        check: None, or a function that is called when all is written, before anything
            is replaced; what it raises ends it.

    Yields:
        Path of an empty file, or folder, to write to. It takes the place of `path` at
        the end, or is removed on an error.

    Raises:
        FileError: there is something at `path` that is no regular file.
        OSError: nothing can be written there, or there is such a folder.
    """
    if not folder:
        check_replaceable(path)
    parent = os.path.dirname(path) or "."
    _clean_once(parent)
    try:
        partial, descriptor = _make_partial(parent, folder)
    except PermissionError as error:  # which names the hidden file
        raise PermissionError(error.errno, error.strerror, path) from None
    try:
        yield partial
        if folder and os.name == "posix":  # Windows syncs only what is written to
            _sync_files(partial)
        elif descriptor is not None and not folder:
            os.fsync(descriptor)  # or a power cut may leave the name of an empty file
        if check is not None:
            check()
        os.replace(partial, path)
    finally:
        if os.path.isdir(partial):
            shutil.rmtree(partial)
        elif os.path.lexists(partial):
            os.remove(partial)
        if descriptor is not None:
            os.close(descriptor)


def _sync_files(folder):
    """Waits until the disk has all files of a folder."""
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                os.fsync(file.fileno())


@contextlib.contextmanager
def temporary_folder(parent: str):
    """Makes a folder for this user alone, which is removed at the end.

    What killed processes left of the kind in `parent` is removed.

    Args:
        parent: where; there is such a folder.

    Yields:
        Its path.

    Raises:
        OSError: it can not be made.
    """
    clean_partials(parent)
    folder, descriptor = _make_partial(parent, True)
    try:
        os.chmod(folder, 0o700)
        yield folder
    finally:
        for _ in range(REMOVALS):  # a thread that goes on may write to it meanwhile
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break
            time.sleep(0.05)
        if descriptor is not None:
            os.close(descriptor)


def _make_partial(parent, folder):
    """Path of a new file or folder, and a descriptor that holds its lock."""
    while True:
        # Not the file's own name and more: that may be as long as names can be.
        partial = os.path.join(parent, f".{secrets.token_hex(8)}{PARTIAL}")
        if folder:
            os.mkdir(partial)
            descriptor = os.open(partial, os.O_RDONLY) if os.name == "posix" else None
        else:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            descriptor = os.open(partial, flags, 0o666)
        if descriptor is None:
            return partial, None
        if locks.try_lock(descriptor) is not False and locks.is_at(descriptor, partial):
            if os.name == "posix":
                return partial, descriptor
            os.close(descriptor)  # Windows renames no open file
            return partial, None
        os.close(descriptor)  # clean_partials saw it before it was locked


_cleaned = set()


def _clean_once(folder):
    """Calls clean_partials once for each folder: it lists the folder."""
    folder = os.path.realpath(folder)
    if folder not in _cleaned:
        _cleaned.add(folder)
        clean_partials(folder)


def clean_partials(folder: str):
    """Removes what `replacing` of killed processes left; living ones hold a lock."""
    try:
        names = [n for n in os.listdir(folder) if PARTIAL_NAME.fullmatch(n)]
    except OSError:
        return  # writing will say why
    for name in names:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            mode = os.lstat(path).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                continue  # `replacing` makes none; opening it may wait without end
            descriptor = os.open(path, os.O_RDONLY | NO_WAIT)
            try:
                if not locks.try_lock(descriptor):
                    continue
                if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                    shutil.rmtree(path)
                else:
                    os.remove(path)
            finally:
                os.close(descriptor)


def _check_kind(path, status):
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise FileError(f"{path}: {kind}, not a file")


def _check_size(path, size, limit):
    if size > limit:
        most = f"{limit // 1_000_000} MB"
        raise FileError(f"{path}: larger than {most}, too large to be read")
