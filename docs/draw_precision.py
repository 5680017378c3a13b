"""Draws docs/precision.png: trainings in float32, in bfloat16 and --deterministic.

Example: keras-s2p make-dataset tfrecords/ --characters 100 --size 64
         python docs/draw_precision.py tfrecords/ 100

The trainings of so many steps take turns, some steps each, so that all find the machine
alike. Printed are the median seconds of a step, with the making of its batch, and how
far the curve of the picture is from that of float32, at the most.
"""

import dataclasses
import os
import statistics
import subprocess
import sys
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
KINDS = {"float32": {}, "bfloat16": {"mixed_precision": True},
         "float32, --deterministic": {"deterministic": True}}  # fmt: skip
TURN = 10  # steps
SMOOTH = 10  # steps that a point of the picture is the mean of
SETTINGS = {
    "size": 64, "adversarial": "acgan", "average": 0.0,
    "mid_filters": 64, "decoder_filters": 64, "full_filters": 16, "guide_filters": 32,
}  # fmt: skip


def train(dataset, kind):
    """Trains TURN steps for each line that it reads, as a process of its own.

    Prints of each step its seconds, those of the processor, and L1.
    """
    import keras

    from keras_s2p.common.recipes import RECIPES
    from keras_s2p.data import pipeline
    from keras_s2p.networks import weights
    from keras_s2p.training import assembly, strategies

    recipe = RECIPES["figures"].replace(**SETTINGS)
    config = dataclasses.replace(recipe.training, **KINDS[kind])
    if config.deterministic:
        strategies.make_deterministic()
    keras.utils.set_random_seed(config.seed)
    with strategies.precision(config.mixed_precision):
        encoder = weights.load_hint_encoder(recipe.generator)
        trainer = assembly.build_trainer(recipe.generator, config, encoder)
        step = trainer.make_train_function()
        batches = iter(pipeline.train_batches(dataset, config))
        for _ in sys.stdin:
            for _ in range(TURN):
                begin, used = time.perf_counter(), time.process_time()
                logs = step(batches)
                l1 = float(logs["l1"])
                trainer.reset_metrics()
                spent = time.perf_counter() - begin, time.process_time() - used
                print(*spent, l1, flush=True)


def main(dataset, steps):
    """Trains all kinds in turns; prints medians and draws the picture."""
    workers = {
        kind: subprocess.Popen(
            [sys.executable, __file__, dataset, "--worker", kind],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for kind in KINDS
    }  # fmt: skip
    rows = {kind: [] for kind in KINDS}
    for _ in range(steps // TURN):
        for kind, worker in workers.items():
            print(file=worker.stdin, flush=True)
            lines = [worker.stdout.readline() for _ in range(TURN)]
            rows[kind] += [list(map(float, line.split())) for line in lines]
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    curves = {kind: find_means(list(zip(*found))[2]) for kind, found in rows.items()}
    print("| training | seconds a step | of the processor | L1 at the end | apart |")
    print("|---|---|---|---|---|")
    for kind, found in rows.items():
        timed = list(zip(*found[2 * TURN :]))  # without those that compile
        seconds, used = map(statistics.median, timed[:2])
        pairs = zip(curves[kind], curves["float32"])
        apart = max(abs(one - other) for one, other in pairs)
        l1 = curves[kind][-1]
        print(f"| {kind} | {seconds:.3f} | {used:.3f} | {l1:.4f} | {apart:.4f} |")
    draw(curves)


def find_means(values):
    """The mean of each SMOOTH values that follow one another."""
    ends = range(SMOOTH, len(values) + 1)
    return [statistics.fmean(values[end - SMOOTH : end]) for end in ends]


def draw(curves):
    """Writes the picture of {kind: means of L1}."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for (kind, values), style in zip(curves.items(), ("-", "-", "--")):
        axes.plot(range(SMOOTH, SMOOTH + len(values)), values, style, label=kind)
    axes.set_xlabel("step")
    axes.set_ylabel(f"L1 of the painting, mean of {SMOOTH} steps")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(os.path.join(FOLDER, "precision.png"), dpi=100)


if __name__ == "__main__":
    if sys.argv[2] == "--worker":
        train(sys.argv[1], sys.argv[3])
    else:
        main(sys.argv[1], int(sys.argv[2]))
