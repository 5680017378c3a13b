import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import pytest

from keras_s2p.common import picture_files, seals

PIXELS = np.random.default_rng(0).integers(0, 256, (300, 200, 4), np.uint8)


def make(kind, path):
    """Writes a sealed file of a kind."""
    if kind == "png":
        picture_files.write_image(path, PIXELS, "a layer")
        return
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", bytes(3_000_000))
        archive.comment = seals.PLACE
    seals.seal(path)


@pytest.mark.parametrize("kind", ["png", "zip"])
def test_any_other_byte_breaks_a_seal(kind, tmp_path):
    path = tmp_path / f"x.{kind}"
    make(kind, str(path))
    assert seals.is_sealed(str(path))
    whole = path.read_bytes()
    for place in (0, 9, 60, len(whole) // 2, -60, -45, -20, -13, -1):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        assert not seals.is_sealed(str(path)), place
    for other in (b"", b"x", whole[:8], whole[:-1], whole + b"x", whole[:60]):
        path.write_bytes(other)
        assert not seals.is_sealed(str(path)), len(other)
    with open(path, "wb") as file:
        file.truncate(seals.MAX_SIZE + 1)  # it would be read for a long time
    start = time.process_time()
    assert not seals.is_sealed(str(path)) and time.process_time() - start < 1
    assert not seals.is_sealed(str(tmp_path / "none"))


def test_a_sealed_png_is_a_png(tmp_path):
    path = str(tmp_path / "x.png")
    make("png", path)
    with PIL.Image.open(path) as image:
        image.verify()
    np.testing.assert_array_equal(picture_files.read_rgba(path), PIXELS)
    # A chunk that is not needed, of our own, dropped by who changes others.
    ancillary, private, reserved, safe = (bool(x & 32) for x in seals.PNG_CHUNK)
    assert (ancillary, private, reserved, safe) == (True, True, False, False)
    plain = str(tmp_path / "plain.png")
    picture_files.write_image(plain, PIXELS)
    assert not seals.is_sealed(plain)


@pytest.mark.parametrize("block", [1, 7, 50, 1 << 20])
def test_the_place_of_a_seal_is_found_where_blocks_meet(block, tmp_path, monkeypatch):
    path = tmp_path / "x.zip"
    monkeypatch.setattr(seals, "BLOCK", block)
    path.write_bytes(b"keras_s2p keras_s2p" + seals.PLACE + b"rest" * 20)
    seals.seal(str(path))
    assert seals.is_sealed(str(path))
    assert path.read_bytes().startswith(b"keras_s2p keras_s2p" + seals.MARK)
    path.write_bytes(path.read_bytes() + b"x")
    assert not seals.is_sealed(str(path))


@pytest.mark.parametrize("kind", ["png", "zip"])
def test_a_file_that_is_cut_while_it_is_read_is_not_sealed(kind, tmp_path, monkeypatch):
    path = tmp_path / f"x.{kind}"
    make(kind, str(path))
    read = seals._hash

    def cut(*args):
        path.write_bytes(b"")  # as a program does that saves it again
        return read(*args)

    monkeypatch.setattr(seals, "_hash", cut)
    assert not seals.is_sealed(str(path))


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="Linux alone has it")
def test_what_only_seems_to_be_a_file_is_not_waited_for(tmp_path):
    """Those in /proc say that they are regular; the kernel's waits without end."""
    unreadable, endless = str(tmp_path / "mem.png"), str(tmp_path / "kmsg.png")
    os.symlink("/proc/self/mem", unreadable)
    os.symlink("/proc/kmsg", endless)
    with pytest.raises(ValueError, match="mem.png: can not be read"):
        picture_files.is_described(unreadable, "")
    assert not seals.is_sealed(unreadable)
    code = f"""
from keras_s2p.common import picture_files, seals
try:
    assert not picture_files.is_described({endless!r}, "")
except ValueError:  # who is not root may not read it
    pass
assert not seals.is_sealed({endless!r})
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
