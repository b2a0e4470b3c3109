"""The check of a built site finds what is dead or elsewhere, and the site's files are where they are looked for."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from face_emulator import page as emulator
from generator.document import load
from tools.site import __main__ as command
from tools.site.check import problems
from tools.spec_tools.page import page

GOOD = """<link rel="stylesheet" href="a%20b.css"><img src="data:image/png;base64,AA=="><h1 id="top">x</h1>
<a href="#top">1</a> <a href="more/page.html#here">2</a> <a href="https://example.com/">3</a>"""
MORE = '<p id="here"><a href="../index.html#top">back</a> <a href="/index.html">root</a></p>'


def found(folder: Path, index: str, css: str = "p { color: red }") -> list[str]:
    (folder / "more").mkdir(exist_ok=True)
    (folder / "a b.css").write_text(css, encoding="utf-8")
    (folder / "index.html").write_text(index, encoding="utf-8")
    (folder / "more" / "page.html").write_text(MORE, encoding="utf-8")
    return list(problems(folder))


def test_a_good_site_has_no_problems(tmp_path: Path) -> None:
    """Links to pages, headings and other sites are right, and so is what comes with the page."""
    assert found(tmp_path, GOOD) == []


BAD = {
    "a page that is missing": ('<a href="none.html">', "index.html: none.html does not exist"),
    "a heading that is missing": ('<a href="more/page.html#none">', "index.html: more/page.html#none: the page has no"),
    "a heading of its own": ('<a href="#none">', "index.html: #none: the page has no such anchor"),
    "an image that is missing": ('<img src="none.png">', "index.html: none.png does not exist"),
    "a script from elsewhere": ('<script src="https://example.com/x.js"></script>', "index.html: loads https://"),
    "a font from elsewhere": ('<link rel="stylesheet" href="//example.com/x.css">', "index.html: loads //example.com"),
    "an image for a wide screen": ('<img srcset="https://example.com/x.png 2x">', "index.html: loads https://"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_problem_is_found(tmp_path: Path, what: str) -> None:
    """It is told with its page and its address, and nothing else is."""
    element, told = BAD[what]
    (problem,) = found(tmp_path, GOOD + element)
    assert problem.startswith(told)


@pytest.mark.parametrize(
    "rule", ['@import "https://example.com/x.css";', "p { src: url(https://example.com/x.woff2) }"]
)
def test_a_sheet_that_loads_from_elsewhere_is_found(tmp_path: Path, rule: str) -> None:
    """A style sheet can load fonts, images and other sheets."""
    (problem,) = found(tmp_path, GOOD, rule)
    assert problem.startswith("a b.css: loads https://example.com/x.")


def test_the_page_is_written_for_both(modules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The site and the emulator get the same page, and the site the script that its search needs on a disk."""
    assert command.SERVED == emulator.PAGE
    monkeypatch.setattr(command, "DOCS", tmp_path)
    monkeypatch.setattr(command, "SERVED", tmp_path / "page.html")
    command.prepare()
    assert (tmp_path / "try.html").read_text(encoding="utf-8") == page(load(command.DOCUMENT), modules)
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "try.html").read_bytes()
    assert "Permission is hereby granted" in (tmp_path / "iframe-worker.js").read_text(encoding="utf-8")


def test_each_page_is_in_the_navigation() -> None:
    """A page that is not there could only be found by searching."""

    def pages(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        return [page for each in (part.values() if isinstance(part, dict) else part) for page in pages(each)]

    navigation = YAML(typ="safe").load(command.ROOT / "mkdocs.yml")["nav"]
    written = {path.relative_to(command.DOCS).as_posix() for path in command.DOCS.rglob("*.md")}
    assert sorted(pages(navigation)) == sorted(written | {"try.html"})
