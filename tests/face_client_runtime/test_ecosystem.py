"""What mocks, records or traces any httpx client does so with this one, by its global form."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import vcr
from anyio.from_thread import BlockingPortal
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpx import HTTPXMock

from face_client import AsyncClient, Client, IncompleteBody, NotFoundError
from face_client.document import API_VERSION
from face_client_auth import SubscriptionKeyAuth
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault

ENDPOINT = "https://contoso.cognitiveservices.azure.com"
URL = f"{ENDPOINT}/face/{API_VERSION}/sessionImages/an-id"
KEY = "a-key-that-nobody-may-see"
PICTURE = b"\xff\xd8\xffpicture" * 10_000

Get = Callable[..., bytes]


@pytest.fixture(params=["sync", "async"])
def get(request: pytest.FixtureRequest, portal: BlockingPortal) -> Get:
    """Makes a client, gets an image with it and closes it: as bytes, or streamed."""

    def sync(endpoint: str, image_id: str, streamed: bool = False, **options: Any) -> bytes:
        with Client(endpoint, auth=SubscriptionKeyAuth(KEY), **options) as client:
            if not streamed:
                return client.get_session_image(image_id)
            with client.get_session_image_stream(image_id) as body:
                return body.read()

    async def asynchronous(endpoint: str, image_id: str, streamed: bool = False, **options: Any) -> bytes:
        async with AsyncClient(endpoint, auth=SubscriptionKeyAuth(KEY), **options) as client:
            if not streamed:
                return await client.get_session_image(image_id)
            async with client.get_session_image_stream(image_id) as body:
                return await body.read()

    if request.param == "sync":
        return sync
    return lambda *arguments, **options: portal.call(lambda: asynchronous(*arguments, **options))


@pytest.mark.parametrize("streamed", [False, True])
def test_respx_answers(get: Get, streamed: bool) -> None:
    """Under `respx.mock`, the mocked route answers, and nothing is sent."""
    with respx.mock:
        route = respx.get(URL).respond(content=PICTURE, content_type="application/octet-stream")
        assert get(ENDPOINT, "an-id", streamed) == PICTURE
    assert route.calls.last.request.headers["ocp-apim-subscription-key"] == KEY


def test_respx_raises(get: Get) -> None:
    """An error that respx is told to raise is raised, after as many tries as there are."""
    with respx.mock:
        route = respx.get(URL).mock(side_effect=httpx.ConnectTimeout)
        with pytest.raises(httpx.ConnectTimeout):
            get(ENDPOINT, "an-id", max_retries=0)
    assert route.call_count == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_pytest_httpx_answers(get: Get, httpx_mock: HTTPXMock, streamed: bool) -> None:
    """With pytest-httpx's fixture, the added response answers, and nothing is sent."""
    httpx_mock.add_response(url=URL, content=PICTURE, headers={"Content-Type": "application/octet-stream"})
    assert get(ENDPOINT, "an-id", streamed) == PICTURE


def test_pytest_httpx_errors(get: Get, httpx_mock: HTTPXMock) -> None:
    """A mocked error is raised as the error of its status."""
    httpx_mock.add_response(status_code=404, json={"error": {"code": "SessionNotFound", "message": "gone"}})
    with pytest.raises(NotFoundError, match="404 SessionNotFound: gone"):
        get(ENDPOINT, "an-id")


@pytest.mark.parametrize("streamed", [False, True])
def test_vcrpy_records_and_replays(get: Get, face_emulator: Emulator, tmp_path: Path, streamed: bool) -> None:
    """vcrpy records a response, whole, and replays it when there is no server any more."""
    face_emulator.key = KEY
    face_emulator.images["an-id"] = PICTURE
    recorder = vcr.VCR(filter_headers=["Ocp-Apim-Subscription-Key"])
    cassette = str(tmp_path / "cassette.yaml")
    with recorder.use_cassette(cassette, record_mode="once"):
        assert get(face_emulator.endpoint, "an-id", streamed) == PICTURE
    requests = len(face_emulator.requests)
    with recorder.use_cassette(cassette, record_mode="none") as played:
        assert get(face_emulator.endpoint, "an-id", streamed) == PICTURE
    assert (played.play_count, len(face_emulator.requests)) == (1, requests)
    assert KEY not in Path(cassette).read_text()


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Instruments httpx as a whole, and keeps the spans."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    yield exporter
    HTTPXClientInstrumentor().uninstrument()


def test_opentelemetry_traces_each_try(get: Get, face_emulator: Emulator, spans: InMemorySpanExporter) -> None:
    """With OpenTelemetry's instrumentation there is one span a try, which the server is told of, without the key."""
    face_emulator.key = KEY
    face_emulator.faults.add(Fault(status=503, retry_after="0.01", times=1))
    get(face_emulator.endpoint, SAMPLE_IMAGE_ID, max_retries=1)
    finished = spans.get_finished_spans()
    assert [span.attributes["http.status_code"] for span in finished] == [503, 200]
    traced = [request.headers["traceparent"].split("-")[2] for request in face_emulator.requests]
    assert traced == [f"{span.context.span_id:016x}" for span in finished]
    assert KEY not in "".join(span.to_json() for span in finished)


@pytest.mark.parametrize("truncate", [None, 100], ids=["whole", "broken off"])
def test_the_trace_extension_hears_of_each_step(
    face_emulator: Emulator, portal: BlockingPortal, truncate: int | None
) -> None:
    """httpcore's `trace` extension, set in a hook, hears the same steps as of a plain httpx client, sync and async."""
    events: dict[str, list[str]] = {"sync": [], "async": [], "httpx": []}

    async def ahear(form: str, name: str, _info: object) -> None:
        events[form].append(name)

    async def ahook(request: httpx.Request) -> None:
        request.extensions["trace"] = partial(ahear, "async")

    def hook(request: httpx.Request) -> None:
        request.extensions["trace"] = lambda name, _info: events["sync"].append(name)

    async def asynchronous() -> None:
        options = {"event_hooks": {"request": [ahook]}}
        async with AsyncClient(face_emulator.endpoint, auth=auth, max_retries=0, httpx_args=options) as client:
            with suppress(IncompleteBody):
                await client.get_session_image(SAMPLE_IMAGE_ID)
        async with httpx.AsyncClient() as plain:
            with suppress(httpx.RemoteProtocolError):
                await plain.get(
                    f"{client.base_url}/sessionImages/{SAMPLE_IMAGE_ID}",
                    headers={"Ocp-Apim-Subscription-Key": face_emulator.key},
                    extensions={"trace": partial(ahear, "httpx")},
                )

    if truncate:
        face_emulator.faults.add(Fault(truncate=truncate))
    auth = SubscriptionKeyAuth(face_emulator.key)
    portal.call(asynchronous)
    options = {"event_hooks": {"request": [hook]}}
    with (
        Client(face_emulator.endpoint, auth=auth, max_retries=0, httpx_args=options) as client,
        suppress(IncompleteBody),
    ):
        client.get_session_image(SAMPLE_IMAGE_ID)

    assert events["sync"] == events["httpx"]
    assert events["async"] == events["httpx"]
    assert f"http11.receive_response_body.{'failed' if truncate else 'complete'}" in events["httpx"]


def test_a_trace_that_waits_is_refused_by_a_sync_client(face_emulator: Emulator) -> None:
    """An async function as `trace` of a sync client cannot wait: a TypeError says so, as in httpx."""

    async def trace(_name: str, _info: dict[str, Any]) -> None:
        await asyncio.sleep(0)

    hooks = {"request": [lambda request: request.extensions.update(trace=trace)]}
    with (
        Client(face_emulator.endpoint, auth=SubscriptionKeyAuth(KEY), httpx_args={"event_hooks": hooks}) as client,
        pytest.raises(TypeError, match="async function"),
    ):
        client.get_session_image(SAMPLE_IMAGE_ID)
