"""What the tests of every room share: the event loop of those that are async."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of the tests that are marked with anyio."""
    return "asyncio"


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread, so that one test body serves the sync and the async forms."""
    with start_blocking_portal() as portal:
        yield portal
