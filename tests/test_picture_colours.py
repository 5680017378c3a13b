"""Colours as the one who drew them saw them."""

import io
import os
import struct
import zlib

import numpy as np
import PIL.Image
import PIL.ImageCms
import PIL.PngImagePlugin
import pytest

from keras_s2p.common import picture_colours, picture_files, picture_profiles

SIDE = 16


def swapped_profile():
    """An RGB profile whose red is sRGB's blue, and the reverse."""
    data = picture_colours._srgb_profile()
    assert data.count(b"rXYZ") == data.count(b"bXYZ") == 1
    data = data.replace(b"rXYZ", b"xxxx").replace(b"bXYZ", b"rXYZ")
    return data.replace(b"xxxx", b"bXYZ")


def gray_profile():
    """A grey profile of gamma 1, by hand: XYZ, a white and a curve."""
    white = b"XYZ \0\0\0\0" + bytes.fromhex(
        "0000f6d60001000000 00d32d".replace(" ", "")
    )
    curve = b"curv\0\0\0\0" + (0).to_bytes(4, "big")
    text = b"desc\0\0\0\0" + (5).to_bytes(4, "big") + b"grey\0" + bytes(78) + b"\0"
    tags, body, offset = b"", b"", 128 + 4 + 3 * 12
    for name, data in ((b"wtpt", white), (b"kTRC", curve), (b"desc", text)):
        tags += name + (offset + len(body)).to_bytes(4, "big")
        tags += len(data).to_bytes(4, "big")
        body += data
    head = bytearray(128)
    head[8:12] = bytes.fromhex("02100000")
    head[12:24] = b"mntrGRAYXYZ "
    head[36:40] = b"acsp"
    head[68:80] = bytes.fromhex("0000f6d6000100000000d32d")
    data = bytes(head) + (3).to_bytes(4, "big") + tags + body
    return (len(data)).to_bytes(4, "big") + data[4:]


def add_tag(profile, name, data):
    """A profile with one more tag, whose place is behind all others."""
    count = int.from_bytes(profile[128:132], "big")
    tags = [list(struct.unpack_from(">4sII", profile, 132 + 12 * i))
            for i in range(count)]  # fmt: skip
    tags.append([name, len(profile), len(data)])
    head = profile[4:128] + struct.pack(">I", count + 1)
    head += b"".join(struct.pack(">4sII", tag, at + 12, size) for tag, at, size in tags)
    found = head + profile[132 + 12 * count :] + data
    return struct.pack(">I", len(found) + 4) + found


def elements(count):
    """A tag of processing elements: the same curves, of 0.2, so many times."""
    segment = struct.pack(">4s4xHH4f", b"parf", 0, 0, 1, 0, 0, 0.2)
    curve = struct.pack(">4s4xHH", b"curf", 1, 0) + segment
    curves = struct.pack(">4s4xHH", b"cvst", 3, 3)
    curves += struct.pack(">II", len(curves) + 24, len(curve)) * 3 + curve
    head = struct.pack(">4s4xHHI", b"mpet", 3, 3, count)
    return (
        head + struct.pack(">II", len(head) + 8 * count, len(curves)) * count + curves
    )


def read(image, kind="PNG", **options):
    """What an image that is written as a file is read as: (pixel, all RGBA)."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    pixels = picture_files.decode_painting(file.getvalue(), "x")
    return pixels[0, 0].tolist()


def flat(colour, mode="RGB"):
    return PIL.Image.new(mode, (SIDE, SIDE), colour)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colours_of_an_embedded_profile_become_srgb(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    image = flat((250, 10, 10))
    found = read(image, kind, icc_profile=swapped_profile(), **options)
    assert np.abs(np.subtract(found, (10, 10, 250))).max() < 12
    srgb = picture_colours._srgb_profile()
    assert np.abs(np.subtract(read(image, kind, icc_profile=srgb, **options),
                              (250, 10, 10))).max() < 3  # fmt: skip


@pytest.mark.parametrize("count", [1, 200])
def test_elements_of_a_profile_that_may_be_many_are_not_followed(count):
    several = add_tag(swapped_profile(), b"D2B0", elements(count))
    several = add_tag(several, b"D2B1", elements(count))
    image = flat((250, 10, 10))
    found = read(image, icc_profile=several)
    assert found == read(image, icc_profile=swapped_profile())


def test_a_profile_embedded_in_a_bitmap_is_obeyed():
    profile = swapped_profile()
    pixels = bytes([10, 10, 250]) * SIDE * SIDE  # blue, green, red
    numbers = [124, SIDE, SIDE, 1, 24, 0, len(pixels), 0, 0, 0, 0]
    header = bytearray(struct.pack("<IiiHHIIiiII", *numbers).ljust(124, b"\0"))
    header[56:60] = b"DEBM"
    header[112:120] = struct.pack("<II", 124 + len(pixels), len(profile))
    start = struct.pack("<2sIII", b"BM", 138 + len(pixels) + len(profile), 0, 138)
    data = start + bytes(header) + pixels
    found = picture_files.decode_painting(data + profile, "x")[0, 0]
    assert np.abs(np.subtract(found, (10, 10, 250))).max() < 12
    for broken in (data, data + profile[:99], data + profile[:140]):
        pixel = picture_files.decode_painting(broken, "x")[0, 0]
        assert pixel.tolist() == [250, 10, 10]


def test_transparency_and_palettes_go_through_a_profile():
    profile = swapped_profile()
    clear = flat((250, 10, 10, 0), "RGBA")
    assert read(clear, icc_profile=profile) == [255, 255, 255]
    image = flat((250, 10, 10)).quantize(4)
    assert read(image, icc_profile=profile)[2] > 240


def test_greys_of_a_linear_profile_become_lighter():
    profile = gray_profile()
    PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
    eight = read(flat(55, "L"), icc_profile=profile)
    deep = read(deep_image(np.uint16(55 * 257)), icc_profile=profile)
    assert eight == deep and 120 < eight[0] < 136


def linear_profile():
    """An RGB profile of sRGB's primaries and of light itself."""
    profile = picture_colours._srgb_profile()
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        profile = profile.replace(name, b"x" + name[:3])
        profile = add_tag(profile, name, b"curv\0\0\0\0" + bytes(4))
    return profile


@pytest.mark.parametrize("value", [1, 9, 55, 250])
def test_greys_of_a_profile_of_colours_are_converted(value):
    expected = read(flat(value, "L"), icc_profile=gray_profile())[0]
    deep, clear = np.uint16(value * 257), flat((value, 128), "LA")
    for found in (
        read(flat((value,) * 3), icc_profile=linear_profile()),
        read(flat(value, "L"), icc_profile=linear_profile()),
        read(flat(value, "L"), "JPEG", icc_profile=linear_profile(), quality=100),
        read(flat(value, "L"), "TIFF", icc_profile=linear_profile()),
        read(deep_image(deep), icc_profile=linear_profile()),
        read(deep_image(deep), "TIFF", icc_profile=linear_profile()),
        [2 * read(clear, icc_profile=linear_profile())[0] - 255],
    ):
        assert np.abs(np.subtract(found, expected)).max() <= 2


@pytest.mark.parametrize("profile", [b"x", b"\0" * 200, b"x" * 5_000_000])
def test_a_profile_that_is_none_is_left_out(profile):
    image = flat((250, 10, 10))
    image.info["icc_profile"] = profile
    assert picture_files.to_rgb(image)[0, 0].tolist() == [250, 10, 10]


def test_a_profile_of_another_kind_of_colours_is_left_out():
    image = flat((250, 10, 10))
    image.info["icc_profile"] = gray_profile()
    assert picture_files.to_rgb(image)[0, 0].tolist() == [250, 10, 10]


def deep_image(value):
    return PIL.Image.fromarray(np.full((SIDE, SIDE), value))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_dark_16_bit_greys_are_dark(kind):
    assert read(deep_image(np.uint16(200)), kind) == [1, 1, 1]
    assert read(deep_image(np.uint16(65535)), kind) == [255, 255, 255]


@pytest.mark.parametrize(
    "value, expected", [(0.5, 128), (1.0, 255), (0.0, 0), (128.0, 128), (32896.0, 128)]
)
def test_floats_from_0_to_1_are_no_darkness(value, expected):
    assert read(deep_image(np.float32(value)), "TIFF") == [expected] * 3


def test_16_bit_colours_that_are_clear_are_white():
    gray = np.full((SIDE, SIDE), 300, np.uint16)
    gray[8:] = 301  # the same in 8 bits
    file = io.BytesIO()
    PIL.Image.fromarray(gray).save(file, "PNG", transparency=300)
    pixels = picture_files.decode_painting(file.getvalue(), "x")
    assert pixels[0, 0].tolist() == [255] * 3 and pixels[15, 0].tolist() == [1] * 3
    image = flat((2, 3, 4))
    image.info["transparency"] = (0x0203, 0x0304, 0x0405)  # or another of such upper 8
    assert picture_files.to_rgb(image)[0, 0].tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    "alpha, expected", [((0, 255), 255), ((0, 0), 9), ((255, 255), 9)]
)
def test_the_fourth_byte_of_a_bmp_is_alpha_if_anything_is_to_be_seen(alpha, expected):
    pixels = np.full((SIDE, SIDE, 4), 9, np.uint8)
    pixels[:8, :, 3], pixels[8:, :, 3] = alpha
    assert read(PIL.Image.fromarray(pixels), "BMP") == [expected] * 3


def test_what_is_written_says_that_it_is_srgb(tmp_path):
    pixels = np.full((SIDE, SIDE, 3), (200, 100, 50), np.uint8)
    for name in ("a.png", "a.jpg", "a.webp", "a.tif"):
        path = tmp_path / name
        picture_files.write_image(str(path), pixels)
        with PIL.Image.open(path) as image:
            if name == "a.png":
                assert image.info["srgb"] == 0
            else:
                profile = io.BytesIO(image.info["icc_profile"])
                name = PIL.ImageCms.getProfileDescription(
                    PIL.ImageCms.ImageCmsProfile(profile)
                )
                assert "sRGB" in name
        written = path.read_bytes()
        picture_files.write_image(str(path), pixels)
        assert path.read_bytes() == written


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.avif"])
def test_what_is_written_keeps_the_colours_of_thin_lines(name, tmp_path):
    if not picture_files.is_written(os.path.splitext(name)[1]):
        pytest.skip("this Pillow does not write it")
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[::2] = (220, 30, 60)
    picture_files.write_image(str(tmp_path / name), pixels)
    read_back = picture_files.read_painting(str(tmp_path / name)).astype(int)
    assert np.abs(read_back - pixels).mean() < 3


def with_chunks(image, *chunks):
    """A PNG's bytes with chunks of (name, data) behind its header."""
    file = io.BytesIO()
    image.save(file, "PNG")
    data = file.getvalue()
    more = b""
    for name, body in chunks:
        checksum = zlib.crc32(name + body).to_bytes(4, "big")
        more += len(body).to_bytes(4, "big") + name + body + checksum
    return data[:33] + more + data[33:]


def decode(data):
    return picture_files.decode_painting(data, "x")[0, 0].tolist()


def gamma(value):
    return b"gAMA", round(value * 100_000).to_bytes(4, "big")


def pictures_of_every_mode():
    """Pictures of one grey, 55, under their names."""
    pictures = {mode: flat(55, mode) for mode in ("L", "P")}
    pictures["P"].putpalette([55, 55, 55] * 256)
    pictures["RGB"] = flat((55, 55, 55))
    pictures["16 bits"] = deep_image(np.uint16(55 * 257))
    pictures["RGBA"] = flat((55, 55, 55, 255), "RGBA")
    pictures["LA"] = flat((55, 255), "LA")
    return pictures


@pytest.mark.parametrize("name", pictures_of_every_mode())
def test_a_png_of_linear_light_becomes_lighter(name):
    """55 of 255 is 0.2157 of the light, and 128 in sRGB."""
    image = pictures_of_every_mode()[name]
    assert decode(with_chunks(image, gamma(1.0))) == [128] * 3
    linear = b"cICP", bytes([1, 8, 0, 1])
    assert decode(with_chunks(image, linear)) == [128] * 3


def test_what_is_clear_stays_clear_under_gamma():
    for image in (flat((55, 55, 55, 0), "RGBA"), flat((55, 0), "LA")):
        assert decode(with_chunks(image, gamma(1.0))) == [255] * 3
    file = io.BytesIO(with_chunks(flat((55, 60, 65)), gamma(1.0)))
    image = PIL.Image.open(file)
    image.info["transparency"] = (55, 60, 65)
    assert picture_files.to_rgba(image)[0, 0].tolist() == [128, 133, 138, 0]


@pytest.mark.parametrize("value", [0.45455, 0.44, 0.0, 2.2])
def test_the_usual_gamma_and_an_absurd_one_change_nothing(value):
    assert decode(with_chunks(flat((55, 9, 200)), gamma(value))) == [55, 9, 200]


def test_gamma_gives_way_to_srgb_and_to_a_profile():
    srgb = (b"sRGB", b"\0")
    image = flat((55, 55, 55))
    assert decode(with_chunks(image, gamma(1.0), srgb)) == [55] * 3
    assert decode(with_chunks(image, gamma(1.0), (b"cICP", b"\1\r\0\1"))) == [55] * 3
    image.info["icc_profile"] = picture_colours._srgb_profile()
    image.info["gamma"] = 1.0
    assert picture_files.to_rgb(image)[0, 0].tolist() == [55] * 3


def test_display_p3_becomes_srgb():
    display_p3 = b"cICP", bytes([12, 13, 0, 1])
    for colour, expected in (
        ((234, 51, 35), (255, 0, 0)),
        ((128, 128, 128), (128, 128, 128)),
        ((100, 150, 100), (82, 151, 96)),
    ):
        found = decode(with_chunks(flat(colour), (b"tEXt", b"a\0b"), display_p3))
        assert np.abs(np.subtract(found, expected)).max() <= 2, (colour, found)
    assert decode(with_chunks(flat(55, "L"), display_p3)) == [55] * 3


@pytest.mark.parametrize("numbers", [(9, 16, 0, 1), (12, 13, 0, 0), (1, 8, 1, 1)])
def test_other_spaces_of_cicp_are_left_out(numbers):
    image = flat((234, 51, 35))
    assert decode(with_chunks(image, (b"cICP", bytes(numbers)))) == [234, 51, 35]


@pytest.mark.parametrize("brightest, expected", [(255, 200), (256, 1)])
def test_integers_of_an_array_mean_the_same_whatever_their_mode(brightest, expected):
    values = np.full((SIDE, SIDE), 200)
    values[-1] = brightest
    for kind, mode in ((np.uint16, "I;16"), (np.int32, "I")):
        image = PIL.Image.fromarray(values.astype(kind))
        assert image.mode == mode
        assert picture_files.to_rgb(image)[0, 0].tolist() == [expected] * 3


def test_colours_between_those_of_8_bits_lie_between_theirs():
    def convert(strip):
        """Has channels that end where others grow, as at the edge of sRGB."""
        red, green, blue = np.moveaxis(np.asarray(strip).astype(int), -1, 0)
        found = [3 * red - 2 * green, 2 * green - blue, red + blue - green]
        return PIL.Image.fromarray(
            np.clip(np.stack(found, axis=-1), 0, 255).astype(np.uint8)
        )

    values = np.random.default_rng(0).uniform(0, 255, (60, 60, 3))
    values[:20, :, 0] /= 2
    values[:20, :, 1] = 1.5 * values[:20, :, 0] + values[:20, :, 2] / 255  # the edge
    red, green, blue = np.moveaxis(values, -1, 0)
    exact = [3 * red - 2 * green, 2 * green - blue, red + blue - green]
    exact = np.clip(np.stack(exact, axis=-1), 0, 255)
    found = np.asarray(picture_profiles.convert_between(values, convert))
    assert np.abs(found - exact).max() < 1.3


def test_a_palette_with_opacity_and_a_profile_is_read_without_a_word(recwarn):
    image = flat((250, 10, 10)).quantize(4)
    image.info["transparency"] = bytes([100, 255, 200, 255])
    assert read(image, icc_profile=swapped_profile())[2] > 250
    assert not [str(each.message) for each in recwarn if "Palette" in str(each.message)]


@pytest.mark.skipif("AVIF" not in PIL.Image.SAVE, reason="Pillow writes no AVIF")
def test_an_avif_says_its_colours_without_a_profile():
    image = PIL.Image.new("RGB", (32, 32), (234, 51, 35))
    file = io.BytesIO()
    image.save(file, "AVIF", quality=100, subsampling="4:4:4")
    data = file.getvalue()
    place = data.index(b"colrnclx") + 8
    read = {}
    for primaries in (1, 12):
        said = struct.pack(">HH", primaries, 13)
        read[primaries] = decode(data[:place] + said + data[place + 4 :])
    assert np.abs(np.subtract(read[1], (234, 51, 35))).max() <= 3
    # The red of sRGB in Display P3 is 234, 51, 35.
    assert np.abs(np.subtract(read[12], (255, 0, 0))).max() <= 4


def test_a_large_profile_in_a_small_tiff_is_read():
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    profile += np.random.default_rng(0).bytes(2_000_000)
    profile = len(profile).to_bytes(4, "big") + profile[4:]
    file = io.BytesIO()
    image = PIL.Image.new("RGB", (64, 64), (10, 200, 30))
    image.save(file, "TIFF", icc_profile=profile)
    assert decode(file.getvalue()) == [10, 200, 30]


def rgb_of_lab(lab):
    """[..., 3] in [0, 255], and where it is a colour of sRGB, of CIELAB under D50."""
    lightness, a, b = np.moveaxis(lab, -1, 0)
    middle = (lightness + 16) / 116
    parts = np.stack([middle + a / 500, middle, middle - b / 200], axis=-1)
    light = np.where(parts > 6 / 29, parts**3, 3 * (6 / 29) ** 2 * (parts - 4 / 29))
    light = (light * [0.9642, 1, 0.8249]) @ np.array(
        [
            [3.1338561, -1.6168667, -0.4906146],
            [-0.9787684, 1.9161415, 0.0334540],
            [0.0719453, -0.2289914, 1.4052427],
        ]
    ).T
    known = ((light >= 0) & (light <= 1)).all(axis=-1)
    light = light.clip(0, 1)
    curved = 1.055 * light ** (1 / 2.4) - 0.055
    return 255 * np.where(light <= 0.0031308, 12.92 * light, curved), known


def test_colours_of_lab_are_right():
    """By the table of LittleCMS light cyan had been 38 of 255 off."""
    random = np.random.default_rng(0)
    values = random.normal([128, 0, 0], [60, 40, 40], (300, 300, 3)).round()
    values = values.clip([0, -128, -128], [255, 127, 127]).astype(int)
    image = PIL.Image.frombytes("LAB", (300, 300), values.astype(np.uint8).tobytes())
    expected, known = rgb_of_lab(values * [100 / 255, 1, 1])
    found = picture_files.to_rgb(image)
    assert known.sum() > 20_000 and np.abs(found - expected)[known].max() < 1.5


def test_what_the_first_frame_of_a_gif_leaves_is_clear():
    canvas = PIL.Image.new("P", (40, 30), 1)
    canvas.putpalette([0, 0, 0, 200, 30, 90])
    file = io.BytesIO()
    canvas.save(file, "GIF")
    whole = bytearray(file.getvalue())
    assert picture_files.decode_painting(bytes(whole), "x").max(axis=(0, 1))[1] == 30
    whole[6:10] = struct.pack("<HH", 50, 60)  # the screen's size
    found = picture_files.decode_painting(bytes(whole), "x")
    assert found.shape == (60, 50, 3)
    assert (found[:30, :40] == (200, 30, 90)).all()
    assert (found[30:] == 255).all() and (found[:, 40:] == 255).all()
    assert picture_files.to_rgba(PIL.Image.open(io.BytesIO(whole))).shape == (60, 50, 4)
