"""The queue of pending faults."""

import dataclasses
import threading
from collections import deque
from collections.abc import Iterator

from face_emulator.fault import Fault


class Faults:
    """The pending faults, oldest first. Each request gets the first fault for its operation and image.

    A fault is removed after `times` requests. The queue is thread-safe.
    """

    def __init__(self) -> None:
        self._pending: deque[Fault] = deque()
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Append faults to the queue."""
        with self._lock:
            self._pending.extend(faults)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._pending.clear()

    def take(self, operation: str | None, image_id: str | None) -> Fault | None:
        """Return the fault for a request of this operation for this image and count it, or None."""
        with self._lock:
            for place, fault in enumerate(self._pending):
                if fault.operation in (None, operation) and fault.image_id in (None, image_id):
                    if fault.times == 1:
                        del self._pending[place]
                    elif fault.times is not None:
                        self._pending[place] = dataclasses.replace(fault, times=fault.times - 1)
                    return fault
            return None

    def __iter__(self) -> Iterator[Fault]:
        """The pending faults, each with its remaining `times`."""
        with self._lock:
            return iter(list(self._pending))

    def __len__(self) -> int:
        return len(self._pending)
