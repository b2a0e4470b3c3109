"""Compares two OpenAPI documents with Redocly, except for the version and the first server."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.document import DocumentError, load
from generator.servers import server as first_server
from tools.release.change import Change, ReleaseError
from tools.spec_tools import npm
from tools.spec_tools.lint import QUIET


def compare(old_path: Path, new_path: Path) -> list[Change]:
    """Returns the changes between two documents.

    Raises:
        ReleaseError: A document is invalid, or they cannot be compared.
    """
    try:
        old, new = load(old_path), load(new_path)
    except DocumentError as error:
        raise ReleaseError(str(error)) from error
    found = [_change(change) for change in _redocly(old_path, new_path) if not _is_of_version(change, old, new)]
    return [*_version(old, new), *_first_server(old, new), *found]


def _redocly(old: Path, new: Path) -> list[dict[str, Any]]:
    try:
        program = npm.packages() / "@redocly" / "cli" / "bin" / "cli.js"
        command = [npm.program("node"), str(program), "diff", str(old.resolve()), str(new.resolve())]
    except npm.ToolError as error:
        raise ReleaseError(f"the documents cannot be compared: {error}") from error
    # In a folder without a redocly.yaml, which would change the rules.
    done = subprocess.run(
        [*command, "--format=json", "--fail-on=none"],
        cwd=program.parent,
        env={**os.environ, **QUIET},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise ReleaseError(f"redocly diff did not work: {' '.join((done.stdout + done.stderr).split())}") from error
    if report["reportVersion"] != "1":
        raise ReleaseError(
            f"redocly diff has a new report version, {report['reportVersion']}; tools/release/ supports version 1"
        )
    changes: list[dict[str, Any]] = report["changes"]
    return changes


def _change(change: Mapping[str, Any]) -> Change:
    path, name = _place(change["path"])
    verdicts = [str(verdict["message"]).rstrip(".") for verdict in change["verdicts"]]
    values = " -> ".join(_short(change[side].get("value")) for side in ("base", "revision") if side in change)
    what = f"{change['property']} {change['kind']}: {values}" if change.get("property") else change["kind"]
    return Change(f"{path}: {'; '.join(verdicts) or what}", name, is_breaking=change["impact"] == "major")


def _place(pointer: str) -> tuple[str, str]:
    """Returns a readable form of a JSON pointer, and the part of it that the changelog must name."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#/").split("/")]
    if parts[0] == "paths" and len(parts) > 1:
        return " ".join([parts[1], *parts[2:]]), parts[1]
    if parts[0] == "components" and len(parts) > 2:
        return " ".join(parts[1:]), parts[2]
    return " ".join(parts), parts[0]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_of_version(change: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the change only replaces the old version by the new one."""
    before, after = old["info"]["version"], new["info"]["version"]
    if before == after or not change["path"].startswith(("#/info", "#/servers/")):
        return False
    values = change.get("base", {}).get("value"), change.get("revision", {}).get("value")
    return values in ((before, after), ([before], [after]))


def _version(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Returns the change of the version: it is not breaking, but not minor as Redocly says, since all URLs change."""
    before, after = old["info"]["version"], new["info"]["version"]
    if before == after:
        return []
    text = f"version: {before} -> {after}"
    server = first_server(new)
    for variable in server.variables:
        if variable.default == after:
            path = server.path.format_map({each.name: each.default for each in server.variables})
            text += f'; requests go to {path}/..., and with Client(..., {variable.name}="{before}") as before'
    return [Change(text, "version")]


def _first_server(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Returns the change of the first server, the only one that the client uses. For Redocly, it may be an addition."""
    before, after = (document.get("servers", [{"url": "/"}])[0]["url"] for document in (old, new))
    if before == after:
        return []
    return [Change(f"servers: the client uses {after} in place of {before}", "servers", is_breaking=True)]
