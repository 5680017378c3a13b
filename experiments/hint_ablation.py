"""Section 3.1 and figure 2: what the hint holds, and what the guides' weights do.

Example: python experiments/hint_ablation.py --steps 1275

Two tables:

- probes.csv: from hints of 256, 2048 and 4096 values a ridge regression reads the mean
  colours of hair, skin, eyes, clothes and background of characters it has not seen;
  before and after the ReLU of fc1, and with and without the global normalisation. The
  encoders differ in fc1 alone and are trained equally long.
- guides.csv: the generator trained with several weights alpha and beta of the guides,
  and with guide decoder 1 in colour (equation 1) instead of grey (equation 2).

Claims of the paper: 256 values are far from enough; fc1 is taken without its ReLU, and
after a global normalisation; alpha 0.3 and beta 0.9; a grey guide 1 is better.

Two cores: about 20 minutes for the probes, and 6 minutes for each of six trainings.
"""

import os
import sys

import common
import numpy as np
import report

from keras_s2p import probe_hint
from keras_s2p.characters import character
from keras_s2p.common import recipes
from keras_s2p.measuring import metrics
from keras_s2p.painting import stages

HINT_SIZES = {"256": 256, "2048": 2048, "4096": 4096}
GUIDES = {
    "none": {"guides": False},
    "0.3, 0.9 (the paper)": {"guide_1_weight": 0.3, "guide_2_weight": 0.9},
    "0.3, 0.9, guide 1 in colour": {
        "guide_1_weight": 0.3, "guide_2_weight": 0.9, "guide_1_gray": False,
    },
    "0.9, 0.3": {"guide_1_weight": 0.9, "guide_2_weight": 0.3},
    "0, 0.9": {"guide_1_weight": 0.0, "guide_2_weight": 0.9},
    "1, 1": {"guide_1_weight": 1.0, "guide_2_weight": 1.0},
}  # fmt: skip
LAST = 2  # epochs of 255 iterations whose mean is the final loss


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    defaults = common.HintSettings(steps=1275)
    settings = common.parse_args(__doc__, "hint_ablation", defaults, argv)
    return common.run(ablate, settings)


def ablate(settings):
    """Writes probes.csv, guides.csv, figure.png and verdict.md."""
    probes = [
        row
        for _, size in common.variants_of(settings, HINT_SIZES)
        for row in probe_encoder(settings, size)
    ]
    report.write_table(os.path.join(settings.out, "probes.csv"), probes)
    guides = []
    for name, changes in common.variants_of(settings, GUIDES):
        for seed in range(settings.seeds):
            run_name = name.replace(", ", "_").replace(" ", "_").replace("(", "")
            recipe = recipes.RECIPES["figures"].replace(**changes)
            folder = common.train_run(settings, run_name.replace(")", ""), recipe, seed)
            l1 = common.read_history(folder)["l1"]
            guides.append(
                {
                    "guides": name,
                    "seed": seed,
                    "final_l1": float(np.mean(l1[-LAST:])),
                    **common.measure_columns(common.measure_run(settings, folder)),
                }
            )
    report.write_table(os.path.join(settings.out, "guides.csv"), guides)
    draw(settings, probes, guides)
    give_verdict(settings, probes, guides)


def probe_encoder(settings, size):
    """Rows of probes.csv for a hint of `size` values."""
    folder = common.pretrain_run(settings, size)
    encoder = common.load_encoder(folder)

    def hint(painting):
        views = stages.view_reference(painting)
        return stages.encode(encoder, views).numpy()

    count = 20 * settings.count
    encode = probe_hint.encode_characters
    seen = encode(hint, settings.dataset, "train", count)
    unseen = encode(hint, settings.dataset, "validation", count)
    rows = []
    for relu in (False, True):
        for normalised in (True, False):
            prepare = probe_hint.standardise if normalised else keep_scale(seen[0])
            hints, true = [unseen[0], seen[0]], unseen[1]
            if relu:
                hints = [np.maximum(each, 0) for each in hints]
            probe = probe_hint.fit_probe(hints[1], seen[1], prepare)
            colours = probe(hints[0])
            distance = np.nanmean(metrics.delta_e(colours, true), axis=0)
            rows.append(
                {
                    "hint_size": size,
                    "relu": "after" if relu else "before",
                    "global_normalisation": "with" if normalised else "without",
                    "delta_e": float(np.nanmean(distance)),
                    **dict(zip(character.REGIONS, map(float, distance))),
                }
            )
    return rows


def keep_scale(hints):
    """Features without the global normalisation: one scale for all hints."""
    scale = hints.std()

    def prepare(hints):
        return np.concatenate([hints / scale, np.ones_like(hints[:, :1])], axis=1)

    return prepare


def draw(settings, probes, guides):
    """Probes by size, and delta-E and response by guides."""
    figure, axes = report.pyplot.subplots(1, 2, figsize=(11, 4))
    sizes = sorted({row["hint_size"] for row in probes})
    for relu in ("before", "after"):
        for normalised in ("with", "without"):
            values = [
                report.mean_of(
                    probes, "delta_e", hint_size=size, relu=relu,
                    global_normalisation=normalised,
                )
                for size in sizes
            ]  # fmt: skip
            label = f"{relu} ReLU, {normalised} normalisation"
            axes[0].plot([str(size) for size in sizes], values, "o-", label=label)
    axes[0].set(xlabel="values of the hint", ylabel="delta-E of a linear probe")
    axes[0].margins(y=0.35)  # room for the legend
    axes[0].legend(fontsize=8)
    names = list(dict.fromkeys(row["guides"] for row in guides))
    for column in ("delta_e", "response"):
        values = [report.mean_of(guides, column, guides=name) for name in names]
        axes[1].plot(values, names, "o", label=column)
    axes[1].set(xlabel="delta-E")
    axes[1].legend(fontsize=8)
    report.save_figure(settings, figure)


def give_verdict(settings, probes, guides):
    """One clause a claim."""

    def probe(**where):
        return report.mean_of(probes, "delta_e", **where)

    paper = {"relu": "before", "global_normalisation": "with"}
    small, large = (probe(**paper, hint_size=size) for size in (256, 4096))
    paper["hint_size"] = 4096
    relu = probe(**{**paper, "relu": "after"}) - large
    plain = probe(**{**paper, "global_normalisation": "without"}) - large
    grey, colour = (
        report.mean_of(guides, "final_l1", guides=list(GUIDES)[i]) for i in (1, 2)
    )
    names = list(dict.fromkeys(row["guides"] for row in guides))
    best = min(names, key=lambda x: report.mean_of(guides, "final_l1", guides=x))
    report.write_verdict(
        settings,
        "Section 3.1, 256 values hold far less than 4096: "
        f"{report.verdict(small > 1.2 * large)} (a linear probe reads the colours to a "
        f"delta-E of {small:.1f} from 256, {large:.1f} from 4096; the ReLU changes "
        f"the latter by {relu:+.1f}, leaving the normalisation out by {plain:+.1f}). "
        "A grey guide 1 is better than one in colour: "
        f"{report.verdict(grey < 0.99 * colour)} (final L1 {grey:.3f}, {colour:.3f}). "
        f"Lowest final L1: {best}.",
    )


if __name__ == "__main__":
    sys.exit(main())
