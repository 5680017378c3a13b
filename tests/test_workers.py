"""Two workers of one training, of which one is killed or sees another run folder."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent import futures

import pytest
import tensorflow as tf
from test_kills import ROOT, wait_for
from test_train_command import options
from workers import cluster

from keras_s2p.training import strategies, workers

FIT_IN_TIME = 240  # seconds; a worker that is gone is noticed within ten


def start(arguments, tf_config):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *arguments,
         "--strategy", "multiworker"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CONFIG": tf_config},
    )  # fmt: skip


def last_line(process):
    """The last line of what it says; it must fail, and soon."""
    try:
        _, error = process.communicate(timeout=FIT_IN_TIME)
    finally:
        process.kill()
    assert process.returncode == 1, error[-2000:]
    return error.splitlines()[-1]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("killed", [0, 1])
def test_the_other_worker_ends_with_a_sentence(
    dataset_folder, weights_folder, tmp_path, killed
):
    arguments = options(
        dataset_folder, weights_folder, tmp_path / "run", "--steps", 100_000,
        "--adversarial", "none", "--no-guides", "--average", 0,
    )  # fmt: skip
    processes = [start(arguments, each) for each in cluster(2)]
    try:
        wait_for((tmp_path / "run" / "checkpoints" / "checkpoint").exists, 1800)
        processes[killed].send_signal(signal.SIGKILL)
        line = last_line(processes[1 - killed])
        assert line.startswith(
            "train: --strategy multiworker: another worker has ended"
        )
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@pytest.mark.long
@pytest.mark.slow
def test_workers_without_a_shared_folder_are_told(
    dataset_folder, weights_folder, tmp_path
):
    processes = [
        start(options(dataset_folder, weights_folder, tmp_path / name), each)
        for name, each in zip(("one", "two"), cluster(2))
    ]
    lines = [last_line(process) for process in processes]
    for name, line in zip(("one", "two"), lines):
        assert line == (
            f"train: --run-dir: {tmp_path / name} is not one folder for all workers; "
            "name one that they share"
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("other", ["seed 0", "seed 1"])
def test_workers_begin_if_they_are_alike(other, monkeypatch):
    given, all_there = {}, threading.Barrier(2)

    def add(chief, number):
        given[chief] = number
        all_there.wait(10)
        total = sum(given.values())
        all_there.wait(10)
        return float(total)

    def check(chief, settings):
        try:
            workers.check_alike(chief, settings, chief)
        except ValueError as error:
            return str(error)
        return None

    monkeypatch.setattr(workers, "_sum", add)
    with futures.ThreadPoolExecutor(2) as pool:
        told = list(pool.map(check, [True, False], ["seed 0", other]))
    assert told[0] == told[1]
    assert bool(told[0]) == (other == "seed 1")
    assert not told[0] or "start all with one command" in told[0]


@pytest.mark.long
@pytest.mark.slow
def test_workers_with_different_options_are_told(
    dataset_folder, weights_folder, tmp_path
):
    run = tmp_path / "run"
    processes = [
        start(options(dataset_folder, weights_folder, run, "--seed", seed), each)
        for seed, each in enumerate(cluster(2))
    ]
    for line in [last_line(process) for process in processes]:
        assert line == (
            "train: --strategy multiworker: the workers have different options or "
            "datasets; start all with one command"
        )
    assert not (run / "train.json").exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "{}", "[]", "null", '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": [], "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": -1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1e999}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker"}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": ["worker"], "index": 0}}',
        '{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_a_tf_config_of_no_workers_is_told(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match="TF_CONFIG is not JSON of a `cluster`"):
        strategies.make_strategy("multiworker")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    "count, number, line",
    [(1, signal.SIGTERM, "one worker\n"), (2, signal.SIGINT, "Waiting for the")],
)
def test_a_worker_is_ended_by_signals(count, number, line):
    """One that is alone; and by Ctrl-C one that waits for another."""
    code = (
        "import time; from keras_s2p.training import strategies; "
        "strategies.make_strategy('multiworker'); print('one worker', flush=True); "
        "time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TF_CONFIG": cluster(count)[0]},
    )  # fmt: skip
    with process:
        while not process.stdout.readline().startswith(line):
            assert process.poll() is None
        time.sleep(3)
        process.send_signal(number)
        try:
            assert process.wait(30) == -number
        finally:
            process.kill()


def test_a_tf_config_of_workers_is_one():
    assert all(map(strategies.is_cluster, cluster(2)))
    chief = {"cluster": {"chief": ["a:1"]}, "task": {"type": "chief", "index": "0"}}
    assert strategies.is_cluster(json.dumps(chief))


@pytest.mark.parametrize("seen", [True, False])
def test_workers_look_for_what_the_chief_writes(tmp_path, monkeypatch, seen):
    monkeypatch.setattr(workers, "SEEN_WITHIN", 0.1)
    elsewhere = str(tmp_path / "elsewhere")
    if not seen:
        wait_for_file = workers._wait_for
        monkeypatch.setattr(workers, "_wait_for", lambda _: wait_for_file(elsewhere))
    told = contextlib.nullcontext()
    if not seen:
        told = pytest.raises(ValueError, match="^--run-dir: .* is not one folder")
    with told:
        workers.check_shared(tf.distribute.get_strategy(), str(tmp_path), True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "message, reason",
    [
        ("{{node x}} task:1 is down. See logs.", "task:1 is down"),
        (
            "{{node x}} Collective ops is aborted by: Socket closed\n"
            "Additional GRPC error information: {}\n"
            "The error could be from a previous operation. Restart to reset.",
            "Collective ops is aborted by: Socket closed",
        ),
        ("", "no reason"),
    ],
)
def test_the_end_of_another_worker_is_a_sentence(message, reason):
    error = tf.errors.UnavailableError(None, None, message)
    with pytest.raises(ValueError) as told:
        with workers.explained():
            raise error
    assert str(told.value) == (
        f"--strategy multiworker: another worker has ended ({reason}); start all "
        "of them again, they go on from the last checkpoint"
    )
