"""Folders whose names TensorFlow takes for patterns."""

import os

import pytest
import tensorflow as tf

from keras_s2p import export, make_dataset
from keras_s2p.common import plain_paths
from keras_s2p.common.config import (
    DatasetConfig,
    GeneratorConfig,
    HintTrainConfig,
    RunConfig,
    TrainConfig,
)
from keras_s2p.data import dataset
from keras_s2p.serving.saved_model import SavedModelPainter
from keras_s2p.training import hint_run, place_run, run
from keras_s2p.training.place_config import PlaceTrainConfig

PAINTINGS = GeneratorConfig(hint_encoder="paintings")
NOT_UTF_8 = os.fsdecode("\u7dda\u753b".encode("shift-jis"))
NAMES = ["model [1]", "a\\b", NOT_UTF_8, "{x}", "what?", "*"]


@pytest.mark.parametrize("name", [*NAMES, "model 1"])
def test_a_folder_has_another_name_for_a_while(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "ckpt-1.index").write_text("here")
    with plain_paths.without_patterns(str(folder)) as plain:
        assert os.listdir(plain) == ["ckpt-1.index"]
        assert not plain_paths.PATTERN.search(plain)
    assert os.path.exists(plain) == (plain == str(folder))
    with plain_paths.without_patterns(str(folder / "ckpt-1")) as plain:
        with open(f"{plain}.index") as file:
            assert file.read() == "here"
    assert (folder / "ckpt-1.index").exists()


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.value = tf.Variable([[1.0, 2.0]])

    @tf.function(input_signature=[])
    def find(self):
        return {"hint": self.value + 0.0, "places": self.value * 2.0}


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_model_in_such_a_folder_is_loaded(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    module = Module()
    tf.saved_model.save(module, "x", {"hint": module.find, "style": module.find})
    os.rename("x", name)
    painter = SavedModelPainter(name)
    assert painter.hint_size == 2
    assert painter.signatures["hint"]()["hint"].numpy().tolist() == [[1, 2]]


OPENING = pytest.mark.parametrize(
    "open_it, option",
    [
        (lambda path: dataset.read_examples(path, "train"), "--dataset"),
        (lambda path: export.export(None, path), "--out"),
        (
            lambda path: hint_run.pretrain(
                HintTrainConfig(dataset="x", out=path), PAINTINGS
            ),
            "--out",
        ),
        (
            lambda path: place_run.pretrain(PlaceTrainConfig(dataset="x", out=path)),
            "--out",
        ),
        (
            lambda path: run.run(
                RunConfig("x", path), GeneratorConfig(), TrainConfig()
            ),
            "--run-dir",
        ),
        (
            lambda path: make_dataset.make(path, DatasetConfig(characters=1)),
            "output",
        ),
    ],
)


@OPENING
def test_a_name_that_is_not_utf_8_is_refused_by_name(tmp_path, open_it, option):
    path = str(tmp_path / NOT_UTF_8)
    with pytest.raises(ValueError, match=f"^{option}: .*: a name that is not"):
        open_it(path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("address", ["gs://bucket/x", "ram://x", "file:///x"])
@OPENING
def test_an_address_of_another_file_system_is_refused(
    tmp_path, monkeypatch, open_it, option, address
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f"^{option}: {address}: an address, not a fo"):
        open_it(address)
    assert os.listdir(tmp_path) == []
