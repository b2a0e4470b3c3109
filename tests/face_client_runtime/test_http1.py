"""The grammar of HTTP/1.1: what a response is, what is none, and that a request is one request."""

import h11
import httpcore
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from face_client_runtime._http1 import MAX_HEAD, ResponseParser, request_head

START = b"HTTP/1.1 200 OK\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
OK = START + b"Content-Length: 2\r\n\r\nhi"
WITHOUT_BODY = [
    START + b"Content-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]


def parse(response: bytes, cuts: list[int] | None = None, method: bytes = b"GET") -> tuple[ResponseParser, bytes]:
    """Feeds a response that is cut into pieces, and then the end of the connection, as a connection does."""
    parser = ResponseParser(method)
    cuts = sorted(cuts or [])
    parts = [response[start:end] for start, end in zip([0, *cuts], [*cuts, len(response)], strict=True)]
    body = b""
    for part in (*filter(None, parts), b""):
        if parser.is_complete and not part:
            break
        if parser.is_complete:
            parser.keep_alive = False  # the connection finds bytes between two exchanges
            break
        parser.feed(part)
        while parser.chunks:
            body += parser.chunks.popleft()
        if parser.failure:
            raise parser.failure
    if parser.left and parser.left < 0:
        body, parser.keep_alive = body[: parser.left], False
    parser.close()
    return parser, body


def test_responses() -> None:
    """Each way in which a response may be written is understood, whole or byte by byte."""
    for response, body in [
        (OK, b"hi"),
        (b"HTTP/1.1 200 \r\ncontent-length:2\t \r\n\r\nhi", b"hi"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (START + b"\r\n", b""),
        (START + b"Content-Length: 0\r\n\r\n", b""),
        (START + b"Transfer-Encoding: Chunked\r\n\r\n1;x=y\r\nh\r\n01\r\ni\r\n0\r\nT: 1\r\n\r\n", b"hi"),
        (START + b"Transfer-Encoding: chunked \r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi"),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
    ]:
        for cuts in [], list(range(1, len(response))):
            parser, received = parse(response, cuts)

            assert parser.is_complete or not parser.keep_alive
            assert received == body


def test_whitespace_around_a_value() -> None:
    """Spaces and tabs around the value of a header are no part of it (RFC 9110, section 5.5)."""
    parser, _ = parse(START + b"A: \t b c \t \r\nContent-Length: 0 \r\n\r\n")

    assert parser.head
    assert parser.head[2] == [(b"A", b"b c"), (b"Content-Length", b"0")]


def test_what_is_no_response() -> None:
    """What breaks off, is not HTTP/1.x, contradicts itself or has no plain end is an error, however it is cut."""
    for response, says in [
        (b"", "without sending a response"),
        (START + b"Content-Le", "without sending a response"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "malformed"),
        (b"HTTP/0.9 200 OK\r\n\r\n", "malformed response: the version is not HTTP/1.x"),
        (b"HTTP/1.7 200 OK\r\n\r\n", "malformed"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "malformed"),
        (b"\x15\x03\x01\x00\x02\x02\x50\n\n", "malformed"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "malformed"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "malformed"),
        (START + b"no colon\r\n\r\n", "malformed"),
        (START + b"A : 1\r\n\r\n", "malformed"),
        (START + b"Transfer-Encoding: chunked\t\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "unsupported Transfer-Encoding"),
        (START + b"A: 1\0\r\n\r\n", "malformed"),
        (START + b"A: 1\rB: 2\r\n\r\n", "malformed"),
        (START + b"Content-Length: -1\r\n\r\n", "malformed"),
        (START + b"Content-Length: 1e3\r\n\r\n", "malformed"),
        (START + b"Content-Length: 5, 10\r\n\r\n", "malformed"),
        (START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", "malformed"),
        (START + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "malformed"),
        (START + b"Content-Length: " + 21 * b"1" + b"\r\n\r\n", "malformed"),
        (START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "malformed"),
        (START + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "unsupported Transfer-Encoding"),
        (START + b"Transfer-Encoding: gzip\r\n\r\n", "unsupported Transfer-Encoding"),
        (START + b"Transfer-Encoding: identity\r\n\r\n", "unsupported Transfer-Encoding"),
        (START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "malformed"),
        (CHUNKED + b"xyz\r\n", "malformed"),
        (CHUNKED + b"1\r\nhi\r\n", "malformed"),
        (CHUNKED + b"-1\r\n", "malformed"),
        (CHUNKED + b"FFFFFFFFFFFFFFFFF\r\n", "malformed"),
        (CHUNKED + b"5\r\nhi", "before the end of the body"),
        (CHUNKED + b"2\r\nhi\r\n", "before the end of the body"),
        (START + b"Content-Length: 3\r\n\r\nhi", "before the end of the body"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhi", "malformed|without"),
    ]:
        for cuts in [], list(range(1, len(response))):
            with pytest.raises(httpcore.RemoteProtocolError, match=says):
                parse(response, cuts)


def test_a_head_without_end() -> None:
    """A head, interim responses, a chunk extension or trailers of more than 100 KiB are given up."""
    for endless, piece in [
        (START + b"A: ", 1000 * b"a"),
        (START, 100 * b"A: b\r\n"),
        (b"", 100 * b"HTTP/1.1 100 Continue\r\n\r\n"),
        (CHUNKED + b"1;", 1000 * b"x"),
        (CHUNKED + b"0\r\n", 100 * b"A: b\r\n"),
    ]:
        with pytest.raises(httpcore.RemoteProtocolError, match="malformed response"):
            parse(endless + piece * (2 * MAX_HEAD // len(piece)), cuts=list(range(1000, 2 * MAX_HEAD, 1000)))


def test_another_protocol_is_no_response() -> None:
    """Protocols whose responses look like those of HTTP are refused."""
    for protocol in (b"ICE", b"RTSP"):
        with pytest.raises(httpcore.RemoteProtocolError, match="malformed"):
            parse(b"%b/1.0 200 OK\r\n\r\n" % protocol)


def test_headers_are_as_they_came() -> None:
    """Headers keep their order, case, bytes and doubles; the version is kept, and the reason phrase is not."""
    head = b"HTTP/1.1 404 Very well\r\nB: 1\r\na: \xe4\xff\r\nb: 2\r\nEmpty:\r\nContent-Length: 0\r\n\r\n"

    parser, _ = parse(head)

    fields = [(b"B", b"1"), (b"a", b"\xe4\xff"), (b"b", b"2"), (b"Empty", b""), (b"Content-Length", b"0")]
    assert parser.head == (b"HTTP/1.1", 404, fields)


def test_interim_headers_and_trailers_are_dropped() -> None:
    """What an interim response or a trailer says is not part of the headers."""
    early = b"HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\nX: early\r\n\r\n"

    parser, body = parse(early + CHUNKED + b"2\r\nhi\r\n0\r\nX: late\r\n\r\n")

    assert parser.head is not None
    assert parser.head[1:] == (200, [(b"Transfer-Encoding", b"chunked")])
    assert body == b"hi"


def test_the_response_to_head_has_no_body() -> None:
    """The length in a response to HEAD is that of a body which does not come."""
    parser, body = parse(START + b"Content-Length: 1000\r\n\r\n", method=b"HEAD")

    assert (parser.is_complete, parser.keep_alive, body) == (True, True, b"")


def test_a_connection_that_is_not_kept() -> None:
    """Where more came than the response, or the server ends the connection, it is not used again."""
    for response in [
        OK + OK,
        OK + b"x",
        *(OK + second for second in WITHOUT_BODY),
        *(CHUNKED + b"0\r\n\r\n" + second for second in WITHOUT_BODY),
        CHUNKED + b"0\r\n\r\n" + OK,
        CHUNKED + b"0\r\n\r\nx",
        START + b"Content-Length: 0\r\n\r\n" + OK,
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 304 Not Modified\r\n\r\nhi",
        START + b"Connection: Close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        START + b"\r\nhi",
    ]:
        parser, body = parse(response)

        assert body in (b"hi", b"")
        assert not parser.keep_alive


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


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    response = draw(st.sampled_from(STARTS))
    for line in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        response += line + draw(st.sampled_from(ENDS))
    response += draw(st.sampled_from(ENDS)) + b"".join(draw(st.lists(st.sampled_from(BODIES), max_size=4)))
    place = draw(st.integers(0, len(response)))
    return response[:place] + draw(st.sampled_from([*[b""] * 9, b"\r", b"\n", b"\0", b":", b"5"])) + response[place:]


def h11s(response: bytes) -> tuple[int, bytes, bool] | None:
    """The status, the body and whether the connection is kept, as h11 understands a response; None for none."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "face.test")]))
    http.send(h11.EndOfMessage())
    status, body = 0, b""
    http.receive_data(response)
    try:
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                http.receive_data(b"")
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.ConnectionClosed):
                return None
    except h11.RemoteProtocolError:
        return None
    return status, body, http.their_state is h11.DONE and not http.trailing_data[0]


@given(responses(), st.lists(st.integers(1, 200), max_size=4))
@example(b"HTTP/1.1 101 x\r\n\r\n" + START + b"Content-Length: 5\r\n\r\nhello", [])
@example(CHUNKED + b"0\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", [])
@settings(max_examples=400, deadline=None, database=None)
def test_another_parser_reads_the_same(response: bytes, cuts: list[int]) -> None:
    """Where h11 takes something for a response too, status and body are the same, and no more connections are kept."""
    try:
        parser, body = parse(response, [cut for cut in cuts if cut < len(response)])
    except httpcore.RemoteProtocolError:
        return
    if (theirs := h11s(response)) is None:
        return
    assert parser.head is not None
    assert (parser.head[1], body) == theirs[:2]
    # Of what follows a response, llhttp drops line breaks without a word.
    assert theirs[2] or not parser.keep_alive or response.endswith((b"\r", b"\n"))


@given(
    st.lists(st.sampled_from([b"A: b", b"C:", b"D: \xff"]), max_size=3),
    st.lists(st.binary(max_size=20), max_size=4),
    st.booleans(),
    st.lists(st.integers(1, 200), max_size=9),
)
@settings(max_examples=150, deadline=None, database=None)
def test_every_response_as_it_should_be(fields: list[bytes], parts: list[bytes], sized: bool, cuts: list[int]) -> None:
    """A response without a fault is understood, wherever it is cut into pieces, and its connection is kept."""
    body = b"".join(parts)
    framing = b"Content-Length: %d" % len(body) if sized else b"Transfer-Encoding: chunked"
    sent = body if sized else b"".join(b"%x;q\r\n%b\r\n" % (len(each), each) for each in parts if each) + b"0\r\n\r\n"
    response = START + b"\r\n".join([framing, *fields, b"", sent])

    parser, received = parse(response, [cut for cut in cuts if cut < len(response)])

    assert received == body
    assert (parser.is_complete, parser.keep_alive) == (True, True)


def _request(method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> httpcore.Request:
    url = httpcore.URL(scheme=b"http", host=b"a", port=None, target=target)
    return httpcore.Request(method, url, headers=headers)


@given(st.binary(max_size=8), st.binary(max_size=8), st.binary(max_size=8))
@example(b"A", b"b\r\nC: d", b"/")
@example(b"A: b\r\nC", b"d", b"/")
@example(b"A", b"b", b"/ HTTP/1.1\r\nC: d")
@example(b"A", b"b\nC: d", b"/")
@example(b"A", b"b\0", b"/")
@example(b"A", b" b", b"/")
@example(b"A ", b"b", b"/")
@settings(deadline=None, database=None)
def test_a_request_is_one_request(name: bytes, value: bytes, target: bytes) -> None:
    """What is sent is one line for the request and one for each header, or nothing."""
    try:
        head = request_head(_request(b"GET", target, [(name, value), (b"Host", b"a")]))
    except httpcore.LocalProtocolError:
        return
    assert head == b"GET %b HTTP/1.1\r\n%b: %b\r\nHost: a\r\n\r\n" % (target, name, value)
    assert not set(target) & set(b" \r\n\0")
    assert not set(name + value) & set(b"\r\n\0")
    assert b":" not in name
    assert name == name.strip()


def test_a_method_is_one_word() -> None:
    """A method that could end the line is refused, in words that do not repeat it."""
    for method in [b"G ET", b"", b"GET\r\n"]:
        with pytest.raises(httpcore.LocalProtocolError, match=r"has an invalid character$"):
            request_head(_request(method, b"/", []))
