"""The contestants and their environments."""

from dataclasses import dataclass
from pathlib import Path

from tools.benchmarks.environments import BASELINE_MODULE, Environments

OURS = "face-client"
AT = f"{OURS} at "
"""What the label of a baseline begins with; its revision follows."""
REFERENCE = "azure-ai-vision-face"
STOCK = "openapi-python-client"
JAVA = "openapi-generator"
CAPACITY = "sockets (capacity)"
"""Not a client, but the most that the server can do."""


@dataclass(frozen=True)
class Contestant:
    """A module like those of tools.benchmarks.peers, and the Python that runs it."""

    label: str
    module: str
    python: Path
    package: str
    """What `import` of it is, where it is a package that people import."""


def contestants(environments: Environments, quick: bool = False) -> tuple[list[Contestant], list[Contestant]]:
    """Returns the sync contestants and the async ones.

    A quick run omits bare httpx, which is as fast as the client that openapi-python-client generates.
    """
    both = [
        _peer(environments.ours, OURS, "ours", "face_client"),
        *_baseline(environments),
        _peer(environments.peers, REFERENCE, "official_sdk", "azure.ai.vision.face"),
        _peer(environments.peers, STOCK, "stock_generator", "stock_client"),
    ]
    if not quick:
        both.append(_peer(environments.peers, "httpx", "bare_httpx", "httpx"))
    sync = [
        *both,
        _peer(environments.peers, JAVA, "openapi_generator", "oag_urllib3"),
        _peer(environments.peers, "urllib3", "bare_urllib3", "urllib3"),
    ]
    asynchronous = [
        *both,
        _peer(environments.peers, JAVA, "openapi_generator_asyncio", "oag_asyncio"),
        _peer(environments.peers, "aiohttp", "bare_aiohttp", "aiohttp"),
    ]
    return sync, asynchronous


def _baseline(environments: Environments) -> list[Contestant]:
    was = environments.baseline
    return [Contestant(f"{AT}{was.revision}", BASELINE_MODULE, was.python, "face_client")] if was else []


def _peer(python: Path, label: str, module: str, package: str) -> Contestant:
    return Contestant(label, f"tools.benchmarks.peers.{module}", python, package)
