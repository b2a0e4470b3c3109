"""How a command ends after an error: a line for people or a JSON object for scripts, and an exit status."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import typer

import face_client
from face_client_archive import FolderInUseError, ServiceDownError
from face_client_auth import SignInError
from face_client_cli._exit_codes import ExitCode
from face_client_cli._output import note


class CommandError(Exception):
    """A failure of the command itself, whose message says what to do."""

    def __init__(self, message: str, exit_code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def reported_errors(*, as_json: bool) -> Iterator[None]:
    """Prints an error to standard error, and ends the command with its exit status. Bugs are raised.

    Raises:
        typer.Exit: After an error.
    """
    try:
        yield
    except (KeyboardInterrupt, EOFError):
        _print(KeyboardInterrupt("interrupted"), ExitCode.INTERRUPTED, None, as_json=as_json)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:  # whoever reads the result has gone: Typer ends the command in silence
        raise
    except Exception as error:
        if (known := _exit_code_and_hint(error)) is None:
            raise
        _print(error, *known, as_json=as_json)
        raise typer.Exit(known[0]) from None


def _exit_code_and_hint(error: Exception) -> tuple[ExitCode, str | None] | None:
    azure = sys.modules.get("azure.core.exceptions")
    match error:
        case CommandError():
            return error.exit_code, None
        case face_client.AuthenticationError():
            return ExitCode.SIGN_IN, "check the key or identity, and that it belongs to this endpoint"
        case face_client.PermissionDeniedError():
            return ExitCode.SIGN_IN, "Face liveness has to be approved for the resource, and an identity needs a role"
        case face_client.NotFoundError():
            return ExitCode.NOT_FOUND, "sessions and their images are deleted after 48 hours at most"
        case face_client.RateLimitError() | face_client.ServerError():
            when = f"in {error.retry_after:g} s" if error.retry_after else "later"
            return ExitCode.TRY_LATER, f"run the command again {when}"
        case face_client.ApiError():
            return ExitCode.FAILED, None
        case face_client.DeadlineExceeded():
            return ExitCode.TRY_LATER, None
        case httpx.TransportError():
            return ExitCode.TRY_LATER, "check the endpoint and the network, then run the command again"
        case ServiceDownError():
            return ExitCode.TRY_LATER, None
        case OSError() | FolderInUseError():
            return ExitCode.FAILED, None
        case ValueError() | ModuleNotFoundError():
            return ExitCode.USAGE, None
    if isinstance(error, SignInError) or (azure and isinstance(error, azure.AzureError)):
        return ExitCode.SIGN_IN, "run `az login`, or set FACE_APIKEY"
    return None


def _print(error: BaseException, exit_code: ExitCode, hint: str | None, *, as_json: bool) -> None:
    # azure-identity lists on further lines what it has tried.
    message = (str(error).splitlines() or [type(error).__name__])[0]
    if not as_json:
        note(f"face-client: {message}")
        if hint:
            note(f"hint: {hint}")
        return
    api_error = error if isinstance(error, face_client.ApiError) else None
    described = {
        "exitCode": int(exit_code),
        "message": message,
        "hint": hint,
        "status": api_error and api_error.status_code,
        "code": api_error and api_error.code,
        "requestId": api_error and api_error.request_id,
        "clientRequestId": api_error and api_error.client_request_id,
        "retryAfter": api_error and api_error.retry_after,
    }
    typer.echo(json.dumps({"error": described}), err=True)
