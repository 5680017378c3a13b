import numpy as np

from keras_s2p import probe_hint
from keras_s2p.characters import character


def test_a_probe_reads_what_the_hint_holds_and_nothing_else():
    rng = np.random.default_rng(0)
    colours = rng.uniform(0, 255, (400, 2, 3))
    hints = rng.normal(size=(400, 64)).astype(np.float32)
    hints[:, :3] = colours[:, 0] / 100  # the first region's colour, not the second's
    colours[::7, 0] = np.nan
    probe = probe_hint.fit_probe(hints[:300], colours[:300])
    errors = np.nanmean(np.abs(probe(hints[300:]) - colours[300:]), axis=(0, 2))
    assert errors[0] < 30 < errors[1]


def test_ridge_regression_is_the_same_by_characters_as_by_values():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 50)), rng.normal(size=(20, 3))
    expected = np.linalg.solve(x.T @ x + 0.5 * np.eye(50), x.T @ y)
    np.testing.assert_allclose(probe_hint.fit_ridge(x, y, 0.5), expected, atol=1e-9)
    few = x[:, :5]
    expected = np.linalg.solve(few.T @ few + 0.5 * np.eye(5), few.T @ y)
    np.testing.assert_allclose(probe_hint.fit_ridge(few, y, 0.5), expected, atol=1e-9)


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
