import contextlib
import io
import os
import pathlib
import random
import re
import resource
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib

import numpy as np
import PIL.Image
import PIL.ImageOps
import PIL.PngImagePlugin
import pytest

from keras_s2p.common import (
    picture_files,
    picture_folders,
    picture_reader,
    picture_tags,
)


def save(path, pixels, mode=None, **options):
    PIL.Image.fromarray(pixels, mode).save(path, **options)
    return str(path)


def test_transparent_pixels_become_white(tmp_path):
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:10] = (255, 0, 0, 255)
    pixels[10] = (0, 0, 0, 128)
    painting = picture_files.read_painting(save(tmp_path / "a.png", pixels))
    assert painting.shape == (20, 20, 3)
    assert tuple(painting[0, 0]) == (255, 0, 0)
    assert tuple(painting[15, 0]) == (255, 255, 255)
    assert abs(int(painting[10, 0, 0]) - 127) <= 1


def test_palette_gray_and_16_bit_files_are_read(tmp_path):
    gray = np.tile(np.linspace(0, 255, 32).astype(np.uint8), (32, 1))
    palette = PIL.Image.fromarray(gray).convert("P")
    palette.save(tmp_path / "p.png")
    save(tmp_path / "g.png", gray)
    save(tmp_path / "w.png", gray.astype(np.uint16) * 257)
    for name in ("p.png", "g.png", "w.png"):
        painting = picture_files.read_painting(str(tmp_path / name))
        np.testing.assert_allclose(painting[..., 1], gray, atol=1)
    assert picture_files.read_sketch(str(tmp_path / "g.png")).shape == (32, 32, 1)


def test_orientation_tags_are_obeyed(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    path = save(tmp_path / "t.png", np.zeros((20, 40, 3), np.uint8), exif=exif)
    assert picture_files.read_painting(path).shape == (40, 20, 3)


def bad_files(folder):
    good = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    save(folder / "whole.jpg", good)
    (folder / "truncated.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:900])
    (folder / "text.png").write_text("this is no picture")
    (folder / "empty.png").write_bytes(b"")
    save(folder / "tiny.png", np.zeros((1, 1, 3), np.uint8))
    PIL.Image.new("1", (20_000, 20_000)).save(folder / "bomb.png")
    (folder / "folder.png").mkdir()


def test_each_bad_file_is_named_with_its_reason(tmp_path):
    bad_files(tmp_path)
    reasons = {
        "truncated.jpg": "damaged",
        "text.png": "not a picture",
        "empty.png": "not a picture",
        "tiny.png": "only 1 x 1",
        "bomb.png": "million pixels",
        "folder.png": "a folder",
        "missing.png": "no such file",
    }
    for name, reason in reasons.items():
        with pytest.raises(picture_files.ImageError, match=reason) as error:
            picture_files.read_painting(str(tmp_path / name))
        assert name in str(error.value) and "\n" not in str(error.value)


def test_a_png_is_damaged_where_any_byte_of_its_pixels_is_another():
    """The decoder itself reads one in six, with pixels that nobody painted."""
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (8, 8, 3)).repeat(4, 0).repeat(4, 1)
    encoded = io.BytesIO()
    PIL.Image.fromarray(blocks.astype(np.uint8)).save(encoded, "PNG")
    good = encoded.getvalue()
    assert np.array_equal(picture_files.decode_painting(good, "a"), blocks)
    for place in range(good.index(b"IDAT") + 4, good.index(b"IEND") - 4):
        bad = bytearray(good)
        bad[place] ^= 4
        with pytest.raises(picture_files.ImageError, match="^a: damaged picture"):
            picture_files.decode_painting(bytes(bad), "a")


def test_a_written_picture_is_read_back_and_nothing_is_left_beside(tmp_path):
    pixels = np.arange(20 * 20 * 3, dtype=np.uint8).reshape(20, 20, 3)
    path = tmp_path / "new" / "out.png"
    picture_files.write_image(str(path), pixels)
    assert np.array_equal(picture_files.read_painting(str(path)), pixels)
    assert [file.name for file in path.parent.iterdir()] == ["out.png"]


def test_a_picture_that_can_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(picture_files.ImageError, match="out.png: can not be written"):
        picture_files.write_image(
            str(tmp_path / "file" / "out.png"), np.zeros((4, 4, 3), np.uint8)
        )


@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.bmp", "a.tif", "a.webp", "a.gif"]
)
def test_a_picture_that_there_is_no_space_for_is_told_and_the_old_one_stays(
    name, tmp_path
):
    """Pillow's own writing of some formats overlooks it near the end of a file."""
    pixels = np.random.default_rng(0).integers(0, 255, (100, 100, 3)).astype(np.uint8)
    path = tmp_path / name
    picture_files.write_image(str(path), pixels)
    whole = path.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for missing in (1, 1000, 6000, len(whole) - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) - missing, before[1]))
        try:
            with pytest.raises(picture_files.ImageError, match="can not be written"):
                picture_files.write_image(str(path), pixels)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == whole and os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["long.gif", "long.avif", "long.webp", "long.jpg"])
def test_a_format_that_a_picture_is_too_large_for_is_named(tmp_path, name):
    pixels = np.zeros((16, 66_000, 3), np.uint8)
    with pytest.raises(picture_files.ImageError, match=f"{name}: can not be written"):
        picture_files.write_image(str(tmp_path / name), pixels)
    assert os.listdir(tmp_path) == []


def test_listing_skips_what_is_no_picture(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.PNG", "sub/a.webp", "notes.txt", ".hidden.png", "..x.png"):
        (tmp_path / name).write_bytes(b"")
    shown = ["..x.png", "b.PNG"]
    assert picture_folders.list_images(str(tmp_path)) == [*shown, "sub/a.webp"]
    assert picture_folders.list_images(str(tmp_path), recursive=False) == shown
    with pytest.raises(picture_files.ImageError, match="no picture"):
        (tmp_path / "none").mkdir()
        picture_folders.list_images(str(tmp_path / "none"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_turned_as_pillow_turns_it(orientation):
    pixels = np.random.default_rng(0).integers(0, 255, (20, 24, 3)).astype(np.uint8)
    exif = PIL.Image.Exif()
    exif[picture_tags.ORIENTATION] = orientation
    data = encode(PIL.Image.fromarray(pixels), "PNG", exif=exif)
    with PIL.Image.open(io.BytesIO(data)) as image:
        turned = np.asarray(PIL.ImageOps.exif_transpose(image))
    assert np.array_equal(picture_files.decode_painting(data, "x"), turned)


def test_strips_give_what_the_whole_gives(monkeypatch):
    rng = np.random.default_rng(0)
    deep = PIL.Image.fromarray(rng.integers(0, 65536, (50, 40)).astype(np.uint16))
    colours = PIL.Image.fromarray(rng.integers(0, 255, (50, 40, 4)).astype(np.uint8))
    flat = colours.convert("RGB").quantize(9)
    flat.info["transparency"] = 3
    floats = PIL.Image.fromarray(rng.uniform(-9, 300, (50, 40)).astype(np.float32))
    for image in (deep, colours, flat, floats, colours.convert("CMYK")):
        whole = picture_files.to_rgb(image)
        monkeypatch.setattr(picture_files, "STRIP", 280)
        assert np.array_equal(picture_files.to_rgb(image), whole), image.mode
        gray = picture_files.to_gray(whole)
        assert np.array_equal(gray[..., 0], PIL.Image.fromarray(whole).convert("L"))
        monkeypatch.undo()


def test_numbers_that_are_no_numbers_are_read():
    pixels = np.full((20, 20), 100, np.float32)
    pixels[0, :3] = (np.nan, np.inf, -np.inf)
    painting = picture_files.to_rgb(PIL.Image.fromarray(pixels))
    assert painting[0, 2, 0] == 0


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_formats_are_known_by_their_content_alone(tmp_path, image_format):
    path = tmp_path / "picture.txt"
    PIL.Image.new("RGB", (20, 30), "white").save(path, format=image_format)
    assert (picture_files.read_painting(str(path)) == 255).all()
    data = path.read_bytes()
    assert picture_files.decode_painting(data, "x").shape == (30, 20, 3)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.eps", "a.ps"])
def test_no_program_is_started_for_a_picture(tmp_path, monkeypatch, name):
    path = tmp_path / name
    PIL.Image.new("RGB", (40, 40), "red").save(path, format="EPS")
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, **k: pytest.fail("a program was started")
    )
    with pytest.raises(picture_files.ImageError, match=f"{name}: not a picture"):
        picture_files.read_painting(str(path))
    data = path.read_bytes()
    with pytest.raises(picture_files.ImageError, match="x: not a picture"):
        picture_files.decode_painting(data, "x")


def test_pictures_are_opened_with_a_list_of_formats_everywhere():
    root = pathlib.Path(__file__).parent.parent
    paths = [
        path
        for part in ("keras_s2p", "examples", "experiments", "docs")
        for path in (root / part).rglob("*")
        if path.suffix in (".py", ".md", ".ipynb")
    ]
    calls = [
        call
        for path in [*paths, root / "paint.py", root / "train.py", root / "README.md"]
        for call in re.findall(r"(?:Image|\bi)\.open\(.*", path.read_text())
    ]
    assert calls and all("formats=" in call for call in calls), calls


def test_special_files_are_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    PIL.Image.new("L", (20, 20)).save(tmp_path / "whole.png")
    assert "pipe.png" in picture_folders.list_images(str(tmp_path))
    for name, kind in {"pipe.png": "a named pipe", "zero.png": "a device"}.items():
        with pytest.raises(picture_files.ImageError, match=f"{name}: {kind}"):
            picture_files.read_painting(str(tmp_path / name))
        with pytest.raises(picture_files.ImageError, match=f"{name}: {kind}"):
            picture_files.write_image(
                str(tmp_path / name), np.zeros((4, 4, 3), np.uint8)
            )
    assert (tmp_path / "pipe.png").is_fifo() and (tmp_path / "zero.png").is_symlink()
    assert len(os.listdir(tmp_path)) == 3


def encode(image, image_format, **options):
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def png_chunk(name, data=b""):
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def tiff(entries, data=b""):
    """A TIFF of 32 x 32 whose further tags are (number, type, count, place)."""
    entries = [
        (256, 3, 1, 32),
        (257, 3, 1, 32),
        (258, 3, 1, 8),
        (262, 3, 1, 1),
    ] + entries
    tags = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + bytes(4)
    return head.ljust(40_000, b"\0") + data


@pytest.fixture(scope="module")
def bombs():
    """Small files, by name, for which Pillow takes gigabytes or minutes."""
    small = PIL.Image.new("L", (32, 32))
    png, gif, jpeg = (encode(small, kind) for kind in ("PNG", "GIF", "JPEG"))
    nothing = png_chunk(b"teSt") * 200_000
    text = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000)))
    long_text = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000)))
    exif = b"Exif\0\0II*\0" + bytes(60_000)
    exif = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    scans = encode(small.resize((2000, 2000)), "JPEG", progressive=True)
    scan = b"\xff\xda\0\x08\1\1\0\1\x3f\0"  # of no bits
    frame = gif.index(b",")
    resource = b"8BIM" + struct.pack(">HHI", 1000, 0, 0)
    layered = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHHI", 3, 32, 32, 8, 3, 0)
    return {
        "chunks before": png[:33] + nothing + png[33:],
        "chunks after": png[:-12] + nothing + png[-12:],
        "texts": png[:33] + text * 100 + png[33:],
        "long text": png[:33] + long_text + png[33:],
        "comment": gif[:frame] + b"!\xfe" + b"\xff".ljust(256) * 80_000 + gif[frame:],
        "markers": jpeg[:2] + b"\xff\xfe\0\2" * 200_000 + jpeg[2:],
        "padding": jpeg[:2] + b"\xff" * 1_000_000 + jpeg[2:],
        "exif": jpeg[:2] + exif * 20 + jpeg[2:],
        "scans": scans[:-2] + scan * 20_000 + scans[-2:],
        "strips": tiff([(273, 4, 2_000_000, 40_000)], bytes(8_000_000)),
        "tags at one place": tiff(
            [(40_000 + i, 1, 4_000_000, 40_000) for i in range(1000)], bytes(4_000_000)
        ),
        "resources": layered + struct.pack(">I", 20 * 200_000) + resource * 300_000,
    }


def test_a_photograph_may_have_a_film_behind_it():
    photograph = encode(PIL.Image.new("L", (32, 32), 90), "JPEG")
    film = random.Random(1).randbytes(1 << 22) + b"\xff\xda" * 1000  # by chance
    pixels = picture_files.decode_painting(photograph + film, "a")
    np.testing.assert_array_equal(pixels, np.full((32, 32, 3), 90))


def test_scans_are_counted_where_blocks_meet(monkeypatch):
    monkeypatch.setattr(picture_reader, "BLOCK", 7)
    scan = b"\xff\xda\0\x0a\2\1\0\2\0\0\x3f\0"
    most = picture_reader.MAX_SCANS
    refusal = pytest.raises(picture_reader.TooManyParts)
    for count, expected in ((most, contextlib.nullcontext()), (most + 1, refusal)):
        data = b"\xff\xd8" + scan * count
        reader = picture_reader.Reader(io.BytesIO(data), len(data))
        with expected:
            picture_reader.check_scans(reader)
        assert reader.tell() == 0 or expected is refusal


def test_a_small_file_takes_neither_memory_nor_time(bombs):
    for name, data in bombs.items():
        start = time.process_time()
        tracemalloc.start()
        with pytest.raises(picture_files.ImageError, match="too many parts|damaged"):
            picture_files.decode_painting(data, name)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 200_000_000 and time.process_time() - start < 5, (name, peak)


@pytest.mark.parametrize("kind", [13, 17, 18])
def test_tags_of_kinds_that_pillow_leaves_out_may_not_say_one_place(kind):
    several = [(40_000 + i, kind, 250_000, 40_000) for i in range(50)]
    with pytest.raises(picture_files.ImageError, match="too many parts"):
        picture_files.decode_painting(tiff(several, bytes(2_000_000)), "x")
    one = tiff([(273, 4, 1, 40_000), *several[:1]], bytes(2_000_000))
    assert picture_files.decode_painting(one, "x").shape == (32, 32, 3)


@pytest.mark.parametrize("kind", [3, 4])
def test_strips_of_a_picture_may_not_be_one_place_many_times(kind):
    size, count = 60_000, 32
    lengths = struct.pack("<32" + "HI"[kind == 4], *[size] * count)
    places = struct.pack("<32I", *[40_000] * count)

    def striped(said):
        # The lengths and places lie behind the data of the strips.
        data = bytes(2_000_000)
        entries = [
            (278, 3, 1, 1),
            (273, 4, count, 40_000 + len(data)),
            (279, kind, said, 40_000 + len(data) + len(places)),
        ]
        return tiff(entries, data + places + lengths)

    assert picture_files.decode_painting(striped(count), "x").shape == (32, 32, 3)
    size = 65_000 if kind == 3 else 600_000
    count = 100 if kind == 3 else 32
    lengths = struct.pack(f"<{count}" + "HI"[kind == 4], *[size] * count)
    with pytest.raises(picture_files.ImageError, match="too many parts"):
        picture_files.decode_painting(striped(count), "x")


def tiled(tile, data=b"", kind=4, more=()):
    """A packed TIFF of 32 x 32 whose only tile is `tile` high, or said so."""
    packed = zlib.compress(data)
    entries = [
        (259, 3, 1, 8),
        (277, 3, 1, 1),
        (322, 4, 1, 1024),
        (323, kind, 1, tile),
        (324, 4, 1, 40_000),
        (325, 4, 1, len(packed)),
    ]
    return tiff([*entries, *more], packed)


@pytest.mark.parametrize(
    "data",
    [
        tiled(32_768, bytes(1024 * 32_768)),
        tiled(32_768, kind=9),
        tiled(32_768, kind=5),
        tiled(256, more=[(323, 4, 1, 32_768)]),
        tiled(32_768, more=[(323, 4, 1, 256)]),
        tiled(32_768, more=[(256, 5, 1, 2**31)]),
        tiled(32_768, more=[(200, 16, 1, 0)]),
        tiled(16, more=[(257, 4, 1, 40_000_000)]),
    ],
)
def test_a_tile_that_unpacks_into_far_more_than_its_picture_is_refused(data):
    with pytest.raises(picture_files.ImageError, match="too many parts|pixels"):
        picture_files.decode_painting(data, "x")


def test_a_tile_may_be_larger_than_its_picture():
    pixels = np.random.default_rng(0).integers(0, 255, (1024, 1024), np.uint8)
    found = picture_files.decode_painting(tiled(1024, pixels.tobytes()), "x")
    assert np.array_equal(found[..., 0], pixels[:32, :32])


def runs(width, height, rows):
    """A BMP of 256 greys packed in runs."""
    palette = b"".join(bytes([i, i, i, 0]) for i in range(256))
    numbers = [40, width, height, 1, 8, 1, len(rows), 0, 0, 256, 0]
    head = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 1078 + len(rows), 0, 1078, *numbers)
    return head + palette + rows


def test_a_bitmap_in_runs_is_read_whatever_its_bytes():
    pixels = np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)
    rows = b"".join(
        b"".join(bytes([1, value]) for value in row) + b"\0\0" for row in pixels[::-1]
    )
    found = picture_files.decode_painting(runs(300, 300, rows), "x")
    assert np.array_equal(found[..., 0], pixels)


@pytest.mark.parametrize("width, height", [(4097, 16), (16, 4097), (80_000, 312)])
def test_a_picture_that_is_far_longer_than_wide_is_refused(width, height, tmp_path):
    most = picture_files.MAX_ASPECT
    whole = PIL.Image.new("1", (most * 16, 16), 1)
    assert picture_files.decode_painting(encode(whole, "PNG"), "x").shape == (
        16,
        4096,
        3,
    )
    thin = PIL.Image.new("1", (width, height))
    sentence = f"x: {width} x {height} pixels; at most {most} times as long as wide"
    with pytest.raises(picture_files.ImageError, match=sentence):
        picture_files.decode_painting(encode(thin, "PNG"), "x")


@pytest.mark.parametrize("width, height", [(32_001, 130), (5001, 5000)])
def test_a_bitmap_in_runs_that_unpacks_into_gigabytes_is_refused(width, height):
    over = runs(width, height, b"\0\2\0\xff" * 2)  # leaves 255 rows out, twice
    with pytest.raises(picture_files.ImageError, match="packed in runs, of .* as PNG"):
        picture_files.decode_painting(over, "x")


def test_a_bitmap_of_many_runs_of_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(picture_reader, "MOST_SINGLE_BYTES", 10_000)
    empty = runs(300, 300, bytes(200_000))
    with pytest.raises(picture_files.ImageError, match="too many parts"):
        picture_files.decode_painting(empty, "x")


@pytest.mark.skipif(os.name != "posix", reason="memory can not be bounded")
def test_an_avif_that_holds_more_than_it_says_is_refused():
    large = PIL.Image.new("RGB", (6000, 6000), "red")
    data = encode(large, "AVIF", speed=10, subsampling="4:4:4")
    assert picture_files.decode_painting(data, "x").shape == (6000, 6000, 3)
    start = data.index(b"ispe") + 8
    lying = data[:start] + struct.pack(">II", 32, 32) + data[start + 8 :]
    with pytest.raises(picture_files.ImageError, match="not in the size that it says"):
        picture_files.decode_painting(lying, "x")


@pytest.mark.parametrize("before", [True, False])
def test_a_picture_of_many_profiles_is_refused(before):
    """Of both ends of the pixels; Pillow unpacks each, 3000 in eleven seconds."""
    data = encode(PIL.Image.new("L", (20, 16), 80), "PNG")
    place = 33 if before else len(data) - 12  # the last chunk

    def add(count):
        profile = b"a\0\0" + zlib.compress(bytes(900_000))
        return data[:place] + png_chunk(b"iCCP", profile) * count + data[place:]

    assert (picture_files.decode_painting(add(2), "x") == 80).all()
    with pytest.raises(
        picture_files.ImageError, match="x: a picture in too many parts"
    ):
        picture_files.decode_painting(add(3000), "x")


@pytest.mark.parametrize("size, is_read", [(15_000_000, True), (17_000_000, False)])
def test_a_picture_with_a_long_history_is_read(size, is_read):
    info = PIL.PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "h" * size, zip=True)
    data = encode(PIL.Image.new("L", (20, 16), 80), "PNG", pnginfo=info)
    too_large = pytest.raises(picture_files.ImageError, match="data too large")
    with contextlib.nullcontext() if is_read else too_large:
        assert (picture_files.decode_painting(data, "x") == 80).all()


def test_a_picture_of_many_small_chunks_is_read():
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    data = encode(PIL.Image.fromarray(pixels), "PNG")
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))
    body = b"".join(
        png_chunk(b"IDAT", packed[i : i + 16]) for i in range(0, len(packed), 16)
    )
    data = data[:33] + png_chunk(b"tEXt", b"a\0b") * 100 + body + png_chunk(b"IEND")
    assert np.array_equal(picture_files.decode_painting(data, "x")[..., 0], pixels)


MEASURE = """
import re, sys
import PIL.Image
from keras_s2p.common import picture_files
PIL.Image.init()
def peak():
    # Of this program alone; getrusage begins with the peak of what started it.
    status = open("/proc/self/status").read()
    return int(re.search("VmHWM:[ \\t]*([0-9]+)", status)[1]) * 1024
before = peak()
pixels = getattr(picture_files, sys.argv[1])(sys.argv[2])
print((peak() - before) / (pixels.shape[0] * pixels.shape[1]))
assert "tensorflow" not in sys.modules
"""


@pytest.mark.parametrize(
    ("mode", "read"),
    [
        ("I;16", "read_painting"),
        ("RGBA", "read_sketch"),
        ("F", "read_painting"),
        ("turned", "read_painting"),
    ],
)
def test_a_large_picture_takes_few_bytes_a_pixel(tmp_path, mode, read):
    path = str(tmp_path / "large.tif")
    exif = PIL.Image.Exif()
    exif[picture_tags.ORIENTATION] = 6
    image = PIL.Image.new("RGB" if mode == "turned" else mode, (5000, 4000))
    if mode == "turned":
        path = str(tmp_path / "large.png")
        image.save(path, exif=exif, compress_level=1)
    else:
        image.save(path)
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, read, path],
        capture_output=True, text=True, check=True,
        cwd=pathlib.Path(__file__).parent.parent,
    )  # fmt: skip
    # Pillow's own 4, and the 3 that are given back; turned, twice; strips are small.
    assert float(measured.stdout) < 12, measured.stdout


def test_larger_pictures_than_asked_for_are_refused_before_they_are_decoded(
    tmp_path, monkeypatch
):
    path = tmp_path / "large.png"
    PIL.Image.new("L", (400, 300)).save(path)
    monkeypatch.setattr(PIL.PngImagePlugin.PngImageFile, "load", pytest.fail)
    with pytest.raises(picture_files.ImageError, match="large.png: 400 x 300 pixels"):
        picture_files.read_painting(str(path), max_pixels=100_000)
    with pytest.raises(picture_files.ImageError, match="x: 400 x 300 pixels"):
        picture_files.decode_painting(path.read_bytes(), "x", 100_000)


def test_a_folder_that_may_not_be_listed_is_named_once(tmp_path, monkeypatch, capsys):
    for name in ("a/1.png", "closed/2.png"):
        picture_files.write_image(str(tmp_path / name), np.zeros((16, 16, 3), np.uint8))
    listed = os.listdir

    def listdir(path):
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "listdir", listdir)
    for _ in range(2):
        assert picture_folders.list_images(str(tmp_path)) == ["a/1.png"]
    (line,) = capsys.readouterr().err.splitlines()
    reason = "left out, it can not be listed (Permission denied)"
    assert line == f"{tmp_path}/closed: {reason}"


def test_hidden_folders_are_left_out_unless_they_are_named(tmp_path):
    for name in ("1.png", ".thumbnails/2.png", "..sub/3.png"):
        picture_files.write_image(str(tmp_path / name), np.zeros((16, 16, 3), np.uint8))
    assert picture_folders.list_images(str(tmp_path)) == ["..sub/3.png", "1.png"]
    assert picture_folders.list_images(str(tmp_path / ".thumbnails")) == ["2.png"]


def test_pictures_that_are_not_read_are_told(tmp_path, capsys):
    for name in ("a.png", "a.clip", "b.HEIC", "c.svg", "d.txt", "deep/e.xcf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert picture_folders.list_images(str(tmp_path)) == ["a.png"]
    said = "left out, pictures of this kind are not read"
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path}/b.HEIC: {said}, nor 1 more", f"{tmp_path}/deep/e.xcf: {said}",
    ]  # fmt: skip


def test_folders_are_searched_for_every_format(tmp_path):
    known = PIL.Image.registered_extensions()
    names = [each for each in known if known[each] == "JPEG"]
    assert set(names) <= set(picture_files.EXTENSIONS)  # as browsers call them
    searched = {known[each] for each in picture_files.EXTENSIONS if each in known}
    assert searched >= set(picture_files.FORMATS) & set(known.values())
    for number, extension in enumerate(picture_files.EXTENSIONS):
        (tmp_path / f"{number:02}{extension.upper()}").touch()
    found = picture_folders.list_images(str(tmp_path))
    assert len(found) == len(picture_files.EXTENSIONS)


def test_links_to_folders_are_followed_once_and_never_back(tmp_path, capsys):
    for name in ("in/b/1.png", "in/2.png", "out/3.png", "out/deep/4.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for link, target in (
        ("in/a", "out"), ("in/again", "in/b"), ("in/c", "out"), ("in/loop", "in"),
        ("in/up", "."), ("out/deep/back", "in"), ("in/gone", "no"), ("in/x", "in/x"),
    ):  # fmt: skip
        (tmp_path / link).symlink_to(tmp_path / target)
    found = picture_folders.list_images(str(tmp_path / "in"))
    assert found == ["2.png", "a/3.png", "a/deep/4.png", "b/1.png"]
    told = capsys.readouterr().err.splitlines()
    assert set(told) == {
        f"{tmp_path / 'in' / name}: left out, {reason}"
        for name, reason in (
            ("gone", "a link to nothing"), ("x", "a link to nothing"),
            ("loop", "a link that leads back"), ("up", "a link that leads back"),
            ("a/deep/back", "a link that leads back"),
            ("again", "it is read under another name"),
            ("c", "it is read under another name"),
        )
    }  # fmt: skip
    assert picture_folders.list_images(str(tmp_path / "in"), recursive=False) == [
        "2.png"
    ]
    (tmp_path / "link").symlink_to(tmp_path / "out")
    found = picture_folders.list_images(str(tmp_path / "link"))
    assert found[:2] == ["3.png", "deep/4.png"]


CUT = """
import sys, threading, time
from keras_s2p.common import picture_files
def cut(size):
    def run():
        time.sleep(0.1)
        open(sys.argv[1], "wb").close()
    threading.Thread(target=run).start()
try:
    picture_files.read_rgba(sys.argv[1], cut)
except picture_files.ImageError as error:
    print(error)
"""


def test_a_tiff_that_is_cut_while_it_is_read_ends_nothing(tmp_path):
    """libtiff had mapped it into memory, and Python ended with SIGBUS."""
    path = str(tmp_path / "x.tif")
    pixels = np.random.default_rng(0).integers(0, 256, (2500, 2500, 3), np.uint8)
    PIL.Image.fromarray(pixels).save(path, compression="tiff_lzw")
    command = [sys.executable, "-c", CUT, path]
    assert subprocess.run(command, timeout=60).returncode == 0
    assert os.path.getsize(path) == 0
