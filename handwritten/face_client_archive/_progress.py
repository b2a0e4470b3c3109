"""What `archive` reports."""

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen


@frozen
class Progress:
    """How far an archive is.

    Attributes:
        saved: How many images were saved.
        skipped: How many ids were finished before, or were in the list before.
        failed: How many ids failed, now or before.
        total: How many ids there are, or None if that is not known.
        elapsed: Seconds since the start.
        bytes: The size of the images that were saved.
    """

    saved: int
    skipped: int
    failed: int
    total: int | None
    elapsed: float
    bytes: int


@frozen
class ArchiveSummary:
    """What an archive has done.

    Attributes:
        saved: How many images were saved.
        skipped: How many ids were finished before, or were in the list before.
        failed: How many ids failed, now or before.
        errors: How many ids failed by error code, the most frequent first.
        manifest: The path of the manifest.
    """

    saved: int
    skipped: int
    failed: int
    errors: Mapping[str, int]
    manifest: Path
