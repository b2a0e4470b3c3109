from collections.abc import Callable

import httpx
from starlette.datastructures import Headers

from face_emulator import Emulator, Fault, RecordedRequest
from face_emulator.recording import Requests


def test_requests_are_recorded_as_they_came(
    http: httpx.Client, face_emulator: Emulator, exchange: Callable[..., bytes]
) -> None:
    """Method, raw path, query, and headers by name in any case or in order, whatever the answer was."""
    exchange(
        "GET /face/v1.2/sessionImages/a%2Fb?c=%20 HTTP/1.1",
        "host: localhost",
        "X-A: 1",
        "x-b: é",
        "X-a: 2",
        "connection: close",
    )
    http.post(face_emulator.endpoint + "/elsewhere")
    first, second = face_emulator.requests
    assert (first.method, first.path, first.query) == ("GET", "/face/v1.2/sessionImages/a%2Fb", "c=%20")
    assert first.headers.items() == [
        ("host", "localhost"),
        ("x-a", "1"),
        ("x-b", "é".encode().decode("latin-1")),
        ("x-a", "2"),
        ("connection", "close"),
    ]
    assert (first.headers["X-B"], first.headers.getlist("X-A")) == ("é".encode().decode("latin-1"), ["1", "2"])
    assert (second.method, second.path, second.query) == ("POST", "/elsewhere", "")


def test_the_control_path_is_not_recorded(http: httpx.Client, face_emulator: Emulator) -> None:
    """Setting faults leaves no trace in what the client under test sent."""
    http.delete(face_emulator.endpoint + "/_emulator/faults")
    assert face_emulator.requests == ()


def test_the_last_requests_are_kept_as_many_as_wanted(http: httpx.Client) -> None:
    """The oldest go first."""
    with Emulator(keep_requests=2) as face:
        for name in "abc":
            http.get(f"{face.endpoint}/{name}")
        assert [request.path for request in face.requests] == ["/b", "/c"]


def test_no_repr_shows_a_secret(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """Neither the emulator's own credentials nor those it was sent are in a `repr`."""
    http.get(url, headers={"authorization": "Bearer hunter2", "ocp-apim-subscription-key": "hunter2"})
    shown = repr(face_emulator) + repr(face_emulator.requests)
    assert face_emulator.endpoint in shown
    assert "hunter2" not in shown
    assert "emulator-key" not in shown
    assert "emulator-token" not in shown


def test_a_recorded_request_has_the_id_of_its_answer(
    http: httpx.Client, face_emulator: Emulator, url: str, key: dict[str, str]
) -> None:
    """Whoever answers, the service or a fault, `apim-request-id` is what was recorded."""
    face_emulator.faults.add(Fault(times=1), Fault(status=503, times=1), Fault(html=True, times=1))
    answers = [http.get(url, headers=key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 503, 200, 200]
    assert [request.request_id for request in face_emulator.requests] == [
        answer.headers["apim-request-id"] for answer in answers
    ]


def test_two_equal_requests_are_equal(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """When they came and which id they got makes no difference."""
    for _ in range(2):
        http.get(url)
    first, second = face_emulator.requests
    assert first == second
    assert first.request_id != second.request_id


def test_a_request_is_recorded_with_its_body(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """Whatever the answer is; its `repr` does not show it, since it may be a face."""
    face_emulator.faults.add(Fault(status=503, times=1))
    for _ in range(2):
        http.post(url, content=b"a face")
    http.get(url)
    assert [request.body for request in face_emulator.requests] == [b"a face", b"a face", b""]
    assert "a face" not in repr(face_emulator.requests)


def test_the_bodies_that_are_kept_are_bounded() -> None:
    """Requests whose bodies are too large together go, the oldest first."""
    requests = Requests(None)
    body = bytes(16 * 2**20)
    for path in "abcde":
        requests.add(RecordedRequest("POST", path, "", Headers()), body)
    requests.add(RecordedRequest("GET", "f", "", Headers()), b"")
    assert [request.path for request in requests.as_tuple()] == list("bcdef")
