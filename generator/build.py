"""Builds the client package from a document, with openapi-python-client and our templates."""

import contextlib
import gc
import hashlib
import io
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.strings import ClassName, PythonCode, PythonIdentifier

from face_client_runtime import BaseAsyncClient, BaseSyncClient
from generator import bodies, facts, responses, unions
from generator.checking import FaultError, require_importable, tidy
from generator.content import Content
from generator.counting import by_place, operations_of, require_all
from generator.document import load, located
from generator.models import adapted, secret_properties
from generator.names import ClassOverrides, drop_repeated_titles, name_enums, rename, require_distinct
from generator.parameters import calls, normalized
from generator.parents import with_children
from generator.parser import parsed
from generator.problems import explained
from generator.promises import error_body, promise
from generator.reading import GenerationError, Place, UnsupportedError
from generator.references import inlined
from generator.schemas import readable_schemas
from generator.servers import server

__all__ = ["GenerationError", "build"]

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
PYPROJECT = HERE.parent / "pyproject.toml"
# The templates that are not in openapi-python-client; the others override one of its templates.
OWN_MODULES = ("document",)
FIRST_LINE = "# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.\n"


def build(document_path: Path, package: Path) -> None:
    """Writes the client of the document as the Python package `package`, a folder that does not exist yet.

    The output depends only on the document, the templates and the version in pyproject.toml.

    Raises:
        GenerationError: The document is invalid or not supported, or the installed version of openapi-python-client or
            of ruff is not the one that is pinned in pyproject.toml.
    """
    # A thousand operations take millions of objects, which all live until the end.
    collects = gc.isenabled()
    gc.disable()
    try:
        _build(document_path, package)
    except GenerationError:
        raise
    except UnsupportedError as error:
        raise GenerationError(located(document_path, error.place, str(error))) from error
    except Exception as error:  # of openapi-python-client, which has no class of its own for errors
        reason = " ".join(str(error).split())[:200]
        raise GenerationError(f"{document_path}: cannot be generated: {type(error).__name__}: {reason}") from error
    finally:
        if collects:
            gc.enable()


def _build(document_path: Path, package: Path) -> None:
    project_settings = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    _require_pinned_tools(project_settings["dependency-groups"]["generator"])
    document = load(document_path)
    plain = readable_schemas(inlined(document, document))
    readable, serializations = normalized(with_children(plain))
    first_server = server(document)
    facts.check_security(document)
    unions.check(plain)

    settings = ConfigFile.load_from_path(HERE / "config.yaml")
    settings.project_name_override = package.name.replace("_", "-")
    settings.package_name_override = package.name
    settings.package_version_override = project_settings["project"]["version"]
    config = Config.from_sources(settings, MetaType.NONE, document_path, "utf-8", overwrite=False, output_path=package)
    config.class_overrides = ClassOverrides()
    shipped = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    name_enums(readable)
    drop_repeated_titles(readable)
    for _, operation, _ in operations_of(readable):
        operation.setdefault("responses", {"2XX": {"description": "OpenAPI 3.1 requires none."}})
    data = parsed(Content(readable), config)
    if isinstance(data, GeneratorError):
        raise GenerationError(_lines(document_path, readable, [data]))
    lost = [error for each in data.endpoint_collections_by_tag.values() for error in each.parse_errors]
    if lost or data.errors:
        raise GenerationError(_lines(document_path, readable, [*lost, *data.errors]))

    operations = [
        (tag, endpoint)
        for tag, collection in data.endpoint_collections_by_tag.items()
        for endpoint in collection.endpoints
    ]
    endpoints = by_place(readable, (endpoint for _, endpoint in operations))
    _require_free_names(readable, endpoints)
    require_all(document, endpoints)
    rename(endpoints.values(), data.models, config)

    constants = [*facts.constants(document), *_provenance(shipped)]
    require_distinct((each.name for each in constants), document.get("components", {}).get("securitySchemes", {}))
    once = _once()
    project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
    project.env.auto_reload = False
    # Below `stock/`, a template finds the one that it overrides.
    stock = PackageLoader("openapi_python_client")
    project.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), stock, PrefixLoader({"stock": stock})])
    project.env.globals.update(
        adapted_model=partial(adapted, secrets=secret_properties(document)),
        server=first_server,
        secret_parameters=facts.secret_parameters(document),
        operations=operations,
        # Each of them once: ruff removes only so many from one module.
        client_imports=sorted(
            {line.replace("from ...", "from .") for _, each in operations for line in each.relative_imports}
        ),
        # The endpoints have it from Project; as a global of all templates, it lets them share the modules of macros.
        isbool=lambda each: each.get_base_type_string() == PythonCode("bool"),
        promise_of=partial(once, promise),
        calls_of=partial(once, partial(calls, serializations)),
        error_body=error_body(endpoint for _, endpoint in operations),
        parse=partial(responses.parse, project.env),
        write_body=partial(bodies.write, project.env),
        construct_union=unions.construct,
        once=once,
        constants=constants,
    )
    package.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        problems = project.build()
    if problems:
        raise GenerationError(_lines(document_path, readable, problems))
    for name in OWN_MODULES:
        text = project.env.get_template(f"{name}.py.jinja").render()
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    (package / "py.typed").touch()
    (package / "openapi.json").write_bytes(shipped)
    try:
        require_importable(package)
        tidy(package)
    except FaultError as error:
        place = _place_of(error.module, document, endpoints, data)
        raise UnsupportedError(place, f"the generated module {error.module} is wrong: {error}") from error
    for module in package.rglob("*.py"):
        module.write_text(FIRST_LINE + module.read_text(encoding="utf-8"), encoding="utf-8")


def _lines(document_path: Path, document: Mapping[str, Any], problems: Iterable[GeneratorError]) -> str:
    return "\n".join(located(document_path, *each) for each in explained(document, problems))


def _once() -> Callable[..., Any]:
    """Returns a function that calls another one with an endpoint, but only once with the same arguments."""
    known: dict[tuple[Any, ...], Any] = {}

    def once(function: Callable[..., Any], endpoint: Endpoint, *arguments: object) -> Any:
        key = (function, id(endpoint), *arguments)
        if key not in known:
            known[key] = function(endpoint, *arguments)
        return known[key]

    return once


def _require_pinned_tools(pins: Iterable[str]) -> None:
    for pin in pins:
        name, _, wanted = pin.partition("==")
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "none"
        if wanted and installed != wanted:
            raise GenerationError(
                f"{name} {wanted} is required for reproducible output, but {installed} is installed: run `make setup`"
            )


def _provenance(shipped: bytes) -> list[facts.Constant]:
    """Returns the generator and the hash of the shipped document, which a user of the package can verify."""
    tool = "openapi-python-client"
    return [
        facts.Constant("GENERATOR", f"{tool} {version(tool)}", "The generator of this package."),
        facts.Constant(
            "DOCUMENT_SHA256",
            hashlib.sha256(shipped).hexdigest(),
            "The SHA-256 of openapi.json, the document that this package was generated from.",
        ),
    ]


def _require_free_names(document: Mapping[str, Any], endpoints: Mapping[Place, Endpoint]) -> None:
    """Raises UnsupportedError if a method would override another attribute of the client."""
    taken = dict.fromkeys(_attributes(BaseSyncClient, BaseAsyncClient), "the client has an attribute of this name")
    for place, endpoint in endpoints.items():
        path = str(place[1])
        name = PythonIdentifier(endpoint.name, "")
        for method in (name, f"{name}_detailed", *([f"{name}_stream"] if promise(endpoint).is_binary else ())):
            if method in taken:
                has_id = "operationId" in document["paths"][path].get(endpoint.method, {})
                message = f"it gives the method {method}, but {taken[method]}; choose another operationId"
                raise UnsupportedError((*place, *(["operationId"] if has_id else ())), message)
            taken[method] = f"so does {endpoint.method.upper()} {path}"


def _attributes(*classes: type) -> set[str]:
    bases = {base for kind in classes for base in kind.__mro__}
    return {name for base in bases for name in (*vars(base), *vars(base).get("__annotations__", ()))}


def _place_of(
    module: str, document: Mapping[str, Any], endpoints: Mapping[Place, Endpoint], data: GeneratorData
) -> Place:
    """Returns the place that a module is generated from, if it is a single one."""
    for place, endpoint in endpoints.items():
        if module in (f"api/{tag}/{PythonIdentifier(endpoint.name, '')}.py" for tag in endpoint.tags):
            return place
    schemas: dict[str, str] = {ClassName(name, ""): name for name in document.get("components", {}).get("schemas", {})}
    for model in (*data.models, *data.enums):
        name = str(model.class_info.name)
        if module == f"models/{model.class_info.module_name}.py":
            name = name if name in schemas else name.removesuffix("Model")
            return ("components", "schemas", schemas[name]) if name in schemas else ()
    return ()
