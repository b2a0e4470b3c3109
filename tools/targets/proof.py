"""Checks the output of a call program, and the requests that the emulator received."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from fnmatch import fnmatchcase

from face_emulator import SAMPLE_IMAGE_ID, Emulator, RecordedRequest
from tools.targets.definitions import Target

IMAGE_ID = "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"
UNKNOWN_ID = "no-such-image"
# All byte values, so that decoding as text, or stopping at a zero or a line end, is noticed.
IMAGE = bytes(range(256)) * 1024
PORTRAIT = Emulator().images[SAMPLE_IMAGE_ID]  # the image of the emulator's sessions, and the reference image
REFERENCE_NAME = "face.jpg"
ERROR_CODE = "SessionNotFound"
KEY_HEADER = "ocp-apim-subscription-key"

# The bodies of the create requests: `2025-05-20` is not in the document.
CONTENT = {
    "livenessOperationMode": "Passive",
    "enableSessionImage": True,
    "livenessModelVersion": "2025-05-20",
    "deviceCorrelationId": "device",
}
FORM = {
    "livenessOperationMode": "Passive",
    "deviceCorrelationIdSetInClient": "true",
    "enableSessionImage": "true",
    "verifyConfidenceThreshold": "0.75",
}

_TARGETS = {"color": {"faceRectangle": {"top": 1, "left": 2, "width": 3, "height": 4}}}


def _attempt(number: int, image_id: str) -> dict[str, object]:
    result = {"livenessDecision": "realFace", "targets": _TARGETS, "digest": "00", "sessionImageId": image_id}
    return {"attemptId": number, "attemptStatus": "Succeeded", "result": result, "error": None}


# A result with values and a property that the document does not have, with null, and with the latest attempt in the
# middle.
UNDOCUMENTED_RESULT = {
    "sessionId": "session",
    "authToken": "",
    "status": "ResultAvailable",
    "modelVersion": "2025-05-20",
    "isAbuseMonitoringEnabled": True,
    "results": {"attempts": [_attempt(1, UNKNOWN_ID), _attempt(3, IMAGE_ID), _attempt(2, UNKNOWN_ID)]},
}

_CREATE, _IMAGES = "/face/v1.2/detectLiveness-sessions", "/face/v1.2/sessionImages"
_CREATE_WITH_VERIFY = "/face/v1.2/detectLivenessWithVerify-sessions"
_EXPECTED_REQUESTS = (
    ("key", "GET", f"{_IMAGES}/{IMAGE_ID}"),
    ("bearer", "GET", f"{_IMAGES}/{IMAGE_ID}"),
    ("error", "GET", f"{_IMAGES}/{UNKNOWN_ID}"),
    ("create", "POST", _CREATE),
    ("result", "GET", f"{_CREATE}/*"),
    ("image", "GET", f"{_IMAGES}/*"),
    ("delete", "DELETE", f"{_CREATE}/*"),
    ("create with verify", "POST", _CREATE_WITH_VERIFY),
    ("delete with verify", "DELETE", f"{_CREATE_WITH_VERIFY}/*"),
)


def facts(printed: str) -> dict[str, str]:
    """Read `name=value` lines."""
    return dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)


def expected_facts(target: Target, *, label: str | None) -> dict[str, str]:
    """Return the facts that the call program must print.

    Without a label, it plays a session of the emulator. Otherwise, the responses with an image have this media type,
    and the session has the undocumented result.
    """
    digest = hashlib.sha256(IMAGE).hexdigest()
    untyped = target.untyped_octet_stream and label == "application/octet-stream"
    error = "untyped" if untyped else ERROR_CODE
    signed_in = {"key": digest, "bearer": digest, "error": error, "header": ERROR_CODE}
    if label is None:
        session = {"status": "Succeeded", "decision": "realface", "image": hashlib.sha256(PORTRAIT).hexdigest()}
    else:
        session = {"status": "ResultAvailable", "decision": "realFace", "image": digest}
    return {**signed_in, **session, "model": "2025-05-20", "reference": "image", **target.also}


def differences(expected: Mapping[str, str], printed: Mapping[str, str]) -> Iterator[str]:
    """Yield the differences between the expected and the printed facts."""
    for name in expected.keys() | printed.keys():
        if expected.get(name) != printed.get(name):
            yield f"{name} is {printed.get(name)}, not {expected.get(name)}"


def unexpected_requests(target: Target, key: str, token: str, sent: Sequence[RecordedRequest]) -> Iterator[str]:
    """Yield the deviations from the expected requests.

    The requests show what the program really did. Further requests are only counted.
    """
    count = len(_EXPECTED_REQUESTS) + sum(fact.isdigit() for fact in target.also.values())
    if len(sent) != count:
        yield f"{len(sent)} requests, not {count}"
    for (call, method, path), request in zip(_EXPECTED_REQUESTS, sent, strict=False):
        headers = request.headers
        if request.method != method or not fnmatchcase(request.path, path):
            yield f"{call}: asked for {request.method} {request.path}"
        sign_in = {"authorization": f"Bearer {token}"} if call == "bearer" else {KEY_HEADER: key}
        if {name: headers[name] for name in (KEY_HEADER, "authorization") if name in headers} != sign_in:
            yield f"{call}: not signed in with that and nothing else"
        if path.startswith(_IMAGES) and headers.get("accept") != target.accept:
            yield f"{call}: asked for {headers.get('accept')}, not {target.accept}"
        if path == _CREATE and json.loads(request.body) != CONTENT:
            yield f"{call}: sent {request.body!r}"
        if path == _CREATE_WITH_VERIFY:
            form = {name: text for name, text in FORM.items() if name not in target.unsent}
            yield from (f"{call}: {problem}" for problem in _form_problems(request, form))


def _form_problems(request: RecordedRequest, expected: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the form: the text is text, and the image has a filename."""
    content_type = request.headers.get("content-type", "").encode()
    form = message_from_bytes(b"Content-Type: " + content_type + b"\r\n\r\n" + request.body)
    parts = {part.get_param("name", header="content-disposition"): part for part in form.walk() if part is not form}
    image = parts.pop("verifyImage", None)
    if image is None or image.get_filename() != REFERENCE_NAME or image.get_payload(decode=True) != PORTRAIT:
        yield f"the reference image is {image and image['content-disposition']}"
    texts = {name: part.get_payload() for name, part in parts.items() if part.get_content_type() == "text/plain"}
    if texts != expected or any(part.get_filename() for part in parts.values()):
        yield f"the parts are {[(part.items(), part.get_payload()) for part in parts.values()]}"
