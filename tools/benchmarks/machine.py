"""Describes the machine and the versions, without anything that identifies the owner."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools.benchmarks.environments import PEERS_LOCK

_NAMED = ("azure-ai-vision-face", "aiohttp", "httpx", "openapi-generator-cli", "urllib3")


def machine() -> dict[str, Any]:
    """Returns date, processor, cores, memory, system, Python, and the versions of the contestants."""
    lock = PEERS_LOCK.read_text(encoding="utf-8")
    versions = {name: found[1] for name in _NAMED if (found := re.search(rf"^{name}==(\S+)", lock, re.MULTILINE))}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        # The rest of the kernel version can identify the owner.
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {**versions, "openapi-python-client": version("openapi-python-client")},
        "busy": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", information.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()
