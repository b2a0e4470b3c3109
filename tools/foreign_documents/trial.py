"""What a generator makes of a document: a package that imports, has strict types, and sends the right requests."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from generator.build import GenerationError, build
from tools.foreign_documents.calls import call_operations
from tools.foreign_documents.documents import BUILD, ROOT, Document

OURS, STOCK = "ours", "stock"
MYPY_CACHE = BUILD / "mypy"
_LONGEST = 900  # seconds


@dataclass
class Outcome:
    """What a generator made of a document.

    Attributes:
        refusal: Why it gave no package, or None.
        operations: How many operations the package has.
        imports: What a module said that does not import, or None.
        types: The first error of mypy --strict, or None.
        called: How many operations were called.
        wrong: What was wrong with some of these calls, by operation.
    """

    refusal: str | None = None
    operations: int = 0
    imports: str | None = None
    types: str | None = None
    called: int = 0
    wrong: dict[str, str] = field(default_factory=dict)


def try_document(document: Document, generator: str) -> Outcome:
    """Generates a package from the document, imports it, checks its types, and calls some of its operations."""
    package = f"{generator}_{re.sub(r'[^a-z0-9]', '_', document.name.lower())}"
    folder = BUILD / generator / document.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    refusal = _ours(document, folder / package) if generator == OURS else _stock(document, folder / package)
    if refusal:
        return Outcome(refusal=refusal)
    outcome = Outcome(operations=sum(path.name != "__init__.py" for path in (folder / package).glob("api/*/*.py")))
    outcome.types = _type_error(folder, package)
    with _importable(folder, package):
        outcome.imports = _import_error(package)
        if outcome.imports is None:
            try:
                results = call_operations(document.path, package, is_ours=generator == OURS)
            except Exception as error:
                outcome.wrong = {"all": f"{type(error).__name__}: {error}"}
            else:
                outcome.called = len(results)
                outcome.wrong = {operation: problem for operation, problem in results.items() if problem}
    return outcome


def _ours(document: Document, package: Path) -> str | None:
    try:
        build(document.path, package)
    except GenerationError as error:
        return _reason(str(error), document)
    return None


def _stock(document: Document, package: Path) -> str | None:
    # Without its hooks: what they do depends on the version and the settings of a formatter.
    arguments = ["generate", "--meta=none", f"--config={ROOT / 'generator' / 'config.yaml'}"]
    done = _python("openapi_python_client", *arguments, f"--path={document.path}", f"--output-path={package}")
    return _reason(done.stderr.strip() or done.stdout, document) if done.returncode or not package.exists() else None


def _reason(text: str, document: Document) -> str:
    lines = [line.strip() for line in text.replace(f"{document.path}", document.path.name).splitlines() if line.strip()]
    if "Traceback" in text:
        return lines[-1]
    return lines[0] if lines[0].startswith(document.path.name) else " ".join(lines[:2])


def _type_error(folder: Path, package: str) -> str | None:
    options = ["--strict", "--config-file=", f"--cache-dir={MYPY_CACHE}"]
    done = _python("mypy", *options, "-p", package, cwd=folder)
    return (done.stdout or done.stderr).splitlines()[0] if done.returncode else None


def _python(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "_TYPER_STANDARD_TRACEBACK": "1",  # the stock generator's, in one line
        "MYPYPATH": os.pathsep.join([str(ROOT / "handwritten"), str(cwd)]),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    return subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-m", *words],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=_LONGEST,
    )  # fmt: skip


@contextmanager
def _importable(folder: Path, package: str) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


def _import_error(package: str) -> str | None:
    try:
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
