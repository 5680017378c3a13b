import dataclasses
import json

import keras
import pytest

from keras_s2p.common import config as configs
from keras_s2p.common.config import TrainConfig
from keras_s2p.training import schedule
from keras_s2p.training.schedule import Piece

CONFIG = TrainConfig(steps=100, learning_rate=0.01)
WHOLE = Piece(0, 100, 0.01)


def longer(steps):
    return dataclasses.replace(CONFIG, steps=steps)


def test_a_new_run_has_one_cosine_as_keras_has_it():
    pieces = schedule.plan([], CONFIG, 0)
    assert pieces == [WHOLE]
    keras_decay = keras.optimizers.schedules.CosineDecay(0.01, 100)
    for step in (0, 1, 50, 99, 100, 200):
        rate = schedule.rate_at(pieces, step)
        assert rate == pytest.approx(float(keras_decay(step)), abs=1e-8)


def test_more_steps_of_a_finished_run_go_on_at_a_tenth_of_the_rate():
    pieces = schedule.plan([WHOLE], longer(300), 100)
    assert pieces == [WHOLE, Piece(100, 300, pytest.approx(0.001))]
    rates = [schedule.rate_at(pieces, step) for step in range(100, 301, 20)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(0.001) and rates[-1] == pytest.approx(0, abs=1e-8)
    assert "from 0.001 at step 100 and falls to 0 at step 300" in schedule.describe(
        pieces
    )


@pytest.mark.parametrize("steps", [60, 400])
def test_other_steps_of_a_run_on_its_way_change_nothing_at_once(steps):
    pieces = schedule.plan([WHOLE], longer(steps), 50)
    assert schedule.rate_at(pieces, 50) == pytest.approx(0.005)
    assert schedule.rate_at(pieces, 49) == schedule.rate_at([WHOLE], 49)
    assert schedule.rate_at(pieces, steps) == pytest.approx(0, abs=1e-8)


def test_the_same_steps_and_fewer_than_are_done_keep_the_pieces():
    assert schedule.plan([WHOLE], CONFIG, 70) == [WHOLE]
    assert schedule.plan([WHOLE], longer(20), 50) == [WHOLE]


def test_a_piece_that_was_never_trained_is_replaced():
    before = schedule.plan([WHOLE], longer(300), 100)
    again = schedule.plan(before, longer(200), 100)
    assert again == [WHOLE, Piece(100, 200, pytest.approx(0.001))]
    assert schedule.plan([WHOLE], longer(500), 0) == [Piece(0, 500, 0.01)]


@pytest.mark.parametrize(
    "largest",
    [
        TrainConfig(steps=configs.MAX_STEPS),
        TrainConfig(steps=2, learning_rate=float(configs.MAX_WEIGHT)),
    ],
)
def test_whatever_may_be_trained_with_is_read_again(largest, tmp_path):
    configs.check(largest)
    pieces = schedule.plan([], largest, 0)
    pieces = schedule.plan(pieces, dataclasses.replace(largest, steps=3), 1)
    assert len(pieces) == 2
    schedule.write(pieces, str(tmp_path))
    assert schedule.read(str(tmp_path)) == pieces


def test_pieces_are_read_as_they_were_written(tmp_path):
    pieces = schedule.plan([WHOLE], longer(300), 100)
    assert schedule.read(str(tmp_path)) == []
    schedule.write(pieces, str(tmp_path))
    assert schedule.read(str(tmp_path)) == pieces
    for text in (
        "[[1]]",
        "[[0, 1e999, 1]]",
        "[[5, 5, 0.1]]",
        "[[0, 9, NaN]]",
        "[[0, 9, 1e300]]",
        "[[0, 9, -0.1]]",
        f"[[0, {10**400}, 1]]",
    ):
        (tmp_path / schedule.FILE).write_text(text)
        with pytest.raises(ValueError, match="schedule.json: can not be read"):
            schedule.read(str(tmp_path))


def test_a_schedule_of_very_many_pieces_is_damaged(tmp_path):
    """Each is a part of the graph: some thousands take minutes and gigabytes."""
    most = schedule.MAX_PIECES
    for count in (most, most + 1):
        (tmp_path / schedule.FILE).write_text(json.dumps([[0, 4, 0.1]] * count))
        if count == most:
            assert len(schedule.read(str(tmp_path))) == most
    with pytest.raises(ValueError, match=f"more than {most} parts"):
        schedule.read(str(tmp_path))


def test_a_run_may_be_made_longer_as_often_as_one_likes(tmp_path):
    most = schedule.MAX_PIECES
    pieces = [WHOLE, *(Piece(step, step + 1, 0.001) for step in range(100, 98 + most))]
    for done in range(98 + most, 101 + most):
        pieces = schedule.plan(pieces, longer(done + 1), done)
        assert pieces[-1] == Piece(done, done + 1, 0.001)
    assert pieces[0] == WHOLE and len(pieces) == most
    schedule.write(pieces, str(tmp_path))
    assert schedule.read(str(tmp_path)) == pieces
