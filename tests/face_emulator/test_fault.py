import json
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import pytest

from face_emulator import Fault


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", 199),
        ("status", 600),
        ("status", "503"),
        ("status", True),
        ("status", 503.0),
        ("error", "BadArgument"),
        ("error", {}),
        ("error", {"message": "no code"}),
        ("error", {"code": 400}),
        ("error", {"code": "ü"}),
        ("error", {"code": "x\r\ny: injected"}),
        ("error", {"code": "x", "details": {1}}),
        ("error", {"code": "x", "target": float("nan")}),
        ("error", {"code": "x", "message": "\ud800"}),
        ("body", 1),
        ("html", 2),
        ("html", "yes"),
        ("headers", "x: y"),
        ("headers", {"x": 1}),
        ("headers", {"x y": "z"}),
        ("headers", {"x": "y\r\nz: injected"}),
        ("headers", {"x": "ü"}),
        ("headers", {"Content-Length": "1"}),
        ("headers", {"transfer-encoding": "chunked"}),
        ("content_type", ""),
        ("content_type", "text/plain\n"),
        ("retry_after", -1),
        ("retry_after", 1.5),
        ("retry_after", ""),
        ("delay", -1),
        ("delay", float("inf")),
        ("delay", float("nan")),
        ("delay", "1"),
        ("delay", True),
        ("chunk_size", 0),
        ("chunk_delay", None),
        ("truncate", -1),
        ("drop", 2),
        ("content_length", -1),
        ("chunked", "no"),
        ("operation", "GetSessionImage"),
        ("operation", ["getSessionImage"]),
        ("image_id", 7),
        ("image_id", ""),
        ("times", 0),
        ("times", 1.5),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(field: str, value: Any) -> None:
    """The message starts with the field's name."""
    with pytest.raises(ValueError, match=f"^{field}: must be "):
        Fault(**{field: value})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"drop": True, "status": 503}, "drop"),
        ({"drop": True, "truncate": 1}, "drop"),
        ({"error": {"code": "x"}}, "error"),
        ({"error": {"code": "x"}, "status": 399}, "error"),
        ({"error": {"code": "x"}, "status": 400, "body": ""}, "error"),
        ({"error": {"code": "x"}, "status": 400, "html": True}, "error"),
        ({"drop": True, "status": 400, "error": {"code": "x"}}, "drop"),
        ({"html": True, "body": "x"}, "body"),
        ({"status": 204, "body": "x"}, "status"),
        ({"status": 304, "html": True}, "status"),
        ({"chunked": True, "content_length": 1}, "chunked"),
    ],
)
def test_fields_that_exclude_each_other_are_refused(fields: dict[str, Any], named: str) -> None:
    """A fault that cannot be sent cannot be made."""
    with pytest.raises(ValueError, match=f"^{named}: "):
        Fault(**fields)


def test_a_fault_shows_what_was_chosen() -> None:
    """JSON has the fields that differ from their defaults, and a body in any bytes."""
    fault = Fault(status=HTTPStatus.BAD_GATEWAY, body=b"\xff", headers={"x": "y"}, delay=1, times=2)
    assert fault.as_json() == {"status": 502, "body": "\\xff", "headers": {"x": "y"}, "delay": 1, "times": 2}
    assert Fault().as_json() == {}


def test_a_mapping_of_any_kind_shows_as_a_json_object() -> None:
    """What Python accepts as headers or an error, the control path can show."""
    fault = Fault(status=400, headers=MappingProxyType({"x": "y"}), error=MappingProxyType({"code": "z"}))
    assert json.loads(json.dumps(fault.as_json())) == {"status": 400, "headers": {"x": "y"}, "error": {"code": "z"}}
