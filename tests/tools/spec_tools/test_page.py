"""The page to read and try, in a real browser that finds no host but the emulator's."""

import base64
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from face_client.document import API_VERSION
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault
from face_emulator import page as served
from generator.document import load
from tools.spec_tools import __main__, npm
from tools.spec_tools.page import page

DOCUMENT = Path(__file__).resolve().parents[3] / "spec" / "openapi.yaml"
PATH = f"/face/{API_VERSION}/sessionImages/{SAMPLE_IMAGE_ID}"
IMAGE = ".live-responses-table img"


@pytest.fixture(scope="session")
def built(modules: Path) -> str:
    """The page of the document."""
    return page(load(DOCUMENT), modules)


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    """A Chromium without a window, without a name server, and with a record of what it asks for."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium") or shutil.which("google-chrome"))
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1200,2000"):
        options.add_argument(f"--{argument}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield chrome
    chrome.quit()


class Browser:
    """The page as a person uses it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self._requested: list[str] = []

    def open(self, url: str) -> None:
        """Open a page without anything of the one before."""
        self.driver.get("about:blank")
        self._read_log()
        self._log("browser")
        self._requested.clear()
        self.driver.get(url)
        self.find(".title")

    def find(self, selector: str, text: str = "") -> WebElement:
        """The first element of a selector that shows a text, as soon as it is there."""

        def visible(driver: webdriver.Chrome) -> WebElement | None:
            found = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((each for each in found if each.is_displayed() and text in each.text), None)

        found = WebDriverWait(self.driver, 20).until(visible, f"nothing at {selector} shows {text!r}")
        assert found is not None
        return found

    def authorize(self, key: str) -> None:
        """Enter the key in the dialog, as a person would."""
        self.find("button.authorize", "Authorize").click()
        self.find(".modal-ux input").send_keys(key)
        self.find(".modal-ux button.authorize", "Authorize").click()
        self.find(".modal-ux button.btn-done", "Close").click()

    def execute(self) -> None:
        """Ask for the image, with the example that the document gives."""
        self.find("button.try-out__btn", "Try it out").click()
        self.find("button.execute").click()

    def shown_image(self) -> dict[str, Any]:
        """What the browser has made of the picture in the answer."""
        picture = self.find(IMAGE)
        script = "return {width: arguments[0].naturalWidth, height: arguments[0].naturalHeight, src: arguments[0].src}"
        WebDriverWait(self.driver, 20).until(lambda driver: driver.execute_script(script, picture)["width"])
        return dict(self.driver.execute_script(script, picture))

    def requested(self) -> list[str]:
        """The address of each request since the page was opened, whatever became of it."""
        self._read_log()
        return self._requested

    def complaints(self) -> list[str]:
        """What the browser says on its console: errors, and everything that the page's policy has refused."""
        return [entry["message"] for entry in self._log("browser")]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return entries

    def _read_log(self) -> None:
        for entry in self._log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                self._requested.append(event["params"]["request"]["url"])


@pytest.fixture
def browser(driver: webdriver.Chrome) -> Browser:
    return Browser(driver)


@pytest.fixture
def face(face_emulator: Emulator, built: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator that has the page."""
    path = tmp_path / "page.html"
    path.write_text(built, encoding="utf-8")
    monkeypatch.setattr(served, "PAGE", path)
    return face_emulator


def outside(requested: list[str], place: str) -> list[str]:
    """The requests that left the page and the place that it came from."""
    return [url for url in requested if not url.startswith((place + "/", "data:", "blob:" + place + "/"))]


def test_the_image_is_seen(browser: Browser, face: Emulator) -> None:
    """Open the page, enter the key, execute: the picture is there, and nobody but the emulator was asked."""
    browser.open(face.endpoint + "/")
    browser.authorize(face.key)
    browser.execute()
    image = browser.shown_image()
    assert (image["width"], image["height"]) == Image.open(io.BytesIO(face.images[SAMPLE_IMAGE_ID])).size
    assert image["src"].startswith("blob:")
    link = browser.find(".live-responses-table a[download]")
    assert link.get_attribute("download") == "session-image.jpeg"
    assert "content-type: application/octet-stream" in browser.find(".live-responses-table", "Response headers").text

    (request,) = [request for request in face.requests if request.path.startswith("/face/")]
    assert (request.method, request.path) == ("GET", PATH)
    assert ("ocp-apim-subscription-key", face.key) in request.headers

    requested = browser.requested()
    assert face.endpoint + PATH in requested
    assert outside(requested, face.endpoint) == []
    assert [request.path for request in face.requests] == ["/", PATH]
    assert browser.complaints() == []


def test_a_wrong_key_shows_the_401(browser: Browser, face: Emulator) -> None:
    """The status, the error's text and its header are shown, and no picture."""
    browser.open(face.endpoint + "/")
    browser.authorize("wrong-key")
    browser.execute()
    answer = browser.find(".live-responses-table .response", "401")
    assert "Access denied due to invalid subscription key" in answer.text
    assert "x-ms-error-code: 401" in answer.text
    assert browser.driver.find_elements(By.CSS_SELECTOR, IMAGE) == []
    assert outside(browser.requested(), face.endpoint) == []


# One pixel each, the least that a decoder takes.
PIXELS = {
    "png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "gif": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    "bmp": "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAA////AA==",
    "webp": "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
}


def test_other_kinds_of_images_are_seen(browser: Browser, face: Emulator) -> None:
    """The first bytes say what it is, whatever the service calls it: PNG, GIF, BMP and WebP, as well as JPEG."""
    browser.open(face.endpoint + "/")
    browser.authorize(face.key)
    browser.execute()
    for kind, pixel in PIXELS.items():
        browser.find("button.btn-clear").click()
        face.images[SAMPLE_IMAGE_ID] = base64.b64decode(pixel)
        browser.find("button.execute").click()
        assert browser.shown_image()["width"] == 1, kind
        assert browser.find(".live-responses-table a[download]").get_attribute("download") == f"session-image.{kind}"


def test_what_is_no_image_is_offered_as_a_file(browser: Browser, face: Emulator) -> None:
    """Bytes of no known kind are not shown as a broken picture."""
    face.faults.add(Fault(body=b"<svg onload=alert(1)>"))
    browser.open(face.endpoint + "/")
    browser.execute()
    browser.find(".live-responses-table a[download]")
    assert browser.driver.find_elements(By.CSS_SELECTOR, IMAGE) == []


def test_it_reads_from_a_file(browser: Browser, built: str, tmp_path: Path) -> None:
    """Opened from a disk, the page shows the whole document, asks for nothing, and says where it can be tried."""
    path = tmp_path / "index.html"
    path.write_text(built, encoding="utf-8")
    browser.open(path.as_uri())
    text = browser.find("body").text
    for told in ("Azure AI Face liveness session image", "Get Session Image", "FaceErrorResponse", "x-ms-error-code"):
        assert told in text
    assert "face-emulator" in browser.find("#where").text
    assert browser.driver.find_elements(By.CSS_SELECTOR, "button.try-out__btn") == []
    assert [url for url in browser.requested() if not url.startswith("data:")] == [path.as_uri()]
    assert browser.complaints() == []


def test_the_policy_refuses_other_places(browser: Browser, face: Emulator) -> None:
    """Even a script in the page cannot ask anybody but the emulator, and the console tells of it."""
    browser.open(face.endpoint + "/")
    script = "return fetch('https://resource-name.invalid/').then(() => 'asked', () => 'refused')"
    assert browser.driver.execute_script(script) == "refused"
    complaints = browser.complaints()
    assert complaints
    assert all("Content Security Policy" in complaint for complaint in complaints)


def test_a_page_that_asks_others_is_found_out(browser: Browser, face: Emulator, tmp_path: Path) -> None:
    """The record holds a request that found no host, so that the tests above are worth something."""
    path = tmp_path / "index.html"
    path.write_text('<h1 class="title">x</h1><img src="https://resource-name.invalid/x.png">', encoding="utf-8")
    browser.open(path.as_uri())
    assert "https://resource-name.invalid/x.png" in outside(browser.requested(), face.endpoint)


HOSTILE = (
    "</script></style></title><!--<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
)


def test_a_hostile_document_runs_nothing(browser: Browser, modules: Path, tmp_path: Path) -> None:
    """Text of the document stays text, wherever it is put."""
    document = load(DOCUMENT)
    document["info"]["title"] = document["info"]["description"] = HOSTILE
    path = tmp_path / "index.html"
    path.write_text(page(document, modules), encoding="utf-8")
    browser.open(path.as_uri())
    assert browser.driver.title == HOSTILE
    assert HOSTILE in browser.find(".title").text


def test_the_same_bytes_each_time(built: str, modules: Path) -> None:
    """The page depends on the document and on what the lock file names."""
    assert page(load(DOCUMENT), modules) == built


def test_the_command(
    built: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It writes the page to build/docs/, and to where the emulator looks."""
    assert __main__.SERVED == served.PAGE
    monkeypatch.setattr(__main__, "PAGE", tmp_path / "docs" / "index.html")
    monkeypatch.setattr(__main__, "SERVED", tmp_path / "page.html")
    assert __main__.main(["page"]) == 0
    assert "index.html" in capsys.readouterr().out
    assert (tmp_path / "docs" / "index.html").read_text(encoding="utf-8") == built
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == built


def test_it_holds_everything(built: str) -> None:
    """No element of the page has an address outside of it, and its policy allows no other script."""
    elements = re.sub(r"(<(script|style|pre)\b[^>]*>).*?</\2>", r"\1", built, flags=re.DOTALL)
    assert re.findall(r"(?:src|href|action)=\"(?!data:)", elements) == []
    assert "unsafe" not in elements
    assert "default-src 'none'" in elements.replace("&#x27;", "'")
    assert len(built) < 3_000_000


def test_no_lock_file_names_a_registry() -> None:
    """What is installed is named by its hash; where it comes from is the business of whoever installs it."""
    lock = json.loads((npm.HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) == 3
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages)
    wanted = json.loads((npm.HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_without_npm_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Node.js is told what is missing."""
    monkeypatch.setattr(npm, "INSTALLED", tmp_path / "build" / "spec_tools")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(npm.ToolMissingError, match="npm is not installed"):
        npm.packages()
