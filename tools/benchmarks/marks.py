"""Inserts the table into a page, between two marks."""

BEGIN = "<!-- benchmarks:begin -->"
END = "<!-- benchmarks:end -->"


def with_table(page: str, table: str) -> str:
    """Returns the page with the table between its marks.

    Raises:
        ValueError: The marks are missing, repeated or in the wrong order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"docs/benchmarks.md must have {BEGIN} and, after it, {END}, once each")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table.strip()}\n{END}{after}"
