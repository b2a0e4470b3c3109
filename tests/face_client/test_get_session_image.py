"""The operation in each of its forms: what goes over the wire, what comes back, and what counts as success."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face_client import ApiError, AuthenticationError, Client, NotFoundError, __version__
from face_client.document import API_VERSION
from face_client.models import FaceError, FaceErrorResponse
from face_client.types import Response
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Client, Any], bytes]
Detailed = Callable[[Client, Any], Response[Any]]
FOLDER = f"/face/{API_VERSION}/sessionImages/"


def test_returns_the_image(call: Call, client: Client, face_emulator: Emulator) -> None:
    """Every form that returns the image returns exactly the bytes that the service has."""
    image = call(client, SAMPLE_IMAGE_ID)

    assert image == face_emulator.images[SAMPLE_IMAGE_ID]
    assert type(image) is bytes


def test_sends_one_get_to_the_documented_path(send: Call, client: Client, face_emulator: Emulator) -> None:
    """Every form sends one GET, to the path of the document and without a query."""
    send(client, SAMPLE_IMAGE_ID)

    sent = [(request.method, request.path, request.query) for request in face_emulator.requests]
    assert sent == [("GET", FOLDER + SAMPLE_IMAGE_ID, "")]


def test_sends_these_headers_once_each(send: Call, client: Client, face_emulator: Emulator) -> None:
    """Every form says what it accepts, unencoded, and who it is; no header is there twice, and nothing else is sent."""
    send(client, SAMPLE_IMAGE_ID)

    assert sorted(face_emulator.requests[0].headers) == [
        ("accept", "application/octet-stream, application/json"),
        ("accept-encoding", "identity"),
        ("connection", "keep-alive"),
        ("host", face_emulator.endpoint.removeprefix("http://")),
        ("ocp-apim-subscription-key", "emulator-key"),
        ("user-agent", f"face-client/{__version__}"),
    ]


def test_another_api_version_changes_the_path(
    send: Call, make_client: Callable[..., Client], face_emulator: Emulator
) -> None:
    """The API version is a part of every URL, and a caller can choose another one."""
    send(make_client(face_emulator.endpoint, api_version="v1.3-preview.1"), SAMPLE_IMAGE_ID)

    assert face_emulator.requests[0].path == f"/face/v1.3-preview.1/sessionImages/{SAMPLE_IMAGE_ID}"


def test_a_gateway_path_comes_first(send: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """The path of a gateway's endpoint stands before the path of the document."""
    send_to = make_client(f"{face_emulator.endpoint}/team-a/apis/")

    # The emulator serves no such path; what counts here is what was asked for.
    with suppress(NotFoundError):
        send(send_to, SAMPLE_IMAGE_ID)

    assert face_emulator.requests[0].path == f"/team-a/apis{FOLDER}{SAMPLE_IMAGE_ID}"


@pytest.mark.parametrize(
    "image_id",
    [
        "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I",
        "AbCdEf",
        "a/b",
        "/",
        "a//b",
        "../../secrets",
        "..%2f",
        "%2e%2e",
        "%2E",
        "%",
        "%zz",
        "...",
        ". ",
        " ",
        "a b",
        "?",
        "a?b=c",
        "#",
        "a#b",
        "a\nb",
        "\r\nX-Injected: yes",
        "\t",
        "\0",
        "\x7f",
        "\\",
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
    ],
)
def test_an_id_is_one_segment(send: Call, client: Client, face_emulator: Emulator, image_id: str) -> None:
    """Whatever stands in an id arrives as it is, percent-encoded in one segment of the path."""
    face_emulator.images[image_id] = b"this one"

    answer = send(client, image_id)

    assert getattr(answer, "parsed", answer) == b"this one"
    assert [request.path for request in face_emulator.requests] == [FOLDER + quote(image_id, safe="")]
    assert face_emulator.requests[0].query == ""


@settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(image_id=st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_id_arrives_or_is_refused(
    detailed: Detailed, quick_client: Client, face_emulator: Emulator, image_id: str
) -> None:
    """Any text is refused before anything is sent, or is exactly what the server finds in the last segment."""
    before = len(face_emulator.requests)

    if image_id in ("", ".", "..") or any("\ud800" <= character <= "\udfff" for character in image_id):
        with pytest.raises(ValueError, match="session_image_id"):
            detailed(quick_client, image_id)
        assert len(face_emulator.requests) == before
    else:
        assert detailed(quick_client, image_id).status_code == 404
        (request,) = face_emulator.requests[before:]
        folder, _, last = request.path.rpartition("/")
        assert folder + "/" == FOLDER
        assert unquote(last, errors="strict") == image_id
        assert request.query == ""


@pytest.mark.parametrize("image_id", ["", ".", ".."])
def test_an_id_that_means_another_path_is_refused(
    send: Call, client: Client, face_emulator: Emulator, image_id: str
) -> None:
    """An empty id and dot segments, which URLs resolve to another path, are refused before anything is sent."""
    with pytest.raises(ValueError, match="session_image_id must not be") as caught:
        send(client, image_id)

    assert repr(image_id) in str(caught.value)
    assert face_emulator.requests == ()


@pytest.mark.parametrize("image_id", [None, b"bytes"])
def test_an_id_that_is_no_text_is_refused(
    send: Call, client: Client, face_emulator: Emulator, image_id: object
) -> None:
    """None, as from a result without an image, and bytes are refused before anything is sent."""
    with pytest.raises(TypeError, match="session_image_id must be a string"):
        send(client, image_id)

    assert face_emulator.requests == ()


def test_a_lone_surrogate_is_refused(send: Call, client: Client, face_emulator: Emulator) -> None:
    """An id that has no form on the wire is refused in words, not with a codec's error."""
    with pytest.raises(ValueError, match=r"session_image_id .*surrogate") as caught:
        send(client, "a\ud800")

    assert not isinstance(caught.value, UnicodeError)
    assert face_emulator.requests == ()


def test_an_id_too_long_for_a_url_is_refused(send: Call, client: Client, face_emulator: Emulator) -> None:
    """An id that makes the URL too long is refused before anything is sent."""
    with pytest.raises((ValueError, httpx.InvalidURL)):
        send(client, "x" * 70_000)

    assert face_emulator.requests == ()


@pytest.mark.parametrize(
    "media_type", ["application/octet-stream", "application/json", "image/jpeg", "image/png", "APPLICATION/JSON", "x/y"]
)
def test_a_200_is_the_image_with_any_media_type_of_a_file(
    call: Call, client: Client, face_emulator: Emulator, media_type: str
) -> None:
    """With either media type that the service documents, and with an image's own, the body is the bytes."""
    face_emulator.faults.add(Fault(content_type=media_type))

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]


def test_a_200_without_a_media_type_is_the_image(
    call: Call, make_client: Callable[..., Client], raw_server: Callable[..., Any]
) -> None:
    """A body that nobody has described is taken as what was asked for."""
    server = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage")

    assert call(make_client(server.endpoint), "id") == b"image"


def test_an_empty_200_is_an_empty_image(call: Call, client: Client, face_emulator: Emulator) -> None:
    """A body of no bytes, announced as such, is complete."""
    face_emulator.faults.add(Fault(body=b"", status=200))

    assert call(client, SAMPLE_IMAGE_ID) == b""


@pytest.mark.parametrize(
    "media_type",
    ["text/html", "TEXT/HTML; charset=utf-8", "text/plain", "application/xhtml+xml", "Application/XHTML+xml;q=1"],
)
def test_a_200_with_a_page_is_an_error(call: Call, client: Client, face_emulator: Emulator, media_type: str) -> None:
    """The page of a gateway is no image, whatever its status says."""
    face_emulator.faults.add(Fault(status=200, body=b"<h1>Please sign in</h1>", content_type=media_type))

    with pytest.raises(ApiError) as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert caught.value.status_code == 200
    assert media_type in str(caught.value)
    assert caught.value.excerpt == "<h1>Please sign in</h1>"
    assert caught.value.error is None


def test_detailed_hands_out_a_page_unparsed(detailed: Detailed, client: Client, face_emulator: Emulator) -> None:
    """The `_detailed` forms return a page with status 200 as what it is, and parse nothing."""
    face_emulator.faults.add(Fault(html=True, status=200))

    answer = detailed(client, SAMPLE_IMAGE_ID)

    assert answer.status_code == 200
    assert answer.parsed is None
    assert b"Gateway" in answer.content


@pytest.mark.parametrize("status", [201, 202, 206, 226, 299])
def test_another_2xx_is_an_error(call: Call, client: Client, face_emulator: Emulator, status: int) -> None:
    """The document promises 200 alone: a part of an image, for one, is no image."""
    face_emulator.faults.add(Fault(status=status, body=b"half an im"))

    with pytest.raises(ApiError, match="does not promise this status") as caught:
        call(client, SAMPLE_IMAGE_ID)

    assert caught.value.status_code == status
    assert type(caught.value) is ApiError


def test_no_content_is_an_error(call: Call, client: Client, face_emulator: Emulator) -> None:
    """A 204 is not an empty image."""
    face_emulator.faults.add(Fault(status=204))

    with pytest.raises(ApiError, match="204"):
        call(client, SAMPLE_IMAGE_ID)


@pytest.mark.parametrize("status", [201, 204, 206, 302, 304])
def test_detailed_returns_any_status(detailed: Detailed, client: Client, face_emulator: Emulator, status: int) -> None:
    """The `_detailed` forms raise for no status, documented or not."""
    face_emulator.faults.add(Fault(status=status))

    answer = detailed(client, SAMPLE_IMAGE_ID)

    assert answer.status_code == status
    assert answer.parsed is None


def test_detailed_returns_status_headers_and_image(detailed: Detailed, client: Client, face_emulator: Emulator) -> None:
    """The `_detailed` forms return a success with its status, headers and body."""
    image = face_emulator.images[SAMPLE_IMAGE_ID]

    answer = detailed(client, SAMPLE_IMAGE_ID)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["Content-Length"] == str(len(image))
    assert answer.content == image
    assert answer.parsed == image


def test_detailed_returns_a_documented_error(detailed: Detailed, client: Client) -> None:
    """The `_detailed` forms return an error with its status, headers and parsed body."""
    answer = detailed(client, "unknown")

    assert answer.status_code == 404
    assert answer.headers["x-ms-error-code"] == "SessionNotFound"
    assert isinstance(answer.parsed, FaceErrorResponse)
    assert isinstance(answer.parsed.error, FaceError)
    assert answer.parsed.error.code == "SessionNotFound"
    assert answer.parsed.error.message.startswith("Session image ID is not found")


def test_an_unknown_id_is_not_found(call: Call, client: Client) -> None:
    """The forms that return the image raise NotFoundError, with what the service says, where there is none."""
    with pytest.raises(NotFoundError) as caught:
        call(client, "unknown")

    assert caught.value.status_code == 404
    assert caught.value.code == caught.value.error_code == "SessionNotFound"
    assert isinstance(caught.value.error, FaceErrorResponse)


def test_a_wrong_key_is_refused(call: Call, make_client: Callable[..., Client], face_emulator: Emulator) -> None:
    """A key that the service does not know raises AuthenticationError."""
    client = make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth("wrong"))

    with pytest.raises(AuthenticationError, match="Access denied"):
        call(client, SAMPLE_IMAGE_ID)


@pytest.mark.parametrize("fault", [Fault(drop=True, times=1), Fault(status=503, times=1), Fault(html=True, times=1)])
def test_a_failed_call_gives_its_connection_back(
    call: Call,
    make_client: Callable[..., Client],
    face_emulator: Emulator,
    one_connection: dict[str, Any],
    fault: Fault,
) -> None:
    """After a failure, the one connection that the client may have is free for the next call."""
    client = make_client(face_emulator.endpoint, **one_connection)

    for _ in range(3):
        face_emulator.faults.add(fault)
        with pytest.raises((ApiError, httpx.RemoteProtocolError)):
            call(client, SAMPLE_IMAGE_ID)

    assert call(client, SAMPLE_IMAGE_ID) == face_emulator.images[SAMPLE_IMAGE_ID]
