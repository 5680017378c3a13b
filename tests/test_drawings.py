import numpy as np
import pytest

from keras_s2p.data import companions, drawings, figures, records

WHITE, RED, BLUE, GREEN = (255, 255, 255), (200, 30, 30), (30, 30, 200), (30, 160, 40)


def figure(colours, shape=(64, 64), box=(8, 16, 56, 48), ground=WHITE):
    """Bands of colours in a box on a ground of one colour."""
    pixels = np.empty((*shape, 3), np.uint8)
    pixels[:] = ground
    top, left, bottom, right = box
    for i, colour in enumerate(colours):
        start = top + (bottom - top) * i // len(colours)
        pixels[start:bottom, left:right] = colour
    return pixels


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_mask_holds_white_inside_a_figure_and_not_the_ground():
    pixels = figure([RED, WHITE, RED])
    pixels[8:56, [16, 47]] = RED  # closes the white band
    mask = figures.find_mask(pixels)
    expected = np.zeros((64, 64), np.uint8)
    expected[8:56, 16:48] = 255
    np.testing.assert_array_equal(mask, expected)


def test_a_picture_without_a_ground_of_one_colour_has_no_mask(rng):
    assert figures.find_mask(rng.integers(0, 256, (32, 32, 3), np.uint8)) is None


def test_a_tall_figure_keeps_its_length():
    """Its box is widened beyond the picture, in the ground's colour."""
    pixels = figure([RED, BLUE], (400, 60), (4, 20, 396, 40), GREEN)
    fitted = drawings.fit_box(pixels, drawings.find_box(pixels), 32)
    assert fitted.shape == (64, 32, 3)
    assert np.abs(fitted[:, 0] - np.array(GREEN)).max() < 20
    middle = fitted[:, 16].astype(int)
    assert np.abs(middle[6] - RED).max() < 20 and np.abs(middle[-7] - BLUE).max() < 20


def test_lines_are_cut_as_their_painting():
    pixels = figure([RED, BLUE], (400, 60), (4, 20, 396, 40), GREEN)
    ground = (pixels == GREEN).all(axis=-1, keepdims=True)
    line = np.where(ground, 255, 0).astype(np.uint8)
    box = drawings.find_box(pixels)
    fitted = drawings.fit_box(line, box, 32)
    assert fitted.shape == (64, 32, 1)
    assert fitted[:, 0].min() > 235 and fitted[6:-6, 16].max() < 20


def test_references_show_the_drawings_colours():
    one, like, other = (
        figure(colours) for colours in ([RED, BLUE], [BLUE, RED, BLUE], [RED, GREEN])
    )
    chosen = companions.choose_references(one, [other, like])
    assert len(chosen) == 1 and chosen[0] is like


def test_a_described_drawing_has_what_training_wants(rng):
    painting = figure([RED, BLUE])
    described = drawings.describe_drawing(painting, [figure([BLUE, RED])], rng)
    assert len(described["sketches"]) == 6
    for sketch in described["sketches"]:
        assert sketch.shape == (64, 64) and sketch.min() < 128 < sketch.max()
    (reference,) = described["references"]
    assert reference.shape == (drawings.REFERENCE_SIDE, drawings.REFERENCE_SIDE, 4)
    assert reference[0, 0, 3] == 0 and reference[112, 112, 3] == 255
    palettes = described["palettes"].astype(int)
    assert palettes.shape == (1 + drawings.NUM_PALETTES, 2, 3)
    for part in palettes[0]:
        assert min(np.abs(part - RED).max(), np.abs(part - BLUE).max()) < 8
    assert np.ptp(palettes[1:], axis=0).min() > 20
    assert records.make_example(painting, "name", "source", **described)


def test_the_first_sketch_is_of_the_paintings_size_and_others_finer_or_coarser(rng):
    painting = figure([RED, BLUE, GREEN], (128, 128), (16, 32, 112, 96))
    first, *others = drawings.extract_sketches(painting, ["thin"] * 5, rng)
    again = drawings.extract_sketches(painting, ["thin"], rng)[0]
    np.testing.assert_array_equal(first, again)
    assert len({np.mean(sketch) for sketch in [first, *others]}) == 5


def test_whether_there_is_a_ground_is_asked_of_the_border_alone():
    """A pixel in a corner counts once; more than half of the border must be ground."""
    pixels = figure([RED], (20, 20), (0, 0, 0, 0))
    assert figures.has_ground(pixels)
    pixels[0], pixels[1:14, 0] = RED, BLUE  # of 76 pixels 43 are left
    assert figures.has_ground(pixels)
    pixels[14:16, 0] = BLUE
    assert not figures.has_ground(pixels)
    pixels[5:15, 5:15] = WHITE
    assert not figures.has_ground(pixels)


def test_a_box_that_takes_gigabytes_is_refused():
    pixels = np.full((16, 100_000, 3), 255, np.uint8)
    with pytest.raises(ValueError, match="too long and thin with 100000 x 16 pixels"):
        drawings.fit_box(pixels, drawings.find_box(pixels), 32)
