"""Saves the images of many ids into a folder, with a manifest: resumed after a kill, and nothing fetched twice."""

from ._archive import archive
from ._errors import FolderInUseError, ServiceDownError
from ._ids import read_ids
from ._names import file_name, image_id
from ._progress import ArchiveSummary, Progress

__all__ = [
    "ArchiveSummary",
    "FolderInUseError",
    "Progress",
    "ServiceDownError",
    "archive",
    "file_name",
    "image_id",
    "read_ids",
]
