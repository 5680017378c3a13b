"""Checksums of an exported model, as `sha256sum` writes and checks them.

TensorFlow finds damage in the weights alone: one changed bit of saved_model.pb may load
and paint other colours.
"""

import os
import re

from keras_s2p.common import files

SUMS = os.path.join("assets.extra", "SHA256SUMS")  # a folder that servers leave alone
MAX_SIZE = 100_000  # bytes of it
LINE = re.compile("([0-9a-f]{64})  (.+)")  # SHA-256, and a file's name


def write_sums(folder: str):
    """Writes SUMS: the SHA-256 of each file of a model, named relative to its folder.

    Raises:
        OSError: one can not be read, or SUMS not be written.
    """
    lines = [f"{files.find_sha256(path)}  {name}\n" for name, path in _list(folder)]
    os.makedirs(os.path.join(folder, os.path.dirname(SUMS)), exist_ok=True)
    with open(os.path.join(folder, SUMS), "w", encoding="utf-8") as file:
        file.writelines(lines)


def check_sums(folder: str):
    """Raises ValueError if a file of a model is not as SUMS says; older ones have none.

    What SUMS does not name is left to TensorFlow.
    """
    path = os.path.join(folder, SUMS)
    if not os.path.lexists(path):
        return
    found = dict(_list(folder))
    lines = list(map(LINE.fullmatch, files.read_text(path, MAX_SIZE).splitlines()))
    if not lines or None in lines:
        raise ValueError(f"{path}: damaged; export again")
    for digits, name in (line.groups() for line in lines):
        if name not in found:
            raise ValueError(f"{os.path.join(folder, name)}: is missing; export again")
        if files.find_sha256(found[name]) != digits:
            raise ValueError(f"{found[name]}: damaged, or {path} is; export again")


def _list(folder):
    """(name with /, path) of each file of a model but those of assets.extra."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {os.path.dirname(SUMS)})
        for name in sorted(names):
            path = os.path.join(parent, name)
            yield os.path.relpath(path, folder).replace(os.sep, "/"), path
