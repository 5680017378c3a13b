import time

import numpy as np
import pytest

from keras_s2p.common.lab import to_lab, to_rgb
from keras_s2p.data import recolouring

HAIR, SKIN, SHIRT = (70, 110, 200), (244, 214, 188), (190, 50, 60)
OLD = np.array([SHIRT, HAIR, SKIN], np.float32)  # by their share
NEW = np.array([(60, 150, 80), (230, 190, 90), (150, 100, 75)], np.float32)
SHADE = 0.75  # of the light


def shaded(colour):
    """The colour in the shade, in [0, 255]."""
    lightness, a, b = to_lab(colour)
    return to_rgb([lightness * SHADE, a * SHADE, b * SHADE])


def drawing(mirrored=False):
    """[120, 160, 3] uint8: parts, half of each in the shade, between black lines."""
    pixels = np.full((120, 160, 3), 255, np.uint8)
    for colour, left, right in ((HAIR, 10, 50), (SKIN, 54, 84), (SHIRT, 88, 150)):
        pixels[6:114, left - 4 : right + 4] = 0
        pixels[10:110, left:right] = colour
        pixels[60:110, left:right] = shaded(colour).round()
    return pixels[:, ::-1].copy() if mirrored else pixels


def distance(one, other):
    return np.linalg.norm(to_lab(one) - to_lab(other), axis=-1)


def test_parts_are_the_colours_that_are_neither_ink_nor_paper():
    parts = recolouring.find_parts([drawing(), drawing(mirrored=True)])
    middles = [(np.array(to_lab(x)) + to_lab(shaded(x))) / 2 for x in OLD]
    assert parts.shape == (3, 3)
    assert distance(parts, to_rgb(middles)).max() < 5


def test_pictures_count_alike():
    red, blue = (np.full((n, n, 3), 0, np.uint8) for n in (200, 20))
    red[..., 0], blue[..., 2] = 200, 200
    assert len(recolouring.find_parts([red, blue])) == 2


def test_a_gradient_is_one_part():
    ramp = np.linspace(0.45, 1, 200)[None, :, None] * np.array([240, 150, 60])
    pixels = np.broadcast_to(ramp, (100, 200, 3)).round().astype(np.uint8)
    assert len(recolouring.find_parts([pixels])) == 1


def test_each_part_gets_its_new_colour_and_ink_and_paper_stay():
    found = recolouring.recolour(drawing(), OLD, NEW)
    for old, new in zip(OLD, NEW):
        place = np.all(drawing() == old, axis=-1)
        assert place.any() and distance(found[place], new).max() < 3
    for stays in (0, 255):
        place = np.all(drawing() == stays, axis=-1)
        assert distance(found[place], (stays,) * 3).max() < 1


def test_shades_stay_as_deep():
    found = recolouring.recolour(drawing(), OLD, NEW)
    for old, new in zip(OLD, NEW):
        place = np.all(drawing() == shaded(old).round(), axis=-1)
        expected = to_lab(new)[0] * SHADE
        np.testing.assert_allclose(to_lab(found[place])[:, 0], expected, atol=2)


@pytest.mark.parametrize("end", [(0, 0, 0), HAIR])
def test_smooth_edges_stay_smooth(end):
    steps = np.linspace(0, 1, 65)[:, None]
    ramp = np.array(end) * (1 - steps) + np.array(SHIRT) * steps
    found = recolouring.recolour(ramp[None].round().astype(np.uint8), OLD, NEW)[0]
    leaps = distance(found[1:], found[:-1])
    whole = distance(found[0], found[-1])
    assert leaps.max() < 0.08 * whole and leaps.sum() < 1.5 * whole


def test_a_picture_without_parts_stays():
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:20] = 255
    parts = recolouring.find_parts([pixels])
    assert parts.shape == (0, 3)
    new = recolouring.random_colours(np.random.default_rng(0), parts)
    assert np.array_equal(recolouring.recolour(pixels, parts, new), pixels)


def test_new_colours_are_told_apart_and_follow_the_seed():
    for seed in range(20):
        found, again = (
            recolouring.random_colours(np.random.default_rng(seed), OLD)
            for _ in range(2)
        )
        assert np.array_equal(found, again)
        assert found.min() >= 0 and found.max() <= 255
        apart = [distance(found[i], found[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
        assert min(apart) > 15


def test_skin_is_sometimes_natural_and_other_parts_have_any_hue():
    hues = {0: [], 2: []}
    for seed in range(60):
        lab = to_lab(recolouring.random_colours(np.random.default_rng(seed), OLD))
        for i in hues:
            hues[i].append(np.degrees(np.arctan2(lab[i, 2], lab[i, 1])) % 360)
    natural = [np.mean([25 < hue < 90 for hue in hues[i]]) for i in (0, 2)]
    assert natural[0] < 0.4 < natural[1] < 0.85
    assert np.histogram(hues[0], 4, (0, 360))[0].min() > 3


def test_recolouring_is_fast():
    pixels = np.random.default_rng(0).integers(0, 256, (512, 512, 3)).astype(np.uint8)
    recolouring.recolour(pixels, OLD, NEW)
    start = time.process_time()
    recolouring.recolour(pixels, OLD, NEW)
    assert time.process_time() - start < 0.5
