"""Redocly, with the rules of redocly.yaml."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.spec_tools import npm

HERE = Path(__file__).resolve().parent
# No telemetry, and no check for updates.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_SUPPRESS_NOTIFICATIONS": "true"}


@dataclass(frozen=True)
class Problem:
    """A problem that a rule has found, with its line number from 1."""

    rule: str
    line: int
    message: str


def lint(*documents: Path) -> dict[Path, list[Problem]]:
    """Returns the problems of each document, from a single run since the start is slow.

    Raises:
        ToolMissingError: npm or node is not installed.
        ToolError: The linter failed.
    """
    redocly = npm.packages() / "@redocly" / "cli" / "bin" / "cli.js"
    command = [npm.program("node"), str(redocly), "lint", "--config", str(HERE / "redocly.yaml"), "--format=json"]
    command += ["--lint-config=error", "--max-problems=1000", *map(str, documents)]
    done = subprocess.run(  # noqa: S603 - a fixed command
        command, cwd=HERE, env={**os.environ, **QUIET}, capture_output=True, encoding="utf-8", check=False
    )
    reports = _reports(done.stdout)
    if done.returncode not in (0, 1) or len(reports) != len(documents):
        raise npm.ToolError(f"the linter did not work:\n{done.stdout}{done.stderr}")
    return {
        path: [
            Problem(found["ruleId"], found["location"][0].get("start", {"line": 1})["line"], found["message"])
            for found in report["problems"]
        ]
        for path, report in zip(documents, reports, strict=True)
    }


def _reports(output: str) -> list[dict[str, Any]]:
    """Parses concatenated JSON objects, one for each document."""
    reports = []
    decoder = json.JSONDecoder()
    output = output.strip()
    while output:
        try:
            report, end = decoder.raw_decode(output)
        except ValueError:
            return []
        reports.append(report)
        output = output[end:].lstrip()
    return reports
