"""What an error says: the innermost reason, whatever state the body is in, and nothing that must not be shown."""

import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from face_client import ApiError
from face_client_runtime import ErrorDetail
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

Call = Callable[[Any, str], bytes]
ErrorOf = Callable[..., ApiError]
KEY = "emulator-key"
ESCAPES = "a\nb\x1b[31m\u202ec\r\x85"

INNER = {
    "code": "InvalidRequest",
    "message": "Invalid request has been sent.",
    "innererror": {
        "code": "UnsupportedFeature",
        "message": "Feature is not supported, missing approval for one or more of the following features.",
    },
}


def shown(error: BaseException) -> str:
    """All that a program may log of an error: its text, its repr, its attributes, and a traceback with locals."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "\n".join([str(error), repr(error), str(vars(error)), *lines])


def response(status: str, headers: bytes, body: bytes = b"") -> bytes:
    """A response in raw bytes."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status.encode(), headers, len(body), body)


def test_the_innermost_error_counts(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> None:
    """The caller reads the reason, and not that the request is invalid; the outer code is in the parsed body."""
    face_emulator.faults.add(Fault(status=400, error=INNER))

    error = error_of(client)

    assert error.code == "UnsupportedFeature"
    assert error.message.startswith("Feature is not supported")  # type: ignore[union-attr]
    assert str(error).startswith("400 UnsupportedFeature: Feature is not supported, missing approval")
    assert error.error.error.code == "InvalidRequest"
    assert error.headers["x-ms-error-code"] == "InvalidRequest"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"code": "A", "message": "outer", "innererror": {"code": "B"}}, "B", "outer"),
        ({"code": "A", "message": "outer", "innererror": {"message": "inner"}}, "A", "inner"),
        ({"code": "A", "message": "outer", "innerError": {"code": "B", "innererror": {"code": "C"}}}, "C", "outer"),
        ({"code": "A", "message": "outer", "innererror": None}, "A", "outer"),
        ({"code": "A", "message": "outer", "innererror": "odd"}, "A", "outer"),
        ({"code": "A", "innererror": []}, "A", None),
    ],
)
def test_what_an_inner_error_lacks_comes_from_the_outer_one(
    error_of: ErrorOf, client: Any, face_emulator: Emulator, error: dict[str, Any], code: str, message: str | None
) -> None:
    """The innermost code and the innermost message need not be of the same error."""
    face_emulator.faults.add(Fault(status=400, error=error))

    caught = error_of(client)

    assert (caught.code, caught.message) == (code, message)


def test_details_are_read(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> None:
    """The details of an error are an attribute, and part of its text."""
    details = [
        {"code": "BadValue", "message": "too long", "target": "deviceCorrelationId"},
        {"message": "b"},
        "odd",
        {},
    ]
    face_emulator.faults.add(
        Fault(status=400, error={"code": "BadArgument", "message": "Two faults.", "details": details})
    )

    error = error_of(client)

    assert error.details == (
        ErrorDetail("BadValue", "too long", "deviceCorrelationId"),
        ErrorDetail(None, "b", None),
        ErrorDetail(None, None, None),
    )
    assert str(error).startswith(
        "400 BadArgument: Two faults.; BadValue (deviceCorrelationId): too long; b (request id"
    )


OTHER_FORMATS = {
    "problem details": (
        {"type": "https://example.com/no-credit", "title": "No credit", "status": 403, "detail": "You have 30."},
        ("https://example.com/no-credit", "No credit: You have 30.", ()),
    ),
    "problem details without a type": ({"type": "about:blank", "title": "Forbidden"}, (None, "Forbidden", ())),
    "problem details of a form": (
        {"title": "Invalid.", "errors": {"age": ["too low", "odd"], "name": "missing"}},
        (
            None,
            "Invalid.",
            (
                ErrorDetail(None, "too low", "age"),
                ErrorDetail(None, "odd", "age"),
                ErrorDetail(None, "missing", "name"),
            ),
        ),
    ),
    "OAuth": (
        {"error": "invalid_grant", "error_description": "The code is used."},
        ("invalid_grant", "The code is used.", ()),
    ),
    "OAuth without a description": ({"error": "invalid_grant"}, ("invalid_grant", None, ())),
    "an error that is a text": ({"error": "There is no such pet."}, (None, "There is no such pet.", ())),
    "FastAPI": ({"detail": "Not Found"}, (None, "Not Found", ())),
    "FastAPI's list": (
        {"detail": [{"type": "missing", "loc": ["body", "items", 0], "msg": "Field required", "input": {}}]},
        (None, None, (ErrorDetail("missing", "Field required", "body.items.0"),)),
    ),
    "a message": ({"message": "Bad credentials"}, (None, "Bad credentials", ())),
    "errors": (
        {"message": "Failed", "errors": [{"code": 7, "message": "a", "field": "b"}, "c", None, ["d"]]},
        (
            None,
            "Failed",
            (
                ErrorDetail("7", "a", "b"),
                ErrorDetail(None, "c", None),
                ErrorDetail(None, None, None),
                ErrorDetail(None, None, None),
            ),
        ),
    ),
    "JSON:API": (
        {"errors": [{"status": "422", "code": "x", "title": "Bad", "detail": "too long", "source": {"pointer": "/a"}}]},
        (None, None, (ErrorDetail("x", "too long", "/a"),)),
    ),
    "Azure, with members of others": (
        {"error": {"code": "A", "message": "b"}, "title": "c", "detail": "d", "errors": ["e"]},
        ("A", "b", ()),
    ),
    "Azure without the outer object": (
        {"code": "A", "message": "b", "title": "c", "detail": "d"},
        ("A", "b", ()),
    ),
    "an animal": ({"type": "cat", "name": "Tom"}, (None, None, ())),
}


@pytest.mark.parametrize(("body", "expected"), OTHER_FORMATS.values(), ids=OTHER_FORMATS)
def test_the_formats_of_other_services(body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """The code, the message and the details are read from the usual formats; what Azure's format says goes first."""
    error = ApiError(400, httpx.Headers(), json.dumps(body).encode())

    assert (error.code, error.message, error.details) == expected


def test_other_formats_are_printable() -> None:
    """Control characters are escaped wherever they are in a body."""
    for body in [
        {"title": ESCAPES, "detail": ESCAPES, "type": ESCAPES},
        {"error": ESCAPES, "error_description": ESCAPES},
        {"errors": {ESCAPES: [ESCAPES]}},
        {"detail": [{"loc": [ESCAPES], "msg": ESCAPES, "type": ESCAPES}]},
        {"errors": [{"source": {"pointer": ESCAPES}, "title": ESCAPES}]},
    ]:
        error = ApiError(400, httpx.Headers(), json.dumps(body).encode())

        assert all(text.isprintable() for text in (str(error), str(error.code), str(error.message), str(error.details)))


def test_the_header_has_the_code_of_a_body_without_one(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> None:
    """Where the body names no code, `code` is that of the header."""
    face_emulator.faults.add(Fault(status=500, body="<h1>Oops</h1>", headers={"x-ms-error-code": "Unspecified"}))

    assert error_of(client).code == "Unspecified"


@pytest.mark.parametrize("place", ["code", "message", "target", "header", "id", "text"])
def test_what_a_server_wrote_is_printable(error_of: ErrorOf, make_client: Callable[..., Any], place: str) -> None:
    """A line break or an escape sequence in what the server wrote writes no line of its own, wherever it is shown."""
    header = {"header": {"x-ms-error-code": ESCAPES}, "id": {"apim-request-id": ESCAPES}}.get(place, {})
    detail = {"target": ESCAPES} if place == "target" else {}
    error = {
        "code": "A",
        "message": "b",
        **({place: ESCAPES} if place in ("code", "message") else {}),
        "details": [detail],
    }
    body = ESCAPES if place == "text" else "" if place == "header" else json.dumps({"error": error})
    # A transport of the caller's, since our parser refuses such headers.
    transport = httpx.MockTransport(
        lambda _: httpx.Response(400, headers=[(name, value.encode()) for name, value in header.items()], text=body)
    )

    caught = error_of(make_client("https://contoso.example", httpx_args={"transport": transport}))

    texts = [str(caught), repr(caught), caught.code, caught.message, caught.request_id, caught.excerpt]
    texts += [str(detail) for detail in caught.details] + [repr(caught.headers)]
    assert all(text.isprintable() for text in texts if text)
    assert r"a\nb\x1b[31m" in "".join(text for text in texts if text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"code": "Odd", "message": "caf\xe9"}}',
        b'{"error": {"code": "Odd", "message": "' + b"x" * 70_000 + b'"}}',
        b'{"error": {"message": "' + b"x" * 500_000 + b'", "code": "Odd"}}',
        b'{"error": {"code": "Odd", "message": "' + b"x" * 3_000_000 + b'"}}',
        b'{"error": {"code": "Odd", "message": "broken o',
    ],
    ids=["not UTF-8", "70 kB", "500 kB, the code last", "3 MB", "cut off"],
)
def test_a_body_in_a_bad_state_keeps_its_code(
    error_of: ErrorOf, client: Any, face_emulator: Emulator, body: bytes
) -> None:
    """The code is read from a body that is not valid UTF-8, too long, or cut off."""
    face_emulator.faults.add(Fault(status=400, body=body))

    assert error_of(client).code == "Odd"


def test_a_body_with_a_bad_byte_is_parsed(
    detailed: Callable[[Any, str], Any], client: Any, face_emulator: Emulator
) -> None:
    """A byte that is not UTF-8 does not lose the typed error either."""
    face_emulator.faults.add(Fault(status=400, body=b'{"error": {"code": "Odd", "message": "caf\xe9"}}'))

    assert detailed(client, "id").parsed.error.message == "caf\N{REPLACEMENT CHARACTER}"


def test_a_body_that_is_cut_off_keeps_its_code(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> None:
    """What has arrived of an error is read, if its connection breaks."""
    face_emulator.faults.add(Fault(status=400, error=INNER, truncate=60))

    assert error_of(client).code == "InvalidRequest"


def test_a_key_in_the_headers_is_redacted(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> None:
    """Some gateways repeat the request in headers of their own, whose values are shown without the key."""
    face_emulator.faults.add(Fault(status=400, body="", headers={"x-ms-error-code": KEY, "X-Echo": f"key={KEY};"}))

    error = error_of(client)

    assert error.headers["x-echo"] == "key=[redacted];"
    assert error.code == "[redacted]"
    assert KEY not in shown(error)


def test_a_key_in_the_name_of_a_header_is_redacted(
    error_of: ErrorOf, make_client: Callable[..., Any], serve_each: Callable[..., Any]
) -> None:
    """A gateway that splits the request in the wrong place may make a header name of the key."""
    error = error_of(make_client(serve_each(response("400 Bad Request", f"{KEY}: 1\r\n".encode())).endpoint))

    assert error.headers["[redacted]"] == "1"
    assert KEY not in shown(error)


def test_a_key_in_the_headers_of_a_success_is_redacted(
    detailed: Callable[[Any, str], Any], client: Any, face_emulator: Emulator
) -> None:
    """The headers of an image are no place for a key either."""
    face_emulator.faults.add(Fault(headers={"X-Echo": KEY}))

    response = detailed(client, SAMPLE_IMAGE_ID)

    assert response.headers["x-echo"] == "[redacted]"
    assert KEY not in repr(response)


def test_a_key_in_the_reason_phrase_is_in_no_log(
    error_of: ErrorOf, make_client: Callable[..., Any], serve_each: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """httpx logs the reason phrase of each response, which comes from the server."""
    caplog.set_level(logging.DEBUG)
    server = serve_each(response(f"400 {KEY}", b""))

    error = error_of(make_client(server.endpoint))

    assert KEY not in shown(error) + caplog.text
    assert "400 Bad Request" in caplog.text


@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "http://[::1",
        "//",
        "https://elsewhere.example/",
        "",
        "/face/v1.2/other",
        "http://\xe9\xff:x/",
    ],
)
@pytest.mark.parametrize("status", [301, 308])
def test_a_redirect_is_an_error_after_one_request(
    error_of: ErrorOf, make_client: Callable[..., Any], serve_each: Callable[..., Any], status: int, location: str
) -> None:
    """Whatever its Location holds, a redirect is neither followed nor tried again, and is reported as it is."""
    server = serve_each(response(f"{status} Moved", b"Location: %b\r\n" % location.encode("latin-1")))

    error = error_of(make_client(server.endpoint, max_retries=3))

    assert type(error) is ApiError
    assert error.status_code == status
    assert error.headers["location"].encode(error.headers.encoding) == location.encode("latin-1")
    assert len(server.requests) == 1


def test_other_requests_of_the_httpx_client_are_redirected(
    make_http: Callable[..., Any], face_emulator: Emulator
) -> None:
    """Only the calls of the client are not redirected: who uses its httpx client for something else may follow."""
    face_emulator.faults.add(Fault(status=302, headers={"Location": f"{face_emulator.endpoint}/"}, times=1))

    assert make_http().get(f"{face_emulator.endpoint}/face/v1.2/sessionImages/id", follow_redirects=True).history


@pytest.mark.parametrize("chunked", [False, True], ids=["Content-Length: 0", "chunked"])
def test_an_empty_image_is_an_error(error_of: ErrorOf, client: Any, face_emulator: Emulator, chunked: bool) -> None:
    """A 200 without a body is no image: the error says so, with the id and the status."""
    face_emulator.faults.add(Fault(body=b"", chunked=chunked))

    error = error_of(client, SAMPLE_IMAGE_ID)

    assert error.status_code == 200
    assert "empty body" in str(error)
    assert SAMPLE_IMAGE_ID in str(error)


def test_an_empty_image_in_detail(detailed: Callable[[Any, str], Any], client: Any, face_emulator: Emulator) -> None:
    """The detailed form raises for no status, and has nothing parsed then."""
    face_emulator.faults.add(Fault(body=b""))

    response = detailed(client, SAMPLE_IMAGE_ID)

    assert (response.status_code, response.content, response.parsed) == (200, b"", None)


def test_an_empty_stream_is_an_error(pieces: Callable[..., list[bytes]], client: Any, face_emulator: Emulator) -> None:
    """A stream that ends before it has begun is an error, too."""
    face_emulator.faults.add(Fault(body=b""))

    with pytest.raises(ApiError, match=f"empty body.*{SAMPLE_IMAGE_ID}"):
        pieces(client, SAMPLE_IMAGE_ID)


def test_a_repr_has_the_size_of_an_image(
    detailed: Callable[[Any, str], Any], client: Any, face_emulator: Emulator
) -> None:
    """No repr shows a picture, which would also be megabytes in a log."""
    face_emulator.images["id"] = b"\xff\xd8\xff\x00picture"

    assert repr(detailed(client, "id")).count("<11 bytes>") == 2


@pytest.mark.parametrize(
    ("status", "text"), [(206, "does not promise"), (400, "image/jpeg: 11 bytes that are not text")]
)
def test_an_error_shows_no_picture(
    error_of: ErrorOf, client: Any, face_emulator: Emulator, status: int, text: str
) -> None:
    """A picture that comes with an unexpected status is shown as its size."""
    face_emulator.faults.add(Fault(status=status, body=b"\xff\xd8\xff\x00picture", content_type="image/jpeg"))

    error = error_of(client)

    assert "picture" not in shown(error)
    assert text in str(error)


def test_a_304_is_no_redirect(error_of: ErrorOf, client: Any, face_emulator: Emulator) -> None:
    """Only a response with a Location leads elsewhere."""
    face_emulator.faults.add(Fault(status=304))

    assert "does not promise this status" in str(error_of(client))


def test_a_proxys_own_words_are_not_shown(
    call: Call, make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """A proxy may repeat its credentials in the reason phrase."""
    server = raw_server(b"HTTP/1.1 407 Proxy user:password\r\nContent-Length: 0\r\n\r\n")
    client = make_client("https://contoso.example", httpx_args={"proxy": server.endpoint})

    with pytest.raises(httpx.ProxyError, match="the proxy responded with 407 Proxy Authentication Required") as caught:
        call(client, "id")

    assert "password" not in str(caught.value)


def test_what_a_transport_of_the_callers_says_is_printable(call: Call, make_client: Callable[..., Any]) -> None:
    """An error of the network may repeat what a server wrote."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(ESCAPES, request=request)

    client = make_client("https://contoso.example", httpx_args={"transport": httpx.MockTransport(fail)})

    with pytest.raises(httpx.ConnectError, match=r"a\\nb\\x1b") as caught:
        call(client, "id")

    assert str(caught.value).isprintable()
