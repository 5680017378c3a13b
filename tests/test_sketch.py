import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.data import sketch


def flat(colour, height=48, width=40):
    """[H, W, 3] float in [-1, 1] of one colour in [0, 255]."""
    return np.tile(np.float32(colour) / 127.5 - 1, (height, width, 1))


@pytest.fixture
def pictures(painting):
    """The four quarters, and noise."""
    noise = np.random.default_rng(0).uniform(-1, 1, (48, 40, 3))
    return [images.to_float(painting), tf.constant(noise, tf.float32)]


@pytest.mark.parametrize("look", sketch.LOOKS)
@pytest.mark.parametrize("colour", [(255, 255, 255), (230, 150, 90), (20, 20, 30)])
def test_a_flat_colour_gives_blank_paper(look, colour):
    drawn = sketch.extract_sketch(tf.constant(flat(colour)), look)
    assert drawn.shape == (48, 40, 1)
    np.testing.assert_allclose(drawn, 1, atol=0.01)


@pytest.mark.parametrize("look", sketch.LOOKS)
@pytest.mark.parametrize("width", [2, 4])
def test_an_inked_line_stays_one_dark_line(look, width):
    pixels = flat((255, 255, 255))
    pixels[:, 20 : 20 + width] = -1
    drawn = sketch.extract_sketch(tf.constant(pixels), look)[..., 0].numpy()
    assert drawn[:, 20 : 20 + width].max() < 0
    assert drawn[:, :16].min() > 0.99
    assert drawn[:, 20 + width + 4 :].min() > 0.99


def test_a_wide_dark_shape_is_drawn_as_its_outline():
    pixels = flat((255, 255, 255))
    pixels[:, 10:30] = -1
    drawn = sketch.extract_sketch(tf.constant(pixels), "thin")[24, :, 0].numpy()
    assert drawn[10] < -0.5
    assert drawn[29] < -0.5
    assert drawn[15:25].min() > 0.99


@pytest.mark.parametrize("look", sketch.LOOKS)
def test_an_edge_between_equally_light_colours_gives_one_line(look):
    pixels = flat((200, 60, 60))
    pixels[:, 20:] = flat((60, 131.3, 62))[:, 20:]  # green, of the same grey
    gray = images.to_gray(tf.constant(pixels))
    assert np.ptp(gray) < 0.01
    drawn = sketch.extract_sketch(tf.constant(pixels), look)[24, :, 0].numpy()
    lines = np.flatnonzero(np.diff(np.concatenate([[0], drawn < 0.5, [0]])) == 1)
    assert len(lines) == 1
    assert drawn[17:23].min() < 0
    assert drawn[:14].min() > 0.99
    assert drawn[26:].min() > 0.99


def test_skin_on_white_paper_gets_an_outline():
    pixels = flat((255, 255, 255))
    pixels[:, 20:] = flat((255, 228, 208))[:, 20:]
    drawn = sketch.extract_sketch(tf.constant(pixels), "thin")[..., 0].numpy()
    assert drawn[4:-4, 19:22].min(axis=1).max() < -0.5


def test_jpeg_noise_gives_no_lines():
    noise = np.random.default_rng(0).normal(0, 0.02, (48, 40, 3))
    pixels = flat((180, 180, 220)) + noise.astype(np.float32)
    drawn = sketch.extract_sketch(tf.constant(pixels), "thin")
    assert drawn.numpy().min() > 0.9


@pytest.mark.parametrize("look", sketch.LOOKS)
def test_range_is_that_of_the_networks(pictures, look):
    for picture in pictures:
        drawn = sketch.extract_sketch(picture, look).numpy()
        assert -1 <= drawn.min() < 0 < drawn.max() <= 1


def test_all_looks_differ(pictures):
    drawn = [sketch.extract_sketch(pictures[0], look).numpy() for look in sketch.LOOKS]
    for i, one in enumerate(drawn):
        for other in drawn[:i]:
            assert np.abs(one - other).max() > 0.2


def test_an_unknown_look_is_named():
    with pytest.raises(ValueError, match="fancy"):
        sketch.extract_sketch(tf.constant(flat((0, 0, 0))), "fancy")


def test_random_looks_all_occur_and_follow_from_the_seed(pictures):
    drawn = [sketch.extract_sketch(pictures[0], look).numpy() for look in sketch.LOOKS]
    seen = set()
    for i in range(40):
        one = sketch.random_sketch(pictures[0], (i, 7)).numpy()
        np.testing.assert_array_equal(one, sketch.random_sketch(pictures[0], (i, 7)))
        distances = [np.abs(one - other).max() for other in drawn]
        assert min(distances) < 1e-6
        seen.add(int(np.argmin(distances)))
    assert seen == set(range(len(sketch.LOOKS)))


def test_eager_and_dataset_map_agree_for_pictures_of_any_size(pictures):
    seeds = [(i, 3) for i in range(4)]
    cut = [picture[: 40 - 4 * i, : 32 + 2 * i] for i, picture in enumerate(pictures)]
    dataset = tf.data.Dataset.from_generator(
        lambda: ((picture, seed) for picture in cut for seed in seeds),
        output_signature=(
            tf.TensorSpec([None, None, 3]),
            tf.TensorSpec([2], tf.int32),
        ),
    ).map(sketch.random_sketch, num_parallel_calls=2)
    assert dataset.element_spec.shape.as_list() == [None, None, 1]
    mapped = list(dataset)
    eager = [sketch.random_sketch(picture, seed) for picture in cut for seed in seeds]
    for one, other in zip(mapped, eager):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_thin_picture_is_drawn_with_its_mirror_images_beside_it():
    """Also inside a graph, which knows no sizes."""
    spec = tf.TensorSpec([None, None, 3])
    draw = tf.function(sketch.extract_sketch, input_signature=[spec])
    for shape in ((60, 1), (2, 60)):
        picture = np.random.default_rng(0).uniform(-1, 1, (*shape, 3))
        picture = picture.astype(np.float32)
        lacking = [max(0, sketch.LEAST_SIDE - side) for side in shape]
        more = [(0, lack) for lack in (*lacking, 0)]
        wide = tf.constant(np.pad(picture, more, "symmetric"))
        expected = sketch.extract_sketch(wide)[: shape[0], : shape[1]]
        drawn = sketch.extract_sketch(tf.constant(picture))
        np.testing.assert_allclose(drawn, expected, atol=1e-5)
        np.testing.assert_allclose(draw(picture), expected, atol=5e-3)


def test_a_picture_is_wide_enough_for_all_looks():
    """Else TensorFlow refuses to mirror it beyond its own size."""
    side = sketch.LEAST_SIDE
    for look in sketch.LOOKS:
        assert sketch.extract_sketch(tf.zeros([side, side, 3]), look).shape == (
            side, side, 1,
        )  # fmt: skip
