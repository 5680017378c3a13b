"""The package as it is installed: one command, a version, a wheel that paints alone."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import types
import zipfile
from importlib import metadata, util

import numpy as np
import PIL.Image
import pytest

import keras_s2p
from keras_s2p import __main__ as cli
from keras_s2p.common import shipped

ROOT = pathlib.Path(__file__).parent.parent
SOURCES = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
FOLDERS = ("keras_s2p", "weights", "examples")


def test_every_command_has_a_module_and_is_called_by_its_name(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["x"])
    for name in cli.COMMANDS:
        calls = []
        module = types.ModuleType(name)
        module.main = lambda argv, calls=calls: calls.append((sys.argv[0], argv)) or 7
        full_name = f"keras_s2p.{name.replace('-', '_')}"
        assert util.find_spec(full_name), full_name
        monkeypatch.setitem(sys.modules, full_name, module)
        assert cli.main([name, "--help", "a b"]) == 7
        assert calls == [(f"keras-s2p {name}", ["--help", "a b"])]


def test_every_module_with_a_main_is_a_command():
    found = {
        path.stem.replace("_", "-")
        for path in (ROOT / "keras_s2p").glob("*.py")
        if "\ndef main(" in path.read_text()
    }
    assert found - {"--main--"} == set(cli.COMMANDS)


@pytest.mark.parametrize("argv", [[], ["pain"], ["--unknown"]])
def test_an_unknown_command_is_bad_usage(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(argv)
    assert stopped.value.code == 2
    assert "usage: keras-s2p COMMAND" in capsys.readouterr().err


def test_help_names_all_commands(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in cli.COMMANDS)


def test_version_and_usage_come_without_tensorflow():
    code = (
        "import sys, keras_s2p; print(keras_s2p.__version__); sys.argv = ['x']\n"
        "from keras_s2p.__main__ import main\n"
        "try: main(['paint', '--help'])\n"
        "finally: print('tensorflow' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=ROOT,
    )  # fmt: skip
    lines = result.stdout.splitlines()
    assert lines[0] == keras_s2p.__version__
    assert lines[1].startswith("usage: keras-s2p paint ")
    assert lines[-1] == "False"


def test_the_version_is_that_of_the_installed_package(monkeypatch):
    monkeypatch.setattr(metadata, "version", lambda name: f"{name} 9.8")
    assert keras_s2p.__version__ == "keras_s2p 9.8"

    def fail(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", fail)
    assert keras_s2p.__version__ == "unknown"


def test_a_clone_has_its_releases_and_examples_beside_the_package():
    assert pathlib.Path(shipped.RELEASES) == ROOT / "weights"
    assert pathlib.Path(shipped.EXAMPLES) == ROOT / "examples"


def test_an_installed_package_has_its_own_whatever_lies_beside_it(tmp_path):
    package = tmp_path / "keras_s2p"
    inner = package / "_shipped" / "examples"
    inner.mkdir(parents=True)
    (tmp_path / "examples").mkdir()
    assert shipped.find("examples", str(package)) == str(inner)
    assert shipped.find("weights", str(package)) == str(tmp_path / "weights")


def test_constraints_name_versions_alone():
    lines = (ROOT / "constraints-3.11.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert {"tensorflow", "keras", "numpy", "pytest", "ruff"} <= set(pinned)
    assert not any(sign in version for version in pinned.values() for sign in "/@+ ")


def test_the_hooks_run_the_ruff_of_the_constraints():
    pin = re.search("^ruff==.*$", (ROOT / "constraints-3.11.txt").read_text(), re.M)
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert hooks.count("ruff==") == hooks.count(pin.group()) == 2


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """(sdist, wheel), the second built from the first; without the network."""
    pytest.importorskip("pip")
    pytest.importorskip("wheel")
    folder = tmp_path_factory.mktemp("build")
    clone, out = folder / "clone", folder / "out"
    clone.mkdir()
    for name in SOURCES:
        shutil.copy(ROOT / name, clone)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, clone / name)
    code = f"from setuptools import build_meta; build_meta.build_sdist({str(out)!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=clone)
    (sdist,) = out.glob("*.tar.gz")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", str(sdist), "--no-deps",
         "--no-build-isolation", "--no-cache-dir", "--wheel-dir", str(out)],
        check=True, cwd=folder,
    )  # fmt: skip
    (wheel,) = out.glob("*.whl")
    return sdist, wheel


@pytest.mark.slow
def test_releases_examples_and_credits_travel(archives):
    sdist, wheel = archives
    with tarfile.open(sdist) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    shipped_files = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("weights/*.md", "weights/compact/*", "examples/*/*")
        for path in ROOT.glob(pattern)
    }
    assert len(shipped_files) == 2 + 4 + 8
    assert shipped_files | {"setup.py", "LICENSE"} <= names
    with zipfile.ZipFile(wheel) as file:
        inside = set(file.namelist())
    assert {f"keras_s2p/_shipped/{name}" for name in shipped_files} <= inside
    assert "keras_s2p/py.typed" in inside
    assert not [name for name in inside if name.startswith(("tests", "examples"))]


@pytest.mark.slow
def test_the_wheel_paints_in_an_empty_folder(archives, tmp_path):
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pip", "install", str(archives[1]), "--no-deps",
         "--target", str(site)],
        check=True, cwd=tmp_path,
    )  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(site)}

    def run(*command):
        return subprocess.run(
            [sys.executable, *command], check=True, cwd=empty, env=environment,
            stdout=subprocess.PIPE, text=True,
        ).stdout.strip()  # fmt: skip

    found = run("-c", "import keras_s2p; print(keras_s2p.__file__)")
    assert found == str(site / "keras_s2p" / "__init__.py")
    script = str(site / "bin" / "keras-s2p")
    assert run(script, "--version") == f"keras_s2p {keras_s2p.__version__}"
    assert "16 painted, in paintings" in run("-m", "keras_s2p", "paint")
    paintings = [empty / "paintings" / name for name in os.listdir(empty / "paintings")]
    assert len(paintings) == 16 + 1
    for path in paintings:
        with PIL.Image.open(path) as picture:
            assert np.asarray(picture).std() > 10, path
