# pyright: strict
"""Right uses of a stream, which type checkers accept; nothing here is run."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import assert_type

from face_client_runtime import AsyncBinaryStream, BinaryStream


def sync(body: BinaryStream) -> None:
    assert_type(body.request_id, str | None)
    assert_type(body.save(Path("session.jpg")), int)
    assert_type(body.save(BytesIO()), int)
    with Path("session.jpg").open("wb") as file, TemporaryFile() as temporary:
        assert_type(body.save(file), int)
        assert_type(body.save(temporary), int)


async def asynchronous(body: AsyncBinaryStream) -> None:
    assert_type(body.request_id, str | None)
    assert_type(await body.save(Path("session.jpg")), int)
    assert_type(await body.save(BytesIO()), int)
    with Path("session.jpg").open("wb") as file, TemporaryFile() as temporary:
        assert_type(await body.save(file), int)
        assert_type(await body.save(temporary), int)
