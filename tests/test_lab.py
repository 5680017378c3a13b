import numpy as np
import pytest

from keras_s2p.common.lab import to_lab, to_rgb


@pytest.mark.parametrize(
    "rgb, lab",
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_known_colours(rgb, lab):
    np.testing.assert_allclose(to_lab(rgb), lab, atol=0.05)


def test_a_colour_comes_back():
    rgb = np.random.default_rng(0).uniform(0, 255, (50, 3))
    np.testing.assert_allclose(to_rgb(to_lab(rgb)), rgb, atol=1e-6)


def test_what_can_not_be_shown_is_clipped():
    found = to_rgb([(50, 120, 0), (120, 0, 0)])
    assert found.min() >= 0 and found.max() <= 255
