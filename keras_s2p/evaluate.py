"""Measures whether paintings take the reference's colours, with controls beside.

Example: python -m keras_s2p.evaluate --weights weights/compact --out evaluation/

Without --dataset: built-in characters that no training has seen are painted after
another character; the truth is known, since the program can draw the first in the
second's palette. With --dataset: the pictures of a dataset are painted after
themselves, mirrored, or after the other drawing in the same colours if there is one.

The same sketches are painted with shuffled references and with a zero hint, as
controls. Writes results.json (numbers by source), gallery.png (sketch, reference,
painting, truth, shuffled, zero hint) and triples.png (the first 32 by name as sketch,
reference of another drawing, painting).
"""

import argparse
import json
import os
import sys
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from keras_s2p import (  # noqa: E402
    characters,
    compose,
    dataset,
    images,
    metrics,
    painter,
    pipeline,
)

# make_dataset draws from 48-bit hashes, which do not come near these few seeds.
FIRST_SEED = 1_000_000_000
SIZE = 256  # pixels, of the pictures
INCEPTION_SIZE = 299  # pixels, what InceptionV3 was trained on
CONTROLS = ("reference", "shuffled", "zero_hint")
MAIN_REGIONS = ("hair", "skin", "clothes", "background")
COLOUR_REGIONS = 8  # of a painting without a map
GALLERY_ROWS = 12
NUM_TRIPLES = 32  # as figure 8, four a row


class Case(NamedTuple):
    """One sketch to paint and what should come out; pictures are uint8."""

    name: str
    source: str
    sketch: np.ndarray  # [H, W, 1]
    reference: np.ndarray  # [h, w, 3]
    truth: np.ndarray  # [H, W, 3]
    regions: np.ndarray  # [H, W]
    named: bool  # whether the regions are those of characters.REGIONS


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
        help="short side painted at in pixels (default: the weights' own)",
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
        encoders = make_encoders(networks, load_inception(args.inception_weights))
        cases = dataset_cases(args) if args.dataset else character_cases(args)
        paintings = paint_controls(networks, cases)
        results = {
            "painted_at": networks.size,
            "sources": measure_sources(encoders, cases, paintings),
        }
        os.makedirs(args.out, exist_ok=True)
        write = images.write_image
        write(os.path.join(args.out, "gallery.png"), make_gallery(cases, paintings))
        write(os.path.join(args.out, "triples.png"), make_triples(cases, paintings))
        with open(os.path.join(args.out, "results.json"), "w") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
    except (ValueError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    print(json.dumps(results, indent=2))
    print(f"Written to {args.out}")
    return 0


def character_cases(args) -> list:
    """Cross references with exact truth: characters in another character's palette."""
    source = "characters" + ("_held_out" if args.held_out else "")
    cases = []
    for i in range(args.count):
        seed = FIRST_SEED + 2 * i
        drawing = characters.draw_character(seed, SIZE, held_out=args.held_out)
        other = characters.draw_character(seed + 1, SIZE, held_out=args.held_out)
        palette = characters.random_palette(np.random.default_rng(seed))
        cases.append(
            Case(
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


def dataset_cases(args) -> list:
    """Pictures of a dataset, at most args.count of a source, by name."""
    splits = dataset.SPLITS if args.split == "all" else [args.split]
    examples = [
        dataset.parse_example(serialized)
        for split in splits
        for serialized in dataset.read_examples(args.dataset, split)
    ]
    if not examples:
        raise ValueError(f"{args.dataset}: no example in its {args.split} split")
    examples.sort(key=lambda example: example["name"].numpy())
    cases, counts = [], {}
    for example in examples:
        source = example["source"].numpy().decode()
        counts[source] = counts.get(source, 0) + 1
        if counts[source] > args.count:
            continue
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
                bool(named),
            )
        )
    return cases


def resize_map(regions, shape):
    """Resizes [B, H, W, 1] region numbers to shape (H, W), without mixing them."""
    return tf.image.resize(regions, shape, method="nearest")


def paint_controls(networks, cases) -> dict:
    """Paintings [H, W, 3] uint8 of all cases under each of CONTROLS.

    A shuffled reference is that of the case before, of the same source where it can.
    """
    hints = np.concatenate([networks.hint(case.reference) for case in cases])
    shuffled = np.empty_like(hints)
    for source in sorted({case.source for case in cases}):
        chosen = find_source(cases, source)
        shuffled[chosen] = np.roll(hints[chosen], 1, axis=0)
    by_control = {
        "reference": hints,
        "shuffled": shuffled,
        "zero_hint": np.zeros_like(hints),
    }
    return {
        control: [
            np.asarray(networks.paint(case.sketch, hint=hint[np.newaxis]))
            for case, hint in zip(cases, by_control[control])
        ]
        for control in CONTROLS
    }


def find_source(cases, source):
    """Numbers of the cases of a source."""
    return [i for i, case in enumerate(cases) if case.source == source]


def measure_sources(encoders, cases, paintings) -> dict:
    """Source to its numbers: each of CONTROLS, and the response."""
    results = {}
    for source in sorted({case.source for case in cases}):
        numbers = find_source(cases, source)
        chosen = [cases[i] for i in numbers]
        painted = {
            control: [paintings[control][i] for i in numbers] for control in CONTROLS
        }
        truths = [case.truth for case in chosen]
        distributions = measure_distributions(encoders, painted, truths)
        results[source] = {"pictures": len(chosen)}
        for control in CONTROLS:
            results[source][control] = {
                **measure_pictures(painted[control], truths),
                **measure_regions(painted[control], chosen),
                **distributions[control],
            }
        apart = metrics.delta_e(
            all_region_colours(painted["reference"], chosen),
            all_region_colours(painted["shuffled"], chosen),
        )
        results[source]["response"] = mean_or_none(apart)
    return results


def measure_pictures(paintings, truths) -> dict:
    """Mean L1 in [0, 1], PSNR in dB, SSIM and MS-SSIM of pictures [H, W, 3] uint8."""
    painted, true = np.stack(paintings), np.stack(truths)
    measures = {
        "l1": np.abs(painted.astype(float) - true) / 255,
        "psnr": tf.image.psnr(painted, true, 255),
        "ssim": tf.image.ssim(painted, true, 255),
        "ms_ssim": tf.image.ssim_multiscale(painted, true, 255),
    }
    return {name: round(float(np.mean(x)), 4) for name, x in measures.items()}


def measure_regions(paintings, cases) -> dict:
    """Delta-E; by region, and hair hue within 30 degrees, where regions have names."""
    painted = all_region_colours(paintings, cases)  # [N, R, 3]
    true = all_region_colours([case.truth for case in cases], cases)
    distance = metrics.delta_e(painted, true)  # [N, R]
    if not all(case.named for case in cases):
        return {"delta_e": mean_or_none(distance)}
    by_region = {
        name: mean_or_none(distance[:, i]) for i, name in enumerate(characters.REGIONS)
    }
    main = [by_region[name] for name in MAIN_REGIONS if by_region[name] is not None]
    hair = characters.REGIONS.index("hair")
    hue = metrics.hue_difference(true[:, hair], painted[:, hair])
    hue = hue[~np.isnan(hue)]
    return {
        "delta_e": round(float(np.mean(main)), 2) if main else None,
        "delta_e_by_region": by_region,
        "hair_hue_within_30_degrees": (
            round(float(np.mean(hue <= 30)), 3) if len(hue) else None
        ),
        "hair_hue_counted": len(hue),
    }


def mean_or_none(values):
    """Mean of the values that are known, None (null in JSON) if none is."""
    known = values[~np.isnan(values)]
    return round(float(known.mean()), 2) if len(known) else None


def all_region_colours(paintings, cases):
    """[N, R, 3] mean colours, NaN where a picture lacks a region."""
    num_regions = max(len(characters.REGIONS), COLOUR_REGIONS)
    return np.stack(
        [
            metrics.region_colours(painting, case.regions, num_regions)
            for painting, case in zip(paintings, cases)
        ]
    )


def make_encoders(networks, inception) -> dict:
    """Measure to the function of a picture [H, W, 3] uint8 whose features it takes."""
    encoders = {"frechet_of_hints": lambda pixels: networks.hint(pixels)[0]}
    if inception is not None:
        encoders["fid"] = lambda pixels: encode_inception(inception, pixels)
    return encoders


def measure_distributions(encoders, paintings, truths) -> dict:
    """Frechet distances of the paintings of each control to the truths."""
    results = {control: {} for control in paintings}
    for name, encode in encoders.items():
        true = np.stack([encode(truth) for truth in truths])
        for control, painted in paintings.items():
            results[control][name] = None  # of one picture there is no distribution
            if len(truths) > 1:
                features = np.stack([encode(painting) for painting in painted])
                distance = metrics.frechet_distance(features, true)
                results[control][name] = round(distance, 2)
    return results


def load_inception(source):
    """InceptionV3 up to its average pooling, or None without a source."""
    if source is None:
        return None
    try:
        return keras.applications.InceptionV3(
            include_top=False, pooling="avg", weights=source
        )
    except Exception as error:  # network, hash and HDF5 errors share no base class
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"--inception-weights {source}: can not be loaded ({reason})"
        ) from None


def encode_inception(inception, pixels):
    """[H, W, 3] uint8 to InceptionV3's 2048 features."""
    large = images.resize(images.to_float(pixels)[tf.newaxis], [INCEPTION_SIZE] * 2)
    return inception(large, training=False)[0].numpy()


def make_gallery(cases, paintings):
    """The first cases as rows: sketch, reference, painting, truth and the controls."""
    rows = [
        [case.sketch, case.reference, paintings["reference"][i], case.truth]
        + [paintings["shuffled"][i], paintings["zero_hint"][i]]
        for i, case in enumerate(cases[:GALLERY_ROWS])
    ]
    return compose.contact_sheet(rows)


def make_triples(cases, paintings):
    """Sketch, reference of another drawing, painting: four triples a row, as figure 8.

    A character's own reference is already another drawing; elsewhere it is the shuffled
    one. Equally many of each source, the first by name.
    """
    sources = sorted({case.source for case in cases})
    share = -(-NUM_TRIPLES // len(sources))
    cells = []
    for source in sources:
        numbers = find_source(cases, source)
        crossed = cases[numbers[0]].named
        for place, i in list(enumerate(numbers))[:share]:
            other = cases[i] if crossed else cases[numbers[place - 1]]
            control = "reference" if crossed else "shuffled"
            cells += [cases[i].sketch, other.reference, paintings[control][i]]
    cells = cells[: 3 * NUM_TRIPLES]
    cells += [None] * (-len(cells) % 12)
    return compose.contact_sheet([cells[i : i + 12] for i in range(0, len(cells), 12)])


if __name__ == "__main__":
    sys.exit(main())
