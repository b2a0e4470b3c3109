"""Compares the client with its peers: `python -m tools.benchmarks [--quick] [--only ...] [--baseline REV]`.

The output is below build/benchmarks/: results.json, the page, the summary and the plots. With --write-docs, the page
and the plots are also written to docs/benchmarks/, and the summary to docs/benchmarks.md.

Exit status: 0 success; 1 a contestant failed, which the page shows; 2 nothing was measured, or a contestant got a wrong
image, which makes all figures invalid.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tools.benchmarks import downloads, generating, startup
from tools.benchmarks.cases import Case, Record, collect, run_python
from tools.benchmarks.certificate import make_certificate
from tools.benchmarks.client import WrongImageError
from tools.benchmarks.contestants import contestants
from tools.benchmarks.downloads import Field
from tools.benchmarks.environments import BUILD, ROOT, Environments, PreparationError, prepare
from tools.benchmarks.machine import machine
from tools.benchmarks.marks import with_table
from tools.benchmarks.report import page, summary
from tools.benchmarks.serving import serving

DOCS = ROOT / "docs" / "benchmarks"
SECTIONS: dict[str, Callable[[Field], Iterator[Case]]] = {
    **downloads.SECTIONS,
    "startup": startup.startup,
    "generator": generating.generating,
}
# Much longer than a full run. The server then stops, even if this process was killed.
_SERVER_SECONDS = 3600


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    start = time.monotonic()
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
        environments = prepare(asked.baseline)
        ready = time.monotonic()
        results = _measure(environments, asked.only, asked.quick)
    except (PreparationError, WrongImageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    results["seconds"] = round(time.monotonic() - ready)
    (BUILD / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    _write(environments, results, asked.write_docs)
    print(f"\nTook {ready - start:.0f} s to prepare and {results['seconds']} s to measure. Everything is in", end=" ")
    print(f"{BUILD.relative_to(ROOT)}/")
    return 1 if any("failed" in record for record in results["records"]) else 0


def _measure(environments: Environments, sections: list[str], quick: bool) -> dict[str, Any]:
    records: list[Record] = []
    results = {"machine": machine(), "quick": quick, "records": records}
    certificate, authorities = make_certificate(BUILD / "certificates")
    sync, asynchronous = contestants(environments, quick)
    with serving(certificate, _SERVER_SECONDS) as server, tempfile.TemporaryDirectory(dir=BUILD) as disk:
        field = Field(sync, asynchronous, server, authorities, Path(disk), quick)
        for section in sections:
            collect(list(SECTIONS[section](field)), records.append, _say)
    return results


def _write(environments: Environments, results: dict[str, Any], into_docs: bool) -> None:
    folder = BUILD / "report"
    shutil.rmtree(folder, ignore_errors=True)
    drawn = run_python(environments.peers, "-m", "tools.benchmarks.plots", str(BUILD / "results.json"), str(folder))
    plots: list[str] = json.loads(drawn)
    (folder / "README.md").write_text(page(results, plots), encoding="utf-8")
    shown = [f"benchmarks/{plot}" for plot in plots if plot.startswith(("throughput", "memory"))]
    table = summary(results, shown)
    (folder / "table.md").write_text(table + "\n", encoding="utf-8")
    print(f"\n{table}")
    if into_docs:
        shutil.rmtree(DOCS, ignore_errors=True)
        shutil.copytree(folder, DOCS, ignore=shutil.ignore_patterns("table.md"))
        overview = DOCS.with_suffix(".md")
        overview.write_text(with_table(overview.read_text(encoding="utf-8"), table), encoding="utf-8")


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{what[:110]:110}", end="", file=sys.stderr, flush=True)


def _sections(text: str) -> list[str]:
    asked = text.split(",")
    unknown = sorted(set(asked) - set(SECTIONS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(SECTIONS)}")
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rounds: two minutes instead of twenty")
    parser.add_argument(
        "--only", type=_sections, default=list(SECTIONS), metavar="NAMES", help=f"of {','.join(SECTIONS)}"
    )
    parser.add_argument("--baseline", metavar="REV", help="also measure the client of a git revision")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md and docs/benchmarks/")
    return parser


if __name__ == "__main__":
    sys.exit(main())
