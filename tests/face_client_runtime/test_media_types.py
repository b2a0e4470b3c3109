"""Which of several documented media types a response has."""

import httpx
import pytest

from face_client_runtime import RawResponse

JSON, DOG, TEXT, PDF, ANY = "application/json", "application/vnd.dog+json", "text/plain", "application/pdf", "*/*"


def _media_type(given: str | None, *documented: str) -> str:
    headers = httpx.Headers({} if given is None else {"Content-Type": given})
    return RawResponse(200, headers, b"", httpx.Request("GET", "https://contoso.com")).media_type(*documented)


@pytest.mark.parametrize(
    ("given", "documented", "found"),
    [
        (JSON, (PDF, JSON), JSON),
        ("Application/JSON; charset=utf-8", (PDF, JSON), JSON),
        (JSON, (DOG, JSON), JSON),
        (DOG, (JSON, DOG), DOG),
        ("application/problem+json", (PDF, JSON), JSON),
        ("text/json", (TEXT, JSON), JSON),
        ("text/csv", (JSON, TEXT), TEXT),
        ("image/png", (JSON, "image/*"), "image/*"),
        ("text/html", (JSON, ANY), ANY),
        ("text/html", (JSON, "text/html"), "text/html"),
        ("application/octet-stream", (JSON, PDF), PDF),
        ("image/png", (JSON, PDF), PDF),
        (JSON, (TEXT, PDF), PDF),
        (None, (JSON, PDF), PDF),
        (None, (JSON, TEXT), JSON),
    ],
)
def test_the_documented_media_type(given: str | None, documented: tuple[str, ...], found: str) -> None:
    """The same one goes before a range, that before one of the same syntax, and that before a file."""
    assert _media_type(given, *documented) == found


@pytest.mark.parametrize("given", ["text/html", "application/xhtml+xml", "image/png"])
def test_no_documented_media_type(given: str) -> None:
    """A page of a proxy is nothing that is documented otherwise, and a file is no text."""
    with pytest.raises(ValueError, match="none of application/json, text/plain"):
        _media_type(given, JSON, TEXT)
