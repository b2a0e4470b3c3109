"""Archives to a URL of fsspec."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.core import url_to_fs
from fsspec.implementations.memory import MemoryFileSystem

import face_client_archive
from face_client import Client
from face_client_archive import ArchiveSummary, file_name
from face_client_archive._folders import open_folder
from face_emulator import Emulator, Fault


@pytest.fixture(params=["memory", "local", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A URL where an object appears when it is whole, one where files are renamed, and one of a local folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    yield "memory://bucket/images/" if request.param == "memory" else f"{request.param}://{tmp_path}/images/"
    MemoryFileSystem.store.clear()


@pytest.fixture
def archive(client: Client, url: str) -> Callable[..., ArchiveSummary]:
    """`archive` to the URL, as `archive(ids, ...)`."""

    def run(ids: Any, **options: Any) -> ArchiveSummary:
        return face_client_archive.archive(client, ids, url, requests_per_second=None, **options)

    return run


def saved(url: str) -> dict[str, bytes]:
    """The files below a URL by their names, but for a manifest."""
    system, path = url_to_fs(url)
    files = {name.rpartition("/")[2]: system.cat_file(name) for name in system.find(path)}
    files.pop("manifest.jsonl", None)
    return files


def test_images_are_saved_and_resumed(
    archive: Callable[..., ArchiveSummary],
    url: str,
    images: dict[str, bytes],
    face_emulator: Emulator,
    asked: Callable[[], list[str]],
) -> None:
    """Each image has its file, one that fails at first too, and nothing else is there; none is fetched twice."""
    first, *_ = images
    face_emulator.faults.add(Fault(image_id=first, truncate=10, times=1))

    assert archive(list(images)[:20]).saved == 20
    assert archive(images).skipped == 20
    assert saved(url) == {file_name(image_id): image for image_id, image in images.items()}
    assert sorted(asked()) == sorted([first, *images])


def test_images_without_a_line_are_not_fetched_again(
    archive: Callable[..., ArchiveSummary], images: dict[str, bytes], asked: Callable[[], list[str]]
) -> None:
    """What was saved right before a kill is recorded by the next archive."""
    archive(images).manifest.unlink()
    asked()

    assert archive(images).skipped == len(images)
    assert asked() == []


def test_the_manifest_of_a_url_is_local(
    client: Client, images: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the current folder, and named after the URL: each URL has its own."""
    monkeypatch.chdir(tmp_path)

    def manifest(url: str) -> str:
        return str(face_client_archive.archive(client, [], url).manifest)

    name = manifest("memory://bucket/images")
    assert name == manifest("memory://bucket/images/") == "memory-bucket-images-e0181ecc.jsonl"
    assert manifest("memory://bucket-images").startswith("memory-bucket-images-")
    assert manifest("memory://bucket-images") != name


def test_the_path_of_the_manifest_can_be_chosen(client: Client, images: dict[str, bytes], tmp_path: Path) -> None:
    """For a URL the manifest can be anywhere; that of a local folder is in it."""
    path = tmp_path / "images.jsonl"

    assert face_client_archive.archive(client, list(images)[:3], "memory://bucket", manifest=path).manifest == path
    assert len(path.read_text().splitlines()) == 3
    with pytest.raises(ValueError, match=r"the manifest of a local folder is manifest\.jsonl in it"):
        face_client_archive.archive(client, images, tmp_path, manifest=path)


def test_it_says_what_to_install(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL without fsspec, or without the package of its protocol, is an error that names the package."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ModuleNotFoundError, match=r"to save to s3://, more is needed: .*s3fs"):
        face_client_archive.archive(client, [], "s3://bucket")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "face-client\[fsspec\]"'):
        face_client_archive.archive(client, [], "s3://bucket")


def test_an_unknown_protocol(client: Client) -> None:
    """The error of fsspec says that it does not know the protocol."""
    with pytest.raises(ValueError, match="Protocol not known: nowhere"):
        face_client_archive.archive(client, [], "nowhere://bucket")


def test_a_file_url_with_a_host(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two slashes, the first folder would be dropped."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"names the host 'images': a local folder has three slashes"):
        face_client_archive.archive(client, ["an-id"], "file://images/today")


@pytest.mark.parametrize("url", ["https://user:s3cret@127.0.0.1/images", "memory://images?token=s3cret"])
def test_no_secret_of_a_url_is_in_the_name_of_the_manifest(url: str) -> None:
    """A user name, a password and a query stay out of it."""
    assert "s3cret" not in open_folder(url, None).manifest.name
    assert "user" not in open_folder(url, None).manifest.name
