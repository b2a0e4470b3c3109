# pyright: strict
"""Right calls of sign-in, which type checkers accept; nothing here is run."""

from typing import assert_type

import httpx
from azure.core.credentials import AzureKeyCredential
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsyncDefaultAzureCredential

from face_client import AsyncClient, Client
from face_client_auth import (
    AsyncCredential,
    AuthorizationCodeAuth,
    BearerTokenAuth,
    Credential,
    SubscriptionKeyAuth,
    TokenCredentialAuth,
    connect,
    connect_async,
)

CONTOSO = "https://contoso.cognitiveservices.azure.com"


def clients(key: str | None, auth: httpx.Auth) -> None:
    assert_type(connect(), Client)
    assert_type(connect(CONTOSO, key), Client)
    assert_type(connect(None, auth), Client)
    assert_type(connect(endpoint=CONTOSO, credential=auth), Client)
    assert_type(connect_async(), AsyncClient)
    assert_type(connect_async(CONTOSO, key), AsyncClient)
    assert_type(connect_async(None, auth), AsyncClient)
    assert_type(connect_async(endpoint=CONTOSO, credential=auth), AsyncClient)
    with connect() as client:
        assert_type(client, Client)


async def async_clients() -> None:
    async with connect_async() as client:
        assert_type(client, AsyncClient)
        assert_type(await client.get_session_image("id"), bytes)


def options(key: str) -> None:
    connect(CONTOSO, key, api_version="v1.2", timeout=10, deadline=60, stall_timeout=10, max_retries=0)
    connect(CONTOSO, key, timeout=httpx.Timeout(5.0, connect=1.0), requests_per_second=0.5)
    connect(timeout=None, deadline=None, stall_timeout=None, requests_per_second=None, headers=None, httpx_args=None)
    connect(headers={"X-Team": "a"}, httpx_args={"verify": False})
    connect_async(CONTOSO, key, api_version="v1.2", timeout=10, deadline=60, stall_timeout=10, max_retries=0)
    connect_async(CONTOSO, key, timeout=httpx.Timeout(5.0, connect=1.0), requests_per_second=0.5)
    connect_async(timeout=None, deadline=None, stall_timeout=None, requests_per_second=None, headers=None)
    connect_async(headers={"X-Team": "a"}, httpx_args={"verify": False})


def credentials(key: str) -> None:
    accepted: list[Credential | None] = [
        None,
        key,
        AzureKeyCredential(key),
        DefaultAzureCredential(),
        ClientSecretCredential("tenant", "client", "secret"),
        BearerTokenAuth("token"),
    ]
    accepted_async: list[AsyncCredential | None] = [*accepted, AsyncDefaultAzureCredential()]
    for each in accepted:
        connect(CONTOSO, each)
    for one in accepted_async:
        connect_async(CONTOSO, one)
    connect(CONTOSO, AzureKeyCredential(key))
    connect(CONTOSO, DefaultAzureCredential())
    connect_async(CONTOSO, DefaultAzureCredential())
    connect_async(CONTOSO, AsyncDefaultAzureCredential())


def auths(key: str) -> None:
    accepted: list[httpx.Auth] = [
        SubscriptionKeyAuth(key),
        SubscriptionKeyAuth(AzureKeyCredential(key), lambda: key),
        BearerTokenAuth(lambda: key),
        TokenCredentialAuth(DefaultAzureCredential()),
        TokenCredentialAuth(AsyncDefaultAzureCredential()),
        AuthorizationCodeAuth("app", authorization_url="https://login.example/a", token_url="https://login.example/t"),
    ]
    for auth in accepted:
        connect(CONTOSO, auth)
        connect_async(CONTOSO, auth)
