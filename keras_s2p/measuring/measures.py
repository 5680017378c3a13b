"""The measures of evaluate: pictures, regions and distributions, by source."""

import os

import keras
import numpy as np
import tensorflow as tf

from keras_s2p.characters import character
from keras_s2p.common import errors, images
from keras_s2p.measuring import metrics
from keras_s2p.measuring.cases import COLOUR_REGIONS, find_source
from keras_s2p.networks import keras_files

INCEPTION_SIZE = 299  # pixels, what InceptionV3 was trained on
MAX_INCEPTION = 200_000_000  # bytes of its arrays; they are half of that
MAIN_REGIONS = ("hair", "skin", "clothes", "background")


def measure_sources(encoders, cases, paintings) -> dict:
    """Source to its numbers: those of each control in `paintings`, and the response.

    Args:
        encoders: of make_encoders.
        cases: list of Case.
        paintings: control to a painting of each case; CONTROLS and any others.
    """
    results = {}
    for source in sorted({case.source for case in cases}):
        numbers = find_source(cases, source)
        chosen = [cases[i] for i in numbers]
        painted = {
            control: [each[i] for i in numbers] for control, each in paintings.items()
        }
        truths = [case.truth for case in chosen]
        distributions = measure_distributions(encoders, painted, truths)
        results[source] = {"pictures": len(chosen)}
        for control, pictures in painted.items():
            results[source][control] = {
                **measure_pictures(pictures, truths),
                **measure_regions(pictures, chosen),
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
        name: mean_or_none(distance[:, i]) for i, name in enumerate(character.REGIONS)
    }
    main = [by_region[name] for name in MAIN_REGIONS if by_region[name] is not None]
    hair = character.REGIONS.index("hair")
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
    num_regions = max(len(character.REGIONS), COLOUR_REGIONS)
    return np.stack(
        [
            metrics.region_colours(painting, case.regions, num_regions)
            for painting, case in zip(paintings, cases)
        ]
    )


def make_encoders(painter, inception) -> dict:
    """Measure to the function of a picture [H, W, 3] uint8 whose features it takes."""
    encoders = {"frechet_of_hints": lambda pixels: painter.hint(pixels)[0]}
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
    if source != "imagenet":
        if not os.path.isfile(source):
            raise ValueError(f"--inception-weights {source}: no such file")
        keras_files.check(source, MAX_INCEPTION, "--inception-weights")
    try:
        return keras.applications.InceptionV3(
            include_top=False, pooling="avg", weights=source
        )
    except Exception as error:  # network, hash and HDF5 errors share no base class
        reason = errors.find_reason(error)
        raise ValueError(
            f"--inception-weights {source}: can not be loaded ({reason})"
        ) from None


def encode_inception(inception, pixels):
    """[H, W, 3] uint8 to InceptionV3's 2048 features."""
    large = images.resize(images.to_float(pixels)[tf.newaxis], [INCEPTION_SIZE] * 2)
    return inception(large, training=False)[0].numpy()
