"""A server that answers each request at once with the same image."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

IMAGE = bytes(range(256)) * 8
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % len(IMAGE) + IMAGE
)


class _Stub(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # for the type checker
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for _ in requests:
            self._transport.write(_RESPONSE)


@contextmanager
def stub() -> Iterator[str]:
    """Runs the server in a thread, and yields its endpoint."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(_Stub, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()
