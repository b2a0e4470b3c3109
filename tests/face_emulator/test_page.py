from pathlib import Path

import httpx
import pytest

from face_emulator import Emulator
from face_emulator import page as module


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the emulator looks for its page, with none there yet."""
    path = tmp_path / "page.html"
    monkeypatch.setattr(module, "PAGE", path)
    return path


def test_the_page_is_at_the_root(http: httpx.Client, face_emulator: Emulator, built: Path) -> None:
    """Without a key, whoever opens the endpoint in a browser gets the page as it was built."""
    built.write_bytes("<!DOCTYPE html><p>\N{LATIN SMALL LETTER U WITH DIAERESIS}".encode())
    response = http.get(face_emulator.endpoint)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.content == built.read_bytes()


@pytest.mark.usefixtures("built")
def test_a_page_that_was_not_built_says_how_to_build_it(http: httpx.Client, face_emulator: Emulator) -> None:
    """Plain text, with the command."""
    response = http.get(face_emulator.endpoint + "/")
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "make docs" in response.text


@pytest.mark.usefixtures("built")
def test_a_page_that_is_built_later_is_served(http: httpx.Client, face_emulator: Emulator, built: Path) -> None:
    """The emulator needs no restart."""
    assert http.get(face_emulator.endpoint).status_code == 404
    built.write_text("page", encoding="utf-8")
    assert http.get(face_emulator.endpoint).text == "page"


def test_the_page_is_only_read(http: httpx.Client, face_emulator: Emulator) -> None:
    """Other methods on it are refused as the service refuses them."""
    response = http.post(face_emulator.endpoint)
    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert response.json()["error"]["code"] == "405"
