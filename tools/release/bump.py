"""Changes the API version in the document and regenerates the client, atomically."""

import re
import tempfile
from pathlib import Path

from generator import tree
from generator.__main__ import PACKAGE
from generator.build import GenerationError, build
from tools.release import python_api, report
from tools.release.change import ReleaseError
from tools.release.document import compare

# Versions of the Face API: v1.2, v1.3-preview.1.
VERSION = re.compile(r"v[0-9]+\.[0-9]+(-[a-z]+\.[0-9]+)?")
LINE = re.compile(r"(?m)^(  version: &apiVersion )(\S+)")


def bump(project: Path, version: str) -> str:
    """Changes the version, regenerates the client, and returns the report of the changes.

    Raises:
        ReleaseError: The version is invalid or not new, or the client could not be generated or compared. Nothing was
            changed.
    """
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is no version of the API, such as v1.2 or v1.3-preview.1")
    document, generated = project / "spec" / "openapi.yaml", project / "generated"
    text = document.read_bytes().decode()
    lines = LINE.findall(text)
    if len(lines) != 1:
        raise ReleaseError(f"{document}: one line must begin with '  version: &apiVersion ', and {len(lines)} do")
    if lines[0][1] == version:
        raise ReleaseError(f"{document}: the version is {version} already")
    # On the same file system as generated/, so that it can be renamed.
    with tempfile.TemporaryDirectory(prefix=".generated-", dir=project) as folder:
        fresh = Path(folder)
        new_document = fresh / document.name
        new_document.write_bytes(LINE.sub(lambda match: match[1] + version, text).encode())
        try:
            build(new_document, fresh / generated.name / PACKAGE)
        except GenerationError as error:
            raise ReleaseError(str(error).replace(str(new_document), str(document))) from error
        in_document = compare(document, new_document)
        in_python = python_api.compare(generated / PACKAGE, fresh / generated.name / PACKAGE)
        _put(new_document, document, fresh / generated.name, generated)
    return report.render(in_document, in_python)


def _put(new_document: Path, document: Path, fresh: Path, generated: Path) -> None:
    old = document.read_bytes()
    new_document.replace(document)
    try:
        tree.replace(generated, fresh)
    except BaseException:
        document.write_bytes(old)
        raise
