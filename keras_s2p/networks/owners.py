"""Whose a folder is, so that no command writes weights into what another one made."""

import os

from keras_s2p.common import config as configs
from keras_s2p.networks import weights

RUN = "a training"
CUT_RUN = f"a training that lacks its {configs.TRAIN_FILE}"
GPU_RUN = "a training under JAX"
RELEASE = "a release"
PRETRAINING = "a pretraining of the hint encoder"
DATASET = "a dataset"
INDEX = "dataset.json"  # of a dataset
CHECKPOINTS = "checkpoints"  # of train
HINT_CHECKPOINTS = "hint_checkpoints"  # of pretrain_hint


def find_owner(folder: str):
    """RUN or another of the names above; None of a folder that holds none."""
    there = os.listdir(folder) if os.path.isdir(folder) else []
    if configs.TRAIN_FILE in there:
        return RUN
    if weights.GENERATOR_FILE in there and CHECKPOINTS in there:
        return CUT_RUN
    if weights.GENERATOR_FILE in there:
        return GPU_RUN if _has_guides(folder) else RELEASE
    pretrained = HINT_CHECKPOINTS, weights.HINT_ENCODER_FILE
    if not set(pretrained).isdisjoint(there):
        return PRETRAINING
    return DATASET if INDEX in there else None


def check(folder: str, option: str, *allowed):
    """Raises ValueError if a folder is not of one of those that are allowed, or free.

    Args:
        folder: that is written to; it need not exist.
        option: the option that names it.
        allowed: what find_owner may give besides None.
    """
    owner = find_owner(folder)
    if owner and owner not in allowed:
        raise ValueError(f"{option}: {folder} holds {owner}; choose another folder")


def _has_guides(folder):
    """Whether there are guide decoders, as releases have none."""
    path = os.path.join(folder, weights.CONFIG_FILE)
    try:
        return configs.read_json(configs.GeneratorConfig, path).guides
    except ValueError:
        return False  # none is there, or a damaged one, which a release mends
