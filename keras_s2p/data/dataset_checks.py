"""Whether the shards of a dataset are as they were written.

The index says the size and the SHA-256 of each shard. Training compares the sizes, and
the lengths that a shard says of its examples, which costs seconds for a million;
make_dataset reads every byte, and makes damaged ones again. Of older datasets, whose
index says neither, both read all.
"""

import os
import struct

import tensorflow as tf

from keras_s2p.common import files
from keras_s2p.data import records

PNG_SIZE, PNG_SIZE_PLACE = struct.Struct(">II"), 16  # width and height of a PNG
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
    """Raises ValueError that names the first shard that is missing, cut or misframed.

    TensorFlow would take memory for whatever length an example says that it has.
    """
    for shard in shards:
        path = os.path.join(folder, shard["name"])
        files.check_replaceable(path)  # make_dataset would refuse it as well
        if not os.path.exists(path):
            raise ValueError(f"{path}: a shard that is missing; {ANEW}")
        size, expected = os.path.getsize(path), shard.get("bytes")
        if expected is None and not is_whole(folder, shard):
            raise ValueError(f"{path}: a damaged shard; {ANEW}")
        if expected not in (None, size):
            raise ValueError(
                f"{path}: a damaged shard, of {size} bytes instead of {expected}; "
                f"{ANEW}"
            )
        if not _is_framed(path, sum(shard["examples"].values())):
            raise ValueError(
                f"{path}: a damaged shard, whose examples do not have the lengths that "
                f"it says; {ANEW}"
            )


def find_short_side(folder: str, shards: list):
    """What the first painting's PNG says of its short side; None if it is none."""
    first = next(shard for shard in shards if any(shard["examples"].values()))
    path = os.fsencode(os.path.join(folder, first["name"]))
    painting = {"painting": records.FEATURES["painting"]}
    try:
        for serialized in tf.data.TFRecordDataset(path).take(1):
            png = tf.io.parse_single_example(serialized, painting)["painting"].numpy()
            return min(PNG_SIZE.unpack_from(png, PNG_SIZE_PLACE))
    except (struct.error, tf.errors.OpError):  # whoever reads it on names the shard
        return None


def _is_framed(path, count):
    """Whether the lengths of a shard's examples, so many, add up to its size."""
    place, size = 0, os.path.getsize(path)
    with open(path, "rb", buffering=0) as file:
        while place < size and count > 0:
            file.seek(place)
            place += FRAME_SIZE + int.from_bytes(file.read(8), "little")
            count -= 1
    return place == size and count == 0


def is_whole(folder: str, shard: dict) -> bool:
    """Whether a shard is as it was written; every byte of it is read.

    Of a shard without a fingerprint, TensorFlow's own checksums and the number of its
    examples are compared.
    """
    path = os.path.join(folder, shard["name"])
    if not os.path.isfile(path):
        return False
    try:
        if not _is_framed(path, sum(shard["examples"].values())):
            return False
        if all(name in shard for name in FIELDS):
            return fingerprint(path) == {name: shard[name] for name in FIELDS}
        examples = tf.data.TFRecordDataset(os.fsencode(path))
        for _ in examples:
            pass
        return True
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
