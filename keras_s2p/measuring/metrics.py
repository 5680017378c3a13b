"""How well a painting follows its reference: colour distances in CIELAB, by region.

All functions are numpy; pictures are uint8 sRGB in [0, 255].
"""

import numpy as np
import PIL.Image

from keras_s2p.common.lab import to_lab

MIN_CHROMA = 12.0  # CIELAB; below that a colour is a grey, which has no hue


def delta_e(rgb_1, rgb_2):
    """CIE76 distance of two colours [..., 3]: about 2 is just seen, 100 black-white."""
    return np.linalg.norm(to_lab(rgb_1) - to_lab(rgb_2), axis=-1)


def region_colours(painting, regions, num_regions: int, min_pixels: int = 20):
    """Mean colour of each region.

    Args:
        painting: [H, W, 3] uint8.
        regions: [H, W] uint8, 0 to num_regions - 1; other values belong to none.
        num_regions: how many regions there are.
        min_pixels: regions with fewer pixels have no colour.

    Returns:
        [num_regions, 3] float64 in [0, 255]; NaN where a region has no colour.
    """
    colours = np.full((num_regions, 3), np.nan)
    for region in range(num_regions):
        pixels = painting[regions == region]
        if len(pixels) >= min_pixels:
            colours[region] = pixels.mean(axis=0)
    return colours


def hue_difference(rgb_1, rgb_2):
    """Angle in degrees, 0 to 180, between CIELAB hues; NaN if rgb_1 is a grey."""
    lab_1, lab_2 = to_lab(rgb_1), to_lab(rgb_2)
    hue_1, hue_2 = (np.arctan2(lab[..., 2], lab[..., 1]) for lab in (lab_1, lab_2))
    difference = np.abs(np.degrees(hue_1 - hue_2)) % 360
    difference = np.minimum(difference, 360 - difference)
    chroma = np.hypot(lab_1[..., 1], lab_1[..., 2])
    return np.where(chroma >= MIN_CHROMA, difference, np.nan)


def colour_regions(painting, num_regions: int = 8):
    """Regions of a painting whose map is not known: its main colours (median cut).

    Args:
        painting: [H, W, 3] uint8.
        num_regions: how many colours, at most.

    Returns:
        [H, W] uint8, 0 to num_regions - 1.
    """
    return np.asarray(PIL.Image.fromarray(painting).quantize(num_regions))


def frechet_distance(features_1, features_2) -> float:
    """Frechet distance of two sets of features, each taken as a Gaussian.

    Args:
        features_1: [N, F], N at least 2.
        features_2: [M, F], M at least 2.

    Returns:
        |mean_1 - mean_2|^2 + trace(C_1 + C_2 - 2 sqrt(C_1 C_2)), with the covariances
        C. The trace of the root is the sum of the singular values of X_1 X_2^T, X being
        the centred features over sqrt(N - 1); so F may be large.
    """
    centred = []
    for features in (features_1, features_2):
        features = np.asarray(features, np.float64)
        centred.append((features - features.mean(axis=0)) / np.sqrt(len(features) - 1))
    one, two = centred
    means = np.mean(features_1, axis=0) - np.mean(features_2, axis=0)
    root = np.linalg.svd(one @ two.T, compute_uv=False).sum()
    return float(means @ means + (one**2).sum() + (two**2).sum() - 2 * root)
