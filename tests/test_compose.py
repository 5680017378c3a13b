import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import contact_sheets, images
from keras_s2p.painting import layers, paper

RED, WHITE = (200, 30, 40), (255, 255, 255)


def disc(size, radius, line_width):
    """A red disc on white with a black outline: colour, sketch and inside of a size."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    distance = np.hypot(x, y)
    inside = distance < radius
    colour = np.where(inside[..., np.newaxis], RED, WHITE).astype(np.uint8)
    line = np.abs(distance - radius) < line_width / 2
    sketch = np.where(line, 0, 255).astype(np.uint8)[..., np.newaxis]
    return to_batch(colour), to_batch(sketch), inside, line


def to_batch(pixels):
    return images.to_float(pixels)[tf.newaxis]


def to_pixels(batch):
    return images.to_uint8(batch)[0].numpy().astype(int)


@pytest.mark.parametrize("line_width", [3, 8, 30])
def test_colour_ends_at_a_closed_line(line_width):
    colour, sketch, inside, line = disc(512, 170, line_width)
    small = images.resize(layers.lay_lines(colour, sketch), (64, 64))
    spread = to_pixels(layers.spread_colour(small, sketch))
    red_error = np.abs(spread[inside & ~line] - RED).max()
    white_error = np.abs(spread[~inside & ~line] - WHITE).max()
    assert red_error <= 12, red_error
    assert white_error <= 12, white_error
    # The control: plain enlarging bleeds over the line.
    plain = to_pixels(images.resize(small, (512, 512)))
    assert np.abs(plain[~inside & ~line] - WHITE).max() > 60


def test_lines_leave_no_trace_in_the_colour():
    _, sketch, _, _ = disc(256, 80, 5)
    white = tf.ones([1, 256, 256, 3])
    small = images.resize(layers.lay_lines(white, sketch), (64, 64))
    assert to_pixels(small).min() < 150
    assert to_pixels(layers.spread_colour(small, sketch)).min() >= 250


def test_white_stays_white_and_flat_colour_stays_flat():
    sketch = tf.ones([1, 150, 210, 1])
    for value in (1.0, -0.3):
        painting = tf.fill([1, 32, 45, 3], value)
        spread = layers.spread_colour(painting, sketch)
        assert spread.shape == (1, 150, 210, 3)
        np.testing.assert_allclose(spread, value, atol=1e-5)


def test_a_black_picture_gives_numbers():
    sketch = -tf.ones([1, 200, 200, 1])
    painting = tf.random.stateless_uniform([1, 32, 32, 3], (0, 0), -1, 1)
    spread = layers.spread_colour(painting, sketch).numpy()
    assert np.isfinite(spread).all()
    assert np.abs(spread).max() <= 1 + 1e-5


def test_shading_away_from_lines_and_borders_is_kept():
    ramp = tf.tile(tf.linspace(-1.0, 1.0, 96)[tf.newaxis, tf.newaxis, :, tf.newaxis],
                   [1, 64, 1, 3])  # fmt: skip
    spread = layers.spread_colour(ramp, tf.ones([1, 128, 192, 1]))
    plain = tf.image.resize(ramp, (128, 192))
    inner = np.s_[:, :, 64:-64]
    np.testing.assert_allclose(spread[inner], plain[inner], atol=0.02)


def test_clouds_inside_a_line_are_evened_out_and_stay_inside():
    colour, sketch, inside, line = disc(128, 40, 3)
    x = np.linspace(0, 8 * np.pi, 128)
    cloud = 0.15 * np.sin(x)[:, np.newaxis] * np.sin(x)
    clouded = tf.clip_by_value(colour + cloud[..., np.newaxis].astype("f4"), -1, 1)
    spread = layers.spread_colour(clouded, sketch).numpy()[0]
    core = inside & ~line
    before, after = (each[core].std(axis=0)[0] for each in (clouded[0].numpy(), spread))
    assert after < 0.3 * before, (before, after)
    bled = np.abs(to_pixels(spread[np.newaxis])[~inside & ~line] - WHITE).max()
    assert bled <= 30, bled


def test_a_sharp_change_of_colour_without_a_line_is_kept():
    step = np.where(np.arange(64) < 32, -0.5, 0.7).astype(np.float32)
    painting = np.tile(step[np.newaxis, np.newaxis, :, np.newaxis], (1, 64, 1, 3))
    spread = layers.spread_colour(tf.constant(painting), tf.ones([1, 128, 128, 1]))
    np.testing.assert_allclose(spread[:, :, :54], -0.5, atol=0.05)
    np.testing.assert_allclose(spread[:, :, 74:], 0.7, atol=0.05)


def test_a_wide_grey_tone_keeps_its_own_colour():
    colour, _, inside, _ = disc(256, 80, 4)
    sketch = to_batch(np.where(inside, 170, 255).astype(np.uint8)[..., np.newaxis])
    spread = to_pixels(layers.spread_colour(images.resize(colour, (64, 64)), sketch))
    y, x = np.mgrid[:256, :256] - 127.5
    assert np.abs(spread[np.hypot(x, y) < 78] - RED).max() <= 20


def test_a_sketch_smaller_than_the_painting_is_allowed():
    _, sketch, _, _ = disc(48, 15, 2)
    spread = layers.spread_colour(tf.ones([1, 96, 96, 3]), sketch)
    np.testing.assert_allclose(spread, np.ones([1, 48, 48, 3]), atol=1e-5)


def test_beyond_max_pixels_colour_is_enlarged_plainly():
    colour, sketch, inside, line = disc(512, 170, 8)
    small = images.resize(layers.lay_lines(colour, sketch), (64, 64))
    spread = to_pixels(layers.spread_colour(small, sketch, max_pixels=256 * 256))
    assert spread.shape == (512, 512, 3)
    error = np.abs(spread[inside & ~line] - RED).max(axis=-1)
    assert np.mean(error > 12) < 0.02


def test_eager_and_graph_agree():
    colour, sketch, _, _ = disc(200, 60, 3)
    small = images.resize(colour, (48, 48))
    in_graph = tf.function(
        layers.spread_colour,
        input_signature=[
            tf.TensorSpec([None, None, None, 3]),
            tf.TensorSpec([None, None, None, 1]),
        ],
    )
    np.testing.assert_allclose(
        in_graph(small, sketch), layers.spread_colour(small, sketch), atol=1e-5
    )


def test_lay_lines_darkens_by_the_ink():
    colour = tf.fill([1, 1, 3, 3], 0.5)
    sketch = tf.constant([1.0, 0.0, -1.0])[tf.newaxis, tf.newaxis, :, tf.newaxis]
    laid = layers.lay_lines(colour, sketch).numpy()
    np.testing.assert_allclose(laid[0, 0, :, 0], [0.5, -0.25, -1.0])


@pytest.mark.parametrize("share", [0.2, 0.7, 1.0])
def test_lines_become_as_dark_as_they_were_painted(share):
    colour, sketch, _, line = disc(512, 170, 8)
    painted = layers.lay_lines(colour, 1 - share * (1 - sketch))
    softened = layers.soften_lines(images.resize(painted, (64, 64)), sketch)
    ink = (1 - softened[0, ..., 0].numpy()) / 2
    assert ink[~line].max() == 0
    # Never paler than half: an artist's lines shall not vanish.
    np.testing.assert_allclose(ink[line], max(share, 0.5), atol=0.17)


def test_lines_may_be_dark_in_one_place_and_pale_in_another():
    colour, sketch, _, line = disc(512, 170, 8)
    share = tf.linspace(0.5, 1.0, 512)[tf.newaxis, tf.newaxis, :, tf.newaxis]
    painted = layers.lay_lines(colour, 1 - share * (1 - sketch))
    softened = layers.soften_lines(images.resize(painted, (64, 64)), sketch)
    ink = (1 - softened[0, ..., 0].numpy()) / 2
    left, right = ink[:, :150][line[:, :150]], ink[:, -150:][line[:, -150:]]
    assert left.mean() < 0.8 and right.min() > 0.9, (left.mean(), right.min())


def test_tones_and_filled_areas_stay_as_dark_as_they_are():
    colour, _, inside, _ = disc(256, 80, 4)
    tones = to_batch(np.where(inside, 120, 255).astype(np.uint8)[..., np.newaxis])
    softened = layers.soften_lines(images.resize(colour, (64, 64)), tones)
    y, x = np.mgrid[:256, :256] - 127.5
    middle = np.hypot(x, y) < 50
    np.testing.assert_allclose(
        softened[0, ..., 0].numpy()[middle], tones[0, ..., 0].numpy()[middle], atol=0.02
    )


def test_tinted_paper_becomes_white_and_ink_stays_ink():
    sketch = np.full((40, 40, 1), 210, np.uint8)
    sketch[10:12] = 0
    sketch[20:22] = 105
    whitened = to_pixels(paper.whiten_paper(sketch)[tf.newaxis])[..., 0]
    assert whitened[0, 0] == 255
    assert whitened[10, 0] == 0
    assert whitened[20, 0] == 128


def test_whiten_paper_evens_a_shadow_out_and_keeps_ink_and_tones():
    light = np.linspace(0.5, 1, 256)[np.newaxis, :, np.newaxis] * np.full(
        (256, 1, 1), 1
    )
    drawn = np.ones((256, 256, 1))
    drawn[:, 20:24] = drawn[:, 220:224] = 0  # lines in the dark and in the light
    drawn[200:240, 100:140] = 0.5  # a tone
    photo = (255 * light * drawn).astype(np.uint8)
    whitened = to_pixels(paper.whiten_paper(photo)[tf.newaxis])[..., 0]
    assert whitened[:, 21:23].max() == whitened[:, 221:223].max() == 0
    assert whitened[:190, 30:210].min() > 225
    assert 105 < whitened[220, 120] < 150


def test_whiten_paper_takes_the_grain_away_and_keeps_pale_lines():
    rng = np.random.default_rng(0)
    page = np.full((120, 160, 1), 235.0)
    page[:, 40:42] = 200  # a pale pencil line
    page[:, 100:103] = 60
    grainy = np.clip(page + rng.normal(0, 4, page.shape), 0, 255).astype(np.uint8)
    whitened = to_pixels(paper.whiten_paper(grainy)[tf.newaxis])[..., 0]
    assert np.mean(whitened[:, 50:90] == 255) > 0.95
    assert 200 < whitened[:, 40:42].mean() < 240
    assert whitened[:, 101].mean() < 80


def test_whiten_paper_evens_a_slope_of_light_out():
    page = np.full((200, 300, 1), 255.0)
    page[::20] = 0
    light = np.linspace(1, 0.5, 300)[np.newaxis, :, np.newaxis]
    whitened = paper.whiten_paper((page * light).astype(np.uint8))
    whitened = to_pixels(whitened[tf.newaxis])[..., 0]
    assert whitened[10, :260].min() > 245
    assert whitened[0].max() == 0


@pytest.mark.parametrize("grey", [0, 40, 128, 255])
def test_whiten_paper_does_not_brighten_the_dark_beyond_paper(grey):
    whitened = paper.whiten_paper(np.full((20, 20, 1), grey, np.uint8))
    expected = min(255, round(grey * 255 / max(grey, 128)))
    assert to_pixels(whitened[tf.newaxis]).max() == expected


def test_white_lines_on_black_are_painted_as_their_negative():
    page = np.full((100, 120, 1), 255, np.uint8)
    page[20:23], page[:, 60:63] = 0, 90
    noise = np.random.default_rng(0).integers(0, 8, page.shape).astype(np.uint8)
    upright, inverted = (
        paper.whiten_paper(x).numpy() for x in (page - (page > 99) * noise, 255 - page)
    )
    np.testing.assert_allclose(inverted, upright, atol=0.1)
    assert inverted[21, :50].max() == -1 and inverted[5, 5] == 1


def test_a_dark_painting_is_not_turned_into_its_negative():
    rng = np.random.default_rng(0)
    dark = np.kron(rng.integers(0, 90, (10, 12)), np.ones((10, 10), int))
    dark[:30, :30] = 250
    whitened = paper.whiten_paper(dark[..., np.newaxis].astype(np.uint8)).numpy()
    assert np.corrcoef(whitened.ravel(), dark.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("darkness", [0.2, 0.35])
def test_pale_lines_hold_colour_as_black_ones_do(darkness):
    colour, sketch, inside, line = disc(512, 170, 3)
    pale = 1 - darkness * (1 - sketch)
    small = images.resize(colour, (64, 64))
    found, lines = layers.find_layers(small, pale)
    found = to_pixels(found)
    assert np.abs(found[inside & ~line] - RED).max() <= 12
    assert np.abs(found[~inside & ~line] - WHITE).max() <= 12
    # They stay as pale as they were drawn.
    np.testing.assert_array_less(np.asarray(pale)[0] - 1e-3, np.asarray(lines)[0])


def test_dark_ink_and_blank_paper_are_not_strengthened():
    _, sketch, _, _ = disc(128, 40, 3)
    for page in (sketch, tf.ones_like(sketch), 0.8 * sketch + 0.2):
        np.testing.assert_array_equal(paper.strengthen_ink(page), page)


def test_contact_sheet_centres_pictures_in_cells():
    wide = np.zeros((10, 20, 1), np.uint8)
    sheet = contact_sheets.contact_sheet([[None, wide]], cell=40)
    assert sheet.shape == (40, 80, 3)
    assert (sheet[:, :40] == 255).all()
    assert (sheet[10:30, 40:] == 0).all()
    assert (sheet[:10] == 255).all()
