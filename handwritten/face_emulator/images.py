"""Where the images come from: one bundled portrait, and a folder that is read once."""

from importlib import resources
from pathlib import Path

SAMPLE_IMAGE_ID = "3d035d35-2e01-4ed4-8935-577afde9caaa"
"""The id in the reference page's sample request; the emulator always serves an image under it."""


def bundled_image() -> bytes:
    """The portrait that is served as `SAMPLE_IMAGE_ID`: a JPEG."""
    return resources.files("face_emulator").joinpath("portrait.jpg").read_bytes()


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read every regular file directly in `folder`; the id of each is its name without the last suffix.

    Subfolders are left out, and so are links that lead out of the folder.

    Raises:
        OSError: `folder` is missing, is not a folder, or holds a file that cannot be read.
        ValueError: Two files claim the same id.
    """
    images: dict[str, bytes] = {}
    inside = folder.resolve()
    for file in sorted(folder.iterdir()):
        if not file.is_file() or not file.resolve().is_relative_to(inside):
            continue
        if file.stem in images:
            raise ValueError(f"two files in {folder} claim the image id {file.stem!r}")
        images[file.stem] = file.read_bytes()
    return images
