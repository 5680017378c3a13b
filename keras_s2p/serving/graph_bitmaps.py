"""Bitmaps (BMP) as bytes, read inside a graph by core TensorFlow operations.

TensorFlow's own operation takes the numbers of a palette for greys and an unused fourth
byte for an opacity of 0, and reads no pixels of less than 8 bits.
"""

import tensorflow as tf

from keras_s2p.common.graph_bytes import checked, read_numbers

START = 10  # byte of a file at which the numbers of its header start
NUM_NUMBERS = 15  # of 4 bytes
HEADER_SIZE = 40  # bytes, at least; older ones have other numbers
BITS = (1, 4, 8, 24, 32)  # of a pixel
MASKS = (0xFF0000, 0xFF00, 0xFF)  # where red, green and blue are, if a file says it
OPACITY_SIZE = 56  # bytes of a header, at least, that says where the opacity is
PLAIN, MASKED = 0, 3  # ways to pack pixels
NUM_COLOURS = 256  # of a palette, at most


def check_kind(data, name: str):
    """`data`, a scalar string, unless it is a BMP of another kind than is read.

    Its size is where the header says it only if it is of such a kind.

    Raises:
        tf.errors.InvalidArgumentError: compressed, of another depth, or of OS/2.
    """
    numbers = _read_header(data)
    packing, masks = numbers[5], numbers[11:14]
    bits = _find_bits(numbers)
    masked = (bits == 32) & (packing == MASKED) & tf.reduce_all(masks == MASKS)
    known = tf.reduce_any(bits == BITS) & (numbers[1] >= HEADER_SIZE)
    known &= (packing == PLAIN) | masked
    kinds = f"{name}: of BMP only those of {BITS} bits that are not compressed are read"
    return checked(data, known, kinds)


def decode_bitmap(data, name: str):
    """Decodes a BMP, within a tf.function.

    Args:
        data: scalar string, of check_kind, whose header says a size of at least 1 x 1.
        name: what to call it in errors.

    Returns:
        [H, W, 4] uint8, RGBA. Where nothing could be seen, all is opaque.

    Raises:
        tf.errors.InvalidArgumentError: it is cut.
    """
    numbers = _read_header(data)
    start, header, width, height = (numbers[i] for i in range(4))
    bits = _find_bits(numbers)
    row_size = (width * bits + 31) // 32 * 4
    size = row_size * tf.abs(height)
    length = tf.cast(tf.strings.length(data), tf.int64)
    whole = (14 + header <= start) & (start + size <= length) & (width > 0)
    data = checked(data, whole, f"{name}: a BMP that is cut")
    rows = tf.io.decode_raw(tf.strings.substr(data, start, size), tf.uint8)
    rows = tf.reshape(rows, [tf.abs(height), row_size])
    if bits <= 8:
        palette = tf.strings.substr(data, 14 + header, start - 14 - header)
        pixels = tf.gather(_read_palette(palette), _unpack(rows, width, bits))
    else:
        depth = bits // 8
        pixels = tf.reshape(rows[:, : width * depth], [-1, width, depth])
        none = (numbers[5] == MASKED) & ((header < OPACITY_SIZE) | (numbers[14] == 0))
        pixels = _to_rgba(tf.cond(none, lambda: pixels[..., :3], lambda: pixels))
    if height > 0:  # else it is stored from top to bottom
        pixels = pixels[::-1]
    return pixels


def _read_header(data):
    """The numbers of a header, int64, and 0 for those behind the end of the data."""
    return tf.cast(read_numbers(data, START, NUM_NUMBERS, tf.int32), tf.int64)


def _find_bits(numbers):
    """How many bits a pixel has."""
    return numbers[4] // 2**16


def _read_palette(data):
    """Blue, green, red and nothing of each colour as [NUM_COLOURS, 4] uint8, RGBA."""
    data = tf.strings.join([data, bytes(4 * NUM_COLOURS)])
    data = tf.strings.substr(data, 0, 4 * NUM_COLOURS)
    colours = tf.reshape(tf.io.decode_raw(data, tf.uint8), [NUM_COLOURS, 4])
    opaque = tf.fill([NUM_COLOURS, 1], tf.constant(255, tf.uint8))
    return tf.concat([colours[:, 2::-1], opaque], axis=-1)


def _unpack(rows, width, bits):
    """[H, row_size] uint8 with one or more numbers a byte, as [H, width] int32."""
    shifts = tf.cast(tf.range(8 - bits, -1, -bits), tf.uint8)
    numbers = tf.bitwise.right_shift(rows[..., tf.newaxis], shifts)
    numbers = tf.bitwise.bitwise_and(numbers, tf.cast(2**bits - 1, tf.uint8))
    numbers = tf.reshape(numbers, [tf.shape(rows)[0], -1])[:, :width]
    return tf.cast(numbers, tf.int32)


def _to_rgba(pixels):
    """[H, W, 3 or 4] uint8, BGR and maybe opacity, as [H, W, 4] uint8, RGBA."""
    opaque = tf.fill(tf.shape(pixels[..., :1]), tf.constant(255, tf.uint8))
    opacity = tf.concat([pixels, opaque], axis=-1)[..., 3:4]
    # The fourth byte is often unused; nobody draws what is not seen.
    opacity = tf.where(tf.reduce_any(opacity > 0), opacity, opaque)
    return tf.concat([pixels[..., 2::-1], opacity], axis=-1)
