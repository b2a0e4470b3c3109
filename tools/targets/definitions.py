"""Each target: how its client is generated, compiled and called, and what that client is known to do."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ANY_TYPE = "*/*"
BOTH_TYPES = "application/octet-stream, application/json"
JSON_TYPE = "application/json"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A generator for another language, and what its client does with our document.

    Attributes:
        name: Of the target and of its folder.
        packages: What generates and what the client needs to run, as its lock file names them.
        needs: Programs that have to be on the machine.
        install: The command that installs its tools, if they are its own.
        generate: The command that writes the client.
        check: The commands that compile or type-check it together with the call program.
        call: The command that runs the call program.
        accept: The media types that its client asks for.
        key, bearer, error: Who does this part, for the table: `"yes"` for the generated client.
        untyped_octet_stream: An error that is labelled application/octet-stream reaches the caller unparsed.
        also: What the call program prints beside what all of them print.
    """

    name: str
    packages: tuple[str, ...]
    needs: tuple[str, ...] = ()
    install: str | None = None
    generate: str
    check: tuple[str, ...]
    call: str
    accept: str
    key: str = "yes"
    bearer: str = "yes"
    error: str = "yes"
    untyped_octet_stream: bool = False
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """What is written by hand for it."""
        return FOLDER / self.name

    @property
    def commands(self) -> tuple[str, ...]:
        """Every command, in the order in which they run."""
        return (*((self.install,) if self.install else ()), self.generate, *self.check, self.call)

    @property
    def generator(self) -> str:
        """The packages with their locked versions."""
        return " + ".join(f"{name} {locked_version(self.folder, name)}" for name in self.packages)


def locked_version(folder: Path, package: str) -> str:
    """The version of a package in the lock file that it is installed from."""
    npm = folder / "package-lock.json"
    if npm.exists():
        versions = {name: entry.get("version") for name, entry in json.loads(npm.read_text())["packages"].items()}
        if f"node_modules/{package}" in versions:
            return str(versions[f"node_modules/{package}"])
    found = re.search(rf"^{re.escape(package)}==(\S+)", (FOLDER / "requirements.lock").read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"no lock file has {package}")
    return found[1]


# Makes the environment that openapi-generator and the generated client for Python run in.
INSTALL_PYTHON_TOOLS = "python -m pip install --require-hashes --requirement requirements.lock"

_NODE = ("node", "npm")
_GENERATE = "openapi-generator-cli generate --input-spec openapi.json"

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target(
            name="openapi-typescript",
            packages=("openapi-typescript", "openapi-fetch"),
            needs=_NODE,
            install="npm ci",
            generate="npx --no -- openapi-typescript openapi.json --output schema.ts",
            check=("npx --no -- tsc",),
            call="node dist/call.js",
            accept=ANY_TYPE,
            key="as a header",
            bearer="as a header",
        ),
        Target(
            name="hey-api",
            packages=("@hey-api/openapi-ts",),
            needs=_NODE,
            install="npm ci",
            generate="npx --no -- openapi-ts --input openapi.json --output client",
            check=("npx --no -- tsc",),
            call="node dist/call.js",
            accept=ANY_TYPE,
        ),
        Target(
            name="typescript-fetch",
            packages=("openapi-generator-cli",),
            needs=_NODE,
            install="npm ci",
            generate=f"{_GENERATE} --generator-name typescript-fetch --output client"
            " --additional-properties importFileExtension=.js",
            check=("npx --no -- tsc",),
            call="node dist/call.js",
            accept=ANY_TYPE,
            bearer='with "Bearer " in front',
            error="parsed by the caller",
            also={"token without Bearer": "401"},
        ),
        Target(
            name="python",
            packages=("openapi-generator-cli",),
            generate=f"{_GENERATE} --generator-name python --output client --package-name azure_face",
            check=("mypy --strict --follow-imports silent call.py",),
            call="python call.py",
            accept=JSON_TYPE,
            untyped_octet_stream=True,
        ),
        Target(
            name="java",
            packages=("openapi-generator-cli",),
            needs=("java", "javac"),
            generate=f"{_GENERATE} --generator-name java --library native --output client"
            " --additional-properties useJakartaEe=true,openApiNullable=false",
            check=("javac -proc:none -d classes -sourcepath client/src/main/java Call.java",),
            call="java Call",
            accept=BOTH_TYPES,
            key="as a header",
            bearer="as a header",
            error="parsed by the caller",
        ),
        Target(
            name="go",
            packages=("openapi-generator-cli",),
            needs=("go",),
            generate=f"{_GENERATE} --generator-name go --output face --package-name face"
            " --git-host example.com --git-user-id you --git-repo-id face",
            check=("go mod tidy", "go build -o call ."),
            call="./call",
            accept=JSON_TYPE,
            untyped_octet_stream=True,
        ),
    )
}
