"""Looks at the pages of a built site in headless Chromium: axe finds nothing serious, and nothing else is asked."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tools.spec_tools import npm

# https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#results-object
_RUN = """
const done = arguments[arguments.length - 1];
axe.run({resultTypes: ["violations"]}).then(({violations}) => done(violations));
"""


def audit(site: Path) -> Iterator[str]:
    """Yields a line for each finding, in light and dark.

    Raises:
        ToolMissingError: Chromium, its driver or npm is not installed.
    """
    axe = (npm.packages() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    driver = _chromium()
    try:
        for scheme in ("light", "dark"):
            driver.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            )
            for path in sorted(site.rglob("*.html")):
                if path.name == "404.html":  # it only works where a server answers with it
                    continue
                place = f"{path.relative_to(site)} ({scheme})"
                driver.get(path.as_uri())
                driver.execute_script(axe)
                for violation in driver.execute_async_script(_RUN):
                    if violation["impact"] in ("serious", "critical"):
                        yield f"{place}: {_described(violation)}"
                yield from (f"{place}: asks {url}" for url in _asked(driver) if not url.startswith(("file:", "data:")))
    finally:
        driver.quit()


def _described(violation: dict[str, Any]) -> str:
    first = " ".join(violation["nodes"][0]["html"].split())
    return f"{violation['impact']}: {violation['help']} ({len(violation['nodes'])}): {first[:200]}"


def _asked(driver: webdriver.Chrome) -> Iterator[str]:
    for entry in driver.get_log("performance"):  # type: ignore[no-untyped-call]
        event = json.loads(entry["message"])["message"]
        if event["method"] == "Network.requestWillBeSent":
            yield event["params"]["request"]["url"]


def _chromium() -> webdriver.Chrome:
    browser, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not browser or not driver:
        raise npm.ToolMissingError("chromium and chromedriver are not both installed")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1280,1000"):
        options.add_argument(f"--{argument}")
    # Of a person with a mouse, since the theme leaves out on a phone what is for a keyboard.
    options.add_argument("--blink-settings=primaryHoverType=2,availableHoverTypes=2")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))
