import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.data import augment, dirty_lines

# TensorFlow Addons says so at every call.
pytestmark = pytest.mark.filterwarnings("ignore:.*adjust_hsv_in_yiq")

SEEDS = [(i, 11) for i in range(40)]


def noise(height=48, width=40, channels=3):
    """Smooth seeded noise, [H, W, C] in [-1, 1]."""
    coarse = np.random.default_rng(0).uniform(-1, 1, (6, 5, channels))
    return tf.image.resize(tf.constant(coarse, tf.float32), (height, width))


def flat(colour):
    """[32, 32, 3] float in [-1, 1] of one colour in [0, 255]."""
    return tf.fill([32, 32, 1], 1.0) * (tf.constant(colour, tf.float32) / 127.5 - 1)


def lines(height=48, width=40):
    """A sketch with crossing lines."""
    sketch = np.ones((height, width, 1), np.float32)
    sketch[height // 2] = -1
    sketch[:, width // 3] = -1
    return tf.constant(sketch)


def crop(seed, picture):
    return augment.random_crop({"picture": picture}, 32, seed)["picture"]


def flip_and_rotate(seed, picture):
    return augment.flip_and_rotate({"picture": picture}, seed)["picture"]


def change_colours(seed, picture):
    return augment.change_colours(picture, picture, seed)[0]


def warp_reference(seed, picture):
    return augment.warp_reference(picture, seed)


def dirty_sketch(seed, picture):
    return dirty_lines.dirty_sketch(picture, seed)


FUNCTIONS = [
    (crop, noise()),
    (flip_and_rotate, noise()),
    (change_colours, noise()),
    (warp_reference, noise()),
    (dirty_sketch, lines()),
]
everything = pytest.mark.parametrize("function, picture", FUNCTIONS)


@everything
def test_the_same_seed_gives_the_same_result_and_others_differ(function, picture):
    results = [function(seed, picture).numpy() for seed in SEEDS]
    for seed, result in zip(SEEDS, results):
        np.testing.assert_array_equal(function(seed, picture), result)
    assert len({result.tobytes() for result in results}) > 2
    assert any(not np.array_equal(result, results[0]) for result in results[1:4])


@everything
def test_eager_and_dataset_map_agree(function, picture):
    dataset = tf.data.Dataset.from_tensor_slices(SEEDS).map(
        lambda seed: function(seed, picture), num_parallel_calls=2
    )
    for seed, mapped in zip(SEEDS, dataset):
        np.testing.assert_allclose(mapped, function(seed, picture), atol=1e-4)


@everything
def test_pictures_of_unknown_size_keep_range_and_channels(function, picture):
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(SEEDS), output_signature=tf.TensorSpec([2], tf.int32)
    )
    unknown = tf.TensorSpec([None, None, picture.shape[-1]])
    traced = tf.function(
        function, input_signature=[tf.TensorSpec([2], tf.int32), unknown]
    )
    for result in dataset.map(lambda seed: traced(seed, picture)):
        assert result.shape[-1] == picture.shape[-1]
        assert -1.0001 <= result.numpy().min()
        assert result.numpy().max() <= 1.0001


@pytest.mark.parametrize("shape", [(32, 32), (40, 64), (70, 33)])
def test_crops_of_aligned_pictures_stay_aligned(shape):
    picture = noise(*shape)
    for seed in SEEDS[:8]:
        result = augment.random_crop(
            {"painting": picture, "sketch": picture[..., :1]}, 32, seed
        )
        assert result["painting"].shape == (32, 32, 3)
        np.testing.assert_allclose(
            result["painting"][..., :1], result["sketch"], atol=1e-5
        )


def test_crops_reach_all_parts_of_a_picture_and_never_leave_it():
    rows = tf.tile(tf.linspace(0.0, 1.0, 60)[:, tf.newaxis, tf.newaxis], [1, 60, 1])
    tops, sides = [], []
    for seed in SEEDS:
        result = augment.random_crop({"rows": rows}, 30, seed)["rows"].numpy()
        tops.append(result.min())
        sides.append(np.ptp(result))
    assert min(tops) < 0.02
    assert max(tops) > 0.1
    assert min(sides) > 1 / augment.ZOOM - 0.05
    assert max(sides) > 0.93


def test_half_of_the_flips_hit_all_aligned_pictures_alike():
    picture = tf.tile(tf.linspace(-1.0, 1.0, 40)[tf.newaxis, :, tf.newaxis], [48, 1, 3])
    flipped = 0
    for i in range(200):
        result = augment.flip_and_rotate(
            {"painting": picture, "sketch": picture[..., :1]}, (i, 5)
        )
        np.testing.assert_allclose(
            result["painting"][..., :1], result["sketch"], atol=1e-5
        )
        flipped += bool(result["sketch"][24, 0, 0] > result["sketch"][24, -1, 0])
    assert 70 < flipped < 130


def test_some_pictures_are_rotated_a_little():
    picture = noise()
    changes = []
    for i in range(100):
        result = flip_and_rotate((i, 5), picture).numpy()
        unrotated = (picture, picture[:, ::-1])
        changes.append(min(np.abs(result - other).mean() for other in unrotated))
    rotated = np.array(changes) > 1e-6
    assert 0.15 < rotated.mean() < 0.45
    assert max(changes) < 0.3


def test_painting_and_reference_change_their_colours_alike():
    colours = [(200, 60, 60), (90, 120, 180), (240, 210, 190)]
    for seed in SEEDS:
        for colour in colours:
            painting, reference = augment.change_colours(
                flat(colour), tf.reverse(flat(colour)[:20], [0]), seed
            )
            assert reference.shape == (20, 32, 3)
            np.testing.assert_allclose(painting[0, 0], reference[0, 0], atol=1e-5)
            np.testing.assert_allclose(painting[0, 0], painting[-1, -1], atol=1e-5)


def test_hues_change_and_keep_their_luminance():
    red = flat((180, 80, 80))
    greens = []
    for seed in SEEDS:
        changed = augment.change_colours(red, red, seed, hue=1.0)[0]
        greens.append(float(changed[0, 0, 1] - changed[0, 0, 0]))
        # Tone curves may change it a little.
        difference = images.to_gray(changed) - images.to_gray(red)
        assert np.abs(difference).max() < 0.25
    assert max(greens) > 0.3
    assert min(greens) < -0.3


def test_white_and_black_stay_as_they_are():
    for seed in SEEDS:
        for level in (0, 255):
            changed = augment.change_colours(flat([level] * 3), flat([90] * 3), seed)[0]
            np.testing.assert_allclose(changed, level / 127.5 - 1, atol=0.01)


def test_no_strength_changes_no_colour():
    picture = noise()
    for seed in SEEDS[:10]:
        changed = augment.change_colours(picture, picture, seed, strength=0.0)[0]
        np.testing.assert_allclose(changed, picture, atol=0.01)


def test_a_smaller_hue_changes_less():
    blue = flat((80, 90, 170))

    def mean_change(hue):
        results = [augment.change_colours(blue, blue, s, hue)[0] for s in SEEDS]
        return np.mean([np.abs(result - blue).mean() for result in results])

    assert mean_change(0.05) < 0.6 * mean_change(0.5)


def test_a_warped_reference_is_nowhere_aligned_but_keeps_its_colours():
    position = tf.tile(
        tf.linspace(-1.0, 1.0, 64)[tf.newaxis, :, tf.newaxis], [64, 1, 1]
    )
    mirrored = 0
    for seed in SEEDS:
        warped = augment.warp_reference(position, seed).numpy()
        mirrored += warped[32, 0, 0] > warped[32, -1, 0]
        assert np.abs(warped - position).mean() > 0.02
        colour = flat((200, 60, 60))
        np.testing.assert_allclose(
            augment.warp_reference(colour, seed), colour, atol=1e-4
        )
    assert 8 < mirrored < 32


def test_a_share_of_sketches_stays_clean_and_no_line_becomes_invisible():
    sketch = lines()
    clean = 0
    for i in range(200):
        dirty = dirty_lines.dirty_sketch(sketch, (i, 2)).numpy()
        clean += np.array_equal(dirty, sketch)
        contrast = np.median(dirty) - np.median(dirty[24])
        assert contrast > 0.2
        assert np.median(dirty) > 0.5
    assert 55 < clean < 110


@pytest.mark.slow
def test_the_import_says_nothing_of_tensorflow_addons():
    result = subprocess.run(
        [sys.executable, "-c", "import keras_s2p.data.augment"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TFA" not in result.stderr
    assert "Addons" not in result.stderr
