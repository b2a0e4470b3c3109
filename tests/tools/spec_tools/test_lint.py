"""Documents that are broken on purpose, and which gate stops each.

The gates, in the order in which a maintainer meets them:

- `validator`: openapi-spec-validator, which the generator and the linter run first;
- `lint`: Redocly with the rules of tools/spec_tools/redocly.yaml, by the names of the rules that find something;
- `generator`: `generator.build.build`, on a document that the validator lets pass;
- `golden`: tests/spec/, which knows the reference pages.

`CASES` is the table. Not counted is the gate that stops them all: `python -m generator check` finds that generated/ is
not what the document gives, which says that something has changed, and not that it is wrong.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from face_client.document import API_VERSION
from generator.build import GenerationError, build
from generator.document import DocumentError, load
from tools.spec_tools import __main__, npm
from tools.spec_tools.lint import Problem, lint

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "spec" / "openapi.yaml"


@dataclass(frozen=True)
class Case:
    """A replacement in the document, and what finds it."""

    old: str
    new: str
    gates: str
    rules: str = ""


HEADERS = """\
          headers:
            x-ms-error-code:
              description: The error code.
              schema:
                type: string
              example: SessionNotFound
"""
KEY_SCHEME = """\
    Ocp-Apim-Subscription-Key:
      description: The secret key for your Azure AI Face subscription.
      type: apiKey
      in: header
      name: Ocp-Apim-Subscription-Key
"""
BINARY = """\
            application/octet-stream:
              schema:
                type: string
                format: binary
              example: <session-image-bytes>
"""
JSON_FIRST = """\
            application/json:
              schema:
                type: string
              example: x
"""
SCOPE = "https://cognitiveservices.azure.com/.default"

CASES = {
    "the parameter is renamed": Case(
        "name: sessionImageId", "name: imageId", "validator golden", "path-parameters-defined"
    ),
    "the header of errors is dropped": Case(HEADERS, "", "golden", "response-contains-header"),
    "a security scheme is dropped": Case(KEY_SCHEME, "", "generator golden", "security-defined"),
    "a security requirement is dropped": Case(
        "  - Ocp-Apim-Subscription-Key: []\n", "", "golden", "no-unused-components"
    ),
    "JSON comes first on the 200": Case(BINARY, JSON_FIRST + BINARY, "golden", "rule/one-media-type"),
    "the 200 has an empty media type": Case(
        "            application/octet-stream:\n", '            "":\n', "generator golden", "response-mime-type"
    ),
    "the 200 is image/*": Case(
        "            application/octet-stream:\n", '            "image/*":\n', "golden", "response-mime-type"
    ),
    "the 200 has no content": Case("          content:\n" + BINARY, "", "golden", ""),
    "the 200 is text": Case("                format: binary\n", "", "golden", ""),
    "the 200 is removed": Case('        "200":', '        "404":', "golden", "response-contains-header rule/success"),
    "the operationId is dropped": Case(
        "\n      operationId: getSessionImage\n", "\n", "golden", "operation-operationId"
    ),
    "a parameter has no description": Case(
        "          description: The request ID of the image to be retrieved\n", "", "golden", "face/described"
    ),
    "a tag has no description": Case(
        "    description: Operations on the sessions of a liveness check.\n", "", "", "face/described"
    ),
    "a response has an empty description": Case(
        "          description: >-\n            An unexpected error response. The",
        '          description: ""\n          x-was: >-\n            The',
        "golden",
        "face/described",
    ),
    "an example is not what its schema says": Case(
        'code: "401"', "code: 401", "golden", "no-invalid-media-type-examples"
    ),
    "an example lacks a property": Case(
        "                      code: SessionNotFound\n", "", "golden", "no-invalid-media-type-examples"
    ),
    "the header has no example": Case("              example: SessionNotFound\n", "", "", "face/exampled"),
    "the version has two values": Case(
        "default: *apiVersion",
        "default: v1.1",
        "generator golden",
        "face/version-given-once no-server-variables-empty-enum",
    ),
    "the version is written twice": Case(
        "default: *apiVersion", f"default: {API_VERSION}", "", "face/version-given-once"
    ),
    "the scope that is asked for is another": Case(
        f"      - {SCOPE}\n", "      - https://other/.default\n", "golden", "security-scopes-defined"
    ),
    "the scope is another everywhere": Case(SCOPE, "https://other/.default", "golden", ""),
    "the server has a variable that is not defined": Case(
        "face/{apiVersion}", "face/{version}", "generator golden", "no-undefined-server-variable"
    ),
    "the operation has a tag that is not defined": Case(
        "        - Liveness Session", "        - Session", "golden", "operation-tag-defined"
    ),
    "an example of the parameter is a number": Case(
        "value: 3d035d35-2e01-4ed4-8935-577afde9caaa", "value: 3", "golden", "no-invalid-parameter-examples"
    ),
    "a keyword is misspelt": Case("      summary: Get", "      sumary: Get", "validator golden", "struct"),
    "a reference leads nowhere": Case(
        'schemas/FaceErrorResponse"', 'schemas/Missing"', "validator golden", "no-unresolved-refs no-unused-components"
    ),
    "the endpoint belongs to somebody": Case("resource-name.invalid", "resource-name.example.com", "golden", ""),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each case in a folder of its own, laid out as the project is."""
    text = DOCUMENT.read_text(encoding="utf-8")
    paths = {}
    for number, (name, case) in enumerate(CASES.items()):
        assert case.old in text, name
        root = tmp_path_factory.mktemp(f"case{number}")
        paths[name] = root / "spec" / "openapi.yaml"
        paths[name].parent.mkdir()
        paths[name].write_text(text.replace(case.old, case.new), encoding="utf-8")
        shutil.copytree(ROOT / "tests" / "spec", root / "tests" / "spec", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "tests" / "conftest.py", root / "tests")
    return paths


@pytest.fixture(scope="module")
def linted(modules: Path, broken: dict[str, Path]) -> dict[str, list[Problem]]:
    """What the linter finds, all in one run."""
    found = lint(DOCUMENT, *broken.values())
    return {"": found[DOCUMENT], **{name: found[path] for name, path in broken.items()}}


# Every golden test reads its document anew, which takes ten times as long as the test does.
READ_ONCE = """
import copy, functools
from ruamel.yaml import YAML
read = functools.cache(YAML(typ="safe").load)
YAML.load = lambda _, text: copy.deepcopy(read(text))
"""


@pytest.fixture(scope="module")
def golden(broken: dict[str, Path]) -> set[str]:
    """The cases in which a golden test fails, all in one run."""
    folders = {name: path.parents[1] for name, path in broken.items()}
    root = next(iter(folders.values())).parent
    (root / "conftest.py").write_text(READ_ONCE, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-rfE",
        "--tb=no",
        "-k=not openapi_3",  # the validator again, which takes most of the time
    ]
    command += ["--rootdir", str(root), "-c", "/dev/null", *(str(folder) for folder in folders.values())]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    failed = set(re.findall(r"^(?:FAILED|ERROR) (case\d+)", done.stdout, re.MULTILINE))
    return {name for name, folder in folders.items() if folder.name in failed}


def stopped_by(document: Path, folder: Path) -> list[str]:
    """The validator or the generator, if one of them refuses a document."""
    try:
        load(document)
    except DocumentError:
        return ["validator"]
    try:
        build(document, folder / "face_client")
    except GenerationError:
        return ["generator"]
    return []


@pytest.mark.parametrize("name", CASES)
def test_the_linter_finds_it(linted: dict[str, list[Problem]], name: str) -> None:
    """Each broken document is found by the rules that the table names, and by no other."""
    assert sorted({problem.rule for problem in linted[name]}) == CASES[name].rules.split()


@pytest.mark.parametrize("name", CASES)
def test_the_other_gates_stop_it(broken: dict[str, Path], golden: set[str], tmp_path: Path, name: str) -> None:
    """Each broken document is stopped by the gates that the table names, and by no other; by one of them at least."""
    gates = stopped_by(broken[name], tmp_path) + ["golden"] * (name in golden)
    assert gates == CASES[name].gates.split()
    assert gates or CASES[name].rules


def test_the_document_is_well(linted: dict[str, list[Problem]], tmp_path: Path) -> None:
    """None of the gates stops the document itself."""
    assert linted[""] == []
    assert stopped_by(DOCUMENT, tmp_path) == []


def test_every_rule_has_a_case() -> None:
    """No rule is there that nothing was seen to break."""
    rules = YAML(typ="safe").load((npm.HERE / "redocly.yaml").read_text(encoding="utf-8"))["rules"]
    assert {rule for case in CASES.values() for rule in case.rules.split()} == set(rules)


def test_the_command(
    linted: dict[str, list[Problem]],
    broken: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 0 for the document; for a fault exit 1, and a line with its file, its line, the rule and the reason."""
    assert linted[""] == []
    assert __main__.main(["lint"]) == 0
    assert "is valid and keeps every rule" in capsys.readouterr().out

    monkeypatch.chdir(broken["a tag has no description"].parents[1])
    monkeypatch.setattr(__main__, "DOCUMENT", broken["a tag has no description"])
    assert __main__.main(["lint"]) == 1
    line = DOCUMENT.read_text(encoding="utf-8").splitlines().index("  - name: Liveness Session Operations") + 1
    assert capsys.readouterr().out == f"spec/openapi.yaml:{line}: face/described: A description is missing.\n"

    monkeypatch.setattr(__main__, "DOCUMENT", broken["a keyword is misspelt"])
    assert __main__.main(["lint"]) == 1
    assert "sumary" in capsys.readouterr().err


def test_without_node_nothing_is_passed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the linter cannot run, the command fails and says what is missing."""
    monkeypatch.setenv("PATH", "")
    assert __main__.main(["lint"]) == 2
    assert "is not installed" in capsys.readouterr().err
