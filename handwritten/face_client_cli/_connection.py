"""The client of a command, signed in from the environment or with a key that a person types."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from importlib.util import find_spec

from face_client import Client
from face_client_auth import connect
from face_client_cli._errors import CommandError, reported_errors
from face_client_cli._exit_codes import ExitCode


@contextmanager
def connected(endpoint: str | None, *, json: bool, verbose: bool) -> Iterator[Client]:
    """Yields the client of a command, and ends the command if an error leaves the block.

    If there is neither a key nor azure-identity, it asks for a key, unless standard input is not a terminal.

    Args:
        endpoint: The URL of the resource; without it, that in FACE_ENDPOINT.
        json: Whether to print an error as JSON.
        verbose: Whether to log to standard error.

    Raises:
        typer.Exit: After an error, which is printed.
    """
    # Without a handler, Python would print warnings, such as azure-identity's, which is 20 lines long.
    handler = logging.StreamHandler() if verbose else logging.NullHandler()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", handlers=[handler])
    with reported_errors(as_json=json), _client(endpoint) as client:
        yield client


def _client(endpoint: str | None) -> Client:
    if not (endpoint or os.environ.get("FACE_ENDPOINT")):
        raise CommandError("no endpoint: set FACE_ENDPOINT or pass --endpoint", ExitCode.USAGE)
    if _has_credential():
        return connect(endpoint)
    if not (sys.stdin and sys.stdin.isatty()):
        message = 'no credential: set FACE_APIKEY, or pip install "face-client[entra]" for Microsoft Entra ID'
        raise CommandError(message, ExitCode.SIGN_IN)
    return connect(endpoint, getpass("Key: "))


def _has_credential() -> bool:
    """Whether `connect` finds a credential by itself."""
    if os.environ.get("FACE_APIKEY") or os.environ.get("FACE_KEY"):
        return True
    try:
        return find_spec("azure.identity") is not None
    except ModuleNotFoundError:  # not even the package `azure`
        return False
