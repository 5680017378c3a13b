"""Prints what a linear probe reads from the hint: which part has which colour.

Example: python -m keras_s2p.probe_hint --dataset tfrecords/ --weights weights/compact
         python -m keras_s2p.probe_hint --drawings drawings/

A ridge regression is fitted from the standardised hint to mean colours. It says how
much of a reference's colours can reach the generator at all.

With --dataset: the colours of hair, skin, eyes, clothes and background of characters,
fitted on the train split and measured on the validation split. With --drawings: the
colours of the quarters of the figure, from top to bottom, and of the background of
artists' drawings, recoloured by their parts; fitted on a manifest's rows for training
and measured on those for evaluation, each source counting alike.
"""

import argparse
import os
import sys

import numpy as np
import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.common import console
from keras_s2p.data import dataset, records
from keras_s2p.measuring import drawing_probe, metrics
from keras_s2p.painting import painter

MIN_PIXELS = 8  # of a region, in pictures of the dataset's size
RIDGE = 1.0  # penalty for each example in 1000
CHARACTERS, DRAWINGS = 8000, 300  # to fit on; drawings of each source


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shown = parser.add_mutually_exclusive_group(required=True)
    shown.add_argument("--dataset", help="folder made by make_dataset")
    shown.add_argument(
        "--drawings", help="folder of artists' drawings, yours for example"
    )
    parser.add_argument(
        "--manifest",
        help="CSV file that names them (default: the folder's manifest.csv, if there; "
        "without one, each tenth picture is measured)",
    )
    parser.add_argument(
        "--weights", help="release or run folder (default: the release)"
    )
    parser.add_argument(
        "--vgg-weights", default="imagenet",
        help="Keras's VGG 19 file, for weights of `paper`",
    )  # fmt: skip
    parser.add_argument(
        "--count", type=int,
        help=f"characters to fit on (default: {CHARACTERS}), or drawings of each "
        f"source (default: {DRAWINGS})",
    )  # fmt: skip
    return parser.parse_args(argv)


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        if args.count is not None and args.count < 1:
            raise ValueError("--count: must be at least 1")
        hint = painter.Painter(args.weights, vgg_weights=args.vgg_weights).hint
        if args.drawings:
            probe_drawings(
                hint, args.drawings, find_manifest(args), args.count or DRAWINGS
            )
        else:
            with dataset.explaining_damage(args.dataset):
                probe_characters(hint, args.dataset, args.count or CHARACTERS)
    except (ValueError, OSError) as error:
        console.tell_error("probe_hint", error)
        return 1
    return 0


def find_manifest(args):
    """Path of the manifest, or None for a folder of pictures alone."""
    own = os.path.join(args.drawings, "manifest.csv")
    return args.manifest or (own if os.path.exists(own) else None)


def probe_characters(hint, folder, count):
    """Fits to and measures on characters of a dataset; prints delta-E by region."""
    hints, colours = encode_characters(hint, folder, "train", count)
    probe = fit_probe(hints, colours)
    hints, colours = encode_characters(hint, folder, "validation", count)
    distance = metrics.delta_e(probe(hints), colours)
    print(f"Linear probe of the hint, {len(hints)} characters, mean delta-E (CIE76):")
    for name, values in zip(character.REGIONS, distance.T):
        print(f"  {name:12}{nan_mean(values):6.1f}")
    hair = character.REGIONS.index("hair")
    hue = metrics.hue_difference(colours[:, hair], probe(hints)[:, hair])
    within = nan_mean(np.where(np.isnan(hue), np.nan, hue <= 30))
    print(f"Hair hue within 30 degrees: {within:.0%}")


def probe_drawings(hint, folder, manifest, count):
    """Fits and measures on drawings, and prints delta-E by place and by source.

    Beside each number, in brackets, is that of a guess which knows no hint: the mean
    colour of what was fitted on.
    """
    encode = drawing_probe.encode_drawings
    hints, colours, _ = encode(hint, folder, manifest, "train", count, repeat=True)
    probe, guess = fit_probe(hints, colours), nan_mean(colours, axis=0)
    hints, colours, sources = encode(hint, folder, manifest, "evaluate", count)
    distances = np.stack(
        [metrics.delta_e(each, colours) for each in (probe(hints), guess)]
    )
    print(f"Linear probe of the hint, {len(hints)} drawings, mean delta-E (CIE76):")
    by_source = {
        source: distances[:, [each == source for each in sources]]
        for source in sorted(set(sources))
    }
    for source, values in by_source.items():
        print_pair(source, nan_mean(values, axis=(1, 2)))
    print("Mean of sources, by place:")
    means = np.stack([nan_mean(values, axis=1) for values in by_source.values()])
    for name, values in zip(drawing_probe.PLACES, nan_mean(means, axis=0).T):
        print_pair(name, values)
    print_pair("all places", nan_mean(means, axis=(0, 2)))


def nan_mean(values, axis=None):
    """As numpy.nanmean, without a warning where nothing is known, which is NaN."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0).sum(axis)
    return np.where(known.any(axis), sums / np.maximum(known.sum(axis), 1), np.nan)


def print_pair(name, values):
    """A line of two numbers, the second one in brackets."""
    print(f"  {name:22}{values[0]:6.1f} ({values[1]:.1f})")


def encode_characters(hint, folder, split, count):
    """What the probe is fitted to.

    Args:
        hint: function of a picture [H, W, 3] uint8 that gives [1, hint_size].
        folder: of a dataset.
        split: of it.
        count: characters, at most.

    Returns:
        hints [N, hint_size] and region colours [N, R, 3], NaN where there is none.
    """
    characters_only = (
        dataset.read_examples(folder, split)
        .map(records.parse_example)
        .filter(lambda example: tf.size(example["regions"]) > 0)
        .take(count)
    )
    hints, colours = [], []
    for example in characters_only:
        painting = example["painting"].numpy()
        hints.append(hint(painting)[0])
        colours.append(
            metrics.region_colours(
                painting,
                example["regions"].numpy()[..., 0],
                len(character.REGIONS),
                MIN_PIXELS,
            )
        )
    if not hints:
        raise ValueError(f"{folder}: no character with regions in its {split} split")
    return np.stack(hints), np.stack(colours)


def fit_probe(hints, colours, prepare=None):
    """Ridge regression from hints [N, F] to colours [N, R, 3] with NaN.

    Args:
        hints: [N, F].
        colours: [N, R, 3] in [0, 255].
        prepare: function of hints [N, F] that gives the features; default: standardise.

    Returns:
        a function of hints [M, F] that gives colours [M, R, 3] in [0, 255], NaN for
        a region of which there is no colour.
    """
    prepare = prepare or standardise
    features = prepare(hints)
    weights = []
    for region in range(colours.shape[1]):
        known = ~np.isnan(colours[:, region, 0])
        x, y = features[known], colours[known, region]
        fitted = fit_ridge(x, y, RIDGE * len(x) / 1000)
        weights.append(fitted if known.any() else np.full_like(fitted, np.nan))

    def probe(hints):
        x = prepare(hints)
        predicted = np.stack([x @ each for each in weights], axis=1)
        return np.clip(predicted, 0, 255)

    return probe


def fit_ridge(x, y, penalty):
    """Weights [F, C] of a ridge regression from x [N, F] to y [N, C].

    The smaller of two systems of equations is solved: both give the same.
    """
    if len(x) < x.shape[1]:
        return x.T @ np.linalg.solve(
            x @ x.T + penalty * np.eye(len(x), dtype=x.dtype), y
        )
    penalty = penalty * np.eye(x.shape[1], dtype=x.dtype)
    return np.linalg.solve(x.T @ x + penalty, x.T @ y)


def standardise(hints):
    """As the generator: a hint less its mean, over its deviation; and a constant."""
    centred = hints - hints.mean(axis=1, keepdims=True)
    scaled = centred / (hints.std(axis=1, keepdims=True) + 1e-6)
    return np.concatenate([scaled, np.ones_like(scaled[:, :1])], axis=1)


if __name__ == "__main__":
    sys.exit(main())
