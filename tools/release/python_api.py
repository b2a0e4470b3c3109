"""Compares the public API of two versions of a Python package with griffe."""

from pathlib import Path

import griffe

from tools.release.change import Change, ReleaseError

# The values of constants come from the document, whose changes are reported separately.
HARMLESS = {griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE}


def compare(old: Path, new: Path) -> list[Change]:
    """Returns the breaking changes from the package in the folder `old` to the one in `new`.

    Raises:
        ReleaseError: A folder is not a Python package.
    """
    if not new.is_dir():
        return [Change(f"{old.name}: the package was removed", old.name, is_breaking=True)]
    breakages = griffe.find_breaking_changes(_load(old), _load(new))
    return [_change(breakage) for breakage in breakages if breakage.kind not in HARMLESS]


def _load(package: Path) -> griffe.Object | griffe.Alias:
    # Without importing it: the old package would need its old dependencies.
    loader = griffe.GriffeLoader(search_paths=[package.parent], allow_inspection=False)
    try:
        module = loader.load(package.name, try_relative_path=False)
    except (ImportError, griffe.GriffeError) as error:
        raise ReleaseError(f"{package}: cannot be read as a Python package: {error}") from error
    loader.resolve_aliases(external=False)
    return module


def _change(breakage: griffe.Breakage) -> Change:
    place, name = breakage.obj.path, breakage.obj.name
    for value in (breakage.old_value, breakage.new_value):
        if isinstance(value, griffe.Parameter):
            name = value.name
            place = f"{breakage.obj.path}({name})"
            break
    what = breakage.kind.value
    return Change(f"{place}: {what[0].lower()}{what[1:]}", name, is_breaking=True)
