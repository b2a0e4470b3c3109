"""`face-client image`: get one image, or archive many."""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from face_client_cli._exit_codes import ExitCode
from face_client_cli._options import Endpoint, Json, Verbose
from face_client_cli._output import note, print_fields, print_json

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Get the images of sessions.")


@app.command()
def get(
    image_id: Annotated[str, typer.Argument(metavar="ID", help="The sessionImageId of an attempt.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="- for stdout.")],
    *,
    endpoint: Endpoint = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Save an image to a file, which only its owner can read, and which is whole or not there."""
    from face_client_cli._connection import connected

    to_stdout = output == "-"
    if to_stdout and json:
        raise typer.BadParameter("the image and the JSON object cannot both go to stdout", param_hint="--json")
    if to_stdout and sys.stdout is None:
        raise typer.BadParameter("stdout is closed", param_hint="-o")
    if to_stdout and sys.stdout.isatty():
        raise typer.BadParameter("an image is not for a terminal: redirect stdout, or name a file", param_hint="-o")
    with connected(endpoint, json=json, verbose=verbose) as client, client.get_session_image_stream(image_id) as body:
        size = body.save(sys.stdout.buffer if to_stdout else output)
        sys.stdout.flush()
    if json:
        print_json({"id": image_id, "file": output, "bytes": size})
    elif not to_stdout:
        note(f"{output}: {size:,} bytes")


@app.command()
def archive(
    ids: Annotated[str, typer.Argument(metavar="IDS", help="A file with one id in each line; - for stdin.")],
    destination: Annotated[str, typer.Option("--destination", "-d", metavar="FOLDER", help="Where the images go.")],
    *,
    column: Annotated[
        str | None, typer.Option("--column", metavar="NAME", help="IDS is a CSV file, and this column has the ids.")
    ] = None,
    rate: Annotated[float, typer.Option("--rate", metavar="N", help="Requests per second at most.")] = 10,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")] = False,
    endpoint: Endpoint = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Save many images, with a manifest. To go on after an interruption, run the same command again."""
    from rich.console import Console

    from face_client_archive import archive as archive_images
    from face_client_archive import read_ids
    from face_client_cli._connection import connected
    from face_client_cli._errors import CommandError
    from face_client_cli._progress import shown_progress

    if ids == "-":
        if not isinstance(sys.stdin, TextIOWrapper):
            raise typer.BadParameter("stdin is closed", param_hint="IDS")
        sys.stdin.reconfigure(encoding="utf-8", errors="strict", newline="")  # as a file is read, in any locale
    with connected(endpoint, json=json, verbose=verbose) as client:
        # A pipe cannot be read twice.
        total = sum(1 for _ in read_ids(ids, column)) if Path(ids).is_file() else None
        try:
            with shown_progress(Console(stderr=True), total, verbose=verbose) as on_progress:
                summary = archive_images(
                    client,
                    read_ids(sys.stdin if ids == "-" else ids, column),
                    destination,
                    requests_per_second=rate,
                    retry_failed=retry_failed,
                    on_progress=on_progress,
                )
        except KeyboardInterrupt:
            message = "interrupted: the same command again goes on with the rest"
            raise CommandError(message, ExitCode.INTERRUPTED) from None
    counts = {"saved": summary.saved, "skipped": summary.skipped, "failed": summary.failed}
    if json:
        print_json({**counts, "errors": dict(summary.errors), "manifest": str(summary.manifest)})
    else:
        errors = [(f"- {code}", count) for code, count in summary.errors.items()]
        print_fields([*counts.items(), *errors, ("manifest", summary.manifest)])
    if summary.failed:
        if not json:
            note("hint: the manifest has the error of each id; --retry-failed tries these ids again")
        raise typer.Exit(ExitCode.FAILED)
