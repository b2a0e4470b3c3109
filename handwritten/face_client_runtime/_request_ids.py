"""The ids that identify a request in the logs of the service and of the caller."""

import httpx

from ._error_body import printable

CLIENT_REQUEST_ID = "x-ms-client-request-id"


def request_id(headers: httpx.Headers) -> str | None:
    """Returns the service's id for the request, which its support asks for, or None."""
    value = headers.get("apim-request-id") or headers.get("x-ms-request-id") or headers.get("x-request-id")
    return printable(value) if value else None


def append_request_ids(text: str, request_id: str | None, client_request_id: str | None) -> str:
    """Returns the text followed by the ids."""
    ids = [f"request id {request_id}"] if request_id else []
    ids += [f"client request id {client_request_id}"] if client_request_id else []
    return f"{text} ({', '.join(ids)})" if ids else text
