"""Locks and what killed processes leave behind."""

import os
import pathlib
import socket
import subprocess
import sys

import pytest

from keras_s2p.common import files, locks

HOLD = """\
import os, sys
from keras_s2p.common import files, locks
path = sys.argv[1]
with locks.locked(path + ".lock", "taken"):
    with files.replacing(path) as partial:
        with open(partial, "w") as file:
            file.write("half")
        print(partial, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds a lock and is in the middle of writing a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out.txt")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.partial = process.stdout.readline().strip()
    yield process
    process.kill()
    process.communicate()


def hold(path):
    return locks.locked(str(path), "taken")


def test_a_lock_is_one_owners_and_leaves_no_file(tmp_path):
    path = tmp_path / "lock"
    for _ in range(2):
        with hold(path):
            assert path.exists()
            with pytest.raises(ValueError, match="^taken$"), hold(path):
                raise AssertionError
        assert not path.exists()


def test_a_lock_ends_with_its_process(tmp_path, holder):
    with pytest.raises(ValueError, match="taken"), hold(tmp_path / "out.txt.lock"):
        raise AssertionError
    holder.kill()
    holder.wait()
    with hold(tmp_path / "out.txt.lock"):
        pass


def test_only_what_killed_processes_left_is_cleaned(tmp_path, holder):
    files.clean_partials(str(tmp_path))
    assert os.path.exists(holder.partial)
    holder.kill()
    holder.wait()
    others = [".notes.partial", "a.partial", ".0123456789abcdef.png"]
    for name in others:
        (tmp_path / name).write_text("not ours")
    (tmp_path / ".0123456789abcdef.partial" / "inner").mkdir(parents=True)
    with files.replacing(str(tmp_path / "new.txt")) as partial:
        with open(partial, "w") as file:
            file.write("new")
    assert set(os.listdir(tmp_path)) == {*others, "new.txt", "out.txt.lock"}


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("x" * 255)
    with files.replacing(str(path)) as partial:
        with open(partial, "w") as file:
            file.write("new")
    assert path.read_text() == "new"


def test_a_lock_of_a_folder_that_was_moved_leaves_the_one_in_its_place(tmp_path):
    run, moved = tmp_path / "run", tmp_path / "moved"
    run.mkdir()
    with locks.locked(str(run / ".lock"), "taken"):
        run.rename(moved)
        run.mkdir()
        (run / ".lock").write_text("another's")
    assert (run / ".lock").exists()


def write_note(path):
    pathlib.Path(path).write_text("mine")


@pytest.mark.parametrize(
    "make",
    [
        os.mkdir, os.mkfifo, lambda path: os.symlink(f"{path}.elsewhere", path),
        write_note,
    ],
)  # fmt: skip
def test_what_is_no_lock_in_the_place_of_one_is_named(make, tmp_path):
    path = str(tmp_path / ".lock")
    make(path)
    with pytest.raises(ValueError, match="lock: not an empty file, in the place of"):
        with locks.locked(path, "taken"):
            raise AssertionError
    assert os.listdir(tmp_path) == [".lock"]


def test_what_is_neither_file_nor_folder_is_no_partial_file(tmp_path):
    """A pipe would be waited for without end, and a link be locked elsewhere."""
    names = [f".{number:016x}.partial" for number in range(5)]
    pipe, link, socket_name, file, folder = (str(tmp_path / name) for name in names)
    os.mkfifo(pipe)
    os.symlink(__file__, link)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(socket_name)
    os.mkdir(folder)
    open(file, "w").close()
    code = (
        f"from keras_s2p.common import files; files.clean_partials({str(tmp_path)!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert sorted(os.listdir(tmp_path)) == names[:3]


def test_a_checksum_waits_for_no_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe: a named pipe, not a file"):
        files.find_sha256(str(tmp_path / "pipe"))
