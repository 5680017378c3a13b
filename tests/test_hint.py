import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.config import PRESETS, GeneratorConfig
from keras_s2p.networks import hint


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory):
    """A file of VGG 19 weights in Keras's own format, of random weights.

    A narrow stand-in is no use: keras.applications accepts the real shapes alone.
    """
    path = str(tmp_path_factory.mktemp("vgg") / "vgg19.h5")
    vgg = keras.applications.VGG19(weights=None)
    vgg.save_weights(path)
    return path


@pytest.mark.slow
def test_imagenet_hint_is_fc1_before_its_relu(vgg_file):
    vgg = keras.applications.VGG19(weights=vgg_file)
    old_fc1 = keras.Model(vgg.input, vgg.get_layer("fc1").output)
    encoder = hint.build_hint_encoder(PRESETS["paper"], vgg_file)
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 224, 224, 3))
    pixels = pixels.astype(np.float32)

    new = encoder(pixels / 127.5 - 1).numpy()
    old = old_fc1(keras.applications.vgg19.preprocess_input(pixels.copy())).numpy()

    assert new.min() < 0
    np.testing.assert_allclose(np.maximum(new, 0), old, atol=1e-3 * old.max())


@pytest.mark.slow
def test_imagenet_hint_encoder_is_frozen_and_takes_any_size(vgg_file):
    encoder = hint.build_hint_encoder(PRESETS["paper"], vgg_file)
    assert encoder.trainable_variables == []
    assert encoder(tf.zeros((1, 96, 64, 3))).shape == (1, 4096)


def test_preprocessing_happens_once_and_in_bgr(monkeypatch):
    """VGG 19 is replaced by a network whose fc1 shows what reaches it."""
    picture = keras.Input((224, 224, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(picture)
    fc1 = keras.layers.Dense(3, "relu", kernel_initializer="identity", name="fc1")
    monkeypatch.setattr(
        keras.applications,
        "VGG19",
        lambda weights: keras.Model(picture, fc1(pooled)),
    )
    encoder = hint.build_hint_encoder(PRESETS["paper"])
    red = tf.constant([1.0, -1.0, -1.0]) * tf.ones((1, 50, 70, 3))
    np.testing.assert_allclose(
        encoder(red)[0], [0 - 103.939, 0 - 116.779, 255 - 123.68], atol=0.1
    )


def test_the_imagenet_hint_is_float32_where_the_rest_is_bfloat16(monkeypatch):
    def small_vgg(weights):
        picture = keras.Input((224, 224, 3))
        pooled = keras.layers.GlobalAveragePooling2D()(picture)
        return keras.Model(picture, keras.layers.Dense(3, name="fc1")(pooled))

    monkeypatch.setattr(keras.applications, "VGG19", small_vgg)
    policy = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        encoder = hint.build_hint_encoder(PRESETS["paper"])
    finally:
        keras.mixed_precision.set_global_policy(policy)
    assert encoder(tf.zeros((1, 32, 32, 3))).dtype == tf.float32


def test_paintings_encoder_has_the_layer_names_of_vgg_19():
    ours = hint.build_hint_encoder(PRESETS["compact"])
    theirs = keras.applications.VGG19(include_top=False, weights=None)
    names = {layer.name for layer in ours.layers}
    blocks = {layer.name for layer in theirs.layers if layer.name.startswith("block")}
    assert blocks <= names and "fc1" in names


def test_paintings_hint_has_4096_values_before_any_relu():
    encoder = hint.build_hint_encoder(PRESETS["compact"])
    values = encoder(tf.random.stateless_uniform((1, 40, 56, 3), (0, 0), -1, 1)).numpy()
    assert values.shape == (1, 4096) and values.min() < 0
    assert encoder.trainable_variables == []


@pytest.mark.parametrize("size", [64, 96, 192, 224])
def test_paintings_encoder_keeps_few_cells_apart_at_any_size(size):
    config = dataclasses.replace(PRESETS["compact"], hint_image_size=size)
    encoder = hint.build_hint_encoder(config)
    cells = 2 if size == 64 else 3
    assert encoder.get_layer("flatten").output_shape == (None, cells * cells * 128)


@pytest.mark.parametrize("size", [256, 2048])
def test_paintings_hint_of_other_sizes(size):
    config = dataclasses.replace(PRESETS["compact"], hint_size=size)
    assert hint.build_hint_encoder(config).output_shape == (None, size)


def test_imagenet_hint_of_another_size_is_refused():
    with pytest.raises(ValueError, match="--hint-size"):
        hint.build_hint_encoder(GeneratorConfig(hint_size=256))


def test_missing_and_damaged_vgg_files_are_named(tmp_path):
    missing = str(tmp_path / "none.h5")
    with pytest.raises(ValueError, match="none.h5: no such file"):
        hint.load_vgg19(missing)
    damaged = tmp_path / "damaged.h5"
    damaged.write_text("not HDF5")
    with pytest.raises(ValueError, match="can not be loaded") as error:
        hint.load_vgg19(str(damaged))
    assert "\n" not in str(error.value)
