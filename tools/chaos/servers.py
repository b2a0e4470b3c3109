"""The emulators that receive the calls, one over http and one over https."""

import ssl
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme

from face_emulator import Emulator
from tools.chaos.plan import Call
from tools.chaos.verdict import Sent

KEYS = ("the-first-key", "the-second-key")
_KEY_HEADER = "ocp-apim-subscription-key"


class Servers:
    """Both emulators, which run inside the `with` block. They accept both keys of the resource.

    Args:
        folder: A folder for the certificate.
    """

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        certificate = folder / "server.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        self._authority = authority
        self._running = ExitStack()
        first, second = KEYS
        self._emulators = {
            "http": Emulator(key=first, second_key=second, keep_requests=None),
            "https": Emulator(key=first, second_key=second, keep_requests=None, certfile=certificate),
        }

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for emulator in self._emulators.values():
                stack.enter_context(emulator)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._running.close()

    def endpoint(self, scheme: str) -> str:
        """Returns the URL of the server for a scheme."""
        return self._emulators[scheme].endpoint

    def httpx_args(self, scheme: str) -> dict[str, Any]:
        """Returns the arguments with which a client trusts the server."""
        if scheme == "http":
            return {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return {"verify": context}

    def prepare(self, call: Call) -> None:
        """Adds the image and the faults of a call to its server."""
        emulator = self._emulators[call.scheme]
        emulator.images[call.image_id] = call.image
        emulator.faults.add(*call.injected)

    def forget(self, call: Call) -> None:
        """Removes the image of a call that has ended."""
        del self._emulators[call.scheme].images[call.image_id]

    def sent(self) -> dict[str, list[Sent]]:
        """Returns the received requests by image id, oldest first."""
        by_id = defaultdict[str, list[Sent]](list)
        for emulator in self._emulators.values():
            for request in emulator.requests:
                key = request.headers.get(_KEY_HEADER)
                index = KEYS.index(key) if key in KEYS else None
                by_id[request.path.rpartition("/")[2]].append(Sent(request.time, index))
        return by_id
