"""Imports every module of a package, and prints the first fault as JSON: `python -I importing.py FOLDER SYS_PATH`.

It runs in a process of its own, in which the package can neither use nor change what the generator has imported.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType


class HiddenNameError(SyntaxError):
    """A function with a variable that hides what the module imports."""


class Loader(SourceFileLoader):
    """Looks at the names of a module, too."""

    def source_to_code(self, *arguments, **options):  # type: ignore[no-untyped-def,override]
        self.code: CodeType = super().source_to_code(*arguments, **options)
        return self.code

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        imported = {name for name, value in vars(module).items() if getattr(value, "__module__", 0) != module.__name__}
        for code in _codes(self.code):
            hidden = imported.intersection(code.co_varnames) - {"annotations"}  # of __future__, which is not called
            if hidden:
                text = f"{min(hidden)} is a variable of {code.co_name} and a name of the module"
                raise HiddenNameError(text, (self.path, None, None, None))


class Finder:
    """Finds the modules of the package only."""

    def __init__(self, package: Path) -> None:
        self._package = package

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        package, *names = name.split(".")
        if package != self._package.name:
            return None
        folder = self._package.joinpath(*names)
        is_package = folder.is_dir()
        file = folder / "__init__.py" if is_package else folder.with_name(f"{folder.name}.py")
        if not file.exists():
            return None
        locations = [str(folder)] if is_package else None
        return spec_from_file_location(name, file, loader=Loader(name, str(file)), submodule_search_locations=locations)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yields the code of a module, and of the classes and functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _fault(package: Path) -> dict[str, str] | None:
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        try:
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
        except Exception as error:
            files = [file, *(Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__))]
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            if isinstance(error, SyntaxError):
                files.append(Path(error.filename or ""))
                text = error.msg
            inside = [each.relative_to(package).as_posix() for each in files if each.is_relative_to(package)]
            return {"file": inside[-1], "error": text}
    return None


def main(folder: str, path: str) -> None:
    sys.dont_write_bytecode = True
    sys.path[:] = path.split(os.pathsep)
    package = Path(folder)
    sys.meta_path.insert(0, Finder(package))
    print(json.dumps(_fault(package)))


if __name__ == "__main__":
    main(*sys.argv[1:])
