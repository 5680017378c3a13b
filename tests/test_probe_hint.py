import os
import shutil

import numpy as np
import pytest

from keras_s2p import probe_hint
from keras_s2p.characters import character
from keras_s2p.common import picture_files
from keras_s2p.measuring import drawing_probe


def test_a_probe_reads_what_the_hint_holds_and_nothing_else():
    rng = np.random.default_rng(0)
    colours = rng.uniform(0, 255, (400, 2, 3))
    hints = rng.normal(size=(400, 64)).astype(np.float32)
    hints[:, :3] = colours[:, 0] / 100  # the first region's colour, not the second's
    colours[::7, 0] = np.nan
    probe = probe_hint.fit_probe(hints[:300], colours[:300])
    errors = np.nanmean(np.abs(probe(hints[300:]) - colours[300:]), axis=(0, 2))
    assert errors[0] < 30 < errors[1]


def test_what_nothing_is_known_of_is_no_colour(recwarn):
    colours = np.full((3, 2, 3), np.nan)
    colours[:, 0] = 100
    hints = np.random.default_rng(0).normal(size=(3, 8))
    found = probe_hint.fit_probe(hints, colours)(hints)
    assert (found[:, 0] > 99).all() and np.isnan(found[:, 1]).all()
    assert np.isnan(probe_hint.nan_mean(found[:, 1]))
    np.testing.assert_allclose(probe_hint.nan_mean(found, (0, 2)), [100, np.nan], 0.01)
    assert not recwarn.list


def test_ridge_regression_is_the_same_by_characters_as_by_values():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 50)), rng.normal(size=(20, 3))
    expected = np.linalg.solve(x.T @ x + 0.5 * np.eye(50), x.T @ y)
    np.testing.assert_allclose(probe_hint.fit_ridge(x, y, 0.5), expected, atol=1e-9)
    few = x[:, :5]
    expected = np.linalg.solve(few.T @ few + 0.5 * np.eye(5), few.T @ y)
    np.testing.assert_allclose(probe_hint.fit_ridge(few, y, 0.5), expected, atol=1e-9)


@pytest.mark.long
@pytest.mark.slow
def test_the_command_prints_each_region(weights_folder, characters_folder, capsys):
    arguments = ["--dataset", characters_folder, "--weights", weights_folder]
    code = probe_hint.main(arguments)
    captured = capsys.readouterr()
    assert code == 0, captured.err
    for name in character.REGIONS:
        assert name in captured.out


def test_a_missing_dataset_is_said_in_a_sentence(weights_folder, tmp_path, capsys):
    arguments = ["--dataset", str(tmp_path / "none"), "--weights", weights_folder]
    assert probe_hint.main(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_places_are_bands_of_the_figure_and_the_background():
    picture = np.full((120, 100, 3), (0, 90, 0), np.uint8)
    bands = [(200, 0, 0), (0, 0, 200), (250, 250, 250), (90, 60, 20)]
    for number, colour in enumerate(bands):
        picture[20 + 20 * number : 40 + 20 * number, 10:90] = colour
    background = np.all(picture == (0, 90, 0), axis=-1)
    found = drawing_probe.place_colours(picture, background)
    assert len(found) == len(drawing_probe.PLACES) == 9
    np.testing.assert_allclose(found[8], (0, 90, 0))
    for number, colour in enumerate(bands):
        np.testing.assert_allclose(found[2 * number], colour, atol=40)
        np.testing.assert_allclose(found[2 * number + 1], colour, atol=40)


def test_a_place_without_the_figure_has_no_colour():
    picture = np.full((120, 100, 3), 255, np.uint8)
    picture[20:100, 45:55] = 0  # a pole
    picture[95:100, 10:90] = 0  # its foot
    found = drawing_probe.place_colours(picture, picture[..., 0] == 255)
    assert np.isnan(found[1]).all() and not np.isnan(found[[0, 8]]).any()


@pytest.fixture(scope="module")
def drawings_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawings")
    rng = np.random.default_rng(0)
    lines = ["file,source,use"]
    for number in range(12):
        colours = rng.integers(0, 256, (4, 3, 3)).astype(np.uint8)
        picture = np.full((60, 50, 3), 255, np.uint8)
        picture[10:50, 10:40] = np.kron(colours, np.ones((10, 10, 1), np.uint8))
        picture_files.write_image(str(folder / f"{number}.png"), picture)
        use = "evaluate" if number % 3 == 0 else "train"
        lines.append(f"{number}.png,{'ab'[number % 2]},{use}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return str(folder)


@pytest.mark.long
@pytest.mark.slow
def test_each_source_counts_alike_in_new_colours(drawings_folder):
    def hint(picture):
        return picture[:1, :1, 0]

    manifest = f"{drawings_folder}/manifest.csv"
    encode = drawing_probe.encode_drawings
    hints, colours, sources = encode(
        hint, drawings_folder, manifest, "train", 6, repeat=True
    )
    assert sources == ["a"] * 6 + ["b"] * 6 and len(hints) == len(colours) == 12
    assert len(np.unique(colours[:6, 0], axis=0)) == 6
    again = encode(hint, drawings_folder, manifest, "train", 6, repeat=True)[1]
    assert np.array_equal(colours, again, equal_nan=True)
    _, _, sources = encode(hint, drawings_folder, manifest, "evaluate", 6)
    assert sorted(sources) == ["a", "a", "b", "b"]


@pytest.mark.slow
def test_the_command_prints_each_source_and_place(
    drawings_folder, weights_folder, capsys
):
    arguments = ["--drawings", drawings_folder, "--weights", weights_folder]
    assert probe_hint.main([*arguments, "--count", "6"]) == 0
    printed = capsys.readouterr().out
    for name in ("a ", "b ", "top, centre", "background", "all places"):
        assert f"  {name}" in printed


def test_a_folder_without_a_manifest_is_fitted_on_but_for_a_tenth(tmp_path):
    for number in range(12):
        picture = np.full((20, 20, 3), number, np.uint8)
        picture_files.write_image(str(tmp_path / f"{number}.png"), picture)
    fitted, measured = (
        {row["file"] for row in drawing_probe.list_rows(str(tmp_path), None, use)}
        for use in ("train", "evaluate")
    )
    assert (len(fitted), len(measured)) == (10, 2) and not fitted & measured
    rows = drawing_probe.list_rows(f"{tmp_path}/", None, "train")
    assert {row["source"] for row in rows} == {tmp_path.name}
    (tmp_path / "few").mkdir()
    shutil.copy(tmp_path / "0.png", tmp_path / "few")
    with pytest.raises(ValueError, match="fewer than two"):
        drawing_probe.list_rows(str(tmp_path / "few"), None, "evaluate")


def test_the_command_takes_a_folder_of_pictures_alone(
    weights_folder, drawings_folder, tmp_path, capsys
):
    for name in ("0.png", "1.png", "2.png"):
        shutil.copy(os.path.join(drawings_folder, name), tmp_path)
    arguments = ["--drawings", str(tmp_path), "--weights", str(weights_folder)]
    code = probe_hint.main([*arguments, "--count", "4"])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    assert "1 drawings" in captured.out and tmp_path.name in captured.out
