"""The options that several commands have."""

from typing import Annotated

import typer

Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", help="The endpoint of the resource; FACE_ENDPOINT by default."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object; an error is one on stderr.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log sign-in, requests and retries to stderr.")]
WithVerify = Annotated[bool, typer.Option("--with-verify", help="It is a session with a reference image.")]
