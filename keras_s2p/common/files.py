"""Files: only regular ones are read, up to a size, and only regular ones are replaced.

A named pipe would be waited for without end, a device gives bytes without end or does
something when it is opened, and replacing a device node takes it from everybody.
"""

import contextlib
import csv
import io
import os
import shutil
import stat

MAX_LIST_SIZE = 64_000_000  # bytes, of a CSV file or the index of a dataset
MAX_CONFIG_SIZE = 1_000_000  # bytes
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
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
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
            data = file.read(limit + 1)
            _check_size(path, len(data), limit)  # one in /proc says that it is empty
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise FileError(f"{path}: not a UTF-8 text file") from None
        except OSError as error:
            raise FileError(f"{path}: can not be read ({error.strerror})") from None


def read_rows(path: str) -> list:
    """The rows of a CSV file as dicts by its first line.

    Raises:
        FileError: as read_text, or not a CSV file.
    """
    text = read_text(path, MAX_LIST_SIZE)
    try:
        return list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise FileError(f"{path}: not a CSV file ({error})") from None


def check_replaceable(path: str):
    """Raises FileError if there is something at `path` that is no regular file."""
    if os.path.exists(path):
        _check_kind(path, os.stat(path))


@contextlib.contextmanager
def replacing(path: str):
    """Writes a file whole or not at all: beside it, and then renamed.

    Example:
        with replacing(path) as partial:
            write(partial)

    Yields:
        Path to write a file, or a new folder, to. It takes the place of `path` at the
        end, or is removed on an error.

    Raises:
        FileError: there is something at `path` that is no regular file.
    """
    check_replaceable(path)
    partial = f"{path}.{os.getpid()}.partial"
    try:
        yield partial
        os.replace(partial, path)
    finally:
        if os.path.isdir(partial):
            shutil.rmtree(partial)
        elif os.path.lexists(partial):
            os.remove(partial)


def _check_kind(path, status):
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise FileError(f"{path}: {kind}, not a file")


def _check_size(path, size, limit):
    if size > limit:
        most = f"{limit // 1_000_000} MB"
        raise FileError(f"{path}: larger than {most}, too large to be read")
