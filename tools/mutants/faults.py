"""The mutants. Those of the connections are last."""

from tools.mutants.trial import Mutant

_RUNTIME = "handwritten/face_client_runtime/"
_AUTH = "handwritten/face_client_auth/"
_ERROR_TESTS = ("errors", "bodies")
_POOL_TESTS = ("sharing", "pool", "connection")
_HTTP1_TESTS = ("http1", "connection")


def _of(file: str, *mutants: tuple[str, str, str, tuple[str, ...]]) -> tuple[Mutant, ...]:
    """Mutants of one file: what is wrong, the text, its replacement, and which tests run first."""
    return tuple(Mutant(name, file, text, replacement, first) for name, text, replacement, first in mutants)


_RETRIES = _of(
    _RUNTIME + "_retries.py",
    ("The last retry is skipped.", "not self._retries_left or", "self._retries_left < 2 or", ("retries",)),
    ("A 404 is tried again.", "RETRIED_STATUSES = {", "RETRIED_STATUSES = {404, ", ("retries",)),
    ("A 504 is not tried again.", "503, 504}", "503}", ("retries",)),
    ("There is no pause between two tries.", "2 ** (self._tries - 1)", "0", ("retries",)),
    ("The pauses between tries do not grow.", "2 ** (self._tries - 1)", "1", ("retries",)),
    ("The pauses have no jitter.", "random.uniform(0.5, 1)", "1", ("retries",)),
    ("Retry-After is ignored.", "pause = pause if asked is None else asked", "pass", ("retries",)),
    ("A Retry-After of more than a minute is waited for.", "pause > MAX_RETRY_AFTER or", "", ("retries",)),
    (
        "A pause that goes beyond the deadline is waited for.",
        "pause >= left)",
        "False)",
        ("retries", "deadline"),
    ),
    ("A POST is tried again.", 'SAFE_METHODS = {"GET", ', 'SAFE_METHODS = {"POST", "GET", ', ("retries",)),
    (
        "An untrusted certificate is tried again.",
        ' or "CERTIFICATE_VERIFY_FAILED" in str(outcome)',
        "",
        ("retries",),
    ),
    (
        "A call beyond its deadline raises ReadTimeout.",
        "and self.time_left() == 0",
        "and False",
        ("deadline",),
    ),
)

_OPERATION = _of(
    _RUNTIME + "_operation.py",
    ("The deadline of a sync call is ignored.", "with ends_at(state.end):", "if True:", ("deadline",)),
    (
        "The deadline of an async call is ignored.",
        "with anyio.move_on_after(state.time_left()) as scope:",
        "with anyio.move_on_after(None) as scope:",
        ("deadline",),
    ),
    (
        "An HTML page is returned as the image.",
        " and not (self.is_binary and _is_text(response.headers))",
        "",
        ("errors", "get_session_image"),
    ),
    (
        "The body of an error is waited for, however long it takes.",
        "MAX_ERROR_BODY_WAIT = 5.0",
        "MAX_ERROR_BODY_WAIT = 500.0",
        ("bodies", "errors", "deadline"),
    ),
    (
        "A parsed error with a number for a text is returned.",
        "return error if _is_as_declared(error) else None",
        "return error",
        _ERROR_TESTS,
    ),
)

_STREAMING = _of(
    _RUNTIME + "_streaming.py",
    (
        "A truncated body is returned.",
        "if error is None and expected in (None, received):",
        "if error is None or type(error) is httpx.RemoteProtocolError:",
        ("bodies", "streaming"),
    ),
    (
        "A reset passes for the end of a body without length.",
        "if error is None and expected in (None, received):",
        "if isinstance(error, httpx.ReadError | None) and expected in (None, received):",
        ("bodies", "streaming", "connection"),
    ),
    (
        "The stall rule is ignored.",
        "        self.left = seconds\n",
        "        self.left = None\n",
        ("streaming",),
    ),
    (
        "A stream that has brought 1 KiB has no more than what was left of its time.",
        "self._received, self.left = 0, self.seconds",
        "self._received = 0",
        ("streaming",),
    ),
    (
        "The error of the stall rule does not say what it is.",
        'error.args = (f"less than',
        '(f"less than',
        ("streaming",),
    ),
)

_FILES = _of(
    _RUNTIME + "_files.py",
    (
        "A partial file is left after a failure.",
        "self._part.unlink(missing_ok=True)",
        "pass",
        ("saving", "streaming"),
    ),
    (
        "A saved file can be read by others.",
        "self._part.replace(self._target)",
        "self._part.chmod(0o644), self._part.replace(self._target)",
        ("saving", "streaming"),
    ),
    (
        "The target is written in place, and is lost when the body breaks off.",
        "self._is_given_up = False",
        "self._is_given_up = self._target.unlink(missing_ok=True)",
        ("saving", "streaming"),
    ),
)

_DECODING = _of(
    _RUNTIME + "_decoding.py",
    (
        "Half a gzip is returned.",
        "return self._gzip is None or self._gzip.eof",
        "return True",
        ("bodies", "streaming"),
    ),
    (
        "A body that is encoded with br is returned as it is.",
        'not in ("", "identity", "gzip", "x-gzip")',
        "is None",
        ("bodies", "streaming"),
    ),
)

_ERRORS = _of(
    _RUNTIME + "_errors.py",
    (
        "The message of a connection error has the headers of the request.",
        "error.args = (_message(error, request),)",
        'error.args = (f"{_message(error, request)} {dict(request.headers)}",)',
        ("errors", "failures", "secrets"),
    ),
    (
        "The error of a connection keeps the error below, whose frames hold the key.",
        "error.__cause__ = error.__context__ = None",
        "pass",
        ("failures", "errors", "secrets"),
    ),
    (
        "The error of a connection keeps the request with the key.",
        "error.request = httpx.Request(request.method, request.url)",
        "error.request = request",
        ("failures", "errors", "secrets"),
    ),
    (
        "A message has the control characters of the server's text.",
        "return printable(f",
        "return str(f",
        ("errors",),
    ),
    (
        "Milliseconds are taken for seconds.",
        '("retry-after-ms", 1000)',
        '("retry-after-ms", 1)',
        ("errors", "retries"),
    ),
    (
        "A date in Retry-After is not understood.",
        "date = parsedate_to_datetime(value)",
        "return None",
        ("errors", "retries"),
    ),
    ("A 409 has no class of its own.", "409: ConflictError", "410: ConflictError", ("errors",)),
    ("The request id is lost.", 'headers.get("apim-request-id")', "None", ("errors",)),
)

_CLIENT = _of(
    _RUNTIME + "_client.py",
    (
        "A redirect is followed.",
        '"follow_redirects": False,',
        '"follow_redirects": True,',
        ("client", "failures"),
    ),
    (
        "An error body is not redacted.",
        'kept = kept.replace(written.encode(), b"[redacted]")',
        "pass",
        _ERROR_TESTS,
    ),
    (
        "A key that JSON writes in another way is not redacted.",
        "kept = plain.encode() if secret in plain else kept",
        "pass",
        _ERROR_TESTS,
    ),
    (
        "Half a key at the end of an error body is left.",
        "content[: 2 * MAX_ERROR_BODY]",
        "content[:MAX_ERROR_BODY]",
        _ERROR_TESTS,
    ),
    (
        "A closed client makes calls.",
        "        if self._is_closed:",
        "        if False:",
        ("client", "get_session_image"),
    ),
    (
        "A client is made with a header that has a line break.",
        "if value != value.strip() or not value.isprintable():",
        "if False:",
        ("client",),
    ),
    (
        "What goes to this machine is sent to a proxy of the environment.",
        'not self._endpoint.startswith("http:")',
        "True",
        ("client", "failures", "transport"),
    ),
)

_HEADERS = _of(
    _RUNTIME + "_headers.py",
    (
        "SafeHeaders shows the key.",
        'shown[name] = "[secure]"',
        "pass",
        ("client", "headers", "get_session_image"),
    ),
)

_URLS = _of(
    _RUNTIME + "_urls.py",
    (
        "Plain http to another machine is accepted.",
        'or (scheme == "http" and is_loopback(host))',
        'or scheme == "http"',
        ("urls", "client"),
    ),
    ("An id that is .. is accepted.", 'if text in ("", ".", ".."):', 'if text in ("", "."):', ("urls",)),
    (
        "A slash in an id is not percent-encoded.",
        'return quote(text, safe="")',
        "return quote(text)",
        ("urls",),
    ),
    ("An id is not percent-encoded at all.", 'return quote(text, safe="")', "return text", ("urls",)),
    ("An endpoint with a password is accepted.", 'if "@" in parts.netloc:', "if False:", ("urls", "client")),
)

_SIGN_IN = (
    *_of(
        _AUTH + "_secret.py",
        (
            "The repr of a secret shows it.",
            'return "<secret>"',
            "return repr(self._value)",
            ("secrets", "auth", "key"),
        ),
        (
            "The message about a key that cannot be sent repeats it.",
            'raise ValueError(f"{name} holds {wrong}:',
            'raise ValueError(f"{name} {self._value} holds {wrong}:',
            ("key", "bearer", "secrets"),
        ),
        (
            "A secret is sent in plain text to another machine.",
            "if not is_confidential(request.url.scheme, request.url.host):",
            "if False:",
            ("wire", "key"),
        ),
    ),
    *_of(
        _AUTH + "subscription_key.py",
        (
            "The second key is tried for a 403.",
            "if response.status_code != 401:",
            "if response.status_code not in (401, 403):",
            ("rotation", "key"),
        ),
        (
            "The second key is not tried.",
            "        for key in keys:",
            "        for key in keys[:1]:",
            ("rotation", "key"),
        ),
        ("The second key is not kept when it works.", "self._keys = keys[::-1]", "pass", ("rotation", "key")),
    ),
    *_of(
        _AUTH + "_token.py",
        (
            "A token is not refreshed after a 401.",
            "if response.status_code == 401:",
            "if False:",
            ("token", "credential"),
        ),
        (
            "Each of the threads that wait fetches a token.",
            "        with self._lock:",
            "        if True:",
            ("token",),
        ),
        (
            "Each of the tasks that wait fetches a token.",
            "        async with turn:",
            "        if True:",
            ("token",),
        ),
        ("An expired token is used.", "return token.renew <= time.monotonic()", "return False", ("token",)),
    ),
)

_CONNECTIONS = (
    *_of(
        _RUNTIME + "_transport.py",
        (
            "No certificate is verified.",
            "return httpx.create_ssl_context(trust_env=trust_env)",
            "return httpx.create_ssl_context(verify=False)",
            ("transport", "connection", "failures"),
        ),
    ),
    *_of(
        _RUNTIME + "_fork.py",
        (
            "The child of a fork uses its parent's sockets.",
            "item.after_fork()",
            "pass",
            ("processes",),
        ),
    ),
    *_of(
        _RUNTIME + "_deadline.py",
        (
            "The deadline of a sync call is not applied to its waits.",
            "if (end := _end.get()) is not None:",
            "if (end := None) is not None:",
            ("deadline",),
        ),
    ),
    *_of(
        _RUNTIME + "_http1.py",
        (
            "A Transfer-Encoding other than chunked is accepted.",
            'if encodings not in ([], [b"chunked"]):',
            "if False:",
            _HTTP1_TESTS,
        ),
        (
            "HTTP/2.0 in the status line is accepted.",
            'if version not in ("1.0", "1.1"):',
            "if False:",
            _HTTP1_TESTS,
        ),
        ("A head of any size is accepted.", "if self._size > MAX_HEAD and", "if False and", _HTTP1_TESTS),
        (
            "A connection with a second response is kept.",
            "self.keep_alive = False  # a second",
            "pass  # a second",
            ("http1", "connection", "leftovers"),
        ),
        (
            "A connection is kept although the server closes it.",
            "self._parser.should_keep_alive()",
            "True",
            _HTTP1_TESTS,
        ),
        (
            "An interim response is taken for the response.",
            " or 100 <= status < 200:",
            ":",
            ("http1", "connection", "failures"),
        ),
        (
            "The line break of a header goes on the wire.",
            "or not all(_FIELD.fullmatch(",
            "or False and not all(_FIELD.fullmatch(",
            ("http1", "connection", "client"),
        ),
        (
            "The message about a header that cannot be sent repeats it.",
            'the method, the URL or a header has a character that is not allowed there"',
            'not allowed: " + repr(fields)',
            ("http1", "connection", "secrets", "client"),
        ),
    ),
    *_of(
        _RUNTIME + "_connection.py",
        (
            "A connection with stray bytes behind the response is kept.",
            "parser.is_complete and parser.keep_alive:",
            "parser.is_complete:",
            _HTTP1_TESTS,
        ),
        (
            "A failed write ends the call, although the response was there.",
            "except httpcore.WriteError:",
            "except ZeroDivisionError:",
            ("connection",),
        ),
        (
            "A connection is used again although something can be read from it.",
            'stream.get_extra_info("is_readable")',
            "False",
            ("leftovers", "connection"),
        ),
        (
            "A connection that was idle for too long is used.",
            "is_old = time.monotonic() > self._idle_since + self._keepalive_expiry",
            "is_old = False",
            ("connection", "pool"),
        ),
        (
            "A connection is kept in the middle of a body.",
            "parser.is_complete and parser.keep_alive:",
            "parser.keep_alive:",
            ("leftovers", "connection", "streaming"),
        ),
    ),
    *_of(
        _RUNTIME + "_async_pool.py",
        (
            "A slot is lost when an async call fails or is cancelled.",
            "except BaseException:\n            await lease.aclose(keep=False)",
            "except BaseException:\n            lease._slots = None",
            ("sharing", "pool", "failures", "client"),
        ),
    ),
    *_of(
        _RUNTIME + "_pool.py",
        (
            "A slot is lost when a sync call fails.",
            "except BaseException:\n            lease.drop()",
            "except BaseException:\n            vars(self).setdefault('lost', []).append(lease)",
            ("sharing", "pool", "failures", "client"),
        ),
        (
            "A slot is lost for good when a signal handler raises.",
            "for reference in self._existing if reference()]",
            "for reference in self._existing]",
            ("processes", "pool"),
        ),
        (
            "Idle connections stay open.",
            "0 if expiry is None else now - expiry",
            "0",
            _POOL_TESTS,
        ),
        (
            "More idle connections are kept than asked for.",
            "len(self._idle) > most or",
            "",
            _POOL_TESTS,
        ),
        (
            "close() leaves idle connections open.",
            "self._idle.clear()\n        return pools",
            "return [pool for pool in pools if all(pool is not idle for _, idle in self._idle)]",
            _POOL_TESTS,
        ),
        (
            "close() leaves connections in use open.",
            "self._idle.clear()\n        return pools",
            "return [pool for _, pool in self._idle]",
            _POOL_TESTS,
        ),
        (
            "The connection that was idle longest is used first.",
            "return self._idle.pop()[1]",
            "return self._idle.popleft()[1]",
            ("sharing", "pool"),
        ),
    ),
    *_of(
        _RUNTIME + "_sockets.py",
        (
            "A TLS connection that ends without close_notify passes for whole.",
            "suppress_ragged_eofs=False",
            "suppress_ragged_eofs=True",
            ("connection", "tls", "bodies"),
        ),
        (
            "A close() of this side passes for the end of a body.",
            "if not result:",
            "if False:",
            ("connection", "sharing"),
        ),
        (
            "Only the first address is tried by sync calls.",
            "addresses = _addresses(host, port, timeout)",
            "addresses = _addresses(host, port, timeout)[:1]",
            ("connection", "address"),
        ),
        (
            "A sync call waits for a dead address before it tries the next one.",
            "ATTEMPT_DELAY = 0.25",
            "ATTEMPT_DELAY = 25",
            ("connection", "address"),
        ),
        (
            "The deadline of a sync call is not applied to name resolution.",
            "found.get(timeout=timeout)",
            "found.get()",
            ("connection", "deadline"),
        ),
        (
            "The deadline of a sync call is not applied to the TLS handshake and to reading.",
            "self._sock.settimeout(limited(timeout))",
            "self._sock.settimeout(timeout)",
            ("deadline", "connection"),
        ),
    ),
    *_of(
        _RUNTIME + "_asyncio.py",
        (
            "A hang-up within a sized body of the async connection passes for its end.",
            "return self._received",
            "return self._received or len(buffer)",
            ("bodies", "connection"),
        ),
        (
            "A reset passes for the end of a body on the async connection.",
            "isinstance(self._end, OSError)",
            "isinstance(self._end, ConnectionAbortedError)",
            ("bodies", "connection"),
        ),
        (
            "An async TLS connection that ends without close_notify passes for whole.",
            "is_end = False",
            "is_end = True",
            ("connection", "tls", "bodies"),
        ),
        (
            "Only the first address is tried by async calls.",
            "start_connection(addresses,",
            "start_connection(addresses[:1],",
            ("connection", "address"),
        ),
        (
            "An async call waits for a dead address before it tries the next one.",
            "happy_eyeballs_delay=ATTEMPT_DELAY",
            "happy_eyeballs_delay=25",
            ("connection", "address"),
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (
    *_RETRIES,
    *_OPERATION,
    *_STREAMING,
    *_FILES,
    *_DECODING,
    *_ERRORS,
    *_CLIENT,
    *_HEADERS,
    *_URLS,
    *_SIGN_IN,
    *_CONNECTIONS,
)
