import json
import os
import shutil

import numpy as np
import pytest

from keras_s2p.apps import job_checks, jobs, made
from keras_s2p.common import picture_files, seals


def touch(*paths):
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_pairs_are_relative_to_the_csv_and_to_the_folder(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(
        "sketch,reference,output\nsub/a.png,b.jpg,deep/c.png\n", "utf-8-sig"
    )
    assert jobs.from_pairs(str(path), "out") == [
        jobs.Job(
            str(tmp_path / "sub/a.png"), (str(tmp_path / "b.jpg"),), "out/deep/c.png"
        )
    ]


def test_columns_may_have_capitals_and_blanks(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("Sketch, Reference, OUTPUT \na.png,b.jpg,c.png\n")
    assert jobs.from_pairs(str(path), "out")[0].output == "out/c.png"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("between", [";", "\t"])
def test_pairs_of_a_european_excel_are_read(tmp_path, encoding, between):
    path = tmp_path / "pairs.csv"
    lines = "sketch;reference;output;hints", "a, b.png;ä.jpg;c.png;", ";;;;"
    lines = [line.replace(";", between) for line in lines]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    assert jobs.from_pairs(str(path), "out") == [
        jobs.Job(str(tmp_path / "a, b.png"), (str(tmp_path / "ä.jpg"),), "out/c.png")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("sketch;reference;output\n;;\n", "no rows"),
        ("sketch,reference,output\n", "no rows"),
        ("sketch,output\na.png,b.png\n", "row 1 has no reference"),
        ("sketch,reference,output\na,b,c\na,b\n", "row 2 has no output"),
        ("sketch,reference,output\na,b,../c.png\n", r"\.\./c.png is no file in out"),
        ("sketch,reference,output\na,b,/tmp/c.png\n", "/tmp/c.png is no file in out"),
        ("sketch,reference,output\na,b,x/..\n", r"row 1: the output \. is no file"),
        ("sketch,reference,output\na,b,..\n", r"row 1: the output \.\. is no file"),
        ("sketch,reference,output\na,b,c.psd\n", "row 1: c.psd: a painting is one"),
    ],
)
def test_bad_pairs_are_named(tmp_path, text, message):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"pairs.csv: .*{message}"):
        jobs.from_pairs(str(path), "out")


def test_pairs_that_are_no_text_are_named(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_bytes(b"\xff\xfe\x00\x89PNG\n")
    with pytest.raises(ValueError, match="pairs.csv: not a UTF-8 text"):
        jobs.from_pairs(str(path), "out")


def test_folder_references_are_matched_by_name(tmp_path):
    touch(
        tmp_path / "s/a.png", tmp_path / "s/sub/b.png", tmp_path / "s/c.png",
        tmp_path / "r/a.jpg", tmp_path / "r/sub/b.webp", tmp_path / "r/other.png",
    )  # fmt: skip
    found = jobs.from_folder(str(tmp_path / "s"), [str(tmp_path / "r"), "one.png"], "o")
    by_output = {job.output: job.references for job in found}
    assert by_output == {
        "o/a.png": (str(tmp_path / "r/a.jpg"), "one.png"),
        "o/sub/b.png": (str(tmp_path / "r/sub/b.webp"), "one.png"),
        "o/c.png": (str(tmp_path / "r/c.png"), "one.png"),  # absent: reading says so
    }


def test_a_reference_elsewhere_is_matched_by_its_name_if_it_is_the_only_one(tmp_path):
    touch(
        tmp_path / "s/day/a.png", tmp_path / "s/day/b.png", tmp_path / "s/c.png",
        tmp_path / "r/a.webp", tmp_path / "r/x/b.png", tmp_path / "r/y/b.png",
        tmp_path / "r/c.jpg", tmp_path / "r/c.png",
    )  # fmt: skip
    found = jobs.from_folder(str(tmp_path / "s"), [str(tmp_path / "r")], "o")
    names = {
        os.path.relpath(job.sketch, tmp_path / "s"): os.path.relpath(
            job.references[0], tmp_path / "r"
        )
        for job in found
    }
    assert names == {"day/a.png": "a.webp", "day/b.png": "day/b.png", "c.png": "c.png"}


def test_a_line_of_json_says_what_was_painted_or_why_not():
    job = jobs.Job("s.png", ("r.png", "q.png"), "o.png")
    done = json.loads(job.to_json(1.23456))
    assert done == {
        "sketch": "s.png", "references": ["r.png", "q.png"], "output": "o.png",
        "hints": None, "seconds": 1.235, "error": None,
    }  # fmt: skip
    assert json.loads(job.to_json(0, ValueError("no")))["error"] == "no"


def test_what_is_another_ones_layer_is_not_done(tmp_path):
    job = jobs.Job("a_lines.png", (), str(tmp_path / "a_lines.png"))
    assert not job.is_done()
    for description, done in ((made.PAINTING, True), (f"{made.LAYER} (.png)", False)):
        pixels = np.zeros((16, 16, 3), np.uint8)
        picture_files.write_image(job.output, pixels, description)
        assert job.is_done() == done
    touch(tmp_path / "a_lines.png")  # whatever else it is
    assert job.is_done()


def test_hints_are_matched_by_name_and_may_lack(tmp_path):
    hints = tmp_path / "s/hints"  # no sketches, though they lie among them
    touch(tmp_path / "s/a.png", tmp_path / "s/b/c.png", tmp_path / "s/d.png")
    touch(hints / "a.webp", hints / "c.png")
    found = jobs.from_folder(str(tmp_path / "s"), ["r.png"], "o", str(hints))
    assert {job.output: job.hints for job in found} == {
        "o/a.png": str(hints / "a.webp"), "o/b/c.png": str(hints / "c.png"),
        "o/d.png": None,
    }  # fmt: skip
    assert job_checks.find_unused_hints(found, str(hints), "o") == []
    touch(hints / "e.png")
    (unused,) = job_checks.find_unused_hints(found, str(hints), "o")
    assert unused == f"{hints / 'e.png'}: hints of no sketch, or of several"


def test_paintings_below_hints_are_no_hints(tmp_path):
    hints, out = tmp_path / "h", str(tmp_path / "h/out")
    touch(tmp_path / "s/a.png", tmp_path / "s/d.png", hints / "a.png")
    touch(hints / "out/a.png", hints / "out/d.png")  # of a run before
    found = jobs.from_folder(str(tmp_path / "s"), ["r.png"], out, str(hints))
    assert [job.hints for job in found] == [str(hints / "a.png"), None]
    assert job_checks.find_unused_hints(found, str(hints), out) == []


def test_paintings_below_what_is_read_are_no_sketches_and_no_references(
    tmp_path, monkeypatch
):
    for path in ("s/a.png", "s/out/b.png", "r/a.png", "r/out/a.png"):
        touch(tmp_path / path)
    sketches, references = str(tmp_path / "s"), str(tmp_path / "r")
    (tmp_path / "link").symlink_to(sketches)
    stat, mounted = os.stat, str(tmp_path / "mounted")

    def find(path, **options):  # as if "s" was mounted there, too
        same = str(path).replace(mounted, sketches, 1)
        return stat(same if same != str(path) else path, **options)

    monkeypatch.setattr(os, "stat", find)
    for out in (f"{sketches}/out", f"{tmp_path}/link/out", f"{mounted}/out"):
        found = jobs.from_folder(sketches, ["r.png"], out)
        assert [job.sketch for job in found] == [f"{sketches}/a.png"], out
    (tmp_path / "s/out/b.png").unlink()
    found = jobs.from_folder(sketches, [references], f"{references}/out")
    assert [job.references for job in found] == [(f"{references}/a.png",)]


def test_no_reference_of_several_is_taken_by_chance(tmp_path):
    touch(tmp_path / "s/a.webp", tmp_path / "s/b.png")
    touch(tmp_path / "r/a.jpg", tmp_path / "r/a.png", tmp_path / "r/b.gif")
    found = jobs.from_folder(str(tmp_path / "s"), [str(tmp_path / "r")], "o")
    names = [os.path.basename(*job.references) for job in found]
    assert names == ["a.webp", "b.gif"]  # of which the first one is missing


@pytest.mark.parametrize(
    "text, said",
    [
        ("sketch,reference,output\na.png,r.png,page,1.png", "row 1 has more values"),
        ("sketch,reference,output,hint\na,b,c,d", "column hint is not read; hints is"),
        ("sketch,sketch,reference,output\na,b,c,d", "two columns are called sketch"),
        ("Sketch,reference,output,notes,\na.png,r.png,p,later,", None),
    ],
)
def test_columns_and_values_that_mean_something_else_are_named(text, said, tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    if said:
        with pytest.raises(ValueError, match=said):
            jobs.from_pairs(str(path), "o")
    else:
        assert [job.output for job in jobs.from_pairs(str(path), "o")] == ["o/p.png"]


@pytest.mark.parametrize(
    "hints, expected",
    [
        (["ch1/1.png"], {"ch1/1.png": "ch1/1.png"}),  # not of ch2/1.png
        (["1.png"], {}),
        (["ch1/1.png", "old/1.png"], {"ch1/1.png": "ch1/1.png"}),
        (["a.png"], {"a.png": "a.png"}),  # not of a.jpg
        (["a.webp"], {}),
        (["a.png", "a.jpg.png"], {"a.png": "a.png", "a.jpg": "a.jpg.png"}),
        (["b.webp"], {"b.png": "b.webp"}),
        (["b.webp", "b.jpg"], {}),
        (["x/b.gif"], {"b.png": "x/b.gif"}),
    ],
)
def test_hints_are_of_one_sketch_alone(hints, expected, tmp_path):
    for name in ("ch1/1.png", "ch2/1.png", "a.png", "a.jpg", "b.png"):
        touch(tmp_path / "s" / name)
    for name in hints:
        touch(tmp_path / "h" / name)
    folders = [str(tmp_path / name) for name in "sh"]
    found = jobs.from_folder(folders[0], ["r.png"], "o", folders[1])
    assert {
        os.path.relpath(job.sketch, folders[0]): os.path.relpath(job.hints, folders[1])
        for job in found
        if job.hints
    } == expected
    unused = job_checks.find_unused_hints(found, folders[1], "o")
    assert len(unused) == len(hints) - len(expected)


def test_points_and_one_picture_are_for_all_sketches(tmp_path):
    touch(tmp_path / "s/a.png", tmp_path / "s/b.png")
    for hints in ("hints.png", ((1.0, 2.0, "red"),)):
        found = jobs.from_folder(str(tmp_path / "s"), [], "o", hints)
        assert [job.hints for job in found] == [hints] * 2
        assert {job.references for job in found} == {()}


def test_hints_are_not_written_over():
    todo = [jobs.Job("s.png", (), "h.png", "h.png")]
    with pytest.raises(ValueError, match="h.png: is read"):
        job_checks.check_outputs(todo)


def test_sketches_of_one_stem_get_two_outputs(tmp_path):
    touch(tmp_path / "a.png", tmp_path / "a.jpg")
    found = jobs.from_folder(str(tmp_path), ["r.png"], "o")
    assert [job.output for job in found] == ["o/a.jpg.png", "o/a.png.png"]
    touch(tmp_path / "a.png.png", tmp_path / "a.jpg.webp", tmp_path / "b.c.png")
    found = jobs.from_folder(str(tmp_path), ["r.png"], "o")
    assert [job.output for job in found] == [
        "o/a.jpg.png", "o/a.jpg.webp.png", "o/a.png.png", "o/a.png.png.png",
        "o/b.c.png",
    ]  # fmt: skip
    job_checks.check_outputs(found)


def test_earlier_outputs_inside_the_folder_are_no_sketches(tmp_path):
    touch(tmp_path / "a.png", tmp_path / "out/a.png")
    found = jobs.from_folder(str(tmp_path), ["r.png"], str(tmp_path / "out"))
    assert [job.sketch for job in found] == [str(tmp_path / "a.png")]


def test_what_another_call_made_among_the_sketches_is_no_sketch(tmp_path, capsys):
    """Else of two watches each paints what the other did, one folder deeper each."""
    pixels = np.zeros((16, 16, 3), np.uint8)
    touch(tmp_path / "s/a.png", tmp_path / "s/red/mine.png", tmp_path / "s/red/a.psd")
    mine = ["a.png", "b.png", "red/a.psd", "red/mine.png"]  # the PSD may be its sketch
    for name, kind in (
        ("red/a.png", made.PAINTING), ("red/a_lines.png", f"{made.LAYER} (.png)"),
        ("red/overview.png", made.ALL_IN_ONE), ("b.png", f"{made.LAYER} (.png)"),
    ):  # fmt: skip
        picture_files.write_image(str(tmp_path / "s" / name), pixels, kind)
    shutil.copy(tmp_path / "s/red/a.png", tmp_path / "s/red/c.psd")
    seals.seal(str(tmp_path / "s/red/c.psd"))

    def find_sketches(folder):
        found = jobs.from_folder(str(folder), ["r.png"], str(tmp_path / "s/blue"))
        return [os.path.relpath(job.sketch, folder) for job in found]

    assert find_sketches(tmp_path / "s") == find_sketches(tmp_path / "s") == mine
    said = f"{tmp_path}/s/red/*: left out, which an earlier call made; it is read "
    assert capsys.readouterr().err == f"{said}where its folder is named\n"
    names = ["a.png", "a.psd", "a_lines.png", "c.psd", "mine.png", "overview.png"]
    assert find_sketches(tmp_path / "s/red") == names
    touch(tmp_path / "t/mine.png", tmp_path / "t/overview.png")
    found = jobs.from_folder(str(tmp_path / "t"), [], "out", str(tmp_path / "s"))
    assert [bool(job.hints) for job in found] == [True, False]
    unused = job_checks.find_unused_hints(found, str(tmp_path / "s"), "out")
    assert len(unused) == 3 and not any("overview" in each for each in unused)
    for name in mine:
        (tmp_path / "s" / name).unlink()
    with pytest.raises(ValueError, match="s: no picture .* that paint did not make"):
        find_sketches(tmp_path / "s")


def test_earlier_outputs_behind_a_link_in_the_folder_are_no_sketches(tmp_path):
    touch(tmp_path / "sketches/a.png", tmp_path / "out/a.png", tmp_path / "more/b.png")
    (tmp_path / "sketches/done").symlink_to(tmp_path / "out")
    (tmp_path / "sketches/more").symlink_to(tmp_path / "more")
    for out, count in (("out", 2), ("", 3)):  # the second one is around the sketches
        found = jobs.from_folder(
            str(tmp_path / "sketches"), ["b.png"], str(tmp_path / out)
        )
        assert len(found) == count


def test_product_is_each_sketch_with_each_reference(tmp_path):
    touch(tmp_path / "s/a.png", tmp_path / "s/b.png")
    touch(tmp_path / "r/x.png", tmp_path / "r/y.jpg")
    found = jobs.from_product(str(tmp_path / "s"), str(tmp_path / "r"), "o")
    assert [job.output for job in found] == [
        "o/a_x.png", "o/a_y.png", "o/b_x.png", "o/b_y.png",
    ]  # fmt: skip


def test_a_product_of_names_that_meet_keeps_them_apart(tmp_path):
    touch(tmp_path / "s/a.png", tmp_path / "s/a_b.png")
    touch(tmp_path / "r/c.png", tmp_path / "r/b_c.png")
    found = jobs.from_product(str(tmp_path / "s"), str(tmp_path / "r"), "o")
    assert {job.output for job in found} == {
        "o/a__c.png", "o/a__b_c.png", "o/a_b__c.png", "o/a_b__b_c.png"
    }  # fmt: skip


def test_a_product_keeps_places_hints_and_extensions_of_like_names(tmp_path):
    touch(tmp_path / "s/in/a.png", tmp_path / "s/b.png", tmp_path / "s/b.jpg")
    touch(tmp_path / "r/in/x.png", tmp_path / "h/a.png")
    folders = [str(tmp_path / name) for name in ("s", "r", "s/o", "h")]
    touch(tmp_path / "s/o/b_in_x.png")  # of an earlier batch
    found = jobs.from_product(*folders)
    by_output = {os.path.relpath(job.output, folders[2]): job.hints for job in found}
    assert by_output == {
        "b.jpg_in_x.png": None, "b.png_in_x.png": None,
        "in/a_in_x.png": str(tmp_path / "h/a.png"),
    }  # fmt: skip


def test_frames_are_in_the_order_of_their_numbers():
    names = ["b/2.png", "a/x10.png", "a/x9.png", "a/10.png", "a/x09.png", "b/x².png"]
    found = jobs.order_frames([jobs.Job(name, (), "") for name in names])
    assert [job.sketch for job in found] == [
        "a/10.png", "a/x09.png", "a/x9.png", "a/x10.png", "b/2.png", "b/x².png"
    ]  # fmt: skip


def test_a_job_is_done_when_all_its_files_are_there(tmp_path):
    job = jobs.Job("s.png", ("r.png",), str(tmp_path / "x.png"))
    assert not job.is_done()
    touch(tmp_path / "x.png")
    assert job.is_done() and not job.is_done("ora")
    touch(tmp_path / "x.ora")
    assert job.is_done("ora") and not job.is_done("png")


def test_outputs_without_an_extension_are_png(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(
        "sketch,reference,output\na,b,x.y/c\na,b,d.JPG\na,b,v1.2\na,b,e.ico\n"
    )
    found = jobs.from_pairs(str(path), "out")
    outputs = ["out/x.y/c.png", "out/d.JPG", "out/v1.2.png", "out/e.ico.png"]
    assert [job.output for job in found] == outputs


def test_no_painting_is_written_under_the_name_of_layers(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("sketch,reference,output\na,b,c.Ora\n")
    with pytest.raises(ValueError, match="c.Ora: a painting is one picture; --layers"):
        jobs.from_pairs(str(path), "out")


def test_dots_and_zero_bytes_in_pairs_are_names_like_any_other(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("sketch,reference,output\na.png,b.png,..x.png\n")
    assert jobs.from_pairs(str(path), "out")[0].output == "out/..x.png"
    todo = [jobs.Job("a\0.png", ("b\0.png",), "c\0.png"), jobs.Job("a", ("b",), "c")]
    job_checks.check_outputs(todo, layers="png")  # the batch goes on


@pytest.mark.parametrize(
    ("outputs", "layers", "message"),
    [
        (["s.png"], None, "s.png: is read"),
        (["./r.png"], None, "r.png: is read"),
        (["o.png", "o.png"], None, "o.png: would be written twice"),
        (["o.png", "o_lines.png"], "png", "o_lines.png: would be written twice"),
        (["o.png", "o.jpg"], "ora", "o.ora: would be written twice"),
        (["o.png"], "r.png", "r.png: is read"),
    ],
)
def test_outputs_replace_neither_inputs_nor_each_other(outputs, layers, message):
    todo = [jobs.Job("s.png", ("r.png",), output) for output in outputs]
    with pytest.raises(ValueError, match=message):
        job_checks.check_outputs(todo, layers)


def test_a_folder_to_be_made_is_writable_but_not_below_a_file(tmp_path):
    job_checks.check_writable(str(tmp_path / "new" / "newer"))
    assert not os.path.exists(tmp_path / "new")
    touch(tmp_path / "file")
    with pytest.raises(ValueError, match="file is a file"):
        job_checks.check_writable(str(tmp_path / "file" / "new"))
