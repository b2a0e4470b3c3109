from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from face_emulator import Emulator, Fault
from face_emulator.fault_queue import Faults
from face_emulator.operations import OPERATIONS


def test_faults_apply_in_turn_and_then_all_is_well(
    http: httpx.Client, face_emulator: Emulator, url: str, key: dict[str, str]
) -> None:
    """The first fault with times left applies, to each request below /face, before anything else is looked at."""
    face_emulator.faults.add(Fault(status=503, times=2), Fault(status=429, times=1))
    assert [http.get(url, headers=key).status_code for _ in range(4)] == [503, 503, 429, 200]


def test_a_fault_without_times_stays_until_cleared(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """`clear` makes all well again."""
    face_emulator.faults.add(Fault(status=503))
    assert [http.get(url).status_code for _ in range(3)] == [503] * 3
    face_emulator.faults.clear()
    assert http.get(url).status_code == 401


def test_faults_apply_below_face_only(http: httpx.Client, face_emulator: Emulator) -> None:
    """Other paths are well, and use nothing up; an unknown path below /face is not."""
    face_emulator.faults.add(Fault(status=503, times=1))
    paths = ["/elsewhere", "/facet/x", "/_emulator/faults", "/face/elsewhere", "/face/elsewhere"]
    assert [http.get(face_emulator.endpoint + path).status_code for path in paths] == [404, 404, 200, 503, 404]


def test_a_fault_can_be_meant_for_one_image(
    http: httpx.Client, face_emulator: Emulator, url: str, key: dict[str, str]
) -> None:
    """Requests for others pass it by and take the next; the id is compared as it is, however it was encoded."""
    face_emulator.images["a b/c"] = b"image"
    face_emulator.faults.add(
        Fault(status=503, image_id="a b/c", times=2), Fault(status=429, times=1), Fault(drop=True, image_id="another")
    )
    other = face_emulator.endpoint + "/face/v1.2/sessionImages/a%20b%2Fc"
    assert [http.get(each, headers=key).status_code for each in (url, url, other, other, other)] == [
        *(429, 200),
        *(503, 503, 200),
    ]
    assert list(face_emulator.faults) == [Fault(drop=True, image_id="another")]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("version", ["v1.2", "v1.3-preview.1"])
def test_a_fault_can_be_meant_for_one_operation(
    http: httpx.Client, face_emulator: Emulator, operation: str, version: str
) -> None:
    """Of all operations, it hits that one."""
    face_emulator.faults.add(Fault(status=503, operation=operation))
    statuses = {
        name: http.request(method, f"{face_emulator.endpoint}/face/{version}{path.format(id='x')}").status_code
        for name, (method, path) in OPERATIONS.items()
    }
    assert statuses == {name: 503 if name == operation else 401 for name in OPERATIONS}


def test_a_fault_for_an_operation_leaves_other_requests_alone(
    http: httpx.Client, face_emulator: Emulator, url: str
) -> None:
    """Other methods and other paths are no operation; with an image too, both must fit."""
    face_emulator.faults.add(Fault(status=503, operation="getSessionImage", image_id="x"))
    other = face_emulator.endpoint + "/face/v1.1/sessionImages/x"
    mine = url.rpartition("/")[0] + "/x"
    assert [http.get(other).status_code, http.post(mine).status_code, http.get(url).status_code] == [404, 405, 401]
    assert http.get(mine).status_code == 503


def test_a_fault_for_an_image_is_not_for_a_session_of_that_name(http: httpx.Client, face_emulator: Emulator) -> None:
    """Only the last part of a path to an image is an image's id."""
    face_emulator.faults.add(Fault(status=503, image_id="x"))
    assert http.get(face_emulator.endpoint + "/face/v1.2/detectLiveness-sessions/x").status_code == 401


def test_what_is_pending_counts_down() -> None:
    """Iterating shows the times that are left."""
    faults = Faults()
    faults.add(Fault(drop=True, times=3))
    assert faults.take(None, "x") == Fault(drop=True, times=3)
    assert list(faults) == [Fault(drop=True, times=2)]


def test_threads_share_the_count() -> None:
    """However many threads take, a fault applies as often as it says."""
    faults = Faults()
    faults.add(Fault(status=503, times=500), Fault(status=429, times=500))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: faults.take(None, "x"), range(2000)))
    assert [sum(1 for fault in taken if fault and fault.status == status) for status in (503, 429)] == [500, 500]
