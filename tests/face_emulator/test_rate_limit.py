from typing import Any

import httpx
import pytest

from face_emulator import Emulator, Fault
from face_emulator.rate_limit import RateLimit

SLOW = 0.01  # one request in 100 seconds: no machine is so busy that there is room for a second one
REFUSED = r"^requests_per_second must be a number above 0, not "


def test_a_whole_number_is_the_requests_within_any_one_second() -> None:
    """The window slides: there is room again as soon as the oldest request is a second old."""
    limit = RateLimit(2)
    times = [(10.0, 0), (10.75, 0), (10.99, 1), (11.0, 0), (11.5, 1), (11.75, 0), (11.99, 1), (30.0, 0)]
    assert [limit.retry_after(now) for now, _ in times] == [seconds for _, seconds in times]


def test_a_refused_request_is_not_counted() -> None:
    """Whoever asks all the time gets in as often as the limit says."""
    limit = RateLimit(1)
    assert [now for now in range(0, 400, 10) if limit.retry_after(now / 100) == 0] == [0, 100, 200, 300]


@pytest.mark.parametrize(
    ("requests_per_second", "times"),
    [
        (0.5, [(10.0, 0), (10.0, 2), (10.9, 2), (11.1, 1), (12.0, 0)]),
        (2.5, [(10.0, 0), (10.4, 0), (10.8, 0), (11.1, 1), (11.21, 0)]),
        (1e300, [(10.0, 0)] * 3),
    ],
)
def test_a_rate_can_be_any_number(requests_per_second: float, times: list[tuple[float, int]]) -> None:
    """The pause is in whole seconds, and long enough."""
    limit = RateLimit(requests_per_second)
    assert [limit.retry_after(now) for now, _ in times] == [seconds for _, seconds in times]


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), 1e-320, True, "5", [5]])
def test_a_rate_that_is_not_above_zero_is_refused(value: Any) -> None:
    """The message has the name and the value, on construction and on setting, which leaves the limit as it was."""
    with pytest.raises(ValueError, match=REFUSED):
        Emulator(requests_per_second=value)
    face = Emulator(requests_per_second=5)
    with pytest.raises(ValueError, match=REFUSED):
        face.requests_per_second = value
    assert face.requests_per_second == 5


def test_one_request_too_many_gets_a_429(http: httpx.Client, sample_path: str, key: dict[str, str]) -> None:
    """It is worded as the service words it, and says when there is room again; it is recorded like any other."""
    with Emulator(requests_per_second=SLOW) as face:
        first, second = (http.get(face.endpoint + sample_path, headers=key) for _ in range(2))
        assert (first.status_code, second.status_code) == (200, 429)
        assert second.json() == {"error": {"code": "429", "message": "Rate limit is exceeded."}}
        assert second.headers["x-ms-error-code"] == "429"
        assert 1 <= int(second.headers["retry-after"]) <= 100
        assert second.headers["apim-request-id"] == face.requests[1].request_id


def test_requests_without_credentials_and_for_unknown_paths_count(http: httpx.Client) -> None:
    """All below /face/ share the limit, whatever their answer would be."""
    with Emulator(requests_per_second=SLOW) as face:
        paths = ["/face/elsewhere", "/face/v1.2/sessionImages/unknown"]
        assert [http.get(face.endpoint + path).status_code for path in paths] == [404, 429]


def test_the_control_path_and_the_page_are_not_limited(http: httpx.Client) -> None:
    """They neither count nor are refused."""
    with Emulator(requests_per_second=SLOW) as face:
        paths = ["/_emulator/faults", "/elsewhere", "/face/x", "/face/x", "/_emulator/faults", "/elsewhere"]
        assert [http.get(face.endpoint + path).status_code for path in paths] == [200, 404, 404, 429, 200, 404]
        assert http.get(face.endpoint).status_code != 429


def test_a_refused_request_takes_no_fault(http: httpx.Client) -> None:
    """The limit comes first; a fault counts against it."""
    with Emulator(requests_per_second=SLOW) as face:
        face.faults.add(Fault(status=503, times=2))
        assert [http.get(face.endpoint + "/face/x").status_code for _ in range(2)] == [503, 429]
        assert list(face.faults) == [Fault(status=503, times=1)]


def test_the_limit_can_be_changed_while_it_runs(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """A new limit starts with nothing counted; None is no limit."""
    assert face_emulator.requests_per_second is None
    statuses = [http.get(url).status_code]
    face_emulator.requests_per_second = SLOW
    statuses += [http.get(url).status_code for _ in range(2)]
    face_emulator.requests_per_second = SLOW / 2
    statuses += [http.get(url).status_code for _ in range(2)]
    face_emulator.requests_per_second = None
    statuses += [http.get(url).status_code for _ in range(2)]
    assert statuses == [401, 401, 429, 401, 429, 401, 401]
