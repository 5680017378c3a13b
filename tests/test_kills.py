"""Commands that are killed, and what the same command then makes of it."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from keras_s2p import make_dataset
from keras_s2p.common import files, picture_files

ROOT = pathlib.Path(__file__).parent.parent
ARGUMENTS = ["--characters", "60", "--size", "32", "--workers", "2"]


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(found, seconds=120):
    """Waits until a function gives something true; returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError("waited for too long")


def children(pid):
    """Ids of the living processes that a process has started, and their children."""
    own = set()
    with contextlib.suppress(OSError):  # one that has ended since
        for path in list(pathlib.Path(f"/proc/{pid}/task").glob("*/children")):
            with contextlib.suppress(OSError):  # or a thread of it
                own.update(map(int, path.read_text().split()))
    return own.union(*map(children, own))


def alive(pids):
    return [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]


WRITE = """\
import sys
import numpy as np
from keras_s2p.common import picture_files
rng = np.random.default_rng(int(sys.argv[2]))
while True:
    pixels = np.full((400, 300, 3), rng.integers(0, 256, 3), np.uint8)
    noise = rng.integers(0, 3, (400, 1, 3), np.uint8)  # a row is of one colour
    path = f"{sys.argv[1]}/{rng.integers(3)}.png"
    picture_files.write_image(path, pixels // 2 + noise)
    print(flush=True)
"""


def test_a_killed_writer_leaves_whole_pictures_alone(tmp_path, pytestconfig):
    rng = np.random.default_rng(0)
    for number in range(max(2, pytestconfig.getoption("--fuzz") // 20)):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE, str(tmp_path), str(number)],
            cwd=ROOT, stdout=subprocess.PIPE,
        )  # fmt: skip
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        process.communicate()
        files.clean_partials(str(tmp_path))
        names = {path.name for path in tmp_path.iterdir()}
        assert names <= {"0.png", "1.png", "2.png"}
        for name in names:
            pixels = picture_files.read_painting(str(tmp_path / name))
            assert pixels.shape == (400, 300, 3) and (pixels == pixels[:, :1]).all()


@pytest.mark.long
@pytest.mark.slow
def test_workers_of_a_killed_make_dataset_end_and_a_rerun_goes_on(tmp_path, capsys):
    process = start("keras_s2p.make_dataset", tmp_path, *ARGUMENTS)

    def find_writing():
        # The index has a partial file too, before there are workers.
        found = children(process.pid)
        return found if len(found) >= 2 and any(tmp_path.glob(".*.partial")) else None

    try:
        workers = wait_for(find_writing)
        assert make_dataset.main([str(tmp_path), *ARGUMENTS]) == 1
        assert "another make_dataset" in capsys.readouterr().err
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_for(lambda: not alive(workers), 20)
    assert make_dataset.main([str(tmp_path), *ARGUMENTS]) == 0
    assert "damaged" not in capsys.readouterr().err
    names = {path.name for path in tmp_path.iterdir()}
    assert all(name.endswith((".tfrecord", ".json")) for name in names)
