"""The options of a client: what is refused at once, and other options for one call."""

import math
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_client import AsyncClient, Client, DeadlineExceeded, ServerError
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
CONTOSO = "https://contoso.cognitiveservices.azure.com"
DAY = 24 * 60 * 60

OUT_OF_RANGE = [
    *(
        {name: value}
        for name in ("deadline", "stall_timeout", "timeout")
        for value in (0, -1, math.nan, math.inf, DAY + 1)
    ),
    {"timeout": httpx.Timeout(5, read=-1)},
    {"timeout": 10**400},
    {"max_retries": -1},
    {"max_retries": 101},
    {"max_retries": 5000},
]
OF_THE_WRONG_TYPE = [
    *({name: value} for name in ("deadline", "stall_timeout", "timeout") for value in ("ten", True, [1])),
    {"max_retries": 0.5},
    {"max_retries": None},
    {"max_retries": True},
    {"max_retries": "3"},
]


@pytest.mark.parametrize(
    "options", [*OUT_OF_RANGE, {"requests_per_second": 0}, {"requests_per_second": math.inf}], ids=str
)
def test_a_number_out_of_range_is_refused(options: dict[str, Any]) -> None:
    """A number that makes no sense is refused when the client is made, and named."""
    name = next(iter(options))
    for kind in (Client, AsyncClient):
        with pytest.raises(ValueError, match=f"^{name}"):
            kind(CONTOSO, **options)


@pytest.mark.parametrize("options", [*OF_THE_WRONG_TYPE, {"requests_per_second": "ten"}], ids=str)
def test_a_value_of_the_wrong_type_is_refused(options: dict[str, Any]) -> None:
    """What is not a number where one is needed is refused when the client is made, and named."""
    name = next(iter(options))
    for kind in (Client, AsyncClient):
        with pytest.raises(TypeError, match=f"^{name}"):
            kind(CONTOSO, **options)


@pytest.mark.parametrize("options", [*OUT_OF_RANGE, *OF_THE_WRONG_TYPE], ids=str)
def test_with_options_refuses_the_same(client: Client, options: dict[str, Any]) -> None:
    """`with_options` is as strict as the client itself."""
    with pytest.raises((TypeError, ValueError), match=f"^{next(iter(options))}"):
        client.with_options(**options)


@pytest.mark.parametrize(
    "options", [{"deadline": None, "timeout": None, "stall_timeout": None}, {"max_retries": 100}], ids=str
)
def test_what_is_in_range_is_accepted(options: dict[str, Any]) -> None:
    """None is no limit, and a hundred retries are possible."""
    assert Client(CONTOSO, **options).with_options(**options)


def test_options_are_for_the_copy_alone(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """`with_options` changes nothing about the client that it was called on."""
    client = make_client(face_emulator.endpoint, headers={"X-Mine": "1"})
    other = client.with_options(headers={"x-mine": "2"}, deadline=5, max_retries=1, stall_timeout=None)

    for each in (other, client):
        call(each, SAMPLE_IMAGE_ID)

    assert [request.headers["x-mine"] for request in face_emulator.requests] == ["2", "1"]
    assert (other.deadline, other.max_retries, other.stall_timeout) == (5, 1, None)
    assert (client.deadline, client.max_retries, client.stall_timeout) == (120, 0, 30)


def test_a_copy_shares_the_connections(
    call: Call, make_client: Callable[..., Any], serve_each: Callable[..., Any]
) -> None:
    """Calls with other options use the same connection."""
    server = serve_each(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage")
    client = make_client(server.endpoint)

    for each in (client.with_options(deadline=5), client, client.with_options(max_retries=0)):
        assert call(each, "id") == b"image"

    assert server.visitors == 1


def test_options_are_used(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """The options of a copy are those of its calls."""
    client = make_client(face_emulator.endpoint)
    face_emulator.faults.add(Fault(status=503, times=1))
    with pytest.raises(ServerError):
        call(client.with_options(max_retries=0), SAMPLE_IMAGE_ID)

    face_emulator.faults.add(Fault(delay=20, times=2))
    with pytest.raises(httpx.ReadTimeout, match=r"for 0\.2 s"):
        call(client.with_options(timeout=0.2, max_retries=0), SAMPLE_IMAGE_ID)
    with pytest.raises(DeadlineExceeded, match=r"within 0\.2 s"):
        call(client.with_options(deadline=0.2), SAMPLE_IMAGE_ID)


def test_a_timeout_is_used_with_an_httpx_client_of_the_callers(
    make_client: Callable[..., Client], face_emulator: Emulator
) -> None:
    """The timeouts of a caller's httpx client hold, unless `with_options` says otherwise."""
    client = make_client(face_emulator.endpoint, max_retries=0).set_httpx_client(httpx.Client(timeout=0.2))
    face_emulator.faults.add(Fault(delay=1))

    with pytest.raises(httpx.ReadTimeout, match=r"for 0\.2 s"):
        client.get_session_image(SAMPLE_IMAGE_ID)

    assert client.with_options(timeout=20).get_session_image(SAMPLE_IMAGE_ID)


def test_a_header_that_cannot_be_sent_is_refused(client: Client) -> None:
    """`with_options` checks headers as the client does, and does not repeat their values."""
    with pytest.raises(ValueError, match="the header X-Mine has a line break") as caught:
        client.with_options(headers={"X-Mine": "secret\r\nX-Other: 1"})

    assert "secret" not in str(caught.value)


def test_closing_a_copy_closes_both(make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """A client and its copies have one set of connections, which is closed once."""
    client = make_client(face_emulator.endpoint)
    client.with_options(deadline=5).close()

    with pytest.raises(RuntimeError, match="the client has been closed"):
        client.get_session_image(SAMPLE_IMAGE_ID)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"headers": "x"}, TypeError),
        ({"headers": {"X-A": 1}}, TypeError),
        ({"headers": {"a b": "c"}}, ValueError),
        ({"headers": {"\xe9": "c"}}, ValueError),
        ({"httpx_args": {"frob": 1}}, TypeError),
    ],
    ids=str,
)
def test_what_httpx_would_refuse_later_is_refused_at_once(options: dict[str, Any], error: type[Exception]) -> None:
    """A header that cannot be sent, or an argument that httpx does not have, is refused when the client is made."""
    for kind in (Client, AsyncClient):
        with pytest.raises(error, match=r"header|httpx_args"):
            kind(CONTOSO, **options)
