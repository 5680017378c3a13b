import time
import tracemalloc

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import graph_margins, margins, picture_files

GROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "green": (60, 160, 90)}


def figure_on(ground, shape=(400, 300), box=(100, 60, 300, 220), noise=0):
    """[H, W, 3] uint8: stripes in a box on a ground, with noise over all."""
    pixels = np.full((*shape, 3), ground, float)
    top, left, bottom, right = box
    stripes = np.arange(bottom - top) // 8 % 2 == 0
    pixels[top:bottom, left:right] = np.where(stripes[:, None, None], 200, 40)
    pixels += np.random.default_rng(0).normal(0, noise, pixels.shape)
    return np.clip(pixels, 0, 255).round().astype(np.uint8)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("noise", [0, 3])
def test_the_box_is_the_figures_with_a_small_border(ground, noise):
    found = margins.find_figure(figure_on(GROUNDS[ground], noise=noise))
    expected = np.array([100 - 8, 60 - 8, 300 + 8, 220 + 8])
    assert np.abs(np.array(found) - expected).max() <= 2, found


def test_what_is_cut_out_is_the_boxs():
    pixels = figure_on((255, 255, 255))
    top, left, bottom, right = margins.find_figure(pixels)
    expected = pixels[top:bottom, left:right]
    assert np.array_equal(margins.cut_margins(pixels), expected)
    assert np.array_equal(graph_margins.cut_margins(tf.constant(pixels)), expected)


def test_specks_are_no_figure():
    pixels = figure_on((255, 255, 255))
    without = margins.find_figure(pixels)
    for row, column in ((3, 3), (390, 290), (5, 295), (350, 20)):
        pixels[row : row + 2, column : column + 2] = 0
    assert margins.find_figure(pixels) == without


def test_thin_lines_are_a_figure():
    pixels = np.full((1000, 1000, 1), 255, np.uint8)
    pixels[200:800, 300:303] = pixels[200:800, 700:703] = 90
    top, left, bottom, right = margins.find_figure(pixels)
    assert abs(top - 176) < 8 and abs(bottom - 824) < 8
    assert abs(left - 276) < 8 and abs(right - 727) < 8


def test_a_bust_keeps_its_lower_edge():
    pixels = figure_on((255, 255, 255), box=(200, 40, 400, 260))
    top, _, bottom, _ = margins.find_figure(pixels)
    assert bottom == 400 and 180 < top < 200


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_picture_of_one_colour_stays_whole(value):
    pixels = np.full((50, 70, 3), value, np.uint8)
    assert margins.find_figure(pixels) == (0, 0, 50, 70)


def test_a_busy_background_stays_whole():
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    assert margins.find_figure(np.kron(pixels, np.ones((4, 4, 1), np.uint8))) == (
        0, 0, 240, 360
    )  # fmt: skip


@pytest.mark.parametrize("corner", [(30, 40), (0, 0), (90, 90)])
def test_a_tiny_figure_leaves_a_picture_that_can_be_painted(corner):
    pixels = np.full((96, 96, 3), 255, np.uint8)
    pixels[corner[0] : corner[0] + 4, corner[1] : corner[1] + 4] = 0
    top, left, bottom, right = margins.find_figure(pixels)
    assert min(bottom - top, right - left) >= picture_files.MIN_SIDE == margins.MIN_SIDE
    assert top <= corner[0] and corner[0] + 4 <= bottom <= 96
    assert left <= corner[1] and corner[1] + 4 <= right <= 96


def make_pictures():
    """Pictures of many shapes, figures, grounds and depths of noise."""
    rng = np.random.default_rng(1)
    for number in range(24):
        shape = rng.integers(16, 900, 2)
        ends = np.sort(rng.integers(0, shape[:, None] + 1, (2, 2)), axis=1)
        box = (ends[0, 0], ends[1, 0], ends[0, 1], ends[1, 1])
        ground = rng.integers(0, 256, 3)
        pixels = figure_on(ground, tuple(shape), box, noise=number % 4 * 4)
        yield pixels[..., : 1 + 2 * (number % 2)]


def test_a_graph_finds_the_same_box():
    specs = {c: tf.TensorSpec([None, None, c], tf.uint8) for c in (1, 3)}
    graphs = {
        c: tf.function(graph_margins.find_figure, input_signature=[spec])
        for c, spec in specs.items()
    }
    boxes = set()
    for pixels in make_pictures():
        box = margins.find_figure(pixels)
        assert tuple(graphs[pixels.shape[-1]](pixels).numpy()) == box, pixels.shape
        boxes.add(box)
    assert len(boxes) > 12


def test_a_figure_is_found_at_once():
    pixels = figure_on((255, 255, 255), (2000, 1500), (600, 300, 1500, 1200))
    margins.find_figure(pixels)
    start = time.process_time()
    margins.find_figure(pixels)
    assert time.process_time() - start < 0.5


def test_the_ground_of_a_long_border_is_found_in_little_memory():
    """Comparing all pixels of such a border with each other takes gigabytes."""
    pixels = np.random.default_rng(0).integers(0, 100, (16, 100_000, 3), np.uint8)
    pixels[:, 20_000:] = (200, 210, 220)
    tracemalloc.start()
    try:
        ground = margins.find_ground(pixels)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ground.tolist() == [200, 210, 220]
    assert peak < 100_000_000


def test_the_ground_of_a_border_is_the_same_however_much_is_compared_at_once(
    monkeypatch,
):
    pixels = np.random.default_rng(0).integers(200, 240, (90, 70, 3), np.uint8)
    found = margins.find_ground(pixels)
    monkeypatch.setattr(margins, "AT_ONCE", 3)
    np.testing.assert_array_equal(margins.find_ground(pixels), found)
