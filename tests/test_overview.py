"""Which picture lies where in an overview."""

import numpy as np
import pytest

from keras_s2p.apps import overview
from keras_s2p.apps.jobs import Job
from keras_s2p.common import picture_files


def test_a_product_is_a_table_with_gaps_where_it_failed():
    done = [Job(s, (r,), s + r) for s in "ab" for r in "xyz"]
    del done[4]
    assert overview.arrange(done) == [
        [None, "x", "y", "z"], ["a", "ax", "ay", "az"], ["b", "bx", None, "bz"],
    ]  # fmt: skip


@pytest.mark.parametrize("references", ["xxxxxxx", "stuvxyz"])
def test_other_batches_are_groups_that_make_about_a_square(references):
    done = [Job(s, (r,), s.upper()) for s, r in zip("abcdefg", references)]
    first, *_, last = rows = overview.arrange(done)
    assert first == ["a", references[0], "A", "b", references[1], "B"]
    assert last == ["g", references[6], "G", None, None, None] and len(rows) == 4


def test_what_a_sketch_was_painted_without_is_left_white():
    done = [Job("a", ("x", "y"), "A"), Job("b", (), "B")]
    assert overview.arrange(done) == [["a", "x", "y", "A"], ["b", None, None, "B"]]


def test_no_painting_is_lost_to_another_of_the_same_pair():
    done = [Job(s, (r,), s + r) for s in "ab" for r in "xy"]
    done += [Job("a", ("x",), "hinted", "hints")]
    assert "hinted" in sum(overview.arrange(done), [])


def test_a_long_overview_has_small_squares(tmp_path, monkeypatch):
    path = str(tmp_path / "a.png")
    picture_files.write_image(path, np.zeros((20, 40, 3), np.uint8))
    monkeypatch.setattr(overview, "MAX_PIXELS", 3 * 32**2)
    overview.write_overview([Job(path, (path,), path)], str(tmp_path / "o.png"))
    sheet = picture_files.read_painting(str(tmp_path / "o.png"))
    assert sheet.shape == (32, 96, 3)
    assert (sheet[:8] == 255).all() and (sheet[8:24] == 0).all()


def test_an_overview_of_more_than_it_has_room_for_shows_the_first(
    tmp_path, monkeypatch
):
    path = str(tmp_path / "a.png")
    picture_files.write_image(path, np.zeros((20, 40, 3), np.uint8))
    monkeypatch.setattr(overview, "MAX_PIXELS", 12 * overview.LEAST_CELL**2)
    done = [Job(path, (path,), path) for _ in range(50)]
    overview.write_overview(done, str(tmp_path / "o.png"))
    height, width = picture_files.read_painting(str(tmp_path / "o.png")).shape[:2]
    assert 0 < height * width <= overview.MAX_PIXELS
