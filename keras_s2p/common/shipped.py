"""The folders that travel with the program: its releases and its examples.

A clone has them beside the package; setup.py puts a copy of them into the wheel.
"""

import hashlib
import os
import re

from keras_s2p.common import files

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPIES = "_shipped"  # the folder of the copies, in the package


def find(name: str, package: str = PACKAGE) -> str:
    """The folder `weights` or `examples`, of an installed package or of a clone.

    The copy goes first: beside an installed package lie other people's, and some of
    them leave an `examples` there.
    """
    copy = os.path.join(package, COPIES, name)
    return copy if os.path.isdir(copy) else os.path.join(os.path.dirname(package), name)


def find_checksum(path: str):
    """The SHA-256 that weights/README.md says of a file that ships; None of others.

    Links to it are followed.

    Raises:
        FileError: it would stand in weights/README.md, which is not there.
    """
    path, releases = os.path.realpath(path), os.path.realpath(RELEASES)
    if not path.startswith(releases + os.sep):
        return None
    name = os.path.relpath(path, releases).replace(os.sep, "/")
    text = files.read_text(os.path.join(RELEASES, "README.md"), 1_000_000)
    found = re.search(rf"`{re.escape(name)}`.*`([0-9a-f]{{64}})`", text)
    return found[1] if found else None


def check(path: str):
    """Raises ValueError if a file of the release that ships is not as it was."""
    expected = find_checksum(path)
    if expected and _find_sha256(path) != expected:
        raise ValueError(
            f"{path}: not the file that ships (its SHA-256 is another); install anew, "
            "or, if it is a new release, write its SHA-256 into weights/README.md"
        )


def _find_sha256(path):
    """SHA-256 of a file; of a text that git may have given other ends of lines."""
    if not path.endswith(".json"):
        return files.find_sha256(path)
    text = files.read_text(path, files.MAX_LIST_SIZE).replace("\r\n", "\n")
    return hashlib.sha256(text.encode()).hexdigest()


RELEASES = find("weights")
EXAMPLES = find("examples")
