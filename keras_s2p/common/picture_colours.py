"""What the numbers of a loaded picture mean as sRGB, and what a saved one says.

Strips are parts of a PIL image from top to bottom.
"""

import functools

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.PngImagePlugin

from keras_s2p.common import picture_profiles
from keras_s2p.common.picture_profiles import strips

PROFILE_DATE = slice(24, 36)  # bytes of an ICC profile that say when it was made
QUALITY = 95  # of JPEG and AVIF, in 100
STRIP = 1_000_000  # pixels that are looked at at once
# Numbers of a TIFF's tags: bits of a pixel, what is 0 where 0 is white, and what is 1
# for integers without a sign.
BITS, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
SIGNED = (2,)  # of SAMPLE_FORMAT: whole numbers that may be below 0


def find_conversion(image):
    """How the strips of a loaded PIL image become strips of 8 bits a channel in sRGB.

    Returns:
        Function of a strip that gives one of mode L, LA, RGB, RGBA or of the image's.
    """
    to_srgb = picture_profiles.find_conversion(image)
    if image.mode.startswith("I") or image.mode == "F":
        full, inverted = _find_full(image), _tiff_tag(image, PHOTOMETRIC) == 0
        unsigned = _is_unsigned(image)
        return lambda strip: _to_8_bit(strip, unsigned, full, inverted, to_srgb)
    steps = []
    if image.format == "BMP" and image.mode == "RGBA":
        if image.getextrema()[3] == (0, 0):  # nobody draws what is not seen
            steps.append(lambda strip: strip.convert("RGB"))
    elif image.format == "PSD" and image.mode == "1":
        # A bit that is set is black there; Pillow takes it for white.
        steps.append(lambda strip: PIL.ImageChops.invert(strip.convert("L")))
    clear = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(clear, tuple) and max(clear) > 255:
        # Of 16 bits, and not loaded here: the lower halves of its pixels are lost.
        steps.append(_without_clear)
    if to_srgb:
        steps.append(to_srgb)
    return lambda strip: functools.reduce(lambda x, step: step(x), steps, strip)


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
    signed = _tiff_tag(image, SAMPLE_FORMAT) == SIGNED
    if signed and _tiff_tag(image, BITS) == (16,):
        return 2**15 - 1
    unsigned = _is_unsigned(image)
    parts = (_values(strip, unsigned) for _, strip in strips(image, STRIP))
    brightest = max(part.max() for part in parts)
    if brightest <= 255:
        return 255
    if brightest > 65535 and (signed or unsigned):
        return 2**31 - 1 if signed else 2**32 - 1
    return 65535


def _is_unsigned(image):
    """Whether an image is a TIFF of integers of 32 bits without a sign."""
    kind = _tiff_tag(image, BITS), _tiff_tag(image, SAMPLE_FORMAT, (1,))
    return image.mode == "I" and kind == ((32,), (1,))


def _values(strip, unsigned):
    """The greys of a strip; Pillow takes all integers of 32 bits for signed ones."""
    values = np.asarray(strip)
    return values.view(np.uint32) if unsigned else values


def _find_full_of_floats(image):
    """1, 255 or 65535: the first that most values are not far beyond.

    Of the values above 0 at most half may be over twice as much, as highlights are.
    Black is no sign of either, and what is no number or infinite is none.
    """
    ends = (1, 255)
    positive, beyond = 0, [0, 0]
    for _, strip in strips(image, STRIP):
        values = np.asarray(strip)
        values = values[(values > 0) & (values < np.inf)]
        positive += values.size
        for i, end in enumerate(ends):
            beyond[i] += np.count_nonzero(values > 2 * end)
    fits = (end for i, end in enumerate(ends) if beyond[i] * 2 <= positive)
    return next(fits, 65535)


def _to_8_bit(strip, unsigned, full, inverted, to_srgb):
    """A greyscale PIL image of integers or floats as one of 8 bits in sRGB.

    Args:
        strip: the image.
        unsigned: as _values takes it.
        full: the value of white; what is more is white too.
        inverted: whether 0 is white, which Pillow leaves so beyond 8 bits.
        to_srgb: of picture_profiles.find_conversion.
    """
    values = _values(strip, unsigned)
    pixels = np.nan_to_num(np.clip(values.astype(np.float64), 0, full)) * (255 / full)
    pixels = 255 - pixels if inverted else pixels
    if to_srgb:
        gray = picture_profiles.convert_between(pixels, to_srgb)
    else:
        gray = PIL.Image.fromarray((pixels + 0.5).astype(np.uint8))
    clear = strip.info.get("transparency")
    if isinstance(clear, int):
        gray.putalpha(
            PIL.Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
        )
    return gray


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


def say_srgb(*images):
    """Has PIL images of colours say that they are sRGB, saved as PNG or TIFF."""
    if profile := _srgb_profile():
        for image in images:
            image.info["icc_profile"] = profile


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
