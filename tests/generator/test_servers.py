"""Where the requests of a generated client go: the URL of the document's server, resolved or refused."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from generator.build import GenerationError, build
from generator.document import UnsupportedError
from generator.servers import server

HOST = {"host": {"default": "a.example"}, "scheme": {"default": "https"}, "port": {"default": "443"}}
VERSION = {"version": {"default": "v1", "enum": ["v1", "v2"]}}
ENDPOINT = {"endpoint": {"default": "https://a.invalid"}}

RESOLVED: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "relative": ({"servers": [{"url": "api/v1"}]}, None, "/api/v1"),
    "from the root": ({"servers": [{"url": "/api/v1/"}]}, None, "/api/v1"),
    "with dots": ({"servers": [{"url": "./a/../v1/."}]}, None, "/v1"),
    "above the root": ({"servers": [{"url": "../v1"}]}, None, "/v1"),
    "a variable first": ({"servers": [{"url": "{version}/api", "variables": VERSION}]}, None, "/{version}/api"),
    "empty": ({"servers": [{"url": ""}]}, None, ""),
    "no servers": ({}, None, ""),
    "an empty list": ({"servers": []}, None, ""),
    "absolute": ({"servers": [{"url": "https://a.example/v1"}]}, "https://a.example", "/v1"),
    "absolute with dots": ({"servers": [{"url": "https://a.example/x/../v1"}]}, "https://a.example", "/v1"),
    "with a port": ({"servers": [{"url": "HTTPS://a.example:8443"}]}, "https://a.example:8443", ""),
    "without a scheme": ({"servers": [{"url": "//a.example/v1"}]}, "https://a.example", "/v1"),
    "plain http": ({"servers": [{"url": "http://a.example/v1"}]}, None, "/v1"),
    "this machine": ({"servers": [{"url": "http://localhost:8080/v1"}]}, "http://localhost:8080", "/v1"),
    "variables": ({"servers": [{"url": "{scheme}://{host}:{port}/v1", "variables": HOST}]}, None, "/v1"),
    "a variable in the host": ({"servers": [{"url": "https://{host}/v1", "variables": HOST}]}, None, "/v1"),
    "a variable as the port": ({"servers": [{"url": "https://a.example:{port}", "variables": HOST}]}, None, ""),
    "an endpoint": ({"servers": [{"url": "{endpoint}/v1", "variables": ENDPOINT}]}, None, "/v1"),
    "several": ({"servers": [{"url": "https://a.example/v1"}, {"url": "/"}]}, "https://a.example", "/v1"),
}


@pytest.mark.parametrize(("document", "origin", "path"), RESOLVED.values(), ids=RESOLVED)
def test_a_server_that_is_resolved(document: dict[str, Any], origin: str | None, path: str) -> None:
    """The path is appended to the endpoint, whose default is the host that the document names for certain, by https."""
    found = server(document)
    assert (found.origin, found.path) == (origin, path)


REFUSED = {
    "a query": ({"url": "https://a.example/v1?key=1"}, ("servers", 0, "url"), "must not have a query"),
    "a fragment": ({"url": "/v1#a"}, ("servers", 0, "url"), "must not have a query, a fragment"),
    "a user": ({"url": "https://a@b.example"}, ("servers", 0, "url"), "a user"),
    "a space": ({"url": "https://a.example/a b"}, ("servers", 0, "url"), "a space"),
    "a backslash": ({"url": "https:\\\\a.example"}, ("servers", 0, "url"), "a backslash"),
    "another scheme": ({"url": "ftp://a.example"}, ("servers", 0, "url"), "starts with https://, not ftp:"),
    "a host that is a scheme": ({"url": "localhost:8080/v1"}, ("servers", 0, "url"), "not localhost:"),
    "no host": ({"url": "https:///v1"}, ("servers", 0, "url"), "the host or the port of the server is invalid"),
    "no port": ({"url": "https://a.example:x"}, ("servers", 0, "url"), "the host or the port"),
    "an empty segment": ({"url": "https://a.example//v1"}, ("servers", 0, "url"), "an empty segment"),
    "a brace": ({"url": "/v1/{a"}, ("servers", 0, "url"), "must not have"),
    "an unknown variable": ({"url": "/{a}"}, ("servers", 0, "url"), "a is not in the variables"),
    "a default that is not in the enum": (
        {"url": "/{a}", "variables": {"a": {"default": "v3", "enum": ["v1", "v2"]}}},
        ("servers", 0, "variables", "a"),
        "the default 'v3' is not in the enum",
    ),
    "a variable with a path": (
        {"url": "/{a}", "variables": {"a": {"default": "b/c"}}},
        ("servers", 0, "variables", "a"),
        "'b/c' is more than one segment",
    ),
    "a variable without a value": (
        {"url": "/{a}", "variables": {"a": {"default": ""}}},
        ("servers", 0, "variables", "a"),
        "a must not be ''",
    ),
    "a path in the host": (
        {"url": "https://a.example{base}", "variables": {"base": {"default": "/v1"}}},
        ("servers", 0, "url"),
        "the variable base is a part of the host, but has a slash",
    ),
    "a scheme in a variable": (
        {"url": "{a}{host}/v1", "variables": {"a": {"default": "https://"}, "host": {"default": "a.example"}}},
        ("servers", 0, "url"),
        "starts with https://, not https:",
    ),
    "two names that are one": (
        {"url": "/{aB}/{a_b}", "variables": {"aB": {"default": "c"}, "a_b": {"default": "d"}}},
        ("servers", 0, "variables", "a_b"),
        "the variables a_b and aB have the same name in Python",
    ),
}


@pytest.mark.parametrize(("first", "place", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_server_that_is_refused(first: dict[str, Any], place: tuple[str | int, ...], reason: str) -> None:
    """What is not certain is refused with its place."""
    with pytest.raises(UnsupportedError, match=reason.replace("(", r"\(")) as caught:
        server({"servers": [first]})
    assert caught.value.place == place


def _document(servers: list[dict[str, Any]]) -> str:
    paths = {"/a": {"get": {"operationId": "a", "responses": {"204": {"description": "Done."}}}}}
    return json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": servers, "paths": paths})


def test_a_variable_without_a_default(tmp_path: Path) -> None:
    """The document itself is invalid where a variable has no default."""
    (tmp_path / "openapi.json").write_text(_document([{"url": "/{a}", "variables": {"a": {"enum": ["b"]}}}]))
    with pytest.raises(GenerationError, match=r"servers\.0\.variables\.a: .default. is a required property"):
        build(tmp_path / "openapi.json", tmp_path / "client")


def test_the_client_appends_a_relative_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of a caller stays with the host of the endpoint; without one, there is no default."""
    (tmp_path / "openapi.json").write_text(_document([{"url": "api/v1"}, {"url": "https://b.example/v2"}]))
    build(tmp_path / "openapi.json", tmp_path / "relative_client")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    client = import_module("relative_client").Client

    assert client("https://contoso.com").base_url == "https://contoso.com/api/v1"
    assert client("https://contoso.com/gateway/").base_url == "https://contoso.com/gateway/api/v1"
    with pytest.raises(TypeError, match="endpoint"):
        client()
    assert import_module("relative_client.document").SERVERS == ("api/v1", "https://b.example/v2")
