import numpy as np
import pytest

from keras_s2p.measuring import parts, shading

HAIR, SHIRT = (70, 110, 200), (190, 50, 60)
WHITE = (255, 255, 255)


def drawing(hair=HAIR, shirt=SHIRT, ground=WHITE):
    """A picture [120, 160, 3] of two parts inside lines, and its sketch."""
    pixels = np.full((120, 160, 3), ground, np.uint8)
    sketch = np.full((120, 160, 1), 255, np.uint8)
    for colour, left, right in ((hair, 20, 60), (shirt, 64, 140)):
        for picture in (pixels, sketch):
            picture[16:104, left - 4 : right + 4] = 0
        pixels[20:100, left:right] = colour
        sketch[20:100, left:right] = 255
    return pixels, sketch


def test_parts_are_found_between_lines_the_largest_first():
    found = parts.find_parts(*drawing())
    assert found.shape == (120, 160)
    assert np.all(found[24:96, 68:136] == 0) and np.all(found[24:96, 24:56] == 1)
    assert np.all(found[:10] == parts.BACKGROUND)
    assert np.all(found[16:20, 20:140] == parts.NO_PART)
    assert parts.count_parts(found) == 2


def test_large_pictures_are_measured_small():
    pixels, sketch = (np.kron(x, np.ones((5, 5, 1), np.uint8)) for x in drawing())
    found = parts.find_parts(pixels, sketch)
    assert found.shape == (192, 256) and parts.count_parts(found) == 2


def test_what_is_enclosed_in_the_grounds_colour_is_a_part():
    found = parts.find_parts(*drawing(shirt=WHITE))
    assert np.all(found[24:96, 68:136] == 0) and np.all(found[:10] == parts.BACKGROUND)


def test_a_busy_ground_is_no_background():
    rng = np.random.default_rng(0)
    pixels = np.kron(rng.integers(0, 256, (12, 16, 3)), np.ones((10, 10, 1)))
    assert not parts.find_background(pixels.astype(np.uint8)).any()


def test_errors_are_those_of_the_parts():
    truth, sketch = drawing()
    found = parts.find_parts(truth, sketch)
    same, background = parts.part_errors(truth, truth, found)
    assert np.array_equal(same, [0, 0]) and background == 0
    painting, _ = drawing(hair=(0, 0, 0), ground=(0, 0, 0))
    errors, background = parts.part_errors(painting, truth, found)
    assert errors[0] == 0 and errors[1] > 40
    assert background == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    "reference, kept",
    [
        (drawing(), {0, 1, parts.BACKGROUND}),
        (drawing(hair=(90, 90, 30)), {0, parts.BACKGROUND}),
        (drawing(ground=(0, 90, 0)), {0, 1}),
    ],
)
def test_what_a_reference_does_not_show_is_dropped(reference, kept):
    truth, sketch = drawing()
    found = parts.find_parts(truth, sketch)
    left = parts.drop_missing(found, truth, reference[0][:, ::-1])
    assert set(np.unique(left)) == kept | {parts.NO_PART}


def test_white_paper_does_not_show_a_white_shirt():
    truth, sketch = drawing(shirt=WHITE)
    found = parts.find_parts(truth, sketch)
    left = parts.drop_missing(found, truth, drawing(shirt=HAIR)[0])
    assert set(np.unique(left)) == {1, parts.BACKGROUND, parts.NO_PART}


def shaded(depth):
    """A drawing whose shirt goes from light to dark, by `depth` of its brightness."""
    pixels, sketch = drawing()
    light = np.linspace(1 - depth, 1, 76)[:, np.newaxis]
    pixels[20:100, 64:140] = np.round(light * SHIRT)
    return pixels, sketch


@pytest.mark.parametrize(
    "depth, correlation, strength", [(0.4, 1, 1), (0.2, 1, 0.5), (0, 0, 0)]
)
def test_shading_is_compared_inside_parts(depth, correlation, strength):
    truth, sketch = shaded(0.4)
    area = shading.find_shaded(truth, parts.find_parts(truth, sketch))
    assert set(np.unique(area)) == {0, parts.NO_PART}
    found = shading.measure_shading(shaded(depth)[0], truth, area)
    np.testing.assert_allclose(found, (correlation, strength), atol=0.06)


def test_shading_on_the_wrong_side_correlates_negatively():
    truth, sketch = shaded(0.4)
    area = shading.find_shaded(truth, parts.find_parts(truth, sketch))
    wrong = truth.copy()
    wrong[20:100, 64:140] = truth[20:100, 64:140][:, ::-1]
    correlation, strength = shading.measure_shading(wrong, truth, area)
    assert correlation < -0.95 and strength == pytest.approx(1, abs=0.05)


def test_flat_colouring_has_no_shading_to_compare():
    truth, sketch = drawing()
    area = shading.find_shaded(truth, parts.find_parts(truth, sketch))
    assert np.isnan(shading.measure_shading(shaded(0.4)[0], truth, area)).all()
