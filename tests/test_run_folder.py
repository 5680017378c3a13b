"""The settings of a run folder, without a training."""

import dataclasses
import os
import pathlib
import zipfile

import numpy as np
import pytest

from keras_s2p import train
from keras_s2p.common import config as configs
from keras_s2p.common import files, sources, versions
from keras_s2p.common.config import GeneratorConfig, RunConfig, TrainConfig
from keras_s2p.data import dataset, dataset_checks
from keras_s2p.networks import weights
from keras_s2p.training import run_folder

PAINTINGS = configs.PRESETS["compact"]


@pytest.fixture
def where(tmp_path):
    """RunConfig of a dataset of pictures of `size` pixels, in a new run folder."""

    def make(size):
        folder = tmp_path / f"of_{size}"
        folder.mkdir(exist_ok=True)
        name = dataset.shard_name("train", 0, 1)
        dataset.write_shard(str(folder / name), [b"one example"])
        shard = {
            "name": name,
            "split": "train",
            "examples": {"tests": 1},
            "skipped": {},
            **dataset_checks.fingerprint(str(folder / name)),
        }
        dataset.write_index(str(folder), {"size": size}, [shard], complete=True)
        return RunConfig(str(folder), str(tmp_path / "run"))

    return make


@pytest.mark.parametrize(
    "stored, size, working_size, expected",
    [
        (512, None, None, (256, 256)),
        (128, None, None, (128, 128)),
        (100, None, None, (96, 96)),
        (512, 64, None, (64, 64)),
        (512, 512, None, (512, 512)),
        (512, 64, 128, (64, 128)),
    ],
)
def test_sizes_follow_the_dataset_and_the_training(
    stored, size, working_size, expected, where
):
    generator, training = run_folder.choose_sizes(
        where(stored),
        GeneratorConfig(working_size=working_size),
        TrainConfig(size=size),
    )
    assert (training.size, generator.working_size) == expected


@pytest.mark.parametrize("stored, size, wanted", [(64, 96, 96), (20, None, 32)])
def test_pictures_that_are_too_small_are_told(stored, size, wanted, where):
    message = f"--size: .* of {stored} pixels, smaller than {wanted}"
    with pytest.raises(ValueError, match=message):
        run_folder.choose_sizes(
            where(stored), GeneratorConfig(), TrainConfig(size=size)
        )


def test_a_run_keeps_the_sizes_that_it_was_begun_with(where):
    begun = where(512)
    small = GeneratorConfig(working_size=96), TrainConfig(size=64)
    os.makedirs(begun.run_dir)
    for name, config in zip(run_folder.CONFIG_FILES, small):
        configs.write_json(config, os.path.join(begun.run_dir, name))
    chosen = run_folder.choose_sizes(begun, GeneratorConfig(), TrainConfig())
    assert chosen == small


def test_help_tells_what_the_sizes_are(capsys):
    with pytest.raises(SystemExit):
        train.parse_args(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "(default: 256, or the dataset's if smaller)" in text
    assert "as Painter paints it (default: --size)" in text


def find_sources(config):
    """As a training with an encoder of paintings that learns has them."""
    return run_folder.find_sources(config, PAINTINGS, TrainConfig(encoder_share=0.5))


def test_another_dataset_than_the_run_was_begun_with_is_refused(where, tmp_path):
    begun, other = where(64), where(128)
    os.makedirs(begun.run_dir)
    sources.write(begun.run_dir, find_sources(begun))
    for config in (begun, other):
        path = find_sources(config)["--dataset"]
        if config is begun:
            sources.check(begun.run_dir, "--dataset", path)
            continue
        with pytest.raises(ValueError, match="^--dataset: .*of_128.* is another file"):
            sources.check(begun.run_dir, "--dataset", path)


def test_sources_that_are_known_stay(where, tmp_path):
    begun, other = where(64), where(128)
    os.makedirs(begun.run_dir)
    for config in (begun, other):
        sources.write(begun.run_dir, find_sources(config))
    path = os.path.join(begun.dataset, "dataset.json")
    assert sources.read(begun.run_dir)["--dataset"] == files.find_sha256(path)


def write_checkpoint(run):
    folder = pathlib.Path(run) / "checkpoints"
    folder.mkdir()
    (folder / "ckpt-2.index").write_bytes(b"x")
    (folder / "checkpoint").write_text('model_checkpoint_path: "ckpt-2"\n')


def test_what_a_run_begins_with_is_noted_once(where, weights_folder):
    config = dataclasses.replace(where(64), initial_weights=weights_folder)
    os.makedirs(config.run_dir)
    files_of = {
        "--initial-weights": weights.GENERATOR_FILE,
        run_folder.HINT_OPTION: weights.HINT_ENCODER_FILE,
    }
    found = find_sources(config)
    del found["--dataset"]
    assert found == {
        option: os.path.join(weights_folder, name) for option, name in files_of.items()
    }
    write_checkpoint(config.run_dir)
    assert set(find_sources(config)) == {"--dataset"}


def test_damaged_sources_are_named(tmp_path):
    (tmp_path / sources.FILE).write_text("[3]")
    with pytest.raises(ValueError, match="sources.json: can not be read"):
        sources.read(str(tmp_path))


def test_the_hint_encoder_is_the_runs_the_given_or_the_releases(tmp_path):
    def find(**given):
        return run_folder.find_hint_folder(RunConfig("data", str(tmp_path), **given))

    assert find() == find(initial_weights="release") == weights.DEFAULT
    assert find(initial_weights="one") == "one"
    assert find(initial_weights="one", hint_weights="release") == weights.DEFAULT
    path = tmp_path / weights.HINT_ENCODER_FILE
    np.savez(path, kernel=np.ones(1000))
    assert find(hint_weights="release") == weights.DEFAULT  # what a kill left
    write_checkpoint(tmp_path)
    assert find(hint_weights="release") == str(tmp_path)
    for damaged in (
        path.read_bytes()[:900],
        path.read_bytes().replace(b"\xf0?", b"\xf1?", 1),
    ):
        path.write_bytes(damaged)
        assert find(hint_weights="release") == weights.DEFAULT
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("kernel.npy", bytes(100))  # which might unpack into gigabytes
    assert find(hint_weights="release") == weights.DEFAULT


def test_a_release_is_not_trained_over(tmp_path):
    run = tmp_path / "run"
    settings = GeneratorConfig(), TrainConfig()
    run_folder.check_run_folder(str(run), *settings)  # there is none yet
    run.mkdir()
    (run / weights.GENERATOR_FILE).write_bytes(b"weights")
    with pytest.raises(ValueError, match="--run-dir: .*run holds a release;"):
        run_folder.check_run_folder(str(run), *settings)
    configs.write_json(TrainConfig(), str(run / configs.TRAIN_FILE))
    run_folder.check_run_folder(str(run), *settings)


@pytest.mark.parametrize("name", ["history.png", "samples/0000002.png"])
def test_a_folder_of_somebodys_pictures_is_not_trained_in(name, tmp_path):
    run_folder.check_untrained(str(tmp_path))
    os.makedirs(tmp_path / "samples")
    run_folder.check_untrained(str(tmp_path))  # as a killed training leaves it
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(ValueError, match=f"{name} is of a training .* or of none"):
        run_folder.check_untrained(str(tmp_path))


def test_versions_of_somebody_else_are_named(tmp_path):
    (tmp_path / versions.FILE).write_text('{"app": "1.2"}')
    with pytest.raises(ValueError, match="versions.json: .* no list of versions"):
        versions.write(str(tmp_path))
    assert (tmp_path / versions.FILE).read_text() == '{"app": "1.2"}'
