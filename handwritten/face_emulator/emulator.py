"""`Emulator`: the service in a thread."""

import os
import socket
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from face_emulator.fault_queue import Faults
from face_emulator.images import SAMPLE_IMAGE_ID, bundled_image, read_folder
from face_emulator.rate_limit import RateLimit
from face_emulator.recording import RecordedRequest

DEFAULT_KEY = "emulator-key"
DEFAULT_BEARER = "emulator-token"


class Emulator:
    """An Azure AI Face service on 127.0.0.1, which runs inside its `with` block.

    It implements Get Session Image, with the service's errors. A request needs the key or the token; a valid one is
    enough, even together with an invalid one. Each response has an `apim-request-id`, and repeats the request's
    `x-ms-client-request-id`. An emulator can be entered again, and keeps its images, faults and requests.

    Args:
        key: The subscription key to accept.
        second_key: The second key of the resource, which is accepted too.
        token: The bearer token to accept.
        images: Images to serve in addition to the bundled one: a mapping from ids to bytes, or a folder of files, whose
            names without the last suffix are the ids. The folder is read once, when the emulator is created.
        port: The port to listen on; 0 for a free port, which is a new one at each start.
        certfile: A certificate chain in PEM, for https.
        keyfile: Its private key, if that is not in `certfile`.
        keep_requests: The number of latest requests to keep; None for all.
        requests_per_second: The rate limit for requests below `/face/`, in any one second; None for no limit. Requests
            above it get a 429 with a `Retry-After` in whole seconds, before their credentials are checked. They count
            neither towards the limit nor for a fault.

    Attributes:
        key, second_key, token: The accepted credentials. Set another one to simulate a rotated key or an expired token.
        images: The images by id. Images can be added at any time.
        faults: The pending faults; see `Fault`.
        requests_per_second: The rate limit. Setting it resets the count.

    Raises:
        OSError: The folder cannot be read; on entering, the port is in use or the certificate cannot be loaded.
        ValueError: An empty key or token, an invalid port, a rate that is not above 0, or two files in the folder with
            the same id.
        ModuleNotFoundError: On entering, the extra `face-client[emulator]` is not installed.
    """

    def __init__(
        self,
        *,
        key: str = DEFAULT_KEY,
        second_key: str | None = None,
        token: str = DEFAULT_BEARER,
        images: Mapping[str, bytes] | str | os.PathLike[str] | None = None,
        port: int = 0,
        certfile: str | os.PathLike[str] | None = None,
        keyfile: str | os.PathLike[str] | None = None,
        keep_requests: int | None = 10_000,
        requests_per_second: float | None = None,
    ) -> None:
        if "" in (key, second_key, token):
            raise ValueError("neither a key nor the token may be empty")
        if not 0 <= port <= 65535:
            raise ValueError(f"the port must be 0 to 65535, not {port}")
        if isinstance(images, str | os.PathLike):
            images = read_folder(Path(images))
        self.key = key
        self.second_key = second_key
        self.token = token
        self.images: dict[str, bytes] = {SAMPLE_IMAGE_ID: bundled_image(), **(images or {})}
        self.faults = Faults()
        self._rate_limit = RateLimit(requests_per_second)
        self._requests: deque[RecordedRequest] = deque(maxlen=keep_requests)
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
        """The latest requests, oldest first, without those to the control path."""
        return tuple(self._requests.copy())

    @property
    def requests_per_second(self) -> float | None:
        """The rate limit, in any one second; None for no limit."""
        return self._rate_limit.requests_per_second

    @requests_per_second.setter
    def requests_per_second(self, value: float | None) -> None:
        self._rate_limit = RateLimit(value)

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

        face = service(self, self.images, self.faults)
        app = Delivery(face, self.faults, lambda: self._rate_limit, self._requests.append)
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", self._port)))
            portal = stack.enter_context(start_blocking_portal())
            serving = listening(app, listener, self._certfile, self._keyfile)
            stack.enter_context(portal.wrap_async_context_manager(serving))
            scheme = "https" if self._certfile else "http"
            self._endpoint = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._endpoint = None
        self._running.close()

    def __repr__(self) -> str:
        return f"<Emulator {self._endpoint or 'stopped'}>"
