"""Calls the operations of a generated client, and schemathesis with the same values: both must send the same request.

What schemathesis sends is an independent reading of the document. The responses are a documented success and a
documented error; what the client makes of them, as JSON, must be what was sent. Each call is made sync and async.
"""

import asyncio
import inspect
import json
import typing
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import schemathesis
from openapi_python_client.strings import PythonIdentifier
from schemathesis.core.result import Ok

from tools.foreign_documents.reading import Answer, Reading
from tools.foreign_documents.recorder import Recorder, compare
from tools.foreign_documents.values import converted, plain, same

MOST = 20
"""How many operations of a document are called."""
_CONTAINERS = {"path": "path_parameters", "query": "query", "header": "headers", "cookie": "cookies"}

Call = Callable[[ModuleType, dict[str, Any]], Any]


def call_operations(document: Path, package: str, *, is_ours: bool) -> dict[str, str | None]:
    """Calls operations of a package that can be imported; returns what is wrong with each of them, or None."""
    schema = schemathesis.openapi.from_path(document)
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    results: dict[str, str | None] = {}
    with Recorder() as recorder:
        for operation in found[:: max(1, -(-len(found) // MOST))]:
            reading = Reading(schema.raw_schema, operation.path, operation.method)
            module = _module(package, reading.name)
            if module is None:
                continue  # which the stock generator has left out
            problem: str | None = None
            try:
                for call in _forms(import_module(package), recorder.url, reading.base_path, is_ours=is_ours):
                    _try(operation, reading, module, call, recorder)
            except Exception as error:
                problem = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            recorder.requests.clear()
            results[f"{operation.method.upper()} {operation.path}"] = problem
    return results


def _module(package: str, name: str) -> ModuleType | None:
    identifier = str(PythonIdentifier(name, ""))
    folder = Path(str(import_module(package).__file__)).parent / "api"
    found = next(folder.glob(f"*/{identifier}.py"), None)
    return import_module(f"{package}.api.{found.parent.name}.{identifier}") if found else None


def _forms(package: Any, url: str, base_path: str, *, is_ours: bool) -> tuple[Call, Call]:
    """Returns the sync and the async form of a call."""
    if is_ours:
        given: tuple[Any, ...] = (url,)
        options: dict[str, Any] = {"max_retries": 0, "deadline": 10}
        kinds = package.Client, package.AsyncClient
    else:
        given, options = (), {"base_url": url + base_path, "timeout": 10}
        kinds = package.Client, package.Client

    def sync(module: ModuleType, arguments: dict[str, Any]) -> Any:
        with kinds[0](*given, **options) as client:
            return module.sync_detailed(**arguments, client=client)

    def asynchronous(module: ModuleType, arguments: dict[str, Any]) -> Any:
        async def call() -> Any:
            async with kinds[1](*given, **options) as client:
                return await module.asyncio_detailed(**arguments, client=client)

        return asyncio.run(call())

    return sync, asynchronous


def _try(operation: Any, reading: Reading, module: ModuleType, call: Call, recorder: Recorder) -> None:
    """Raises an error that tells what is wrong with the request or with a response."""
    recorder.answer = answer = reading.success()
    response = call(module, _arguments(reading, module))
    sent = recorder.take()
    _send(operation, reading, recorder.url, sent.media_type)
    compare(sent, recorder.take(), reading.headers)
    _compare_response(response, answer)
    error = reading.error()
    if error:
        recorder.answer = error
        response = call(module, _arguments(reading, module))
        compare(recorder.take(), sent, reading.headers)
        _compare_response(response, error)


def _compare_response(response: Any, answer: Answer) -> None:
    # Bytes are right where the document does not say how to read them.
    if answer.value is not None and response.parsed != answer.body and not same(plain(response.parsed), answer.value):
        raise ValueError(f"the response {answer.value!r:.80} became {plain(response.parsed)!r:.80}")


def _arguments(reading: Reading, module: ModuleType) -> dict[str, Any]:
    clients = dict.fromkeys(("Client", "AsyncClient", "AuthenticatedClient"), object)
    hints = typing.get_type_hints(module.sync_detailed, localns=clients)
    names = inspect.signature(module.sync_detailed).parameters
    arguments = {}
    for (place, name), value in reading.parameters.items():
        identifier = str(PythonIdentifier(name, ""))
        choices = (f"{identifier}_{place}", identifier, f"{identifier}_")
        found = next((each for each in choices if each in names), None)
        if found is None:
            raise ValueError(f"no argument for the {place} parameter {name}")
        arguments[found] = converted(value, hints[found])
    if reading.body_types:
        if "body" not in names:
            raise ValueError("no argument for the body")
        arguments["body"] = converted(reading.body(reading.body_types[0]), hints["body"])
    return arguments


def _send(operation: Any, reading: Reading, url: str, media_type: str) -> None:
    """Lets schemathesis send a request with the same values, and with that media type if the document has it."""
    containers: dict[str, Any] = {}
    for (place, name), value in reading.parameters.items():
        text = json.dumps(value) if (place, name) in reading.json_parameters else _as_text(value)
        containers.setdefault(_CONTAINERS[place], {})[name] = text
    for place, container in _CONTAINERS.items():
        serialize = operation.get_parameter_serializer(place)
        if serialize and container in containers:
            containers[container] = serialize(containers[container])
    # schemathesis sends a path as it is.
    path = {name: quote(str(each), safe="") for name, each in containers.pop("path_parameters", {}).items()}
    if reading.body_types:
        chosen = [each for each in reading.body_types if each.partition(";")[0].lower() == media_type]
        kind = (chosen or reading.body_types)[0]
        body = reading.body(kind)
        containers["body"] = _fields(body) if media_type == "multipart/form-data" else body
        containers["media_type"] = kind
    operation.Case(path_parameters=path, **containers).call(base_url=url + reading.server_path, timeout=10)


def _as_text(value: Any) -> Any:
    """Returns the value with booleans and null as in JSON: schemathesis sends them as Python writes them."""
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return json.dumps(value) if value is None or isinstance(value, bool) else value


def _fields(body: Any) -> Any:
    """Returns the fields of a multipart body as OpenAPI has them: an object is JSON, and an array is several fields."""
    if not isinstance(body, dict):
        return body

    def text(value: Any) -> Any:
        return json.dumps(value) if isinstance(value, dict) else _as_text(value)

    return {name: [text(one) for one in each] if isinstance(each, list) else text(each) for name, each in body.items()}
