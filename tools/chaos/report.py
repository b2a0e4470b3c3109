"""The table and the complaints at the end of a run."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tools.chaos.plan import planned
from tools.chaos.run import Done, Result

_SHOWN = 10


def table(result: Result) -> str:
    """Returns a table of the run."""
    done = result.done
    faulty = Counter(kind for each in done for kind in each.kinds)
    counted = sum(result.keys)
    by_rule = sum(each.requests for each in done)
    lines = [
        *_section("calls", Counter(each.form for each in done).items()),
        *_section("over", Counter(each.scheme for each in done).items()),
        *_section("faulty responses", faulty.most_common()),
        *_section("outcomes", Counter(each.outcome for each in done).most_common()),
        "requests",
        f"  {by_rule:>8,}  by the rules",
        f"  {counted:>8,}  counted by the servers",
        f"  {result.keys[1]:>8,}  of them with the second key",
        f"  {faulty.total() / max(by_rule, 1):>8.1%}  of the responses were faulty",
        "the longest call",
    ]
    if done:
        longest = max(done, key=lambda each: each.seconds)
        lines.append(f"  {longest.seconds:>6.1f} s  {_name(longest)}")
    return "\n".join(lines)


def wrong(result: Result, seed: int) -> list[str]:
    """Returns the complaints: the general ones, the first few calls, and the number of further calls."""
    bad = [each for each in result.done if each.complaints]
    lines = [f"{_name(each)}: {'; '.join(each.complaints)}\n{_faults(seed, each)}" for each in bad[:_SHOWN]]
    if len(bad) > _SHOWN:
        lines.append(f"and {len(bad) - _SHOWN:,} more calls")
    return result.others + lines


def _name(done: Done) -> str:
    return f"call {done.number}, {done.form}, {done.scheme}"


def _faults(seed: int, done: Done) -> str:
    faults = [fault.as_json() for fault in planned(seed, done.number).injected]
    for fault in faults:
        if len(fault.get("body", "")) > 40:
            fault["body"] = f"({len(fault['body'])} characters)"
    return "\n".join(f"    {fault}" for fault in faults) or "    without any fault"


def _section(title: str, counts: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield title
    for name, count in counts:
        yield f"  {count:>8,}  {name}"
