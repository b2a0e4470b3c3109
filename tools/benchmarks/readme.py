"""Puts the table into the README, between two marks."""

BEGIN = "<!-- benchmarks:begin -->"
END = "<!-- benchmarks:end -->"


def with_table(readme: str, table: str) -> str:
    """Returns the README with the table between its marks, and everything else as it was.

    Raises:
        ValueError: The marks are not there, more than once, or the wrong way round.
    """
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        raise ValueError(f"README.md must have {BEGIN} and, after it, {END}, once each")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table.strip()}\n{END}{after}"
