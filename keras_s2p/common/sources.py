"""What a run was made of: hashes of the files that it does not hold itself.

`sources.json` of a run folder, or of a release, holds the sha256 of the dataset's index
and of VGG 19's file, so that neither is exchanged unseen.
"""

import os

from keras_s2p.common import files, json_files
from keras_s2p.common.config import write_json

FILE = "sources.json"


def read(folder: str) -> dict:
    """Option to sha256 of what a folder was made of; empty where nothing is known.

    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, FILE)
    if not os.path.exists(path):
        return {}
    with json_files.reading(path) as found:
        return dict(found)


def check(folder: str, option: str, path: str, accepted=()):
    """Raises ValueError if a folder was made with another file than this one.

    Args:
        folder: a run folder or a release; one that knows nothing fits everything.
        option: the option that names the file; its name in sources.json.
        path: the file.
        accepted: sha256 that the same contents had in an older form of the file.
    """
    before = read(folder).get(option)
    if not before or before in accepted or not os.path.isfile(path):
        return
    if files.find_sha256(path) != before:
        raise ValueError(
            f"{option}: {path} is another file than the one that {folder} was trained "
            "with (its sha256 differs)"
        )


def write(folder: str, paths: dict, anew: bool = False):
    """Adds to sources.json what it does not know.

    Args:
        folder: a run folder.
        paths: option to file; a file that is not there is left out.
        anew: forget what it knows.
    """
    known = {} if anew else read(folder)
    for option, path in paths.items():
        if option not in known and os.path.isfile(path):
            known[option] = files.find_sha256(path)
    write_json(known, os.path.join(folder, FILE))
