"""`Emulator`: the service in a thread."""

import ipaddress
import os
import socket
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from face_emulator.attempts import Outcome, check_outcome
from face_emulator.fault_queue import Faults
from face_emulator.images import SAMPLE_IMAGE_ID, bundled_image, read_folder
from face_emulator.rate_limit import RateLimit
from face_emulator.recording import RecordedRequest, Requests
from face_emulator.sessions import Sessions

DEFAULT_KEY = "emulator-key"
DEFAULT_BEARER = "emulator-token"


class Emulator:
    """An Azure AI Face service on this machine, which runs inside its `with` block.

    It implements the operations of liveness sessions, with the service's errors. A request needs the key or the token;
    a valid one is enough, even together with an invalid one. Each response has an `apim-request-id`, and repeats the
    request's `x-ms-client-request-id`. An emulator can be entered again, and keeps its sessions, images, faults and
    requests. Its methods can be called from any thread.

    No device talks to it: `play_attempt` plays what a device would do, or `outcome` does for each session.

    Args:
        key: The subscription key to accept.
        second_key: The second key of the resource, which is accepted too.
        token: The bearer token to accept.
        images: Images to serve in addition to the bundled one: a mapping from ids to bytes, or a folder of files, whose
            names without the last suffix are the ids. The folder is read once, when the emulator is created.
        host: The address to listen on, such as `0.0.0.0` or `::` to be reachable from other machines, which can then
            also use the control paths below `/_emulator/`: these need no credentials.
        allowed_hosts: Names that requests may have in their `Host` header, in addition to IP addresses, `localhost` and
            `host`. Others get a 421, since a page in a browser could reach the emulator with them (DNS rebinding).
        port: The port to listen on; 0 for a free port, which is a new one at each start.
        certfile: A certificate chain in PEM, for https.
        keyfile: Its private key, if that is not in `certfile`.
        outcome: Play an attempt with this outcome in each session, right after it is created; see `play_attempt`.
        keep_sessions: The number of sessions to keep; the oldest are deleted first, with their images.
        keep_requests: The number of latest requests to keep; None for all. Fewer are kept if their bodies are larger
            than 64 MiB together.
        requests_per_second: The rate limit for requests below `/face/`, in any one second; None for no limit. Requests
            above it get a 429 with a `Retry-After` in whole seconds, before their credentials are checked. They count
            neither towards the limit nor for a fault.

    Attributes:
        key, second_key, token: The accepted credentials. Set another one to simulate a rotated key or an expired token.
        images: The images by id, without those of sessions. Images can be added at any time.
        faults: The pending faults; see `Fault`.
        requests_per_second: The rate limit. Setting it resets the count.

    Raises:
        OSError: The folder cannot be read; on entering, the port is in use or the certificate cannot be loaded.
        TypeError: `allowed_hosts` is a string.
        ValueError: An empty key, token or host, an invalid port, an unknown outcome, no session to keep, a rate that is
            not above 0, two files in the folder with the same id, or a `keyfile` without a `certfile`.
        ModuleNotFoundError: On entering, the extra `face-client[emulator]` is not installed.
    """

    def __init__(
        self,
        *,
        key: str = DEFAULT_KEY,
        second_key: str | None = None,
        token: str = DEFAULT_BEARER,
        images: Mapping[str, bytes] | str | os.PathLike[str] | None = None,
        host: str = "127.0.0.1",
        allowed_hosts: Collection[str] = (),
        port: int = 0,
        certfile: str | os.PathLike[str] | None = None,
        keyfile: str | os.PathLike[str] | None = None,
        outcome: Outcome | None = None,
        keep_sessions: int = 1000,
        keep_requests: int | None = 10_000,
        requests_per_second: float | None = None,
    ) -> None:
        if "" in (key, second_key, token):
            raise ValueError("neither a key nor the token may be empty")
        if not host:
            raise ValueError("the host must not be empty: 0.0.0.0 listens on all interfaces")
        if isinstance(allowed_hosts, str):
            raise TypeError(f"allowed_hosts must be a list of names, not {allowed_hosts!r}")
        if not 0 <= port <= 65535:
            raise ValueError(f"the port must be 0 to 65535, not {port}")
        if keyfile is not None and certfile is None:
            raise ValueError("a keyfile needs a certfile")
        if isinstance(images, str | os.PathLike):
            images = read_folder(Path(images))
        self.key = key
        self.second_key = second_key
        self.token = token
        self.images: dict[str, bytes] = {SAMPLE_IMAGE_ID: bundled_image(), **(images or {})}
        self.faults = Faults()
        self._rate_limit = RateLimit(requests_per_second)
        self._requests = Requests(keep_requests)
        self._sessions = Sessions(keep_sessions)
        self.outcome = outcome
        self._host = host
        self._names = {name.lower() for name in ("localhost", host, *allowed_hosts)}
        self._port = port
        self._certfile = certfile
        self._keyfile = keyfile
        self._endpoint: str | None = None
        self._running = ExitStack()

    @property
    def endpoint(self) -> str:
        """The base URL, without a trailing slash.

        Raises:
            RuntimeError: It is not running.
        """
        if self._endpoint is None:
            raise RuntimeError("the emulator has an endpoint only while it is running: enter it with `with`")
        return self._endpoint

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The latest requests, oldest first, without those below `/_emulator/`."""
        return self._requests.as_tuple()

    @property
    def session_ids(self) -> tuple[str, ...]:
        """The ids of the sessions, with and without verify, oldest first."""
        return self._sessions.ids()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome of an attempt that is played in each session right after it is created; None for no attempt."""
        return self._sessions.outcome

    @outcome.setter
    def outcome(self, value: Outcome | None) -> None:
        if value is not None:
            check_outcome(value)
        self._sessions.outcome = value

    @property
    def requests_per_second(self) -> float | None:
        """The rate limit, in any one second; None for no limit."""
        return self._rate_limit.requests_per_second

    @requests_per_second.setter
    def requests_per_second(self, value: float | None) -> None:
        self._rate_limit = RateLimit(value)

    def start_attempt(self, session_id: str) -> None:
        """Play the start of a device's attempt: the session's status becomes `Running`.

        Raises:
            LookupError: There is no such session.
            AttemptRefusedError: The session's token has expired, or it has 10 attempts already.
        """
        self._sessions.start_attempt(session_id)

    def play_attempt(
        self,
        session_id: str,
        outcome: Outcome = "realface",
        *,
        image: bytes | None = None,
        is_identical: bool = True,
        match_confidence: float | None = None,
    ) -> None:
        """Play a device's attempt. The session takes its status; it can have another attempt, whatever the status.

        Args:
            session_id: The session.
            outcome: The decision `"realface"`, `"spoofface"` or `"uncertain"`, and the status `Succeeded`; `"mask"` for
                the error `FaceWithMaskDetected` and `Failed`; or `"canceled"`, with neither result nor error, and
                `Canceled`.
            image: The session image, the bundled one by default. It is kept if the session was created with
                `enableSessionImage` and there is a decision.
            is_identical: Whether the face is that of the verify image: picks a match confidence on the right side of
                the session's `verifyConfidenceThreshold`, which is 0.5 by default.
            match_confidence: The match confidence instead, from 0 to 1. It is identical from the threshold on.

        Raises:
            LookupError: There is no such session.
            AttemptRefusedError: The session's token has expired, or it has 10 attempts already.
            ValueError: An unknown outcome, an invalid confidence, or an image that is not bytes or is empty.
        """
        if image is not None and not (isinstance(image, bytes) and image):
            raise ValueError("image: must be bytes, and not empty")
        self._sessions.play_attempt(
            session_id, outcome, image=image, is_identical=is_identical, match_confidence=match_confidence
        )

    def advance(self, seconds: float) -> None:
        """Move the clock of the sessions forward. Their tokens expire, and after 48 hours they are deleted.

        Raises:
            ValueError: Not a number from 0 to 1e9.
        """
        self._sessions.clock.advance(seconds)

    def __enter__(self) -> Self:
        if self._endpoint is not None:
            raise RuntimeError("this emulator is already running")
        try:
            # Imported here: the pytest plugin imports this module even without the extra.
            from anyio.from_thread import start_blocking_portal

            from face_emulator.connections import listening
            from face_emulator.delivery import Delivery
            from face_emulator.service import service
        except ModuleNotFoundError as exc:
            message = f'the emulator needs {exc.name}: pip install "face-client[emulator]"'
            raise ModuleNotFoundError(message, name=exc.name) from exc

        face = service(self, self.images, self.faults, self._sessions)
        app = Delivery(face, self._names, self.faults, lambda: self._rate_limit, self._requests.add)
        with ExitStack() as stack:
            listener = stack.enter_context(_listen(self._host, self._port))
            portal = stack.enter_context(start_blocking_portal())
            serving = listening(app, listener, self._certfile, self._keyfile)
            stack.enter_context(portal.wrap_async_context_manager(serving))
            scheme = "https" if self._certfile else "http"
            self._endpoint = f"{scheme}://{_connectable(self._host)}:{listener.getsockname()[1]}"
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._endpoint = None
        self._running.close()

    def __repr__(self) -> str:
        return f"<Emulator {self._endpoint or 'stopped'}>"


def _listen(host: str, port: int) -> socket.socket:
    if ":" not in host:
        return socket.create_server((host, port))
    is_dual = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=is_dual)


def _connectable(host: str) -> str:
    """Returns the host of the URL of a server that listens on `host`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{address}]" if address.version == 6 else host
