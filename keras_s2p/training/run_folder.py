"""The folder of a run: whose settings it holds, its hint encoder, and its first files.

A run folder can be painted with as a release can (networks/weights.py). It holds
train.json besides, versions.json, checkpoints, logs, history.csv and samples.
"""

import dataclasses
import json
import os
import platform
import shutil

import keras
import numpy as np
import tensorflow as tf

import keras_s2p
from keras_s2p.common import config as configs
from keras_s2p.common import files
from keras_s2p.networks import weights

VERSIONS_FILE = "versions.json"
MODULES = {"keras_s2p": keras_s2p, "tensorflow": tf, "keras": keras, "numpy": np}
CONFIG_FILES = (weights.CONFIG_FILE, "train.json")
# Settings that may change when a run is resumed: how long, and how it is watched.
FREE_TO_CHANGE = ("steps", "checkpoint_every", "validation_batches")


def check_run_folder(folder: str, *new_configs):
    """Raises ValueError if the folder belongs to a run with other settings.

    Args:
        folder: the run folder, which need not exist.
        new_configs: GeneratorConfig and TrainConfig.
    """
    for name, new in zip(CONFIG_FILES, new_configs):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        old = configs.read_json(type(new), path)
        for field in dataclasses.fields(new):
            before, after = getattr(old, field.name), getattr(new, field.name)
            if before != after and field.name not in FREE_TO_CHANGE:
                raise ValueError(
                    f"{configs.option_name(field.name)}: {folder} was begun with "
                    f"{before}, not {after}; choose another --run-dir"
                )


def find_hint_folder(config) -> str:
    """Folder of the `paintings` hint encoder: the run's, the given, the release's.

    Args:
        config: RunConfig.
    """
    if os.path.exists(os.path.join(config.run_dir, weights.HINT_ENCODER_FILE)):
        return config.run_dir
    return config.hint_weights or config.initial_weights or weights.DEFAULT


def check_hint_folder(folder: str, config):
    """Raises ValueError if the folder's hint encoder is another than the config's.

    Its weights would fit a network with another --hint-image-size too, and read little.

    Args:
        folder: of find_hint_folder.
        config: GeneratorConfig.
    """
    path = os.path.join(folder, weights.CONFIG_FILE)
    if config.hint_encoder != "paintings" or not os.path.exists(path):
        return
    theirs = configs.read_json(configs.GeneratorConfig, path)
    for name in ("hint_size", "hint_filters", "hint_image_size"):
        there, here = getattr(theirs, name), getattr(config, name)
        if there != here:
            raise ValueError(
                f"{configs.option_name(name)}: the hint encoder in {folder} was "
                f"trained with {there}, not {here}"
            )


def write_run_folder(config, *new_configs):
    """Makes the run folder one that paint.py can load.

    Args:
        config: RunConfig.
        new_configs: GeneratorConfig and TrainConfig.
    """
    os.makedirs(config.run_dir, exist_ok=True)
    write_versions(config.run_dir)
    for name, new in zip(CONFIG_FILES, new_configs):
        configs.write_json(new, os.path.join(config.run_dir, name))
    path = os.path.join(config.run_dir, weights.HINT_ENCODER_FILE)
    if new_configs[0].hint_encoder == "paintings" and not os.path.exists(path):
        # A copy: reading variables is work that all workers must share.
        source = os.path.join(find_hint_folder(config), os.path.basename(path))
        with files.replacing(path) as partial:
            shutil.copyfile(source, partial)


def write_versions(folder: str):
    """Adds to versions.json what trains from here on, if it is not what did before.

    Args:
        folder: the run folder.

    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, VERSIONS_FILE)
    known = []
    if os.path.exists(path):
        try:
            known = list(json.loads(files.read_text(path, files.MAX_CONFIG_SIZE)))
        except (RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: can not be read ({error})") from None
    versions = {name: module.__version__ for name, module in MODULES.items()}
    versions["python"] = platform.python_version()
    if known[-1:] != [versions]:
        configs.write_json([*known, versions], path)
