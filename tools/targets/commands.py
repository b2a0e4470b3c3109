"""Runs commands, whose output is shown only if they fail."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

_LONGEST = 600  # seconds; a tool that takes longer hangs


class CommandError(Exception):
    """A command failed; the message is the command and the end of its output."""


def run(command: str, folder: Path, variables: Mapping[str, str]) -> str:
    """Run a command in a folder, with additional environment variables, and return its standard output."""
    words = shlex.split(command)
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(  # noqa: S603  # the commands are this project's own
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=_LONGEST
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise CommandError(f"{command}\n{exc}") from exc
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise CommandError(f"{command}\n{said}\nexit status {done.returncode}")
    return done.stdout
