"""The faults that are still to come."""

import dataclasses
import threading
from collections import deque
from collections.abc import Iterator

from face_emulator.fault import Fault


class Faults:
    """The faults pending, oldest first. Each request takes the first that is meant for its image.

    One that has applied `times` times is gone.

    Safe to use from any thread.
    """

    def __init__(self) -> None:
        self._pending: deque[Fault] = deque()
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Queue faults behind those pending."""
        with self._lock:
            self._pending.extend(faults)

    def clear(self) -> None:
        """Forget every pending fault: all is well again."""
        with self._lock:
            self._pending.clear()

    def take(self, image_id: str) -> Fault | None:
        """The fault for a request for this image, counted down; None when all is well."""
        with self._lock:
            for place, fault in enumerate(self._pending):
                if fault.image_id in (None, image_id):
                    if fault.times == 1:
                        del self._pending[place]
                    elif fault.times is not None:
                        self._pending[place] = dataclasses.replace(fault, times=fault.times - 1)
                    return fault
            return None

    def __iter__(self) -> Iterator[Fault]:
        """What is pending now, with `times` as it stands."""
        with self._lock:
            return iter(list(self._pending))

    def __len__(self) -> int:
        return len(self._pending)
