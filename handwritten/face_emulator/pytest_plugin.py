"""The pytest fixture `face_emulator`, registered by the wheel."""

from collections.abc import Iterator

import pytest

from face_emulator import Emulator


@pytest.fixture
def face_emulator() -> Iterator[Emulator]:
    """A running `face_emulator.Emulator`, a new one for each test. Needs `pip install "face-client[emulator]"`."""
    with Emulator() as emulator:
        yield emulator
