import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting import palette

COLOURS = [(200, 30, 40), (240, 220, 180), (30, 60, 160)]

EMPTY = np.zeros((1, palette.NUM_COLOURS, 4), np.float32)


def stripes(widths):
    """A picture of upright stripes in COLOURS, blurred where two meet."""
    row = np.repeat(COLOURS, widths, axis=0).astype(np.float32)
    pixels = np.tile(row, (64, 1, 1))
    pixels[:, 1:-1] = (pixels[:, :-2] + 2 * pixels[:, 1:-1] + pixels[:, 2:]) / 4
    return images.to_float(pixels.round().astype(np.uint8))[tf.newaxis]


def colours_of(found):
    """The used colours of the first palette, as [N, 3] in [0, 255]."""
    used = found[0, :, 3].numpy() == 1
    return images.to_uint8(found[0, :, :3]).numpy()[used].astype(int)


def fill(colour):
    """[1, 4, 4, 3] in [-1, 1] of one colour in [0, 255]."""
    return images.to_float(np.full((1, 4, 4, 3), colour, np.uint8))


def pixel(batch):
    return images.to_uint8(batch).numpy()[0, 0, 0].astype(int)


def test_the_palette_is_the_flat_colours_and_not_the_blends_between_them():
    found = palette.find_palette(stripes([40, 30, 30]))
    assert found.shape == (1, palette.NUM_COLOURS, 4)
    colours = colours_of(found)
    for colour in COLOURS:
        assert np.abs(colours - colour).max(axis=1).min() <= 1
    for colour in colours:
        assert np.abs(np.array(COLOURS) - colour).max(axis=1).min() <= 10


def test_a_small_area_counts_and_a_speck_does_not():
    reference = np.full((100, 100, 3), COLOURS[0], np.uint8)
    reference[10:30, 10:30] = COLOURS[1]  # 4 of 100
    reference[60:64, 60:64] = COLOURS[2]  # 16 of 10 000
    colours = colours_of(palette.find_palette(images.to_float(reference[np.newaxis])))
    assert sorted(map(tuple, colours)) == sorted(COLOURS[:2])


def test_each_reference_of_a_batch_has_its_own_palette():
    both = tf.concat([fill(COLOURS[0]), fill(COLOURS[1])], axis=0)
    found = palette.find_palette(both)
    for i in range(2):
        np.testing.assert_allclose(found[i, 0, :3], both[i, 0, 0], atol=1e-6)
        assert tf.reduce_sum(found[i, :, 3]) == 1


def test_near_colours_are_drawn_to_the_palette_and_distant_ones_stay():
    found = palette.find_palette(stripes([40, 30, 30]))
    near = pixel(palette.match_palette(fill((185, 50, 50)), found))
    assert np.abs(near - COLOURS[0]).max() <= 2
    for distant in ((60, 200, 60), (120, 120, 120)):
        assert np.abs(pixel(palette.match_palette(fill(distant), found)) - distant
                      ).max() <= 2  # fmt: skip


def test_no_palette_changes_nothing():
    colour = tf.random.stateless_uniform([2, 8, 8, 3], (0, 0), -1, 1)
    matched = palette.match_palette(colour, np.repeat(EMPTY, 2, 0))
    np.testing.assert_allclose(matched, colour, atol=1e-6)


@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_a_graph_gives_what_eager_gives_and_extremes_stay_in_range(value):
    reference = tf.fill([1, 32, 32, 3], value)

    @tf.function
    def both(reference):
        return palette.match_palette(reference, palette.find_palette(reference))

    eager = palette.match_palette(reference, palette.find_palette(reference))
    np.testing.assert_allclose(both(reference), eager, atol=1e-6)
    np.testing.assert_allclose(eager, value, atol=1e-5)


def fade_over(width, middle=48):
    """Red that fades over `width` pixels into blue, with a palette that also has the
    violet half way between."""
    x = np.clip((np.arange(96) - middle) / width + 0.5, 0, 1)[:, np.newaxis]
    ends = np.array([(200, 30, 40), (30, 60, 160)])
    row = (1 - x) * ends[0] + x * ends[1]
    pixels = np.tile(row.round().astype(np.uint8), (1, 64, 1, 1))
    entries = images.to_float(np.array([*ends, ends.mean(axis=0)], np.uint8))
    found = np.zeros((1, palette.NUM_COLOURS, 4), np.float32)
    found[0, :3, :3], found[0, :3, 3] = entries, 1
    return images.to_float(pixels), tf.constant(found), ends.mean(axis=0)


def test_a_stained_area_becomes_the_colour_of_most_of_it():
    colour, found, between = fade_over(16, middle=24)
    alone = images.to_uint8(palette.match_palette(colour, found)).numpy()
    assert np.abs(alone - between).max(axis=-1).min() <= 3  # a band of a third colour
    together = palette.match_palette(
        colour, found, passable=tf.ones_like(colour[..., :1])
    )
    distances = np.abs(images.to_uint8(together).numpy() - (30.0, 60.0, 160.0))
    assert distances.max() <= 25, distances.max()


def test_an_empty_palette_changes_nothing_in_areas_either():
    colour, found, _ = fade_over(16, middle=24)
    passable = tf.ones_like(colour[..., :1])
    empty = palette.match_palette(colour, EMPTY, passable)
    np.testing.assert_allclose(empty, colour, atol=1e-6)
    # Of a batch, each by its own palette.
    both = palette.match_palette(
        tf.repeat(colour, 2, axis=0), tf.concat([EMPTY, found], axis=0),
        tf.repeat(passable, 2, axis=0),
    )  # fmt: skip
    np.testing.assert_allclose(both[0], colour[0], atol=1e-6)
    assert np.abs(both[1] - colour[0]).max() > 0.3


def test_votes_do_not_cross_a_line():
    """A narrow area keeps its own colour beside a wide one."""
    _, found, _ = fade_over(1)
    row = np.repeat([(180, 50, 60), (255, 255, 255), (45, 75, 150)], [80, 2, 6], axis=0)
    colour = images.to_float(np.tile(row.astype(np.uint8), (1, 40, 1, 1)))
    passable = np.ones((1, 40, 88, 1), np.float32)
    passable[:, :, 80:82] = 1e-6
    matched = palette.match_palette(colour, found, passable=tf.constant(passable))
    matched = images.to_uint8(matched).numpy().astype(int)
    assert np.abs(matched[0, 20, 84] - (30, 60, 160)).max() <= 4
    assert np.abs(matched[0, 20, 40] - (200, 30, 40)).max() <= 4
