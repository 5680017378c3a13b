import io
import sys
import tracemalloc
import zipfile
from xml.etree import ElementTree

import numpy as np
import PIL.Image
import pytest

from keras_s2p.common import (
    layered_files,
    picture_colours,
    picture_files,
    picture_folders,
    seals,
)
from keras_s2p.common.layered_files import MULTIPLY, SCREEN, Layer


def some_layers():
    """Layers of 40 x 24 pixels, and what they look like together."""
    red = np.zeros((24, 40, 4), np.uint8)
    red[4:20, 10:30] = (200, 40, 60, 255)
    shade = np.zeros((24, 40, 4), np.uint8)
    shade[10:, :20] = (128, 128, 255, 255)
    shine = np.zeros((24, 40, 4), np.uint8)
    shine[:8, 20:] = (0, 51, 102, 255)
    lines = np.zeros((24, 40, 4), np.uint8)
    lines[4] = (0, 0, 0, 200)
    white = np.full((24, 40, 4), 255, np.uint8)
    layers = [
        Layer("paper", white), Layer("red", red), Layer("shade", shade, mode=MULTIPLY),
        Layer("shine", shine, mode=SCREEN), Layer("lines", lines),
    ]  # fmt: skip
    return [layered_files.crop_layer(layer) for layer in layers], compose(layers)


def compose(layers):
    """[H, W, 3] uint8, of layers that all are as large as the first."""
    picture = layers[0].pixels[..., :3] / 255
    below = picture
    for layer in layers[1:]:
        top, left = layer.top, layer.left
        height, width = layer.pixels.shape[:2]
        place = np.s_[top : top + height, left : left + width]
        colour, opacity = np.split(layer.pixels / 255, [3], axis=-1)
        below = picture[place]
        if layer.mode == MULTIPLY:
            colour = below * colour
        elif layer.mode == SCREEN:
            colour = 1 - (1 - below) * (1 - colour)
        picture[place] = below + opacity * (colour - below)
    return np.round(255 * picture).astype(np.uint8)


def read_ora(path):
    """The layers of an OpenRaster file, the lowest one first, and its merged image."""
    modes = {svg: mode for mode, svg in layered_files.SVG_MODES.items()}
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", 0)
        assert archive.read("mimetype") == b"image/openraster"
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert image.tag == "image" and image.attrib["version"] == "0.0.3"

        def read(name):
            data = io.BytesIO(archive.read(name))
            return np.asarray(PIL.Image.open(data, formats=["PNG"]))

        merged = read("mergedimage.png")
        assert merged.shape[:2] == (int(image.attrib["h"]), int(image.attrib["w"]))
        assert max(read("Thumbnails/thumbnail.png").shape) <= 256
        layers = [
            Layer(x["name"], read(x["src"]), int(x["x"]), int(x["y"]),
                  modes[x["composite-op"]])
            for x in (each.attrib for each in image.find("stack"))
        ]  # fmt: skip
    return layers[::-1], merged


def test_openraster_has_the_layers_from_the_top_and_what_they_give(tmp_path):
    layers, merged = some_layers()
    path = str(tmp_path / "new" / "x.ora")
    layered_files.write_layers(path, iter(layers), merged)
    found, picture = read_ora(path)
    assert [layer.name for layer in found] == [layer.name for layer in layers]
    np.testing.assert_array_equal(compose(found), merged)
    np.testing.assert_array_equal(picture, merged)
    np.testing.assert_array_equal(picture_files.read_painting(path), merged)
    with zipfile.ZipFile(path) as archive:
        dates = {entry.date_time for entry in archive.infolist()}
        assert len(dates) == 1 and dates.pop()[0] == 1980  # equal on any day
        assert all(entry.external_attr for entry in archive.infolist())
        for name in archive.namelist():
            assert name[-4:] != ".png" or b"sRGB\0" in archive.read(name)[:80], name


def test_psd_has_the_same_layers(tmp_path):
    psd_tools = pytest.importorskip("psd_tools")
    layers, merged = some_layers()
    path = str(tmp_path / "x.psd")
    layered_files.write_layers(path, iter(layers), merged)
    document = psd_tools.PSDImage.open(path)
    assert [layer.name for layer in document] == [layer.name for layer in layers]
    together = np.asarray(document.composite(force=True).convert("RGB")).astype(int)
    assert np.abs(together - merged).max() <= 1
    preview = picture_files.read_painting(path).astype(int)
    assert np.abs(preview - merged).max() <= 1


def test_psd_has_the_merged_picture_that_is_given(tmp_path, monkeypatch):
    pytest.importorskip("psd_tools")
    import psd_tools.composite

    def compose(*args, **kwargs):
        pytest.fail("composed anew, which takes gigabytes of a large picture")

    monkeypatch.setattr(psd_tools.composite, "composite", compose)
    layers, merged = some_layers()
    path = str(tmp_path / "x.psd")
    layered_files.write_layers(path, iter(layers), 255 - merged)
    np.testing.assert_array_equal(picture_files.read_painting(path), 255 - merged)


def test_psd_says_that_its_colours_are_srgb(tmp_path):
    pytest.importorskip("psd_tools")
    path = str(tmp_path / "x.psd")
    layers, merged = some_layers()
    layered_files.write_layers(path, iter(layers), merged)
    with PIL.Image.open(path) as image:
        assert image.info["icc_profile"] == picture_colours._srgb_profile()
    np.testing.assert_array_equal(picture_files.read_painting(path), merged)


def test_what_can_not_be_written_is_said_in_a_sentence(tmp_path, monkeypatch):
    layers, merged = some_layers()
    with pytest.raises(picture_files.ImageError, match="written as .psd or .ora"):
        layered_files.write_layers(str(tmp_path / "x.xcf"), layers, merged)
    (tmp_path / "x.ora").mkdir()
    with pytest.raises(picture_files.ImageError, match="x.ora: a folder, not a file"):
        layered_files.write_layers(str(tmp_path / "x.ora"), layers, merged)
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    with pytest.raises(picture_files.ImageError, match="x.psd: it takes pip install"):
        layered_files.write_layers(str(tmp_path / "x.psd"), layers, merged)
    assert [each.name for each in tmp_path.iterdir()] == ["x.ora"]


def test_an_empty_layer_keeps_a_pixel():
    layer = Layer("none", np.zeros((5, 6, 4), np.uint8))
    assert layered_files.crop_layer(layer).pixels.shape == (1, 1, 4)


def archive(kind=zipfile.ZIP_DEFLATED, **contents):
    """The bytes of a compressed archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", kind) as file:
        for name, content in contents.items():
            file.writestr(name.replace("__", "."), content)
    return data.getvalue()


def png(size=(40, 24)):
    data = io.BytesIO()
    PIL.Image.new("RGBA", size, (200, 40, 60, 0)).save(data, "PNG")
    return data.getvalue()


def test_a_krita_file_is_read_as_its_merged_picture(tmp_path):
    path = tmp_path / "a.kra"
    path.write_bytes(
        archive(mimetype="application/x-krita", maindoc__xml="", mergedimage__png=png())
    )
    assert (picture_files.read_painting(str(path)) == 255).all()
    assert picture_files.read_sketch(str(path)).shape == (24, 40, 1)
    assert picture_folders.list_images(str(tmp_path)) == ["a.kra"]


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_that_unpack_all_at_once_are_refused(kind):
    data = archive(kind, mergedimage__png=bytes(100_000_000))
    tracemalloc.start()
    with pytest.raises(picture_files.ImageError, match="x.ora: .*an unusual way"):
        picture_files.decode_painting(data, "x.ora")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_archives_without_a_picture_to_read_are_named():
    whole = archive(mergedimage__png=png())
    many = archive(**{f"{i:060}": "" for i in range(12_000)}, mergedimage__png=png())
    for data, sentence in (
        (archive(document__xml=""), "no mergedimage.png in it"),
        (archive(mergedimage__png=bytes(80_000_000)), "mergedimage.png is too large"),
        (archive(mergedimage__png=png((8, 8))), "only 8 x 8 pixels"),
        (archive(mergedimage__png=whole), "not a picture"),
        (whole[:100], "damaged picture"),
        (many, "too many parts"),
    ):
        with pytest.raises(picture_files.ImageError, match=f"x.ora: .*{sentence}"):
            picture_files.decode_painting(data, "x.ora")


def test_a_psd_that_a_program_saved_is_no_more_as_it_was_written(tmp_path):
    psd_tools = pytest.importorskip("psd_tools")
    path = str(tmp_path / "a.psd")
    layered_files.write_layers(path, *some_layers())
    assert seals.is_sealed(path)
    document = psd_tools.PSDImage.open(path)
    document[1].name = "mine"
    document.save(path)
    assert not seals.is_sealed(path)
    np.testing.assert_array_equal(picture_files.read_painting(path), some_layers()[1])
