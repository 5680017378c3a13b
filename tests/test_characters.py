import dataclasses
import time

import numpy as np
import pytest

from keras_s2p.characters import character
from keras_s2p.characters.canvas import SLOT, Canvas
from keras_s2p.characters.character import draw_character, draw_partner
from keras_s2p.characters.curves import ellipse
from keras_s2p.characters.palettes import random_palette

HELD_OUT = {
    "hair_front": ("m_shape", "one_eye"),
    "hair_back": ("drills", "braids"),
    "garment": ("vest",),
    "eye_shape": ("slit",),
}


def palette_of(seed):
    return random_palette(np.random.default_rng(seed))


def held_out_parts(drawing):
    """The parts that are drawn in a reserved way."""
    return [
        part
        for part, ways in HELD_OUT.items()
        if character.WAYS[part][0][drawing.labels[part]] in ways
    ]


def test_the_same_seed_gives_the_same_drawing():
    palette = palette_of(3)
    one, two, other = (draw_character(seed, 128) for seed in (3, 3, 4))

    assert one.labels == two.labels
    np.testing.assert_array_equal(one.sketch(), two.sketch())
    np.testing.assert_array_equal(one.paint(palette), two.paint(palette))
    assert (one.sketch() != other.sketch()).mean() > 0.02
    assert palette_of(3) == palette and palette_of(4) != palette


def test_shapes_and_types():
    drawing = draw_character(0, 96)

    assert drawing.sketch().shape == drawing.regions.shape == (96, 96)
    painting = drawing.paint(palette_of(0))
    assert painting.shape == (96, 96, 3)
    assert drawing.sketch().dtype == drawing.regions.dtype == painting.dtype == np.uint8
    assert set(np.unique(drawing.regions)) <= {*range(len(character.REGIONS)), 255}


def test_another_palette_changes_the_colours_only():
    drawing = draw_character(5, 128)
    sketch, regions = drawing.sketch(), drawing.regions
    one, two = drawing.paint(palette_of(1)), drawing.paint(palette_of(2))

    np.testing.assert_array_equal(drawing.sketch(), sketch)
    np.testing.assert_array_equal(drawing.regions, regions)
    for region in range(len(character.REGIONS)):
        where = regions == region
        if where.any():
            assert np.abs(one[where].mean(0) - two[where].mean(0)).max() > 5


@pytest.mark.parametrize("style", character.PAINT_STYLES)
def test_a_region_has_its_colour_of_the_palette(style):
    differences = {name: [] for name in character.REGIONS}
    for seed in range(40):
        drawing, palette = draw_character(seed, 128), palette_of(seed)
        painting, regions = drawing.paint(palette, style), drawing.regions
        for i, name in enumerate(character.REGIONS):
            where = regions == i
            if where.mean() > 0.002:
                mean = painting[where].mean(0)
                difference = np.abs(mean - getattr(palette, name)).mean()
                differences[name].append(difference)

    for name, limit in zip(character.REGIONS, (3, 16, 14, 40, 16)):
        assert len(differences[name]) >= 20, name
        assert np.mean(differences[name]) < limit, name
        assert np.max(differences[name]) < 2.5 * limit, name


def test_the_three_styles_differ():
    drawing, palette = draw_character(2, 128), palette_of(2)
    paintings = [drawing.paint(palette, style) for style in character.PAINT_STYLES]

    assert len({painting.tobytes() for painting in paintings}) == 3
    own = character.PAINT_STYLES[drawing.labels["paint_style"]]
    np.testing.assert_array_equal(drawing.paint(palette), drawing.paint(palette, own))


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="oil"):
        draw_character(2, 64).paint(palette_of(2), "oil")


def test_most_drawings_have_every_region():
    regions = [draw_character(seed).regions for seed in range(50)]
    counts = np.array([np.bincount(r.ravel(), minlength=256)[:5] for r in regions])

    present = (counts > 50).mean(0)
    assert (present >= [0.8, 1.0, 1.0, 0.85, 0.8]).all(), present


@pytest.mark.long
@pytest.mark.slow
def test_there_are_many_ways_of_drawing():
    sizes = character.LABEL_SIZES

    assert sizes["hair_front"] >= 12 and sizes["hair_back"] >= 10
    assert sizes["garment"] >= 8 and sizes["mouth"] >= 6
    seen = [draw_character(seed, 32).labels for seed in range(200)]
    for name, size in sizes.items():
        reserved = len(HELD_OUT.get(name, ()))
        assert len({labels[name] for labels in seen}) == size - reserved, name
        assert all(0 <= labels[name] < size for labels in seen)


@pytest.mark.slow
def test_held_out_ways_are_kept_out_and_surely_used_when_asked_for():
    for seed in range(80):
        assert not held_out_parts(draw_character(seed, 32))
        assert held_out_parts(draw_character(seed, 32, held_out=True))


def test_colours_are_those_that_can_be_seen_in_the_painting():
    for seed in range(20):
        drawing, palette = draw_character(seed, 64), palette_of(seed)
        assert {"hair", "background"} <= drawing.colours
        plain = drawing.paint(palette, "flat").astype(int)
        for name in ("clothes", "accent", "accessory", "background_2"):
            recoloured = dataclasses.replace(palette, **{name: (255, 0, 255)})
            change = np.abs(drawing.paint(recoloured, "flat") - plain).max(-1)
            share = (change > 20).mean()
            assert share > 0.003 if name in drawing.colours else share < 0.05, name


@pytest.mark.long
@pytest.mark.slow
def test_a_partner_shows_the_colours_that_the_drawing_shows():
    shown, by_chance = [], []
    for seed in range(12):
        drawing = draw_character(seed, 32)
        partner = draw_partner(drawing, seed + 1000, 32)
        assert partner.labels == draw_partner(drawing, seed + 1000, 64).labels
        shown.append(drawing.colours <= partner.colours)
        by_chance.append(drawing.colours <= draw_character(seed + 1000, 32).colours)
    assert sum(shown) >= 8 and sum(shown) > sum(by_chance)


def test_a_partner_is_painted_in_the_same_style():
    for seed in range(6):
        drawing = draw_character(seed, 32)
        partner = draw_partner(drawing, seed + 1000, 32)
        assert partner.labels["paint_style"] == drawing.labels["paint_style"]


def test_light_comes_from_above():
    """A disc's shadow is at its lower rim, the same on both sides."""
    canvas = Canvas(64, 1.0)
    canvas.place(0.5, 0.0, (0.5, 0.5), False)
    canvas.shape(ellipse(0, 0, 0.8, 0.8), "clothes", shadow=0.2)
    shadow = np.array(canvas.index) == SLOT["clothes_shadow"]
    assert shadow.any() and not shadow[:60].any()
    assert np.mean(shadow != shadow[:, ::-1]) < 0.01
    shade = draw_character(0, 64).shade
    assert (np.diff(shade, axis=0) <= 0).all() and (shade == shade[:, :1]).all()


@pytest.mark.long
@pytest.mark.slow
def test_a_partner_is_held_out_when_asked_for():
    drawing = draw_character(0, 32)
    for seed in range(8):
        assert not held_out_parts(draw_partner(drawing, seed, 32))
        assert held_out_parts(draw_partner(drawing, seed, 32, held_out=True))


def test_a_sketch_is_white_paper_with_dark_lines():
    for seed in range(20):
        sketch = draw_character(seed, 256).sketch()

        assert 0.01 < (sketch < 128).mean() < 0.25
        assert (sketch == 255).mean() > 0.6
        assert sketch.min() < 30


def test_a_drawing_is_the_same_at_another_size():
    small, large = draw_character(7, 128), draw_character(7, 256)

    assert small.labels == large.labels
    same = small.regions == large.regions[::2, ::2]
    assert same.mean() > 0.85


@pytest.mark.parametrize("ends", [0.6, 1])
def test_the_outline_of_an_ellipse_is_closed(ends):
    canvas = Canvas(64, 4.0)
    canvas.place(0.3, 0.0, (0.5, 0.5), False)
    canvas.outline(ellipse(0, 0, 1, 1), ends=ends)
    round_it = ellipse(0, 0, 1, 1, n=1000) * 0.3 + 0.5
    x, y = (round_it * canvas.side).astype(int).T
    assert (np.asarray(canvas.ink)[y, x] == 255).all()


def test_palettes_are_of_all_kinds():
    palettes = [palette_of(seed) for seed in range(400)]

    white = np.mean([p.background == (255, 255, 255) for p in palettes])
    assert 0.25 < white < 0.45
    for name in ("hair", "eyes", "clothes", "background"):
        colours = np.array([getattr(p, name) for p in palettes])
        assert (colours.std(0) > 40).all(), name
    for palette in palettes:
        for colour in dataclasses.astuple(palette):
            assert len(colour) == 3
            assert all(isinstance(c, int) and 0 <= c <= 255 for c in colour)


def test_drawing_is_fast():
    start = time.process_time()
    for seed in range(50):
        drawing = draw_character(seed)
        drawing.paint(palette_of(seed))
        drawing.sketch()
        drawing.regions  # noqa: B018

    assert time.process_time() - start < 10
