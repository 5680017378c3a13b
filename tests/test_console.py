"""How commands end."""

import argparse
import contextlib
import importlib
import io
import os
import pathlib
import subprocess
import sys

import pytest
import tqdm

from keras_s2p import __main__ as commands
from keras_s2p.common import console

OWN_WORDS = ("paint", "train", "make-dataset")  # tested with the rest of these


@pytest.mark.parametrize("name", sorted(set(commands.COMMANDS) - set(OWN_WORDS)))
def test_ctrl_c_ends_a_command_with_a_word(name, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    module = importlib.import_module(f"keras_s2p.{name.replace('-', '_')}")
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    assert module.main([]) == 1
    assert capsys.readouterr().err == "\nstopped\n"


def test_ctrl_c_ends_a_command_that_is_still_loading(monkeypatch, capsys):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.importlib, "import_module", stop)
    assert commands.main(["demo"]) == 1
    assert capsys.readouterr().err == "\nstopped\n"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("bad\rgood", "bad\\x0dgood"),
        ("bad\r\rgood", "bad\\x0d\\x0dgood"),
        ("bad\b\b\bgood", "bad\\x08\\x08\\x08good"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("\r 5%|#    |", "\r 5%|#    |"),  # a progress bar
        ("\tone\ntwo é\n", "\tone\ntwo é\n"),
    ],
)
def test_no_name_moves_or_turns_what_stands_in_a_terminal(text, shown, capsys):
    @console.command
    def tell(argv):
        print(text, end="")
        print(text, end="", file=sys.stderr)
        return 0

    assert tell() == 0
    assert capsys.readouterr() == (shown, shown)


def test_an_error_is_one_line_whatever_a_name_holds(capsys):
    console.tell("paint: a\nb.png: no such file")
    assert capsys.readouterr().err == "paint: a\\nb.png: no such file\n"


def test_what_is_said_is_one_line_whatever_a_name_holds(capsys):
    console.say("a\nb.png")
    assert capsys.readouterr().out == "a\\nb.png\n"


@pytest.mark.parametrize(
    "error, said",
    [
        ("KeyboardInterrupt", "\nstopped\n"),
        ("FileNotFoundError(2, 'No usable temporary directory')", "no folder for temp"),
        ("FileNotFoundError(2, 'No such file')", "Traceback"),
        ("ValueError", "Traceback"),
    ],
)
def test_what_ends_while_tensorflow_is_imported_is_a_word(error, said, tmp_path):
    (tmp_path / "tensorflow.py").write_text(f"raise {error}")
    (tmp_path / "keras.py").write_text(f"raise {error}")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    ended = subprocess.run(
        [sys.executable, "-m", "keras_s2p.evaluate"],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode and ended.stderr.startswith(said)


@pytest.mark.parametrize("command", [["-m", "keras_s2p.evaluate"], ["paint.py"]])
def test_ctrl_c_while_tensorflow_is_imported_raises_nothing_in_it(command, tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os, signal\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    import json.tool\n"
        "except KeyboardInterrupt:\n"
        "    os.abort()  # as what is written in C++ does\n"
    )
    (tmp_path / "keras.py").write_text("import tensorflow")
    ended = subprocess.run(
        [sys.executable, *command], cwd=pathlib.Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "\nstopped\n")


def test_a_command_whose_output_is_closed_does_its_work(monkeypatch):
    done = []

    @console.command
    def tell(argv):
        print("one", flush=True)
        console.tell("two")
        done.append(argv)
        return 0

    monkeypatch.setattr(sys, "stdout", None)  # as Python has it then
    monkeypatch.setattr(sys, "stderr", None)
    assert tell(["a"]) == 0 and done == [["a"]]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_logger_closes_no_output(monkeypatch):
    """As absl's does, once another one is set up."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    @console.command
    def main(argv):
        sys.stderr.close()
        sys.stdout.close()
        print("told")
        return 0

    assert main([]) == 0
    assert sys.stdout.getvalue() == "told\n" and not sys.stderr.closed


@pytest.mark.parametrize(
    "argv, told",
    [
        (["--weights", "", "a"], "--weights: a name is empty"),
        (["--layers=", "a"], "--layers: a name is empty"),
        (["-o", ""], "-o: a name is empty"),
        (["a", ""], "a name is empty"),
        ([""], "a name is empty"),
        (["a", "gs://b/c"], "gs://b/c: an address, not a path of this machine"),
        (["-o", "s3://b"], "-o: s3://b: an address, not a path of this machine"),
        (["--out=ram://b"], "--out: ram://b: an address, not a path of this machine"),
    ],
)
def test_what_is_no_path_of_this_machine_is_refused(argv, told, capsys):
    @console.command
    def work(argv):
        raise AssertionError("begun")

    with pytest.raises(SystemExit) as ended:
        work(argv)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"error: {told}\n"


@pytest.mark.parametrize(
    "argv", [["--source-shares", ""], ["--use="], ["a=", "--hint=1,2,="], []]
)
def test_what_may_be_empty_is_taken(argv):
    assert console.command(list)(argv) == argv


def test_output_that_can_not_be_written_is_named():
    @console.command
    def tell(argv):
        print("one", flush=True)
        return 0

    with open("/dev/full", "w") as full, contextlib.redirect_stdout(full):
        with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
            tell()
        with contextlib.suppress(OSError):
            full.close()  # what it still holds


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_progress_and_errors_that_nobody_reads_end_nothing():
    @console.command
    def work(argv):
        for _ in tqdm.tqdm(range(3), mininterval=0):
            console.tell("an error")
        print("done")
        return 5

    full = open("/dev/full", "w")
    said = io.StringIO()
    with contextlib.redirect_stderr(full), contextlib.redirect_stdout(said):
        assert work() == 5
    with contextlib.suppress(OSError):
        full.close()  # what it still holds
    assert said.getvalue() == "done\n"


@pytest.mark.parametrize(
    "error, told",
    [
        (ValueError("a.png: damaged"), "x: a.png: damaged\n"),
        (
            FileExistsError(17, "File exists", "/dev/null"),
            "x: /dev/null: file exists\n",
        ),
        (OSError(28, "No space left on device"), "x: no space left on device\n"),
        (OSError("in words of its own"), "x: in words of its own\n"),
    ],
)
def test_what_ended_a_command_is_told_without_numbers(error, told, capsys):
    console.tell_error("x", error)
    assert capsys.readouterr().err == told


def test_no_command_tells_numbers_of_the_system(tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    release = importlib.import_module("keras_s2p.release")
    assert release.main([str(tmp_path / "none"), str(file)]) == 1
    assert "[Errno" not in capsys.readouterr().err
    for path in pathlib.Path(console.__file__).parents[1].rglob("*.py"):
        assert ': {error}")' not in "".join(
            line for line in path.read_text().splitlines() if "console.tell(" in line
        ), path
