"""Merged pictures of PSD files, which are written byte by byte."""

import struct

import numpy as np
import pytest

from keras_s2p.common import picture_files

GREY, RGB, CMYK = 1, 3, 4  # modes
CLEAR_NOWHERE = np.full((20, 30), 255, np.uint8)


def noise(seed):
    """[20, 30] uint8."""
    return np.random.default_rng(seed).integers(0, 256, (20, 30)).astype(np.uint8)


def psd(mode, channels, packed=True, bits=8):
    """A PSD without layers, of its channels, each [20, 30] uint8."""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(channels), 20, 30, bits, mode)
    rows = [row.tobytes() for channel in channels for row in channel]
    if packed:
        rows = [bytes([len(row) - 1]) + row for row in rows]
        rows = [struct.pack(">H", len(row)) for row in rows] + rows
    return head + bytes(12) + struct.pack(">H", packed) + b"".join(rows)


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


def test_a_psd_of_16_bits_is_named_as_one():
    with pytest.raises(picture_files.ImageError, match="^x: a PSD of 16 bits a chan"):
        picture_files.decode_painting(psd(RGB, [noise(0)] * 6, False, 16), "x")
