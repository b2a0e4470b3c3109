"""Listening, on uvicorn's HTTP/1.1 protocol; and stopping at once, whatever is still open."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

# Not uvicorn's loggers, whose settings are the caller's. Errors show; warnings, as for an Upgrade not taken up, do not.
_log = logging.getLogger("face_emulator")
_log.setLevel(logging.ERROR)


class _Connection(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.logger = _log
        self.access_log = False
        self.app_state: dict[str, Any] = {"transport": transport}  # what the application finds in scope["state"]
        # asyncio does this only for sockets that were made with IPPROTO_TCP; without it, an answer may wait for 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)


@asynccontextmanager
async def listening(
    app: ASGIApp,
    listener: socket.socket,
    certfile: str | os.PathLike[str] | None,
    keyfile: str | os.PathLike[str] | None,
) -> AsyncIterator[None]:
    """Serve `app` on a bound socket; on leaving, abort the connections that are open.

    Raises:
        OSError: The certificate or its key cannot be read or do not fit.
    """
    config = Config(
        app,
        interface="asgi3",
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(config, state, {}), sock=listener, ssl=config.ssl
    )
    try:
        yield
    finally:
        server.close()
        for _ in range(20):
            await asyncio.sleep(0)  # what was accepted just now is in `state` after a few turns
        while state.connections or state.tasks:
            for connection in list(state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)
