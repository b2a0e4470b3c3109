"""Each form of the operation behind one signature, and clients that get closed."""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal

from face_client import ApiError, Client
from face_client.api.liveness_session_operations import get_session_image
from face_client.types import Response
from face_client_auth import SubscriptionKeyAuth
from face_emulator import Emulator


@pytest.fixture
def make_client(portal: BlockingPortal) -> Iterator[Callable[..., Client]]:
    """Makes clients that sign in with the emulator's key and try once, and closes them."""
    clients: list[Client] = []

    def make(endpoint: str, **options: Any) -> Client:
        options.setdefault("auth", SubscriptionKeyAuth("emulator-key"))
        options.setdefault("max_retries", 0)
        clients.append(Client(endpoint, **options))
        return clients[-1]

    yield make
    for client in clients:
        portal.call(client.aclose)


@pytest.fixture
def client(make_client: Callable[..., Client], face_emulator: Emulator) -> Client:
    """A client of the emulator."""
    return make_client(face_emulator.endpoint)


def _sync(_portal: BlockingPortal, client: Client, image_id: str) -> bytes:
    return get_session_image.sync(image_id, client=client)


def _asyncio(portal: BlockingPortal, client: Client, image_id: str) -> bytes:
    return portal.call(partial(get_session_image.asyncio, image_id, client=client))


def _stream(_portal: BlockingPortal, client: Client, image_id: str) -> bytes:
    with get_session_image.stream(image_id, client=client) as body:
        return body.read()


def _asyncio_stream(portal: BlockingPortal, client: Client, image_id: str) -> bytes:
    async def read() -> bytes:
        async with get_session_image.asyncio_stream(image_id, client=client) as body:
            return await body.read()

    return portal.call(read)


def _sync_detailed(_portal: BlockingPortal, client: Client, image_id: str) -> Response[Any]:
    return get_session_image.sync_detailed(image_id, client=client)


def _asyncio_detailed(portal: BlockingPortal, client: Client, image_id: str) -> Response[Any]:
    return portal.call(partial(get_session_image.asyncio_detailed, image_id, client=client))


def _save(_portal: BlockingPortal, client: Client, image_id: str, path: str | os.PathLike[str]) -> int:
    with get_session_image.stream(image_id, client=client) as body:
        return body.save(path)


def _async_save(portal: BlockingPortal, client: Client, image_id: str, path: str | os.PathLike[str]) -> int:
    async def save() -> int:
        async with get_session_image.asyncio_stream(image_id, client=client) as body:
            return await body.save(path)

    return portal.call(save)


_RAISING = {"sync": _sync, "asyncio": _asyncio, "stream": _stream, "asyncio_stream": _asyncio_stream}
_DETAILED = {"sync_detailed": _sync_detailed, "asyncio_detailed": _asyncio_detailed}
_SAVING = {"save": _save, "async_save": _async_save}
_SENDING = {**_RAISING, **_DETAILED}


@pytest.fixture(params=list(_RAISING))
def call(request: pytest.FixtureRequest, portal: BlockingPortal) -> Callable[[Client, str], bytes]:
    """Each of the forms that return the image or raise, as `call(client, image_id)`."""
    return partial(_RAISING[request.param], portal)


@pytest.fixture(params=list(_DETAILED))
def detailed(request: pytest.FixtureRequest, portal: BlockingPortal) -> Callable[[Client, str], Response[Any]]:
    """Both `_detailed` forms, as `detailed(client, image_id)`."""
    return partial(_DETAILED[request.param], portal)


@pytest.fixture(params=list(_SENDING))
def send(request: pytest.FixtureRequest, portal: BlockingPortal) -> Callable[[Client, str], Any]:
    """Every form, as `send(client, image_id)`: what goes over the wire is the same for all."""
    return partial(_SENDING[request.param], portal)


@pytest.fixture(params=list(_SENDING))
def outcome(
    request: pytest.FixtureRequest, portal: BlockingPortal
) -> Callable[[Client, str], ApiError | Response[Any]]:
    """Every form, as `outcome(client, image_id)`, which returns the error that it raises too."""
    form = request.param

    def look(client: Client, image_id: str) -> ApiError | Response[Any]:
        try:
            return _SENDING[form](portal, client, image_id)
        except ApiError as error:
            return error

    return look


@pytest.fixture(params=list(_SAVING))
def save(request: pytest.FixtureRequest, portal: BlockingPortal) -> Callable[[Client, str, str | Path], int]:
    """Both streams' `save`, as `save(client, image_id, path)`."""
    return partial(_SAVING[request.param], portal)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits until a condition holds, five seconds at the most."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < end, "the condition did not come about"
            time.sleep(0.005)

    return wait


@pytest.fixture
def quick_client(make_client: Callable[..., Client], face_emulator: Emulator) -> Client:
    """A client of the emulator for hundreds of calls: on a new connection, no answer waits for a delayed ACK."""
    return make_client(face_emulator.endpoint, httpx_args={"limits": httpx.Limits(max_keepalive_connections=0)})


@pytest.fixture
def one_connection() -> dict[str, Any]:
    """Options of a client with room for one connection: a call that does not give it back makes the next one fail."""
    return {
        "timeout": httpx.Timeout(5, pool=0.5),
        "httpx_args": {"limits": httpx.Limits(max_connections=1)},
    }
