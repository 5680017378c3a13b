import dataclasses
import os
import re
import shutil
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p import release
from keras_s2p.common import files, locks, sources
from keras_s2p.common.config import write_json
from keras_s2p.networks import weights
from keras_s2p.networks.generator import build_generator
from keras_s2p.painting.painter import Painter


def test_a_written_network_is_read_back(tiny_generator_config, tmp_path):
    one, two = (build_generator(tiny_generator_config) for _ in range(2))
    path = str(tmp_path / "generator.npz")
    weights.write_weights(one, path)
    weights.read_weights(two, path)
    for a, b in zip(one.get_weights(), two.get_weights()):
        assert np.array_equal(a, b)
    assert [file.name for file in tmp_path.iterdir()] == ["generator.npz"]


def test_half_precision_is_near_and_smaller(tiny_generator_config, tmp_path):
    one, two = (build_generator(tiny_generator_config) for _ in range(2))
    full, half = str(tmp_path / "full.npz"), str(tmp_path / "half.npz")
    weights.write_weights(one, full)
    weights.write_weights(one, half, half=True)
    weights.read_weights(two, half)
    for a, b in zip(one.get_weights(), two.get_weights()):
        np.testing.assert_allclose(a, b, atol=1e-3)
    for path, kind in ((full, zipfile.ZIP_STORED), (half, zipfile.ZIP_DEFLATED)):
        with zipfile.ZipFile(path) as archive:
            assert {entry.compress_type for entry in archive.infolist()} == {kind}
    assert (tmp_path / "half.npz").stat().st_size < 0.8 * (
        tmp_path / "full.npz"
    ).stat().st_size


def test_large_variances_survive_half_precision(tiny_generator_config, tmp_path):
    one, two = (build_generator(tiny_generator_config) for _ in range(2))
    one.get_layer("enc1_conv1_bn").moving_variance.assign([1e6, 2e6])
    weights.write_weights(one, str(tmp_path / "half.npz"), half=True)
    weights.read_weights(two, str(tmp_path / "half.npz"))
    variance = two.get_layer("enc1_conv1_bn").moving_variance
    np.testing.assert_allclose(variance, [1e6, 2e6])


def test_a_release_without_guides_starts_a_training_with_guides(
    weights_folder, tiny_generator_config, tmp_path
):
    assert release.main([weights_folder, str(tmp_path)]) == 0
    path = str(tmp_path / weights.GENERATOR_FILE)
    generator = build_generator(tiny_generator_config)
    before = generator.get_layer("guide_1_out").get_weights()[0]
    with pytest.raises(ValueError, match="guide_1"):
        weights.read_weights(generator, path)
    weights.read_weights(generator, path, optional="guide_")
    assert np.array_equal(generator.get_layer("guide_1_out").get_weights()[0], before)
    with np.load(path) as arrays:
        kernel = arrays["mid_conv1/kernel"].astype(np.float32)
    assert np.array_equal(generator.get_layer("mid_conv1").get_weights()[0], kernel)


def test_one_release_at_a_time_is_written(weights_folder, tmp_path, capsys):
    with locks.locked(str(tmp_path / ".lock"), "taken"):
        assert release.main([weights_folder, str(tmp_path)]) == 1
    assert "another release is being written there" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert release.main([weights_folder, str(tmp_path)]) == 0
    assert not (tmp_path / ".lock").exists()


def test_a_release_replaces_no_training(weights_folder, tmp_path, capsys):
    other = tmp_path / "run"
    other.mkdir()
    (other / "train.json").write_text("{}")
    guided = tmp_path / "guided"
    shutil.copytree(weights_folder, guided)
    for out in (other, guided):
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        assert release.main([weights_folder, str(out)]) == 1
        assert f"release: OUT: {out} holds a " in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("size", [-5, 0, 31, 100_000_000])
def test_a_release_is_of_a_size_that_paints(size, weights_folder, tmp_path, capsys):
    out = tmp_path / "release"
    arguments = [weights_folder, str(out), f"--working-size={size}"]
    assert release.main(arguments) == 1
    assert "--working-size: must be between 32" in capsys.readouterr().err
    assert not out.exists()


def test_painting_networks_load_without_guides(weights_folder):
    config, generator, hint_encoder = weights.load_networks(weights_folder)
    assert config.guides and set(generator.output) == {"painting"}
    hint = hint_encoder(tf.zeros((1, 32, 32, 3)))
    assert hint.shape == (1, config.hint_size)


def test_a_release_paints_as_its_run_does(weights_folder, tmp_path):
    # Of an earlier release in the folder nothing is left.
    (tmp_path / sources.FILE).write_text('{"--vgg-weights": "of another run"}')
    assert release.main([weights_folder, str(tmp_path)]) == 0
    assert sources.read(str(tmp_path)) == {}
    inputs = {
        "sketch": tf.random.stateless_uniform((1, 32, 32, 1), (0, 0), -1, 1),
        "hint": tf.random.stateless_normal((1, 16), (0, 0)),
    }
    paintings = [
        weights.load_networks(str(folder))[1](inputs)["painting"]
        for folder in (weights_folder, tmp_path)
    ]
    np.testing.assert_allclose(*paintings, atol=0.02)  # half precision


def test_a_weight_beyond_half_precision_is_named_with_its_file(
    weights_folder, tmp_path
):
    config, generator, hint_encoder = weights.load_networks(weights_folder)
    name, variable = next(
        (layer.name, layer.kernel)
        for layer in generator.layers
        if hasattr(layer, "kernel")
    )
    variable.assign(tf.fill(variable.shape, 1e6))  # half precision ends at 65504
    path = re.escape(os.path.join(tmp_path, weights.GENERATOR_FILE))
    said = f"^{path}: not written in half precision, since {name}.* is not finite$"
    with pytest.raises(ValueError, match=said):
        release.write_release(str(tmp_path), config, generator, hint_encoder)
    assert os.listdir(tmp_path) == []


def test_a_release_is_not_made_of_itself(tmp_path, weights_folder, capsys):
    folder = str(tmp_path / "release")
    assert release.main([weights_folder, folder]) == 0
    before = sorted(os.listdir(folder))
    assert release.main([folder, os.path.join(folder, os.curdir)]) == 1
    assert "is what is read; name another folder" in capsys.readouterr().err
    assert sorted(os.listdir(folder)) == before


@pytest.mark.slow
def test_a_release_that_is_killed_leaves_no_mixture(
    weights_folder, tmp_path, monkeypatch
):
    assert release.main([weights_folder, str(tmp_path)]) == 0
    before = os.stat(tmp_path / weights.GENERATOR_FILE).st_mtime_ns
    renames, replace = [], os.replace

    def stop_at_the_second(*paths):
        renames.append(paths)
        if len(renames) == 2:
            raise OSError("stopped")
        replace(*paths)

    def stop(*_, **__):
        raise OSError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(weights, "write_arrays", stop)
        assert release.main([weights_folder, str(tmp_path)]) == 1
    # Nothing takes its place before all is written.
    assert os.stat(tmp_path / weights.GENERATOR_FILE).st_mtime_ns == before
    weights.load_networks(str(tmp_path))
    monkeypatch.setattr(files.os, "replace", stop_at_the_second)
    assert release.main([weights_folder, str(tmp_path)]) == 1
    with pytest.raises(ValueError, match="generator.json: no such file"):
        weights.load_networks(str(tmp_path))
    renames.clear()
    new = str(tmp_path / "new")
    assert release.main([weights_folder, new]) == 1 and len(os.listdir(new)) < 3
    monkeypatch.undo()
    assert release.main([weights_folder, new]) == 0  # it is no pretraining


@pytest.mark.slow
def test_a_release_may_be_painted_at_another_size(weights_folder, tmp_path):
    arguments = [weights_folder, str(tmp_path), "--working-size", "96"]
    assert release.main(arguments) == 0
    assert Painter(tmp_path).size == 96
    assert Painter(weights_folder).size == 256
    assert Painter(tmp_path, size=64).size == 64


def test_what_is_wrong_with_a_folder_is_said_in_a_sentence(weights_folder, tmp_path):
    def fails(folder, message):
        with pytest.raises(ValueError, match=message) as error:
            weights.load_networks(str(folder))
        assert "\n" not in str(error.value)

    fails(tmp_path / "none", "no such folder")
    fails(tmp_path, "generator.json: no such file")
    damaged = tmp_path / "damaged"
    shutil.copytree(weights_folder, damaged)
    file = damaged / weights.GENERATOR_FILE
    file.write_bytes(file.read_bytes()[:1000])
    fails(damaged, "generator.npz: damaged")
    file.unlink()
    fails(damaged, "generator.npz: no such file")


def test_weights_of_another_network_are_refused(
    weights_folder, tiny_generator_config, tmp_path
):
    other = tmp_path / "other"
    shutil.copytree(weights_folder, other)
    config = dataclasses.replace(tiny_generator_config, mid_filters=4)
    write_json(config, str(other / weights.CONFIG_FILE))
    with pytest.raises(ValueError, match="weights of another network"):
        weights.load_networks(str(other))


@pytest.mark.parametrize(
    "changed, file",
    [
        ({"filters": 64}, weights.GENERATOR_FILE),
        ({"mid_filters": 4096}, weights.GENERATOR_FILE),
        ({"decoder_filters": 2048}, weights.GENERATOR_FILE),
        ({"full_filters": 256}, weights.GENERATOR_FILE),
        ({"hint_filters": 256}, weights.HINT_ENCODER_FILE),
        ({"hint_size": 8192}, weights.HINT_ENCODER_FILE),
    ],
)
def test_a_network_of_other_widths_is_not_built(
    weights_folder, tiny_generator_config, tmp_path, monkeypatch, changed, file
):
    other = tmp_path / "other"
    shutil.copytree(weights_folder, other)
    config = dataclasses.replace(tiny_generator_config, **changed)
    write_json(config, str(other / weights.CONFIG_FILE))
    monkeypatch.setattr(keras.layers, "Conv2D", None)
    with pytest.raises(ValueError, match=f"{file}: weights of another network"):
        if file == weights.GENERATOR_FILE:
            weights.load_generator(str(other))
        weights.load_hint_encoder(config, str(other))


def test_the_release_has_a_name_for_options(tmp_path):
    assert weights.find_folder("release") == weights.DEFAULT
    assert weights.find_folder(str(tmp_path)) == str(tmp_path)
