"""What cannot be generated is an error: nothing is left out of the client without a word."""

from pathlib import Path

import pytest

from generator.build import GenerationError, build

DOCUMENT = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"

INEXPRESSIBLE = {
    "a media type that would drop the 200": (
        "application/octet-stream:\n",
        "image/*:\n",
        r"Unsupported content_type image/\*",
    ),
    "a status that is none": ('"200":', '"2oo":', "2oo"),
    "a parameter without a schema": (
        "          schema:\n            type: string\n          examples:\n",
        "          content: {text/plain: {schema: {type: string}}}\n          x-examples:\n",
        "GET /sessionImages/{sessionImageId}",
    ),
}


@pytest.mark.parametrize(("old", "new", "named"), INEXPRESSIBLE.values(), ids=INEXPRESSIBLE)
def test_what_the_generator_would_leave_out(tmp_path: Path, old: str, new: str, named: str) -> None:
    """What openapi-python-client would leave out with a warning is an error that names it."""
    text = DOCUMENT.read_text()
    assert old in text
    (tmp_path / "openapi.yaml").write_text(text.replace(old, new))
    with pytest.raises(GenerationError, match=named):
        build(tmp_path / "openapi.yaml", tmp_path / "face_client")


def test_two_operations_of_one_module(tmp_path: Path) -> None:
    """Two operations whose modules would overwrite each other are an error that names both."""
    head, path, tail = DOCUMENT.read_text().partition("  /sessionImages/{sessionImageId}:\n")
    operation, _, rest = tail.partition("components:\n")
    second = operation.replace("getSessionImage", "get_session_image")
    paths = f"{path}{operation}  /otherImages/{{sessionImageId}}:\n{second}"
    (tmp_path / "openapi.yaml").write_text(f"{head}{paths}components:\n{rest}")
    both = "GET /sessionImages/{session_image_id} and GET /otherImages/{session_image_id} both give"
    with pytest.raises(GenerationError, match=both):
        build(tmp_path / "openapi.yaml", tmp_path / "face_client")


def test_every_module_says_that_it_is_generated(zoo_folder: Path) -> None:
    """The first line of each module says that it is generated, and how."""
    modules = list(zoo_folder.rglob("*.py"))
    assert len(modules) > 20
    for module in modules:
        first = module.read_text().splitlines()[0]
        assert first.startswith("# Generated from the OpenAPI document by `python -m generator generate`"), module


def test_every_template_says_why_it_is_there() -> None:
    """The first line of each template gives the reason for the difference from the stock generator."""
    templates = list((DOCUMENT.parents[1] / "generator" / "templates").rglob("*.jinja"))
    assert templates
    for template in templates:
        assert template.read_text().startswith("{# Why: "), template
