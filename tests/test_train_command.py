import errno
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

import train
from keras_s2p.networks import weights
from keras_s2p.training import history

ROOT = pathlib.Path(__file__).parent.parent
TINY_OPTIONS = (
    "--hint-size 16 --hint-filters 2 --hint-image-size 32 --filters 2 --mid-filters 8 "
    "--decoder-filters 8 --full-filters 4 --guide-filters 16 --size 32 --batch-size 2 "
    "--validation-batches 1 --checkpoint-every 2"
).split()


def options(dataset_folder, weights_folder, run, *more):
    return [
        "--dataset", dataset_folder, "--run-dir", str(run),
        "--hint-weights", weights_folder, *TINY_OPTIONS, *map(str, more),
    ]  # fmt: skip


def generator_arrays(run):
    with np.load(pathlib.Path(run) / weights.GENERATOR_FILE) as file:
        return {name: file[name] for name in file.files}


def scalars(run):
    """Tag to values of TensorBoard's scalars."""
    found = {}
    for path in sorted(pathlib.Path(run).rglob("events*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append(event.step)
    return found


@pytest.fixture(scope="module")
def finished_run(dataset_folder, weights_folder, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "whole"
    assert train.main(options(dataset_folder, weights_folder, run, "--steps", 5)) == 0
    return run


def test_a_run_folder_holds_configs_checkpoints_logs_samples_and_weights(finished_run):
    assert json.loads((finished_run / "train.json").read_text())["steps"] == 5
    names = {path.name for path in finished_run.iterdir()}
    assert names == {
        "generator.json", "train.json", "generator.npz", "hint_encoder.npz",
        "checkpoints", "history.csv", "history.png", "logs", "samples",
        "schedule.json", "sources.json", "versions.json",
    }  # fmt: skip
    assert [path.name for path in sorted((finished_run / "samples").iterdir())] == [
        "0000002.png", "0000004.png", "0000005.png",
    ]  # fmt: skip
    tags = scalars(finished_run / "logs")
    assert {"epoch_l1", "epoch_g_loss", "epoch_d_loss", "samples"} <= set(tags)
    assert {"epoch_shuffled_l1", "epoch_zero_l1"} <= set(tags)
    history = np.genfromtxt(finished_run / "history.csv", delimiter=",", names=True)
    assert list(history["epoch"]) == [0, 1, 2]
    assert np.all(history["l1"] > 0)


def test_the_weights_of_a_run_paint(finished_run):
    _, generator, hint_encoder = weights.load_networks(str(finished_run))
    hint = hint_encoder(tf.zeros((1, 32, 32, 3)))
    painted = generator({"sketch": tf.ones((1, 32, 32, 1)), "hint": hint})["painting"]
    assert np.isfinite(painted).all()


@pytest.mark.long
@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(
    finished_run, dataset_folder, weights_folder, tmp_path, monkeypatch, capsys
):
    arguments = options(dataset_folder, weights_folder, tmp_path / "run", "--steps", 5)

    def stop(self, epoch, logs=None):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("keras_s2p.training.callbacks.SampleGrid.on_epoch_end", stop)
        assert train.main(arguments) == 1
    assert "the same command resumes" in capsys.readouterr().err
    assert train.main(arguments) == 0
    assert "at step 2" in capsys.readouterr().out
    resumed, whole = generator_arrays(tmp_path / "run"), generator_arrays(finished_run)
    assert resumed.keys() == whole.keys()
    for name in whole:
        np.testing.assert_allclose(resumed[name], whole[name], atol=2e-5, err_msg=name)


@pytest.mark.slow
def test_what_paints_is_there_before_a_checkpoint_counts(
    finished_run, dataset_folder, weights_folder, tmp_path, monkeypatch, capsys
):
    def full(self, epoch, logs=None):
        raise tf.errors.ResourceExhaustedError(
            None, None, "write failed; No space left on device"
        )

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr("keras_s2p.training.callbacks.Checkpoint.on_epoch_end", full)
        arguments = options(dataset_folder, weights_folder, run, "--steps", 2)
        assert train.main(arguments) == 1
    expected = f"train: {run}: no space left on the device; the same command resumes"
    assert capsys.readouterr().err.startswith(expected)
    assert weights.load_networks(str(run))


@pytest.mark.slow
def test_a_disk_that_is_full_when_what_paints_is_made_again_is_told(
    finished_run, dataset_folder, weights_folder, tmp_path, monkeypatch, capsys
):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / weights.GENERATOR_FILE).unlink()
    monkeypatch.setattr("keras_s2p.networks.weights.write_arrays", full)
    arguments = options(dataset_folder, weights_folder, run, "--steps", 5)
    assert train.main(arguments) == 1
    expected = f"train: {run}: no space left on the device; the same command resumes"
    assert capsys.readouterr().err.startswith(expected)


@pytest.mark.slow
@pytest.mark.parametrize("cut", [0, 1000])
def test_a_finished_run_makes_again_what_paints(
    cut, finished_run, dataset_folder, weights_folder, tmp_path, capsys
):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    names = [weights.CONFIG_FILE, weights.HINT_ENCODER_FILE, weights.GENERATOR_FILE]
    kept = {name: (run / name).read_bytes() for name in names}
    (run / names[0]).unlink()
    for name in names[1:]:
        (run / name).unlink()
        if cut:
            (run / name).write_bytes(kept[name][:cut])
    arguments = options(dataset_folder, weights_folder, run, "--steps", 5)
    assert train.main(arguments) == 0
    assert (
        "generator.npz was missing, damaged or of another step"
        in capsys.readouterr().out
    )
    assert {name: (run / name).read_bytes() for name in names} == kept


@pytest.mark.parametrize("name", [weights.GENERATOR_FILE, weights.HINT_ENCODER_FILE])
def test_what_is_no_file_is_named_before_a_training(
    name, finished_run, dataset_folder, weights_folder, tmp_path, capsys
):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / name).unlink()
    os.mkfifo(run / name)
    arguments = options(dataset_folder, weights_folder, run, "--steps", 7)
    assert train.main(arguments) == 1
    assert f"{name}: a named pipe, not a file" in capsys.readouterr().err


def test_a_lost_hint_encoder_is_not_exchanged_for_another(
    finished_run, dataset_folder, weights_folder, tmp_path, capsys
):
    run, other = tmp_path / "run", tmp_path / "other"
    shutil.copytree(finished_run, run)
    shutil.copytree(weights_folder, other)
    (run / weights.HINT_ENCODER_FILE).unlink()
    with np.load(other / weights.HINT_ENCODER_FILE) as arrays:
        changed = {name: 2 * array for name, array in arrays.items()}
    np.savez(other / weights.HINT_ENCODER_FILE, **changed)
    arguments = options(dataset_folder, str(other), run, "--steps", 7)
    assert train.main(arguments) == 1
    assert f"another file than the one that {run}" in capsys.readouterr().err
    assert not (run / weights.HINT_ENCODER_FILE).exists()


@pytest.mark.slow
def test_a_finished_run_says_so_and_can_be_extended(
    finished_run, dataset_folder, weights_folder, capsys
):
    arguments = options(dataset_folder, weights_folder, finished_run, "--steps", 5)
    assert train.main(arguments) == 0
    assert "has its 5 steps already" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_goes_on_without_the_weights_that_it_began_with(
    finished_run, dataset_folder, weights_folder, capsys
):
    rest = ("--steps", 5, "--initial-weights", "gone")
    assert train.main(options(dataset_folder, weights_folder, finished_run, *rest)) == 0
    assert "has its 5 steps already" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_that_validation_ended_says_so_and_does_not_go_on(
    finished_run, dataset_folder, weights_folder, tmp_path, capsys
):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    lines = (run / history.FILE).read_text().splitlines()
    lowest = lines[1].replace(
        lines[1].split(",")[lines[0].split(",").index("val_l1")], "0.001"
    )
    (run / history.FILE).write_text("\n".join([lines[0], lowest, *lines[1:]]) + "\n")
    before = (run / weights.GENERATOR_FILE).read_bytes()
    rest = ("--steps", 9, "--patience", len(lines) - 1)
    assert train.main(options(dataset_folder, weights_folder, run, *rest)) == 0
    assert f"{run} has 5 steps. Stopped early" in capsys.readouterr().out
    assert (run / weights.GENERATOR_FILE).read_bytes() == before


@pytest.mark.slow
def test_what_a_kill_behind_the_last_checkpoint_left_is_cleared_up(
    finished_run, dataset_folder, weights_folder, tmp_path
):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / history.PICTURE).unlink()
    (run / "samples").mkdir(exist_ok=True)
    left = [run / place / f".{7:016x}.partial" for place in (".", "samples")]
    for path in left:
        path.write_bytes(b"half")
    arguments = options(dataset_folder, weights_folder, run, "--steps", 5)
    assert train.main(arguments) == 0
    assert (run / history.PICTURE).read_bytes().startswith(b"\x89PNG")
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize(
    "gone, sign",
    [
        (["checkpoints"], history.FILE),
        (["checkpoints", history.FILE], history.PICTURE),
        pytest.param(
            ["checkpoints", "history.*", "samples"],
            weights.GENERATOR_FILE,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["checkpoints/*", "history.*"], "samples/", marks=pytest.mark.slow
        ),
    ],
)
def test_a_run_whose_checkpoints_were_deleted_is_not_begun_over(
    gone, sign, finished_run, dataset_folder, weights_folder, tmp_path, capsys
):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    for path in sum((list(run.glob(name)) for name in gone), []):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert (run / "checkpoints").is_dir() == ("checkpoints/*" in gone)
    kept = (run / weights.GENERATOR_FILE).read_bytes()
    arguments = options(dataset_folder, weights_folder, run, "--steps", 5)
    assert train.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"train: {run}: {sign}")
    assert "is of a training whose checkpoints are gone" in error
    assert (run / weights.GENERATOR_FILE).read_bytes() == kept


def test_other_settings_are_refused_by_name(
    finished_run, dataset_folder, weights_folder, capsys
):
    arguments = options(
        dataset_folder, weights_folder, finished_run, "--l1-weight", "1.5"
    )
    assert train.main(arguments) == 1
    assert "--l1-weight" in capsys.readouterr().err


def test_wrong_use_is_one_sentence_and_leaves_nothing(
    dataset_folder, weights_folder, tmp_path, capsys
):
    run = tmp_path / "run"
    cases = {
        "no such folder": options(str(tmp_path / "none"), weights_folder, run),
        "--size": options(dataset_folder, weights_folder, run, "--size", 64),
        "multiple of 32": options(dataset_folder, weights_folder, run, "--size", 40),
        "TF_CONFIG": options(
            dataset_folder, weights_folder, run, "--strategy", "multiworker"
        ),
        "no such file of weights": options(dataset_folder, str(tmp_path), run),
        "--hint-image-size: the hint encoder in": options(
            dataset_folder, weights_folder, run, "--hint-image-size", 64
        ),
        "not of the form": options(
            dataset_folder, weights_folder, run, "--source-shares", "tests"
        ),
        "no example of nova": options(
            dataset_folder, weights_folder, run, "--source-shares", "tests=1,nova=2"
        ),
    }  # fmt: skip
    for message, arguments in cases.items():
        assert train.main(arguments) == 1, message
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1, error
    assert not run.exists()


@pytest.mark.slow
def test_a_corrupt_shard_is_named(dataset_folder, weights_folder, tmp_path, capsys):
    broken = tmp_path / "tfrecords"
    broken.mkdir()
    for path in pathlib.Path(dataset_folder).iterdir():
        content = bytearray(path.read_bytes())
        if path.name.startswith("train-"):
            content[len(content) // 2] ^= 255
        (broken / path.name).write_bytes(content)
    arguments = options(str(broken), weights_folder, tmp_path / "run", "--steps", 4)
    assert train.main(arguments) == 1
    error = capsys.readouterr().err
    assert "train-00000-of-00001.tfrecord" in error and "damaged" in error


def start(arguments, **environment):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.long
@pytest.mark.slow
def test_a_killed_run_goes_on_from_its_last_checkpoint(
    dataset_folder, weights_folder, tmp_path
):
    arguments = options(
        dataset_folder, weights_folder, tmp_path / "run", "--steps", 100_000
    )
    process = start(arguments)
    checkpoints = tmp_path / "run" / "checkpoints"
    for _ in range(1500):
        if list(checkpoints.glob("*.index")):
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    steps = max(int(path.stem.split("-")[1]) for path in checkpoints.glob("*.index"))
    again = start([*arguments, "--steps", str(steps + 2)])
    output, _ = again.communicate(timeout=300)
    assert again.returncode == 0, output
    assert f"at step {steps}" in output


@pytest.mark.long
@pytest.mark.slow
def test_deterministic_trainings_of_one_seed_are_equal_to_the_bit(
    dataset_folder, weights_folder, tmp_path
):
    # At once, so that they are in each other's way: threads end in another order.
    arguments = ("--steps", 20, "--adversarial", "acgan", "--deterministic")
    runs = [tmp_path / name for name in ("one", "two")]
    trainings = [
        start(options(dataset_folder, weights_folder, run, *arguments)) for run in runs
    ]
    if hasattr(os, "sched_setaffinity"):  # sums shall not be cut for other cores
        core = min(os.sched_getaffinity(0))
        os.sched_setaffinity(trainings[1].pid, {core})  # TensorFlow asks later
    for training in trainings:
        output, _ = training.communicate(timeout=600)
        assert training.returncode == 0, output
    one, two = (tf.train.load_checkpoint(str(run / "checkpoints")) for run in runs)
    names = [name for name in one.get_variable_to_shape_map() if "OBJECT" not in name]
    assert len(names) > 400
    for name in names:
        assert np.array_equal(one.get_tensor(name), two.get_tensor(name)), name
    one, two = map(generator_arrays, runs)
    assert all(np.array_equal(array, two[name]) for name, array in one.items())
    one, two = ((run / "history.csv").read_bytes() for run in runs)
    assert one == two


@pytest.mark.slow
@pytest.mark.long
def test_two_workers_finish_a_run_with_equal_losses(
    dataset_folder, weights_folder, tmp_path
):
    ports = []
    for _ in range(2):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            ports.append(server.getsockname()[1])
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    (tmp_path / "temporary").mkdir()
    arguments = options(
        dataset_folder, weights_folder, tmp_path / "run",
        "--steps", 12, "--checkpoint-every", 6, "--strategy", "multiworker",
    )  # fmt: skip
    report = (
        "import json, sys, keras, train\n"
        "losses = []\n"
        "fit = keras.Model.fit\n"
        "def record(self, *args, **kwargs):\n"
        "    history = fit(self, *args, **kwargs)\n"
        "    losses.append(history.history)\n"
        "    return history\n"
        "keras.Model.fit = record\n"
        "code = train.main(sys.argv[1:])\n"
        "print('LOSSES', json.dumps(losses, default=float))\n"
        "sys.exit(code)\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", report, *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TMPDIR": str(tmp_path / "temporary"),
                "TF_CONFIG": json.dumps(
                    {"cluster": cluster, "task": {"type": "worker", "index": i}}
                ),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for i in range(2)
    ]
    outputs = [worker.communicate(timeout=400)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    assert not list((tmp_path / "temporary").rglob("*ckpt*"))
    losses = [
        json.loads(output.split("LOSSES ")[1].splitlines()[0]) for output in outputs
    ]
    assert losses[0] and losses[0] == losses[1]
    assert (tmp_path / "run" / "generator.npz").exists()
