"""Picture files: the only place where they are read, written and listed.

Files of several layers are read here too, as their merged picture; layered_files writes
them.

Whatever a file holds, little memory and time are spent on it: its size in pixels is
known before it is decoded, and it is converted in strips. Pixels are uint8 in [0, 255],
RGB.
"""

import functools
import io
import os
import sys
import warnings

import numpy as np
import PIL.Image

from keras_s2p.common import (
    errors,
    files,
    picture_colours,
    picture_depths,
    picture_profiles,
    picture_psd,
    picture_reader,
    picture_tags,
    picture_tiff,
    picture_trials,
    seals,
)

# Not EPS and the like, for which Pillow starts another program.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PSD")
EXTENSIONS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".bmp", ".gif", ".tif",
    ".tiff", ".psd", ".ora", ".kra",
)  # fmt: skip
MAX_PIXELS = 100_000_000  # larger pictures are refused before they are decoded
MAX_FILE_SIZE = 500_000_000  # bytes
NO_MEMORY = "not enough memory"  # in what is said; another time there may be
MIN_SIDE = 16  # pixels; below that there is nothing to paint
MAX_ASPECT = 256  # times as long as wide; more take gigabytes and show nothing
STRIP = 1_000_000  # pixels that are converted at once
DESCRIPTION = "Description"  # the name of a PNG's text that says what it is
DESCRIBED = 500  # bytes, at its beginning, that say it


class ImageError(files.FileError):
    """A picture that can not be read or written; the text names the file and why."""


def read_painting(path: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Reads a colour picture.

    Transparent pixels are laid over white, orientation tags are obeyed, colours of an
    embedded ICC profile become sRGB; 16-bit, palette and greyscale files are read.

    Args:
        path: a file of one of FORMATS, of OpenRaster or of Krita, whatever its name.
        max_pixels: a larger picture is refused.

    Returns:
        [H, W, 3] uint8, RGB.

    Raises:
        ImageError: missing, not a picture, damaged, too small or too large.
    """
    return _read(path, max_pixels, to_rgb)


def read_rgba(path: str, check=None) -> np.ndarray:
    """Reads a picture with what is transparent: [H, W, 4] uint8, RGBA.

    Errors are those of read_painting, and an ImageError that `check` raises: a function
    of the size (W, H), which may be turned still, called before it is decoded.
    """
    return _read(path, MAX_PIXELS, to_rgba, check)


def is_shown_otherwise(path: str, max_pixels: int = MAX_PIXELS) -> bool:
    """Whether browsers may show a picture as it lies, or a JPEG in another size.

    Pixels are read of a PNG with XMP alone. False of what can not be read, or is larger
    than `max_pixels`.
    """
    try:
        return _read(path, max_pixels, None, look=picture_tags.is_shown_otherwise)
    except ImageError:
        return False


def read_sketch(path: str) -> np.ndarray:
    """Reads a picture as a line drawing: [H, W, 1] uint8, 0 ink to 255 paper.

    Errors are those of read_painting.
    """
    return to_gray(read_painting(path))


def decode_painting(data: bytes, name: str, max_pixels: int = MAX_PIXELS):
    """As read_painting, of the bytes of a file; `name` is what errors call it."""
    reader = picture_reader.Reader(io.BytesIO(data), len(data))
    return _decode(reader, name, max_pixels, to_rgb)


def _read(path, max_pixels, convert, check=None, look=None):
    """What `convert` makes of a file's PIL image, or `look` before it is loaded."""
    try:
        with files.open_regular(path, MAX_FILE_SIZE) as file:
            size = os.fstat(file.fileno()).st_size
            reader = picture_reader.Reader(file.raw, size)
            return _decode(reader, path, max_pixels, convert, check, look)
    except files.FileError as error:
        raise ImageError(str(error)) from None


def _decode(reader, name, max_pixels, convert, check=None, look=None):
    """As _read, of a Reader."""
    try:
        with warnings.catch_warnings(), picture_tags.bounded():
            # Of damaged tags, and its own limit, at 89 million pixels; ours is below.
            warnings.filterwarnings("ignore", module="PIL")
            reader = picture_reader.open_merged(reader)
            picture_reader.check_scans(reader)
            picture_tiff.check_tags(reader)
            picture_psd.check_kind(reader)
            with PIL.Image.open(reader, formats=_formats()) as image:
                check_size(image.size, name, max_pixels)
                if check is not None:
                    check(image.size)
                if look is not None:
                    return look(image)
                if image.format == "AVIF":
                    picture_trials.check_memory(reader, image.width * image.height)
                picture_depths.check_planes(image)
                picture_depths.check_runs(image)
                picture_psd.check_merged(image)
                picture_psd.find_clear(image)
                picture_psd.find_packed_channels(image, reader)
                picture_psd.drop_selection(image, reader)
                picture_depths.load(image, reader)
                if image.format == "PNG":
                    picture_reader.check_png(reader)
                picture_psd.remove_white(image)
                return convert(image)
    except PIL.Image.DecompressionBombError:
        most = max_pixels // 1_000_000
        raise ImageError(f"{name}: more than {most} million pixels") from None
    except PIL.UnidentifiedImageError:
        raise ImageError(f"{name}: not a picture that can be read") from None
    except ImageError:
        raise
    except files.FileError as error:
        raise ImageError(f"{name}: {error}") from None
    except picture_reader.TooManyParts:
        raise ImageError(f"{name}: a picture in too many parts") from None
    except MemoryError:
        raise ImageError(f"{name}: {NO_MEMORY} to read it") from None
    except Exception as error:  # a damaged file can raise nearly anything in Pillow
        reason = errors.find_reason(error)
        raise ImageError(f"{name}: damaged picture ({reason})") from None


@functools.lru_cache(maxsize=1)
def _formats():
    """Those of FORMATS that this Pillow has."""
    PIL.Image.init()
    return tuple(name for name in FORMATS if name in PIL.Image.OPEN)


def check_size(size: tuple, name: str, max_pixels: int = MAX_PIXELS):
    """Raises ImageError if a picture of size (W, H) in pixels is not one to paint."""
    width, height = size
    if width * height > max_pixels:
        raise ImageError(
            f"{name}: {width} x {height} pixels; "
            f"at most {max_pixels // 1_000_000} million are read"
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{name}: only {width} x {height} pixels; "
            f"at least {MIN_SIDE} x {MIN_SIDE} are needed"
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(
            f"{name}: {width} x {height} pixels; at most {MAX_ASPECT} times as long as "
            "wide"
        )


def to_rgb(image) -> np.ndarray:
    """A PIL image of any mode as [H, W, 3] uint8, upright, transparent over white."""
    return _convert(image, 3, _strip_to_rgb)


def to_rgba(image) -> np.ndarray:
    """A PIL image of any mode as [H, W, 4] uint8, upright."""
    return _convert(image, 4, lambda strip: strip.convert("RGBA"))


def _convert(image, channels, convert_strip):
    """[H, W, channels] uint8, upright, of a PIL image of any mode."""
    convert = picture_colours.find_conversion(image)
    pixels = np.empty((image.height, image.width, channels), np.uint8)
    for rows, strip in picture_profiles.strips(image, STRIP):
        pixels[rows] = convert_strip(convert(strip))
    turn = picture_tags.TURNS.get(picture_tags.find_orientation(image))
    return np.ascontiguousarray(turn(pixels)) if turn else pixels


def to_gray(pixels: np.ndarray) -> np.ndarray:
    """[H, W, 3] uint8 as [H, W, 1] uint8, weighted as Pillow does (ITU-R BT.601)."""
    gray = np.empty((*pixels.shape[:2], 1), np.uint8)
    rows_at_once = max(1, STRIP // pixels.shape[1])
    for top in range(0, len(pixels), rows_at_once):
        rows = slice(top, top + rows_at_once)
        gray[rows, :, 0] = PIL.Image.fromarray(pixels[rows]).convert("L")
    return gray


def _strip_to_rgb(image):
    """A PIL image of 8 bits a channel as an RGB one, transparent over white."""
    if picture_profiles.has_alpha(image):
        image = image.convert("RGBA")
        white = PIL.Image.new("RGBA", image.size, "white")
        image = PIL.Image.alpha_composite(white, image)
    return image.convert("RGB")


def write_image(path: str, pixels: np.ndarray, description: str = "", check=None):
    """Writes a picture whole or not at all.

    Args:
        path: the file; its extension decides the format, PNG without one. It says
            that its colours are sRGB. Missing folders are made.
        pixels: [H, W, 1 (grey), 3 (RGB) or 4 (RGBA)] uint8.
        description: what it says that it is, a PNG alone; see is_described. It is
            sealed too.
        check: of files.replacing; may raise an ImageError.

    Raises:
        ImageError: the file can not be written, or is no regular one.
    """
    channels = pixels.shape[-1]
    pixels = pixels[..., 0] if channels == 1 else pixels
    image_format = PIL.Image.registered_extensions().get(
        os.path.splitext(path)[1].lower(), "PNG"
    )
    if image_format == "JPEG" and channels == 4:
        raise ImageError(f"{path}: JPEG has no transparency; use .png")
    options = picture_colours.saving_options(image_format, channels)
    description = description if image_format == "PNG" else ""
    if description:
        options["pnginfo"].add_text(DESCRIPTION, description)
    encoded = io.BytesIO()  # encoders that write files overlook that a disk is full
    try:
        PIL.Image.fromarray(pixels).save(encoded, format=image_format, **options)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with files.replacing(path, check=check) as partial:
            with open(partial, "wb") as file:
                file.write(encoded.getbuffer())
            if description:
                seals.seal(partial)
    except ImageError:
        raise
    except files.FileError as error:
        raise ImageError(f"{error}; it is not replaced") from None
    except Exception as error:  # encoders raise nearly anything at what is too large
        reason = getattr(error, "strerror", None) or errors.find_reason(error)
        raise ImageError(f"{path}: can not be written ({reason})") from None


def is_described(path: str, description: str) -> bool:
    """Whether a file is a PNG with a description by write_image that begins so.

    As a rule other programs write no such. Raises ImageError if it can not be read.
    """
    if not os.path.isfile(path):
        return False
    try:
        with files.open_regular(path, sys.maxsize) as file:
            head = file.read(DESCRIBED) or b""  # None where nothing has come yet
    except files.FileError as error:
        raise ImageError(str(error)) from None
    except OSError as error:
        raise ImageError(f"{path}: can not be read ({error.strerror})") from None
    text = f"{DESCRIPTION}\0{description}".encode("latin-1")
    return head.startswith(picture_reader.PNG_SIGNATURE) and b"tEXt" + text in head


def is_written(extension: str) -> bool:
    """Whether a painting can be written under an extension, such as ".jpg".

    Not as an icon and the like, whose formats change its size.
    """
    image_format = PIL.Image.registered_extensions().get(extension.lower())
    return image_format in FORMATS and image_format in PIL.Image.SAVE
