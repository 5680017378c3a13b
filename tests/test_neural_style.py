import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.config import PRESETS
from keras_s2p.measuring import neural_style
from keras_s2p.networks import hint


@pytest.fixture(scope="module")
def features():
    keras.utils.set_random_seed(0)
    return neural_style.build_features(hint.build_hint_encoder(PRESETS["compact"]))


def test_features_are_those_of_the_hint_encoder():
    keras.utils.set_random_seed(0)
    encoder = hint.build_hint_encoder(PRESETS["compact"])
    layer = encoder.get_layer("block4_conv2_relu")
    inside = keras.Model(encoder.input, layer.output)
    painting = tf.random.stateless_uniform((1, 192, 192, 3), (0, 0), -1, 1)
    found = neural_style.build_features(encoder)(painting)
    assert set(found) == {neural_style.CONTENT_LAYER, *neural_style.STYLE_LAYERS}
    np.testing.assert_allclose(found["block4_conv2"], inside(painting), atol=1e-5)


def test_gram_is_the_mean_product_of_channels():
    features = tf.constant([[[[1.0, 2.0], [3.0, 0.0]]]])
    np.testing.assert_allclose(
        neural_style.gram(features), [[[5.0, 1.0], [1.0, 2.0]]], rtol=1e-6
    )


def test_has_converged_when_a_window_hardly_falls():
    falling = list(np.linspace(100, 1, 4 * neural_style.WINDOW))
    flat = [1.0] * (2 * neural_style.WINDOW)
    assert not neural_style.has_converged(falling)
    assert not neural_style.has_converged(flat[1:])
    assert neural_style.has_converged(flat)


def test_the_style_loss_falls_and_another_reference_gives_another_picture(features):
    sketch = np.full((32, 32, 1), 255, np.uint8)
    sketch[8:24, 16] = 0
    red, blue = np.zeros((2, 32, 32, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 200
    red[::4] = 255
    one = neural_style.neural_style(features, sketch, red, 8)
    two = neural_style.neural_style(features, sketch, blue, 8)
    assert one.painting.shape == (32, 32, 3) and one.painting.dtype == np.uint8
    assert one.losses[-1] < one.losses[0]
    assert not one.converged
    assert np.abs(one.painting.astype(int) - two.painting).mean() > 1
