"""Which programs trained in a folder: versions.json, a line for each change."""

import os
import platform

import keras_s2p
from keras_s2p.common import config as configs
from keras_s2p.common import json_files

FILE = "versions.json"


def write(folder: str, *modules):
    """Adds what trains from here on, if it is not what did before.

    Args:
        folder: the run folder.
        modules: packages of others; keras_s2p and Python are told of besides.

    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, FILE)
    known = []
    if os.path.exists(path):
        with json_files.reading(path) as found:
            if not isinstance(found, list):
                raise ValueError("it is no list of versions")
            known = found
    versions = {each.__name__: each.__version__ for each in (keras_s2p, *modules)}
    versions["python"] = platform.python_version()
    if known[-1:] != [versions]:
        configs.write_json([*known, versions], path)
