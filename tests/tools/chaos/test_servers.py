"""The servers of the chaos run: http and TLS, both keys, and what they tell of the requests."""

from pathlib import Path

import httpx
import pytest

from tools.chaos.plan import planned
from tools.chaos.servers import KEYS, Servers


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_both_keys_are_accepted_and_told_apart(tmp_path: Path, scheme: str) -> None:
    """Each request is reported with its key and its time, whatever the answer was."""
    call = next(call for number in range(99) if not (call := planned(1, number)).faults and call.scheme == scheme)
    with Servers(tmp_path) as servers, httpx.Client(**servers.httpx_args(scheme)) as client:
        servers.prepare(call)
        url = f"{servers.endpoint(scheme)}/face/v1.2/sessionImages/{call.image_id}"
        answers = [client.get(url, headers={"Ocp-Apim-Subscription-Key": key}) for key in (*KEYS, "another")]
        servers.forget(call)
        after = client.get(url, headers={"Ocp-Apim-Subscription-Key": KEYS[0]})

    assert [answer.status_code for answer in (*answers, after)] == [200, 200, 401, 404]
    assert answers[0].content == answers[1].content == call.image
    sent = servers.sent()[call.image_id]
    assert [request.key for request in sent] == [0, 1, None, 0]
    times = [request.time for request in sent]
    assert times == sorted(times)
