import numpy as np
import PIL.Image
import pytest
from test_layered_files import compose, read_ora

from keras_s2p.common import layered_files
from keras_s2p.painting import flats
from keras_s2p.painting.base_painter import Layers

RED, BLUE = (200, 60, 60), (60, 80, 180)


def painted(size=128, radius=40, width=3):
    """A red disc, shaded below and lit above, on blue, in a black line; on paper."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    distance = np.hypot(x, y)
    inside = distance < radius
    colour = np.where(inside[..., None], RED, BLUE).astype(float)
    colour[inside & (y > radius / 3)] *= 0.8
    light = inside & (np.hypot(x, y + radius / 2) < radius / 5)
    colour[light] += 40
    colour[:, : size // 8] = 255
    noise = np.random.default_rng(0).normal(0, 1, colour.shape)
    colour = np.clip(colour + noise, 0, 255).astype(np.uint8)
    line = np.abs(distance - radius) < width / 2
    line[:, size // 8 : size // 8 + 2] = True
    ink = np.zeros((size, size, 4), np.uint8)
    ink[line, 3] = 230
    images = [PIL.Image.fromarray(each) for each in (colour, ink)]
    merged = np.round(colour * (1 - ink[..., 3:] / 255.0)).astype(np.uint8)
    return Layers(PIL.Image.fromarray(merged), *images)


@pytest.mark.parametrize("size", [128, 700])
def test_layers_give_the_painting_and_have_its_flat_colours(size):
    given = painted(size, size * 0.3)
    layers = list(flats.split_painting(given))
    names = [layer.name for layer in layers]
    assert names[0] == "paper" and names[-3:] == ["shading", "highlights", "lines"]
    together = compose([layer._replace(pixels=layer.pixels.copy()) for layer in layers])
    difference = np.abs(together.astype(int) - np.asarray(given.painting))
    assert difference.max() <= 2
    assert len(names) == 6
    tones = [[int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in names[1:-3]]
    for wanted in (RED, BLUE):
        assert min(np.abs(np.subtract(tone, wanted)).max() for tone in tones) <= 3


def test_flat_colours_meet_under_the_lines():
    given = painted()
    layers = list(flats.split_painting(given))[:-3]
    flat = compose([layer._replace(pixels=layer.pixels.copy()) for layer in layers])
    tones = np.unique(flat.reshape(-1, 3), axis=0)
    assert len(tones) == 3  # paper, red and blue, and no rim
    right = flat[:, 30:]
    assert (right.max(axis=-1) < 250).all()
    red = np.abs(right.astype(int) - RED).max(axis=-1) < 10
    y, x = np.mgrid[:128, :128] + 0.5 - 64
    distance = np.hypot(x, y)[:, 30:]
    assert red[distance < 37].all() and not red[distance > 43].any()


def test_flats_reach_the_file_of_layers(tmp_path):
    given = painted()
    path = str(tmp_path / "x.ora")
    merged = np.asarray(given.painting)
    layered_files.write_layers(path, flats.split_painting(given), merged)
    layers, picture = read_ora(path)
    np.testing.assert_array_equal(picture, merged)
    assert np.abs(compose(layers).astype(int) - merged).max() <= 2
