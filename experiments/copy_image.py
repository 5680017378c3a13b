"""Figure 4: does a U-net that copies its input leave its mid level without gradients?

Example: python experiments/copy_image.py --steps 2000 --seeds 3

The generator is trained to paint its own input, a sketch, under a zero hint, with both
guides and with none. At 0, 1, 2, 4, 8 ... steps, at each hundredth and at the last the
gradient of the loss and the change by Adam's step are measured level by level: both as
root mean squares over the level's weights, so that levels of all sizes compare.

Claims of the paper: the loss drops to 0 at once, "the mid-level layers will not get any
gradient", and guides bring it back.

Two cores: about 10 minutes a seed. Stopped, it goes on with the variants not yet done.
"""

import csv
import dataclasses
import os
import sys

import common
import keras
import numpy as np
import report
import tensorflow as tf
import tqdm

from keras_s2p.common import files, recipes
from keras_s2p.common.config import PRESETS, TrainConfig
from keras_s2p.data import pipeline
from keras_s2p.networks.generator import build_generator
from keras_s2p.training import losses

VARIANTS = {"without": False, "with": True}
# First parts of the names of the generator's layers, in the order of the data.
LEVELS = (
    "enc1", "enc2", "enc3", "enc4", "enc5", "mid",
    "dec1", "dec2", "dec3", "dec4", "dec5",
)  # fmt: skip
OUTERMOST = "enc1"
TABLE_STEPS = (0, 100, 1000)  # and the last
LEARNING_RATE = 2e-4
GUIDE_WEIGHTS = (0.3, 0.9)  # alpha and beta of section 3.1


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    defaults = common.Settings(steps=2000)
    settings = common.parse_args(__doc__, "copy_image", defaults, argv)
    return common.run(copy_images, settings)


def copy_images(settings):
    """Trains what is missing; writes two tables, figure.png and verdict.md."""
    os.makedirs(settings.runs, exist_ok=True)
    rows = []
    for seed in range(settings.seeds):
        for variant in VARIANTS:
            path = os.path.join(settings.runs, f"{variant}_{seed}_{settings.steps}.csv")
            if not os.path.exists(path):
                measured = train_copy(settings, variant, seed)
                with files.replacing(path) as partial:
                    report.write_csv(partial, measured)
            rows += read_rows(path)
    report.write_csv(os.path.join(settings.out, "gradients.csv"), rows)
    table = [
        {
            "guides": variant,
            "step": step,
            "loss": report.mean_of(rows, "l1", guides=variant, step=step),
            "mid_over_outermost_gradient": ratio(rows, variant, step, "gradient"),
            "mid_over_outermost_update": ratio(rows, variant, step, "update"),
        }
        for variant in VARIANTS
        for step in sorted({step for step in (*TABLE_STEPS, settings.steps)})
        if step <= settings.steps
    ]
    report.write_table(os.path.join(settings.out, "table.csv"), table)
    draw(settings, rows)
    give_verdict(settings, rows, table)


def train_copy(settings, variant, seed):
    """Trains one variant and gives a row for each level at each measured step."""
    keras.utils.set_random_seed(seed)
    config = TrainConfig(size=settings.size, batch_size=settings.batch_size, seed=seed)
    network = dataclasses.replace(PRESETS["compact"], guides=VARIANTS[variant])
    if settings.quick:
        network = dataclasses.replace(network, **recipes.QUICK_NETWORK)
    generator = build_generator(network)
    variables = generator.trainable_variables
    optimizer = keras.optimizers.Adam(LEARNING_RATE, beta_1=0.5)
    optimizer.build(variables)
    hint = tf.zeros((settings.batch_size, network.hint_size))

    @tf.function
    def step(sketch):
        painting = tf.image.grayscale_to_rgb(sketch)
        with tf.GradientTape() as tape:
            outputs = generator({"sketch": sketch, "hint": hint}, training=True)
            loss = losses.l1_loss(painting, outputs, *GUIDE_WEIGHTS)
        gradients = tape.gradient(loss, variables)
        before = [tf.identity(variable) for variable in variables]
        optimizer.apply_gradients(zip(gradients, variables))
        updates = [variable - old for variable, old in zip(variables, before)]
        l1 = losses.mean_absolute_error(painting, outputs["painting"])
        return l1, gradients, updates

    rows = []
    batches = iter(pipeline.train_batches(settings.dataset, config))
    for number in tqdm.trange(
        settings.steps + 1, desc=f"{variant} guides, seed {seed}"
    ):
        l1, gradients, updates = step(next(batches)["sketch"])
        if number & (number - 1) and number % 100 and number != settings.steps:
            continue
        rows += [
            {
                "guides": variant,
                "seed": seed,
                "step": number,
                "level": level,
                "l1": float(l1),
                "gradient": level_rms(level, generator, gradients),
                "update": level_rms(level, generator, updates),
            }
            for level in LEVELS
        ]
    return rows


def level_rms(level, generator, values) -> float:
    """Root mean square of a level's values, one array for each trainable variable.

    The kernels alone: the hint's own layers get nothing from a hint of zeros.
    """
    kernels = [
        value
        for variable, value in zip(generator.trainable_variables, values)
        if variable.name.startswith(f"{level}_") and "kernel" in variable.name
    ]
    squares = sum(float(tf.reduce_sum(kernel**2)) for kernel in kernels)
    return (squares / sum(int(tf.size(kernel)) for kernel in kernels)) ** 0.5


def read_rows(path):
    """The rows of a CSV, numbers as numbers."""
    with open(path, newline="") as file:
        return [
            {
                key: value if key in ("guides", "level") else float(value)
                for key, value in row.items()
            }
            for row in csv.DictReader(file)
        ]


def ratio(rows, variant, step, column) -> float:
    """The mid level's over the outermost level's."""
    mid, outermost = (
        report.mean_of(rows, column, guides=variant, step=step, level=level)
        for level in ("mid", OUTERMOST)
    )
    return mid / outermost


def draw(settings, rows):
    """The loss, and the mid level's gradient over the outermost's, over the steps."""
    figure, axes = report.pyplot.subplots(1, 3, figsize=(13, 4))
    steps = sorted({row["step"] for row in rows})
    for variant in VARIANTS:
        label = f"{variant} guides"
        loss = [report.mean_of(rows, "l1", guides=variant, step=step) for step in steps]
        axes[0].loglog(np.add(steps, 1), loss, label=label)
        ratios = [ratio(rows, variant, step, "gradient") for step in steps]
        axes[1].loglog(np.add(steps, 1), ratios, label=label)
        last = [
            report.mean_of(
                rows, "gradient", guides=variant, step=steps[-1], level=level
            )
            for level in LEVELS
        ]
        axes[2].semilogy(LEVELS, last, "o-", label=label)
    axes[0].set(xlabel="step + 1", ylabel="L1 of the copy")
    axes[1].set(xlabel="step + 1", ylabel="gradient, mid / outermost level")
    axes[2].set(xlabel="level", ylabel=f"gradient (RMS) at step {steps[-1]:.0f}")
    for each in axes:
        each.legend()
    report.save_figure(settings, figure)


def give_verdict(settings, rows, table):
    """Confirmed if guides raise the ratio tenfold at the last step of every seed."""
    last = {row["guides"]: row for row in table if row["step"] == settings.steps}
    without, guided = (last[v]["mid_over_outermost_gradient"] for v in VARIANTS)
    gains = []
    for seed in range(settings.seeds):
        own = [row for row in rows if row["seed"] == seed]
        gains.append(
            ratio(own, "with", settings.steps, "gradient")
            / ratio(own, "without", settings.steps, "gradient")
        )
    restored = report.verdict(min(gains) >= 10)
    report.write_verdict(
        settings,
        f"Figure 4, guides restore the mid level's gradient: {restored} "
        f"(mid over outermost level at the last step {guided:.2g} with guides, "
        f"{without:.2g} without: {report.spread(gains)} times; the loss of the copy "
        f"{last['without']['loss']:.3f} without and {last['with']['loss']:.3f} with).",
    )


if __name__ == "__main__":
    sys.exit(main())
