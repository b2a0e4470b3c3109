"""Checks the output of a call program, and the requests that the emulator received."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from face_emulator import RecordedRequest
from tools.targets.definitions import Target

IMAGE_ID = "Ae3PVWlXAmVAnXgkAFt1QSjGUWONKzWiSr2iPh9p9G4I"
UNKNOWN_ID = "no-such-image"
# All byte values, so that decoding as text, or stopping at a zero or a line end, is noticed.
IMAGE = bytes(range(256)) * 1024
ERROR_CODE = "SessionNotFound"
KEY_HEADER = "ocp-apim-subscription-key"


def facts(printed: str) -> dict[str, str]:
    """Read `name=value` lines."""
    return dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)


def expected_facts(target: Target, *, label: str | None) -> dict[str, str]:
    """Return the facts that the call program must print if all responses have this media type."""
    digest = hashlib.sha256(IMAGE).hexdigest()
    untyped = target.untyped_octet_stream and label == "application/octet-stream"
    error = "untyped" if untyped else ERROR_CODE
    return {"key": digest, "bearer": digest, "error": error, "header": ERROR_CODE, **target.also}


def differences(expected: Mapping[str, str], printed: Mapping[str, str]) -> Iterator[str]:
    """Yield the differences between the expected and the printed facts."""
    for name in expected.keys() | printed.keys():
        if expected.get(name) != printed.get(name):
            yield f"{name} is {printed.get(name)}, not {expected.get(name)}"


def unexpected_requests(target: Target, key: str, token: str, sent: Sequence[RecordedRequest]) -> Iterator[str]:
    """Yield the deviations from the expected requests: one with the key, one with the token, one for an unknown id.

    The requests show what the program really did. Further requests are only counted.
    """
    with_key, with_token = {KEY_HEADER: key}, {"authorization": f"Bearer {token}"}
    wanted = [("key", IMAGE_ID, with_key), ("bearer", IMAGE_ID, with_token), ("error", UNKNOWN_ID, with_key)]
    if len(sent) != len(wanted) + len(target.also):
        yield f"{len(sent)} requests, not {len(wanted) + len(target.also)}"
    for (call, image_id, sign_in), request in zip(wanted, sent, strict=False):
        headers = dict(request.headers)
        if request.path.rpartition("/")[2] != image_id:
            yield f"{call}: asked for {request.path}"
        if {name: headers[name] for name in (KEY_HEADER, "authorization") if name in headers} != sign_in:
            yield f"{call}: not signed in with that and nothing else"
        if headers.get("accept") != target.accept:
            yield f"{call}: asked for {headers.get('accept')}, not {target.accept}"
