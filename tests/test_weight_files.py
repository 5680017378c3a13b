"""Files of weights that lie."""

import io
import os
import shutil
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_s2p.common import files, shipped
from keras_s2p.networks import weight_files, weights
from keras_s2p.painting.painter import Painter

SHAPES = {"conv/kernel": (3, 2)}


def header(shape, descr="<f4"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


def write(path, data):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conv/kernel.npy", data)


@pytest.mark.parametrize(
    "data, message",
    [
        (header((10**12, 10**6)), "another network .*conv/kernel differs"),
        (header((3, 2), "<f8") + bytes(20), "damaged"),
        (header((3, 2)) + bytes(25), "conv/kernel has more numbers"),
        (header((3, 2), "|O") + bytes(48), "has no floating-point numbers"),
        (
            header((3, 2), "<i4") + bytes(24),
            "has no floating-point numbers",
        ),
        (header((3, 2)) + b"\xff" * 24, "conv/kernel has a value that is not finite"),
        (
            header((3, 2)) + np.full(6, 3e38, "<f4").tobytes(),
            "conv/kernel has a value that no training comes to",
        ),
        (header((3, 2))[:40], "damaged"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f", "header of version"),
        (b"", "damaged"),
    ],
)
def test_what_is_damaged_is_named_before_memory_is_taken(tmp_path, data, message):
    path = str(tmp_path / "generator.npz")
    write(path, data)
    with pytest.raises(ValueError, match=f"^{path}: .*{message}") as error:
        weight_files.read_arrays(path, SHAPES)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_weights_that_unpack_all_at_once_are_refused(tmp_path, kind):
    path = str(tmp_path / "generator.npz")
    for size, sentence in (
        (1, "conv/kernel is compressed in an unusual way"),
        (50_000_000, "it unpacks into far more than itself"),
    ):
        with zipfile.ZipFile(path, "w", kind) as archive:
            archive.writestr("conv/kernel.npy", header((3, 2)) + bytes(size))
        tracemalloc.start()
        with pytest.raises(ValueError, match=sentence):
            weight_files.read_arrays(path, SHAPES)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000_000


def test_halves_and_doubles_are_read(tmp_path):
    path = str(tmp_path / "generator.npz")
    for kind in (np.float16, np.float32, np.float64):
        write(path, header((3, 2), np.dtype(kind).str) + np.ones(6, kind).tobytes())
        found = weight_files.read_arrays(path, SHAPES)["conv/kernel"]
        assert found.dtype == np.float32 and (found == 1).all()


def test_weights_that_ship_are_compared_with_their_checksum(tmp_path, monkeypatch):
    path = tmp_path / "compact" / "generator.npz"
    path.parent.mkdir()
    path.write_bytes(b"weights")
    (tmp_path / "README.md").write_text(
        f"| `compact/generator.npz` | x | 1 MB | `{files.find_sha256(path)}` |\n"
    )
    monkeypatch.setattr(shipped, "RELEASES", str(tmp_path))
    shipped.check(str(path))
    path.write_bytes(b"weight5")
    with pytest.raises(ValueError, match="generator.npz: not the file that ships"):
        shipped.check(str(path))
    (tmp_path / "README.md").unlink()
    with pytest.raises(ValueError, match="README.md: no such file"):
        shipped.check(str(path))
    other = tmp_path.parent / "generator.npz"
    other.write_bytes(b"mine")
    shipped.check(str(other))


@pytest.mark.parametrize("name", [weights.GENERATOR_FILE, weights.HINT_ENCODER_FILE])
def test_the_readme_says_a_checksum_of_each_file_that_ships(name):
    path = f"{weights.DEFAULT}/{name}"
    assert shipped.find_checksum(path) == files.find_sha256(path)


def test_a_variance_below_0_is_named(tmp_path):
    path = str(tmp_path / "x.npz")
    shapes = {"conv_bn/moving_mean": (2,), "conv_bn/moving_variance": (2,)}
    numbers = np.float32([-1, 1])
    np.savez(path, **dict.fromkeys(shapes, numbers))
    with pytest.raises(
        ValueError, match=f"^{path}: .*moving_variance has a value below"
    ):
        weight_files.read_arrays(path, shapes)
    np.savez(path, **dict(zip(shapes, (numbers, abs(numbers)))))
    assert weight_files.read_arrays(path, shapes).keys() == shapes.keys()


@pytest.mark.parametrize(
    "name",
    [weights.GENERATOR_FILE, weights.HINT_ENCODER_FILE, weights.PLACE_ENCODER_FILE],
)
def test_pipes_among_weights_are_not_waited_for(name, weights_folder, tmp_path):
    folder = tmp_path / "weights"
    shutil.copytree(weights_folder, folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ValueError, match=f"{name}: no such file of weights"):
        Painter(folder)


def test_entries_that_are_one_place_many_times_are_no_whole_file(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, a=np.zeros(20_000, np.float32))
    assert weight_files.is_whole(str(path))
    data = path.read_bytes()
    start, end = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    entry, count = data[start:end], 1000
    closing = struct.pack(
        "<4s4H2LH",
        data[end : end + 4],
        0,
        0,
        count,
        count,
        count * len(entry),
        start,
        0,
    )
    path.write_bytes(data[:start] + count * entry + closing)
    assert len(zipfile.ZipFile(path).infolist()) == count
    assert not weight_files.is_whole(str(path))


def test_zeros_that_take_no_room_are_no_weights(tmp_path):
    path = str(tmp_path / "weights.npz")
    shapes = {"conv/kernel": (1000, 1000)}
    np.savez_compressed(path, **{"conv/kernel": np.zeros((1000, 1000), np.float32)})
    for check in (weight_files.check_shapes, weight_files.read_arrays):
        with pytest.raises(
            ValueError, match=f"^{path}: damaged .*far more than itself"
        ):
            check(path, shapes)


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_shape_counts_only_where_the_numbers_can_be_there(kind, tmp_path):
    path = str(tmp_path / "weights.npz")
    for numbers, expected in ((24, (3, 2)), (20, None), (0, None)):
        with zipfile.ZipFile(path, "w", kind) as archive:
            archive.writestr("conv/kernel.npy", header((3, 2)) + bytes(numbers))
        assert weight_files.find_shape(path, "conv/kernel") == expected
        if expected is None:
            with pytest.raises(ValueError, match="damaged file of weights"):
                weight_files.check_shapes(path, SHAPES)


def test_whatever_zipfile_raises_of_a_damaged_file_is_one_sentence(tmp_path):
    """Of a packed array zlib has errors of its own, and of its end, and of its kind."""
    path = tmp_path / "generator.npz"
    array = header((3, 2)) + np.arange(6, dtype="<f4").tobytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conv/kernel.npy", array)
    whole = path.read_bytes()
    assert weight_files.read_arrays(str(path), SHAPES)
    for place in range(len(whole)):
        for change in (1, 255):
            damaged = bytearray(whole)
            damaged[place] ^= change
            path.write_bytes(damaged)
            try:
                weight_files.read_arrays(str(path), SHAPES)
            except ValueError as error:
                assert str(error).startswith(f"{path}: ")
                assert "\n" not in str(error)
