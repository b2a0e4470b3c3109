"""What the server sends: pictures of any size that both sides can work out, and the names they are asked for by."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

# A prime, so that a chunk which is lost, doubled or in the wrong place changes the hash at every chunk size.
PERIOD = 1_000_003
_NAME = re.compile(r"(?P<size>\d{1,10})-bytes(?:-after-(?P<delay>\d{1,4})-ms)?(?P<damaged>-damaged)?")


class Picture(NamedTuple):
    """A picture, how long the server waits before it answers, and whether it sends one wrong byte."""

    size: int
    delay_ms: int = 0
    is_damaged: bool = False

    @property
    def image_id(self) -> str:
        """The id that the picture is asked for by."""
        delay = f"-after-{self.delay_ms}-ms" if self.delay_ms else ""
        return f"{self.size}-bytes{delay}{'-damaged' if self.is_damaged else ''}"


def picture(image_id: str) -> Picture | None:
    """Returns the picture that an id names, or None where it names none."""
    found = _NAME.fullmatch(image_id)
    return Picture(int(found["size"]), int(found["delay"] or 0), bool(found["damaged"])) if found else None


@cache
def block() -> bytes:
    """Bytes that do not compress and are the same on every machine; a picture is as many of them as it needs."""
    return hashlib.shake_128(b"session image").digest(PERIOD)


def pieces(size: int) -> Iterator[memoryview]:
    """Yields the bytes of a picture, without ever holding all of it."""
    whole = memoryview(block())
    for start in range(0, size, PERIOD):
        yield whole[: min(PERIOD, size - start)]


@cache
def sha256(size: int) -> str:
    """Returns the hash that a picture of this size has."""
    digest = hashlib.sha256()
    for piece in pieces(size):
        digest.update(piece)
    return digest.hexdigest()
