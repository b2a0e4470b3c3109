"""The command: what our generator and the stock one make of documents of other people, as a table.

Exit status: 0 success; 1 our generator took a document and gave a package that does not import or has no strict types,
or the page is out of date; 2 a document cannot be fetched or read.
"""

import argparse
import difflib
import multiprocessing
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from generator.document import DocumentError, load
from tools.foreign_documents import report
from tools.foreign_documents.documents import ROOT, Document, FetchError, fetched, rebuilt
from tools.foreign_documents.trial import OURS, STOCK, Outcome, try_document

PAGE = ROOT / "docs" / "generator.md"
BEGIN, END = "<!-- written by `make foreign` -->\n", "<!-- end -->\n"
_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
_WORKERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.foreign_documents",
        description="What our generator and the stock one make of documents of other people.",
    )
    parser.add_argument("documents", nargs="*", help="files, or names of the known documents (default: all of these)")
    parser.add_argument("--write-docs", action="store_true", help="write the table into docs/generator.md")
    parser.add_argument(
        "--check-docs", action="store_true", help="only try ours, and fail if docs/generator.md says anything else"
    )
    options = parser.parse_args(arguments)
    if (options.write_docs or options.check_docs) and options.documents:
        parser.error("the page is of all documents: name none")
    try:
        documents, missing = _chosen(options.documents)
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    generators = (OURS,) if options.check_docs else (OURS, STOCK)
    results: list[report.Result] = []
    print(report.header(generators), flush=True)
    for document, outcomes in zip(documents, tried(documents, generators), strict=True):
        results.append((document, _operations(document), outcomes))
        print(report.row(results[-1]), flush=True)
    for generator in generators:
        lines = [*report.details(results, generator)]
        print(f"\nRefused or wrong, {generator}:", *(lines or ["nothing"]), sep="\n")
    errors = [f"taken, but broken: {name}" for name in report.broken(results)]
    if options.check_docs:
        errors += changes(PAGE, results)
    for line in [*(f"cannot be fetched: {each}" for each in missing), *errors]:
        print(f"error: {line}", file=sys.stderr)
    if missing:
        return 2
    if options.write_docs:
        write_docs(PAGE, results)
    return 1 if errors else 0


def tried(documents: Sequence[Document], generators: Sequence[str]) -> Iterator[dict[str, Outcome]]:
    """Yields what the generators make of each document."""
    trials = [(document, generator) for document in documents for generator in generators]
    with ProcessPoolExecutor(_WORKERS, multiprocessing.get_context("spawn")) as pool:
        outcomes = pool.map(try_document, *zip(*trials, strict=True))
        for _ in documents:
            yield {generator: next(outcomes) for generator in generators}


def _chosen(words: Sequence[str]) -> tuple[list[Document], list[str]]:
    """Returns the documents, and what cannot be fetched."""
    files = [Document(path.stem, path.resolve(), "given") for path in map(Path, words) if path.is_file()]
    names = [word for word in words if not Path(word).is_file()]
    if words and not names:
        return files, []
    found, missing = fetched()
    known = {document.name: document for document in (*rebuilt(), *found)}
    if not words:
        return list(known.values()), missing
    unknown = [name for name in names if name not in known]
    if unknown:
        there = "; ".join(
            [f"no such file or document: {', '.join(unknown)}", f"there are {', '.join(known)}", *missing]
        )
        raise FetchError(there)
    return [*files, *(known[name] for name in names)], []


def _operations(document: Document) -> int:
    """Returns the number of operations, also those below a path that the generators refuse."""
    try:
        paths = load(document.path).get("paths", {})
    except DocumentError:
        return 0
    return sum(method in _METHODS for item in paths.values() for method in item)


def write_docs(page: Path, results: Sequence[report.Result]) -> None:
    """Replaces what is between the marks of the page by the table and what is refused or wrong with ours."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no marks")
    told = ["What our generator refuses of these, and why, or makes wrong:", "", *report.details(results)]
    table = "\n".join([report.header((OURS, STOCK)), *map(report.row, results), "", *told, ""])
    page.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def changes(page: Path, results: Sequence[report.Result]) -> list[str]:
    """Returns the lines of the page about ours that these results would change."""
    names = "|".join(document.name for document, _, _ in results)
    lines = re.findall(
        rf"^(?:\| (?:{names}) \| \d+ \|.*|- (?:{names}): .*)$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    width = report.header((OURS,)).partition("\n")[0].count("|")
    before = [_first_cells(line, width) for line in lines]
    after = [*map(report.row, results), *report.details(results)]
    found = [line for line in difflib.ndiff(before, after) if line.startswith(("- ", "+ "))]
    return [f"{page.name}: {line}" for line in found]


def _first_cells(line: str, width: int) -> str:
    return "|".join(line.split("|")[:width]) + "|" if line.startswith("|") else line


if __name__ == "__main__":
    sys.exit(main())
