"""The notebook of examples/ runs from its first cell to its last, in a kernel of its own."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "session.ipynb"


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    """The notebook as it is in the repository."""
    return nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)


def test_it_has_no_outputs(notebook: nbformat.NotebookNode) -> None:
    """What a run made is not committed: neither outputs nor the number of a run."""
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)


def test_it_runs(notebook: nbformat.NotebookNode) -> None:
    """It shows the decision and the picture, and then the error of a session that is deleted."""
    run = NotebookClient(notebook, timeout=60).execute()
    results = [output for cell in run.cells for output in cell.get("outputs", [])]
    data = [result.data for result in results if "data" in result]
    assert "LivenessDecision.REALFACE" in data[-2]["text/plain"]
    assert "image/jpeg" in data[-1]
    assert [result.text[:19] for result in results if "text" in result] == ["404 SessionNotFound"]
