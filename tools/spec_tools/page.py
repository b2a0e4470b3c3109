"""The documentation page: Swagger UI and the document in one HTML file that works offline."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def page(document: Mapping[str, Any], modules: Path) -> str:
    """Returns the page of a document; the same bytes for the same document and the same `node_modules`."""
    swagger_ui = modules / "swagger-ui-dist"
    bundle = _script((swagger_ui / "swagger-ui-bundle.js").read_text(encoding="utf-8"))
    own = _script((HERE / "page.js").read_text(encoding="utf-8"))
    sheet = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", (swagger_ui / "swagger-ui.css").read_text(encoding="utf-8"))
    style = _style(sheet + (HERE / "page.css").read_text(encoding="utf-8"))
    icon = base64.b64encode((swagger_ui / "favicon-32x32.png").read_bytes()).decode("ascii")
    licences = [(swagger_ui / name).read_text(encoding="utf-8") for name in _LICENCES]
    parts = {
        "policy": html.escape(_policy(scripts=[bundle, own], styles=[style])),
        "title": html.escape(document["info"]["title"]),
        "icon": f"data:image/png;base64,{icon}",
        "style": style,
        "licences": html.escape("\n\n".join(text.strip() for text in licences)),
        "document": json.dumps(document, ensure_ascii=False).replace("<", "\\u003c"),
        "bundle": bundle,
        "own": own,
    }
    template = (HERE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], template)


_LICENCES = ("NOTICE", "LICENSE", "swagger-ui-bundle.js.LICENSE.txt")


def _policy(scripts: list[str], styles: list[str]) -> str:
    """Returns a Content-Security-Policy for these inline scripts and styles, embedded images, and its own server."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "img-src data: blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode('utf-8')).digest()).decode('ascii')}'"


def _script(source: str) -> str:
    """Escapes JavaScript for a script element.

    `</script` would end the element, and `<!--` with `<script` would keep it from ending (HTML, section 4.12.1.3). The
    bundle contains them only in strings and regular expressions, where `\\x3C` is equivalent.
    """
    return re.sub(r"<(?=!--|/?script)", r"\\x3C", source, flags=re.IGNORECASE)


def _style(sheet: str) -> str:
    """Escapes CSS for a style element, which `</style` would end. In a CSS string, `\\3C ` is equivalent."""
    return re.sub(r"<(?=/style)", r"\\3C ", sheet, flags=re.IGNORECASE)
