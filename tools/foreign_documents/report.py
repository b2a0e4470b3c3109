"""The results as a table, in Markdown."""

from collections.abc import Iterable, Iterator, Mapping

from tools.foreign_documents.documents import Document
from tools.foreign_documents.trial import OURS, Outcome

Result = tuple[Document, int, Mapping[str, Outcome]]
_COLUMNS = ("generates", "imports", "strict types", "calls right")
_MOST = 3  # calls of a document that are told in full


def header(generators: Iterable[str]) -> str:
    cells = ["document", "operations"]
    for generator in generators:
        cells += [f"{generator}: {_COLUMNS[0]}", *_COLUMNS[1:]]
    return f"| {' | '.join(cells)} |\n|{'---|' * len(cells)}"


def row(result: Result) -> str:
    document, operations, outcomes = result
    cells = [cell for outcome in outcomes.values() for cell in _cells(outcome, operations)]
    return f"| {document.name} | {operations} | {' | '.join(cells)} |"


def _cells(outcome: Outcome, operations: int) -> list[str]:
    if outcome.refusal is not None:
        return ["no", "", "", ""]
    if outcome.imports:
        return ["yes", "no", "no", ""]
    right = outcome.called - len(outcome.wrong)
    return [
        "yes" if outcome.operations == operations else f"{outcome.operations} of {operations}",
        "yes",
        "no" if outcome.types else "yes",
        ("all" if right == outcome.called else f"{max(right, 0)}") + f" of {outcome.called}",
    ]


def details(results: Iterable[Result], generator: str = OURS) -> Iterator[str]:
    """Yields a line for each thing that is refused or wrong."""
    for document, _, outcomes in results:
        outcome = outcomes[generator]
        for problem in (outcome.refusal, outcome.imports, outcome.types):
            if problem:
                yield f"- {document.name}: {shortened(problem)}"
        for operation, problem in [*outcome.wrong.items()][:_MOST]:
            yield f"- {document.name}: `{operation}`: {shortened(problem)}"
        if len(outcome.wrong) > _MOST:
            yield f"- {document.name}: and {len(outcome.wrong) - _MOST} more"


def shortened(text: str, most: int = 240) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."


def broken(results: Iterable[Result]) -> list[str]:
    """Returns the documents that our generator took and should not have: the package does not import or type-check."""
    return [document.name for document, _, outcomes in results if outcomes[OURS].imports or outcomes[OURS].types]
