"""Loads pictures: opacity where it is not where Pillow looks, and all of 16 bits.

Strips are parts of a PIL image from top to bottom.
"""

import re
import sys

import numpy as np
import PIL.Image
import PIL.ImagePalette

from keras_s2p.common import files, picture_profiles, picture_reader
from keras_s2p.common.picture_profiles import strips

MOST = {"L;2": 3, "L;4": 15, "L": 255, "RGB": 255}  # the highest value, by layout
BMP_PLAIN = 0  # how pixels are packed: without anything said of their bytes
BMP_MASKED = 56  # bytes of a header with all four masks
DEEP_GREY = "LA;16B"  # layout of a PNG
# Layouts of 16-bit colours; the bytes of an X are neither colour nor opacity.
DEEP = re.compile(r"(RGBA?X*;16)([BLN])")
SWAPPED = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
# Layouts that libtiff gives in this machine's order of bytes, whatever the file's.
TURNED = {"F;32BF": "F;32NF", "I;16BS": "I;16NS", "I;32BS": "I;32NS"}
# Numbers of a TIFF's tags, and values of them.
WIDTH, HEIGHT, BITS, COMPRESSION = 256, 257, 258, 259
PHOTOMETRIC, NUM_SAMPLES, PLANES = 262, 277, 284
COLOUR_MAP, SAMPLE_FORMAT = 320, 339
PLAIN, RGB, CMYK, YCBCR, APART, SIGNED = 1, 2, 5, 6, 2, (2,)
MOST_RUN_WIDTH, MOST_RUN_PIXELS = 32_000, 25_000_000  # of a BMP packed in runs
STRIP = 1_000_000  # pixels that are looked at at once


def check_runs(image):
    """Raises FileError if an image, opened, is a BMP of runs that is too large.

    Pillow takes such files apart byte by byte, and a run may say to leave out 255 rows.
    """
    if _is_run(image) and (
        image.width > MOST_RUN_WIDTH or image.width * image.height > MOST_RUN_PIXELS
    ):
        raise files.FileError(
            f"a BMP packed in runs, of {image.width} x {image.height} pixels; save it "
            "as PNG"
        )


def _is_run(image):
    """Whether an image, opened and not loaded, is a BMP packed in runs."""
    return image.format == "BMP" and image.tile[0][0] == "bmp_rle"


def check_planes(image):
    """Raises FileError if an image, opened, is a TIFF whose planes Pillow mixes up.

    Args:
        image: PIL image.
    """
    tags = getattr(image, "tag_v2", {})
    if tags.get(PLANES) != APART or tags.get(NUM_SAMPLES, 1) == 1:
        return
    bits, meaning = set(tags.get(BITS, ())), tags.get(PHOTOMETRIC)
    small = bits == {8} and meaning in (RGB, CMYK)
    packed = bits == {16} and meaning == RGB and tags.get(COMPRESSION, PLAIN) != PLAIN
    if not (small or packed):
        raise files.FileError(
            "a TIFF that holds each channel by itself; save it interleaved"
        )


def load(image, reader):
    """Loads a PIL image with what is clear in it; one of 16-bit colours as sRGB.

    Args:
        image: as it was opened.
        reader: the Reader that it was opened from.
    """
    if image.format == "PNG" and (cicp := picture_reader.find_cicp(reader)):
        image.info["cicp"] = cicp
    is_avif = image.format == "AVIF" and "icc_profile" not in image.info
    if is_avif and (cicp := picture_reader.find_nclx(reader)):
        image.info["cicp"] = cicp
    if image.format == "BMP" and (found := picture_reader.find_bitmap_profile(reader)):
        image.info["icc_profile"] = found
    _keep_bmp_alpha(image, reader)
    _leave_to_libtiff(image)
    _keep_turned(image)
    _widen_colour_map(image)
    _scale_clear(image)
    clear = image.info.get("transparency")
    is_deep = _is_deep(image)
    is_deep_grey = _png_layout(image) == DEEP_GREY
    covered = image.tile[0][1] if image.format == "GIF" and image.tile else None
    reader.begin_body(by_bytes=_is_run(image))
    image.load()
    _clear_around(image, covered)
    _scale_signed(image)
    is_told = is_deep and isinstance(clear, tuple)
    convert = picture_profiles.find_conversion(image) if is_deep else None
    if is_told or convert:
        reader.begin_body()
        lower = _open_lower(reader, image.format)
        if is_told:
            is_clear = np.ones((image.height, image.width), bool)
            _keep_equal(is_clear, lower, [value & 255 for value in clear])
            _keep_equal(is_clear, image, [value >> 8 for value in clear])
            del image.info["transparency"]
            image.putalpha(PIL.Image.fromarray(~is_clear))
        if convert:
            _convert_deep(image, lower, convert)
    if is_deep_grey:
        _convert_deep_grey(image, reader)


def _is_deep(image):
    """Whether an image, opened and not loaded, has colours of 16 bits."""
    is_one = image.format in ("PNG", "TIFF") and image.tile
    return bool(is_one) and all(map(_swap_bytes, image.tile))


def _swap_bytes(tile):
    """A tile of 16-bit colours that gives their lower halves; None of another.

    Pillow takes the upper ones; they are the others in the other order of bytes.
    """
    codec, extents, offset, arguments = tile
    first, *rest = (arguments,) if isinstance(arguments, str) else arguments
    layout = DEEP.fullmatch(str(first))
    if not layout:
        return None
    swapped = layout[1] + SWAPPED[layout[2]]
    return codec, extents, offset, (swapped, *rest) if rest else swapped


def _open_lower(reader, image_format):
    """The lower halves of a file's colours of 16 bits, as an RGB or RGBA image."""
    return _open_otherwise(reader, image_format, _swap_bytes)


def _open_otherwise(reader, image_format, change):
    """An image whose bytes are taken for other ones, by a function of its tiles."""
    image = PIL.Image.open(reader, formats=(image_format,))
    make = getattr(type(image.tile[0]), "_make", tuple)  # of older Pillows
    image.tile = [make(change(tile)) for tile in image.tile]
    image.load()
    return image


def _convert_deep(image, lower, convert):
    """Converts an image of 16-bit colours, in place, to sRGB.

    Args:
        image: PIL image, RGB or RGBA, of the upper halves.
        lower: PIL image of the lower ones.
        convert: of picture_profiles.find_conversion.
    """
    for (rows, strip), (_, below) in zip(strips(image, STRIP), strips(lower, STRIP)):
        high, low = (np.float32(each)[..., :3] for each in (strip, below))
        _paste(image, rows, strip, (256 * high + low) / 257, convert)
    _forget_colours(image)


def _convert_deep_grey(image, reader):
    """Converts a PNG of 16-bit greys with opacity, in place, to sRGB.

    Pillow makes RGBA of its upper halves.
    """
    grey = PIL.Image.new("L", (1, 1))
    grey.info = image.info
    convert = picture_profiles.find_conversion(grey)
    if convert is None:
        return
    reader.begin_body()
    # Two bytes of the grey and two of the opacity.
    four = _open_otherwise(reader, "PNG", lambda tile: (*tile[:3], "RGBA"))
    for (rows, strip), (_, bytes_) in zip(strips(image, STRIP), strips(four, STRIP)):
        high, low = np.moveaxis(np.float32(bytes_)[..., :2], -1, 0)
        _paste(image, rows, strip, (256 * high + low) / 257, convert)
    _forget_colours(image)


def _paste(image, rows, strip, values, convert):
    """Puts converted values, [H, W] or [H, W, 3] in [0, 255], in a strip's place."""
    colours = picture_profiles.convert_between(values, convert).convert("RGB")
    if strip.mode == "RGBA":
        colours.putalpha(strip.getchannel("A"))
    image.paste(colours, (0, rows.start))


def _forget_colours(image):
    """What an image says of its colours is no more so."""
    for name in ("icc_profile", "gamma", "cicp"):
        image.info.pop(name, None)


def _keep_equal(chosen, image, colour):
    """Leaves True in a mask [H, W] only where an RGB image has a colour."""
    for rows, strip in strips(image, STRIP):
        chosen[rows] &= (np.asarray(strip) == colour).all(axis=-1)


def _keep_bmp_alpha(image, reader):
    """Lets what a BMP's pixels say of opacity be read, before the picture is loaded.

    The fourth byte, where no masks say what each is: of those Pillow knows. The 16th
    bit, where a mask says so.
    """
    if image.format != "BMP" or image.mode != "RGB" or not hasattr(image, "_mode"):
        return
    codec, extents, offset, arguments = image.tile[0]
    masked = image.info.get("compression") != BMP_PLAIN
    layout = {("BGRX", False): "BGRA", ("BGR;15", True): "BGRA;15"}.get(
        (arguments[0], masked)
    )
    if codec == "raw" and layout and (not masked or _find_bmp_mask(reader)):
        image._mode = "RGBA"
        image.tile = [(codec, extents, offset, (layout, *arguments[1:]))]


def _find_bmp_mask(reader):
    """The mask of a BMP's opacity; 0 if its header has none."""
    reader.seek(picture_reader.BMP_HEADER)
    header = reader.read(BMP_MASKED)
    is_long = int.from_bytes(header[:4], "little") >= BMP_MASKED
    return int.from_bytes(header[-4:], "little") if is_long else 0


def _leave_to_libtiff(image):
    """Has libtiff read a TIFF of plain YCbCr, in which Pillow sees no subsampling."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(PHOTOMETRIC) == YCBCR and tags.get(COMPRESSION, PLAIN) == PLAIN:
        arguments = "RGBX", "raw", False, tags.offset
        size = tags[WIDTH], tags[HEIGHT]
        image.tile = [("libtiff", (0, 0, *size), 0, arguments)]
        image.use_load_libtiff = True


def _keep_turned(image):
    """Leaves bytes as libtiff gives them, which Pillow would turn a second time."""
    image.tile = [
        (tile[0], *tile[1:3], (TURNED.get(tile[3][0], tile[3][0]), *tile[3][1:]))
        if tile[0] == "libtiff"
        else tile
        for tile in image.tile
    ]


def _widen_colour_map(image):
    """Takes 8 bits of a TIFF's map of colours where it has no more of the 16."""
    colours = getattr(image, "tag_v2", {}).get(COLOUR_MAP, ())
    if image.mode == "P" and colours and max(colours) < 256:
        image.palette = PIL.ImagePalette.raw("RGB;L", bytes(colours))


def _clear_around(image, covered):
    """Makes clear what a GIF's first frame leaves; with a clear colour it is so.

    Args:
        image: PIL image, loaded.
        covered: left, upper, right and lower end of the frame, in pixels; or None.
    """
    if covered in (None, (0, 0, *image.size)) or picture_profiles.has_alpha(image):
        return
    alpha = PIL.Image.new("L", image.size)
    alpha.paste(255, covered)
    image.putalpha(alpha)


def _scale_signed(image):
    """Makes white of 127, and black of what is below 0, in a TIFF of signed bytes."""
    signed = getattr(image, "tag_v2", {}).get(SAMPLE_FORMAT) == SIGNED
    if image.mode == "L" and signed:
        image.paste(
            image.point([round(x * 255 / 127) if x < 128 else 0 for x in range(256)])
        )


def _scale_clear(image):
    """Gives the clear colour of a PNG in 8 bits as its pixels, before it is loaded.

    Where it has more bits than they have, they are not looked at, as PNG says.
    """
    clear, most = image.info.get("transparency"), MOST.get(_png_layout(image))
    if most and isinstance(clear, int):
        image.info["transparency"] = (clear & most) * (255 // most)
    elif most and isinstance(clear, tuple):
        image.info["transparency"] = tuple(value & most for value in clear)


def _png_layout(image):
    """How pixels lie in a PNG that is not loaded, such as "RGB;16B"; None if it is."""
    is_one = image.format == "PNG" and len(image.tile) == 1
    return image.tile[0][3] if is_one else None
