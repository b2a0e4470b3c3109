"""Every way in which the emulator can get an answer wrong, each with what a client sees of it."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from face_emulator import Fault
from tools.chaos.rules import Answer, End

FOR_EVER = 3600.0
_PASSING = (408, 429, 500, 502, 503, 504)
_LASTING = (400, 401, 403, 404, 405, 409, 410, 412, 418, 425, 501, 505, 520, 599)
_OTHER_SUCCESSES = (201, 202, 203, 204, 206)
_REDIRECTS = (300, 301, 302, 303, 304, 307, 308)
_OTHER_IMAGE = b"a picture of somebody else"
_SPLIT = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_OTHER_IMAGE),
    _OTHER_IMAGE,
)


@dataclass(frozen=True)
class Trouble:
    """One faulty answer: how the emulator is told to give it, and what a client sees."""

    kind: str
    fault: Fault
    answer: Answer


Made = tuple[Fault, Answer]
Maker = Callable[[Random, bytes], Made]


def _status(status: int, **fields: Any) -> Made:
    return Fault(status=status, **fields), Answer(status)


def _asks_for_no_pause(random: Random, _image: bytes) -> Made:
    status = random.choice(_PASSING)
    how: dict[str, Any] = random.choice(
        [{"retry_after": 0}, {"retry_after": _long_ago(random)}, {"headers": {"Retry-After-Ms": "20"}}]
    )
    return Fault(status=status, **how), Answer(status, retry_after=0)


def _long_ago(random: Random) -> str:
    return f"Fri, 31 Dec {random.randint(1970, 1999)} 23:59:59 GMT"


def _asks_for_a_second(random: Random, _image: bytes) -> Made:
    status = random.choice(_PASSING)
    return Fault(status=status, retry_after=1), Answer(status, retry_after=1)


def _asks_for_too_much(random: Random, _image: bytes) -> Made:
    status = random.choice(_PASSING)
    wanted: list[int | str] = [61, 3600, 10**12, "Wed, 31 Dec 2098 23:59:59 GMT"]
    return Fault(status=status, retry_after=random.choice(wanted)), Answer(status, retry_after=FOR_EVER)


def _asks_for_nothing(random: Random, _image: bytes) -> Made:
    status = random.choice(_PASSING)
    words = random.choice([None, "soon", "NaN", "0x10", "Fri, 99 Foo 2024 25:61:61 GMT"])
    return Fault(status=status, retry_after=words), Answer(status)


def _damaged(random: Random) -> dict[str, Any]:
    """What can be wrong with the body of an answer whose status says enough."""
    return random.choice(
        [
            {"truncate": random.randint(0, 20)},
            {"truncate": 0, "chunked": True},
            {"content_length": random.randint(1000, 10**12)},
            {"content_length": random.randint(1, 10)},
            {"chunked": True, "chunk_size": random.randint(1, 9)},
            {"html": True},
            {"body": random.choice(["", "{", "null", '{"error": 7}', "[" * 2000])},
            {"body": random.randbytes(200_000), "content_type": random.choice(["text/plain; charset=nope", "a"])},
            {"headers": {"Content-Encoding": "gzip"}},
        ]
    )


def _passing_and_damaged(random: Random, _image: bytes) -> Made:
    status = random.choice(_PASSING)
    return Fault(status=status, retry_after=0, **_damaged(random)), Answer(status, retry_after=0)


def _lasting(random: Random, _image: bytes) -> Made:
    return _status(random.choice(_LASTING), retry_after=random.choice([None, 0]))


def _lasting_and_damaged(random: Random, _image: bytes) -> Made:
    return _status(random.choice(_LASTING), **_damaged(random))


def _another_success(random: Random, image: bytes) -> Made:
    status = random.choice(_OTHER_SUCCESSES)
    return _status(status, body=image[: len(image) // 2] if status != 204 else None)


def _redirect(random: Random, _image: bytes) -> Made:
    target = random.choice([None, {"Location": "/face/v1.2/sessionImages/elsewhere"}, {"Location": "http://[::1]:1/x"}])
    return _status(random.choice(_REDIRECTS), headers=target)


def _page(random: Random, _image: bytes) -> Made:
    types: list[dict[str, Any]] = [
        {"html": True},
        {"html": True, "truncate": 10},
        {"content_type": "text/html"},
        {"content_type": "application/xhtml+xml"},
    ]
    return Fault(**random.choice(types)), Answer(is_page=True)


def _drop(random: Random, _image: bytes) -> Made:
    return Fault(drop=True, delay=random.choice([0, 0.01])), Answer(end=End.DROPPED)


def _silence(_random: Random, _image: bytes) -> Made:
    return Fault(delay=FOR_EVER), Answer(end=End.SILENT)


def _breaks_off(random: Random, image: bytes) -> Made:
    kept = random.randrange(len(image) or 1)
    chunked = random.choice([True, False])
    body = image or b"x"
    answer = Answer(body=body[:kept], announced=None if chunked else len(body), end=End.BROKEN)
    chunk_size = random.choice([1000, 65536])
    return Fault(body=body, truncate=kept, chunked=chunked, chunk_size=chunk_size), answer


def _announces_too_much(random: Random, image: bytes) -> Made:
    announced = len(image) + random.choice([1, 1000, 10**6, 10**12])
    return Fault(content_length=announced), Answer(body=image, announced=announced, end=End.BROKEN)


def _announces_too_little(random: Random, image: bytes) -> Made:
    """The rest is no part of the answer (RFC 9112, section 6.3), nor may it be one of the next answer."""
    body = image or b"x"
    announced = random.randint(1, len(body))
    rest = random.choice([b"the rest", _SPLIT])
    return Fault(body=body[:announced] + rest, content_length=announced), Answer(body=body[:announced])


def _packed_and_broken_off(random: Random, image: bytes) -> Made:
    """Content-Length agrees, and only the packing shows that half of it is missing."""
    packed = gzip.compress(image, 1)[: -random.randint(1, 20)]
    return Fault(body=packed, headers={"Content-Encoding": "gzip"}), Answer(body=packed, end=End.BROKEN)


def _packed_otherwise(random: Random, image: bytes) -> Made:
    headers = {"Content-Encoding": random.choice(["gzip", "x-gzip", "deflate", "br", "zstd", "nonsense"])}
    return Fault(body=b"\xff\xff" + image, headers=headers), Answer(end=End.GARBLED)


def _slow(random: Random, image: bytes) -> Made:
    chunk = max(1000, len(image) // 10)
    return Fault(delay=random.choice([0, 0.05]), chunk_size=chunk, chunk_delay=0.01), Answer(body=image)


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
    return Fault(**fields), Answer(body=image)


def _another_image(random: Random, _image: bytes) -> Made:
    """What the server calls the image is the image."""
    body = random.randbytes(random.randint(0, 5000))
    return Fault(body=body), Answer(body=body)


def _drip(random: Random, _image: bytes) -> Made:
    return Fault(body=random.randbytes(1000), chunk_size=1, chunk_delay=0.2), Answer(end=End.DRIPPING)


KINDS: Mapping[str, tuple[int, Maker]] = {
    "status that may pass, no pause wanted": (30, _asks_for_no_pause),
    "status that may pass, a second's pause wanted": (2, _asks_for_a_second),
    "status that may pass, too long a pause wanted": (4, _asks_for_too_much),
    "status that may pass, nothing said of a pause": (10, _asks_for_nothing),
    "status that may pass, body damaged": (20, _passing_and_damaged),
    "status that stays": (8, _lasting),
    "status that stays, body damaged": (8, _lasting_and_damaged),
    "success that is not the one promised": (3, _another_success),
    "redirect": (3, _redirect),
    "web page in place of the image": (4, _page),
    "connection dropped": (20, _drop),
    "body broken off": (20, _breaks_off),
    "more announced than sent": (8, _announces_too_much),
    "less announced than sent": (8, _announces_too_little),
    "packed, and broken off": (4, _packed_and_broken_off),
    "not packed as it says": (4, _packed_otherwise),
    "slow": (5, _slow),
    "unusual": (8, _unusual),
    "another image": (3, _another_image),
    "silence": (1, _silence),
}
"""The kinds of trouble, each with how often it comes, in proportion."""

# For clients that are made for them.
SILENCE_TO_THE_DEADLINE = _silence
DRIP = _drip


def trouble(kind: str, random: Random, image: bytes) -> Trouble:
    """Returns one trouble of a kind."""
    fault, answer = KINDS[kind][1](random, image)
    return Trouble(kind, replace(fault, times=1), answer)
