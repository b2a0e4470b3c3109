"""The cases of generating: documents of one to a thousand operations, with our generator and its peers."""

import copy
import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tools.benchmarks.cases import Case, ContestantError, Job, run_python
from tools.benchmarks.contestants import JAVA, STOCK
from tools.benchmarks.downloads import Field
from tools.benchmarks.environments import BUILD, DOCUMENT, PreparationError, generate_stock, generate_with_java

OURS = "ours"
_ROOM = 20
"""Operations in one tag, which is one module for some generators."""
_OURS = "import sys; from pathlib import Path; from generator.build import build; build(*map(Path, sys.argv[1:]))"


def document_of(operations: int) -> dict[str, Any]:
    """Returns the project's document with a number of copies of its operations, each with its own path."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(DOCUMENT.read_text(encoding="utf-8"))
    originals = [
        (path, item.get("parameters", []), method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]
    document["paths"], document["tags"] = {}, []
    for number, (path, parameters, method, original) in zip(range(operations), cycle(originals), strict=False):
        operation = copy.deepcopy(original)
        tag = f"{original['tags'][0]} {number // _ROOM}"
        operation |= {"operationId": f"{original['operationId']}{number}", "tags": [tag]}
        for response in operation["responses"].values():
            response.pop("links", None)  # to operations that are renamed
        document["paths"][f"/room{number}{path}"] = {"parameters": parameters, method: operation}
        if number % _ROOM == 0:
            document["tags"].append({"name": tag})
    return document


def generating(field: Field) -> Iterator[Case]:
    """Wall time and CPU time of the generators, including their formatting."""
    folder = BUILD / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    peers_python = next(one.python for one in field.sync if one.label == JAVA)
    for operations in (1, 100) if field.quick else (1, 100, 1_000):
        document = folder / f"{operations}.yaml"
        # JSON is valid YAML, and faster to read.
        document.write_text(json.dumps(document_of(operations), indent=1), encoding="utf-8")
        output = folder / "output"
        jobs: dict[str, Job] = {
            OURS: partial(_timed, partial(_ours, document, output / "face_client"), output),
            STOCK: partial(_timed, partial(generate_stock, document, output / "stock"), output),
            JAVA: partial(
                _timed, partial(generate_with_java, peers_python, document, "urllib3", "oag", output), output
            ),
        }
        if field.quick and operations > 1:
            del jobs[JAVA]
        rounds = 1 if field.quick or operations == 1_000 else 2
        yield Case("generator", f"document of {operations:,}", jobs, rounds, {"by": "operations", "x": operations})


def _ours(document: Path, package: Path) -> None:
    run_python(sys.executable, "-c", _OURS, str(document), str(package))


def _timed(generate: Callable[[], None], output: Path) -> dict[str, Any]:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        generate()
    except PreparationError as error:
        raise ContestantError(str(error)) from error
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    files = [file for file in output.rglob("*") if file.is_file()]
    shutil.rmtree(output)
    return {"requests": 1, "seconds": seconds, "cpu": cpu, "files": len(files)}
