import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.training import losses


def outputs_of(painting, guide_1, guide_2):
    return {
        "painting": tf.constant(painting, tf.float32),
        "guide_1": tf.constant(guide_1, tf.float32),
        "guide_2": tf.constant(guide_2, tf.float32),
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, float)))


def cross_entropy(target, scores):
    p = sigmoid(scores)
    return float(np.mean(-target * np.log(p) - (1 - target) * np.log(1 - p)))


@pytest.fixture
def y():
    """One red pixel and one grey one: grey values -0.402 and 0.5."""
    return tf.constant([[[[1.0, -1.0, -1.0], [0.5, 0.5, 0.5]]]])


def test_equation_1_weighs_both_guides_in_colour(y):
    outputs = outputs_of(y - 0.1, y + 0.2, y - 0.4)
    loss = losses.l1_loss_colour_guides(y, outputs, 0.3, 0.9)
    assert float(loss) == pytest.approx(0.1 + 0.3 * 0.2 + 0.9 * 0.4, abs=1e-6)


def test_the_eye_loss_counts_eyes_alone_over_all_pixels(y):
    eyes = tf.constant([[[[1.0], [0.0]]]])
    loss = losses.eye_loss(y, y + tf.constant([[[[0.3], [0.9]]]]), eyes)
    assert float(loss) == pytest.approx(0.3 / 2, abs=1e-6)
    assert float(losses.eye_loss(y, y + 1, 0 * eyes)) == 0


def test_equation_2_gives_guide_1_the_gray_painting(y):
    gray = np.array([[[[0.299 - 0.587 - 0.114], [0.5]]]])
    exact = outputs_of(y, gray, y)
    assert float(losses.l1_loss(y, exact, 0.3, 0.9)) == pytest.approx(0, abs=1e-6)
    off = outputs_of(y - 0.1, gray + 0.2, y - 0.4)
    loss = losses.l1_loss(y, off, 0.3, 0.9)
    assert float(loss) == pytest.approx(0.1 + 0.3 * 0.2 + 0.9 * 0.4, abs=1e-6)


def test_l1_without_guides_is_that_of_the_painting(y):
    outputs = {"painting": y + 0.25}
    assert float(losses.l1_loss(y, outputs, 0.3, 0.9)) == pytest.approx(0.25)


def test_equation_3_soft_targets_are_v_for_real_and_0_for_fake():
    hint = np.array([[2.0, -1.0], [0.5, 3.0]])
    real = np.array([[0.3, -0.7], [1.0, 0.0]])
    fake = np.array([[-0.2, 0.8], [0.1, -1.5]])
    d_loss, g_loss = losses.acgan_losses(*(tf.constant(x) for x in (real, fake, hint)))
    expected = cross_entropy(sigmoid(hint), real) + cross_entropy(0 * hint, fake)
    assert float(d_loss) == pytest.approx(expected, rel=1e-6)
    assert float(g_loss) == pytest.approx(cross_entropy(sigmoid(hint), fake), rel=1e-6)


def test_equation_3_soft_is_least_where_d_tells_the_style():
    hint = tf.constant([[2.0, -1.0, 0.0]])
    fake = tf.fill([1, 3], -20.0)
    at_hint, _ = losses.acgan_losses(hint, fake, hint)
    for shift in (-0.5, 0.5):
        elsewhere, _ = losses.acgan_losses(hint + shift, fake, hint)
        assert float(elsewhere) > float(at_hint)


def test_equation_3_literal_form_is_the_printed_one():
    hint = np.array([[2.0, -1.0]])
    real, fake = np.array([[0.3, -0.7]]), np.array([[-0.2, 0.8]])
    d_loss, g_loss = losses.acgan_losses_literal(
        *(tf.constant(x) for x in (real, fake, hint))
    )
    first = np.mean(np.log(sigmoid(real) + (1 - sigmoid(hint))))
    second = np.mean(np.log(1 - sigmoid(fake)))
    assert float(d_loss) == pytest.approx(-(first + second), rel=1e-6)
    assert float(g_loss) == pytest.approx(second, rel=1e-6)


def test_equation_3_literal_form_stays_finite():
    extreme = tf.constant([[500.0, -500.0]])
    for loss in losses.acgan_losses_literal(-extreme, extreme, extreme):
        assert np.isfinite(float(loss))


def test_equation_4_is_dcgan():
    real, fake = np.array([[0.3], [2.0]]), np.array([[-0.2], [0.8]])
    d_loss, g_loss = losses.dcgan_losses(tf.constant(real), tf.constant(fake))
    expected = -np.mean(np.log(sigmoid(real))) - np.mean(np.log(1 - sigmoid(fake)))
    assert float(d_loss) == pytest.approx(expected, rel=1e-6)
    assert float(g_loss) == pytest.approx(-np.mean(np.log(sigmoid(fake))), rel=1e-6)


def test_equation_5_weighs_l1_with_lambda():
    assert losses.generator_loss(0.7, 0.02, 100.0) == pytest.approx(2.7)
