"""What the web page keeps on disk."""

import os
import pathlib
import tempfile
import time

from keras_s2p.apps import page_disk, page_server


def age(path, seconds):
    """Says that a file was changed so many seconds ago."""
    changed = time.time() - seconds
    os.utime(path, (changed, changed))


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_old_files_go_and_the_oldest_of_too_many(tmp_path):
    ages = {"a/1": 500, "a/2": 90, "b/3": 80, "b/4": 70, "c/5": 5, "cut": 250, "new": 1}
    for name, seconds in ages.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100_000))
        age(path, seconds)
    folders = [str(tmp_path)]
    page_disk.sweep(folders, 400, 10_000_000, 10)
    assert names(tmp_path) == {"a", "b", "c", *ages} - {"a/1", "cut"}
    page_disk.sweep(folders, 400, 350_000, 10)
    assert names(tmp_path) == {"b", "c", "b/4", "c/5", "new"}
    page_disk.sweep(folders, 400, 50_000, 10)  # those that may be in use stay
    assert names(tmp_path) == {"c", "c/5", "new"}


def test_what_is_in_use_stays(tmp_path):
    ages = {"used": 5000, "young": 3000, "old": 5000}
    for name, seconds in ages.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
        age(tmp_path / name / "file", seconds)
    before = (tmp_path / "young" / "file").stat().st_mtime_ns
    for name in ("used", "young", "gone"):
        page_disk.renew(str(tmp_path / name / "file"))
    assert (tmp_path / "young" / "file").stat().st_mtime_ns == before  # styles are kept
    page_disk.sweep([str(tmp_path)], 4000, 10**9, 10)
    assert names(tmp_path) == {"used", "used/file", "young", "young/file"}


def test_small_files_count_as_what_they_take(tmp_path):
    for number in range(20):
        path = tmp_path / str(number % 2) / f"file{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        age(path, 100 + number)
    folders = [str(tmp_path / "0"), str(tmp_path / "1")]

    def left():
        return {path.name for path in tmp_path.glob("*/*")}

    page_disk.sweep(folders, 1000, 10**9, 15)  # of both folders together
    assert left() == {f"file{number}" for number in range(15)}
    page_disk.sweep(folders, 1000, 10 * 4096, 15)
    assert 5 <= len(left()) <= 10 and "file0" in left()
    assert all(os.path.isdir(folder) for folder in folders)


def test_folders_that_were_left_empty_go(tmp_path):
    for name in ("old", "new", "old/within"):
        (tmp_path / name).mkdir()
    for path in ("old/within", "old"):
        age(tmp_path / path, 100)
    page_disk.sweep([str(tmp_path)], 1000, 10**9, 10)
    assert names(tmp_path) == {"new", "old"}  # which changed when "within" went
    age(tmp_path / "old", 100)
    page_disk.sweep([str(tmp_path)], 1000, 10**9, 10)
    assert names(tmp_path) == {"new"}


def test_uploads_are_few_until_old_ones_are_deleted(monkeypatch):
    flood = page_disk.Flood(100, 3)
    assert not flood.is_over(100, 3)
    assert flood.is_over(0, 1) and flood.is_over()
    now = time.monotonic() + page_disk.SWEEP_EVERY + page_disk.YOUNG + 1
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert not flood.is_over(100, 0)
    assert flood.is_over(1, 0)


def test_the_documented_limits_of_files_are_those_of_the_page():
    text = (pathlib.Path(__file__).parents[1] / "docs" / "serving.md").read_text()
    kept = f"{page_disk.MAX_KEPT // 10**9} GB"
    most, hours = f"{page_disk.MAX_FILES:,} files", f"{page_disk.MAX_AGE // 3600} hours"
    most = most.replace(",", " ")
    kept_for = f"{hours} after their last use"
    assert f"| files on disk | {kept} and {most}; {kept_for} |" in text
    uploads = f"{page_disk.MAX_UPLOADS:,} files".replace(",", " ")
    assert f"| uploads within two minutes | {kept}; {uploads} |" in text
    assert page_disk.SWEEP_EVERY + page_disk.YOUNG == 120
    assert page_disk.CUT_OFF >= 2 * page_server.MAX_SECONDS


def test_the_page_has_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "given"))
    before = tempfile.tempdir
    with page_disk.own_folder() as folder:
        assert os.environ["GRADIO_TEMP_DIR"] == folder
        assert os.stat(os.path.dirname(folder)).st_mode & 0o777 == 0o700
        with tempfile.NamedTemporaryFile() as file:
            assert os.path.dirname(file.name) == os.path.join(
                os.path.dirname(folder), "other"
            )
        with page_disk.own_folder() as other:  # of a second page
            assert other != folder and os.path.isdir(folder)
    assert tempfile.tempdir == before
    assert os.environ["GRADIO_TEMP_DIR"] == str(tmp_path / "given")
    assert not list((tmp_path / "given").iterdir())
