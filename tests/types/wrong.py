# pyright: strict
"""Wrong calls. Type checkers have to report an error for each marked line, and for no other. The module is not run."""

import asyncio

import httpx

from face_client import ApiError, AsyncClient, Client
from face_client.api.liveness_session_operations import get_session_image

CONTOSO = "https://contoso.cognitiveservices.azure.com"


def arguments(key: str) -> None:
    Client()  # wrong
    Client(None)  # wrong
    Client(httpx.URL(CONTOSO))  # wrong
    Client(CONTOSO, key)  # wrong
    Client(CONTOSO, auth=key)  # wrong
    Client(CONTOSO, auth=("user", key))  # wrong
    Client(CONTOSO, api_version=1.2)  # wrong
    Client(CONTOSO, max_retires=3)  # wrong
    Client(CONTOSO, max_retries="3")  # wrong
    Client(CONTOSO, max_retries=0.5)  # wrong
    Client(CONTOSO, max_retries=None)  # wrong
    Client(CONTOSO, timeout="ten")  # wrong
    Client(CONTOSO, deadline="ten")  # wrong
    Client(CONTOSO, stall_timeout=httpx.Timeout(5))  # wrong
    Client(CONTOSO, requests_per_second="10/s")  # wrong
    Client(CONTOSO, headers={"X-Team": 7})  # wrong
    Client(CONTOSO, headers=[("X-Team", "a")])  # wrong
    Client(CONTOSO, httpx_args=["verify"])  # wrong
    Client(CONTOSO, verify=False)  # wrong
    AsyncClient()  # wrong
    AsyncClient(CONTOSO, key)  # wrong
    AsyncClient(CONTOSO, auth=key)  # wrong
    AsyncClient(CONTOSO, max_retires=3)  # wrong
    AsyncClient(CONTOSO, max_retries=0.5)  # wrong
    AsyncClient(CONTOSO, timeout="ten")  # wrong
    AsyncClient(CONTOSO, deadline="ten")  # wrong
    AsyncClient(CONTOSO, headers={"X-Team": 7})  # wrong


def sync(client: Client) -> None:
    client.get_session_image()  # wrong
    client.get_session_image(7)  # wrong
    client.get_session_image(b"id")  # wrong
    client.get_session_image(None)  # wrong
    client.get_session_image("id", timeout=5)  # wrong
    client.get_session_image(image_id="id")  # wrong
    client.get_session_images("id")  # wrong
    print(client.get_session_image("id").content)  # wrong
    print(client.get_session_image_detailed("id").parsed.error)  # wrong
    print(client.get_session_image_detailed("id").status)  # wrong
    client.get_session_image_stream("id").read()  # wrong
    with client.get_session_image_stream("id") as body:
        body.save()  # wrong
        body.save(7)  # wrong
        body.iter_lines()  # wrong
    with client.get_session_image("id"):  # wrong
        pass
    client.set_httpx_client(httpx.AsyncClient())  # wrong
    client.get_async_httpx_client()  # wrong
    client.aclose()  # wrong


async def asynchronous(client: AsyncClient, other: Client) -> None:
    client.get_session_image("id")  # wrong
    await client.get_session_image(7)  # wrong
    await client.get_session_image("id", timeout=5)  # wrong
    await client.get_session_image_stream("id")  # wrong
    with client.get_session_image_stream("id"):  # wrong
        pass
    async with client.get_session_image_stream("id") as body:
        body.save("session.jpg")  # wrong
        for _ in body.iter_bytes():  # wrong
            pass
    await other.get_session_image("id")  # wrong
    with client:  # wrong
        pass
    async with other:  # wrong
        pass
    client.close()  # wrong
    client.set_async_httpx_client(httpx.Client())  # wrong
    client.get_httpx_client()  # wrong


def options(client: Client, other: AsyncClient) -> None:
    client.with_options(max_retires=3)  # wrong
    client.with_options(max_retries=None)  # wrong
    client.with_options(timeout="ten")  # wrong
    client.with_options(deadline="ten")  # wrong
    client.with_options(10)  # wrong
    client.with_options(auth=None)  # wrong
    client.with_options(headers={"X-Team": 7})  # wrong
    other.with_options(max_retires=3)  # wrong
    other.with_options(timeout="ten")  # wrong
    asyncio.run(client.with_options(deadline=5).get_session_image("id"))  # wrong


async def functions(client: Client, other: AsyncClient) -> None:
    get_session_image.sync("id")  # wrong
    get_session_image.sync("id", client)  # wrong
    get_session_image.sync("id", client=other)  # wrong
    get_session_image.sync(7, client=client)  # wrong
    get_session_image.sync_detailed("id", client=other)  # wrong
    get_session_image.stream("id", client=other)  # wrong
    await get_session_image.asyncio("id", client=client)  # wrong
    await get_session_image.asyncio_detailed("id", client=client)  # wrong
    get_session_image.asyncio_stream("id", client=client)  # wrong


def attributes(client: Client, error: ApiError) -> None:
    client.endpoint = CONTOSO  # wrong
    client.base_url = CONTOSO  # wrong
    print(error.error_code)  # wrong
    print(error.status_code.value)  # wrong
    error.details.append("detail")  # wrong
    error.request_id.upper()  # wrong
