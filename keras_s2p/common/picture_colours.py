"""What the numbers of a picture file mean as sRGB: depths, what is clear.

Strips are parts of a PIL image from top to bottom.
"""

import functools

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.PngImagePlugin

from keras_s2p.common import picture_profiles, picture_reader

PROFILE_DATE = slice(24, 36)  # bytes of an ICC profile that say when it was made
MOST = {"L;2": 3, "L;4": 15, "L": 255, "RGB": 255}  # the highest value, by layout
BMP_PLAIN = 0  # how pixels are packed: without anything said of their bytes
QUALITY = 95  # of JPEG and AVIF, in 100
STRIP = 1_000_000  # pixels that are looked at at once
# Numbers of a TIFF's tags: bits of a pixel, what is 0 where 0 is white, and what is 1
# for integers without a sign.
BITS, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339


def load(image, reader):
    """Loads a PIL image with what is clear in it.

    Args:
        image: as it was opened.
        reader: the Reader that it was opened from.
    """
    cicp = picture_reader.find_cicp(reader) if image.format == "PNG" else None
    if cicp:
        image.info["cicp"] = cicp
    _keep_bmp_alpha(image)
    _scale_clear(image)
    clear = image.info.get("transparency")
    packed = image.format == "BMP" and image.tile[0][0] == "bmp_rle"
    reader.begin_body(by_bytes=packed)
    if _png_layout(image) != "RGB;16B" or not isinstance(clear, tuple):
        image.load()
        return
    is_clear = np.ones((image.height, image.width), bool)
    _keep_equal(is_clear, _open_lower(reader), [value & 255 for value in clear])
    reader.begin_body()
    image.load()
    _keep_equal(is_clear, image, [value >> 8 for value in clear])
    del image.info["transparency"]
    image.putalpha(PIL.Image.fromarray(~is_clear))


def _open_lower(reader):
    """The lower halves of a PNG's colours of 16 bits, as an RGB image.

    Pillow takes the upper ones; they are the others in the other order of bytes.
    """
    image = PIL.Image.open(reader, formats=("PNG",))
    image.tile = [(*image.tile[0][:3], "RGB;16L")]
    image.load()
    return image


def _keep_equal(chosen, image, colour):
    """Leaves True in a mask [H, W] only where an RGB image has a colour."""
    for rows, strip in strips(image, STRIP):
        chosen[rows] &= (np.asarray(strip) == colour).all(axis=-1)


def _keep_bmp_alpha(image):
    """Lets the fourth byte of a BMP's pixels be read, before the picture is loaded.

    Not where masks say what each byte is: then Pillow knows.
    """
    masked = image.info.get("compression") != BMP_PLAIN
    if image.format == "BMP" and image.mode == "RGB" and not masked:
        codec, extents, offset, arguments = image.tile[0]
        if codec == "raw" and arguments[0] == "BGRX" and hasattr(image, "_mode"):
            image._mode = "RGBA"
            image.tile = [(codec, extents, offset, ("BGRA", *arguments[1:]))]


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


def find_conversion(image):
    """How the strips of a loaded PIL image become strips of 8 bits a channel in sRGB.

    Returns:
        Function of a strip that gives one of mode L, LA, RGB, RGBA or of the image's.
    """
    steps = []
    if image.mode.startswith("I") or image.mode == "F":
        full, inverted = _find_full(image), _tiff_tag(image, PHOTOMETRIC) == 0
        unsigned = _is_unsigned(image)
        steps.append(lambda strip: _to_8_bit(strip, unsigned, full, inverted))
    elif image.format == "BMP" and image.mode == "RGBA":
        if image.getextrema()[3] == (0, 0):  # nobody draws what is not seen
            steps.append(lambda strip: strip.convert("RGB"))
    elif image.format == "PSD" and image.mode == "1":
        # A bit that is set is black there; Pillow takes it for white.
        steps.append(lambda strip: PIL.ImageChops.invert(strip.convert("L")))
    clear = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(clear, tuple) and max(clear) > 255:
        # Of 16 bits, and not loaded here: the lower halves of its pixels are lost.
        steps.append(_without_clear)
    to_srgb = picture_profiles.find_conversion(image)
    if to_srgb:
        steps.append(to_srgb)
    return lambda strip: functools.reduce(lambda x, step: step(x), steps, strip)


def strips(image, pixels: int):
    """(slice of rows, PIL image of them) from top to bottom, of so many pixels each."""
    rows_at_once = max(1, pixels // image.width)
    for top in range(0, image.height, rows_at_once):
        bottom = min(top + rows_at_once, image.height)
        yield slice(top, bottom), image.crop((0, top, image.width, bottom))


def _tiff_tag(image, number, default=None):
    """The value of a TIFF's tag; the default if there is none or it is no TIFF."""
    return getattr(image, "tag_v2", {}).get(number, default)


def _find_full(image):
    """The value of white in an image of integers or floats.

    A file says how many bits it has. An image that was made of an array has 8 if none
    of its values is more.
    """
    of_file = image.mode.startswith("I;16") and image.format
    if of_file or image.format == "PNG":
        return 4095 if _tiff_tag(image, BITS) == (12,) else 65535
    if image.mode == "F":
        return _find_full_of_floats(image)
    unsigned = _is_unsigned(image)
    parts = (_values(strip, unsigned) for _, strip in strips(image, STRIP))
    brightest = max(part.max() for part in parts)
    if brightest <= 255:
        return 255
    return 2**32 - 1 if unsigned and brightest > 65535 else 65535


def _is_unsigned(image):
    """Whether an image is a TIFF of integers of 32 bits without a sign."""
    kind = _tiff_tag(image, BITS), _tiff_tag(image, SAMPLE_FORMAT, (1,))
    return image.mode == "I" and kind == ((32,), (1,))


def _values(strip, unsigned):
    """The greys of a strip; Pillow takes all integers of 32 bits for signed ones."""
    values = np.asarray(strip)
    return values.view(np.uint32) if unsigned else values


def _find_full_of_floats(image):
    """1, 255 or 65535: what but a few highlights are not far beyond.

    Of the values above 0 one in a hundred may be over twice as much. Black is no sign
    of either, and what is no number or infinite is none.
    """
    ends = (1, 255)
    positive, beyond = 0, [0, 0]
    for _, strip in strips(image, STRIP):
        values = np.asarray(strip)
        values = values[(values > 0) & (values < np.inf)]
        positive += values.size
        for i, end in enumerate(ends):
            beyond[i] += np.count_nonzero(values > 2 * end)
    fits = (end for i, end in enumerate(ends) if beyond[i] * 100 <= positive)
    return next(fits, 65535)


def _to_8_bit(strip, unsigned, full, inverted):
    """A greyscale PIL image of integers or floats as one of mode L, or LA if clear.

    Args:
        strip: the image.
        unsigned: as _values takes it.
        full: the value of white; what is more is white too.
        inverted: whether 0 is white, which Pillow leaves so beyond 8 bits.
    """
    values = _values(strip, unsigned)
    pixels = np.nan_to_num(np.clip(values.astype(np.float64), 0, full)) * (255 / full)
    pixels = (pixels + 0.5).astype(np.uint8)
    gray = PIL.Image.fromarray(255 - pixels if inverted else pixels)
    clear = strip.info.get("transparency")
    if not isinstance(clear, int):
        return gray
    alpha = np.where(values == clear, 0, 255).astype(np.uint8)
    return PIL.Image.merge("LA", (gray, PIL.Image.fromarray(alpha)))


def _without_clear(strip):
    del strip.info["transparency"]
    return strip


def saving_options(image_format: str, channels: int) -> dict:
    """Options of PIL's save: that the colours are sRGB; high quality.

    Args:
        image_format: PIL's name of it.
        channels: of the picture; greys have no profile.
    """
    if image_format == "PNG":
        chunks = PIL.PngImagePlugin.PngInfo()
        chunks.add(b"sRGB", b"\x00")  # perceptual
        return {"pnginfo": chunks}
    options = {}
    if image_format == "JPEG":
        options = {"quality": QUALITY, "subsampling": 0}
    elif image_format == "AVIF":
        options = {"quality": QUALITY, "subsampling": "4:4:4"}
    elif image_format == "WEBP":
        options = {"lossless": True}  # with losses it has a quarter of the colours
    if image_format in ("JPEG", "TIFF", "WEBP", "AVIF") and channels >= 3:
        options["icc_profile"] = _srgb_profile()
    return options


@functools.lru_cache(maxsize=1)
def _srgb_profile():
    """Bytes of an sRGB profile, the same each day; None if Pillow can make none."""
    try:
        from PIL import ImageCms

        data = bytearray(
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        )
    except ImportError:
        return None
    data[PROFILE_DATE] = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # 2000-01-01
    return bytes(data)
