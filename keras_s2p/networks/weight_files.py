"""Reads .npz files of weights: what is damaged takes no memory and is said."""

import math
import os
import zipfile

import numpy as np

from keras_s2p.common import errors

ITEM_SIZES = (2, 4, 8)  # bytes of a number
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack unbounded
MAX_DEFLATED = 1100  # bytes that one byte can be unpacked into, and some
MAX_UNPACKED = 100  # times the size of the file; weights shrink little

PAIR = {"pair": (32,)}  # array of files that belong together, and its shape
LARGEST = 1e6  # of a weight; trained ones stay below 100
OTHER_NETWORK = (
    "{path}: weights of another network than generator.json beside it describes "
    "({name} differs)"
)


class ValuesError(ValueError):
    """Values that no training comes to; the text is a sentence about the array."""


class _OtherNetworkError(Exception):
    """The text is the name of the array that differs."""


def read_arrays(path: str, shapes: dict, optional: tuple = ()) -> dict:
    """The arrays of a file of weights as float32.

    Shapes are compared before an array is read, so that a header that lies takes no
    memory.

    Args:
        path: the .npz file.
        shapes: shape of each array by its name.
        optional: beginnings of the names that the file may lack.

    Raises:
        ValueError: missing, damaged or of another network, in one sentence.
    """
    if not os.path.isfile(path):
        raise ValueError(f"{path}: no such file of weights")
    try:
        with zipfile.ZipFile(path) as archive:
            if not _is_likely(archive, path):
                raise ValueError("it unpacks into far more than itself")
            names = set(archive.namelist())
            found = {}
            for name, shape in shapes.items():
                if f"{name}.npy" in names:
                    found[name] = _read_array(archive, name, shape)
                elif not name.startswith(optional):
                    raise _OtherNetworkError(name)
            return found
    except _OtherNetworkError as error:
        raise ValueError(OTHER_NETWORK.format(path=path, name=error)) from None
    except Exception as error:  # a damaged file can raise nearly anything in zipfile
        reason = errors.find_reason(error)
        raise ValueError(f"{path}: damaged file of weights ({reason})") from None


def read_pair(path: str):
    """What weights.read_weights gives: a list of 32 bytes, or None."""
    pair = read_arrays(path, PAIR, tuple(PAIR)).get(*PAIR)
    return None if pair is None else pair.tolist()


def check_shapes(path: str, shapes: dict):
    """Raises ValueError, as read_arrays, if arrays of a file have other shapes.

    A network that is built after a file that lies may take gigabytes: some arrays are
    looked at before it is. What can not be told is left to read_arrays.

    Args:
        path: the .npz file.
        shapes: shape of each array by its name.
    """
    read_arrays(path, {})
    for name, shape in shapes.items():
        found = find_shape(path, name)
        if found is None:
            read_arrays(path, {name: shape})
        elif found != shape:
            raise ValueError(OTHER_NETWORK.format(path=path, name=name))


def is_whole(path: str) -> bool:
    """Whether a file is an archive whose checksums are right, of whatever weights.

    It is none if it unpacks into far more than itself, as one does whose entries are
    many times the same bytes: that takes hours to look through.
    """
    if not os.path.isfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if not {entry.compress_type for entry in entries} <= set(COMPRESSIONS):
                return False
            return _is_likely(archive, path) and archive.testzip() is None
    except Exception:  # a damaged file can raise nearly anything in zipfile
        return False


def _is_likely(archive, path):
    """Whether an archive says that it unpacks into no more than weights do."""
    unpacked = sum(entry.file_size for entry in archive.infolist())
    return unpacked <= MAX_UNPACKED * os.path.getsize(path)


def find_shape(path: str, name: str):
    """The shape of an array of a file; None if it can not be told, or is not true."""
    if not os.path.isfile(path):  # a pipe, which would be waited for
        return None
    try:
        with zipfile.ZipFile(path) as archive, _open_array(archive, name) as file:
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            entry = archive.getinfo(f"{name}.npy")
            said = file.tell() + dtype.itemsize * math.prod(shape)
            held = min(entry.file_size, MAX_DEFLATED * entry.compress_size)
            return shape if said <= held else None
    except Exception:  # read_arrays says what is wrong with it
        return None


def _open_array(archive, name):
    if archive.getinfo(f"{name}.npy").compress_type not in COMPRESSIONS:
        raise ValueError(f"{name} is compressed in an unusual way")
    return archive.open(f"{name}.npy")


def _read_array(archive, name, shape):
    with _open_array(archive, name) as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):  # of all small headers
            raise ValueError(f"{name} has a header of version {version}")
        found, _, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.kind != "f" or dtype.itemsize not in ITEM_SIZES:
            raise ValueError(f"{name} has no floating-point numbers")
        if found != shape:
            raise _OtherNetworkError(name)
    with _open_array(archive, name) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):
            raise ValueError(f"{name} has more numbers than its header says")
    with np.errstate(over="ignore"):  # becomes infinite, and is refused
        array = array.astype(np.float32)
    check_values(name, array)
    return array


def check_values(name: str, array):
    """Raises ValuesError if a training comes to no such values.

    Args:
        name: of the array, with which the error's text begins.
        array: float32.
    """
    if not np.isfinite(array).all():
        raise ValuesError(f"{name} has a value that is not finite")
    if "moving" not in name and np.abs(array).max(initial=0) > LARGEST:
        raise ValuesError(f"{name} has a value that no training comes to")
    if name.endswith("moving_variance") and array.min(initial=0) < 0:
        raise ValuesError(f"{name} has a value below 0")
