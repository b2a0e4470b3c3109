"""The worker of examples/, with its broker in memory: it tries again, repeats no work, and leaves no session behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker

from face_client.models import CreateLivenessSessionContent
from face_client_auth import connect
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault
from face_emulator.attempts import Outcome

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IN_MEMORY = {
    "broker_url": "memory://",
    "broker_transport_options": {"polling_interval": 0.01},
    "result_backend": "cache+memory://",
}


@pytest.fixture(scope="module")
def keep_image() -> Iterator[Any]:
    """The task, and a worker that runs it and tries again at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        import worker

        worker.app.conf.update(IN_MEMORY)
        patch.setattr(worker.keep_image, "default_retry_delay", 0)
        with start_worker(worker.app, pool="solo", perform_ping_check=False):
            yield worker.keep_image
            worker.app.control.shutdown()  # at once, where the end of the block would take 4 s


@pytest.fixture
def keep(keep_image: Any, face_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Runs the task for a session as number 7, and returns its result."""
    import worker

    monkeypatch.setenv("FACE_ENDPOINT", face_emulator.endpoint)
    monkeypatch.setenv("FACE_APIKEY", face_emulator.key)
    monkeypatch.setenv("PICTURES", str(tmp_path))
    yield lambda session_id: keep_image.delay(session_id, 7).get(timeout=30, interval=0.01)
    worker.face().close()
    worker.face.cache_clear()


def _session(face_emulator: Emulator, outcome: Outcome) -> str:
    """A session that has ended."""
    with connect(face_emulator.endpoint, face_emulator.key) as client:
        settings = CreateLivenessSessionContent("Passive", enable_session_image=True, device_correlation_id="a-device")
        session_id = client.create_liveness_session(body=settings).session_id
    face_emulator.play_attempt(session_id, outcome)
    return session_id


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault(status=501, times=1, operation="getLivenessSessionResult"),
        Fault(status=429, retry_after=0, times=4, operation="getLivenessSessionResult"),
        Fault(truncate=1000, times=1, operation="getSessionImage"),
        Fault(drop=True, times=1, operation="deleteLivenessSession"),
    ],
)
def test_the_image_is_kept(keep: Any, face_emulator: Emulator, tmp_path: Path, fault: Fault | None) -> None:
    """Whatever fails on the way, there is one picture in the end and no session; another run changes nothing."""
    session_id = _session(face_emulator, "realface")
    if fault:
        face_emulator.faults.add(fault)
    for _ in range(2):
        assert keep(session_id) == "kept"
        assert [path.name for path in tmp_path.iterdir()] == ["7.jpg"]
        assert (tmp_path / "7.jpg").read_bytes() == face_emulator.images[SAMPLE_IMAGE_ID]
        assert face_emulator.session_ids == ()


def test_a_session_without_an_image(keep: Any, face_emulator: Emulator, tmp_path: Path) -> None:
    """It is deleted as well."""
    assert keep(_session(face_emulator, "mask")) == "no image"
    assert face_emulator.session_ids == ()
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_is_gone(keep: Any) -> None:
    """Without a picture of it, this is an error, and not tried again."""
    with pytest.raises(Exception, match="SessionNotFound"):  # Celery's result has the error as text
        keep("a-session")
