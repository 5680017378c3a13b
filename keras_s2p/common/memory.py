"""Memory that is free goes back to the system."""

import ctypes
import functools


def release():
    """Gives back what was freed; the C library keeps much of it in pieces.

    Does nothing where that library is not GNU's.
    """
    trim = _find_trim()
    if trim is not None:
        trim(0)


@functools.lru_cache(maxsize=1)
def _find_trim():
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # not Linux, or another library
        return None
