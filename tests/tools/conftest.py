"""What the tests of several tools share."""

import fcntl
import shutil
from pathlib import Path

import pytest

from tools.spec_tools import npm


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What npm installs below build/, by one of the processes that run these tests; the others wait for it."""
    with (tmp_path_factory.getbasetemp().parent / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return npm.packages()
        except npm.ToolMissingError as missing:
            pytest.skip(str(missing))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs a browser where there is none; here, pytest counts all of them on one line."""
    is_there = (shutil.which("chromium") or shutil.which("google-chrome")) and shutil.which("chromedriver")
    if "driver" in getattr(item, "fixturenames", ()) and not is_there:
        pytest.skip("no chromium with chromedriver is installed")
