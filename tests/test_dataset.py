import json
import os

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.data import dataset, dataset_checks, records


def example(number, **known):
    painting = np.full((8, 12, 3), number, np.uint8)
    return records.make_example(painting, f"{number}.png", "some", **known)


def make_folder(folder, train=(7, 6, 0, 5), validation=(3,)):
    """A dataset whose example number n is named n.png and coloured (n, n, n)."""
    records, number = [], 0
    for split, sizes in (("train", train), ("validation", validation)):
        for index, size in enumerate(sizes):
            name = dataset.shard_name(split, index, len(sizes))
            numbers = range(number, number + size)
            dataset.write_shard(os.path.join(folder, name), map(example, numbers))
            counts = {"some": size} if size else {}
            found = dataset_checks.fingerprint(os.path.join(folder, name))
            records.append(
                {"name": name, "split": split, "examples": counts, "skipped": {}}
                | found
            )
            number += size
    dataset.write_index(folder, {"size": 8}, records, complete=True)
    return folder


def test_an_index_is_the_same_in_whatever_order_shards_were_finished(tmp_path):
    shards = [
        {"name": f"{source}.tfrecord", "split": "train", "examples": {source: 1},
         "skipped": {}}
        for source in ("b", "a", "c")
    ]  # fmt: skip
    written = []
    for _ in shards:
        shards.append(shards.pop(0))
        dataset.write_index(str(tmp_path), {"size": 8}, shards, complete=True)
        written.append((tmp_path / dataset.INDEX).read_bytes())
    assert written == written[:1] * len(shards)


@pytest.fixture
def folder(tmp_path):
    return make_folder(str(tmp_path))


def numbers(examples, count):
    """Which examples a stream begins with."""
    return [
        int(records.parse_example(serialized)["painting"][0, 0, 0])
        for serialized in examples.take(count)
    ]


def test_labels_are_as_many_as_those_of_the_characters():
    assert len(character.LABEL_SIZES) == records.NUM_LABELS


def test_parse_gives_back_what_was_written():
    rng = np.random.default_rng(0)
    painting = rng.integers(0, 256, (20, 30, 3), np.uint8)
    reference = rng.integers(0, 256, (10, 14, 3), np.uint8)
    sketch = rng.integers(0, 256, (20, 30, 1), np.uint8)
    regions = rng.integers(0, 256, (20, 30), np.uint8)
    labels = list(range(records.NUM_LABELS))
    parsed = records.parse_example(
        records.make_example(
            painting, "a/ü.png", "a", sketch, reference, regions, labels
        )
    )
    np.testing.assert_array_equal(parsed["painting"], painting)
    np.testing.assert_array_equal(parsed["reference"], reference)
    np.testing.assert_array_equal(parsed["sketch"], sketch)
    np.testing.assert_array_equal(parsed["regions"], regions[..., np.newaxis])
    np.testing.assert_array_equal(parsed["labels"], labels)
    assert parsed["name"].numpy().decode() == "a/ü.png"
    assert parsed["source"].numpy() == b"a"


def test_what_is_not_known_is_empty():
    parsed = records.parse_example(example(1))
    assert parsed["sketch"].shape == parsed["regions"].shape == (0, 0, 1)
    assert parsed["reference"].shape == (0, 0, 3)
    assert parsed["labels"].numpy().tolist() == [-1] * records.NUM_LABELS


def test_parse_works_inside_a_dataset_with_and_without_sketch():
    sketch = np.full((8, 12), 9, np.uint8)
    serialized = tf.data.Dataset.from_tensor_slices(
        [example(1), example(2, sketch=sketch)]
    )
    without, with_sketch = serialized.map(records.parse_example)
    assert without["sketch"].shape == (0, 0, 1)
    np.testing.assert_array_equal(with_sketch["sketch"][..., 0], sketch)


def test_parsed_labels_have_a_static_length():
    parsed = tf.data.Dataset.from_tensors(example(1)).map(records.parse_example)
    assert parsed.element_spec["labels"].shape == (records.NUM_LABELS,)
    assert parsed.element_spec["painting"].shape.as_list() == [None, None, 3]


def test_a_sketch_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="1.png: the sketch"):
        example(1, sketch=np.zeros((8, 11), np.uint8))


def test_without_a_seed_the_order_is_that_of_the_files(folder):
    examples = dataset.read_examples(folder, "train")
    assert numbers(examples, -1) == list(range(18))
    assert numbers(dataset.read_examples(folder, "validation"), -1) == [18, 19, 20]


def test_start_skips_without_a_seed(folder):
    examples = dataset.read_examples(folder, "train", start=16)
    assert numbers(examples, -1) == [16, 17]


def test_each_epoch_has_every_example_once_in_another_order(folder):
    seen = numbers(dataset.read_examples(folder, "train", seed=0), 54)
    epochs = [seen[:18], seen[18:36], seen[36:]]
    assert [sorted(epoch) for epoch in epochs] == [list(range(18))] * 3
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


def test_order_depends_on_the_seed_and_not_on_the_global_seed(folder):
    tf.random.set_seed(1)
    first = numbers(dataset.read_examples(folder, "train", seed=0), 40)
    tf.random.set_seed(2)
    assert numbers(dataset.read_examples(folder, "train", seed=0), 40) == first
    assert numbers(dataset.read_examples(folder, "train", seed=1), 40) != first


@pytest.mark.parametrize("start", [0, 1, 17, 18, 19, 36, 41])
def test_start_gives_the_rest_of_the_uninterrupted_stream(folder, start):
    whole = numbers(dataset.read_examples(folder, "train", seed=3), 60)
    rest = numbers(dataset.read_examples(folder, "train", seed=3, start=start), 19)
    assert rest == whole[start : start + 19]


def test_order_survives_blocks_smaller_than_an_epoch(folder, monkeypatch):
    monkeypatch.setattr(dataset, "SHUFFLE_BLOCK", 4)
    monkeypatch.setattr(dataset, "SHARDS_AT_ONCE", 2)
    seen = numbers(dataset.read_examples(folder, "train", seed=0), 36)
    assert sorted(seen[:18]) == sorted(seen[18:]) == list(range(18))
    assert seen[:18] != seen[18:]


@pytest.fixture
def sources_folder(tmp_path):
    """Shards of three sources: the numbers 0 to 7, 10 to 12 and 20 to 39."""
    shards = []
    for i, (source, numbers) in enumerate(
        {"a": range(8), "b": range(10, 13), "c": range(20, 40)}.items()
    ):
        name = dataset.shard_name("train", i, 3)
        count = dataset.write_shard(str(tmp_path / name), map(example, numbers))
        shards.append(
            {"name": name, "split": "train", "examples": {source: count}, "skipped": {}}
        )
    dataset.write_index(str(tmp_path), {"size": 8}, shards, complete=True)
    return str(tmp_path)


def test_shares_decide_how_often_a_source_is_seen(sources_folder):
    shares = {("a", "b"): 75.0, ("c",): 25.0}
    seen = numbers(dataset.read_examples(sources_folder, "train", 0, shares=shares), 88)
    of_c = [number for number in seen if number >= 20]
    assert len(of_c) == pytest.approx(22, abs=1) and len(set(of_c)) >= 20
    others = [number for number in seen if number < 20]
    counts = np.bincount(others)[[*range(8), 10, 11, 12]]
    assert counts.min() >= 5 and counts.max() <= 7


def test_a_stream_with_shares_goes_on_where_it_stopped(sources_folder):
    shares = {("a",): 2.0, ("c",): 1.0}

    def take(start, count):
        stream = dataset.read_examples(sources_folder, "train", 3, start, shares)
        return numbers(stream, count)

    assert take(17, 40) == take(0, 57)[17:]


def test_shares_of_unknown_sources_are_refused(sources_folder):
    with pytest.raises(ValueError, match="no example of d or e"):
        dataset.read_examples(
            sources_folder, "train", 0, shares={("a",): 1.0, ("d", "e"): 1.0}
        )


def test_shares_want_shards_of_one_source(folder):
    index = dataset.read_index(folder)
    shards = [
        {**shard, "examples": {"even": dataset.count_examples(shard) - 1, "odd": 1}}
        for shard in index["shards"]
        if shard["examples"]
    ]
    dataset.write_index(folder, {"size": 8}, shards, complete=True)
    with pytest.raises(ValueError, match="make the dataset again"):
        dataset.read_examples(folder, "train", 0, shares={("even",): 1.0})


@pytest.mark.parametrize(
    "size, count, block",
    [
        (20_000 * 5000, 5000, 1024),  # small pictures: as many as can be
        (2_500_000 * 1000, 1000, 26),  # large ones, of which 1024 take 2.5 GB
        (1 << 40, 3, 1),
        (0, 0, 1),
    ],
)
def test_large_examples_are_shuffled_fewer_at_a_time(size, count, block):
    assert dataset.choose_block(size, count) == block


def test_blocks_are_of_bytes(folder, monkeypatch):
    whole = numbers(dataset.read_examples(folder, "train", seed=0), 18)
    monkeypatch.setattr(dataset, "SHUFFLE_BYTES", 1000)
    seen = numbers(dataset.read_examples(folder, "train", seed=0), 18)
    assert seen != whole and sorted(seen) == sorted(whole)


def test_start_does_not_read_the_epochs_before(folder):
    examples = dataset.read_examples(folder, "train", seed=0, start=18 * 10**12 + 4)
    assert len(numbers(examples, 20)) == 20


def test_an_interrupted_shard_leaves_no_file(tmp_path):
    def examples():
        yield example(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.write_shard(str(tmp_path / "train.tfrecord"), examples())
    assert list(tmp_path.iterdir()) == []


def test_a_shard_that_can_not_be_written_is_named(tmp_path):
    path = str(tmp_path / "missing" / "train.tfrecord")
    with pytest.raises(ValueError, match="train.tfrecord: can not be written"):
        dataset.write_shard(path, [example(1)])


def test_index_counts_by_split_and_source(folder):
    index = dataset.load_index(folder)
    assert index["examples"] == {"train": {"some": 18}, "validation": {"some": 3}}
    assert dataset.num_examples(index, "train") == 18


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match="nothing: no such folder"):
        dataset.load_index(str(tmp_path / "nothing"))


def test_folder_without_index_is_no_dataset(tmp_path):
    with pytest.raises(ValueError, match="not a dataset"):
        dataset.load_index(str(tmp_path))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"complete": true}', "\x00"])
def test_damaged_index_is_named(folder, text):
    with open(os.path.join(folder, "dataset.json"), "w") as file:
        file.write(text)
    with pytest.raises(ValueError, match="dataset.json: "):
        dataset.load_index(folder)


def test_a_shard_that_is_named_twice_is_damage(folder):
    index = dataset.load_index(folder)
    dataset.write_index(folder, {"size": 8}, 2 * index["shards"], complete=True)
    with pytest.raises(ValueError, match="dataset.json: "):
        dataset.load_index(folder)


def test_unfinished_dataset_is_refused(folder):
    index = dataset.load_index(folder)
    dataset.write_index(folder, {"size": 8}, index["shards"], complete=False)
    with pytest.raises(ValueError, match="unfinished"):
        dataset.load_index(folder)
    assert dataset.read_index(folder)["settings"] == {"size": 8}


def test_missing_shard_is_named(folder):
    os.remove(os.path.join(folder, "train-00001-of-00004.tfrecord"))
    with pytest.raises(ValueError, match="train-00001-of-00004.tfrecord.*missing"):
        dataset.read_examples(folder, "train", seed=0)


def test_empty_splits_are_refused(tmp_path):
    folder = make_folder(str(tmp_path), validation=())
    with pytest.raises(ValueError, match="no example in the validation split"):
        dataset.read_examples(folder, "validation")
    folder = make_folder(str(tmp_path), train=())
    with pytest.raises(ValueError, match="no example in the train split"):
        dataset.load_index(folder)


def test_unknown_split_is_refused(folder):
    with pytest.raises(ValueError, match="test: not a split"):
        dataset.read_examples(folder, "test")


@pytest.mark.slow
def test_whole_shards_are_not_damaged(folder):
    assert dataset.find_damaged_shard(folder) is None


@pytest.mark.parametrize("damage", ["changed byte", "cut", "fewer records"])
def test_damaged_shard_is_found(folder, damage):
    path = os.path.join(folder, "train-00001-of-00004.tfrecord")
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if damage == "changed byte":
        content[len(content) // 2] ^= 1
    elif damage == "cut":
        content = content[:-5]
    else:
        content = b""
    with open(path, "wb") as file:
        file.write(content)
    assert dataset.find_damaged_shard(folder) == path


def test_a_shard_that_goes_while_it_is_read_is_named(folder):
    with pytest.raises(ValueError, match="train-00001-of-00004.*: gone since"):
        with dataset.explaining_damage(folder):
            examples = dataset.read_examples(folder, "train")
            os.remove(os.path.join(folder, "train-00001-of-00004.tfrecord"))
            list(examples)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"\xff\xff", b"\x89PNG\r\n\x1a\nrubbish"])
def test_a_shard_of_what_is_no_example_is_found(folder, content):
    path = os.path.join(folder, "train-00001-of-00004.tfrecord")
    if content.startswith(b"\x89"):
        feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))
        features = tf.train.Features(feature={"painting": feature})
        content = tf.train.Example(features=features).SerializeToString()

    def rewrite(*examples):
        dataset.write_shard(path, examples)
        shards = dataset.read_index(folder)["shards"]
        (shard,) = (x for x in shards if x["name"] == os.path.basename(path))
        shard.update(dataset_checks.fingerprint(path))
        dataset.write_index(folder, {"size": 8}, shards, complete=True)

    rewrite(*map(example, range(5)), content)
    assert dataset.find_damaged_shard(folder) == path
    with pytest.raises(ValueError, match=f"{path}: damaged TFRecord"):
        with dataset.explaining_damage(folder):
            examples = dataset.read_examples(folder, "train")
            list(examples.map(records.parse_example))
    rewrite(*map(example, range(6)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="of the training"):
        with dataset.explaining_damage(folder):
            raise tf.errors.InvalidArgumentError(None, None, "of the training")


def as_png(*shape):
    return tf.io.encode_png(np.zeros(shape, np.uint8)).numpy()


@pytest.mark.parametrize(
    "key, values",
    [
        ("painting", [b""]),
        ("painting", [as_png(4, 4, 3)]),
        ("sketch", [as_png(4, 4, 1)]),
        ("regions", [as_png(4, 4, 1)]),
        ("figure", [as_png(4, 4, 1)]),
        ("sketches", [as_png(8, 8, 1), as_png(4, 4, 1)]),
        ("sketches", [b""]),
        ("references", [b"rubbish"]),
        ("palettes", [b"rubbish"]),
        ("palettes", [as_png(1, 4, 3)]),
        ("sketch", [tf.io.encode_jpeg(np.zeros((8, 8, 1), np.uint8)).numpy()]),
    ],
)
def test_pictures_of_an_example_belong_together(key, values, tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    whole = records.make_example(
        pixels, "a", "tests", sketch=pixels[..., :1], regions=pixels[..., :1],
        figure=pixels[..., :1], sketches=[pixels[..., :1]], references=[pixels],
    )  # fmt: skip
    path = str(tmp_path / "x.tfrecord")
    dataset.write_shard(path, [whole])
    assert dataset_checks.is_parsed(path)
    changed = tf.train.Example.FromString(whole)
    changed.features.feature[key].bytes_list.value[:] = values
    dataset.write_shard(path, [changed.SerializeToString()])
    assert not dataset_checks.is_parsed(path)


def test_a_picture_is_not_decoded_beyond_a_size(tmp_path, monkeypatch):
    whole = records.make_example(np.zeros((8, 8, 3), np.uint8), "a", "tests")
    path = str(tmp_path / "x.tfrecord")
    dataset.write_shard(path, [whole])
    for most, read in ((64, True), (63, False)):
        monkeypatch.setattr(records, "MAX_PIXELS", most)
        assert dataset_checks.is_parsed(path) is read


def test_index_is_small_readable_json(folder):
    with open(os.path.join(folder, "dataset.json")) as file:
        assert json.load(file)["complete"] is True
