"""Tags of EXIF and of TIFFs that ask for more than a file holds."""

import io
import struct
import threading
import tracemalloc
import warnings
import zlib

import numpy as np
import PIL.Image
import pytest

from keras_s2p.common import picture_files, picture_reader, picture_tags

PIXELS = np.zeros((20, 40, 3), np.uint8)
UPRIGHT = PIXELS.swapaxes(0, 1)
TURN = struct.pack("<HHII", picture_tags.ORIENTATION, 3, 1, 6)


def encode(image_format, **options):
    file = io.BytesIO()
    PIL.Image.fromarray(PIXELS).save(file, image_format, **options)
    return file.getvalue()


def exif(number, size, kind=2, place=8, length=0):
    """An EXIF that turns the picture, and whose other tags all say the same place."""
    entries = TURN
    for each in range(number):
        entries += struct.pack("<HHII", 0x1000 + each, kind, size, place)
    tags = struct.pack("<H", number + 1) + entries + bytes(4)
    return (b"II*\0\x08\0\0\0" + tags).ljust(length, b"\1")


def segments(marker, name, *parts):
    """Parts of a JPEG, of at most 65 533 bytes with the name that each begins with."""
    return b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(name + part) + 2) + name + part
        for part in parts
    )


def jpeg_with(data):
    jpeg = encode("JPEG")
    jpeg = jpeg[:2] + jpeg[20:]  # without its JFIF: Pillow looks for dpi in EXIF then
    return jpeg[:2] + data + jpeg[2:]


def png_with(data, name=b"eXIf"):
    png = encode("PNG")
    part = name + data
    return (
        png[:33] + struct.pack(">I", len(data)) + part
        + struct.pack(">I", zlib.crc32(part)) + png[33:]
    )  # fmt: skip


def profile(data):
    """As ImageMagick writes an EXIF into a PNG."""
    return b"Raw profile type exif\0\nexif\n8\n" + data.hex().encode()


def in_pieces(data):
    """Of which the first one has no tags yet."""
    tags = data[8:]
    first = b"II*\0" + struct.pack("<I", 20_000) + bytes(19_992)
    return segments(0xE1, b"Exif\0\0", first, tags)


def avif_with(data):
    """Pillow would write down what each tag says."""
    other = (b"II*\0\x08\0\0\0" + bytes(6)).ljust(len(data), b"\2")
    avif = encode("AVIF", exif=other)
    assert avif.count(other) == 1
    return avif.replace(other, data)


WAYS = {
    "JPEG": lambda data: jpeg_with(segments(0xE1, b"Exif\0\0", data)),
    "JPEG, named twice": lambda data: jpeg_with(
        segments(0xE1, b"Exif\0\0Exif\0\0", data)
    ),
    "JPEG, in pieces": lambda data: jpeg_with(in_pieces(data)),
    "JPEG of several pictures": lambda data: jpeg_with(segments(0xE2, b"MPF\0", data)),
    "PNG": png_with,
    "PNG, named twice": lambda data: png_with(b"Exif\0\0Exif\0\0" + data),
    "PNG, as a text": lambda data: png_with(profile(data), b"tEXt"),
    "WebP": lambda data: encode("WEBP", exif=data),
}
if "AVIF" in picture_files._formats():
    WAYS["AVIF"] = avif_with


@pytest.mark.parametrize("way", WAYS)
def test_tags_that_all_say_the_same_place_take_no_memory(way):
    """Of 43 kB they had taken 140 MB, of some formats before anything was looked at."""
    turned = picture_files.decode_painting(WAYS[way](exif(0, 0)), "x").shape
    # AVIFs say otherwise how they are turned, and of several pictures it is no EXIF.
    assert turned == (PIXELS if way.startswith(("AVIF", "JPEG of")) else UPRIGHT).shape
    for number, size, kind in ((3500, 40_000, 2), (3000, 4000, 5), (3000, 4000, 10)):
        data = WAYS[way](exif(number, size, kind))
        tracemalloc.start()
        try:
            assert picture_files.decode_painting(data, "x").shape == PIXELS.shape
        except picture_files.ImageError as error:
            assert str(error) == "x: a picture in too many parts"
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5_000_000, (number, size, kind)


@pytest.mark.parametrize(
    "way", [way for way in WAYS if way not in ("AVIF", "JPEG, in pieces")]
)
@pytest.mark.parametrize(
    "tags",
    [b"nothing " * 10, b"II*\0\xff\xff\xff\x7f" + bytes(80), b"II*\0\x08\0\0\0\2"],
)
def test_damaged_tags_turn_no_picture(way, tags):
    data = WAYS[way](tags)
    with warnings.catch_warnings(record=True) as told:
        assert picture_files.decode_painting(data, "x").shape == PIXELS.shape
    assert not told


def test_tags_of_a_pil_image_are_bounded():
    image = PIL.Image.fromarray(PIXELS)
    image.info["exif"] = exif(3500, 40_000)
    tracemalloc.start()
    assert picture_files.to_rgba(image).shape == (20, 40, 4)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_tag_that_says_too_much_and_is_left_out_refuses_nothing():
    """As cameras wrote them: Pillow leaves out what is not there."""
    for kind in (5, 2, 99):
        data = WAYS["JPEG"](exif(3, 0xFFFFFFFF, kind, 40))
        assert picture_files.decode_painting(data, "x").shape == UPRIGHT.shape


def test_nothing_is_bounded_where_nobody_said_so():
    tags = exif(100, 40_000, length=43_000)
    found = PIL.Image.Exif()
    found.load(tags)
    assert len(found) == 101 and found[picture_tags.ORIENTATION] == 6
    with picture_tags.bounded(), pytest.raises(picture_reader.TooManyParts):
        PIL.Image.Exif().load(tags)
    threads = []

    def load():
        PIL.Image.Exif().load(tags)
        threads.append("loaded")

    with picture_tags.bounded():
        thread = threading.Thread(target=load)
        thread.start()
        thread.join()
    PIL.Image.Exif().load(tags)
    assert threads == ["loaded"]


def test_an_exif_of_a_million_bytes_is_read_and_no_longer_one():
    for size, shape in ((900_000, UPRIGHT.shape), (1_100_000, PIXELS.shape)):
        tags = exif(0, 0, length=size)
        for way in ("PNG", "WebP"):
            data = WAYS[way](tags)
            assert picture_files.decode_painting(data, "x").shape == shape


def directory_tiff(number, size, kind, unit, pointer=34665):
    """A TIFF of 16 x 16 whose EXIF or GPS has tags that all say the same place."""
    pixels = bytes(256)
    tags = [
        (256, 16), (257, 16), (258, 8), (259, 1), (262, 1), (273, 0), (277, 1),
        (278, 16), (279, len(pixels)), (pointer, 0),
    ]  # fmt: skip
    inner = 8 + 2 + 12 * len(tags) + 4
    place = inner + 2 + 12 * number + 4
    found = {273: place + size, pointer: inner}
    data = b"II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, value in tags:
        data += struct.pack("<HHII", tag, 4, 1, found.get(tag, value))
    data += bytes(4) + struct.pack("<H", number)
    for each in range(number):
        data += struct.pack("<HHII", 1000 + each, kind, size // unit, place)
    return data + bytes(4) + b"\1\0\0\0" * (size // 4) + pixels


@pytest.mark.parametrize("pointer", [34665, 34853])
@pytest.mark.parametrize(
    "number, size, kind, unit", [(100, 2_000_000, 7, 1), (3, 2_000_000, 5, 8)]
)
def test_tags_of_exif_that_all_say_the_same_place_are_refused(
    number, size, kind, unit, pointer
):
    data = directory_tiff(number, size, kind, unit, pointer)
    with pytest.raises(picture_files.ImageError, match="too many parts"):
        picture_files.decode_painting(data, "x")
    one = directory_tiff(1, 2_000_000, 7, 1, pointer)
    assert picture_files.decode_painting(one, "x").shape == (16, 16, 3)


def test_directories_that_lead_to_each_other_end():
    data = bytearray(directory_tiff(1, 400, 4, 4))
    place = data.index(struct.pack("<HHI", 34665, 4, 1))
    data[place + 8 : place + 12] = struct.pack("<I", 8)  # to the first one
    assert picture_files.decode_painting(bytes(data), "x").shape == (16, 16, 3)


def test_numbers_of_tags_have_an_end():
    """Pillow makes an object of each: 2 million fractions took a minute."""
    for size, kind, unit in ((160_000, 5, 8), (160_000, 10, 8), (2_400_000, 4, 4)):
        data = directory_tiff(1, size, kind, unit)
        with pytest.raises(picture_files.ImageError, match="too many parts"):
            picture_files.decode_painting(data, "x")
        less = directory_tiff(1, size // 4, kind, unit)
        assert picture_files.decode_painting(less, "x").shape == (16, 16, 3)
