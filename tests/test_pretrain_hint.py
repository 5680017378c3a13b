import os

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p import pretrain_hint, pretrain_places
from keras_s2p.common import config as configs
from keras_s2p.common import run_lock
from keras_s2p.common.config import GeneratorConfig, read_json
from keras_s2p.data import records
from keras_s2p.networks import hint, owners, weights
from keras_s2p.training import begun, hint_run, hint_trainer

TINY_OPTIONS = (
    "--hint-size 16 --hint-filters 2 --hint-image-size 32 --batch-size 4 --steps 3"
).split()


@pytest.fixture(scope="module")
def mixed_folder(write_dataset, character_examples, painting):
    """Characters with regions and labels, and paintings without."""
    large = painting.repeat(3, axis=0).repeat(3, axis=1)[:, :96]
    plain = [records.make_example(large, str(i), "tests") for i in range(6)]
    return write_dataset(
        96, {split: some + plain for split, some in character_examples.items()}
    )


@pytest.mark.slow
def test_an_encoder_is_trained_and_loads(mixed_folder, tmp_path, capsys):
    arguments = ["--dataset", mixed_folder, "--out", str(tmp_path), *TINY_OPTIONS]
    assert pretrain_hint.main(arguments) == 0
    assert "Validation: " in capsys.readouterr().out
    config = read_json(GeneratorConfig, str(tmp_path / weights.CONFIG_FILE))
    encoder = weights.load_hint_encoder(config, str(tmp_path))
    assert np.isfinite(encoder(tf.zeros((1, 32, 32, 3)))).all()


def test_wrong_use_is_said_in_a_sentence(mixed_folder, tmp_path, capsys):
    arguments = ["--out", str(tmp_path), *TINY_OPTIONS]
    imagenet = ["--dataset", mixed_folder, "--hint-encoder", "imagenet", *arguments]
    assert pretrain_hint.main(imagenet) == 1
    assert "--hint-encoder" in capsys.readouterr().err
    assert pretrain_hint.main(["--dataset", str(tmp_path / "none"), *arguments]) == 1
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", [weights.GENERATOR_FILE, configs.TRAIN_FILE])
def test_the_encoder_of_trained_weights_is_not_replaced(name, tmp_path, capsys):
    (tmp_path / name).write_bytes(b"precious")
    arguments = ["--dataset", "none", "--out", str(tmp_path), *TINY_OPTIONS]
    assert pretrain_hint.main(arguments) == 1
    assert f"--out: {tmp_path} holds a " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("command", [pretrain_hint, pretrain_places])
@pytest.mark.parametrize(
    ("option", "value"),
    [("--steps", "0"), ("--batch-size", "0"), ("--batch-size", "9999999"),
     ("--learning-rate", "nan"), ("--learning-rate", "-1")],
)  # fmt: skip
def test_settings_that_teach_nothing_are_refused(
    command, option, value, tmp_path, capsys
):
    out = tmp_path / "out"
    assert command.main(["--dataset", "none", "--out", str(out), option, value]) == 1
    assert f"{option}: must be " in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("command", [pretrain_hint, pretrain_places])
def test_a_second_pretraining_in_a_folder_is_refused(command, tmp_path, capsys):
    with run_lock.locked(str(tmp_path)):
        assert command.main(["--dataset", "none", "--out", str(tmp_path)]) == 1
        assert "--out: another training runs in" in capsys.readouterr().err
        assert not os.listdir(tmp_path)


def test_region_colours_of_a_known_picture():
    painting = np.zeros((1, 4, 4, 3), np.float32)
    painting[0, :2] = 0.5
    regions = np.full((2, 4, 4, 1), 255, np.uint8)
    regions[0, :2] = 1  # hair; the second picture's regions are not known
    colours, present, known = hint_trainer.region_colours(
        tf.constant(np.repeat(painting, 2, 0)), tf.constant(regions)
    )
    np.testing.assert_allclose(colours[0, 1], [0.5] * 3, atol=1e-6)
    assert present.numpy()[0].tolist() == [0, 1, 0, 0, 0]
    assert known.numpy().ravel().tolist() == [1, 0]


def test_histogram_counts_each_colour_once():
    painting = tf.constant([[[[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]]])
    shares = hint_trainer.histogram(painting).numpy()[0]
    assert shares[0] == shares[63] == 0.5 and shares.sum() == 1


def test_cells_that_tell_regions_and_colours_rightly_cost_least():
    painting = np.full((1, 8, 8, 3), -0.5, np.float32)
    regions = np.full((1, 8, 8, 1), 4, np.uint8)
    painting[:, :, :4], regions[:, :, :4] = 0.25, 1
    outputs = np.zeros((1, 2, 2, 21), np.float32)  # 2 x 2 cells
    for column, region, colour in ((0, 1, 0.25), (1, 4, -0.5)):
        outputs[:, :, column, region] = 30  # logit
        outputs[:, :, column, 6 + 3 * region : 9 + 3 * region] = colour
    one = tf.ones((1, 1))
    right = hint_trainer.cell_loss(outputs, painting, regions, one)
    swapped = hint_trainer.cell_loss(outputs[:, :, ::-1], painting, regions, one)
    assert abs(float(right)) < 1e-4 < float(swapped)
    unknown = np.full_like(regions, 255)
    assert hint_trainer.cell_loss(outputs, painting, unknown, 0 * one) == 0


def test_a_pretraining_that_is_begun_reads_no_first_weights(tmp_path, capsys):
    assert begun.find_first_weights(str(tmp_path / "none"), "x") == "x"
    assert begun.find_first_weights(str(tmp_path), None) is None
    network = tf.train.Checkpoint(step=tf.Variable(1))
    tf.train.CheckpointManager(network, str(tmp_path), max_to_keep=1).save()
    assert begun.find_first_weights(str(tmp_path), "x") is None
    assert "--initial-weights is not read" in capsys.readouterr().out


@pytest.mark.slow
def test_without_a_validation_it_is_said_and_trained(
    write_dataset, character_examples, tmp_path, capsys
):
    some = character_examples["train"]
    folder = write_dataset(96, {"train": some, "validation": []})
    arguments = ["--dataset", folder, "--out", str(tmp_path), *TINY_OPTIONS]
    assert pretrain_hint.main(arguments) == 0
    assert "Without a validation: its 0 pictures" in capsys.readouterr().out
    assert (tmp_path / weights.HINT_ENCODER_FILE).exists()


def test_weights_that_are_no_numbers_replace_no_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(hint_run, "hint_batches", lambda *_: None)
    monkeypatch.setattr(hint_run, "CHECKPOINT_EVERY", 1)
    config = configs.HintTrainConfig("", str(tmp_path), steps=2)
    encoder = hint.build_hint_encoder(
        GeneratorConfig("paintings", hint_size=16, hint_filters=2, hint_image_size=32),
        trainable=True,
    )
    model = hint_trainer.HintTrainer(encoder, 16)
    model.compile(tf.keras.optimizers.Adam())
    kernel = encoder.get_layer("fc1").kernel
    values = iter([0.5, np.nan])

    def fit(*args, **kwargs):
        kernel.assign(tf.fill(kernel.shape, next(values)))

    monkeypatch.setattr(model, "fit", fit)
    with pytest.raises(ValueError, match="npz: not written, since .* not finite"):
        hint_run.fit(model, encoder, config, 32)
    folder = str(tmp_path / owners.HINT_CHECKPOINTS)
    assert tf.train.latest_checkpoint(folder).endswith("-1")
    weights.read_weights(encoder, str(tmp_path / weights.HINT_ENCODER_FILE))
    assert (kernel.numpy() == 0.5).all()
