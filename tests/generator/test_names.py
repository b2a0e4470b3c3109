"""Whatever a document calls its parts, the client imports and sends what they say, or the name is refused."""

import datetime
import dis
import inspect
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import pytest

from generator.build import GenerationError, build
from generator.names import ARGUMENTS, CLASSES, CONSTANTS, PARAMETERS, PROPERTIES

Document = dict[str, Any]
Server = tuple[str, list[tuple[str, Any, bytes]]]
DONE = {"200": {"description": "Done.", "content": {"text/plain": {"schema": {"type": "string"}}}}}
TEXT = {"type": "string"}
DATES = {"type": "array", "items": {"type": "string", "format": "date"}}
PARTS = {"list": DATES, "list_item": TEXT, "list_item_data": TEXT, "class": TEXT, "_kwargs": TEXT, "self": TEXT}


def document(paths: Document | None = None, schemas: Document | None = None, **more: Any) -> Document:
    paths = paths or {"/x": {"get": {"operationId": "getX", "responses": DONE}}}
    start = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    return start | {"components": {"schemas": schemas or {}}} | more


def operation(name: str, parameters: list[str], **more: Any) -> Document:
    """An operation with these parameters, as `in name`; what is called a list is a list of dates."""
    said = [each.split(" ", 1) for each in parameters]
    written = [
        {"name": name, "in": place, "required": place == "path", "schema": PARTS.get(name, TEXT)}
        for place, name in said
    ]
    return {"operationId": name, "parameters": written, "responses": DONE, **more}


def of(schema: Document) -> Document:
    """A response with a body of the schema."""
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


@pytest.fixture
def generate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Generates the client of a document, and returns the name of its package, which can be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def generate(content: Document) -> str:
        package = f"named_{abs(hash(request.node.nodeid))}"
        (tmp_path / "openapi.json").write_text(json.dumps(content, indent=1))
        build(tmp_path / "openapi.json", tmp_path / package)
        return package

    return generate


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[Document], str]:
    """Returns the message, without its folder, with which a document is refused."""

    def refusal(content: Document) -> str:
        (tmp_path / "openapi.json").write_text(json.dumps(content, indent=1))
        with pytest.raises(GenerationError) as caught:
            build(tmp_path / "openapi.json", tmp_path / "package")
        return str(caught.value).removeprefix(f"{tmp_path}/")

    return refusal


@pytest.fixture
def server() -> Iterator[Server]:
    """The URL of a server, and the target, the headers and the body of each request that it has had."""
    requests: list[tuple[str, Any, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            requests.append((self.path, self.headers, body))
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", requests
        listening.shutdown()
        thread.join()


NAMES = sorted({*PARAMETERS, "json_list", "list_item", "list_item_data", "self", "_kwargs", "class", "id", "sync"})


def test_a_parameter_of_any_name_is_sent(generate: Callable[..., str], server: Server) -> None:
    """A parameter with the name of something in the code is sent, in the path and in the query, with its neighbours."""
    paths = {}
    for index, name in enumerate(NAMES):
        body = {"content": {"application/json": {"schema": {"type": "object", "properties": {name: TEXT}}}}}
        parameters = [f"path {name}", f"query {name}", "query list", "header X-A", "cookie c"]
        paths[f"/{index}/{{{name}}}"] = {"post": operation(f"post_{index}", parameters, requestBody=body)}
    package = generate(document(paths))
    client, models = import_module(package), import_module(f"{package}.models")
    for index, name in enumerate(NAMES):
        function = import_module(f"{package}.api.default.post_{index}").sync
        of_path, of_body, *rest = [each for each in inspect.signature(function).parameters if each != "client"]
        of_query = next(each for each in rest if each not in ("list_", "x_a", "c"))
        sent = {of_path: "a/b", of_query: "q", "x_a": "h", "c": "k"}
        sent["list_"] = [datetime.date(2024, 2, 29), datetime.date(2024, 3, 1)]
        sent[of_body] = getattr(models, f"Post{index}Body").from_dict({name: "v"})
        _call_both(client, server[0], f"post_{index}", sent)
    for index, (target, headers, content) in enumerate(server[1]):
        name = NAMES[index // 2]
        assert urlsplit(target).path == f"/{index // 2}/a%2Fb"
        assert sorted(parse_qsl(urlsplit(target).query)) == sorted(
            [("list", "2024-02-29"), ("list", "2024-03-01"), (name, "q")]
        )
        assert (headers["X-A"], headers["Cookie"], json.loads(content)) == ("h", "c=k", {name: "v"})
    assert len(server[1]) == 2 * len(NAMES)


def test_a_parameter_with_the_name_of_an_import_is_sent(generate: Callable[..., str], server: Server) -> None:
    """A parameter with the name of a module that the client imports is sent."""
    names = ["httpx", "logging"]
    package = generate(document({"/x": {"post": operation("post_x", [f"query {name}" for name in names])}}))

    _call_both(import_module(package), server[0], "post_x", {f"{name}_": name for name in names})

    assert [target for target, *_ in server[1]] == ["/x?httpx=httpx&logging=logging"] * 2


def _call_both(client: Any, url: str, method: str, sent: dict[str, Any]) -> None:
    async def asynchronous() -> None:
        async with client.AsyncClient(url) as calling:
            await getattr(calling, method)(**sent)

    anyio.run(asynchronous)
    with client.Client(url) as calling:
        getattr(calling, method)(**sent)


def test_a_property_of_any_name_is_kept(generate: Callable[..., str]) -> None:
    """A property with the name of something in the code is read and written as what it is."""
    names = [*PROPERTIES, "list", "list_item", "list_item_data", "data", "m", "self", "class", "additional", "_x", "X"]
    schemas = {
        name: {
            "type": "object",
            "required": ["list"],
            "properties": {each: PARTS.get(each, TEXT) for each in names},
            "additionalProperties": additional,
        }
        for name, additional in (("m", True), ("N", DATES), ("O", False))
    }
    package = generate(document(schemas=schemas))
    said = {each: ["2024-02-29"] if each == "list" else f"a {each}" for each in names}
    for name, more in (("M", {"x": 1}), ("N", {"x": ["2024-03-01"]}), ("O", {})):
        model = getattr(import_module(f"{package}.models"), name)
        assert model.from_dict({**said, **more}).to_dict() == {**said, **more}
        assert model.from_dict({"list": []}).to_dict() == {"list": []}


def test_a_property_of_any_name_is_a_part_of_a_form(generate: Callable[..., str]) -> None:
    """The same is true of a multipart body."""
    names = [*PROPERTIES, "self", "class", "a_element"]
    schema = {"type": "object", "properties": {**dict.fromkeys(names, TEXT), "o": {"type": "object"}}}
    body = {"content": {"multipart/form-data": {"schema": schema}}}
    package = generate(document({"/x": {"post": {"operationId": "postX", "requestBody": body, "responses": DONE}}}))

    parts = (
        import_module(f"{package}.models").PostXBody.from_dict({**dict.fromkeys(names, "v"), "o": {}}).to_multipart()
    )

    assert sorted(name for name, _ in parts) == sorted([*names, "o"])


CLASS_NAMES = sorted({*CLASSES, *PROPERTIES, "class", "None", "list", "Exception", "self", "Answer", "import"})


def test_a_schema_of_any_name_is_a_model(generate: Callable[..., str]) -> None:
    """A schema with the name of something in the code is a model, which bodies and responses use."""
    names = {name.lower(): name for name in CLASS_NAMES}.values()  # `T` and `t` would be one class
    of = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {
        name: {
            "type": "object",
            "required": ["b"],
            "properties": {"at": DATES, "b": TEXT, "me": of[name], "Client": of["Client"], "Any": of["Any"]},
        }
        for name in names
    }
    operations = {
        f"/{name}": {
            "post": {
                "operationId": f"post {name} it",
                "requestBody": {"required": True, "content": {"application/json": {"schema": of[name]}}},
                "responses": {
                    status: {"description": "d", "content": {"application/json": {"schema": of[name]}}}
                    for status in ("200", "404")
                },
            }
        }
        for name in names
    }
    package = generate(document(operations, schemas))
    models = import_module(f"{package}.models")
    assert len(models.__all__) == len(schemas)
    for name in models.__all__:
        said = {"at": ["2024-02-29"], "b": "c", "me": {"b": "d"}, "Client": {"b": "e"}}
        assert getattr(models, name).from_dict(said).to_dict() == said
    assert "OperationModel" in models.__all__


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["a", "A", "a"], ["A", "A_1", "A_2"]),
        (["a-b", "a_b", "a b", "A_B_1"], ["A_B", "A_B_1", "A_B_2", "A_B_1_3"]),
        (["", "+", "1", "x"], ["VALUE_0", "VALUE_1", "VALUE_2", "X"]),
        ([1, 2, -2], ["VALUE_1", "VALUE_2", "VALUE_NEGATIVE_2"]),
    ],
    ids=str,
)
def test_each_value_of_an_enum_has_a_name(generate: Callable[..., str], values: list[Any], names: list[str]) -> None:
    """No value of an enum is lost because its usual name is that of another one."""
    kind = "string" if isinstance(values[0], str) else "integer"
    enum = import_module(f"{generate(document(schemas={'E': {'type': kind, 'enum': values}}))}.models").E
    assert {name: each.value for name, each in enum.__members__.items()} == dict(zip(names, values, strict=True))


@pytest.mark.parametrize("given", [["X", "x"], ["1", "2"], ["X"], [1, 2], "X"], ids=str)
def test_the_given_names_of_an_enum(generate: Callable[..., str], given: object) -> None:
    """The names that a document gives to values are used, where they are names, and distinct."""
    schema = {"type": "integer", "enum": [7, 8], "x-enum-varnames": given}
    enum = import_module(f"{generate(document(schemas={'E': schema}))}.models").E
    assert [each.value for each in enum] == [7, 8]
    assert ("X" in enum.__members__) == (given == ["X", "x"])


def test_two_classes_are_two_modules(generate: Callable[..., str]) -> None:
    """Two schemas whose classes differ in case alone are two modules."""
    of = {"type": "object", "properties": {"a": TEXT}}
    models = import_module(f"{generate(document(schemas={'APIKey': of, 'ApiKey': of, 'Api_Key_2': of}))}.models")
    assert sorted(models.__all__) == ["APIKey", "ApiKey", "ApiKey2"]
    assert len({getattr(models, name).__module__ for name in models.__all__}) == 3


def test_titles_that_repeat(generate: Callable[..., str]) -> None:
    """A title is the name of a class, unless it would be that of two; equal enums share a class."""
    titled = {"title": "Woof", "type": "object", "properties": {"a": TEXT}}
    schemas = {
        "Dog": titled,
        "Wolf": titled,
        "Cat": {"title": "Meow", "type": "object", "properties": {"tom": titled}},
        "KindA": {"title": "Kind", "type": "string", "enum": ["x"]},
        "KindB": {"title": "Kind", "type": "string", "enum": ["x"]},
        "SizeA": {"title": "Size", "type": "string", "enum": ["x"]},
        "SizeB": {"title": "Size", "type": "string", "enum": ["y"]},
    }
    models = import_module(f"{generate(document(schemas=schemas))}.models")
    assert sorted(models.__all__) == ["Dog", "Kind", "Meow", "MeowTom", "SizeA", "SizeB", "Wolf"]


def test_tags_and_operations_of_any_name(generate: Callable[..., str]) -> None:
    """Tags that are equal in Python share a package; keywords and other alphabets are names, too."""
    tags = ["a-b", "a_b", "class", "\u65e5\u672c", "\U0001f44d", "", "models", "client", "A B"]
    names = ["class", "list", "", "\u65e5\u672c", "1a", "__init__", "Client", "headers", "None"]
    paths = {
        f"/{index}": {"get": {"operationId": name, "tags": [tag], "responses": DONE}}
        for index, (tag, name) in enumerate(zip(tags, names, strict=True))
    }
    client = import_module(generate(document(paths))).Client
    own = {name for name, value in vars(client).items() if isinstance(value, FunctionType)} - {"__init__"}
    assert len(own) == 2 * len(names)


def test_a_variable_of_the_server_of_any_name(generate: Callable[..., str]) -> None:
    """A variable of the server with the name of an argument of the client has another one."""
    names = sorted({*ARGUMENTS, *map(str.lower, CONSTANTS), "class", "type", "super", "a-b", "1"})
    url = "https://a.example" + "".join(f"/{{{name}}}" for name in names)
    variables = {name: {"default": f"d{index}"} for index, name in enumerate(names)}
    client = import_module(generate(document(servers=[{"url": url, "variables": variables}]))).Client
    arguments = [each for each in inspect.signature(client).parameters if each not in ARGUMENTS]
    given = {name: f"g{index}" for index, name in enumerate(arguments)}

    assert client().base_url == "https://a.example/" + "/".join(f"d{index}" for index in range(len(names)))
    assert client(**given).base_url == "https://a.example/" + "/".join(f"g{index}" for index in range(len(names)))


def schemes(*names: str) -> Document:
    given = {name: {"type": "apiKey", "in": "header", "name": name} for name in names}
    return document() | {"components": {"securitySchemes": given}}


X = {"type": "object", "properties": {"a": TEXT}}
REFUSED = {
    "two schemas": (
        document(schemas={"a_bc": X, "ABc": X}),
        "components.schemas.ABc: it gives the class ABc, but so does the schema a_bc; rename one of them",
    ),
    "two schemas that are used": (
        document(
            {"/x": {"get": {"responses": {"200": of({"anyOf": [{"$ref": "#/components/schemas/ABc"}, TEXT]})}}}},
            schemas={"a_bc": X, "ABc": X},
        ),
        "components.schemas.ABc: it gives the class ABc, but so does the schema a_bc; rename one of them",
    ),
    "a schema and its new name": (
        document(schemas={"Client": X, "ClientModel": X}),
        "components.schemas.ClientModel: it gives the class ClientModel, but so does the schema Client; rename",
    ),
    "a schema and a property": (
        document(schemas={"A": {"type": "object", "properties": {"b": X}}, "AB": X}),
        "components.schemas.A: it gives the class AB, but so does the schema AB; rename one of them",
    ),
    "an enum and a model": (
        document(schemas={"a_bc": {"type": "string", "enum": ["x"]}, "ABc": X}),
        "components.schemas.ABc: it gives the class ABc, but so does the schema a_bc; rename one of them",
    ),
    "two enums": (
        document(schemas={"a_bc": {"type": "string", "enum": ["x"]}, "ABc": {"type": "string", "enum": ["y"]}}),
        "components.schemas.ABc: it gives the class ABc, but so does the schema a_bc; rename one of them",
    ),
    "two operations": (
        document({"/x": {"get": operation("a_b", []), "put": operation("aB", [])}}),
        "paths./x.put.operationId: it gives the method a_b, but so does GET /x",
    ),
    "two parameters": (
        document({"/x": {"get": operation("a", ["query a$b", "query ab"])}}),
        "paths./x.get: Parameters with same Python identifier ab detected",
    ),
    "two properties": (
        document(schemas={"A": {"type": "object", "properties": {"b": TEXT, "a b": TEXT, "a-b": TEXT}}}),
        "components.schemas.A: the properties a b and a-b have the same name in Python; rename one of them",
    ),
    "two properties in an operation": (
        document(
            {"/x": {"get": {"responses": {"200": of({"type": "object", "properties": {"a b": TEXT, "a-b": TEXT}})}}}}
        ),
        "paths./x.get: two properties have the same name in Python; rename one of them",
    ),
    "two schemes": (
        schemes("a_b", "aB"),
        "components.securitySchemes.a_b: it gives the constant A_B_HEADER, as something else does; rename it",
    ),
    "a scheme that is a number": (
        schemes("1"),
        "components.securitySchemes.1: it gives the constant 1_HEADER, which is no name in Python; rename it",
    ),
    "an invalid header name": (
        document() | {"components": {"securitySchemes": {"a": {"type": "apiKey", "in": "header", "name": "X K"}}}},
        "components.securitySchemes.a.name: 'X K' cannot be the name of a header (RFC 9110, section 5.6.2); correct it",
    ),
    "a header of the client": (
        schemes("host"),
        "components.securitySchemes.host.name: the client itself sends the header host; a key must have another one",
    ),
    "a scheme that is not defined": (
        document(security=[{"a": []}]),
        "security.0.a: components.securitySchemes has no a; define it there, or remove it here",
    ),
    "a scheme of an operation that is not defined": (
        document({"/x": {"get": operation("a", [], security=[{}, {"a": []}])}}),
        "paths./x.get.security.1.a: components.securitySchemes has no a; define it there, or remove it here",
    ),
    "two variables": (
        document(servers=[{"url": "/{a_b}/{aB}", "variables": {"a_b": {"default": "x"}, "aB": {"default": "y"}}}]),
        "servers.0.variables.aB: the variables aB and a_b have the same name in Python",
    ),
    "two paths": (
        document({"/x/{a}": {"get": operation("a", ["path a"])}, "/x/{b}": {"put": operation("b", ["path b"])}}),
        "paths./x/{b}: it is the same path as /x/{a}; merge them",
    ),
    "a character that the code would not have": (
        document(schemas={"E": {"type": "string", "enum": ["a\u200bb"]}}),
        "components.schemas.E.enum.0: 'a\\u200bb' has a character that openapi-python-client would leave out",
    ),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_names_that_are_refused(refusal: Callable[[Document], str], content: Document, message: str) -> None:
    """What would be one name for two things, or no name, is refused with file, line and place."""
    said = refusal(content)
    assert re.match(r"openapi\.json:\d+: ", said)
    assert message in said
    assert "\n" not in said


def _modules(package: str) -> Iterator[ModuleType]:
    for name in sorted(sys.modules):
        if name.startswith(f"{package}."):
            yield sys.modules[name]


def _bound_in(module: ModuleType) -> set[str]:
    code = compile(Path(str(module.__file__)).read_text(encoding="utf-8"), "", "exec")
    return {each.argval for each in dis.get_instructions(code) if each.opname == "STORE_NAME"}


def _variables(code: CodeType) -> set[str]:
    inner = [_variables(each) for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_varnames).union(*inner)


@pytest.mark.usefixtures("zoo")
def test_the_reserved_names_are_those_of_the_code() -> None:
    """Each class, and each variable, of the generated code beside those of the document is in the lists of names."""
    import zoo_client.models
    from zoo_client.api.photos import put_photo
    from zoo_client.models.put_photo_body import PutPhotoBody

    for module in _modules("zoo_client"):
        classes = {name for name in _bound_in(module) if (name[0].isupper() and not name.isupper()) or name == "UNSET"}
        assert classes - {*zoo_client.models.__all__, "TYPE_CHECKING"} <= CLASSES, module
    own = {name for name in _bound_in(put_photo) if name[0].islower()}
    local = _variables(put_photo._get_kwargs.__code__)
    functions = {name for name in own if getattr(put_photo, name).__module__ == put_photo.__name__}
    assert (local | own) - functions - {"name", "_kwargs"} <= PARAMETERS
    properties = {*PutPhotoBody.__annotations__}
    for method in (PutPhotoBody.to_dict, PutPhotoBody.from_dict, PutPhotoBody.to_multipart):
        names = {name for name in method.__code__.co_varnames if not name.startswith("_")}
        assert names - properties - {"put_photo_body", "self", "Unset"} <= PROPERTIES


def test_a_property_with_the_name_of_its_schema(generate: Callable[..., str]) -> None:
    """It is not taken for the model that has it, nor is a property for what makes annotations lazy."""
    schema = {"type": "object", "properties": {"article": TEXT, "annotations": TEXT}}
    models = import_module(f"{generate(document(schemas={'Article': schema}))}.models")

    article = models.Article.from_dict({"article": "a", "annotations": "b"})

    assert (article.article_, article.annotations) == ("a", "b")
    assert article.to_dict() == {"article": "a", "annotations": "b"}
