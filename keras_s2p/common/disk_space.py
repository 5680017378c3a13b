"""A full or closed disk is a sentence, whoever writes to it."""

import contextlib
import errno
import os
import re
import tempfile

from keras_s2p.common import files

NO_RIGHT = ("Permission denied", "Read-only file system")
NO_SPACE = ("No space left on device", "Disk quota exceeded", "File too large")
# What is looked for; TensorFlow writes less of the code of its graphs.
TEMPORARY_SIZE, TEMPORARY_FILES = 1_000_000, 100  # bytes, files


@contextlib.contextmanager
def explaining_no_space(folder: str, then: str = "the same command resumes"):
    """Turns errors of a full or closed disk, TensorFlow's too, into a ValueError.

    TensorFlow writes the code of its graphs to temporary files, and fails in other
    words without; if the folder is there, it is looked for space, and they are in it.

    Args:
        folder: that is written to.
        then: what to do once there is space, the end of the sentence.
    """
    try:
        with contextlib.ExitStack() as stack:
            if os.path.isdir(folder):
                stack.enter_context(_temporary_files_in(folder))
            yield
    except Exception as error:
        place = rf"(^|[\s'\":;]){re.escape(folder.rstrip('/'))}([/\s'\":;]|$)"
        closed = any(reason in str(error) for reason in NO_RIGHT)
        if closed and re.search(place, str(error)):
            raise ValueError(f"{folder}: may not be written to") from None
        if not any(reason in str(error) for reason in NO_SPACE):
            raise
        raise ValueError(
            f"{folder}: no space left on the device; {then} once there is"
        ) from None


@contextlib.contextmanager
def _temporary_files_in(parent):
    """Has Python's temporary files in a folder of their own, which a kill leaves.

    The next command that writes into the parent removes it then.
    """
    with files.temporary_folder(os.path.abspath(parent)) as folder:
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            with tempfile.TemporaryFile() as file:
                file.write(bytes(TEMPORARY_SIZE))
            _check_files(folder)
            yield
        finally:
            tempfile.tempdir = before


def _check_files(folder):
    """Raises OSError if the disk takes few files more, which may have space besides."""
    if hasattr(os, "statvfs"):
        status = os.statvfs(folder)
        if status.f_files and status.f_favail < TEMPORARY_FILES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
