"""Pictures as bytes, read and written inside a graph by core TensorFlow operations.

They are read like picture_files.read_painting reads files, but for what TensorFlow does
not know: orientation tags, and formats other than PNG, JPEG and BMP. It knows GIF, but
unpacks all frames of one, of any size, before it says how large they are.
"""

import tensorflow as tf

from keras_s2p.common import images, picture_files, picture_reader
from keras_s2p.common.graph_bytes import checked, read_numbers, starts_with
from keras_s2p.serving.graph_bitmaps import check_kind, decode_bitmap

MAX_PIXELS = 50_000_000  # larger pictures are refused before they are decoded
PIXEL_SIZE = 8  # bytes, of the largest pixels that a file can have
OTHER_SIZE = 1_000_000  # bytes of a file, at most, beyond its pixels
MAX_SCANS = picture_reader.MAX_SCANS
PNG, JPEG, BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM"
HEADER_END = 33  # of a PNG: its signature and its first part
SRGB = b"\0\0\0\1sRGB\0\xae\xce\x1c\xe9"  # a part of a PNG: length, data, checksum
GRAY, RGB = 0, 2  # what a PNG's pixels are; the others have a palette or opacity
BT601 = (19595, 38470, 7471)  # of 65536, as in Pillow


@tf.function  # its conditions need autograph; the graphs around it do without
def decode_painting(data, name: str):
    """Decodes a colour picture; what is transparent is laid over white.

    Args:
        data: scalar string, a PNG, JPEG or BMP.
        name: what to call it in errors.

    Returns:
        [H, W, 3] uint8, RGB.

    Raises:
        tf.errors.InvalidArgumentError: not such a picture, damaged, too small or too
            large.
    """
    with tf.name_scope(name):
        known = [starts_with(data, magic) for magic in (PNG, JPEG, BMP)]
        known = tf.reduce_any(known)
        data = checked(data, known, f"{name}: not a PNG, JPEG or BMP picture")
        if starts_with(data, BMP):
            data = check_kind(data, name)
        data = check_size(data, _read_shape(data), name)
        data = _check_length(data, name)
        if starts_with(data, JPEG):
            few = _count_scans(data) <= MAX_SCANS
            data = checked(data, few, f"{name}: a picture in too many parts")
            # decode_image would take a coarser transform than Pillow's.
            pixels = tf.io.decode_jpeg(data, 3, dct_method="INTEGER_ACCURATE")
        elif starts_with(data, PNG):
            pixels = _lay_over_white(_decode_png(data))
        else:
            pixels = _lay_over_white(decode_bitmap(data, name))
        return pixels


def decode_sketch(data, name: str):
    """Decodes a picture as a line drawing: [H, W, 1] uint8, 0 ink to 255 paper.

    Arguments and errors are those of decode_painting.
    """
    pixels = tf.cast(decode_painting(data, name), tf.int32)
    gray = (tf.reduce_sum(pixels * BT601, axis=-1, keepdims=True) + 32768) // 65536
    return tf.cast(gray, tf.uint8)


@tf.function
def decode_hints(data, shape, name: str):
    """Decodes a transparent picture of colour hints.

    Args:
        data: scalar string, a PNG of the sketch's size, or empty: no hints.
        shape: (H, W) of the sketch.
        name: what to call it in errors.

    Returns:
        [H, W, 4] uint8, RGBA; [0, 0, 4] without hints.

    Raises:
        tf.errors.InvalidArgumentError: not such a picture.
    """
    with tf.name_scope(name):
        pixels = tf.zeros([0, 0, 4], tf.uint8)
        if tf.strings.length(data) > 0:
            known = starts_with(data, PNG)
            data = checked(data, known, f"{name}: not a PNG picture")
            same = tf.reduce_all(_read_shape(data) == shape)
            data = checked(data, same, f"{name}: not as large as the sketch")
            data = _check_length(data, name)
            pixels = _decode_png(data)
            clear = tf.reduce_any(pixels[..., 3] < 255)
            pixels = checked(pixels, clear, f"{name}: nothing is transparent")
        return pixels


def encode(pixels):
    """[1, H, W, 1, 3 or 4] float in [-1, 1] as the bytes of a PNG that says sRGB."""
    data = tf.io.encode_png(images.to_uint8(pixels)[0])
    head = tf.strings.substr(data, 0, HEADER_END)
    return head + SRGB + tf.strings.substr(data, HEADER_END, tf.int32.max)


def check_size(value, shape, name: str):
    """`value`, unless a picture of shape (H, W) in pixels is too small or too large."""
    smallest, area = tf.reduce_min(shape), tf.reduce_prod(tf.cast(shape, tf.int64))
    least, most = picture_files.MIN_SIDE, MAX_PIXELS // 1_000_000
    value = checked(
        value,
        smallest >= least,
        f"{name}: at least {least} x {least} pixels are needed",
    )
    value = checked(
        value, area <= MAX_PIXELS, f"{name}: more than {most} million pixels"
    )
    aspect = picture_files.MAX_ASPECT
    return checked(
        value,
        tf.reduce_max(shape) <= aspect * smallest,
        f"{name}: more than {aspect} times as long as wide",
    )


def _check_length(data, name):
    """`data`, unless it has more bytes than its pixels need."""
    area = tf.reduce_prod(tf.cast(_read_shape(data), tf.int64))
    length = tf.cast(tf.strings.length(data), tf.int64)
    enough = PIXEL_SIZE * area + OTHER_SIZE
    return checked(data, length <= enough, f"{name}: a picture in too many parts")


def _count_scans(data):
    """How often a JPEG begins to draw itself."""
    values = tf.io.decode_raw(data, tf.uint8)
    parts = values[4:]  # with a header of fitting length; else libjpeg refuses it
    marks = (values[:-4] == 0xFF) & (values[1:-3] == 0xDA) & (values[2:-2] == 0)
    marks &= (parts >= 1) & (parts <= 4) & (values[3:-1] == 6 + 2 * parts)
    return tf.math.count_nonzero(marks)


def _read_shape(data):
    """(H, W) as the file's header says."""
    if starts_with(data, JPEG):
        shape = tf.image.extract_jpeg_shape(data)[:2]
    elif starts_with(data, PNG):
        shape = read_numbers(data, 16, 2, tf.int32, little_endian=False)[::-1]
    else:  # a BMP whose height is negative is stored from top to bottom
        shape = tf.abs(read_numbers(data, 18, 2, tf.int32))[::-1]
    return shape


def _decode_png(data):
    """A PNG as [H, W, 4] uint8, RGBA.

    No tf.function of its own, whose errors would not have the name scope of the caller.
    """
    depth, kind = tf.unstack(tf.cast(read_numbers(data, 24, 2, tf.uint8), tf.int32))
    if kind == GRAY and depth == 16:  # to the nearest of 8 bits; others lose a half
        pixels = tf.io.decode_png(data, channels=4, dtype=tf.uint16)
        pixels = tf.cast((tf.cast(pixels, tf.int32) + 128) // 257, tf.uint8)
    elif kind == GRAY or kind == RGB:
        # Of these TensorFlow obeys a clear colour only if it is asked for opacity. Then
        # what is opaque has the highest value of the file's depth, not 255.
        pixels = tf.io.decode_png(data, channels=4)
        opacity = tf.where(pixels[..., 3:] > 0, tf.constant(255, tf.uint8), 0)
        pixels = tf.concat([pixels[..., :3], opacity], axis=-1)
    else:
        pixels = _to_rgba(tf.io.decode_image(data, expand_animations=False))
    return pixels


def _to_rgba(pixels):
    """[H, W, 1 to 4] uint8, grey or RGB and maybe opacity, as [H, W, 4] uint8."""
    num_channels = tf.shape(pixels)[-1]
    num_colours = tf.where(num_channels > 2, 3, 1)
    shape = tf.concat([tf.shape(pixels)[:2], [3]], axis=0)
    colour = tf.broadcast_to(pixels[..., :num_colours], shape)
    opaque = tf.fill(tf.shape(pixels[..., :1]), tf.constant(255, tf.uint8))
    opacity = tf.concat([pixels, opaque], axis=-1)[..., num_colours : num_colours + 1]
    return tf.concat([colour, opacity], axis=-1)


def _lay_over_white(pixels):
    """[H, W, 4] uint8, RGBA, as [H, W, 3] uint8."""
    colour = pixels[..., :3]
    if tf.reduce_any(pixels[..., 3] < 255):
        opacity = tf.cast(pixels[..., 3:], tf.float32) / 255
        colour = tf.round(255 + (tf.cast(colour, tf.float32) - 255) * opacity)
        colour = tf.cast(colour, tf.uint8)
    return colour
