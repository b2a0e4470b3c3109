"""The ids under which a request is found again: the service's, and the client's own."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, DeadlineExceeded
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


def sent_ids(emulator: Emulator) -> list[str]:
    """The client request ids of all requests."""
    return [request.headers["x-ms-client-request-id"] for request in emulator.requests]


def test_a_response_has_the_request_id(
    detailed: Callable[[Any, str], Any], client: Any, face_emulator: Emulator
) -> None:
    """The service's id of a request is at hand on success, too."""
    assert detailed(client, SAMPLE_IMAGE_ID).request_id == face_emulator.requests[0].request_id


def test_a_stream_has_the_request_id(form: str, portal: BlockingPortal, client: Any, face_emulator: Emulator) -> None:
    """The service's id of a request is at hand while its body is read."""

    async def aread() -> str | None:
        async with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            request_id: str | None = body.request_id
            return request_id

    def read() -> str | None:
        with client.get_session_image_stream(SAMPLE_IMAGE_ID) as body:
            request_id: str | None = body.request_id
            return request_id

    request_id = read() if form == "sync" else portal.call(aread)

    assert request_id == face_emulator.requests[0].request_id


def test_each_call_has_an_id_of_its_own(call: Call, make_client: Callable[..., Any], face_emulator: Emulator) -> None:
    """Each call sends a fresh UUID, and sends it again with a retry."""
    face_emulator.faults.add(Fault(status=503, headers={"retry-after-ms": "1"}, times=1))

    client = make_client(face_emulator.endpoint, max_retries=3)
    call(client, SAMPLE_IMAGE_ID)
    call(client, SAMPLE_IMAGE_ID)

    first, retry, second = sent_ids(face_emulator)
    assert re.fullmatch(UUID, first)
    assert first == retry != second


@pytest.mark.parametrize("place", ["client", "with_options", "httpx_args"])
def test_an_id_of_the_callers_wins(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, place: str
) -> None:
    """A caller's own header is sent in place of a fresh id, wherever it was given, and shown in errors."""
    headers = {"X-MS-Client-Request-Id": "mine"}
    options = {"client": {"headers": headers}, "httpx_args": {"httpx_args": {"headers": headers}}}.get(place, {})
    client = make_client(face_emulator.endpoint, **options)
    if place == "with_options":
        client = client.with_options(headers=headers)

    with pytest.raises(ApiError, match="client request id mine") as caught:
        call(client, "no-such-image")

    assert sent_ids(face_emulator) == ["mine"]
    assert caught.value.client_request_id == "mine"


def test_an_api_error_shows_both(error_of: Callable[..., ApiError], client: Any, face_emulator: Emulator) -> None:
    """An error of the service shows its id of the request, and ours."""
    error = error_of(client, "no-such-image")

    assert error.request_id == face_emulator.requests[0].request_id
    assert error.client_request_id == sent_ids(face_emulator)[0]
    assert str(error).endswith(f"(request id {error.request_id}, client request id {error.client_request_id})")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(truncate=5), httpx.RemoteProtocolError),
        (Fault(drop=True), httpx.TransportError),
        (Fault(delay=20), DeadlineExceeded),
    ],
    ids=["broken off", "dropped", "too slow"],
)
def test_an_error_of_the_network_shows_ours(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, fault: Fault, error: type[Exception]
) -> None:
    """Where no response came, or not all of it, our id is all that there is to ask the service about."""
    face_emulator.faults.add(fault)

    with pytest.raises(error) as caught:
        call(make_client(face_emulator.endpoint, max_retries=0, deadline=1), SAMPLE_IMAGE_ID)

    assert str(caught.value).endswith(f"(client request id {sent_ids(face_emulator)[0]})")
