"""The images: one bundled portrait, and those of a folder."""

from functools import cache
from importlib import resources
from pathlib import Path

SAMPLE_IMAGE_ID = "3d035d35-2e01-4ed4-8935-577afde9caaa"
"""The id in the sample request of the reference page. The emulator always has an image with this id."""


@cache
def bundled_image() -> bytes:
    """Return the JPEG portrait that is served as `SAMPLE_IMAGE_ID`."""
    return resources.files("face_emulator").joinpath("portrait.jpg").read_bytes()


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files in a folder. The id of each is its name without the last suffix.

    Subfolders and hidden files are ignored, and so are links to files outside of the folder.

    Raises:
        OSError: The folder does not exist, or a file in it cannot be read.
        ValueError: Two files have the same id.
    """
    images: dict[str, bytes] = {}
    inside = folder.resolve()
    for file in sorted(folder.iterdir()):
        if file.name.startswith(".") or not file.is_file() or not file.resolve().is_relative_to(inside):
            continue
        if file.stem in images:
            raise ValueError(f"two files in {folder} have the same image id {file.stem!r}")
        images[file.stem] = file.read_bytes()
    return images
