"""Paintings kept between two calls, so that what changes last is painted soon."""

import collections
import hashlib
import threading

import numpy as np

MAX_PIXELS = 4_000_000  # of a sketch whose painting is kept; 20 bytes each


class Kept:
    """The values used last, by key.

    Args:
        most: how many are kept; 0 keeps none.
    """

    def __init__(self, most: int):
        self.most = most
        self._values = collections.OrderedDict()
        self._lock = threading.Lock()

    def take(self, key, make):
        """The value of a key, of `make` if it is not kept.

        Args:
            key: of make_key; None is never kept.
            make: function without arguments.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        if key is not None:
            with self._lock:
                self._values[key] = value
                while len(self._values) > self.most:
                    self._values.popitem(last=False)
        return value


def make_key(sketch, *parts):
    """A digest of arrays; None if the sketch [H, W, 1] is too large to keep."""
    if sketch.shape[0] * sketch.shape[1] > MAX_PIXELS:
        return None
    digest = hashlib.sha256()
    for array in (sketch, *parts):
        array = np.ascontiguousarray(array)
        digest.update(f"{array.shape}{array.dtype}".encode())
        digest.update(array.tobytes())
    return digest.digest()
