import numpy as np
import tensorflow as tf

from keras_s2p.common import images


def test_float_and_back_is_the_identity():
    values = tf.range(256)
    assert np.array_equal(images.to_uint8(images.to_float(values)), values)
    assert float(images.to_float(0)) == -1 and float(images.to_float(255)) == 1


def test_gray_is_a_weighted_mean():
    colours = tf.constant([[1.0, -1.0, -1.0], [0.5, 0.5, 0.5]])
    np.testing.assert_allclose(
        images.to_gray(colours)[:, 0], [0.299 - 0.701, 0.5], atol=1e-6
    )


def test_the_nearest_shape_that_the_generator_takes():
    assert images.round_to_multiple(tf.constant([187, 261])).numpy().tolist() == [
        192, 256,
    ]  # fmt: skip
    assert images.round_to_multiple(tf.constant([1, 48])).numpy().tolist() == [32, 64]


def test_the_short_side_is_fitted():
    pixels = np.zeros((30, 60, 3), np.uint8)
    assert images.fit_short_side(pixels, 20).shape == (20, 40, 3)
    assert images.fit_short_side(pixels[..., :1], 60).shape == (60, 120, 1)
