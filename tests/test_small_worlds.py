"""Small worlds of pictures and links, drawn by chance: paint loses nothing in any.

In the place of networks stands a painter that gives each sketch under each reference a
colour of its own, by which a painting tells what it was painted of.
"""

import hashlib
import os
import random

import numpy as np
import PIL.Image
import pytest

from keras_s2p import paint
from keras_s2p.apps import batch, paint_options
from keras_s2p.common import picture_files

FOLDERS, NAMES = ("s", "r", "h", "out", "lib"), ("a", "b", "a_colour")
PLACES = [f"{folder}/{name}.png" for folder in FOLDERS for name in NAMES]
OURS = b"by keras_s2p"  # in what paintings, layers and overviews say of themselves


class Style:
    def __init__(self, pictures):
        self.pictures = pictures

    def without(self):
        return self


class StandIn:
    """Paints as Painter does, in one colour."""

    def style(self, path):
        return Style([picture_files.read_painting(path).tobytes()])

    def blend(self, styles, weights):
        return Style([picture for style in styles for picture in style.pictures])

    def paint(self, sketch, style, strength, layers, hints):
        hints = picture_files.read_rgba(hints).tobytes() if hints else b""
        read = picture_files.read_painting(sketch).tobytes(), *style.pictures, hints
        picture = PIL.Image.new("RGB", (16, 16), find_colour(read))
        return [picture, picture, picture.convert("RGBA")] if layers else picture


def find_colour(parts):
    return tuple(hashlib.sha256(b"|".join(parts)).digest()[:3])


def build(chance):
    """Pictures, links to any place, and nothing, by turns."""
    for folder in FOLDERS:
        os.mkdir(folder)
    for path in PLACES:
        kind = chance.choice(("picture", "link", None))
        if kind == "link":
            target = chance.choice(PLACES)
            os.symlink(os.path.relpath(target, os.path.dirname(path)), path)
        elif kind:
            pixels = np.frombuffer(chance.randbytes(16 * 16 * 4), np.uint8).copy()
            pixels = pixels.reshape(16, 16, 4)
            pixels[..., 3] = 255 * (pixels[..., 3] > 128) if path[0] == "h" else 255
            PIL.Image.fromarray(pixels).save(path)


def choose_command(chance):
    """A command's arguments; the lists of pairs are in p.csv."""
    out = ["-o", chance.choice(("out", "lib"))]
    layers = chance.choice(([], ["--layers"]))
    mode = chance.choice(("one", "folder", "all", "pairs"))
    if mode == "pairs":
        rows = [
            f"s/{chance.choice(NAMES)}.png,r/{chance.choice(NAMES)}.png,{name}.png"
            for name in NAMES
        ]
        with open("p.csv", "w") as file:
            file.write("\n".join(["sketch,reference,output", *rows]))
        return ["--pairs", "p.csv", *out, *layers]
    reference = f"r/{chance.choice(NAMES)}.png" if mode == "one" else "r"
    hints = chance.choice(([], ["--hints", "h"]))
    overview = chance.choice(([], ["--overview"]))
    every = ["--all-pairs"] if mode == "all" else []
    return ["s", reference, *out, *hints, *every, *overview, *layers]


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # a link that leads nowhere, or round
        return None


def find_expected(job):
    """The colour of a job as all is now; None if it can not be painted."""
    try:
        pictures = [job.sketch, *job.references]
        pictures = [picture_files.read_painting(path).tobytes() for path in pictures]
        hints = picture_files.read_rgba(job.hints).tobytes() if job.hints else b""
    except picture_files.ImageError:
        return None
    return find_colour([*pictures, hints])


def check_command(argv, capsys):
    """Runs a command and checks that it lost nothing and painted what it says."""
    try:
        jobs = paint.plan(paint_options.parse_args(argv, ""))
    except ValueError:  # a folder without pictures
        jobs = []
    inputs = {path: read(path) for job in jobs for path in job.inputs()}
    expected = {job.output: find_expected(job) for job in jobs}
    files = {path: read(path) for path in PLACES if not os.path.islink(path)}
    capsys.readouterr()
    assert paint.main(argv) in (0, 1)
    out, err = capsys.readouterr()
    assert {path: read(path) for path in inputs} == inputs
    for path, before in files.items():
        if before is not None and OURS not in before:
            assert read(path) == before, path
    if " painted, in " not in out:  # nothing was, for one reason that is told
        assert jobs == [] or err
        return 0
    count = int(out.rpartition(" painted, in ")[0].split()[-1])
    for path, colour in expected.items():
        is_told = f"paint: {path} not painted" in err or len(jobs) == 1 != count
        if not is_told:
            with PIL.Image.open(path) as picture:
                assert picture.convert("RGB").getpixel((3, 3)) == colour, path
    return count


@pytest.mark.skipif(os.name != "posix", reason="links want rights elsewhere")
@pytest.mark.parametrize(
    "first, count",
    [(0, 50), pytest.param(50, 3000, marks=[pytest.mark.slow, pytest.mark.long])],
)
def test_nothing_is_lost_in_worlds_of_links(
    first, count, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(batch, "load_painter", lambda *_: StandIn())
    painted = 0
    for seed in range(first, first + count):
        world = tmp_path / str(seed)
        world.mkdir()
        monkeypatch.chdir(world)
        chance = random.Random(seed)
        build(chance)
        for _ in range(2):
            argv = choose_command(chance)
            try:
                painted += check_command(argv, capsys)
            except AssertionError as error:
                raise AssertionError(f"world {seed}, {' '.join(argv)}") from error
    assert painted > count / 2  # and not all is refused
