"""The methods of both clients behind one signature."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal

from face_client import AsyncClient

Send = Callable[[Any, Any], Any]

_RAISING = ["sync", "async", "sync_stream", "async_stream"]
_DETAILED = ["sync_detailed", "async_detailed"]
_FORMS = {"call": _RAISING, "detailed": _DETAILED, "stream": _RAISING[2:], "send": _RAISING + _DETAILED}


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test with each form of the fixture that it uses, in place of those of the fixture `form`."""
    for fixture, forms in _FORMS.items():
        if fixture in metafunc.fixturenames:
            metafunc.definition.add_marker(pytest.mark.parametrize("form", forms))


def _sender(form: str, portal: BlockingPortal) -> Send:
    def read(client: Any, image_id: str) -> bytes:
        with client.get_session_image_stream(image_id) as body:
            return bytes(body.read())

    async def aread(client: AsyncClient, image_id: str) -> bytes:
        async with client.get_session_image_stream(image_id) as body:
            return await body.read()

    senders: dict[str, Send] = {
        "sync": lambda client, image_id: client.get_session_image(image_id),
        "sync_detailed": lambda client, image_id: client.get_session_image_detailed(image_id),
        "sync_stream": read,
        "async": lambda client, image_id: portal.call(client.get_session_image, image_id),
        "async_detailed": lambda client, image_id: portal.call(client.get_session_image_detailed, image_id),
        "async_stream": partial(portal.call, aread),
    }
    return senders[form]


@pytest.fixture
def call(form: str, portal: BlockingPortal) -> Send:
    """Each method that returns the image or raises, as `call(client, image_id)`; a stream is read to its end."""
    return _sender(form, portal)


@pytest.fixture
def stream(form: str, portal: BlockingPortal) -> Send:
    """Both `_stream` methods, as `stream(client, image_id)`."""
    return _sender(form, portal)


@pytest.fixture
def detailed(form: str, portal: BlockingPortal) -> Send:
    """Both `_detailed` methods, as `detailed(client, image_id)`."""
    return _sender(form, portal)


@pytest.fixture
def send(form: str, portal: BlockingPortal) -> Send:
    """Every method, as `send(client, image_id)`: what goes over the wire is the same for all."""
    return _sender(form, portal)
