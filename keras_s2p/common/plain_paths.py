"""Paths in which TensorFlow sees no pattern.

It looks for a checkpoint's and a model's files as a shell would, and so finds none in a
folder with brackets or a backslash in its name.
"""

import contextlib
import os
import re
import tempfile

PATTERN = re.compile(r"[*?\[\]{}\\]")


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
