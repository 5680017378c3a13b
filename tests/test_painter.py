import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting import layers
from keras_s2p.painting.painter import (
    Painter,
    find_layers,
    generate_averaged,
    working_shape,
)

RED, BLUE = (220, 40, 60), (40, 60, 220)


class FakeGenerator:
    """Paints the paper in the hint's first three values; remembers its sketches.

    Its only feature is 1 everywhere: all places are alike.
    """

    output = {"features": [np.ones((1, 1))]}

    def __init__(self, lack=0.0):
        self.sketches = []
        self.lack = lack

    def __call__(self, inputs, training):
        assert not training
        sketch, hint = inputs["sketch"], inputs["hint"]
        assert sketch.shape[1] % 32 == 0 and sketch.shape[2] % 32 == 0
        self.sketches.append(sketch.numpy())
        colour = hint[:, tf.newaxis, tf.newaxis, :3]
        painting = (colour - self.lack + 1) * (sketch + 1) / 2 - 1
        return {"painting": painting, "features": [tf.ones_like(sketch)]}


class FakeHintEncoder:
    """The mean colour of the reference and a zero."""

    output_shape = (None, 4)

    def __call__(self, painting, training):
        assert painting.shape[1:] == (256, 256, 3)
        return tf.pad(tf.reduce_mean(painting, axis=[1, 2]), [[0, 0], [0, 1]])


@pytest.fixture
def painter():
    return Painter(size=64, generator=FakeGenerator(), hint_encoder=FakeHintEncoder())


def reference(colour):
    return np.full((30, 50, 3), colour, np.uint8)


def sketch(height, width, lines=()):
    pixels = np.full((height, width), 255, np.uint8)
    for row in lines:
        pixels[row] = 0
    return pixels


@pytest.mark.parametrize(
    "shape", [(64, 64), (37, 53), (16, 16), (101, 333), (500, 17), (300, 211)]
)
def test_painting_keeps_the_sketch_size(painter, shape):
    painting = painter.paint(sketch(*shape), reference(RED))
    assert painting.size == shape[::-1]
    assert np.abs(np.asarray(painting).astype(int) - RED).max() <= 1


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((128, 512), (128, 512)),
        ((2000, 1500), (296, 222)),
        ((16, 10_000), (2, 1024)),
        ((256, 256), (256, 256)),
    ],
)
def test_working_shape(shape, expected):
    assert tuple(working_shape(shape, 256).numpy()) == expected


def test_paths_pil_images_and_arrays_give_the_same(painter, tmp_path):
    pixels = sketch(40, 50, lines=[20])
    paths = str(tmp_path / "sketch.png"), tmp_path / "reference.png"
    PIL.Image.fromarray(pixels).save(paths[0])
    PIL.Image.fromarray(reference(BLUE)).save(paths[1])
    results = [
        painter.paint(*paths),
        painter.paint(pixels, reference(BLUE)),
        painter.paint(pixels[..., np.newaxis], PIL.Image.open(paths[1])),
        painter.paint(PIL.Image.open(paths[0]).convert("RGB"), str(paths[1])),
    ]
    for result in results[1:]:
        np.testing.assert_array_equal(np.asarray(result), np.asarray(results[0]))


@pytest.mark.parametrize("side", [40, 64, 200])
def test_colours_are_drawn_to_the_palette_at_every_size(painter, side):
    nearly_red = np.array([[0.65, -0.6, -0.45, 0]], np.float32)
    palette = painter.palette(reference(RED))
    matched, left = (
        np.asarray(painter.paint(sketch(side, side), hint=nearly_red, palette=each))
        for each in (palette, None)
    )
    np.testing.assert_allclose(matched[5, 5], RED, atol=1)
    np.testing.assert_allclose(left[5, 5], (210, 51, 70), atol=1)


def test_transparent_pixels_are_white_paper(painter):
    pixels = np.zeros((64, 64, 4), np.uint8)  # black, but transparent
    pixels[30:33, :, 3] = 255
    painting = np.asarray(painter.paint(pixels, reference(RED)))
    np.testing.assert_allclose(painting[0, 0], RED, atol=1)
    assert painting[31].max() <= 15


def test_transparent_reference_is_laid_over_white(painter):
    clear = np.dstack([reference(RED), np.zeros((30, 50), np.uint8)])
    np.testing.assert_allclose(painter.hint(clear), [[1, 1, 1, 0]], atol=1e-5)


def test_orientation_of_a_pil_image_is_obeyed(painter):
    image = PIL.Image.fromarray(sketch(40, 90))
    image.getexif()[0x0112] = 6  # quarter turn
    assert painter.paint(image).size == (40, 90)


def test_a_painting_is_the_mean_of_a_small_one_and_a_larger_mirrored_one():
    sizes = []

    def paint_left_half(inputs, training):
        """Paints the left half only, and at each size another grey."""
        sketch = inputs["sketch"]
        sizes.append(sketch.shape[1])
        left = np.arange(sketch.shape[2]) < sketch.shape[2] // 2
        grey = sketch.shape[1] / 1000 * left[:, np.newaxis]
        painting = np.ones_like(sketch) * grey.astype(np.float32)
        features = np.concatenate([painting > 0, painting == 0], axis=-1)
        return {"painting": painting, "features": [features.astype(np.float32)]}

    page = np.ones((1, 192, 192, 1), np.float32)
    painting, features = generate_averaged(paint_left_half, page, np.zeros((1, 4)), 192)
    assert painting.shape == (1, 192, 192, 1)
    assert sizes == [160, 224]
    np.testing.assert_allclose(painting[:, :, :90], 0.160 / 2, atol=1e-4)
    np.testing.assert_allclose(painting[:, :, -90:], 0.224 / 2, atol=1e-4)
    # Each half was once painted and once not; a place every 4 pixels.
    assert features.shape == (1, 48, 48, 2)
    np.testing.assert_allclose(features[:, :, :22], 0.5, atol=1e-4)
    np.testing.assert_allclose(features[:, :, -22:], 0.5, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((300, 300), 224, [(192, 192), (256, 256)]),
        ((400, 300), 224, [(224, 160), (288, 224)]),
        ((40, 40), 32, [(32, 32), (32, 32)]),
    ],
)
def test_no_painting_is_padded(painter, shape, size, expected):
    page = np.ones((1, *shape, 1), np.float32)
    generate_averaged(painter.generator, page, np.zeros((1, 4), np.float32), size)
    assert [s.shape[1:3] for s in painter.generator.sketches] == expected


def test_what_a_painting_of_the_reference_lacks_is_added():
    painter = Painter(
        size=64, generator=FakeGenerator(lack=0.2), hint_encoder=FakeHintEncoder()
    )
    page = sketch(64, 64)
    hint, calibration = (
        painter.hint(reference(RED)),
        painter.calibration(reference(RED)),
    )
    alone = np.asarray(painter.paint(page, hint=hint)).astype(int)
    added = np.asarray(painter.paint(page, hint=hint, calibration=calibration))
    np.testing.assert_allclose(alone[5, 5], np.array(RED) - 0.2 * 127.5, atol=1)
    np.testing.assert_allclose(added[5, 5], RED, atol=1)
    given = painter.paint(
        page,
        hint=hint,
        calibration=calibration,
        palette=painter.palette(reference(RED)),
    )
    after = painter.paint(page, reference(RED))
    np.testing.assert_array_equal(np.asarray(after), np.asarray(given))
    # Without strength nothing of the reference is left.
    own = np.asarray(painter.paint(page, reference(RED), strength=0))
    np.testing.assert_array_equal(own, np.asarray(painter.paint(page)))


def test_tinted_paper_reaches_the_generator_white(painter):
    painter.paint(np.full((64, 64), 200, np.uint8))
    np.testing.assert_allclose(painter.generator.sketches[0], 1.0, atol=1e-6)


def test_large_sketch_keeps_its_own_lines(painter):
    painter.size = 224
    pixels = sketch(1600, 2400, lines=[400, 401, 800])
    painting = np.asarray(painter.paint(pixels, reference(RED))).astype(int)
    small, larger = painter.generator.sketches[-2:]
    assert small.shape == (1, 160, 224, 1) and larger.shape == (1, 224, 320, 1)
    assert painting[[400, 401, 800]].max() <= 15
    for row in (396, 397, 404, 405, 796, 797, 803, 804):
        np.testing.assert_allclose(painting[row].mean(axis=0), RED, atol=10)
    # The control: the small painting, enlarged, has no such line.
    small = images.resize(
        images.to_float(pixels[np.newaxis, ..., np.newaxis]), (160, 240)
    )
    nearest = np.repeat(images.to_uint8(small)[0, ..., 0].numpy(), 10, axis=0)
    assert nearest.min() > 100


def test_strength_goes_from_the_zero_hint_to_the_reference(painter):
    page = sketch(64, 64)
    own, half, full = (
        np.asarray(painter.paint(page, reference(RED), strength=s))[5, 5].astype(int)
        for s in (0, 0.5, 1)
    )
    np.testing.assert_allclose(own, [128] * 3, atol=1)
    np.testing.assert_allclose(full, RED, atol=1)
    np.testing.assert_allclose(half, (own + full) / 2, atol=1)
    # At two sizes: one for each end, two between, and the reference's own for two.
    assert len(painter.generator.sketches) == 2 * (4 + 2)


def test_no_reference_is_the_zero_hint(painter):
    page = sketch(64, 64)
    zero = painter.paint(page, hint=np.zeros((1, 4)))
    np.testing.assert_array_equal(np.asarray(painter.paint(page)), np.asarray(zero))


def test_hint_is_what_paint_takes_from_a_reference(painter):
    hint = painter.hint(reference(BLUE))
    assert hint.shape == (1, 4) and hint.dtype == np.float32
    page = sketch(64, 64)
    np.testing.assert_array_equal(
        np.asarray(painter.paint(page, hint=hint)),
        np.asarray(painter.paint(page, reference(BLUE))),
    )


def test_a_large_painting_is_matched_to_the_palette_of_its_reference(painter):
    class DullGenerator(FakeGenerator):
        def __call__(self, inputs, training):
            outputs = super().__call__(inputs, training)
            return {**outputs, "painting": 0.9 * outputs["painting"]}

    painter.network = DullGenerator()
    page, hint = sketch(200, 150), painter.hint(reference(RED))
    alone = np.asarray(painter.paint(page, hint=hint)).astype(int)
    assert np.abs(alone - RED).max() >= 8
    matched = np.asarray(painter.paint(page, reference(RED)))
    assert np.abs(matched.astype(int) - RED).max() <= 1
    palette = painter.palette(reference(RED))
    given = painter.paint(page, hint=hint, palette=palette)
    np.testing.assert_array_equal(np.asarray(given), matched)
    own = np.asarray(painter.paint(page, reference(RED), strength=0))
    np.testing.assert_array_equal(own, np.asarray(painter.paint(page)))


def test_a_mirrored_reference_has_the_same_hint():
    class LeftEncoder(FakeHintEncoder):
        """The mean colour of the left half."""

        def __call__(self, painting, training):
            left = painting[:, :, :128]
            return tf.pad(tf.reduce_mean(left, axis=[1, 2]), [[0, 0], [0, 1]])

    painter = Painter(size=64, generator=FakeGenerator(), hint_encoder=LeftEncoder())
    picture = np.concatenate([reference(RED), reference(BLUE)], axis=1)
    hint = painter.hint(picture)
    np.testing.assert_allclose(painter.hint(picture[:, ::-1]), hint, atol=1e-4)
    mean = (np.array(RED) + BLUE) / 2
    np.testing.assert_allclose(hint[0, :3], mean / 127.5 - 1, atol=0.01)


def test_blend_is_the_weighted_mean(painter):
    hints = [painter.hint(reference(colour)) for colour in (RED, BLUE)]
    blended = painter.blend(hints, [3, 1])
    assert blended.dtype == np.float32
    np.testing.assert_allclose(blended, 0.75 * hints[0] + 0.25 * hints[1], atol=1e-6)
    np.testing.assert_allclose(painter.blend(hints), (hints[0] + hints[1]) / 2)


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [float("nan"), 1]])
def test_blend_refuses_weights_that_do_not_fit(painter, weights):
    with pytest.raises(ValueError, match="weights"):
        painter.blend([np.zeros((1, 4))] * 2, weights)


@pytest.mark.parametrize("shape", [(200, 150), (40, 30)])
def test_layers_are_colour_and_lines(painter, shape):
    row = shape[0] // 2
    layers = painter.paint(sketch(*shape, lines=[row]), reference(RED), layers=True)
    assert [image.size for image in layers] == [shape[::-1]] * 3
    assert [image.mode for image in layers] == ["RGB", "RGB", "RGBA"]
    colour, lines = np.asarray(layers.colour), np.asarray(layers.lines)
    assert np.abs(colour.astype(int) - RED).max() <= 4
    assert (lines[row, :, :3] == 0).all() and lines[row, :, 3].min() >= 220
    assert lines[: row - 1, :, 3].max() == 0


def test_layers_of_a_large_sketch_laid_together_are_the_painting(painter):
    rng = np.random.default_rng(0)
    pixels = np.where(rng.random((130, 170)) < 0.03, 60, 255).astype(np.uint8)
    painting, colour, lines = painter.paint(pixels, reference(BLUE), layers=True)
    laid = PIL.Image.alpha_composite(colour.convert("RGBA"), lines).convert("RGB")
    np.testing.assert_allclose(
        np.asarray(laid).astype(int), np.asarray(painting).astype(int), atol=2
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(sketch=np.zeros((1, 1), np.uint8)), "sketch: only 1 x 1 pixels"),
        (dict(sketch=np.zeros((0, 9), np.uint8)), "sketch: must be uint8"),
        (dict(sketch=np.zeros((32, 32))), "sketch: must be uint8"),
        (dict(sketch=np.zeros((32, 32, 2), np.uint8)), "sketch: 2 channels"),
        (dict(sketch="nowhere.png"), "nowhere.png: no such file"),
        (dict(reference=np.zeros((9, 9, 3), np.uint8)), "reference: only 9 x 9"),
        (dict(reference="nowhere.png"), "nowhere.png: no such file"),
        (dict(hint=np.zeros((1, 5))), r"hint: must be of shape \(1, 4\)"),
        (dict(palette=np.zeros((1, 3, 4))), r"palette: must be of shape \(1, 64, 4\)"),
        (
            dict(calibration=np.zeros((1, 9, 4))),
            r"calibration: must be of shape \(1, 1024, 4\)",
        ),
        (dict(strength=1.5), "strength: must be between 0 and 1"),
        (dict(strength=float("nan")), "strength: must be between 0 and 1"),
        (
            dict(hint=np.zeros((1, 4)), reference=np.zeros((32, 32, 3), np.uint8)),
            "not both",
        ),
    ],
)
def test_bad_arguments_are_named(painter, arguments, message):
    with pytest.raises(ValueError, match=message):
        painter.paint(**{"sketch": sketch(64, 64), **arguments})


def test_too_small_a_working_size_is_refused():
    with pytest.raises(ValueError, match="size: must be at least 32"):
        Painter(size=16, generator=FakeGenerator(), hint_encoder=FakeHintEncoder())


def test_lack_of_memory_names_the_sketch(painter):
    def fail(inputs, training):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM")

    painter.network = fail
    with pytest.raises(ValueError, match="sketch: not enough memory"):
        painter.paint(sketch(64, 64))


def test_networks_of_a_folder_paint(weights_folder):
    painter = Painter(weights_folder, size=32)
    page = sketch(45, 70, lines=[20])
    paintings = [
        np.asarray(painter.paint(page, reference(colour))) for colour in (RED, BLUE)
    ]
    assert paintings[0].shape == (45, 70, 3)
    assert (paintings[0] != paintings[1]).any()


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(ValueError, match="nowhere: no such folder"):
        Painter(tmp_path / "nowhere")


def test_one_graph_enlarges_all_shapes():
    palette = np.zeros((1, 64, 4), np.float32)
    for height, width in ((64, 48), (96, 160)):
        small = tf.random.stateless_uniform([1, 32, 40, 3], (0, 0), -1, 1)
        sketch = tf.random.stateless_uniform([1, height, width, 1], (0, 1), -1, 1)
        colour, lines = find_layers(small, sketch, palette, 1.0)
        expected = layers.spread_colour(small, sketch)
        np.testing.assert_allclose(colour, expected, atol=1e-4)
        expected = layers.soften_lines(small, sketch)
        np.testing.assert_allclose(lines, expected, atol=1e-4)
    assert find_layers.experimental_get_tracing_count() == 1
