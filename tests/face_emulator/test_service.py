import json
import re
import uuid
from collections.abc import Callable

import httpx
import pytest

from face_emulator import Emulator, Fault

DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
RIGHT_KEY = ("ocp-apim-subscription-key", "emulator-key")
WRONG_KEY = ("ocp-apim-subscription-key", "emulator-kez")
RIGHT_TOKEN = ("authorization", "Bearer emulator-token")
WRONG_TOKEN = ("authorization", "Bearer emulator-tokem")


def assert_face_error(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-ms-error-code"] == code
    error = response.json()["error"]
    assert error.keys() == {"code", "message"}
    assert error["code"] == code
    assert error["message"]


def test_an_image_comes_as_octet_stream_with_its_length(
    http: httpx.Client, face_emulator: Emulator, url: str, key: dict[str, str]
) -> None:
    """A known id gives 200 with the bytes of the image."""
    response = http.get(url, headers=key)
    assert response.status_code == 200
    assert response.content == next(iter(face_emulator.images.values()))
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-length"] == str(len(response.content))


@pytest.mark.parametrize("version", ["v1.2", "v1.3-preview.1"])
def test_known_versions_are_served(
    http: httpx.Client, face_emulator: Emulator, key: dict[str, str], version: str
) -> None:
    """The operation is the same in the released version and in the preview."""
    face_emulator.images["x"] = b"image"
    assert http.get(f"{face_emulator.endpoint}/face/{version}/sessionImages/x", headers=key).content == b"image"


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "/index.html",
        "/page.html",
        "/face",
        "/face/",
        "/face/v1.1/sessionImages/x",
        "/face/V1.2/sessionImages/x",
        "/face/v1.2/sessionimages/x",
        "/face/v1.2/sessionImages",
        "/face/v1.2/sessionImages/",
        "/face/v1.2/sessionImages/x/",
        "/face/v1.2/sessionImages/x/y",
        "/face/v1.2/session/sessionImages/x",
        "/face/v1.2//sessionImages/x",
        "/_emulator",
        "/_emulator/faults/",
        "/_emulator/sessions/x",
        "/face/v1.2/detectLiveness-sessions/",
        "/face/v1.2/detectLiveness-sessions/x/y",
        "/face/v1.2/detectLiveness/singleModal/sessions",
        "/face/v1.2/detectLivenesswithVerify-sessions/x",
    ],
)
def test_other_paths_are_not_found(http: httpx.Client, face_emulator: Emulator, path: str) -> None:
    """An unknown version or path is 404 in the service's own error format, with or without credentials."""
    face_emulator.images["x"] = b"image"
    assert_face_error(http.get(face_emulator.endpoint + path), 404, "404")


@pytest.mark.parametrize("target", ["/face/v1.2/sessionImages/../sessionImages/x", "/face/v1.2/./sessionImages/x", "*"])
def test_dot_segments_are_not_resolved(face_emulator: Emulator, exchange: Callable[..., bytes], target: str) -> None:
    """What a client should have tidied up is a path that does not exist."""
    face_emulator.images["x"] = b"image"
    answer = exchange(
        f"GET {target} HTTP/1.1", "host: localhost", "ocp-apim-subscription-key: emulator-key", "connection: close"
    )
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 401),
        ([RIGHT_KEY], 200),
        ([WRONG_KEY], 401),
        ([RIGHT_TOKEN], 200),
        ([WRONG_TOKEN], 401),
        ([RIGHT_KEY, RIGHT_TOKEN], 200),
        ([RIGHT_KEY, WRONG_TOKEN], 200),
        ([WRONG_KEY, RIGHT_TOKEN], 200),
        ([WRONG_KEY, WRONG_TOKEN], 401),
        ([("ocp-apim-subscription-key", "")], 401),
        ([("ocp-apim-subscription-key", "emulator-token")], 401),
        ([("authorization", "Bearer")], 401),
        ([("authorization", "emulator-token")], 401),
        ([("authorization", "Basic emulator-token")], 401),
        ([("authorization", "bearer emulator-token")], 200),
        ([("authorization", "Bearer emulator-key")], 401),
        ([("ocp-apim-subscription-key", "schlüssel")], 401),
    ],
)
def test_either_credential_suffices(http: httpx.Client, url: str, headers: list[tuple[str, str]], status: int) -> None:
    """A right key or a right token lets a request in, even beside a wrong one; nothing else does."""
    response = http.get(url, headers=httpx.Headers(headers, encoding="utf-8"))
    assert response.status_code == status
    if status == 401:
        assert_face_error(response, 401, "401")
        assert response.json()["error"]["message"] == DENIED


@pytest.mark.parametrize("fault", [None, Fault(status=401)])
def test_a_401_says_how_to_sign_in(http: httpx.Client, face_emulator: Emulator, url: str, fault: Fault | None) -> None:
    """With a key, as Azure API Management asks for it, or with a token; a fault does the same."""
    if fault:
        face_emulator.faults.add(fault)
    assert http.get(url).headers.get_list("www-authenticate") == [
        f'AzureApiManagementKey realm="{face_emulator.endpoint}/face",name="Ocp-Apim-Subscription-Key",type="header"',
        "Bearer",
    ]


@pytest.mark.parametrize("kind", ["detectLiveness-sessions", "detectLivenessWithVerify-sessions"])
def test_credentials_come_before_the_body(http: httpx.Client, face_emulator: Emulator, kind: str) -> None:
    """An empty POST without a key is a 401."""
    assert_face_error(http.post(f"{face_emulator.endpoint}/face/v1.2/{kind}"), 401, "401")


@pytest.mark.parametrize("kind", ["detectLiveness-sessions", "detectLivenessWithVerify-sessions"])
@pytest.mark.parametrize(("path", "allowed"), [("", {"POST"}), ("/x", {"GET", "DELETE"})])
def test_a_path_of_sessions_allows_its_methods(
    http: httpx.Client, face_emulator: Emulator, kind: str, path: str, allowed: set[str]
) -> None:
    """All of them are in Allow, and no other."""
    response = http.put(f"{face_emulator.endpoint}/face/v1.2/{kind}{path}")
    assert_face_error(response, 405, "405")
    assert set(response.headers["allow"].split(", ")) == allowed


def test_the_key_can_be_rotated(http: httpx.Client, face_emulator: Emulator, url: str) -> None:
    """A key that is set while the emulator runs is the one that it accepts from then on; so is a token."""
    face_emulator.key, face_emulator.token = "new-key", "new-token"
    assert http.get(url, headers=[RIGHT_KEY, RIGHT_TOKEN]).status_code == 401
    assert http.get(url, headers={"ocp-apim-subscription-key": "new-key"}).status_code == 200
    assert http.get(url, headers={"authorization": "Bearer new-token"}).status_code == 200


def test_a_key_outside_ascii_is_compared_in_utf_8(http: httpx.Client) -> None:
    """Any text can be a key."""
    with Emulator(key="schlüssel") as face:
        face.images["x"] = b"image"
        headers = httpx.Headers([("ocp-apim-subscription-key", "schlüssel")], encoding="utf-8")
        assert http.get(f"{face.endpoint}/face/v1.2/sessionImages/x", headers=headers).status_code == 200


def test_credentials_are_asked_for_before_the_id(http: httpx.Client, face_emulator: Emulator) -> None:
    """Nobody without a key learns whether an id exists."""
    assert_face_error(http.get(f"{face_emulator.endpoint}/face/v1.2/sessionImages/unknown"), 401, "401")


@pytest.mark.parametrize("image_id", ["unknown", "IMAGE", "%00", "%ff", "..%2f..%2fetc%2fpasswd", "%2e%2e", "x%0Ay"])
def test_unknown_ids_are_not_found(face_emulator: Emulator, exchange: Callable[..., bytes], image_id: str) -> None:
    """Ids are opaque and case-sensitive; one that is not there is 404, whatever it looks like."""
    face_emulator.images["image"] = b"image"
    answer = exchange(
        f"GET /face/v1.2/sessionImages/{image_id} HTTP/1.1",
        "host: localhost",
        "ocp-apim-subscription-key: emulator-key",
        "connection: close",
    )
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "SessionNotFound"


@pytest.mark.parametrize(
    ("sent", "image_id"),
    [
        ("a%2Fb", "a/b"),
        ("a%2fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("%C3%BC", "ü"),
        ("a:b@c;d=e", "a:b@c;d=e"),
        ("a%3Fb%23", "a?b#"),
        (".", "."),
        ("..", ".."),
    ],
)
def test_an_id_is_one_segment_of_the_raw_path(
    face_emulator: Emulator, exchange: Callable[..., bytes], sent: str, image_id: str
) -> None:
    """The segment is percent-decoded once, after the path was split."""
    face_emulator.images[image_id] = b"the image"
    answer = exchange(
        f"GET /face/v1.2/sessionImages/{sent}?query HTTP/1.1",
        "host: localhost",
        "ocp-apim-subscription-key: emulator-key",
        "connection: close",
    )
    assert answer.endswith(b"\r\n\r\nthe image")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_not_allowed(http: httpx.Client, url: str, method: str) -> None:
    """GET is the only method, HEAD included in the others."""
    response = http.request(method, url)
    assert response.headers["allow"] == "GET"
    assert response.headers["x-ms-error-code"] == "405"
    assert response.status_code == 405
    if method != "HEAD":
        assert_face_error(response, 405, "405")


@pytest.mark.parametrize("path", ["/face/v1.2/sessionImages/x", "/nowhere", "/_emulator/faults"])
def test_every_answer_has_a_fresh_request_id(http: httpx.Client, face_emulator: Emulator, path: str) -> None:
    """`apim-request-id` is a new UUID each time, and the date is the time."""
    answers = [http.get(face_emulator.endpoint + path) for _ in range(2)]
    assert len({uuid.UUID(answer.headers["apim-request-id"]) for answer in answers}) == 2
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", answers[0].headers["date"])


@pytest.mark.parametrize("fault", [None, Fault(status=503), Fault(html=True)])
def test_the_clients_own_request_id_is_sent_back(
    http: httpx.Client, face_emulator: Emulator, url: str, fault: Fault | None
) -> None:
    """`x-ms-client-request-id` is in the answer as it was sent, and only if it was sent."""
    if fault:
        face_emulator.faults.add(fault)
    assert http.get(url, headers={"x-ms-client-request-id": "my id"}).headers["x-ms-client-request-id"] == "my id"
    assert "x-ms-client-request-id" not in http.get(url).headers


def test_the_control_path_takes_shows_and_clears_faults(http: httpx.Client, face_emulator: Emulator) -> None:
    """POST adds one fault or a list, GET shows what is pending, DELETE clears."""
    control = face_emulator.endpoint + "/_emulator/faults"
    assert http.post(control, json={"status": 503, "times": 2}).json() == [{"status": 503, "times": 2}]
    http.post(control, json=[{"drop": True}, {"retry-after": 1}])
    pending = [{"status": 503, "times": 2}, {"drop": True}, {"retry_after": 1}]
    assert http.get(control).json() == pending
    assert [fault.as_json() for fault in face_emulator.faults] == pending
    assert http.delete(control).json() == []
    assert len(face_emulator.faults) == 0


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_the_control_path_takes_json_only(
    http: httpx.Client, face_emulator: Emulator, content_type: str | None
) -> None:
    """What a web page can send without a preflight is refused with 415."""
    headers = {"content-type": content_type} if content_type else {}
    control = face_emulator.endpoint + "/_emulator/faults"
    assert_face_error(http.post(control, content=b'{"drop": true}', headers=headers), 415, "415")
    assert len(face_emulator.faults) == 0


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ('[{"drop": true}, {"colour": 1}]', "colour"),
        ('{"status": 99}', "status"),
        ('{"\\ud800": 1}', "ud800"),
        ('{"body": "\\ud800"}', "body"),
        ('{"delay": NaN}', "delay"),
        ("1", "object"),
        ("{", "line 1"),
        ("", "line 1"),
        ("\xff", "utf-8"),
        ("[" * 100_000, ""),
    ],
)
def test_the_control_path_names_what_is_wrong(
    http: httpx.Client, face_emulator: Emulator, sent: str, named: str
) -> None:
    """A bad fault is 400 with the field's name, and none of its list is kept."""
    control = face_emulator.endpoint + "/_emulator/faults"
    headers = {"content-type": "application/json; charset=utf-8"}
    response = http.post(control, content=sent.encode("latin-1"), headers=headers)
    assert_face_error(response, 400, "400")
    assert named in response.json()["error"]["message"]
    assert len(face_emulator.faults) == 0


def test_other_methods_on_the_control_path_are_not_allowed(http: httpx.Client, face_emulator: Emulator) -> None:
    """A browser's preflight fails, since nothing answers OPTIONS."""
    response = http.options(face_emulator.endpoint + "/_emulator/faults")
    assert_face_error(response, 405, "405")
    assert set(response.headers["allow"].split(", ")) == {"GET", "POST", "DELETE"}
