"""Names that are painted, or refused by name, and never end a batch."""

import errno
import functools
import io
import json
import os
import pathlib
import shutil
import sys
import unittest.mock

import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import pytest

from keras_s2p import make_dataset, paint
from keras_s2p.apps import batch, job_checks, jobs, paint_options, watch
from keras_s2p.painting.base_painter import Layers
from keras_s2p.painting.style import Style

UNDECODABLE = os.fsdecode(b"\xff\xe9.png")


class FakePainter:
    """Paints white."""

    def style(self, reference):
        return Style(*[np.zeros((1, 1), np.float32)] * 3)

    def blend(self, styles, weights=None):
        return styles[0]

    def paint(self, sketch, style, strength, layers, hints):
        with open(sketch, "rb"):
            white = PIL.Image.new("RGB", (16, 16))
        clear = PIL.Image.new("RGBA", (16, 16))
        return [white, white, clear] if layers else white


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder; whatever painter is asked for, it is FakePainter."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch, "load_painter", lambda *_: FakePainter())
    os.mkdir("s")
    save("r.png")
    return tmp_path


def save(*paths):
    for path in paths:
        PIL.Image.new("RGB", (16, 16), "white").save(path)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("as_json", [False, True])
def test_any_name_is_printed_in_any_encoding(folder, monkeypatch, encoding, as_json):
    save(f"s/{UNDECODABLE}", "s/\u7dda\u753b.png")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    code = paint.main(["s", "r.png", "-o", UNDECODABLE] + ["--json"] * as_json)
    assert code == 0 and len(os.listdir(UNDECODABLE)) == 2
    sys.stdout.flush()
    lines = sys.stdout.buffer.getvalue().decode(encoding).splitlines()
    if as_json:
        names = {json.loads(line)["sketch"] for line in lines}
        assert names == {f"s/{UNDECODABLE}", "s/\u7dda\u753b.png"}
    else:
        assert lines == ["2 painted, in \\udcff\\udce9.png"]


def test_a_name_as_long_as_names_can_be_is_painted_and_a_longer_one_named(
    folder, capsys
):
    long = "x" * 251
    save(f"s/{long}.png", "s/short.png")
    assert paint.main(["s", "r.png", "-o", "out"]) == 0
    assert set(os.listdir("out")) == {f"{long}.png", "short.png"}
    capsys.readouterr()
    assert paint.main(["s", "r.png", "-o", "more", "--layers"]) == 1
    assert f"{long}_lines.png: can not be written" in capsys.readouterr().err
    assert set(os.listdir("more")) == {
        "short.png", "short_colour.png", "short_lines.png"
    }  # fmt: skip


def test_control_characters_do_not_reach_the_terminal(folder, capsys):
    save("s/\x1b[31mred\x9b.png")
    os.symlink("nothing", "s/\x1b]0;title\x07.png")
    assert paint.main(["s", "r.png", "-o", "\x1b[2J"]) == 1
    out, err = capsys.readouterr()
    assert out == "1 painted, in \\x1b[2J\n" and "\\x1b]0;title\\x07.png" in err
    assert not set(out + err) & {"\x1b", "\x9b", "\x07"}


def test_names_like_options_are_taken_after_dashes(folder, capsys):
    save("-s.png", "..x.png")
    assert paint.main(["--", "-s.png", "r.png"]) == 0
    assert paint.main(["-o", "out.png", "--", "..x.png", "-s.png"]) == 0
    assert os.path.exists("-s_painted.png") and os.path.exists("out.png")
    os.mkdir("-folder")
    save("-folder/a.png")
    options = ["--size", "32", "--workers", "1", "--", "-folder", "-data"]
    assert make_dataset.parse_args(options)[:2] == ("./-folder", "./-data")


def test_a_zero_byte_in_a_list_is_named_and_the_others_are_painted(folder, capsys):
    save("a.png")
    with open("pairs.csv", "w") as file:
        file.write("sketch,reference,output\na.png,r.png,..x.png\n")
        file.write("a\0.png,r.png,b.png\na.png,r.png,c\0.png\na.png,r.png,d.png\n")
    assert paint.main(["--pairs", "pairs.csv", "-o", "out"]) == 1
    assert set(os.listdir("out")) == {"..x.png", "d.png"}
    error = capsys.readouterr().err
    assert error.count("not painted") == 2 and "c\\x00.png: can not be written" in error


def test_watching_never_overwrites_another_pictures_layer(folder, capsys, monkeypatch):
    painter = batch.JobPainter(FakePainter(), layers="png")
    save("a.png", "a_colour.png")
    todo = jobs.from_folder(".", ["r.png"], "out")
    todo = {job.sketch: job for job in todo}
    first, second = todo["./a.png"], todo["./a_colour.png"]

    def watch(list_jobs, paint, report, complain, left):
        paint(first)
        with pytest.raises(ValueError, match="is painted of ./a.png; rename"):
            paint(second)
        paint(first)
        shutil.rmtree("out")  # what it was told of is gone
        paint(second)
        with pytest.raises(ValueError, match="is painted of ./a_colour.png; rename"):
            paint(first)
        shutil.rmtree("out")
        paint(first)

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: [first], painter)
    assert set(os.listdir("out")) == {"a.png", "a_colour.png", "a_lines.png"}

    # Nor at another time, when that picture is gone; its own are painted anew.
    def watch_later(list_jobs, paint, report, complain, left):
        with pytest.raises(ValueError, match="a_colour.png: is a layer of another"):
            paint(second)
        paint(first)

    monkeypatch.setattr(batch, "watch", watch_later)
    batch.paint_on(lambda: [second], painter)


@pytest.mark.parametrize(
    "hints, comes, goes",
    [(None, "s/s/a.png", "s/a.png"), ("h", "s/h/a.png", "h/a.png")],
)
def test_watching_never_overwrites_what_another_picture_is_painted_of(
    hints, comes, goes, folder, monkeypatch, capsys
):
    """Also not by a sketch that comes while it watches."""
    save("s/a.png", "s/other.png")
    if hints:  # none of which is that of s/h/a.png alone
        for path in ("h/sub", "s/sub"):
            os.makedirs(path)
        save("h/a.png", "h/sub/a.png", "s/sub/a.png")
    before = pathlib.Path(goes).read_bytes()
    rounds = iter(range(12))

    def sleep(seconds):
        if next(rounds, None) is None:
            raise KeyboardInterrupt
        if not os.path.exists(comes):
            os.makedirs(os.path.dirname(comes), exist_ok=True)
            save(comes)

    monkeypatch.setattr(batch, "watch", functools.partial(watch.watch, sleep=sleep))
    painter = batch.JobPainter(FakePainter())
    batch.paint_on(lambda: jobs.from_folder("s", ["r.png"], ".", hints), painter)
    assert pathlib.Path(goes).read_bytes() == before
    assert f"{goes}: is read; choose another output" in capsys.readouterr().err
    assert os.path.exists("a.png") and os.path.exists("other.png")


@pytest.mark.parametrize("layers", [[], ["--layers"], ["--layers", "ora"]])
@pytest.mark.parametrize("watching", [False, True])
@pytest.mark.parametrize("name", ["a", "b"])
def test_no_sketch_is_overwritten_where_the_output_becomes_their_folder(
    name, watching, layers, folder, monkeypatch, capsys
):
    """As a link to it, while the sketch of that name is painted."""

    class SlowPainter(FakePainter):
        def paint(self, sketch, style, strength, layered, hints):
            if pathlib.Path(sketch).stem == name:
                if os.path.exists("out"):
                    os.rename("out", "former")
                os.symlink("s", "out")
            painted = super().paint(sketch, style, strength, False, hints)
            return make_layers() if layered else painted

    rounds = iter(range(2))

    def sleep(_):
        if next(rounds, None) is None:
            raise KeyboardInterrupt

    save("s/a.png", "s/b.png")
    before = {path.name: path.read_bytes() for path in pathlib.Path("s").iterdir()}
    monkeypatch.setattr(batch, "load_painter", lambda *_: SlowPainter())
    monkeypatch.setattr(batch, "watch", functools.partial(watch.watch, sleep=sleep))
    code = paint.main(
        ["s", "r.png", "-o", "out", *layers, "--watch" if watching else "--overview"]
    )
    after = {path.name: path.read_bytes() for path in pathlib.Path("s").iterdir()}
    assert {each: after[each] for each in before} == before
    assert watching or code == 1
    if not watching:
        sentence = f"out/{name}.png: is read; choose another output"
        assert sentence in capsys.readouterr().err


@pytest.fixture
def mounted_twice(folder, monkeypatch):
    """A folder "out" that is the folder "s", as a mount makes it; no link shows it."""
    os.mkdir("out")
    stat = os.stat
    out, same = os.path.abspath("out"), os.path.abspath("s")

    def find(path, **options):
        text = path if isinstance(path, str) else ""
        is_out = text and os.path.abspath(text) == out
        return stat(same if is_out else path, **options)

    monkeypatch.setattr(os, "stat", find)


def test_a_folder_that_is_mounted_twice_is_one(mounted_twice, capsys):
    save("s/a.png")
    with pytest.raises(SystemExit):
        paint.main(["s", "r.png", "-o", "out"])
    assert "-o: must be another folder than SKETCH" in capsys.readouterr().err
    assert paint.main(["s/a.png", "r.png", "-o", "out/a.png"]) == 1
    assert "out/a.png: is read; choose another output" in capsys.readouterr().err
    assert not os.listdir("out")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_in_the_place_of_a_painting_ends_no_batch(make, folder, capsys):
    save("s/a.png", "s/b.png", "s/c.png")
    os.mkdir("out")
    make("out/b.png")
    assert paint.main(["s", "r.png", "-o", "out"]) == 1
    assert sorted(os.listdir("out")) == ["a.png", "b.png", "c.png"]
    assert not os.path.isfile("out/b.png")
    (error,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert error.startswith("paint: out/b.png not painted: out/b.png: a ")


def plan_watch(*paths):
    argv = [*paths, "-o", "out", "--watch"]
    return paint.plan(paint_options.parse_args(argv, ""))


def test_a_file_that_may_not_be_read_ends_no_batch(folder, monkeypatch):
    """Below the folder too, where it is looked for what an earlier call made."""
    closed, open_file = set(), os.open

    def deny(path, *args, **options):
        if os.path.abspath(os.fsdecode(path)) in closed:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return open_file(path, *args, **options)

    def close(path):
        closed.add(os.path.abspath(path))

    monkeypatch.setattr(os, "open", deny)
    for folder in ("s/sub", "h/sub"):
        os.makedirs(folder)
    save("s/a.png", "s/sub/b.png", "h/sub/b.png")
    close("s/sub/b.png")
    close("h/sub/b.png")
    assert paint.main(["s", "r.png", "-o", "out", "--hints", "h"]) == 0
    assert os.path.isfile("out/a.png")  # nothing is read here: the painter says why
    assert [job.sketch for job in plan_watch("s", "r.png")] == [
        "s/a.png",
        "s/sub/b.png",
    ]
    close("out/a.png")
    save("s/d.png")
    assert paint.main(["s", "r.png", "-o", "out", "--skip-existing"]) == 0
    assert os.path.isfile("out/d.png")


def test_a_watch_waits_for_pictures_and_tells_other_faults(folder, monkeypatch):
    os.makedirs("new")
    assert plan_watch("new", "r.png") == []
    monkeypatch.setattr(jobs, "from_folder", unittest.mock.Mock(side_effect=ValueError))
    with pytest.raises(ValueError):
        plan_watch("new", "r.png")


def find_job(sketch):
    found = jobs.from_folder(".", ["r.png"], "out")
    return {job.sketch: job for job in found}[sketch]


@pytest.mark.parametrize("layers", [None, "png"])
def test_watching_goes_on_with_a_sketch_of_another_kind(layers, folder, monkeypatch):
    painter = batch.JobPainter(FakePainter(), layers=layers)
    save("a.png")
    (png,) = (
        job for job in jobs.from_folder(".", ["r.png"], "out") if "a" in job.sketch
    )
    os.rename("a.png", "a.jpg")
    (jpg,) = (
        job for job in jobs.from_folder(".", ["r.png"], "out") if "a" in job.sketch
    )
    assert png.output == jpg.output

    def watch(list_jobs, paint, report, complain, left):
        os.rename("a.jpg", "a.png")
        paint(png)
        with pytest.raises(ValueError, match="a.png: is painted of ./a.png; rename"):
            paint(jpg)
        os.rename("a.png", "a.jpg")
        paint(jpg)

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: [], painter)


@pytest.mark.parametrize("beside", [[], ["a"], ["a", "a_lines"]])
@pytest.mark.parametrize("name", ["a_colour", "a_lines"])
@pytest.mark.parametrize("layers", [None, "png"])
def test_watching_never_makes_an_earlier_painting_a_layer(
    layers, name, beside, folder, monkeypatch
):
    save("a.png", "a_colour.png", "a_lines.png")
    todo = {job.sketch: job for job in jobs.from_folder(".", ["r.png"], "out")}
    batch.JobPainter(FakePainter(), layers=layers).paint(todo[f"./{name}.png"])
    for each in beside:
        batch.JobPainter(FakePainter()).paint(todo[f"./{each}.png"])
    earlier = {
        path: os.stat(path).st_mtime_ns for path in pathlib.Path("out").iterdir()
    }
    painter = batch.JobPainter(FakePainter(), layers="png")

    def watch(list_jobs, paint, report, complain, left):
        with pytest.raises(ValueError, match="is no layer of out/a.png"):
            paint(todo["./a.png"])

    monkeypatch.setattr(batch, "watch", watch)
    for left in ([], [todo["./a.png"]]):  # that it would be done is no difference
        batch.paint_on(lambda: [], painter, left=left)
    for path, written in earlier.items():
        assert os.stat(path).st_mtime_ns == written
    assert os.path.exists("out/a.png") == ("a" in beside)


@pytest.mark.parametrize("layers", [None, "png"])
def test_watching_never_paints_over_an_earlier_layer(layers, folder, monkeypatch):
    save("a.png", "a_colour.png")
    todo = {job.sketch: job for job in jobs.from_folder(".", ["r.png"], "out")}
    batch.JobPainter(FakePainter(), layers="png").paint(todo["./a.png"])
    os.remove("out/a.png")  # as a kill leaves it
    earlier = os.stat("out/a_colour.png").st_mtime_ns

    def watch(list_jobs, paint, report, complain, left):
        with pytest.raises(ValueError, match="a_colour.png: is a layer of another"):
            paint(todo["./a_colour.png"])

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: [], batch.JobPainter(FakePainter(), layers=layers))
    assert os.stat("out/a_colour.png").st_mtime_ns == earlier


@pytest.mark.parametrize("keeps_texts", [False, True])
def test_watching_never_replaces_a_layer_that_was_edited(
    keeps_texts, folder, monkeypatch
):
    save("a.png")
    (job,) = (
        job for job in jobs.from_folder(".", ["r.png"], "out") if "a" in job.sketch
    )
    painter = batch.JobPainter(FakePainter(), layers="png")
    painter.paint(job)
    with PIL.Image.open("out/a_lines.png") as image:
        texts = PIL.PngImagePlugin.PngInfo()
        for name, text in image.text.items():
            texts.add_text(name, text)
        image.save("out/a_lines.png", pnginfo=texts if keeps_texts else None)
    edited = pathlib.Path("out/a_lines.png").read_bytes()

    def watch(list_jobs, paint, report, complain, left):
        with pytest.raises(ValueError, match="a_lines.png: is no layer of out/a.png"):
            paint(job)
        os.remove("out/a_lines.png")
        paint(job)

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: [], painter)
    assert pathlib.Path("out/a_lines.png").read_bytes() != edited


def make_layers():
    modes = ("RGB", "RGB", "RGBA")
    return Layers(*(PIL.Image.new(mode, (32, 32)) for mode in modes))


@pytest.mark.parametrize("form", ["psd", "ora"])
def test_watching_never_replaces_a_file_of_layers_that_was_saved(
    form, folder, monkeypatch
):
    if form == "psd":
        pytest.importorskip("psd_tools")
    save("a.png")
    job = jobs.from_folder(".", ["r.png"], "out")[0]
    layers, painted = pathlib.Path(job.paths(form)[1]), make_layers()
    painter = batch.JobPainter(FakePainter(), layers=form)
    monkeypatch.setattr(painter, "_paint", lambda job, style: painted)

    def watch(list_jobs, paint, report, complain, left):
        paint(job)
        paint(job)  # what nobody touched is replaced
        whole = layers.read_bytes()
        for other in (whole[:-1] + bytes([whole[-1] ^ 1]), whole + b"x", b"mine", b""):
            layers.write_bytes(other)
            with pytest.raises(ValueError, match=f"out/a.{form}: .* was saved since"):
                paint(job)
            assert layers.read_bytes() == other
        layers.unlink()
        paint(job)
        assert layers.read_bytes() == whole

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: [], painter)


@pytest.mark.parametrize("layers", [None, "png", "ora"])
@pytest.mark.parametrize("owner", ["a.png", "a.jpg"])
def test_no_painting_takes_the_place_of_a_layer_that_was_edited(
    owner, layers, folder, monkeypatch
):
    save("a.png", "a_lines.png")
    todo = {job.sketch: job for job in jobs.from_folder(".", ["r.png"], "out")}
    batch.JobPainter(FakePainter(), layers="png").paint(todo["./a.png"])
    PIL.Image.new("L", (32, 32)).save("out/a_lines.png")
    edited = pathlib.Path("out/a_lines.png").read_bytes()
    os.rename("out/a.png", f"out/{owner}")
    painter = batch.JobPainter(FakePainter(), layers=layers)
    painted = make_layers() if layers == "ora" else None
    if painted:
        monkeypatch.setattr(painter, "_paint", lambda job, style: painted)

    def watch(list_jobs, paint, report, complain, left):
        for _ in range(2):
            with pytest.raises(ValueError, match=f"a_lines.png: may be .* out/{owner}"):
                paint(todo["./a_lines.png"])
            if layers == "png":
                with pytest.raises(ValueError, match="a_lines.png: is no layer"):
                    paint(todo["./a.png"])
        assert pathlib.Path("out/a_lines.png").read_bytes() == edited
        os.remove("out/a_lines.png")
        for _ in range(2):  # its own is replaced
            paint(todo["./a_lines.png"])

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: [], painter)


@pytest.mark.parametrize("layers", [None, "png"])
def test_an_earlier_painting_that_is_called_as_a_layer_is_painted_anew(layers, folder):
    save("a.png", "a_lines.png")
    todo = {job.sketch: job for job in jobs.from_folder(".", ["r.png"], "out")}
    for job in todo.values():
        batch.JobPainter(FakePainter()).paint(job)
    os.utime("out/a_lines.png", (0, 0))
    batch.JobPainter(FakePainter(), layers=layers).paint(todo["./a_lines.png"])
    assert os.stat("out/a_lines.png").st_mtime > 0
    # By another program it may be anything, and is left alone.
    PIL.Image.new("L", (32, 32)).save("out/a_lines.png")
    with pytest.raises(ValueError, match="may be a layer of out/a.png"):
        batch.JobPainter(FakePainter(), layers=layers).paint(todo["./a_lines.png"])


@pytest.mark.parametrize("form", ["png", "psd", "ora"])
def test_layers_of_a_jpg_do_not_become_those_of_a_webp(form, folder, monkeypatch):
    if form == "psd":
        pytest.importorskip("psd_tools")
    save("a.png", "b.png")
    painter = batch.JobPainter(FakePainter(), layers=form)
    if form != "png":
        monkeypatch.setattr(painter, "_paint", lambda job, style: make_layers())
    one = jobs.Job("a.png", ("r.png",), "out/x.jpg")
    for _ in range(2):
        painter.paint(one)
    layers = pathlib.Path(one.paths(form)[-1])
    whole = layers.read_bytes()
    for name in ("x.webp", "x.png", "x.jp", "x.JPG"):
        with pytest.raises(ValueError, match="is no layer of out/x"):
            painter.paint(jobs.Job("b.png", ("r.png",), f"out/{name}"))
    assert layers.read_bytes() == whole and not os.path.exists("out/x.webp")


def test_a_layer_is_never_painted_over(folder):
    """Without --watch, too: with its sketch gone it had been."""
    save("a.png", "a_colour.png")
    todo = {job.sketch: job for job in jobs.from_folder(".", ["r.png"], "out")}
    batch.JobPainter(FakePainter(), layers="png").paint(todo["./a.png"])
    with pytest.raises(ValueError, match="a_colour.png: is a layer of another"):
        batch.JobPainter(FakePainter()).paint(todo["./a_colour.png"])


@pytest.mark.parametrize("form", ["png", "ora"])
def test_what_is_saved_while_it_is_painted_anew_is_not_replaced(
    form, folder, monkeypatch
):
    save("a.png")
    job = jobs.from_folder(".", ["r.png"], "out")[0]
    layers, painted = pathlib.Path(job.paths(form)[1]), make_layers()
    painter = batch.JobPainter(FakePainter(), layers=form)

    def paint_slowly(job, style):
        layers.write_bytes(b"mine")  # by another program
        return painted

    monkeypatch.setattr(painter, "_paint", paint_slowly)
    layers.parent.mkdir()
    with pytest.raises(ValueError, match=f"{layers.name}: .* was saved since"):
        painter.paint(job)
    assert layers.read_bytes() == b"mine"
    assert not os.path.exists(job.output)


@pytest.mark.parametrize("left", [["lines"], ["lines", "colour"]])
def test_watching_goes_on_with_a_painting_that_was_killed(left, folder, monkeypatch):
    save("a.png")
    job = jobs.from_folder(".", ["r.png"], "out")[0]
    painter = batch.JobPainter(FakePainter(), layers="png")
    painter.paint(job)
    for path in job.paths("png"):
        if not any(name in path for name in left):
            os.remove(path)
    monkeypatch.setattr(batch, "watch", lambda jobs_, paint, *_, left: paint(job))
    batch.paint_on(lambda: [], painter)
    assert len(os.listdir("out")) == 3


def test_on_a_disk_that_ignores_case_no_sketch_is_painted_over(folder, capsys):
    save("s/a.png")
    os.link("s/a.png", "s/A.PNG")  # as such a disk shows it
    kept = pathlib.Path("s/a.png").read_bytes()
    assert paint.main(["s/a.png", "r.png", "-o", "s/A.PNG"]) == 1
    assert "s/A.PNG: is read; choose another output" in capsys.readouterr().err
    assert pathlib.Path("s/a.png").read_bytes() == kept


def test_on_a_disk_that_ignores_case_no_folder_takes_anothers_place(folder):
    os.makedirs("s/ch1")
    os.makedirs("s/CH1")
    save("s/ch1/a.png", "s/CH1/a.png")
    todo = {
        os.path.dirname(job.sketch): job
        for job in jobs.from_folder("s", ["r.png"], "out")
    }
    painter = batch.JobPainter(FakePainter(), layers="png")
    painter.paint(todo["s/ch1"])
    os.symlink("ch1", "out/CH1")  # as such a disk shows it
    with pytest.raises(ValueError, match="is out/ch1/a.png on this disk, painted of"):
        painter.paint(todo["s/CH1"])
    painter.paint(todo["s/ch1"])


@pytest.mark.parametrize("names", [("A", "a"), ("e\u0301", "\u00e9")])
def test_on_a_disk_that_ignores_case_no_painting_takes_anothers_place(names, folder):
    first, second = (f"{name}.png" for name in names)
    save(f"s/{first}", f"s/{second}")
    todo = jobs.from_folder("s", ["r.png"], "out")
    todo = {os.path.basename(job.sketch): job for job in todo}
    assert todo[second].output == f"out/{second}"
    painter = batch.JobPainter(FakePainter())
    painter.paint(todo[first])
    os.link(f"out/{first}", f"out/{second}")  # as such a disk shows it
    refusal = pytest.raises(
        ValueError, match=f"is out/{first} on this disk, painted of"
    )
    with refusal:
        painter.paint(todo[second])
    with pytest.raises(ValueError, match="would be written twice"):
        job_checks.check_outputs(list(todo.values()))
    os.remove(f"s/{first}")  # it was renamed
    painter.paint(todo[second])
    os.remove(f"out/{first}")
    save(f"s/{first}")
    painter.paint(todo[first])  # on a disk that tells them apart
    assert len(os.listdir("out")) == 2
