"""`Emulator`: the service in a thread of its own."""

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
from face_emulator.recording import RecordedRequest

DEFAULT_KEY = "emulator-key"
DEFAULT_BEARER = "emulator-token"


class Emulator:
    """An Azure AI Face service on 127.0.0.1, up while its `with` block runs.

    It serves Get Session Image and answers errors as the service does. A request needs the key or the token; a right
    one suffices, even beside a wrong one. Entering again after leaving starts it again, with the images, faults and
    requests that it had.

    Args:
        key: The subscription key that it accepts.
        second_key: The other key of the resource, if it has one; either is accepted.
        token: The bearer token that it accepts.
        images: What it serves beside the bundled image: a mapping of ids, or a folder, which is read now, once; there
            a file's name without its last suffix is its id.
        port: Where to listen; 0 for a free port, another one at each start.
        certfile: A certificate chain in PEM, for https.
        keyfile: Its private key, if that is not in `certfile`.
        keep_requests: How many of the last requests it remembers; None for all.

    Attributes:
        key, second_key, token: What it accepts now; set another one to see what a rotated key or an expired token does.
        images: The images by id. Add to it at any time.
        faults: What goes wrong next; see `Fault`.

    Raises:
        OSError: The folder cannot be read; on entering: the port is in use, or the certificate does not load.
        ValueError: An empty key or token, a port that cannot be, or two files in the folder with one id.
        ModuleNotFoundError: On entering: the extra `face-client[emulator]` is not installed.
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
        """What was sent so far, oldest first, the control path left out, as far as they are kept."""
        return tuple(self._requests.copy())

    def __enter__(self) -> Self:
        if self._endpoint is not None:
            raise RuntimeError("this emulator is running already")
        try:
            # Here, because a plain install imports this module with every pytest run.
            from anyio.from_thread import start_blocking_portal

            from face_emulator.connections import listening
            from face_emulator.delivery import Delivery
            from face_emulator.service import service
        except ModuleNotFoundError as exc:
            message = f'the emulator needs {exc.name}: pip install "face-client[emulator]"'
            raise ModuleNotFoundError(message, name=exc.name) from exc

        app = Delivery(service(self, self.images, self.faults), self.faults, self._requests.append)
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
