"""A server with uvicorn's HTTP/1.1 protocol, which aborts open connections when it stops."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

# Not uvicorn's loggers, which belong to the caller. Warnings, for example about an Upgrade header, are not logged.
_log = logging.getLogger("face_emulator")
_log.setLevel(logging.ERROR)


class _Connection(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.logger = _log
        self.access_log = False
        self.app_state: dict[str, Any] = {"transport": transport}  # becomes scope["state"]
        # asyncio sets it only for sockets created with IPPROTO_TCP. Without it, a response can be delayed by 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)


@asynccontextmanager
async def listening(
    app: ASGIApp,
    listener: socket.socket,
    certfile: str | os.PathLike[str] | None,
    keyfile: str | os.PathLike[str] | None,
) -> AsyncIterator[None]:
    """Serve `app` on a bound socket. On exit, open connections are aborted.

    Raises:
        OSError: The certificate or its key cannot be read, or they do not match.
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
    for file in (certfile, keyfile):
        if file is not None:
            Path(file).open("rb").close()  # the error of ssl does not name the file
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
            await asyncio.sleep(0)  # connections that were just accepted need some iterations to get into `state`
        while state.connections or state.tasks:
            for connection in list(state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)
