"""The server of an OpenAPI document: what its URL says about the endpoint, and about the path below it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from face_client_runtime import is_confidential, path_segment
from generator.names import variable_name
from generator.reading import Place, UnsupportedError


@dataclass(frozen=True)
class Variable:
    """A variable of the server's path, such as the version of the API."""

    name: str
    default: str
    values: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Server:
    """The first server of the document.

    Attributes:
        origin: Its URL without the path, or None if each caller has an endpoint of their own.
        path: The path, with the names of its variables in braces.
        variables: The variables of the path.
        example: An endpoint to show in error messages.
    """

    origin: str | None
    path: str
    variables: tuple[Variable, ...]
    example: str


def server(document: Mapping[str, Any]) -> Server:
    """Splits the URL of the first server into its origin and its path, with variable names in snake case.

    The origin is the default endpoint, unless it has variables, is plain http, or is not there: a relative URL is
    relative to the endpoint that the caller gives (RFC 3986, section 5.2).

    Raises:
        UnsupportedError: It is not certain which URL is meant.
    """
    first = (document.get("servers") or [{"url": "/"}])[0]
    url, said, place = first["url"], first.get("variables", {}), ("servers", 0)
    used = re.findall(r"\{(.*?)\}", url)
    _check_variables(used, said, place)
    origin, path = _split(url, said, (*place, "url"))
    variables = tuple(_path_variables(re.findall(r"\{(.*?)\}", path), said, (*place, "variables")))
    shown_in = f"{_snake(url)} {said.get(origin.strip('{}'), {}).get('description', '')}"
    shown = re.search(r"https?(://[\w{}.-]+\w)", shown_in)
    example = "https" + re.sub(r"\{.*?\}", "contoso", shown[1]) if shown else "https://contoso.example.com"
    return Server(_default_endpoint(origin), _snake(path), variables, example)


def _snake(url: str) -> str:
    return re.sub(r"\{(.*?)\}", lambda match: f"{{{variable_name(match[1])}}}", url)


def _check_variables(used: list[str], said: Mapping[str, Any], place: Place) -> None:
    names: dict[str, str] = {}
    for name in used:
        if name not in said:
            raise UnsupportedError((*place, "url"), f"{name} is not in the variables of the server")
        at = (*place, "variables", name)
        if names.setdefault(variable_name(name), name) != name:
            raise UnsupportedError(
                at, f"the variables {name} and {names[variable_name(name)]} have the same name in Python"
            )
        if said[name].get("enum") and said[name]["default"] not in said[name]["enum"]:
            raise UnsupportedError(at, f"the default {said[name]['default']!r} is not in the enum")


def _split(url: str, said: Mapping[str, Any], place: Place) -> tuple[str, str]:
    """Returns the origin, which may be empty, and the path without a slash at its end."""
    filled = re.sub(r"\{(.*?)\}", lambda match: str(said[match[1]]["default"]), url)
    if re.search(r"[\x00-\x20\x7f\\?#@]", filled) or re.search("[{}]", re.sub(r"\{[^{}]*\}", "", url)):
        raise UnsupportedError(
            place, "the URL of a server must not have a query, a fragment, a user, a space or a backslash"
        )
    absolute = re.compile("([a-z][a-z0-9+.-]*:)?//.*", re.IGNORECASE)
    leading = re.match(r"\{([^{}]*)\}(?=/|$)", url)
    if leading and absolute.fullmatch(said[leading[1]]["default"]):
        origin = leading[0]
    else:
        match = re.match("([^/]*:)?//[^/]*", url)
        origin = match[0] if match else ""
        for name in re.findall(r"\{(.*?)\}", origin):
            if any("/" in value for value in _values(said[name])):
                raise UnsupportedError(place, f"the variable {name} is a part of the host, but has a slash")
        _check_origin(re.sub(r"\{(.*?)\}", lambda match: str(said[match[1]]["default"]), origin), filled, place)
    segments: list[str] = []
    path = url[len(origin) :]
    for segment in path.removeprefix("/").removesuffix("/").split("/") if path.strip("/") else ():
        if not segment:
            raise UnsupportedError(place, "the path of a server must not have an empty segment")
        if segment == "..":  # RFC 3986, section 5.2.4
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    return origin, "".join(f"/{segment}" for segment in segments)


def _check_origin(origin: str, url: str, place: Place) -> None:
    try:
        parts = urlsplit(origin or url)
        is_valid = not origin or bool(parts.hostname and (parts.port is None or parts.port > 0))
        httpx.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port)
    except (ValueError, httpx.InvalidURL):
        is_valid = False
    if not is_valid:
        raise UnsupportedError(place, "the host or the port of the server is invalid")
    if parts.scheme not in ("https", "http", "") or (parts.scheme and not origin):
        raise UnsupportedError(place, f"the URL of a server starts with https://, not {parts.scheme}:")


def _default_endpoint(origin: str) -> str | None:
    """A URL that begins with `//` inherits the scheme, which is https here."""
    if not origin or "{" in origin:
        return None
    parts = urlsplit(origin, scheme="https")
    is_safe = is_confidential(parts.scheme, parts.hostname or "")
    return f"{parts.scheme}://{parts.netloc}" if is_safe else None


def _path_variables(names: list[str], said: Mapping[str, Any], place: Place) -> Iterator[Variable]:
    for name in said:
        if name not in names:
            continue
        for value in _values(said[name]):
            try:
                path_segment(name, value)
            except ValueError as error:
                raise UnsupportedError((*place, name), str(error)) from None
            if "/" in value:
                raise UnsupportedError((*place, name), f"{value!r} is more than one segment of the path")
        values = tuple(said[name].get("enum", ()))
        yield Variable(variable_name(name), said[name]["default"], values, said[name].get("description", name))


def _values(variable: Mapping[str, Any]) -> list[str]:
    return [variable["default"], *variable.get("enum", ())]
