import functools
import io
import types

import keras
import numpy as np
import PIL.EpsImagePlugin
import PIL.Image
import pytest
import tensorflow as tf

from keras_s2p.common import images, picture_files
from keras_s2p.common.place_drawings import CHANNELS, EMBEDDING
from keras_s2p.painting import hint_pictures, kept, layers, stages
from keras_s2p.painting import painter as painter_module
from keras_s2p.painting.painter import Painter, compose
from keras_s2p.painting.stages import generate, working_shape

RED, BLUE = (220, 40, 60), (40, 60, 220)


def fake_generator(lack=0.0, factor=1.0, seen=None):
    """Paints the paper in the hint's first three values.

    `seen` is a list to which each sketch that it is given is added.
    """

    def look(pixels):
        assert pixels.shape[1] % 32 == 0 and pixels.shape[2] % 32 == 0
        if seen is not None:
            seen.append(pixels)
        return pixels

    def paint(inputs):
        sketch, hint = inputs[:2]
        shape = sketch.shape
        sketch = tf.ensure_shape(tf.numpy_function(look, [sketch], tf.float32), shape)
        colour = hint[:, tf.newaxis, tf.newaxis, :3] - lack
        return factor * ((colour + 1) * (sketch + 1) / 2 - 1)

    sketch, hint = keras.Input((None, None, 1)), keras.Input((4,))
    painting = keras.layers.Lambda(paint)([sketch, hint])
    return keras.Model({"sketch": sketch, "hint": hint}, {"painting": painting})


def fake_hint_encoder(columns=256):
    """The mean colour of a reference's first columns, and a zero."""
    painting = keras.Input((256, 256, 3))
    mean = keras.layers.GlobalAveragePooling2D()(painting[:, :, :columns])
    return keras.Model(painting, tf.pad(mean, [[0, 0], [0, 1]]))


def fake_place_encoder():
    """All places are alike."""
    drawing = keras.Input((None, None, CHANNELS))
    quarter = keras.layers.AveragePooling2D(4)(drawing[..., :1])
    return keras.Model(drawing, tf.repeat(tf.ones_like(quarter), EMBEDDING, axis=-1))


def make_painter(size=64, columns=256, places=True, **generator):
    return Painter(
        size=size,
        generator=fake_generator(**generator),
        hint_encoder=fake_hint_encoder(columns),
        place_encoder=fake_place_encoder() if places else None,
    )


@pytest.fixture
def painter():
    return make_painter()


def styled(painter, hint):
    """The style of a hint alone."""
    return painter.no_style()._replace(hint=np.asarray(hint, np.float32))


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
    nearly = painter.style(reference(RED)).without("places")
    nearly = nearly._replace(hint=nearly_red)
    matched, left = (
        np.asarray(painter.paint(sketch(side, side), style))
        for style in (nearly, nearly.without("palette"))
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
        return {"painting": np.ones_like(sketch) * grey.astype(np.float32)}

    page = np.ones((1, 192, 192, 1), np.float32)
    painting = generate(paint_left_half, page, np.zeros((1, 4)), 192)
    assert painting.shape == (1, 192, 192, 1)
    assert sizes == [160, 224]
    np.testing.assert_allclose(painting[:, :, :90], 0.160 / 2, atol=1e-4)
    np.testing.assert_allclose(painting[:, :, -90:], 0.224 / 2, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((300, 300), 224, [(192, 192), (256, 256)]),
        ((400, 300), 224, [(224, 160), (288, 224)]),
        ((40, 40), 32, [(32, 32), (32, 32)]),
    ],
)
def test_no_painting_is_padded(shape, size, expected):
    seen = []
    make_painter(size, seen=seen).paint(sketch(*shape))
    assert [each.shape[1:3] for each in seen] == expected


def test_like_places_take_the_colours_of_the_reference():
    painter = make_painter(lack=0.2)
    page, style = sketch(64, 64), painter.style(reference(RED))
    alone = painter.paint(page, style.without("palette", "places"))
    carried = painter.paint(page, style.without("palette"))
    short = np.array(RED) - 0.2 * 127.5
    np.testing.assert_allclose(np.asarray(alone).astype(int)[5, 5], short, atol=1)
    np.testing.assert_allclose(np.asarray(carried)[5, 5], RED, atol=1)
    after = painter.paint(page, reference(RED))
    np.testing.assert_array_equal(np.asarray(after), painter.paint(page, style))


def test_without_a_place_encoder_no_colours_are_carried():
    page, painter = sketch(64, 64), make_painter(lack=0.2, places=False)
    style = painter.style(reference(RED)).without("palette")
    assert not style.places.any()
    short = np.array(RED) - 0.2 * 127.5
    np.testing.assert_allclose(
        np.asarray(painter.paint(page, style))[5, 5], short, atol=1
    )


def test_tinted_paper_reaches_the_generator_white():
    seen = []
    make_painter(seen=seen).paint(np.full((64, 64), 200, np.uint8))
    np.testing.assert_allclose(seen[0], 1.0, atol=1e-6)


@pytest.mark.slow
def test_large_sketch_keeps_its_own_lines():
    seen = []
    painter = make_painter(224, seen=seen)
    pixels = sketch(1600, 2400, lines=[0, 400, 401, 800, 1599])  # no margins
    painting = np.asarray(painter.paint(pixels, reference(RED))).astype(int)
    small, larger = seen[-2:]
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


def test_strength_goes_from_grey_over_paler_colour_to_the_reference(painter):
    page = sketch(64, 64)
    grey, half, full = (
        np.asarray(painter.paint(page, reference(RED), strength=s))[5, 5].astype(int)
        for s in (0, 0.5, 1)
    )
    assert np.ptp(grey) <= 1 and grey[0] > 100
    np.testing.assert_allclose(full, RED, atol=1)
    assert 40 < np.ptp(half) < np.ptp(full) - 40
    assert half[0] > max(half[1:]) + 40  # as red, but paler


def test_a_tall_reference_is_seen_twice_whole_and_its_upper_part():
    tall = np.full((400, 100, 3), BLUE, np.uint8)
    tall[:115] = RED
    tall[:, [0, -1]] = tall[::-1, [0, -1]]  # no margins
    views = stages.view_reference(tall)
    assert views.shape == (2, 256, 256, 3)
    upper, whole = (images.to_uint8(view).numpy() for view in views[::-1])
    assert (upper[5:250, 128] == RED).all()
    assert (whole[80:250, 128] == BLUE).all()
    hint = make_painter().hint(tall)
    mean = np.mean([np.mean(each, axis=(0, 1)) for each in (upper, whole)], axis=0)
    np.testing.assert_allclose(hint[0, :3], mean / 127.5 - 1, atol=0.01)
    square = stages.view_reference(tall[100:200])
    np.testing.assert_array_equal(square[0], square[1])


@pytest.mark.parametrize("hints", [None, [(2, 2, BLUE)]])
def test_without_a_reference_all_is_grey_but_for_hints(hints):
    painter = make_painter(lack=[-0.5, 0.5, 0.0])  # what it paints by itself is red
    page = sketch(64, 64, lines=range(30, 34))
    by_itself = painter.paint(page, painter.no_style(), hints=hints)
    assert np.ptp(by_itself.getpixel((32, 50))) > 100
    painted = painter.paint(page, hints=hints)
    assert np.ptp(painted.getpixel((32, 50))) <= 1
    if hints:
        np.testing.assert_allclose(painted.getpixel((2, 2)), BLUE, atol=2)


def test_a_style_is_what_paint_takes_from_a_reference(painter):
    style = painter.style(reference(BLUE))
    assert [part.dtype for part in style] == [np.float32] * 3
    np.testing.assert_array_equal(style.hint, painter.hint(reference(BLUE)))
    page = sketch(64, 64)
    np.testing.assert_array_equal(
        np.asarray(painter.paint(page, style)),
        np.asarray(painter.paint(page, reference(BLUE))),
    )


def test_a_reference_is_read_once(painter, tmp_path):
    path = tmp_path / "reference.png"
    PIL.Image.fromarray(reference(BLUE)).save(path)
    reads = []
    original = picture_files.read_painting

    def read(path, *args):
        reads.append(path)
        return original(path, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_files, "read_painting", read)
        painter.style(path)
    assert reads == [str(path)]


def test_a_large_painting_is_matched_to_the_palette_of_its_reference():
    painter = make_painter(factor=0.9)
    page, style = sketch(200, 150), painter.style(reference(RED))
    style = style.without("places")
    alone = np.asarray(painter.paint(page, style.without("palette"))).astype(int)
    assert np.abs(alone - RED).max() >= 8
    matched = np.asarray(painter.paint(page, style)).astype(int)
    assert np.abs(matched - RED).max() <= 1


def test_a_mirrored_reference_has_the_same_hint():
    painter = make_painter(columns=128)
    picture = np.concatenate([reference(RED), reference(BLUE)], axis=1)
    picture[:, [0, -1]] = picture[:, [-1, 0]]  # no margins
    hint = painter.hint(picture)
    np.testing.assert_allclose(painter.hint(picture[:, ::-1]), hint, atol=1e-4)
    mean = (np.array(RED) + BLUE) / 2
    np.testing.assert_allclose(hint[0, :3], mean / 127.5 - 1, atol=0.01)


def test_a_blend_has_the_weighted_mean_of_the_hints_and_nothing_else(painter):
    styles = [painter.style(reference(colour)) for colour in (RED, BLUE)]
    blended = painter.blend(styles, [3, 1])
    assert blended.hint.dtype == np.float32
    mean = 0.75 * styles[0].hint + 0.25 * styles[1].hint
    np.testing.assert_allclose(blended.hint, mean, atol=1e-6)
    assert not blended.palette.any() and not blended.places.any()
    mean = (styles[0].hint + styles[1].hint) / 2
    np.testing.assert_allclose(painter.blend(styles).hint, mean)


def test_a_blend_by_the_largest_and_smallest_numbers_is_finite(painter):
    styles = [painter.style(reference(colour)) for colour in (RED, BLUE)]
    expected = painter.blend(styles, [2, 1]).hint
    for weights in ([1e308, 5e307], [4e-320, 2e-320]):
        np.testing.assert_allclose(painter.blend(styles, weights).hint, expected)


@pytest.mark.parametrize("value", [np.nan, np.complex64(1j)])
@pytest.mark.parametrize("part", ["hint", "palette", "places"])
def test_what_no_reference_gives_is_not_blended(part, value, painter):
    style = painter.no_style()
    bad = style._replace(**{part: getattr(style, part) + value})
    with pytest.raises(ValueError, match=part):
        painter.blend([style, bad], [1, 1])
    with pytest.raises(ValueError, match=part):
        painter.blend([bad, style], [0, 1])


def test_a_blend_of_a_single_reference_is_its_style(painter):
    styles = [painter.style(reference(colour)) for colour in (RED, BLUE)]
    assert painter.blend(styles, [0, 2]) is styles[1]
    assert painter.blend(styles[:1]) is styles[0]
    assert styles[1].palette.any() and styles[1].places.any()


@pytest.mark.parametrize(
    "weights", [[1], [1, -1], [0, 0], [float("nan"), 1], [float("inf"), 1]]
)
def test_blend_refuses_weights_that_do_not_fit(painter, weights):
    with pytest.raises(ValueError, match="weights"):
        painter.blend([painter.no_style()] * 2, weights)


@pytest.mark.parametrize("given", [("a",), (None,), (["a"], [1]), ([1, 2], [[1], 2])])
def test_blend_refuses_what_is_none(painter, given):
    with pytest.raises(ValueError, match="^styles"):
        painter.blend(*given)
    with pytest.raises(ValueError, match="^styles, weights: must be lists"):
        painter.blend([painter.no_style()], "a")
    with pytest.raises(ValueError, match="^styles, weights: must be lists"):
        painter.blend([painter.no_style()], [10**400])


def test_blend_takes_no_pictures(painter):
    with pytest.raises(ValueError, match="styles: must be what `painter.style` gives"):
        painter.blend(["a.png", "b.png"])


@pytest.mark.parametrize("layers", [False, True])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_painting_that_is_saved_says_that_it_is_srgb(painter, kind, layers):
    painted = painter.paint(sketch(40, 30), reference(RED), layers=layers)
    for image in painted if layers else [painted]:
        file = io.BytesIO()
        image.save(file, kind)
        with PIL.Image.open(file) as saved:
            assert "sRGB".encode("utf-16-be") in saved.info["icc_profile"]


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


# Large pictures that take no memory until they are touched.
ENDLESS = np.broadcast_to(np.uint8(255), (10_000, 20_000, 3))
LAZY = PIL.Image.Image()
LAZY._size, LAZY._mode = (20_000, 10_000), "RGB"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(sketch=np.zeros((1, 1), np.uint8)), "sketch: only 1 x 1 pixels"),
        (dict(sketch=np.zeros((0, 9), np.uint8)), "sketch: must be uint8"),
        (dict(sketch=np.zeros((32, 32))), "sketch: must be uint8"),
        (dict(sketch=np.zeros((32, 32, 2), np.uint8)), "sketch: 2 channels"),
        (dict(sketch="nowhere.png"), "nowhere.png: no such file"),
        (dict(style=np.zeros((9, 9, 3), np.uint8)), "reference: only 9 x 9"),
        (dict(style="nowhere.png"), "nowhere.png: no such file"),
        (dict(sketch=ENDLESS), "sketch: 20000 x 10000 pixels; at most 50 million"),
        (dict(style=ENDLESS), "reference: 20000 x 10000 pixels; at most 100 million"),
        (dict(sketch=ENDLESS[..., :1]), "sketch: 20000 x 10000 pixels"),
        (dict(sketch=LAZY), "sketch: 20000 x 10000 pixels; at most 50 million"),
        (dict(strength=1.5), "strength: must be between 0 and 1"),
        (dict(strength=float("nan")), "strength: must be between 0 and 1"),
        (dict(strength="0.5"), "strength: must be between 0 and 1"),
        (dict(strength=np.array([0.5])), "strength: must be between 0 and 1"),
    ],
)
def test_bad_arguments_are_named(painter, arguments, message):
    with pytest.raises(ValueError, match=message):
        painter.paint(**{"sketch": sketch(64, 64), **arguments})


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("hint", np.zeros((1, 5)), r"hint: must be of shape \(1, 4\)"),
        ("palette", np.zeros((1, 3, 4)), r"palette: must be of shape \(1, 64, 4\)"),
        (
            "places",
            np.zeros((1, 9, 4)),
            r"places: must be of shape \(1, 2304, 132\)",
        ),
        ("hint", np.full((1, 4), np.nan), "hint: has a value that is not finite"),
        ("palette", np.full((1, 64, 4), np.inf), "palette: has a value that is not"),
        ("hint", np.full((1, 4), -1e30), "hint: has a value .* that no reference"),
        ("hint", np.full((1, 4), 1e300), "hint: has a value that is not finite"),
        ("hint", [[10**400] * 4], "hint: has a value that is not finite"),
        ("hint", [["a"] * 4], "hint: has a value that is not finite"),
        ("hint", [[[1], 1, 1, 1]], "hint: has a value that is not finite"),
    ],
)
def test_bad_styles_are_named(painter, part, value, message):
    style = painter.no_style()._replace(**{part: value})
    with pytest.raises(ValueError, match=message):
        painter.paint(sketch(64, 64), style)


@pytest.mark.parametrize("height, width", [(16, 5000), (5000, 16), (300, 300)])
def test_a_picture_is_converted_in_strips_of_whatever_shape(height, width, monkeypatch):
    converted = []

    def convert(pixels):
        converted.append(pixels.shape[1] * pixels.shape[2])
        return images.to_uint8(pixels)

    monkeypatch.setattr(
        painter_module, "images", types.SimpleNamespace(to_uint8=convert)
    )
    monkeypatch.setattr(painter_module, "STRIP", 20_000)
    rng = np.random.default_rng(0)
    colour, lines = (
        tf.constant(rng.uniform(-1, 1, (1, height, width, channels)), tf.float32)
        for channels in (3, 1)
    )
    found = np.asarray(painter_module._to_image(colour, lines))
    expected = images.to_uint8(layers.lay_lines(colour, lines))[0]
    np.testing.assert_array_equal(found, expected)
    assert max(converted) <= 20_000 and sum(converted) == height * width


def test_no_program_is_started_for_a_pil_image(painter, monkeypatch):
    def start(*_, **__):
        raise AssertionError("Ghostscript was started")

    monkeypatch.setattr(PIL.EpsImagePlugin, "Ghostscript", start)
    data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n"
    sketch_ = sketch(64, 64)
    for arguments in (
        {"sketch": 1}, {"sketch": sketch_, "style": 1},
        {"sketch": sketch_, "hints": 1},
    ):  # fmt: skip
        given = {
            name: PIL.Image.open(io.BytesIO(data)) if isinstance(value, int) else value
            for name, value in arguments.items()
        }
        with pytest.raises(ValueError, match="EPS is not read"):
            painter.paint(**given)


def test_too_small_or_large_a_working_size_is_refused():
    for size in (-1, 31, 2049, 10**9):
        with pytest.raises(ValueError, match="size: must be between 32 and 2048"):
            make_painter(size)
    for size in ("256", 256.5, float("nan")):
        with pytest.raises(ValueError, match="size: must be a whole number, not "):
            make_painter(size)
    assert make_painter(np.int64(32)).size == 32


def test_a_thin_reference_gives_its_colour(painter):
    style = painter.style(np.full((16, 4000, 3), RED, np.uint8))
    np.testing.assert_allclose(style.hint[0, :3], np.array(RED) / 127.5 - 1, atol=0.02)
    assert np.isfinite(style.places).all()


@pytest.mark.parametrize(
    "error", [tf.errors.ResourceExhaustedError(None, None, "OOM"), MemoryError()]
)
def test_lack_of_memory_names_the_picture(error, painter, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(painter, "_paint_small", fail)
    with pytest.raises(ValueError, match="sketch: not enough memory to paint it"):
        painter.paint(sketch(64, 64))
    monkeypatch.setattr(painter, "_find_style", fail)
    expected = "reference: not enough memory to take its colours"
    for find in (painter.style, lambda picture: painter.paint(sketch(64, 64), picture)):
        with pytest.raises(ValueError, match=expected):
            find(np.zeros((20, 20, 3), np.uint8))


def boxes():
    """A sketch of two areas on one page, with a line between them."""
    pixels = sketch(96, 160)
    pixels[:, 79:81] = 0
    return pixels


def median_colours(painting):
    """Those of the left and of the right side of `boxes`."""
    pixels = np.asarray(painting).astype(int)
    sides = pixels[:, :76], pixels[:, 84:]
    return [np.median(side.reshape(-1, 3), axis=0) for side in sides]


@pytest.mark.parametrize("style", [RED, BLUE, None])
def test_a_hint_stays_whatever_the_reference_is(painter, style):
    style = None if style is None else reference(style)
    plain = median_colours(painter.paint(boxes(), style))
    hinted = painter.paint(boxes(), style, hints=[(20, 50, "#30a050")])
    left, right = median_colours(hinted)
    assert np.abs(left - (0x30, 0xA0, 0x50)).max() <= 2
    assert np.abs(right - plain[1]).max() <= 1


@pytest.mark.slow
def test_hints_are_points_a_picture_or_a_file(painter, tmp_path):
    points = [(20, 50, (0x30, 0xA0, 0x50)), (120, 50, "paper")]
    picture = hint_pictures.hints_from_points(points, (96, 160))
    PIL.Image.fromarray(picture).save(tmp_path / "hints.png")
    paintings = [
        np.asarray(painter.paint(boxes(), reference(RED), hints=hints))
        for hints in (points, picture, tmp_path / "hints.png")
    ]
    assert np.abs(median_colours(paintings[0])[1] - 255).max() == 0
    for each in paintings[1:]:
        np.testing.assert_array_equal(each, paintings[0])
    for none in (None, []):
        plain = painter.paint(boxes(), reference(RED), hints=none)
        np.testing.assert_array_equal(
            np.asarray(plain), np.asarray(painter.paint(boxes(), reference(RED)))
        )


def test_strength_does_not_fade_what_the_artist_gave(painter):
    painted = painter.paint(
        boxes(), reference(RED), strength=0.0, hints=[(20, 50, BLUE)]
    )
    left, right = median_colours(painted)
    assert np.abs(left - BLUE).max() <= 2
    assert np.ptp(right) <= 1


def test_hints_that_do_not_fit_are_named(painter):
    with pytest.raises(ValueError, match="hint 160,5: outside 160 x 96 pixels"):
        painter.paint(boxes(), hints=[(160, 5, "red")])
    with pytest.raises(ValueError, match="hints: 20 x 20 pixels, but the sketch has"):
        painter.paint(boxes(), hints=PIL.Image.new("RGBA", (20, 20)))


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
        colour, lines = compose(small, small, sketch, palette, 1.0)
        expected = layers.spread_colour(small, sketch)
        np.testing.assert_allclose(colour, expected, atol=1e-4)
        expected = layers.soften_lines(small, sketch)
        np.testing.assert_allclose(lines, expected, atol=1e-4)
    assert compose.experimental_get_tracing_count() == 1


def test_what_is_kept_is_given_other_hints_without_the_network(monkeypatch):
    monkeypatch.setattr(painter_module, "finish", stages.finish)  # which is soon
    seen = []
    encoder = fake_hint_encoder()
    painter = Painter(
        size=64, generator=fake_generator(seen=seen), hint_encoder=encoder, keep=1
    )
    red, blue = (styled(painter, [[*x, 0]]) for x in ([0.7, -0.6, -0.5], [-1, -1, 1]))
    page = sketch(40, 50, lines=[20])
    painter.paint(page, red)
    count = len(seen)
    asked = (1, [(5, 5, "#00ff00")]), (0.5, None)
    found = [painter.paint(page, red, part, hints=hints) for part, hints in asked]
    assert len(seen) == count
    painter.paint(page, blue)
    assert len(seen) > count
    painter._kept.most = 0
    for (part, hints), again in zip(asked, found):
        expected = painter.paint(page, red, part, hints=hints)
        apart = np.asarray(again).astype(int) - np.asarray(expected)
        assert np.abs(apart).max() <= 1


def test_painters_of_several_sizes_keep_few_paintings_in_all():
    encoder = fake_hint_encoder()
    first, second = (
        Painter(size=size, generator=fake_generator(), hint_encoder=encoder, keep=2)
        for size in (64, 96)
    )
    second.share_kept(first)
    page = sketch(40, 50, lines=[20])
    for painter in (first, second, second, first):
        painter.paint(page, styled(painter, [[0.7, -0.6, -0.5, 0]]))
    assert len(first._kept._values) == 2  # one of each size
    assert first._kept is second._kept


def test_few_and_no_large_paintings_are_kept():
    made = kept.Kept(2)
    for key in (1, 2, 1, 3):
        made.take(key, functools.partial(int, key))
    assert made.take(1, list) == 1 and made.take(3, list) == 3
    assert made.take(2, list) == [] and made.take(None, list) == []
    assert kept.make_key(np.zeros((3000, 3000, 1), np.uint8)) is None
    one, two = (kept.make_key(np.full((9, 9, 1), x, np.uint8)) for x in (1, 2))
    assert one and one != two
