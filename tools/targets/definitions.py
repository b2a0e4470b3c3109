"""The targets: how their clients are generated, compiled and called, and their known behaviour."""

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
    """A generator for another language, and the behaviour of its client.

    Attributes:
        name: The name of the target and of its folder.
        packages: The locked packages of the generator and of the client's runtime.
        needs: The required programs.
        install: The command that installs the target's own tools, or None.
        generate: The command that generates the client.
        check: The commands that compile or type-check the client and the call program.
        call: The command that runs the call program.
        variables: The environment variables for its commands.
        accept: The Accept header of the client.
        key, bearer, error, form: What implements this part, for the table: `"yes"` for the generated client. The form
            creates a session with verify.
        unsent: The parts of the form that the client cannot send.
        untyped_octet_stream: Whether an error with the media type application/octet-stream is not parsed.
        also: Additional facts that the call program prints. If one is a status, it is that of a further request.
    """

    name: str
    packages: tuple[str, ...]
    needs: tuple[str, ...] = ()
    install: str | None = None
    generate: str
    check: tuple[str, ...]
    call: str
    variables: Mapping[str, str] = field(default_factory=dict)
    accept: str
    key: str = "yes"
    bearer: str = "yes"
    error: str = "yes"
    form: str = "yes"
    unsent: tuple[str, ...] = ()
    untyped_octet_stream: bool = False
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder of its handwritten files."""
        return FOLDER / self.name

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands, in order."""
        return (*((self.install,) if self.install else ()), self.generate, *self.check, self.call)

    @property
    def generator(self) -> str:
        """The packages with their locked versions."""
        return " + ".join(f"{name} {locked_version(self.folder, name)}" for name in self.packages)


def locked_version(folder: Path, package: str) -> str:
    """Return the locked version of a package."""
    npm = folder / "package-lock.json"
    if npm.exists():
        versions = {name: entry.get("version") for name, entry in json.loads(npm.read_text())["packages"].items()}
        if f"node_modules/{package}" in versions:
            return str(versions[f"node_modules/{package}"])
    found = re.search(rf"^{re.escape(package)}==(\S+)", (FOLDER / "requirements.lock").read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"no lock file has {package}")
    return found[1]


# Creates the environment of openapi-generator and of the generated Python client.
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
            form="by the caller",
            also={"form as generated": "415"},
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
            variables={"PYTHONPATH": "client", "MYPYPATH": "client"},
            accept=JSON_TYPE,
            form="without the threshold",
            unsent=("verifyConfidenceThreshold",),
            also={"threshold": "TypeError"},
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
            " --git-host example.com --git-user-id you --git-repo-id face"
            " --additional-properties disallowAdditionalPropertiesIfNotPresent=false",
            check=("go mod tidy", "go build -o call ."),
            call="./call",
            accept=JSON_TYPE,
            untyped_octet_stream=True,
        ),
    )
}
