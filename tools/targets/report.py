"""The table and the exit status of a run."""

from collections.abc import Collection, Sequence

from tools.targets.definitions import Target
from tools.targets.trial import Result

COLUMNS = ("target", "generator", "compiles", "bytes equal", "typed error", "key", "bearer", "session", "form")


def cells(target: Target) -> tuple[str, ...]:
    """Return the row of a target that passed, without the seconds."""
    return (target.name, target.generator, "yes", "yes", target.error, target.key, target.bearer, "yes", target.form)


def row(result: Result) -> str:
    """Return the row of a target."""
    if result.passed:
        return _line(*cells(result.target), f"{result.seconds:.0f} s")
    if result.left_out is not None:
        return _line(result.target.name, f"left out: {_first_line(result.left_out)}")
    stage = "compiled, then failed" if result.compiles else "failed"
    return _line(result.target.name, result.target.generator, f"{stage}: {_first_line(result.problems[0])}")


def header() -> str:
    """Return the first two lines of the table."""
    return "\n".join((_line(*COLUMNS, "seconds"), _line(*["---"] * (len(COLUMNS) + 1))))


def exit_status(results: Sequence[Result], allowed_missing: Collection[str]) -> int:
    """Return 0 if at least one target passed, and all others passed or may be skipped."""
    fine = all(
        result.passed or (result.left_out is not None and result.target.name in allowed_missing) for result in results
    )
    return 0 if fine and any(result.passed for result in results) else 1


def _line(*values: str) -> str:
    return f"| {' | '.join(values)} |"


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
