"""`face-client session`: create, show, wait for and delete liveness sessions."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from face_client_cli._options import Endpoint, Json, Verbose, WithVerify
from face_client_cli._output import note, print_fields, print_json

if TYPE_CHECKING:
    from face_client.models import LivenessSession, LivenessWithVerifySession

    AnySession = LivenessSession | LivenessWithVerifySession

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Create, show, wait for and delete liveness sessions."
)

SessionId = Annotated[str, typer.Argument(metavar="ID", help="The id of the session.")]
Mode = Literal["Passive", "PassiveActive"]


@app.command()
def create(
    *,
    device_correlation_id: Annotated[
        str | None,
        typer.Option(
            "--device-correlation-id", metavar="ID", help="The same text for each session of a device, such as a GUID."
        ),
    ] = None,
    device_correlation_id_set_in_client: Annotated[
        bool, typer.Option("--device-correlation-id-set-in-client", help="Your app sets the id of the device.")
    ] = False,
    mode: Annotated[Mode, typer.Option("--mode", help="How the device checks that a person is alive.")] = "Passive",
    enable_session_image: Annotated[
        bool, typer.Option("--enable-session-image", help="Store an image. Without this, there is none to get.")
    ] = False,
    ttl: Annotated[
        int | None, typer.Option("--ttl", metavar="SECONDS", help="Lifetime of the token, 60 to 86400; 600 by default.")
    ] = None,
    verify_image: Annotated[
        Path | None, typer.Option("--verify-image", metavar="FILE", help="Also compare with this reference image.")
    ] = None,
    endpoint: Endpoint = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Create a session, and print its token, which is a secret for the device."""
    if bool(device_correlation_id) is device_correlation_id_set_in_client:
        raise typer.BadParameter(
            "needs the id of the device, or pass --device-correlation-id-set-in-client instead",
            param_hint="--device-correlation-id",
        )
    from face_client.models import CreateLivenessSessionContent, CreateLivenessWithVerifySessionContent
    from face_client.types import UNSET, File
    from face_client_cli._connection import connected

    settings: dict[str, Any] = {
        "liveness_operation_mode": mode,
        "device_correlation_id": device_correlation_id or UNSET,
        "device_correlation_id_set_in_client": device_correlation_id_set_in_client or UNSET,
        "enable_session_image": enable_session_image,
        "auth_token_time_to_live_in_seconds": UNSET if ttl is None else ttl,
    }
    session: AnySession
    with connected(endpoint, json=json, verbose=verbose) as client:
        if verify_image is None:
            session = client.create_liveness_session(body=CreateLivenessSessionContent(**settings))
        else:
            body = CreateLivenessWithVerifySessionContent(**settings, verify_image=File(verify_image))
            session = client.create_liveness_with_verify_session(body=body)
    if json:
        print_json(session.to_dict())
        return
    print_fields([("session", session.session_id), ("token", session.auth_token)])
    option = " --with-verify" if verify_image else ""
    note(f"Send the token to the device, then: face-client session wait{option} {session.session_id}")


@app.command()
def show(
    session_id: SessionId,
    *,
    with_verify: WithVerify = False,
    endpoint: Endpoint = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show a session as it is now."""
    from face_client_cli._connection import connected

    with connected(endpoint, json=json, verbose=verbose) as client:
        get = client.get_liveness_with_verify_session_result if with_verify else client.get_liveness_session_result
        session = get(session_id)
    _print(session, as_json=json)


@app.command()
def wait(
    session_id: SessionId,
    *,
    with_verify: WithVerify = False,
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="How long to wait at most.")] = 600,
    endpoint: Endpoint = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Wait until a session has ended, then show it. The exit status says nothing about the result."""
    from rich.console import Console

    from face_client_cli._connection import connected
    from face_client_sessions import wait_for_result

    console = Console(stderr=True)
    with connected(endpoint, json=json, verbose=verbose) as client:
        waiting = console.status("Waiting for the session ...") if console.is_interactive else nullcontext()
        with waiting:
            session = wait_for_result(client, session_id, with_verify=with_verify, deadline=timeout)
    _print(session, as_json=json)


@app.command()
def delete(
    session_id: SessionId,
    *,
    with_verify: WithVerify = False,
    endpoint: Endpoint = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Delete a session with its result and its images."""
    from face_client_cli._connection import connected

    with connected(endpoint, json=json, verbose=verbose) as client:
        (client.delete_liveness_with_verify_session if with_verify else client.delete_liveness_session)(session_id)
    if json:
        print_json({"sessionId": session_id, "deleted": True})
    else:
        note(f"deleted {session_id}")


def _print(session: "AnySession", *, as_json: bool) -> None:
    if as_json:
        # The token is for the device, which got it when the session was created.
        print_json({name: value for name, value in session.to_dict().items() if name != "authToken"})
    else:
        print_fields(_fields(session))


def _fields(session: "AnySession") -> Iterator[tuple[str, object]]:
    from face_client_sessions import latest_attempt, session_image_ids

    yield "session", session.session_id
    yield "status", session.status
    yield "attempts", len(session.results.attempts)
    attempt = latest_attempt(session)
    if attempt and attempt.error:
        yield "error", f"{attempt.error.code}: {attempt.error.message}"
    if attempt and attempt.result:
        yield "decision", attempt.result.liveness_decision
        if verified := getattr(attempt.result, "verify_result", None):
            yield "identical", f"{'yes' if verified.is_identical else 'no'}, confidence {verified.match_confidence}"
    for image_id in session_image_ids(session):
        yield "image", image_id
