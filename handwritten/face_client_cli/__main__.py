"""The entry point of `face-client`, which also runs where the extra is not installed, to say so."""

import sys


def main() -> int:
    """Run the command with the arguments of the process.

    Returns:
        The exit status, if the extra `cli` is not installed (2) or the output cannot be written (1). Otherwise it
        raises SystemExit; see `ExitCode`.
    """
    try:
        from face_client_cli._app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        print(f'face-client: the command needs {error.name}: pip install "face-client[cli]"', file=sys.stderr)
        return 2
    try:
        app(prog_name="face-client")
    except OSError as error:  # of standard output, such as on a full disk; the others are reported
        print(f"face-client: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
