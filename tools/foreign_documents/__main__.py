"""The command: what our generator and the stock one make of documents of other people, as a table.

Exit status: 0 success; 1 our generator took a document and gave a package that does not import or has no strict types;
2 a document cannot be fetched or read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from generator.document import DocumentError, load
from tools.foreign_documents import report
from tools.foreign_documents.documents import ROOT, Document, FetchError, fetched, rebuilt
from tools.foreign_documents.trial import OURS, STOCK, try_document

PAGE = ROOT / "docs" / "generator.md"
BEGIN, END = "<!-- written by `make foreign` -->\n", "<!-- end -->\n"
_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.foreign_documents",
        description="What our generator and the stock one make of documents of other people.",
    )
    parser.add_argument("documents", nargs="*", help="files, or names of the known documents (default: all of these)")
    parser.add_argument("--write-docs", action="store_true", help="write the table into docs/generator.md")
    options = parser.parse_args(arguments)
    if options.write_docs and options.documents:
        parser.error("--write-docs is for all documents")
    try:
        documents = _chosen(options.documents)
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    results: list[report.Result] = []
    print(report.HEADER, flush=True)
    for document in documents:
        outcomes = {generator: try_document(document, generator) for generator in (OURS, STOCK)}
        results.append((document, _operations(document), outcomes))
        print(report.row(results[-1]), flush=True)
    for generator in (OURS, STOCK):
        lines = [*report.details(results, generator)]
        print(f"\nRefused or wrong, {generator}:", *(lines or ["nothing"]), sep="\n")
    if options.write_docs:
        write_docs(PAGE, results)
    broken = report.broken(results)
    if broken:
        print(f"\nerror: taken, but broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _chosen(words: Sequence[str]) -> list[Document]:
    files = [Document(path.stem, path.resolve(), "given") for path in map(Path, words) if path.is_file()]
    names = [word for word in words if not Path(word).is_file()]
    if words and not names:
        return files
    known = {document.name: document for document in (*rebuilt(), *fetched())}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise FetchError(f"no such file or document: {', '.join(unknown)}; there are {', '.join(known)}")
    return [*files, *(known[name] for name in names)] if words else list(known.values())


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
    table = "\n".join([report.HEADER, *map(report.row, results), "", *told, ""])
    page.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
