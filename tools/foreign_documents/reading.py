"""An independent reading of an operation: what its document says about a request and its response."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tools.foreign_documents.values import resolved, value_of

_TEXTS = {"header": "red blue", "cookie": "red"}
_IGNORED = ("accept", "authorization", "content-type")
"""Header parameters that OpenAPI ignores."""
_FILE = {"type": "string", "format": "binary"}


@dataclass(frozen=True)
class Answer:
    """A documented response: its status, media type and body, and the value that the body stands for, if it has one."""

    status: int
    media_type: str | None = None
    body: bytes = b""
    value: Any = None


class Reading:
    """An operation of a document.

    Attributes:
        name: Its operationId, or else a name made of its method and path.
        parameters: A value for each parameter, by place and name.
        json_parameters: Those that have a media type in place of a style.
        headers: The names of its header parameters.
        body_types: The media types of its body.
        base_path, server_path: The path of the document's server, and of its own.
    """

    def __init__(self, document: Mapping[str, Any], path: str, method: str) -> None:
        item = resolved(document["paths"][path], document)
        self._document, self._said = document, item[method]
        words = re.sub(r"[{}]", "", path).strip("/").replace("/", "_")
        self.name: str = self._said.get("operationId") or f"{method}_{words}"
        found = {
            (one["in"], one["name"]): one
            for each in (*item.get("parameters", ()), *self._said.get("parameters", ()))
            for one in [resolved(each, document)]
        }
        self.parameters = {
            key: self._parameter(key[0], said)
            for key, said in found.items()
            if key[0] != "header" or key[1].lower() not in _IGNORED
        }
        self.json_parameters = {key for key, said in found.items() if "content" in said}
        self.headers = [name.lower() for place, name in self.parameters if place == "header"]
        self._body: Mapping[str, Any] = resolved(self._said.get("requestBody", {}), document).get("content", {})
        self.body_types = sorted(self._body, key=lambda media_type: "json" not in media_type)
        self._responses = {str(status): each for status, each in self._said.get("responses", {}).items()}
        shared = document.get("servers") or [{"url": ""}]
        self.base_path = _server_path(shared)
        self.server_path = _server_path(self._said.get("servers") or item.get("servers") or shared)

    def _parameter(self, place: str, said: Mapping[str, Any]) -> Any:
        described = next(iter(said.get("content", {}).values()), said)
        return value_of(described.get("schema", {}), self._document, _TEXTS.get(place))

    def body(self, media_type: str) -> Any:
        """Returns a value of the body's schema."""
        return self._value(self._body, media_type)

    def _value(self, content: Mapping[str, Any], media_type: str) -> Any:
        if "schema" in content[media_type]:
            return value_of(content[media_type]["schema"], self._document)
        # Nothing is said about the JSON; a file is a file.
        return {"key": "value"} if "json" in media_type else value_of(_FILE, self._document)

    def success(self) -> Answer:
        """Returns the first documented success."""
        status = next((each for each in self._responses if each.startswith("2")), "default")
        return self._answer(status, 200)

    def error(self) -> Answer | None:
        """Returns the first documented error, if there is one."""
        errors = [each for each in self._responses if each.startswith(("4", "5"))]
        if not errors and "default" in self._responses and any(each.startswith("2") for each in self._responses):
            errors = ["default"]
        return self._answer(errors[0], 500) if errors else None

    def _answer(self, status: str, default: int) -> Answer:
        number = int(status[0] + status[1:].upper().replace("XX", "00")) if status != "default" else default
        content = resolved(self._responses.get(status, {}), self._document).get("content", {})
        media_type = min(content, key=lambda name: "json" not in name, default=None)
        if media_type is None or "schema" not in content[media_type]:
            return Answer(number)
        value = self._value(content, media_type)
        if isinstance(value, bytes):
            return Answer(number, media_type.replace("/*", "/png"), value, value)
        if "json" in media_type or "*" in media_type:
            kind = "application/json" if "*" in media_type else media_type
            return Answer(number, kind, json.dumps(value).encode(), value)
        if media_type.startswith("text/"):
            return Answer(number, media_type, str(value).encode(), value)
        return Answer(number, media_type)


def _server_path(servers: Sequence[Mapping[str, Any]]) -> str:
    url: str = servers[0]["url"]
    for name, variable in servers[0].get("variables", {}).items():
        url = url.replace(f"{{{name}}}", str(variable["default"]))
    return urlsplit(url).path.rstrip("/")
