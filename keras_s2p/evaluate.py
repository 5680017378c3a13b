"""Measures whether paintings take the reference's colours, with controls beside.

Example: python -m keras_s2p.evaluate --weights weights/compact --out evaluation/

Without --dataset: built-in characters that no training has seen are painted after
another character that shows the same colours; the truth is known, since the program
can draw the first in the second's palette. With --dataset: the pictures of a dataset
are painted after themselves, mirrored, or after the other drawing in the same colours
if there is one.

The same sketches are painted with shuffled references and with a zero hint, as
controls; and the ceiling is what a network that painted the truth itself would come to
after the enlarging. Writes results.json (numbers by source), gallery.png (sketch,
reference, painting, truth, shuffled, zero hint) and triples.png (the first 32 by name
as sketch, reference of another drawing, painting).
"""

import argparse
import json
import os
import sys

import numpy as np
import tensorflow as tf

from keras_s2p.characters import character, palettes
from keras_s2p.common import contact_sheets, images, picture_files
from keras_s2p.common.config import write_json
from keras_s2p.data import dataset, pipeline, records
from keras_s2p.measuring import measures, metrics
from keras_s2p.painting import layers, painter, stages
from keras_s2p.painting.palette import find_palette

# make_dataset draws from long random numbers, which do not come near these few seeds.
FIRST_SEED = 1_000_000_000
SIZE = 256  # pixels, of the pictures
GALLERY_ROWS = 12
NUM_TRIPLES = 32  # as figure 8, four a row
TRIPLES_CELL = 128  # pixels


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--weights", help="release or run folder (default: the release)")
    add("--out", default="evaluation", help="default: %(default)s")
    add("--dataset", help="measure on the pictures of this dataset")
    add(
        "--split", default="validation", choices=(*dataset.SPLITS, "all"),
        help="of the dataset (default: validation)",
    )  # fmt: skip
    add(
        "--count", type=int, default=200,
        help="characters, or pictures of each source (default: 200)",
    )  # fmt: skip
    add("--held-out", action="store_true", help="ways of drawing never trained on")
    add(
        "--size", type=int,
        help="pixels a side that a square is painted at (default: the weights' own)",
    )  # fmt: skip
    add(
        "--palette", action=argparse.BooleanOptionalAction, default=True,
        help="match the colours to the reference's, as paint.py does",
    )  # fmt: skip
    add(
        "--calibration", action=argparse.BooleanOptionalAction, default=True,
        help="add what a painting of the reference lacks, as paint.py does",
    )  # fmt: skip
    add(
        "--inception-weights",
        help="also the FID, with Keras's InceptionV3 file (no top), or `imagenet`",
    )
    return parser.parse_args(argv)


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        networks = painter.Painter(args.weights, size=args.size)
        inception = measures.load_inception(args.inception_weights)
        if args.dataset:
            cases = dataset_cases(args.dataset, args.split, args.count)
        else:
            cases = character_cases(args.count, args.held_out)
        results = evaluate(
            networks, cases, args.out, args.palette, args.calibration, inception
        )
    except (ValueError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    print(json.dumps(results, indent=2))
    print(f"Written to {args.out}")
    return 0


def evaluate(networks, cases, out, match=True, calibrate=True, inception=None) -> dict:
    """Paints and measures cases; writes results.json, gallery.png and triples.png.

    Args:
        networks: painter.Painter.
        cases: list of measures.Case.
        out: the folder to write.
        match: whether the colours are matched to the reference's palette.
        calibrate: whether what a painting of the reference lacks is added.
        inception: of measures.load_inception, for the FID too.

    Returns:
        what results.json holds.
    """
    encoders = measures.make_encoders(networks, inception)
    paintings = paint_controls(networks, cases, match, calibrate)
    paintings["ceiling"] = [paint_ceiling(networks, case, match) for case in cases]
    results = {
        "painted_at": networks.size,
        "matched_to_palette": match,
        "calibrated": calibrate,
        "sources": measures.measure_sources(encoders, cases, paintings),
    }
    os.makedirs(out, exist_ok=True)
    write = picture_files.write_image
    write(os.path.join(out, "gallery.png"), make_gallery(cases, paintings))
    write(os.path.join(out, "triples.png"), make_triples(cases, paintings))
    write_json(results, os.path.join(out, "results.json"))
    return results


def character_cases(count, held_out=False) -> list:
    """Cross references with exact truth: characters in another character's palette.

    The other character shows the colours of the first (character.draw_partner).
    """
    source = "characters" + ("_held_out" if held_out else "")
    cases = []
    for i in range(count):
        seed = FIRST_SEED + 2 * i
        drawing = character.draw_character(seed, SIZE, held_out=held_out)
        other = character.draw_partner(drawing, seed + 1, SIZE, held_out)
        palette = palettes.random_palette(np.random.default_rng(seed))
        cases.append(
            measures.Case(
                f"{i:06d}",
                source,
                drawing.sketch()[..., np.newaxis],
                other.paint(palette),
                drawing.paint(palette),
                drawing.regions,
                True,
            )
        )
    return cases


def dataset_cases(folder, split, count) -> list:
    """Pictures of a dataset, at most `count` of a source, by name."""
    splits = dataset.SPLITS if split == "all" else [split]
    examples = [
        records.parse_example(serialized)
        for part in splits
        for serialized in dataset.read_examples(folder, part)
    ]
    if not examples:
        raise ValueError(f"{folder}: no example in its {split} split")
    examples.sort(key=lambda example: example["name"].numpy())
    cases, counts = [], {}
    for example in examples:
        source = example["source"].numpy().decode()
        counts[source] = counts.get(source, 0) + 1
        if counts[source] > count:
            continue
        plain = pipeline.prepare_plain(example, SIZE)
        pixels = {name: images.to_uint8(x).numpy() for name, x in plain.items()}
        named = tf.size(example["regions"]) > 0
        if named:
            regions = pipeline.middle_square(example["regions"], SIZE, resize_map)
            regions = regions.numpy()[..., 0]
        else:
            regions = metrics.colour_regions(
                pixels["painting"], measures.COLOUR_REGIONS
            )
        cases.append(
            measures.Case(
                example["name"].numpy().decode(),
                source,
                pixels["sketch"],
                pixels["reference"],
                pixels["painting"],
                regions,
                bool(named),
            )
        )
    return cases


def resize_map(regions, shape):
    """Resizes [B, H, W, 1] region numbers to shape (H, W), without mixing them."""
    return tf.image.resize(regions, shape, method="nearest")


def paint_controls(networks, cases, match=True, calibrate=True) -> dict:
    """Paintings [H, W, 3] uint8 of all cases under each of CONTROLS.

    With `match` the colours are matched to the reference's palette, and with
    `calibrate` what a painting of it lacks is added; a zero hint has neither.
    """
    left_out = [] if match else ["palette"]
    left_out += [] if calibrate else ["calibration"]
    styles = [networks.style(case.reference).without(*left_out) for case in cases]
    by_control = {
        "reference": styles,
        "shuffled": [styles[shuffled_case(i, len(cases))] for i in range(len(cases))],
        "zero_hint": [networks.no_style()] * len(cases),
    }
    return {
        control: [
            np.asarray(networks.paint(case.sketch, style))
            for case, style in zip(cases, by_control[control])
        ]
        for control in measures.CONTROLS
    }


def shuffled_case(i, count):
    """Number of the case whose reference case i gets as its shuffled one.

    Half of all cases away: neighbours by name may show the same character, and the
    pictures of a source the same few colours.
    """
    return (i + count // 2) % count


def paint_ceiling(networks, case, match=True):
    """What Painter makes of the truth, had the generator painted that: [H, W, 3]."""
    truth = images.to_float(case.truth)[tf.newaxis]
    small = images.resize(truth, stages.working_shape(truth.shape[1:3], networks.size))
    palette = find_palette(stages.view_reference(case.reference)[:1])
    sketch = stages.whiten(case.sketch)
    colour, lines = painter.compose(
        small, sketch, palette if match else 0 * palette, 1.0
    )
    return images.to_uint8(layers.lay_lines(colour, lines))[0].numpy()


def make_gallery(cases, paintings):
    """The first cases as rows: sketch, reference, painting, truth and the controls."""
    rows = [
        [case.sketch, case.reference, paintings["reference"][i], case.truth]
        + [paintings["shuffled"][i], paintings["zero_hint"][i]]
        for i, case in enumerate(cases[:GALLERY_ROWS])
    ]
    return contact_sheets.contact_sheet(rows)


def make_triples(cases, paintings):
    """Sketch, reference of another drawing, painting: four triples a row, as figure 8.

    A character's own reference is already another drawing; elsewhere it is the shuffled
    one. Equally many of each source, the first by name.
    """
    sources = sorted({case.source for case in cases})
    share = -(-NUM_TRIPLES // len(sources))
    cells = []
    for source in sources:
        numbers = measures.find_source(cases, source)
        crossed = cases[numbers[0]].named
        for i in numbers[:share]:
            other = cases[i if crossed else shuffled_case(i, len(cases))]
            control = "reference" if crossed else "shuffled"
            cells += [cases[i].sketch, other.reference, paintings[control][i]]
    cells = cells[: 3 * NUM_TRIPLES]
    cells += [None] * (-len(cells) % 12)
    rows = [cells[i : i + 12] for i in range(0, len(cells), 12)]
    return contact_sheets.contact_sheet(rows, TRIPLES_CELL)


if __name__ == "__main__":
    sys.exit(main())
