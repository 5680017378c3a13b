"""Trainings, exports and paintings that are killed, and run again.

pytest -m slow tests/test_killed_commands.py --fuzz 400 kills each 20 times.
"""

import contextlib
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from test_train_command import options

from keras_s2p.common import files, picture_files
from keras_s2p.networks import weights
from keras_s2p.painting.painter import Painter
from keras_s2p.training import history

ROOT = pathlib.Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.long]


class Command:
    """A command that can be run to its end, or killed at some moment.

    Args:
        modules: of keras_s2p; its own, and what it imports only when it needs it.
        log: path of a file for what it complains of.
    """

    def __init__(self, modules, log):
        self.log = log
        with open(log, "wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "tests" / "forks.py"), *modules],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert self._process.stdout.readline() == "ready\n"

    def run(self, arguments, folder=None, changes=0, delay=0.0):
        """Its exit code; -9 if it was killed.

        Args:
            arguments: of the command.
            folder: it is killed when this has changed so many times, and `delay`
                seconds later. None lets it end.
        """
        self._process.stdin.write(json.dumps([*map(str, arguments)]) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if folder is not None:
            threading.Thread(target=kill, args=(child, folder, changes, delay)).start()
        return int(self._process.stdout.readline())

    def close(self):
        self._process.communicate()


def kill(child, folder, changes, delay):
    """Kills a process when a folder has changed so many times, unless it ends."""
    before = look(folder)
    while changes and pathlib.Path(f"/proc/{child}").exists():
        time.sleep(0.002)
        after = look(folder)
        changes -= before != after
        before = after
    time.sleep(delay)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def look(folder):
    """What is in a folder, at any depth, and how large it is."""
    found = set()
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            found.add((path, path.lstat().st_size))
    return found


@pytest.fixture
def kill_and_rerun(tmp_path, pytestconfig):
    """Function that kills a command again and again, and lets it end each time.

    Its arguments: the modules of Command, a function that makes arguments of a new
    folder, one that checks what a kill has left in it, one that checks what is there at
    the end, and of how many changes of the folder one is waited for, at first: a busy
    machine shows fewer, and a command that ended before its kill is run anew with less.
    """
    commands = []

    def run(modules, make_arguments, check_left, check_whole, most_changes):
        command = Command(modules, tmp_path / "errors.txt")
        commands.append(command)
        rng = random.Random(0)
        rounds = max(1, pytestconfig.getoption("--fuzz") // 20)
        killed = 0
        for number in itertools.count():
            folder = tmp_path / str(number)
            arguments = make_arguments(folder)
            moment = rng.randint(1, most_changes), rng.uniform(0, 0.02)
            if number == 0:  # Early, which any machine shows.
                moment = most_changes // 4, moment[1]
            code = command.run(arguments, folder, *moment)
            assert code in (0, -9), text(command)
            if code == 0:
                check_whole(folder)
                most_changes = moment[0] - 1
                assert most_changes, "it ends before it is killed"
                continue
            check_left(folder)
            assert command.run(arguments) == 0, (moment, text(command))
            check_whole(folder)
            assert not partials(folder)
            killed += 1
            if killed == rounds:
                break
        print(f"\n{modules[0]}: {killed} killed of {number + 1}")

    yield run
    for command in commands:
        command.close()


def text(command):
    return command.log.read_text(errors="replace")[-2000:]


def partials(folder):
    return [
        path
        for path in folder.rglob("*")
        if path.name.endswith(files.PARTIAL) or "_temp" in path.name
    ]


def test_a_killed_training_goes_on(kill_and_rerun, dataset_folder, weights_folder):
    def make_arguments(folder):
        return options(dataset_folder, weights_folder, folder, "--steps", 4)

    def check_left(folder):
        for path in folder.glob("*.npz"):
            with np.load(path) as arrays:
                assert all(np.isfinite(arrays[name]).all() for name in arrays.files)
        for path in folder.glob("*.json"):
            json.loads(path.read_text())
        if list(folder.glob("checkpoints/ckpt*.index")):
            assert (folder / weights.GENERATOR_FILE).exists()

    def check_whole(folder):
        assert weights.load_networks(str(folder))
        assert tf.train.latest_checkpoint(str(folder / "checkpoints"))
        # One line and one grid may be missing: of the checkpoint it was killed behind.
        rows = history.read(folder)["epoch"]
        assert rows in ([0, 1], [0], [1])
        names = {path.name for path in (folder / "samples").iterdir()}
        assert names <= {"0000002.png", "0000004.png"} and names

    modules = "keras_s2p.train", "keras_s2p.training.run"
    kill_and_rerun(modules, make_arguments, check_left, check_whole, 30)


def test_a_killed_export_leaves_no_version(kill_and_rerun, weights_folder):
    def make_arguments(folder):
        return [folder, "--weights", weights_folder, "--size", 64]

    def check_versions(folder):
        versions = [path for path in folder.glob("*") if path.name.isdigit()]
        for version in versions:
            assert set(tf.saved_model.load(str(version)).signatures) >= {
                "paint",
                "style",
            }
        return len(versions)

    def check_whole(folder):
        assert check_versions(folder) >= 1
        names = {path.name for path in folder.iterdir() if not path.name.isdigit()}
        assert names == {"models.config", "docker-compose.yml"}

    kill_and_rerun(
        ["keras_s2p.export"], make_arguments, check_versions, check_whole, 15
    )


def test_a_killed_painting_leaves_whole_files(kill_and_rerun, weights_folder, tmp_path):
    sketches = tmp_path / "sketches"
    sketches.mkdir()
    for number in range(12):
        pixels = np.full((300, 200), 255, np.uint8)
        pixels[20 * number : 20 * number + 3] = 0
        PIL.Image.fromarray(pixels).save(sketches / f"{number:02}.png")
    reference = tmp_path / "reference.png"
    PIL.Image.new("RGB", (40, 40), (200, 30, 90)).save(reference)
    painter = Painter(weights_folder)
    style = painter.style(reference)
    expected = {path.name: painter.paint(path, style) for path in sketches.iterdir()}

    def make_arguments(folder):
        layers = ["--layers", "ora", "--skip-existing", "--overview"]
        return [sketches, reference, "-o", folder, "--weights", weights_folder, *layers]

    def check_left(folder):
        for path in folder.glob("[0-9]*.png"):
            pixels = np.asarray(PIL.Image.open(path).convert("RGB"), int)
            assert np.abs(pixels - np.asarray(expected[path.name], int)).max() <= 1
        for path in folder.glob("*.ora"):
            assert picture_files.read_painting(str(path)).shape == (300, 200, 3)

    def check_whole(folder):
        check_left(folder)
        names = {path.name for path in folder.iterdir()}
        layers = {f"{number:02}.ora" for number in range(12)}
        assert names == {*expected, *layers, "overview.png"}

    modules = "keras_s2p.paint", "keras_s2p.apps.batch", "keras_s2p.painting.painter"
    kill_and_rerun(modules, make_arguments, check_left, check_whole, 50)
