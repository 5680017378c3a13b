import colorsys

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.characters import character, palettes
from keras_s2p.common import images, lab
from keras_s2p.painting import oklab, strength

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def painted(seed):
    """[64, 64, 3] in [-1, 1], a painting of many colours."""
    drawing = character.draw_character(seed, 64)
    palette = palettes.random_palette(np.random.default_rng(seed))
    return images.to_float(drawing.paint(palette))


def to_pixels(colour):
    return images.to_uint8(colour).numpy()


def polar(lab_values):
    """Hues in radians and chromas of [..., 3]."""
    _, a, b = np.moveaxis(np.asarray(lab_values), -1, 0)
    return np.arctan2(b, a), np.hypot(a, b)


def turn(hues, others):
    """Degrees between hues."""
    return np.degrees(np.abs(np.angle(np.exp(1j * (hues - others)))))


@pytest.mark.parametrize("seed", range(20))
def test_chroma_rises_with_the_strength_and_the_hue_stays(seed):
    colour = painted(seed)
    faded = [to_pixels(strength.fade(colour, each)) for each in STEPS]
    hues, chromas = zip(*(polar(lab.to_lab(each)) for each in faded))
    assert chromas[0].max() < 1.5  # grey, but for rounding
    for less, more in zip(chromas, chromas[1:]):
        assert (more - less).min() > -1.5
        assert more.mean() > less.mean()
    seen = [polar(oklab.to_oklab(images.to_float(each)))[0] for each in faded]
    for other, faint, chroma in zip(hues[1:], seen[1:], chromas[1:]):
        coloured = chroma > 8
        assert turn(faint, seen[-1])[coloured].max() < 8  # but for rounding
        assert turn(other, hues[-1])[coloured].max() < 30  # CIELAB's blues are bent


def test_full_strength_changes_nothing_and_none_is_the_shading_alone():
    colour = painted(3)
    np.testing.assert_array_equal(strength.fade(colour, 1.0), colour)
    grey = to_pixels(strength.fade(colour, 0.0)).astype(int)
    assert np.ptp(grey, axis=-1).max() <= 1
    light = oklab.to_oklab(colour)[..., 0].numpy()
    order = np.argsort(light.ravel())
    steps = np.diff(grey[..., 0].ravel()[order])
    assert steps.min() >= -1  # what was darker is darker still
    assert np.ptp(grey) > 60
    white = strength.fade(tf.ones([1, 4, 4, 3]), 0.0)
    np.testing.assert_allclose(white, 1.0, atol=1e-3)


def test_no_colour_gets_a_hue_of_its_own():
    """The control: a mix with another painting does."""
    skin, green = images.to_float([[250, 210, 180]]), images.to_float([[60, 140, 70]])

    def hsv(colour):
        return colorsys.rgb_to_hsv(*(to_pixels(colour)[0] / 255.0))[0]

    for each in STEPS[1:]:
        assert abs(hsv(strength.fade(skin, each)) - hsv(skin)) < 0.03
    assert abs(hsv(0.6 * skin + 0.4 * green) - hsv(skin)) > 0.06


def test_it_runs_in_a_graph():
    graph = tf.function(strength.fade, autograph=False)
    colour = painted(1)[tf.newaxis]
    for each in (0.0, 0.4, 1.0):
        faded = graph(colour, tf.constant(each))
        np.testing.assert_allclose(faded, strength.fade(colour, each), atol=1e-5)


def test_oklab_of_known_colours_and_back():
    rgb = images.to_float([[255, 255, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]])
    known = [  # https://bottosson.github.io/posts/oklab/
        [1, 0, 0], [0.628, 0.225, 0.126], [0.452, -0.032, -0.312], [0, 0, 0]
    ]  # fmt: skip
    np.testing.assert_allclose(oklab.to_oklab(rgb), known, atol=6e-3)
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).astype(np.uint8)
    back = to_pixels(oklab.to_rgb(oklab.to_oklab(images.to_float(every))))
    assert np.abs(back.astype(int) - every).max() <= 1
