"""Cases: a sketch to paint, after what, and what should come out."""

import collections
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_s2p.characters import character, palettes
from keras_s2p.common import images
from keras_s2p.data import dataset, pipeline, records
from keras_s2p.measuring import metrics

# make_dataset draws from long random numbers, which do not come near these few seeds.
FIRST_SEED = 1_000_000_000
SIZE = 256  # pixels, of the pictures
COLOUR_REGIONS = 8  # of a painting without a map


class Case(NamedTuple):
    """One sketch to paint and what should come out; pictures are uint8."""

    name: str
    source: str
    sketch: np.ndarray  # [H, W, 1]
    reference: np.ndarray  # [h, w, 3]
    truth: np.ndarray  # [H, W, 3]
    regions: np.ndarray  # [H, W] of numbers, or of a drawing's parts [h, w]
    named: bool  # whether the regions are those of character.REGIONS
    group: str = ""  # cases of one group show one character; "": each another one
    crossed: bool = False  # whether the reference is another picture


def find_source(cases, source):
    """Numbers of the cases of a source."""
    return [i for i, case in enumerate(cases) if case.source == source]


def character_cases(count: int, held_out: bool = False) -> list:
    """Cross references with exact truth: characters in another character's palette.

    The other character shows the colours of the first (character.draw_partner).

    Args:
        count: how many.
        held_out: whether drawn in ways that training never shows.
    """
    source = "characters" + ("_held_out" if held_out else "")
    cases = []
    for i in range(count):
        seed = FIRST_SEED + 2 * i
        drawing = character.draw_character(seed, SIZE, held_out=held_out)
        other = character.draw_partner(drawing, seed + 1, SIZE, held_out)
        palette = palettes.random_palette(np.random.default_rng(seed))
        cases.append(
            Case(
                f"{i:06d}",
                source,
                drawing.sketch()[..., np.newaxis],
                other.paint(palette),
                drawing.paint(palette),
                drawing.regions,
                named=True,
                crossed=True,
            )
        )
    return cases


def dataset_cases(folder: str, split: str, count: int) -> list:
    """Pictures of a dataset, by name.

    Args:
        folder: of the dataset.
        split: one of dataset.SPLITS, or "all".
        count: how many of a source, at most.

    Raises:
        ValueError: no such dataset, or nothing in this split.
    """
    cases = []
    for example in _first_examples(folder, split, count):
        source = example["source"].numpy().decode()
        plain = pipeline.prepare_plain(example, SIZE)
        pixels = {name: images.to_uint8(x).numpy() for name, x in plain.items()}
        named = tf.size(example["regions"]) > 0
        if named:
            regions = pipeline.middle_square(example["regions"], SIZE, resize_map)
            regions = regions.numpy()[..., 0]
        else:
            regions = metrics.colour_regions(pixels["painting"], COLOUR_REGIONS)
        cases.append(
            Case(
                example["name"].numpy().decode(),
                source,
                pixels["sketch"],
                pixels["reference"],
                pixels["painting"],
                regions,
                named=bool(named),
                crossed=bool(named),
            )
        )
    return cases


def _first_examples(folder, split, count):
    """Yields the first `count` examples of each source, by name; decodes no other."""
    splits = [split]
    if split == "all":
        index = dataset.load_index(folder)
        splits = [x for x in dataset.SPLITS if dataset.num_examples(index, x)]
    names = [
        (parsed["name"].numpy(), parsed["source"].numpy(), each, number)
        for each in splits
        for number, parsed in enumerate(
            dataset.read_examples(folder, each).map(records.parse_names)
        )
    ]
    chosen, counts = [], collections.Counter()
    for _, source, each, number in sorted(names, key=lambda entry: entry[0]):
        counts[source] += 1
        if counts[source] <= count:
            chosen.append((each, number))
    wanted = set(chosen)
    found = {
        (each, number): serialized
        for each in splits
        for number, serialized in enumerate(dataset.read_examples(folder, each))
        if (each, number) in wanted
    }
    for place in chosen:
        yield records.parse_example(found[place])


def resize_map(regions, shape):
    """Resizes [B, H, W, 1] region numbers to shape (H, W), without mixing them."""
    return tf.image.resize(regions, shape, method="nearest")
