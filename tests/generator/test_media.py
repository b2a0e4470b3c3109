"""Bodies, responses, unions and defaults of a document with many media types, over a socket."""

import datetime
import email.policy
import json
import os
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from generator.build import build

SINCE = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC)
DOG = {"kind": "Dog", "name": "Rex"}
PDF = b"%PDF-1.7 \xff\x00"
PNG = b"\x89PNG\r\n"
OWNER = {
    "since": "2024-02-29T12:30:00Z",
    "id": "01234567-89ab-cdef-0123-456789abcdef",
    "born": "2000-01-01",
    "state": "here",
    "last": None,
    "favourite": {"title": "none"},
}


class Server:
    """Answers with what it is given, and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, str | None, bytes]] = []

    async def __call__(self, request: Request) -> Response:
        await request.body()
        self.requests.append(request)
        status, media_type, content = self.answers.pop(0) if self.answers else (204, None, b"")
        return Response(content, status, headers={"Content-Type": media_type} if media_type else {})

    @property
    def last(self) -> Request:
        return self.requests[-1]

    @property
    def body(self) -> bytes:
        return self.last._body

    def parts(self) -> list[tuple[str, str, str | None, bytes]]:
        """The name, the media type, the filename and the content of each part of the last request."""
        head = f"Content-Type: {self.last.headers['content-type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + self.body, policy=email.policy.HTTP)
        return [
            (
                str(part.get_param("name", header="content-disposition")),
                str(part["content-type"]).replace('"', ""),
                part.get_filename(),
                part.get_payload(decode=True),
            )
            for part in message.iter_parts()
        ]


Call = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that holds media_client, which can be imported."""
    folder = tmp_path_factory.mktemp("media")
    build(Path(__file__).with_name("media.yaml"), folder / "media_client")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def running(serving: Callable[[Starlette], Any]) -> Iterator[tuple[str, Server]]:
    answering = Server()
    methods = ["GET", "POST", "PUT", "PATCH"]
    app = Starlette(routes=[Route("/{rest:path}", answering.__call__, methods=methods)])
    with serving(app) as url:
        yield url, answering


@pytest.fixture
def server(running: tuple[str, Server]) -> Server:
    running[1].answers = []
    return running[1]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, running: tuple[str, Server], server: Server, folder: Path) -> Call:
    """Calls a method of the sync or the async client; the answer is (status, media type, content), by default a 204."""

    def call(method: str, *answers: tuple[int, str | None, bytes], **arguments: Any) -> Any:
        from media_client import AsyncClient, Client

        server.answers = [*answers]

        async def asynchronous() -> Any:
            async with AsyncClient(running[0]) as client:
                return await getattr(client, method)(**arguments)

        if request.param == "async":
            return anyio.run(asynchronous)
        with Client(running[0]) as client:
            return getattr(client, method)(**arguments)

    return call


def answer(body: object, media_type: str = "application/json", status: int = 200) -> tuple[int, str, bytes]:
    return status, media_type, json.dumps(body).encode()


def test_it_passes_the_strict_type_check(folder: Path, require_types: Callable[[Path], None]) -> None:
    """What is generated for bodies, responses and unions of all kinds is typed strictly."""
    require_types(folder / "media_client")


def test_null_is_a_body(call: Call, server: Server) -> None:
    """A JSON body that is None is sent as null."""
    call("send_nullable", body=None)
    assert (server.body, server.last.headers["content-type"]) == (b"null", "application/json")


def test_an_optional_body_that_is_left_out(call: Call, server: Server) -> None:
    """A body that is not given is not sent, and has no media type."""
    call("send_nullable")
    assert (server.body, server.last.headers.get("content-type")) == (b"", None)


def test_a_form(call: Call, server: Server) -> None:
    """A form has booleans and numbers as in JSON, an array as a field an item, an object as JSON, and no null."""
    from media_client.models import Form, FormAddress

    address = FormAddress("123 Example Dr.", number=5)
    form = Form("a&b", old=True, size=1.5, count=7, since=SINCE, tags=["x", "ü"], numbers=[1, 2], address=address)
    form.nothing = None
    call("send_form", body=form)
    assert server.last.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(server.body.decode()) == [
        ("name", "a&b"),
        ("old", "true"),
        ("size", "1.5"),
        ("count", "7"),
        ("since", "2024-02-29T12:30:00+00:00"),
        ("tags", "x"),
        ("tags", "ü"),
        ("numbers", "1"),
        ("numbers", "2"),
        ("address", '{"street":"123 Example Dr.","number":5}'),
    ]


def test_the_parts_of_a_form(call: Call, server: Server) -> None:
    """An object is a part of JSON, an array is a part an item, and a part has the media type of its encoding."""
    from media_client.models import Dog, Form, SendPartsBody
    from media_client.types import File

    dog = Dog.from_dict(DOG)
    body = SendPartsBody(
        form=Form("f"),
        dogs=[dog, dog],
        pages=[File(b"1", "1.txt"), File(b"2", "2.txt", "text/plain")],
        picture=File(PNG, "a.png"),
        anything=File(b"x"),
        choice=True,
        version=2,
        label="# Title",
    )
    body["more"] = dog
    call("send_parts", body=body)
    kinds = {(name, media_type, filename) for name, media_type, filename, _ in server.parts()}
    assert kinds == {
        ("form", "application/vnd.form+json", None),
        ("dogs", "application/json", None),
        ("pages", "application/octet-stream", "1.txt"),
        ("pages", "text/plain", "2.txt"),
        ("picture", "image/png", "a.png"),
        ("anything", "application/octet-stream", "file"),
        ("choice", "text/plain; charset=utf-8", None),
        ("version", "text/plain; charset=utf-8", None),
        ("label", "text/markdown; charset=utf-8", None),
        ("more", "application/json", None),
    }
    contents = [(name, content) for name, _, _, content in server.parts()]
    assert contents.count(("dogs", b'{"kind": "Dog", "name": "Rex"}')) == 2
    assert {("choice", b"true"), ("version", b"2"), ("label", b"# Title"), ("picture", PNG)} <= {*contents}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (7, [b"7"]),
        (False, [b"false"]),
        (["a", "b"], [b"a", b"b"]),
    ],
)
def test_a_part_of_any_type(call: Call, server: Server, choice: Any, sent: list[bytes]) -> None:
    """A part whose type is a union is written as the value that it has, and null is no part."""
    from media_client.models import SendPartsBody

    call("send_parts", body=SendPartsBody(choice=choice, note=None))
    assert [content for _, _, _, content in server.parts()] == sent


def test_a_file_that_has_a_media_type_keeps_it(call: Call, server: Server) -> None:
    """The media type that the caller gives a file goes before that of the encoding."""
    from media_client.models import SendPartsBody
    from media_client.types import File

    call("send_parts", body=SendPartsBody(picture=File(b"x", "a.gif", "image/gif")))
    assert [media_type for _, media_type, _, _ in server.parts()] == ["image/gif"]


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "BytesIO"])
def test_an_upload(call: Call, server: Server, kind: str, tmp_path: Path) -> None:
    """A file of any kind is the body as it is, with its length."""
    from media_client.types import File

    content = os.urandom(200_000)
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file:
        payload = {"bytes": content, "path": path, "file": file, "BytesIO": BytesIO(content)}[kind]
        call("upload", body=File(payload))
    assert server.body == content
    assert server.last.headers["content-length"] == "200000"
    assert server.last.headers["content-type"] == "application/octet-stream"


def test_an_upload_of_unknown_length(call: Call, server: Server) -> None:
    """What cannot be rewound, such as a pipe, is sent in chunks."""
    from media_client.types import File

    reading, writing = os.pipe()
    os.write(writing, b"from a pipe")
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        call("upload", body=File(file))
    assert (server.body, server.last.headers["transfer-encoding"]) == (b"from a pipe", "chunked")


def test_an_upload_is_sent_again(call: Call, server: Server, tmp_path: Path) -> None:
    """After a 429, a file that can be rewound is sent again from its beginning."""
    from media_client.types import File

    path = tmp_path / "file"
    path.write_bytes(PDF)
    before = len(server.requests)
    call("upload", (429, None, b""), (204, None, b""), body=File(path))
    assert [request._body for request in server.requests[before:]] == [PDF, PDF]


def test_an_upload_is_not_sent_twice_if_it_cannot_be(call: Call, server: Server) -> None:
    """After a 429, what cannot be rewound is not sent again."""
    from media_client import RateLimitError
    from media_client.types import File

    reading, writing = os.pipe()
    os.write(writing, PDF)
    os.close(writing)
    before = len(server.requests)
    with os.fdopen(reading, "rb") as file, pytest.raises(RateLimitError):
        call("upload", (429, None, b""), (204, None, b""), body=File(file))
    assert len(server.requests) == before + 1


def test_what_is_no_file(call: Call) -> None:
    """A path in place of a File is an error, and not the text that is uploaded."""
    with pytest.raises(TypeError, match="must be a File"):
        call("upload", body="photo.jpg")


@pytest.mark.parametrize(("mime_type", "sent"), [(None, "image/png"), ("image/jpeg", "image/jpeg")])
def test_the_media_type_of_an_upload(call: Call, server: Server, mime_type: str | None, sent: str) -> None:
    """Of several media types of a file, its own is sent, or else the first."""
    from media_client.types import File

    call("upload_picture", body=File(PNG, mime_type=mime_type))
    assert server.last.headers["content-type"] == sent


def test_a_text(call: Call, server: Server) -> None:
    """A text is sent as UTF-8."""
    call("send_text", body="Grüße")
    assert (server.body.decode(), server.last.headers["content-type"]) == ("Grüße", "text/plain; charset=utf-8")


def test_the_body_chooses_its_media_type(call: Call, server: Server) -> None:
    """Of several media types, the type of the body chooses; one schema is sent as JSON, if that is one of them."""
    from media_client.models import Dog
    from media_client.types import File

    call("send_either", body=Dog.from_dict(DOG))
    assert (json.loads(server.body), server.last.headers["content-type"]) == (DOG, "application/json")
    call("send_either", body=File(PDF))
    assert (server.body, server.last.headers["content-type"]) == (PDF, "application/octet-stream")
    call("send_either")
    assert server.body == b""
    with pytest.raises(TypeError, match="body has the type dict, which is not documented"):
        call("send_either", body=DOG)


@pytest.mark.parametrize("media_type", ["application/json", "APPLICATION/JSON;charset=utf-8", "application/x+json"])
def test_a_response_of_json(call: Call, server: Server, media_type: str) -> None:
    """The media type of the answer chooses how it is parsed: JSON, whatever its name, becomes a model."""
    from media_client.models import Dog

    assert call("get_report", answer(DOG, media_type)) == Dog.from_dict(DOG)
    assert server.last.headers["accept"] == (
        "Application/JSON; charset=utf-8, application/pdf, text/plain, application/problem+json, image/png"
    )


@pytest.mark.parametrize("media_type", ["application/pdf", "application/octet-stream", "image/jpeg", None])
def test_a_response_that_is_a_file(call: Call, media_type: str | None) -> None:
    """What is neither JSON nor text is bytes, if a file is documented."""
    assert call("get_report", (200, media_type, PDF)) == PDF


def test_a_response_of_text(call: Call) -> None:
    """A documented text is one, also where a file is documented."""
    assert call("get_report", (200, "text/plain; charset=latin-1", "Grüße".encode("latin-1"))) == "Grüße"


def test_a_page_in_place_of_a_response(call: Call) -> None:
    """An HTML page, as a proxy sends it, is an error."""
    from media_client import ApiError

    with pytest.raises(ApiError, match="not what the document promises: text/html"):
        call("get_report", (200, "text/html", b"<p>Sign in</p>"))


def test_a_success_without_a_body_beside_a_file(call: Call) -> None:
    """A status without a documented body is None; an empty file is an error."""
    from media_client import ApiError

    assert call("get_report", (202, None, b"")) is None
    with pytest.raises(ApiError, match="empty body"):
        call("get_report", (200, "application/pdf", b""))


def test_a_file_as_a_stream(running: tuple[str, Server], server: Server, folder: Path) -> None:
    """An operation that may answer with a file can be streamed."""
    from media_client import AsyncClient, Client

    server.answers = [(200, "application/pdf", PDF)] * 2
    with Client(running[0]) as client, client.get_report_stream() as body:
        assert body.read() == PDF

    async def asynchronous() -> bytes:
        async with AsyncClient(running[0]) as client, client.get_report_stream() as body:
            content: bytes = await body.read()
            return content

    assert anyio.run(asynchronous) == PDF


def test_errors_by_media_type(call: Call) -> None:
    """The media type of an error chooses how it is parsed; a page of a proxy is not parsed."""
    from media_client.models import Problem

    parsed = [
        call("get_report_detailed", each).parsed
        for each in [
            answer({"title": "gone"}, "application/problem+json", 404),
            (404, "image/png", PNG),
            (404, "text/plain", b"gone"),
            (404, "text/html", b"<p>gone</p>"),
        ]
    ]
    assert parsed == [Problem("gone"), PNG, "gone", None]


@pytest.mark.parametrize("method", ["get_file", "get_image", "get_anything"])
def test_a_file_without_a_schema(call: Call, method: str) -> None:
    """A media type that is not parsed gives bytes, with or without a schema, and whatever the answer says it is."""
    for media_type in ("application/octet-stream", "image/png", "application/json"):
        assert call(method, (200, media_type, PNG)) == PNG


def test_anything_may_be_a_text(call: Call) -> None:
    """Where any media type is documented, a text is not taken for a page of a proxy."""
    assert call("get_anything", (200, "text/plain", b"text")) == b"text"


def test_what_is_also_json(call: Call, server: Server) -> None:
    """What can be had as JSON is asked for as JSON alone, and is a model."""
    from media_client import ApiError
    from media_client.models import Dog

    assert call("get_dog", answer(DOG)) == Dog.from_dict(DOG)
    assert server.last.headers["accept"] == "application/json"
    with pytest.raises(ApiError, match="not what the document promises: application/xml"):
        call("get_dog", (200, "application/xml", b"<Dog/>"))


def test_two_media_types_of_json(call: Call) -> None:
    """Two kinds of JSON are told apart by their names, and JSON without a schema is any value."""
    from media_client.models import Dog

    assert call("get_versions", answer(DOG, "application/vnd.dog+json")) == Dog.from_dict(DOG)
    assert call("get_versions", answer([1, DOG])) == [1, DOG]


def test_a_discriminator_chooses_the_model(call: Call) -> None:
    """The model is the one that the discriminator names, by the name of the schema or by the mapping."""
    from media_client.models import Cat, Dog

    kinds = ["Dog", "Cat", "dog", "big dog"]
    pets = call("get_pets", answer([{"kind": kind, "name": "x"} for kind in kinds]))
    assert pets == [Dog("Dog", "x"), Cat("Cat", "x"), Dog("dog", "x"), Dog("big dog", "x")]


def test_a_discriminator_that_is_not_documented(call: Call) -> None:
    """A value that names no model is an error, unless the type has room for any object."""
    from media_client import ApiError

    with pytest.raises(ApiError, match="not what the document promises"):
        call("get_pets", answer([{"kind": "Fish", "name": "x"}]))
    fish = {"kind": "Fish", "name": "x"}
    assert call("get_owner", answer({**OWNER, "guest": fish})).guest.to_dict() == fish


def test_discriminators_in_unions(call: Call) -> None:
    """A discriminator works in a union that may be null, and beside that of another union."""
    from media_client.models import Bird, Dog
    from media_client.types import UNSET

    pets = [call("get_owner", answer({**OWNER, "pet": pet})).pet for pet in (DOG, None)]
    assert pets == [Dog.from_dict(DOG), None]
    assert call("get_owner", answer(OWNER)).pet is UNSET
    bird = {"kind": "Bird", "name": "x"}
    assert call("get_owner", answer({**OWNER, "tree": bird})).tree == Bird.from_dict(bird)
    assert call("get_owner", answer({**OWNER, "tree": DOG})).tree == Dog.from_dict(DOG)


def test_the_discriminator_of_a_parent(call: Call, server: Server) -> None:
    """What is documented as the parent is the child that its discriminator names, or else the parent itself."""
    from media_client.models import Bicycle, Cart, Sailboat, Tandem, Vehicle

    bicycle = {"power": "human", "gears": 3}
    values = [bicycle, {"power": "Tandem"}, {"power": "wind", "sails": 2}, {"power": "steam"}, {"power": "Cart"}]
    kinds = [Bicycle, Tandem, Sailboat, Vehicle, Cart]
    found = call("send_vehicle", answer(values), body=Vehicle("steam"))
    assert [type(each) for each in found] == kinds
    assert [each.to_dict() for each in found] == values
    groups = {"owner": {"vehicles": [bicycle]}, "fleet": {"a": bicycle}}
    whole = {"power": "Tandem", "spare": bicycle, "behind": bicycle, **groups}
    (tandem,) = call("send_vehicle", answer([whole]), body=Bicycle("human", gears=3))
    assert json.loads(server.body) == bicycle
    others = [tandem.spare, tandem.behind, tandem.fleet["a"], *tandem.owner.vehicles]
    assert [type(each) for each in others] == [Bicycle] * 4
    assert tandem.to_dict() == whole


@pytest.mark.parametrize("missing", [{}, None], ids=["missing", "null"])
@pytest.mark.parametrize("name", ["since", "id", "born", "state", "favourite"])
def test_a_missing_property_does_not_lose_the_others(call: Call, name: str, missing: object) -> None:
    """A required date-time, date, UUID, enum or union that is missing or null is UNSET, and is not written either."""
    from media_client.models import Problem
    from media_client.types import UNSET

    body = {**OWNER, name: None} if missing is None else {key: OWNER[key] for key in OWNER if key != name}
    owner = call("get_owner", answer(body))
    assert getattr(owner, name) is UNSET
    assert (owner.since, owner.favourite).count(UNSET) == (name in ("since", "favourite"))
    assert owner.favourite in (Problem("none"), UNSET)
    assert owner.to_dict() == {key: value for key, value in body.items() if key != name} | (
        {} if name == "since" else {"since": "2024-02-29T12:30:00+00:00"}
    )


def test_a_missing_property_that_may_be_null(call: Call) -> None:
    """A required property that may be null is None if it is missing."""
    assert call("get_owner", answer({key: OWNER[key] for key in OWNER if key != "last"})).last is None


def test_defaults(call: Call, server: Server) -> None:
    """A default is what the document says, in each of its characters, and of its type."""
    from media_client.models import Defaults, DefaultsColour, DefaultsLevel

    defaults = Defaults()
    assert (defaults.colour, defaults.level) == (DefaultsColour.LIGHT_BLUE, DefaultsLevel.VALUE_2)
    assert (defaults.day, defaults.id) == (
        datetime.date(2024, 2, 29),
        UUID("01234567-89ab-cdef-0123-456789abcdef"),
    )
    call("send_defaults", body=defaults)
    assert json.loads(server.body) == {
        "quoted": 'a"b',
        "backslash": r"a\b\\c\n",
        "lines": "a\nb\tc\r\0",
        "apostrophe": "it's {braces} %s \u2028 é 😀",
        "both": "'\"\\",
        "colour": "light blue",
        "odd": r"c\d",
        "level": 2,
        "day": "2024-02-29",
        "moment": "2024-02-29T12:00:00+00:00",
        "id": "01234567-89ab-cdef-0123-456789abcdef",
        "yes": True,
        "no": False,
        "whole": 0,
        "real": 1.5,
        "number_or_text": "1",
        "text_or_number": 1,
        "nullable": "x",
    }
    assert server.last.query_params["quoted"] == 'a"b'
