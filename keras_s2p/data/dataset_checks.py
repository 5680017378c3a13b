"""Whether the shards of a dataset are as they were written.

The index says the size and the SHA-256 of each shard. Training compares the sizes,
which costs nothing; make_dataset reads every byte, and makes damaged ones again. Of
older datasets, whose index says neither, both read all.
"""

import os

import tensorflow as tf

from keras_s2p.common import files
from keras_s2p.data import records

FRAME_SIZE = 16  # bytes of a TFRecord around its example
ANEW = "its keras_s2p.make_dataset command makes it again"
FIELDS = {"bytes": int, "sha256": str}  # of a shard's record; older datasets have none


def is_index(index, splits: tuple) -> bool:
    """Whether what JSON gave is as dataset.write_index writes it.

    Args:
        index: of any type.
        splits: names of the splits.
    """
    try:
        shards = index["shards"]
        whole = isinstance(index["settings"], dict) and index["complete"] in (0, 1)
        return (
            whole
            and len({shard["name"] for shard in shards}) == len(shards)
            and all(_is_shard(shard, splits) for shard in shards)
            and index["examples"] == sum_examples(shards, splits)
        )
    except (AttributeError, KeyError, TypeError):
        return False


def _is_shard(shard, splits):
    name, split = shard["name"], shard["split"]
    return (
        os.path.basename(name) == name
        and split in splits
        and name.startswith(f"{split}-")
        and isinstance(shard["skipped"], dict)
        and all(isinstance(shard[x], FIELDS[x]) for x in FIELDS if x in shard)
        and all(type(x) is int and x >= 0 for x in shard["examples"].values())
    )


def sum_examples(shards: list, splits: tuple) -> dict:
    """Split to source to the number of examples in all its shards."""
    sums = {split: {} for split in splits}
    for shard in shards:
        counts = sums[shard["split"]]
        for source, count in shard["examples"].items():
            counts[source] = counts.get(source, 0) + count
    return sums


def fingerprint(path: str) -> dict:
    """What the index says of a written shard: `bytes` and `sha256`.

    Raises:
        OSError: the file can not be read.
    """
    return dict(zip(FIELDS, (os.path.getsize(path), files.find_sha256(path))))


def check_sizes(folder: str, shards: list):
    """Raises ValueError that names the first shard that is missing or cut."""
    for shard in shards:
        path = os.path.join(folder, shard["name"])
        if not os.path.isfile(path):
            raise ValueError(f"{path}: a shard that is missing; {ANEW}")
        size, expected = os.path.getsize(path), shard.get("bytes")
        if expected is None and not is_whole(folder, shard):
            raise ValueError(f"{path}: a damaged shard; {ANEW}")
        if expected not in (None, size):
            raise ValueError(
                f"{path}: a damaged shard, of {size} bytes instead of {expected}; "
                f"{ANEW}"
            )


def is_whole(folder: str, shard: dict) -> bool:
    """Whether a shard is as it was written; every byte of it is read.

    Of a shard without a fingerprint, TensorFlow's own checksums and the number of its
    examples are compared.
    """
    path = os.path.join(folder, shard["name"])
    if not os.path.isfile(path):
        return False
    try:
        if all(name in shard for name in FIELDS):
            return fingerprint(path) == {name: shard[name] for name in FIELDS}
        examples = tf.data.TFRecordDataset(os.fsencode(path))
        lengths = [len(example) for example in examples.as_numpy_iterator()]
        size = sum(lengths) + FRAME_SIZE * len(lengths)  # TensorFlow takes a tail, too
        return size == os.path.getsize(path) and len(lengths) == sum(
            shard["examples"].values()
        )
    except (OSError, tf.errors.OpError):
        return False


def is_parsed(path: str) -> bool:
    """Whether all examples of a shard, whose checksums are right, can be decoded."""
    try:
        examples = tf.data.TFRecordDataset(os.fsencode(path))
        for _ in examples.map(records.check_example):
            pass
    except (tf.errors.OpError, UnicodeDecodeError):  # whose text quotes what was read
        return False
    return True
