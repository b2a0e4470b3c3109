"""The report of changes since the last release, or by a bump."""

import tempfile
from pathlib import Path

from tools.release import document, history, project, python_api
from tools.release.change import Change

SPEC = Path("spec", "openapi.yaml")


def since_release(folder: Path, tag: str) -> tuple[list[Change], list[Change]]:
    """Returns the changes of the document and of the packages, from the tag to the project's working tree.

    Raises:
        ReleaseError: They cannot be compared.
    """
    with tempfile.TemporaryDirectory() as temporary:
        released = Path(temporary)
        history.extract(folder, tag, released)
        in_document = document.compare(released / SPEC, folder / SPEC)
        now = {path.name: folder / path for path in project.packages(folder)}
        in_python: list[Change] = []
        for path in project.packages(released):
            in_python += python_api.compare(released / path, now.get(path.name, folder / path))
        return in_document, in_python


def render(in_document: list[Change], in_python: list[Change]) -> str:
    """Returns the report with both lists, and whether they are breaking."""
    breaking = sum(change.is_breaking for change in [*in_document, *in_python])
    if breaking:
        meaning = f"BREAKING for callers of the Python client, {breaking} of these."
    else:
        meaning = "Not breaking for callers of the Python client."
    return "\n".join(
        [
            "In the document:",
            *(_lines(in_document) or ["  nothing"]),
            "In the Python packages:",
            *(_lines(in_python) or ["  nothing that callers use is gone or takes other arguments"]),
            meaning,
        ]
    )


def _lines(changes: list[Change]) -> list[str]:
    return [f"  {'BREAKING  ' if change.is_breaking else ''}{change.text}" for change in changes]
