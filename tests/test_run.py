"""Trainings from Python, by config objects."""

import dataclasses
import json
import os
import shutil
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import config as configs
from keras_s2p.common import files, sources, versions
from keras_s2p.common.config import HintTrainConfig, RunConfig
from keras_s2p.networks import weights
from keras_s2p.training import (
    callbacks,
    hint_run,
    history,
    run_folder,
    schedule,
    strategies,
)
from keras_s2p.training import run as run_module
from keras_s2p.training.run import run


@pytest.mark.slow
@pytest.mark.long
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
    with open(os.path.join(run_dir, history.FILE), "a") as file:
        file.write("1,0.")  # and then the disk was full
    run(where, tiny_generator_config, short)
    assert history.read(run_dir)["epoch"] == [0, 1]
    run(where, tiny_generator_config, short)
    out = capsys.readouterr().out
    assert f"New run {run_dir}" in out and f"Resuming {run_dir} at step 2" in out
    assert f"{run_dir} has its 4 steps already" in out
    assert "The learning rate goes on from 2e-05 at step 2 and falls to 0 at" in out
    assert out.count("Takes roughly ") == 2 and "Step 2 of 2: L1 0." in out
    said = [line for line in out.splitlines() if line.startswith("Step 4 of 4: ")]
    assert len(said) == 1 and "at the last checkpoint (" in said[0]
    assert said[0].endswith(f"See {run_dir}/samples/0000004.png")
    assert os.path.exists(f"{run_dir}/samples/0000004.png")
    assert os.path.exists(f"{run_dir}/history.png")
    assert schedule.read(run_dir) == [(0, 2, 2e-4), (2, 4, pytest.approx(2e-5))]
    index = os.path.join(dataset_folder, "dataset.json")
    encoder = os.path.join(weights_folder, weights.HINT_ENCODER_FILE)
    assert sources.read(run_dir) == {
        "--dataset": files.find_sha256(index),
        "--hint-weights": files.find_sha256(encoder),
    }
    config, generator, _ = weights.load_networks(run_dir)
    assert config == dataclasses.replace(tiny_generator_config, working_size=32)
    assert all(np.isfinite(each).all() for each in generator.get_weights())
    with pytest.raises(ValueError, match="--l1-weight: .* was begun with 100.0, not 1"):
        other = dataclasses.replace(short, l1_weight=1.0)
        run(where, tiny_generator_config, other)


@pytest.fixture
def learning_config(tiny_train_config, monkeypatch):
    """TrainConfig of a training whose hint encoder learns; each step is averaged."""
    monkeypatch.setattr(callbacks, "AVERAGE_EVERY", 1)
    return dataclasses.replace(
        tiny_train_config, adversarial="none", validation_batches=1, encoder_share=0.5,
        learning_rate=0.01, average=0.5,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.long
def test_a_run_whose_encoder_learns_resumes_where_it_was_frozen(
    dataset_folder, weights_folder, tiny_generator_config, learning_config, tmp_path,
    monkeypatch, capsys,
):  # fmt: skip
    arrays = []
    for name in ("whole", "stopped"):
        where = RunConfig(
            dataset_folder, str(tmp_path / name), hint_weights=weights_folder
        )
        if name == "stopped":
            with monkeypatch.context() as patch:
                patch.setattr(run_module, "freeze", stop)
                with pytest.raises(KeyboardInterrupt):
                    run(where, tiny_generator_config, learning_config)
            assert "at step 2" not in capsys.readouterr().out
        run(where, tiny_generator_config, learning_config)
        out = capsys.readouterr().out
        assert "The hint encoder is frozen from step 2 on" in out
        arrays.append(
            [dict(np.load(tmp_path / name / file)) for file in
             (weights.GENERATOR_FILE, weights.HINT_ENCODER_FILE)]
        )  # fmt: skip
    assert "Resuming" in out
    for whole, stopped in zip(*arrays):
        for name in whole:
            np.testing.assert_allclose(whole[name], stopped[name], atol=2e-5)
    begun = dict(np.load(f"{weights_folder}/{weights.HINT_ENCODER_FILE}"))
    kernel = "fc1/kernel"
    assert np.abs(begun[kernel] - arrays[0][1][kernel]).max() > 1e-3


@pytest.mark.slow
@pytest.mark.long
def test_a_run_stopped_before_its_first_checkpoint_begins_anew(
    dataset_folder, weights_folder, tiny_generator_config, learning_config, tmp_path,
    monkeypatch,
):  # fmt: skip
    config = dataclasses.replace(learning_config, encoder_share=1.0, steps=2)
    name, other = weights.HINT_ENCODER_FILE, tmp_path / "other"
    shutil.copytree(weights_folder, other)
    with np.load(other / name) as arrays:
        changed = {key: 1.5 * array for key, array in arrays.items()}
    np.savez(other / name, **changed)
    found = []
    for folder in ("whole", "stopped"):
        where = RunConfig(
            dataset_folder, str(tmp_path / folder), hint_weights=weights_folder
        )
        if folder == "stopped":
            with monkeypatch.context() as patch:
                patch.setattr(callbacks.Checkpoint, "on_epoch_end", stop)
                with pytest.raises(KeyboardInterrupt):
                    run(
                        dataclasses.replace(where, hint_weights=str(other)),
                        tiny_generator_config, config,
                    )  # fmt: skip
            learnt = dict(np.load(tmp_path / folder / name))
            assert not np.array_equal(learnt["fc1/kernel"], changed["fc1/kernel"])
        run(where, tiny_generator_config, config)
        found.append(dict(np.load(tmp_path / folder / name)))
        assert sources.read(where.run_dir)[run_folder.HINT_OPTION] == (
            files.find_sha256(os.path.join(weights_folder, name))
        )
    for key, array in found[0].items():
        np.testing.assert_allclose(array, found[1][key], atol=2e-5)
    # And what has learnt is made again of the checkpoint, not taken from elsewhere.
    path = tmp_path / folder / name
    kept = path.read_bytes()
    path.unlink()
    run(where, tiny_generator_config, config)
    assert path.read_bytes() == kept


def stop(*args, **kwargs):
    raise KeyboardInterrupt


def test_vgg_19_of_imagenet_can_not_learn(dataset_folder, tiny_train_config, tmp_path):
    config = dataclasses.replace(tiny_train_config, encoder_share=0.5)
    where = RunConfig(dataset_folder, str(tmp_path / "run"))
    with pytest.raises(ValueError, match="--encoder-share: only the `paintings`"):
        run(where, configs.PRESETS["paper"], config)


def test_patience_wants_a_validation(
    dataset_folder, tiny_generator_config, tiny_train_config, tmp_path
):
    config = dataclasses.replace(tiny_train_config, patience=1, batch_size=5)
    where = RunConfig(dataset_folder, str(tmp_path / "run"))
    with pytest.raises(ValueError, match="^--patience: .* has too few pictures for a"):
        run(where, tiny_generator_config, config)
    config = dataclasses.replace(tiny_train_config, patience=1, validation_batches=0)
    with pytest.raises(ValueError, match="^--patience: .* is trained without a valid"):
        run(where, tiny_generator_config, config)
    assert not os.path.exists(where.run_dir)


@pytest.mark.slow
@pytest.mark.parametrize("batch_size, said", [(4, False), (5, True)])
def test_a_training_says_at_once_that_it_can_not_be_validated(
    dataset_folder, tiny_train_config, tmp_path, monkeypatch, capsys, batch_size, said
):
    config = dataclasses.replace(tiny_train_config, batch_size=batch_size)
    monkeypatch.setattr(run_module, "make_watchers", lambda *args: [])
    monkeypatch.setattr(run_module.progress, "time_painting", lambda *args: 0.1)
    trainer = types.SimpleNamespace(
        generator_optimizer=types.SimpleNamespace(iterations=tf.Variable(config.steps)),
        distribute_strategy=types.SimpleNamespace(num_replicas_in_sync=1),
    )
    checkpoint = types.SimpleNamespace(count_bytes=lambda: 0)
    where = RunConfig(dataset_folder, str(tmp_path))
    run_module.fit(trainer, checkpoint, where, config, True, config.steps, 0)
    out = capsys.readouterr().out
    sentence = "Without a validation: its 4 pictures do not fill a batch of 5;"
    assert (sentence in out) == said


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


@pytest.mark.parametrize("replicas", [2, 3])
def test_a_batch_that_replicas_can_not_share_is_refused(replicas):
    strategy = types.SimpleNamespace(num_replicas_in_sync=replicas)
    strategies.check_batch_size(strategy, 2 * replicas)
    with pytest.raises(ValueError, match=rf"^--batch-size: {2 * replicas + 1} "):
        strategies.check_batch_size(strategy, 2 * replicas + 1)


def test_a_run_folder_says_what_trained_in_it(tmp_path, monkeypatch):
    path = tmp_path / versions.FILE
    for _ in range(2):
        versions.write(str(tmp_path), tf, keras, np)
    [first] = json.loads(path.read_text())
    assert set(first) == {"keras_s2p", "tensorflow", "keras", "numpy", "python"}
    assert first["keras"] == keras.__version__
    monkeypatch.setattr(versions.platform, "python_version", lambda: "3.9.1")
    versions.write(str(tmp_path), tf, keras, np)
    assert [each["python"] for each in json.loads(path.read_text())][1:] == ["3.9.1"]
    path.write_text("[")
    with pytest.raises(ValueError, match="versions.json: can not be read"):
        versions.write(str(tmp_path), tf, keras, np)
