"""Pictures that the exported model reads, beside what Painter reads."""

import io
import struct

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from keras_s2p.common import picture_files
from keras_s2p.serving import graph_images

RGBA = np.random.default_rng(0).integers(0, 256, (19, 21, 4)).astype(np.uint8)
COLOURS = PIL.Image.fromarray(RGBA).convert("RGB")
GRAYS = COLOURS.convert("L")
MASKS = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)


def encode(image, image_format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def bitmap(bits=32, opacity=0, packing=0, masks=b"", rising=True, header=40):
    """A BMP of the colours, of 24 or 32 bits."""
    height, width = RGBA.shape[:2]
    pixels = np.dstack([RGBA[..., 2::-1], np.full((height, width), opacity, np.uint8)])
    rows = pixels[:: -1 if rising else 1, :, : bits // 8].reshape(height, -1)
    rows = np.pad(rows, [(0, 0), (0, -rows.shape[1] % 4)])
    start = 14 + header + (len(masks) if header == 40 else 0)
    numbers = [header, width, height if rising else -height, 1, bits, packing, *[0] * 5]
    head = struct.pack("<IIIIiiHHIIiiII", 0, 0, start, *numbers)
    return b"BM" + (head + masks).ljust(start - 2, b"\0") + rows.tobytes()


def coloured_bits():
    """A BMP of one bit a pixel with a palette of two colours."""
    data = bytearray(encode(GRAYS.convert("1"), "BMP"))
    data[54:62] = 1, 2, 200, 0, 90, 240, 30, 0
    return bytes(data)


def bitmap_of_4_bits():
    """A BMP of two numbers a byte with a palette of 16 colours; Pillow writes none."""
    numbers = RGBA[..., 0] // 16
    height, width = numbers.shape
    rows = np.pad(numbers[::-1], [(0, 0), (0, -width % 8)])
    rows = rows[:, ::2] * 16 + rows[:, 1::2]
    colours = RGBA[0, :16] * np.uint8([1, 1, 1, 0])
    start = 54 + colours.nbytes
    size = start + rows.nbytes
    numbers = [40, width, height, 1, 4, 0, rows.nbytes, 0, 0, len(colours), 0]
    head = struct.pack("<2sIIIIiiHHIIiiII", b"BM", size, 0, start, *numbers)
    return head + colours.tobytes() + rows.tobytes()


READ = {
    "bitmap": encode(COLOURS, "BMP"),
    "bitmap of 8 bits with a palette": encode(COLOURS.quantize(64), "BMP"),
    "bitmap of 8 bits in grey": encode(GRAYS, "BMP"),
    "bitmap of 4 bits with a palette": bitmap_of_4_bits(),
    "bitmap of 1 bit": encode(GRAYS.convert("1"), "BMP"),
    "bitmap of 1 bit with a palette": coloured_bits(),
    "bitmap of 24 bits from top to bottom": bitmap(24, rising=False),
    "bitmap with opacity": encode(PIL.Image.fromarray(RGBA), "BMP"),
    "bitmap with unused bytes": bitmap(),
    "bitmap of one opacity": bitmap(opacity=77),
    "bitmap with masks": bitmap(packing=3, masks=MASKS),
    "bitmap with masks and unused bytes": bitmap(32, 77, 3, MASKS),
    "bitmap with masks of no opacity": bitmap(32, 77, 3, MASKS, header=124),
    "bitmap with masks of opacity": bitmap(
        32, 90, 3, MASKS + struct.pack("<I", 0xFF000000), header=108
    ),
    "png of 1 bit": encode(GRAYS.convert("1")),
    "png of 1 bit, black is clear": encode(GRAYS.convert("1"), transparency=0),
    "png in grey, one is clear": encode(GRAYS, transparency=GRAYS.getpixel((3, 3))),
    "png in colour": encode(COLOURS),
    "png, one colour is clear": encode(
        COLOURS, transparency=COLOURS.getpixel((3, 3))
    ),
    "png with opacity": encode(PIL.Image.fromarray(RGBA)),
    "png in grey with opacity": encode(PIL.Image.fromarray(RGBA).convert("LA")),
    "png with a palette of 1 bit": encode(COLOURS.quantize(2)),
    "png with a palette, one is clear": encode(COLOURS.quantize(16), transparency=3),
    "png of 16 bits in grey": encode(
        PIL.Image.fromarray(
            np.random.default_rng(0).integers(0, 2**16, (19, 21)).astype(np.uint16)
        )
    ),
    "jpeg": encode(COLOURS, "JPEG"),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_a_picture_has_the_colours_that_painter_sees(kind):
    found = graph_images.decode_painting(tf.constant(READ[kind]), "reference_bytes")
    expected = picture_files.decode_painting(READ[kind], kind)
    if "unused" in kind or "of no opacity" in kind:
        np.testing.assert_array_equal(expected, RGBA[..., :3])
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(expected)) > 1 or "black is clear" in kind


UNREAD = {
    "16 bits": bitmap()[:28] + b"\x10" + bitmap()[29:],
    "packed": bitmap()[:30] + b"\x01" + bitmap()[31:],
    "other masks": bitmap(packing=3, masks=MASKS[4:] + MASKS[:4]),
    "of OS/2": b"BM"
    + struct.pack("<IIIIHHHH", 1402, 0, 26, 12, 21, 19, 1, 24)
    + bytes(1376),
    "a negative width": bitmap()[:18] + struct.pack("<i", -21) + bitmap()[22:],
    "cut": bitmap()[:-1],
    "cut in its palette": READ["bitmap of 1 bit"][:60],
    "pixels before the header": bitmap()[:10] + bytes(4) + bitmap()[14:],
    "pixels beyond": bitmap()[:10] + b"\xff\xff\xff\x7f" + bitmap()[14:],
}


@pytest.mark.parametrize("kind", UNREAD)
def test_a_bitmap_that_can_not_be_read_is_a_sentence(kind):
    sentence = "reference_bytes: (of BMP only those of|a BMP that is cut)"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        graph_images.decode_painting(tf.constant(UNREAD[kind]), "reference_bytes")


@pytest.mark.parametrize(
    "kind",
    [
        "png in colour",
        "png of 1 bit",
        "png with opacity",
        "png of 16 bits in grey",
        "jpeg",
    ],
)
def test_a_cut_picture_is_named(kind):
    data = tf.constant(READ[kind][:-40])
    with pytest.raises(tf.errors.InvalidArgumentError, match="reference_bytes"):
        graph_images.decode_painting(data, "reference_bytes")


def test_hints_in_grey_of_few_bits_are_opaque():
    data = tf.constant(encode(GRAYS.convert("1")))
    with pytest.raises(tf.errors.InvalidArgumentError, match="nothing is transparent"):
        graph_images.decode_hints(data, tf.constant([19, 21]), "hints_bytes")


@pytest.mark.parametrize(
    "shape, said", [((4096, 16), None), ((16, 4097), "256 times as long as wide")]
)
def test_a_picture_that_is_far_longer_than_wide_is_refused(shape, said):
    value = tf.zeros([1, *shape, 1])
    if said is None:
        assert graph_images.check_size(value, shape, "sketch").shape == value.shape
        return
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"sketch: more .*{said}"):
        graph_images.check_size(value, shape, "sketch")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_is_encoded_says_that_it_is_srgb(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (1, 20, 30, channels), np.uint8)
    data = graph_images.encode(pixels / 127.5 - 1).numpy()
    with PIL.Image.open(io.BytesIO(data)) as image:
        image.load()  # which compares each part with its checksum
        assert image.info["srgb"] == 0
        found = np.asarray(image).reshape(pixels.shape[1:])
    assert np.array_equal(found, pixels[0])
