"""Each form of the operation behind one signature."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
from face_client.types import Response


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


_RAISING = {"sync": _sync, "asyncio": _asyncio, "stream": _stream, "asyncio_stream": _asyncio_stream}
_DETAILED = {"sync_detailed": _sync_detailed, "asyncio_detailed": _asyncio_detailed}
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
