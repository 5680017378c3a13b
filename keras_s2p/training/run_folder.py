"""The folder of a run: whose settings it holds, its hint encoder, and its first files.

A run folder can be painted with as a release can (networks/weights.py). It holds
train.json besides, sources.json, versions.json, schedule.json, checkpoints, logs,
samples and history.csv with history.png.
"""

import dataclasses
import os
import shutil

import keras
import numpy as np
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.common import files, sources, versions
from keras_s2p.data import dataset
from keras_s2p.networks import hint, owners, weight_files, weights
from keras_s2p.training import checkpoints, history

FOLDERS = ("checkpoints", "samples", "logs", "logs/train", "logs/validation")
HINT_OPTION = "--hint-weights"
CONFIG_FILES = (weights.CONFIG_FILE, configs.TRAIN_FILE)
CONFIG_CLASSES = (configs.GeneratorConfig, configs.TrainConfig)
# Settings that may change when a run is resumed: how long, and how it is watched.
FREE_TO_CHANGE = ("steps", "checkpoint_every", "validation_batches", "patience")


def is_begun(folder: str) -> bool:
    """Whether a run has a checkpoint, and goes on with its own weights.

    Without one it begins anew with what its command names; the files that a kill left,
    of which the hint encoder may have learnt, count for nothing.

    Args:
        folder: the run folder, which need not exist.
    """
    return checkpoints.find_latest(os.path.join(folder, "checkpoints")) is not None


def find_sources(config, generator_config, train_config) -> dict:
    """Option to file of what a run is made of, and at its beginning of what it trains.

    Args:
        config: RunConfig.
        generator_config: GeneratorConfig.
        train_config: TrainConfig.
    """
    found = {"--dataset": os.path.join(config.dataset, dataset.INDEX)}
    begins = not is_begun(config.run_dir)
    if begins and config.initial_weights:
        folder = weights.find_folder(config.initial_weights)
        found["--initial-weights"] = os.path.join(folder, weights.GENERATOR_FILE)
    if generator_config.hint_encoder == "imagenet":
        found[weights.VGG_OPTION] = hint.find_vgg_file(config.vgg_weights)
    elif begins or not train_config.encoder_share:
        found[HINT_OPTION] = os.path.join(
            find_hint_folder(config), weights.HINT_ENCODER_FILE
        )
    return found


def check_run_folder(folder: str, *new_configs):
    """Raises ValueError if the folder is no run's, or a run's with other settings.

    Args:
        folder: the run folder, which need not exist.
        new_configs: GeneratorConfig and TrainConfig.
    """
    owners.check(folder, "--run-dir", owners.RUN)
    before = read_settings(folder)
    for new in new_configs:
        for name, after in dataclasses.asdict(new).items():
            if before.get(name, after) != after and name not in FREE_TO_CHANGE:
                raise ValueError(
                    f"{configs.option_name(name)}: {folder} was begun with "
                    f"{before[name]}, not {after}; choose another --run-dir"
                )


def choose_sizes(config, generator_config, train_config):
    """The two configs with sizes: those given, else the run's, else the dataset's.

    Args:
        config: RunConfig.
        generator_config: GeneratorConfig; its working_size becomes the training's.
        train_config: TrainConfig; its size becomes the largest that the dataset's
            pictures suffice for, at most 256.

    Raises:
        ValueError: the dataset's pictures are smaller than the size, or than 32 pixels.
    """
    stored = dataset.load_index(config.dataset)["settings"]["size"]
    before = read_settings(config.run_dir)
    size = (
        train_config.size or before.get("size") or min(configs.SIZE, stored // 32 * 32)
    )
    if stored < max(size, 32):
        raise ValueError(
            f"--size: {config.dataset} holds pictures of {stored} pixels, smaller than "
            f"{max(size, 32)}"
        )
    working_size = generator_config.working_size or before.get("working_size") or size
    return (
        dataclasses.replace(generator_config, working_size=working_size),
        dataclasses.replace(train_config, size=size),
    )


def read_settings(folder: str) -> dict:
    """Name to value of the settings that a run was begun with; empty if there is none.

    Raises:
        ValueError: a file of them is damaged.
    """
    settings = {}
    for name, config_class in zip(CONFIG_FILES, CONFIG_CLASSES):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            settings |= dataclasses.asdict(configs.read_json(config_class, path))
    return settings


def find_hint_folder(config) -> str:
    """Folder of the `paintings` hint encoder: the run's, the given, the release's.

    A damaged one of the run's counts as none, and so does that of a run that is not
    begun.

    Args:
        config: RunConfig.

    Raises:
        ValueError: that, with the generator of --initial-weights, is of two trainings.
    """
    path = os.path.join(config.run_dir, weights.HINT_ENCODER_FILE)
    if is_begun(config.run_dir) and weight_files.is_whole(path):
        return config.run_dir
    given = config.hint_weights or config.initial_weights or weights.DEFAULT
    folder = weights.find_folder(given)
    if config.initial_weights and not config.hint_weights:
        weights.check_together(folder)
    return folder


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
    theirs = weights.read_config(folder)
    for name in ("hint_size", "hint_filters", "hint_image_size"):
        there, here = getattr(theirs, name), getattr(config, name)
        if there != here:
            raise ValueError(
                f"{configs.option_name(name)}: the hint encoder in {folder} was "
                f"trained with {there}, not {here}"
            )


def check_replaceable(folder: str):
    """Raises ValueError if a training's files or folders are there as something else.

    What it writes last, it would find after hours.
    """
    for name in (weights.GENERATOR_FILE, weights.HINT_ENCODER_FILE, *CONFIG_FILES):
        files.check_replaceable(os.path.join(folder, name))
    for path in (os.path.join(folder, name) for name in FOLDERS):
        if os.path.lexists(path) and not os.path.isdir(path):
            raise ValueError(f"{path}: not a folder")


def check_untrained(folder: str):
    """Raises ValueError if a folder without a checkpoint holds what one had trained.

    A training that was killed before its first checkpoint leaves its weights, too, but
    beside a folder for checkpoints, and neither samples nor what shows its history.
    """
    sign, samples = None, os.path.join(folder, "samples")
    if history.read(folder):
        sign = history.FILE
    elif os.path.lexists(os.path.join(folder, history.PICTURE)):
        sign = history.PICTURE
    elif os.path.isdir(samples) and os.listdir(samples):
        sign = os.path.join("samples", min(os.listdir(samples)))
    elif os.path.exists(os.path.join(folder, weights.GENERATOR_FILE)):
        if not os.path.isdir(os.path.join(folder, "checkpoints")):
            sign = weights.GENERATOR_FILE
    if sign:
        raise ValueError(
            f"{folder}: {sign} is of a training whose checkpoints are gone, or of "
            "none; start anew with another --run-dir"
        )


def write_run_folder(config, *new_configs):
    """Makes the run folder one that paint.py can load.

    Args:
        config: RunConfig.
        new_configs: GeneratorConfig and TrainConfig.
    """
    os.makedirs(os.path.join(config.run_dir, "checkpoints"), exist_ok=True)
    found = find_sources(config, *new_configs)
    sources.write(config.run_dir, found, anew=not is_begun(config.run_dir))
    versions.write(config.run_dir, tf, keras, np)
    for name, new in zip(CONFIG_FILES, new_configs):
        configs.write_json(new, os.path.join(config.run_dir, name))
    write_what_paints(config, *new_configs)


def write_what_paints(config, generator_config, train_config):
    """Writes what paint.py needs and the folder lacks, but for what is trained.

    Args:
        config: RunConfig.
        generator_config: GeneratorConfig.
        train_config: TrainConfig.
    """
    path = os.path.join(config.run_dir, weights.CONFIG_FILE)
    if not os.path.exists(path):
        configs.write_json(generator_config, path)
    if generator_config.hint_encoder != "paintings":
        return
    if train_config.encoder_share and is_begun(config.run_dir):
        return  # it has learnt: callbacks.SaveNetworks writes it
    path = os.path.join(config.run_dir, weights.HINT_ENCODER_FILE)
    source = os.path.join(find_hint_folder(config), weights.HINT_ENCODER_FILE)
    if source != path:
        # A copy: reading variables is work that all workers must share.
        with files.replacing(path) as partial:
            shutil.copyfile(source, partial)


def mend(folder: str):
    """Clears up behind a training that was killed after its last checkpoint.

    Raises:
        ValueError: history.csv can not be read.
        OSError: history.png can not be written.
    """
    for parent in (folder, os.path.join(folder, "samples")):
        files.clean_partials(parent)
    picture = os.path.join(folder, history.PICTURE)
    if not os.path.exists(picture) and history.read(folder):
        history.plot(folder)
