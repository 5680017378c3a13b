"""What the documents say of files and commands is there."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parent.parent
DOCUMENTS = [
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "weights")
    for path in sorted(folder.glob("*.md"))
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]*)[^)]*\)", path.read_text()):
        if target and "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_modules_that_are_named_are_there(path):
    text = path.read_text()
    for name in re.findall(r"python -m (keras_s2p(?:\.[a-z_]+)*)", text):
        module = ROOT / name.replace(".", "/")
        assert module.is_dir() or module.with_suffix(".py").exists(), name
    for name in re.findall(r"keras_s2p/[\w/]+\.py", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"python (experiments/\w+\.py|docs/\w+\.py)", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_no_commit(path):
    text = re.sub(r"\b[0-9a-f]{64}\b", "", path.read_text())  # sha256
    assert not re.search(r"\bcommit [0-9a-f]{7}|\b(?=[a-f]*\d)[0-9a-f]{7}\b", text)


def test_the_readme_is_short():
    assert (ROOT / "README.md").read_text().count("\n") <= 150
