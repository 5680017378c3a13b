"""Pixels: the only place where they are read, written, scaled, padded or made grey.

Files are uint8 in [0, 255]; networks see float32 in [-1, 1]. Colours are RGB.
"""

import os
import warnings

import numpy as np
import PIL.Image
import PIL.ImageOps
import tensorflow as tf

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
MAX_PIXELS = 100_000_000  # larger pictures are refused before they are decoded
MIN_SIDE = 16  # pixels; below that there is nothing to paint
SIZE_MULTIPLE = 32  # five halvings from figure 2's full size to its mid level


class ImageError(ValueError):
    """A picture that can not be read or written; the text names the file and why."""


def read_painting(path: str) -> np.ndarray:
    """Reads a colour picture.

    Transparent pixels are laid over white, orientation tags are obeyed; 16-bit, palette
    and greyscale files are read.

    Returns:
        [H, W, 3] uint8, RGB.

    Raises:
        ImageError: missing, not a picture, damaged, too small or too large.
    """
    return np.asarray(_read(path))


def read_sketch(path: str) -> np.ndarray:
    """Reads a picture as a line drawing: [H, W, 1] uint8, 0 ink to 255 paper.

    Errors are those of read_painting.
    """
    return np.asarray(_read(path).convert("L"))[..., np.newaxis]


def _read(path):
    """A file as an RGB PIL image."""
    if not os.path.exists(path):
        raise ImageError(f"{path}: no such file")
    if os.path.isdir(path):
        raise ImageError(f"{path}: a folder, not a picture")
    try:
        with warnings.catch_warnings():
            # Its own limit is a warning at 89 million pixels; ours is checked below.
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(path) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise PIL.Image.DecompressionBombError
                if min(width, height) < MIN_SIDE:
                    raise ImageError(
                        f"{path}: only {width} x {height} pixels; "
                        f"at least {MIN_SIDE} x {MIN_SIDE} are needed"
                    )
                image.load()
                return to_rgb(PIL.ImageOps.exif_transpose(image))
    except PIL.Image.DecompressionBombError:
        raise ImageError(
            f"{path}: more than {MAX_PIXELS // 1_000_000} million pixels"
        ) from None
    except PIL.UnidentifiedImageError:
        raise ImageError(f"{path}: not a picture that can be read") from None
    except ImageError:
        raise
    except PermissionError:
        raise ImageError(f"{path}: may not be read") from None
    except Exception as error:  # a damaged file can raise nearly anything in Pillow
        raise ImageError(f"{path}: damaged picture ({error})") from None


def to_rgb(image):
    """A PIL image of any mode as RGB, transparent pixels over white."""
    if image.mode.startswith("I") or image.mode == "F":
        pixels = np.asarray(image).astype(np.float64)
        if pixels.max() > 255:  # 16-bit greyscale
            pixels = pixels / 257
        image = PIL.Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = PIL.Image.new("RGBA", image.size, "white")
        image = PIL.Image.alpha_composite(white, image)
    return image.convert("RGB")


def write_image(path: str, pixels: np.ndarray):
    """Writes a picture whole or not at all (written beside and renamed).

    Args:
        path: the file; its extension decides the format, PNG without one. Missing
            folders are made.
        pixels: [H, W, 1 (grey), 3 (RGB) or 4 (RGBA)] uint8.

    Raises:
        ImageError: the file can not be written.
    """
    pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    image_format = PIL.Image.registered_extensions().get(
        os.path.splitext(path)[1].lower(), "PNG"
    )
    if image_format == "JPEG" and pixels.shape[-1] == 4:
        raise ImageError(f"{path}: JPEG has no transparency; use .png")
    partial = f"{path}.{os.getpid()}.partial"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        PIL.Image.fromarray(pixels).save(partial, format=image_format)
        os.replace(partial, path)
    except (OSError, KeyError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{path}: can not be written ({reason})") from None
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def list_images(folder: str, recursive: bool = True) -> list:
    """Paths of the pictures in a folder, sorted, relative to it.

    Raises:
        ImageError: no such folder, or no picture in it.
    """
    if not os.path.isdir(folder):
        raise ImageError(f"{folder}: no such folder")
    found = []
    for parent, folders, files in os.walk(folder):
        if not recursive:
            folders.clear()
        for name in files:
            if name.lower().endswith(EXTENSIONS) and not name.startswith("."):
                found.append(os.path.relpath(os.path.join(parent, name), folder))
    if not found:
        raise ImageError(f"{folder}: no picture in this folder")
    return sorted(found)


def fit_short_side(pixels: np.ndarray, size: int) -> np.ndarray:
    """Resizes [H, W, C] uint8 so that its short side is `size` pixels (Lanczos)."""
    height, width = pixels.shape[:2]
    scale = size / min(height, width)
    shape = (max(size, round(height * scale)), max(size, round(width * scale)))
    return resize_uint8(pixels, shape)


def resize_uint8(pixels: np.ndarray, shape: tuple) -> np.ndarray:
    """Resizes [H, W, C] uint8 to shape (H, W) in pixels (Lanczos, antialiased)."""
    gray = pixels.shape[-1] == 1
    image = PIL.Image.fromarray(pixels[..., 0] if gray else pixels)
    image = image.resize((shape[1], shape[0]), PIL.Image.LANCZOS)
    return np.asarray(image)[..., np.newaxis] if gray else np.asarray(image)


def to_float(pixels):
    """Uint8 in [0, 255], any shape, to float32 in [-1, 1]."""
    return tf.cast(pixels, tf.float32) / 127.5 - 1.0


def to_uint8(pixels):
    """Float in [-1, 1], any shape, to the nearest uint8 in [0, 255]."""
    pixels = tf.cast(pixels, tf.float32) * 127.5 + 127.5
    return tf.cast(tf.clip_by_value(tf.round(pixels), 0, 255), tf.uint8)


def to_gray(painting):
    """T of equation 2: [..., 3] in [-1, 1] to [..., 1] in [-1, 1].

    Not in the paper: the weights are those of ITU-R BT.601, as in Pillow.
    """
    weights = tf.constant([0.299, 0.587, 0.114], painting.dtype)
    return tf.reduce_sum(painting * weights, axis=-1, keepdims=True)


def resize(pixels, shape):
    """Resizes [B, H, W, C] float to shape (H, W) in pixels (bilinear, antialiased)."""
    return tf.image.resize(pixels, shape, antialias=True)


def round_to_multiple(shape, multiple: int = SIZE_MULTIPLE):
    """The nearest shape that the generator takes, of at least one multiple a side.

    Args:
        shape: [N] int32.
        multiple: of pixels.

    Returns:
        [N] int32; also inside a graph.
    """
    return tf.maximum((shape + multiple // 2) // multiple, 1) * multiple
