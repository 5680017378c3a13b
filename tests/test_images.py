import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from keras_s2p.common import images


def save(path, pixels, mode=None, **options):
    PIL.Image.fromarray(pixels, mode).save(path, **options)
    return str(path)


def test_float_and_back_is_the_identity():
    values = tf.range(256)
    assert np.array_equal(images.to_uint8(images.to_float(values)), values)
    assert float(images.to_float(0)) == -1 and float(images.to_float(255)) == 1


def test_gray_is_a_weighted_mean():
    colours = tf.constant([[1.0, -1.0, -1.0], [0.5, 0.5, 0.5]])
    np.testing.assert_allclose(
        images.to_gray(colours)[:, 0], [0.299 - 0.701, 0.5], atol=1e-6
    )


def test_the_nearest_shape_that_the_generator_takes():
    assert images.round_to_multiple(tf.constant([187, 261])).numpy().tolist() == [
        192, 256,
    ]  # fmt: skip
    assert images.round_to_multiple(tf.constant([1, 48])).numpy().tolist() == [32, 64]


def test_transparent_pixels_become_white(tmp_path):
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:10] = (255, 0, 0, 255)
    pixels[10] = (0, 0, 0, 128)
    painting = images.read_painting(save(tmp_path / "a.png", pixels))
    assert painting.shape == (20, 20, 3)
    assert tuple(painting[0, 0]) == (255, 0, 0)
    assert tuple(painting[15, 0]) == (255, 255, 255)
    assert abs(int(painting[10, 0, 0]) - 127) <= 1


def test_palette_gray_and_16_bit_files_are_read(tmp_path):
    gray = np.tile(np.linspace(0, 255, 32).astype(np.uint8), (32, 1))
    palette = PIL.Image.fromarray(gray).convert("P")
    palette.save(tmp_path / "p.png")
    save(tmp_path / "g.png", gray)
    save(tmp_path / "w.png", gray.astype(np.uint16) * 257)
    for name in ("p.png", "g.png", "w.png"):
        painting = images.read_painting(str(tmp_path / name))
        np.testing.assert_allclose(painting[..., 1], gray, atol=1)
    assert images.read_sketch(str(tmp_path / "g.png")).shape == (32, 32, 1)


def test_orientation_tags_are_obeyed(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    path = save(tmp_path / "t.png", np.zeros((20, 40, 3), np.uint8), exif=exif)
    assert images.read_painting(path).shape == (40, 20, 3)


def bad_files(folder):
    good = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    save(folder / "whole.jpg", good)
    (folder / "truncated.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:900])
    (folder / "text.png").write_text("this is no picture")
    (folder / "empty.png").write_bytes(b"")
    save(folder / "tiny.png", np.zeros((1, 1, 3), np.uint8))
    PIL.Image.new("1", (20_000, 20_000)).save(folder / "bomb.png")
    (folder / "folder.png").mkdir()


def test_each_bad_file_is_named_with_its_reason(tmp_path):
    bad_files(tmp_path)
    reasons = {
        "truncated.jpg": "damaged",
        "text.png": "not a picture",
        "empty.png": "not a picture",
        "tiny.png": "only 1 x 1",
        "bomb.png": "million pixels",
        "folder.png": "a folder",
        "missing.png": "no such file",
    }
    for name, reason in reasons.items():
        with pytest.raises(images.ImageError, match=reason) as error:
            images.read_painting(str(tmp_path / name))
        assert name in str(error.value) and "\n" not in str(error.value)


def test_a_written_picture_is_read_back_and_nothing_is_left_beside(tmp_path):
    pixels = np.arange(20 * 20 * 3, dtype=np.uint8).reshape(20, 20, 3)
    path = tmp_path / "new" / "out.png"
    images.write_image(str(path), pixels)
    assert np.array_equal(images.read_painting(str(path)), pixels)
    assert [file.name for file in path.parent.iterdir()] == ["out.png"]


def test_a_picture_that_can_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(images.ImageError, match="out.png: can not be written"):
        images.write_image(
            str(tmp_path / "file" / "out.png"), np.zeros((4, 4, 3), np.uint8)
        )


def test_listing_skips_what_is_no_picture(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.PNG", "sub/a.webp", "notes.txt", ".hidden.png"):
        (tmp_path / name).write_bytes(b"")
    assert images.list_images(str(tmp_path)) == ["b.PNG", "sub/a.webp"]
    assert images.list_images(str(tmp_path), recursive=False) == ["b.PNG"]
    with pytest.raises(images.ImageError, match="no picture"):
        (tmp_path / "none").mkdir()
        images.list_images(str(tmp_path / "none"))


def test_the_short_side_is_fitted():
    pixels = np.zeros((30, 60, 3), np.uint8)
    assert images.fit_short_side(pixels, 20).shape == (20, 40, 3)
    assert images.fit_short_side(pixels[..., :1], 60).shape == (60, 120, 1)
