import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.painting.areas import average_areas, level_areas


def test_areas_come_to_their_means_and_lines_part_them():
    values = np.random.default_rng(0).normal(size=(1, 9, 21, 2)).astype(np.float32)
    passable = np.ones((1, 9, 21, 1), np.float32)
    passable[:, :, 10] = 1e-6
    averaged = average_areas(values, tf.constant(passable), 300).numpy()
    for side in (np.s_[:, :, :10], np.s_[:, :, 11:]):
        spread = averaged[side].std(axis=(0, 1, 2))
        assert spread.max() < 0.02, spread
        # The borders of a picture have fewer neighbours and weigh a little less.
        means = values[side].mean(axis=(0, 1, 2))
        np.testing.assert_allclose(averaged[side].mean((0, 1, 2)), means, atol=0.1)


def test_no_step_changes_nothing_and_one_value_stays():
    values = tf.random.stateless_uniform([2, 8, 8, 3], (0, 0))
    passable = tf.random.stateless_uniform([2, 8, 8, 1], (0, 1), 1e-6, 1)
    np.testing.assert_allclose(average_areas(values, passable, 0), values, rtol=1e-6)
    alike = tf.fill([2, 8, 8, 3], 0.3)
    np.testing.assert_allclose(average_areas(alike, passable, 50), alike, rtol=1e-4)


def halves(height, width):
    """Values of 0 and 1, side by side, and a paper without lines."""
    values = np.zeros((1, height, width, 1), np.float32)
    values[:, :, width // 2 :] = 1
    return values, np.ones((1, height, width, 1), np.float32)


def test_a_large_area_comes_to_one_value():
    values, passable = halves(90, 120)
    levelled = level_areas(tf.constant(values), tf.constant(passable)).numpy()
    np.testing.assert_allclose(levelled, 0.5, atol=0.1)
    averaged = average_areas(tf.constant(values), tf.constant(passable), 400).numpy()
    assert averaged.std() > 0.3


def test_levelling_stops_at_lines_wherever_they_cross_the_cells():
    for line in (93, 94, 95, 96):
        values, passable = halves(70, 190)
        passable[:, :, line] = 1e-6
        passable[:, :, line + 6] = 1e-6  # a strip six pixels wide
        values[:, :, line + 1 : line + 6] = 3
        levelled = level_areas(tf.constant(values), tf.constant(passable)).numpy()
        np.testing.assert_allclose(levelled[:, :, :line], 0, atol=0.05)
        np.testing.assert_allclose(levelled[:, :, line + 1 : line + 6], 3, atol=0.05)
        np.testing.assert_allclose(levelled[:, :, line + 7 :], 1, atol=0.05)


@pytest.mark.parametrize("shape", [(1, 40), (5, 3), (17, 33)])
def test_levelling_takes_any_shape(shape):
    alike = tf.fill([2, *shape, 3], 0.3)
    passable = tf.random.stateless_uniform([2, *shape, 1], (0, 1), 1e-6, 1)
    np.testing.assert_allclose(level_areas(alike, passable), alike, rtol=1e-4)
