"""Datasets on disk: TFRecord shards and their index `dataset.json`.

An example is one of records.py. The short side of a painting is the dataset's size in
pixels, the long side at most twice that.
"""

import contextlib
import hashlib
import json
import os

import tensorflow as tf

from keras_s2p.common import files, plain_paths
from keras_s2p.common.config import json_text, write_json
from keras_s2p.data import dataset_checks, mixture

SPLITS = ("train", "validation")
INDEX = "dataset.json"
ANEW = "make the dataset again, in another folder"
SHARDS_AT_ONCE = 16  # shards read in turn, so that neighbours differ each epoch
SHUFFLE_BLOCK = 1024  # encoded examples shuffled together, at most
SHUFFLE_BYTES = 64 << 20  # of them, about; some four blocks are held at a time


def write_shard(path: str, examples) -> int:
    """Writes serialized examples whole or not at all.

    Args:
        path: the file.
        examples: iterable of bytes; read one by one, so that it may be a generator.

    Returns:
        How many were written.

    Raises:
        ValueError: the file can not be written.
    """
    count = 0
    try:
        with contextlib.ExitStack() as stack:
            # As bytes: TensorFlow takes no name that is not UTF-8 otherwise.
            partial = os.fsencode(stack.enter_context(files.replacing(path)))
            writer = stack.enter_context(tf.io.TFRecordWriter(partial))
            for example in examples:
                writer.write(example)
                count += 1
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", error)
        raise ValueError(f"{path}: can not be written ({reason})") from None
    return count


def shard_name(split: str, number: int, count: int) -> str:
    """File name of a shard: train-00000-of-00008.tfrecord."""
    return f"{split}-{number:05d}-of-{count:05d}.tfrecord"


def write_index(folder: str, settings: dict, shards: list, complete: bool):
    """Writes dataset.json whole or not at all.

    Args:
        folder: the dataset.
        settings: what the dataset was made with.
        shards: a dict for each finished shard: `name`, `split`, `examples` (source to
            count), `skipped` (picture to reason), and what dataset_checks.fingerprint
            says of it.
        complete: whether these are all shards.

    Raises:
        ValueError: the file can not be written.
    """
    # By name, not as they were finished: the same dataset has the same index.
    shards = sorted(shards, key=lambda shard: shard["name"])
    index = {
        "complete": complete,
        "settings": settings,
        "examples": dataset_checks.sum_examples(shards, SPLITS),
        "shards": shards,
    }
    path = os.path.join(folder, INDEX)
    try:
        write_json(index, path)
    except OSError as error:
        raise ValueError(f"{path}: can not be written ({error.strerror})") from None


def read_index(folder: str) -> dict:
    """Reads dataset.json as write_index wrote it, of an unfinished dataset too.

    Raises:
        ValueError: no such folder, no dataset.json, or a damaged one.
    """
    if not os.path.isdir(folder):
        raise ValueError(f"{folder}: no such folder")
    path = os.path.join(folder, INDEX)
    if not os.path.exists(path):
        raise ValueError(
            f"{folder}: not a dataset (no {INDEX}); keras_s2p.make_dataset makes one"
        )
    text = files.read_text(path, files.MAX_LIST_SIZE)
    try:
        index = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path}: can not be read ({error}); {ANEW}") from None
    if not dataset_checks.is_index(index, SPLITS):
        raise ValueError(f"{path}: not the index of a dataset, or changed; {ANEW}")
    return index


def load_index(folder: str) -> dict:
    """Reads and checks the index of a finished dataset.

    Returns:
        settings: dict; settings["size"] is the short side of the paintings in pixels.
        examples: split -> source -> count.
        shards: list of dicts with `name`, `split`, `examples` and `skipped`.

    Raises:
        ValueError: no such folder, no dataset.json, unfinished, a shard is missing or
            cut, the size is another one, or there is nothing to train on.
    """
    index = read_index(folder)
    if not index["complete"]:
        raise ValueError(
            f"{folder}: an unfinished dataset; "
            "run its keras_s2p.make_dataset command again"
        )
    path, size = os.path.join(folder, INDEX), index["settings"].get("size")
    if type(size) is not int:
        raise ValueError(f"{path}: does not say a size")
    dataset_checks.check_sizes(folder, index["shards"])
    if not num_examples(index, "train"):
        raise ValueError(f"{folder}: no example in the train split")
    if dataset_checks.find_short_side(folder, index["shards"]) not in (None, size):
        raise ValueError(f"{path}: says another size than its paintings have; {ANEW}")
    return index


def find_older_sha256(folder: str) -> str:
    """SHA-256 of the index as it was before shards had fingerprints.

    make_dataset adds them to an older dataset that is whole, whose examples stay; a
    training that was begun before goes on with it.
    """
    index = read_index(folder)
    index["shards"] = [
        {name: shard[name] for name in shard if name not in dataset_checks.FIELDS}
        for shard in index["shards"]
    ]
    return hashlib.sha256(json_text(index).encode()).hexdigest()


def num_examples(index: dict, split: str) -> int:
    """How many examples a split has."""
    return sum(index["examples"].get(split, {}).values())


def read_examples(folder: str, split: str, seed=None, start: int = 0, shares=None):
    """Reads the serialized examples of a split.

    Args:
        folder: the dataset.
        split: "train" or "validation".
        seed: None for one pass in file order. An int for an endless stream in which
            each epoch has every example once, in an order that depends on nothing but
            seed and epoch.
        start: how many examples of the stream to leave out, so that a resumed training
            goes on where it stopped. Whole epochs cost nothing, the rest of one is read
            but not decoded.
        shares: None, or for an endless stream its parts, each with epochs of its own:
            tuple of source names to share of the examples, above 0 and of any sum.
            Sources that it does not name are left out.

    Returns:
        tf.data.Dataset of scalar strings for parse_example.

    Raises:
        ValueError: as load_index, or the split is unknown or empty, or a share is of
            sources that it has no example of.
    """
    plain_paths.check_readable("--dataset", folder)
    index = load_index(folder)
    if split not in SPLITS:
        raise ValueError(f"{split}: not a split; there are {' and '.join(SPLITS)}")
    if not num_examples(index, split):
        raise ValueError(f"{folder}: no example in the {split} split")
    shards = [shard for shard in index["shards"] if shard["split"] == split]
    if seed is None:
        return tf.data.TFRecordDataset(_paths(folder, shards)).skip(start)
    if not shares:
        return _read_endless(folder, shards, seed, start)
    streams = []
    starts = mixture.count_choices(start, list(shares.values()))
    for sources, stream_start in zip(shares, starts):
        chosen = [shard for shard in shards if set(shard["examples"]) & set(sources)]
        if any(not set(shard["examples"]) <= set(sources) for shard in chosen):
            raise ValueError(f"{folder}: sources share shards; make the dataset again")
        if not sum(map(count_examples, chosen)):
            raise ValueError(
                f"{folder}: no example of {' or '.join(sources)} in the {split} split"
            )
        streams.append(_read_endless(folder, chosen, seed, int(stream_start)))
    return mixture.mix(streams, list(shares.values()), start)


def count_examples(shard: dict) -> int:
    """How many examples a shard of the index has."""
    return sum(shard["examples"].values())


def _read_endless(folder, shards, seed, start):
    """The examples of some shards, epoch after epoch."""
    paths, count = _paths(folder, shards), sum(map(count_examples, shards))
    block = choose_block(sum(map(os.path.getsize, paths)), count)
    options = tf.data.Options()
    options.deterministic = True
    # Several workers share examples: there may be fewer shards than workers.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return (
        tf.data.Dataset.range(start // count, tf.int64.max)
        .flat_map(lambda epoch: _shuffled_epoch(paths, [seed, epoch], block))
        .skip(start % count)
        .with_options(options)
    )


def choose_block(size: int, count: int) -> int:
    """How many encoded examples are shuffled together.

    Large pictures are shuffled fewer at a time, since a block lies in memory. It
    depends on the dataset alone, so that a resumed training has the same order.

    Args:
        size: bytes of the shards.
        count: examples in them.
    """
    return max(1, min(SHUFFLE_BLOCK, SHUFFLE_BYTES * count // max(1, size)))


def _paths(folder, shards):
    return [os.fsencode(os.path.join(folder, shard["name"])) for shard in shards]


def _shuffled_epoch(paths, seed, block):
    """Every example once. Dataset.shuffle would mix in TensorFlow's global seed."""
    shuffle = tf.random.experimental.stateless_shuffle
    return (
        tf.data.Dataset.from_tensor_slices(shuffle(tf.constant(paths), seed))
        .interleave(
            tf.data.TFRecordDataset,
            cycle_length=SHARDS_AT_ONCE,
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        .batch(block)
        .map(lambda examples: shuffle(examples, seed))
        .prefetch(1)
        .unbatch()
    )


def find_damaged_shard(folder: str):
    """Decodes every example; the path of the first damaged shard, None if all are good.

    It is called after a tf.errors.OpError, which does not name the file.
    """
    for shard in read_index(folder)["shards"]:
        path = os.path.join(folder, shard["name"])
        if not (
            dataset_checks.is_whole(folder, shard) and dataset_checks.is_parsed(path)
        ):
            return path
    return None


@contextlib.contextmanager
def explaining_damage(folder: str):
    """Turns TensorFlow's error of a damaged shard, read within, into a ValueError.

    Args:
        folder: the dataset.
    """
    try:
        yield
    except (
        tf.errors.DataLossError, tf.errors.InvalidArgumentError, UnicodeDecodeError,
        tf.errors.NotFoundError,
    ) as error:  # fmt: skip
        shard = find_damaged_shard(folder)
        if not (shard or isinstance(error, tf.errors.DataLossError)):
            raise
        gone = shard and not os.path.exists(shard)
        state = "gone since it was begun with" if gone else "damaged TFRecord"
        raise ValueError(f"{shard or folder}: {state}; make it again") from None
