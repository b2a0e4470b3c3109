"""The forms of the operation, each as one that is given a client, an id and a file, and gives what came."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from face_client import Client
from face_client.api.liveness_session_operations import get_session_image
from face_client.types import Response
from tools.chaos.rules import Form


@dataclass(frozen=True)
class Came:
    """What a call gave: status and bytes, as far as its form tells them, or the error that it raised."""

    status: int | None = None
    body: bytes | None = None
    error: BaseException | None = None


SyncCall = Callable[[Client, str, Path], Came]
AsyncCall = Callable[[Client, str, Path], Awaitable[Came]]


@dataclass(frozen=True)
class CallForm:
    """A form: its name, what it gives, and how to call it, in one of two ways."""

    name: str
    gives: Form
    call: SyncCall | None = None
    acall: AsyncCall | None = None


def carried_out(call: SyncCall, client: Client, image_id: str, file: Path) -> Came:
    """Calls, and returns what came, whatever that is."""
    try:
        return call(client, image_id, file)
    except BaseException as error:
        return Came(error=error)


async def acarried_out(call: AsyncCall, client: Client, image_id: str, file: Path) -> Came:
    """Calls, and returns what came, whatever that is."""
    try:
        return await call(client, image_id, file)
    except BaseException as error:
        return Came(error=error)


def _sync(client: Client, image_id: str, _file: Path) -> Came:
    return Came(200, get_session_image.sync(image_id, client=client))


async def _asyncio(client: Client, image_id: str, _file: Path) -> Came:
    return Came(200, await get_session_image.asyncio(image_id, client=client))


def _read(client: Client, image_id: str, _file: Path) -> Came:
    with get_session_image.stream(image_id, client=client) as body:
        return Came(body.status_code, body.read())


async def _aread(client: Client, image_id: str, _file: Path) -> Came:
    async with get_session_image.asyncio_stream(image_id, client=client) as body:
        return Came(body.status_code, await body.read())


def _save(client: Client, image_id: str, file: Path) -> Came:
    with get_session_image.stream(image_id, client=client) as body:
        return _saved(file, body.status_code, body.save(file))


async def _asave(client: Client, image_id: str, file: Path) -> Came:
    async with get_session_image.asyncio_stream(image_id, client=client) as body:
        return _saved(file, body.status_code, await body.save(file))


def _sync_detailed(client: Client, image_id: str, _file: Path) -> Came:
    return _detailed(get_session_image.sync_detailed(image_id, client=client))


async def _asyncio_detailed(client: Client, image_id: str, _file: Path) -> Came:
    return _detailed(await get_session_image.asyncio_detailed(image_id, client=client))


def _saved(file: Path, status: int, size: int) -> Came:
    """What is in the file, which goes: a file that is there at the end is one that no call has admitted to."""
    content = file.read_bytes()
    file.unlink()
    if size != len(content):
        raise AssertionError(f"save() says {size} bytes, and wrote {len(content)}")
    return Came(status, content)


def _detailed(response: Response[Any]) -> Came:
    image = response.parsed if isinstance(response.parsed, bytes) else None
    return Came(int(response.status_code), image)


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
"""Sync and async by turns, so that both have the same share."""
