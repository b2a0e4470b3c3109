"""The commands, put together."""

from typing import Annotated

import typer

from face_client_cli import _image, _session
from face_client_cli._options import Json
from face_client_cli._output import print_json

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # these would show local variables, such as a key
    rich_markup_mode=None,  # the tables of Rich cut long names of options off
    help="Liveness sessions of Azure AI Face, and their images.",
    epilog="The endpoint is read from FACE_ENDPOINT and the key from FACE_APIKEY or FACE_KEY. Without a key, you are"
    " signed in by azure-identity if it is installed, or asked for the key.",
)
app.add_typer(_image.app, name="image")
app.add_typer(_session.app, name="session")


@app.command(add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def emulator(ctx: typer.Context) -> None:
    """Run an offline Face service, see emulator --help."""
    from face_emulator.__main__ import main

    raise typer.Exit(main(ctx.args, prog="face-client emulator"))


@app.command()
def version(*, json: Json = False) -> None:
    """Show the versions of this client and of the API."""
    from face_client import __version__
    from face_client.document import API_VERSION

    if json:
        print_json({"version": __version__, "apiVersion": API_VERSION})
    else:
        typer.echo(f"face-client {__version__}, API {API_VERSION}")


def _show_version(is_asked: bool) -> None:
    if is_asked:
        version()
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the versions.")
    ] = False,
) -> None: ...
