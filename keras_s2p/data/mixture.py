"""Several endless streams mixed in given shares.

Not in the paper: all of it. The order follows from the shares alone, and in any few
examples each stream has nearly its share; so a resumed training finds its place in
each of them without reading.
"""

import numpy as np
import tensorflow as tf

MODULUS = 2**31
# Near the golden section of MODULUS, whose multiples fall evenly, and odd.
STRIDE = 1327217885
BLOCK = 2**20  # numbers counted at once
SHARES = 1e-6, 1e6  # a share is between
ONCE = "--source-shares: each source must be named once"


def parse_shares(text: str) -> dict:
    """{tuple of sources: share} of `nova+taisei=45,characters=15`; {} of "".

    Raises:
        ValueError: it is not of this form, a share is not in SHARES, or a source is
            named twice.
    """
    shares = {}
    for part in filter(None, text.split(",")):
        names, _, share = part.partition("=")
        sources = tuple(name.strip() for name in names.split("+"))
        if sources in shares:
            raise ValueError(ONCE)
        try:
            shares[sources] = float(share)
        except ValueError:
            raise ValueError(
                f"--source-shares: {part!r} is not of the form nova+taisei=45"
            ) from None
    least, most = SHARES
    if any(not least <= share <= most for share in shares.values()):
        raise ValueError(f"--source-shares: each share must be {least:g} to {most:g}")
    named = [source for sources in shares for source in sources]
    if "" in named or len(set(named)) < len(named):
        raise ValueError(ONCE)
    return shares


def mix(streams: list, shares: list, start: int) -> tf.data.Dataset:
    """An endless stream of all, from its `start`th example on.

    Args:
        streams: tf.data.Dataset each, begun after what count_choices gives for `start`.
        shares: of each, above 0.
        start: int.
    """
    edges = tf.constant(_edges(shares))

    def choose(number):
        place = number % MODULUS * STRIDE % MODULUS
        return tf.searchsorted(edges, [place], side="right", out_type=tf.int64)[0]

    choices = tf.data.Dataset.range(start, tf.int64.max).map(choose)
    return tf.data.Dataset.choose_from_datasets(
        streams, choices, stop_on_empty_dataset=True
    )


def count_choices(start: int, shares: list) -> np.ndarray:
    """How many of the first `start` examples of `mix` are of each stream: [N] int64."""
    edges = _edges(shares)
    counts = np.zeros(len(shares), np.int64)
    for first in range(0, start, BLOCK):
        numbers = np.arange(first, min(first + BLOCK, start), dtype=np.int64)
        places = numbers % MODULUS * STRIDE % MODULUS
        chosen = np.searchsorted(edges, places, side="right")
        counts += np.bincount(chosen, minlength=len(shares))
    return counts


def _edges(shares):
    """Where the places of all streams but the last end: [N - 1] int64."""
    ends = np.cumsum(shares) / np.sum(shares)
    return np.round(ends[:-1] * MODULUS).astype(np.int64)
