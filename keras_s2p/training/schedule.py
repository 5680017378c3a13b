"""The learning rate of a run, also of one whose --steps were changed on the way.

Not in the paper: a cosine from --learning-rate to 0 over the steps. A run that is made
longer or shorter goes on along another cosine, from the rate that it had: to lay the
first one anew over all the steps would throw the rate up at once. Only where it had
fallen below a tenth, as at the end of a run, does it go on from that tenth, since at a
rate of 0 nothing is learned.
"""

import math
import os
from typing import NamedTuple

import keras
import tensorflow as tf

from keras_s2p.common import json_files
from keras_s2p.common.config import MAX_STEPS, MAX_WEIGHT, write_json

FILE = "schedule.json"
MAX_PIECES = 100  # that are kept of a run; each is a part of the graph
LEAST_SHARE = 0.1  # of --learning-rate, that a run goes on with


class Piece(NamedTuple):
    """A cosine, from `rate` at step `start` to 0 at step `end`."""

    start: int
    end: int
    rate: float


class Cosines(keras.optimizers.schedules.LearningRateSchedule):
    """Cosines one after another.

    Args:
        pieces: list of Piece, in their order; each lasts until the next begins.
    """

    def __init__(self, pieces):
        self.pieces = [Piece(*piece) for piece in pieces]

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        rate = tf.constant(0.0)
        for piece in self.pieces:
            share = (step - piece.start) / (piece.end - piece.start)
            cosine = tf.cos(math.pi * tf.clip_by_value(share, 0.0, 1.0))
            rate = tf.where(step >= piece.start, piece.rate * (1 + cosine) / 2, rate)
        return rate

    def get_config(self):
        return {"pieces": [list(piece) for piece in self.pieces]}


def plan(before, config, done: int) -> list:
    """The pieces of a run, as many as before or one more.

    Of MAX_PIECES the second goes then: its steps are done. The first one tells how long
    the run was to be.

    Args:
        before: list of Piece, of the run so far; empty for a new one.
        config: TrainConfig.
        done: the training steps done so far.
    """
    if before and (before[-1].end == config.steps or config.steps <= done):
        return before
    kept = [piece for piece in before if piece.start < done]
    if not kept:
        return [Piece(0, config.steps, config.learning_rate)]
    rate = max(rate_at(kept, done), LEAST_SHARE * config.learning_rate)
    kept = kept[:1] + kept[1:][2 - MAX_PIECES :]
    return [*kept, Piece(done, config.steps, rate)]


def rate_at(pieces, step: int) -> float:
    """The learning rate at a step."""
    return float(Cosines(pieces)(step))


def describe(pieces) -> str:
    """A sentence about the last piece."""
    last = pieces[-1]
    return (
        f"The learning rate goes on from {last.rate:.3g} at step {last.start} and "
        f"falls to 0 at step {last.end}"
    )


def read(folder: str) -> list:
    """The pieces of a run folder; empty where there are none.

    Raises:
        ValueError: the file is damaged.
    """
    path = os.path.join(folder, FILE)
    if not os.path.exists(path):
        return []
    with json_files.reading(path) as found:
        pieces = [
            Piece(int(start), int(end), float(rate)) for start, end, rate in found
        ]
        if len(pieces) > MAX_PIECES:
            raise ValueError(f"it has more than {MAX_PIECES} parts")
        for start, end, rate in pieces:
            if not (0 <= start < end <= MAX_STEPS and 0 <= rate <= MAX_WEIGHT):
                raise ValueError(f"{[start, end, rate]!r:.80} is no part of a schedule")
        return pieces


def write(pieces, folder: str):
    """Writes the pieces of a run."""
    write_json([list(piece) for piece in pieces], os.path.join(folder, FILE))
