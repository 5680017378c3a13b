import contextlib
import os
import types
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from keras_s2p.apps import batch
from keras_s2p.apps.jobs import Job


class FakePainter:
    """Paints all in grey but for a sketch that TensorFlow does not take."""

    def style(self, reference):
        raise AssertionError("no reference was given")

    def paint(self, sketch, style, strength, layers, hints):
        if sketch == "bad":
            raise tf.errors.InvalidArgumentError(None, None, "too thin\n[[node]] a.py")
        return PIL.Image.fromarray(np.full((16, 16, 3), 128, np.uint8))


@pytest.fixture
def todo(tmp_path):
    return [Job(name, (), str(tmp_path / f"{name}.png")) for name in ("a", "bad", "c")]


def test_what_tensorflow_refuses_of_one_sketch_is_that_sketchs_failure(todo, tmp_path):
    done, failures = batch.paint_all(todo, batch.JobPainter(FakePainter()).paint, True)
    assert [job.sketch for job in done] == ["a", "c"]
    (sentence,) = failures
    assert sentence.endswith("bad.png not painted: bad: can not be painted (too thin)")
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "c.png"}


def test_memory_that_lacks_while_files_are_written_is_said(todo, monkeypatch):
    def fail(*_):
        raise MemoryError  # which says nothing

    monkeypatch.setattr(batch.picture_files, "write_image", fail)
    done, failures = batch.paint_all(todo[:1], batch.JobPainter(FakePainter()).paint)
    assert not done
    assert str(failures[0]) == "a: not enough memory to paint it"


def test_watching_goes_on_after_what_tensorflow_refuses(todo, monkeypatch, capsys):
    def watch(list_jobs, paint, report, complain, left):
        for job in list_jobs():
            try:
                paint(job)
                report(job, 0.1, None)
            except (ValueError, OSError, MemoryError) as error:  # as watch.watch
                report(job, 0.1, error)

    monkeypatch.setattr(batch, "watch", watch)
    batch.paint_on(lambda: todo, batch.JobPainter(FakePainter()))
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [todo[0].output, todo[2].output]
    (line,) = printed.err.splitlines()
    assert line.endswith("bad: can not be painted (too thin)")


@contextlib.contextmanager
def full_disk():
    """Standard output on a disk that is full."""
    with open("/dev/full", "w") as full, contextlib.redirect_stdout(full):
        yield
        with contextlib.suppress(OSError):
            full.close()  # what it still holds


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_all_is_painted_where_nothing_can_be_said(todo, monkeypatch, capsys):
    paint = batch.JobPainter(FakePainter()).paint
    with full_disk():
        done, failures = batch.paint_all(todo, paint, True)
    assert [job.sketch for job in done] == ["a", "c"]
    assert [type(failure) for failure in failures] == [str, OSError]

    def watch(list_jobs, paint, report, complain, left):
        for job in list_jobs():
            report(job, 0.1, None)

    monkeypatch.setattr(batch, "watch", watch)
    for as_json in (False, True):
        with full_disk():
            batch.paint_on(lambda: todo, batch.JobPainter(FakePainter()), as_json)
        assert capsys.readouterr().err.count("No space left") == len(todo)


def test_a_reference_that_is_saved_anew_counts_from_then_on(tmp_path):
    class Colours(FakePainter):
        """What it paints is read off the reference, which each time counts."""

        def style(self, reference):
            read.append(reference)
            return Style(Path(reference).read_bytes())

        def blend(self, styles, weights):
            return styles[0]

        def paint(self, sketch, style, strength, layers, hints):
            return PIL.Image.fromarray(np.full((16, 16, 3), style.value, np.uint8))

    class Style(types.SimpleNamespace):
        def __init__(self, value):
            super().__init__(value=int(value))

        def without(self):
            return self

    def paint(name):
        job = Job(name, (str(reference),), str(tmp_path / f"{name}.png"))
        painter.paint(job)
        with PIL.Image.open(job.output) as image:
            return image.getpixel((0, 0))[0]

    read, reference = [], tmp_path / "reference"
    reference.write_bytes(b"10")
    painter = batch.JobPainter(Colours())
    assert [paint("a"), paint("b")] == [10, 10] and len(read) == 1
    reference.write_bytes(b"200")
    assert [paint("a"), paint("c")] == [200, 200] and len(read) == 2
    reference.unlink()  # as of a drive that went away
    assert paint("d") == 200 and len(read) == 2


def test_hints_of_a_video_are_those_of_the_first_frame_that_can_be_read(
    todo, monkeypatch
):
    class FakeVideo:
        def __init__(self, painter):
            pass

        def paint(self, sketch, style, strength, hints):
            if sketch == "a":
                raise ValueError("damaged")
            given.append((sketch, hints))
            return types.SimpleNamespace(painting=np.zeros((16, 16, 3), np.uint8))

    given, dots = [], ((1, 2, "red"),)
    monkeypatch.setattr(batch, "Video", FakeVideo)
    painter = batch.JobPainter(FakePainter(), video=True)
    batch.paint_all([job._replace(hints=dots) for job in todo], painter.paint, True)
    assert given == [("bad", dots), ("c", None)]
