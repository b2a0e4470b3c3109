"""Documents of other people, rebuilt by hand: the generator takes them, and their clients call right."""

from pathlib import Path

import pytest

from tools.foreign_documents import trial
from tools.foreign_documents.documents import Document, rebuilt
from tools.foreign_documents.trial import OURS, Outcome, try_document

CALLED = {
    "museum": 7,
    "stock-bodies": 14,
    "stock-escapes": 2,
    "stock-parameters": 14,
    "stock-schemas": 7,
    "xkcd": 2,
}


@pytest.mark.parametrize("document", rebuilt(), ids=lambda document: document.name)
def test_its_client_is_right(
    document: Document, monkeypatch: pytest.MonkeyPatch, mypy_cache: Path, tmp_path: Path
) -> None:
    """It imports, is typed strictly, sends the requests that schemathesis sends, and reads the documented responses."""
    monkeypatch.setattr(trial, "BUILD", tmp_path)
    monkeypatch.setattr(trial, "MYPY_CACHE", mypy_cache)
    count = CALLED[document.name]
    assert try_document(document, OURS) == Outcome(operations=count, called=count)
