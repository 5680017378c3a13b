"""VGG 19's file: every command takes it, and a run knows which one is its own."""

import dataclasses
import shutil
import sys
import types

import h5py
import keras
import numpy as np
import pytest
from conftest import TINY

from keras_s2p import benchmark, demo, evaluate, probe_hint, release
from keras_s2p.common import files, sources
from keras_s2p.common.config import RunConfig, write_json
from keras_s2p.networks import hint, keras_files, weights
from keras_s2p.networks.generator import build_generator
from keras_s2p.painting.painter import Painter
from keras_s2p.training import run_folder
from keras_s2p.training.run import run


def build_small_vgg(weights):
    """A network with VGG 19's fc1 that takes its file, but with little before it."""
    picture = keras.Input((224, 224, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(picture)
    network = keras.Model(picture, keras.layers.Dense(4096, "relu", name="fc1")(pooled))
    if weights:
        network.load_weights(weights)
    return network


@pytest.fixture(autouse=True)
def small_vgg(monkeypatch):
    monkeypatch.setattr(keras.applications, "VGG19", build_small_vgg)


@pytest.fixture
def vgg_files(tmp_path):
    """Paths of two files in Keras's format."""
    paths = [str(tmp_path / name) for name in ("own.h5", "other.h5")]
    for path in paths:
        build_small_vgg(None).save_weights(path)
    return paths


@pytest.fixture(scope="module")
def imagenet_config():
    return dataclasses.replace(
        TINY, hint_encoder="imagenet", hint_size=4096, working_size=32
    )


@pytest.fixture(scope="module")
def generator_file(tmp_path_factory, imagenet_config):
    path = str(tmp_path_factory.mktemp("generator") / weights.GENERATOR_FILE)
    weights.write_weights(build_generator(imagenet_config), path)
    return path


@pytest.fixture
def vgg_run(
    tmp_path, vgg_files, imagenet_config, tiny_train_config, dataset_folder,
    generator_file,
):  # fmt: skip
    """RunConfig of a run that was trained with the first file."""
    where = RunConfig(dataset_folder, str(tmp_path / "run"), vgg_weights=vgg_files[0])
    run_folder.write_run_folder(where, imagenet_config, tiny_train_config)
    shutil.copy(generator_file, tmp_path / "run")
    return where


@pytest.mark.slow
def test_a_run_paints_with_its_own_file_and_a_copy_of_it(vgg_run, vgg_files, tmp_path):
    copy = tmp_path / "copy.h5"
    copy.write_bytes(open(vgg_files[0], "rb").read())
    picture = np.zeros((40, 40, 3), np.uint8)
    hints = [
        Painter(vgg_run.run_dir, vgg_weights=str(path)).hint(picture)
        for path in (vgg_files[0], copy)
    ]
    assert hints[0].shape == (1, 4096) and np.abs(hints[0]).max() > 0
    np.testing.assert_array_equal(*hints)


@pytest.mark.parametrize(
    "command, more",
    [
        (evaluate, ["--count", "1"]),
        (probe_hint, ["--dataset", "none"]),
        (benchmark, []),
        (demo, []),
    ],
)
def test_commands_take_the_file_and_refuse_another_by_name(
    command, more, vgg_run, vgg_files, capsys, monkeypatch
):
    page = types.SimpleNamespace(build_page=None, launch_page=None)
    monkeypatch.setitem(sys.modules, "keras_s2p.apps.page", page)
    arguments = ["--weights", vgg_run.run_dir, "--vgg-weights", vgg_files[1], *more]
    assert command.main(arguments) == 1
    error = capsys.readouterr().err
    assert f"--vgg-weights: {vgg_files[1]} is another file" in error
    assert error.count("\n") == 1


def test_resuming_with_another_file_is_refused(
    vgg_run, vgg_files, imagenet_config, tiny_train_config
):
    other = dataclasses.replace(vgg_run, vgg_weights=vgg_files[1])
    with pytest.raises(ValueError, match="^--vgg-weights: .*other.h5 is another file"):
        run(other, imagenet_config, tiny_train_config)


def test_resuming_with_another_dataset_is_refused(
    vgg_run, imagenet_config, tiny_train_config, characters_folder
):
    other = dataclasses.replace(vgg_run, dataset=characters_folder)
    with pytest.raises(ValueError, match="^--dataset: .*dataset.json is another file"):
        run(other, imagenet_config, tiny_train_config)


@pytest.mark.slow
def test_a_release_needs_no_vgg_and_knows_which_it_was(
    vgg_run, vgg_files, tmp_path, monkeypatch
):
    def refuse(weights):
        raise AssertionError("VGG 19 was loaded")

    out = str(tmp_path / "release")
    with monkeypatch.context() as patch:
        patch.setattr(keras.applications, "VGG19", refuse)
        assert release.main([vgg_run.run_dir, out]) == 0
    assert sources.read(out) == {weights.VGG_OPTION: files.find_sha256(vgg_files[0])}
    Painter(out, vgg_weights=vgg_files[0])
    with pytest.raises(ValueError, match="^--vgg-weights: .*is another file"):
        Painter(out, vgg_weights=vgg_files[1])


def test_what_keras_fetched_is_looked_for_where_keras_keeps_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    found = hint.find_vgg_file("imagenet")
    assert found.startswith(str(tmp_path / ".keras" / "models" / "vgg19_weights"))
    assert hint.find_vgg_file("a.h5") == "a.h5"


def test_a_folder_that_knows_no_file_takes_any(vgg_files, tmp_path, imagenet_config):
    write_json({}, str(tmp_path / sources.FILE))
    encoder = weights.load_hint_encoder(imagenet_config, str(tmp_path), vgg_files[1])
    assert encoder.output_shape == (None, 4096)


def fail(weights):
    raise AssertionError("it was loaded")


@pytest.mark.slow
# As the library that reads HDF5 does over a single changed byte.
@pytest.mark.parametrize(
    "what", ["import os; os.abort()", "while True: pass", "bytes(10**10)"]
)
def test_a_file_that_ends_its_reader_is_refused(
    what, vgg_files, imagenet_config, monkeypatch
):
    program = keras_files.PROGRAM + what
    monkeypatch.setattr(keras_files, "PROGRAM", program)
    monkeypatch.setattr(keras_files, "MAX_SECONDS", 5)
    monkeypatch.setattr(hint, "load_vgg19", fail)
    with pytest.raises(ValueError, match="--vgg-weights: .*own.h5: can not be loaded"):
        weights.load_hint_encoder(imagenet_config, vgg_weights=vgg_files[0])


@pytest.mark.slow
def test_bytes_that_change_in_a_file_end_in_a_sentence_at_most(
    vgg_files, imagenet_config, monkeypatch
):
    monkeypatch.setattr(keras_files, "MAX_SECONDS", 20)
    data = open(vgg_files[0], "rb").read()
    rng = np.random.default_rng(0)
    refused = 0
    for place, value in zip(rng.integers(0, 4000, 25), rng.integers(0, 256, 25)):
        changed = data[:place] + bytes([value]) + data[place + 1 :]
        with open(vgg_files[1], "wb") as file:
            file.write(changed)
        try:
            weights.load_hint_encoder(imagenet_config, vgg_weights=vgg_files[1])
        except ValueError as error:
            refused += 1
            assert "--vgg-weights: " in str(error) and "\n" not in str(error)
    assert 0 < refused < 25


def test_a_file_that_says_it_holds_gigabytes_takes_no_memory(
    tmp_path, imagenet_config, monkeypatch
):
    path = tmp_path / "vgg.h5"
    with h5py.File(path, "w") as file:
        for name in ("fc1", "fc2"):
            group = file.create_group(name)
            group.create_dataset("kernel:0", (200_000_000,), np.float32, chunks=(1000,))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(hint, "load_vgg19", fail)
    sentence = "--vgg-weights: .*vgg.h5 says that it holds 1600000000 bytes"
    with pytest.raises(ValueError, match=sentence):
        weights.load_hint_encoder(imagenet_config, vgg_weights=str(path))
