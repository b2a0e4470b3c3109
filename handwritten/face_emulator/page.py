"""The documentation page, which `make docs` writes into this folder."""

from pathlib import Path

from starlette.responses import HTMLResponse, PlainTextResponse, Response

PAGE = Path(__file__).with_name("page.html")
_NOT_BUILT = """\
The emulator is running, but its documentation page was not built.
In a clone of face-client, run `make docs` and reload this page.
The installed package does not contain the page.
"""


def page() -> Response:
    """Return the page, or plain text that says how to build it. The file is read for each request."""
    try:
        return HTMLResponse(PAGE.read_bytes())
    except FileNotFoundError:
        return PlainTextResponse(_NOT_BUILT, status_code=404)
