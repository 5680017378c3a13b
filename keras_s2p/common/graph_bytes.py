"""What readers of bytes inside a graph share: sentences, magic bytes and numbers."""

import tensorflow as tf


def checked(value, condition, sentence: str):
    """`value`; when the graph runs, InvalidArgumentError unless the condition holds."""
    with tf.control_dependencies([tf.debugging.Assert(condition, [sentence])]):
        return tf.identity(value)


def starts_with(data, magic: bytes):
    """Whether a scalar string begins with these bytes."""
    return tf.strings.substr(data, 0, len(magic)) == magic


def read_numbers(data, start: int, count: int, dtype, little_endian: bool = True):
    """[count] numbers of a header; what is missing behind its end reads as 0."""
    size = count * dtype.size
    head = tf.strings.substr(data, 0, start + size)
    head = tf.strings.join([head, bytes(start + size)])
    part = tf.strings.substr(head, start, size)
    return tf.ensure_shape(tf.io.decode_raw(part, dtype, little_endian), [count])
