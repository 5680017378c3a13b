"""What the documents say of files, sections and commands is there."""

import json
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "weights").glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
EVERY_DOCUMENT = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)
SHA256 = r"\b[0-9a-f]{64}\b"
COMMIT = r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b|\bcommit [0-9a-f]{7}"
# From the root of somebody's machine; the end of an address or of a longer path is not.
MACHINE_PATH = r"(?<![\w./:])/(?:home|root|tmp|work|Users|mnt|var|opt|usr)\b"


def find_sections(path):
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in kept}


@EVERY_DOCUMENT
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)]*)\)", path.read_text()):
        if "://" in link:
            continue
        target, _, section = link.partition("#")
        found = path.parent / target if target else path
        assert found.exists(), link
        assert not section or section in find_sections(found), link


@EVERY_DOCUMENT
def test_commands_and_modules_that_are_named_are_there(path):
    text = path.read_text()
    for name in re.findall(r"python -m (keras_s2p(?:\.[a-z_]+)*)", text):
        module = ROOT / name.replace(".", "/")
        assert module.is_dir() or module.with_suffix(".py").exists(), name
    for name in re.findall(r"keras_s2p/[\w/]+\.py", text):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"python (experiments/\w+\.py|docs/\w+\.py)", text):
        assert (ROOT / name).exists(), name


@EVERY_DOCUMENT
def test_documents_name_no_commit(path):
    text = re.sub(SHA256, "", path.read_text())
    assert not re.search(COMMIT, text)


@EVERY_DOCUMENT
def test_documents_name_no_path_of_a_machine(path):
    assert not re.search(MACHINE_PATH, path.read_text())


@pytest.mark.parametrize(
    "pattern, text, found",
    [
        (COMMIT, "of 3837b3c", True),
        (COMMIT, "3837b3cbe47576ce3ee259803d77bc35a238d65d", True),
        (COMMIT, "in 1270000 steps", False),
        (COMMIT, "a facade", False),
        (MACHINE_PATH, "`/home/me/x`", True),
        (MACHINE_PATH, "in /tmp.", True),
        (MACHINE_PATH, "http://host/home", False),
        (MACHINE_PATH, "data/tmp/x", False),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern, text, found):
    assert bool(re.search(pattern, text)) == found


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


# Prints the name of each test and its marks.
COLLECT = """
import json, pytest
class Marks:
    def pytest_collection_modifyitems(self, items):
        for item in items:
            marks = [mark.name for mark in item.iter_markers()]
            print("TEST " + json.dumps([item.nodeid, marks]))
pytest.main(["--collect-only", "-q", "-m", "slow or not slow"], [Marks()])
"""


@pytest.mark.long
@pytest.mark.slow
def test_commands_of_tests_select_some():
    """Also each word of -k."""
    commands = {
        command
        for path in DOCUMENTS
        for command in re.findall(r"`(pytest [^`]*tests[^`]*)`", path.read_text())
    }
    assert len(commands) > 50
    command = [sys.executable, "-c", COLLECT]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    collected = [
        json.loads(line[len("TEST ") :])
        for line in found.stdout.splitlines()
        if line.startswith("TEST ")
    ]
    for command in sorted(commands):
        words, given = shlex.split(command)[1:], {}
        while any(word.startswith("-") for word in words):
            at = next(i for i, word in enumerate(words) if word.startswith("-"))
            given[words[at]] = words[at + 1]
            del words[at : at + 2]
        selects = compile(given.get("-m", "not slow"), command, "eval")
        tests = [
            name
            for name, marks in collected
            if eval(selects, {mark: mark in marks for mark in ("slow", "long")})
        ]
        for place in words:
            inside = [name for name in tests if name.startswith(place)]
            assert inside, f"{command}: {place}"
        chosen = [name for name in tests if name.startswith(tuple(words))]
        names = [name.partition("::")[2].lower() for name in chosen]
        for word in filter(None, given.get("-k", "").split(" or ")):
            assert any(word.lower() in name for name in names), f"{command}: {word}"
