"""The pictures: of any size, with content that both sides can compute, and their ids."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

# A prime, so that a lost, duplicated or misplaced chunk of any size changes the hash.
PERIOD = 1_000_003
_NAME = re.compile(r"(?P<size>\d{1,10})-bytes(?:-after-(?P<delay>\d{1,4})-ms)?(?P<damaged>-damaged)?")


class Picture(NamedTuple):
    """A picture, the delay of the response, and whether it has one wrong byte."""

    size: int
    delay_ms: int = 0
    is_damaged: bool = False

    @property
    def image_id(self) -> str:
        """The id of the picture."""
        delay = f"-after-{self.delay_ms}-ms" if self.delay_ms else ""
        return f"{self.size}-bytes{delay}{'-damaged' if self.is_damaged else ''}"


def picture(image_id: str) -> Picture | None:
    """Returns the picture with an id, or None."""
    found = _NAME.fullmatch(image_id)
    return Picture(int(found["size"]), int(found["delay"] or 0), bool(found["damaged"])) if found else None


@cache
def block() -> bytes:
    """Returns incompressible bytes, which are the same on every machine. Pictures repeat them."""
    return hashlib.shake_128(b"session image").digest(PERIOD)


def pieces(size: int) -> Iterator[memoryview]:
    """Yields the bytes of a picture in pieces."""
    whole = memoryview(block())
    for start in range(0, size, PERIOD):
        yield whole[: min(PERIOD, size - start)]


@cache
def sha256(size: int) -> str:
    """Returns the hash of a picture of this size."""
    digest = hashlib.sha256()
    for piece in pieces(size):
        digest.update(piece)
    return digest.hexdigest()
