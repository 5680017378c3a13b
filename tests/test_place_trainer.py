import io
import types
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p import pretrain_places
from keras_s2p.common import lab
from keras_s2p.networks import weights
from keras_s2p.networks.places import build_place_encoder, load_place_encoder
from keras_s2p.training import place_run, place_trainer
from keras_s2p.training.place_config import PlaceTrainConfig


def places(embeddings, colours):
    """[1, N, E + 4] of places that weigh 1."""
    rows = [np.concatenate([e, c, [1]]) for e, c in zip(embeddings, colours)]
    return tf.constant(np.float32(rows))[tf.newaxis]


RED, BLUE, GREEN = (0.7, -0.7, -0.7), (-0.7, -0.7, 0.7), (-0.7, 0.7, -0.7)
ONE, TWO = np.eye(2)


def compare(own, theirs):
    return [float(x) for x in place_trainer.compare(own, theirs)]


def test_right_partners_have_a_lower_loss_than_wrong_ones():
    theirs = places([ONE, TWO], [RED, BLUE])
    right = compare(places([ONE, TWO], [RED, BLUE]), theirs)
    wrong = compare(places([TWO, ONE], [RED, BLUE]), theirs)
    assert right[0] < 0.05 < 2 < wrong[0]
    assert right[1] < 1 and wrong[1] > 50
    assert (right[2], wrong[2]) == (1, 0)


def test_a_colour_that_the_reference_does_not_show_counts_nothing():
    theirs = places([ONE, TWO], [RED, BLUE])
    own = places([ONE, TWO], [RED, GREEN])
    assert compare(own, theirs)[2] == 1
    assert compare(places([TWO], [GREEN]), theirs) == [0, 0, 0]


def test_rare_colours_weigh_as_much_as_common_ones():
    theirs = places([ONE] * 9 + [TWO], [RED] * 9 + [BLUE])
    own = places([ONE] * 9 + [ONE], [RED] * 9 + [BLUE])  # the rare one is wrong
    assert 0.3 < compare(own, theirs)[2] < 0.7


def test_cielab_is_that_of_numpy():
    rgb = np.random.default_rng(0).uniform(0, 255, (50, 3))
    found = place_trainer.to_lab(tf.constant(rgb / 127.5 - 1, tf.float32))
    np.testing.assert_allclose(found, lab.to_lab(rgb), atol=0.02)


@pytest.mark.long
@pytest.mark.slow
def test_a_training_begins_with_the_generators_levels_and_writes_an_encoder(
    characters_folder, tmp_path, monkeypatch, weights_folder
):
    small = build_place_encoder(filters=2)  # as the tiny generator's levels
    monkeypatch.setattr(place_run.places, "build_place_encoder", lambda *_: small)
    monkeypatch.setattr(place_trainer, "SIZE", 64)
    monkeypatch.setattr(place_run.place_drawings, "SIZE", 64)
    begun = {}

    def fit(model, config):
        begun["enc2"] = model.encoder.get_layer("enc2_conv1").get_weights()[0].copy()
        begun["mid"] = model.encoder.get_layer("mid_conv2").get_weights()[0].copy()
        original(model, config)

    original = place_run.fit
    monkeypatch.setattr(place_run, "fit", fit)
    out = tmp_path / "places"
    arguments = ["--dataset", characters_folder, "--out", str(out)]
    arguments += ["--weights", weights_folder, "--batch-size", "2", "--steps", "2"]
    assert pretrain_places.main(arguments) == 0
    _, generator = weights.load_generator(weights_folder)
    np.testing.assert_allclose(
        begun["enc2"], generator.get_layer("enc2_conv1").get_weights()[0]
    )
    encoder = load_place_encoder(str(out))
    assert encoder.get_layer("mid_conv2").get_weights()[0].shape == begun["mid"].shape
    assert not np.allclose(
        encoder.get_layer("mid_conv2").get_weights()[0], begun["mid"], atol=1e-4
    )
    assert tf.train.latest_checkpoint(str(out / "place_checkpoints")).endswith("-2")


def test_weights_that_are_no_numbers_replace_no_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(place_run.pipeline, "train_batches", lambda *_: None)
    monkeypatch.setattr(place_run, "CHECKPOINT_EVERY", 1)
    encoder = build_place_encoder(filters=2)
    kernel = encoder.get_layer("mid_conv2").kernel
    values = iter([0.5, np.nan])

    def fit(*args, **kwargs):
        kernel.assign(tf.fill(kernel.shape, next(values)))

    model = types.SimpleNamespace(
        encoder=encoder, optimizer=tf.keras.optimizers.Adam(), fit=fit
    )
    with pytest.raises(ValueError, match="npz: not written, since .* not finite"):
        place_run.fit(model, PlaceTrainConfig("", str(tmp_path), steps=2))
    folder = str(tmp_path / place_run.CHECKPOINTS)
    assert tf.train.latest_checkpoint(folder).endswith("-1")
    written = load_place_encoder(str(tmp_path)).get_layer("mid_conv2").kernel
    assert (written.numpy() == 0.5).all()


def test_a_missing_dataset_is_one_sentence(tmp_path, capsys):
    arguments = ["--dataset", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    assert pretrain_places.main(arguments) == 1
    assert capsys.readouterr().err.startswith("pretrain_places: ")


def test_a_folder_without_a_place_encoder_takes_the_one_that_ships(tmp_path):
    shape = load_place_encoder(str(tmp_path)).input_shape
    assert shape == (None, None, None, 5)


def test_another_networks_file_is_refused(tmp_path):
    path = tmp_path / weights.PLACE_ENCODER_FILE
    weights.write_weights(build_place_encoder(filters=1), str(path))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if "dec4" not in name}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="weights of another network"):
        load_place_encoder(str(tmp_path))


@pytest.mark.parametrize(
    "shape",
    [(3, 3, 5, 65), (3, 3, 5, 10**9), (3, 3, 5, 0), (3, 3, 5, -1), (5,), ()],
)
def test_a_place_encoder_of_absurd_width_takes_no_memory(tmp_path, shape):
    head = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, header)
    with zipfile.ZipFile(tmp_path / weights.PLACE_ENCODER_FILE, "w") as archive:
        archive.writestr("enc1_conv1/kernel.npy", head.getvalue())
    with pytest.raises(ValueError, match="weights of another network"):
        load_place_encoder(str(tmp_path))


def test_no_place_encoder_is_built_after_one_array_that_lies(tmp_path, monkeypatch):
    path = tmp_path / weights.PLACE_ENCODER_FILE
    weights.write_weights(build_place_encoder(filters=1), str(path))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["enc1_conv1/kernel"] = np.zeros((3, 3, 5, 64), np.float32)
    np.savez(path, **arrays)
    monkeypatch.setattr("keras_s2p.networks.places.build_place_encoder", None)
    with pytest.raises(ValueError, match="weights of another network .*mid_conv1"):
        load_place_encoder(str(tmp_path))


def test_a_place_encoder_that_is_no_file_is_named(tmp_path):
    (tmp_path / weights.PLACE_ENCODER_FILE).symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="place_encoder.npz: no such file"):
        load_place_encoder(str(tmp_path))
