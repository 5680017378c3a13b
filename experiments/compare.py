"""Figure 7: neural style, a U-net and the residual U-net, hints of three sizes.

Example: python experiments/compare.py --steps 4000 --batch-size 16 --size 64

The same characters and references, with exact truth, painted by

- neural style transfer (Gatys et al.) on the hint encoder's VGG, by Adam until its loss
  falls by less than a hundredth in 50 steps, or --style-steps;
- a U-net, which is the generator without guide decoders, with hints of 256 and 4096;
- the residual U-net, which is the generator with both, with hints of 4096 and 2048.

The four networks are trained equally long from nothing, each with a hint encoder that
differs in its fc1 alone. Beside each number stands the same under a shuffled reference.

Claims of the paper: neural style "fails to transfer a sketch to a painting"; the U-net
paints meaningfully with 256 values and disappoints with 4096; the residual U-net is
"very capable" of 4096; and feed-forward painting is fast.

Two cores: with the example's options about 25 minutes a network.
"""

import dataclasses
import os
import sys
import time

import common
import keras
import numpy as np
import report

from keras_s2p import benchmark
from keras_s2p.common import images, recipes
from keras_s2p.common.config import option
from keras_s2p.measuring import measures, neural_style
from keras_s2p.measuring.cases import character_cases
from keras_s2p.painting.painter import Painter

# Length of the hint, and whether there are guides.
VARIANTS = {
    "U-net, 256": (256, False),
    "residual U-net, 4096": (4096, True),
    "U-net, 4096": (4096, False),
    "residual U-net, 2048": (2048, True),
}
RECIPE = recipes.RECIPES["figures"].replace(
    learning_rate=1e-3, learning_rate_decay=True
)
STYLED = 8  # characters for neural style transfer, which is slow
ROWS = 6  # of the grid


@dataclasses.dataclass(frozen=True)
class Settings(common.HintSettings):
    """What figure 7 is run with."""

    style_steps: int = option(1000, "of neural style transfer, at most")


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    settings = common.parse_args(__doc__, "compare", Settings(steps=4000), argv)
    return common.run(compare, settings)


def compare(settings):
    """Trains and measures; writes table.csv, figure.png and verdict.md."""
    cases = character_cases(settings.count)
    shown = cases[:ROWS]
    columns = {
        "sketch": [case.sketch for case in shown],
        "reference": [case.reference for case in shown],
        "truth": [case.truth for case in shown],
    }
    rows = []
    for variant, (size, guides) in common.variants_of(settings, VARIANTS):
        hint_folder = common.pretrain_run(settings, size)
        name = variant.replace(", ", "_").replace(" ", "_")
        recipe = common.take_encoder(RECIPE, hint_folder).replace(guides=guides)
        for seed in range(settings.seeds):
            folder = common.train_run(
                settings, name, recipe, seed, hint_weights=hint_folder
            )
            rows.append(
                {
                    "variant": variant,
                    "seed": seed,
                    **own_columns(common.measure_run(settings, folder)),
                    "seconds": time_painting(folder, cases[0]),
                }
            )
            if seed == 0:
                columns[variant] = common.paint_cases(folder, shown)
    row, styled = measure_style(settings, folder, cases[:STYLED])
    columns["neural style"] = styled[:ROWS]
    columns["neural style"] += [np.full_like(styled[0], 255)] * (
        len(shown) - len(columns["neural style"])
    )
    rows.append(row)
    report.write_table(os.path.join(settings.out, "table.csv"), rows)
    report.save_grid(settings, columns)
    give_verdict(settings, rows)


def own_columns(results) -> dict:
    """Without the Frechet distance: each network has another V to take it with."""
    columns = common.measure_columns(results)
    del columns["frechet_of_hints"]
    return columns


def time_painting(folder, case) -> float:
    """Median seconds of one picture at the working size, its hint included."""
    painter = Painter(folder)
    seconds = benchmark.median_seconds(lambda: common.paint_plainly(painter, case), 5)
    keras.backend.clear_session()
    return seconds


def measure_style(settings, folder, cases):
    """The row of neural style transfer, and its pictures.

    The control of a zero hint is the sketch itself: neural style starts from it.
    """
    painter = Painter(folder)
    features = neural_style.build_features(painter.hint_encoder)
    paintings = {"reference": [], "shuffled": [], "zero_hint": []}
    seconds, converged, small = [], [], []
    for i, case in enumerate(cases):
        sketch = images.resize_uint8(case.sketch, (settings.size,) * 2)
        for control, other in (("reference", case), ("shuffled", cases[i - 1])):
            reference = images.resize_uint8(other.reference, (settings.size,) * 2)
            start = time.perf_counter()
            styled = neural_style.neural_style(
                features, sketch, reference, settings.style_steps
            )
            seconds.append(time.perf_counter() - start)
            converged.append(styled.converged)
            shape = case.truth.shape[:2]
            paintings[control].append(images.resize_uint8(styled.painting, shape))
            if control == "reference":
                small.append(styled.painting)
        paintings["zero_hint"].append(np.repeat(case.sketch, 3, axis=-1))
    print(f"neural style: {np.mean(converged):.0%} converged")
    encoders = measures.make_encoders(painter, None)
    results = measures.measure_sources(encoders, cases, paintings)["characters"]
    row = {
        "variant": "neural style",
        "seed": 0,
        **own_columns(results),
        "seconds": float(np.median(seconds)),
    }
    return row, small


def give_verdict(settings, rows):
    """One clause a claim.

    Neural style fails if it misses the colours, or if it destroys the drawing: by an
    SSIM of less than half the residual U-net's.
    """

    def mean(variant, column):
        return report.mean_of(rows, column, variant=variant)

    residual = "residual U-net, 4096"
    delta_e = mean(residual, "delta_e")
    better = report.verdict(delta_e < 0.95 * mean("U-net, 4096", "delta_e"))
    astray = mean("neural style", "delta_e") > 1.5 * delta_e
    ssim = mean("neural style", "ssim"), mean(residual, "ssim")
    fails = report.verdict(astray or ssim[0] < 0.5 * ssim[1])
    speed = mean("neural style", "seconds") / mean(residual, "seconds")
    numbers = "; ".join(
        f"{variant} {mean(variant, 'delta_e'):.1f} (shuffled "
        f"{mean(variant, 'delta_e_shuffled'):.1f})"
        for variant in dict.fromkeys(row["variant"] for row in rows)
    )
    report.write_verdict(
        settings,
        f"Figure 7, neural style fails on sketches: {fails} (SSIM {ssim[0]:.2f}, the "
        f"residual U-net's {ssim[1]:.2f}). With a hint of 4096 the "
        f"residual U-net is better than the U-net: {better}. Region delta-E: {numbers}."
        f" Feed-forward painting is {speed:.0f} times faster than neural style.",
    )


if __name__ == "__main__":
    sys.exit(main())
