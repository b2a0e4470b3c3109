"""Makes a client that is signed in, from arguments or from the environment."""

import logging
import os
from importlib import import_module
from typing import Any

import httpx

from face_client import Client
from face_client_auth.subscription_key import SubscriptionKeyAuth
from face_client_auth.token_credential import TokenCredentialAuth

_log = logging.getLogger("face_client_auth")


def connect(endpoint: str | None = None, auth: httpx.Auth | None = None, **options: Any) -> Client:
    """Returns a client of the resource. Nothing is sent yet.

    The way to sign in is, in this order: `auth`; the key in the environment variable FACE_APIKEY; azure-identity's
    `DefaultAzureCredential`, where the extra `entra` is installed. The logger `face_client_auth` says at INFO which one
    it is, and so does the client's `repr`.

    Args:
        endpoint: The URL of the resource. Without it, the environment variable FACE_ENDPOINT is read.
        auth: How to sign in.
        options: Further arguments of `face_client.Client`, such as `timeout`.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: Something is missing, which the message names, or cannot be used.
    """
    if auth is not None and not isinstance(auth, httpx.Auth):
        kind = type(auth).__name__
        del auth
        raise TypeError(f"auth must be an httpx.Auth, not {kind}")
    auth = _from_environment() if auth is None else auth
    named = os.environ.get("FACE_ENDPOINT", "")
    missing = []
    if endpoint is None and not named:
        missing.append("the endpoint (pass endpoint=, or set FACE_ENDPOINT)")
    if auth is None:
        ways = "pass auth=, such as SubscriptionKeyAuth(key), or set FACE_APIKEY, or install face-client[entra]"
        missing.append(f"a way to sign in ({ways})")
    if missing:
        raise ValueError(f"cannot connect without {' and '.join(missing)}")
    if endpoint is not None:
        return Client(endpoint, auth=auth, **options)
    try:
        return Client(named, auth=auth, **options)
    except ValueError as error:
        raise ValueError(f"with the endpoint of FACE_ENDPOINT: {error}") from None


def _from_environment() -> httpx.Auth | None:
    if os.environ.get("FACE_APIKEY"):
        _log.info("signing in with the key in FACE_APIKEY")
        try:
            return SubscriptionKeyAuth(os.environ["FACE_APIKEY"])
        except ValueError as error:
            raise ValueError(f"FACE_APIKEY cannot be used: {error}") from None
    try:
        identity = import_module("azure.identity")
    except ModuleNotFoundError:
        return None
    _log.info("signing in with azure-identity's DefaultAzureCredential")
    return TokenCredentialAuth(identity.DefaultAzureCredential())
