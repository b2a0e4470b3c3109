"""The forms of the operation, each as a function of a client, an id and a file that returns the outcome."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
from face_client.types import Response
from tools.chaos.rules import Form


@dataclass(frozen=True)
class Outcome:
    """What a call returned, its status and its bytes as far as the form tells them, or the error that it raised."""

    status: int | None = None
    body: bytes | None = None
    error: BaseException | None = None


SyncCall = Callable[[Client, str, Path], Outcome]
AsyncCall = Callable[[Client, str, Path], Awaitable[Outcome]]


@dataclass(frozen=True)
class CallForm:
    """A form: its name, what it gives, and how to call it, sync or async."""

    name: str
    gives: Form
    call: SyncCall | None = None
    acall: AsyncCall | None = None


def outcome(call: SyncCall, client: Client, image_id: str, file: Path) -> Outcome:
    """Calls, and returns the outcome, whatever it is."""
    try:
        return call(client, image_id, file)
    except BaseException as error:
        return Outcome(error=error)


async def aoutcome(call: AsyncCall, client: Client, image_id: str, file: Path) -> Outcome:
    """Calls, and returns the outcome, whatever it is."""
    try:
        return await call(client, image_id, file)
    except BaseException as error:
        return Outcome(error=error)


def _sync(client: Client, image_id: str, _file: Path) -> Outcome:
    return Outcome(200, get_session_image.sync(image_id, client=client))


async def _asyncio(client: Client, image_id: str, _file: Path) -> Outcome:
    return Outcome(200, await get_session_image.asyncio(image_id, client=client))


def _read(client: Client, image_id: str, _file: Path) -> Outcome:
    with get_session_image.stream(image_id, client=client) as body:
        return Outcome(body.status_code, body.read())


async def _aread(client: Client, image_id: str, _file: Path) -> Outcome:
    async with get_session_image.asyncio_stream(image_id, client=client) as body:
        return Outcome(body.status_code, await body.read())


def _save(client: Client, image_id: str, file: Path) -> Outcome:
    with get_session_image.stream(image_id, client=client) as body:
        return _saved(file, body.status_code, body.save(file))


async def _asave(client: Client, image_id: str, file: Path) -> Outcome:
    async with get_session_image.asyncio_stream(image_id, client=client) as body:
        return _saved(file, body.status_code, await body.save(file))


def _sync_detailed(client: Client, image_id: str, _file: Path) -> Outcome:
    return _detailed(get_session_image.sync_detailed(image_id, client=client))


async def _asyncio_detailed(client: Client, image_id: str, _file: Path) -> Outcome:
    return _detailed(await get_session_image.asyncio_detailed(image_id, client=client))


def _saved(file: Path, status: int, size: int) -> Outcome:
    """What is in the file, which is removed: one that is there at the end was left behind by a call that failed."""
    content = file.read_bytes()
    file.unlink()
    if size != len(content):
        raise AssertionError(f"save() says {size} bytes, and wrote {len(content)}")
    return Outcome(status, content)


def _detailed(response: Response[Any]) -> Outcome:
    image = response.parsed if isinstance(response.parsed, bytes) else None
    return Outcome(int(response.status_code), image)


FORMS = (
    CallForm("sync", Form.WHOLE, call=_sync),
    CallForm("asyncio", Form.WHOLE, acall=_asyncio),
    CallForm("stream().read", Form.STREAM, call=_read),
    CallForm("asyncio_stream().read", Form.STREAM, acall=_aread),
    CallForm("stream().save", Form.SAVE, call=_save),
    CallForm("asyncio_stream().save", Form.SAVE, acall=_asave),
    CallForm("sync_detailed", Form.DETAILED, call=_sync_detailed),
    CallForm("asyncio_detailed", Form.DETAILED, acall=_asyncio_detailed),
)
"""Sync and async take turns, so that both have the same share."""
