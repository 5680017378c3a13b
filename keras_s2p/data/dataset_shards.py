"""Writes the shards of a dataset in several processes."""

import multiprocessing
import os
import signal
import threading
from concurrent import futures

import tqdm

from keras_s2p.common import picture_files
from keras_s2p.data import (
    dataset,
    dataset_checks,
    dataset_examples,
    dataset_plan,
)


def write_shards(shards: list, folder: str, size: int, workers: int, keep, check):
    """Writes shards in processes, with a progress bar.

    Args:
        shards: list of dataset_plan.Shard, not empty.
        folder: of the dataset.
        size: short side of the paintings in pixels.
        workers: processes.
        keep: called with the record (see dataset.write_index) of each finished shard.
        check: called in the processes before a shard takes its place.
    """
    context = multiprocessing.get_context("spawn")  # TensorFlow must not be forked
    done, stop = state = (context.Value("q", 0), context.Event())
    workers = min(workers, len(shards))
    if workers == 1:
        pool = futures.ThreadPoolExecutor(1, "shard", _start_worker, state)
    else:
        pool = futures.ProcessPoolExecutor(workers, context, _start_process, state)
    total = sum(len(shard.items) for shard in shards)
    bar = tqdm.tqdm(None, "Writing", total, unit=" examples", disable=None)
    with pool, bar:
        try:
            # Processes that inherit this are ended by `stop`, not in mid-import.
            handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
            waiting = {
                pool.submit(_write_shard, shard, folder, size, check)
                for shard in shards
            }
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


def _start_process(done, stop):
    _start_worker(done, stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    """Ends this process when its parent is gone, which may have been killed."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _write_shard(shard, folder, size, check):
    """Writes one shard in a worker; returns its record."""
    counts, skipped = {}, {}
    people = dataset_examples.character_examples(
        [item for item in shard.items if not item.file], size
    )

    def make_examples():
        done, stop = _state
        for item in shard.items:
            if stop.is_set():
                raise KeyboardInterrupt
            try:
                if item.file:
                    source, example = dataset_examples.painting_example(item, size)
                else:
                    source, example = next(people)
                dataset_plan.check_unchanged(item)
                counts[source] = counts.get(source, 0) + 1
                yield example
            except picture_files.ImageError as error:
                dataset_plan.check_unchanged(item)
                skipped[item.file] = _without_folder(item, str(error))
            except MemoryError:
                if not item.file:
                    raise
                skipped[item.file] = f"{item.file}: {picture_files.NO_MEMORY} for it"
            with done.get_lock():
                done.value += 1
        check()

    path = os.path.join(folder, shard.name)
    dataset.write_shard(path, make_examples())
    record = {"name": shard.name, "split": shard.split}
    found = dataset_checks.fingerprint(path)
    return {**record, "examples": counts, "skipped": skipped, **found}


def _without_folder(item, reason):
    """What is said of a picture, the same wherever its folder is."""
    for path, name in (item.path, item.file), (item.line, os.path.basename(item.line)):
        reason = reason.replace(path, name) if path else reason
    return reason
