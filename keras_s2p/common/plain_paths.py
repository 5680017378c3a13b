"""Paths in which TensorFlow sees no pattern.

It looks for a checkpoint's and a model's files as a shell would, and so finds none in a
folder with brackets or a backslash in its name.
"""

import contextlib
import os
import re
import tempfile

PATTERN = re.compile(r"[*?\[\]{}\\\ud800-\udfff]")  # or bytes that are no UTF-8
ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")  # of another file system


def check_local(option: str, path: str):
    """Raises ValueError if a path is an address.

    TensorFlow writes to gs://... and ram://... elsewhere than to this machine's disk,
    where the rest of a folder goes.

    Args:
        option: what the path was given as, such as --run-dir.
        path: of a file or folder.
    """
    if ADDRESS.match(path):
        raise ValueError(
            f"{option}: {path}: an address, not a folder of this machine; copy what is "
            "made there afterwards"
        )


def check_readable(option: str, path: str):
    """Raises ValueError if TensorFlow takes a path for no text, or for an address.

    Arguments are those of check_local.
    """
    check_local(option, path)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(
            f"{option}: {path}: a name that is not UTF-8, which TensorFlow can not "
            "open; rename it, or name a link to it"
        ) from None


@contextlib.contextmanager
def without_patterns(path: str):
    """Gives another path of a file or folder, or of what begins with it, for a while.

    Args:
        path: such as of a folder of an exported model, or `checkpoints/ckpt-10`.

    Yields:
        `path`, or the same name behind a link in a temporary folder.
    """
    if os.name != "posix" or not PATTERN.search(path):
        yield path
        return
    folder, name = os.path.split(os.path.abspath(path))
    with tempfile.TemporaryDirectory() as place:
        link = os.path.join(place, "link")
        if PATTERN.search(name):  # that of a folder
            folder, name = os.path.join(folder, name), ""
        os.symlink(folder, link)
        yield os.path.join(link, name) if name else link
