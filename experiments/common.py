"""What the experiments share: their options, and runs of train.py.

Every run is one of train.py's own, in a folder below --runs, and is resumed or left
alone if the folder is there: an experiment that was stopped goes on with the same
command, and one with more --steps goes on from where it ended.
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # train.py

import train  # noqa: E402  before TensorFlow, which keras_s2p makes faster

# isort: split
import keras  # noqa: E402
import numpy as np  # noqa: E402

from keras_s2p import evaluate, make_dataset, pretrain_hint  # noqa: E402
from keras_s2p.common import images  # noqa: E402
from keras_s2p.common.config import GeneratorConfig, read_json  # noqa: E402
from keras_s2p.networks import weights  # noqa: E402
from keras_s2p.painting import painter  # noqa: E402

NUM_CHARACTERS = 2000  # of the built-in dataset
DRAWN_SIZE = 128  # pixels, of its pictures
# The smoke test: networks and pictures as small as can be.
QUICK_NETWORK = (
    "--filters", "2", "--mid-filters", "16", "--decoder-filters", "8",
    "--full-filters", "4", "--guide-filters", "32",
)  # fmt: skip


def parse_args(doc, name, argv, steps, seeds=1, **more):
    """The options of an experiment.

    Args:
        doc: what --help says.
        name: of the experiment; names its folders.
        argv: the arguments, None for the command line's.
        steps: default of --steps.
        seeds: default of --seeds.
        more: further whole-number options of this experiment, name=(default, help).
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--dataset",
        help="folder made by make_dataset (default: built-in characters, drawn now)",
    )
    add("--steps", type=int, default=steps, help="of each run (default: %(default)s)")
    add("--seeds", type=int, default=seeds, help="runs of each (default: %(default)s)")
    add("--batch-size", type=int, default=4, help="section 4: at most 4 (default: 4)")
    add("--size", type=int, default=128, help="pixels trained at (default: 128)")
    add("--count", type=int, default=100, help="characters measured (default: 100)")
    add(
        "--runs", default=f"runs/experiments/{name}",
        help="where the trainings are kept (default: %(default)s)",
    )  # fmt: skip
    add(
        "--out", default=str(ROOT / "docs" / "results" / name),
        help=f"where table, picture and verdict go (default: docs/results/{name})",
    )  # fmt: skip
    add(
        "--mixed-precision", action="store_true",
        help="train in bfloat16; `python -m keras_s2p.benchmark` says which is faster",
    )  # fmt: skip
    add("--quick", action="store_true", help="a smoke test of seconds; shows nothing")
    for name, (default, text) in more.items():
        option = "--" + name.replace("_", "-")
        add(option, type=int, default=default, help=text + " (default: %(default)s)")
    args = parser.parse_args(argv)
    if args.steps < 1 or args.seeds < 1:
        parser.error("--steps and --seeds must be at least 1")
    if args.quick:
        args.steps, args.seeds, args.count, args.batch_size = 4, 1, 2, 2
        args.size = 32
        for name in more:
            setattr(args, name, min(2, getattr(args, name)))
    return args


def run(experiment, args):
    """Runs an experiment and gives its exit code, with one sentence for an error."""
    try:
        os.makedirs(args.out, exist_ok=True)
        args.dataset = args.dataset or draw_dataset(args)
        experiment(args)
    except (ValueError, OSError) as error:
        print(f"experiment: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the same command resumes", file=sys.stderr)
        return 1
    return 0


def draw_dataset(args) -> str:
    """Folder of the built-in characters, drawn if it is not there."""
    count, size = (40, 64) if args.quick else (NUM_CHARACTERS, DRAWN_SIZE)
    folder = os.path.join(os.path.dirname(args.runs), f"characters_{size}")
    options = [folder, "--characters", str(count), "--size", str(size)]
    if make_dataset.main([*options, "--validation-share", "0.2"]):
        raise ValueError(f"{folder}: the dataset could not be made")
    return folder


# Option of the experiments that train hint encoders.
HINT_STEPS = {"hint_steps": (1000, "of each hint encoder's training, by 32 pictures")}


def train_run(args, name, *options, seed=0, steps=None):
    """Trains one variant with train.py, or goes on with it, and gives its folder."""
    folder = os.path.join(args.runs, f"{name}_{seed}")
    every = 2 if args.quick else 255  # the paper averages over 255 iterations
    arguments = [
        "--dataset", args.dataset, "--run-dir", folder, "--seed", seed,
        "--steps", steps or args.steps, "--size", args.size,
        "--batch-size", args.batch_size, "--working-size", args.size,
        "--checkpoint-every", every, "--validation-batches", 4,
        *(QUICK_NETWORK if args.quick else ()),
        *(("--mixed-precision",) if args.mixed_precision else ()),
        *options,
    ]  # fmt: skip
    print(f"== {folder}")
    try:
        code = train.main([str(argument) for argument in arguments])
    finally:
        keras.mixed_precision.set_global_policy("float32")
        keras.backend.clear_session()
    if code:
        raise ValueError(f"{folder}: the training stopped")
    return folder


def pretrain_run(args, hint_size):
    """Trains a hint encoder of hint_size values, or goes on, and gives its folder.

    All sizes begin with the release's convolutions and an fc1 of their own, and have
    --hint-steps steps. Shared by the experiments: they lie beside the runs' folders.
    """
    parent = os.path.dirname(args.runs)
    folder = os.path.join(parent, f"hint_{hint_size}")
    arguments = [
        "--dataset", args.dataset, "--out", folder, "--hint-size", str(hint_size),
        "--steps", str(args.hint_steps),
    ]  # fmt: skip
    if args.quick:
        arguments += ["--batch-size", "2", "--hint-filters", "2"]
    else:
        start = os.path.join(parent, "hint_convolutions")
        write_convolutions(start)
        arguments += ["--initial-weights", start]
    if args.mixed_precision:
        arguments += ["--mixed-precision"]
    path = os.path.join(folder, weights.CONFIG_FILE)
    if not os.path.exists(path):  # it is written at the end
        print(f"== {folder}")
        try:
            code = pretrain_hint.main(arguments)
        finally:
            keras.mixed_precision.set_global_policy("float32")
            keras.backend.clear_session()
        if code:
            raise ValueError(f"{folder}: the training of the hint encoder stopped")
    return folder


def write_convolutions(folder):
    """Writes the release's hint encoder without its fc1."""
    os.makedirs(folder, exist_ok=True)
    with np.load(os.path.join(weights.DEFAULT, weights.HINT_ENCODER_FILE)) as file:
        arrays = {name: file[name] for name in file.files if "fc1" not in name}
    np.savez_compressed(os.path.join(folder, weights.HINT_ENCODER_FILE), **arrays)


def load_encoder(folder):
    """V of a folder that pretrain_run made."""
    config = read_json(GeneratorConfig, os.path.join(folder, weights.CONFIG_FILE))
    return weights.load_hint_encoder(config, folder)


def hint_options(folder):
    """Options of train.py that take the hint encoder of a folder as it is."""
    config = read_json(GeneratorConfig, os.path.join(folder, weights.CONFIG_FILE))
    return [
        "--hint-weights", folder, "--hint-size", config.hint_size,
        "--hint-filters", config.hint_filters,
        "--hint-image-size", config.hint_image_size,
    ]  # fmt: skip


def measure_run(args, folder) -> dict:
    """Numbers of evaluate on characters never trained on, painted at the run's size.

    They are measured again only after the run has gone on.
    """
    out = os.path.join(folder, "evaluation")
    path = os.path.join(out, "results.json")
    generator = os.path.join(folder, weights.GENERATOR_FILE)
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(generator):
        # Neither matched nor calibrated: the networks themselves are compared.
        options = ["--weights", folder, "--out", out, "--count", str(args.count)]
        options += ["--no-palette", "--no-calibration"]
        with contextlib.redirect_stdout(io.StringIO()):
            code = evaluate.main(options)
        if code:
            raise ValueError(f"{folder}: could not be measured")
        keras.backend.clear_session()
    with open(path) as file:
        return json.load(file)["sources"]["characters"]


def measure_columns(results) -> dict:
    """The columns that the tables share, of measure_run's numbers."""
    return {
        "delta_e": results["reference"]["delta_e"],
        "delta_e_shuffled": results["shuffled"]["delta_e"],
        "delta_e_zero_hint": results["zero_hint"]["delta_e"],
        "response": results["response"],
        "ssim": results["reference"]["ssim"],
        "frechet_of_hints": results["reference"]["frechet_of_hints"],
    }


def paint_cases(folder, cases):
    """What the generator itself paints at its working size, lines and all.

    Returns:
        a list of [S, S, 3] uint8; no colour spread and no lines laid over.
    """
    networks = painter.Painter(folder)
    paintings = [paint_plainly(networks, case) for case in cases]
    keras.backend.clear_session()
    return paintings


def paint_plainly(networks, case):
    """What paint_cases gives of one case, by networks that are loaded."""
    sketch = images.resize_uint8(case.sketch, (networks.size,) * 2)
    inputs = {
        "sketch": images.to_float(sketch)[np.newaxis],
        "hint": networks.hint(case.reference),
    }
    painting = networks.generator(inputs, training=False)["painting"]
    return images.to_uint8(painting)[0].numpy()


def read_history(folder) -> dict:
    """Columns of a run's history.csv, one value for each 255 steps."""
    path = os.path.join(folder, "history.csv")
    rows = np.atleast_1d(np.genfromtxt(path, delimiter=",", names=True))
    return {name: rows[name] for name in rows.dtype.names}


def variants_of(args, variants):
    """The (name, settings) to run; the smoke test does with the first and the last."""
    items = list(variants.items())
    return [items[0], items[-1]] if args.quick else items
