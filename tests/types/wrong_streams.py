# pyright: strict
"""Wrong uses of a stream. Type checkers have to report an error for each marked line. The module is not run."""

from io import StringIO

from face_client_runtime import AsyncBinaryStream, BinaryStream


def sync(body: BinaryStream) -> None:
    body.save(StringIO())  # wrong
    body.save(b"session.jpg")  # wrong
    body.save(print)  # wrong
    body.request_id.upper()  # wrong


async def asynchronous(body: AsyncBinaryStream) -> None:
    await body.save(StringIO())  # wrong
    await body.save(b"session.jpg")  # wrong
    body.save("session.jpg")  # wrong
    body.request_id.upper()  # wrong
