"""The faults that are still to come."""

import dataclasses
import threading
from collections import deque
from collections.abc import Iterator

from face_emulator.fault import Fault


class Faults:
    """The faults pending, oldest first. Each request takes the first; one that has applied `times` times is gone.

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

    def take(self) -> Fault | None:
        """The fault for this request, counted down; None when all is well."""
        with self._lock:
            if not self._pending:
                return None
            fault = self._pending[0]
            if fault.times == 1:
                self._pending.popleft()
            elif fault.times is not None:
                self._pending[0] = dataclasses.replace(fault, times=fault.times - 1)
            return fault

    def __iter__(self) -> Iterator[Fault]:
        """What is pending now, with `times` as it stands."""
        with self._lock:
            return iter(list(self._pending))

    def __len__(self) -> int:
        return len(self._pending)
