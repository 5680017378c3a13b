import functools
import os

import pytest

from keras_s2p.apps.jobs import Job
from keras_s2p.apps.watch import AGAIN, PATIENCE, watch


@pytest.fixture
def follow(tmp_path):
    """Watches a folder while `changes`, functions, are made between looks.

    Files that begin with "bad" can not be painted. Returns the reports, in order, as
    (look, name, failed), and the names given to be painted; `complaints` has what was
    told of a folder that is gone.
    """

    complaints = []

    def follow(*changes, looks=None, left=()):
        painted, reports, look = [], [], 0

        def list_jobs():
            if (tmp_path / "gone").exists():
                raise OSError("gone")
            sketches = [path for path in tmp_path.iterdir() if not path.is_dir()]
            hints = str(tmp_path / "hints/h") if (tmp_path / "hints").exists() else None
            return [
                Job(str(path), (), path.name.split(".")[0], hints)
                for path in sorted(sketches)
            ]

        def paint(job):
            painted.append(os.path.basename(job.sketch))
            with open(job.sketch) as file:
                if file.read().startswith("bad") or (tmp_path / "lacking").exists():
                    raise ValueError("bad")

        def report(job, seconds, error):
            assert seconds >= 0
            reports.append((look, os.path.basename(job.sketch), error is not None))

        def sleep(seconds):
            nonlocal look
            if look < len(changes) and changes[look]:
                changes[look]()
            look += 1
            if look == (looks or len(changes) + 3):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            watch(
                list_jobs, paint, report, lambda error: complaints.append(str(error)),
                sleep, left,
            )  # fmt: skip
        return reports, painted

    follow.complaints = complaints
    return follow


def test_what_is_there_and_what_comes_is_painted_once(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    reports, painted = follow(None, lambda: (tmp_path / "b").write_text("y"))
    assert painted == ["a", "b"]
    assert reports == [(1, "a", False), (3, "b", False)]


def test_a_changed_sketch_is_painted_again(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    _, painted = follow(None, lambda: (tmp_path / "a").write_text("longer"))
    assert painted == ["a", "a"]


def test_what_is_left_is_painted_when_it_changes(follow, tmp_path):
    for name in "ab":
        (tmp_path / name).write_text("x")
    left = [Job(str(tmp_path / name), (), name, None) for name in "ab"]
    change = (tmp_path / "b").write_text
    _, painted = follow(None, None, lambda: change("longer"), left=left)
    assert painted == ["b"]


def test_what_was_away_is_not_painted_anew(follow, tmp_path):
    for name in "abc":
        (tmp_path / name).write_text("x")
    left = [Job(str(tmp_path / name), (), name, None) for name in "bc"]
    (tmp_path / "away").mkdir()

    def move(to, *names):
        for name in names:
            os.rename(tmp_path / name, tmp_path / to / os.path.basename(name))

    away = functools.partial(move, "away", *"abc")
    back = functools.partial(move, ".", "away/a", "away/b", "away/c")
    changes = [None, None, away, None, back, None, None]
    change = functools.partial((tmp_path / "c").write_text, "longer")
    _, painted = follow(*changes, change, left=left)
    assert painted == ["a", "c"]


def test_a_sketch_is_painted_again_when_its_hints_change(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "hints").mkdir()
    (tmp_path / "hints/h").write_text("y")
    change = (tmp_path / "hints/h").write_text
    _, painted = follow(None, None, lambda: change("longer"), looks=7)
    assert painted == ["a", "a"]


def test_hints_that_go_and_come_count_each_time(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "hints").mkdir()
    (tmp_path / "hints/h").write_text("y")
    (tmp_path / "away").mkdir()
    there, away = tmp_path / "hints", tmp_path / "away/hints"
    moves = [lambda: there.rename(away), None, None, lambda: away.rename(there)]
    reports, _ = follow(None, None, *moves, None, None, *moves)
    assert len(reports) == 5  # with, without, with, without and with them


def test_who_comes_back_to_a_place_that_another_took_is_painted(follow, tmp_path):
    here, away = tmp_path / "a.png", tmp_path / "away"
    here.write_text("x")
    away.mkdir()

    def change():
        here.rename(away / "a.png")
        (tmp_path / "a.jpg").write_text("y")

    def change_back():
        (tmp_path / "a.jpg").unlink()
        (away / "a.png").rename(here)

    _, painted = follow(None, None, change, None, None, change_back)
    assert painted == ["a.png", "a.jpg", "a.png"]


def test_a_file_that_grows_is_not_read(follow, tmp_path):
    def grow():
        with open(tmp_path / "a", "a") as file:
            file.write("bad")

    reports, painted = follow(
        grow, grow, grow, lambda: (tmp_path / "a").write_text("whole")
    )
    assert painted == ["a"]
    assert reports == [(5, "a", False)]


def test_a_half_written_file_is_tried_again_and_then_painted(follow, tmp_path):
    (tmp_path / "a").write_text("bad")
    reports, painted = follow(None, None, lambda: (tmp_path / "a").write_text("good"))
    assert painted == ["a", "a", "a"]
    assert reports == [(4, "a", False)]


def test_a_broken_file_is_reported_once_until_it_changes(follow, tmp_path):
    (tmp_path / "a").write_text("bad")
    change = (tmp_path / "a").write_text
    mended = [None] * 8 + [lambda: change("bad!"), *[None] * 8, lambda: change("good")]
    reports, painted = follow(*mended)
    assert reports == [
        (PATIENCE, "a", True), (9 + PATIENCE, "a", True), (19, "a", False),
    ]  # fmt: skip
    assert len(painted) == 2 * PATIENCE + 1


def test_what_could_not_be_painted_is_tried_again_now_and_then(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    looks = [*[None] * (PATIENCE + AGAIN + 2), lacking.rmdir]
    reports, painted = follow(*looks, looks=PATIENCE + 2 * AGAIN + 2)
    assert reports == [(PATIENCE, "a", True), (PATIENCE + 2 * AGAIN, "a", False)]
    assert len(painted) == PATIENCE + 2  # and not each time


def test_a_file_that_vanishes_does_no_harm(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    reports, _ = follow(lambda: (tmp_path / "a").unlink())
    assert reports == []


def test_a_folder_that_goes_away_is_waited_for(follow, tmp_path):
    (tmp_path / "a").write_text("x")
    gone = tmp_path / "gone"
    changes = [None, None, gone.mkdir, None, None, gone.rmdir]
    _, painted = follow(*changes, lambda: (tmp_path / "b").write_text("y"))
    assert painted == ["a", "b"]  # and a not again
    assert follow.complaints == ["gone"]


def test_a_link_to_nothing_is_told_and_painted_once_it_leads_somewhere(
    follow, tmp_path
):
    (tmp_path / "link").symlink_to(tmp_path / "other")
    waits = [None] * PATIENCE

    def come():
        (tmp_path / "other").write_text("x")

    reports, painted = follow(*waits, come, *[None] * (AGAIN + 3))
    assert [report[1:] for report in reports if report[1] == "link"] == [
        ("link", True),
        ("link", False),
    ]
    assert painted.count("link") == PATIENCE + 1
