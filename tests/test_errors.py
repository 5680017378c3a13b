"""What errors of other libraries say."""

import pytest
import tensorflow as tf

from keras_s2p.common import errors


@pytest.mark.parametrize(
    "error, reason",
    [
        (ValueError("bad header"), "bad header"),
        (ValueError("bad header\n  at byte 3"), "bad header"),
        (ValueError("\n\nbad header"), "bad header"),
        (MemoryError(), "MemoryError"),
        (ValueError(" \n"), "ValueError"),
        (tf.errors.DataLossError(None, None, "cut\nnode: x"), "cut"),
        (tf.errors.DataLossError(None, None, ""), "DataLossError"),
        (ValueError("x" * 60_000), "x" * errors.MOST + "..."),
    ],
)
def test_a_reason_is_one_line_that_says_something(error, reason):
    assert errors.find_reason(error) == reason


@tf.function
def decode(contents):
    return tf.io.decode_png(contents)


SEVERAL = """Graph execution error:

2 root error(s) found.
  (0) INVALID_ARGUMENT:  the paintings are of two sizes
\t [[{{node a}}]]
  (1) CANCELLED:  another"""


def test_a_graph_that_fails_says_why_and_not_where():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        decode(tf.constant(b"no picture"))
    reason = errors.find_reason(caught.value)
    assert reason.startswith("Unknown image file format"), reason
    of_several = errors.find_reason(tf.errors.OpError(None, None, SEVERAL, 3))
    assert of_several == "the paintings are of two sizes"
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.io.decode_png(tf.constant(b"no picture"))
    assert "[Op:DecodePng]" in str(caught.value)
    assert errors.find_reason(caught.value) == reason
    nothing = errors.find_reason(ValueError("Graph execution error:\n\n"))
    assert nothing == "ValueError"
