"""The cases of starting: the import time, and the time of a new process until its first image."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tools.benchmarks.cases import Case, ContestantError, Job, run_python
from tools.benchmarks.client import WrongImageError
from tools.benchmarks.contestants import Contestant
from tools.benchmarks.downloads import Field
from tools.benchmarks.payload import Picture
from tools.benchmarks.server import KEY

_SMALL = Picture(2_000)
_IMPORT = "import time; start = time.perf_counter(); import {package}; print(time.perf_counter() - start)"
_TELL = "import time; print(time.monotonic_ns(), len(image))"
_COLD = f"""
from {{module}} import Sync
with Sync({{endpoint!r}}, {KEY!r}) as client:
    image = client.get({_SMALL.image_id!r})
    {_TELL}
"""
_COLD_ASYNC = f"""
import asyncio
from {{module}} import Async
async def main():
    async with Async({{endpoint!r}}, {KEY!r}) as client:
        image = await client.get({_SMALL.image_id!r})
        {_TELL}
asyncio.run(main())
"""


def startup(field: Field) -> Iterator[Case]:
    """Imports, and first images."""
    rounds = 3 if field.quick else 11
    ours = field.sync[0]
    imports: dict[str, Job] = {
        "httpx, beside face-client": partial(_import, ours.python, "httpx"),
        **{one.label: partial(_import, one.python, one.package) for one in field.sync},
    }
    yield Case("startup", "import", imports, rounds, {})
    yield Case("startup", "first 2 kB, http", _cold(field, field.sync, _COLD), rounds, {})
    if not field.quick:
        yield Case("startup", "first 2 kB, TLS", _cold(field, field.sync, _COLD, tls=True), rounds, {})
        yield Case("startup", "first 2 kB, http, async", _cold(field, field.asynchronous, _COLD_ASYNC), rounds, {})


def _cold(field: Field, who: list[Contestant], program: str, tls: bool = False) -> dict[str, Job]:
    endpoint = field.server.endpoint(tls)
    trust = {"SSL_CERT_FILE": str(field.authorities), "REQUESTS_CA_BUNDLE": str(field.authorities)} if tls else None
    return {
        one.label: partial(_first_image, one.python, program.format(module=one.module, endpoint=endpoint), trust)
        for one in who
    }


def _import(python: Path, package: str) -> dict[str, Any]:
    return {"requests": 1, "seconds": float(run_python(python, "-c", _IMPORT.format(package=package)))}


def _first_image(python: Path, program: str, env: dict[str, str] | None) -> dict[str, Any]:
    # All processes of a machine share this clock.
    start = time.monotonic_ns()
    words = run_python(python, "-c", program, env=env).split()
    if len(words) != 2:
        raise ContestantError(f"it printed {words}")
    if int(words[1]) != _SMALL.size:
        raise WrongImageError(f"{words[1]} bytes came where {_SMALL.size} were asked for")
    return {"requests": 1, "seconds": (int(words[0]) - start) / 1e9}
