"""What cannot be generated is an error: nothing is left out of the client without a word."""

from importlib import import_module
from pathlib import Path

import httpx
import pytest

from generator.build import GenerationError, build

DOCUMENT = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"
ZOO = Path(__file__).with_name("zoo.yaml")

INEXPRESSIBLE = {
    "a media type that is none": (
        "application/octet-stream:\n",
        "image:\n",
        "content.image: this is not a media type, such as application/json",
    ),
    "a status that is none": ('"200":', '"2oo":', "2oo"),
    "a parameter that is not JSON": (
        "          schema:\n            type: string\n          examples:\n",
        "          content: {text/plain: {schema: {type: string}}}\n          x-examples:\n",
        "the content of a parameter must be application/json, not text/plain",
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


HIDING = {
    "a method": ("close", "close", "the client has an attribute of this name"),
    "a method of the async client": ("aclose", "aclose", "the client has an attribute of this name"),
    "a method in camel case": ("withOptions", "with_options", "the client has an attribute of this name"),
    "a method for httpx's client": ("getHttpxClient", "get_httpx_client", "the client has an attribute of this name"),
    "a property": ("endpoint", "endpoint", "the client has an attribute of this name"),
    "an option": ("deadline", "deadline", "the client has an attribute of this name"),
    "the same method": ("list_animals", "list_animals", "so does GET /animals"),
    "its detailed method": ("listAnimalsDetailed", "list_animals_detailed", "so does GET /animals"),
    "its stream": ("getPhotoStream", "get_photo_stream", "so does GET /photos/{name}"),
}


def _zoo(folder: Path, old: str, new: str) -> Path:
    text = ZOO.read_text()
    assert text.count(old) == 1
    (folder / "zoo.yaml").write_text(text.replace(old, new))
    return folder / "zoo.yaml"


@pytest.mark.parametrize(("operation_id", "method", "reason"), HIDING.values(), ids=HIDING)
def test_a_method_that_would_hide_another_attribute(
    tmp_path: Path, operation_id: str, method: str, reason: str
) -> None:
    """An operation whose method would hide something is an error with file, line and place, whatever its tag."""
    document = _zoo(tmp_path, "      tags: [photos]\n      operationId: putPhoto", f"      operationId: {operation_id}")
    line = document.read_text().splitlines().index(f"      operationId: {operation_id}") + 1

    with pytest.raises(GenerationError) as caught:
        build(document, tmp_path / "zoo_client")

    place = f"{document}:{line}: paths./photos/{{name}}.put.operationId"
    assert str(caught.value) == f"{place}: it gives the method {method}, but {reason}; choose another operationId"
    assert not (tmp_path / "zoo_client").exists()


def test_a_method_of_an_operation_without_an_id(tmp_path: Path) -> None:
    """Where the method comes from the path, the place is that of the operation."""
    document = _zoo(tmp_path, "operationId: putPhoto", "operationId: getPing")
    line = document.read_text().splitlines().index("  /ping:") + 2

    with pytest.raises(
        GenerationError, match=f"zoo.yaml:{line}: paths./ping.get: it gives the method get_ping, but so"
    ):
        build(document, tmp_path / "zoo_client")


def test_a_name_that_only_a_stream_would_take(tmp_path: Path) -> None:
    """An operation that does not stream leaves the name of a stream to another one."""
    document = _zoo(tmp_path, "operationId: addAnimal", "operationId: listAnimalsStream")

    build(document, tmp_path / "zoo_client")

    assert (tmp_path / "zoo_client/api/animals/list_animals_stream.py").exists()


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


MINIMAL = """\
openapi: 3.1.0
info: {title: Minimal, version: "1"}
paths: {/x: {get: {operationId: getX}}}
"""


def test_an_operation_without_responses(tmp_path: Path) -> None:
    """OpenAPI 3.1 does not require any: each success is None, and anything else an error."""
    (tmp_path / "openapi.yaml").write_text(MINIMAL)

    build(tmp_path / "openapi.yaml", tmp_path / "minimal_client")

    module = (tmp_path / "minimal_client/api/default/get_x.py").read_text()
    assert "successes=((200, 299),)" in module
    assert "def _parse_success(response: RawResponse) -> None:" in module


def test_an_enum_of_several_types(tmp_path: Path) -> None:
    """It has no class in Python, and the message says so in place of the names of classes."""
    document = tmp_path / "openapi.yaml"
    document.write_text(f"{MINIMAL}components: {{schemas: {{E: {{enum: [a, 1]}}}}}}\n")

    with pytest.raises(GenerationError) as caught:
        build(document, tmp_path / "minimal_client")

    reason = "the values of an enum must be all text or all whole numbers"
    assert str(caught.value) == f"{document}:4: components.schemas.E: {reason}"


def test_a_form_without_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent as an empty form, and not as no body."""
    form = "{content: {multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}}}, required: true}"
    text = MINIMAL.replace("get: {operationId: getX", f"post: {{operationId: postX, requestBody: {form}")
    (tmp_path / "openapi.yaml").write_text(text)
    build(tmp_path / "openapi.yaml", tmp_path / "empty_form_client")
    monkeypatch.syspath_prepend(tmp_path)
    package, models = import_module("empty_form_client"), import_module("empty_form_client.models")
    sent = []
    transport = httpx.MockTransport(lambda request: sent.append(request) or httpx.Response(204))

    with package.Client("https://contoso.example", httpx_args={"transport": transport}) as client:
        client.post_x(body=models.PostXBody())

    (request,) = sent
    assert request.headers["content-type"] == "multipart/form-data; boundary=none"
    assert request.content == b"--none--\r\n"
