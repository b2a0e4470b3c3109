"""Waits on this machine for the browser that comes back from signing in (RFC 8252, section 7.3)."""

import html
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from face_client_auth._errors import SignInError

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1.1em system-ui, sans-serif; margin: 4em auto; max-width: 32em; padding: 0 1em }}</style>
<h1>{title}</h1><p>{text}</p>
"""
_LAST_WORDS = 2.0  # seconds for the page to reach the browser


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Says nothing: a browser may close a connection at any time."""


class Arrival:
    """What the provider has sent back with the browser. It holds the code, and so has no `repr` of its own."""

    __slots__ = ("said",)

    def __init__(self, query: str) -> None:
        self.said = dict(parse_qsl(query))


class Redirection:
    """A web server for one visitor, on 127.0.0.1, until it is left.

    Args:
        host: The name of this machine in the redirect URI: 127.0.0.1, or localhost where the provider insists.
        port: The port, or 0 for a free one.

    Raises:
        OSError: The port is in use.
    """

    def __init__(self, host: str, port: int) -> None:
        visit = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 5  # a browser opens connections that it may never use

            def do_GET(self) -> None:
                visit._serve(self)

            def log_message(self, *_: object) -> None:
                """Says nothing: the path holds the code."""

        self._server = _Server(("127.0.0.1", port), Handler)
        self._authority = f"{host}:{self._server.server_port}"
        self._arrivals: Queue[Arrival] = Queue()
        self._outcome: tuple[str, str] | None = None
        self._decided = Event()
        self._shown = Event()
        self._is_visited = False

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._decided.is_set() and self._is_visited:
            self._shown.wait(_LAST_WORDS)
        self._decided.set()  # so that nobody waits for ever
        self._server.shutdown()
        self._server.server_close()

    @property
    def uri(self) -> str:
        """The redirect URI."""
        return f"http://{self._authority}/"

    def wait(self, timeout: float) -> Arrival:
        """Returns what the provider has sent back with the browser.

        Raises:
            SignInError: Nobody came in so many seconds.
        """
        try:
            return self._arrivals.get(timeout=timeout)
        except Empty:
            raise SignInError(f"nobody came back from the browser in {timeout:g} s") from None

    def tell(self, title: str, text: str) -> None:
        """Shows a page to the visitor, who has been waiting for it."""
        self._outcome = (title, text)
        self._decided.set()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        arrival = Arrival(url.query)
        # Another page could have the browser come here under a name of its own, or ask for an icon.
        is_ours = request.headers.get("Host") == self._authority and url.path == "/"
        if not is_ours or self._decided.is_set() or not arrival.said.keys() & {"code", "error"}:
            request.send_error(404)
            return
        self._is_visited = True
        self._arrivals.put(arrival)
        self._decided.wait()
        title, text = self._outcome or ("Not signed in", "The program has stopped waiting.")
        page = _PAGE.format(title=html.escape(title), text=html.escape(text)).encode()
        request.send_response(200)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(page)))
        request.send_header("Cache-Control", "no-store")
        request.send_header("Referrer-Policy", "no-referrer")
        request.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        request.end_headers()
        request.wfile.write(page)
        request.wfile.flush()
        self._shown.set()
