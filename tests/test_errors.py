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
