import contextlib
import io
import os
import resource
import socket
import tempfile
import types

import pytest
import tensorflow as tf

from keras_s2p.common import disk_space, files, tables


@pytest.fixture
def special(tmp_path):
    """Paths of what is no regular file, by what it is called."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as bound:
        here = os.getcwd()
        os.chdir(tmp_path)  # a socket's path may have 107 characters at most
        bound.bind("socket")
        os.chdir(here)
        yield {
            str(tmp_path / "pipe"): "a named pipe",
            str(tmp_path / "folder"): "a folder",
            str(tmp_path / "socket"): "a socket",
            str(tmp_path / "link"): "a device",
            "/dev/zero": "a device",
        }


def test_only_regular_files_are_opened(special, tmp_path):
    for path, kind in special.items():
        with pytest.raises(files.FileError, match=f"^{path}: {kind}, not a file$"):
            files.open_regular(path, 10)
    for path in (str(tmp_path / "none"), "a\0b", str(tmp_path / "pipe" / "x")):
        with pytest.raises(files.FileError, match=": no such file$"):
            files.open_regular(path, 10)
    (tmp_path / "text").write_bytes(b"0123456789")
    (tmp_path / "way").symlink_to("text")
    with files.open_regular(str(tmp_path / "way"), 10) as file:
        assert file.read() == b"0123456789"


def test_what_becomes_a_pipe_while_it_is_opened_is_not_waited_for(
    special, tmp_path, monkeypatch
):
    (tmp_path / "text").write_text("")
    regular, stat = os.stat(tmp_path / "text"), os.stat
    monkeypatch.setattr(
        os, "stat", lambda path: regular if path.endswith("pipe") else stat(path)
    )
    with pytest.raises(files.FileError, match="pipe: a named pipe"):
        files.open_regular(str(tmp_path / "pipe"), 10)


def test_large_and_endless_lists_are_refused(tmp_path):
    path = str(tmp_path / "list.csv")
    with open(path, "wb") as file:
        file.truncate(files.MAX_LIST_SIZE + 1)
    with pytest.raises(files.FileError, match="list.csv: larger than 64 MB"):
        tables.read_rows(path)
    # It says that it has no bytes.
    with pytest.raises(files.FileError, match="^/proc/self/maps: larger than"):
        files.read_text("/proc/self/maps", 100)


def test_rows_are_read_with_a_mark_and_any_line_ends(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes('\ufefffile,use\r\n"a\r\nb",train\n'.encode())
    assert tables.read_rows(str(path)) == [{"file": "a\r\nb", "use": "train"}]
    path.write_text("file\n" + "x" * 200_000)
    with pytest.raises(files.FileError, match="list.csv: not a CSV file"):
        tables.read_rows(str(path))


@pytest.mark.parametrize("row", ['a,"x', 'a,"x\nb,"y', 'a,"x"y'])
def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(row, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(f"file,use\n{row}\nc,z\n")
    with pytest.raises(files.FileError, match="list.csv: not a CSV file .*line 2"):
        tables.read_rows(str(path))


@pytest.mark.parametrize(
    "text, message",
    [
        ("a,b,c\n" + "1,2,3\n" * 40, "more than 100 values; split it"),
        ("a,b,c\n" + "1\n" * 40, "more than 100 values"),
        ("a\n" + "," * 200, "more than 100 values"),
        ("a," * 60, "more than 50 columns"),
    ],
)
def test_tables_of_many_values_take_no_memory(text, message, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_VALUES", 100)
    monkeypatch.setattr(tables, "MAX_COLUMNS", 50)
    path = tmp_path / "list.csv"
    path.write_text("a,b,c\n" + "1,2,3\n" * 33)
    assert len(tables.read_rows(str(path))) == 33
    path.write_text(text)
    with pytest.raises(files.FileError, match=f"list.csv: {message}"):
        tables.read_rows(str(path))


def test_the_first_line_says_whether_semicolons_part_columns(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("file;use\r\na,b;train\r\n")
    assert tables.read_rows(str(path)) == [{"file": "a,b", "use": "train"}]
    path.write_text("sep=;\r\nfile;use\r\na,b;train\r\n")
    assert tables.read_rows(str(path)) == [{"file": "a,b", "use": "train"}]
    path.write_text("file,use\r\na;b,train;;\r\n")
    assert tables.read_rows(str(path)) == [{"file": "a;b", "use": "train;;"}]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(KeyError):
        with files.replacing(str(path)) as partial:
            assert os.path.dirname(partial) == str(tmp_path)
            assert os.listdir(tmp_path) != ["out.txt"]
            with open(partial, "w") as file:
                file.write("half")
            raise KeyError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["out.txt"]
    with files.replacing(str(path)) as partial:
        with open(partial, "w") as file:
            file.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["out.txt"]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "fsync", lambda fd: calls.append(os.fstat(fd).st_size))
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda *x: (calls.append("name"), replace(*x)))
    with files.replacing(str(tmp_path / "a")) as partial:
        with open(partial, "wb") as file:
            file.write(b"12345")
    assert calls == [5, "name"]
    with files.replacing(str(tmp_path / "b"), folder=True) as partial:
        os.makedirs(os.path.join(partial, "inner"))
        for name, size in (("c", 3), ("inner/d", 4)):
            with open(os.path.join(partial, name), "wb") as file:
                file.write(bytes(size))
    assert sorted(calls[2:4]) == [3, 4] and calls[4:] == ["name"]


def test_a_new_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "1"
    with pytest.raises(KeyError):
        with files.replacing(str(path), folder=True) as partial:
            os.makedirs(os.path.join(partial, "inner"))
            raise KeyError
    assert not os.listdir(tmp_path)
    with files.replacing(str(path), folder=True) as partial:
        os.makedirs(os.path.join(partial, "inner"))
    assert (path / "inner").is_dir()


def test_what_is_no_regular_file_is_not_replaced(special):
    for path, kind in special.items():
        with pytest.raises(files.FileError, match=f"^{path}: {kind}"):
            with files.replacing(path):
                raise AssertionError("nothing may be written for it")


@pytest.mark.parametrize("reason", disk_space.NO_SPACE)
def test_a_full_disk_is_one_sentence_whoever_writes(reason):
    error = tf.errors.ResourceExhaustedError(None, None, f"a.tmp; {reason}")
    for caught in (error, OSError(28, reason)):
        with pytest.raises(ValueError, match="^here: no space left .*; wait once ther"):
            with disk_space.explaining_no_space("here", "wait"):
                raise caught
    with pytest.raises(KeyError):
        with disk_space.explaining_no_space("here", "wait"):
            raise KeyError


def test_temporary_files_are_where_is_written_and_go(tmp_path):
    before = tempfile.gettempdir()
    with disk_space.explaining_no_space(str(tmp_path)):
        (folder,) = tmp_path.iterdir()
        assert tempfile.gettempdir() == str(folder)
        (folder / "code.py").write_text("")
    assert tempfile.gettempdir() == before and not list(tmp_path.iterdir())


def test_no_space_for_temporary_files_is_told_before(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(ValueError, match=f"^{tmp_path}: no space left .*; the sa"):
            with disk_space.explaining_no_space(str(tmp_path)):
                raise AssertionError("begun")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("in_all, free, told", [(50, 20, True), (0, 0, False)])
def test_no_place_for_temporary_files_is_told_before(
    in_all, free, told, tmp_path, monkeypatch
):
    """Some disks have no bound, and say 0."""
    found = types.SimpleNamespace(f_files=in_all, f_favail=free)
    monkeypatch.setattr(os, "statvfs", lambda path: found)
    begun = []
    no_space = pytest.raises(ValueError, match=f"^{tmp_path}: no space left .*; the sa")
    with no_space if told else contextlib.nullcontext():
        with disk_space.explaining_no_space(str(tmp_path)):
            begun.append(1)
    assert begun == [1] * (not told) and not list(tmp_path.iterdir())


def test_two_columns_of_one_name_stay_as_they_are(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("file,Use,File\na.png,train,b.png\n")
    row = {"file": "a.png", "Use": "train", "File": "b.png"}
    assert tables.read_rows(str(path)) == [row]


def test_another_folder_that_may_not_be_read_is_not_taken_for_it():
    error = PermissionError(13, "Permission denied", "/mnt/old_runs/train.tfrecord")
    for folder in ("runs", "old", "/mnt/old"):
        with pytest.raises(PermissionError):
            with disk_space.explaining_no_space(folder):
                raise error


def test_what_may_not_be_written_to_is_named_whoever_writes(tmp_path, monkeypatch):
    folder = str(tmp_path)
    error = tf.errors.PermissionDeniedError(
        None, None, f"{folder}/a: Permission denied"
    )
    with pytest.raises(ValueError, match=f"^{folder}: may not be written to$"):
        with disk_space.explaining_no_space(folder):
            raise error
    with pytest.raises(tf.errors.PermissionDeniedError):
        with disk_space.explaining_no_space("elsewhere"):
            raise error

    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(files.os, "open", refuse)
    with pytest.raises(PermissionError) as caught:
        with files.replacing(os.path.join(folder, "a.png")):
            pass
    assert caught.value.filename == os.path.join(folder, "a.png")  # no hidden name


def test_a_file_that_has_nothing_to_say_yet_is_empty(tmp_path, monkeypatch):
    class Silent(io.BytesIO):
        def read(self, size=-1):
            return None  # as one in /proc that does not wait

    monkeypatch.setattr(files, "open_regular", lambda path, limit: Silent())
    assert files.read_text("x", 100) == ""
