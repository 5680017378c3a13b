"""The notebook in examples/ is kept with its outputs, and runs."""

import copy
import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PATH = ROOT / "examples" / "keras_s2p.ipynb"


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def kinds(cells):
    """What each cell shows: kinds of outputs, and of what they hold."""
    return [
        [(output["output_type"], sorted(output.get("data", ()))) for output in outputs]
        for outputs in (cell["outputs"] for cell in cells)
    ]


def test_the_notebook_is_kept_small_and_as_one_run_left_it():
    text = PATH.read_text()
    assert len(text) < 1_000_000
    cells = code_cells(json.loads(text))
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    found = [kind for cell in kinds(cells) for kind in cell]
    assert found.count(("execute_result", ["image/jpeg", "text/plain"])) >= 6
    assert {output for output, _ in found} == {"execute_result", "stream"}
    streams = [
        output for cell in cells for output in cell["outputs"] if "text" in output
    ]
    assert all(stream["name"] == "stdout" for stream in streams)  # no warnings


@pytest.mark.long
@pytest.mark.slow
def test_the_notebook_runs_and_shows_what_it_did(monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    kept = nbformat.read(PATH, as_version=4)
    notebook = copy.deepcopy(kept)
    for cell in code_cells(notebook):
        cell["outputs"] = []
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
    assert kinds(code_cells(notebook)) == kinds(code_cells(kept))
