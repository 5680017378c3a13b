"""One training at a time in a run folder."""

import contextlib
import os

from keras_s2p.common import files, locks


@contextlib.contextmanager
def locked(folder: str, option: str = "--run-dir"):
    """Within, no other process can lock the folder, which is made if it is missing.

    The system takes the lock away with the process that holds it, however it ends. A
    folder that was made here and is still empty at the end is removed.

    Args:
        folder: the run folder.
        option: that names it.

    Raises:
        ValueError: another process trains in it, or a file in it is a pipe, a device
            or the like, which would be waited for once it is read or written.
    """
    os.makedirs(folder, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY) if locks.fcntl else None
    try:
        files.check_none_special(folder)
        if descriptor is not None and locks.try_lock(descriptor) is False:
            raise ValueError(
                f"{option}: another training runs in {folder}; choose another folder "
                "or wait for its end"
            )
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(folder)  # only an empty one can be
    finally:
        if descriptor is not None:
            os.close(descriptor)
