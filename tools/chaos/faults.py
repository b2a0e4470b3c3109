"""The kinds of faulty responses, each with the emulator's fault and the response that a client receives."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import face_emulator
from tools.chaos.rules import Answer, End

FOR_EVER = 3600.0
_TRANSIENT = (408, 429, 500, 502, 503, 504)
_PERMANENT = (400, 401, 403, 404, 405, 409, 410, 412, 418, 425, 501, 505, 520, 599)
_OTHER_SUCCESSES = (201, 202, 203, 204, 206)
_REDIRECTS = (300, 301, 302, 303, 304, 307, 308)
_OTHER_IMAGE = b"a picture of somebody else"
_SPLIT = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_OTHER_IMAGE),
    _OTHER_IMAGE,
)


@dataclass(frozen=True)
class Fault:
    """A faulty response: the fault to inject, and the response that a client receives."""

    kind: str
    injected: face_emulator.Fault
    answer: Answer


Made = tuple[face_emulator.Fault, Answer]
Maker = Callable[[Random, bytes], Made]


def _status(status: int, **fields: Any) -> Made:
    return face_emulator.Fault(status=status, **fields), Answer(status)


def _asks_for_a_short_pause(random: Random, _image: bytes) -> Made:
    status, name = random.choice(_TRANSIENT), random.choice(["Retry-After-Ms", "X-Ms-Retry-After-Ms"])
    return face_emulator.Fault(status=status, headers={name: "20"}), Answer(status, retry_after=0.02)


def _long_ago(random: Random) -> str:
    return f"Fri, 31 Dec {random.randint(1970, 1999)} 23:59:59 GMT"


def _asks_for_a_second(random: Random, _image: bytes) -> Made:
    status = random.choice(_TRANSIENT)
    return face_emulator.Fault(status=status, retry_after=1), Answer(status, retry_after=1)


def _asks_for_too_much(random: Random, _image: bytes) -> Made:
    status = random.choice(_TRANSIENT)
    wanted: list[int | str] = [61, 120, 3600, 10**12, "Wed, 31 Dec 2098 23:59:59 GMT"]
    return face_emulator.Fault(status=status, retry_after=random.choice(wanted)), Answer(status, retry_after=FOR_EVER)


def _asks_for_nothing(random: Random, _image: bytes) -> Made:
    status = random.choice(_TRANSIENT)
    words = random.choice([None, 0, _long_ago(random), "soon", "NaN", "0x10", "Fri, 99 Foo 2024 25:61:61 GMT"])
    return face_emulator.Fault(status=status, retry_after=words), Answer(status)


def _damaged(random: Random) -> dict[str, Any]:
    """Returns a damage of the body of a response, for a status that alone decides the outcome."""
    return random.choice(
        [
            {"truncate": random.randint(0, 20)},
            {"truncate": 0, "chunked": True},
            {"content_length": random.randint(1000, 10**12)},
            {"content_length": random.randint(1, 10)},
            {"chunked": True, "chunk_size": random.randint(1, 9)},
            {"html": True},
            {
                "error": {
                    "code": "Outer",
                    "innererror": {"code": "Inner", "message": "\x1b[2J" * random.randint(0, 3)},
                }
            },
            {"body": random.choice(["", "{", "null", '{"error": 7}', "[" * 2000])},
            {"body": random.randbytes(200_000), "content_type": random.choice(["text/plain; charset=nope", "a"])},
            {"headers": {"Content-Encoding": "gzip"}},
        ]
    )


def _transient_and_damaged(random: Random, _image: bytes) -> Made:
    status = random.choice(_TRANSIENT)
    return face_emulator.Fault(status=status, retry_after="0.02", **_damaged(random)), Answer(status, retry_after=0.02)


def _permanent(random: Random, _image: bytes) -> Made:
    return _status(random.choice(_PERMANENT), retry_after=random.choice([None, 0]))


def _permanent_and_damaged(random: Random, _image: bytes) -> Made:
    return _status(random.choice(_PERMANENT), **_damaged(random))


def _another_success(random: Random, image: bytes) -> Made:
    status = random.choice(_OTHER_SUCCESSES)
    return _status(status, body=image[: len(image) // 2] if status != 204 else None)


def _redirect(random: Random, _image: bytes) -> Made:
    target = random.choice(
        [None, "/face/v1.2/sessionImages/elsewhere", "http://[::1]:1/x", "http://[", "//", "https://a:b"]
    )
    return _status(random.choice(_REDIRECTS), headers=target and {"Location": target})


def _page(random: Random, _image: bytes) -> Made:
    types: list[dict[str, Any]] = [
        {"html": True},
        {"html": True, "truncate": 10},
        {"content_type": "text/html"},
        {"content_type": "application/xhtml+xml"},
    ]
    return face_emulator.Fault(**random.choice(types)), Answer(is_page=True)


def _drop(random: Random, _image: bytes) -> Made:
    return face_emulator.Fault(drop=True, delay=random.choice([0, 0.01])), Answer(end=End.DROPPED)


def _silence(_random: Random, _image: bytes) -> Made:
    return face_emulator.Fault(delay=FOR_EVER), Answer(end=End.SILENT)


def _breaks_off(random: Random, image: bytes) -> Made:
    kept = random.randrange(len(image))
    chunked = random.choice([True, False])
    answer = Answer(body=image[:kept], announced=None if chunked else len(image), end=End.BROKEN)
    chunk_size = random.choice([1000, 65536])
    return face_emulator.Fault(body=image, truncate=kept, chunked=chunked, chunk_size=chunk_size), answer


def _announces_too_much(random: Random, image: bytes) -> Made:
    announced = len(image) + random.choice([1, 1000, 10**6, 10**12])
    return face_emulator.Fault(content_length=announced), Answer(body=image, announced=announced, end=End.BROKEN)


def _announces_too_little(random: Random, image: bytes) -> Made:
    """The surplus belongs neither to this response (RFC 9112, section 6.3) nor to the next one."""
    announced = random.randint(1, len(image))
    rest = random.choice([b"the rest", _SPLIT])
    return face_emulator.Fault(body=image[:announced] + rest, content_length=announced), Answer(body=image[:announced])


def _gzip_broken_off(random: Random, image: bytes) -> Made:
    """Content-Length is right; only the encoding shows that the body is incomplete."""
    encoded = gzip.compress(image, 1)[: -random.randint(1, 20)]
    return face_emulator.Fault(body=encoded, headers={"Content-Encoding": "gzip"}), Answer(body=encoded, end=End.BROKEN)


def _wrong_encoding(random: Random, image: bytes) -> Made:
    headers = {"Content-Encoding": random.choice(["gzip", "x-gzip", "deflate", "br", "zstd", "nonsense"])}
    return face_emulator.Fault(body=b"\xff\xff" + image, headers=headers), Answer(end=End.GARBLED)


def _slow(random: Random, image: bytes) -> Made:
    chunk = max(1000, len(image) // 10)
    return face_emulator.Fault(delay=random.choice([0, 0.05]), chunk_size=chunk, chunk_delay=0.01), Answer(body=image)


def _unusual(random: Random, image: bytes) -> Made:
    fields: dict[str, Any] = random.choice(
        [
            {"status": 200, "body": image},
            {"chunked": True, "chunk_size": random.randint(500, 5000)},
            {"content_type": random.choice(["image/jpeg", "application/json", "a", "multipart/mixed"])},
            {"headers": {"Set-Cookie": "a=b", "X-MS-Error-Code": "None"}},
            {"headers": {"Connection": "close"}},
            {"headers": {"Content-Encoding": "identity"}},
            {"headers": {"Content-Encoding": "gzip"}, "body": gzip.compress(image, 1)},
            {"truncate": len(image)},
            {"content_length": len(image)},
            {"retry_after": 7},
        ]
    )
    return face_emulator.Fault(**fields), Answer(body=image)


def _nothing(random: Random, _image: bytes) -> Made:
    return face_emulator.Fault(body="", chunked=random.choice([True, False])), Answer()


def _another_image(random: Random, _image: bytes) -> Made:
    """The client returns whatever the server sends."""
    body = random.randbytes(random.randint(1, 5000))
    return face_emulator.Fault(body=body), Answer(body=body)


def _drip(random: Random, _image: bytes) -> Made:
    return face_emulator.Fault(body=random.randbytes(1000), chunk_size=1, chunk_delay=0.2), Answer(end=End.DRIPPING)


KINDS: Mapping[str, tuple[int, Maker]] = {
    "transient status, a short pause wanted": (30, _asks_for_a_short_pause),
    "transient status, a pause of a second wanted": (2, _asks_for_a_second),
    "transient status, too long a pause wanted": (4, _asks_for_too_much),
    "transient status, no Retry-After, or one of zero, in the past or invalid": (10, _asks_for_nothing),
    "transient status, damaged body": (20, _transient_and_damaged),
    "other error status": (8, _permanent),
    "other error status, damaged body": (8, _permanent_and_damaged),
    "undocumented success": (3, _another_success),
    "redirect": (3, _redirect),
    "HTML page in place of the image": (4, _page),
    "connection dropped": (20, _drop),
    "body broken off": (20, _breaks_off),
    "more announced than sent": (8, _announces_too_much),
    "less announced than sent": (8, _announces_too_little),
    "gzip, broken off": (4, _gzip_broken_off),
    "not the encoding that it names": (4, _wrong_encoding),
    "slow": (5, _slow),
    "unusual": (8, _unusual),
    "another image": (3, _another_image),
    "nothing in place of the image": (4, _nothing),
    "silence": (1, _silence),
}
"""The kinds of faults, each with its weight."""

# Only for clients with special options.
SILENCE_TO_THE_DEADLINE = _silence
DRIP = _drip


def fault(kind: str, random: Random, image: bytes) -> Fault:
    """Returns one fault of a kind."""
    injected, answer = KINDS[kind][1](random, image)
    return Fault(kind, replace(injected, times=1), answer)
