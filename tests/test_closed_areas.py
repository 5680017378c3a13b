import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.painting import closed_areas

WHITE = (1.0, 0.0, 0.0)  # in OKLab
RED, GREEN = (0.6, 0.2, 0.1), (0.6, -0.2, 0.1)


def find(free, oklab=WHITE):
    oklab = np.broadcast_to(np.array(oklab, np.float32), (*free.shape, 3))
    return closed_areas.find_areas(tf.constant(free), tf.constant(oklab)).numpy()


def ring(gap, size=512, radius=150, width=2):
    """False on a circle with a gap, so many pixels wide, on its right side."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    line = np.abs(np.hypot(x, y) - radius) < width / 2
    line &= ~((np.abs(y) < gap / 2) & (x > 0))
    return ~line


def wall(gap, slanted, size=128):
    """False on a straight wall with a gap, slanted or not."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    along, across = ((x + y) / 2**0.5, (x - y) / 2**0.5) if slanted else (y, x)
    return ~((np.abs(across) < 1.5) & (np.abs(along) > gap / 2))


@pytest.mark.parametrize("gap", [0, 2, 6, 9])
def test_an_area_ends_at_a_small_gap(gap):
    areas = find(ring(gap))
    assert areas[256, 256] != areas[5, 5]
    assert set(np.unique(areas)) == {1, 2}
    inside = areas == areas[256, 256]
    y, x = np.nonzero(inside)
    assert np.hypot(x - 255.5, y - 255.5).max() < 157


@pytest.mark.parametrize("slanted", [False, True])
def test_straight_walls_are_closed_too(slanted):
    for gap in (0, 3, 6):
        areas = find(wall(gap, slanted))
        assert areas[20, 100] != areas[100, 20], gap
    areas = find(wall(40, slanted))
    assert areas[20, 100] == areas[100, 20]


def test_one_colour_joins_what_a_wide_gap_parts_but_not_a_narrow_one():
    oklab = np.empty((128, 128, 3), np.float32)
    oklab[:, :64], oklab[:, 64:] = RED, GREEN
    for gap, colour, joined in (
        (9, RED, True), (9, WHITE, False), (9, oklab, False), (6, RED, False),
    ):  # fmt: skip
        areas = find(wall(gap, slanted=False), colour)
        assert (areas[64, 20] == areas[64, 100]) == joined, (gap, joined)


def test_thin_lines_part_areas_whatever_their_direction():
    free = np.ones((96, 96), bool)
    i = np.arange(96)
    free[i, i] = False  # one pixel wide, its pixels touch at their corners
    areas = find(free)
    assert set(np.unique(areas)) == {1, 2}
    below = np.tril(np.ones((96, 96), bool), -1)
    assert len(np.unique(areas[below])) == len(np.unique(areas[below.T])) == 1


def test_narrow_areas_belong_to_what_they_taper_from():
    """A wedge is one area to its tip."""
    y, x = np.mgrid[:100, :300]
    inside = np.abs(y - 50) < 30 * (1 - x / 280)
    edge = inside & ~(
        np.roll(inside, 1, 0) & np.roll(inside, -1, 0) & np.roll(inside, -1, 1)
    )
    areas = find(~edge)
    assert len(np.unique(areas[50, 5:262])) == 1


def test_a_small_closed_area_is_one_of_its_own():
    free = np.ones((64, 64), bool)
    free[30:37, 30:37] = False
    free[32:35, 32:35] = True  # three pixels a side
    areas = find(free)
    assert areas[33, 33] != areas[5, 5] and areas[33, 33] > 0


def test_pixels_on_lines_belong_to_what_is_beside_them_and_ink_to_nothing():
    free = np.ones((64, 96), bool)
    free[:, 30:34] = False
    free[16:48, 50:90] = False
    areas = find(free)
    assert (areas[:, :40] > 0).all()
    assert (areas[30:34, 66:74] == 0).all()


def test_connected_parts_are_those_of_a_flood():
    rng = np.random.default_rng(0)
    mask = rng.random((40, 57)) < 0.6
    found = closed_areas.connect(tf.constant(mask)).numpy()
    assert ((found > 0) == mask).all()
    left, numbers = mask.copy(), set()
    while left.any():
        part = np.zeros_like(mask)
        part[tuple(np.argwhere(left)[0])] = True
        size = 0
        while part.sum() > size:
            size = part.sum()
            padded = np.pad(part, 1)
            part |= padded[:-2, 1:-1] | padded[2:, 1:-1]
            part |= padded[1:-1, :-2] | padded[1:-1, 2:]
            part &= mask
        assert len(np.unique(found[part])) == 1
        numbers.add(int(found[part][0]))
        left &= ~part
    assert len(numbers) == len(np.unique(found)) - 1


@pytest.mark.parametrize("shape", [(1, 1), (17, 40), (3, 5)])
def test_any_shape_all_free_or_all_ink(shape):
    assert (find(np.zeros(shape, bool)) == 0).all()
    assert len(np.unique(find(np.ones(shape, bool)))) == 1


def test_sums_are_the_same_to_the_bit_each_time():
    rng = np.random.default_rng(0)
    numbers = tf.constant(rng.integers(0, 5, (512, 512)), tf.int32)
    weights = tf.constant(rng.normal(size=(512, 512)), tf.float32)
    add = tf.function(lambda: closed_areas.count(numbers, 5, weights))
    found = [add().numpy() for _ in range(100)]
    assert len({each.tobytes() for each in found}) == 1
    exact = np.bincount(
        numbers.numpy().ravel(), weights.numpy().ravel().astype(np.float64)
    )
    np.testing.assert_allclose(found[0], exact, rtol=1e-6)
