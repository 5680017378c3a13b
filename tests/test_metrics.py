import numpy as np
import pytest

from keras_s2p.measuring import metrics


def test_delta_e_of_black_and_white_is_100():
    assert metrics.delta_e((0, 0, 0), (255, 255, 255)) == pytest.approx(100, abs=0.05)


def test_region_colours_are_means_and_small_regions_have_none():
    painting = np.zeros((10, 10, 3), np.uint8)
    painting[:5, ::2], painting[:5, 1::2] = 100, 200
    regions = np.full((10, 10), 255, np.uint8)
    regions[:5] = 0
    regions[9, 9] = 1
    colours = metrics.region_colours(painting, regions, 2)
    np.testing.assert_allclose(colours[0], 150)
    assert np.isnan(colours[1]).all()


def test_hue_difference_goes_round_the_circle_and_skips_greys():
    red, green, grey = (200, 40, 40), (40, 200, 40), (128, 128, 128)
    assert metrics.hue_difference(red, red) == pytest.approx(0)
    assert 60 < metrics.hue_difference(red, green) <= 180
    assert np.isnan(metrics.hue_difference(grey, red))


def test_colour_regions_part_a_painting_by_its_colours():
    painting = np.zeros((8, 8, 3), np.uint8)
    painting[:, 4:] = (250, 10, 10)
    regions = metrics.colour_regions(painting)
    assert len(np.unique(regions[:, :4])) == len(np.unique(regions[:, 4:])) == 1
    assert regions[0, 0] != regions[0, 7]


def test_frechet_distance_equals_the_formula_of_covariances():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(50, 3)) @ rng.normal(size=(3, 3))
    two = rng.normal(size=(40, 3)) + [1, 2, 3]
    covariances = [np.cov(features, rowvar=False) for features in (one, two)]
    roots = np.sqrt(np.linalg.eigvals(covariances[0] @ covariances[1]).real)
    means = one.mean(axis=0) - two.mean(axis=0)
    expected = means @ means + np.trace(sum(covariances)) - 2 * roots.sum()
    assert metrics.frechet_distance(one, two) == pytest.approx(expected)
    assert metrics.frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
