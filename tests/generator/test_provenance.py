"""Where a generated package says that it comes from."""

import hashlib
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from face_client import document as committed
from generator.build import build

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "spec" / "openapi.yaml"


def constants(package: Path) -> ModuleType:
    """The module of constants of a package that is not installed."""
    spec = spec_from_file_location("constants", package / "document.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generator_is_the_pinned_one() -> None:
    """The package names the generator, in the version that pyproject.toml pins."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert committed.GENERATOR.replace(" ", "==") in settings["dependency-groups"]["generator"]


def test_the_hash_is_that_of_the_shipped_document(zoo_folder: Path) -> None:
    """The hash is that of the openapi.json beside it, so that whoever has the package alone can check it."""
    assert committed.__file__
    for module, package in (
        (committed, Path(committed.__file__).parent),
        (constants(zoo_folder / "zoo_client"), zoo_folder / "zoo_client"),
    ):
        assert hashlib.sha256((package / "openapi.json").read_bytes()).hexdigest() == module.DOCUMENT_SHA256


@pytest.mark.parametrize(
    ("old", "new", "is_another"),
    [("# A server variable", "# Each server variable", False), ("Get Session Image", "Get it", True)],
    ids=["a comment", "a summary"],
)
def test_what_makes_another_document(tmp_path: Path, old: str, new: str, is_another: bool) -> None:
    """Another text that is shipped gives another hash; a comment, which is not shipped, gives the same package."""
    text = DOCUMENT.read_text()
    assert old in text
    (tmp_path / "openapi.yaml").write_text(text.replace(old, new))
    build(tmp_path / "openapi.yaml", tmp_path / "face_client")
    assert (constants(tmp_path / "face_client").DOCUMENT_SHA256 != committed.DOCUMENT_SHA256) is is_another
