"""Makes a dataset for train.py out of paintings, built-in characters or both.

Example: python -m keras_s2p.make_dataset paintings/ tfrecords/ --characters 2000
"""

import argparse
import multiprocessing
import os
import signal
import sys
from concurrent import futures

import numpy as np
import tqdm

from keras_s2p.characters import character, palettes
from keras_s2p.common import images, picture_files
from keras_s2p.data import dataset, dataset_plan, records

MAX_ASPECT = 2  # a longer side is cropped at both ends
ASPECT_TOLERANCE = 0.02  # by which drawn lines may differ in shape from the painting


def main(argv=None) -> int:
    """Makes the dataset; returns the exit code."""
    args = parse_args(argv)
    try:
        return make_dataset(args)
    except ValueError as error:
        print(error, file=sys.stderr)
    except futures.BrokenExecutor:
        print(
            f"--workers {args.workers}: a worker was killed, for memory perhaps; "
            "the same command with fewer goes on.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("Stopped; the same command goes on.", file=sys.stderr)
    return 1


def parse_args(argv):
    """Parses and checks the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m keras_s2p.make_dataset",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("paintings", nargs="?", help="folder of pictures; sub-folders are read too")
    add("output", help="folder for the dataset")
    add("--characters", type=int, default=0, help="how many built-in characters to add")
    add("--size", type=int, default=256, help="short side in pixels (default: 256)")
    add("--workers", type=int, default=os.cpu_count(), help="processes (default: all)")
    add("--sketches", help="folder of drawn lines, named like their paintings")
    add("--manifest", help="CSV that names the pictures: file, use, line, split_group")
    add("--use", default="train", help="rows of the manifest to take (default: train)")
    add(
        "--validation-share",
        type=float,
        default=0.05,
        help="share of the examples kept from training (default: 0.05)",
    )
    add("--seed", type=int, default=0, help="seed of the characters (default: 0)")
    args = parser.parse_intermixed_args(argv)
    if args.paintings is None and args.characters == 0:
        parser.error("name a folder of paintings, or --characters N, or both")
    for name in ("sketches", "manifest"):
        if args.paintings is None and getattr(args, name):
            parser.error(f"--{name}: name the folder of paintings too")
    for name, least in (("characters", 0), ("workers", 1), ("size", 32), ("seed", 0)):
        if getattr(args, name) < least:
            parser.error(f"--{name}: must be at least {least}")
    if not 0 <= args.validation_share < 1:
        parser.error("--validation-share: must be at least 0 and below 1")
    return args


def make_dataset(args) -> int:
    """Plans, writes and reports; returns the exit code.

    Raises:
        ValueError: a folder, the manifest or the settings can not be worked with.
    """
    pictures = _read_pictures(args) if args.paintings is not None else []
    people = dataset_plan.list_characters(args.characters, args.seed)
    shards = dataset_plan.plan_shards(pictures + people, args.validation_share)
    settings = {
        "size": args.size,
        "seed": args.seed,
        "characters": args.characters,
        "validation_share": args.validation_share,
        "pictures": dataset_plan.hash_pictures(pictures),
    }
    finished = open_output(args.output, settings)
    if finished:
        print(f"{args.output}: {len(finished)} of {len(shards)} shards are there")
    names = {record["name"] for record in finished}

    def keep(record):
        finished.append(record)
        dataset.write_index(args.output, settings, finished, complete=False)

    missing = [shard for shard in shards if shard.name not in names]
    if missing:
        write_shards(missing, args, keep)
    skipped = [reason for record in finished for reason in record["skipped"].values()]
    if skipped:
        print("\n".join(skipped), file=sys.stderr)
        print(f"{len(skipped)} pictures were skipped.", file=sys.stderr)
    if not any(record["examples"] for record in finished):
        for name in [dataset.INDEX] + [shard.name for shard in shards]:
            os.remove(os.path.join(args.output, name))
        raise ValueError(f"{args.paintings}: no picture in it can be used")
    dataset.write_index(args.output, settings, finished, complete=True)
    _report(args.output)
    return 0


def _read_pictures(args):
    """The pictures with their keys."""
    items = dataset_plan.list_paintings(
        args.paintings, args.sketches, args.manifest, args.use
    )
    with futures.ThreadPoolExecutor(args.workers) as pool:
        keyed = pool.map(dataset_plan.read_keys, items)
        bar = tqdm.tqdm(keyed, "Reading", len(items), unit=" pictures", disable=None)
        return list(bar)


def open_output(folder: str, settings: dict) -> list:
    """Makes the folder, or returns the finished shards' records of an earlier run.

    Raises:
        ValueError: the folder can not be made, holds something else, or was made with
            other settings.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError as error:
        raise ValueError(f"{folder}: can not be made ({error.strerror})") from None
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
        if name == "pictures":
            made = "other pictures, drawn lines or groups"
        else:
            made = f"--{name.replace('_', '-')} {found}, not {value}"
        raise ValueError(f"{folder}: made with {made}; name a new folder")
    return [record for record in index["shards"] if record["name"] in names]


def write_shards(shards: list, args, keep):
    """Writes shards with args.workers processes and a progress bar.

    Args:
        shards: list of dataset_plan.Shard, not empty.
        args: the command line.
        keep: called with the record (see dataset.write_index) of each finished shard.
    """
    context = multiprocessing.get_context("spawn")  # TensorFlow must not be forked
    done, stop = state = (context.Value("q", 0), context.Event())
    workers = min(args.workers, len(shards))
    if workers == 1:
        pool = futures.ThreadPoolExecutor(1, "shard", _start_worker, state)
    else:
        pool = futures.ProcessPoolExecutor(workers, context, _start_worker, state)
    total = sum(len(shard.items) for shard in shards)
    bar = tqdm.tqdm(None, "Writing", total, unit=" examples", disable=None)
    with pool, bar:
        try:
            # Processes that inherit this are ended by `stop`, not in mid-import.
            handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
            waiting = {pool.submit(_write_shard, shard, args) for shard in shards}
            signal.signal(signal.SIGINT, handler)
            while waiting:
                ready, waiting = futures.wait(waiting, 0.5, futures.FIRST_COMPLETED)
                bar.update(done.value - bar.n)
                for future in ready:
                    keep(future.result())
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


_state = None  # of a worker: how many items are done, and whether to stop


def _start_worker(done, stop):
    global _state
    _state = (done, stop)


def _write_shard(shard, args):
    """Writes one shard in a worker; returns its record."""
    counts, skipped = {}, {}
    people = _character_examples([i for i in shard.items if not i.file], args.size)

    def examples():
        done, stop = _state
        for item in shard.items:
            if stop.is_set():
                raise KeyboardInterrupt
            try:
                if item.file:
                    source, example = _painting_example(item, args.size)
                else:
                    source, example = next(people)
                counts[source] = counts.get(source, 0) + 1
                yield example
            except picture_files.ImageError as error:
                skipped[item.file] = str(error)
            with done.get_lock():
                done.value += 1

    dataset.write_shard(os.path.join(args.output, shard.name), examples())
    record = {"name": shard.name, "split": shard.split}
    return {**record, "examples": counts, "skipped": skipped}


def _painting_example(item, size):
    """Source and serialized example of a picture. Raises ImageError if it is unfit."""
    painting = picture_files.read_painting(item.path)
    height, width = painting.shape[:2]
    least = -(-size // 4)
    if min(height, width) < least:
        raise picture_files.ImageError(
            f"{item.path}: only {width} x {height} pixels; at least {least} x {least} "
            f"are needed for --size {size}"
        )
    fitted = images.fit_short_side(_crop(painting), size)
    sketch = None
    if item.line:
        sketch = picture_files.read_sketch(item.line)
        aspect = sketch.shape[1] / sketch.shape[0]
        if abs(aspect * height / width - 1) > ASPECT_TOLERANCE:
            raise picture_files.ImageError(
                f"{item.path}: its drawn lines {item.line} have other proportions"
            )
        sketch = images.resize_uint8(_crop(sketch), fitted.shape[:2])
    folders = item.file.split(os.sep)[:-1]
    source = folders[0] if folders else "paintings"
    return source, records.make_example(fitted, item.file, source, sketch)


def _crop(pixels):
    """Cuts the ends of a long side to at most MAX_ASPECT times the short one."""
    limit = MAX_ASPECT * min(pixels.shape[:2])
    top, left = (max(0, length - limit) // 2 for length in pixels.shape[:2])
    return pixels[top : top + limit, left : left + limit]


def _character_examples(items, size):
    """Source and serialized example of each character of a shard.

    The reference is another character that shows the same colours, painted in them.
    """
    for key in (item.key for item in items):
        drawing = character.draw_character(_seed(key), size)
        partner_key = dataset_plan.hash_text(f"partner of {key}")
        other = character.draw_partner(drawing, _seed(partner_key), size)
        colours = np.random.default_rng(_seed(dataset_plan.hash_text(key)))
        palette = palettes.random_palette(colours)
        example = records.make_example(
            drawing.paint(palette),
            f"character {key[:16]}",
            "characters",
            sketch=drawing.sketch(),
            reference=other.paint(palette),
            regions=drawing.regions,
            labels=[drawing.labels[name] for name in character.LABEL_SIZES],
        )
        yield "characters", example


def _seed(key):
    return int(key[:12], 16)


def _report(folder):
    """Prints what the dataset has."""
    index = dataset.load_index(folder)
    for split in dataset.SPLITS:
        sources = index["examples"][split]
        details = ", ".join(f"{name} {sources[name]}" for name in sorted(sources))
        count = dataset.num_examples(index, split)
        print(f"{folder}: {count} {split} examples ({details or 'none'})")


if __name__ == "__main__":
    sys.exit(main())
