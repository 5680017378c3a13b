"""Folders whose names TensorFlow takes for patterns."""

import os

import pytest
import tensorflow as tf

from keras_s2p.common import plain_paths
from keras_s2p.serving.saved_model import SavedModelPainter

NAMES = ["model [1]", "a\\b", "{x}", "what?", "*"]


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


@pytest.mark.parametrize("name", NAMES[:2])
def test_a_model_in_such_a_folder_is_loaded(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    module = Module()
    tf.saved_model.save(module, name, {"hint": module.find, "style": module.find})
    painter = SavedModelPainter(name)
    assert painter.hint_size == 2
    assert painter.signatures["hint"]()["hint"].numpy().tolist() == [[1, 2]]
