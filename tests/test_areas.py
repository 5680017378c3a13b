import numpy as np
import tensorflow as tf

from keras_s2p.areas import average_areas


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
