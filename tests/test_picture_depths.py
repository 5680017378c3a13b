"""Greys of more or of fewer than 8 bits, by files that are written byte by byte."""

import struct

import numpy as np
import pytest

from keras_s2p.common import picture_files

SIDE = 16
INTEGER, SIGNED, FLOAT = 1, 2, 3  # values of a TIFF's tag that says what its pixels are
WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1


def read(data):
    """The greys of the first row of a file."""
    return picture_files.decode_painting(data, "x")[0, :, 0].tolist()


def tiff(rows, bits, kind=INTEGER, zero=BLACK_IS_ZERO):
    """An uncompressed TIFF of 16 x 16 greys of the bytes of its pixels."""
    values = {
        256: SIDE, 257: SIDE, 258: bits, 259: 1, 262: zero, 273: 8, 277: 1, 278: SIDE,
        279: len(rows), 339: kind,
    }  # fmt: skip
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, values[tag]) for tag in values)
    head = b"II*\0" + struct.pack("<I", 8 + len(rows))
    return head + rows + struct.pack("<H", len(values)) + tags + bytes(4)


def grays(values, kind):
    """Bytes of 16 x 16 pixels: in each row these values, as often as they fit."""
    return np.resize(np.array(values, kind), (SIDE, SIDE)).tobytes()


@pytest.mark.parametrize(
    "values, kind, bits, sample",
    [
        ([0, 25700, 65535, 0], "<u2", 16, INTEGER),
        ([0, 100, 255, 0], "<f4", 32, FLOAT),
        ([0, 100 / 255, 1, 0], "<f4", 32, FLOAT),
    ],
)
def test_0_is_white_where_a_tiff_says_so(values, kind, bits, sample):
    rows = grays(values, kind)
    assert read(tiff(rows, bits, sample, WHITE_IS_ZERO))[:4] == [255, 155, 0, 255]
    assert read(tiff(rows, bits, sample))[:4] == [0, 100, 255, 0]


@pytest.mark.parametrize("full", [1, 255])
@pytest.mark.parametrize("outlier", [3, 1e30, np.inf, np.nan, -np.inf])
def test_a_few_highlights_do_not_darken_floats(full, outlier):
    values = np.full(SIDE * SIDE, 0.2 * full)
    values[:2] = full, outlier * full
    found = read(tiff(grays(values, "<f4"), 32, FLOAT))
    no_light = np.isnan(outlier) or outlier < 0
    assert found[:3] == [255, 0 if no_light else 255, 51]


def test_few_light_lines_on_black_are_no_highlights():
    values = np.zeros(SIDE * SIDE)
    values[:2] = 255, 51
    assert read(tiff(grays(values, "<f4"), 32, FLOAT))[:3] == [255, 51, 0]


def test_12_bits_reach_white():
    rows = bytes.fromhex("000fff 646fff") * (SIDE * SIDE // 4)  # two pixels in 3 bytes
    assert read(tiff(rows, 12))[:4] == [0, 255, 100, 255]


@pytest.mark.parametrize(
    "values, sample, expected",
    [
        ([0, 2**32 - 1, 2**31, 100 * 2**24], INTEGER, [0, 255, 128, 100]),
        ([0, 65535, 25700, 0], INTEGER, [0, 255, 100, 0]),
        ([0, 255, 100, 0], INTEGER, [0, 255, 100, 0]),
        ([0, 65535, 2**32 - 1, 25700], SIGNED, [0, 255, 0, 100]),  # -1 is black
    ],
)
def test_integers_of_32_bits_have_a_sign_only_where_it_is_said(
    values, sample, expected
):
    assert read(tiff(grays(values, "<u4"), 32, sample))[:4] == expected
