"""What every newcomer sees first: the release in weights/ follows the reference."""

import hashlib
import itertools
import pathlib
import shutil

import numpy as np
import pytest

from keras_s2p.characters import character, palettes
from keras_s2p.common import shipped as shipped_files
from keras_s2p.measuring import measures, metrics
from keras_s2p.measuring.cases import character_cases
from keras_s2p.measuring.controls import CONTROLS, paint_controls
from keras_s2p.networks import weights
from keras_s2p.painting import painter
from keras_s2p.painting.video import Video

WEIGHTS = pathlib.Path(__file__).parent.parent / "weights"


@pytest.fixture(scope="module")
def shipped():
    return painter.Painter()


def test_the_files_are_small_and_those_of_the_readme():
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60e6
    readme = (WEIGHTS / "README.md").read_text()
    for path in (*WEIGHTS.rglob("*.npz"), *WEIGHTS.rglob("*.json")):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in readme, path.name


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The folder of a copy of the release, which counts as the one that ships."""
    release = tmp_path / "weights" / "compact"
    shutil.copytree(WEIGHTS / "compact", release)
    shutil.copy(WEIGHTS / "README.md", release.parent)
    monkeypatch.setattr(shipped_files, "RELEASES", str(release.parent))
    return release


def test_a_release_whose_settings_were_changed_does_not_paint(copied):
    path = copied / "generator.json"
    text = path.read_text()
    path.write_bytes(text.replace("\n", "\r\n").encode())  # as git may, on Windows
    assert weights.read_config(str(copied)).working_size == 224
    path.write_text(text.replace("224", "324"))
    with pytest.raises(ValueError, match="generator.json: not the file that ships"):
        weights.load_generator(str(copied))


@pytest.mark.parametrize("name", ["generator", "hint_encoder", "place_encoder"])
@pytest.mark.parametrize("linked", [False, True])
def test_a_release_that_was_changed_does_not_paint(name, linked, copied, tmp_path):
    path = copied / f"{name}.npz"
    with np.load(path) as arrays:
        changed = {key: array * np.float16(0.5) for key, array in arrays.items()}
    np.savez(path, **changed)
    if linked:
        (tmp_path / "link").symlink_to(copied)
    with pytest.raises(ValueError, match=f"{name}.npz: not the file that ships"):
        painter.Painter(str(tmp_path / "link" if linked else copied))


@pytest.mark.long
@pytest.mark.slow
def test_six_references_give_six_different_paintings(shipped):
    drawing = character.draw_character(5, 128)
    colours = []
    for seed in range(6):
        palette = palettes.random_palette(np.random.default_rng(seed))
        reference = character.draw_character(100 + seed, 128).paint(palette)
        painting = np.asarray(shipped.paint(drawing.sketch(), reference))
        colours.append(
            metrics.region_colours(painting, drawing.regions, len(character.REGIONS))
        )
    for one, two in itertools.combinations(colours, 2):
        assert np.nanmax(metrics.delta_e(one, two)) > 20


@pytest.mark.slow
def test_the_reference_decides_the_colours_of_unseen_characters(shipped):
    cases = character_cases(8)
    paintings = paint_controls(shipped, cases)
    measured = {
        control: measures.measure_regions(paintings[control], cases)
        for control in CONTROLS
    }
    distance = {control: x["delta_e"] for control, x in measured.items()}
    assert distance["shuffled"] > 3 * distance["reference"], distance
    assert distance["zero_hint"] > 3 * distance["reference"], distance
    eyes = {control: x["delta_e_by_region"]["eyes"] for control, x in measured.items()}
    assert eyes["shuffled"] > 1.6 * eyes["reference"], eyes
    assert eyes["zero_hint"] > 1.6 * eyes["reference"], eyes


@pytest.mark.long
@pytest.mark.slow  # half a minute
def test_shifted_frames_hold_their_colours(shipped):
    drawing = character.draw_character(5, 128)
    palette = palettes.random_palette(np.random.default_rng(1))
    style = shipped.style(character.draw_character(101, 128).paint(palette))
    sketch, frames, video = drawing.sketch(), [], Video(shipped)
    for x, y in zip(range(12), (0, 1, 1, 2, 3, 3, 4, 6, 6, 7, 8, 9)):
        page = np.pad(sketch, ((y, 12 - y), (x, 12 - x)), constant_values=255)
        painting = np.asarray(video.paint(page, style).painting).astype(int)
        frames.append(painting[y : y + 128, x : x + 128])
    jumps = [np.abs(b - a).max(axis=-1) > 24 for a, b in zip(frames, frames[1:])]
    assert max(jump.mean() for jump in jumps) <= 0.002
