import io
import json
import os
import pathlib
import re
import shutil
import time

import numpy as np
import PIL.Image
import pytest

from keras_s2p import make_dataset
from keras_s2p.characters import character
from keras_s2p.common import picture_files
from keras_s2p.common.config import DatasetConfig
from keras_s2p.data import (
    dataset,
    dataset_examples,
    dataset_plan,
    dataset_shards,
    drawings,
    manifests,
    records,
)


def picture(path, size=(40, 50), seed=0, mode="RGB", **options):
    """Writes a picture of large coloured squares; returns its path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    channels = len(mode)
    squares = np.random.default_rng(seed).integers(0, 256, (4, 4, channels), np.uint8)
    image = PIL.Image.fromarray(squares[..., 0] if channels == 1 else squares, mode)
    image.resize(size, PIL.Image.NEAREST).save(path, **options)
    return str(path)


@pytest.fixture
def paintings(tmp_path):
    folder = tmp_path / "paintings"
    for number in range(12):
        picture(folder / "some" / f"{number}.png", seed=number)
    return folder


@pytest.fixture
def output(tmp_path):
    return tmp_path / "tfrecords"


def run(*args):
    return make_dataset.main([*map(str, args), "--workers", "1", "--size", "32"])


def read(folder, split=None):
    """All examples by name."""
    examples = {}
    index = dataset.load_index(str(folder))
    for one in [split] if split else dataset.SPLITS:
        if dataset.num_examples(index, one):
            for serialized in dataset.read_examples(str(folder), one):
                example = records.parse_example(serialized)
                examples[example["name"].numpy().decode()] = example
    return examples


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_characters_come_with_all_that_is_known_of_them(output):
    assert run(output, "--characters", 4) == 0
    examples = read(output)
    assert len(examples) == 4
    for example in examples.values():
        assert example["painting"].shape == example["reference"].shape == (32, 32, 3)
        assert example["sketch"].shape == example["regions"].shape == (32, 32, 1)
        assert np.any(example["painting"] != example["reference"])
        for label, size in zip(example["labels"], character.LABEL_SIZES.values()):
            assert 0 <= label < size
        assert example["source"].numpy() == b"characters"


def test_the_reference_of_a_character_is_its_partner(partners):
    items = dataset_plan.list_characters(3, seed=0)
    examples = [
        records.parse_example(serialized)
        for _, serialized in dataset_examples.character_examples(items, 32)
    ]
    assert len(partners) == 3
    for example, (drawing, partner) in zip(examples, partners):
        np.testing.assert_array_equal(
            example["sketch"].numpy()[..., 0], drawing.sketch()
        )
        # The line's colour says the palette; the partner's lines have it too.
        ink = partner.sketch() < 40
        lines = example["reference"].numpy()[ink].astype(int)
        own = example["painting"].numpy()[drawing.sketch() < 40].astype(int)
        assert len(lines) and len(own)
        assert np.abs(np.median(lines, axis=0) - np.median(own, axis=0)).max() < 30


def test_characters_differ_and_depend_on_the_seed(tmp_path):
    pixels = []
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(tmp_path / folder, "--characters", 3, "--seed", seed)
        pixels.append(
            {e["painting"].numpy().tobytes() for e in read(tmp_path / folder).values()}
        )
    assert [len(some) for some in pixels] == [3, 3, 3]
    assert pixels[0] == pixels[1]
    assert not pixels[0] & pixels[2]


def test_pictures_of_every_kind_are_taken(tmp_path, output):
    folder = tmp_path / "paintings"
    picture(folder / "top.webp", lossless=True)
    picture(folder / "a" / "b" / "deep.JPG", seed=1)
    picture(folder / "a" / "alpha.png", seed=2, mode="RGBA")
    picture(folder / "grey.png", seed=3, mode="L")
    (folder / "notes.txt").write_text("not a picture")
    assert run(folder, output) == 0
    examples = read(output)
    assert set(examples) == {"top.webp", "a/b/deep.JPG", "a/alpha.png", "grey.png"}
    assert {example["painting"].shape for example in examples.values()} == {(40, 32, 3)}
    assert examples["a/b/deep.JPG"]["source"].numpy() == b"a"
    assert examples["top.webp"]["source"].numpy() == b"paintings"
    assert examples["top.webp"]["sketch"].shape == (0, 0, 1)


@pytest.mark.parametrize(
    "size, shape",
    [
        ((16, 16), (32, 32)),
        ((64, 48), (32, 43)),
        ((60, 30), (32, 64)),
        ((600, 30), (32, 64)),
        ((31, 999), (64, 32)),
    ],
)
def test_short_side_becomes_the_size_and_long_side_at_most_twice(
    tmp_path, output, size, shape
):
    picture(tmp_path / "paintings" / "a.png", size)
    assert run(tmp_path / "paintings", output) == 0
    assert read(output)["a.png"]["painting"].shape == (*shape, 3)


def test_long_pictures_keep_their_middle(tmp_path, output):
    pixels = np.zeros((32, 128, 3), np.uint8)
    pixels[:, 32:96] = 255
    os.makedirs(tmp_path / "paintings")
    PIL.Image.fromarray(pixels).save(tmp_path / "paintings" / "a.png")
    run(tmp_path / "paintings", output)
    assert np.all(read(output)["a.png"]["painting"] == 255)


def test_drawn_lines_are_matched_by_name(tmp_path, paintings, output):
    picture(tmp_path / "lines" / "some" / "3.webp", (80, 100), 5, "L", lossless=True)
    picture(tmp_path / "lines" / "4.png", mode="L")
    assert run(paintings, output, "--sketches", tmp_path / "lines") == 0
    examples = read(output)
    with_sketch = [n for n, e in examples.items() if e["sketch"].shape[0]]
    assert with_sketch == ["some/3.png"]
    assert examples["some/3.png"]["sketch"].shape == (40, 32, 1)


def test_drawn_lines_of_one_name_are_told_apart_by_their_extension(tmp_path):
    folder, lines = tmp_path / "paintings", tmp_path / "lines"
    for name in ("a.png", "a.jpg", "b.png", "c.png"):
        picture(folder / name)
    for name in ("a.png", "a.jpg", "a.webp", "b.webp", "d.png"):
        picture(lines / name, mode="L")
    items = dataset_plan.list_paintings(str(folder), str(lines))
    found = {item.file: os.path.relpath(item.line or lines, lines) for item in items}
    assert found == {
        "a.png": "a.png", "a.jpg": "a.jpg", "b.png": "b.webp", "c.png": "."
    }  # fmt: skip
    picture(folder / "b.tif")
    several = "--sketches: which of b.webp is of which of b.png, b.tif?"
    with pytest.raises(ValueError, match=re.escape(several)):
        dataset_plan.list_paintings(str(folder), str(lines))
    os.remove(folder / "b.tif")
    picture(lines / "b.jpg", mode="L")
    with pytest.raises(ValueError, match="which of b.jpg, b.webp is of which of b.png"):
        dataset_plan.list_paintings(str(folder), str(lines))


def test_drawn_lines_may_lie_among_the_paintings(paintings, output):
    picture(paintings / "lines" / "some" / "3.png", mode="L")
    assert run(paintings, output, "--sketches", paintings / "lines") == 0
    examples = read(output)
    assert len(examples) == 12
    assert examples["some/3.png"]["sketch"].shape == (40, 32, 1)


def test_drawn_lines_of_other_proportions_are_named(paintings, output, capsys):
    picture(paintings / "lines" / "some" / "3.png", (50, 40), mode="L")
    assert run(paintings, output, "--sketches", paintings / "lines") == 0
    assert "some/3.png" not in read(output)
    assert "other proportions" in capsys.readouterr().err


def test_lines_that_match_no_painting_are_an_error(tmp_path, paintings, output, capsys):
    picture(tmp_path / "lines" / "else.png", mode="L")
    assert run(paintings, output, "--sketches", tmp_path / "lines") == 1
    assert "--sketches" in capsys.readouterr().err
    assert run(paintings, output, "--sketches", paintings) == 1
    assert not output.exists()


def test_bad_pictures_are_named_counted_and_skipped(paintings, output, capsys):
    (paintings / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (paintings / "empty.jpg").write_bytes(b"")
    picture(paintings / "small.png", (7, 300))
    picture(paintings / "low.png", (64, 64))
    args = (paintings, output, "--size", 300, "--workers", "1")
    assert make_dataset.main([str(arg) for arg in args]) == 1
    capsys.readouterr()
    assert run(paintings, output) == 0
    errors = capsys.readouterr().err
    for name in ("broken.png", "empty.jpg", "small.png"):
        assert f"{name}: " in errors
    assert "low.png" not in errors
    assert "3 pictures were skipped" in errors
    assert len(read(output)) == 13


def test_a_file_that_gives_nothing_yet_is_listed(paintings, monkeypatch):
    class Waiting(io.BytesIO):  # as one in /proc that is opened without waiting
        def read(self, size=-1):
            return None

    before = dataset_plan.list_paintings(str(paintings), None, None, "train")
    monkeypatch.setattr(dataset_plan.files, "open_regular", lambda *_: Waiting())
    items = dataset_plan.list_paintings(str(paintings), None, None, "train")
    assert len(items) == len(before) > 0  # its turn comes, and it is named then


def test_a_file_without_an_end_is_listed(paintings, monkeypatch):
    monkeypatch.setattr(
        dataset_plan.files, "open_regular", lambda *_: open("/dev/zero", "rb")
    )
    monkeypatch.setattr(dataset_plan.picture_files, "MAX_FILE_SIZE", 1_000_000)
    assert dataset_plan.list_paintings(str(paintings), None, None, "train")


def test_nothing_usable_leaves_nothing(tmp_path, output, capsys):
    os.makedirs(tmp_path / "paintings")
    (tmp_path / "paintings" / "broken.png").write_bytes(b"")
    assert run(tmp_path / "paintings", output) == 1
    assert "no picture in it can be used" in capsys.readouterr().err
    assert list(output.iterdir()) == []


def test_duplicates_share_a_split(tmp_path, output):
    folder = tmp_path / "paintings"
    for number in range(30):
        picture(folder / "a" / f"{number}.png", seed=number)
        picture(folder / "b" / f"copy of {number}.png", seed=number)
    assert run(folder, output, "--validation-share", "0.3") == 0
    splits = [
        {os.path.basename(n).replace("copy of ", "") for n in read(output, split)}
        for split in dataset.SPLITS
    ]
    assert splits[0] and splits[1] and not splits[0] & splits[1]
    assert sum(map(len, splits)) == 30


def test_groups_share_a_split_even_if_a_duplicate_joins_two():
    items = [
        dataset_plan.Item(key, file, group=group)
        for key, file, group in (
            ("1", "a", "x"),
            ("2", "b", "x"),
            ("3", "c", "y"),
            ("2", "d", "y"),
            ("4", "e", ""),
            ("5", "f", ""),
        )
    ]
    for share in (0.1, 0.5, 0.9):
        for shard in dataset_plan.plan_shards(items, share):
            files = {item.file for item in shard.items}
            assert files >= set("abcd") or not files & set("abcd")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.3, 0.99])
def test_share_of_validation(share):
    items = dataset_plan.list_characters(5000, seed=0)
    counts = {"train": 0, "validation": 0}
    for shard in dataset_plan.plan_shards(items, share):
        assert len(shard.items) <= dataset_plan.SHARD_SIZE
        counts[shard.split] += len(shard.items)
    assert sum(counts.values()) == 5000
    assert counts["validation"] == pytest.approx(share * 5000, rel=0.2)


def test_few_examples_still_fill_both_splits():
    for number in range(2, 6):
        for share in (1e-9, 1 - 1e-9):
            items = dataset_plan.list_characters(number, seed=0)
            shards = dataset_plan.plan_shards(items, share)
            assert [shard.split for shard in shards] == ["train", "validation"]
    only = dataset_plan.plan_shards(dataset_plan.list_characters(1, 0), 0.5)
    assert [shard.split for shard in only] == ["train"]


def test_more_pictures_do_not_change_the_split_of_the_others():
    def validation(count):
        shards = dataset_plan.plan_shards(dataset_plan.list_characters(count, 0), 0.1)
        return {i for s in shards if s.split == "validation" for i in s.items}

    few, many = validation(500), validation(1000)
    assert few and few == many & set(dataset_plan.list_characters(500, 0))


def test_interrupted_run_goes_on_to_the_same_files(
    tmp_path, paintings, output, monkeypatch, capsys
):
    monkeypatch.setattr(dataset_plan, "SHARD_SIZE", 4)
    assert run(paintings, tmp_path / "whole", "--characters", 3) == 0
    calls = []

    def interrupted(*args, **known):
        calls.append(1)
        if len(calls) == 9:
            time.sleep(1)  # for the records of the shards before
            raise KeyboardInterrupt
        return original(*args, **known)

    original = records.make_example
    monkeypatch.setattr(records, "make_example", interrupted)
    assert run(paintings, output, "--characters", 3) == 1
    assert "goes on" in capsys.readouterr().err
    with pytest.raises(ValueError, match="unfinished"):
        dataset.load_index(str(output))
    assert not list(output.glob("*.partial"))
    finished = dataset.read_index(str(output))["shards"]
    assert len(finished) >= 2
    before = {s["name"]: (output / s["name"]).stat().st_mtime_ns for s in finished}
    assert run(paintings, output, "--characters", 3) == 0
    assert files(output) == files(tmp_path / "whole")
    assert before == {name: (output / name).stat().st_mtime_ns for name in before}


def test_running_again_keeps_the_shards(paintings, output, capsys):
    run(paintings, output)
    before = {path: path.stat().st_mtime_ns for path in output.glob("*.tfrecord")}
    assert run(paintings, output) == 0
    assert "2 of 2 shards are there" in capsys.readouterr().out
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_deleted_shard_is_made_again(paintings, output):
    run(paintings, output)
    before = files(output)
    (output / "train-00000-of-00001.tfrecord").unlink()
    assert run(paintings, output) == 0
    assert files(output) == before


@pytest.mark.parametrize(
    "option, value",
    [("--seed", 7), ("--characters", 2), ("--validation-share", 0.2)],
)
def test_other_settings_are_refused_by_name(paintings, output, capsys, option, value):
    run(paintings, output)
    before = files(output)
    assert run(paintings, output, option, value) == 1
    error = capsys.readouterr().err
    assert f"made with {option} " in error and f"not {value}" in error
    assert files(output) == before


def test_another_size_is_refused(paintings, output, capsys):
    run(paintings, output)
    args = [str(paintings), str(output), "--size", "64", "--workers", "1"]
    assert make_dataset.main(args) == 1
    assert "made with --size 32, not 64" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["more", "fewer", "other", "lines"])
def test_other_pictures_are_refused(paintings, output, capsys, change):
    picture(paintings / "lines" / "some" / "3.png", mode="L")
    args = (paintings, output, "--sketches", paintings / "lines")
    run(*args)
    if change == "more":
        picture(paintings / "new.png")
    elif change == "fewer":
        (paintings / "some" / "1.png").unlink()
    elif change == "other":
        picture(paintings / "some" / "1.png", seed=99)
    else:
        picture(paintings / "lines" / "some" / "3.png", seed=99, mode="L")
    assert run(*args) == 1
    assert "other pictures" in capsys.readouterr().err


def test_moved_paintings_are_the_same(tmp_path, paintings, output):
    run(paintings, output)
    os.rename(paintings, tmp_path / "moved")
    assert run(tmp_path / "moved", output) == 0


def test_a_folder_with_other_files_is_not_written_to(paintings, capsys):
    assert run(paintings, "--characters", 2) == 1
    assert "not empty" in capsys.readouterr().err
    assert os.listdir(paintings) == ["some"]


def test_unusable_folders_are_named(tmp_path, paintings, output, capsys):
    (tmp_path / "file").write_text("")
    os.makedirs(tmp_path / "empty")
    for args in (
        (tmp_path / "missing", output),
        (tmp_path / "empty", output),
        (paintings, tmp_path / "file"),
        (paintings, tmp_path / "file" / "below"),
    ):
        assert run(*args) == 1
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert str(args[0] if args[1] is output else args[1]) in error
    assert not output.exists()


def test_shards_that_can_not_be_written_are_named(
    paintings, output, monkeypatch, capsys
):
    def full(path, examples):
        raise ValueError(f"{path}: can not be written (disk full)")

    monkeypatch.setattr(dataset, "write_shard", full)
    assert run(paintings, output) == 1
    assert "tfrecord: can not be written" in capsys.readouterr().err


@pytest.fixture
def manifest(paintings):
    """A manifest of some of the twelve paintings."""
    picture(paintings / "lines" / "zero.png", mode="L")
    rows = [
        "file,use,split_group,line",
        "some/0.png,train,x,lines/zero.png",
        "some/1.png,train,x,",
        "some/2.png,train,,",
        "some/3.png,evaluate,same,",
        "some/4.png,evaluate,same,",
        "some/missing.png,evaluate,same,",
    ]
    path = paintings / "manifest.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_manifest_chooses_pictures_and_lines(paintings, manifest, output):
    assert run(paintings, output, "--manifest", manifest) == 0
    examples = read(output)
    assert set(examples) == {"some/0.png", "some/1.png", "some/2.png"}
    assert examples["some/0.png"]["sketch"].shape == (40, 32, 1)
    grouped = {"some/0.png", "some/1.png"}
    assert len(grouped & set(read(output, "train"))) in (0, 2)


def test_a_group_of_blanks_is_none(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_text("file,use,split_group\na.png,train, \nb.png,train, x \n")
    rows = manifests.read_manifest(str(path), "train")
    assert [row["split_group"] for row in rows] == ["", "x"]


def test_drawings_of_a_manifest_come_with_all_that_training_wants(
    tmp_path, output, capsys
):
    """Two figures of one character and one of another, on white with wide margins."""
    colours = {
        "a": ((200, 30, 30), (30, 30, 200)),
        "b": ((30, 160, 40), (250, 200, 60)),
    }
    rows = ["file,split_group"]
    for name, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        pixels = np.full((200, 200, 3), 255, np.uint8)
        pixels[40:80, 60:120] = colours[group][0]
        pixels[80:120, 60:120] = colours[group][1]
        os.makedirs(tmp_path / "all", exist_ok=True)
        PIL.Image.fromarray(pixels).save(tmp_path / "all" / f"{name}.png")
        rows.append(f"all/{name}.png,{group}")
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n")
    manifest = ("--manifest", tmp_path / "manifest.csv")
    assert run(tmp_path, output, *manifest, "--size", 64) == 0
    examples = read(output)
    counts = {"all/a1.png": 1, "all/a2.png": 1, "all/b1.png": 0}
    for name, count in counts.items():
        example = examples[name]
        assert len(example["references"]) == count and len(example["sketches"]) == 6
        figure = records.decode_png(example["figure"], 1).numpy()[..., 0]
        assert figure.shape == example["painting"].shape[:2]
        assert 0.7 < (figure == 255).mean() < 0.95  # its margins are cut off
        palettes = records.decode_png(example["palettes"], 3)
        assert palettes.shape == (1 + drawings.NUM_PALETTES, 2, 3)


@pytest.mark.parametrize("what", ["folder", "picture", "broken", "line"])
def test_what_goes_away_or_changes_meanwhile_is_not_skipped_for_ever(
    what, paintings, output, monkeypatch, capsys
):
    lines = paintings.parent / "lines"
    shutil.copytree(paintings, lines)
    arguments = [paintings, output, "--sketches", lines]
    changed = lines if what == "line" else paintings
    aside = paintings.parent / "aside"
    write_shards = dataset_shards.write_shards

    def write_later(*args):
        shutil.copytree(changed, aside)
        if what == "folder":
            shutil.rmtree(changed)
        elif what == "broken":
            (changed / "some" / "3.png").write_bytes(b"half")
        elif what == "line":
            picture(changed / "some" / "3.png", seed=50)
        else:
            (changed / "some" / "3.png").unlink()
        write_shards(*args)

    with monkeypatch.context() as patch:
        patch.setattr(dataset_shards, "write_shards", write_later)
        assert run(*arguments) == 1
    assert "went away or changed meanwhile" in capsys.readouterr().err
    assert not json.loads((output / dataset.INDEX).read_text())["complete"]
    shutil.rmtree(changed, ignore_errors=True)
    shutil.copytree(aside, changed)
    assert run(*arguments) == 0
    assert len(read(output)) == 12
    assert "skipped" not in capsys.readouterr().err


def test_another_of_a_group_that_goes_away_after_its_own_turn_is_no_less_a_reference(
    paintings, monkeypatch
):
    (paintings / "broken.png").write_bytes(b"half")
    path = paintings / "manifest.csv"
    rows = ["some/0.png", "some/1.png", "broken.png", "missing.png"]
    path.write_text("file,split_group\n" + "".join(f"{row},one\n" for row in rows))
    items = dataset_plan.list_paintings(str(paintings), manifest=str(path))
    items = dataset_plan.add_other_keys([dataset_plan.read_keys(x) for x in items])
    _, example = dataset_examples.painting_example(items[0], 32)
    assert example  # two can not be read, as when it was planned

    def lack_memory(path):
        if path.endswith("1.png"):
            raise picture_files.ImageError(f"{path}: {picture_files.NO_MEMORY}")
        return read_painting(path)

    read_painting = picture_files.read_painting
    with monkeypatch.context() as patch:
        patch.setattr(picture_files, "read_painting", lack_memory)
        with pytest.raises(picture_files.ImageError, match="1.png: not enough memory"):
            dataset_examples.painting_example(items[0], 32)
    (paintings / "some" / "1.png").unlink()
    with pytest.raises(ValueError, match="some/1.png: .* went away or changed"):
        dataset_examples.painting_example(items[0], 32)


@pytest.mark.parametrize("what", ["folder", "picture"])
def test_what_goes_away_while_pictures_are_read_is_named(
    what, paintings, output, monkeypatch, capsys
):
    read_keys = dataset_plan.read_keys

    def read_and_remove(item):
        shutil.rmtree(paintings, ignore_errors=True)
        if what == "picture":
            paintings.mkdir()
        return read_keys(item)

    monkeypatch.setattr(dataset_plan, "read_keys", read_and_remove)
    assert run(paintings, output) == 1
    assert "went away while the pictures were read" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.slow
def test_pictures_that_take_too_much_memory_are_named_and_skipped(
    paintings, output, monkeypatch, capsys
):
    PIL.Image.new("RGB", (16, 30_000), "white").save(paintings / "thin.png")
    picture(paintings / "some" / "greedy.png", (60, 40), 50)

    def describe_some(painting, others, rng):
        if painting.shape[1] > painting.shape[0]:
            raise MemoryError
        return {}

    describe = drawings.describe_drawing
    monkeypatch.setattr(drawings, "describe_drawing", describe_some)
    rows = ["file,use", "thin.png,train", "some/greedy.png,train"]
    rows += [f"some/{number}.png,train" for number in range(12)]
    (paintings / "manifest.csv").write_text("\n".join(rows))
    assert run(paintings, output, "--manifest", paintings / "manifest.csv") == 0
    errors = capsys.readouterr().err
    assert "thin.png: 16 x 30000 pixels; at most 256 times as" in errors
    assert "greedy.png: not enough memory for it" in errors
    index = dataset.load_index(str(output))
    assert sum(dataset.num_examples(index, split) for split in dataset.SPLITS) == 12

    monkeypatch.setattr(drawings, "describe_drawing", describe)  # there is more now
    for told in (True, False):
        assert run(paintings, output, "--manifest", paintings / "manifest.csv") == 0
        assert ("lacks what memory" in capsys.readouterr().err) == told
        assert len(read(output)) == 13


def test_characters_have_an_extracted_sketch_too(output):
    run(output, "--characters", 2)
    for example in read(output).values():
        (sketch,) = example["sketches"]
        sketch = records.decode_png(sketch, 1)
        assert sketch.shape == example["sketch"].shape
        assert np.any(sketch != example["sketch"])


def test_a_shard_is_of_one_source(paintings, output):
    run(paintings, output, "--characters", 5)
    shards = dataset.load_index(str(output))["shards"]
    assert all(len(shard["examples"]) == 1 for shard in shards)
    assert {next(iter(shard["examples"])) for shard in shards} == {"some", "characters"}


def test_shards_of_another_version_are_refused(paintings, output, monkeypatch, capsys):
    monkeypatch.setattr(make_dataset, "VERSION", 1)
    run(paintings, output)
    monkeypatch.undo()
    assert run(paintings, output) == 1
    assert "another version" in capsys.readouterr().err


def test_pipes_and_devices_are_skipped_and_no_manifests(paintings, output, capsys):
    os.mkfifo(paintings / "pipe.png")
    (paintings / "zero.png").symlink_to("/dev/zero")
    assert run(paintings, output) == 0
    errors = capsys.readouterr().err
    assert "pipe.png: a named pipe, not a file" in errors
    assert "zero.png: a device, not a file" in errors
    assert "2 pictures were skipped" in errors and len(read(output)) == 12
    for path in ("/dev/zero", paintings / "pipe.png"):
        assert run(paintings, output, "--manifest", path) == 1
        errors = capsys.readouterr().err
        assert errors.startswith(f"--manifest {path}: a ") and "not a file" in errors


def test_manifest_rows_without_a_file_are_skipped(paintings, manifest, output, capsys):
    assert run(paintings, output, "--manifest", manifest, "--use", "evaluate") == 0
    assert set(read(output)) == {"some/3.png", "some/4.png"}
    assert "missing.png: no such file" in capsys.readouterr().err


@pytest.mark.slow
def test_lines_that_can_not_be_read_are_other_than_none(paintings, output, capsys):
    path = paintings / "manifest.csv"
    rest = "".join(f"some/{number}.png,\n" for number in range(1, 6))
    rows = f"file,line\nsome/0.png,{{}}\n{rest}"
    for lines, others in (("missing.png", ""), ("", "missing.png")):
        folder = f"{output}{others}"
        path.write_text(rows.format(lines))
        assert run(paintings, folder, "--manifest", path) == 0
        path.write_text(rows.format(others))
        assert run(paintings, folder, "--manifest", path) == 1
        assert "made with other pictures, drawn lines or" in capsys.readouterr().err


def test_drawings_that_are_of_no_painting_are_told(paintings, output, capsys):
    lines = paintings.parent / "lines"
    picture(lines / "some" / "0.png", mode="L")
    picture(lines / "some" / "0_lines.png", mode="L")
    assert run(paintings, output, "--sketches", lines) == 0
    told = capsys.readouterr().err
    assert "some/0_lines.png: lines of no painting" in told
    assert told.count("lines of no painting") == 1
    path = paintings / "manifest.csv"
    path.write_text("file\n" + "".join(f"some/{number}.png\n" for number in range(4)))
    options = ("--sketches", lines, "--manifest", path)
    assert run(paintings, f"{output}2", *options) == 0
    assert "lines of no painting" not in capsys.readouterr().err


def test_uses_are_found_in_any_letters(paintings, output):
    path = paintings / "manifest.csv"
    path.write_text("file,use\nsome/0.png,Train \nsome/1.png,other\n")
    assert run(paintings, output, "--manifest", path, "--use", "train") == 0
    assert list(read(output)) == ["some/0.png"]


def test_an_index_is_the_same_however_its_folder_is_spelt(paintings, output):
    (paintings / "some" / "0.png").write_bytes(b"half")
    other = f"{output}2"
    assert run(paintings, output) == run(f"{paintings}/../paintings", other) == 0
    one, two = ((pathlib.Path(x) / dataset.INDEX).read_text() for x in (output, other))
    assert one == two and "some/0.png: not a picture" in one


def test_a_file_that_a_manifest_names_twice_is_one(paintings, output, capsys):
    path = paintings / "manifest.csv"
    path.write_text("file,line\nsome/./0.png,some/1.png\nsome/0.png,some/1.png\n")
    assert run(paintings, output, "--manifest", path) == 0
    assert list(read(output)) == ["some/0.png"]
    path.write_text("file,line\nsome/./0.png,some/1.png\nsome/0.png,\n")
    assert run(paintings, f"{output}2", "--manifest", path) == 1
    assert "row 2 names some/0.png again" in capsys.readouterr().err


def test_unusable_manifests_are_named(paintings, manifest, output, capsys):
    (paintings / "other.csv").write_text("name\na\n")
    (paintings / "binary.csv").write_bytes(b"file\n\xff\xfe\x00\n")
    for args, text in (
        (("--manifest", manifest, "--use", "nothing"), "--use nothing"),
        (("--manifest", paintings / "missing.csv"), "missing.csv"),
        (("--manifest", paintings / "other.csv"), "no column `file`"),
        (("--manifest", paintings / "binary.csv"), "binary.csv"),
    ):
        assert run(paintings, output, *args) == 1
        assert text in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["out"],
        ["out", "--characters", "-1"],
        ["out", "--characters", "1", "--workers", "0"],
        ["out", "--characters", "1", "--workers", "257"],
        ["out", "--characters", "1", "--size", "8"],
        ["out", "--characters", "1", "--size", "2049"],
        ["out", "--characters", "1000001"],
        ["out", "--characters", "1", "--seed", "-1"],
        ["out", "--characters", "1", "--validation-share", "1"],
        ["out", "--characters", "1", "--sketches", "lines"],
        ["out", "--characters", "1", "--manifest", "m.csv"],
    ],
)
def test_bad_usage_exits_with_2(args, capsys):
    with pytest.raises(SystemExit) as exit_info:
        make_dataset.main(args)
    assert exit_info.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_a_dataset_is_made_from_python_as_by_the_command(tmp_path):
    config = DatasetConfig(characters=3, size=32, workers=1)
    make_dataset.make(str(tmp_path / "python"), config)
    assert run(tmp_path / "command", "--characters", 3) == 0
    assert files(tmp_path / "python") == files(tmp_path / "command")
    with pytest.raises(ValueError, match="--size: must be between 32 and 2048"):
        make_dataset.make(str(tmp_path / "small"), DatasetConfig(characters=1, size=8))


def test_options_may_stand_between_the_folders():
    folders_and_config = make_dataset.parse_args(["in", "--characters", "3", "out"])
    assert folders_and_config == ("in", "out", DatasetConfig(characters=3))
    assert make_dataset.parse_args(["out", "--characters", "3"])[:2] == (None, "out")


@pytest.mark.slow
def test_two_processes_write_what_one_writes(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    assert run(one, "--characters", 20, "--validation-share", 0.4) == 0
    args = ["--characters", "20", "--validation-share", "0.4", "--size", "32"]
    assert make_dataset.main([str(two), "--workers", "2", *args]) == 0
    assert files(one) == files(two)
