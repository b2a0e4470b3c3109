"""Imports every module of a package, and prints the first fault as JSON: `python -I importing.py FOLDER SYS_PATH`.

It runs in a process of its own, in which the package can neither use nor change what the generator has imported.
"""

import dis
import importlib
import inspect
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType


class AmbiguousNameError(SyntaxError):
    """A module in which one name stands for two things."""


class Loader(SourceFileLoader):
    """Looks at the code of a module, too."""

    def source_to_code(self, *arguments, **options):  # type: ignore[no-untyped-def,override]
        code: CodeType = super().source_to_code(*arguments, **options)
        self.codes = list(_codes(code))
        for each in self.codes:
            name = _name_bound_twice(each)
            if name:
                raise AmbiguousNameError(f"two things are called {name}", (self.path, None, None, None))
        return code

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        imported = {name for name, value in vars(module).items() if getattr(value, "__module__", 0) != module.__name__}
        for code in self.codes:
            hidden = imported.intersection(code.co_varnames) - {"annotations"}  # of __future__, which is not called
            if hidden:
                text = f"{min(hidden)} is a variable of {code.co_name} and a name of the module"
                raise AmbiguousNameError(text, (self.path, None, None, None))


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


def _name_bound_twice(code: CodeType) -> str | None:
    """Returns a name of a module or a class that two statements import or define, if only for a type checker."""
    if code.co_flags & inspect.CO_NEWLOCALS:  # a function
        return None
    origins: dict[str, object] = {}
    module: str = ""
    origin: object = None
    argument = 0
    # As dis.get_instructions, which is much slower.
    for opcode, low in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        argument = argument << 8 | low
        match dis.opname[opcode]:
            case "EXTENDED_ARG":
                continue
            case "IMPORT_NAME":
                module = origin = code.co_names[argument]
            case "IMPORT_FROM":
                origin = (module, code.co_names[argument])
            case "STORE_NAME":
                name = code.co_names[argument]
                if name in origins and (origin is None or origins[name] != origin):
                    return name
                origins[name], origin = origin, None
        argument = 0
    return None


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
