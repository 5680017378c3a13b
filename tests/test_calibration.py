import numpy as np
import tensorflow as tf

from keras_s2p.painting import calibration

SIDE = 64  # pixels; a place every 4


def unit(angle):
    """[H, W] angles as features [1, H, W, 2] of length 1."""
    return np.stack([np.cos(angle), np.sin(angle)], -1)[np.newaxis].astype(np.float32)


def halves(left, right, side=SIDE):
    """[1, side, side, C]: one value on the left, another on the right."""
    is_left = (np.arange(side) < side // 2)[np.newaxis, np.newaxis, :, np.newaxis]
    is_left = np.broadcast_to(is_left, (1, side, side, 1))
    return np.where(is_left, np.float32(left), np.float32(right))


def two_places():
    """Features of two kinds of place, each on a half."""
    return unit(halves(0.0, np.pi / 2, SIDE // 4)[0, ..., 0])


def find(lack, sketch=None, features=None):
    painting = np.full((1, SIDE, SIDE, 3), -0.3, np.float32)
    if sketch is None:
        sketch = np.ones((1, SIDE, SIDE, 1), np.float32)
    features = two_places() if features is None else features
    return calibration.find_calibration(painting + lack, sketch, painting, features)


def apply(found, features, painting=None):
    if painting is None:
        painting = np.zeros((1, SIDE, SIDE, 3), np.float32)
    return calibration.calibrate(painting, features, found).numpy()


LACK = halves((0.4, 0, 0), (0, -0.2, 0.1))


def test_like_places_get_what_the_reference_lacks():
    found = find(LACK)
    assert found.shape == (1, calibration.NUM_PLACES, 2 + 3)
    swapped = two_places()[:, :, ::-1]
    added = apply(found, swapped)
    np.testing.assert_allclose(added[0, 5, 5], (0, -0.2, 0.1), atol=0.01)
    np.testing.assert_allclose(added[0, 5, -5], (0.4, 0, 0), atol=0.01)


def test_a_place_like_none_of_the_reference_is_left_alone():
    added = apply(find(LACK), unit(np.full((16, 16), np.pi)))
    assert np.abs(added).max() < 1e-3


def test_a_perfect_painting_and_an_empty_calibration_change_nothing():
    features = two_places()
    assert np.abs(apply(find(0 * LACK), features)).max() < 1e-6
    empty = np.zeros((1, calibration.NUM_PLACES, 5), np.float32)
    painting = np.random.default_rng(0).uniform(-1, 1, (1, SIDE, SIDE, 3))
    painting = painting.astype(np.float32)
    np.testing.assert_array_equal(apply(empty, features, painting), painting)


def test_a_painting_stays_within_its_range():
    added = apply(
        find(LACK), two_places(), np.full((1, SIDE, SIDE, 3), 0.9, np.float32)
    )
    assert added.max() == 1


def test_lines_count_less_than_paper():
    """Half of like places is lines, whose colour says nothing of the paper's."""
    alike = unit(np.zeros((16, 16)))
    lines = halves([-1.0], [1.0])
    lack = halves((0.8, 0.8, 0.8), (0, 0, 0))
    as_paper = apply(find(lack, features=alike), alike)
    as_lines = apply(find(lack, lines, alike), alike)
    np.testing.assert_allclose(as_paper, 0.4, atol=0.02)
    assert np.abs(as_lines).max() < 0.01


def test_noise_does_not_come_through():
    """Of places all alike the mean counts, not each one's chance."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.2, (1, SIDE, SIDE, 3)).astype(np.float32)
    alike = unit(np.zeros((16, 16)))
    added = apply(find(noise, features=alike), alike)
    np.testing.assert_allclose(added, noise.mean(), atol=0.02)


def test_pictures_of_a_batch_are_calibrated_each_by_its_own():
    features = np.concatenate([two_places()] * 2)
    painting = np.zeros((2, SIDE, SIDE, 3), np.float32)
    reference = np.concatenate([LACK, -LACK])
    paper = np.ones((2, SIDE, SIDE, 1), np.float32)
    found = calibration.find_calibration(reference, paper, painting, features)
    added = calibration.calibrate(painting, features, found).numpy()
    np.testing.assert_allclose(added[0], -added[1], atol=1e-5)
    np.testing.assert_allclose(added[:1], apply(find(LACK), two_places()), atol=1e-5)


def test_levels_weigh_alike_whatever_their_scale_and_width():
    rng = np.random.default_rng(0)
    one, other = (rng.uniform(0, 1, (1, 3, 3, c)).astype(np.float32) for c in (2, 8))
    features = calibration.normalise_features([one, other])
    assert features.shape == (1, 3, 3, 10)
    np.testing.assert_allclose(tf.norm(features[..., :2], axis=-1), 0.5**0.5, atol=1e-5)
    scaled = calibration.normalise_features([100 * one, other])
    np.testing.assert_allclose(features, scaled, atol=1e-5)
    # A place where no feature is active is like none.
    assert not np.any(calibration.normalise_features([0 * one]))
