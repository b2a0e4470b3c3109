"""Builds the client package from a document, with openapi-python-client and our templates."""

import ast
import contextlib
import copy
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
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
from openapi_python_client.strings import ClassName, PythonIdentifier

from face_client_runtime import BaseAsyncClient, BaseSyncClient
from generator import facts
from generator.document import DocumentError, load, located
from generator.models import adapted, secret_properties
from generator.promises import promise

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
PYPROJECT = HERE.parent / "pyproject.toml"
# The templates that are not in openapi-python-client; the others override one of its templates.
OWN_MODULES = ("document",)
FIRST_LINE = "# Generated from the OpenAPI document by `python -m generator generate`; never edited by hand.\n"
LINE_LENGTH = "120"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class GenerationError(Exception):
    """The package could not be built; the message says why. Only the target folder may have been written."""


def build(document_path: Path, package: Path) -> None:
    """Writes the client of the document as the Python package `package`, a folder that does not exist yet.

    The output depends only on the document, the templates and the version in pyproject.toml.

    Raises:
        GenerationError: The document is invalid or not supported, or the installed version of openapi-python-client or
            of ruff is not the one that is pinned in pyproject.toml.
    """
    project_settings = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    _require_pinned_tools(project_settings["dependency-groups"]["generator"])
    try:
        document = load(document_path)
    except DocumentError as error:
        raise GenerationError(str(error)) from error

    settings = ConfigFile.load_from_path(HERE / "config.yaml")
    settings.project_name_override = package.name.replace("_", "-")
    settings.package_name_override = package.name
    settings.package_version_override = project_settings["project"]["version"]
    config = Config.from_sources(settings, MetaType.NONE, document_path, "utf-8", overwrite=False, output_path=package)
    data = GeneratorData.from_dict(_with_described_parameters(document), config=config)
    if isinstance(data, GeneratorError):
        raise GenerationError(_describe(document_path, [data]))

    operations = [
        (tag, endpoint)
        for tag, collection in data.endpoint_collections_by_tag.items()
        for endpoint in collection.endpoints
    ]
    _require_free_names(document_path, document, operations)

    shipped = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
    # Below `stock/`, a template finds the one that it overrides.
    stock = PackageLoader("openapi_python_client")
    project.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), stock, PrefixLoader({"stock": stock})])
    project.env.globals.update(
        adapted_model=partial(adapted, secrets=secret_properties(document)),
        server=facts.server(document),
        operations=operations,
        promise_of=promise,
        constants=[*facts.constants(document), *_provenance(shipped)],
    )
    package.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        problems = project.build()
    if problems:
        raise GenerationError(_describe(document_path, problems))
    _require_every_operation(document_path, document, operations)

    for name in OWN_MODULES:
        text = project.env.get_template(f"{name}.py.jinja").render()
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    _require_distinct_names(document_path, document, package)
    (package / "py.typed").touch()
    (package / "openapi.json").write_bytes(shipped)
    _format(package)
    for module in package.rglob("*.py"):
        module.write_text(FIRST_LINE + module.read_text(encoding="utf-8"), encoding="utf-8")


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


def _with_described_parameters(document: dict[str, Any]) -> dict[str, Any]:
    """Copies the descriptions of parameters into their schemas: openapi-python-client only reads them there."""
    described = copy.deepcopy(document)
    for item in described["paths"].values():
        operations = [value for value in item.values() if isinstance(value, dict)]
        for holder in [item, *operations]:
            for parameter in holder.get("parameters", ()):
                if "description" in parameter and "$ref" not in parameter.get("schema", {"$ref": None}):
                    parameter["schema"].setdefault("description", parameter["description"])
    return described


def _describe(document_path: Path, problems: Iterable[GeneratorError]) -> str:
    lines = [" ".join(f"{problem.header.rstrip(':. ')}: {problem.detail or ''}".split()) for problem in problems]
    # openapi-python-client prints the repr of some objects.
    lines = [re.sub(r" <\S+ object at 0x[0-9a-f]+>", "", line) for line in lines]
    return "\n  ".join([f"{document_path}: the document cannot be generated completely", *lines])


def _require_every_operation(
    document_path: Path, document: dict[str, Any], operations: Iterable[tuple[str, Endpoint]]
) -> None:
    """Raises GenerationError if openapi-python-client has skipped an operation."""
    promised = sum(method in METHODS for item in document["paths"].values() for method in item)
    found = len(list(operations))
    if promised != found:
        raise GenerationError(f"{document_path}: only {found} of {promised} operations can be generated")


def _require_free_names(
    document_path: Path, document: dict[str, Any], operations: Iterable[tuple[str, Endpoint]]
) -> None:
    """Raises GenerationError if a method would override another attribute of the client."""
    taken = dict.fromkeys(_attributes(BaseSyncClient, BaseAsyncClient), "the client has an attribute of this name")
    paths = {_without_names(path): path for path in document["paths"]}
    for _, endpoint in operations:
        path = paths[_without_names(endpoint.path.get_untrusted_value())]
        name = PythonIdentifier(endpoint.name, "")
        for method in (name, f"{name}_detailed", *([f"{name}_stream"] if promise(endpoint).is_binary else ())):
            if method in taken:
                has_id = "operationId" in document["paths"][path][endpoint.method]
                place = ("paths", path, endpoint.method, *(["operationId"] if has_id else ()))
                message = f"it gives the method {method}, but {taken[method]}; choose another operationId"
                raise GenerationError(located(document_path, place, message))
            taken[method] = f"so does {endpoint.method.upper()} {path}"


def _without_names(path: str) -> str:
    """Returns the path without the names of its parameters, which openapi-python-client changes."""
    return re.sub(r"\{.*?\}", "{}", path)


def _attributes(*classes: type) -> set[str]:
    bases = {base for kind in classes for base in kind.__mro__}
    return {name for base in bases for name in (*vars(base), *vars(base).get("__annotations__", ()))}


def _require_distinct_names(document_path: Path, document: dict[str, Any], package: Path) -> None:
    """A model must not take the place of something else that a module imports or defines."""
    schemas: dict[str, str] = {ClassName(name, ""): name for name in document.get("components", {}).get("schemas", {})}
    for module in sorted(package.rglob("*.py")):
        body = ast.parse(module.read_text(encoding="utf-8")).body
        origins: dict[str, object] = {}
        for node in [*body, *(inner for guard in body if isinstance(guard, ast.If) for inner in guard.body)]:
            for name, origin in _bound(node):
                if origins.setdefault(name, origin) == origin:
                    continue
                place = ("components", "schemas", schemas[name]) if name in schemas else ()
                where = module.relative_to(package).as_posix()
                message = f"the model {name} would take the place of another {name} in {where}; rename the schema"
                raise GenerationError(located(document_path, place, message))


def _bound(node: ast.stmt) -> list[tuple[str, object]]:
    """The names that a statement imports or defines, and where each comes from."""
    match node:
        case ast.Import(names):
            return [(alias.asname or alias.name, alias.name) for alias in names]
        case ast.ImportFrom(module, names, level):
            return [(alias.asname or alias.name, (level, module, alias.name)) for alias in names]
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return [(node.name, node)]
    return []


def _format(package: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    common = ["--isolated", "--no-cache", "--quiet", "--no-respect-gitignore", "--target-version=py311"]
    for command in (
        ["check", "--fix-only", "--select=F401,F541,I", f"--config=line-length={LINE_LENGTH}"],
        ["format", f"--line-length={LINE_LENGTH}"],
    ):
        ruff = [sys.executable, "-P", "-m", "ruff", command[0], *common, *command[1:], "."]
        done = subprocess.run(ruff, cwd=package, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise GenerationError(f"ruff failed on the generated code:\n{done.stdout}{done.stderr}")
