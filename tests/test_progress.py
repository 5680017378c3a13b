import math
import types

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import picture_files
from keras_s2p.training import history, progress


@pytest.fixture
def make_progress():
    made = []

    def make(step=0, steps=100):
        made.append(progress.Progress(tf.Variable(step), steps))
        return made[-1]

    yield make
    for each in made:
        each.close()


def logs(own, other):
    return {"l1": 0.3, "val_l1": own, "val_shuffled_l1": other}


@pytest.mark.parametrize(
    "own, other, verdict",
    [
        (0.26, 0.49, "the reference is followed"),
        (0.40, 0.44, "the reference begins to be followed"),
        (0.40, 0.40, "blind to the reference so far"),
    ],
)
def test_a_checkpoint_says_whether_the_reference_is_followed(own, other, verdict):
    assert progress.describe_checkpoint(logs(own, other)).endswith(verdict)


@pytest.mark.parametrize(
    "before, words",
    [
        (0.4, "better than at the last checkpoint (0.400)"),
        (0.2, "worse than at the last checkpoint (0.200)"),
        (0.3, "as good as at the last checkpoint (0.300)"),
    ],
)
def test_a_checkpoint_is_compared_with_the_last_one(before, words):
    said = progress.describe_checkpoint(logs(0.3, 0.5), before)
    assert said.endswith(words)
    assert "last checkpoint" not in progress.describe_checkpoint(logs(0.3, 0.5))


def test_without_a_validation_only_the_training_is_told():
    said = progress.describe_checkpoint({"l1": 0.25})
    assert said == "L1 0.250 in training, without a validation"


def test_a_report_names_step_and_grid_and_remembers(make_progress, capsys):
    shown = make_progress(step=20)
    report = progress.Report(shown, math.nan, "run/samples")
    report.on_epoch_end(0, logs(0.4, 0.4))
    report.on_epoch_end(1, logs(0.3, 0.4))
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Step 20 of 100: ")
    assert first.endswith("See run/samples/0000020.png")
    assert "better than at the last checkpoint (0.400)" in second


@pytest.mark.parametrize(
    "seconds, told_at, time", [(0.5, 25, "60 minutes"), (20.0, 7, "40 hours")]
)
def test_after_the_first_steps_the_time_is_told_once(
    make_progress, monkeypatch, capsys, seconds, told_at, time
):
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    shown = make_progress(step=25, steps=7225)
    told = []
    for i in range(60):
        now[0] += seconds
        shown.on_train_batch_end(i, {"l1": 0.5})
        if line := capsys.readouterr().out:
            told.append((i + 1, line))
    ((step, line),) = told
    assert step == told_at and line.count("\n") == 1
    assert f"{seconds:g} seconds a step: about {time} for the 7200 steps that" in line


@pytest.mark.parametrize(
    "seconds, words",
    [(0.1, "about 1 seconds"), (90, "about 90 seconds"), (600, "about 10 minutes"),
     (9000, "about 2.5 hours")],
)  # fmt: skip
def test_times_in_words(seconds, words):
    assert progress.tell_time(seconds) == words


def test_the_time_is_told_before_the_first_step_by_painting(monkeypatch):
    seen = []

    def paint(inputs, training):
        seen.append((inputs["sketch"], inputs["hint"], training))
        return {"painting": inputs["sketch"]}

    times = iter([0.0, 100.0, 104.0])  # the first painting takes long
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(times))
    trainer = types.SimpleNamespace(encode_averaged=lambda x: x, averaged=paint)
    batch = {"sketch": tf.zeros([8, 4]), "reference": tf.ones([8, 2])}
    assert progress.time_painting(trainer, batch) == 0.5
    assert len(seen) == 2 and not seen[0][2]
    said = progress.tell_roughly(0.5, 4800)
    assert said.startswith("Takes roughly 2 hours, as far as can be told before")


def test_the_disk_that_is_needed_is_told(tmp_path, monkeypatch):
    usage = types.SimpleNamespace(free=10e9)
    monkeypatch.setattr(progress.shutil, "disk_usage", lambda folder: usage)
    said = progress.tell_disk(str(tmp_path), 300_000_000, 10, 256)
    assert said == "Takes about 0.99 GB of disk; 10 GB are free"
    usage.free = 5e8
    said = progress.tell_disk(str(tmp_path), 300_000_000, 10, 256)
    assert said.endswith("0.5 GB are free: too little")


def stop_early(values, patience, before, make_progress):
    """The number of the value at which the training ended, None if it did not."""
    watcher = progress.StopEarly(patience, make_progress(), before)
    watcher.model = types.SimpleNamespace(stop_training=False)
    for number, value in enumerate(values):
        watcher.on_epoch_end(number, {"val_l1": value})
        if watcher.model.stop_training:
            return number
    return None


@pytest.mark.parametrize(
    "values, patience, before, end",
    [
        ([0.5, 0.4, 0.3, 0.2], 1, [], None),
        ([0.5, 0.4, 0.41, 0.42], 2, [], 3),
        ([0.5, 0.4, 0.41, 0.39, 0.4], 2, [], None),
        ([0.45, 0.44], 2, [0.4], 1),
        ([0.45], 2, [math.nan], None),
        ([0.45, 0.46], 2, [0.4, math.nan, math.nan], 1),  # none was made there
    ],
)
def test_a_training_ends_once_validation_has_not_fallen_for_long(
    values, patience, before, end, make_progress, capsys
):
    assert stop_early(values, patience, before, make_progress) == end
    assert ("Stopped early" in capsys.readouterr().out) == (end is not None)


def test_a_history_is_read_and_drawn(tmp_path):
    assert history.read(str(tmp_path)) == {}
    (tmp_path / "history.csv").write_text(
        "epoch,l1,val_l1,val_shuffled_l1\n0,0.5,0.4,0.41\n1,0.4,,0.41\n"
    )
    columns = history.read(str(tmp_path))
    assert columns["l1"] == [0.5, 0.4]
    assert columns["val_l1"][0] == 0.4 and math.isnan(columns["val_l1"][1])
    history.plot(str(tmp_path))
    pixels = picture_files.read_painting(str(tmp_path / "history.png"))
    assert pixels.shape == (450, 800, 3)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10


def log_history(folder, step, logs):
    log = progress.LogHistory(folder, tf.Variable(step))
    log.on_epoch_end(step // 2 - 1, logs)


def test_what_is_measured_later_has_columns_of_its_own(tmp_path):
    """As a validation that a run was begun without."""
    for epoch, logs in enumerate(
        [{"l1": 0.5}, {"val_l1": 0.3, "l1": 0.4}, {"l1": 0.2}]
    ):
        log_history(str(tmp_path), 2 * epoch + 2, logs)
    columns = history.read(str(tmp_path))
    assert list(columns) == ["epoch", "step", "l1", "val_l1"]
    np.testing.assert_array_equal(columns["epoch"], [0, 1, 2])
    np.testing.assert_array_equal(columns["step"], [2, 4, 6])
    np.testing.assert_array_equal(columns["l1"], [0.5, 0.4, 0.2])
    np.testing.assert_array_equal(columns["val_l1"], [np.nan, 0.3, np.nan])
    assert (tmp_path / "history.png").exists()


def test_what_a_run_does_again_from_an_earlier_checkpoint_is_dropped(tmp_path):
    folder = str(tmp_path)
    for step in (2, 4, 6):
        log_history(folder, step, {"l1": step})
    history.mend(folder, 4)
    assert history.read(folder)["l1"] == [2, 4]
    log_history(folder, 6, {"l1": 7})
    assert history.read(folder)["l1"] == [2, 4, 7]
    (tmp_path / "history.csv").write_text("epoch,l1\n0,1\n")  # by an older version
    history.mend(folder, 0)
    assert history.read(folder)["l1"] == [1]


def test_a_damaged_history_is_read_or_named(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,l1\n0,0.5,7,7\n1,0.4\n2\n")
    columns = history.read(str(tmp_path))
    np.testing.assert_array_equal(columns["l1"], [0.5, 0.4, np.nan])
    path.write_bytes(b"epoch,l1\n\xff,0\n")
    with pytest.raises(ValueError, match="history.csv: not a UTF-8 text file"):
        history.read(str(tmp_path))


@pytest.mark.parametrize("cut", ["1,0.", "1", "1,0.4", ""])
def test_a_line_that_was_cut_is_dropped(cut, tmp_path):
    history.mend(str(tmp_path), 9)
    path = tmp_path / "history.csv"
    path.write_bytes(b"epoch,l1\r\n0,0.5\r\n" + cut.encode())
    history.mend(str(tmp_path), 9)
    assert path.read_bytes() == b"epoch,l1\r\n0,0.5\r\n"
    path.write_text("epoch,l")
    history.mend(str(tmp_path), 9)
    assert path.read_text() == ""
