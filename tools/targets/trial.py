"""Generates, compiles and calls the client of a target."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from face_emulator import Emulator, Fault
from tools.targets.commands import CommandError, run
from tools.targets.definitions import Target
from tools.targets.proof import (
    IMAGE,
    IMAGE_ID,
    PORTRAIT,
    REFERENCE_NAME,
    UNDOCUMENTED_RESULT,
    UNKNOWN_ID,
    differences,
    expected_facts,
    facts,
    unexpected_requests,
)
from tools.targets.tools import BUILD, MissingToolError, provide

_KEPT = "node_modules"  # slow to install
# The documented media types, of images and of errors.
_LABELS = (None, "application/json", "application/octet-stream")
_UNDOCUMENTED = Fault(
    body=json.dumps(UNDOCUMENTED_RESULT), content_type="application/json", operation="getLivenessSessionResult"
)


@dataclass(frozen=True)
class Result:
    """The result of a target.

    Attributes:
        target: The target.
        seconds: The duration, without the installation of tools.
        left_out: The reason why it was skipped, or None.
        compiles: Whether its client was generated and compiled.
        problems: Descriptions of what went wrong.
    """

    target: Target
    seconds: float = 0.0
    left_out: str | None = None
    compiles: bool = False
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it was tested without problems."""
        return self.left_out is None and self.compiles and not self.problems


def try_target(target: Target, document: Path) -> Result:
    """Generate and compile the client of a target, and let it call the emulator."""
    folder = _fresh_folder(target, document)
    try:
        variables = provide(target, folder)
    except MissingToolError as exc:
        return Result(target, left_out=str(exc))
    started = time.monotonic()
    compiles = False
    try:
        for command in (target.generate, *target.check):
            run(command, folder, variables)
        compiles = True
        problems = tuple(_calls(target, lambda server: run(target.call, folder, variables | _where(server))))
    except CommandError as exc:
        problems = (str(exc),)
    return Result(target, time.monotonic() - started, compiles=compiles, problems=problems)


def _calls(target: Target, call: Callable[[Emulator], str]) -> Iterator[str]:
    """Run the call program against the emulator, once for each media type and once with a redirect. Yield problems.

    The labels are those of images and of their errors; all other responses are JSON.
    """
    with ExitStack() as stack:
        server = stack.enter_context(Emulator(images={IMAGE_ID: IMAGE}, outcome="realface"))
        stranger = stack.enter_context(Emulator(images={IMAGE_ID: IMAGE}))
        for label in _LABELS:
            server.faults.clear()
            if label is not None:
                server.faults.add(Fault(content_type=label, operation="getSessionImage"), _UNDOCUMENTED)
            before = len(server.requests)
            printed = facts(call(server))
            problems = [
                *differences(expected_facts(target, label=label), printed),
                *unexpected_requests(target, server.key, server.token, server.requests[before:]),
                *(f"session {session} is left" for session in server.session_ids),
            ]
            yield from (f"{label or 'as documented'}: {problem}" for problem in problems)

        server.faults.clear()
        location = f"{stranger.endpoint}/face/v1.2/sessionImages/{IMAGE_ID}"
        server.faults.add(Fault(status=307, headers={"Location": location}))
        before = len(server.requests)
        try:
            call(server)
        except CommandError:
            pass  # expected: a redirect is not an image
        else:
            yield "redirected: the program noticed nothing"
        if len(server.requests) == before:
            yield "redirected: nothing was sent at all"
        if stranger.requests:
            yield "redirected: the sign-in went to a stranger"


def _where(server: Emulator) -> dict[str, str]:
    """Return the environment variables of a call program."""
    return {
        "FACE_ENDPOINT": server.endpoint,
        "FACE_KEY": server.key,
        "FACE_TOKEN": server.token,
        "FACE_IMAGE_ID": IMAGE_ID,
        "FACE_UNKNOWN_ID": UNKNOWN_ID,
        "FACE_REFERENCE": REFERENCE_NAME,
    }


def _fresh_folder(target: Target, document: Path) -> Path:
    """Return the target's clean build folder, with only the handwritten files, the document and a photo."""
    folder = BUILD / target.name
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.iterdir():
        if each.is_dir() and each.name != _KEPT:
            shutil.rmtree(each)
        elif not each.is_dir():
            each.unlink()
    shutil.copytree(target.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", _KEPT))
    shutil.copy(document, folder / "openapi.json")
    (folder / REFERENCE_NAME).write_bytes(PORTRAIT)
    return folder
