"""Datasets that are written by two, damaged, cut or of an older program."""

import hashlib
import json
import os
import pathlib
import shutil
from unittest import mock

import pytest
import tensorflow as tf
from conftest import TINY

from keras_s2p import evaluate, make_dataset, pretrain_hint, pretrain_places, probe_hint
from keras_s2p.common import files, locks, sources
from keras_s2p.common.config import RunConfig, TrainConfig, write_json
from keras_s2p.data import dataset, dataset_checks, dataset_shards
from keras_s2p.training import hint_run, place_run, run

ARGUMENTS = ["--characters", "4", "--size", "32", "--workers", "1"]
SHARD = "train-00000-of-00001.tfrecord"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """{name: bytes} of a dataset's files."""
    folder = tmp_path_factory.mktemp("made")
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 0
    return contents(folder)


@pytest.fixture
def folder(made, tmp_path):
    """A copy of it."""
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def damage(path, kind):
    content = bytearray(path.read_bytes())
    if kind == "changed":
        content[len(content) // 2] ^= 1
    path.write_bytes({"changed": content, "cut": content[:-7], "empty": b""}[kind])


def test_the_index_has_the_size_and_checksum_of_each_shard(made):
    shards = json.loads(made[dataset.INDEX])["shards"]
    assert len(shards) == 2
    for shard in shards:
        content = made[shard["name"]]
        assert shard["bytes"] == len(content)
        assert shard["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kind", ["changed", "cut", "empty"])
def test_a_damaged_shard_is_told_of_and_made_again(folder, made, capsys, kind):
    damage(folder / SHARD, kind)
    (folder / ".0123456789abcdef.partial").write_text("of a killed run")
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 0
    assert capsys.readouterr().err == f"{folder / SHARD}: damaged; it is made again\n"
    assert contents(folder) == made


@pytest.mark.parametrize("kind", ["cut", "empty"])
def test_a_cut_shard_is_named_before_training(folder, kind):
    damage(folder / SHARD, kind)
    with pytest.raises(ValueError, match=f"{SHARD}: a damaged shard, of .*make_data"):
        dataset.load_index(str(folder))


@pytest.mark.parametrize(
    "make, kind", [(os.mkfifo, "a named pipe"), (os.mkdir, "a folder")]
)
def test_what_is_no_file_is_named_in_a_shards_place(folder, make, kind):
    (folder / SHARD).unlink()
    make(folder / SHARD)
    with pytest.raises(ValueError, match=f"{SHARD}: {kind}, not a file$"):
        dataset.load_index(str(folder))


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("length", [0, 2**40, 2**64 - 17])
def test_a_length_that_lies_is_named_before_memory_is_taken(folder, length, older):
    if older:
        make_older(folder)
    content = (folder / SHARD).read_bytes()
    (folder / SHARD).write_bytes(length.to_bytes(8, "little") + content[8:])
    with pytest.raises(ValueError, match=f"{SHARD}: a damaged shard"):
        dataset.load_index(str(folder))


@pytest.mark.parametrize("size", [31, 320])
def test_an_index_that_says_another_size_is_named(folder, size):
    text = (folder / dataset.INDEX).read_text()
    (folder / dataset.INDEX).write_text(text.replace('"size": 32', f'"size": {size}'))
    with pytest.raises(ValueError, match=f"{dataset.INDEX}: says another size"):
        dataset.load_index(str(folder))


def test_examples_that_the_index_does_not_count_are_named(folder, made, capsys):
    index = json.loads((folder / dataset.INDEX).read_text())
    (shard,) = (each for each in index["shards"] if each["name"] == SHARD)
    shard["examples"]["characters"] += 1
    index["examples"]["train"]["characters"] += 1
    write_json(index, str(folder / dataset.INDEX))
    with pytest.raises(ValueError, match=f"{SHARD}: a damaged shard, whose examples"):
        dataset.load_index(str(folder))
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 0  # as the sentence says
    assert f"{folder / SHARD}: damaged; it is made again" in capsys.readouterr().err
    assert contents(folder) == made


def make_older(folder):
    """Takes the checksums out of a dataset's index, as it was before there were any."""
    index = json.loads((folder / dataset.INDEX).read_text())
    for shard in index["shards"]:
        for name in dataset_checks.FIELDS:
            del shard[name]
    write_json(index, str(folder / dataset.INDEX))


def test_an_older_dataset_gets_checksums_when_it_is_whole(folder, made):
    make_older(folder)
    dataset.load_index(str(folder))
    first = next(iter(tf.data.TFRecordDataset(str(folder / SHARD)))).numpy()
    for whole_examples in ([], [first]):
        dataset.write_shard(str(folder / SHARD), whole_examples)
        with pytest.raises(ValueError, match=f"{SHARD}: a damaged shard"):
            dataset.load_index(str(folder))
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 0
    assert contents(folder) == made


def test_an_older_shard_with_bytes_behind_its_examples_is_made_again(folder, made):
    make_older(folder)
    with open(folder / SHARD, "ab") as file:
        file.write(bytes(4))  # so few TensorFlow overlooks
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 0
    assert contents(folder) == made


def test_a_run_goes_on_when_its_dataset_gets_checksums(
    folder, tmp_path_factory, monkeypatch
):
    make_older(folder)
    where = RunConfig(str(folder), str(tmp_path_factory.mktemp("run")))
    index = str(folder / dataset.INDEX)
    sources.write(where.run_dir, {"--dataset": index})
    before = files.find_sha256(index)
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 0
    assert files.find_sha256(index) != before
    trained = []
    monkeypatch.setattr(run, "train", lambda *args: trained.append(args))
    run.run(where, TINY, TrainConfig())
    assert len(trained) == 1
    text = (folder / dataset.INDEX).read_text()
    (folder / dataset.INDEX).write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(ValueError, match="^--dataset: .* is another file"):
        run.run(where, TINY, TrainConfig())


def test_while_it_is_healed_it_is_unfinished(folder, monkeypatch):
    def stop(*args):
        raise KeyboardInterrupt

    damage(folder / SHARD, "changed")
    monkeypatch.setattr(make_dataset.dataset_shards, "write_shards", stop)
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 1
    with pytest.raises(ValueError, match="unfinished"):
        dataset.load_index(str(folder))


def test_a_folder_that_another_made_anew_meanwhile_stays_the_others(
    folder, monkeypatch, capsys
):
    """As one removes it and makes another dataset, while workers are still starting."""
    other = [str(folder), "--size", "32", "--characters", "2", "--seed", "5"]
    write_shards, others = dataset_shards.write_shards, {}

    def replace_and_write(*args):
        monkeypatch.setattr(dataset_shards, "write_shards", write_shards)
        shutil.rmtree(folder)
        assert make_dataset.main([*other, "--workers", "1"]) == 0
        others.update(contents(folder))
        write_shards(*args)

    damage(folder / SHARD, "changed")
    monkeypatch.setattr(dataset_shards, "write_shards", replace_and_write)
    assert make_dataset.main([str(folder), *ARGUMENTS]) == 1
    assert f"{folder}: was removed or replaced meanwhile" in capsys.readouterr().err
    assert contents(folder) == others


def test_two_at_once_do_not_write_one_dataset(folder, made, capsys):
    with locks.locked(str(folder / ".lock"), "taken"):
        assert make_dataset.main([str(folder), *ARGUMENTS]) == 1
    assert "another make_dataset writes to it" in capsys.readouterr().err
    assert contents(folder) == made


@pytest.mark.parametrize(
    "keys, value",
    [
        (["settings"], []),
        (["settings", "size"], "32"),
        (["shards"], 5),
        (["shards", 0], None),
        (["shards", 0, "name"], os.path.join("..", SHARD)),
        (["shards", 0, "split"], "test"),
        (["shards", 0, "split"], "validation"),
        (["shards", 0, "examples", "characters"], 1),
        (["examples", "train", "characters"], 999),
        (["shards", 0, "examples"], {"characters": -1}),
        (["shards", 0, "bytes"], "many"),
        (["examples"], []),
        (["examples", "train"], {"characters": float("nan")}),
    ],
)
def test_an_index_of_another_structure_is_named(folder, made, keys, value):
    index = json.loads(made[dataset.INDEX])
    place = index
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (folder / dataset.INDEX).write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"dataset\.json: (not the index|does not)"):
        dataset.load_index(str(folder))


@pytest.fixture
def damaged(dataset_folder, tmp_path):
    """A copy of a dataset, of the same sizes, with another byte in each shard."""
    folder = str(tmp_path / "damaged")
    shutil.copytree(dataset_folder, folder)
    for path in pathlib.Path(folder).glob("*.tfrecord"):
        content = bytearray(path.read_bytes())
        content[-20] ^= 1  # of an example, not of the lengths
        path.write_bytes(content)
    return folder


def read_all(config, *_):
    """Stands for a training."""
    list(dataset.read_examples(config.dataset, "train"))


@pytest.mark.parametrize(
    "command", [evaluate, probe_hint, pretrain_hint, pretrain_places]
)
def test_commands_that_read_a_damaged_shard_name_it(
    command, damaged, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(probe_hint.painter, "Painter", mock.MagicMock())
    monkeypatch.setattr(evaluate, "Painter", mock.MagicMock())
    monkeypatch.setattr(hint_run, "pretrain_locked", read_all)
    monkeypatch.setattr(place_run, "pretrain_locked", read_all)
    out = [] if command is probe_hint else ["--out", str(tmp_path / "out")]
    assert command.main(["--dataset", damaged, *out]) == 1
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert sentence.endswith(".tfrecord: damaged TFRecord; make it again")
