"""Archives in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def start(endpoint: str, key: str, ids: Path | int, folder: Path, rate: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tools.archive_trial.archiving", endpoint, key, str(ids), str(folder), str(rate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # this module and its arguments


def end(process: subprocess.Popen[str]) -> dict[str, Any]:
    printed, _ = process.communicate()
    print(" ", printed.strip() or f"exit status {process.returncode}", flush=True)
    summary: dict[str, Any] = json.loads(printed or "{}")
    return summary
