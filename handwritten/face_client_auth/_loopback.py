"""Receives the redirect at the end of an authorization request on this machine (RFC 8252, section 7.3)."""

import html
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from secrets import token_urlsafe
from threading import Event, Thread
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from face_client_auth._errors import SignInError
from face_client_auth._secret import Secret

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1.1em system-ui, sans-serif; margin: 4em auto; max-width: 32em; padding: 0 1em }}</style>
<h1>{title}</h1><p>{text}</p>
"""
_PAGE_TIMEOUT = 2.0  # seconds for the browser to receive the page


class AuthorizationResponse:
    """An authorization response (RFC 6749, section 4.1.2). It has no `repr` of its own, which would show the code."""

    __slots__ = ("parameters",)

    def __init__(self, query: str) -> None:
        self.parameters = dict(parse_qsl(query))


class LoopbackServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 for the authorization response with its `state`, inside a `with` block.

    Args:
        host: The host of the redirect URI: 127.0.0.1, or localhost if the application is registered with it.
        port: The port, or 0 for a free one.

    Raises:
        OSError: The port is in use.
    """

    daemon_threads = True
    request_queue_size = 128  # 5 by default, which a scanner of ports fills

    def __init__(self, host: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.authority = f"{host}:{self.server_port}"
        self.state = Secret(token_urlsafe(32))
        self.responses: Queue[AuthorizationResponse] = Queue()
        self.page = "Not signed in", "The program has stopped waiting."
        self.page_ready = Event()
        self.page_sent = Event()
        self.has_visitor = False

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.page_ready.is_set() and self.has_visitor:
            self.page_sent.wait(_PAGE_TIMEOUT)
        self.page_ready.set()  # ends the handlers that still wait
        self.shutdown()
        self.server_close()

    @property
    def redirect_uri(self) -> str:
        return f"http://{self.authority}/"

    def wait(self, timeout: float) -> AuthorizationResponse:
        """Returns the authorization response.

        Raises:
            SignInError: There was none within the timeout, in seconds.
        """
        try:
            return self.responses.get(timeout=timeout)
        except Empty:
            raise SignInError(f"the sign-in was not completed in the browser within {timeout:g} s") from None

    def show(self, title: str, text: str) -> None:
        """Shows a page in the browser, which has been waiting for it."""
        self.page = title, text
        self.page_ready.set()

    def handle_error(self, *_: object) -> None:
        """Ignores that a browser has closed its connection."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 5  # seconds; browsers open connections that they may never use
    server: LoopbackServer

    def do_GET(self) -> None:
        server, url = self.server, urlsplit(self.path)
        response = AuthorizationResponse(url.query)
        parameters = response.parameters
        # Any web page can send the browser here, also under a host name of its own (DNS rebinding).
        is_redirect = self.headers.get("Host") == server.authority and url.path == "/"
        # Some authorization servers leave the state out of an error response, which grants nothing.
        is_expected = server.state.equals(parameters["state"]) if "state" in parameters else "error" in parameters
        is_response = is_redirect and is_expected and parameters.keys() & {"code", "error"}
        if not is_response or server.page_ready.is_set():
            self.send_error(404)
            return
        server.has_visitor = True
        server.responses.put(response)
        server.page_ready.wait()
        title, text = map(html.escape, server.page)
        page = _PAGE.format(title=title, text=text).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(page)
        self.wfile.flush()
        server.page_sent.set()

    def log_message(self, *_: object) -> None:
        """Logs nothing: the path contains the code."""
