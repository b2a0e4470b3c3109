"""Makes a client that is signed in, from arguments or from the environment."""

import os
from typing import Any

import httpx

from face_client import Client
from face_client_auth.subscription_key import SubscriptionKeyAuth


def connect(endpoint: str | None = None, auth: httpx.Auth | None = None, **options: Any) -> Client:
    """Returns a client of the resource. Nothing is sent yet.

    Args:
        endpoint: The URL of the resource. Without it, the environment variable FACE_ENDPOINT is read.
        auth: How to sign in. Without it, the environment variable FACE_APIKEY is read and is the key.
        options: Further arguments of `face_client.Client`, such as `timeout`.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: Something is missing, which the message names, or cannot be used.
    """
    endpoint = os.environ.get("FACE_ENDPOINT", "") if endpoint is None else endpoint
    key = os.environ.get("FACE_APIKEY", "")
    missing = []
    if not endpoint:
        missing.append("the endpoint (pass endpoint=, or set FACE_ENDPOINT)")
    if auth is None and not key:
        missing.append("a way to sign in (pass auth=, such as SubscriptionKeyAuth(key), or set FACE_APIKEY)")
    if missing:
        raise ValueError(f"cannot connect without {' and '.join(missing)}")
    if auth is None:
        try:
            auth = SubscriptionKeyAuth(key)
        except ValueError as error:
            raise ValueError(f"FACE_APIKEY cannot be used: {error}") from None
    return Client(endpoint, auth=auth, **options)
