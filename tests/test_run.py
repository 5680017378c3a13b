"""Trainings from Python, by config objects."""

import dataclasses

import keras
import numpy as np
import pytest

from keras_s2p.common import config as configs
from keras_s2p.common.config import HintTrainConfig, RunConfig
from keras_s2p.networks import weights
from keras_s2p.training import hint_run, strategies
from keras_s2p.training.run import run


def test_a_training_runs_resumes_and_ends_by_config_objects(
    dataset_folder, weights_folder, tiny_generator_config, tiny_train_config, tmp_path,
    capsys,
):  # fmt: skip
    run_dir = str(tmp_path / "run")
    where = RunConfig(dataset_folder, run_dir, hint_weights=weights_folder)
    short = dataclasses.replace(
        tiny_train_config, adversarial="none", validation_batches=1
    )
    run(where, tiny_generator_config, dataclasses.replace(short, steps=2))
    run(where, tiny_generator_config, short)
    run(where, tiny_generator_config, short)
    out = capsys.readouterr().out
    assert f"New run {run_dir}" in out and f"Resuming {run_dir} at step 2" in out
    assert f"{run_dir} has its 4 steps already" in out
    config, generator, _ = weights.load_networks(run_dir)
    assert config == tiny_generator_config
    assert all(np.isfinite(each).all() for each in generator.get_weights())
    with pytest.raises(ValueError, match="--l1-weight: .* was begun with 100.0, not 1"):
        other = dataclasses.replace(short, l1_weight=1.0)
        run(where, tiny_generator_config, other)


def test_precision_is_what_it_was_after_a_training():
    for mixed, name in ((True, "mixed_bfloat16"), (False, "float32")):
        with strategies.precision(mixed):
            assert keras.mixed_precision.global_policy().name == name
        assert keras.mixed_precision.global_policy().name == "float32"
    with pytest.raises(ValueError), strategies.precision(True):
        raise ValueError
    assert keras.mixed_precision.global_policy().name == "float32"


def test_configs_of_other_commands_name_what_they_refuse(tmp_path):
    config = HintTrainConfig(str(tmp_path / "none"), str(tmp_path / "out"))
    with pytest.raises(ValueError, match="--hint-encoder"):
        hint_run.pretrain(config, configs.PRESETS["paper"])
