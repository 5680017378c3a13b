"""Makes a dataset for train.py out of paintings, built-in characters or both.

Example: python -m keras_s2p.make_dataset paintings/ tfrecords/ --characters 2000
"""

import argparse
import contextlib
import os
import sys
from concurrent import futures

import tqdm

from keras_s2p.common import config as configs
from keras_s2p.common import console, files, locks, picture_files, plain_paths
from keras_s2p.data import dataset, dataset_checks, dataset_plan, dataset_shards

LIMITS = {"characters": (0, 1_000_000), "workers": (1, 256), "size": (32, 2048)}
VERSION = 2  # of what is in a dataset; shards of two versions do not go together


@console.command
def main(argv=None) -> int:
    """Makes the dataset; returns the exit code."""
    paintings, output, config = parse_args(argv)
    try:
        make(output, config, paintings)
        return 0
    except (ValueError, OSError) as error:
        console.tell(error)
    except futures.BrokenExecutor:
        print(
            f"--workers {config.workers}: a worker was killed, for memory perhaps; "
            "the same command with fewer goes on.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("Stopped; the same command goes on.", file=sys.stderr)
    return 1


def parse_args(argv):
    """The folder of paintings or None, the dataset's folder, and a DatasetConfig."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("paintings", nargs="?", help="folder of pictures; sub-folders are read too")
    add("output", help="folder for the dataset")
    configs.add_options(parser, configs.DatasetConfig)
    args = parser.parse_intermixed_args(console.protect_names(argv))
    config = configs.from_args(configs.DatasetConfig, args)
    try:
        check(config, args.paintings)
    except ValueError as error:
        parser.error(str(error))
    return args.paintings, args.output, config


def check(config, paintings=None):
    """Raises ValueError, naming the option, if nothing can be made with a config.

    Args:
        config: DatasetConfig.
        paintings: folder of pictures, if there is one.
    """
    if paintings is None and config.characters == 0:
        raise ValueError("name a folder of paintings, or --characters N, or both")
    for name in ("sketches", "manifest"):
        if paintings is None and getattr(config, name):
            raise ValueError(f"--{name}: name the folder of paintings too")
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(config, name) <= most:
            raise ValueError(f"--{name}: must be between {least} and {most}")
    if config.seed < 0:
        raise ValueError("--seed: must be at least 0")
    if not 0 <= config.validation_share < 1:
        raise ValueError("--validation-share: must be at least 0 and below 1")


def make(output: str, config, paintings: str = None):
    """Plans, writes and reports a dataset; goes on with one that was interrupted.

    Args:
        output: folder for the dataset.
        config: DatasetConfig.
        paintings: folder of pictures; None for built-in characters alone.

    Raises:
        ValueError: a folder, the manifest or the settings can not be worked with, or
            another one writes to the folder.
        OSError: the dataset can not be read or written.
    """
    check(config, paintings)
    plain_paths.check_readable("output", output)
    pictures = _read_pictures(paintings, config) if paintings is not None else []
    people = dataset_plan.list_characters(config.characters, config.seed)
    shards = dataset_plan.plan_shards(pictures + people, config.validation_share)
    settings = {
        "version": VERSION,
        "size": config.size,
        "seed": config.seed,
        "characters": config.characters,
        "validation_share": config.validation_share,
        "pictures": dataset_plan.hash_pictures(pictures),
    }
    with _locked(output) as lock:
        _write(output, settings, shards, config.workers, paintings, lock)
    _report(output)


@contextlib.contextmanager
def _locked(folder):
    """Makes the folder and keeps others from writing to it; yields a locks.Held."""
    taken = f"{folder}: another make_dataset writes to it; wait until it has ended"
    with contextlib.ExitStack() as stack:
        try:
            os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, ".lock")
            lock = stack.enter_context(locks.locked(path, taken))
        except OSError as error:
            reason = error.strerror
            raise ValueError(f"{folder}: can not be written to ({reason})") from None
        files.clean_partials(folder)
        yield lock


def _write(output, settings, shards, workers, paintings, lock):
    """Writes the shards that are not there yet, and the index, while `lock` is held."""
    finished = open_output(output, settings)
    names = {record["name"] for record in finished}
    if finished:
        console.say(f"{output}: {len(finished)} of {len(shards)} shards are there")

    def keep(record):
        lock.check()
        finished.append(record)
        dataset.write_index(output, settings, finished, complete=False)

    missing = [shard for shard in shards if shard.name not in names]
    if missing:
        dataset.write_index(output, settings, finished, complete=False)
        size = settings["size"]
        dataset_shards.write_shards(missing, output, size, workers, keep, lock.check)
    skipped = [reason for record in finished for reason in record["skipped"].values()]
    if skipped:
        for reason in skipped:
            console.tell(reason)
        print(f"{len(skipped)} pictures were skipped.", file=sys.stderr)
    lock.check()
    if not any(record["examples"] for record in finished):
        for name in [dataset.INDEX] + [shard.name for shard in shards]:
            os.remove(os.path.join(output, name))
        raise ValueError(f"{paintings}: no picture in it can be used")
    dataset.write_index(output, settings, finished, complete=True)


def _read_pictures(folder, config):
    """The pictures of a folder with their keys."""
    items = dataset_plan.list_paintings(
        folder, config.sketches, config.manifest, config.use
    )
    if config.sketches and not config.manifest:  # which may leave their paintings out
        for path in dataset_plan.find_unused_lines(items, config.sketches):
            console.tell(f"{path}: lines of no painting")
    with futures.ThreadPoolExecutor(config.workers) as pool:
        keyed = pool.map(dataset_plan.read_keys, items)
        bar = tqdm.tqdm(keyed, "Reading", len(items), unit=" pictures", disable=None)
        items = dataset_plan.add_other_keys(list(bar))
    listed = [] if config.manifest else [item.path for item in items]
    for path in (folder, *listed):  # a manifest may name what is not there
        if not os.path.lexists(path):
            raise ValueError(f"{path}: went away while the pictures were read")
    return items


def open_output(folder: str, settings: dict) -> list:
    """Begins the dataset, or returns the records of an earlier run's whole shards.

    Raises:
        ValueError: the folder holds something else, or was made with other settings.
    """
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    if dataset.INDEX not in names:
        if any(not name.endswith(".partial") for name in names):
            raise ValueError(f"{folder}: not empty, but no dataset; name a new folder")
        dataset.write_index(folder, settings, [], complete=False)
        return []
    index = dataset.read_index(folder)
    for name, value in settings.items():
        found = index["settings"].get(name)
        if found == value:
            continue
        if name == "version":
            made = "another version of this program"
        elif name == "pictures":
            made = "other pictures, drawn lines or groups"
        else:
            made = f"--{name.replace('_', '-')} {found!r}, not {value}"
        raise ValueError(f"{folder}: made with {made}; name a new folder")
    return list(_whole_shards(folder, index["shards"]))


def _whole_shards(folder, records):
    """The records of shards that are as they were written; others are told of."""
    for record in tqdm.tqdm(records, "Checking", unit=" shards", disable=None):
        path = os.path.join(folder, record["name"])
        reasons = map(str, record["skipped"].values())
        if any(picture_files.NO_MEMORY in reason for reason in reasons):
            console.tell(f"{path}: lacks what memory was too small for; made again")
        elif dataset_checks.is_whole(folder, record):
            known = "sha256" in record  # not in older datasets
            yield record if known else {**record, **dataset_checks.fingerprint(path)}
        elif os.path.exists(path):
            console.tell(f"{path}: damaged; it is made again")


def _report(folder):
    """Prints what the dataset has."""
    index = dataset.load_index(folder)
    for split in dataset.SPLITS:
        sources = index["examples"][split]
        details = ", ".join(f"{name} {sources[name]}" for name in sorted(sources))
        count = dataset.num_examples(index, split)
        console.say(f"{folder}: {count} {split} examples ({details or 'none'})")


if __name__ == "__main__":
    sys.exit(main())
