"""What a caller is told when the server answers with anything but the image."""

import json
import math
import pickle
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face_client import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    IncompleteBody,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from face_client.models import FaceError, FaceErrorResponse
from face_client.types import Response
from face_client_auth import BearerTokenAuth, SubscriptionKeyAuth
from face_client_runtime import RawResponse, printable
from face_client_runtime._errors import api_error
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Detailed = Callable[[Any, Any], Response[Any]]
ErrorOf = Callable[..., ApiError]

MEBIBYTE = 1024 * 1024
KEY = "0123456789abcdef0123456789ABCDEF"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_"


def unsent(status: int, body: bytes = b"", **headers: str) -> ApiError:
    """Returns the error of a response, without sending anything."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = httpx.Request("GET", "https://contoso.invalid", headers={"x-ms-client-request-id": "ours"})
    return api_error(httpx.Response(status, headers=named, request=request), body)


@pytest.fixture
def failure(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> Callable[[Fault], ApiError]:
    """Returns the error that a call makes of a fault."""

    def fail(fault: Fault) -> ApiError:
        face_emulator.faults.clear()
        face_emulator.faults.add(fault)
        return error_of(client, SAMPLE_IMAGE_ID)

    return fail


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone some hours away from GMT."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_each_status_has_its_class() -> None:
    """Statuses that callers tell apart have a class of their own; every other one is an ApiError."""
    for status, kind in [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (429, RateLimitError),
        *dict.fromkeys((500, 502, 503, 520, 599), ServerError).items(),
        *dict.fromkeys((206, 301, 304, 399, 402, 405, 408, 418, 499), ApiError).items(),
    ]:
        assert type(unsent(status)) is kind


def test_the_tree() -> None:
    """One except clause catches all that servers answer, another one all that the network does."""
    kinds = (BadRequestError, AuthenticationError, PermissionDeniedError, NotFoundError, ConflictError, RateLimitError)

    assert all(kind.__bases__ == (ApiError,) for kind in (*kinds, ServerError))
    assert ApiError.__bases__ == (Exception,)
    assert issubclass(IncompleteBody, httpx.TransportError)
    assert not issubclass(ApiError, httpx.HTTPError)


def test_an_error_carries_what_a_support_ticket_needs(failure: Callable[[Fault], ApiError]) -> None:
    """An error has the service's code and words, the request's ids, when to come back, the headers and the body."""
    body = b'{"error": {"code": "Busy", "message": "Come back later.", "innererror": {"x": 1}}}'
    headers = {"x-ms-error-code": "TooBusy", "X-Other": "1"}

    error = failure(Fault(status=503, body=body, headers=headers, retry_after=7))

    assert (error.code, error.message, error.details) == ("Busy", "Come back later.", ())
    assert error.retry_after == 7.0
    assert error.headers["x-other"] == "1"
    assert error.request_id == error.headers["apim-request-id"]
    assert error.request_id
    assert error.client_request_id
    assert error.excerpt == body.decode()
    assert error.error == FaceErrorResponse(error=error.error.error)
    assert isinstance(error.error.error, FaceError)
    assert error.error.error.additional_properties == {"innererror": {"x": 1}}
    ids = f"request id {error.request_id}, client request id {error.client_request_id}"
    assert str(error) == f"503 Busy: Come back later. ({ids})"
    assert repr(error) == f"ServerError({str(error)!r})"


def test_an_error_is_parsed_with_any_media_type(failure: Callable[[Fault], ApiError]) -> None:
    """The service documents octet-stream for errors too: the body is what counts, not its label."""
    for media_type in ["application/octet-stream", "application/json", "text/html"]:
        error = failure(Fault(status=404, content_type=media_type))

        assert isinstance(error.error, FaceErrorResponse)
        assert error.error.error.code == "404"


UNDOCUMENTED = [
    b"",
    b" ",
    b"<html><h1>Bad Gateway</h1></html>",
    b"upstream connect error",
    b"null",
    b"true",
    b"17",
    b"NaN",
    b'"error"',
    b"[]",
    b"{}",
    b'["error"]',
    b'{"error": null}',
    b'{"error": "no"}',
    b'{"error": []}',
    b'{"error": {}}',
    b'{"error": ["code", "message"]}',
    b'{"error": {"code": "Busy"}}',
    b'{"error": {"message": "Busy"}}',
    b'{"error": {"code": "Busy", "message": "tru',
    b'{"error": {"code": 404, "message": "m"}}',
    b'{"error": {"code": null, "message": null}}',
    b'{"error": {"code": ["c"], "message": {"m": 1}}}',
    b'{"statusCode": 401, "message": "Access denied"}',
    b'{"code": "Flat", "message": "No outer object"}',
    b"\xff\xfe\x00\xd8",
    b"\x1f\x8b\x08broken",
    b"[" * 60_000,
    b'{"error":' * 7_000,
    b'{"error": {"code": ' + b"9" * 5_000 + b', "message": "m"}}',
]


def test_a_body_that_is_not_documented_is_reported_by_its_status(failure: Callable[[Fault], ApiError]) -> None:
    """Whatever a gateway makes of an error's body, the caller gets the status, the body, and nothing parsed."""
    for body in UNDOCUMENTED:
        error = failure(Fault(status=502, body=body, content_type="application/json"))

        assert type(error) is ServerError, body
        assert error.error is None, body
        assert error.excerpt == ("" if b"\0" in body else printable(body.decode(errors="replace"))[:500])
        assert "502" in str(error), body


def test_detailed_returns_a_body_that_is_not_documented(
    detailed: Detailed, client: Any, face_emulator: Emulator
) -> None:
    """The `_detailed` forms return such a body as it is, up to 1 MiB, with nothing parsed."""
    for body in UNDOCUMENTED:
        face_emulator.faults.add(Fault(status=502, body=body, content_type="application/json", times=1))

        response = detailed(client, SAMPLE_IMAGE_ID)

        assert (response.status_code, response.parsed) == (502, None), body
        assert response.content == body


def test_a_wrong_charset_does_no_harm(failure: Callable[[Fault], ApiError]) -> None:
    """JSON is UTF-8 (RFC 8259, section 8.1), whatever charset its media type claims."""
    for media_type in ["application/json; charset=utf-16", "application/json; charset=nonsense"]:
        body = '{"error": {"code": "Zoë", "message": "ünïcode"}}'.encode()

        error = failure(Fault(status=400, body=body, content_type=media_type))

        assert (error.code, error.message) == ("Zoë", "ünïcode")
        assert isinstance(error.error, FaceErrorResponse)


def test_code_and_message_are_read_from_what_there_is() -> None:
    """The code and the message are read from near misses of the documented body too, each by itself."""
    for body, code, message in [
        (b'{"code": "Flat", "message": "No outer object"}', "Flat", "No outer object"),
        (b'{"error": {"code": "Busy"}}', "Busy", None),
        (b'{"error": {"message": "Wait"}}', None, "Wait"),
        (b'{"error": {"code": 429, "message": "Wait"}}', "429", "Wait"),
        (b'{"error": {"code": true, "message": 5}}', None, None),
        (b'{"statusCode": 401, "message": "Access denied"}', None, "Access denied"),
        (b'\xef\xbb\xbf{"error": {"code": "Bom", "message": "m"}}', "Bom", "m"),
        (b"<html>", None, None),
    ]:
        error = unsent(400, body)

        assert (error.code, error.message) == (code, message)


def test_the_text_of_an_error_says_what_happened(failure: Callable[[Fault], ApiError]) -> None:
    """The text of an error names the status and the best account of it that there is, then the request's ids."""
    for fault, says in [
        (Fault(status=502, html=True), "502 Bad Gateway: text/html; charset=utf-8: <!DOCTYPE html>"),
        (Fault(status=500, body=b""), "500 Internal Server Error: application/json: an empty body"),
        (Fault(status=500, body=b"\0\1"), "500 Internal Server Error: application/json: 2 bytes that are not text"),
        (Fault(status=520, body=b"origin down", content_type="x/y"), "520: x/y: origin down"),
        (Fault(status=401), "401: Access denied due to invalid subscription key"),
        (Fault(status=404, body=b"", headers={"x-ms-error-code": "Gone"}), "404 Gone: application/json: an empty"),
        (Fault(status=302, headers={"location": "/x"}), "302 Found: redirects are not followed"),
        (
            Fault(status=502, body=b"x", headers={"content-encoding": "br"}),
            "502 Bad Gateway: the body cannot be decoded as br",
        ),
        (Fault(status=206, body=b"x"), "206 Partial Content: the document does not promise this status"),
    ]:
        error = failure(fault)

        assert str(error).startswith(says)
        ids = f"request id {error.request_id}, client request id {error.client_request_id}"
        assert str(error).endswith(f" ({ids})")


def test_the_id_of_the_request() -> None:
    """The request's id is read from Azure's headers before that of others, and left out of the text without one."""
    for headers, request_id in [
        ({"apim-request-id": "a"}, "a"),
        ({"x-ms-request-id": "b"}, "b"),
        ({"apim-request-id": "a", "x-ms-request-id": "b"}, "a"),
        ({"x-request-id": "c"}, "c"),
        ({"x-ms-request-id": "b", "x-request-id": "c"}, "b"),
        ({}, None),
    ]:
        error = ApiError(500, httpx.Headers(headers), b"")

        assert error.request_id == request_id
        assert ("request id" in str(error)) == (request_id is not None)
        assert error.client_request_id is None


def test_retry_after_in_seconds() -> None:
    """Retry-After may be a number of seconds."""
    for value, seconds in [("0", 0.0), ("120", 120.0), ("1.5", 1.5), (" 30 ", 30.0)]:
        assert unsent(429, retry_after=value).retry_after == seconds


@pytest.mark.usefixtures("new_york")
def test_retry_after_in_each_layout_of_a_date() -> None:
    """All three layouts of a date are read (RFC 9110, section 5.6.7), as GMT wherever this machine is."""
    for layout in ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"]:
        date = (datetime.now(UTC) + timedelta(seconds=90)).strftime(layout)

        assert unsent(429, retry_after=date).retry_after == pytest.approx(90, abs=30)


def test_retry_after_in_the_past() -> None:
    """A date in the past means now."""
    assert unsent(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0.0


def test_retry_after_that_is_invalid() -> None:
    """A Retry-After that is neither a number of seconds nor a date counts as missing."""
    for value in [
        *("", "soon", "-5", "+5", "1e3", "nan", "inf", "0x10", "1_000", "1,5", ".", "1.2.3", "\u0665"),
        "9" * 400,
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 99999 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +999999",
    ]:
        headers = httpx.Headers([(b"retry-after", value.encode())])

        assert ApiError(503, headers, b"").retry_after is None


@given(st.one_of(st.binary(), st.from_regex(rb"[A-Z][a-z]{2}, [0-9]{1,4} [A-Z][a-z]{2} [0-9]{1,6} [0-9: GMT+-]{,20}")))
def test_retry_after_is_finite_or_none(value: bytes) -> None:
    """Whatever Retry-After says, the result is None, or a number that a caller can sleep for."""
    seconds = ApiError(503, httpx.Headers([(b"retry-after", value)]), b"").retry_after

    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))


def test_the_excerpt_is_bounded() -> None:
    """The excerpt is the first 500 characters of the body."""
    error = unsent(500, "é".encode() * 5000)

    assert error.excerpt == "é" * 500
    assert len(str(error)) < 1000


def test_control_characters_are_escaped() -> None:
    """What a server writes cannot steer a terminal or forge a line of a log."""
    error = unsent(400, b'{"error": {"code": "Bad\\nGood", "message": "\\u001b[31mred\\u202e"}}')

    assert str(error).isprintable()
    assert str(error).startswith("400 Bad")


def test_an_error_can_be_pickled(failure: Callable[[Fault], ApiError]) -> None:
    """An error that crosses a process boundary arrives with all that it carries."""
    error = failure(Fault(status=429, retry_after=3))

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is RateLimitError
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


@pytest.mark.parametrize(("status", "media_type"), [(500, "application/json"), (302, "text/html"), (200, "text/html")])
def test_a_huge_error_is_not_read(
    detailed: Detailed, make_client: Callable[..., Any], raw_server: Callable[..., Any], status: int, media_type: str
) -> None:
    """Of an error's body no more than its beginning is read, however much the server would send."""
    sent = []

    def pour(connection: socket.socket, _request: bytes) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {media_type}\r\nContent-Length: {1024 * MEBIBYTE}\r\n\r\n"
        connection.sendall(head.encode())
        with suppress(OSError):
            for _ in range(1024):
                connection.sendall(b"x" * MEBIBYTE)
                sent.append(MEBIBYTE)

    response = detailed(make_client(raw_server(pour).endpoint), "id")

    assert response.status_code == status
    assert response.content == b"x" * MEBIBYTE
    # What was sent beyond that filled the sockets' buffers.
    assert sum(sent) < 100 * MEBIBYTE


def test_an_error_that_breaks_off_is_reported_by_its_status(
    error_of: ErrorOf, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """When the body of an error ends early, the caller is told the status, with as much of the body as arrived."""
    for answer in [
        b"HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nonly this",
        b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
        b"HTTP/1.1 503 Busy\r\n\r\nonly this",
    ]:
        error = error_of(make_client(raw_server(answer).endpoint))

        assert (error.status_code, error.excerpt) == (503, "only this")


def test_an_error_that_stalls_is_reported_by_its_status(
    error_of: ErrorOf, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """When the body of an error does not go on, the caller is told the status once the read timeout is over."""

    def stall(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nonly this")
        connection.recv(1)

    error = error_of(make_client(raw_server(stall).endpoint, timeout=httpx.Timeout(20, read=1)))

    assert (error.status_code, error.excerpt) == (503, "only this")


def test_an_error_in_a_broken_encoding_is_reported_by_its_status(
    error_of: ErrorOf, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """An error's body that cannot be unzipped does not hide its status."""
    server = raw_server(b"HTTP/1.1 500 X\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\nno zip")

    assert error_of(make_client(server.endpoint)).status_code == 500


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_ERRORS = st.fixed_dictionaries({}, optional=dict.fromkeys(("code", "message", "innererror"), _JSON))
_BODIES = st.one_of(
    st.binary(max_size=200),
    st.one_of(_JSON, _ERRORS, st.fixed_dictionaries({"error": _ERRORS})).map(lambda value: json.dumps(value).encode()),
)
_FAULTS = st.builds(
    Fault,
    status=st.integers(400, 599),
    body=_BODIES,
    content_type=st.sampled_from(["application/json", "text/html", "application/octet-stream", "x; charset=cp437"]),
    times=st.just(1),
)
_MANY = settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_MANY
@given(fault=_FAULTS)
def test_any_error_body_is_an_api_error(
    error_of: ErrorOf, detailed: Detailed, client: Any, face_emulator: Emulator, fault: Fault
) -> None:
    """Any bytes with any error status are an ApiError that can be shown and pickled, and `_detailed` raises nothing."""
    face_emulator.faults.add(fault, fault)

    error = error_of(client, SAMPLE_IMAGE_ID)
    response = detailed(client, SAMPLE_IMAGE_ID)

    assert error.status_code == response.status_code == fault.status
    assert str(fault.status) in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert response.content == fault.body
    assert response.parsed is None or isinstance(response.parsed, FaceErrorResponse)


@pytest.mark.parametrize(
    ("status", "options", "secret"),
    [
        (502, {"auth": SubscriptionKeyAuth(KEY)}, KEY),
        (302, {"auth": SubscriptionKeyAuth(KEY)}, KEY),
        (200, {"auth": SubscriptionKeyAuth(KEY)}, KEY),
        (502, {"auth": BearerTokenAuth(TOKEN)}, TOKEN),
        (502, {"auth": None, "headers": {"ocp-apim-subscription-key": KEY}}, KEY),
        (502, {"auth": None, "headers": {"authorization": f"Bearer {TOKEN}"}}, TOKEN),
        (502, {"auth": None, "httpx_args": {"headers": {"Ocp-Apim-Subscription-Key": KEY}}}, KEY),
        (502, {"auth": httpx.BasicAuth("user", "pass")}, "dXNlcjpwYXNz"),
    ],
)
def test_a_page_that_repeats_the_secret_is_redacted(
    error_of: ErrorOf,
    detailed: Detailed,
    make_client: Callable[..., Any],
    face_emulator: Emulator,
    status: int,
    options: dict[str, Any],
    secret: str,
) -> None:
    """A gateway's page that repeats the request does not bring its key or token into logs."""
    page = f"<pre>GET /face\nOcp-Apim-Subscription-Key: {secret}\nAuthorization: Bearer {secret}</pre>"
    face_emulator.faults.add(Fault(status=status, body=page, content_type="text/html"))
    client = make_client(face_emulator.endpoint, **options)

    error = error_of(client, SAMPLE_IMAGE_ID)
    response = detailed(client, SAMPLE_IMAGE_ID)

    shown = f"{error} {error.args} {vars(error)} {error.__cause__!r} {error.__context__!r} {response!r}"
    assert error.excerpt.startswith(r"<pre>GET /face\nOcp-Apim-Subscription-Key: ")
    assert secret not in shown
    # `_detailed` hands out the body of a success as it came.
    assert secret not in response.content.decode()


def test_a_documented_error_that_repeats_the_key_is_redacted(
    error_of: ErrorOf, detailed: Detailed, make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """The key appears neither in the message of an error nor in the parsed body when the service repeats it."""
    body = json.dumps({"error": {"code": KEY, "message": f"The key {KEY} is wrong.", "key": KEY}})
    face_emulator.faults.add(Fault(status=401, body=body))
    client = make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth(KEY))

    error = error_of(client, SAMPLE_IMAGE_ID)

    for shown in (f"{error} {vars(error)}", repr(detailed(client, SAMPLE_IMAGE_ID))):
        assert " is wrong." in shown
        assert KEY not in shown


@pytest.mark.parametrize("written", [r"opaque\u002Btoken\/with=signs", "opaque%2Btoken%2Fwith%3Dsigns"])
def test_a_secret_that_is_escaped_is_redacted(
    error_of: ErrorOf, make_client: Callable[..., Any], face_emulator: Emulator, written: str
) -> None:
    """A token is recognized where JSON or a URL has other characters for some of its own."""
    body = '{"error": {"code": "401", "message": "WRITTEN is wrong"}}'.replace("WRITTEN", written)
    face_emulator.faults.add(Fault(status=401, body=body))
    client = make_client(face_emulator.endpoint, auth=BearerTokenAuth("opaque+token/with=signs"))

    error = error_of(client, SAMPLE_IMAGE_ID)

    assert error.message == "[redacted] is wrong"
    assert "opaque" not in f"{error} {error.error}"


@pytest.mark.parametrize("inside", [1, 31])
def test_a_secret_at_the_end_of_what_is_kept_is_redacted(
    detailed: Detailed, make_client: Callable[..., Any], face_emulator: Emulator, inside: int
) -> None:
    """Where the body is cut off in the middle of the key, the first half of the key is not left over."""
    page = b"x" * (MEBIBYTE - inside) + KEY.encode() + b" and more"
    face_emulator.faults.add(Fault(status=502, body=page, content_type="text/html"))
    client = make_client(face_emulator.endpoint, auth=SubscriptionKeyAuth(KEY))

    answer = detailed(client, SAMPLE_IMAGE_ID)

    assert answer.status_code == 502
    assert KEY[: max(inside, 8)] not in answer.content.decode()
    assert len(answer.content) <= MEBIBYTE


@pytest.mark.parametrize("inside", [20, 31])
def test_a_secret_in_which_a_body_breaks_off_is_redacted(
    detailed: Detailed, make_client: Callable[..., Any], raw_server: Callable[..., Any], inside: int
) -> None:
    """Where the connection ends in the middle of the key, the first half of the key is not left over."""
    head = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 1000\r\n\r\n"
    server = raw_server(head + b"Ocp-Apim-Subscription-Key: " + KEY[:inside].encode())

    response = detailed(make_client(server.endpoint, auth=SubscriptionKeyAuth(KEY)), "id")

    assert response.content.startswith(b"Ocp-Apim-Subscription-Key: ")
    assert KEY[:8] not in response.content.decode()


def test_what_a_signal_handler_raises_is_no_error_of_the_body(
    call: Callable[[Any, str], bytes], client: Any, face_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception that comes from elsewhere while a body is parsed reaches the caller as it is."""

    class InterruptError(Exception):
        pass

    def interrupt(_: RawResponse) -> bytes:
        raise InterruptError

    monkeypatch.setattr(RawResponse, "binary", interrupt)

    with pytest.raises(InterruptError):
        call(client, SAMPLE_IMAGE_ID)
