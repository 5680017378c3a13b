import os
import shutil
import tempfile
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import disk_space, images, picture_files
from keras_s2p.common.config import RunConfig, TrainConfig
from keras_s2p.networks import weights
from keras_s2p.networks.discriminator import build_discriminator
from keras_s2p.networks.style2paints import build_style2paints
from keras_s2p.training import (
    callbacks,
    checkpoints,
    hint_run,
    place_run,
    run_folder,
)
from keras_s2p.training.trainer import Trainer


@pytest.fixture
def make_trainer(tiny_generator_config, tiny_train_config, encode_hint):
    def make(averaged=None):
        trainer = Trainer(
            build_style2paints(tiny_generator_config, hint_encoder=encode_hint),
            build_discriminator("acgan", hint_size=16),
            tiny_train_config,
            averaged,
        )
        trainer.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01))
        for optimizer, network in (
            (trainer.generator_optimizer, trainer.generator),
            (trainer.discriminator_optimizer, trainer.discriminator),
        ):
            optimizer.build(network.trainable_variables)
        return trainer

    return make


@pytest.mark.slow
def test_a_checkpoint_restores_networks_optimizers_and_iterations(
    make_trainer, batch, tmp_path
):
    one, two = make_trainer(), make_trainer()
    for _ in range(3):
        one.train_step(batch)
    callbacks.Checkpoint(one, str(tmp_path)).on_epoch_end(0)
    assert callbacks.Checkpoint(two, str(tmp_path)).restore() == 3
    for trainer in (one, two):
        trainer.train_step(batch)
    for name in ("generator", "discriminator"):
        for a, b in zip(getattr(one, name).variables, getattr(two, name).variables):
            np.testing.assert_allclose(a, b, atol=1e-5)
        assert int(getattr(two, f"{name}_optimizer").iterations) == 4


def test_an_empty_folder_restores_nothing(make_trainer, tmp_path):
    assert callbacks.Checkpoint(make_trainer(), str(tmp_path)).restore() == 0


@pytest.mark.parametrize("name", ["run [1]", "run*", "a\\b", 'run "x"'])
def test_a_folder_of_any_name_keeps_its_newest_checkpoints(
    small_trainer, tmp_path, name
):
    checkpoint = callbacks.Checkpoint(small_trainer, str(tmp_path / name))
    for step in (3, 6, 9):
        small_trainer.generator_optimizer.iterations.assign(step)
        checkpoint.on_epoch_end(0)
    assert checkpoint.restore() == 9
    indexes = {path.name for path in (tmp_path / name).glob("*.index")}
    assert indexes == {"ckpt-6.index", "ckpt-9.index"}
    assert len(os.listdir(tmp_path / name)) == 5


def test_a_worker_keeps_its_temporary_files_in_the_run_folder(
    small_trainer, tmp_path, monkeypatch
):
    system, run = tmp_path / "system", tmp_path / "run"
    system.mkdir(), run.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(system))
    checkpoint = callbacks.Checkpoint(small_trainer, str(run), chief=False)
    with disk_space.explaining_no_space(str(run)):
        checkpoint.on_epoch_end(0)
        assert list(run.rglob("ckpt-*.index"))
    assert not list(system.iterdir()) and not list(run.iterdir())


def test_networks_that_go_together_take_their_places_together(tmp_path, monkeypatch):
    network = keras.Sequential([keras.layers.Dense(2, name="a")])
    network.build((1, 2))
    trained = types.SimpleNamespace(
        averaged=network, averaged_encoder=network, generator=network,
        hint_encoder=network, discriminator=None,
        config=types.SimpleNamespace(encoder_share=1),
    )  # fmt: skip
    saver = callbacks.SaveNetworks(trained, str(tmp_path))
    saver.on_epoch_end(0)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {weights.GENERATOR_FILE, weights.HINT_ENCODER_FILE}
    network.weights[0].assign_add(tf.ones((2, 2)))
    written, write_arrays = [], weights.write_arrays

    def stop_at_the_second(*args):
        written.append(args)
        if len(written) == 2:
            raise KeyboardInterrupt
        write_arrays(*args)

    monkeypatch.setattr(weights, "write_arrays", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        saver.on_epoch_end(0)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_a_kill_left_of_old_checkpoints_is_removed(small_trainer, tmp_path):
    checkpoint = callbacks.Checkpoint(small_trainer, str(tmp_path))
    for step in (2, 4):
        checkpoint.step.assign(step)
        checkpoint.on_epoch_end(0)
    for number in (1, 2):  # the index went first
        shutil.copy(
            tmp_path / "ckpt-4.data-00000-of-00001",
            tmp_path / f"ckpt-{number}.data-00000-of-00001",
        )
    (tmp_path / "ckpt-2.index").unlink()
    checkpoints.finish(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint", "ckpt-4.data-00000-of-00001", "ckpt-4.index",
    ]  # fmt: skip
    (tmp_path / "ckpt-4.index").unlink()  # the newest is somebody's to put back
    checkpoints.finish(str(tmp_path))
    assert (tmp_path / "ckpt-4.data-00000-of-00001").exists()


def test_networks_of_two_checkpoints_are_not_painted_with(
    weights_folder, tmp_path, monkeypatch
):
    """As a kill leaves them, or who reads them while they are written finds them."""
    _, generator, encoder = weights.load_networks(weights_folder)
    networks = {weights.GENERATOR_FILE: generator, weights.HINT_ENCODER_FILE: encoder}
    run, later = tmp_path / "run", tmp_path / "later"
    for folder in (run, later):
        folder.mkdir()
        shutil.copy(os.path.join(weights_folder, weights.CONFIG_FILE), folder)
        with weights.replacing(networks, str(folder), half=folder == later):
            pass
        variable = encoder.get_layer("fc1").weights[1]
        variable.assign(variable + 0.5)
    for folder in (run, later):
        weights.load_networks(str(folder))
    shutil.copy(later / weights.GENERATOR_FILE, run)
    for load in (
        weights.load_networks,
        lambda folder: run_folder.find_hint_folder(
            RunConfig("data", str(tmp_path / "new"), initial_weights=folder)
        ),
    ):
        with pytest.raises(ValueError, match=f"{run}: generator.npz and hint_encoder"):
            load(str(run))
    # As one that knows of no other does, as of a training whose encoder is frozen.
    weights.write_weights(generator, str(run / weights.GENERATOR_FILE))
    weights.load_networks(str(run))
    trained = types.SimpleNamespace(
        averaged=generator, averaged_encoder=encoder, generator=generator,
        hint_encoder=encoder, discriminator=None,
        config=types.SimpleNamespace(encoder_share=1),
    )  # fmt: skip
    shutil.copy(later / weights.GENERATOR_FILE, run)
    callbacks.SaveNetworks(trained, str(run)).mend()
    *_, mended = weights.load_networks(str(run))
    np.testing.assert_array_equal(mended.get_layer("fc1").weights[1], variable)
    data = bytearray((run / weights.GENERATOR_FILE).read_bytes())
    place = data.index(b"pair.npy") + 200  # a number of it
    data[place] ^= 255
    (run / weights.GENERATOR_FILE).write_bytes(data)
    callbacks.SaveNetworks(trained, str(run)).mend()
    weights.load_networks(str(run))


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_no_checkpoint_is_of_weights_that_the_average_does_not_show(
    name, make_trainer, tmp_path
):
    trainer = make_trainer()
    saver = callbacks.SaveNetworks(trainer, str(tmp_path))
    saver.networks = {}
    saver.on_epoch_end(0)
    variable = getattr(trainer, name).trainable_variables[0]
    variable.assign(tf.fill(variable.shape, np.nan))
    with pytest.raises(ValueError, match="not written, since .* is not finite"):
        saver.on_epoch_end(0)


def test_a_damaged_checkpoint_is_named(make_trainer, batch, tmp_path):
    checkpoint = callbacks.Checkpoint(make_trainer(), str(tmp_path))
    checkpoint.on_epoch_end(0)
    for file in tmp_path.glob("*.index"):
        file.write_bytes(b"no checkpoint")
    with pytest.raises(ValueError, match="can not be resumed"):
        checkpoint.restore()


@pytest.fixture
def small_trainer():
    """Just what a checkpoint wants of a trainer."""
    generator = keras.Sequential([keras.layers.Dense(1)])
    generator.build((None, 1))
    optimizer = keras.optimizers.SGD()
    optimizer.build(generator.trainable_variables)
    return types.SimpleNamespace(
        generator=generator, averaged=generator, generator_optimizer=optimizer,
        hint_encoder=None, discriminator=None, config=TrainConfig(),
    )  # fmt: skip


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "other"])
def test_checkpoints_that_none_is_named_of_are_not_begun_over(
    small_trainer, tmp_path, damage
):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    path = tmp_path / "checkpoint"
    content = path.read_text()
    path.write_text(
        {"cut": content[:20], "text": "\0\1", "other": content.replace("-0", "-7")}
        .get(damage, "")
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"there is ckpt-0\).* with another --run-dir"):
        callbacks.Checkpoint(small_trainer, str(tmp_path)).restore()
    path.write_text(content)
    assert callbacks.Checkpoint(small_trainer, str(tmp_path)).restore() == 0


@pytest.mark.parametrize("name", ["ckpt-best", "model.index", None])
def test_what_is_no_list_of_numbered_checkpoints_is_named(
    small_trainer, tmp_path, name
):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    path = tmp_path / "checkpoint"
    if name:
        path.write_text(path.read_text().replace("ckpt-0", name))
        for file in list(tmp_path.glob("ckpt-0.*")):
            shutil.copy(file, tmp_path / file.name.replace("ckpt-0", name))
    else:
        path.unlink()
        os.mkfifo(path)
    with pytest.raises(ValueError, match="checkpoint: damaged, gone, or"):
        callbacks.Checkpoint(small_trainer, str(tmp_path)).restore()


@pytest.mark.parametrize("part", ["index", "data-00000-of-00001"])
@pytest.mark.parametrize("named", [True, False])
def test_a_pipe_in_the_place_of_a_checkpoint_is_not_waited_for(
    small_trainer, tmp_path, part, named
):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    (tmp_path / f"ckpt-0.{part}").unlink()
    os.mkfifo(tmp_path / f"ckpt-0.{part}")
    if named:
        with pytest.raises(ValueError, match=r"there is ckpt-0\)"):
            checkpoints.find_latest(str(tmp_path))
    else:
        (tmp_path / "checkpoint").unlink()
        assert checkpoints.find_latest(str(tmp_path)) is None


def test_a_file_in_the_place_of_the_checkpoints_is_named(small_trainer, tmp_path):
    path = tmp_path / "checkpoints"
    path.write_text("")
    with pytest.raises(ValueError, match="checkpoints: no folder of checkpoints"):
        checkpoints.find_step(str(path))


def test_cut_and_changed_checkpoints_are_named(small_trainer, tmp_path):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    (path,) = tmp_path.glob("ckpt-0.data-*")
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole[:1], b"", bytes([whole[0] ^ 1]) + whole[1:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="ckpt-0: can not .*another --run-dir"):
            callbacks.Checkpoint(small_trainer, str(tmp_path)).restore()


def test_a_checkpoint_that_lacks_a_network_is_refused(small_trainer, tmp_path):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    averaged = keras.Sequential([keras.layers.Dense(1)])
    averaged.build((None, 1))
    small_trainer.averaged = averaged
    with pytest.raises(ValueError, match="ckpt-0: can not .*another --run-dir"):
        callbacks.Checkpoint(small_trainer, str(tmp_path)).restore()


def test_a_huge_list_of_checkpoints_is_not_read(small_trainer, tmp_path):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    os.truncate(tmp_path / "checkpoint", 10**12)  # of no bytes on disk
    with pytest.raises(ValueError, match="checkpoint: damaged"):
        checkpoints.find_latest(str(tmp_path))


def test_an_older_checkpoint_named_as_the_newest_is_damage(small_trainer, tmp_path):
    for step in (2, 4):
        small_trainer.generator_optimizer.iterations.assign(step)
        callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    path = tmp_path / "checkpoint"
    assert checkpoints.find_latest(str(tmp_path)) == str(tmp_path / "ckpt-4")
    named = 'model_checkpoint_path: "ckpt-'
    path.write_text(path.read_text().replace(f"{named}4", f"{named}2", 1))
    with pytest.raises(ValueError, match="checkpoint: damaged"):
        checkpoints.find_latest(str(tmp_path))


def test_a_lost_checkpoint_is_told_of(small_trainer, tmp_path):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    for path in tmp_path.glob("ckpt-*"):
        path.unlink()
    with pytest.raises(ValueError, match=r"there is nothing\)"):
        callbacks.Checkpoint(small_trainer, str(tmp_path)).restore()


def test_what_stands_in_the_place_of_a_checkpoint_is_named():
    def save(checkpoint_number):
        text = "runs/1/ckpt-2.index: is a directory\n[Op:MergeV2Checkpoints]"
        raise tf.errors.FailedPreconditionError(None, None, text)

    manager = types.SimpleNamespace(checkpoints=[], save=save)
    with pytest.raises(ValueError, match="^runs/1/ckpt-2.index: is a directory$"):
        checkpoints.save(manager, 4)


def test_checkpoints_without_their_indexes_are_not_begun_over(small_trainer, tmp_path):
    for step in (2, 4):
        small_trainer.generator_optimizer.iterations.assign(step)
        callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    for path in [*tmp_path.glob("ckpt-*.index"), tmp_path / "checkpoint"]:
        path.unlink()
    sentence = "checkpoint: damaged, gone, .*there is ckpt-2, ckpt-4.*another --run-dir"
    with pytest.raises(ValueError, match=sentence):
        checkpoints.find_latest(str(tmp_path))
    for path in tmp_path.glob("ckpt-4.data*"):  # as a kill leaves the first one
        path.unlink()
    assert checkpoints.find_latest(str(tmp_path)) is None


@pytest.mark.parametrize("relative", [False, True])
def test_a_first_checkpoint_that_was_not_named_is_resumed(
    small_trainer, tmp_path, monkeypatch, relative
):
    monkeypatch.chdir(tmp_path)
    folder = os.path.join("runs", "default") if relative else str(tmp_path / "run")
    os.makedirs(folder)
    small_trainer.generator_optimizer.iterations.assign(9)
    callbacks.Checkpoint(small_trainer, folder).on_epoch_end(0)
    small_trainer.generator_optimizer.iterations.assign(10)
    callbacks.Checkpoint(small_trainer, folder).on_epoch_end(0)
    small_trainer.generator_optimizer.iterations.assign(0)
    os.remove(os.path.join(folder, "checkpoint"))
    assert checkpoints.find_step(folder) == 10
    resumed = callbacks.Checkpoint(small_trainer, folder)
    assert resumed.restore() == 10
    moved = os.path.join("moved", "here")
    shutil.copytree(folder, moved)
    for each in (folder, moved):
        assert tf.train.latest_checkpoint(each) == os.path.join(each, "ckpt-10")
    # Those that were not named are known: the oldest goes.
    small_trainer.generator_optimizer.iterations.assign(11)
    resumed.on_epoch_end(0)
    assert not os.path.exists(os.path.join(folder, "ckpt-9.index"))
    assert checkpoints.find_step(folder) == 11


def test_a_first_checkpoint_without_its_index_never_was_one(small_trainer, tmp_path):
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    for name in ("checkpoint", "ckpt-0.index"):
        (tmp_path / name).unlink()
    checkpoint = callbacks.Checkpoint(small_trainer, str(tmp_path))
    assert checkpoint.restore() == 0 and not (tmp_path / "checkpoint").exists()
    checkpoint.on_epoch_end(0)
    assert tf.train.latest_checkpoint(tmp_path)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_first_checkpoint_with_a_cut_index_never_was_one(
    share, small_trainer, tmp_path
):
    """As a disk that is full leaves it, of which it is said that the run resumes."""
    callbacks.Checkpoint(small_trainer, str(tmp_path)).on_epoch_end(0)
    index, folder = tmp_path / "ckpt-0.index", str(tmp_path)
    whole = index.read_bytes()
    cut = whole[: int(share * len(whole))]
    (tmp_path / "checkpoint").unlink()
    index.write_bytes(cut)
    assert checkpoints.find_latest(folder) is None
    checkpoint = callbacks.Checkpoint(small_trainer, folder)
    assert checkpoint.restore() == 0 and not (tmp_path / "checkpoint").exists()
    checkpoint.on_epoch_end(0)
    assert index.read_bytes()[-8:] == whole[-8:]
    assert checkpoints.find_latest(folder) == str(tmp_path / "ckpt-0")
    index.write_bytes(cut)  # it was whole when it got its name
    with pytest.raises(ValueError, match="ckpt-0: can not be resumed"):
        checkpoint.restore()


def test_half_written_checkpoints_are_removed(small_trainer, tmp_path):
    for name in ("ckpt-7_temp", "kept_temp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part").write_text("")
    names = f"checkpoint.tmp{'0af' * 10}12", "checkpoint.tmp0"  # TensorFlow's; not
    for name in names:
        (tmp_path / name).write_text("")
    callbacks.Checkpoint(small_trainer, str(tmp_path), chief=False)
    assert (tmp_path / "ckpt-7_temp").exists() and (tmp_path / names[0]).exists()
    callbacks.Checkpoint(small_trainer, str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"kept_temp", names[1]}


def test_workers_that_are_not_chief_leave_the_folder_alone(make_trainer, tmp_path):
    callbacks.Checkpoint(make_trainer(), str(tmp_path), chief=False).on_epoch_end(0)
    assert not list(tmp_path.iterdir())


def test_a_grid_shows_each_sketch_under_two_references(make_trainer, batch, tmp_path):
    trainer = make_trainer()
    grid = callbacks.SampleGrid(
        trainer, batch, str(tmp_path / "samples"), str(tmp_path / "logs")
    )
    grid.on_epoch_end(0)
    pixels = picture_files.read_painting(str(tmp_path / "samples" / "0000000.png"))
    strip = pixels[: -4 * 32]
    assert len(strip) == 12 and pixels.shape[1:] == (6 * 32, 3)
    for heading in np.split(strip, 6, axis=1):
        assert heading.min() < 100 and heading.max() == 255
    columns = np.split(pixels[-4 * 32 :], 6, axis=1)
    np.testing.assert_allclose(columns[5][:32], images.to_uint8(batch["painting"][0]))
    # The second reference is the next row's first.
    assert np.array_equal(columns[3][32:64], columns[1][:32])
    assert not np.array_equal(columns[2], columns[4])
    assert list((tmp_path / "logs").glob("events*"))


def test_a_file_in_the_place_of_the_logs_is_named(make_trainer, batch, tmp_path):
    logs = tmp_path / "logs"
    logs.write_text("no folder")
    with pytest.raises(FileExistsError, match="logs"):
        callbacks.SampleGrid(
            make_trainer(), batch, str(tmp_path / "samples"), str(logs)
        )


def test_the_latest_generator_is_kept_in_the_run_folder(make_trainer, tmp_path):
    trainer = make_trainer()
    callbacks.SaveNetworks(trainer, str(tmp_path)).on_epoch_end(0)
    other = make_trainer().generator
    weights.read_weights(other, str(tmp_path / "generator.npz"))
    for a, b in zip(trainer.generator.get_weights(), other.get_weights()):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e7])
def test_values_that_nothing_would_read_replace_no_generator(
    value, make_trainer, tmp_path
):
    """The loss is a number still, after the last step of a training that diverges."""
    trainer, path = make_trainer(), tmp_path / "generator.npz"
    save = callbacks.SaveNetworks(trainer, str(tmp_path))
    save.on_epoch_end(0)
    before = path.read_bytes()
    kernel = trainer.generator.trainable_variables[0]
    kernel.assign(tf.fill(kernel.shape, value))
    with pytest.raises(
        ValueError, match="generator.npz: not written, since .*kernel h"
    ):
        save.on_epoch_end(1)
    assert path.read_bytes() == before and os.listdir(tmp_path) == [path.name]


@pytest.mark.long
@pytest.mark.slow
def test_the_average_follows_the_generator_and_is_what_is_validated(
    make_trainer, tiny_generator_config, encode_hint, batch, tmp_path
):
    averaged = build_style2paints(tiny_generator_config, hint_encoder=encode_hint)
    trainer = make_trainer(averaged)
    averaged.set_weights(trainer.network.get_weights())
    average = callbacks.AverageGenerator(trainer, decay=0.99)
    expected = trainer.generator.get_weights()
    for step in range(1, 2 * callbacks.AVERAGE_EVERY + 1):
        trainer.train_step(batch)
        average.on_train_batch_end(step)
        if step < callbacks.AVERAGE_EVERY:
            expected = trainer.generator.get_weights()
        elif step % callbacks.AVERAGE_EVERY == 0:
            decay = min(0.99**callbacks.AVERAGE_EVERY, step / (step + 100))
            expected = [
                decay * old + (1 - decay) * new
                for old, new in zip(expected, trainer.generator.get_weights())
            ]
    for found, wanted in zip(trainer.averaged.get_weights(), expected):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    painted = trainer.averaged(
        {"sketch": batch["sketch"], "hint": trainer.hint_encoder(batch["reference"])}
    )
    l1 = np.abs(painted["painting"] - batch["painting"]).mean()
    trainer.reset_metrics()
    np.testing.assert_allclose(trainer.test_step(batch)["l1"], l1, rtol=1e-4)

    callbacks.Checkpoint(trainer, str(tmp_path)).on_epoch_end(0)
    trainer.averaged.set_weights(trainer.generator.get_weights())
    callbacks.Checkpoint(trainer, str(tmp_path)).restore()
    for found, wanted in zip(trainer.averaged.get_weights(), expected):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_training_ends_whose_folder_is_gone_or_another_one(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    watcher = callbacks.StopElsewhere(str(folder))
    watcher.on_epoch_end(0)
    folder.rename(tmp_path / "old")
    for _ in range(2):
        with pytest.raises(ValueError, match="run: was removed or replaced"):
            watcher.on_epoch_end(1)
        folder.mkdir(exist_ok=True)


def test_a_loss_that_is_no_number_ends_the_training_with_its_name(tmp_path):
    folder = str(tmp_path / "checkpoints")
    watcher = callbacks.StopAtNaN(tf.Variable(7), folder)
    watcher.on_train_batch_end(0, {"l1": 0.5, "g_loss": 1.0})
    with pytest.raises(ValueError, match="g_loss: .* step 7; there is no checkpoint"):
        watcher.on_train_batch_end(1, {"l1": 0.5, "g_loss": float("nan")})
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(step=watcher.step), folder, max_to_keep=2
    )
    manager.save(checkpoint_number=4)
    with pytest.raises(ValueError, match="g_loss: .* checkpoint of step 4 is kept"):
        watcher.on_train_batch_end(1, {"l1": 0.5, "g_loss": float("nan")})


@pytest.mark.parametrize("begin", ["hint", "place"])
def test_pretrainings_are_not_begun_anew_over_checkpoints(begin, tmp_path):
    folder = tmp_path / f"{begin}_checkpoints"
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
    model.compile("adam", "mse")
    model.encoder = model
    config = types.SimpleNamespace(out=str(tmp_path), steps=0)

    def fit():
        if begin == "hint":
            hint_run.fit(model, model, config, 32)
        else:
            place_run.fit(model, config)

    model.optimizer.build(model.trainable_variables)
    saved = {"encoder" if begin == "place" else "model": model}
    saved = tf.train.Checkpoint(**saved, optimizer=model.optimizer)
    tf.train.CheckpointManager(saved, str(folder), 1).save(checkpoint_number=5)
    (folder / "ckpt-9_temp").mkdir()
    fit()
    assert not (folder / "ckpt-9_temp").exists()
    index = folder / "ckpt-5.index"
    index.write_bytes(index.read_bytes()[:40])
    sentence = "ckpt-5: can not be resumed .*start anew with another --out"
    with pytest.raises(ValueError, match=sentence):
        fit()
    (folder / "checkpoint").write_text("")
    with pytest.raises(ValueError, match="there is ckpt-5.* with another --out"):
        fit()
