"""The performance table."""

import keras
import pytest
import tensorflow as tf

from keras_s2p import benchmark


def test_median_leaves_the_first_call_out(monkeypatch):
    clock = iter([0.0, 1.0, 10.0, 13.0, 20.0, 22.0])
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: next(clock))
    calls = []
    assert benchmark.median_seconds(lambda: calls.append(1), 3) == 2.0
    assert len(calls) == 4


@pytest.mark.slow
@pytest.mark.long
def test_prints_rows_for_painting_and_training(weights_folder, monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "SKETCHES", ((40, 60),))
    monkeypatch.setattr(benchmark, "ADVERSARIAL", ("shift",))  # the others are parts
    folder = str(weights_folder)
    options = ["--repeats", "1", "--train-size", "32", "--batch-size", "2"]
    assert benchmark.main(["--weights", folder, *options]) == 0
    printed = capsys.readouterr().out
    rows = [line for line in printed.splitlines() if line.startswith("| ")]
    assert "sketch of 60 x 40" in printed
    assert len(rows) == 1 + 3 + 2  # head, painting, training
    assert all(float(row.split("|")[2]) > 0 for row in rows[1:])
    assert keras.mixed_precision.global_policy().name == "float32"


def test_what_memory_does_not_suffice_for_is_a_sentence(monkeypatch, capsys):
    assert benchmark.main(["--train-size", "100000000"]) == 1
    assert "a batch of more than 64 million pixels" in capsys.readouterr().err

    def allocate(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

    monkeypatch.setattr(benchmark, "time_painting", allocate)
    assert benchmark.main([]) == 1
    assert capsys.readouterr().err == "benchmark: not enough memory for such a batch\n"


def test_a_size_that_does_not_fit_is_named(capsys):
    assert benchmark.main(["--train-size", "100"]) == 1
    assert "--train-size" in capsys.readouterr().err
