"""What was generated is imported, looked through and counted before `build` returns; a failure is one line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from openapi_python_client import Project
from openapi_python_client.parser.openapi import Endpoint

import generator.build
from generator.build import GenerationError, build
from generator.checking import FaultError, require_importable, tidy

ZOO = Path(__file__).with_name("zoo.yaml")
Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a package of some modules."""

    def write(modules: dict[str, str]) -> Path:
        package = tmp_path / "written"
        for name, text in {"__init__.py": "", **modules}.items():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_text(text, encoding="utf-8")
        return package

    return write


NOT_IMPORTABLE = {
    "a syntax error": ("def f(a, a): pass", "duplicate argument 'a' in function definition"),
    "a missing module": ("from .none import x", "ModuleNotFoundError: No module named 'written.api.none'"),
    "a missing name": ("from . import none", "ImportError: cannot import name 'none'"),
    "an error of its own": ("{}['a']", "KeyError: 'a'"),
    "an escape that is none": (r"a = '\d'", r"invalid escape sequence '\d'"),
    "a parameter in the place of an import": (
        "from typing import cast\ndef f(cast): return cast(int, 1)",
        "cast is a variable of f and a name of the module",
    ),
    "a variable in the place of an import": (
        "from typing import cast\ndef f(d):\n    cast = d.pop('cast')\n    return cast",
        "cast is a variable of f and a name of the module",
    ),
}


@pytest.mark.parametrize(("text", "reason"), NOT_IMPORTABLE.values(), ids=NOT_IMPORTABLE)
def test_what_cannot_be_imported(write: Write, text: str, reason: str) -> None:
    """A module that does not import, or in which a variable hides an import, is named with the reason."""
    package = write({"api/one.py": "A = 1", "api/two.py": text, "api/__init__.py": "from . import two"})

    with pytest.raises(FaultError, match=re.escape(reason)) as caught:
        require_importable(package)

    assert caught.value.module == "api/two.py"
    assert not list(package.rglob("__pycache__"))


def test_what_can_be_imported(write: Write) -> None:
    """Two imports of the same thing, a name in two functions and a lazy import are no ambiguity."""
    text = """
from __future__ import annotations
from typing import TYPE_CHECKING, Any
from typing import Any
if TYPE_CHECKING:
    from .other import Other
def one(one: Other, json: Any) -> Any:
    from .other import Other
    return Other, one, json
def two(one: Any) -> Any:
    return one
"""
    require_importable(write({"other.py": "class Other: pass", "one.py": text}))


def test_the_package_is_imported_apart(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import neither runs in this process, nor sees what is only in its environment."""
    monkeypatch.setenv("PYTHONSTARTUP", "none")
    package = write({"a.py": "import sys\nsys.modules['written_mark'] = sys"})

    require_importable(package)

    assert "written_mark" not in sys.modules
    assert "written" not in sys.modules


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from json import load\nfrom pickle import load", "load"),
        ("from json import load\nclass load: pass", "load"),
        ("class A:\n    a: int = 1\n    def a(self): pass", "a"),
    ],
    ids=["two imports", "a class in the place of an import", "an attribute and a method"],
)
def test_names_that_are_defined_twice(write: Write, text: str, name: str) -> None:
    """Of two things of one name, only the last could be used."""
    with pytest.raises(FaultError, match=f"Redefinition of unused `{name}` from line"):
        tidy(write({"models/a.py": f"{text}\n__all__ = ['{name}', 'A']\n"}))


def test_names_that_are_not_defined(write: Write) -> None:
    """A name in a function that nothing defines, which an import does not notice, is a fault."""
    package = write({"models/a.py": "def f() -> int:\n    return missing\n"})

    with pytest.raises(FaultError, match="Undefined name `missing` in line 2") as caught:
        tidy(package)

    assert caught.value.module == "models/a.py"


def test_a_failing_formatter_says_why(write: Write) -> None:
    """The message of a formatter that fails is not empty."""
    with patch("generator.checking.find_ruff_bin", return_value=os.devnull), pytest.raises(OSError, match="Permission"):
        tidy(write({}))
    with (
        patch("generator.checking._FAULTS", "none"),
        pytest.raises(GenerationError, match=r"ruff check failed .*: \S"),
    ):
        tidy(write({}))


def _broken_module(change: Callable[[Path], object]) -> Any:
    """Lets the generator write modules that `change` has broken."""
    stock = Project.build

    def broken(project: Project) -> Any:
        problems = stock(project)
        change(project.package_dir)
        return problems

    return patch.object(Project, "build", broken)


@pytest.mark.parametrize(
    ("module", "line", "place"),
    [
        ("api/photos/put_photo.py", "    put:", "paths./photos/{name}.put: "),
        ("models/problem.py", "    Problem:", "components.schemas.Problem: "),
    ],
)
def test_a_module_that_is_wrong_has_a_place(tmp_path: Path, module: str, line: str, place: str) -> None:
    """A fault in the module of an operation or a schema names its line in the document."""
    lines = ZOO.read_text().splitlines()
    number = len(lines) - lines[::-1].index(line)

    with (
        _broken_module(lambda package: (package / module).write_text("x = y = [")),
        pytest.raises(GenerationError) as caught,
    ):
        build(ZOO, tmp_path / "zoo_client")

    message = f"the generated module {module} is wrong: '[' was never closed"
    assert str(caught.value) == f"{ZOO}:{number}: {place}{message}"


def _without(endpoint: Endpoint, part: str) -> None:
    if part == "responses":
        endpoint.responses.patterns.pop(0)
    else:
        getattr(endpoint, part).pop(0)


LOST = {
    "a parameter in the query": ("query_parameters", "list_animals", "get: the query parameter"),
    "a header": ("header_parameters", "list_animals", "get: the header parameter x-trace would be left out"),
    "a parameter of the path": ("path_parameters", "get_animal", "get: the path parameter animalId would be left out"),
    "a response": ("responses", "add_animal", "post.responses.201: the response would be left out"),
    "a body": ("bodies", "add_animal", "post.requestBody: the body would be left out"),
}


@pytest.mark.parametrize(("part", "name", "message"), LOST.values(), ids=LOST)
def test_what_the_parser_would_lose(tmp_path: Path, part: str, name: str, message: str) -> None:
    """A parameter, a response or a body that is not in what was parsed is refused with its place."""
    parsed = generator.build.GeneratorData.from_dict

    def losing(*arguments: Any, **options: Any) -> Any:
        data = parsed(*arguments, **options)
        for collection in data.endpoint_collections_by_tag.values():
            for endpoint in collection.endpoints:
                if endpoint.name == name:
                    _without(endpoint, part)
        return data

    with (
        patch("openapi_python_client.parser.GeneratorData.from_dict", losing),
        pytest.raises(GenerationError, match=re.escape(message)) as caught,
    ):
        build(ZOO, tmp_path / "zoo_client")

    assert re.match(rf"{re.escape(str(ZOO))}:\d+: paths\./animals", str(caught.value))


def test_an_operation_that_the_parser_would_lose(tmp_path: Path) -> None:
    """So is an operation."""
    parsed = generator.build.GeneratorData.from_dict

    def losing(*arguments: Any, **options: Any) -> Any:
        data = parsed(*arguments, **options)
        del next(iter(data.endpoint_collections_by_tag.values())).endpoints[0]
        return data

    with (
        patch("openapi_python_client.parser.GeneratorData.from_dict", losing),
        pytest.raises(GenerationError, match=r"paths\./animals\.get: the operation would be left out"),
    ):
        build(ZOO, tmp_path / "zoo_client")


@pytest.mark.parametrize("error", [RuntimeError("one\n  two"), RecursionError(), AttributeError("x" * 500)], ids=repr)
def test_an_error_of_the_generator_is_one_line(tmp_path: Path, error: Exception) -> None:
    """Whatever openapi-python-client raises is a GenerationError that names it, in one line."""
    with patch.object(Project, "build", side_effect=error), pytest.raises(GenerationError) as caught:
        build(ZOO, tmp_path / "zoo_client")

    assert str(caught.value).startswith(f"{ZOO}: cannot be generated: {type(error).__name__}: ")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 400


def test_another_locale(tmp_path: Path) -> None:
    """A tag in another alphabet is generated in the POSIX locale, or refused where no file can have its name."""
    paths = {"/x": {"get": {"tags": ["日本"], "responses": {"200": {"description": "d"}}}}}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    (tmp_path / "a.json").write_text(json.dumps(document))
    script = (
        "import sys; from pathlib import Path; from generator.build import build, GenerationError\n"
        "try: build(Path('a.json'), Path(sys.argv[1]))\n"
        "except GenerationError as error: sys.exit(str(error))"
    )
    ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for name, more, message in (("b", {}, ""), ("c", ascii_only, "a.json: cannot be generated: UnicodeEncodeError: ")):
        done = subprocess.run(
            [sys.executable, "-c", script, name],
            cwd=tmp_path,
            env={**os.environ, "LC_ALL": "POSIX", "PYTHONPATH": str(Path(__file__).parents[2]), **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr.startswith(message)
        assert len(done.stderr.splitlines()) == (1 if message else 0)
        assert bool(done.returncode) == bool(message)
