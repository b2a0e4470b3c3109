"""The page to read and try, which `make docs` puts beside this file."""

from pathlib import Path

from starlette.responses import HTMLResponse, PlainTextResponse, Response

PAGE = Path(__file__).with_name("page.html")
_NOT_BUILT = """\
The emulator is running; the page to read and try its operation was not built.
In a checkout of face-client, `make docs` builds it, and reloading this address shows it then.
An installed package comes without it.
"""


def page() -> Response:
    """The page, read anew each time; in plain text how to get it, if it is not there."""
    try:
        return HTMLResponse(PAGE.read_bytes())
    except FileNotFoundError:
        return PlainTextResponse(_NOT_BUILT, status_code=404)
