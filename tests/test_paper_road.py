"""The paper's recipe with VGG 19, from a folder of pictures to a server's model.

Each step is the command that a user types, in a process of its own without a network.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from vgg_file import write_vgg_file

from keras_s2p.characters import character, palettes
from keras_s2p.common import picture_files
from keras_s2p.training import checkpoints

TESTS = pathlib.Path(__file__).parent
ENVIRONMENT = {
    **os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])
}  # fmt: skip


def start(folder, command):
    """A process of `keras-s2p COMMAND` in a folder."""
    return subprocess.Popen(
        [sys.executable, str(TESTS / "offline.py"), *command.split()],
        cwd=folder, env={**ENVIRONMENT, "HOME": str(folder)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def run(folder, command):
    """What a command prints; it must end well."""
    process = start(folder, command)
    output = process.communicate(timeout=1800)[0]
    assert process.returncode == 0, f"{command}:\n{output[-3000:]}"
    return output


def kill_after_a_checkpoint(folder, command):
    """Runs a training until it has a checkpoint, and ends it at once."""
    process = start(folder, command)
    try:
        begun = folder / "run" / "checkpoints" / "checkpoint"
        while not begun.exists() and process.poll() is None:
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGKILL)
        output = process.communicate()[0]
    assert list(folder.glob("run/checkpoints/*.index")), output[-3000:]
    return output


def write_paintings(folder):
    """Six paintings, of 96 pixels."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for seed in range(6):
        drawing = character.draw_character(seed, 96)
        path = folder / f"{seed}.png"
        picture_files.write_image(
            str(path), drawing.paint(palettes.random_palette(rng))
        )
    picture_files.write_image(str(folder.parent / "sketch.png"), drawing.sketch())


def read(path):
    return picture_files.read_painting(str(path)).astype(int)


@pytest.mark.long
@pytest.mark.slow
def test_the_papers_road_from_paintings_to_a_served_model(tmp_path):
    write_paintings(tmp_path / "paintings")
    write_vgg_file(tmp_path / "vgg19.h5")
    # Without a validation, which each training would take half a minute to compile.
    shares = "--validation-share 0 --workers 1"
    run(tmp_path, f"make-dataset paintings data --size 64 {shares}")
    train = (
        "train --recipe paper --size 64 --dataset data --run-dir run --batch-size 2 "
        "--vgg-weights vgg19.h5 --strategy mirrored --mixed-precision "
        "--checkpoint-every 1 --shift-every 1 --steps "
    )
    killed = kill_after_a_checkpoint(tmp_path, train + "1000")
    assert "Batch normalisation over all 2 replicas" in killed
    done = checkpoints.find_step(str(tmp_path / "run" / "checkpoints"))
    output = run(tmp_path, train + str(done + 1))
    assert f"Resuming run at step {done}" in output and "Done." in output
    vgg = "--vgg-weights vgg19.h5"
    run(
        tmp_path,
        f"evaluate --weights run {vgg} --dataset data --split all --count 1 "
        "--no-palette --no-correspondence --out measured",
    )
    results = json.loads((tmp_path / "measured" / "results.json").read_text())
    assert results["painted_at"] == 64 and list(results["sources"]) == ["paintings"]
    run(tmp_path, "release run mine")
    run(tmp_path, f"paint --weights mine {vgg} sketch.png paintings/0.png -o a.png")
    run(tmp_path, f"export models --weights mine {vgg}")
    run(tmp_path, "paint --saved-model models sketch.png paintings/0.png -o b.png")
    one, two = read(tmp_path / "a.png"), read(tmp_path / "b.png")
    assert one.shape == (96, 96, 3) and one.std() > 1
    assert np.abs(one - two).max() <= 1
