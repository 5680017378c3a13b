"""Trainings, exports and paintings that are killed, and run again.

pytest -m slow tests/test_killed_commands.py --fuzz 400 kills each 20 times.
"""

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

ROOT = pathlib.Path(__file__).parent.parent
pytestmark = pytest.mark.slow


class Command:
    """A command that can be run to its end, or killed at some moment.

    Args:
        module: of keras_s2p.
        log: path of a file for what it complains of.
    """

    def __init__(self, module, log):
        self.log = log
        with open(log, "wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "tests" / "forks.py"), module],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        assert self._process.stdout.readline() == "ready\n"

    def run(self, arguments, kill_after=None):
        """Its exit code; -9 if it was killed so many seconds after its start."""
        self._process.stdin.write(json.dumps([*map(str, arguments)]) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        timer = None
        if kill_after is not None:
            timer = threading.Timer(kill_after, os.kill, (child, signal.SIGKILL))
            timer.start()
        code = int(self._process.stdout.readline())
        if timer:
            timer.cancel()
        return code

    def close(self):
        self._process.communicate()


@pytest.fixture
def kill_and_rerun(tmp_path, pytestconfig):
    """Function that kills a command again and again, and lets it end each time.

    Its arguments: the module, a function that makes arguments of a new folder, one that
    checks what a kill has left in it, and one that checks what is there at the end.
    """
    commands = []

    def run(module, make_arguments, check_left, check_whole):
        command = Command(module, tmp_path / "errors.txt")
        commands.append(command)
        rng = random.Random(0)
        start = time.monotonic()
        assert command.run(make_arguments(tmp_path / "whole")) == 0, text(command)
        seconds = time.monotonic() - start
        check_whole(tmp_path / "whole", 0)
        killed = 0
        for number in range(max(2, pytestconfig.getoption("--fuzz") // 20)):
            folder = tmp_path / str(number)
            arguments = make_arguments(folder)
            # Before it has begun to write there is little to break.
            kill_after = seconds * rng.uniform(0.2, 1)
            code = command.run(arguments, kill_after)
            assert code in (0, -9), text(command)
            killed += code == -9
            check_left(folder)
            assert command.run(arguments) == 0, (kill_after, text(command))
            check_whole(folder, 1 if code == 0 else None)
            assert not partials(folder)
        print(f"\n{module}: {killed} killed of {number + 1}")
        assert killed

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
        return options(dataset_folder, weights_folder, folder, "--steps", 6)

    def check_left(folder):
        for path in folder.glob("*.npz"):
            with np.load(path) as arrays:
                assert all(np.isfinite(arrays[name]).all() for name in arrays.files)
        for path in folder.glob("*.json"):
            json.loads(path.read_text())
        if list(folder.glob("checkpoints/ckpt*.index")):
            assert (folder / weights.GENERATOR_FILE).exists()

    def check_whole(folder, _):
        assert weights.load_networks(str(folder))
        assert tf.train.latest_checkpoint(str(folder / "checkpoints"))
        rows = np.genfromtxt(folder / "history.csv", delimiter=",", names=True)
        assert list(rows["epoch"]) == [0, 1, 2]
        names = {path.name for path in (folder / "samples").iterdir()}
        assert names == {"0000002.png", "0000004.png", "0000006.png"}

    kill_and_rerun("keras_s2p.train", make_arguments, check_left, check_whole)


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

    def check_whole(folder, more):
        assert check_versions(folder) >= 1 + (more or 0)
        names = {path.name for path in folder.iterdir() if not path.name.isdigit()}
        assert names == {"models.config", "docker-compose.yml"}

    kill_and_rerun("keras_s2p.export", make_arguments, check_versions, check_whole)


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

    def check_whole(folder, _):
        check_left(folder)
        names = {path.name for path in folder.iterdir()}
        layers = {f"{number:02}.ora" for number in range(12)}
        assert names == {*expected, *layers, "overview.png"}

    kill_and_rerun("keras_s2p.paint", make_arguments, check_left, check_whole)
