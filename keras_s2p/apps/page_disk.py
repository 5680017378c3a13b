"""What the web page keeps on disk, and how much of it.

Nothing here needs gradio, and some of it must happen before gradio is imported.
"""

import contextlib
import os
import tempfile
import threading
import time

from keras_s2p.common import files, picture_files

FOLDER_VARIABLE = "GRADIO_TEMP_DIR"  # where gradio keeps uploads; read at its import
MAX_AGE = 6 * 3600  # seconds that uploads and paintings are kept after their last use
RENEW = 3600  # seconds; what is older, and used, is as if it had come now
MAX_KEPT = 4_000_000_000  # bytes of them
MAX_FILES = 10_000  # of them; more take seconds to remove at the end
MAX_UPLOADS = 2_000  # files that are uploaded before sweep can have deleted any
SWEEP_EVERY = 60  # seconds
YOUNG = 60  # seconds; what is no older may be in use
CUT_OFF = 240  # seconds; an upload that has not come to its end by then will not
BLOCK = 4096  # bytes that a folder takes


@contextlib.contextmanager
def without_folder(path: str):
    """Lets an ImageError name a file without its folder: that is nobody's business."""
    try:
        yield
    except picture_files.ImageError as error:
        text = str(error).replace(path, os.path.basename(path))
        raise picture_files.ImageError(text) from None


@contextlib.contextmanager
def own_folder():
    """Makes the folder of all of the page's files; it is removed at the end.

    It stands in GRADIO_TEMP_DIR, or else among the temporary files, for this user
    alone. What a killed page left there is removed. Files are deleted when they are
    MAX_AGE old or, the oldest first, beyond MAX_KEPT and MAX_FILES.

    Yields:
        Path of the folder within it that uploads and paintings stand in.

    Raises:
        OSError: it can not be made.
    """
    before = os.environ.get(FOLDER_VARIABLE), tempfile.tempdir
    parent = before[0] or tempfile.gettempdir()
    os.makedirs(parent, exist_ok=True)
    ended = threading.Event()
    with files.temporary_folder(parent) as folder:
        uploads, other = (os.path.join(folder, name) for name in ("page", "other"))
        for each in (uploads, other):
            os.mkdir(each)
        sweeper = threading.Thread(
            target=_keep_sweeping, args=((uploads, other), ended), daemon=True
        )
        sweeper.start()
        os.environ[FOLDER_VARIABLE], tempfile.tempdir = uploads, other
        try:
            yield uploads
        finally:
            ended.set()
            tempfile.tempdir = before[1]
            if before[0] is None:
                del os.environ[FOLDER_VARIABLE]
            else:
                os.environ[FOLDER_VARIABLE] = before[0]


def _keep_sweeping(folders, ended):
    while not ended.wait(SWEEP_EVERY):
        sweep(folders, MAX_AGE, MAX_KEPT, MAX_FILES)


def sweep(folders, max_age: float, max_kept: int, max_files: int):
    """Deletes old files, the oldest ones of too many, and uploads that were cut off.

    Args:
        folders: paths; everything in them, at any depth. What stands in one itself is
            an upload that comes, or that was cut off.
        max_age: seconds since a file was changed.
        max_kept: bytes that all take on disk, with a folder for each file; files
            younger than YOUNG stay even beyond that.
        max_files: of all; likewise.
    """
    now, kept = time.time(), 0
    found = sorted(_find_files(folders, max_age), reverse=True)
    for number, (changed, size, path, longest) in enumerate(found, 1):
        kept += size
        age = now - changed
        many = kept > max_kept or number > max_files
        if age > longest or (many and age > YOUNG):
            with contextlib.suppress(OSError):
                os.remove(path)
                if os.path.dirname(path) not in folders:
                    os.rmdir(os.path.dirname(path))  # unless it holds more
    for folder in folders:
        _remove_empty(folder, now - YOUNG)


def renew(path: str):
    """Keeps a file that is in use, as if it had come now."""
    now = time.time()
    with contextlib.suppress(OSError):  # it is gone
        if os.stat(path).st_mtime < now - RENEW:
            os.utime(path, (now, now))


def _find_files(folders, max_age):
    """(when it was changed, bytes, path, seconds that it may stay) of each file."""
    for folder in folders:
        for parent, _, names in os.walk(folder):
            longest = min(max_age, CUT_OFF) if parent == folder else max_age
            for path in (os.path.join(parent, name) for name in names):
                with contextlib.suppress(OSError):
                    status = os.lstat(path)
                    size = max(status.st_size, 512 * getattr(status, "st_blocks", 0))
                    yield status.st_mtime, size + BLOCK, path, longest


def _remove_empty(folder, before):
    """Removes the folders within a folder that were empty before a time."""
    for parent, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):  # it holds something
            if parent != folder and os.stat(parent).st_mtime < before:
                os.rmdir(parent)


class Flood:
    """Counts what is uploaded, until sweep can have deleted some of it.

    Args:
        max_bytes: of all uploads.
        max_files: likewise.
    """

    def __init__(self, max_bytes=MAX_KEPT, max_files=MAX_UPLOADS):
        self._most = max_bytes, max_files
        self._since, self._brought = time.monotonic(), (0, 0)

    def is_over(self, size: int = 0, number: int = 0) -> bool:
        """Counts bytes and files that came; whether they are too many so soon."""
        now = time.monotonic()
        if now > self._since + SWEEP_EVERY + YOUNG:
            self._since, self._brought = now, (0, 0)
        self._brought = self._brought[0] + size, self._brought[1] + number
        return any(came > most for came, most in zip(self._brought, self._most))
