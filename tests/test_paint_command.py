import functools
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import types
import zlib

import numpy as np
import PIL.Image
import PIL.ImageOps
import PIL.PngImagePlugin
import pytest

from keras_s2p import paint
from keras_s2p.apps import batch
from keras_s2p.common import picture_files, seals, shipped
from keras_s2p.painting import painter
from keras_s2p.painting.style import Style

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = os.path.join(ROOT, "paint.py")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder: sketches in s/, references in r/, bad/ empty."""
    monkeypatch.chdir(tmp_path)
    for name in ("s", "r", "bad"):
        os.mkdir(name)
    page = np.full((40, 50), 255, np.uint8)
    page[20] = 0
    PIL.Image.fromarray(page).save("s/a.png")
    PIL.Image.fromarray(page[:, :36]).save("s/b.jpg")
    PIL.Image.new("RGB", (48, 40), (220, 40, 60)).save("r/a.png")
    PIL.Image.new("RGB", (40, 48), (40, 60, 220)).save("r/b.png")
    return tmp_path


load_once = functools.lru_cache(batch.load_painter)  # its graphs are traced once


@pytest.fixture
def run(folder, weights_folder, capsys, monkeypatch):
    """Runs paint.py with tiny networks: (exit code, stdout, stderr)."""
    monkeypatch.setattr(batch, "load_painter", load_once)

    def run(*argv):
        code = paint.main([*argv, "--size", "32", "--weights", weights_folder])
        return (code, *capsys.readouterr())

    return run


def written(folder):
    """All files but the fixture's, relative to the folder."""
    names = [
        os.path.relpath(os.path.join(parent, name), folder)
        for parent, _, files in os.walk(folder)
        for name in files
    ]
    return sorted(n for n in names if n.split(os.sep)[0] not in ("s", "r", "bad"))


def size(path):
    with PIL.Image.open(path) as image:
        return image.size


def pixels(path):
    with PIL.Image.open(path) as image:
        return image.tobytes()


def write_bad_files():
    with open("bad/text.png", "w") as file:
        file.write("not a picture")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    PIL.Image.fromarray(noise).save("bad/cut.jpg")
    with open("bad/cut.jpg", "r+b") as file:
        file.truncate(os.path.getsize("bad/cut.jpg") // 2)
    PIL.Image.new("L", (1, 1)).save("bad/dot.png")
    # A bomb: the header of a picture of 20000 x 20000 and no more.
    header = b"IHDR" + (20_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    with open("bad/bomb.png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header)
        file.write(zlib.crc32(header).to_bytes(4, "big"))
        file.write(
            (0).to_bytes(4, "big") + b"IDAT" + zlib.crc32(b"IDAT").to_bytes(4, "big")
        )


def test_one_sketch_is_painted_beside_its_name_here(run, folder):
    code, out, err = run("s/a.png", "r/a.png")
    assert (code, out, err) == (0, "a_painted.png\n", "")
    assert written(folder) == ["a_painted.png"]
    assert size("a_painted.png") == (50, 40)


def test_a_name_that_nobody_gave_takes_nobodys_picture(run, folder):
    picture = folder / "a_painted.png"
    picture.write_bytes((folder / "s/a.png").read_bytes())
    before = picture.read_bytes()
    code, _, err = run("s/a.png", "r/a.png")
    assert code == 1 and "a_painted.png: is there, but not as" in err
    assert picture.read_bytes() == before
    for _ in range(2):  # but that of an earlier time
        assert run("s/a.png", "r/a.png", "-o", "a_painted.png")[0] == 0
        assert run("s/a.png", "r/a.png")[0] == 0
    assert picture.read_bytes() != before


def test_a_file_of_layers_that_paint_did_not_write_so_stays(run, folder):
    given = "s/a.png", "r/a.png", "-o"
    for out in ("x.png", "x.png", "y.jpg"):  # its own, and one of another painting
        assert run(*given, out, "--layers", "x.ora")[0] == 0
    with open("x.ora", "ab") as file:
        file.write(b"saved in Krita")
    shutil.copy("r/a.png", "drawing.ora")
    for name in ("x.ora", "drawing.ora"):
        before = (folder / name).read_bytes()
        code, _, err = run(*given, "z.png", "--layers", name)
        assert code == 1 and f"paint: {name}: is there, and no file of layers" in err
        assert (folder / name).read_bytes() == before
    assert not os.path.exists("z.png")


def test_a_painting_that_somebody_went_on_with_stays(run, folder):
    assert run("s/a.png", "r/a.png")[0] == 0
    picture = folder / "a_painted.png"
    with PIL.Image.open(picture) as painting:
        info = PIL.PngImagePlugin.PngInfo()
        info.add_text("Description", painting.text["Description"])  # some programs do
        PIL.ImageOps.invert(painting).save(picture, pnginfo=info)
    before = picture.read_bytes()
    code, _, err = run("s/a.png", "r/a.png")
    assert code == 1 and "a_painted.png: is there, but not as" in err
    assert picture.read_bytes() == before


@pytest.mark.parametrize(
    "given, kept, strange",
    [
        (["s", "r", "-o", "out"], "out/b.png", None),
        (["s", "r", "-o", "s/out"], "s/out/b.png", "s/out/c.png"),
        (["s", "r", "-o", "r/out"], "r/out/b.png", None),
        (["--pairs", "s/pairs.csv", "-o", "s"], "s/q.png", None),
        (["s", "r", "-o", "out", "--all-pairs"], "out/b_a.png", None),
    ],
)
def test_a_folder_s_paintings_take_nobodys_picture(run, folder, given, kept, strange):
    with open("s/pairs.csv", "w") as file:
        file.write("sketch,reference,output\na.png,../r/a.png,p.png\n")
        file.write("b.jpg,../r/a.png,q.png\n")
    for path in filter(None, (kept, strange)):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy("s/a.png", path)
    before = (folder / kept).read_bytes()
    for _ in range(2):  # the others' own are replaced
        code, _, err = run(*given)
        assert code == 1 and f"{kept} not painted: {kept}: is there, but not as" in err
        assert (folder / kept).read_bytes() == before
        said = f"{strange}: left out, it lies in the folder of -o"
        assert (said in err) == bool(strange) and err.count("left out") <= 1
    with open(kept, "rb+") as file:
        file.truncate(100)  # as a program may leave it
    code, _, err = run(*given)
    assert code == 1 and f"{kept}: is there, but not as" in err


@pytest.mark.parametrize("out", ["deep/x.jpg", "deep/", "s"])
def test_out_is_a_file_or_a_folder(run, folder, out):
    assert run("s/a.png", "r/a.png", "-o", out)[0] == 0
    assert os.path.isfile(out if out.endswith("jpg") else f"{out}/a_painted.png")


def test_a_folder_under_one_reference(run, folder):
    code, out, _ = run("s", "r/a.png", "-o", "out")
    assert code == 0 and out == "2 painted, in out\n"
    assert written(folder) == ["out/a.png", "out/b.png"]
    assert size("out/b.png") == (36, 40)


def test_a_folder_under_a_folder_is_matched_by_name(run, folder):
    assert run("s", "r", "-o", "out")[0] == 0
    assert run("s/b.jpg", "r/b.png", "-o", "b.png")[0] == 0
    assert pixels("out/b.png") == pixels("b.png")


def test_pairs(run, folder):
    with open("s/pairs.csv", "w") as file:
        file.write("sketch,reference,output\na.png,../r/b.png,x/one.png\n")
        file.write("b.jpg,../r/a.png,two.png\n")
    assert run("--pairs", "s/pairs.csv", "-o", "out")[0] == 0
    assert written(folder) == ["out/two.png", "out/x/one.png"]


def test_subfolders_are_kept_and_matched(run, folder):
    os.makedirs("s/deep")
    os.rename("s/a.png", "s/deep/a.png")
    assert run("s", "r", "-o", "out")[0] == 0
    assert written(folder) == ["out/b.png", "out/deep/a.png"]
    assert run("s/deep/a.png", "r/a.png", "-o", "a.png")[0] == 0
    assert pixels("out/deep/a.png") == pixels("a.png")


def test_frames_under_one_reference_encode_it_once(run, folder, monkeypatch):
    for number in range(4):
        shutil.copy("s/a.png", f"s/{number:04}.png")
    encoded = []
    style = painter.Painter.style

    def count(self, reference):
        encoded.append(reference)
        return style(self, reference)

    monkeypatch.setattr(painter.Painter, "style", count)
    assert run("s", "r/a.png", "-o", "out")[0] == 0
    assert encoded == ["r/a.png"]
    assert len(os.listdir("out")) == 6


def test_frames_of_a_video_come_by_number_and_keep_their_colours(
    run, folder, monkeypatch
):
    page = np.full((40, 50), 255, np.uint8)
    page[20] = page[:, 25] = 0
    os.mkdir("v")
    for number in (2, 10):
        PIL.Image.fromarray(np.roll(page, number % 3, axis=1)).save(f"v/f{number}.png")
    seen, paint_alone = [], painter.Painter.paint

    def record(self, sketch, style=None, strength=1.0, layers=False, hints=None):
        seen.append(hints)
        style = style._replace(hint=style.hint + 5 * len(seen))  # flickers
        return paint_alone(self, sketch, style, strength, layers, hints)

    monkeypatch.setattr(painter.Painter, "paint", record)
    options = "v", "r/a.png", "-o", "out", "--hint", "5,5,#00ff00"
    code, stdout, stderr = run(*options, "--video", "--layers", "ora")
    assert code == 0 and "2 painted" in stdout
    assert written(folder) == [
        f"out/f{n}{end}" for n in (10, 2) for end in (".ora", ".png")
    ] + ["v/f10.png", "v/f2.png"]
    assert seen == [None, ((5.0, 5.0, "#00ff00"),), None]  # for the first frame alone
    early, late = (
        np.asarray(PIL.Image.open(f"out/f{n}.png")).astype(int) for n in (2, 10)
    )
    assert np.abs(late[2:18, 8:20] - early[2:18, 9:21]).max() <= 2


def test_json_is_one_line_for_each_painting_and_nothing_else(run, folder):
    write_bad_files()
    shutil.copy("bad/text.png", "s/text.png")
    code, out, err = run("s", "r/a.png", "-o", "out", "--json")
    assert code == 1 and err.startswith("paint: out/text.png not painted: s/text.png")
    assert err.count("\n") == 1 and "\r" not in err  # no progress bar
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["output"] for line in lines] == [
        "out/a.png", "out/b.png", "out/text.png",
    ]  # fmt: skip
    assert lines[0]["sketch"] == "s/a.png" and lines[0]["references"] == ["r/a.png"]
    assert lines[0]["error"] is None and lines[0]["seconds"] > 0
    assert lines[2]["error"].startswith("s/text.png: not a picture")


def test_json_has_a_line_for_each_sketch_of_a_bad_reference(run, folder):
    write_bad_files()
    code, out, _ = run("s", "bad/text.png", "-o", "out", "--json")
    errors = [json.loads(line)["error"] for line in out.splitlines()]
    assert code == 1 and len(errors) == 2
    assert all("bad/text.png: not a picture" in error for error in errors)


def test_watching_paints_what_comes(run, folder, monkeypatch):
    from keras_s2p.apps import watch

    def come():
        shutil.copy("s/a.png", "in/new.png")

    def come_broken():
        with open("in/bad.png", "w") as file:
            file.write("not a picture")

    def end():
        raise KeyboardInterrupt

    changes = iter([None, come, come_broken, *[None] * watch.PATIENCE, None, end])

    def sleep(seconds):
        change = next(changes)
        if change:
            change()

    monkeypatch.setattr(batch, "watch", functools.partial(watch.watch, sleep=sleep))
    os.mkdir("in")
    code, out, err = run("in", "r/a.png", "-o", "out", "--watch")
    assert code == 0
    assert out == "Watching in; Ctrl-C ends it\nout/new.png\n"
    assert err.startswith("paint: out/bad.png not painted: in/bad.png: not a pic")
    assert err.count("\n") == 1
    assert size("out/new.png") == (50, 40)


def test_hints_of_nobody_are_told_once_while_a_folder_is_watched(
    run, folder, monkeypatch
):
    from keras_s2p.apps import batch, watch

    for path in ("in/ch1", "in/ch2", "h"):
        os.makedirs(path)
    shutil.copy("s/a.png", "in/ch1/1.png")
    shutil.copy("s/a.png", "h/1.png")
    shutil.copy("s/a.png", "h/none.png")

    def come():
        shutil.copy("s/a.png", "in/ch2/1.png")

    def end():
        raise KeyboardInterrupt

    changes = iter([None, come, None, end])

    def sleep(seconds):
        change = next(changes)
        if change:
            change()

    monkeypatch.setattr(batch, "watch", functools.partial(watch.watch, sleep=sleep))
    err = run("in", "r/a.png", "-o", "out", "--watch", "--hints", "h")[2]
    said = "paint: h/{}.png: hints of no sketch, or of several"
    told = [line for line in err.splitlines() if "hints of no" in line]
    assert told == [said.format("none"), said.format("1")]


@pytest.mark.slow
def test_watching_says_what_is_painted_alone_and_ends_with_ctrl_c(
    folder, weights_folder
):
    shutil.copytree("s", "in")
    # Which would silence TensorFlow, so that it would not be seen to be silent.
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.Popen(
        [sys.executable, PATH, "in", "r/a.png", "-o", "out", "--watch", "--json",
         "--weights", weights_folder, "--size", "32"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        # A shell's background jobs ignore Ctrl-C, and what they start does too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        for expected in ("out/a.png", "out/b.png", "out/c.png"):
            if expected == "out/c.png":
                shutil.copy("s/a.png", "in/c.png")
            assert json.loads(done.stdout.readline())["output"] == expected
        done.send_signal(signal.SIGINT)
        out, err = done.communicate(timeout=60)
    finally:
        done.kill()
    assert (done.returncode, out, err) == (0, "", "")


def test_an_exported_model_paints_instead_of_weights(folder, monkeypatch, capsys):
    class FakePainter:
        def __init__(self, folder):
            self.folder = folder

        def style(self, reference):
            return Style(*(np.zeros((1, 1), np.float32),) * 3)

        def blend(self, styles, weights=None):
            return styles[0]

        def paint(self, sketch, *_):
            return PIL.Image.new("RGB", (7, 9))

    module = types.ModuleType("keras_s2p.serving.saved_model")
    module.SavedModelPainter = FakePainter
    monkeypatch.setitem(sys.modules, "keras_s2p.serving.saved_model", module)
    os.mkdir("exported")
    assert paint.main(["s/a.png", "r/a.png", "--saved-model", "exported"]) == 0
    assert size("a_painted.png") == (7, 9)
    assert paint.main(["s/a.png", "r/a.png", "--saved-model", "absent"]) == 1
    assert "absent: no such file or folder" in capsys.readouterr().err


def test_without_arguments_the_examples_are_painted(run, folder, monkeypatch):
    monkeypatch.setattr(shipped, "EXAMPLES", "examples")
    shutil.copytree("s", "examples/sketches")
    shutil.copytree("r", "examples/references")
    code, out, _ = run()
    assert code == 0
    assert "4 painted, in paintings" in out
    assert f"paintings{os.sep}overview.png" in out
    assert sorted(os.listdir("paintings")) == [
        "a_a.png", "a_b.png", "b_a.png", "b_b.png", "overview.png",
    ]  # fmt: skip
    assert size("paintings/overview.png") == (3 * 256, 3 * 256)


@pytest.mark.parametrize("options", [[], ["--video"], ["--json"], ["--all-pairs"]])
def test_a_folder_may_have_a_single_reference(options, run, folder):
    """It is that of all, as a reference that is named itself."""
    os.remove("r/b.png")
    if "--all-pairs" not in options:
        os.remove("s/b.jpg")
    code, _, err = run("s", "r", "-o", "out", *options)
    assert (code, "Error" in err) == (0, False)
    pairs = ["out/a_a.png", "out/b_a.png"]
    assert written(folder) == (pairs if "--all-pairs" in options else ["out/a.png"])


@pytest.mark.slow
def test_painting_writes_no_files_of_programs(folder, weights_folder):
    """TensorFlow's of functions that it rewrites stay where a process is killed."""
    os.mkdir("tmp")
    program = (
        "import os, sys; from keras_s2p import paint; code = paint.main(sys.argv[1:]); "
        "print(code, os.listdir('tmp')); os._exit(0)"
    )
    command = [sys.executable, "-c", program, "s/a.png", "r/a.png", "-o", "x.png"]
    command += ["--weights", weights_folder, "--size", "32"]
    environment = {**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONPATH": ROOT}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def test_an_overview_replaces_no_painting(run, folder):
    """That of a sketch called overview.png, which is gone since."""
    os.rename("s/b.jpg", "s/overview.jpg")
    assert run("s", "r/a.png", "-o", "out")[0] == 0
    os.remove("s/overview.jpg")
    painted = (folder / "out/overview.png").read_bytes()
    code, _, err = run("s", "r/a.png", "-o", "out", "--overview", "--skip-existing")
    assert code == 1 and "out/overview.png: is there, but not as" in err
    assert (folder / "out/overview.png").read_bytes() == painted
    os.remove("out/overview.png")
    for _ in range(2):  # its own is replaced
        assert run("s", "r/a.png", "-o", "out", "--overview")[0] == 0


def test_all_pairs_are_each_sketch_after_each_reference(run, folder):
    code, out, _ = run("s", "r", "-o", "out", "--all-pairs", "--overview")
    assert code == 0
    assert out == "All at a glance in out/overview.png\n4 painted, in out\n"
    assert written(folder) == [
        "out/a_a.png", "out/a_b.png", "out/b_a.png", "out/b_b.png", "out/overview.png",
    ]  # fmt: skip
    assert run("s/b.jpg", "r/a.png", "-o", "x.png")[0] == 0
    assert pixels("out/b_a.png") == pixels("x.png") != pixels("out/b_b.png")


def test_what_is_there_is_skipped_and_counted(run, folder, monkeypatch):
    os.mkdir("out")
    shutil.copy("r/a.png", "out/a.png")
    skip = "s", "r/a.png", "-o", "out", "--skip-existing"
    code, out, _ = run(*skip, "--overview")
    assert (code, out.splitlines()[-1]) == (0, "1 painted, 1 there already, in out")
    assert pixels("out/a.png") == pixels("r/a.png")
    assert size("out/b.png") == (36, 40)
    # What was there is in the overview too: red, below the sketch's first row.
    assert size("out/overview.png") == (3 * 256, 2 * 256)
    with PIL.Image.open("out/overview.png") as overview:
        red = overview.getpixel((2 * 256 + 128, 128))
        assert np.abs(np.subtract(red, (220, 40, 60))).max() <= 1

    monkeypatch.setattr(batch, "load_painter", None)  # nothing is left to paint
    assert run(*skip) == (0, "0 painted, 2 there already, in out\n", "")
    assert run(*skip, "--json") == (0, "", "")
    one = "s/a.png", "r/a.png", "-o", "out/a", "--skip-existing"
    assert run(*one) == (0, "out/a.png is there already\n", "")


def test_an_overview_that_fails_is_one_of_the_failures(run, folder):
    write_bad_files()
    os.mkdir("out")
    shutil.copy("bad/text.png", "out/a.png")
    code, out, err = run(
        "s", "r/a.png", "-o", "out", "--skip-existing", "--overview", "--json"
    )
    assert code == 1 and json.loads(out)["output"] == "out/b.png"
    assert err.startswith("paint: out/overview.png not written: out/a.png: not a pic")
    os.rename("s/a.png", "s/overview.png")
    code, _, err = run("s", "r/a.png", "-o", "out", "--overview")
    assert (code, err) == (1, "paint: out/overview.png: would be written twice\n")


def test_a_name_without_an_extension_gets_one(run, folder):
    assert run("s/a.png", "r/a.png", "-o", "deep/x") == (0, "deep/x.png\n", "")
    assert written(folder) == ["deep/x.png"]


def test_a_painting_of_layers_is_bad_usage(run, folder, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("s/a.png", "r/a.png", "-o", "x.psd")
    assert "-o: x.psd: a painting is one picture" in capsys.readouterr().err
    assert written(folder) == []


def test_layers_are_written_beside(run, folder):
    assert run("s/a.png", "r/a.png", "-o", "x.jpg", "--layers")[0] == 0
    assert written(folder) == ["x.jpg", "x_colour.png", "x_lines.png"]
    with PIL.Image.open("x_lines.png") as lines:
        assert lines.mode == "RGBA"
        # As dark as these untrained networks painted them, but at least half.
        *ink, opacity = lines.getpixel((5, 20))
        assert ink == [0, 0, 0] and opacity >= 127
        assert lines.getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("before", [True, False])
def test_layers_are_written_into_one_file(run, folder, before):
    layers, pictures = ["--layers", "deep/x.ora"], ["s/a.png", "r/a.png"]
    arguments = [*layers, *pictures] if before else [*pictures, *layers]
    assert run(*arguments, "-o", "x.png")[0] == 0
    assert written(folder) == ["deep/x.ora", "x.png"]
    painted = picture_files.read_painting("x.png").astype(int)
    assert np.abs(picture_files.read_painting("deep/x.ora") - painted).max() == 0


def test_a_folder_s_layers_lie_beside_its_paintings(run, folder):
    assert run("s", "r/a.png", "-o", "out", "--layers", "ORA")[0] == 0
    assert written(folder) == ["out/a.ora", "out/a.png", "out/b.ora", "out/b.png"]


def test_layers_replace_neither_paintings_nor_what_was_saved(run, folder):
    assert run("s/a.png", "r/a.png", "-o", "out/b_colour.png")[0] == 0
    kept = (folder / "out/b_colour.png").read_bytes()
    code, _, err = run("s", "r/a.png", "-o", "out", "--layers")
    assert code == 1 and "out/b_colour.png: is no layer of out/b.png" in err
    assert (folder / "out/b_colour.png").read_bytes() == kept
    assert written(folder) == [
        "out/a.png", "out/a_colour.png", "out/a_lines.png", "out/b_colour.png",
    ]  # fmt: skip
    assert run("s/a.png", "r/a.png", "-o", "out/", "--layers", "ora")[0] == 0
    (folder / "out/a_painted.ora").write_bytes(b"saved")
    code, _, err = run("s/a.png", "r/a.png", "-o", "out/", "--layers", "ora")
    assert code == 1 and "out/a_painted.ora: is no layer of" in err
    assert (folder / "out/a_painted.ora").read_bytes() == b"saved"


def test_png_layers_leave_a_sketch_that_follows_alone(run, folder):
    assert run("--layers", "s/a.png", "r/a.png", "-o", "x.png")[0] == 0
    assert written(folder) == ["x.png", "x_colour.png", "x_lines.png"]


def test_a_missing_psd_writer_is_told_before_painting(run, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    code, out, err = run("s/a.png", "r/a.png", "--layers", "x.psd")
    assert (code, out) == (1, "") and written(folder) == []
    assert err.startswith("paint: x.psd: it takes pip install") and err.count("\n") == 1


def upper(path):
    """The median colour above the line of s/a.png."""
    with PIL.Image.open(path) as image:
        return np.median(np.asarray(image)[:18].reshape(-1, 3), axis=0)


def test_hints_alone_paint_without_a_reference(run, folder):
    hints = "--hint", "10,5,#c04050", "--hint", "10,30,paper"
    assert run("s/a.png", *hints, "-o", "x.png")[0] == 0
    assert np.abs(upper("x.png") - (0xC0, 0x40, 0x50)).max() <= 3
    assert PIL.Image.open("x.png").getpixel((25, 35)) == (255, 255, 255)


def test_a_folder_s_hints_are_matched_by_name(run, folder):
    os.mkdir("h")
    hints = np.zeros((40, 50, 4), np.uint8)
    hints[5:8, 10:13] = (0xC0, 0x40, 0x50, 255)
    PIL.Image.fromarray(hints).save("h/a.png")
    assert run("s", "r/a.png", "--hints", "h", "-o", "out")[0] == 0
    assert np.abs(upper("out/a.png") - (0xC0, 0x40, 0x50)).max() <= 3
    assert run("s/b.jpg", "r/a.png", "-o", "b.png")[0] == 0
    assert pixels("out/b.png") == pixels("b.png")
    with open("s/pairs.csv", "w") as file:
        file.write("sketch,reference,output,hints\na.png,../r/a.png,p.png,../h/a.png\n")
        file.write("b.jpg,../r/a.png,q.png,\n")
    assert run("--pairs", "s/pairs.csv", "-o", "out")[0] == 0
    assert pixels("out/p.png") == pixels("out/a.png")
    assert pixels("out/q.png") == pixels("b.png")
    os.rename("h/a.png", "h/c.png")
    shutil.rmtree("out")
    code, _, err = run("s", "r/a.png", "--hints", "h", "-o", "out")
    last = err.splitlines()[-1]
    assert (code, last) == (1, "paint: h/c.png: hints of no sketch, or of several")
    assert pixels("out/b.png") == pixels("b.png")  # the others are painted


def test_hints_that_do_not_fit_the_sketch_are_named(run, folder):
    code, _, err = run("s/a.png", "r/a.png", "--hints", "r/a.png")
    assert (code, err) == (
        1, "paint: r/a.png: 48 x 40 pixels, but the sketch has 50 x 40\n",
    )  # fmt: skip
    code, _, err = run("s/a.png", "--hint", "50,0,red")
    assert (code, err) == (1, "paint: hint 50,0: outside 50 x 40 pixels\n")


def test_references_are_blended_by_weight(run, folder):
    two = ["s/a.png", "r/a.png", "--reference", "r/b.png"]
    assert run(*two, "-o", "first.png", "--reference-weight", "1", "0")[0] == 0
    assert run(*two, "-o", "half.png")[0] == 0
    assert run("s/a.png", "r/a.png", "-o", "one.png")[0] == 0
    assert pixels("first.png") == pixels("one.png")
    assert pixels("half.png") != pixels("one.png")


def test_colours_are_matched_to_a_reference_that_is_alone(run, folder, monkeypatch):
    given = []

    def paint(self, sketch, style, *options):
        assert style.palette.any() == style.places.any() or "--no" in str(argv)
        given.append(style)
        return PIL.Image.new("RGB", (50, 40))

    monkeypatch.setattr(painter.Painter, "paint", paint)
    one, two = ["s/a.png", "r/a.png"], ["s/a.png", "r/a.png", "--reference", "r/b.png"]
    for argv in (
        one, [*one, "--no-palette"], [*one, "--no-correspondence"], two,
        [*two, "--reference-weight", "0", "1"],
    ):  # fmt: skip
        assert run(*argv)[0] == 0
    red, unmatched, uncarried, blend, blue = given
    for style, colour in ((red, (220, 40, 60)), (blue, (40, 60, 220))):
        expected = np.divide(colour, 127.5) - 1
        np.testing.assert_allclose(style.palette[0, 0, :3], expected, atol=0.01)
    np.testing.assert_array_equal(uncarried.palette, red.palette)
    assert not (unmatched.palette.any() or uncarried.places.any())
    np.testing.assert_array_equal(unmatched.places, red.places)
    assert not (blend.palette.any() or blend.places.any())


def test_strength_0_paints_grey(run, folder):
    run("s/a.png", "r/a.png", "-o", "a.png", "--strength", "0")
    painted = np.asarray(PIL.Image.open("a.png").convert("RGB")).astype(int)
    assert np.ptp(painted, axis=-1).max() <= 1


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["s/a.png"], "REFERENCE is missing"),
        (["--pairs", ""], "a name is empty"),
        (["s/a.png", ""], "a name is empty"),
        (["--reference", "r/a.png"], "SKETCH is missing"),
        (["s", "r/a.png"], "-o FOLDER is needed"),
        (["--pairs", "p.csv"], "-o FOLDER is needed"),
        (["--pairs", "p.csv", "s/a.png", "-o", "x"], "--pairs: "),
        (["s/a.png", "r/a.png", "--size", "8"], "--size: "),
        (["s/a.png", "r/a.png", "--size", "x"], "--size: "),
        (["s/a.png", "r/a.png", "--strength", "nan"], "--strength: "),
        (
            ["s/a.png", "r/a.png", "--reference-weight", "1", "2"],
            "--reference-weight: ",
        ),
        (["s/a.png", "r/a.png", "--reference-weight", "0"], "--reference-weight: "),
        (["s/a.png", "r/a.png", "third.png"], "third.png"),
        (["s/a.png", "r/a.png", "--stren", "1"], "--stren"),
        (["s/a.png", "r/a.png", "--watch"], "--watch: SKETCH must be a folder"),
        (["--watch"], "--watch: SKETCH must be a folder"),
        (["s/a.png", "r/a.png", "--video"], "--video: SKETCH must be a folder"),
        (
            ["s", "r/a.png", "-o", "x", "--video", "--skip-existing"],
            "--video: does not go with --skip-existing",
        ),
        (["s/a.png", "r/a.png", "--layers=x.gif"], "x.gif is no .psd or .ora file"),
        (["s", "r/a.png", "-o", "x", "--layers", "x.psd"], "give psd or ora for"),
        (["s/a.png", "--hint", "1,2"], "1,2 is not X,Y,COLOUR"),
        (["s/a.png", "--hint", "1,2,#1"], "1,2,#1 is not X,Y,COLOUR"),
        (["s/a.png", "--hint", "1,b,red"], "1,b,red is not X,Y,COLOUR"),
        (["s/a.png", "--hint", "1,nan,red"], "1,nan,red is not X,Y,COLOUR"),
        (["s/a.png", "--hint", "1e999,2,red"], "1e999,2,red is not X,Y,COLOUR"),
        (["--hint", "1,2,red"], "SKETCH is missing"),
        (["s/a.png", "--hint", "1,2,red", "--hints", "h.png"], "give one of them"),
        (["s/a.png", "--hints", "r"], "--hints: must be a picture"),
        (["--pairs", "p.csv", "--hint", "1,2,red", "-o", "x"], "--pairs: "),
        (["s", "r/a.png", "-o", "x", "--all-pairs"], "must be two folders"),
        (["s/a.png", "r", "-o", "x", "--all-pairs"], "must be two folders"),
        (["s", "r", "--reference", "r", "-o", "x", "--all-pairs"], "--all-pairs: "),
        (["--all-pairs"], "--all-pairs: "),
        (["s/a.png", "r/a.png", "--overview"], "--overview: "),
        (["s", "r/a.png", "-o", "x", "--watch", "--overview"], "--overview: "),
        (["s", "r", "-o", "x", "--watch"], "--watch: REFERENCE must be a painting"),
        (["s", "r/a.png", "--watch"], "-o FOLDER is needed"),
        (["s", "r/a.png", "-o", "s", "--watch"], "-o: must be another folder than S"),
        (["s", "r/a.png", "-o", "s/../s"], "-o: must be another folder than SKETCH"),
        (["s", "r", "-o", "r", "--skip-existing"], "-o: must be another folder than R"),
        (["s", "--reference", "r", "-o", "r"], "-o: must be another folder than R"),
        (["s", "r/a.png", "--hints", "r", "-o", "r"], "another folder than --hints"),
        (["s/a.png", "r/a.png", "--saved-model", "x", "--size", "64"], "--saved-model"),
        (["s/a.png", "r/a.png", "--saved-model", "x", "--weights", "w"], "--saved-m"),
    ],
)
def test_bad_usage_is_exit_code_2(folder, capsys, argv, message):
    with pytest.raises(SystemExit) as error:
        paint.main(argv)
    assert error.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["no.png", "r/a.png"], "no.png: no such file"),
        (["s/a.png", "no.png"], "no.png: no such file"),
        (["s", "no", "-o", "x", "--all-pairs", "--overview"], "no: no such file"),
        (["no", "r", "-o", "x", "--all-pairs", "--overview"], "no: no such file"),
        (["s/a.png", "--hints", "no.png"], "no.png: no such file"),
        (["--pairs", "no.csv", "-o", "x"], "no.csv: no such file"),
        (["bad/text.png", "r/a.png"], "bad/text.png: not a picture"),
        (["s/a.png", "bad/text.png"], "bad/text.png: not a picture"),
        (["bad/cut.jpg", "r/a.png"], "bad/cut.jpg: damaged"),
        (["bad/dot.png", "r/a.png"], "bad/dot.png: only 1 x 1 pixels"),
        (["bad/bomb.png", "r/a.png"], "bad/bomb.png: more than 50 million pixels"),
        (["empty", "r/a.png", "-o", "x"], "empty: no picture in this folder"),
        (["s", "empty", "-o", "x"], "empty: no picture in this folder"),
        (["s", "bad/text.png", "-o", "x"], "bad/text.png: not a picture"),
        (["s", "r/a.png", "-o", "bad/text.png"], "bad/text.png is a file"),
        (["s/a.png", "r/a.png", "-o", "bad/text.png/x.png"], "bad/text.png is a file"),
        (["s/a.png", "r/a.png", "-o", "s/a.png"], "s/a.png: is read"),
        (["s/a.png", "r/a.png", "-o", "r/a.png"], "r/a.png: is read"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_1(run, folder, argv, message):
    write_bad_files()
    os.mkdir("empty")
    code, out, err = run(*argv)
    assert code == 1 and out == ""
    assert err.startswith(f"paint: {message}") or message in err
    assert err.count("\n") == 1, err
    assert written(folder) == []
    assert size("s/a.png") == (50, 40)


def test_weights_of_another_network_are_named(run, folder, weights_folder, capsys):
    shutil.copytree(weights_folder, "bad/weights")
    path = "bad/weights/generator.json"
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace('"filters": 2', '"filters": 4'))
    code = paint.main(["s/a.png", "r/a.png", "--weights", "bad/weights"])
    assert code == 1
    assert "bad/weights/generator.npz: weights of another" in capsys.readouterr().err
    assert paint.main(["s/a.png", "r/a.png", "--weights", "no"]) == 1
    assert "no: no such file or folder" in capsys.readouterr().err


def test_one_bad_file_does_not_stop_the_others(run, folder):
    write_bad_files()
    for name in os.listdir("bad"):
        shutil.copy(f"bad/{name}", "s")
    code, out, err = run("s", "r/a.png", "-o", "out")
    assert code == 1
    assert out == "2 painted, in out\n"
    assert written(folder) == ["out/a.png", "out/b.png"]
    for name in os.listdir("bad"):
        assert f"s/{name}: " in err


def test_a_pipe_or_a_device_among_the_sketches_is_named_as_one_of_them(run, folder):
    os.mkfifo("s/pipe.png")
    os.symlink("/dev/zero", "s/zero.png")
    code, out, err = run("s", "r/a.png", "-o", "out")
    assert code == 1 and out == "2 painted, in out\n"
    assert written(folder) == ["out/a.png", "out/b.png"]
    assert "s/pipe.png: a named pipe, not a file" in err
    assert "s/zero.png: a device, not a file" in err


def test_what_is_no_regular_file_is_neither_read_nor_replaced(run, folder):
    os.mkfifo("pipe.png")
    os.symlink("/dev/null", "null.png")
    for arguments, message in {
        ("s/a.png", "r/a.png", "-o", "pipe.png"): "pipe.png: a named pipe, not a file",
        ("s/a.png", "r/a.png", "-o", "null.png"): "null.png: a device, not a file",
        ("s/a.png", "r/a.png", "-o", "/dev/null"): "/dev/null: a device, not a file",
        ("pipe.png", "r/a.png", "-o", "x.png"): "pipe.png: a named pipe, not a file",
        ("s/a.png", "pipe.png", "-o", "x.png"): "pipe.png: a named pipe, not a file",
        ("--pairs", "/dev/zero", "-o", "x"): "/dev/zero: a device, not a file",
        ("--pairs", "pipe.png", "-o", "x"): "pipe.png: a named pipe, not a file",
    }.items():
        code, out, err = run(*arguments)
        assert (code, out, err) == (1, "", f"paint: {message}\n"), arguments
    assert os.path.islink("null.png") and stat.S_ISFIFO(os.stat("pipe.png").st_mode)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_paintings_take_the_place_of_links_to_sketches_and_to_each_other(run, folder):
    os.mkdir("out")
    os.symlink("../s/b.jpg", "out/a.png")
    os.symlink("a.png", "out/b.png")
    sketch = open("s/b.jpg", "rb").read()
    code, out, err = run("s", "r/a.png", "-o", "out")
    assert (code, out) == (0, "2 painted, in out\n"), err
    assert not os.path.islink("out/a.png") and not os.path.islink("out/b.png")
    assert open("s/b.jpg", "rb").read() == sketch
    os.symlink("../out/a.png", "s/c.png")  # a sketch that lies where is written
    os.symlink("a.png", "out/d.png")
    code, out, err = run("s", "r/a.png", "-o", "out")
    assert code == 1 and "out/a.png: is read; choose another output" in err


def test_no_painting_takes_the_place_of_a_link_on_the_way_to_a_sketch(run, folder):
    os.makedirs("lib")
    os.rename("s/a.png", "annex.png")
    os.symlink("../annex.png", "lib/a.png")
    os.symlink("../lib/a.png", "s/a.png")
    code, _, err = run("s", "r/a.png", "-o", "lib")
    assert code == 1 and "lib/a.png: is read; choose another output" in err
    assert os.readlink("lib/a.png") == "../annex.png"
    os.symlink("round.png", "round.png")  # leads nowhere
    code, _, err = run("round.png", "r/a.png", "-o", "lib")
    assert code == 1 and "round.png" in err


def test_a_sketch_without_its_reference_is_named(run, folder):
    os.remove("r/b.png")
    code, out, err = run("s", "r", "-o", "out")
    assert code == 1 and out == "1 painted, in out\n"
    assert "out/b.png not painted: r/b.jpg: no such file" in err


def test_a_failed_write_leaves_nothing(run, folder, monkeypatch):
    def fail(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(seals, "seal", fail)  # when all but that is written
    code, _, err = run("s/a.png", "r/a.png", "-o", "x.png")
    assert code == 1 and "x.png: can not be written (No space left" in err
    assert written(folder) == []


def test_interrupting_is_one_sentence(run, folder, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(painter.Painter, "paint", interrupt)
    code, _, err = run("s/a.png", "r/a.png")
    assert code == 1 and err.startswith("paint: stopped")


def test_a_missing_file_is_told_before_tensorflow_starts(folder):
    script = """if True:
        import sys
        import paint
        code = paint.main(["no.png", "r/a.png"])
        sys.exit(9 if "tensorflow" in sys.modules else code)
    """
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ROOT},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stderr == "paint: no.png: no such file or folder\n"
