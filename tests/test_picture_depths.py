"""Greys of more or of fewer than 8 bits, by files that are written byte by byte."""

import struct
import zlib

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


def png(rows, bits, channels, clear):
    """A PNG of 16 x 16 pixels, of their bytes; `clear` is the one to see through."""

    def chunk(name, data):
        size, checksum = len(data), zlib.crc32(name + data)
        return struct.pack(">I", size) + name + data + struct.pack(">I", checksum)

    colours = {1: 0, 3: 2}[channels]
    size = len(rows) // SIDE
    lines = b"".join(b"\0" + rows[i * size :][:size] for i in range(SIDE))
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", SIDE, SIDE, bits, colours, 0, 0, 0),
        b"tRNS": struct.pack(f">{channels}H", *clear),
        b"IDAT": zlib.compress(lines),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, parts, parts.values()))


def grays(values, kind):
    """Bytes of 16 x 16 pixels: in each row these values, as often as they fit."""
    return np.resize(values, (SIDE, SIDE)).astype(kind).tobytes()


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


@pytest.mark.parametrize(
    "row, bits, clear, expected",
    [
        ("1b", 1, 0, [255] * 8),
        ("1b", 2, 0, [255, 85, 170, 255]),
        ("1b", 2, 1, [0, 255, 170, 255]),
        ("1b", 2, 2, [0, 85, 255, 255]),
        ("01e2", 4, 1, [0, 255, 238, 34]),
        ("01e2", 4, 14, [0, 17, 255, 34]),
        ("01e2", 8, 1, [255, 226]),
    ],
)
def test_the_clear_grey_of_few_bits_is_white(row, bits, clear, expected):
    row = bytes.fromhex(row)
    rows = row * (SIDE * SIDE * bits // 8 // len(row))
    assert read(png(rows, bits, 1, [clear]))[: len(expected)] == expected


def test_upper_bits_of_a_clear_colour_of_8_bits_are_not_looked_at():
    rows = bytes([7, 8, 9, 0, 0, 0]) * (SIDE * SIDE // 2)
    assert read(png(rows, 8, 3, [0x107, 8, 0x509]))[:2] == [255, 0]


@pytest.mark.parametrize(
    "clear", [(0, 0, 0), (0, 0, 200), (0, 200, 0xC8C8), (0x1234, 0x5678, 0x9ABC)]
)
def test_only_the_clear_colour_itself_of_16_bits_is_white(clear):
    near = [tuple(np.add(clear, step)) for step in ((1, 0, 0), (0, 256, 0), (0, 0, 1))]
    near.append(tuple((value & 255) * 257 for value in clear))  # if it were of 8 bits
    colours = [clear, *[colour for colour in near if colour != clear]]
    colours = np.resize(colours, (SIDE * SIDE, 3))
    data = png(colours.astype(">u2").tobytes(), 16, 3, clear)
    expected = (colours >> 8).astype(np.uint8)
    expected[(colours == clear).all(axis=-1)] = 255
    found = picture_files.decode_painting(data, "x")
    assert np.array_equal(found.reshape(-1, 3), expected)
