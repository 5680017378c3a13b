"""From the colours that a picture's file says it is in to those of sRGB.

That is what it says first of: cICP of a PNG, an embedded ICC profile, sRGB and gAMA of
a PNG. Strips are parts of a PIL image.
"""

import functools
import io
import struct

import numpy as np
import PIL.Image

NO_SHORTCUT = 0x100  # a flag of LittleCMS
MAX_PROFILE = 4_000_000  # bytes; a larger ICC profile is left out
TAGS_AT = 128  # where a profile says how many tags it has, and then of each its name
TAG = struct.Struct(">4sII")  # and place and length
ELEMENTS = b"mpet"  # kind of a tag that may say the same places thousands of times
GRAY_MODES = {"1", "L", "LA", "La", "I", "F"}
# Mode that the colours of a profile of such a space are given in, and modes that hold
# them; greys are colours, too.
SPACES = {
    "RGB": ("RGB", {"RGB", "RGBA", "RGBa", "RGBX", "P", "PA"} | GRAY_MODES),
    "GRAY": ("L", GRAY_MODES),
    "CMYK": ("CMYK", {"CMYK"}),
    "Lab": ("LAB", {"LAB"}),
}
ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
# Of cICP: primaries and the way that values follow light, each by its number; then the
# numbers for RGB over the whole range.
BT709, DISPLAY_P3, LINEAR, SRGB, RGB_FULL = 1, 12, 8, 13, (0, 1)
SRGB_GAMMA = 0.44, 0.47  # range of gAMA that means sRGB; that of 1 / 2.2 is 0.45455
GAMMAS = 0.2, 1.0  # range of gAMA that is believed; 1 is of values that are light
# The light of Display P3 as sRGB's, both with the white of D65.
FROM_P3 = np.array(
    [
        [1.2249402, -0.2249402, 0.0],
        [-0.0420570, 1.0420570, 0.0],
        [-0.0196376, -0.0786360, 1.0982736],
    ],
    np.float32,
)
MOST = 16383  # of the steps of light that are told apart
GRAYS = ("1", "L", "LA")
MODES = (*GRAYS, "P", "PA", "RGB", "RGBA")  # of a PNG's pixels, in 8 bits


def strips(image, pixels: int):
    """(slice of rows, PIL image of them) from top to bottom, of so many pixels each."""
    rows_at_once = max(1, pixels // image.width)
    for top in range(0, image.height, rows_at_once):
        bottom = min(top + rows_at_once, image.height)
        yield slice(top, bottom), image.crop((0, top, image.width, bottom))


def has_alpha(image) -> bool:
    """Whether something of a PIL image may be clear."""
    return image.mode in ALPHA_MODES or "transparency" in image.info


def find_conversion(image):
    """Function of a strip that converts it to sRGB; None if nothing is to be changed.

    What can not be used is left out, as a viewer does.

    Args:
        image: PIL image, whose `info` has what its file says; `cicp` is what
            picture_reader.find_cicp gives.
    """
    primaries, curve, *kind = image.info.get("cicp") or (0, 0)
    known = primaries in (BT709, DISPLAY_P3) and curve in (LINEAR, SRGB)
    if known and tuple(kind) == RGB_FULL:
        matrix = FROM_P3 if primaries == DISPLAY_P3 else None
        light = _light_of_srgb() if curve == SRGB else np.linspace(0, 1, 256)
        if matrix is None and curve == SRGB:
            return None
        return lambda strip: _convert_light(strip, light, matrix)
    if image.info.get("icc_profile") or image.mode == "LAB":
        return _find_profile(image)
    gamma = image.info.get("gamma")
    if "srgb" in image.info or not _is_told(gamma):
        return None
    light = np.linspace(0, 1, 256) ** (1 / gamma)
    return lambda strip: _convert_light(strip, light, None)


def convert_between(values, convert):
    """Converts values that lie between those of 8 bits, of greys or of colours.

    In linear light the darkest of 8 bits are too far apart. Of colours the mean of four
    neighbours counts, that differ by one more channel each, the one with the largest
    part first (tetrahedral interpolation); so nothing comes of it that none of them is.

    Args:
        values: [H, W] or [H, W, 3] in [0, 255].
        convert: of find_conversion; it takes 8 bits.

    Returns:
        PIL image of 8 bits a channel.
    """
    corner = np.floor(values).astype(np.uint8)
    parts = (values - corner).astype(np.float32).reshape(*corner.shape[:2], -1)
    corners = corner.reshape(parts.shape)  # the same numbers
    order = np.argsort(-parts, axis=-1)
    parts = np.take_along_axis(parts, order, axis=-1)
    shares = -np.diff(parts, axis=-1, prepend=1, append=0)
    found = 0
    for number in range(shares.shape[-1]):
        if number:
            channel = order[..., number - 1 : number]
            more = np.take_along_axis(corners, channel, axis=-1)
            np.put_along_axis(corners, channel, np.minimum(more, 254) + 1, axis=-1)
        pixels = np.asarray(convert(PIL.Image.fromarray(corner)), np.float32)
        share = shares[..., number]
        found = found + pixels * (share if pixels.ndim == 2 else share[..., np.newaxis])
    return PIL.Image.fromarray(np.clip(found + 0.5, 0, 255).astype(np.uint8))


def _is_told(gamma):
    """Whether a value of gAMA is one that is believed, and not sRGB's."""
    if not isinstance(gamma, float) or not GAMMAS[0] <= gamma <= GAMMAS[1]:
        return False
    return not SRGB_GAMMA[0] <= gamma <= SRGB_GAMMA[1]


def _light_of_srgb():
    """The light [256] in [0, 1] of each value of sRGB."""
    values = np.linspace(0, 1, 256)
    curved = ((values + 0.055) / 1.055) ** 2.4
    return np.where(values <= 0.04045, values / 12.92, curved)


@functools.lru_cache(maxsize=1)
def _srgb_of_light():
    """The value of sRGB, [MOST + 1] uint8, of each step of light."""
    light = np.linspace(0, 1, MOST + 1)
    curved = 1.055 * light ** (1 / 2.4) - 0.055
    values = np.where(light <= 0.0031308, 12.92 * light, curved)
    return np.round(255 * values).astype(np.uint8)


def _convert_light(strip, light, matrix):
    """A strip of 8 bits a channel in sRGB.

    Args:
        strip: PIL image.
        light: [256] in [0, 1], what each value means.
        matrix: [3, 3] float32, what light of its colours is in sRGB's; None: the same.
    """
    if strip.mode not in MODES:
        return strip
    if has_alpha(strip):
        strip = strip.convert("RGBA" if strip.mode not in GRAYS else "LA")
    alpha = strip.getchannel("A") if has_alpha(strip) else None
    pixels = np.asarray(strip.convert("L" if strip.mode in GRAYS else "RGB"))
    found = light.astype(np.float32)[pixels]
    if matrix is not None and found.ndim == 3:
        found = np.clip(found @ matrix.T, 0, 1)
    steps = (found * MOST + 0.5).astype(np.uint16)
    converted = PIL.Image.fromarray(_srgb_of_light()[steps])
    if alpha:
        converted.putalpha(alpha)
    return converted


def _find_profile(image):
    """Function of a strip that converts it from the image's ICC profile to sRGB.

    None if it can not be used, or is one like sRGB. Lab needs none.
    """
    data = image.info.get("icc_profile", b"")
    if len(data) > MAX_PROFILE:
        return None
    try:
        from PIL import ImageCms

        profile = ImageCms.ImageCmsProfile(
            io.BytesIO(_without_elements(data))
            if data
            else ImageCms.createProfile("LAB")
        )
        space = profile.profile.xcolor_space.strip()
        mode, modes = SPACES.get(space, (None, ()))
        if image.mode.split(";")[0] not in modes:
            return None
        srgb = ImageCms.createProfile("sRGB")
        # Which is off in the dark, and of Lab in light cyan.
        flags = NO_SHORTCUT if mode in ("L", "LAB") else 0
        transform = ImageCms.buildTransform(profile, srgb, mode, "RGB", flags=flags)
        convert = functools.partial(ImageCms.applyTransform, transform=transform)
        convert = _tabulate(convert) if mode == "L" else convert
        if mode == "RGB" and _changes_nothing(convert):
            return None
    except (ImportError, OSError, TypeError, ValueError, ImageCms.PyCMSError):
        return None  # as a viewer does
    return lambda strip: _convert_profile(strip, mode, convert)


def _without_elements(data):
    """A profile whose tags of processing elements have names that nobody asks for.

    They say in floating point what other tags say too. LittleCMS prefers them, and
    follows each place that they tell of as often as they do: few bytes take hours.
    """
    found = bytearray(data)
    most = (len(data) - TAGS_AT - 4) // TAG.size
    count = int.from_bytes(data[TAGS_AT : TAGS_AT + 4], "big")
    for number in range(min(count, most)):
        at = TAGS_AT + 4 + number * TAG.size
        _, place, _ = TAG.unpack_from(data, at)
        if data[place : place + len(ELEMENTS)] == ELEMENTS:
            found[at : at + 4] = b"x%03d" % (number % 1000)
    return bytes(found)


def _tabulate(convert):
    """The same conversion of greys, by a table of all: one by one it is slow."""
    ramp = PIL.Image.fromarray(np.arange(256, dtype=np.uint8)[np.newaxis])
    table = np.asarray(convert(ramp))[0]
    return lambda strip: PIL.Image.fromarray(table[np.asarray(strip)])


def _changes_nothing(convert):
    """Whether a conversion changes no colour of a few hundred by more than 2 of 255."""
    levels = np.linspace(0, 255, 7).astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(7, -1, 3)
    found = np.asarray(convert(PIL.Image.fromarray(colours)), int)
    return np.abs(found - colours).max() <= 2


def _convert_profile(strip, mode, convert):
    alpha = None
    if has_alpha(strip):
        strip = strip.convert("RGBA")
        alpha = strip.getchannel("A")
    converted = convert(strip if strip.mode == mode else strip.convert(mode))
    if alpha:
        converted.putalpha(alpha)
    return converted
