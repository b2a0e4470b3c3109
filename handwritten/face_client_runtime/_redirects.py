"""Redirects are not followed.

Even then, httpx builds the next request, and raises an error for a Location that is not a valid URL.
"""

from typing import Any, TypeVar

import httpx

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)

NOT_FOLLOWED = "redirects_not_followed"  # an extension that marks our requests


def without_redirects(client: ClientT) -> ClientT:
    """Hides the Location of responses from httpx, until `restore_location`."""
    hook: Any = hide_location if isinstance(client, httpx.Client) else ahide_location
    hooks: dict[str, list[Any]] = client.event_hooks
    client.event_hooks = {**hooks, "response": [*(other for other in hooks["response"] if other is not hook), hook]}
    return client


def hide_location(response: httpx.Response) -> None:
    if NOT_FOLLOWED in response.request.extensions and "location" in response.headers:
        response.extensions["location"] = response.headers.pop("location")


async def ahide_location(response: httpx.Response) -> None:
    hide_location(response)


def restore_location(response: httpx.Response) -> None:
    if "location" in response.extensions:
        response.headers["location"] = response.extensions.pop("location")
