"""What the experiments share: their settings, and their trainings.

Every run is one of training/run.py, in a folder below --runs, and is resumed or left
alone if the folder is there: an experiment that was stopped goes on with the same
command, and one with more --steps goes on from where it ended.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
from typing import Optional

import keras
import numpy as np

from keras_s2p import evaluate, make_dataset
from keras_s2p.common import config as configs
from keras_s2p.common import console, images, recipes
from keras_s2p.common.config import option
from keras_s2p.measuring.cases import character_cases
from keras_s2p.networks import weights
from keras_s2p.painting.painter import Painter
from keras_s2p.training import hint_run
from keras_s2p.training.run import run as run_training

ROOT = pathlib.Path(__file__).resolve().parent.parent
NUM_CHARACTERS = 2000  # of the built-in dataset
DRAWN_SIZE = 128  # pixels, of its pictures


@dataclasses.dataclass(frozen=True)
class Settings:
    """What an experiment is run with."""

    dataset: Optional[str] = option(
        None, "folder made by make_dataset (default: built-in characters, drawn now)"
    )
    steps: int = option(1000, "of each run")
    seeds: int = option(1, "runs of each")
    batch_size: int = option(4, "pictures a step, section 4: at most 4")
    size: int = option(128, "pixels trained at")
    count: int = option(100, "characters measured")
    runs: Optional[str] = option(
        None, "where the trainings are kept (default: runs/experiments/ and the name)"
    )
    out: Optional[str] = option(
        None,
        "where table, picture and verdict go (default: docs/results/ and the name)",
    )
    mixed_precision: bool = option(
        False,
        "train in bfloat16; `python -m keras_s2p.benchmark` says which is faster",
    )
    quick: bool = option(False, "a smoke test of seconds; shows nothing")


@dataclasses.dataclass(frozen=True)
class HintSettings(Settings):
    """Those of the experiments that train hint encoders."""

    hint_steps: int = option(1000, "of each hint encoder's training, by 32 pictures")


def parse_args(doc, name, defaults, argv):
    """The settings that the command line describes.

    Args:
        doc: what --help says.
        name: of the experiment; names its folders.
        defaults: Settings, or those of this experiment.
        argv: the arguments, None for the command line's.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    configs.add_options(parser, type(defaults), defaults)
    settings = configs.from_args(type(defaults), parser.parse_args(argv))
    if settings.steps < 1 or settings.seeds < 1:
        parser.error("--steps and --seeds must be at least 1")
    settings = dataclasses.replace(
        settings,
        runs=settings.runs or f"runs/experiments/{name}",
        out=settings.out or str(ROOT / "docs" / "results" / name),
    )
    return make_quick(settings) if settings.quick else settings


def make_quick(settings):
    """The settings of the smoke test."""
    own = {field.name for field in dataclasses.fields(settings)}
    own -= {field.name for field in dataclasses.fields(Settings)}
    few = {name: min(2, getattr(settings, name)) for name in own}
    return dataclasses.replace(
        settings, steps=4, seeds=1, count=2, batch_size=2, size=32, **few
    )


def run(experiment, settings):
    """Runs an experiment and gives its exit code, with one sentence for an error."""
    try:
        os.makedirs(settings.out, exist_ok=True)
        folder = settings.dataset or draw_dataset(settings)
        experiment(dataclasses.replace(settings, dataset=folder))
    except (ValueError, OSError) as error:
        console.tell(f"experiment: {error}")
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the same command resumes", file=sys.stderr)
        return 1
    return 0


def draw_dataset(settings) -> str:
    """Folder of the built-in characters, drawn if it is not there."""
    count, size = (40, 64) if settings.quick else (NUM_CHARACTERS, DRAWN_SIZE)
    folder = os.path.join(os.path.dirname(settings.runs), f"characters_{size}")
    config = configs.DatasetConfig(characters=count, size=size, validation_share=0.2)
    make_dataset.make(folder, config)
    return folder


def train_run(settings, name, recipe, seed=0, steps=None, **begin):
    """Trains one variant, or goes on with it, and gives its folder.

    Args:
        settings: Settings.
        name: of the variant.
        recipe: recipes.Recipe, of which size and length are replaced.
        seed: of the run.
        steps: if others than those of the settings.
        begin: fields of RunConfig: where the first weights lie.
    """
    folder = os.path.join(settings.runs, f"{name}_{seed}")
    recipe = recipe.replace(
        seed=seed,
        steps=steps or settings.steps,
        size=settings.size,
        working_size=settings.size,
        batch_size=settings.batch_size,
        mixed_precision=settings.mixed_precision,
    )
    if settings.quick:
        recipe = recipe.replace(checkpoint_every=2, **recipes.QUICK_NETWORK)
    print(f"== {folder}")
    run_config = configs.RunConfig(settings.dataset, folder, **begin)
    try:
        run_training(run_config, recipe.generator, recipe.training)
    finally:
        keras.backend.clear_session()
    return folder


def pretrain_run(settings, hint_size):
    """Trains a hint encoder of hint_size values, or goes on, and gives its folder.

    All sizes begin with the release's convolutions and an fc1 of their own, and have
    --hint-steps steps. Shared by the experiments: they lie beside the runs' folders.
    """
    parent = os.path.dirname(settings.runs)
    folder = os.path.join(parent, f"hint_{hint_size}")
    if os.path.exists(os.path.join(folder, weights.CONFIG_FILE)):
        return folder  # it is written at the end
    config = configs.HintTrainConfig(
        settings.dataset, folder, steps=settings.hint_steps,
        mixed_precision=settings.mixed_precision,
    )  # fmt: skip
    network = dataclasses.replace(configs.PRESETS["compact"], hint_size=hint_size)
    if settings.quick:
        config = dataclasses.replace(config, batch_size=2)
        network = dataclasses.replace(network, hint_filters=2)
    else:
        start = os.path.join(parent, "hint_convolutions")
        write_convolutions(start)
        config = dataclasses.replace(config, initial_weights=start)
    print(f"== {folder}")
    try:
        hint_run.pretrain(config, network)
    finally:
        keras.backend.clear_session()
    return folder


def write_convolutions(folder):
    """Writes the release's hint encoder without its fc1."""
    os.makedirs(folder, exist_ok=True)
    with np.load(os.path.join(weights.DEFAULT, weights.HINT_ENCODER_FILE)) as file:
        arrays = {name: file[name] for name in file.files if "fc1" not in name}
    np.savez_compressed(os.path.join(folder, weights.HINT_ENCODER_FILE), **arrays)


def read_config(folder):
    """The GeneratorConfig of a run or of what pretrain_run made."""
    path = os.path.join(folder, weights.CONFIG_FILE)
    return configs.read_json(configs.GeneratorConfig, path)


def load_encoder(folder):
    """V of a folder that pretrain_run made."""
    return weights.load_hint_encoder(read_config(folder), folder)


def take_encoder(recipe, folder):
    """A recipe with the size of the hint encoder that pretrain_run made in a folder."""
    config = read_config(folder)
    return recipe.replace(
        hint_size=config.hint_size,
        hint_filters=config.hint_filters,
        hint_image_size=config.hint_image_size,
    )


def measure_run(settings, folder) -> dict:
    """Numbers of evaluate on characters never trained on, painted at the run's size.

    They are measured again only after the run has gone on.
    """
    out = os.path.join(folder, "evaluation")
    path = os.path.join(out, "results.json")
    generator = os.path.join(folder, weights.GENERATOR_FILE)
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(generator):
        cases = character_cases(settings.count)
        # Neither matched nor carried over: the networks themselves are compared.
        painter = Painter(folder)
        evaluate.evaluate(painter, cases, out, match=False, carry=False)
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
    painter = Painter(folder)
    paintings = [paint_plainly(painter, case) for case in cases]
    keras.backend.clear_session()
    return paintings


def paint_plainly(painter, case):
    """What paint_cases gives of one case, by networks that are loaded."""
    sketch = images.resize_uint8(case.sketch, (painter.size,) * 2)
    inputs = {
        "sketch": images.to_float(sketch)[np.newaxis],
        "hint": painter.hint(case.reference),
    }
    painting = painter.generator(inputs, training=False)["painting"]
    return images.to_uint8(painting)[0].numpy()


def read_history(folder) -> dict:
    """Columns of a run's history.csv, one value for each 255 steps."""
    path = os.path.join(folder, "history.csv")
    rows = np.atleast_1d(np.genfromtxt(path, delimiter=",", names=True))
    return {name: rows[name] for name in rows.dtype.names}


def variants_of(settings, variants):
    """The (name, settings) to run; the smoke test does with the first and the last."""
    items = list(variants.items())
    return [items[0], items[-1]] if settings.quick else items
