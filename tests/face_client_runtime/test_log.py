"""What the logger `face_client` says: each retry, and each call that is given up."""

import logging
import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import httpx
import pytest

from face_client import ApiError, DeadlineExceeded
from face_client.document import API_VERSION
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]

SPACED_IMAGE_ID = "an image id"
SECRETS = (SAMPLE_IMAGE_ID, SPACED_IMAGE_ID, "emulator-key", "no-such-image")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[int, str]]]:
    """Returns what the logger has said, as `(level, message)`, and that it gives nothing away."""
    caplog.set_level(logging.DEBUG, "face_client")

    def read() -> list[tuple[int, str]]:
        records = [record for record in caplog.records if record.name == "face_client"]
        said = [(record.levelno, record.getMessage()) for record in records]
        assert not [secret for secret in SECRETS if secret in str(said)]
        return said

    return read


def test_a_retry_is_logged(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, log: Callable[[], Any]
) -> None:
    """Each retry logs one line at INFO: the operation, the number of the retry, the pause, the reason and the ids."""
    face_emulator.faults.add(Fault(status=503, error={"code": "Busy"}, headers={"retry-after-ms": "1"}, times=1))

    call(make_client(face_emulator.endpoint, max_retries=3), SAMPLE_IMAGE_ID)

    ((level, message),) = log()
    first = face_emulator.requests[0]
    client_request_id = first.headers["x-ms-client-request-id"]
    assert level == logging.INFO
    assert message == (
        "get_session_image: retry 1 of 3 in 0.00 s: 503 Busy"
        f" (request id {first.request_id}, client request id {client_request_id})"
    )


def test_a_lost_connection_is_logged(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, log: Callable[[], Any]
) -> None:
    """The reason for a retry may be an error of the network, named with its class and the server."""
    face_emulator.faults.add(Fault(truncate=5, times=1))

    call(make_client(face_emulator.endpoint, max_retries=3), SAMPLE_IMAGE_ID)

    ((level, message),) = log()
    assert level == logging.INFO
    assert re.fullmatch(
        r"get_session_image: retry 1 of 3 in 0\.\d\d s: IncompleteBody: incomplete body: 5 of \d+ bytes arrived"
        r" \(client request id \S+\)",
        message,
    )


def test_a_call_that_is_given_up_is_logged(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, log: Callable[[], Any]
) -> None:
    """A call whose retries have not helped is one line at WARNING."""
    face_emulator.faults.add(Fault(status=503, headers={"retry-after-ms": "1"}))

    with pytest.raises(ApiError):
        call(make_client(face_emulator.endpoint, max_retries=1), SAMPLE_IMAGE_ID)

    (info, _), (warning, message) = log()
    assert (info, warning) == (logging.INFO, logging.WARNING)
    assert message.startswith("get_session_image: giving up after 2 attempts: 503 (request id ")


def test_a_deadline_is_logged(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, log: Callable[[], Any]
) -> None:
    """A call that has taken too long is one line at WARNING, with the error that it raises."""
    face_emulator.faults.add(Fault(delay=20))

    with pytest.raises(DeadlineExceeded) as caught:
        call(make_client(face_emulator.endpoint, deadline=0.3), SAMPLE_IMAGE_ID)

    assert log() == [
        (logging.WARNING, f"get_session_image: giving up after 1 attempt: DeadlineExceeded: {caught.value}")
    ]


@pytest.mark.parametrize("status", [200, 404])
def test_what_is_no_failure_of_the_call_is_not_logged(
    call: Call, client: Any, face_emulator: Emulator, log: Callable[[], Any], status: int
) -> None:
    """An image, or an error that no retry would mend, which the caller gets, is not logged."""
    with suppress(ApiError) if status == 404 else nullcontext():
        call(client, SAMPLE_IMAGE_ID if status == 200 else "no-such-image")

    assert log() == []


def test_what_a_transport_of_the_callers_says_is_logged_without_the_id(
    call: Call, make_client: Callable[..., Any], face_emulator: Emulator, log: Callable[[], Any]
) -> None:
    """An error of a caller's own transport may contain the URL, and the image id in it, which is left out."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}", request=request)

    client = make_client(face_emulator.endpoint, max_retries=0, httpx_args={"transport": httpx.MockTransport(fail)})
    with pytest.raises(httpx.ConnectError):
        call(client, SAMPLE_IMAGE_ID)

    ((_, message),) = log()
    assert f"cannot reach {face_emulator.endpoint}/face/{API_VERSION}/.../... (client request id" in message


@pytest.mark.parametrize("image_id", [SAMPLE_IMAGE_ID, SPACED_IMAGE_ID])
@pytest.mark.parametrize("code", ["{}", "No image {}!"])
def test_an_id_in_the_error_code_is_not_logged(
    call: Call,
    make_client: Callable[..., Any],
    face_emulator: Emulator,
    log: Callable[[], Any],
    image_id: str,
    code: str,
) -> None:
    """A server may put the image id into its error code."""
    face_emulator.faults.add(Fault(status=503, error={"code": code.format(image_id)}))

    with pytest.raises(ApiError, match=image_id):
        call(make_client(face_emulator.endpoint, max_retries=0), image_id)

    assert len(log()) == 1
