"""The operation as each method: what goes over the wire, what comes back, and what counts as success."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face_client import (
    ApiError,
    AsyncClient,
    AuthenticationError,
    Client,
    DeadlineExceeded,
    IncompleteBody,
    NotFoundError,
    __version__,
)
from face_client.api.liveness_session_operations import get_session_image
from face_client.document import API_VERSION
from face_client.models import FaceError, FaceErrorResponse
from face_client.types import Response
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, Any], bytes]
Detailed = Callable[[Any, Any], Response[Any]]
FOLDER = f"/face/{API_VERSION}/sessionImages/"


def test_returns_the_image(call: Call, client: Client, face_emulator: Emulator) -> None:
    """Every method that returns the image returns exactly the bytes that the service has."""
    image = call(client, SAMPLE_IMAGE_ID)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    assert type(image) is bytes


def test_sends_one_get(send: Call, client: Client, face_emulator: Emulator) -> None:
    """Every method sends one GET to the path of the document, without a query, and these headers, once each."""
    send(client, SAMPLE_IMAGE_ID)

    (request,) = face_emulator.requests
    assert (request.method, request.path, request.query) == ("GET", FOLDER + SAMPLE_IMAGE_ID, "")
    assert sorted(request.headers.items()) == [
        ("accept", "application/octet-stream, application/json"),
        ("accept-encoding", "identity"),
        ("connection", "keep-alive"),
        ("host", face_emulator.endpoint.removeprefix("http://")),
        ("ocp-apim-subscription-key", "emulator-key"),
        ("user-agent", f"face-client/{__version__}"),
        ("x-ms-client-request-id", request.headers["x-ms-client-request-id"]),
    ]


def test_a_gateway_path_comes_first(make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """The path of a gateway's endpoint stands before the path of the document."""
    # The emulator serves no such path; what counts here is what was asked for.
    with pytest.raises(NotFoundError):
        make_client(f"{face_emulator.endpoint}/team-a/apis/").get_session_image(SAMPLE_IMAGE_ID)

    assert face_emulator.requests[0].path == f"/team-a/apis{FOLDER}{SAMPLE_IMAGE_ID}"


IDS = [
    "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I",
    "a/b",
    "/",
    "a//b",
    "../../secrets",
    "..%2f",
    "%2e%2e",
    "%",
    "%zz",
    "...",
    ". ",
    " ",
    "?",
    "a?b=c",
    "#",
    "\r\nX-Injected: yes",
    "\t",
    "\0",
    "\x7f",
    "..\\..",
    "a+b=&c",
    ";a=b",
    "user:pass@host",
    "//evil.invalid/x",
    "https://evil.invalid/x",
    "{session_image_id}",
    "é",
    "e\u0301",
    "\u202e\u200b",
    "\U0001f600",
    "x" * 4000,
]


def test_an_id_is_one_segment(send: Call, client: Client, face_emulator: Emulator) -> None:
    """Whatever stands in an id arrives as it is, percent-encoded in one segment of the path."""
    for image_id in IDS:
        face_emulator.images[image_id] = image_id.encode()

        response = send(client, image_id)

        assert getattr(response, "parsed", response) == image_id.encode()
    assert [request.path for request in face_emulator.requests] == [FOLDER + quote(each, safe="") for each in IDS]
    assert {request.query for request in face_emulator.requests} == {""}


@settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(image_id=st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_id_arrives_or_is_refused(client: Client, face_emulator: Emulator, image_id: str) -> None:
    """Any text is refused before anything is sent, or is exactly what the server finds in the last segment."""
    before = len(face_emulator.requests)

    if image_id in ("", ".", "..") or any("\ud800" <= character <= "\udfff" for character in image_id):
        with pytest.raises(ValueError, match="session_image_id"):
            client.get_session_image_detailed(image_id)
        assert len(face_emulator.requests) == before
    else:
        assert client.get_session_image_detailed(image_id).status_code == 404
        (request,) = face_emulator.requests[before:]
        folder, _, last = request.path.rpartition("/")
        assert folder + "/" == FOLDER
        assert unquote(last, errors="strict") == image_id
        assert request.query == ""


@pytest.mark.parametrize(
    ("image_id", "error", "says"),
    [
        ("", ValueError, "session_image_id must not be ''"),
        (".", ValueError, r"session_image_id must not be '\.'"),
        ("..", ValueError, r"session_image_id must not be '\.\.'"),
        ("a\ud800", ValueError, "session_image_id .*surrogate"),
        (None, TypeError, "session_image_id must be a string"),
        (b"bytes", TypeError, "session_image_id must be a string"),
        ("x" * 70_000, ValueError, "the request cannot be sent"),
    ],
    ids=["empty", "dot", "dots", "surrogate", "None", "bytes", "long"],
)
def test_an_id_that_is_none_is_refused(
    client: Client, face_emulator: Emulator, image_id: Any, error: type[Exception], says: str
) -> None:
    """What cannot be an id, or would mean another path, is refused in words before anything is sent."""
    with pytest.raises(error, match=says):
        client.get_session_image(image_id)

    assert face_emulator.requests == ()


def test_every_method_refuses_an_empty_id(send: Call, client: Client, face_emulator: Emulator) -> None:
    """An id is looked at by every method."""
    with pytest.raises(ValueError, match="session_image_id must not be ''"):
        send(client, "")

    assert face_emulator.requests == ()


@pytest.mark.parametrize("media_type", ["application/octet-stream", "application/json", "image/jpeg", "x/y"])
def test_a_200_is_the_image_with_any_media_type_of_a_file(
    client: Client, face_emulator: Emulator, media_type: str
) -> None:
    """With either media type that the service documents, and with an image's own, the body is the bytes."""
    face_emulator.faults.add(Fault(content_type=media_type))

    assert client.get_session_image(SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_200_without_a_media_type_is_the_image(
    make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A body that nobody has described is taken as what was asked for."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage")

    assert make_client(server.endpoint).get_session_image("id") == b"image"


def test_an_empty_200_is_an_error(call: Call, client: Client, face_emulator: Emulator) -> None:
    """A body of no bytes, announced as such, is complete and still no image."""
    face_emulator.faults.add(Fault(body=b"", status=200))

    with pytest.raises(ApiError, match="200 OK: empty body"):
        call(client, SAMPLE_IMAGE_ID)


def test_detailed_returns_an_empty_200(detailed: Detailed, client: Client, face_emulator: Emulator) -> None:
    """The `_detailed` methods return an empty body as what it is, and None in place of the image."""
    face_emulator.faults.add(Fault(body=b"", status=200))

    response = detailed(client, SAMPLE_IMAGE_ID)

    assert (response.status_code, response.content, response.parsed) == (200, b"", None)


def _page(error: ApiError, media_type: str) -> None:
    assert error.status_code == 200
    assert media_type in str(error)
    assert error.excerpt == "<h1>Please sign in</h1>"
    assert error.error is None


@pytest.mark.parametrize("media_type", ["text/html", "TEXT/HTML; charset=utf-8", "text/plain", "Application/XHTML+xml"])
def test_a_200_with_a_page_is_an_error(client: Client, face_emulator: Emulator, media_type: str) -> None:
    """The page of a gateway is no image, whatever its status says."""
    face_emulator.faults.add(Fault(status=200, body=b"<h1>Please sign in</h1>", content_type=media_type))

    with pytest.raises(ApiError) as caught:
        client.get_session_image(SAMPLE_IMAGE_ID)

    _page(caught.value, media_type)


@pytest.mark.parametrize(
    "fault", [Fault(status=201), Fault(status=204), Fault(status=206, body=b"half"), Fault(html=True)]
)
def test_another_success_is_an_error(call: Call, client: Client, face_emulator: Emulator, fault: Fault) -> None:
    """The document promises 200 with a file alone: a part of an image, for example, is no image."""
    face_emulator.faults.add(fault)

    with pytest.raises(ApiError, match="promise") as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert caught.value.status_code == (fault.status or 200)
    assert type(caught.value) is ApiError


def test_detailed_hands_out_a_page_unparsed(detailed: Detailed, client: Client, face_emulator: Emulator) -> None:
    """The `_detailed` methods return a page with status 200 as what it is, and parse nothing."""
    face_emulator.faults.add(Fault(html=True, status=200))

    response = detailed(client, SAMPLE_IMAGE_ID)

    assert response.status_code == 200
    assert response.parsed is None
    assert b"Gateway" in response.content


def test_detailed_returns_any_status(detailed: Detailed, client: Client, face_emulator: Emulator) -> None:
    """The `_detailed` methods raise for no status, documented or not."""
    for status in (201, 204, 206, 302, 304):
        face_emulator.faults.add(Fault(status=status, times=1))

        response = detailed(client, SAMPLE_IMAGE_ID)

        assert (response.status_code, response.parsed) == (status, None)


def test_detailed_returns_status_headers_and_image(detailed: Detailed, client: Client, face_emulator: Emulator) -> None:
    """The `_detailed` methods return a success with its status, headers and body."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    response = detailed(client, SAMPLE_IMAGE_ID)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["Content-Length"] == str(len(image))
    assert response.content == image
    assert response.parsed == image


def test_detailed_returns_a_documented_error(detailed: Detailed, client: Client) -> None:
    """The `_detailed` methods return an error with its status, headers and parsed body."""
    response = detailed(client, "unknown")

    assert response.status_code == 404
    assert response.headers["x-ms-error-code"] == "SessionNotFound"
    assert isinstance(response.parsed, FaceErrorResponse)
    assert isinstance(response.parsed.error, FaceError)
    assert response.parsed.error.code == "SessionNotFound"
    assert response.parsed.error.message.startswith("Session image ID is not found")


def test_an_unknown_id_is_not_found(call: Call, client: Client) -> None:
    """The methods that return the image raise NotFoundError, with what the service says, where there is none."""
    with pytest.raises(NotFoundError) as caught:
        call(client, "unknown")

    assert caught.value.status_code == 404
    assert caught.value.code == "SessionNotFound"
    assert isinstance(caught.value.error, FaceErrorResponse)


def test_a_wrong_key_is_refused(call: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """A key that the service does not know raises AuthenticationError."""
    client = make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth("wrong"))

    with pytest.raises(AuthenticationError, match="Access denied"):
        call(client, SAMPLE_IMAGE_ID)


# That each method is wired to what the tests of the runtime look at


def test_each_method_retries(send: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """After a failure that passes, every method has the image."""
    face_emulator.faults.add(Fault(status=503, retry_after="0.01", times=2))

    response = send(make_client(face_emulator.endpoint, max_retries=2), SAMPLE_IMAGE_ID)

    assert getattr(response, "parsed", response) == face_emulator.images[SAMPLE_IMAGE_ID]
    assert len(face_emulator.requests) == 3


def test_each_method_has_a_deadline(send: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """A server that says nothing is left at the deadline by every method."""
    face_emulator.faults.add(Fault(delay=30))

    with pytest.raises(DeadlineExceeded, match=r"within 0\.3 s"):
        send(make_client(face_emulator.endpoint, deadline=0.3), SAMPLE_IMAGE_ID)


def test_each_stream_notices_a_stall(stream: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """The `stall_timeout` of the client is that of its streams."""
    face_emulator.faults.add(Fault(chunk_size=100, chunk_delay=30))

    with pytest.raises(httpx.ReadTimeout, match=r"less than 1024 bytes"):
        stream(make_client(face_emulator.endpoint, stall_timeout=0.3), SAMPLE_IMAGE_ID)


def test_each_method_notices_half_a_body(send: Call, client: Client, face_emulator: Emulator) -> None:
    """A body that breaks off is an IncompleteBody for every method."""
    face_emulator.faults.add(Fault(truncate=1000))

    with pytest.raises(IncompleteBody) as caught:
        send(client, SAMPLE_IMAGE_ID)

    expected = len(face_emulator.images[SAMPLE_IMAGE_ID])
    assert (caught.value.received, caught.value.expected) == (1000, expected)


# The functions below api/, which the methods call


def test_each_function_gets_the_image(
    make_client: Callable[..., Any], portal: BlockingPortal, face_emulator: Emulator
) -> None:
    """Each function of the operation takes the client that fits it, and returns what the method returns."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]
    client, other = (make_client(face_emulator.endpoint, kind) for kind in (Client, AsyncClient))

    async def asynchronous() -> None:
        assert await get_session_image.asyncio(SAMPLE_IMAGE_ID, client=other) == image
        assert (await get_session_image.asyncio_detailed(SAMPLE_IMAGE_ID, client=other)).parsed == image
        async with get_session_image.asyncio_stream(SAMPLE_IMAGE_ID, client=other) as body:
            assert await body.read() == image

    assert get_session_image.sync(SAMPLE_IMAGE_ID, client=client) == image
    assert get_session_image.sync_detailed(SAMPLE_IMAGE_ID, client=client).parsed == image
    with get_session_image.stream(SAMPLE_IMAGE_ID, client=client) as body:
        assert body.read() == image
    portal.call(asynchronous)
