import io
from fractions import Fraction

import numpy as np
import PIL.Image
import pytest

from keras_s2p.common.picture_files import ImageError
from keras_s2p.painting import base_painter
from keras_s2p.painting.hint_pictures import hints_from_points, read_hints


def test_points_become_dots():
    hints = hints_from_points([(10, 20, "#C04050"), (0, 0, (1, 2, 3))], (40, 60))
    assert hints.shape == (40, 60, 4) and hints.dtype == np.uint8
    assert (hints[19:22, 9:12] == (0xC0, 0x40, 0x50, 255)).all()
    assert (hints[:2, :2] == (1, 2, 3, 255)).all()
    assert (hints[..., 3] > 0).sum() < 9 + 10


def test_dots_of_a_large_sketch_are_larger():
    hints = hints_from_points([(1000, 1000, "red")], (2048, 4096))
    y, x = np.nonzero(hints[..., 3])
    assert np.ptp(x) == np.ptp(y) == 15
    assert abs(x.mean() - 1000) <= 1 and abs(y.mean() - 1000) <= 1


@pytest.mark.parametrize(
    "point, sentence",
    [
        ((60, 5, "#000000"), "hint 60,5: outside 60 x 40 pixels"),
        ((5, -1, "#000000"), "hint 5,-1: outside"),
        ((5, 5, "#00"), "hint 5,5: #00 is no colour"),
        ((5, 5, (0, 0, 256)), "is no colour"),
        ((5, 5, None), "None is no colour"),
        ((5, 5, (0.5, 0.5, 0.5)), "is no colour"),
        ((5, 5, (float("inf"), 0, 0)), "is no colour"),
        ((10**400, 5, "red"), r"must be \(x, y, colour\)"),
        ((5, 5, "#ff00"), "#ff00 is no colour"),
        ((5, 5, "rgb(300,0,0)"), "is no colour"),
        ((5, 5, "rgb(99999999999999999999,0,0)"), "is no colour"),
        ((5, 5, "hsv(0,100%,400%)"), "is no colour"),
        ((5, 5, "hsl(0,100%,999999999999999999999999%)"), "is no colour"),
        ((5, 5), r"hint \(5, 5\): must be \(x, y, colour\)"),
        (("a", 5, "red"), "must be"),
        ((float("nan"), 5, "red"), "hint nan,5: outside"),
    ],
)
def test_bad_points_are_named(point, sentence):
    with pytest.raises(ValueError, match=sentence):
        hints_from_points([point], (40, 60))


def test_hints_are_read_from_a_file_an_image_or_an_array(tmp_path):
    hints = hints_from_points([(10, 20, "#C04050")], (40, 60))
    image = PIL.Image.fromarray(hints)
    path = tmp_path / "hints.png"
    image.save(path)
    for picture in (path, str(path), image, hints):
        np.testing.assert_array_equal(read_hints(picture, (40, 60)), hints)


def test_another_size_names_both(tmp_path):
    path = tmp_path / "hints.png"
    PIL.Image.new("RGBA", (30, 20)).save(path)
    with pytest.raises(
        ValueError, match="hints.png: 30 x 20 pixels, but the sketch has 60 x 40"
    ):
        read_hints(path, (40, 60))


def test_an_image_of_another_size_is_not_decoded(tmp_path):
    image = truncated("RGBA")
    with pytest.raises(ValueError, match="hints: 64 x 64 pixels, but the sketch has 6"):
        read_hints(image, (40, 60))
    path = tmp_path / "hints.png"
    path.write_bytes(image.fp.getbuffer())  # which decoding calls damaged
    with pytest.raises(ValueError, match="hints.png: 64 x 64 pixels, but the sketch"):
        read_hints(path, (40, 60))


def test_a_picture_without_transparency_is_refused():
    with pytest.raises(ValueError, match="nothing is transparent"):
        read_hints(PIL.Image.new("RGB", (60, 40)), (40, 60))
    with pytest.raises(ValueError, match="must be uint8 of shape"):
        read_hints(np.zeros((40, 60, 3), np.uint8), (40, 60))


def test_a_file_that_is_no_picture_is_named(tmp_path):
    path = tmp_path / "hints.png"
    path.write_text("dots")
    with pytest.raises(ImageError, match="hints.png"):
        read_hints(path, (40, 60))


def test_an_orientation_tag_is_obeyed(tmp_path):
    hints = hints_from_points([(10, 20, "#C04050")], (40, 60))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    path = tmp_path / "hints.png"
    PIL.Image.fromarray(np.rot90(hints)).save(path, exif=exif)
    np.testing.assert_array_equal(read_hints(path, (40, 60)), hints)


def truncated(mode):
    """A PIL image of a PNG of noise that ends before its pixels do."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, len(mode)), np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(noise, mode).save(file, "PNG")
    return PIL.Image.open(io.BytesIO(file.getvalue()[:2000]))


def test_a_damaged_pil_image_is_named_by_its_role():
    with pytest.raises(ImageError, match="^hints: damaged picture .*truncated"):
        read_hints(truncated("RGBA"), (64, 64))
    with pytest.raises(ImageError, match="^sketch: damaged picture .*truncated"):
        base_painter.read_sketch(truncated("RGB"))
    with pytest.raises(ImageError, match="^reference: damaged picture .*truncated"):
        base_painter.BasePainter().style(truncated("RGB"))


def test_any_real_number_is_a_strength():
    class FakePainter(base_painter.BasePainter):
        hint_size = 4

        def _paint(self, sketch, style, strength, layers, hints):
            found.append(strength)
            return PIL.Image.fromarray(sketch[..., 0])

    found, painter, sketch = [], FakePainter(), np.zeros((16, 16), np.uint8)
    painter.paint(sketch, painter.no_style(), Fraction(1, 2))
    assert found == [0.5] and type(found[0]) is float


def test_a_sketch_has_fewer_pixels_than_other_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(base_painter, "MAX_SKETCH", 1_000_000)
    pixels = np.full((1000, 1001), 255, np.uint8)
    path = tmp_path / "a.png"
    PIL.Image.fromarray(pixels).save(path)
    for sketch in (pixels, PIL.Image.fromarray(pixels), str(path)):
        with pytest.raises(ValueError, match="1001 x 1000 pixels; at most 1 million"):
            base_painter.read_sketch(sketch)
    assert base_painter.read_sketch(pixels[:, 1:]).shape == (1000, 1000, 1)
