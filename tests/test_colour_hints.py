import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
import tensorflow as tf

from keras_s2p.common import images, lab
from keras_s2p.painting import colour_hints, hint_pictures, layers

SIZE = 512
RED, BLUE = (200, 40, 50), (40, 60, 190)

apply_hints = tf.function(
    colour_hints.apply_hints,
    input_signature=[tf.TensorSpec([1, None, None, c]) for c in (3, 1, 4)],
    autograph=False,
)


def to_batch(pixels):
    return images.to_float(np.asarray(pixels, np.uint8))[tf.newaxis]


def to_pixels(batch):
    return images.to_uint8(batch)[0].numpy()


def polar(size=SIZE):
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    return x, y, np.hypot(x, y)


def circle(gap=0, size=SIZE, radius=150, width=2):
    """A sketch of a circle with a gap on its right side, and where its inside is."""
    x, y, distance = polar(size)
    line = np.abs(distance - radius) < width / 2
    line &= ~((np.abs(y) < gap / 2) & (x > 0))
    sketch = np.where(line, 0, 255)[..., np.newaxis]
    return to_batch(sketch), distance < radius - width, distance > radius + width


def flat(value, size=SIZE):
    return to_batch(np.full((size, size, 3), value))


def dots(*points, size=SIZE):
    return colour_hints.to_hints(hint_pictures.hints_from_points(points, (size, size)))


def shaded_disc(tone=(180, 150, 120)):
    """A disc of one tone, a third of it in shade, with soft light above."""
    x, y, _ = polar()
    light = 1 + 0.1 * np.exp(-((x + 60) ** 2 + (y + 80) ** 2) / 2000)
    light = np.where(x + y > 70, 0.75, light)
    return to_batch(np.clip(np.array(tone) * light[..., np.newaxis], 0, 255))


def test_a_hint_colours_a_closed_area_and_nothing_else():
    sketch, inside, outside = circle()
    colour = flat(150)
    painted = apply_hints(colour, sketch, dots((256, 256, RED)))
    np.testing.assert_array_equal(to_pixels(painted)[inside], [RED] * inside.sum())
    np.testing.assert_array_equal(painted[0][outside], colour[0][outside])


@pytest.mark.parametrize("gap", [2, 6])
def test_a_hint_does_not_leak_through_a_small_gap(gap):
    sketch, inside, outside = circle(gap)
    painted = to_pixels(apply_hints(flat(150), sketch, dots((256, 256, RED))))
    assert (painted[inside] == RED).all(axis=-1).mean() > 0.999
    leaked = (painted[outside] != 150).any(axis=-1).sum()
    assert leaked < 4 * gap
    # The control: a flood fill runs out.
    free = sketch[0, ..., 0].numpy() > 0
    image = PIL.Image.fromarray(free.astype(np.uint8)).copy()
    PIL.ImageDraw.floodfill(image, (256, 256), 2)
    assert (np.asarray(image)[outside] == 2).all()


def test_the_sketch_may_be_large_and_a_hint_a_few_pixels():
    size = 1400
    sketch, inside, outside = circle(14, size, radius=420, width=5)
    hints = np.zeros((size, size, 4), np.uint8)
    hints[700:703, 700:703] = (*RED, 255)
    colour = flat(150, size)
    painted = to_pixels(apply_hints(colour, sketch, colour_hints.to_hints(hints)))
    error = np.abs(painted[inside].astype(int) - RED).max(axis=-1)
    assert np.mean(error > 2) < 0.002, np.mean(error > 2)
    changed = np.abs(painted[outside].astype(int) - 150).max(axis=-1)
    assert np.mean(changed > 2) < 0.0005, np.mean(changed > 2)


def test_two_hints_share_an_area_smoothly():
    sketch, inside, _ = circle()
    hints = dots((180, 256, RED), (330, 256, BLUE))
    painted = to_pixels(apply_hints(flat(150), sketch, hints)).astype(int)
    row = painted[256, 120:395]
    assert np.abs(painted[256, 180] - RED).max() <= 6
    assert np.abs(painted[256, 330] - BLUE).max() <= 6
    assert np.abs(row[0] - RED).max() <= 4 and np.abs(row[-1] - BLUE).max() <= 4
    middle = (np.array(RED) + BLUE) / 2
    assert np.abs(painted[256, 255] - middle).max() <= 12
    assert np.abs(np.diff(row, axis=0)).max() <= 6
    assert np.diff(row[:, 0]).max() <= 1  # ever less red


def test_hints_on_both_sides_of_a_line_do_not_mix():
    sketch, inside, outside = circle(4)
    hints = dots((256, 256, RED), (20, 20, BLUE))
    painted = to_pixels(apply_hints(flat(150), sketch, hints))
    assert (painted[inside] == RED).all(axis=-1).mean() > 0.999
    assert (painted[outside] == BLUE).all(axis=-1).mean() > 0.999


def test_a_white_hint_leaves_an_area_blank():
    sketch, inside, outside = circle()
    colour = shaded_disc()
    painted = apply_hints(colour, sketch, dots((256, 256, "#ffffff")))
    assert (to_pixels(painted)[inside] == 255).all()
    np.testing.assert_array_equal(painted[0][outside], colour[0][outside])


@pytest.mark.parametrize(
    "wanted", ["#c04050", "#102040", "#ffe0cc", "#30a060", "#f0f0a0", "#7a4a2a"]
)
@pytest.mark.parametrize("tone", [(180, 150, 120), (60, 70, 110), (235, 235, 240)])
def test_the_flat_tone_is_the_hint_s_and_shading_stays(wanted, tone):
    sketch, inside, _ = circle()
    colour = shaded_disc(tone)
    painted = to_pixels(apply_hints(colour, sketch, dots((256, 300, wanted))))
    target = [int(wanted[i : i + 2], 16) for i in (1, 3, 5)]
    median = np.median(painted[inside], axis=0)
    assert np.linalg.norm(lab.to_lab(median) - lab.to_lab(target)) < 2
    x, y, _ = polar()
    before, after = (lab.to_lab(each)[..., 0] for each in (to_pixels(colour), painted))
    shade, lit = inside & (x + y > 90), inside & (x + y < 0)
    fall = [np.median(each[lit]) - np.median(each[shade]) for each in (before, after)]
    assert fall[1] > 0.3 * fall[0] * lab.to_lab(target)[0] / 100
    highlight = inside & (np.hypot(x + 60, y + 80) < 10)
    assert np.median(after[highlight]) > np.median(after[lit]) - 0.5


@pytest.mark.parametrize("tone", [100, 116, 131])
def test_the_flat_tone_of_a_clouded_area_is_the_hint_s(tone):
    sketch, inside, _ = circle()
    x, y, _ = polar()
    light = tone + 30 * np.exp(-((x + 60) ** 2 + (y + 80) ** 2) / 8000) + x / 15
    clouds = to_batch(np.repeat(light[..., np.newaxis], 3, axis=-1))
    wanted = (32, 96, 208)
    painted = to_pixels(apply_hints(clouds, sketch, dots((256, 256, wanted))))
    middle = np.median(painted[inside], axis=0)
    one, other = lab.to_lab(np.array([middle, wanted]))
    assert np.linalg.norm(one - other) < 1


def test_another_colour_in_the_area_leaves_no_ghost():
    """Half of an arm was painted in the sleeve's dark blue."""
    sketch, inside, _ = circle()
    x, _, _ = polar()
    colour = np.where(x[..., np.newaxis] < 40, (235, 200, 180), (50, 60, 120))
    painted = to_pixels(apply_hints(to_batch(colour), sketch, dots((200, 256, RED))))
    sides = [np.median(painted[inside & side], axis=0) for side in (x < 30, x > 50)]
    assert np.linalg.norm(lab.to_lab(sides[0]) - lab.to_lab(sides[1])) < 4


def test_a_stroke_that_spills_over_a_line_colours_one_side():
    sketch = np.full((SIZE, SIZE, 1), 255)
    sketch[:, 255:258] = 0
    hints = np.zeros((SIZE, SIZE, 4), np.uint8)
    hints[100:400, 245:261] = (*RED, 255)  # its middle is left of the line
    painted = apply_hints(flat(150), to_batch(sketch), colour_hints.to_hints(hints))
    painted = to_pixels(painted)
    assert (painted[:, :254] == RED).all()
    assert (painted[:, 259:] == 150).all()


def test_a_dot_on_a_line_colours_what_is_nearest():
    sketch = np.full((SIZE, SIZE, 1), 255)
    sketch[:, 254:258] = 0
    painted = to_pixels(apply_hints(flat(150), to_batch(sketch), dots((254, 100, RED))))
    assert (painted[:, :253] == RED).all()
    assert (painted[:, 259:] == 150).all()


def strands(colours):
    """A sketch of columns parted by lines, and its colours."""
    sketch = np.full((SIZE, SIZE, 1), 255)
    colour = np.zeros((SIZE, SIZE, 3))
    edges = [0, 400, 412, 424, 512]
    for left, right, each in zip(edges, edges[1:], colours):
        colour[:, left:right] = each
        sketch[:, right - 2 : right] = 0
    return to_batch(sketch), to_batch(colour)


def test_small_pieces_that_are_painted_alike_follow_and_large_ones_do_not():
    brown, skin = (150, 100, 70), (250, 220, 200)
    sketch, colour = strands([brown, brown, skin, brown])
    hints = dots((200, 256, RED))
    painted = to_pixels(apply_hints(colour, sketch, hints))
    middles = [painted[256, x].tolist() for x in (200, 405, 417, 470)]
    assert middles == [list(RED), list(RED), list(skin), list(brown)]
    alone = to_pixels(colour_hints.apply_hints(colour, sketch, hints, piece=0.0))
    assert alone[256, 405].tolist() == list(brown)


def test_paper_beside_a_hinted_area_is_not_taken_for_like():
    white = (255, 255, 255)
    sketch, colour = strands([white] * 4)
    painted = to_pixels(apply_hints(colour, sketch, dots((200, 256, RED))))
    assert (painted[:, :396] == RED).all()
    assert (painted[:, 402:] == 255).all()


def test_no_hint_changes_nothing():
    sketch, _, _ = circle()
    colour = shaded_disc()
    painted = apply_hints(colour, sketch, tf.zeros([1, SIZE, SIZE, 4]))
    np.testing.assert_array_equal(painted, colour)


@pytest.mark.parametrize("kind", ["black", "chessboard", "tone"])
def test_a_sketch_without_an_area_is_painted_as_without_the_hint(kind):
    y, x = np.mgrid[:SIZE, :SIZE]
    white = {"black": x < 0, "chessboard": (x + y) % 2, "tone": (x + y) % 3}[kind]
    sketch = to_batch(np.where(white, 255, 0)[..., np.newaxis])
    colour = shaded_disc()
    painted = apply_hints(colour, sketch, dots((256, 256, RED)))
    np.testing.assert_array_equal(painted, colour)


def test_a_graph_without_known_sizes_paints_the_same():
    for size, points in (
        (200, [(100, 100, RED), (80, 120, BLUE)]), (700, [(350, 350, RED)]),
    ):  # fmt: skip
        sketch, _, _ = circle(4, size, radius=size * 0.4, width=3)
        rng = np.random.default_rng(size)
        colour = to_batch(np.kron(rng.integers(0, 256, (4, 4, 3)),
                                  np.ones((size // 4, size // 4, 1))))  # fmt: skip
        hints = dots(*points, size=size)
        args = colour, sketch, hints
        np.testing.assert_allclose(
            apply_hints(*args), colour_hints.apply_hints(*args), atol=1e-4
        )


def test_faint_lines_of_a_large_sketch_hold_too():
    size = 1536
    sketch, inside, outside = circle(0, size, radius=450, width=2)
    small = layers.find_paper(images.resize(sketch, (512, 512)))
    assert 0 < small.numpy().min() < 0.7
    painted = to_pixels(
        apply_hints(flat(150, size), sketch, dots((768, 768, RED), size=size))
    )
    assert np.mean(painted[outside] != 150) < 0.005
