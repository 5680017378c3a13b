"""Each experiment runs to its end with --quick; its verdict follows from its rows."""

import csv
import dataclasses
import os
import pathlib
import subprocess
import sys

import common
import compare
import copy_image
import discriminators
import guide_decoders
import hint_ablation
import numpy as np
import pytest
import report

from keras_s2p.common import recipes

EXPERIMENTS = {
    guide_decoders: ("table.csv", "curve.csv", "figure.png"),
    copy_image: ("table.csv", "gradients.csv", "figure.png"),
    discriminators: ("table.csv", "figure.png"),
    hint_ablation: ("probes.csv", "guides.csv", "figure.png"),
    compare: ("table.csv", "figure.png"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The built-in dataset and the hint encoders are shared, as below runs/."""
    return tmp_path_factory.mktemp("runs")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.__name__)
def test_quick(experiment, runs, tmp_path):
    name = experiment.__name__
    arguments = ["--quick", "--runs", str(runs / name), "--out", str(tmp_path)]
    if experiment is guide_decoders:
        arguments += ["--adversarial-steps", "0"]
    assert experiment.main(arguments) == 0
    for file in EXPERIMENTS[experiment]:
        assert (tmp_path / file).stat().st_size > 0
    verdict = (tmp_path / "verdict.md").read_text()
    assert verdict.endswith("(smoke test)\n") and "confirmed" in verdict
    table = next(file for file in EXPERIMENTS[experiment] if file.endswith(".csv"))
    rows = list(csv.DictReader((tmp_path / table).open()))
    assert len(rows) >= 2


@pytest.fixture
def settings(tmp_path):
    return guide_decoders.Settings(out=str(tmp_path), steps=10, seeds=2)


def test_settings_come_from_the_options_of_each_experiment():
    defaults = compare.Settings(steps=4000)
    argv = ["--style-steps", "7", "--runs", "kept"]
    settings = common.parse_args("", "figure_7", defaults, argv)
    assert (settings.steps, settings.style_steps, settings.hint_steps) == (
        4000,
        7,
        1000,
    )
    assert settings.runs == "kept" and settings.out.endswith("docs/results/figure_7")
    quick = common.parse_args("", "figure_7", defaults, ["--quick"])
    assert (quick.steps, quick.size, quick.style_steps, quick.hint_steps) == (
        4,
        32,
        2,
        2,
    )


def test_a_training_takes_the_size_and_the_length_of_the_settings(
    settings, monkeypatch
):
    calls = []
    monkeypatch.setattr(common, "run_training", lambda *call: calls.append(call))
    settings = dataclasses.replace(settings, runs="runs", dataset="data", size=64)
    recipe = recipes.RECIPES["figures"].replace(guides=False)
    folder = common.train_run(settings, "name", recipe, 3, initial_weights="start")
    [(run_config, generator, training)] = calls
    assert folder == run_config.run_dir == os.path.join("runs", "name_3")
    assert (run_config.dataset, run_config.initial_weights) == ("data", "start")
    assert (generator.guides, generator.working_size) == (False, 64)
    assert (training.seed, training.steps, training.size) == (3, 10, 64)
    assert training.checkpoint_every == 255 and training.batch_size == 4


@pytest.mark.slow
def test_experiments_are_scripts_that_use_the_package_alone():
    folder = pathlib.Path(common.__file__).parent
    for path in folder.glob("*.py"):
        assert "sys.path" not in path.read_text(), path.name
    script = [sys.executable, str(folder / "copy_image.py"), "--help"]
    result = subprocess.run(script, capture_output=True, text=True)
    assert result.returncode == 0 and "--seeds" in result.stdout, result.stderr


def guide_rows(with_guides):
    return [
        {
            "adversarial": "none", "guides": guides, "seed": seed,
            "final_l1": final, "response": 20.0,
        }
        for seed in range(2)
        for guides, final in (("without", 0.2), ("with", with_guides[seed]))
    ]  # fmt: skip


def test_guides_are_confirmed_only_if_every_seed_gains(settings, tmp_path):
    guide_decoders.give_verdict(settings, guide_rows([0.15, 0.16]))
    text = (tmp_path / "verdict.md").read_text()
    assert "loss: confirmed" in text and "0.775 ± 0.025" in text
    assert "10 steps of 4 pictures of 128², 2 seed(s)" in text
    guide_decoders.give_verdict(settings, guide_rows([0.15, 0.21]))
    assert "loss: not confirmed" in (tmp_path / "verdict.md").read_text()


def test_verdict_of_figure_6_names_equation_3_if_it_was_run(settings, tmp_path):
    rows = guide_rows([0.15, 0.16])
    guide_decoders.give_verdict(settings, [{**row, "delta_e": 24.0} for row in rows])
    assert "equation 3" not in (tmp_path / "verdict.md").read_text()
    rows += [{**rows[0], "adversarial": "acgan"}]
    delta_e = (24.0, 22.0, 26.0, 23.0, 17.0)
    rows = [
        {**row, "delta_e": each, "steps": 50} for row, each in zip(rows, delta_e)
    ]  # fmt: skip
    guide_decoders.give_verdict(settings, rows)
    text = (tmp_path / "verdict.md").read_text()
    assert "equation 3, 50 steps and without guides: delta-E 17.0, 25.0 with" in text


def test_finished_run_is_not_made_again_unless_its_settings_change(
    settings, tmp_path, monkeypatch
):
    trained = []

    def train_run(settings, name, recipe, seed, steps):
        assert recipe.training.adversarial == name.split("_")[0]
        assert recipe.generator.guides == name.endswith("_with")
        trained.append((name, seed, steps))
        return "folder"

    measured = {"delta_e": 25.0, "response": 20.0}
    monkeypatch.setattr(guide_decoders.common, "train_run", train_run)
    monkeypatch.setattr(
        guide_decoders.common,
        "read_history",
        lambda folder: {"l1": np.linspace(0.4, 0.2, 8)},
    )
    monkeypatch.setattr(guide_decoders.common, "measure_run", lambda *_: None)
    monkeypatch.setattr(guide_decoders.common, "measure_columns", lambda _: measured)

    def compare_guides(**changes):
        changes = {"mixed_precision": True, "seeds": 1, **changes}
        guide_decoders.compare_guides(dataclasses.replace(settings, **changes))

    compare_guides(adversarial_steps=0)
    assert trained == [("none_without", 0, 10), ("none_with", 0, 10)]
    rows = (tmp_path / "table.csv").read_text()

    compare_guides(adversarial_steps=5)
    assert trained[2:] == [("acgan_without", 0, 5), ("acgan_with", 0, 5)]
    assert (tmp_path / "table.csv").read_text().startswith(rows)

    compare_guides(steps=20, adversarial_steps=0)
    assert trained[4:] == [("none_without", 0, 20), ("none_with", 0, 20)]


def test_conditional_discriminator_is_judged_by_the_colour_at_the_lines(
    settings, tmp_path
):
    def rows(cgan):
        return [
            {
                "discriminator": name, "delta_e": 15.0, "style_error": 0.5,
                "over_coloured": cgan if name == "cgan" else 1.0,
                "discriminator_mb": 20.0 if "acgan" in name else 10.0,
            }
            for name in discriminators.VARIANTS
        ]  # fmt: skip

    discriminators.give_verdict(settings, rows(1.5))
    text = (tmp_path / "verdict.md").read_text()
    assert "the lines: confirmed (cgan 1.50" in text and "2.0 times the memory" in text
    discriminators.give_verdict(settings, rows(1.0))
    assert "the lines: not confirmed" in (tmp_path / "verdict.md").read_text()


def test_line_chroma_is_high_where_the_lines_are_coloured():
    sketch = np.full((64, 64, 1), 255, np.uint8)
    sketch[:, 32] = 0
    flat = np.full((64, 64, 3), (180, 140, 140), np.uint8)
    assert discriminators.line_chroma(flat, sketch) == pytest.approx(1)
    seeping = flat.copy()
    seeping[:, 29:36] = (220, 60, 60)
    assert discriminators.line_chroma(seeping, sketch) > 2
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert discriminators.line_chroma(grey, sketch) is None


def test_style_error_is_one_for_the_mean_and_zero_for_the_truth():
    paintings = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3)).astype("float32")

    def encoder(x, training):
        return np.asarray(x)[:, 0, :, 0]

    def mean(inputs, training):
        style = 1 / (1 + np.exp(-encoder(inputs["painting"], False)))
        scores = np.broadcast_to(style.mean(axis=0), style.shape)
        return {"style": np.log(scores / (1 - scores))}

    def truth(inputs, training):
        return {"style": encoder(inputs["painting"], False)}

    error = discriminators.style_error
    assert error(mean, encoder, paintings) == pytest.approx(1, abs=1e-4)
    assert error(truth, encoder, paintings) == pytest.approx(0, abs=1e-6)


def test_spread_gives_the_mean_and_the_largest_distance():
    assert report.spread([1.0, 2.0, 6.0]) == "3.000 ± 3.000"
    assert report.spread([0.5]) == "0.500"


def test_wrong_dataset_is_one_sentence(tmp_path, capsys):
    arguments = ["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]
    dataset = str(tmp_path / "none")
    assert copy_image.main([*arguments, "--dataset", dataset]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and dataset in error


def test_neural_style_fails_by_colour_or_by_destroying_the_drawing(settings, tmp_path):
    def judge(delta_e, ssim):
        rows = [
            {"variant": name, "delta_e": 20.0, "delta_e_shuffled": 40.0, "ssim": 0.8,
             "seconds": 0.1}
            for name in compare.VARIANTS
        ]  # fmt: skip
        style = {"variant": "neural style", "delta_e": delta_e, "ssim": ssim}
        compare.give_verdict(settings, [*rows, {**rows[0], **style, "seconds": 5.0}])
        return (tmp_path / "verdict.md").read_text()

    assert "sketches: not confirmed" in judge(25.0, 0.7)
    assert "sketches: confirmed (SSIM 0.30" in judge(25.0, 0.3)
    assert "sketches: confirmed" in judge(35.0, 0.7)
    assert "better than the U-net: not confirmed" in judge(25.0, 0.7)
    assert "50 times faster" in judge(25.0, 0.7)


def test_hint_is_judged_before_relu_and_normalised(settings, tmp_path):
    def row(size, relu, normalised, delta_e):
        return {
            "hint_size": size, "relu": relu, "global_normalisation": normalised,
            "delta_e": delta_e,
        }  # fmt: skip

    probes = [
        row(256, "before", "with", 25.0), row(256, "after", "with", 90.0),
        row(256, "before", "without", 90.0),
        row(4096, "before", "with", 15.0), row(4096, "after", "with", 18.0),
        row(4096, "before", "without", 14.0),
    ]  # fmt: skip
    guides = [
        {"guides": name, "final_l1": 0.2 + 0.1 * i}
        for i, name in enumerate(hint_ablation.GUIDES)
    ]
    hint_ablation.give_verdict(settings, probes, guides)
    text = (tmp_path / "verdict.md").read_text()
    assert "than 4096: confirmed" in text and "25.0 from 256, 15.0 from 4096" in text
    assert "ReLU changes the latter by +3.0" in text and "out by -1.0" in text
    assert "one in colour: confirmed (final L1 0.300, 0.400)" in text
    assert "Lowest final L1: none" in text
