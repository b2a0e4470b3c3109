"""The code of docs/observability.md, and what tools for traces, metrics and error reports then know of a call."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

PAGE = Path(__file__).resolve().parents[2] / "docs" / "observability.md"
CODE = "".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
KEY = "a-secret-key"
BEFORE = f"""
import json, os, urllib.request
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
endpoint, dsn, key, image_id = os.environ["FACE_ENDPOINT"], os.environ["SENTRY_DSN"], "{KEY}", "{SAMPLE_IMAGE_ID}"
exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
"""
AFTER = """
fault = {"data": b'{"status": 429, "retry-after": 0, "times": 1}', "headers": {"Content-Type": "application/json"}}
urllib.request.urlopen(urllib.request.Request(endpoint + "/_emulator/faults", **fault)).close()
with connect(endpoint, key, httpx_args={"event_hooks": hooks}) as client:
    client.get_session_image(image_id)
def call(key, image_id):
    with connect(endpoint + "/elsewhere", key) as client:
        client.get_session_image(image_id)
try:
    call(key, image_id)
except ApiError as error:
    sentry_sdk.capture_exception(error)
sentry_sdk.flush()
provider.force_flush()
print(json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()]))
print(reader.get_metrics_data().to_json(indent=None))
"""


class Observed(NamedTuple):
    """What each tool was given, and the request id of the response that became an error."""

    spans: list[dict[str, Any]]
    points: dict[str, list[dict[str, Any]]]  # of each metric
    sent_to_sentry: list[str]  # lines
    request_id: str


@pytest.fixture(scope="module")
def observed() -> Observed:
    """Runs the code, in a process that it can instrument. The emulator also stands for Sentry."""
    with Emulator(key=KEY) as face:
        face.faults.add(Fault(status=503, retry_after=0, image_id="an-unknown-id", times=1))
        code = BEFORE + CODE.replace("https://contoso.cognitiveservices.azure.com", face.endpoint) + AFTER
        environment = {
            "FACE_ENDPOINT": face.endpoint,
            "SENTRY_DSN": face.endpoint.replace("//", "//public@") + "/1",
            "PYTHONPATH": ":".join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    _, spans, metrics = done.stdout.splitlines()
    sent = [gzip.decompress(request.body).decode() for request in face.requests if request.path.startswith("/api/")]
    failed = [request.request_id for request in face.requests if request.path.endswith("/an-unknown-id")]
    points = {
        metric["name"]: metric["data"]["data_points"]
        for scope in json.loads(metrics)["resource_metrics"][0]["scope_metrics"]
        for metric in scope["metrics"]
    }
    return Observed(json.loads(spans), points, "".join(sent).splitlines(), failed[-1])


def test_each_attempt_is_a_span_without_ids(observed: Observed) -> None:
    """The page's call is in the span around it; no span has the key or the id of an image."""
    job = next(span for span in observed.spans if span["name"] == "image of the session")
    tries = [span for span in observed.spans if span["name"] == "GET"]
    assert [span["attributes"]["http.status_code"] for span in tries] == [200, 200, 503, 404, 429, 200, 404]
    assert [span["parent_id"] == job["context"]["span_id"] for span in tries] == [True] + [False] * 6
    assert all(span["attributes"]["http.url"].endswith("/sessionImages/...") for span in tries)
    assert not re.search(f"{KEY}|{SAMPLE_IMAGE_ID}|an-unknown-id", json.dumps(observed.spans))


def test_attempts_are_measured(observed: Observed) -> None:
    """By status, and by what the page's own hook counts."""
    durations = observed.points["http.client.duration"]
    counts = {point["attributes"]["http.status_code"]: point["count"] for point in durations}
    assert counts == {200: 3, 503: 1, 404: 2, 429: 1}
    (throttled,) = observed.points["face.throttled"]
    assert (throttled["attributes"], throttled["value"]) == ({"retry_after": "0"}, 1)


def test_an_event_has_the_call_without_the_key(observed: Observed) -> None:
    """The error, its request id, each attempt and the retry are sent; no key is, and no id in breadcrumbs."""
    event, other = [each for each in map(json.loads, observed.sent_to_sentry) if "exception" in each]
    *_, error = event["exception"]["values"]
    crumbs = event["breadcrumbs"]["values"]
    assert (error["type"], event["tags"]["face.request_id"]) == ("NotFoundError", observed.request_id)
    assert [crumb["data"].get("http.response.status_code") for crumb in crumbs if crumb["type"] == "http"] == [503, 404]
    (retry,) = [crumb["message"] for crumb in crumbs if crumb["category"] == "face_client"]
    assert retry.startswith("get_session_image: retry 1 of 3")
    frame = next(
        each for each in other["exception"]["values"][-1]["stacktrace"]["frames"] if each["function"] == "call"
    )
    assert frame["vars"]["key"] == "[Filtered]"
    assert KEY not in "".join(observed.sent_to_sentry)
    assert not re.search(f"{SAMPLE_IMAGE_ID}|an-unknown-id", json.dumps([crumbs, other["breadcrumbs"]]))
