"""What goes to standard output, and what a person is told beside it on standard error."""

import json
from collections.abc import Iterable
from typing import Any

import typer


def print_json(value: dict[str, Any]) -> None:
    """Prints one object on one line."""
    typer.echo(json.dumps(value))


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Prints a line for each field. Control characters are escaped, since the values come from a server."""
    from face_client_runtime import printable

    for name, value in fields:
        typer.echo(f"{printable(name):<10} {printable(str(value))}")


def note(text: str) -> None:
    """Tells a person on standard error what is not the result. Control characters are escaped."""
    from face_client_runtime import printable

    typer.echo(printable(text), err=True)
