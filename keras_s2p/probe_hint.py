"""Prints what a linear probe reads from the hint: the colour of each region.

Example: python -m keras_s2p.probe_hint --dataset tfrecords/ --weights weights/compact

A ridge regression is fitted from the standardised hint to the mean colours of hair,
skin, eyes, clothes and background on the characters of the train split, and measured on
those of the validation split. It says how much of a reference's colours can reach the
generator at all.
"""

import argparse
import sys

import numpy as np
import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.data import dataset, records
from keras_s2p.measuring import metrics
from keras_s2p.painting import painter

MIN_PIXELS = 8  # of a region, in pictures of the dataset's size
RIDGE = 1.0  # penalty for each example in 1000


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", required=True, help="folder made by make_dataset")
    parser.add_argument(
        "--weights", help="release or run folder (default: the release)"
    )
    parser.add_argument(
        "--count", type=int, default=8000, help="characters to fit on (default: 8000)"
    )
    return parser.parse_args(argv)


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        hint = painter.Painter(args.weights).hint
        hints, colours = encode_characters(hint, args.dataset, "train", args.count)
        probe = fit_probe(hints, colours)
        hints, colours = encode_characters(hint, args.dataset, "validation", args.count)
    except (ValueError, OSError) as error:
        print(f"probe_hint: {error}", file=sys.stderr)
        return 1
    distance = metrics.delta_e(probe(hints), colours)
    print(f"Linear probe of the hint, {len(hints)} characters, mean delta-E (CIE76):")
    for name, values in zip(character.REGIONS, distance.T):
        print(f"  {name:12}{np.nanmean(values):6.1f}")
    hair = character.REGIONS.index("hair")
    hue = metrics.hue_difference(colours[:, hair], probe(hints)[:, hair])
    within = np.mean(hue[~np.isnan(hue)] <= 30)
    print(f"Hair hue within 30 degrees: {within:.0%}")
    return 0


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
        a function of hints [M, F] that gives colours [M, R, 3] in [0, 255].
    """
    prepare = prepare or standardise
    features = prepare(hints)
    weights = []
    for region in range(colours.shape[1]):
        known = ~np.isnan(colours[:, region, 0])
        x, y = features[known], colours[known, region]
        weights.append(fit_ridge(x, y, RIDGE * len(x) / 1000))

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
