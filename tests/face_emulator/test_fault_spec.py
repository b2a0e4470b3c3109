import pytest

from face_emulator import Fault
from face_emulator.fault_spec import fault_from_json, fault_from_text


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("status=503,retry-after=1,times=2", Fault(status=503, retry_after=1, times=2)),
        ("html,status=502", Fault(html=True, status=502)),
        ("drop", Fault(drop=True)),
        ("truncate=1000", Fault(truncate=1000)),
        (" delay=0.5 , chunk_delay=1 ", Fault(delay=0.5, chunk_delay=1)),
        ("body=", Fault(body="")),
        ("content-type=text/html; charset=utf-8", Fault(content_type="text/html; charset=utf-8")),
        ("drop,image-id=12", Fault(drop=True, image_id="12")),
        ("drop,operation=createLivenessSession", Fault(drop=True, operation="createLivenessSession")),
        ("body=a=b", Fault(body="a=b")),
        ("body=404,content-type=7", Fault(body="404", content_type="7")),
        ('{"status": 302, "headers": {"location": "/a,b"}}', Fault(status=302, headers={"location": "/a,b"})),
        (
            '{"status": 400, "error": {"code": "A", "inner-error": {"code": "B"}}}',
            Fault(status=400, error={"code": "A", "inner-error": {"code": "B"}}),
        ),
    ],
)
def test_a_spec_is_read(spec: str, fault: Fault) -> None:
    """The short form and JSON give the same faults as Python does."""
    assert fault_from_text(spec) == fault


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ("", "''"),
        ("colour=red", "'colour'"),
        ("status", "^status: "),
        ("status=teapot", "^status: "),
        ("status=", "^status: "),
        ("drop=1", "^drop: "),
        ("status=400,error=A", "^error: "),
        ("drop,operation=7", "^operation: "),
        ("delay=nan", "^delay: "),
        ("{", "line 1"),
    ],
)
def test_a_bad_spec_is_refused_by_name(spec: str, named: str) -> None:
    """What is wrong is named."""
    with pytest.raises(ValueError, match=named):
        fault_from_text(spec)


def test_json_may_spell_defaults_out() -> None:
    """Null where nothing is chosen is fine, and hyphens are as good as underscores."""
    assert fault_from_json({"status": None, "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}) == Fault(
        retry_after="Fri, 31 Dec 1999 23:59:59 GMT"
    )
