"""The mutants. Those of the connections and of the generator are last."""

from dataclasses import replace

from tools.mutants.trial import Mutant

_RUNTIME = "handwritten/face_client_runtime/"
_AUTH = "handwritten/face_client_auth/"
_ERROR_TESTS = ("errors", "bodies")
_POOL_TESTS = ("pool", "reuse", "connection")
_HTTP1_TESTS = ("http1", "connection")


def _of(file: str, *mutants: tuple[str, str, str, tuple[str, ...]]) -> tuple[Mutant, ...]:
    """Mutants of one file: what is wrong, the text, its replacement, and which tests run first."""
    return tuple(Mutant(name, file, text, replacement, first) for name, text, replacement, first in mutants)


_RETRIES = _of(
    _RUNTIME + "_retries.py",
    ("The last retry is skipped.", "not self._retries_left or", "self._retries_left < 2 or", ("retries",)),
    ("A 404 is tried again.", "RETRIED_STATUSES = {", "RETRIED_STATUSES = {404, ", ("retries",)),
    ("A 504 is not tried again.", "503, 504}", "503}", ("retries",)),
    ("There is no pause between two attempts.", "2.0 ** (self._attempts - 1)", "0", ("retries",)),
    ("The pauses between attempts do not grow.", "2.0 ** (self._attempts - 1)", "1", ("retries",)),
    ("The pauses have no jitter.", "random.uniform(0.5, 1)", "1", ("retries",)),
    ("Retry-After is ignored.", "requested or seconds", "seconds", ("retries",)),
    (
        "After a Retry-After of 0 there is no pause.",
        "requested or seconds",
        "seconds if requested is None else requested",
        ("retries",),
    ),
    (
        "A proxy that is busy is not asked again.",
        "proxy_status(outcome) not in RETRIED_STATUSES",
        "True",
        ("proxies", "retries"),
    ),
    ("A Retry-After of more than a minute is waited for.", "seconds > MAX_RETRY_AFTER or", "", ("retries",)),
    (
        "A pause that goes beyond the deadline is waited for.",
        "seconds >= left)",
        "False)",
        ("retries", "deadline"),
    ),
    ("A POST is tried again.", 'SAFE_METHODS = {"GET", ', 'SAFE_METHODS = {"POST", "GET", ', ("retries",)),
    ("A DELETE that was sent is tried again.", "UNSENT_ERRORS = (", "UNSENT_ERRORS = (httpx.ReadError, ", ("retries",)),
    ("A POST is not tried again where nothing was sent.", "isinstance(outcome, UNSENT_ERRORS)", "False", ("retries",)),
    ("A POST is tried again after any 503.", " and retry_after(outcome.headers) is not None", "", ("retries",)),
    ("A part of a pipe is sent again.", "return can_rewind(self.request)", "return True", ("uploads",)),
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
    (
        "The pace is ignored for retries.",
        "pace: Pace = self._client._shared.pace",
        "pace = Pace(None) if self._attempts else self._client._shared.pace",
        ("pace",),
    ),
    (
        "A 429 with Retry-After holds up no other call.",
        "self._client._shared.pace.postpone(requested)",
        "pass",
        ("pace", "retries"),
    ),
    (
        "A 503 with Retry-After holds up the other calls.",
        "if outcome.status_code == 429:",
        "if outcome.status_code in (429, 503):",
        ("pace", "retries"),
    ),
    (
        "A call that has its turn already is not held up by a 429.",
        " or self._turn < pace.resume",
        "",
        ("pace", "retries"),
    ),
    ("A turn beyond the deadline is waited for.", "if turn >= deadline:", "if False:", ("pace", "deadline")),
    (
        "The error of a deadline has no client request id.",
        "headers = {CLIENT_REQUEST_ID: self._client_request_id}",
        "headers: dict[str, str] = {}",
        ("deadline", "ids"),
    ),
    ("A retry is not logged at INFO.", 'logger.info("%s: retry', 'logger.debug("%s: retry', ("log",)),
    (
        "A call that is given up is not logged.",
        'logger.warning(\n            "%s: giving up',
        'logger.debug(\n            "%s: giving up',
        ("log",),
    ),
    (
        "The log has the path, in which the image id is.",
        "return append_request_ids(cause,",
        "return append_request_ids(outcome.request.url.path + cause,",
        ("log",),
    ),
    (
        "The log has the image id that a server or an error repeats.",
        'text = text.replace(segment, "...")',
        "text = text",
        ("log",),
    ),
    (
        "The log has the image id that a server repeats without percent-encoding.",
        "{operation_path}/{unquote(operation_path)}",
        "{operation_path}",
        ("log",),
    ),
)

_PACE = _of(
    _RUNTIME + "_pace.py",
    (
        "requests_per_second is ignored.",
        "MARGIN / requests_per_second if requests_per_second else 0.0",
        "0.0",
        ("pace",),
    ),
    ("A call takes a turn that is beyond its deadline.", "if turn < deadline:", "if True:", ("pace",)),
    ("A turn that was given back is used after its time.", "self._returned[0] < earliest", "False", ("pace",)),
)

_OPERATION = _of(
    _RUNTIME + "_operation.py",
    ("The deadline of a sync call is ignored.", "with fail_at(state.deadline):", "if True:", ("deadline",)),
    (
        "The deadline of an async call is ignored.",
        "with anyio.move_on_after(state.time_left()) as scope:",
        "with anyio.move_on_after(None) as scope:",
        ("deadline",),
    ),
    (
        "The turn of a sync call that is interrupted is lost.",
        "time.sleep(wait)\n                except BaseException:\n                    state.give_back_turn()",
        "time.sleep(wait)\n                except BaseException:\n                    pass",
        ("pace",),
    ),
    (
        "The turn of an async call that is cancelled is lost.",
        "anyio.sleep(wait)\n                except BaseException:\n                    state.give_back_turn()",
        "anyio.sleep(wait)\n                except BaseException:\n                    pass",
        ("pace",),
    ),
    (
        "A response stays open when a signal handler raises.",
        "response.close()  # at once",
        "pass  # at once",
        ("processes", "failures", "pool"),
    ),
    (
        "What a signal handler raises while a body is parsed is taken for an invalid body.",
        "(ValueError, TypeError, LookupError, AttributeError, RecursionError)",
        "(Exception,)",
        ("processes", "failures", *_ERROR_TESTS),
    ),
    ("A 304 is called a redirect.", ' and "location" in raw.headers:', ":", _ERROR_TESTS),
    (
        "An HTML page is returned as the image.",
        "(is_expected or not is_page)",
        "True",
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
        "return error if _has_declared_types(error) else None",
        "return error",
        _ERROR_TESTS,
    ),
    (
        "The frames of a sync attempt that failed show what has arrived of the body.",
        "error:\n                    outcome = error.with_traceback(None)",
        "error:\n                    outcome = error",
        ("tracebacks", "bodies", "streaming"),
    ),
    (
        "The frames of an async attempt that failed show what has arrived of the body.",
        "error:\n                        outcome = error.with_traceback(None)",
        "error:\n                        outcome = error",
        ("tracebacks", "bodies", "streaming"),
    ),
    (
        "Only the first 64 KiB of an error body are read.",
        "MAX_ERROR_BODY = 1024 * 1024",
        "MAX_ERROR_BODY = 64 * 1024",
        _ERROR_TESTS,
    ),
    (
        "An error body is not redacted.",
        "content = Secrets(response.request, client._secret_names).redacted(content)",
        "pass",
        _ERROR_TESTS,
    ),
    (
        "A sync form accepts an AsyncClient.",
        "if not isinstance(client, BaseSyncClient):",
        "if False:",
        ("client", "get_session_image"),
    ),
    (
        "An async form accepts a Client.",
        "if not isinstance(client, BaseAsyncClient):",
        "if False:",
        ("client", "get_session_image"),
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
        ("deadline", "streaming"),
    ),
    (
        "A stream that has brought 1 KiB has no more than what was left of its time.",
        "self._received, self.left = 0, self.seconds",
        "self._received = 0",
        ("deadline", "streaming"),
    ),
    (
        "The error of the stall rule does not say what it is.",
        'message = f"less than',
        'f"less than',
        ("deadline", "streaming"),
    ),
    (
        "The error of the stall rule has no ids.",
        "error = sanitized(error, request, message)",
        "error = httpx.ReadTimeout(message) if message else sanitized(error, request)",
        ("deadline", "streaming"),
    ),
    ("A stream has no request id.", "return request_id(self.headers)", "return None", ("ids", "streaming")),
    (
        "An empty streamed body passes for an image.",
        "if self._decoder.is_empty and self._empty_error:",
        "if False:",
        ("streaming", "bodies"),
    ),
    (
        "The last piece of a body is in the locals of save.",
        "del piece  # a traceback would show it\n                        # Another thread",
        "# Another thread",
        ("tracebacks",),
    ),
    (
        "The last piece of a body is in the locals of the async iter_bytes.",
        "yield piece\n                del piece",
        "yield piece",
        ("tracebacks",),
    ),
    (
        "What the transport has just received is in the locals of its frames.",
        "clear_frames(caught.__traceback__)",
        "pass",
        ("tracebacks",),
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
    ("A path that names a folder is taken for a file.", " or self._names_folder:", ":", ("saving",)),
    ("A FIFO or a device is replaced.", "if _is_special(target):", "if False:", ("saving",)),
    (
        "A file without a name is created where it can get none.",
        "if Path(_in_proc(file)).exists():",
        "if True:",
        ("saving",),
    ),
    (
        "A new file appears although its save was cancelled.",
        "not self._part and not self._is_given_up:",
        "not self._part:",
        ("saving",),
    ),
    (
        "A save that is killed leaves a part file.",
        "self._unnamed() or self._named()",
        "self._named()",
        ("saving",),
    ),
    (
        "What the disk did not take of a write is lost.",
        "data = data[self._file.write(data) :]",
        "data = data[self._file.write(data) and len(data) :]",
        ("saving",),
    ),
    ("A saved file is not synced.", "os.fsync(self._file.fileno())", "pass", ("saving",)),
    (
        "Where no links can be made, the saved file is empty.",
        "shutil.copyfile(_in_proc(whole), _in_proc(copy))",
        "pass",
        ("saving",),
    ),
    (
        "What an open file did not take of a write is lost.",
        "data = data[written:]",
        "data = data[:0]",
        ("saving",),
    ),
    (
        "An open file is written to after a cancellation.",
        "True  # without waiting",
        "False  # without waiting",
        ("saving",),
    ),
    ("A text file is accepted.", "if isinstance(file, TextIOBase):", "if False:", ("saving",)),
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
    (
        "The last piece of a body is in the locals of its decoder.",
        "yield piece\n                    del piece",
        "yield piece",
        ("tracebacks",),
    ),
)

_ERRORS = _of(
    _RUNTIME + "_errors.py",
    (
        "The message of a connection error has the headers of the request.",
        "printable(message or _message(error, request))",
        'f"{message or _message(error, request)} {dict(request.headers)}"',
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
        "error.request = httpx.Request(request.method, redacted_url(request), headers=headers, extensions=extensions)",
        "error.request = request",
        ("failures", "errors", "secrets"),
    ),
    (
        "The message of a connection error has the control characters of the server.",
        "printable(message or _message(error, request))",
        "message or _message(error, request)",
        (*_ERROR_TESTS, "failures"),
    ),
    (
        "The reason phrase of a proxy is shown.",
        "case httpx.ProxyError() if status := proxy_status(error):",
        "case httpx.ProxyError() if (status := proxy_status(error)) and False:",
        ("failures", "secrets"),
    ),
    ("A 409 has no class of its own.", "409: ConflictError", "410: ConflictError", ("errors",)),
)

_ERROR_BODY = _of(
    _RUNTIME + "_error_body.py",
    (
        "The code and the message have the control characters of the server.",
        "return printable(str(value)) if",
        "return str(value) if",
        _ERROR_TESTS,
    ),
    (
        "The code of the outermost error is taken.",
        '_text(error, "code") or code',
        'code or _text(error, "code")',
        ("errors",),
    ),
    (
        "An error body that is cut off has no code.",
        "return _found(_CODE, text), _found(_MESSAGE, text), ()",
        "return None, None, ()",
        _ERROR_TESTS,
    ),
    (
        "A byte that is not UTF-8 makes an error body unreadable.",
        'json.detect_encoding(content), errors="replace")',
        "json.detect_encoding(content))",
        _ERROR_TESTS,
    ),
)

_REQUEST_IDS = _of(
    _RUNTIME + "_request_ids.py",
    ("The request id is lost.", 'headers.get("apim-request-id")', "None", ("ids", "errors")),
    ("The id of the client is not in messages.", "if client_request_id else []", "if False else []", ("ids", "errors")),
)

_CLIENT = _of(
    _RUNTIME + "_client.py",
    (
        "What goes to this machine is sent to a proxy of the environment.",
        'not self._endpoint.startswith("http:")',
        "True",
        ("client", "failures", "transport"),
    ),
    (
        "The id of the client is another one for each retry.",
        'headers += request["headers"].items()',
        'headers += {**request["headers"], CLIENT_REQUEST_ID: str(uuid4())}.items()',
        ("ids",),
    ),
    (
        "The client request id of the caller's own httpx client is replaced.",
        "for headers in (self._headers, self._shared.client().headers):",
        "for headers in (self._headers,):",
        ("ids",),
    ),
    (
        "A client request id of the caller's is sent twice.",
        "[field for field in self._headers.raw if field[0].lower() not in names]",
        "[*self._headers.raw]",
        ("ids",),
    ),
    (
        "A response stays open when a signal handler raises before it is processed.",
        "response.close()\n                raise",
        "raise",
        ("processes", "failures", "pool"),
    ),
    ("with_options changes the original.", "other = copy(self)", "other = self", ("options", "client")),
    (
        "with_options adds its headers to those of the original.",
        "other._headers = SafeHeaders(self._headers, self.secret_headers)",
        "pass",
        ("options", "client"),
    ),
    (
        "with_options resets the pace.",
        "other = copy(self)",
        "other = copy(self)\n        self._shared.pace = Pace(None)",
        ("pace", "options"),
    ),
    (
        "httpx sees the Location of a redirect in the caller's own sync client.",
        'an httpx.Client, not {type(client).__name__}")\n        self._shared.replace(without_redirects(client))',
        'an httpx.Client, not {type(client).__name__}")\n        self._shared.replace(client)',
        ("client",),
    ),
    (
        "httpx sees the Location of a redirect in the caller's own async client.",
        'an httpx.AsyncClient, not {type(client).__name__}")\n        self._shared.replace(without_redirects(client))',
        'an httpx.AsyncClient, not {type(client).__name__}")\n        self._shared.replace(client)',
        ("client",),
    ),
)

_OPTIONS = _of(
    _RUNTIME + "_options.py",
    (
        "A client is made with a header that has a line break.",
        "if value != value.strip() or not value.isprintable():",
        "if False:",
        ("client",),
    ),
    ("The name of a header may be any text.", "if not TOKEN.fullmatch(name):", "if False:", ("options", "client")),
    ("httpx_args may have any name.", "if unknown := sorted(", "if False and sorted(", ("options", "client")),
    ("Any number of retries is accepted.", "if not 0 <= max_retries <= MAX_RETRIES:", "if False:", ("options",)),
    ("True is accepted as a number of retries.", " or isinstance(max_retries, bool)", "", ("options",)),
    (
        "Any number of seconds is accepted.",
        "if not 0 < seconds <= MAX_SECONDS:",
        "if False:",
        ("options",),
    ),
    (
        "Any number of requests per second is accepted.",
        "requests_per_second is not None and not MIN_RATE <= requests_per_second <= MAX_RATE",
        "False",
        ("options", "pace"),
    ),
)

_SHARED = _of(
    _RUNTIME + "_shared.py",
    ("A fork that calls no hooks of Python is not noticed.", "        _fork.check()\n", "", ("processes",)),
    (
        "A closed client makes calls.",
        "        if self._is_closed:",
        "        if False:",
        ("client", "get_session_image"),
    ),
)

_REDIRECTS = _of(
    _RUNTIME + "_redirects.py",
    (
        "httpx sees the Location of a redirect, which may be no URL.",
        "if NOT_FOLLOWED in response.request.extensions and",
        "if False and",
        ("client", "failures", "errors"),
    ),
    (
        "The Location of a redirect is lost.",
        'response.headers["location"] = response.extensions.pop("location")',
        "pass",
        ("client", "failures", "errors"),
    ),
    (
        "A second hook hides the Location of a client that is given again.",
        '*(other for other in hooks["response"] if other is not hook), hook',
        '*hooks["response"], hook',
        ("client",),
    ),
)

_REDACTION = _of(
    _RUNTIME + "_redaction.py",
    (
        "A key that JSON writes in another way is not redacted.",
        "return content if redacted == unescaped else redacted",
        "return content",
        _ERROR_TESTS,
    ),
    (
        "A key in an error body in UTF-16 is not redacted.",
        'plain = content.replace(b"\\0", b"")',
        "plain = content",
        ("secrets", *_ERROR_TESTS),
    ),
    (
        "Half a key at the end of an error body is not redacted.",
        "range(len(secret) - 1, MIN_PART, -1)",
        "range(0)",
        _ERROR_TESTS,
    ),
    (
        "A key in a header of the response is not redacted.",
        "if any(secret in head for secret in self._values):",
        "if False:",
        ("secrets", *_ERROR_TESTS),
    ),
    (
        "A key in the name of a header of the response is not redacted.",
        "(self._replaced(name), ",
        "(name, ",
        ("secrets", *_ERROR_TESTS),
    ),
    (
        "A key in the reason phrase is kept.",
        'response.extensions.pop("reason_phrase", None)',
        "pass",
        ("secrets", *_ERROR_TESTS),
    ),
)

_HEADERS = _of(
    _RUNTIME + "_headers.py",
    (
        "A date in Retry-After is compared with the clock of this machine.",
        'now = _timestamp(headers.get("date", ""))',
        "now = None",
        ("retries",),
    ),
    (
        "Milliseconds are taken for seconds.",
        '("retry-after-ms", 1000)',
        '("retry-after-ms", 1)',
        ("errors", "retries"),
    ),
    (
        "A date in Retry-After is not understood.",
        "parsed = parsedate_to_datetime(date)",
        "return None",
        ("errors", "retries"),
    ),
    (
        "SafeHeaders shows the key.",
        'shown[name] = "[secure]"',
        "pass",
        ("client", "get_session_image"),
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
    ("The documented path stays in the endpoint.", ".removesuffix(path)", "", ("urls", "client")),
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
            'raise ValueError(f"{name} contains {wrong}:',
            'raise ValueError(f"{name} {self._value} contains {wrong}:',
            ("key", "bearer", "secrets"),
        ),
        (
            "A secret is sent in plain text to another machine.",
            "if not is_confidential(request.url.scheme, request.url.host):",
            "if False:",
            ("wire", "key"),
        ),
        (
            "The key of an AzureKeyCredential is read once only.",
            "            self._read().check(self._name)\n",
            "            self._given = self._read().reveal()\n",
            ("rotation",),
        ),
        ("The key is in the locals of what reads it.", "del given  # so that", "pass  # so that", ("memory",)),
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
        ("The key is in the locals of its auth class.", "del key, fallback  #", "pass  #", ("memory",)),
    ),
    *_of(
        _AUTH + "bearer.py",
        ("The token is in the locals of its auth class.", "del token  #", "pass  #", ("memory",)),
    ),
    *_of(
        _AUTH + "connection.py",
        (
            "FACE_KEY is read before FACE_APIKEY.",
            '("FACE_APIKEY", "FACE_KEY")',
            '("FACE_KEY", "FACE_APIKEY")',
            ("connection",),
        ),
        ("connect accepts an async credential.", "and auth.is_async:", "and False:", ("connection",)),
        (
            "The key is in the locals of connect.",
            "del credential  # it may be a key, and no traceback with locals shows it\n\n\ndef connect_async(",
            "pass\n\n\ndef connect_async(",
            ("memory",),
        ),
        (
            "The key is in the locals of connect_async.",
            "del credential  # it may be a key, and no traceback with locals shows it\n\n\ndef _connect(",
            "pass\n\n\ndef _connect(",
            ("memory",),
        ),
        (
            "The key is in the locals of what both functions share.",
            "        del credential\n    if client_class",
            "        pass\n    if client_class",
            ("memory",),
        ),
        (
            "A key that is refused is in the locals.",
            "        del credential\n\n\ndef _environment_auth",
            "        pass\n\n\ndef _environment_auth",
            ("memory",),
        ),
    ),
    *_of(
        _AUTH + "token_credential.py",
        ("A token that is refused is in the locals.", "del access_token  #", "pass  #", ("memory",)),
    ),
    *_of(
        _AUTH + "_oauth.py",
        (
            "The error of a token request repeats the refresh token.",
            'message = message.replace(secret.reveal(), "[redacted]")',
            "pass",
            ("memory",),
        ),
        (
            "The error of a token request keeps the frames that hold the secrets.",
            'problem = SignInError(f"no token from',
            'raise SignInError(f"no token from',
            ("memory",),
        ),
    ),
    *_of(
        _AUTH + "_loopback.py",
        (
            "A page of another origin can give the code.",
            'self.headers.get("Host") == server.authority and url.path == "/"',
            'url.path == "/"',
            ("loopback", "code"),
        ),
        (
            "Any state of an authorization response is accepted.",
            'server.state.equals(parameters["state"])',
            "True",
            ("loopback", "code"),
        ),
    ),
    *_of(
        _AUTH + "_flow.py",
        (
            "The requests that follow a redirect show the key.",
            "each.next_request.headers = SafeHeaders(each.next_request.headers, SECRET_HEADERS)",
            "pass",
            ("memory",),
        ),
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
            "        async with lock:",
            "        if True:",
            ("token",),
        ),
        ("An expired token is used.", "return not self.refresh_at > time.monotonic()", "return False", ("token",)),
        (
            "A rejected token is kept when there is no other one.",
            "if token is None or rejected or",
            "if token is None or",
            ("token",),
        ),
    ),
)

_CONNECTIONS = (
    *_of(
        _RUNTIME + "_certificates.py",
        (
            "No certificate is verified.",
            "return httpx.create_ssl_context(trust_env=trust_env)",
            "return httpx.create_ssl_context(verify=False)",
            ("transport", "connection", "failures"),
        ),
    ),
    *_of(
        _RUNTIME + "_transport.py",
        (
            "A task connects before the connection of another is closed.",
            "await self._last.aclose()",
            "pass",
            ("pool",),
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
            ("http1", "reuse", "connection"),
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
            "or not all(map(_FIELD.fullmatch,",
            "or False and not all(map(_FIELD.fullmatch,",
            ("http1", "connection", "client"),
        ),
        (
            "The message about a header that cannot be sent repeats it.",
            'the method, the URL or a header has an invalid character"',
            'an invalid character: " + repr(request.headers)',
            ("http1", "connection", "secrets", "client"),
        ),
    ),
    *_of(
        _RUNTIME + "_connection.py",
        (
            "A connection with stray bytes behind the response is kept.",
            "self._parser.is_complete and self._parser.keep_alive",
            "self._parser.is_complete",
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
            ("reuse", "connection"),
        ),
        (
            "A connection that was idle for too long is used.",
            "time.monotonic() > self._idle_since + self._keepalive_expiry",
            "False",
            ("connection", "pool"),
        ),
        (
            "A connection is kept in the middle of a body.",
            "self._parser.is_complete and self._parser.keep_alive",
            "self._parser.keep_alive",
            ("reuse", "connection", "streaming"),
        ),
    ),
    *_of(
        _RUNTIME + "_async_pool.py",
        (
            "A place in the pool is lost when an async call fails or is cancelled.",
            "except BaseException:\n            await self.release([pool])",
            "except BaseException:\n            vars(self).setdefault('lost', []).append(pool)",
            ("pool", "failures", "client"),
        ),
        (
            "A call takes the place of one that has waited for longer.",
            "None if self._turn.locked() else self.take()",
            "self.take()",
            ("pool",),
        ),
        (
            "The calls that wait when a client is closed go on waiting.",
            "self._released.set()",
            "pass",
            ("pool",),
        ),
        (
            "A new event loop closes the connections of those that still run.",
            " and not _is_running(other)",
            "",
            ("pool", "processes"),
        ),
    ),
    *_of(
        _RUNTIME + "_pool.py",
        (
            "A place in the pool is lost when a sync call fails.",
            "except BaseException:\n            self.release([pool])",
            "except BaseException:\n            vars(self).setdefault('lost', []).append(pool)",
            ("pool", "failures", "client"),
        ),
        (
            "A place in the pool is lost for good when a signal handler raises.",
            "self._pools.add(ref(pool, self._pools.discard))",
            "self._pools.add(ref(pool))",
            ("processes", "pool"),
        ),
        (
            "Idle connections stay open.",
            "self._idle[0][0] < now - self._expiry",
            "self._idle[0][0] < 0",
            _POOL_TESTS,
        ),
        (
            "More idle connections are kept than asked for.",
            "len(self._idle) > self._max_idle or",
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
            _POOL_TESTS,
        ),
    ),
    *_of(
        _RUNTIME + "_sockets.py",
        (
            "A TLS connection that ends without close_notify passes for whole.",
            "suppress_ragged_eofs=False",
            "suppress_ragged_eofs=True",
            ("connection", "streaming", "bodies"),
        ),
        (
            "A close() of this side passes for the end of a body.",
            "if not result:",
            "if False:",
            ("connection", "streaming"),
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
            "self._sock.settimeout(limit_timeout(timeout))",
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
            ("connection", "streaming", "bodies"),
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

_MODELS = (
    *_of(
        _RUNTIME + "_responses.py",
        (
            "An empty body is returned as the image.",
            "if not self.content:",
            "if False:",
            ("errors", "get_session_image"),
        ),
    ),
    *_of(
        _RUNTIME + "_models.py",
        ("Null is a value.", "if value is not None or name not in optional", "", ("sessions",)),
        ("A missing property loses the answer.", 'if mode == "strict":', "if True:", ("sessions",)),
        ("Any object passes for a session.", 'mode == "outermost" and', "False and", ("sessions",)),
    ),
    *_of(
        _RUNTIME + "_forms.py",
        (
            "A form has True where JSON has true.",
            'json.dumps(plain, default=_plain, separators=(",", ":"))',
            "str(plain)",
            ("uploads",),
        ),
    ),
    *_of(
        _RUNTIME + "_types.py",
        ("The bytes of a file are shown.", "field(repr=False)", "field()", ("uploads",)),
        ("A file has no filename.", "return self.file_name or name,", "return self.file_name,", ("uploads",)),
        ("A copy of UNSET is another object.", 'return "UNSET"  #', "return object.__reduce__(self)  #", ("models",)),
    ),
    *_of(
        _RUNTIME + "_uploads.py",
        ("The rest of a pipe is sent with another key.", "return _SENT_ONCE not in", "return True or", ("uploads",)),
        ("An async upload blocks the event loop.", "if any(_readers(arguments)):", "if False:", ("uploads",)),
        ("A FIFO is opened.", " and not file.is_file() and not file.is_dir():", " and False:", ("uploads",)),
    ),
    *_of(
        "handwritten/face_client_sessions/_attempts.py",
        (
            "The first attempt in the list counts as the latest.",
            "return sorted(attempts, ",
            "return list(attempts) or sorted(attempts, ",
            ("attempts", "images", "waiting"),
        ),
    ),
    *_of(
        "handwritten/face_client_sessions/_images.py",
        ("Any 404 counts as deleted.", ' and error.code == "SessionNotFound"', "", ("images",)),
        ("The result is lost with a deletion that fails.", "raise failure from error", "raise", ("images",)),
    ),
    *_of(
        "handwritten/face_client_sessions/_waiting.py",
        ("A canceled session is waited for.", '"failed", "canceled"}', '"failed"}', ("waiting",)),
        ("The pauses of waiting ignore Retry-After.", "if response.retry_after:", "if False:", ("waiting",)),
    ),
)


def _of_generator(file: str, *mutants: tuple[str, str, str, tuple[str, ...]]) -> tuple[Mutant, ...]:
    """Mutants of one file of the generator, for its own tests."""
    return tuple(replace(each, tests=("tests/generator",)) for each in _of(f"generator/{file}", *mutants))


_GENERATOR = (
    *_of_generator(
        "parameters.py",
        (
            "The explode of a parameter is ignored.",
            'if said.explode != (default_style == "form") and not said.is_plain:',
            "if False:",
            ("styles",),
        ),
        ("The default of an array is not sent.", "if said.default is not None and", "if False and", ("styles",)),
        (
            "A header that the client sends can be a parameter.",
            'if location == "header" and name.lower() in CLIENTS_HEADERS:',
            "if False:",
            ("parameters",),
        ),
    ),
    *_of_generator(
        "content.py",
        ("One of two media types replaces the other.", "if media_type in entries:", "if False:", ("unsupported",)),
    ),
    *_of_generator(
        "responses.py",
        (
            "The last media type of a response is always parsed.",
            "*others, last = alternatives\n",
            "*others, last = alternatives[-1:]\n",
            ("media",),
        ),
    ),
    *_of_generator(
        "bodies.py",
        (
            "A body that is left out is sent.",
            'lines.append("if not isinstance(body, Unset):")',
            'lines.append("if True:")',
            ("media",),
        ),
    ),
    *_of_generator(
        "schemas.py",
        ("An object that is a file is a model.", 'copy.get("format") in _FILES:', "False:", ("media",)),
    ),
    *_of_generator(
        "unions.py",
        (
            "The mapping of a discriminator is ignored.",
            "(data.discriminator.mapping or {}).items()",
            "dict[Any, Any]().items()",
            ("media",),
        ),
    ),
    *_of_generator(
        "parents.py",
        ("A grandchild is no child.", "todo.append(each)", "pass", ("media",)),
        (
            "What is documented as a parent is no child.",
            "_replaced(document, known, ()) if known",
            "document if known",
            ("media",),
        ),
    ),
    *_of_generator(
        "references.py",
        ("A slash in the key of a reference is lost.", '.replace("~1", "/")', "", ("references", "styles")),
    ),
    *_of_generator(
        "servers.py",
        ("The path of a server keeps its dots.", "del segments[-1:]", "segments.append(segment)", ("servers",)),
    ),
    *_of_generator(
        "counting.py",
        (
            "A parameter can be lost.",
            "in _parameters(document, item, operation) - _generated_parameters(endpoint):",
            "in set[tuple[str, str]]():",
            ("checks",),
        ),
    ),
    *_of_generator(
        "names.py",
        (
            "One of two values of an enum with the same name is lost.",
            'name if name not in names else f"{name}_{at}"',
            "name",
            ("names",),
        ),
    ),
    *_of_generator(
        "facts.py",
        ("A key in a cookie is shown.", 'cookies = ["Cookie"] if', "cookies = list[str]() if", ("keys",)),
        (
            "A key can have the name of a header of the client.",
            'if location == "header" and',
            "if False and",
            ("names",),
        ),
    ),
    *_of_generator(
        "models.py",
        ("A password is in a repr.", "if each.name.get_untrusted_value() in secrets:", "if False:", ("zoo",)),
    ),
    *_of_generator(
        "checking.py",
        ("A name that is not defined passes.", '"F811,F821,', '"F811,', ("checks",)),
    ),
)

MUTANTS: tuple[Mutant, ...] = (
    *_RETRIES,
    *_PACE,
    *_OPERATION,
    *_MODELS,
    *_STREAMING,
    *_FILES,
    *_DECODING,
    *_ERRORS,
    *_ERROR_BODY,
    *_REQUEST_IDS,
    *_CLIENT,
    *_OPTIONS,
    *_SHARED,
    *_REDIRECTS,
    *_REDACTION,
    *_HEADERS,
    *_URLS,
    *_SIGN_IN,
    *_CONNECTIONS,
    *_GENERATOR,
)
