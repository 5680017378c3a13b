import dataclasses
import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.common import images
from keras_s2p.common.config import TrainConfig
from keras_s2p.data import dataset, pipeline, records

CONFIG = TrainConfig(size=32, batch_size=2, steps=10, augment_warmup=1, seed=5)


def take(folder, count, config=CONFIG, start=0):
    batches = pipeline.train_batches(folder, config, start)
    return list(itertools.islice(batches.as_numpy_iterator(), count))


@pytest.fixture(scope="module")
def batches(characters_folder):
    """The first seven batches of a run."""
    return take(characters_folder, 7)


def test_batches_have_the_documented_keys_shapes_and_range(batches):
    batch = batches[0]
    assert {name: x.shape for name, x in batch.items()} == {
        "sketch": (2, 32, 32, 1),
        "painting": (2, 32, 32, 3),
        "reference": (2, 192, 192, 3),
    }
    for x in batch.values():
        assert x.dtype == np.float32 and -1.001 <= x.min() and x.max() <= 1.001


@pytest.mark.slow
def test_a_resumed_run_sees_the_batches_of_an_uninterrupted_one(
    characters_folder, batches
):
    resumed = take(characters_folder, 3, start=4)
    for one, two in zip(batches[4:], resumed):
        for name in one:
            assert np.array_equal(one[name], two[name])


@pytest.mark.long
@pytest.mark.slow
def test_another_seed_gives_other_batches(characters_folder, batches):
    (other,) = take(characters_folder, 1, dataclasses.replace(CONFIG, seed=6))
    assert not np.array_equal(batches[0]["painting"], other["painting"])


def test_eyes_are_where_the_painting_has_them(characters_folder):
    """Painted in a colour that nothing else has, they are found at the same pixels."""
    (serialized,) = dataset.read_examples(characters_folder, "train").take(1)
    example = records.parse_example(serialized)
    eyes = example["regions"] == character.REGIONS.index("eyes")
    assert tf.reduce_any(eyes)
    marked = tf.where(eyes, np.uint8([0, 255, 0]), np.uint8([255, 0, 255]))
    example["painting"] = tf.cast(marked, tf.uint8)
    config = dataclasses.replace(CONFIG, size=64, hue=0.0, eye_weight=1.0)
    for number in range(4):
        prepared = pipeline.prepare(example, tf.constant(number, tf.int64), config)
        assert prepared["eyes"].shape == (64, 64, 1)
        green = prepared["painting"][..., 1] > prepared["painting"][..., 0]
        eyes = prepared["eyes"][..., 0].numpy()
        certain = np.abs(eyes - 0.5) > 0.2  # not at an edge
        np.testing.assert_array_equal((eyes > 0.5)[certain], green.numpy()[certain])


@pytest.mark.slow
def test_drawings_of_unknown_regions_have_no_eyes(dataset_folder):
    (batch,) = take(dataset_folder, 1, dataclasses.replace(CONFIG, eye_weight=1.0))
    assert batch["eyes"].shape == (2, 32, 32, 1) and not batch["eyes"].any()


@pytest.mark.slow
def test_without_other_references_the_reference_is_the_painting_moved(
    characters_folder,
):
    """Its colours are the painting's, its pixels are not."""
    config = dataclasses.replace(CONFIG, other_reference=0.0)
    for batch in take(characters_folder, 3, config):
        means = [batch[name].mean(axis=(1, 2)) for name in ("painting", "reference")]
        assert np.abs(means[0] - means[1]).max() < 0.3
        assert np.abs(batch["painting"] - batch["reference"][:, ::6, ::6]).mean() > 0.02


@pytest.mark.slow
def test_sketches_are_extracted_where_no_lines_are_known(dataset_folder):
    (batch,) = take(dataset_folder, 1)
    assert batch["sketch"].std() > 0.05


def test_extracted_lines_are_as_fine_as_those_of_large_sketches(monkeypatch):
    """The one line of a painting of two halves: where they meet, wherever cropped."""
    halves = np.full((192, 192, 3), 255, np.uint8)
    halves[:, :96] = 0
    example = records.parse_example(records.make_example(halves, "name", "source"))
    config = dataclasses.replace(CONFIG, size=64)

    def draw(finest):
        monkeypatch.setattr(pipeline, "FINEST_LINES", finest)
        return [
            pipeline.prepare(example, tf.constant(number, tf.int64), config)
            for number in range(8)
        ]

    def mean_ink(prepared):
        return np.mean([x["sketch"].numpy().max() - x["sketch"] for x in prepared])

    fine = draw(4.0)
    assert mean_ink(fine) < 0.7 * mean_ink(draw(1.0))
    for x in fine:
        column = x["sketch"].numpy()[8:56].mean(axis=(0, 2)).argmin()
        light = x["painting"].numpy()[8:56].mean(axis=(0, 2))
        assert abs(column - np.abs(np.diff(light)).argmax()) <= 2


@pytest.mark.slow
def test_validation_is_the_same_each_time(characters_folder):
    config = dataclasses.replace(CONFIG, validation_batches=2)
    one, two = (
        list(pipeline.validation_batches(characters_folder, config)) for _ in range(2)
    )
    assert len(one) == 2
    for a, b in zip(one, two):
        tf.nest.map_structure(np.testing.assert_array_equal, a, b)


def test_validation_shows_drawn_lines_and_the_other_drawing(characters_folder):
    first = next(
        dataset.read_examples(characters_folder, "validation").as_numpy_iterator()
    )
    example = records.parse_example(first)
    plain = pipeline.prepare_plain(example, 96)
    for name in ("sketch", "painting"):
        np.testing.assert_allclose(
            plain[name] * 127.5 + 127.5, example[name], atol=0.51
        )
    size = [pipeline.MIN_REFERENCE_SIZE] * 2
    other = images.resize(images.to_float(example["reference"])[tf.newaxis], size)[0]
    np.testing.assert_allclose(plain["reference"], other, atol=1e-5)


@pytest.mark.parametrize("shape", [(64, 40), (24, 96)])
def test_samples_keep_the_whole_picture(shape):
    pixels = np.full((*shape, 3), 200, np.uint8)
    pixels[:4, :4] = pixels[-4:, -4:] = 0  # at two corners
    size = 32
    example = records.parse_example(records.make_example(pixels, "a.png", "some"))
    plain = pipeline.prepare_plain(example, size, whole=True)
    painting = plain["painting"].numpy()
    assert painting.shape == (size, size, 3)
    sides = [round(side * size / max(shape)) for side in shape]
    rows, columns = ([(size - side) // 2, (size + side) // 2 - 1] for side in sides)
    assert painting[rows[0], columns[0]].max() < 0 > painting[rows[1], columns[1]].max()
    around = np.ones([size, size], bool)
    around[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1] = False
    np.testing.assert_array_equal(painting[around], 1)
    np.testing.assert_array_equal(plain["sketch"][around], 1)
    cut = pipeline.prepare_plain(example, size)["painting"].numpy()
    assert cut.min() > 0


def test_a_small_validation_split_is_left_out(dataset_folder):
    config = dataclasses.replace(CONFIG, batch_size=5)
    assert pipeline.validation_batches(dataset_folder, config) is None
    sample = pipeline.sample_batch(dataset_folder, config)
    assert sample["painting"].shape == (8, 32, 32, 3)
