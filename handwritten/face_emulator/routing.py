"""Routes with exactly the methods that they are given."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


def route(path: str, handlers: Mapping[str, Handler]) -> Route:
    """Return the route of a path, with a handler for each method."""

    async def endpoint(request: Request) -> Response:
        return await handlers[request.method](request)

    made = Route(path, endpoint)
    made.methods = set(handlers)  # as an argument, GET would add HEAD
    return made


def path_id(request: Request) -> str:
    """Return the decoded `{id}` in the path."""
    return unquote(request.path_params["id"], errors="surrogateescape")
