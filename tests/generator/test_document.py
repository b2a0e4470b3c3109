"""What is said about a document that is broken, and where in it."""

from pathlib import Path

import pytest

from generator.document import DocumentError, load

DOCUMENT = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"

BROKEN = {
    "no YAML": ("operationId: getSessionImage", "operationId: [", "not valid YAML: expected"),
    "a key twice": ("openapi: 3.1.0", "info: {}", 'not valid YAML: found duplicate key "info"'),
    "a wrong place": ("in: path", "in: pth", 'paths./sessionImages/{sessionImageId}.get.parameters.0.in: "pth" is not'),
    "a dangling reference": (
        '$ref: "#/components/schemas/FaceError"',
        '$ref: "#/nowhere"',
        "the reference /nowhere cannot be resolved",
    ),
    "a wrong type": (
        "type: object",
        "type: objekt",
        "components.schemas.CreateLivenessSessionContent.type: 'objekt' is not valid",
    ),
    "a status that is a number": ('"200":', "200:", "the key 200 is read as int; put it in quotes"),
    "a date": ("value: 3d035d35-2e01-4ed4-8935-577afde9caaa", "value: 2024-11-15", "read as date; put it in quotes"),
    "another OpenAPI": ("openapi: 3.1.0", "openapi: 2.0.0", "openapi: the key 'openapi' must be 3.0.x or 3.1.x"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_document_is_explained(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The message is one line with the file, the number of the line, and what is wrong."""
    text = DOCUMENT.read_text()
    line = text[: text.index(old)].count("\n") + 1
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text.replace(old, new, 1))
    with pytest.raises(DocumentError) as caught:
        load(broken)
    place, _, said = str(caught.value).partition(": ")
    path, _, number = place.rpartition(":")
    assert (path, "\n" in said) == (str(broken), False)
    # The reader of YAML notices some things on the lines around.
    assert abs(int(number) - line) <= 2
    assert message in said


def test_a_parameter_that_the_path_does_not_have(tmp_path: Path) -> None:
    """Where only the path is known, the line is that of the path."""
    text = DOCUMENT.read_text()
    broken = tmp_path / "openapi.yaml"
    broken.write_text(text.replace("name: sessionImageId", "name: id"))
    line = text[: text.index("  /sessionImages")].count("\n") + 1
    with pytest.raises(DocumentError, match=f"openapi.yaml:{line}: .*'sessionImageId'"):
        load(broken)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "is a mapping"), (b"[]", "is a mapping"), (b"\xff", "cannot be read")]
)
def test_what_is_no_document(tmp_path: Path, content: bytes, message: str) -> None:
    """An empty file, a list and a file that is not UTF-8 are named as such."""
    (tmp_path / "openapi.yaml").write_bytes(content)
    with pytest.raises(DocumentError, match=message):
        load(tmp_path / "openapi.yaml")


def test_a_missing_document(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(DocumentError, match=r"openapi\.yaml: cannot be read: "):
        load(tmp_path / "openapi.yaml")
