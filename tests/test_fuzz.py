"""Files of random damage: each is read, or refused in one sentence.

pytest tests/test_fuzz.py --fuzz 5000 is the long form, of so many files a test.
"""

import io
import json
import math
import os
import struct
import types
import zipfile

import keras
import numpy as np
import PIL.Image
import pytest

from keras_s2p.apps import job_checks, jobs
from keras_s2p.common import config as configs
from keras_s2p.common import (
    picture_colours,
    picture_files,
    picture_reader,
    picture_tags,
    sources,
    versions,
)
from keras_s2p.data import dataset, dataset_checks, dataset_plan, records
from keras_s2p.networks import weight_files
from keras_s2p.training import callbacks, schedule

pytest.importorskip("hypothesis")
from hypothesis import given
from hypothesis import strategies as st

SHAPES = {"conv/kernel": (3, 3, 1, 2), "conv/bias": (2,), "guide/kernel": (2, 2)}
INDEX = {
    "complete": True,
    "settings": {"size": 32},
    "examples": {"train": {"a": 3}, "validation": {}},
    "shards": [
        {"name": "train-00000-of-00001.tfrecord", "split": "train", "skipped": {},
         "examples": {"a": 3}, "bytes": 12, "sha256": "0"}
    ],
}  # fmt: skip
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])
    | st.floats()
    | st.text(max_size=9),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.text(max_size=9), part, max_size=3)
    ),
    max_leaves=8,
)


def pictures():
    """Bytes of small pictures of every format and many modes."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (20, 24, 4), np.uint8)
    rgba = PIL.Image.fromarray(pixels)
    rgb = rgba.convert("RGB")
    deep = PIL.Image.fromarray(rng.integers(0, 65536, (20, 24)).astype(np.uint16))
    exif = PIL.Image.Exif()
    exif[picture_tags.ORIENTATION] = 6
    profile = {"icc_profile": picture_colours._srgb_profile()}
    layered = io.BytesIO()
    with zipfile.ZipFile(layered, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr(picture_reader.MERGED, save(rgba, "PNG", {}))
    # No layers: Pillow writes no such file, and reads the merged picture alone.
    psd = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHHIII", 3, 20, 24, 8, 3, 0, 0, 0)
    psd += b"\0\0" + pixels[..., :3].transpose(2, 0, 1).tobytes()
    return [layered.getvalue(), psd] + [
        save(*each)
        for each in (
            (rgba, "PNG", profile), (rgb, "PNG", {"transparency": (1, 2, 3)}),
            (rgb.quantize(9), "PNG", {}), (deep, "PNG", {"transparency": 7}),
            (rgb, "JPEG", {"exif": exif, **profile}),
            (rgba.convert("CMYK"), "JPEG", {}), (rgb, "JPEG", {"progressive": True}),
            (rgb, "TIFF", {"compression": "jpeg"}), (rgba.convert("L"), "GIF", {}),
            (rgba, "BMP", {}), (rgba, "TIFF", profile), (deep, "TIFF", {}),
            (rgb, "TIFF", {"compression": "tiff_lzw"}),
            (rgba, "WEBP", {"exif": exif}), (rgb.convert("LAB"), "TIFF", {}),
        )
    ]  # fmt: skip


def save(image, kind, options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def arrays():
    """Bytes of a file of weights."""
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez_compressed(
        file, **{name: rng.normal(size=s).astype("f") for name, s in SHAPES.items()}
    )
    return file.getvalue()


@st.composite
def damaged(draw, files):
    """One of some files, of which bytes are changed, cut out or doubled."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["byte", "number", "cut", "end", "double"]))
        if kind == "byte":
            data[place : place + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == "number":  # as large as a header can say
            number = draw(st.sampled_from([0, 1, 2**16 - 1, 2**31 - 1, 2**32 - 1]))
            data[place : place + 4] = struct.pack(
                draw(st.sampled_from("<>")) + "L", number
            )
        elif kind == "cut":
            del data[place : place + draw(st.integers(1, 40))]
        elif kind == "end":
            del data[place:]
        else:
            data[place:place] = data[place : place + draw(st.integers(1, 40))]
    return bytes(data)


def refused(error, name):
    assert name in str(error) and "\n" not in str(error), error


@given(data=damaged(pictures()) | st.binary(max_size=300))
def test_pictures(data):
    try:
        pixels = picture_files.decode_painting(data, "x.png", 1_000_000)
    except picture_files.ImageError as error:
        refused(error, "x.png: ")
    else:
        assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
        assert min(pixels.shape[:2]) >= picture_files.MIN_SIDE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("fuzz"))


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


@given(
    data=damaged([b'sketch,reference,output\na.png,b.png,c.png\n"d""",e,..f\n'])
    | st.binary(max_size=99)
    | st.text(max_size=99).map(
        lambda rows: b"sketch,reference,output\n" + rows.encode(errors="replace")
    )
)
def test_lists(folder, data):
    path = write(folder, "pairs.csv", data)
    try:
        todo = jobs.from_pairs(path, "out")
    except ValueError as error:
        assert "pairs.csv: " in str(error)
        return
    for job in todo:
        assert os.path.normpath(job.output).split(os.sep)[0] == "out"
        assert job.sketch and job.to_json(0.0).isascii()
    try:
        job_checks.check_outputs(todo, layers="png")
    except ValueError as error:
        assert "written twice" in str(error) or "is read" in str(error)


ZERO = b"file,use\na\0.png,train\n"  # in a name
MANIFEST = b"file,use,line,split_group\na.png,train,b.png,1\nc.png,test,,1\n"


@given(data=damaged([MANIFEST, ZERO]) | st.just(ZERO) | st.binary(max_size=99))
def test_manifests(folder, data):
    path = write(folder, "manifest.csv", data)
    try:
        items = dataset_plan.list_paintings(folder, None, path, "train")
        for item in items:
            with pytest.raises(picture_files.ImageError):  # there is no such picture
                picture_files.read_painting(item.file)
    except ValueError as error:
        assert "manifest.csv: " in str(error)


@given(
    changes=st.dictionaries(
        st.sampled_from(sorted(configs.PRESETS["paper"].__dict__)), ANY_JSON, max_size=3
    )
    | ANY_JSON
)
def test_configs(folder, changes):
    path = write(folder, "generator.json", json.dumps(changes).encode())
    try:
        config = configs.read_json(configs.GeneratorConfig, path)
    except ValueError as error:
        refused(error, "generator.json: not a GeneratorConfig")
    else:
        assert config.hint_encoder in ("imagenet", "paintings")
        assert 1 <= config.mid_filters <= 8192 and type(config.guides) is bool


@given(
    changes=st.dictionaries(
        st.sampled_from(sorted(configs.TrainConfig().__dict__)), ANY_JSON, max_size=3
    )
    | ANY_JSON
)
def test_settings_of_a_training(folder, changes):
    path = write(folder, configs.TRAIN_FILE, json.dumps(changes).encode())
    try:
        config = configs.read_json(configs.TrainConfig, path)
    except ValueError as error:
        refused(error, "train.json: not a TrainConfig")
    else:
        assert math.isfinite(config.l1_weight) and type(config.steps) is int


@given(data=st.data())
def test_indexes(folder, data):
    index = json.loads(json.dumps(INDEX))
    place = index
    while True:  # to some place in it, which gets another value
        keys = list(range(len(place)) if isinstance(place, list) else place)
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key]:
            break
        if data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(ANY_JSON)
    write(folder, dataset.INDEX, json.dumps(index).encode())
    write(folder, INDEX["shards"][0]["name"], bytes(12))
    try:
        found = dataset.load_index(folder)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert type(found["settings"]["size"]) is int
        assert dataset.num_examples(found, "train") > 0


@given(data=damaged([arrays()]) | st.binary(max_size=200))
def test_weights(folder, data):
    path = write(folder, "generator.npz", data)
    try:
        found = weight_files.read_arrays(path, SHAPES, optional="guide")
    except ValueError as error:
        refused(error, "generator.npz: ")
    else:
        for name, array in found.items():
            assert array.shape == SHAPES[name] and np.isfinite(array).all()


@pytest.fixture(scope="module")
def shard(folder):
    """Bytes of three examples."""
    path = os.path.join(folder, "whole.tfrecord")
    pixels = np.zeros((16, 16, 3), np.uint8)
    examples = [records.make_example(pixels, f"{i}", "a") for i in range(3)]
    dataset.write_shard(path, examples)
    with open(path, "rb") as file:
        return file.read()


@given(data=st.data())
def test_shards(folder, shard, data):
    found = data.draw(damaged([shard]) | st.binary(max_size=99))
    record = {"name": "x.tfrecord", "examples": {"a": 3}}
    path = write(folder, record["name"], shard)
    known = {**record, **dataset_checks.fingerprint(path)}
    write(folder, record["name"], found)
    assert dataset_checks.is_whole(folder, known) == (found == shard)
    if dataset_checks.is_whole(folder, record):  # by TensorFlow's own checksums
        assert found == shard
    if len(found) != len(shard):
        with pytest.raises(ValueError, match="x.tfrecord: a damaged shard, of "):
            dataset_checks.check_sizes(folder, [known])


@given(
    text=ANY_JSON.map(json.dumps)
    | st.lists(st.lists(st.integers() | st.floats(), max_size=4), max_size=3).map(
        json.dumps
    )
    | st.sampled_from(
        ["[[0, 1e999, 1]]", "[" * 9999, "1" * 9999, "[[0, 0, 0.1]]", "[[0, 9, 3.5e38]]"]
    )
)
def test_files_of_a_run(folder, text):
    for name, read in (
        (schedule.FILE, schedule.read), (sources.FILE, sources.read),
        (versions.FILE, versions.write),
    ):  # fmt: skip
        write(folder, name, text.encode())
        try:
            found = read(folder)
        except ValueError as error:
            refused(error, f"{name}: ")
            continue
        if name == schedule.FILE and found:
            assert np.isfinite(schedule.rate_at(found, 7))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """What a checkpoint wants of a trainer, the folder of one, and its files' bytes."""
    generator = keras.Sequential([keras.layers.Dense(3)])
    generator.build((None, 2))
    optimizer = keras.optimizers.Adam()
    optimizer.build(generator.trainable_variables)
    trainer = types.SimpleNamespace(
        generator=generator, averaged=generator, generator_optimizer=optimizer,
        discriminator=None, config=configs.TrainConfig(),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("checkpoints")
    callbacks.Checkpoint(trainer, str(folder)).on_epoch_end(0)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    return trainer, str(folder), whole


@given(data=st.data())
def test_checkpoints(saved, data):
    trainer, folder, whole = saved
    before = trainer.generator.get_weights()[0]
    for name, content in whole.items():
        write(folder, name, content)
    name = data.draw(st.sampled_from(sorted(whole)))
    write(folder, name, data.draw(damaged([whole[name]])))
    try:
        assert callbacks.Checkpoint(trainer, folder).restore() == 0
    except ValueError as error:
        refused(error, folder)
    np.testing.assert_array_equal(trainer.generator.get_weights()[0], before)
