"""The page to read and try, in a real browser that finds no host but the emulator's."""

import base64
import io
import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from face_client.document import API_VERSION
from face_emulator import SAMPLE_IMAGE_ID, Emulator, Fault
from face_emulator import page as served
from face_emulator.attempts import OUTCOMES
from face_emulator.emulator import DEFAULT_KEY
from generator.document import load
from tools.spec_tools import npm
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
    options.add_argument("--host-resolver-rules=MAP rebound.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
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

        found = WebDriverWait(self.driver, 20, 0.05).until(visible, f"nothing at {selector} shows {text!r}")
        assert found is not None
        return found

    def click(self, selector: str, text: str = "") -> None:
        """Click an element where the device's panel does not cover it."""
        element = self.find(selector, text)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def authorize(self, key: str) -> None:
        """Enter the key in the dialog, as a person would."""
        self.find("button.authorize", "Authorize").click()
        self.find(".modal-ux input").send_keys(key)
        self.find(".modal-ux button.authorize", "Authorize").click()
        self.find(".modal-ux button.btn-done", "Close").click()

    def open_operation(self, operation: str) -> str:
        """Unfold an operation, and return its selector."""
        selector = f"[id$=-{operation}]"
        if "is-open" not in str(self.find(selector).get_attribute("class")):
            self.click(f"{selector} .opblock-summary-control")
        self.find(f"{selector} .opblock-body")
        return selector

    def execute(self, operation: str, file: Path | None = None) -> None:
        """Make the request that the page fills in by itself, with a file if it needs one."""
        selector = self.open_operation(operation)
        if not self.driver.find_elements(By.CSS_SELECTOR, f"{selector} .cancel"):
            self.click(f"{selector} .try-out__btn", "Try it out")
        if file is not None:
            self.find(f"{selector} input[type=file]").send_keys(str(file))
        self.click(f"{selector} .execute")

    def answer(self, operation: str, text: str) -> str:
        """The response to the last request, as soon as it has a text."""
        return self.find(f"[id$=-{operation}] .live-responses-table .response", text).text

    def play(self, outcome: str) -> None:
        """Play an attempt of the session that the page has filled in."""
        Select(self.find("#device select")).select_by_value(outcome)
        self.click("#device button", "Play attempt")

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
    browser.execute("getSessionImage")
    image = browser.shown_image()
    assert (image["width"], image["height"]) == Image.open(io.BytesIO(face.images[SAMPLE_IMAGE_ID])).size
    assert image["src"].startswith("blob:")
    link = browser.find(".live-responses-table a[download]")
    assert link.get_attribute("download") == "session-image.jpeg"
    assert "content-type: application/octet-stream" in browser.find(".live-responses-table", "Response headers").text

    (request,) = [request for request in face.requests if request.path.startswith("/face/")]
    assert (request.method, request.path) == ("GET", PATH)
    assert request.headers["ocp-apim-subscription-key"] == face.key

    requested = browser.requested()
    assert face.endpoint + PATH in requested
    assert outside(requested, face.endpoint) == []
    assert [request.path for request in face.requests] == ["/", PATH]
    assert browser.complaints() == []


def test_a_rebound_name_gets_nothing(driver: webdriver.Chrome, face: Emulator) -> None:
    """A page whose own name leads to the emulator is of its origin for the browser, but not for the emulator."""
    face.faults.add(Fault(status=503))
    statuses = []
    for origin in (face.endpoint.replace("127.0.0.1", "rebound.test"), face.endpoint):
        driver.get(origin + "/_emulator/health")
        clear = "fetch('/_emulator/faults', {method: 'DELETE'}).then((response) => arguments[0](response.status))"
        statuses.append((driver.execute_async_script(clear), len(face.faults)))
    assert statuses == [(421, 1), (200, 0)]


KINDS = {
    "without verify": ("createLivenessSession", "getLivenessSessionResult", "deleteLivenessSession"),
    "with verify": (
        "createLivenessWithVerifySession",
        "getLivenessWithVerifySessionResult",
        "deleteLivenessWithVerifySession",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_session_is_played(browser: Browser, face: Emulator, tmp_path: Path, kind: str) -> None:
    """Create, play, result, image, delete: the page fills in each id by itself, and what is deleted is a 404."""
    create, get_result, delete = KINDS[kind]
    file = None
    if kind == "with verify":
        file = tmp_path / "reference.jpg"
        file.write_bytes(face.images[SAMPLE_IMAGE_ID])
    browser.open(face.endpoint + "/")
    browser.authorize(face.key)

    browser.execute(create, file)
    assert "NotStarted" in browser.answer(create, "200")
    browser.play("realface")
    browser.find("#device output", "Played")
    browser.execute(get_result)
    result = browser.answer(get_result, "200")
    assert '"livenessDecision": "realface"' in result
    assert ("isIdentical" in result) is (kind == "with verify")
    browser.execute("getSessionImage")
    image = browser.shown_image()
    assert (image["width"], image["height"]) == Image.open(io.BytesIO(face.images[SAMPLE_IMAGE_ID])).size
    browser.execute(delete)
    browser.answer(delete, "204")

    for operation in (get_result, "getSessionImage"):
        browser.execute(operation)
        assert browser.answer(operation, "SessionNotFound").startswith("404")
    browser.play("realface")
    browser.find("#device output", "404 SessionNotFound")
    assert outside(browser.requested(), face.endpoint) == []
    assert all("status of 404" in complaint for complaint in browser.complaints())


def test_the_device_plays_every_outcome(browser: Browser, face: Emulator) -> None:
    """The choices are those of the emulator, and the result shows the one that was played."""
    browser.open(face.endpoint + "/")
    choices = Select(browser.find("#device select")).options
    assert {choice.get_attribute("value") for choice in choices} == set(OUTCOMES)
    browser.authorize(face.key)
    browser.execute("createLivenessSession")
    browser.answer("createLivenessSession", "200")
    for outcome, shown in {"spoofface": "spoofface", "mask": "FaceWithMaskDetected", "canceled": "Canceled"}.items():
        browser.play(outcome)
        browser.find("#device output", "Played")
        browser.execute("getLivenessSessionResult")
        browser.answer("getLivenessSessionResult", shown)


def test_a_new_session_replaces_the_one_before(browser: Browser, face: Emulator) -> None:
    """Its id is filled in even in an operation that was open with another id."""
    browser.open(face.endpoint + "/")
    browser.open_operation("getLivenessSessionResult")
    browser.authorize(face.key)
    for number in (1, 2):
        browser.execute("createLivenessSession")
        WebDriverWait(browser.driver, 20).until(lambda _, number=number: len(face.session_ids) == number)
        browser.answer("createLivenessSession", face.session_ids[-1])
        browser.execute("getLivenessSessionResult")
        browser.answer("getLivenessSessionResult", face.session_ids[-1])


def test_a_page_of_another_server_says_that_it_cannot_play(browser: Browser, built: str, tmp_path: Path) -> None:
    """The device is the emulator's, whatever else serves the page."""
    (tmp_path / "index.html").write_text(built, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            browser.open(f"http://127.0.0.1:{server.server_port}/")
            browser.find("#device input").send_keys("a-session")
            browser.play("realface")
            browser.find("#device output", "only face-emulator can play a device")
        finally:
            server.shutdown()
            thread.join()


def test_a_wrong_key_shows_the_401(browser: Browser, face: Emulator) -> None:
    """The status, the error's text and its header are shown, no picture, and what to do."""
    browser.open(face.endpoint + "/")
    browser.authorize("wrong-key")
    browser.execute("getSessionImage")
    assert f"The key of face-emulator is {DEFAULT_KEY}" in browser.find(".hint").text
    answer = browser.find(".live-responses-table .response", "401")
    assert "Access denied due to invalid subscription key" in answer.text
    assert "x-ms-error-code: 401" in answer.text
    assert browser.driver.find_elements(By.CSS_SELECTOR, IMAGE) == []
    assert outside(browser.requested(), face.endpoint) == []


def test_the_key_is_named_and_hidden(browser: Browser, face: Emulator) -> None:
    """The dialog names the emulator's key, and shows dots for the one that is typed."""
    browser.open(face.endpoint + "/")
    assert DEFAULT_KEY in browser.find("#served").text
    browser.find("button.authorize", "Authorize").click()
    assert f"The key of face-emulator is {DEFAULT_KEY}" in browser.find(".modal-ux").text
    assert browser.find(".modal-ux input").get_attribute("type") == "password"


def test_a_phone_shows_all_of_its_width(browser: Browser, face: Emulator) -> None:
    """Neither the page, an answer nor the dialog is wider than a small screen."""
    screen = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        browser.open(face.endpoint + "/")
        browser.execute("getSessionImage")
        browser.find(".hint")
        browser.click("button.authorize", "Authorize")
        browser.find(".modal-ux input")
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") == 360
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


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
    browser.execute("getSessionImage")
    for kind, pixel in PIXELS.items():
        browser.click("button.btn-clear")
        face.images[SAMPLE_IMAGE_ID] = base64.b64decode(pixel)
        browser.click("button.execute")
        assert browser.shown_image()["width"] == 1, kind
        assert browser.find(".live-responses-table a[download]").get_attribute("download") == f"session-image.{kind}"


def test_what_is_no_image_is_offered_as_a_file(browser: Browser, face: Emulator) -> None:
    """Bytes of no known kind are not shown as a broken picture."""
    face.faults.add(Fault(body=b"<svg onload=alert(1)>"))
    browser.open(face.endpoint + "/")
    browser.execute("getSessionImage")
    browser.find(".live-responses-table a[download]")
    assert browser.driver.find_elements(By.CSS_SELECTOR, IMAGE) == []


def test_it_reads_from_a_file(browser: Browser, built: str, tmp_path: Path) -> None:
    """Opened from a disk, the page shows the whole document, asks for nothing, and says where it can be tried."""
    path = tmp_path / "index.html"
    path.write_text(built, encoding="utf-8")
    browser.open(path.as_uri())
    browser.open_operation("getSessionImage")
    text = browser.find("body").text
    for told in ("Azure AI Face liveness sessions", "Get Session Image", "FaceErrorResponse", "x-ms-error-code"):
        assert told in text
    assert "face-emulator" in browser.find("#read").text
    assert not browser.driver.find_element(By.ID, "device").is_displayed()
    assert browser.driver.find_elements(By.CSS_SELECTOR, "button.try-out__btn") == []
    assert not browser.driver.find_element(By.CSS_SELECTOR, "button.authorize").is_displayed()
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


def test_it_holds_everything(built: str) -> None:
    """No element of the page has an address outside of it, and its policy allows no other script."""
    elements = re.sub(r"(<(script|style|pre)\b[^>]*>).*?</\2>", r"\1", built, flags=re.DOTALL)
    assert re.findall(r"(?:src|href|action)=\"(?!data:|index\.html\")", elements) == []
    assert "unsafe" not in elements
    assert "default-src 'none'" in elements.replace("&#x27;", "'")
    assert len(built) < 3_000_000


def test_no_lock_file_names_a_registry() -> None:
    """What is installed is named by its hash; where it comes from is the business of whoever installs it."""
    lock = json.loads((npm.HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) == 5
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages)
    wanted = json.loads((npm.HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_without_npm_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Node.js is told what is missing."""
    monkeypatch.setattr(npm, "INSTALLED", tmp_path / "build" / "spec_tools")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(npm.ToolMissingError, match="npm is not installed"):
        npm.packages()
