import os
from pathlib import Path

import httpx
import pytest
from PIL import Image

from face_emulator import SAMPLE_IMAGE_ID, Emulator
from face_emulator.images import bundled_image, read_folder


def test_the_bundled_image_is_a_portrait_of_a_natural_size() -> None:
    """A JPEG, higher than wide, of 20 to 40 kB, without metadata: much of what the wheel weighs."""
    file = Path(__file__).parents[2] / "handwritten" / "face_emulator" / "portrait.jpg"
    assert file.read_bytes() == bundled_image()
    assert 20_000 <= len(bundled_image()) <= 40_000
    with Image.open(file) as image:
        assert image.format == "JPEG"
        assert image.width < image.height
        assert not image.getexif()
        assert image.info.keys() <= {"jfif", "jfif_version", "jfif_density", "jfif_unit"}


def test_the_bundled_image_is_always_served() -> None:
    """The sample id has an image beside those given, unless they replace it."""
    assert Emulator(images={"x": b"1"}).images == {SAMPLE_IMAGE_ID: bundled_image(), "x": b"1"}
    assert Emulator(images={SAMPLE_IMAGE_ID: b"1"}).images == {SAMPLE_IMAGE_ID: b"1"}


def test_a_file_is_served_under_its_stem(http: httpx.Client, tmp_path: Path, key: dict[str, str]) -> None:
    """Every regular file counts, whatever its suffix, and is read at the start."""
    (tmp_path / "Ae3P.jpg").write_bytes(b"one")
    (tmp_path / "a.b.png").write_bytes(b"two")
    (tmp_path / "bare").write_bytes(b"")
    with Emulator(images=str(tmp_path)) as face:
        (tmp_path / "Ae3P.jpg").unlink()
        (tmp_path / "late.jpg").write_bytes(b"late")
        base = face.endpoint + "/face/v1.2/sessionImages/"
        assert http.get(base + "Ae3P", headers=key).content == b"one"
        assert http.get(base + "a.b", headers=key).content == b"two"
        empty = http.get(base + "bare", headers=key)
        assert (empty.status_code, empty.headers["content-length"]) == (200, "0")
        for unknown in ("late", "Ae3P.jpg", "ae3p"):
            assert http.get(base + unknown, headers=key).status_code == 404


def test_subfolders_pipes_and_links_that_lead_out_are_left_out(tmp_path: Path) -> None:
    """Only regular files of the folder itself count; a link within it is as good as a file."""
    folder = tmp_path / "images"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "below.jpg").write_bytes(b"below")
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    (folder / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    (folder / "nowhere.jpg").symlink_to(folder / "missing.jpg")
    (folder / "in.jpg").symlink_to("real.jpg")
    (folder / "real.jpg").write_bytes(b"real")
    os.mkfifo(folder / "pipe.jpg")
    assert read_folder(folder) == {"in": b"real", "real": b"real"}


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    """What an editor, a system or a person keeps beside the images, such as `.env`, is not one."""
    for name in (".env", ".env.local", ".DS_Store", "x.jpg"):
        (tmp_path / name).write_bytes(b"x")
    assert read_folder(tmp_path) == {"x": b"x"}


def test_a_folder_may_be_reached_through_a_link(tmp_path: Path) -> None:
    """The folder's own path may be a link; its files are still inside it."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "x.jpg").write_bytes(b"x")
    (tmp_path / "link").symlink_to("images")
    assert read_folder(tmp_path / "link") == {"x": b"x"}


def test_two_files_with_one_stem_are_refused(tmp_path: Path) -> None:
    """Nobody has to guess which of them an id means."""
    (tmp_path / "x.jpg").touch()
    (tmp_path / "x.png").touch()
    with pytest.raises(ValueError, match="have the same image id 'x'"):
        Emulator(images=tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """The error is the system's own, and comes at once."""
    with pytest.raises(FileNotFoundError):
        Emulator(images=tmp_path / "missing")
