"""Checks a built site: each link leads to a page and a heading that exist, and nothing is loaded from elsewhere."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


def problems(site: Path) -> Iterator[str]:
    """Yields a line for each problem in the HTML and CSS files below a folder."""
    pages = {path.resolve(): _Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        place = path.relative_to(site.resolve())
        for url in page.loaded:
            if _is_elsewhere(url):
                yield f"{place}: loads {url}"
        for url in [*page.loaded, *page.links]:
            if urlsplit(url).scheme or _is_elsewhere(url):
                continue
            target, _, anchor = url.partition("#")
            folder = site if target.startswith("/") else path.parent  # as in 404.html, which has no place of its own
            file = (folder / unquote(urlsplit(target).path).lstrip("/")).resolve() if target else path
            if not file.is_file():
                yield f"{place}: {url} does not exist"
            elif anchor and file in pages and unquote(anchor) not in pages[file].anchors:
                yield f"{place}: {url}: the page has no such anchor"
    for path in sorted(site.rglob("*.css")):
        # `url(...)` and `@import "..."`, of CSS Syntax.
        for url in re.findall(r"""(?:url\(|@import)\s*["']?([^"')]+)""", path.read_text(encoding="utf-8")):
            if _is_elsewhere(url):
                yield f"{path.relative_to(site)}: loads {url}"


def _is_elsewhere(url: str) -> bool:
    return bool(urlsplit(url).netloc)


class _Page(HTMLParser):
    """The addresses in a page, and what can be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.add(values.get("id", ""))
        if "href" in values:
            (self.links if tag == "a" else self.loaded).append(values["href"])
        self.loaded += [values[name] for name in ("src", "data", "poster") if name in values]
        self.loaded += [part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()]
