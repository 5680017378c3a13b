"""Measures whether paintings take the reference's colours, with controls beside.

Example: python -m keras_s2p.evaluate --weights weights/compact --out evaluation/

Built-in characters that no training has seen are painted after another character; the
truth is known, since the program can draw the first in the second's palette. The same
sketches are painted with shuffled references and with a zero hint, as controls.
With --dataset the validation pictures are painted after themselves, flipped.
Writes results.json and gallery.png.
"""

import argparse
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from keras_s2p import (  # noqa: E402
    characters,
    dataset,
    images,
    metrics,
    painter,
    pipeline,
)

# make_dataset draws from 48-bit hashes, which do not come near these few seeds.
FIRST_SEED = 1_000_000_000
SIZE = 256  # pixels, of the pictures
CONTROLS = ("reference", "shuffled", "zero_hint")
GALLERY_ROWS = 12


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--weights", help="release or run folder (default: the release)"
    )
    parser.add_argument("--out", default="evaluation", help="default: %(default)s")
    parser.add_argument("--dataset", help="measure on this dataset's validation split")
    parser.add_argument(
        "--count", type=int, default=200, help="characters or pictures (default: 200)"
    )
    parser.add_argument(
        "--held-out", action="store_true", help="ways of drawing never trained on"
    )
    parser.add_argument(
        "--size", type=int,
        help="short side painted at in pixels (default: the weights' own)",
    )  # fmt: skip
    return parser.parse_args(argv)


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        networks = painter.Painter(args.weights, size=args.size)
        if args.dataset:
            results, gallery = evaluate_dataset(networks, args)
        else:
            results, gallery = evaluate_characters(networks, args)
        os.makedirs(args.out, exist_ok=True)
        images.write_image(os.path.join(args.out, "gallery.png"), gallery)
        with open(os.path.join(args.out, "results.json"), "w") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
    except (ValueError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    print(json.dumps(results, indent=2))
    print(f"Written to {args.out}")
    return 0


def evaluate_characters(networks, args):
    """Cross references with exact truth.

    Returns:
        results: dict of numbers; each measure has a value for each of CONTROLS.
        gallery: [H, W, 3] uint8; a row shows sketch, reference, painting, truth,
            painting under a shuffled reference and painting under a zero hint.
    """
    sketches, references, truths, regions = [], [], [], []
    for i in range(args.count):
        seed = FIRST_SEED + 2 * i
        drawing = characters.draw_character(seed, SIZE, held_out=args.held_out)
        other = characters.draw_character(seed + 1, SIZE, held_out=args.held_out)
        palette = characters.random_palette(np.random.default_rng(seed))
        sketches.append(drawing.sketch()[..., np.newaxis])
        references.append(other.paint(palette))
        truths.append(drawing.paint(palette))
        regions.append(drawing.regions)

    hints = np.concatenate([networks.hint(reference) for reference in references])
    paintings = paint_controls(networks, sketches, hints)
    results = {
        "characters": args.count,
        "held_out_ways_of_drawing": args.held_out,
        "painted_at": networks.size,
    }
    for control in CONTROLS:
        results[control] = measure_regions(paintings[control], truths, regions)
    distances = [
        metrics.delta_e(*pair)
        for pair in zip(
            all_region_colours(paintings["reference"], regions),
            all_region_colours(paintings["shuffled"], regions),
        )
    ]
    results["response"] = mean_or_none(np.concatenate(distances))
    columns = [np.repeat(np.array(sketches), 3, axis=-1), references]
    columns += [paintings["reference"], truths]
    columns += [paintings["shuffled"], paintings["zero_hint"]]
    return results, make_gallery(columns)


def measure_regions(paintings, truths, regions):
    """Delta-E by region, hair hue within 30 degrees, and L1 in [0, 1]."""
    painted = all_region_colours(paintings, regions)  # [N, R, 3]
    true = all_region_colours(truths, regions)
    distance = metrics.delta_e(painted, true)  # [N, R]
    hair = characters.REGIONS.index("hair")
    hue = metrics.hue_difference(true[:, hair], painted[:, hair])
    hue = hue[~np.isnan(hue)]
    errors = [
        np.abs(painting.astype(float) - truth).mean() / 255
        for painting, truth in zip(paintings, truths)
    ]
    by_region = {
        name: mean_or_none(distance[:, i]) for i, name in enumerate(characters.REGIONS)
    }
    main = [by_region[name] for name in ("hair", "skin", "clothes", "background")]
    main = [value for value in main if value is not None]
    return {
        "delta_e": round(float(np.mean(main)), 2),
        "delta_e_by_region": by_region,
        "hair_hue_within_30_degrees": round(float(np.mean(hue <= 30)), 3),
        "hair_hue_counted": len(hue),
        "l1": round(float(np.mean(errors)), 4),
    }


def mean_or_none(values):
    """Mean of the values that are known, None (null in JSON) if none is."""
    known = values[~np.isnan(values)]
    return round(float(known.mean()), 2) if len(known) else None


def all_region_colours(paintings, regions):
    """[N, R, 3] mean colours, NaN where a picture lacks a region."""
    return np.stack(
        [
            metrics.region_colours(painting, region, len(characters.REGIONS))
            for painting, region in zip(paintings, regions)
        ]
    )


def evaluate_dataset(networks, args):
    """Validation pictures painted after themselves, by source.

    The reference is another drawing in the same colours where the dataset has one,
    otherwise the painting mirrored; see pipeline.prepare_plain.

    Returns:
        results: source to control to dict of l1, psnr, ssim and ms_ssim.
        gallery: as evaluate_characters.
    """
    examples = [
        dataset.parse_example(serialized)
        for serialized in dataset.read_examples(
            args.dataset, "validation", seed=0
        ).take(min(args.count, count_validation(args.dataset)))
    ]
    sources = np.array([example["source"].numpy().decode() for example in examples])
    plain = [pipeline.prepare_plain(example, SIZE) for example in examples]
    pictures = {
        name: [images.to_uint8(example[name]).numpy() for example in plain]
        for name in ("sketch", "painting", "reference")
    }
    hints = np.concatenate([networks.hint(x) for x in pictures["reference"]])
    paintings = paint_controls(networks, pictures["sketch"], hints)
    results = {}
    for source in sorted(set(sources)):
        chosen = np.flatnonzero(sources == source)
        results[source] = {"pictures": len(chosen)}
        for control in CONTROLS:
            results[source][control] = measure_pictures(
                [paintings[control][i] for i in chosen],
                [pictures["painting"][i] for i in chosen],
            )
    columns = [np.repeat(np.array(pictures["sketch"]), 3, axis=-1)]
    columns += [pictures["reference"], paintings["reference"], pictures["painting"]]
    columns += [paintings["shuffled"], paintings["zero_hint"]]
    return results, make_gallery(columns)


def count_validation(folder):
    """Number of validation examples of a dataset."""
    return dataset.num_examples(dataset.load_index(folder), "validation")


def measure_pictures(paintings, truths):
    """Mean L1 in [0, 1], PSNR in dB, SSIM and MS-SSIM of pictures [H, W, 3] uint8."""
    painted, true = np.stack(paintings), np.stack(truths)
    measures = {
        "l1": np.abs(painted.astype(float) - true) / 255,
        "psnr": tf.image.psnr(painted, true, 255),
        "ssim": tf.image.ssim(painted, true, 255),
        "ms_ssim": tf.image.ssim_multiscale(painted, true, 255),
    }
    return {name: round(float(np.mean(x)), 4) for name, x in measures.items()}


def paint_controls(networks, sketches, hints):
    """Paintings under each of CONTROLS: the right hints, shuffled ones and zero."""
    by_control = {
        "reference": hints,
        "shuffled": np.roll(hints, 1, axis=0),
        "zero_hint": np.zeros_like(hints),
    }
    return {
        control: paint_all(networks, sketches, by_control[control])
        for control in CONTROLS
    }


def paint_all(networks, sketches, hints):
    """Paints each sketch [H, W, 1] with its hint: a list of [H, W, 3] uint8."""
    return [
        np.asarray(networks.paint(sketch, hint=hint[np.newaxis]))
        for sketch, hint in zip(sketches, hints)
    ]


def make_gallery(columns):
    """The first rows of each column of pictures, as one picture."""
    rows = [np.concatenate(row, axis=1) for row in zip(*columns)]
    return np.concatenate(rows[:GALLERY_ROWS], axis=0)


if __name__ == "__main__":
    sys.exit(main())
