"""Merged pictures of PSD files, which are written byte by byte."""

import io
import struct

import numpy as np
import PIL.Image
import pytest

from keras_s2p.common import picture_files

BITMAP, GREY, INDEXED, RGB, CMYK, MULTICHANNEL = 0, 1, 2, 3, 4, 7  # modes
CLEAR_NOWHERE = np.full((20, 30), 255, np.uint8)


def noise(seed):
    """[20, 30] uint8."""
    return np.random.default_rng(seed).integers(0, 256, (20, 30)).astype(np.uint8)


def psd(mode, channels, packed=True, bits=8, resources=b"", layers=0, palette=b""):
    """The merged picture of a PSD, of its channels, each [20, 30] uint8.

    Of one bit a pixel they are [20, 4], packed. The number of layers is said alone.
    """
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(channels), 20, 30, bits, mode)
    rows = [row.tobytes() for channel in channels for row in channel]
    if packed:
        rows = [bytes([len(row) - 1]) + row for row in rows]
        rows = [struct.pack(">H", len(row)) for row in rows] + rows
    said = struct.pack(">IIhI", 10, 2, layers, 0) if layers else bytes(4)
    parts = b"".join(
        struct.pack(">I", len(part)) + part for part in (palette, resources)
    )
    parts += said
    return head + parts + struct.pack(">H", packed) + b"".join(rows)


def version_info(has_merged):
    """The resource of a PSD with layers that says if its merged picture is there."""
    data = struct.pack(">IB", 1, has_merged) + bytes(13)
    return struct.pack(">4sHHI", b"8BIM", 1057, 0, len(data)) + data


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kept_selections", [0, 1, 2])
def test_channels_beyond_the_colours_do_not_move_them(packed, kept_selections):
    kept = [noise(8), noise(9)][:kept_selections]
    grey = picture_files.decode_painting(psd(GREY, [noise(0), *kept], packed), "x")
    assert (grey == noise(0)[..., None]).all()
    colours = [noise(0), noise(1), noise(2)]
    data = psd(RGB, [*colours, CLEAR_NOWHERE, *kept], packed)
    assert (picture_files.decode_painting(data, "x") == np.dstack(colours)).all()
    inks = [noise(3), noise(4), noise(5), CLEAR_NOWHERE]  # 255 is no ink
    found = picture_files.decode_painting(psd(CMYK, inks + kept, packed), "x")
    assert np.abs(found - np.dstack(inks[:3]).astype(int)).max() <= 1


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("layers", [0, 1, 3, -1, -3])
def test_a_kept_selection_is_no_opacity(layers, packed):
    colours = [noise(0), noise(1), noise(2)]
    fourth = np.zeros((20, 30), np.uint8)
    data = psd(RGB, [*colours, fourth], packed, layers=layers)
    found = picture_files.decode_painting(data, "x")
    assert (found == (255 if layers < 0 else np.dstack(colours))).all()


@pytest.mark.parametrize("clear", [None, 0, 77, 255, 256])
def test_a_clear_colour_of_a_palette_is_white(clear):
    colours = np.random.default_rng(0).integers(0, 255, (256, 3)).astype(np.uint8)
    said = b"" if clear is None else struct.pack(">4sHHIH", b"8BIM", 1047, 0, 2, clear)
    data = psd(INDEXED, [noise(0)], resources=said, palette=colours.T.tobytes())
    if clear in range(256):
        colours[clear] = 255
    found = picture_files.decode_painting(data, "x")
    np.testing.assert_array_equal(found, colours[noise(0)])


def test_colours_of_a_psd_with_opacity_are_laid_over_white_once(tmp_path):
    """As they are laid over it in the file: half-clear ones had come out paler."""
    opacity, colours = noise(3), [noise(number).astype(float) for number in range(3)]
    merged = [
        np.round(colour * (opacity / 255) + 255 - opacity).astype(np.uint8)
        for colour in colours
    ]
    data = psd(RGB, [*merged, opacity], layers=-1)
    found = picture_files.decode_painting(data, "x").astype(int)
    assert np.abs(found - np.dstack(merged)).max() <= 2
    (tmp_path / "x.psd").write_bytes(data)
    found = picture_files.read_rgba(str(tmp_path / "x.psd"))
    assert (found[..., 3] == opacity).all()
    seen = opacity > 100
    assert np.abs(found[..., :3] - np.dstack(colours))[seen].max() <= 2


def test_a_psd_of_16_bits_is_named_as_one():
    with pytest.raises(picture_files.ImageError, match="^x: a PSD of 16 bits a chan"):
        picture_files.decode_painting(psd(RGB, [noise(0)] * 6, False, 16), "x")


@pytest.mark.parametrize("packed", [False, True])
def test_a_set_bit_of_a_bitmap_is_black(packed):
    black = noise(0) < 100
    data = psd(BITMAP, [np.packbits(black, axis=1)], packed, 1)
    found = picture_files.decode_painting(data, "x")
    assert (found == np.where(black, 0, 255)[..., None]).all()
    rgba = picture_files.to_rgba(PIL.Image.open(io.BytesIO(data)))
    assert (rgba[..., 0] == found[..., 0]).all() and (rgba[..., 3] == 255).all()


def test_a_psd_without_its_merged_picture_is_refused():
    """Programs fill it with white then."""
    blank = [np.full((20, 30), 255, np.uint8)] * 3
    with pytest.raises(picture_files.ImageError, match="^x: .*Maximize Compatibility"):
        data = psd(RGB, blank, resources=version_info(False))
        picture_files.decode_painting(data, "x")
    data = psd(RGB, blank, resources=version_info(True))
    assert (picture_files.decode_painting(data, "x") == 255).all()


def test_a_psd_of_many_inks_is_refused():
    with pytest.raises(
        picture_files.ImageError, match="^x: a PSD in Multichannel mode"
    ):
        picture_files.decode_painting(psd(MULTICHANNEL, [noise(0), noise(1)]), "x")
