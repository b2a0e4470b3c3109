"""The swap of the fresh output into the place of the committed one."""

from pathlib import Path

import pytest

from generator import tree


def make(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "module.py").write_text(text)
    return folder


def test_a_failed_swap_puts_the_old_output_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the second rename fails, the first one is undone."""
    committed, fresh = make(tmp_path / "generated", "old"), make(tmp_path / "fresh", "new")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self == fresh:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tree.replace(committed, fresh)
    assert (committed / "module.py").read_text() == "old"


def test_a_swap_leaves_nothing_of_the_old_output(tmp_path: Path) -> None:
    """After the swap there is the fresh output alone."""
    committed, fresh = make(tmp_path / "generated", "old"), make(tmp_path / "fresh", "new")
    (committed / "stale.py").touch()
    tree.replace(committed, fresh)
    assert [path.name for path in tmp_path.rglob("*")] == ["generated", "module.py"]
    assert (committed / "module.py").read_text() == "new"
