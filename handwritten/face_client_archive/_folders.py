"""Where the images are saved: a local folder, or a URL of fsspec."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from attrs import frozen

from face_client_runtime import BinaryStream

from ._manifest import PART

MANIFEST = "manifest.jsonl"
# There, a new object is visible when all of it has arrived. Elsewhere, a file is renamed when it is whole.
_ATOMIC = {"abfs", "abfss", "az", "gcs", "gs", "memory", "oci", "oss", "s3", "s3a"}


@frozen
class Stored:
    """An image in the folder.

    Attributes:
        size: Its size in bytes.
        sha256: Its SHA-256, in hexadecimal.
    """

    size: int
    sha256: str


class Folder(Protocol):
    """Where images are saved, all or nothing. Threads can share it."""

    manifest: Path

    def remove_parts(self) -> None:
        """Removes the parts of files that a killed archive has left."""

    def has(self, name: str, size: int) -> bool:
        """Whether an image that was saved before is still there."""

    def find(self, name: str) -> Stored | None:
        """Returns the image with this name, or None."""

    def save(self, name: str, body: BinaryStream) -> Stored:
        """Saves an image. Raises OSError if it cannot be saved, or what reading the body raises."""


def open_folder(folder: str | os.PathLike[str], manifest: str | os.PathLike[str] | None) -> Folder:
    """Returns the folder of a path or URL, which is created."""
    url = os.fspath(folder)
    if not url:
        raise ValueError("the folder is empty: use . for the current folder")
    if url.startswith("file://"):
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise ValueError(
                f"{url} names the host {parts.netloc!r}: a local folder has three slashes, as in file:///images"
            )
        url = url2pathname(parts.path)
    if "://" in url:
        return RemoteFolder(url, Path(manifest) if manifest else None)
    if manifest:
        raise ValueError(f"the manifest of a local folder is {MANIFEST} in it: a path is for a URL")
    return LocalFolder(Path(url))


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        for each in reversed((path, *path.parents)):  # `parents=True` would leave the parents' modes to the umask
            each.mkdir(mode=0o700, exist_ok=True)
        self._path = path
        self.manifest = path / MANIFEST

    def remove_parts(self) -> None:
        with os.scandir(self._path) as entries:  # not a list of them, which needs memory
            for entry in entries:
                if entry.name.startswith(PART):
                    Path(entry).unlink(missing_ok=True)

    def has(self, name: str, size: int) -> bool:
        try:
            return (self._path / name).stat().st_size == size
        except FileNotFoundError:
            return False

    def find(self, name: str) -> Stored | None:
        path = self._path / name
        try:
            # A link or a FIFO is not from an archive: the one leads elsewhere, the other never ends.
            if not stat.S_ISREG(path.lstat().st_mode):
                return None
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return Stored(file.tell(), digest)
        except FileNotFoundError:
            return None

    def save(self, name: str, body: BinaryStream) -> Stored:
        body.save(self._path / name)
        stored = self.find(name)
        if stored is None:
            raise FileNotFoundError(f"{self._path / name} was removed as soon as it was saved")
        return stored


class RemoteFolder:
    """A folder of a file system of fsspec.

    What the manifest says about it is believed: asking for each image would take longer than a rate allows.
    """

    def __init__(self, url: str, manifest: Path | None) -> None:
        try:
            from fsspec.core import url_to_fs
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                'to save to a URL needs fsspec: pip install "face-client[fsspec]"', name="fsspec"
            ) from None
        protocol = url.partition("://")[0]
        try:
            self._system, path = url_to_fs(url, use_listings_cache=False)
        except ImportError as error:
            raise ModuleNotFoundError(f"to save to {protocol}://, more is needed: {error}", name=error.name) from None
        self._path = path.rstrip("/")
        self._is_atomic = protocol in _ATOMIC
        if not self._is_atomic:  # object stores have no folders, and some would create a bucket
            self._system.makedirs(self._path, exist_ok=True)
        # A user name, a password and a query are left out: a file name is no secret. The hash tells such URLs apart.
        plain = re.sub(r"(?<=//)[^/]*@|\?.*", "", url).rstrip("/")
        readable = re.sub(r"[^\w.-]+", "-", plain)[:100]
        digest = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:8]
        self.manifest = manifest or Path(f"{readable}-{digest}.jsonl")

    def remove_parts(self) -> None:
        """Does nothing: the part of an image is replaced when the image is fetched again."""

    def has(self, name: str, size: int) -> bool:  # noqa: ARG002  # see the class
        return True

    def find(self, name: str) -> Stored | None:
        try:
            return _stored(self._system.cat_file(f"{self._path}/{name}"))
        except FileNotFoundError:
            return None

    def save(self, name: str, body: BinaryStream) -> Stored:
        # Not by pieces: fsspec completes a file even if an exception leaves its `with` block.
        data = body.read()
        path = f"{self._path}/{name}"
        if self._is_atomic:
            self._system.pipe_file(path, data)
            return _stored(data)
        part = f"{self._path}/{PART}{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        try:
            self._system.pipe_file(part, data)
            self._system.mv(part, path)
        except BaseException:
            with suppress(Exception):
                self._system.rm_file(part)
            raise
        return _stored(data)


def _stored(data: Any) -> Stored:
    return Stored(len(data), hashlib.sha256(data).hexdigest())
