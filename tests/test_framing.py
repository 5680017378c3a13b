import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.common.config import TrainConfig
from keras_s2p.data import drawings, framing, pipeline, records

CONFIG = TrainConfig(size=64, hue=0.0, augment_warmup=10**9, eye_weight=1.0)
RED, BLUE = np.array([200, 30, 30]), np.array([30, 30, 200])


def make_figure(first, second, size=96):
    """Two bands of colour on white."""
    pixels = np.full((size, size, 3), 255, np.uint8)
    pixels[8:48, 24:72] = first
    pixels[48:88, 24:72] = second
    return pixels


@pytest.fixture(scope="module")
def example():
    """A described drawing of two bands; its reference has them the other way round."""
    painting = make_figure(RED, BLUE)
    described = drawings.describe_drawing(
        painting, [make_figure(BLUE, RED)], np.random.default_rng(0)
    )
    return records.parse_example(
        records.make_example(painting, "name", "source", **described)
    )


def prepare(example, number, config=CONFIG):
    prepared = pipeline.prepare(example, tf.constant(number, tf.int64), config)
    return {name: x.numpy() for name, x in prepared.items()}


@pytest.fixture(scope="module")
def many(example):
    return [prepare(example, number) for number in range(12)]


def main_colours(picture):
    """Frequent colours [N, 3] in [0, 255] of a picture in [-1, 1]."""
    pixels = np.round((picture.reshape(-1, 3) + 1) * 127.5 / 12).astype(int)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    return colours[counts > 0.04 * len(pixels)] * 12


def test_a_framed_example_has_the_documented_shapes_and_range(many):
    for prepared in many:
        assert {name: x.shape for name, x in prepared.items()} == {
            "sketch": (64, 64, 1),
            "painting": (64, 64, 3),
            "reference": (192, 192, 3),
            "eyes": (64, 64, 1),
        }
        for x in prepared.values():
            assert np.isfinite(x).all() and -1.01 <= x.min() and x.max() <= 1.01


def test_painting_and_reference_get_the_same_new_colours(many, monkeypatch):
    """Each frequent colour of a painting, ground aside, is one of the reference's."""
    seen = set()
    for prepared in many:
        ground = (prepared["painting"][0, 0] + 1) * 127.5
        theirs = main_colours(prepared["reference"])
        for colour in main_colours(prepared["painting"]):
            if np.abs(colour - ground).max() > 30:
                assert np.abs(theirs - colour).max(axis=1).min() < 30
                seen.add(tuple(colour // 48))
    assert len(seen) > 6


def test_figures_have_every_size(many):
    shares = [
        np.mean(np.abs(x["painting"] - x["painting"][0, 0]).max(axis=-1) > 0.2)
        for x in many
    ]
    assert min(shares) < 0.2 and max(shares) > 0.4


def test_grounds_are_laid_behind_the_figure(example, monkeypatch):
    monkeypatch.setattr(framing, "GROUNDS", (0.0, 0.0, 0.0, 1.0))  # dark
    monkeypatch.setattr(framing, "CLOSEST", 1.0)
    prepared = prepare(example, 1)
    assert prepared["painting"][0, 0].max() < -0.5
    assert np.median(prepared["reference"][[0, -1]]) < -0.5


def test_without_the_other_reference_it_is_the_drawing_itself(example, monkeypatch):
    monkeypatch.setattr(framing, "RECOLOURED", 0.0)
    monkeypatch.setattr(framing, "GROUNDS", (1.0, 0.0, 0.0, 0.0))
    orders = []
    for share in (0.0, 1.0):
        config = dataclasses.replace(CONFIG, other_reference=share)
        reference = prepare(example, 2, config)["reference"]
        rows = [
            np.mean(np.nonzero(np.abs(reference - colour / 127.5 + 1).max(-1) < 0.3)[0])
            for colour in (RED, BLUE)
        ]
        orders.append(rows[0] < rows[1])
    assert orders == [True, False]


def test_the_plain_example_is_the_whole_drawing_in_its_own_colours(example):
    plain = pipeline.prepare_plain(example, 96)
    pixels = (plain["painting"].numpy() + 1) * 127.5
    np.testing.assert_allclose(pixels, make_figure(RED, BLUE), atol=1.0)
    assert plain["reference"].shape == (192, 192, 3)
    top = (plain["reference"][50, 96].numpy() + 1) * 127.5
    assert np.abs(top - BLUE).max() < 10


def test_nothing_is_outside_a_view():
    layers = tf.fill([10, 20, 2], tf.constant(255, tf.uint8))
    view = framing.cut(layers, tf.constant([-5.0, 0.0, 20.0, 20.0]), 40)
    assert view.shape == (40, 40, 2)
    np.testing.assert_allclose(view[12:28], 1.0)
    np.testing.assert_allclose(view[:9], 0.0)
    np.testing.assert_allclose(view[31:], 0.0)


def test_characters_keep_their_eyes(monkeypatch):
    """Painted in a colour that nothing else has, they are found at the same pixels."""
    drawing = character.draw_character(3, 96)
    eyes = drawing.regions == character.REGIONS.index("eyes")
    marked = np.where(eyes[..., None], np.uint8([0, 255, 0]), np.uint8([255, 0, 255]))
    blank = np.full((96, 96), 255, np.uint8)
    example = records.parse_example(
        records.make_example(
            marked, "c", "characters", regions=drawing.regions, sketches=[blank]
        )
    )
    prepared = prepare(example, 0)
    certain = np.abs(prepared["eyes"] - 0.5)[..., 0] > 0.3
    green = prepared["painting"][..., 1] > prepared["painting"][..., 0]
    found = prepared["eyes"][..., 0] > 0.5
    np.testing.assert_array_equal(found[certain], green[certain])
    assert found.any()
