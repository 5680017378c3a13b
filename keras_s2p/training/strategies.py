"""What a training computes on: tf.distribute strategies, and the precision."""

import contextlib
import json
import os
import signal
import threading

import keras
import tensorflow as tf
from tensorflow.python.ops import gen_math_ops  # where all sums of several are made

from keras_s2p.common import errors

SYNCHRONIZED_BELOW = 8  # pictures a replica; more are a good sample of their batch


def make_strategy(name: str):
    """The tf.distribute strategy, and whether this process writes the run folder.

    Args:
        name: RunConfig.strategy.

    Raises:
        ValueError: there is nothing that the strategy could run on.
    """
    if name == "auto":
        several = len(tf.config.list_physical_devices("GPU")) > 1
        name = "mirrored" if several else "none"
    if name == "none":
        return tf.distribute.get_strategy(), True
    if name == "mirrored":
        return tf.distribute.MirroredStrategy(), True
    if name == "multiworker":
        return _make_multiworker()
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
        return tf.distribute.TPUStrategy(resolver), True
    except (ValueError, tf.errors.OpError) as error:
        reason = errors.find_reason(error)
        raise ValueError(f"--strategy tpu: no TPU found ({reason})") from None


def _make_multiworker():
    if "TF_CONFIG" not in os.environ:
        raise ValueError("--strategy multiworker: TF_CONFIG is not set")
    if not is_cluster(os.environ["TF_CONFIG"]):
        raise ValueError(
            "--strategy multiworker: TF_CONFIG is not JSON of a `cluster` of workers "
            "and of this one's `task`"
        )
    print("Waiting for the other workers of TF_CONFIG", flush=True)
    with _ended_by_signals():
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    resolver = strategy.cluster_resolver
    chief = resolver.task_type == "chief" or (
        resolver.task_type == "worker"
        and resolver.task_id == 0
        and "chief" not in resolver.cluster_spec().jobs
    )
    return strategy, chief


@contextlib.contextmanager
def _ended_by_signals():
    """Around what lets no Python run while it waits, and then keeps SIGTERM for itself.

    Ctrl-C ends it at once: nothing is written yet. After it both are as before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    if before[signal.SIGINT] != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            # None is one that Python can not set again.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def is_cluster(text: str) -> bool:
    """Whether a TF_CONFIG names workers, and a chief or a worker as this process."""
    try:
        config = json.loads(text)
        task = config["task"]
        addresses = config["cluster"][task["type"]]
        index = int(task["index"])
        return task["type"] in ("chief", "worker") and 0 <= index < len(addresses)
    except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return False


def make_deterministic():
    """From here on this process gives the same numbers, to the bit, each time.

    TensorFlow's own switch leaves one thing out: AddN, the sum of three tensors or
    more, such as of the gradients of what is used thrice, begins with an input whose
    memory nobody else still reads, and which one that is hangs on the threads. Such
    sums are made in order here, and the optimiser of graphs makes none of its own.
    """
    with contextlib.suppress(RuntimeError):  # TensorFlow has begun, with all cores
        tf.config.threading.set_intra_op_parallelism_threads(os.cpu_count())
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
    gen_math_ops.add_n = add_in_order


def add_in_order(inputs, name=None):
    """Sum of a list of tensors of one shape, in their order."""
    if len(inputs) < 3:
        return tf.raw_ops.AddN(inputs=inputs, name=name)
    return tf.reduce_sum(tf.stack(inputs), axis=0, name=name)


@contextlib.contextmanager
def precision(mixed: bool):
    """Within, networks are built and trained in bfloat16 if `mixed`, else in float32.

    What was set before is set again at the end, so that one program may train twice.
    """
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def is_synchronized(strategy, config) -> bool:
    """Whether batch normalisation sees the examples of all replicas.

    Args:
        strategy: tf.distribute.Strategy.
        config: TrainConfig.
    """
    replicas = strategy.num_replicas_in_sync
    if replicas == 1:
        return False
    if config.synchronized is not None:
        return config.synchronized
    return config.batch_size < SYNCHRONIZED_BELOW * replicas


def check_batch_size(strategy, batch_size: int):
    """Raises ValueError if the replicas can not share a batch evenly.

    A replica without a picture would give a loss that is no number.
    """
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        nearest = replicas * max(1, round(batch_size / replicas))
        raise ValueError(
            f"--batch-size: {batch_size} pictures can not be shared evenly by "
            f"{replicas} replicas; {nearest} can"
        )
