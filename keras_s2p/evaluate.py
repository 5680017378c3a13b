"""Measures whether paintings take the reference's colours, with controls beside.

Example: python -m keras_s2p.evaluate --weights weights/compact --out evaluation/

Without --dataset or --drawings: built-in characters that no training has seen are
painted after another character that shows the same colours; the truth is known, since
the program can draw the first in the second's palette. With --dataset: the pictures of
a dataset are painted after themselves, mirrored, or after the other drawing in the same
colours if there is one. With --drawings: artists' drawings are painted after another
picture of the same character, mirrored, moved and made smaller, and compared with the
artist's own colouring by its parts; with --recoloured both are in new colours. With
--clicks as well, the worst area of each painting gets a colour hint, again and again,
and clicks.json says how far that mends it, and how far plain flood fill does.

The same sketches are painted with shuffled references and with a zero hint, as
controls; and the ceiling is what a network that painted the truth itself would come to
after the enlarging. Writes results.json (numbers by source), gallery.png (sketch,
reference, painting, truth, shuffled, zero hint) and triples.png (32 as sketch,
reference of another drawing, painting).
"""

import argparse
import json
import os
import sys

import tensorflow as tf

from keras_s2p.apps import job_checks
from keras_s2p.common import console, images, json_files, picture_files
from keras_s2p.common.config import write_json
from keras_s2p.data import dataset
from keras_s2p.measuring import clicks, drawing_measures, galleries, measures
from keras_s2p.measuring.cases import character_cases, dataset_cases
from keras_s2p.measuring.controls import CONTROLS, paint_controls
from keras_s2p.measuring.drawing_cases import drawing_cases
from keras_s2p.painting import frame, layers, stages
from keras_s2p.painting.painter import Painter, compose
from keras_s2p.painting.palette import find_palette

RESULTS, CLICKS, SHEETS = "results.json", "clicks.json", ("gallery.png", "triples.png")


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--weights", help="release or run folder (default: the release)")
    add(
        "--vgg-weights", default="imagenet",
        help="Keras's VGG 19 file, for weights of `paper`",
    )  # fmt: skip
    add("--out", default="evaluation", help="default: %(default)s")
    add("--dataset", help="measure on the pictures of this dataset")
    add(
        "--split", default="validation", choices=(*dataset.SPLITS, "all"),
        help="of the dataset (default: validation)",
    )  # fmt: skip
    add("--drawings", help="measure on the artists' drawings in this folder")
    add("--manifest", help="CSV file that names them (default: the folder's)")
    add("--use", default="evaluate", help="its rows to take (default: %(default)s)")
    add(
        "--own-reference", action="store_true",
        help="paint each drawing after itself, mirrored and moved",
    )  # fmt: skip
    add(
        "--recoloured", action="store_true",
        help="drawings in new colours, the same ones for the reference",
    )  # fmt: skip
    add(
        "--clicks", action="store_true",
        help="how many colour hints mend a painting of --drawings, and nothing else",
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
        "--correspondence", action=argparse.BooleanOptionalAction, default=True,
        help="carry colours between like places, as paint.py does",
    )  # fmt: skip
    add(
        "--inception-weights",
        help="also the FID, with Keras's InceptionV3 file (no top), or `imagenet`",
    )
    return parser.parse_args(argv)


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        if args.clicks and not args.drawings:
            raise ValueError("--clicks: needs --drawings")
        check_out(args.out, args.clicks)
        if args.count < 1:
            raise ValueError("--count: must be at least 1")
        keep = 1 if args.clicks else 0  # each hint is for the same painting
        painter = Painter(args.weights, args.size, args.vgg_weights, keep=keep)
        if args.clicks:
            results = clicks.measure_clicks(painter, find_cases(args))
            os.makedirs(args.out, exist_ok=True)
            write_json(results, os.path.join(args.out, CLICKS))
            print(clicks.format_table(results))
            return 0
        inception = measures.load_inception(args.inception_weights)
        results = evaluate(
            painter, find_cases(args), args.out, args.palette, args.correspondence,
            inception, bool(args.drawings),
        )  # fmt: skip
    except (ValueError, OSError) as error:
        console.tell_error("evaluate", error)
        return 1
    print(json.dumps(results, indent=2))
    if args.drawings:
        print(drawing_measures.format_table(results["sources"], CONTROLS))
    console.say(f"Written to {args.out}")
    return 0


def check_out(folder: str, as_clicks: bool = False):
    """Raises ValueError if a folder holds files of the names that are written.

    Or if it can be none, or not be written to, which would be told after minutes. Those
    of an earlier evaluation may be replaced.

    Args:
        folder: that is written to.
        as_clicks: whether it is clicks that are measured.
    """
    job_checks.check_writable(folder)
    names, keys = (RESULTS, *SHEETS), ("painted_at", "sources")
    if as_clicks:
        names, keys = (CLICKS,), (clicks.MEAN,)
    if is_own(os.path.join(folder, names[0]), keys):
        return
    for name in names:
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            raise ValueError(f"--out: {path} is no evaluation's; choose another folder")


def is_own(path: str, keys: tuple) -> bool:
    """Whether a file holds the results of an evaluation, which has these keys."""
    if not os.path.exists(path):
        return False
    try:
        with json_files.reading(path) as found:
            return set(keys) <= set(found)
    except ValueError:
        return False


def find_cases(args) -> list:
    """The cases that the options ask for."""
    if args.drawings:
        manifest = args.manifest or os.path.join(args.drawings, "manifest.csv")
        return drawing_cases(
            args.drawings, manifest, args.use, args.count, args.own_reference,
            args.recoloured,
        )  # fmt: skip
    if args.dataset:
        with dataset.explaining_damage(args.dataset):
            return dataset_cases(args.dataset, args.split, args.count)
    return character_cases(args.count, args.held_out)


def evaluate(
    painter, cases, out, match=True, carry=True, inception=None, drawings=False
) -> dict:
    """Paints and measures cases; writes results.json, gallery.png and triples.png.

    Args:
        painter: Painter.
        cases: list of cases.Case.
        out: the folder to write.
        match: whether the colours are matched to the reference's palette.
        carry: whether colours are carried from the reference's like places.
        inception: of measures.load_inception, for the FID too.
        drawings: whether the cases are those of drawing_cases.

    Returns:
        what results.json holds.
    """
    paintings = paint_controls(painter, cases, match, carry)
    paintings["ceiling"] = [paint_ceiling(painter, case, match) for case in cases]
    if drawings:
        sources = drawing_measures.measure_drawings(cases, paintings)
    else:
        encoders = measures.make_encoders(painter, inception)
        sources = measures.measure_sources(encoders, cases, paintings)
    results = {
        "painted_at": painter.size,
        "matched_to_palette": match,
        "carried": carry,
        "sources": sources,
    }
    os.makedirs(out, exist_ok=True)
    write_json(results, os.path.join(out, RESULTS))  # first: check_out looks for it
    for name, make in zip(SHEETS, (galleries.make_gallery, galleries.make_triples)):
        picture_files.write_image(os.path.join(out, name), make(cases, paintings))
    return results


def paint_ceiling(painter, case, match=True):
    """What Painter makes of the truth, had the generator painted that: [H, W, 3]."""
    sketch = stages.whiten(case.sketch)
    _, box = frame.cut_figure(sketch)
    top, left, bottom, right = box.numpy()
    truth = images.to_float(case.truth[top:bottom, left:right])[tf.newaxis]
    small = images.resize(truth, stages.working_shape(truth.shape[1:3], painter.size))
    small = frame.put_back(small, box, sketch.shape[1:3], painter.size)
    palette = find_palette(stages.view_reference(case.reference)[:1])
    palette = palette if match else 0 * palette
    colour, lines = compose(small, small, sketch, palette, 1.0)
    return images.to_uint8(layers.lay_lines(colour, lines))[0].numpy()


if __name__ == "__main__":
    sys.exit(main())
