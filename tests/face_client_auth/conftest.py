"""The operation in its two basic forms, and clients of the emulator that get closed."""

from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
from face_emulator import Emulator


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread, so that one test body serves the sync and the async form."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def client_of(portal: BlockingPortal, face_emulator: Emulator) -> Iterator[Callable[[httpx.Auth], Client]]:
    """Makes clients of the emulator that sign in as told, and closes them."""
    clients: list[Client] = []

    def make(auth: httpx.Auth) -> Client:
        clients.append(Client(face_emulator.endpoint, auth=auth))
        return clients[-1]

    yield make
    for client in clients:
        portal.call(client.aclose)


@pytest.fixture(params=["sync", "asyncio"])
def call(request: pytest.FixtureRequest, portal: BlockingPortal) -> Callable[[Client, str], bytes]:
    """The sync and the async form, as `call(client, image_id)`."""
    if request.param == "sync":
        return lambda client, image_id: get_session_image.sync(image_id, client=client)
    return lambda client, image_id: portal.call(partial(get_session_image.asyncio, image_id, client=client))
