"""Worker processes of one training: whether they share a folder, and if one ends."""

import contextlib
import hashlib
import os
import random
import time

import tensorflow as tf

SEEN_WITHIN = 10.0  # seconds in which a file of one machine is seen by the others


def check_shared(strategy, folder: str, chief: bool):
    """Raises ValueError, in all workers, if they do not see one run folder.

    The chief writes a hidden file, for which all look. Without a folder that is shared
    some would begin anew where others resume, and wait for each other for ever.

    Args:
        strategy: tf.distribute.MultiWorkerMirroredStrategy.
        folder: the run folder, which the chief has made.
        chief: whether this process writes the run folder.
    """
    number = random.SystemRandom().randint(1, 2**20)
    with contextlib.ExitStack() as stack:
        if chief:
            path = _name(folder, number)
            open(path, "wb").close()
            stack.callback(_remove, path)
        number = _sum(strategy, number if chief else 0) / _sum(strategy, int(chief))
        seen = _wait_for(_name(folder, round(number)))
        missing = _sum(strategy, int(not seen))
    if missing:
        raise ValueError(
            f"--run-dir: {folder} is not one folder for all workers; name one that "
            "they share"
        )


def check_alike(strategy, settings: str, chief: bool):
    """Raises ValueError, in all workers, if they are not to train alike.

    Each would wait for sums that the others do not make, or train with rates of its
    own, of which the run folder tells nothing.

    Args:
        strategy: tf.distribute.MultiWorkerMirroredStrategy.
        settings: text of what this worker trains with.
        chief: whether this process writes the run folder.
    """
    number = int(hashlib.sha256(settings.encode()).hexdigest(), 16) % 2**20
    first = _sum(strategy, number if chief else 0) / _sum(strategy, int(chief))
    if _sum(strategy, int(number != round(first))):
        raise ValueError(
            "--strategy multiworker: the workers have different options or datasets; "
            "start all with one command"
        )


def _name(folder, number):
    return os.path.join(folder, f".workers-{number}")


def _remove(path):
    with contextlib.suppress(OSError):
        os.remove(path)


def _wait_for(path):
    """Whether a file is there; a network's file system may be late."""
    end = time.monotonic() + SEEN_WITHIN
    while not os.path.exists(path):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _sum(strategy, number):
    """The sum of a number over all replicas of all workers; exact below 2**24."""
    each = strategy.run(tf.function(lambda: tf.constant(number, tf.float32)))
    return float(strategy.reduce(tf.distribute.ReduceOp.SUM, each, axis=None))


@contextlib.contextmanager
def explained():
    """Turns what other workers' ends lead to into a ValueError of one sentence."""
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
        # Behind the operation's name, before advice to read the logs; of one line.
        lines = error.message.rpartition("}} ")[2].strip().splitlines() or ["no reason"]
        reason = lines[0].split(". ")[0].strip()
        raise ValueError(
            f"--strategy multiworker: another worker has ended ({reason}); start all "
            "of them again, they go on from the last checkpoint"
        ) from None
