import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.painting import frame


def page(shape, box):
    """White paper with a black frame just inside a box."""
    pixels = np.ones((1, *shape, 1), np.float32)
    top, left, bottom, right = box
    pixels[:, top:bottom, left:right] = -1
    pixels[:, top + 2 : bottom - 2, left + 2 : right - 2] = 1
    return tf.constant(pixels)


def test_a_figure_is_cut_out_of_its_margins():
    figure, box = frame.cut_figure(page((200, 300), (50, 60, 150, 160)))
    np.testing.assert_array_equal(box, (46, 56, 154, 164))
    assert figure.shape == (1, 108, 108, 1)


@pytest.mark.parametrize(
    ("shape", "box"), [((200, 300), (46, 56, 154, 164)), ((90, 40), (0, 0, 45, 40))]
)
def test_a_painting_is_put_back_where_the_figure_stood(shape, box):
    painting = tf.random.stateless_uniform([1, 54, 54, 3], (0, 1))
    if shape == (90, 40):
        painting = painting[:, :, :48]
    full = frame.put_back(painting, tf.constant(box), shape, 50)
    scale = full.shape[1] / shape[0]
    assert abs(full.shape[2] / shape[1] - scale) < 0.02
    top, left, bottom, right = (round(scale * side) for side in box)
    inside = tf.image.resize(painting, (bottom - top, right - left), antialias=True)
    placed = full[:, top:bottom, left:right]
    np.testing.assert_allclose(placed, inside, atol=1e-5)
    if top:  # its border goes on to the end of the page
        np.testing.assert_allclose(full[:, 0, left:right], placed[:, 0], atol=1e-5)


def test_without_margins_the_painting_is_left_as_it_is():
    painting = tf.random.stateless_uniform([1, 54, 66, 3], (0, 1))
    full = frame.put_back(painting, tf.constant([0, 0, 200, 300]), (200, 300), 50)
    np.testing.assert_array_equal(full, painting)


def test_a_tiny_figure_makes_no_huge_page():
    painting = tf.zeros([1, 200, 200, 3])
    box = tf.constant([990, 990, 1010, 1010])
    full = frame.put_back(painting, box, (2000, 2000), 200)
    assert max(full.shape) <= 2000
