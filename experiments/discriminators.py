"""Section 3.2: no discriminator, equation 4, equation 3, a conditional one, shifting.

Example: python experiments/discriminators.py --steps 600

Each variant goes on, for as many steps, from the same generator: the release, which was
trained with the L1 loss alone. Measured for each:

- delta-E, response and Frechet distance, as evaluate does;
- over_coloured: the chroma within 2 pixels of the lines over the chroma inside the
  regions, divided by the same of the true painting; above 1 is over-coloured;
- style_error: mean squared error of D's 4096 outputs on a true painting against
  sigmoid(V(y)), over that of their mean; below 1, D tells the style;
- seconds of a training step, and the megabytes of D (weights, gradients and Adam's two
  averages in float32).

Claims of the paper: a conditional discriminator over-colours the lines, equation 3
teaches D the style and needs much memory, shifting between 3 and 4 is the best of both.

Two cores: about 6 minutes a variant for 600 steps at the default size.
"""

import dataclasses
import os
import sys

import common
import keras
import numpy as np
import PIL.Image
import PIL.ImageFilter
import report
import tensorflow as tf

from keras_s2p import benchmark
from keras_s2p.common import images, lab, recipes
from keras_s2p.common.config import option
from keras_s2p.measuring.cases import character_cases
from keras_s2p.networks import weights
from keras_s2p.networks.discriminator import build_discriminator

VARIANTS = {
    "none": {"adversarial": "none"},
    "acgan (eq 3, soft)": {"adversarial": "acgan"},
    "cgan": {"adversarial": "cgan"},
    "dcgan (eq 4)": {"adversarial": "dcgan"},
    "acgan (eq 3, literal)": {"adversarial": "acgan", "acgan_form": "literal"},
    "shift (eq 4, eq 3)": {"adversarial": "shift", "shift_every": 100},
}
RECIPE = recipes.RECIPES["figures"].replace(learning_rate=2e-4, adam_beta_1=0.5)
NEAR = 2  # pixels from a line, at the working size
INK = 160  # of 255; darker is a line
MIN_CHROMA = 5.0  # CIELAB, mean inside the regions; below, a painting has no colour
ROWS = 5  # of the grid


@dataclasses.dataclass(frozen=True)
class Settings(common.Settings):
    """What the discriminators are compared with."""

    l1_weight: int = option(10, "lambda of equation 5; the paper gives none")


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    settings = common.parse_args(__doc__, "discriminators", Settings(steps=600), argv)
    return common.run(compare_discriminators, settings)


def compare_discriminators(settings):
    """Trains and measures; writes table.csv, figure.png and verdict.md."""
    cases = character_cases(settings.count)
    shown = cases[:ROWS]
    columns = {
        "sketch": [case.sketch for case in shown],
        "reference": [case.reference for case in shown],
        "truth": [case.truth for case in shown],
    }
    start = None if settings.quick else weights.DEFAULT
    rows = []
    for variant, changes in common.variants_of(settings, VARIANTS):
        name = variant.translate({ord(letter): None for letter in "(),"})
        for seed in range(settings.seeds):
            recipe = RECIPE.replace(l1_weight=float(settings.l1_weight), **changes)
            folder = common.train_run(
                settings, name.replace(" ", "_"), recipe, seed, initial_weights=start
            )
            paintings = common.paint_cases(folder, cases)
            if seed == 0:
                columns[variant.replace(" (", "\n(")] = paintings[:ROWS]
            rows.append(
                {
                    "discriminator": variant,
                    "seed": seed,
                    **common.measure_columns(common.measure_run(settings, folder)),
                    "over_coloured": over_coloured(paintings, cases),
                    **measure_discriminator(
                        settings, folder, changes["adversarial"], cases
                    ),
                }
            )
    report.write_table(os.path.join(settings.out, "table.csv"), rows)
    report.save_grid(settings, columns)
    give_verdict(settings, rows)


def over_coloured(paintings, cases) -> float:
    """Mean of the paintings' chroma near lines over inside, over that of the truth."""
    ratios = []
    for painting, case in zip(paintings, cases):
        size = painting.shape[:2]
        sketch = images.resize_uint8(case.sketch, size)
        painted = line_chroma(painting, sketch)
        true = line_chroma(images.resize_uint8(case.truth, size), sketch)
        if painted is not None and true is not None:
            ratios.append(painted / true)
    return float(np.mean(ratios)) if ratios else float("nan")


def line_chroma(painting, sketch):
    """Mean CIELAB chroma near the lines over that inside; None without colour.

    Args:
        painting: [H, W, 3] uint8.
        sketch: [H, W, 1] uint8, 0 ink to 255 paper.
    """
    chroma = np.hypot(*np.moveaxis(lab.to_lab(painting)[..., 1:], -1, 0))
    lines = PIL.Image.fromarray(sketch[..., 0])
    # The line itself, with its soft edge, is dark and has no colour in either.
    line = np.asarray(lines.filter(PIL.ImageFilter.MinFilter(3))) < INK
    around = np.asarray(lines.filter(PIL.ImageFilter.MinFilter(2 * NEAR + 3))) < INK
    near, inside = around & ~line, ~around
    if not near.any() or not inside.any() or chroma[inside].mean() < MIN_CHROMA:
        return None
    return chroma[near].mean() / chroma[inside].mean()


def measure_discriminator(settings, folder, kind, cases):
    """Columns style_error, step_seconds and discriminator_mb."""
    config = common.read_config(folder)
    step = benchmark.make_step(folder, kind, settings.size, settings.batch_size)
    seconds = benchmark.median_seconds(step, 5)
    columns = {
        "style_error": None,
        "step_seconds": seconds,
        "discriminator_mb": 0.0,
    }
    if kind != "none":
        discriminator = build_discriminator(kind, config.hint_size)
        columns["discriminator_mb"] = discriminator.count_params() * 4 * 4 / 1e6
        if "style" in discriminator.output:
            restore(discriminator, folder)
            encoder = weights.load_hint_encoder(config, folder)
            paintings = resize_all([case.truth for case in cases], settings.size)
            columns["style_error"] = style_error(discriminator, encoder, paintings)
    keras.backend.clear_session()
    return columns


def restore(discriminator, folder):
    """Reads the discriminator of a run's newest checkpoint."""
    latest = tf.train.latest_checkpoint(os.path.join(folder, "checkpoints"))
    checkpoint = tf.train.Checkpoint(discriminator=discriminator)
    checkpoint.restore(latest).assert_existing_objects_matched().expect_partial()


def resize_all(paintings, size):
    """[H, W, 3] uint8 pictures as [B, size, size, 3] in [-1, 1]."""
    return np.stack(
        [images.to_float(images.resize_uint8(each, (size,) * 2)) for each in paintings]
    )


def style_error(discriminator, encoder, paintings) -> float:
    """Squared error of D's outputs on true paintings over that of their own mean.

    Args:
        discriminator: with an output `style`.
        encoder: V.
        paintings: [B, H, W, 3] in [-1, 1].
    """
    style = tf.sigmoid(encoder(paintings, training=False))
    # As in a training step, where D normalises by the batch.
    scores = tf.sigmoid(discriminator({"painting": paintings}, training=True)["style"])
    error = tf.reduce_mean((scores - style) ** 2)
    of_mean = tf.reduce_mean((style - tf.reduce_mean(style, axis=0)) ** 2)
    return float(error / of_mean)


def give_verdict(settings, rows):
    """One clause a claim."""

    def mean(variant, column):
        return report.mean_of(rows, column, discriminator=variant)

    soft = mean("acgan (eq 3, soft)", "style_error")
    literal = mean("acgan (eq 3, literal)", "style_error")
    memory = mean("acgan (eq 3, soft)", "discriminator_mb")
    memory /= mean("dcgan (eq 4)", "discriminator_mb")
    others = [mean(v, "over_coloured") for v in VARIANTS if v != "cgan"]
    conditional = mean("cgan", "over_coloured")
    over = report.verdict(conditional > max(1.1, 1.1 * max(others)))
    report.write_verdict(
        settings,
        f"Section 3.2, a conditional discriminator over-colours the lines: {over} "
        f"(cgan {conditional:.2f}, the others {min(others):.2f} to {max(others):.2f} "
        "of the truth's). Equation 3 teaches D the style: "
        f"{report.verdict(soft < 0.9)} (error over that of the mean {soft:.2f} soft, "
        f"{literal:.2f} literal). D with 4096 outputs takes {memory:.1f} times the "
        f"memory of D with one. Delta-E: none {mean('none', 'delta_e'):.1f}, "
        f"equation 4 {mean('dcgan (eq 4)', 'delta_e'):.1f}, equation 3 "
        f"{mean('acgan (eq 3, soft)', 'delta_e'):.1f}, shift "
        f"{mean('shift (eq 4, eq 3)', 'delta_e'):.1f}.",
    )


if __name__ == "__main__":
    sys.exit(main())
