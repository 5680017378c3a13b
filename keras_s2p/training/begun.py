"""What a pretraining was begun with, beside its checkpoints.

train.py's runs have train.json and sources.json (run_folder.py); a pretraining's folder
becomes one of weights, so what it was begun with goes with the checkpoints.
"""

import dataclasses
import os

import keras
import numpy as np
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.common import files, json_files, versions
from keras_s2p.data import dataset
from keras_s2p.networks import weights
from keras_s2p.training import checkpoints

FILE = "begun.json"
# Where things lie, which are told apart by their sha256, and how long it takes.
FREE_TO_CHANGE = ("dataset", "out", "weights", "initial_weights", "steps")


def find_first_weights(folder: str, option):
    """The folder of --initial-weights; None if there is none, or none is read any more.

    Args:
        folder: of the checkpoints, which need not exist.
        option: what names it, or None.
    """
    if option and checkpoints.find_latest(folder, "--out") is not None:
        print("With its own weights: --initial-weights is not read")
        return None
    return option and weights.find_folder(option)


def check(folder: str, target: str, dataset_folder: str, all_configs: list, paths=()):
    """Raises ValueError if a pretraining was begun otherwise, or would replace another.

    Without a checkpoint nothing was begun; then it notes what is begun now. It notes
    the versions of what trains, too.

    Args:
        folder: of its checkpoints, which need not exist.
        target: the file of weights that it writes.
        dataset_folder: that it is trained on.
        all_configs: dataclasses of settings.
        paths: dict of option to the file behind it, of what else it is trained with.
    """
    older = dataset.find_older_sha256(dataset_folder)
    now = {
        "settings": _find_settings(all_configs),
        "sources": _find_sources(dataset_folder, paths),
    }
    path = os.path.join(folder, FILE)
    if checkpoints.find_latest(folder, "--out") is None:
        if os.path.lexists(target):
            raise ValueError(
                f"--out: {target} is there, but no checkpoint that it is of; choose "
                "another folder"
            )
        os.makedirs(folder, exist_ok=True)
        configs.write_json(now, path)
    # There is none of what was begun before this was noted.
    before = _read(path) if os.path.exists(path) else now
    for name, value in now["settings"].items():
        was = before["settings"].get(name, value)
        if was != value:
            raise ValueError(
                f"{configs.option_name(name)}: {folder} was begun with {was}, not "
                f"{value}; choose another --out"
            )
    for option, value in now["sources"].items():
        if before["sources"].get(option, value) not in (value, older):
            raise ValueError(
                f"{option}: not the one that {folder} was begun with (its sha256 "
                "differs); choose another --out"
            )
    versions.write(folder, tf, keras, np)


def _find_settings(all_configs):
    found = {}
    for each in all_configs:
        found |= dataclasses.asdict(each)
    return {name: found[name] for name in found if name not in FREE_TO_CHANGE}


def _find_sources(dataset_folder, paths):
    """Option to sha256."""
    index = os.path.join(dataset_folder, dataset.INDEX)
    paths = {"--dataset": index, **dict(paths)}
    return {
        option: files.find_sha256(path)
        for option, path in paths.items()
        if os.path.isfile(path)
    }


def _read(path):
    with json_files.reading(path) as found:
        return {name: dict(found[name]) for name in ("settings", "sources")}
