"""Pages of other origins, for which a browser sends requests to this machine, get nothing and change nothing."""

from collections.abc import Callable

import httpx
import pytest

from face_emulator import Emulator, Fault

Ask = Callable[..., httpx.Response]
HEALTH = "/_emulator/health"


@pytest.fixture
def ask(http: httpx.Client, face_emulator: Emulator) -> Ask:
    """Send a request to the emulator's address, as `ask(method, path, **headers)`."""

    def send(method: str, path: str, **headers: str) -> httpx.Response:
        return http.request(
            method,
            face_emulator.endpoint + path,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            json={"status": 503} if method == "POST" else None,
        )

    return send


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"]
)
def test_another_name_is_refused(
    ask: Ask, face_emulator: Emulator, key: dict[str, str], sample_path: str, host: str
) -> None:
    """A page that makes its own name lead here gets no image, adds no fault, and uses up neither rate nor faults."""
    face_emulator.faults.add(Fault(status=503, times=1))
    face_emulator.requests_per_second = 1
    for method, path in (("GET", sample_path), ("POST", "/_emulator/faults"), ("GET", "/")):
        refused = ask(method, path, host=host, **key)
        assert (refused.status_code, refused.json()["error"]["code"]) == (421, "421")
        assert "--allowed-host" in refused.json()["error"]["message"]
    assert face_emulator.requests == ()
    assert ask("GET", sample_path, **key).status_code == 503
    assert [fault.status for fault in face_emulator.faults] == []


@pytest.mark.parametrize(
    "host", ["", "a b", "[::1", "[evil.example]", "user@localhost", "localhost:80:80", "localhost:x"]
)
def test_what_is_no_host_is_refused(ask: Ask, host: str) -> None:
    """Only a name and a port are a host."""
    assert ask("GET", HEALTH, host=host).status_code == 421


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8080", "192.0.2.7:8443", "0.0.0.0"],
)
def test_addresses_and_localhost_are_allowed(ask: Ask, host: str) -> None:
    """No page can have them as its own name, unless the emulator or this machine has served it."""
    assert ask("GET", HEALTH, host=host).status_code == 200


def test_further_names_are_allowed_by_request(http: httpx.Client) -> None:
    """Those of `allowed_hosts`, in any case, besides the one to listen on."""
    with Emulator(host="localhost", allowed_hosts=["Face", "face.test"]) as face:
        statuses = [
            http.get(face.endpoint + HEALTH, headers={"host": host}).status_code
            for host in ("face:8443", "FACE.test", "localhost", "a.face.test", "fac")
        ]
    assert statuses == [200, 200, 200, 421, 421]


def test_one_name_instead_of_a_list_is_refused() -> None:
    """It would stand for its letters."""
    with pytest.raises(TypeError, match="allowed_hosts must be a list of names, not 'face'"):
        Emulator(allowed_hosts="face")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_the_control_paths_are_closed_to_other_origins(
    ask: Ask, face_emulator: Emulator, headers: dict[str, str]
) -> None:
    """Also to those that a form or a plain request needs no permission for, and to another port of this machine."""
    face_emulator.faults.add(Fault(delay=1, times=1))
    for method, path in (("POST", "faults"), ("DELETE", "faults"), ("GET", "health"), ("POST", "clock")):
        refused = ask(method, f"/_emulator/{path}", **headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "403")
    assert [fault.delay for fault in face_emulator.faults] == [1]


def test_the_emulators_own_page_may_use_the_control_paths(ask: Ask, face_emulator: Emulator) -> None:
    """With what a browser sends for it, or with what one sends that does not know Sec-Fetch-Site; and a person may."""
    own = {"origin": face_emulator.endpoint}
    for headers in (own, {**own, "sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}, {}):
        assert ask("DELETE", "/_emulator/faults", **headers).status_code == 200


def test_no_other_origin_is_ever_allowed(ask: Ask, key: dict[str, str], sample_path: str) -> None:
    """No response has a header of CORS, so a browser shows it to no other origin, and sends no key for one."""
    asked = {"access_control_request_method": "GET", "access_control_request_headers": "ocp-apim-subscription-key"}
    for method, path in (
        ("OPTIONS", sample_path),
        ("GET", sample_path),
        ("GET", "/"),
        ("OPTIONS", "/_emulator/faults"),
    ):
        response = ask(method, path, origin="https://evil.example", **asked, **key)
        assert method == "GET" or response.status_code in (403, 405)
        assert not any(name.startswith("access-control-") for name in response.headers)
