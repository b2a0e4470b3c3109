"""What a generator makes of a document: a package that imports, has strict types, and sends the right requests."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tools.foreign_documents.documents import BUILD, ROOT, Document

OURS, STOCK = "ours", "stock"
_BUILD_OURS = """
import sys
from pathlib import Path
from generator.build import GenerationError, build
try:
    build(Path(sys.argv[1]), Path(sys.argv[2]))
except GenerationError as error:
    sys.exit(f"{error}")
"""
_IMPORT = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
"""
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
    package = f"{generator}_client"
    folder = BUILD / generator / document.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if generator == OURS:
        done = _python("-c", _BUILD_OURS, str(document.path), str(folder / package))
    else:
        # Without its hooks: what they do depends on the version and the settings of a formatter.
        arguments = [
            "generate",
            "--meta=none",
            f"--config={ROOT / 'generator' / 'config.yaml'}",
            f"--path={document.path}",
        ]
        done = _python("-m", "openapi_python_client", *arguments, f"--output-path={folder / package}")
    if done.returncode or not (folder / package).exists():
        return Outcome(refusal=_reason(done, document))
    outcome = Outcome(operations=sum(path.name != "__init__.py" for path in (folder / package).glob("api/*/*.py")))
    imported = _python("-c", _IMPORT, package, path=folder)
    if imported.returncode:
        outcome.imports = imported.stderr.strip().splitlines()[-1]
    checked = _python(
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        f"--cache-dir={BUILD / 'mypy'}",
        "-p",
        package,
        path=folder,
        cwd=folder,
    )
    if checked.returncode:
        outcome.types = (checked.stdout or checked.stderr).splitlines()[0]
    if outcome.imports is None:
        called = _python("-m", "tools.foreign_documents.calls", str(document.path), package, generator, path=folder)
        results = [json.loads(line) for line in called.stdout.splitlines()]
        outcome.called = len(results)
        outcome.wrong = {operation: problem for operation, problem in results if problem}
        if called.returncode:
            outcome.wrong["all"] = called.stderr.strip().splitlines()[-1]
    return outcome


def _reason(done: subprocess.CompletedProcess[str], document: Document) -> str:
    text = done.stderr.strip() or done.stdout.strip()
    lines = [line.strip() for line in text.replace(f"{document.path}", document.path.name).splitlines() if line.strip()]
    if "Traceback" in text:
        return lines[-1]
    return lines[0] if lines[0].startswith(document.path.name) else " ".join(lines[:2])


def _python(*words: str, path: Path | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    places = [str(each) for each in (path, ROOT / "handwritten", ROOT / "generated", ROOT) if each]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(places),
        "_TYPER_STANDARD_TRACEBACK": "1",  # the stock generator's, in one line
        "MYPYPATH": str(ROOT / "handwritten"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    return subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, *words],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=_LONGEST,
    )  # fmt: skip
