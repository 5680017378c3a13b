import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.data import mixture

SHARES = [45, 15, 25, 15]


def take(start, count, shares=SHARES):
    """(stream, place in the stream) of the examples from `start` on."""
    counts = mixture.count_choices(start, shares)
    streams = [
        tf.data.Dataset.range(int(begun), tf.int64.max).map(lambda n, i=i: (i, n))
        for i, begun in enumerate(counts)
    ]
    mixed = mixture.mix(streams, shares, start).as_numpy_iterator()
    return [tuple(map(int, pair)) for pair in itertools.islice(mixed, count)]


def test_each_stream_has_nearly_its_share_of_any_few():
    chosen = [stream for stream, _ in take(0, 320)]
    for start in range(0, 320, 32):
        counts = np.bincount(chosen[start : start + 32], minlength=4)
        assert np.abs(counts - 0.32 * np.array(SHARES)).max() <= 2


def test_a_resumed_stream_goes_on_where_it_stopped():
    whole = take(0, 300)
    for start in (1, 16, 250):
        assert take(start, 40) == whole[start : start + 40]


def test_counts_go_beyond_a_block(monkeypatch):
    counts = mixture.count_choices(1000, SHARES)
    monkeypatch.setattr(mixture, "BLOCK", 64)
    np.testing.assert_array_equal(mixture.count_choices(1000, SHARES), counts)
    assert counts.sum() == 1000


def test_shares_are_read():
    shares = mixture.parse_shares("nova+taisei=45, characters=15.5")
    assert shares == {("nova", "taisei"): 45.0, ("characters",): 15.5}
    assert mixture.parse_shares("") == {}


@pytest.mark.parametrize(
    "text, reason",
    [
        ("nova", "form"),
        ("nova=much", "form"),
        ("nova=0", "must be 1e-06 to 1e"),
        ("nova=-1", "must be 1e-06 to 1e"),
        ("nova=nan", "must be 1e-06 to 1e"),
        ("nova=inf,characters=1", "must be 1e-06 to 1e"),
        ("nova=1e308,characters=1e308", "must be 1e-06 to 1e"),
        ("nova=1,nova+taisei=2", "once"),
        ("nova=1,nova=2", "once"),
        ("=1", "once"),
    ],
)
def test_wrong_shares_are_named(text, reason):
    with pytest.raises(ValueError, match=f"--source-shares.*{reason}"):
        mixture.parse_shares(text)
