"""Applies one mutant at a time to a copy of the repository, and runs the tests there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SOURCES = ("generated", "handwritten", ".")
_PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
_HANGS = re.compile(r"^~+ Stack of .* ~+$", re.MULTILINE)  # printed by pytest-timeout before it ends the process
_WHERE = """
import sys
from importlib.util import find_spec
for name in sys.argv[1:]:
    print(find_spec(name).origin)
"""


class MutantError(Exception):
    """A mutant or the tests cannot be used; the message says why."""


@dataclass(frozen=True)
class Mutant:
    """A deliberate fault.

    Attributes:
        name: The fault, in one sentence.
        path: The file, relative to the root of the repository.
        text: The text to replace, which must occur once in the file.
        replacement: The new text.
        first: Words in the names of test files that run first, because they are likely to catch the mutant.
        tests: The tests that should catch it; None for all tests of the run.
    """

    name: str
    path: str
    text: str
    replacement: str
    first: tuple[str, ...] = ()
    tests: tuple[str, ...] | None = None

    @property
    def module(self) -> str:
        """The module name of the file."""
        path = Path(self.path).with_suffix("")
        parts = path.parts[1:] if path.parts[0] in _SOURCES else path.parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True)
class Verdict:
    """Whether the tests caught a mutant, and which test did."""

    is_caught: bool
    by: str = ""


class Trial:
    """A copy of a repository, in which the tests run against mutants.

    Args:
        root: The repository. Files that are tracked are copied as they are now, committed or not.
        folder: An empty folder for the copy.
        tests: Paths of the tests, from the root; those that do not exist are left out.
        pytest: Further arguments for pytest.
        seconds: How long the tests may take for one mutant; if they take longer, it is caught.
    """

    def __init__(
        self, root: Path, folder: Path, tests: Sequence[str], pytest: Sequence[str] = (), seconds: float = 1200.0
    ) -> None:
        self._folder = folder.resolve()
        self._tests = tests
        self._pytest = pytest
        self._seconds = seconds
        for name in _tracked(root):
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, self._folder / name)

    def check(self, mutants: Iterable[Mutant]) -> None:
        """Raises MutantError if a mutant does not apply, or if the tests would not import the copied file."""
        mutants = list(mutants)
        for mutant in mutants:
            self._mutated(mutant)
        where = self._run("-c", _WHERE, *(mutant.module for mutant in mutants))
        imported = where.stdout.split("\n")[:-1]
        if where.returncode or imported != [str(self._folder / mutant.path) for mutant in mutants]:
            raise MutantError(f"the tests would import other files than those of the copy: {imported}{where.stderr}")

    def check_tests(self) -> None:
        """Raises MutantError if the tests fail without a mutant."""
        verdict = self._verdict(self._existing(self._tests))
        if verdict.is_caught:
            raise MutantError(f"the tests fail without any mutant: {verdict.by}")

    def verdict(self, mutant: Mutant) -> Verdict:
        """Runs the tests against a mutant: first those that are likely to catch it, then all."""
        tests = self._existing(self._tests if mutant.tests is None else mutant.tests)
        likely = sorted(
            str(file.relative_to(self._folder))
            for path in tests
            for file in (self._folder / path).rglob("test_*.py")
            if any(word in file.name for word in mutant.first)
        )
        with self._applied(mutant):
            verdict = self._verdict(likely) if likely else Verdict(is_caught=False)
            return verdict if verdict.is_caught else self._verdict(tests)

    def _existing(self, tests: Iterable[str]) -> list[str]:
        existing = [path for path in tests if (self._folder / path).exists()]
        if not existing:
            raise MutantError("none of the tests is there")
        return existing

    def _mutated(self, mutant: Mutant) -> str:
        file = self._folder / mutant.path
        source = file.read_text("utf-8") if file.is_file() else ""
        if (count := source.count(mutant.text)) != 1:
            raise MutantError(f"{mutant.name}: its text is {count} times in {mutant.path}, and not once: {mutant.text}")
        return source.replace(mutant.text, mutant.replacement)

    @contextmanager
    def _applied(self, mutant: Mutant) -> Iterator[None]:
        file = self._folder / mutant.path
        mutated, source = self._mutated(mutant), file.read_text("utf-8")
        file.write_text(mutated, "utf-8")
        try:
            yield
        finally:
            file.write_text(source, "utf-8")

    def _verdict(self, tests: Sequence[str]) -> Verdict:
        """Runs the tests. A flaky test, which fails but passes when it runs alone, is deselected."""
        left_out: list[str] = []
        while True:
            try:
                run = self._run(*_PYTEST, *tests, *self._pytest, *(f"--deselect={test}" for test in left_out))
            except subprocess.TimeoutExpired:
                return Verdict(is_caught=True, by=f"the tests did not end within {self._seconds:g} s")
            if run.returncode == 0:
                return Verdict(is_caught=False)
            if run.returncode < 0:
                return Verdict(is_caught=True, by=f"the tests were killed by signal {-run.returncode}")
            # A failed test, not an import error of a test file.
            failed = re.search(r"^(?:FAILED|ERROR) (\S+::.+?)( - .*)?$", run.stdout, re.MULTILINE)
            if not failed and not _HANGS.search(run.stderr):
                raise MutantError(f"the tests did not run (exit status {run.returncode}):\n{run.stdout}{run.stderr}")
            if not failed or self._run(*_PYTEST, failed[1], *self._pytest).returncode:
                return Verdict(is_caught=True, by=failed[1] + (failed[2] or "") if failed else "a test that hangs")
            left_out.append(failed[1])

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(self._folder / source) for source in _SOURCES),
            # The cache of compiled files does not notice mutants of the same size within a second.
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "1000",  # so that pytest does not truncate test ids
        }
        return subprocess.run(  # noqa: S603 - Python, with arguments of our own
            [sys.executable, *arguments],
            cwd=self._folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=self._seconds,
            check=False,
        )


def _tracked(root: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git there is
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
