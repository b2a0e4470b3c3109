"""What a generated client sends for parameters: the style table of OpenAPI 3.1 with the examples of RFC 6570."""

import datetime
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

ARRAY = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}
BOTH = ["sync", "async"]
Call = Callable[..., str]

PATHS = {
    "simple_text": ("blue", "blue"),
    "simple_array": (ARRAY, "blue,black,brown"),
    "simple_array_exploded": (ARRAY, "blue,black,brown"),
    "simple_object": (RGB, "R,100,G,200,B,150"),
    "simple_object_exploded": (RGB, "R=100,G=200,B=150"),
    "label_text": ("blue", ".blue"),
    "label_array": (ARRAY, ".blue,black,brown"),
    "label_array_exploded": (ARRAY, ".blue.black.brown"),
    "label_object": (RGB, ".R,100,G,200,B,150"),
    "label_object_exploded": (RGB, ".R=100.G=200.B=150"),
    "matrix_text": ("blue", ";color=blue"),
    "matrix_array": (ARRAY, ";color=blue,black,brown"),
    "matrix_array_exploded": (ARRAY, ";color=blue;color=black;color=brown"),
    "matrix_object": (RGB, ";color=R,100,G,200,B,150"),
    "matrix_object_exploded": (RGB, ";R=100;G=200;B=150"),
}
QUERIES = {
    "form_text": ("blue", "color=blue"),
    "form_array": (ARRAY, "color=blue,black,brown"),
    "form_array_exploded": (ARRAY, "color=blue&color=black&color=brown"),
    "form_object": (RGB, "color=R,100,G,200,B,150"),
    "form_object_exploded": (RGB, "R=100&G=200&B=150"),
    "space_delimited_array": (ARRAY, "color=blue%20black%20brown"),
    "space_delimited_object": (RGB, "color=R%20100%20G%20200%20B%20150"),
    "pipe_delimited_array": (ARRAY, "color=blue%7Cblack%7Cbrown"),
    "pipe_delimited_object": (RGB, "color=R%7C100%7CG%7C200%7CB%7C150"),
    "deep_object_object": (RGB, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
}
HEADERS = {
    "header_text": ("blue", "blue"),
    "header_array": (ARRAY, "blue,black,brown"),
    "header_array_exploded": (ARRAY, "blue,black,brown"),
    "header_object": (RGB, "R,100,G,200,B,150"),
    "header_object_exploded": (RGB, "R=100,G=200,B=150"),
}
COOKIES = {
    "cookie_text": ("blue", "color=blue"),
    "cookie_array": (ARRAY, "color=blue,black,brown"),
    "cookie_object": (RGB, "color=R,100,G,200,B,150"),
}


@pytest.fixture(scope="module")
def server(styles_folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A server that keeps the head of each request as it is on the wire, and announces a body that never comes."""
    heads: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                head = b""
                while not head.endswith(b"\r\n\r\n") and (data := connection.recv(65536)):
                    head += data
                heads.append(head.decode("ascii"))
                status = 404 if "/404" in heads[-1] else 200 if head.startswith(b"HEAD") else 204
                fields = "Content-Length: 5\r\nContent-Encoding: gzip\r\nX-Color: blue\r\nConnection: close"
                connection.sendall(f"HTTP/1.1 {status} Done\r\n{fields}\r\n\r\n".encode())

    thread = threading.Thread(target=answer)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture(params=BOTH)
def result(request: pytest.FixtureRequest, server: tuple[str, list[str]]) -> Callable[..., Any]:
    """Calls a method of the sync or the async client, and returns its result."""

    def result(method: str, *arguments: Any, options: dict[str, Any] | None = None, **more: Any) -> Any:
        from styles_client import AsyncClient, Client

        async def asynchronous() -> Any:
            async with AsyncClient(server[0], **(options or {})) as client:
                return await getattr(client, method)(*arguments, **more)

        if request.param == "async":
            return anyio.run(asynchronous)
        with Client(server[0], **(options or {})) as client:
            return getattr(client, method)(*arguments, **more)

    return result


@pytest.fixture
def call(result: Callable[..., Any], server: tuple[str, list[str]]) -> Call:
    """Calls a method, and returns the head of the request."""

    def call(method: str, *arguments: Any, **more: Any) -> str:
        result(method, *arguments, **more)
        return server[1][-1]

    return call


def _argument(value: object) -> object:
    from styles_client.models import Color

    return Color.from_dict(value) if isinstance(value, dict) else value


def _target(head: str) -> str:
    return head.split(" ", 2)[1].removeprefix("/api/v1")


def _header(head: str, name: str) -> str | None:
    found = re.search(rf"^{name}: (.*?)\r$", head, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else None


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@pytest.mark.parametrize(("method", "value", "sent"), [(name, *case) for name, case in PATHS.items()], ids=PATHS)
def test_a_parameter_of_the_path(call: Call, method: str, value: object, sent: str) -> None:
    """Each style of a path parameter is a part of the path."""
    assert _target(call(method, _argument(value))) == f"/{_camel_case(method)}/{sent}"


@pytest.mark.parametrize(("method", "value", "sent"), [(name, *case) for name, case in QUERIES.items()], ids=QUERIES)
def test_a_parameter_of_the_query(call: Call, method: str, value: object, sent: str) -> None:
    """Each style of a query parameter is a query."""
    assert _target(call(method, color=_argument(value))) == f"/{_camel_case(method)}?{sent}"


@pytest.mark.parametrize(("method", "value", "sent"), [(name, *case) for name, case in HEADERS.items()], ids=HEADERS)
def test_a_parameter_of_the_head(call: Call, method: str, value: object, sent: str) -> None:
    """The style of a header is comma-separated text."""
    assert _header(call(method, x_color=_argument(value)), "X-Color") == sent


@pytest.mark.parametrize(("method", "value", "sent"), [(name, *case) for name, case in COOKIES.items()], ids=COOKIES)
def test_a_cookie(call: Call, method: str, value: object, sent: str) -> None:
    """The style of a cookie is one name with one value."""
    assert _header(call(method, color=_argument(value)), "Cookie") == sent


def test_an_empty_text(call: Call) -> None:
    """Empty text is a name without a value, or an empty header."""
    assert _target(call("matrix_text", "")) == "/matrixText/;color"
    assert _target(call("form_text", color="")) == "/formText?color="
    assert _header(call("header_text", x_color=""), "X-Color") == ""
    assert _header(call("cookie_text", color=""), "Cookie") == "color="


def test_an_undefined_value(call: Call) -> None:
    """What is unset, or an empty array or object, is not sent."""
    assert _target(call("form_text")) == "/formText"
    assert _target(call("form_array", color=[])) == "/formArray"
    assert _target(call("deep_object_object", color=_argument({}))) == "/deepObjectObject"
    assert _header(call("header_array", x_color=[]), "X-Color") is None
    assert _header(call("cookie_array", color=[]), "Cookie") is None


def test_a_default(call: Call) -> None:
    """The default of an array or an object is sent, as any other, unless an empty one is given."""
    from urllib.parse import parse_qsl, urlsplit

    request = call("defaults")
    assert parse_qsl(urlsplit(_target(request)).query) == [
        ("colors", "red"),
        ("colors", "it's"),
        ("kinds", "fish"),
        ("filter", '{"a":[1]}'),
        ("either", "x"),
    ]
    assert _header(request, "sizes") == "1,2"
    request = call("defaults", colors=["blue"], kinds=[], sizes=[], either="y", filter_=_argument({}))
    assert _target(request) == "/defaults?colors=blue&filter=%7B%7D&either=y"
    assert _header(request, "sizes") is None


def test_a_required_value_that_is_undefined(call: Call) -> None:
    """A required parameter is never left out: an empty array is an error."""
    assert _target(call("required", ids=[1], more=[])) == "/required?ids=1"
    with pytest.raises(ValueError, match="ids is required, and must not be empty"):
        call("required", ids=[])


def test_reserved_characters(call: Call) -> None:
    """With allowReserved, they are sent as they are, but for those that would end or change the query."""
    assert _target(call("reserved", color="a/b:c,d?e%20f#[g]&h+i j%")) == (
        "/reserved?color=a/b:c,d?e%20f%23%5Bg%5D%26h%2Bi%20j%25"
    )
    assert _target(call("reserved", colors=["a/b", "c,d"])) == "/reserved?colors=a/b,c%2Cd"
    assert _target(call("form_text", color="a/b,c&d")) == "/formText?color=a%2Fb%2Cc%26d"


def test_types(call: Call) -> None:
    """Numbers, booleans, dates and enums are text as in JSON, wherever they are."""
    from styles_client.models import Kind

    day = datetime.date(2024, 2, 29)
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC)
    head = call(
        "types",
        day,
        x_when=moment,
        x_count=7,
        x_kind=Kind.BIRD,
        x_flags=[True, False],
        count=1.5,
        flag_cookie=True,
        on=day,
        kind=Kind.FISH,
        id=uuid.UUID(int=7),
        ratio=0.25,
        flag_query=False,
    )
    assert _target(head) == "/types/2024-02-29?id=00000000-0000-0000-0000-000000000007&ratio=0.25&flag=false"
    assert _header(head, "X-When") == "2024-02-29T12:30:00+00:00"
    assert (_header(head, "X-Count"), _header(head, "X-Kind")) == ("7", "bird")
    assert _header(head, "X-Flags") == "true,false"
    assert _header(head, "Cookie") == "count=1.5; flag=true; on=2024-02-29; kind=fish"
    assert _header(head, "Accept") == "*/*"


def test_a_parameter_with_content(call: Call) -> None:
    """A parameter with the content application/json is sent as JSON, wherever it is."""
    from styles_client.models import Area, Kind

    area = Area([1.5], since=datetime.date(2024, 2, 29), kind=Kind.BIRD)
    head = call("as_json", Area([1]), filter_query=area, x_filter=Area([2]), filter_cookie=Area([3]))
    text = "%7B%22size%22%3A%5B1.5%5D%2C%22since%22%3A%222024-02-29%22%2C%22kind%22%3A%22bird%22%7D"
    assert _target(head) == f"/json/%7B%22size%22%3A%5B1%5D%7D?filter={text}"
    assert _header(head, "X-Filter") == '{"size":[2]}'
    assert _header(head, "Cookie") == "filter=%7B%22size%22%3A%5B3%5D%7D"


def test_a_path_behind_a_reference(call: Call) -> None:
    """The operations of a path item behind $ref are there, with the parameters of the path that they do not replace."""
    from styles_client import Client

    assert _target(call("shared", 7, depth="a")) == "/shared/7?depth=a"
    assert "id (int): Which one." in (Client.shared.__doc__ or "")


def test_a_response_to_head(result: Callable[..., Any]) -> None:
    """A HEAD call, as one that ends with 204, returns at once, whatever Content-Length says, with None or an error."""
    from styles_client import NotFoundError

    assert result("shared_head", 7, options={"deadline": 20}) is None
    detailed = result("shared_head_detailed", 7, depth=1)
    assert (detailed.status_code, detailed.parsed, detailed.content) == (200, None, b"")
    assert (detailed.headers["x-color"], detailed.headers["content-length"]) == ("blue", "5")
    with pytest.raises(NotFoundError):
        result("shared_head", 404)


def test_parameters_of_the_httpx_client(call: Call) -> None:
    """Query parameters of every request are added to the query of a call, which overrides them."""
    options = {"httpx_args": {"params": {"color": "red", "tenant": "a b"}}}
    assert _target(call("form_array", options=options, color=ARRAY)) == "/formArray?tenant=a+b&color=blue,black,brown"
    assert _target(call("form_text", options=options)) == "/formText?color=red&tenant=a+b"


def test_it_passes_the_strict_type_check(styles_folder: Path, require_types: Callable[[Path], None]) -> None:
    """The generated calls are typed strictly."""
    require_types(styles_folder / "styles_client")
