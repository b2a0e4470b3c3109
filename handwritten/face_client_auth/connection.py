"""Creates clients that are signed in, from arguments or from the environment."""

import logging
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import httpx

from face_client import AsyncClient, Client
from face_client.document import AAD_TOKEN_SCOPES, API_VERSION
from face_client_auth._flow import BaseAuth
from face_client_auth.credentials import AsyncCredential, Credential
from face_client_auth.subscription_key import SubscriptionKeyAuth
from face_client_auth.token_credential import TokenCredentialAuth
from face_client_runtime import DEFAULT_DEADLINE, DEFAULT_MAX_RETRIES, DEFAULT_STALL_TIMEOUT, DEFAULT_TIMEOUT

_log = logging.getLogger("face_client_auth")

_AnyClient = TypeVar("_AnyClient", Client, AsyncClient)


class _Cloud(NamedTuple):
    scopes: Sequence[str] = AAD_TOKEN_SCOPES
    authority: str | None = None  # a name in azure-identity's AzureAuthorityHosts


# By the domain of their endpoints. Source: FormRecognizerAudience in the Azure SDK for JavaScript, for the same scopes.
_SOVEREIGN_CLOUDS = {
    "azure.us": _Cloud(["https://cognitiveservices.azure.us/.default"], "AZURE_GOVERNMENT"),
    "azure.cn": _Cloud(["https://cognitiveservices.azure.cn/.default"], "AZURE_CHINA"),
}


def connect(
    endpoint: str | None = None,
    credential: Credential | None = None,
    *,
    api_version: str = API_VERSION,
    timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
    deadline: float | None = DEFAULT_DEADLINE,
    stall_timeout: float | None = DEFAULT_STALL_TIMEOUT,
    max_retries: int = DEFAULT_MAX_RETRIES,
    requests_per_second: float | None = None,
    headers: Mapping[str, str] | None = None,
    httpx_args: Mapping[str, Any] | None = None,
) -> Client:
    """Returns a client of the resource. Nothing is sent yet.

    Without a credential, it is the key in the environment variable FACE_APIKEY, or else in FACE_KEY, or else
    azure-identity's `DefaultAzureCredential` if the extra `entra` is installed. The logger `face_client_auth` logs at
    INFO which one. An empty variable counts as not set.

    A token is requested for the cloud of the endpoint: Azure Government if its host ends in `.azure.us`, Azure operated
    by 21Vianet (China) if it ends in `.azure.cn`, and the public cloud otherwise. `TokenCredentialAuth` takes other
    scopes.

    Args:
        endpoint: The URL of the resource, such as `https://contoso.cognitiveservices.azure.com`. Without it, the
            environment variable FACE_ENDPOINT is used.
        credential: A subscription key; an object with a `key` attribute, such as azure-core's `AzureKeyCredential`; a
            credential with `get_token` or `get_token_info`, such as those of azure-identity; or an `httpx.Auth`, such
            as `AuthorizationCodeAuth`.
        api_version: The API version, which is a part of every URL.
        timeout: Seconds, or an `httpx.Timeout`: by default 10 s to connect, and 60 s each to read the next piece of the
            response, to write, and to wait for a connection of the pool. None waits forever.
        deadline: Seconds for a whole call including its retries; for a stream, until its body begins. None sets no
            limit. A credential, or a function that returns a key, may take longer, since a sync call cannot leave it.
        stall_timeout: Seconds of waiting in which a stream has to deliver 1 KiB. None sets no limit.
        max_retries: How often a failed request is retried.
        requests_per_second: The maximum rate of requests, shared by all calls of the client. None sets no limit.
        headers: Headers of every request.
        httpx_args: Further arguments of `httpx.Client`, such as `verify` or `proxy`.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: An argument is invalid, or the endpoint or the credential is missing.
    """
    try:
        return _connect(
            Client,
            endpoint,
            credential,
            api_version=api_version,
            timeout=timeout,
            deadline=deadline,
            stall_timeout=stall_timeout,
            max_retries=max_retries,
            requests_per_second=requests_per_second,
            headers=headers,
            httpx_args=httpx_args,
        )
    finally:
        del credential  # it may be a key, and no traceback with locals shows it


def connect_async(
    endpoint: str | None = None,
    credential: AsyncCredential | None = None,
    *,
    api_version: str = API_VERSION,
    timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
    deadline: float | None = DEFAULT_DEADLINE,
    stall_timeout: float | None = DEFAULT_STALL_TIMEOUT,
    max_retries: int = DEFAULT_MAX_RETRIES,
    requests_per_second: float | None = None,
    headers: Mapping[str, str] | None = None,
    httpx_args: Mapping[str, Any] | None = None,
) -> AsyncClient:
    """Returns an async client of the resource: `async with connect_async() as client`. It is a plain function.

    Args:
        endpoint: As for `connect`.
        credential: As for `connect`; its methods may also be async, as those of azure-identity's `aio`. A sync one is
            called in a worker thread.
        api_version, timeout, stall_timeout, max_retries, requests_per_second, headers: As for `connect`.
        deadline: As for `connect`; it holds for a credential and a function, too.
        httpx_args: Further arguments of `httpx.AsyncClient`.

    Raises:
        TypeError, ValueError: As for `connect`.
    """
    try:
        return _connect(
            AsyncClient,
            endpoint,
            credential,
            api_version=api_version,
            timeout=timeout,
            deadline=deadline,
            stall_timeout=stall_timeout,
            max_retries=max_retries,
            requests_per_second=requests_per_second,
            headers=headers,
            httpx_args=httpx_args,
        )
    finally:
        del credential  # it may be a key, and no traceback with locals shows it


def _connect(client_class: type[_AnyClient], endpoint: str | None, credential: Any, **options: Any) -> _AnyClient:
    variable = os.environ.get("FACE_ENDPOINT")
    cloud = _cloud(variable if endpoint is None else endpoint)
    try:
        auth = _environment_auth(cloud) if credential is None else _auth(credential, cloud)
    finally:
        del credential
    if client_class is Client and isinstance(auth, BaseAuth) and auth.is_async:
        raise TypeError("the credential is async: use connect_async")
    missing = []
    if endpoint is None and not variable:
        missing.append("an endpoint (pass endpoint=, or set FACE_ENDPOINT)")
    if auth is None:
        missing.append("a credential (pass credential=, or set FACE_APIKEY, or install face-client[entra])")
    if missing:
        raise ValueError(f"cannot connect without {' and '.join(missing)}")
    try:
        return client_class(endpoint if endpoint is not None else str(variable), auth=auth, **options)
    except ValueError as error:
        if endpoint is None and str(error).startswith("endpoint "):
            raise ValueError(f"FACE_ENDPOINT cannot be used: {error}") from None
        raise


def _cloud(endpoint: object) -> _Cloud:
    text = str(endpoint).strip()
    try:
        host = urlsplit(text if "://" in text else f"https://{text}").hostname or ""
    except ValueError:
        return _Cloud()  # the client says what is wrong with it
    domain = ".".join(host.rstrip(".").split(".")[-2:])
    return _SOVEREIGN_CLOUDS.get(domain, _Cloud())


def _auth(credential: Any, cloud: _Cloud) -> httpx.Auth:
    try:
        if isinstance(credential, httpx.Auth):
            return credential
        if hasattr(credential, "get_token") or hasattr(credential, "get_token_info"):
            return TokenCredentialAuth(credential, cloud.scopes)
        if isinstance(credential, str) or hasattr(credential, "key"):
            return SubscriptionKeyAuth(credential)
        raise TypeError(
            "credential must be a key, an object with a key attribute, a credential with get_token or get_token_info,"
            f" or an httpx.Auth, not {type(credential).__name__}"
        )
    finally:
        del credential


def _environment_auth(cloud: _Cloud) -> httpx.Auth | None:
    for name in ("FACE_APIKEY", "FACE_KEY"):
        if os.environ.get(name):
            _log.info("signing in with the key in %s", name)
            try:
                return SubscriptionKeyAuth(os.environ[name])
            except ValueError as error:
                raise ValueError(f"{name} cannot be used: {error}") from None
    try:
        identity = import_module("azure.identity")
    except ModuleNotFoundError:
        return None
    _log.info("signing in with azure-identity's DefaultAzureCredential")
    options = {}
    if cloud.authority and not os.environ.get("AZURE_AUTHORITY_HOST"):  # which azure-identity reads itself
        options["authority"] = getattr(identity.AzureAuthorityHosts, cloud.authority)
    return TokenCredentialAuth(identity.DefaultAzureCredential(**options), cloud.scopes)
