import dataclasses
import json

import pytest

from keras_s2p.common import versions
from keras_s2p.common.config import HintTrainConfig
from keras_s2p.training import begun, checkpoints


@pytest.fixture
def resume(dataset_folder, tmp_path):
    """Begins a pretraining, and checks one that shall go on with other settings."""
    folder = tmp_path / "hint_checkpoints"
    painter = tmp_path / "generator.npz"
    painter.write_bytes(b"painter")
    first = HintTrainConfig(dataset_folder, str(tmp_path))

    def check(config, dataset=dataset_folder):
        target = str(tmp_path / "hint_encoder.npz")
        begun.check(str(folder), target, dataset, [config], {"--weights": str(painter)})

    def resume(checkpoint=True, dataset=dataset_folder, data=b"painter", **changes):
        check(first)
        if checkpoint:
            (folder / "ckpt-3.index").write_bytes(checkpoints.INDEX_END)
        painter.write_bytes(data)
        check(dataclasses.replace(first, **changes), dataset)
        return folder

    return resume


@pytest.mark.parametrize(
    "option, changes",
    [
        ("--seed", {"seed": 1}),
        ("--learning-rate", {"learning_rate": 0.5}),
        ("--batch-size", {"batch_size": 3}),
        ("--weights", {"data": b"another"}),
    ],
)
def test_a_pretraining_goes_on_as_it_was_begun(resume, option, changes):
    with pytest.raises(ValueError, match=f"^{option}: .*choose another --out"):
        resume(**changes)


def test_a_pretraining_goes_on_with_its_dataset(resume, write_dataset):
    other = write_dataset(32, {"train": [b"example"]})
    with pytest.raises(ValueError, match="^--dataset: .*its sha256 differs"):
        resume(dataset=other)


def test_what_was_not_begun_may_change_and_so_may_the_steps(resume):
    note = resume(checkpoint=False, seed=1) / begun.FILE
    assert json.loads(note.read_text())["settings"]["seed"] == 1
    resume(steps=7, out="elsewhere")
    assert json.loads(note.read_text())["settings"]["seed"] == 0  # begun once more
    (told,) = json.loads((note.parent / versions.FILE).read_text())
    assert {"keras_s2p", "tensorflow", "keras", "numpy", "python"} == set(told)


def test_a_pretraining_begun_before_this_was_noted_goes_on(resume, dataset_folder):
    folder = resume()
    (folder / begun.FILE).unlink()
    begun.check(
        str(folder),
        "none",
        dataset_folder,
        [HintTrainConfig(dataset_folder, "o", seed=1)],
    )
    assert not (folder / begun.FILE).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"settings": 1, "sources": 2}'])
def test_a_damaged_note_is_named(resume, text):
    folder = resume()
    (folder / begun.FILE).write_text(text)
    with pytest.raises(ValueError, match="begun.json: can not be read"):
        resume()


def test_weights_of_no_checkpoint_are_not_replaced(resume, tmp_path):
    (tmp_path / "hint_encoder.npz").write_bytes(b"precious")
    with pytest.raises(ValueError, match="^--out: .*hint_encoder.npz is there, but no"):
        resume()
