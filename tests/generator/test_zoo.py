"""The client of a second document, over a socket: the templates are general."""

import datetime
import email.policy
import inspect
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import pytest
from dateutil.parser import isoparse
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("zoo")

BORN = datetime.datetime(
    2024, 2, 29, 12, 30, 15, 250000, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=45))
)
ANIMAL = {"id": 7, "kind": "bird", "bornAt": "2024-02-29T12:30:15.250+05:45", "diet": {"leaves": ["oak", "ash"]}}
PHOTO = bytes(range(256)) * 1000
Zoo = tuple[str, list[Request]]


@pytest.fixture(scope="module")
def server(serving: Callable[[Starlette], Any]) -> Iterator[Zoo]:
    """A zoo on a free port, and the requests that it has had; a path below /status/N answers with that status."""
    requests: list[Request] = []

    def json_answer(status: int, body: object) -> Response:
        return Response(
            json.dumps(body), status, media_type="application/json" if status < 300 else "application/problem+json"
        )

    async def answer(request: Request) -> Response:
        await request.body()
        requests.append(request)
        # The gateway that the client is told to use says how things are to end.
        status = int(request.path_params["status"])
        path = request.path_params["rest"]
        if status in (404, 418, 422):
            return json_answer(status, {"title": "no such thing"})
        if status >= 500:
            return PlainTextResponse("closed today", status)
        if path == "ping":
            return PlainTextResponse("pong", status)
        if status in (202, 204):
            return Response(status_code=status)
        if path.startswith("photos/"):
            if request.method == "GET":
                return Response(PHOTO, status, media_type="application/octet-stream")
            head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
            parts = email.message_from_bytes(head + await request.body(), policy=email.policy.HTTP).iter_parts()
            form = {
                part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts
            }
            texts = {name: value.decode() for name, value in form.items() if name != "photo"}
            return json_answer(status, {"size": len(form["photo"]), **texts})
        return json_answer(status, [ANIMAL] if path == "animals" and request.method == "GET" else ANIMAL)

    app = Starlette(
        routes=[Route("/status/{status}/north/api/{rest:path}", answer, methods=["GET", "POST", "PUT", "DELETE"])]
    )
    with serving(app) as url:
        yield url, requests


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, server: Zoo) -> Callable[..., Any]:
    """Calls a method of the sync or the async client, against a zoo that answers with the given status."""

    def call(method: str, *arguments: Any, status: int, **more: Any) -> Any:
        from zoo_client import AsyncClient, Client

        async def asynchronous() -> Any:
            async with AsyncClient(f"{server[0]}/status/{status}") as client:
                return await getattr(client, method)(*arguments, **more)

        if request.param == "async":
            return anyio.run(asynchronous)
        with Client(f"{server[0]}/status/{status}") as client:
            return getattr(client, method)(*arguments, **more)

    return call


def test_it_passes_the_strict_type_check(zoo_folder: Path, require_types: Callable[[Path], None]) -> None:
    """The generated client of any document is typed strictly."""
    require_types(zoo_folder / "zoo_client")


def test_the_servers_fixed_host_is_the_default(server: Zoo) -> None:
    """Where the document names the host, the endpoint may be left out, and variables of the path given."""
    from zoo_client import Client

    assert Client().base_url == "https://zoo.example.com/north/api"
    assert Client(region="south").base_url == "https://zoo.example.com/south/api"


def test_a_list_of_models(call: Callable[..., Any], server: Zoo) -> None:
    """Query and header parameters are sent, and a list of models with enum, date-time and union is parsed."""
    from zoo_client.models import Kind, Plants

    (animal,) = call("list_animals", status=200, kind=Kind.BIRD, born_after=BORN, tags=["a", "b&c"], x_trace="t1")
    assert (animal.kind, animal.born_at, animal.diet) == (Kind.BIRD, BORN, Plants(leaves=["oak", "ash"]))
    request = server[1][-1]
    assert request.headers["x-trace"] == "t1"
    assert request.headers["accept"] == "application/json, application/problem+json"
    assert request.query_params.multi_items() == [
        ("kind", "bird"),
        ("bornAfter", "2024-02-29T12:30:15.250000+05:45"),
        ("tags", "a"),
        ("tags", "b&c"),
    ]


def test_a_json_body(call: Callable[..., Any], server: Zoo) -> None:
    """A model is sent as JSON and comes back equal."""
    from zoo_client.models import Animal

    animal = Animal.from_dict(ANIMAL)
    assert call("add_animal", body=animal, status=201) == animal
    assert server[1][-1].headers["content-type"] == "application/json"
    assert json.loads(server[1][-1]._body) == {**ANIMAL, "bornAt": "2024-02-29T12:30:15.250000+05:45"}


def test_a_success_without_a_body(call: Callable[..., Any]) -> None:
    """A documented success without a body is None, beside one with a body and alone."""
    from zoo_client.models import Animal

    assert call("add_animal", body=Animal.from_dict(ANIMAL), status=202) is None
    assert call("remove_animal", 7, BORN, status=204) is None


def test_parameters_of_the_path(call: Callable[..., Any], server: Zoo) -> None:
    """A number and a date-time are segments of the path, the date-time as RFC 3339 writes it."""
    call("remove_animal", 7, BORN, status=204)
    assert server[1][-1].scope["raw_path"].endswith(b"/animals/7/2024-02-29T12%3A30%3A15.250000%2B05%3A45")


def test_default_alone_is_the_answer_to_success(call: Callable[..., Any]) -> None:
    """Where a document has no 2xx, its default is what a success returns; other statuses are raised all the same."""
    from zoo_client import NotFoundError
    from zoo_client.models import Animal

    assert call("get_animal", 7, BORN, status=200) == Animal.from_dict(ANIMAL)
    with pytest.raises(NotFoundError):
        call("get_animal", 7, BORN, status=404)


def test_errors_of_a_pattern(call: Callable[..., Any]) -> None:
    """Errors that are documented by a pattern, by one status and as text are parsed; others are raised without one."""
    from zoo_client import ApiError, ServerError
    from zoo_client.models import Animal, Problem

    animal = Animal.from_dict(ANIMAL)
    with pytest.raises(ApiError) as caught:
        call("add_animal", body=animal, status=418)
    assert (caught.value.status_code, caught.value.error) == (418, Problem("no such thing"))
    with pytest.raises(ServerError) as closed:
        call("add_animal", body=animal, status=503)
    assert closed.value.error == "closed today"
    with pytest.raises(ApiError) as undocumented:
        call("list_animals", status=422)
    assert undocumented.value.error is None
    assert call("list_animals_detailed", status=404).parsed == Problem("no such thing")
    assert call("list_animals_detailed", status=422).parsed is None


def test_a_success_that_is_not_documented(call: Callable[..., Any]) -> None:
    """A success of another status than the documented ones is raised."""
    from zoo_client import ApiError

    with pytest.raises(ApiError, match="206 Partial Content: the document does not promise this status"):
        call("list_animals", status=206)


def test_a_success_of_the_wrong_shape(call: Callable[..., Any]) -> None:
    """A body that is not what the document promises is an ApiError with the status, and None in the detailed form."""
    from zoo_client import ApiError
    from zoo_client.models import PutPhotoBody
    from zoo_client.types import File

    body = PutPhotoBody(photo=File(BytesIO(b"x"), "x.jpg"), taken_at=BORN)
    with pytest.raises(ApiError, match="202 Accepted"):
        call("put_photo", "x", body=body, status=202)
    assert call("put_photo_detailed", "x", body=body, status=202).parsed is None


def test_a_multipart_body(call: Callable[..., Any], server: Zoo) -> None:
    """Each value arrives as a part: a text as it is, others as JSON, and a file that holds what could be a boundary."""
    from zoo_client.models import Kind, PutPhotoBody
    from zoo_client.types import File

    content = b"\r\n--+++--\r\n" + PHOTO
    file = File(BytesIO(content), "a.jpg", "image/jpeg")
    body = PutPhotoBody(file, taken_at=BORN, kind=Kind.FISH, caption="Grüße", is_public=True, visitors=7)
    body["isOld"], body["tags"] = False, ["a", 1]
    photo = call("put_photo", "a/b", body=body, status=200)
    assert (photo.size, photo.caption) == (len(content), "Grüße")
    assert photo.additional_properties == {
        "takenAt": "2024-02-29T12:30:15.250000+05:45",
        "kind": "fish",
        "isPublic": "true",
        "visitors": "7",
        "isOld": "false",
        "tags": '["a",1]',
    }
    assert server[1][-1].scope["raw_path"].endswith(b"/photos/a%2Fb")


def test_null_is_a_value_only_where_the_document_says_so() -> None:
    """An optional property that is null is not set, unless its type has null."""
    from zoo_client.models import Animal
    from zoo_client.types import UNSET

    animal = Animal.from_dict({**ANIMAL, "seenAt": None, "keeper": None, "chip": None})
    assert (animal.seen_at, animal.keeper, animal.chip) == (UNSET, None, UNSET)
    assert animal.to_dict().keys() - ANIMAL.keys() == {"keeper"}


def test_an_answer_without_a_required_property_goes_to_the_right_model(call: Callable[..., Any]) -> None:
    """Of several models, the one whose required properties are there is taken, before any that lacks some."""
    from zoo_client.models import Animal, Meat

    assert Animal.from_dict({**ANIMAL, "diet": {"kilograms": 3}}).diet == Meat(3)


def test_a_password_is_not_shown() -> None:
    """What the document calls a password is not in the repr of a model."""
    from zoo_client.models import Animal

    animal = Animal.from_dict({**ANIMAL, "chip": "1234"})
    assert animal.chip == "1234"
    assert "1234" not in repr(animal)


def test_a_binary_answer(call: Callable[..., Any], server: Zoo) -> None:
    """A binary operation returns bytes for every status of the documented range, and asks for the file first."""
    from zoo_client.models import Problem

    assert call("get_photo", "x", status=200) == PHOTO
    assert call("get_photo", "x", status=206) == PHOTO
    assert server[1][-1].headers["accept"] == "application/octet-stream, application/problem+json, text/plain"
    assert call("get_photo_detailed", "x", status=404).parsed == Problem("no such thing")


def test_a_binary_answer_as_a_stream(server: Zoo, tmp_path: Path) -> None:
    """A binary operation streams, sync and async."""
    from zoo_client import AsyncClient, Client

    with Client(f"{server[0]}/status/200") as client, client.get_photo_stream("x") as body:
        assert body.save(tmp_path / "a") == len(PHOTO)

    async def asynchronous() -> None:
        async with AsyncClient(f"{server[0]}/status/200") as client, client.get_photo_stream("x") as body:
            assert await body.save(tmp_path / "b") == len(PHOTO)

    anyio.run(asynchronous)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == PHOTO


def test_a_text_answer(call: Callable[..., Any]) -> None:
    """An operation whose answer is text returns it."""

    assert call("get_ping", status=200) == "pong"


METHODS = {
    ("animals", "list_animals"): "(self, *, kind, born_after, tags, x_trace)",
    ("animals", "add_animal"): "(self, *, body)",
    ("animals", "get_animal"): "(self, animal_id, since)",
    ("animals", "remove_animal"): "(self, animal_id, since)",
    ("photos", "get_photo"): "(self, name)",
    ("photos", "put_photo"): "(self, name, *, body)",
    ("default", "get_ping"): "(self)",
}


def _own(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if inspect.isfunction(value) and name != "__init__"}


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=each.empty, default=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty))


def test_each_operation_is_a_method_of_both_clients() -> None:
    """Both clients have two methods for each operation, in whatever tag it is; a binary one has a stream as well."""
    from zoo_client import AsyncClient, Client

    expected = {
        name + suffix: signature
        for (_, name), signature in METHODS.items()
        for suffix in ("", "_detailed", *(["_stream"] if name == "get_photo" else []))
    }
    for kind in (Client, AsyncClient):
        assert {name: _signature(method) for name, method in _own(kind).items()} == expected


def test_only_what_answers_at_once_is_not_awaited() -> None:
    """The methods of the async client are coroutines, but those that return a context manager."""
    from zoo_client import AsyncClient, Client

    assert [name for name, method in _own(AsyncClient).items() if not inspect.iscoroutinefunction(method)] == [
        "get_photo_stream"
    ]
    assert not any(map(inspect.iscoroutinefunction, _own(Client).values()))


@pytest.mark.parametrize(("tag", "operation"), METHODS, ids=lambda name: name)
def test_a_method_has_the_docstring_and_types_of_its_function(tag: str, operation: str) -> None:
    """Whoever looks up a method or the function that it calls reads the same about arguments, result and errors."""
    from zoo_client import AsyncClient, Client

    module = import_module(f"zoo_client.api.{tag}.{operation}")
    forms = {
        (Client, ""): "sync",
        (Client, "_detailed"): "sync_detailed",
        (Client, "_stream"): "stream",
        (AsyncClient, ""): "asyncio",
        (AsyncClient, "_detailed"): "asyncio_detailed",
        (AsyncClient, "_stream"): "asyncio_stream",
    }
    for (kind, suffix), form in forms.items():
        method, function = getattr(kind, operation + suffix, None), getattr(module, form, None)
        assert (method is None) == (function is None)
        if method and function:
            assert inspect.getdoc(method) == inspect.getdoc(function)
            expected = {name: hint for name, hint in function.__annotations__.items() if name != "client"}
            assert method.__annotations__ == expected


def test_the_docstring_of_a_method() -> None:
    """A docstring has the text of the document, its parameters, the result, and what is raised."""
    from zoo_client import Client

    assert inspect.getdoc(Client.get_photo) == inspect.cleandoc("""
        Get a photo

        As it was taken, in the format of the camera.

        Args:
            name (str): What the photo is called.

        Returns:
            bytes

        Raises:
            ApiError: The response is not the documented success; there is a subclass for each status.
            IncompleteBody: The body ended early.
            DeadlineExceeded: The client's deadline passed before the response was complete.
            httpx.TransportError: There was no complete response, for example httpx.ConnectError or httpx.ReadTimeout.
            ValueError: A path parameter is empty, `.` or `..`.
    """)
    assert (inspect.getdoc(Client.get_ping) or "").startswith("GET /ping\n\nReturns:\n    str\n")


OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
)


@given(st.datetimes(timezones=OFFSETS), st.integers(0, 9), st.booleans())
def test_date_times_agree_with_dateutil(moment: datetime.datetime, digits: int, zulu: bool) -> None:
    """A date-time in any form of RFC 3339, section 5.6, is read as dateutil reads it, to the microsecond."""
    from zoo_client.models import Animal

    fraction = f"{moment.microsecond:06}789"[:digits]
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + (f".{fraction}" if digits else "")
    offset = moment.isoformat()[-6:]
    text += "Z" if zulu else offset
    assert Animal.from_dict({**ANIMAL, "bornAt": text}).born_at == isoparse(text)


@given(st.datetimes(timezones=OFFSETS))
def test_date_times_are_written_as_dateutil_reads_them(moment: datetime.datetime) -> None:
    """A date-time that is sent is read by dateutil as the same moment."""
    from zoo_client.models import Animal

    animal = Animal.from_dict(ANIMAL)
    animal.born_at = moment
    assert isoparse(animal.to_dict()["bornAt"]) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2024-13-01T00:00:00Z", "2024-01-01T25:00:00Z", "2023-02-29T00:00:00Z", None, 7]
)
def test_what_is_no_date_time(text: object) -> None:
    """What dateutil does not read as a date-time either is refused."""
    from zoo_client.models import Animal

    for read in (isoparse, lambda text: Animal.from_dict({**ANIMAL, "bornAt": text})):
        with pytest.raises((ValueError, TypeError)):
            read(text)
