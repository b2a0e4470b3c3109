"""The forms of the operation, each as a function that returns the outcome of a call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from face_client import AsyncClient, Client
from face_client.types import Response
from tools.chaos.rules import Form


@dataclass(frozen=True)
class Outcome:
    """The result of a call: its status and body, if the form returns them, or the error that was raised."""

    status: int | None = None
    body: bytes | None = None
    error: BaseException | None = None


SyncCall = Callable[[Client, str, Path], Outcome]
AsyncCall = Callable[[AsyncClient, str, Path], Awaitable[Outcome]]


@dataclass(frozen=True)
class CallForm:
    """A form: its name, its kind of result, and a sync or an async function to call it."""

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


async def aoutcome(call: AsyncCall, client: AsyncClient, image_id: str, file: Path) -> Outcome:
    """Calls, and returns the outcome, whatever it is."""
    try:
        return await call(client, image_id, file)
    except BaseException as error:
        return Outcome(error=error)


def _get(client: Client, image_id: str, _file: Path) -> Outcome:
    return Outcome(200, client.get_session_image(image_id))


async def _aget(client: AsyncClient, image_id: str, _file: Path) -> Outcome:
    return Outcome(200, await client.get_session_image(image_id))


def _read(client: Client, image_id: str, _file: Path) -> Outcome:
    with client.get_session_image_stream(image_id) as body:
        return Outcome(body.status_code, body.read())


async def _aread(client: AsyncClient, image_id: str, _file: Path) -> Outcome:
    async with client.get_session_image_stream(image_id) as body:
        return Outcome(body.status_code, await body.read())


def _save(client: Client, image_id: str, file: Path) -> Outcome:
    with client.get_session_image_stream(image_id) as body:
        return _saved(file, body.status_code, body.save(file))


async def _asave(client: AsyncClient, image_id: str, file: Path) -> Outcome:
    async with client.get_session_image_stream(image_id) as body:
        return _saved(file, body.status_code, await body.save(file))


def _get_detailed(client: Client, image_id: str, _file: Path) -> Outcome:
    return _detailed(client.get_session_image_detailed(image_id))


async def _aget_detailed(client: AsyncClient, image_id: str, _file: Path) -> Outcome:
    return _detailed(await client.get_session_image_detailed(image_id))


def _saved(file: Path, status: int, size: int) -> Outcome:
    """Returns the content of the file and deletes it, so that files at the end are leftovers of failed calls."""
    content = file.read_bytes()
    file.unlink()
    if size != len(content):
        raise AssertionError(f"save() says {size} bytes, and wrote {len(content)}")
    return Outcome(status, content)


def _detailed(response: Response[Any]) -> Outcome:
    image = response.parsed if isinstance(response.parsed, bytes) else None
    return Outcome(int(response.status_code), image)


FORMS = (
    CallForm("get", Form.WHOLE, call=_get),
    CallForm("get, async", Form.WHOLE, acall=_aget),
    CallForm("stream and read", Form.STREAM, call=_read),
    CallForm("stream and read, async", Form.STREAM, acall=_aread),
    CallForm("stream and save", Form.SAVE, call=_save),
    CallForm("stream and save, async", Form.SAVE, acall=_asave),
    CallForm("detailed", Form.DETAILED, call=_get_detailed),
    CallForm("detailed, async", Form.DETAILED, acall=_aget_detailed),
)
"""Sync and async alternate, so that both have the same share."""
