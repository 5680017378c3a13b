"""jax_training: pictures made by JAX, and a training in its own environment."""

import json
import os
import queue
import shutil
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

jax = pytest.importorskip("jax", reason="jax that fits has no build for Python 3.9")
jnp = jax.numpy

from keras_s2p import Painter  # noqa: E402
from keras_s2p.common import images, run_lock, sources  # noqa: E402
from keras_s2p.data import augment as tf_augment  # noqa: E402
from keras_s2p.data import dirty_lines as tf_dirty_lines  # noqa: E402
from keras_s2p.data import looks, pipeline, sketch  # noqa: E402
from keras_s2p.data.ranges import ERASED_CELL, UNEVEN_CELL, WARP_WAVES  # noqa: E402
from keras_s2p.jax_training import augment, data, dirty_lines, drawings  # noqa: E402
from keras_s2p.jax_training.sketch import extract_sketches  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def character():
    """layers [256, 256, 5] and reference [192, 192, 3]."""
    return data.draw_character([1, 2])


@pytest.fixture(scope="module")
def batch(character, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawings")
    read = drawings.read_drawings(*write_drawings(folder))
    people = tuple(np.stack([part] * 2) for part in character)
    make = jax.jit(data.make_batch, static_argnames=("size", "group"))
    return make(KEY, *read, people, 2, 0.1, 0.3, size=64, group=1)


def write_drawings(folder):
    """Two drawings, one of them very wide, and their manifest."""
    rng = np.random.default_rng(0)
    for name, shape in (("a.png", (300, 200)), ("b.png", (100, 500))):
        blocks = rng.integers(0, 255, (5, 5, 3)).astype(np.uint8)
        picture = PIL.Image.fromarray(blocks).resize(shape[::-1], PIL.Image.NEAREST)
        picture.save(folder / name)
    manifest = folder / "manifest.csv"
    manifest.write_text("file,use\na.png,train\nb.png,train\nc.png,evaluate\n")
    return str(folder), str(manifest)


def whole(count, **changes):
    """Views of whole squares of 64 pixels."""
    view = {name: jnp.zeros(count) for name in ("top", "left", "angle")}
    view.update(side=jnp.full(count, 64.0), flip=jnp.zeros(count, bool))
    return {**view, **{name: jnp.full(count, x) for name, x in changes.items()}}


def test_lines_are_those_of_sketch(character):
    painting = images.to_float(character[0][..., :3])
    names = sketch.LOOKS
    drawn = extract_sketches(
        jnp.stack([painting.numpy()] * len(names)),
        [looks.ALL_LOOKS[name] for name in names],
    )
    for name, lines in zip(names, drawn):
        wanted = sketch.extract_sketch(painting, name)
        np.testing.assert_allclose(lines, wanted, atol=2e-3, err_msg=name)


def cells(cell, height=48, width=40):
    """Seeded numbers, one for each cell of a sketch."""
    shape = (height // cell + 1, width // cell + 1, 1)
    return np.random.default_rng(cell).uniform(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    "fault, numbers",
    [
        ("press", (0.7, cells(UNEVEN_CELL))),
        ("erase", (np.where(cells(ERASED_CELL) < 0.2, 0.01, 0.9),)),
        ("speckle", (0.8, cells(1)[:48, :40] / 500)),
        ("soften", (0.6,)),
        ("lay_on_paper", (0.9, 0.7)),
    ],
)
def test_faults_of_lines_are_those_of_tf_data(fault, numbers):
    ink = np.zeros((48, 40, 1), np.float32)
    ink[:, 12:14] = ink[30] = 1
    numbers = [np.float32(number) for number in numbers]
    wanted = getattr(tf_dirty_lines, fault)(tf.constant(ink), *numbers).numpy()
    batched = [
        np.reshape(x, (1, *x.shape) if x.ndim else (1, 1, 1, 1)) for x in numbers
    ]
    made = getattr(dirty_lines, fault)(jnp.array(ink)[None], *batched)[0]
    assert np.abs(wanted - ink).max() > 0.1
    np.testing.assert_allclose(made, wanted, atol=1e-5)


def test_colours_change_as_in_tf_data(character):
    picture = images.to_float(character[1])
    angle, saturation, bend = 1.9, 1.3, np.float32([0.1, -0.2, 0.05])
    wanted = tf_augment.recolour(picture, angle, saturation, bend)
    made = augment.recolour(
        picture.numpy()[None], jnp.array([angle]), jnp.array([saturation]),
        bend[None, None, None],
    )  # fmt: skip
    assert np.abs(wanted - picture).mean() > 0.1
    np.testing.assert_allclose(made[0], wanted, atol=5e-3)


@pytest.mark.parametrize("flip", [0.2, 0.8])
def test_references_are_warped_as_in_tf_data(character, flip):
    picture = images.to_float(character[1][:, :160])
    numbers = np.float32([0.4, 0.3, 0.8, flip])
    shape = (2, WARP_WAVES, WARP_WAVES)
    waves = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    wanted = tf_augment.warp(picture, numbers, waves)
    made = augment.warp(picture.numpy()[None], numbers[:, None, None], waves[None])[0]
    assert np.abs(wanted - picture).mean() > 0.1
    np.testing.assert_allclose(made, wanted, atol=2e-3)


def test_the_finest_lines_are_those_of_tf_data():
    assert max(data.SCALES) == pipeline.FINEST_LINES


def test_pixels_are_scaled_as_in_images(character):
    pixels = character[1]
    scaled = augment.to_float(pixels)
    np.testing.assert_allclose(scaled, images.to_float(pixels), atol=1e-6)
    np.testing.assert_array_equal(augment.to_uint8(scaled), pixels)
    wanted = images.to_gray(tf.constant(np.asarray(scaled)))
    np.testing.assert_allclose(augment.to_gray(scaled), wanted, atol=1e-6)


def test_views_lie_in_their_pictures():
    shapes = jnp.array([(300.0, 200.0), (256.0, 512.0)] * 50)
    views = augment.random_views(KEY, shapes)
    for place, axis in (("top", 0), ("left", 1)):
        assert (views[place] >= 0).all()
        assert (views[place] + views["side"] <= shapes[:, axis] + 1e-3).all()
    assert 0.3 < views["flip"].mean() < 0.7
    assert 0.15 < (views["angle"] != 0).mean() < 0.45


@pytest.mark.parametrize("samples", [1, 2])
def test_the_whole_square_is_cut_as_it_is_or_mirrored(samples):
    x = np.linspace(0, 255, 64).astype(np.uint8)
    pixels = np.tile(x[None, None, :, None], (1, 80, 1, 3))
    shapes = jnp.array([(80.0, 64.0)])
    cut = augment.cut(pixels, shapes, whole(1), 64, samples)
    np.testing.assert_allclose(cut[0], pixels[0, :64], atol=1.5)
    mirrored = augment.cut(pixels, shapes, whole(1, flip=True), 64, samples)
    np.testing.assert_allclose(mirrored, cut[:, :, ::-1], atol=1e-3)
    half = augment.cut(pixels, shapes, whole(1, side=32.0), 32)
    np.testing.assert_allclose(half[0], pixels[0, :32, :32], atol=1.5)


def test_a_turned_view_shows_nothing_from_outside():
    pixels = np.zeros((1, 128, 128, 1), np.uint8)
    pixels[:, :64, :64] = 200
    turned = augment.cut(pixels, jnp.array([(64.0, 64.0)]), whole(1, angle=0.14), 64)
    np.testing.assert_allclose(turned, 200, atol=0.01)


def test_colours_of_painting_and_reference_change_alike_and_greys_stay():
    pictures = jax.random.uniform(KEY, (40, 8, 8, 3), minval=-1)
    change = augment.change_colours
    painting, reference = change(KEY, pictures, pictures[:, :4], 0.5, 0.0)
    np.testing.assert_allclose(painting[:, :4], reference, atol=1e-5)
    assert jnp.abs(painting - pictures).mean() > 0.1
    white = jnp.ones((40, 4, 4, 3))
    np.testing.assert_allclose(change(KEY, white, -white, 1.0, 1.0)[0], 1, atol=1e-3)
    np.testing.assert_allclose(change(KEY, white, -white, 1.0, 1.0)[1], -1, atol=1e-3)


def test_hues_change_as_far_as_they_may():
    red = jnp.tile(jnp.array([0.4, -0.4, -0.4]), (400, 2, 2, 1))

    def angles(hue, all_hues):
        changed, _ = augment.change_colours(KEY, red, red, hue, all_hues)
        tints = [np.einsum("c,bc->b", row, changed[:, 0, 0]) for row in augment.YIQ[1:]]
        start = np.einsum("ic,c->i", augment.YIQ[1:], red[0, 0, 0])
        turned = np.arctan2(tints[1], tints[0]) - np.arctan2(start[1], start[0])
        return np.abs((turned + np.pi) % (2 * np.pi) - np.pi)

    # A tone curve, which 3 of 10 have, moves the hue a little too.
    assert np.quantile(angles(0.1, 0.0), 0.9) < 0.12 * np.pi
    few = angles(0.1, 0.3) > 0.2 * np.pi
    assert 0.15 < few.mean() < 0.35


def test_a_warped_reference_keeps_its_colours_and_moves():
    pictures = jnp.zeros((20, 32, 32, 3)).at[:, :16].set(1.0)
    warped = augment.warp_references(KEY, pictures)
    assert warped.shape == pictures.shape
    assert warped.min() >= 0 and warped.max() <= 1
    assert jnp.abs(warped - pictures).mean() > 0.05
    still = augment.warp_references(KEY, jnp.full((2, 32, 32, 3), 0.3))
    np.testing.assert_allclose(still, 0.3, atol=1e-5)


def test_some_sketches_stay_clean_and_others_lose_ink_or_paper():
    clean = jnp.ones((100, 48, 48, 1)).at[:, 20:22].set(-1.0)
    dirty = dirty_lines.dirty_sketches(KEY, clean)
    assert dirty.min() >= -1 and dirty.max() <= 1
    same = (dirty == clean).all(axis=(1, 2, 3))
    assert 0.25 < same.mean() < 0.55
    papers = dirty[:, 5, 5, 0]
    assert 0.05 < (papers < 1).mean() < 0.35
    # Lines stay lines.
    assert (dirty[:, 20:22].mean(axis=(1, 2, 3)) < dirty[:, 30:].mean((1, 2, 3))).all()


def test_drawings_are_read_and_very_wide_ones_cropped(tmp_path):
    pixels, shapes, references = drawings.read_drawings(*write_drawings(tmp_path))
    assert pixels.shape == (2, 512, 512, 3) and pixels.dtype == np.uint8
    assert shapes.tolist() == [[384, 256], [256, 512]]
    assert pixels[1, :256].any() and not pixels[1, 256:].any()
    # Without another picture of its group a drawing is its own reference.
    own = PIL.Image.fromarray(pixels[0, :384, :256]).resize((192, 192))
    assert np.abs(references[0].astype(int) - np.asarray(own)).mean() < 4


def test_a_manifest_is_read_as_for_a_dataset(tmp_path):
    """Each picture once, whatever the case of its use and the blanks around it."""
    folder, _ = write_drawings(tmp_path)
    manifest = tmp_path / "other.csv"
    manifest.write_text("file,use\n./a.png, TRAIN \na.png, TRAIN \nb.png,train\n")
    assert len(drawings.read_drawings(folder, str(manifest))[0]) == 2
    assert drawings.hash_drawings(folder, str(manifest)) == (
        drawings.hash_drawings(*write_drawings(tmp_path))
    )


def test_the_hash_is_of_the_drawings_that_are_used(tmp_path):
    folder, manifest = write_drawings(tmp_path)
    before = drawings.hash_drawings(folder, manifest)
    (tmp_path / "c.png").write_text("not used")
    assert drawings.hash_drawings(folder, manifest) == before and len(before) == 64
    shutil.copy(tmp_path / "a.png", tmp_path / "b.png")
    assert drawings.hash_drawings(folder, manifest) != before


@pytest.mark.parametrize("workers", [1, 2])
def test_references_show_the_drawings_colours_and_get_the_same_new_ones(
    tmp_path, workers
):
    """Two bands with white margins, and in the group's other picture upside down."""
    bands = np.full((300, 300, 3), 255, np.uint8)
    bands[100:150, 100:200], bands[150:200, 100:200] = (200, 30, 30), (30, 30, 200)
    PIL.Image.fromarray(bands).save(tmp_path / "a.png")
    PIL.Image.fromarray(bands[::-1]).save(tmp_path / "b.png")
    (tmp_path / "m.csv").write_text("file,split_group\na.png,x\nb.png,x\n")
    pixels, _, references = drawings.read_drawings(
        str(tmp_path), str(tmp_path / "m.csv"), palettes=3, workers=workers
    )
    assert len(pixels) == len(references) == 2 * (1 + 3)
    seen = set()
    for drawing, reference in zip(pixels[:, :256, :256], references):
        places = (drawing[64, 128], drawing[192, 128])
        theirs = (reference[144, 96], reference[48, 96])
        np.testing.assert_allclose(places, theirs, atol=6)
        assert drawing[2, 2].min() > 250  # paper stays
        assert 0.6 < (drawing.min(axis=-1) < 250).mean() < 0.95  # margins are cut off
        seen.add(tuple(places[0] // 16))
    assert len(seen) >= 6


def test_a_missing_drawing_or_row_is_named(tmp_path):
    folder, manifest = write_drawings(tmp_path)
    with pytest.raises(ValueError, match="c.png"):
        drawings.read_drawings(folder, manifest, "evaluate")
    with pytest.raises(ValueError, match="no row is for --use demo"):
        drawings.read_drawings(folder, manifest, "demo")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match="pipe.csv: a named pipe, not a file"):
        drawings.read_drawings(folder, str(tmp_path / "pipe.csv"))
    with pytest.raises(ValueError, match="none.csv"):
        drawings.read_drawings(folder, str(tmp_path / "none.csv"))


def test_a_character_has_lines_irises_and_a_reference_in_its_colours(character):
    layers, reference = character
    assert layers.shape == (256, 256, 5) and reference.shape == (192, 192, 3)
    painting, lines, eyes = layers[..., :3], layers[..., 3], layers[..., 4]
    assert painting[lines < 60].mean() < painting[lines == 255].mean()
    assert set(np.unique(eyes)) == {0, 255} and 0.0005 < (eyes > 0).mean() < 0.1
    again, other = data.draw_character([1, 2]), data.draw_character([1, 3])
    np.testing.assert_array_equal(layers, again[0])
    assert (layers != other[0]).any()


def test_the_newest_characters_are_kept():
    chunks = queue.Queue()
    for number in range(3):
        sizes = ((data.STORED, 5), (data.REFERENCE, 3))
        chunks.put(
            tuple(
                np.full((data.CHUNK, side, side, channels), number + 1, np.uint8)
                for side, channels in sizes
            )
        )
    people = data.Characters(chunks, 2 * data.CHUNK)
    people.take(wait_for=data.CHUNK)
    assert (people.total, people.count) == (3 * data.CHUNK, 2 * data.CHUNK)
    for array in people.arrays:
        assert (array[: data.CHUNK] == 3).all() and (array[data.CHUNK :] == 2).all()
    people.take()  # nothing is ready, and nothing is waited for
    assert people.total == 3 * data.CHUNK


@pytest.mark.slow
def test_a_batch_has_drawings_first_and_drawn_sketches_last(batch):
    num_drawings, num_characters, extracted = data.batch_parts(1)
    count = num_drawings + num_characters
    shapes = {name: x.shape for name, x in batch.items()}
    assert shapes == {
        "sketch": (count, 64, 64, 1),
        "painting": (count, 64, 64, 3),
        "reference": (count, 192, 192, 3),
        "eyes": (count, 64, 64, 1),
    }
    for name in ("sketch", "painting", "reference"):
        assert batch[name].min() >= -1.001 and batch[name].max() <= 1.001, name
    assert not batch["eyes"][:num_drawings].any()
    assert batch["eyes"][num_drawings:].max() > 0.9
    papers = batch["sketch"].max(axis=(1, 2, 3), keepdims=True)
    ink = (batch["sketch"] < papers - 0.2).mean(axis=(1, 2, 3))
    assert (ink[extracted:] > 0.005).all() and (ink > 0.002).mean() > 0.8


@pytest.mark.slow
def test_lines_lie_where_the_painting_has_them(batch):
    """Over the characters, dark ink of the painting is under the sketch's lines."""
    num_drawings, _, _ = data.batch_parts(1)
    gray = augment.to_gray(batch["painting"])[num_drawings:]
    sketches = batch["sketch"][num_drawings:]
    sketches = sketches / sketches.max(axis=(1, 2, 3), keepdims=True)
    for picture, lines in zip(np.asarray(gray), np.asarray(sketches)):
        assert np.corrcoef(picture.ravel(), lines.ravel())[0, 1] > 0.1


@pytest.mark.slow
@pytest.mark.long
def test_a_short_training_writes_a_run_that_paints(tmp_path):
    """In an environment of its own, with Keras 3 on JAX and without TensorFlow."""
    python = str(tmp_path / "venv" / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    needs = ["keras>=3", "jax", "optax", "numpy", "pillow"]
    subprocess.run([python, "-m", "pip", "install", "-q", *needs], check=True)
    folder, manifest = write_drawings(tmp_path)
    run = str(tmp_path / "run")
    start = os.path.join(ROOT, "weights", "compact")
    command = [
        python,
        "-m",
        "keras_s2p.jax_training.train",
        folder,
        "--manifest",
        manifest,
    ]
    command += ["--initial-weights", start, "--out", run, "--minutes", "30"]
    command += ["--steps", "4", "--size", "32", "--group", "1"]
    command += ["--characters", "64", "--first-characters", "32", "--workers", "1"]
    environment = {**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0"}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert "step 2: the hint encoder is frozen" in result.stdout
    assert "4 steps of 21 pictures" in result.stdout
    assert PIL.Image.open(os.path.join(run, "sheet.png")).size == (2 * 4 * 32, 10 * 32)
    assert set(sources.read(run)) == {
        "--manifest", "--initial-weights", "--hint-weights"
    }  # fmt: skip
    told = {}
    for name in ("settings.json", "versions.json"):
        with open(os.path.join(run, name)) as file:
            told[name] = json.load(file)
    sha256 = told["settings.json"]["drawings_sha256"]
    assert sha256 == drawings.hash_drawings(folder, manifest)
    assert told["settings.json"]["seed"] == 0 and told["settings.json"]["steps"] == 4
    assert {"keras_s2p", "jax", "keras", "python"} <= set(told["versions.json"][0])
    for name in ("generator", "hint_encoder"):
        with (
            np.load(os.path.join(run, f"{name}.npz")) as new,
            np.load(os.path.join(start, f"{name}.npz")) as old,
        ):
            assert set(old.files) <= set(new.files)
            kernels = [key for key in old.files if key.endswith("kernel")]
            assert all((new[key] != old[key]).any() for key in kernels), name
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 2 and f"--out: {run} holds a training" in again.stderr
    command[command.index(run)] = taken = str(tmp_path / "taken")
    with run_lock.locked(taken):
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 1 and "--out: another training runs" in second.stderr
    painter = Painter(run)
    references = [os.path.join(ROOT, "examples", "references", f"{name}.png")
                  for name in ("blossom", "meadow")]  # fmt: skip
    for reference in references:
        assert 0.7 < np.asarray(painter.hint(reference)).std() < 1.4
    line = os.path.join(ROOT, "examples", "sketches", "yuki.png")
    first, second = (np.asarray(painter.paint(line, r), int) for r in references)
    assert np.abs(first - second).mean() > 20
