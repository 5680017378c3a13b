"""Datasets on disk: TFRecord shards and their index `dataset.json`.

One example is a painting as PNG with what is known about it: drawn lines, a reference
(another drawing in the same colours), regions and labels. Whatever is not known is
empty. The short side of a painting is the dataset's size in pixels, the long side at
most twice that.
"""

import io
import json
import os

import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.config import write_json

SPLITS = ("train", "validation")
INDEX = "dataset.json"
NUM_LABELS = 11  # length of characters.LABEL_SIZES
PNG_COMPRESSION = 1  # fastest
SHARDS_AT_ONCE = 16  # shards read in turn, so that neighbours differ each epoch
SHUFFLE_BLOCK = 1024  # encoded examples shuffled together

FEATURES = {
    "painting": tf.io.FixedLenFeature([], tf.string),
    "sketch": tf.io.FixedLenFeature([], tf.string, ""),
    "reference": tf.io.FixedLenFeature([], tf.string, ""),
    "regions": tf.io.FixedLenFeature([], tf.string, ""),
    "labels": tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
    "name": tf.io.FixedLenFeature([], tf.string, ""),
    "source": tf.io.FixedLenFeature([], tf.string, ""),
}


def make_example(
    painting, name, source, sketch=None, reference=None, regions=None, labels=()
) -> bytes:
    """Serializes one example.

    Args:
        painting: [H, W, 3] uint8.
        name: str, unique in the dataset.
        source: str, where it comes from, to count and choose by.
        sketch: [H, W] or [H, W, 1] uint8, drawn lines, 0 ink to 255 paper.
        reference: [h, w, 3] uint8, another drawing in the same colours.
        regions: [H, W] or [H, W, 1] uint8, as characters.Drawing.regions.
        labels: ints in the order of characters.LABEL_SIZES.

    Raises:
        ValueError: a sketch or regions of another shape than the painting.
    """
    for key, pixels in (("sketch", sketch), ("regions", regions)):
        if pixels is not None and pixels.shape[:2] != painting.shape[:2]:
            raise ValueError(
                f"{name}: the {key} is {pixels.shape[:2]}, "
                f"the painting {painting.shape[:2]}"
            )
    values = {
        "painting": _encode_png(painting),
        "sketch": _encode_png(sketch),
        "reference": _encode_png(reference),
        "regions": _encode_png(regions),
        "name": os.fsencode(name),
        "source": os.fsencode(source),
    }
    features = {
        key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        for key, value in values.items()
    }
    features["labels"] = tf.train.Feature(int64_list=tf.train.Int64List(value=labels))
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString()


def _encode_png(pixels):
    """[H, W], [H, W, 1] or [H, W, 3] uint8 as PNG bytes; b"" for None."""
    if pixels is None:
        return b""
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    file = io.BytesIO()
    image = PIL.Image.fromarray(np.ascontiguousarray(pixels))
    image.save(file, "PNG", compress_level=PNG_COMPRESSION)
    return file.getvalue()


def parse_example(serialized) -> dict:
    """Decodes one example of read_examples; pure TensorFlow, for Dataset.map.

    Args:
        serialized: scalar string tensor.

    Returns:
        painting: [H, W, 3] uint8.
        sketch: [H, W, 1] uint8, 0 ink to 255 paper; [0, 0, 1] if not known.
        reference: [h, w, 3] uint8; [0, 0, 3] if not known.
        regions: [H, W, 1] uint8; [0, 0, 1] if not known.
        labels: [NUM_LABELS] int64; -1 everywhere if not known.
        name, source: scalar strings.
    """
    example = tf.io.parse_single_example(serialized, FEATURES)
    channels = {"painting": 3, "sketch": 1, "reference": 3, "regions": 1}
    for key, value in channels.items():
        example[key] = _decode_png(example[key], value)
    labels = tf.cond(
        tf.size(example["labels"]) == 0,
        lambda: tf.fill([NUM_LABELS], tf.constant(-1, tf.int64)),
        lambda: example["labels"],
    )
    example["labels"] = tf.ensure_shape(labels, [NUM_LABELS])
    return example


def _decode_png(encoded, channels):
    """PNG bytes as [H, W, channels] uint8, [0, 0, channels] for empty bytes."""
    pixels = tf.cond(
        tf.strings.length(encoded) == 0,
        lambda: tf.zeros([0, 0, channels], tf.uint8),
        lambda: tf.io.decode_png(encoded, channels),
    )
    return tf.ensure_shape(pixels, [None, None, channels])


def write_shard(path: str, examples) -> int:
    """Writes serialized examples whole or not at all (written beside and renamed).

    Args:
        path: the file.
        examples: iterable of bytes; read one by one, so that it may be a generator.

    Returns:
        How many were written.

    Raises:
        ValueError: the file can not be written.
    """
    partial = path + ".partial"
    count = 0
    try:
        with tf.io.TFRecordWriter(partial) as writer:
            for example in examples:
                writer.write(example)
                count += 1
        os.replace(partial, path)
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "message", error)
        raise ValueError(f"{path}: can not be written ({reason})") from None
    finally:
        if os.path.exists(partial):
            os.remove(partial)
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
            count) and `skipped` (picture to reason).
        complete: whether these are all shards.

    Raises:
        ValueError: the file can not be written.
    """
    examples = {split: {} for split in SPLITS}
    for shard in shards:
        counts = examples[shard["split"]]
        for source, count in shard["examples"].items():
            counts[source] = counts.get(source, 0) + count
    index = {
        "complete": complete,
        "settings": settings,
        "examples": examples,
        "shards": sorted(shards, key=lambda shard: shard["name"]),
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
    try:
        with open(path, encoding="utf-8") as file:
            index = json.load(file)
    except FileNotFoundError:
        raise ValueError(
            f"{folder}: not a dataset (no {INDEX}); keras_s2p.make_dataset makes one"
        ) from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: can not be read ({error})") from None
    keys = ("complete", "settings", "examples", "shards")
    if not isinstance(index, dict) or not all(key in index for key in keys):
        raise ValueError(f"{path}: not the index of a dataset")
    return index


def load_index(folder: str) -> dict:
    """Reads and checks the index of a finished dataset.

    Returns:
        settings: dict; settings["size"] is the short side of the paintings in pixels.
        examples: split -> source -> count.
        shards: list of dicts with `name`, `split`, `examples` and `skipped`.

    Raises:
        ValueError: no such folder, no dataset.json, unfinished, a shard is missing, or
            there is nothing to train on.
    """
    index = read_index(folder)
    if not index["complete"]:
        raise ValueError(
            f"{folder}: an unfinished dataset; "
            "run its keras_s2p.make_dataset command again"
        )
    for shard in index["shards"]:
        path = os.path.join(folder, shard["name"])
        if not os.path.isfile(path):
            raise ValueError(f"{path}: this shard of the dataset is missing")
    if not num_examples(index, "train"):
        raise ValueError(f"{folder}: no example in the train split")
    return index


def num_examples(index: dict, split: str) -> int:
    """How many examples a split has."""
    return sum(index["examples"].get(split, {}).values())


def read_examples(folder: str, split: str, seed=None, start: int = 0):
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

    Returns:
        tf.data.Dataset of scalar strings for parse_example.

    Raises:
        ValueError: as load_index, or the split is unknown or empty.
    """
    index = load_index(folder)
    if split not in SPLITS:
        raise ValueError(f"{split}: not a split; there are {' and '.join(SPLITS)}")
    count = num_examples(index, split)
    if not count:
        raise ValueError(f"{folder}: no example in the {split} split")
    paths = _shard_paths(folder, index, split)
    if seed is None:
        return tf.data.TFRecordDataset(paths).skip(start)
    options = tf.data.Options()
    options.deterministic = True
    # Several workers share examples: there may be fewer shards than workers.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return (
        tf.data.Dataset.range(start // count, tf.int64.max)
        .flat_map(lambda epoch: _shuffled_epoch(paths, [seed, epoch]))
        .skip(start % count)
        .with_options(options)
    )


def _shard_paths(folder, index, split):
    return [
        os.path.join(folder, shard["name"])
        for shard in index["shards"]
        if shard["split"] == split
    ]


def _shuffled_epoch(paths, seed):
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
        .batch(SHUFFLE_BLOCK)
        .map(lambda examples: shuffle(examples, seed))
        .prefetch(1)
        .unbatch()
    )


def find_damaged_shard(folder: str):
    """Reads every record; the path of the first damaged shard, None if all are whole.

    Training calls it after a tf.errors.DataLossError, which does not name the file.
    """
    for shard in load_index(folder)["shards"]:
        path = os.path.join(folder, shard["name"])
        try:
            count = sum(1 for _ in tf.data.TFRecordDataset(path))
        except tf.errors.OpError:
            return path
        if count != sum(shard["examples"].values()):
            return path
    return None
