"""Figure 6: the L1 loss with and without the two guide decoders.

Example: python experiments/guide_decoders.py --steps 15300 --seeds 3

The same generator is trained with both guides and with none, with the hint of 4096
values and 4 pictures a step, without a discriminator; and once each, on seed 0, with
that of equation 3 (--adversarial-steps). The L1 loss of the painting is averaged over
255 iterations, as in the figure, and drawn over the paper's own curve.

Claim of the paper: with guides the loss falls, without it stays; ratio 0.72 at the end.

Two cores: about an hour for 15 300 steps of 128² with --mixed-precision, 1.5 with
equation 3, so nine hours for --adversarial-steps 15300; --size 64 takes half of it.
Stopped, it goes on; with more --steps it goes on from where it ended. What a finished
run came to lies in finished/ of --out, and it is not made again, even if its folder is
gone.
"""

import dataclasses
import json
import os
import sys

import common
import numpy as np
import report

from keras_s2p.common import recipes
from keras_s2p.common.config import option, write_json

VARIANTS = {"without": False, "with": True}
LAST = 4  # epochs of 255 iterations whose mean is the final loss, as the paper's ~1000
PAPER_RATIO = 0.72


@dataclasses.dataclass(frozen=True)
class Settings(common.Settings):
    """What figure 6 is run with."""

    adversarial_steps: int = option(5100, "of the two runs with equation 3; 0: none")


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    defaults = Settings(steps=15300, seeds=3)
    settings = common.parse_args(__doc__, "guide_decoders", defaults, argv)
    return common.run(compare_guides, settings)


def compare_guides(settings):
    """Trains, measures, and writes curve.csv, table.csv, figure.png and verdict.md."""
    curves, rows = [], []
    for columns in list_runs(settings):
        run = find_run(settings, columns) or make_run(settings, columns)
        names = [columns[key] for key in ("adversarial", "guides", "seed")]
        curves.append((*names, run["l1"]))
        rows.append({**columns, **run["results"]})
    write_curves(settings, curves)
    report.write_table(os.path.join(settings.out, "table.csv"), rows)
    draw(settings, curves)
    give_verdict(settings, rows)


def list_runs(settings):
    """The settings of each run, which are the first columns of table.csv."""
    for adversarial in ("none", "acgan"):
        steps = settings.adversarial_steps if adversarial == "acgan" else settings.steps
        if not steps:
            continue
        for seed in range(settings.seeds if adversarial == "none" else 1):
            for guides in VARIANTS:
                yield {
                    "adversarial": adversarial,
                    "guides": guides,
                    "seed": seed,
                    "steps": steps,
                    "size": settings.size,
                    "batch_size": settings.batch_size,
                    "precision": "bfloat16" if settings.mixed_precision else "float32",
                }


def make_run(settings, columns):
    """Trains and measures one run, and keeps what find_run finds.

    Returns:
        a dict of `settings`, `l1` (the loss, averaged over each 255 iterations) and
        `results` (the other columns of table.csv).
    """
    adversarial, guides = columns["adversarial"], columns["guides"]
    recipe = recipes.RECIPES["figures"].replace(
        guides=VARIANTS[guides], adversarial=adversarial
    )
    folder = common.train_run(
        settings, f"{adversarial}_{guides}", recipe, columns["seed"], columns["steps"]
    )
    l1 = common.read_history(folder)["l1"].tolist()
    final = {"final_l1": float(np.mean(l1[-LAST:]))}
    results = {**final, **common.measure_columns(common.measure_run(settings, folder))}
    run = {"settings": columns, "results": results, "l1": l1}
    path = run_path(settings, columns)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_json(run, path)
    return run


def find_run(settings, columns):
    """What make_run kept of a run with the same settings, or None."""
    try:
        with open(run_path(settings, columns)) as file:
            run = json.load(file)
    except FileNotFoundError:
        return None
    return run if run["settings"] == columns else None


def run_path(settings, columns):
    """The file in --out where a finished run is kept."""
    name = "{adversarial}_{guides}_{size}_{seed}.json".format(**columns)
    return os.path.join(settings.out, "finished", name)


def write_curves(settings, curves):
    """One row for each 255 iterations of each run."""
    rows = [
        {
            "adversarial": adversarial,
            "guides": variant,
            "seed": seed,
            "iteration": 255 * (i + 1),
            "l1": float(value),
        }
        for adversarial, variant, seed, l1 in curves
        for i, value in enumerate(l1)
    ]
    report.write_csv(os.path.join(settings.out, "curve.csv"), rows)


def draw(settings, curves):
    """Ours, as means with the spread of the seeds, over the paper's."""
    paper = np.genfromtxt(
        common.ROOT / "experiments" / "fig6_digitised.csv", delimiter=",", names=True
    )
    figure, axes = report.pyplot.subplots(figsize=(8, 5))
    for variant, colour in (("without", "tab:blue"), ("with", "tab:orange")):
        axes.plot(
            paper["iteration"], paper[f"{variant}_guide_decoder"],
            color=colour, alpha=0.35, label=f"the paper, {variant} guides",
        )  # fmt: skip
        for adversarial, line in (("none", "-"), ("acgan", ":")):
            chosen = [c[3] for c in curves if c[:2] == (adversarial, variant)]
            if not chosen:
                continue
            length = min(len(l1) for l1 in chosen)
            l1 = np.stack([l1[:length] for l1 in chosen])
            x = 255 * np.arange(1, length + 1)
            label = f"ours, {variant} guides"
            if adversarial != "none":
                label += ", equation 3"
            axes.plot(x, l1.mean(axis=0), line, color=colour, label=label)
            axes.fill_between(x, l1.min(0), l1.max(0), color=colour, alpha=0.2)
    axes.set_xlabel("iteration")
    axes.set_ylabel("L1 loss over 255 iterations")
    axes.legend(fontsize=8)
    report.save_figure(settings, figure)


def give_verdict(settings, rows):
    """Confirmed if the guided loss is lower on every seed, by more than a hundredth."""

    def values(variant, column, adversarial="none"):
        return np.array(
            [
                row[column]
                for row in rows
                if row["guides"] == variant and row["adversarial"] == adversarial
            ]
        )

    equation_3 = "".join(
        f" With equation 3, {steps} steps and {variant} guides: delta-E "
        f"{values(variant, 'delta_e', 'acgan').mean():.1f}, "
        f"{values(variant, 'delta_e').mean():.1f} with no discriminator."
        for variant in VARIANTS
        for steps in values(variant, "steps", "acgan")
    )

    ratios = values("with", "final_l1") / values("without", "final_l1")
    confirmed = report.verdict(np.all(ratios < 0.99))
    report.write_verdict(
        settings,
        f"Figure 6, the guides lower the final L1 loss: {confirmed}. Final L1 with / "
        f"without guides {report.spread(ratios)}, the paper's {PAPER_RATIO}; response "
        f"to the reference {report.spread(values('with', 'response'))} with, "
        f"{report.spread(values('without', 'response'))} without.{equation_3}",
    )


if __name__ == "__main__":
    sys.exit(main())
