"""The network fails in each way that there is: the caller is told what, where and for how long, and never the key."""

import re
import socket
import ssl
import struct
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
import trustme

from face_client import ApiError, IncompleteBody
from face_client_auth import SubscriptionKeyAuth
from face_emulator import Emulator

KEY = "0123456789abcdef0123456789ABCDEF"
HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n01234"


@dataclass
class Failure:
    """Where it happens, and what the error says before the request's id: {} stands for the host and the port."""

    endpoint: str
    error: type[Exception]
    says: str
    trusting: ssl.SSLContext | None = None


def _reset(connection: socket.socket, _request: bytes, sent: bytes) -> None:
    connection.sendall(sent)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _silence(connection: socket.socket, _request: bytes) -> None:
    connection.recv(1)


def _stall(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(HALF)
    connection.recv(1)


SHORT = {"connect": "no connection", "read": "no data"}  # the timeouts that are waited for


def _nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


REDIRECT = "302 Found: redirects are not followed"
RAW: dict[str, tuple[Any, type[Exception], str]] = {
    "silence": (_silence, httpx.ReadTimeout, r"no data from {} for 0\.2 s"),
    "a stall in the body": (_stall, httpx.ReadTimeout, r"no data from {} for 0\.2 s"),
    "hanging up": (b"", httpx.RemoteProtocolError, r"{}: Server disconnected without sending a response\."),
    "half a head": (
        b"HTTP/1.1 200 OK\r\nContent-",
        httpx.RemoteProtocolError,
        r"{}: Server disconnected without sending a response\.",
    ),
    "a reset for an answer": (partial(_reset, sent=b""), httpx.ReadError, "{}: .*(reset|broken).*"),
    "half a body": (HALF, IncompleteBody, "incomplete body: 5 of 10 bytes arrived"),
    "no http": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", httpx.RemoteProtocolError, "{}: malformed response: .*"),
    "a redirect to nonsense": (
        b"HTTP/1.1 302 X\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        ApiError,
        REDIRECT,
    ),
    "a redirect to no host": (
        b"HTTP/1.1 302 X\r\nLocation: https://\r\nContent-Length: 0\r\n\r\n",
        ApiError,
        REDIRECT,
    ),
    "a redirect to no port": (
        b"HTTP/1.1 302 X\r\nLocation: http://x:y/\r\nContent-Length: 0\r\n\r\n",
        ApiError,
        REDIRECT,
    ),
}


@pytest.fixture(
    params=[
        *RAW,
        "nobody",
        "nowhere",
        "no name",
        "tls to a plain port",
        "plain to a tls port",
        "an untrusted certificate",
        "a wrong name",
        "a proxy that is not there",
        "a proxy that refuses",
    ]
)
def failure(
    request: pytest.FixtureRequest,
    raw_server: Callable[..., Any],
    face_emulator: Emulator,
    certificates: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Failure]:
    """Each way in which the network fails."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    match request.param:
        case "nobody":
            yield Failure(_nobody(), httpx.ConnectError, "{}: .*(refused|failed).*")
        case "nowhere":
            with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
                for _ in range(4):
                    waiting = stack.enter_context(socket.socket())
                    waiting.setblocking(False)
                    waiting.connect_ex(listener.getsockname())
                endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
                yield Failure(endpoint, httpx.ConnectTimeout, r"no connection to {} within 0\.2 s")
        case "no name":
            endpoint = "https://face.invalid"
            yield Failure(endpoint, httpx.ConnectError, "{}: .*(not known|resolution|address).*", certificates.client)
        case "tls to a plain port":
            endpoint = face_emulator.endpoint.replace("http:", "https:")
            yield Failure(endpoint, httpx.ConnectError, r"{}: \[SSL.*", certificates.client)
        case "plain to a tls port":
            endpoint = raw_server(b"", certificates.server).endpoint.replace("https:", "http:")
            yield Failure(endpoint, httpx.TransportError, "{}: .*(reset|broken|disconnected).*")
        case "an untrusted certificate":
            endpoint = raw_server(b"", certificates.server).endpoint
            yield Failure(endpoint, httpx.ConnectError, "{}: .*certificate verify failed.*")
        case "a wrong name":
            authority, elsewhere = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("elsewhere.invalid").configure_cert(elsewhere)
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            authority.configure_trust(trusting)
            endpoint = raw_server(b"", elsewhere).endpoint
            yield Failure(endpoint, httpx.ConnectError, "{}: .*certificate is not valid for '127.0.0.1'.*", trusting)
        case "a proxy that is not there":
            monkeypatch.setenv("HTTPS_PROXY", _nobody())
            endpoint = "https://face.invalid"
            yield Failure(
                endpoint, httpx.ConnectError, "{} through the proxy .*: .*(refused|failed).*", certificates.client
            )
        case "a proxy that refuses":
            proxy = raw_server(b"HTTP/1.1 407 \x1b[31mWho\r\nContent-Length: 0\r\n\r\n")
            monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
            yield Failure(
                "https://face.invalid",
                httpx.ProxyError,
                "{} through the proxy .*: the proxy .* 407 Proxy Auth.*",
                certificates.client,
            )
        case name:
            answer, error, says = RAW[name]
            yield Failure(raw_server(answer).endpoint, error, says)


def test_a_failure_says_what_and_where(
    call: Callable[[Any, Any], bytes], make_client: Callable[..., Any], failure: Failure
) -> None:
    """Each failure is one documented error, which names the server and how long it was waited for, and not the key."""
    client = make_client(
        failure.endpoint,
        auth=SubscriptionKeyAuth(KEY),
        timeout=httpx.Timeout(20, **{name: 0.2 for name, says in SHORT.items() if says in failure.says}),
        httpx_args={"verify": failure.trusting} if failure.trusting else None,
    )
    authority = re.escape(failure.endpoint.partition("//")[2])

    with pytest.raises((ApiError, httpx.TransportError)) as caught:
        call(client, "id")

    assert isinstance(caught.value, failure.error)
    says = failure.says.replace("{}", authority) + r" \(client request id [0-9a-f-]{36}\)"
    assert re.fullmatch(says, str(caught.value))
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert str(caught.value) in told
    assert KEY not in f"{told} {caught.value!r} {vars(caught.value)}"


def test_a_line_that_repeats_the_key_is_not_quoted(
    call: Callable[[Any, str], bytes], make_client: Callable[..., Any], raw_server: Callable[..., Any]
) -> None:
    """What a broken server makes of the key's header is neither in the words of the error nor in the frames below."""
    for answer in [
        b"%b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n@%b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n",
    ]:
        line = b"Ocp-Apim-Subscription-Key: emulator-key"
        server = raw_server(answer % line)
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            call(make_client(server.endpoint), "a")
        assert line in server.requests[0], "or there would be nothing to find"
        frames = [
            frame
            for frame, _ in traceback.walk_tb(caught.value.__traceback__)
            if "/tests/" not in frame.f_code.co_filename
        ]
        shown = [repr(caught.value), *(repr(frame.f_locals) for frame in frames)]
        assert frames
        assert not [text for text in shown if "emulator-key" in text]


class _Unchecked(httpx.Auth):
    """A caller's own, with a line break at the end of the key."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Ocp-Apim-Subscription-Key"] = "emulator-key\n"
        yield request


def test_a_key_that_cannot_be_sent_is_not_quoted(
    call: Callable[[Any, str], bytes], make_client: Callable[..., Any], face_emulator: Emulator
) -> None:
    """The error of a header that cannot be sent says so without its value."""
    with pytest.raises(httpx.LocalProtocolError) as caught:
        call(make_client(face_emulator.endpoint, auth=_Unchecked()), "a")
    assert "emulator-key" not in repr(caught.value)
