"""Greys of more or of fewer than 8 bits, by files that are written byte by byte."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from test_picture_colours import gray_profile

from keras_s2p.common import picture_colours, picture_files

SIDE = 16
INTEGER, SIGNED, FLOAT = 1, 2, 3  # values of a TIFF's tag that says what its pixels are
WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1


def read(data):
    """The greys of the first row of a file."""
    return picture_files.decode_painting(data, "x")[0, :, 0].tolist()


MARKS = {"<": b"II", ">": b"MM"}


def tiff(rows, bits, kind=INTEGER, zero=BLACK_IS_ZERO, order="<", compression=1):
    """A TIFF of 16 x 16 greys of the bytes of its pixels, plain (1) or deflated (8)."""
    rows = zlib.compress(rows) if compression == 8 else rows
    values = {
        256: SIDE, 257: SIDE, 258: bits, 259: compression, 262: zero,
        273: 8, 277: 1, 278: SIDE,
        279: len(rows), 339: kind,
    }  # fmt: skip
    entry = struct.Struct(f"{order}HHII")
    tags = b"".join(entry.pack(tag, 4, 1, values[tag]) for tag in values)
    head = struct.pack(f"{order}2sHI", MARKS[order], 42, 8 + len(rows))
    return head + rows + struct.pack(f"{order}H", len(values)) + tags + bytes(4)


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


@pytest.mark.parametrize("bits, kind", [(8, "i1"), (16, "<i2"), (32, "<i4")])
def test_white_is_the_largest_number_with_a_sign(bits, kind):
    most = 2 ** (bits - 1) - 1
    data = grays([0, most // 2, most, -1], kind)
    black, half, *ends = read(tiff(data, bits, SIGNED))[:4]
    assert (black, ends) == (0, [255, 0]) and half in (126, 127)


@pytest.mark.parametrize("order", MARKS)
@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize(
    "values, kind, sample",
    [
        ([0, 0.25, 0.75, 1], "f4", FLOAT),
        ([0, 8192, 24575, 32767], "i2", SIGNED),
        ([0, 1 << 29, 3 << 29, 2**31 - 1], "i4", SIGNED),
        ([0, 16384, 49151, 65535], "u2", INTEGER),
    ],
)
def test_greys_of_either_order_of_bytes_are_read(
    values, kind, sample, compression, order
):
    """Deflated ones of the other order had been noise, or black."""
    data = grays(values, order + kind)
    bits = 8 * int(kind[1])
    found = read(tiff(data, bits, sample, order=order, compression=compression))
    assert np.abs(np.subtract(found[:4], [0, 64, 191, 255])).max() <= 1


def test_small_greys_of_16_bits_with_a_sign_are_dark():
    data = grays([0, 200, 127, 0], "<i2")
    assert read(tiff(data, 16, SIGNED))[:4] == [0, 2, 1, 0]


@pytest.mark.parametrize("alpha, light", [(0x8000, 255), (0, 0)])
def test_a_bit_of_opacity_of_a_bmp_counts_where_a_mask_says_so(alpha, light):
    """As GIMP writes A1R5G5B5: one pixel black and opaque, the next one clear."""
    rows = np.tile(np.array([0x8000, 0], "<u2"), SIDE * SIDE // 2).tobytes()
    masks = struct.pack("<4I", 0x7C00, 0x3E0, 0x1F, alpha)
    header = struct.pack(
        "<IiiHHIIiiII", 108, SIDE, SIDE, 1, 16, 3, len(rows), 0, 0, 0, 0
    )
    header = (header + masks).ljust(108, b"\0")
    start = 14 + len(header)
    head = struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start)
    assert read(head + header + rows)[:4] == [0, light, 0, light]


@pytest.mark.parametrize("dropped", [8, 0])
def test_a_map_of_colours_may_have_8_bits_of_16(dropped):
    file = io.BytesIO()
    image = PIL.Image.fromarray(np.arange(256, dtype=np.uint8).reshape(SIDE, SIDE))
    image = image.convert("P")
    image.putpalette(np.random.default_rng(0).integers(0, 256, 768, np.uint8).tobytes())
    image.save(file, "TIFF")
    expected = np.asarray(image.convert("RGB"))
    data, colours = file.getvalue(), PIL.Image.open(file).tag_v2[320]
    wide = struct.pack("<768H", *colours)
    assert data.count(wide) == 1
    data = data.replace(wide, struct.pack("<768H", *(x >> dropped for x in colours)))
    np.testing.assert_array_equal(picture_files.decode_painting(data, "x"), expected)


@pytest.mark.parametrize("full", [1, 255])
@pytest.mark.parametrize("outlier", [3, 1e30, np.inf, np.nan, -np.inf])
def test_a_few_highlights_do_not_darken_floats(full, outlier):
    values = np.full(SIDE * SIDE, 0.2 * full)
    values[:2] = full, outlier * full
    found = read(tiff(grays(values, "<f4"), 32, FLOAT))
    no_light = np.isnan(outlier) or outlier < 0
    assert found[:3] == [255, 0 if no_light else 255, 51]


@pytest.mark.parametrize("full", [1, 255])
def test_highlights_of_a_third_of_a_picture_do_not_darken_it(full):
    values = np.full(SIDE * SIDE, 0.2 * full)
    values[::3] = 3 * full
    found = read(tiff(grays(values, "<f4"), 32, FLOAT))
    assert found[:3] == [255, 51, 51]


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


def linear_profile():
    """sRGB's profile with values that are light."""
    data = picture_colours._srgb_profile()
    start = data.index(b"para\0\0\0\0")
    curve = b"curv".ljust(32, b"\0")  # all channels share it
    return data[:start] + curve + data[start + len(curve) :]


KINDS = {2: 4, 3: 2, 4: 6}  # of a PNG, by the number of its channels


def colours_png(pixels, profile=None, gamma=None):
    """A PNG of [H, W, 2, 3 or 4] uint16: grey or colours, and opacity."""
    height, width, channels = pixels.shape
    rows = np.pad(
        pixels.astype(">u2").view(np.uint8).reshape(height, -1), [(0, 0), (1, 0)]
    )
    parts = [
        (
            b"IHDR",
            struct.pack(">IIBB3x", width, height, 16, KINDS[channels]),
        ),
        *([(b"gAMA", struct.pack(">I", round(1e5 * gamma)))] if gamma else []),
        *([(b"iCCP", b"x\0\0" + zlib.compress(profile))] if profile else []),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def colours_tiff(pixels, profile, order="<", compression=1, strips=1):
    """A TIFF of [H, W, 3 or more] uint16, plain (1) or deflated (8).

    What is beyond three channels is neither colour nor opacity.
    """
    pack = zlib.compress if compression == 8 else bytes
    parts = [
        pack(part.astype(order + "u2").tobytes()) for part in np.split(pixels, strips)
    ]
    height, width, channels = pixels.shape
    values = {
        256: [width], 257: [height], 258: [16] * channels, 259: [compression],
        262: [2],
        273: [0] * strips, 277: [channels], 278: [height // strips],
        338: [0] * (channels - 3), 34675: profile,
    }  # fmt: skip
    return pack_tiff(values, parts, order)


def pack_tiff(values, parts, order="<"):
    """A TIFF of tags, lists of numbers or the bytes of a profile, and its strips."""
    values = {
        tag: value
        for tag, value in {**values, 279: list(map(len, parts))}.items()
        if value
    }
    place = 8 + 2 + 12 * len(values) + 4
    body = b"".join(parts)
    values[273] = [place + sum(map(len, parts[:i])) for i in range(len(parts))]
    tags = b""
    for tag, value in values.items():
        data = value if tag == 34675 else struct.pack(f"{order}{len(value)}I", *value)
        kind = 7 if tag == 34675 else 4
        tags += struct.pack(order + "HHI", tag, kind, len(value))
        if len(data) > 4:
            tags += struct.pack(order + "I", place + len(body))
            body += data
        else:
            tags += data
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    return head + struct.pack(order + "H", len(values)) + tags + bytes(4) + body


LIGHT = np.random.default_rng(0).integers(0, 3000, (SIDE, SIDE, 3)).astype(np.uint16)
LIGHT[0] = np.linspace(0, 65535, SIDE)[:, np.newaxis]
SELECTED = np.dstack([LIGHT, LIGHT[::-1, :, 0]])  # as Photoshop keeps a selection
DEEP = {
    "png with a profile": colours_png(LIGHT, linear_profile()),
    "png with gamma": colours_png(LIGHT, gamma=1.0),
    "png with opacity": colours_png(
        np.dstack([LIGHT, np.full(LIGHT.shape[:2], 65535)]).astype(np.uint16),
        linear_profile(),
    ),
    "tiff": colours_tiff(LIGHT, linear_profile()),
    "tiff of other bytes": colours_tiff(LIGHT, linear_profile(), ">"),
    "tiff in strips": colours_tiff(LIGHT, linear_profile(), strips=4),
    "tiff and a selection": colours_tiff(SELECTED, linear_profile()),
    "deflated tiff and a selection": colours_tiff(SELECTED, linear_profile(), ">", 8),
    "deflated tiff": colours_tiff(LIGHT, linear_profile(), "<", 8, 2),
    "deflated tiff of other bytes": colours_tiff(LIGHT, linear_profile(), ">", 8),
}


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("across, down", [(1, 1), (2, 1), (2, 2), (4, 2)])
def test_colours_that_are_told_for_several_pixels_are_read(across, down, compression):
    """Plain ones had been refused, or noise: Pillow takes them for RGBX."""
    colours = np.random.default_rng(0).integers(40, 216, (4, 4, 3)).astype(np.uint8)
    colours = np.kron(colours, np.ones((4, 4, 1), np.uint8))
    luma = np.asarray(PIL.Image.fromarray(colours).convert("YCbCr"))
    body = b""
    for top, left in np.ndindex(SIDE // down, SIDE // across):
        block = luma[top * down :, left * across :][:down, :across]
        body += block[..., 0].tobytes() + block[0, 0, 1:].tobytes()
    values = {
        256: [SIDE], 257: [SIDE], 258: [8] * 3, 259: [compression], 262: [6],
        273: [0], 277: [3], 278: [SIDE], 530: [across, down],
    }  # fmt: skip
    data = pack_tiff(values, [zlib.compress(body) if compression == 8 else body])
    found = picture_files.decode_painting(data + bytes(5000), "x")
    assert np.abs(found - colours.astype(int)).max() <= 3


def to_srgb(light):
    """The values in [0, 255] of light in [0, 1]."""
    curved = 1.055 * light ** (1 / 2.4) - 0.055
    return 255 * np.where(light <= 0.0031308, 12.92 * light, curved)


@pytest.mark.parametrize("kind", DEEP)
def test_16_bits_of_linear_light_are_told_apart_in_the_dark(kind, tmp_path):
    expected = to_srgb(LIGHT / 65535)
    (tmp_path / "x").write_bytes(DEEP[kind])
    for found in (
        picture_files.decode_painting(DEEP[kind], "x"),
        picture_files.read_painting(str(tmp_path / "x")),
    ):
        assert np.abs(found - expected).max() < 1.6  # of 8 bits alone it were 12


def test_deep_greys_of_linear_light_are_told_apart_in_the_dark():
    image = PIL.Image.fromarray(np.arange(0, 2560, 10, np.uint16).reshape(16, 16))
    image.info["gamma"] = 1.0
    found = picture_files.to_rgb(image)[..., 0].ravel()
    assert len(np.unique(found)) > 40 and (np.diff(found.astype(int)) >= 0).all()


@pytest.mark.parametrize("how", [{"profile": gray_profile()}, {"gamma": 1.0}])
def test_deep_greys_with_opacity_are_converted_too(how):
    pixels = np.zeros((SIDE, SIDE, 2), np.uint16)
    pixels[..., 0] = LIGHT[..., 0]
    pixels[: SIDE // 2, :, 1] = 65535
    found = picture_files.decode_painting(colours_png(pixels, **how), "x")
    expected = to_srgb(LIGHT[: SIDE // 2, :, :1] / 65535)
    assert np.abs(found[: SIDE // 2] - expected).max() < 1.6
    assert (found[SIDE // 2 :] == 255).all()


def test_greys_of_8_bits_in_linear_light_are_right_in_the_dark():
    image = PIL.Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    image.info["icc_profile"] = gray_profile()
    found = picture_files.to_rgb(image)[..., 0].ravel()
    assert np.abs(found - to_srgb(np.arange(256) / 255)).max() < 1


@pytest.mark.parametrize("bits, compression", [(8, 1), (8, 8), (16, 8), (16, 1)])
def test_channels_that_lie_apart_are_read_or_refused(bits, compression):
    pixels = (LIGHT >> (16 - bits)).astype(f"<u{bits // 8}")
    planes = [pixels[..., i].tobytes() for i in range(3)]
    planes = [zlib.compress(each) if compression == 8 else each for each in planes]
    place = 8 + 2 + 12 * 10 + 4 + 12 + 12
    sizes = [len(each) for each in planes]
    tags = [
        (256, 1, SIDE), (257, 1, SIDE), (258, 1, bits), (259, 1, compression),
        (262, 1, 2), (273, 3, place - 24), (277, 1, 3), (278, 1, SIDE),
        (279, 3, place - 12), (284, 1, 2),
    ]  # fmt: skip
    starts = [place + sum(sizes[:i]) for i in range(3)]
    data = b"II*\0" + struct.pack("<IH", 8, len(tags))
    data += b"".join(struct.pack("<HHII", tag, 4, *rest) for tag, *rest in tags)
    data += bytes(4) + struct.pack("<6I", *starts, *sizes) + b"".join(planes)
    if (bits, compression) == (16, 1):  # Pillow gives noise
        with pytest.raises(picture_files.ImageError, match="save it interleaved"):
            picture_files.decode_painting(data, "x")
        return
    found = picture_files.decode_painting(data, "x")
    assert np.array_equal(found, pixels >> (bits - 8))
