"""The grammar of answers, compared with h11's."""

import socket
from typing import NamedTuple

import h11
import httpx
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from face_client._http1 import Connection

START = b"HTTP/1.1 200 OK\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
STARTS = [
    *[START] * 20,
    *(
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.1 200\r\n",
        b"HTTP/1.1 404 \xff\n",
        b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" + START,
    ),
    *(b"HTTP/1.1 101 x\r\n\r\n" + START, b"HTTP/1.1 99 x\r\n", b"HTTP/1.1 099 x\r\n", b"HTTP/1.1 200\tOK\r\n", b"\r\n"),
    *(b"HTTP/1.1 200 a\x0bb\r\n", b"HTTP/1.1 200 a\rb\r\n", b"http/1.1 200 OK\r\n", b"HTTP/1.1 2000 OK\r\n"),
]
FIELDS = [
    *[b"Transfer-Encoding: chunked"] * 12,
    *[b"Content-Length: 5"] * 6,
    *(b"content-length:5, 5", b"Content-Length: 05", b"Content-Length: +5", b"Content-Length: 5_0", b"Content-Length:"),
    *(
        b"Content-Length : 5",
        b"Transfer-Encoding: gzip, chunked",
        b"transfer-encoding:\tChunked ",
        b"X: y",
        b"X:",
        b"X",
    ),
    *(b": y", b"X: \0", b"X: a\x0b", b"X: a\rb", b"X: \xff", b" fold", b"\tTransfer-Encoding: chunked", b"X\xa0: y"),
]
ENDS = [*[b"\r\n"] * 30, b"\n", b"\r", b"\r\n ", b"\r\r\n", b"\n\r\n", b"\x85"]
BODIES = [
    *[b"5\r\nhello\r\n", b"0\r\n\r\n", b"hello"] * 8,
    *(
        b"05\r\nhello\r\n",
        b"5 \r\nhello\r\n",
        b"5;a=b\r\nhello\r\n",
        b"5\nhello\r\n",
        b"5\r\nhello\n",
        b"+5\r\nhello\r\n",
    ),
    *(b"0x5\r\nhello\r\n", b"5_0\r\nh", b"5\r\nhellohello\r\n", b"5;\n\r\nhello\r\n", b";\r\n", b" 5\r\nhello\r\n"),
    *(b"-5\r\nhello\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"\r\n", b"0\r\nT: x\r\n y\r\n\r\n", b"0\r\n fold\r\n\r\n"),
    *(b"0\r\nbad\r\n\r\n", b"0\r\nT: x\n\n", b"0\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
]


class Understood(NamedTuple):
    status_code: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    may_go_on: bool


def ours(answer: bytes, cuts: list[int]) -> Understood | None:
    """What our parser takes an answer for that arrives in pieces, or None if it says that it is none."""
    near, far = socket.socketpair()
    with near, far:
        for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True):
            far.sendall(answer[start:end])
        far.shutdown(socket.SHUT_WR)
        connection = Connection(near, lambda _: None)
        try:
            head, body = connection.exchange(
                httpx.Request("GET", "http://face.test", extensions={"timeout": {"read": 5}})
            )
            content = b"".join(body)
        except httpx.RemoteProtocolError:
            return None
        body.close()
        is_clean = connection.may_go_on and not connection._received and not near.recv(1)
        return Understood(head.status_code, head.headers, content, is_clean)


def h11s(answer: bytes) -> Understood | None:
    """What h11 takes it for."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "face.test")]))
    http.send(h11.EndOfMessage())
    response, content = h11.Response(status_code=200, headers=[]), b""
    http.receive_data(answer)
    try:
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                http.receive_data(b"")
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                content += bytes(event.data)
            elif isinstance(event, h11.ConnectionClosed):
                return None
    except h11.RemoteProtocolError:
        return None
    is_clean = http.their_state is h11.DONE and not http.trailing_data[0]
    return Understood(response.status_code, response.headers.raw_items(), content, is_clean)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    answer = draw(st.sampled_from(STARTS))
    for line in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        answer += line + draw(st.sampled_from(ENDS))
    answer += draw(st.sampled_from(ENDS)) + b"".join(draw(st.lists(st.sampled_from(BODIES), max_size=4)))
    place, longer = (
        draw(st.integers(0, len(answer))),
        draw(st.sampled_from([*[b""] * 9, b"\r", b"\n", b"\0", b":", b"5"])),
    )
    return answer[:place] + longer + answer[place:]


@given(answers(), st.lists(st.integers(0, 200), max_size=4))
@example(b"HTTP/1.1 200 a\x0b\r\n\r\n", [])
@example(b"HTTP/1.1 101 x\r\n\r\n" + START + b"Content-Length: 5\r\n\r\nhello", [])
@example(CHUNKED + b"0\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", [])
@example(CHUNKED + b"0\r\nT: x\n\n0\r\n\r\n", [])
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_that_h11_would_not_take(answer: bytes, cuts: list[int]) -> None:
    """What is taken for an answer h11 takes for the same one, and a connection is not kept where h11 would not."""
    our = ours(answer, sorted(cut for cut in cuts if cut < len(answer)))
    their = h11s(answer)

    # Beside a Transfer-Encoding, the length is of no account, also one that is none; h11 looks at it all the same.
    if our is None or (
        not our.may_go_on and b"transfer-encoding" in answer.lower() and b"content-length" in answer.lower()
    ):
        return
    assert their is not None
    assert (our.status_code, our.body) == (their.status_code, their.body)
    framing = (b"content-length", b"transfer-encoding")  # which h11 rewrites
    assert [f for f in our.headers if f[0].lower() not in framing] == [
        f for f in their.headers if f[0].lower() not in framing
    ]
    assert their.may_go_on or not our.may_go_on


@given(
    st.lists(st.sampled_from(["A: b", "C:", "D: \xff"]), max_size=3),
    st.lists(st.binary(max_size=20), max_size=4),
    st.booleans(),
    st.lists(st.integers(0, 200), max_size=9),
)
@settings(max_examples=150, deadline=None)
def test_every_answer_as_it_should_be(fields: list[str], pieces: list[bytes], sized: bool, cuts: list[int]) -> None:
    """An answer without a fault is understood, wherever it is cut into pieces, and its connection is kept."""
    body = b"".join(pieces)
    framing = b"Content-Length: %d" % len(body) if sized else b"Transfer-Encoding: chunked"
    sent = body if sized else b"".join(b"%x;q\r\n%b\r\n" % (len(each), each) for each in pieces if each) + b"0\r\n\r\n"
    answer = START + b"\r\n".join([framing, *(field.encode("latin-1") for field in fields), b"", sent])

    our = ours(answer, sorted(cut for cut in cuts if cut < len(answer)))

    assert our is not None
    assert our == h11s(answer)
    assert our.body == body
    assert our.may_go_on
