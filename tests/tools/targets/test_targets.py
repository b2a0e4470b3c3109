"""The run of the other targets cannot pass for what it did not do, and the page about them says what it runs."""

import dataclasses
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers

import tools.targets.__main__ as command
from face_emulator import RecordedRequest
from tools.targets import report
from tools.targets.commands import CommandError, run
from tools.targets.definitions import FOLDER, INSTALL_PYTHON_TOOLS, TARGETS, Target
from tools.targets.proof import (
    CONTENT,
    FORM,
    IMAGE_ID,
    PORTRAIT,
    REFERENCE_NAME,
    UNKNOWN_ID,
    differences,
    expected_facts,
    facts,
    unexpected_requests,
)
from tools.targets.tools import JARS, MissingToolError, provide, search_path
from tools.targets.trial import Result

PAGE = (FOLDER.parents[1] / "docs" / "other-languages.md").read_text()
PYTHON, GO, FORM_TARGET = TARGETS["python"], TARGETS["go"], TARGETS["hey-api"]
PASSED = Result(PYTHON, compiles=True)
LEFT_OUT = Result(GO, left_out="no go on this machine")
BROKEN = Result(PYTHON, compiles=True, problems=("key is None",))
CALL_PROGRAMS = {"python": "call.py", "java": "Call.java", "go": "call.go", "rust": "src/main.rs"}
SECTIONS = {section.partition("\n")[0]: section for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)}


def _sent(method: str, path: str, header: tuple[str, str] = ("ocp-apim-subscription-key", "k")) -> RecordedRequest:
    return RecordedRequest(method, f"/face/v1.2/{path}", "", Headers(dict([header, ("accept", FORM_TARGET.accept)])))


def _with_form(texts: Mapping[str, str], image: tuple[str | None, bytes]) -> RecordedRequest:
    """A request that creates a session with verify, encoded by httpx."""
    form = httpx.Request("POST", "http://127.0.0.1", data=texts, files={"verifyImage": image})
    create = _sent("POST", "detectLivenessWithVerify-sessions")
    headers = Headers({**create.headers, "content-type": form.headers["content-type"]})
    return dataclasses.replace(create, headers=headers, body=form.read())


def _with_content(content: Mapping[str, object]) -> RecordedRequest:
    return dataclasses.replace(_sent("POST", "detectLiveness-sessions"), body=json.dumps(content).encode())


SENT = (
    _sent("GET", f"sessionImages/{IMAGE_ID}"),
    _sent("GET", f"sessionImages/{IMAGE_ID}", ("authorization", "Bearer t")),
    _sent("GET", f"sessionImages/{UNKNOWN_ID}"),
    _with_content(CONTENT),
    _sent("GET", "detectLiveness-sessions/session"),
    _sent("GET", f"sessionImages/{IMAGE_ID}"),
    _sent("DELETE", "detectLiveness-sessions/session"),
    _with_form(FORM, (REFERENCE_NAME, PORTRAIT)),
    _sent("DELETE", "detectLivenessWithVerify-sessions/session"),
)


@pytest.mark.parametrize(
    ("results", "allowed", "status"),
    [
        ([PASSED], [], 0),
        ([PASSED, BROKEN], [], 1),
        ([BROKEN], ["python"], 1),
        ([Result(PYTHON)], [], 1),
        ([PASSED, LEFT_OUT], [], 1),
        ([PASSED, LEFT_OUT], ["python"], 1),
        ([PASSED, LEFT_OUT], ["go"], 0),
        ([LEFT_OUT], ["go"], 1),
        ([], [], 1),
    ],
)
def test_exit_status(results: list[Result], allowed: list[str], status: int) -> None:
    """Only what passed counts; what is left out has to be named, and a run that tried nothing is no success."""
    assert report.exit_status(results, allowed) == status


def test_rows() -> None:
    """A row says what was proved, or at which point it failed and why, or why it was left out."""
    assert report.row(PASSED).startswith(f"| {' | '.join(report.cells(PYTHON))} | ")
    assert "compiled, then failed: key is None" in report.row(BROKEN)
    assert "yes" not in report.row(BROKEN)
    assert report.row(LEFT_OUT) == "| go | left out: no go on this machine |"


def test_the_command_says_what_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The command tries the named targets with the named document, prints their rows and problems, and fails."""
    tried: list[tuple[Target, Path]] = []
    monkeypatch.setattr(command, "try_target", lambda *arguments: tried.append(arguments) or BROKEN)

    status = command.main(["python", "--document", str(tmp_path)])

    out, err = capsys.readouterr()
    assert (status, tried) == (1, [(PYTHON, tmp_path)])
    assert report.row(BROKEN) in out
    assert "python: key is None" in err


def test_the_command_tries_the_shipped_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without arguments it is every target, with the file that is in the package."""
    tried: list[tuple[Target, Path]] = []
    monkeypatch.setattr(command, "try_target", lambda *arguments: tried.append(arguments) or PASSED)

    assert command.main([]) == 0
    assert [target for target, _ in tried] == list(TARGETS.values())
    assert {document for _, document in tried} == {FOLDER.parents[1] / "generated" / "face_client" / "openapi.json"}


def test_an_unknown_target_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt target does not run as nothing."""
    with pytest.raises(SystemExit, match="2"):
        command.main(["cobol"])
    assert "no such target: cobol" in capsys.readouterr().err


def test_a_missing_program_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A target whose program is not on the machine is left out by name, before anything is installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match=r"^no java and no javac on this machine$"):
        provide(TARGETS["java"], tmp_path)


def test_a_failing_command_is_an_error(tmp_path: Path) -> None:
    """The message of a command that fails has the command, what it said and its exit status."""
    with pytest.raises(CommandError, match=r"(?s)-c.*alas.*exit status 3"):
        run(f"""'{sys.executable}' -c 'print("alas"); raise SystemExit(3)'""", tmp_path, {})
    with pytest.raises(CommandError, match="no-such-program"):
        run("no-such-program", tmp_path, {})


def test_other_bytes_are_no_proof() -> None:
    """An image with other bytes, a fact that is missing and a fact that nobody asked for are each a difference."""
    expected = expected_facts(PYTHON, label=None)
    assert list(differences(expected, expected)) == []
    assert list(differences(expected, expected | {"key": "00"})) == [f"key is 00, not {expected['key']}"]
    assert list(differences(expected, expected | {"more": "1"})) == ["more is 1, not None"]
    assert len(list(differences(expected, facts("nothing of the kind\n")))) == len(expected)


def _replaced(place: int, request: RecordedRequest) -> tuple[RecordedRequest, ...]:
    return (*SENT[:place], request, *SENT[place + 1 :])


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (SENT[:8], "8 requests, not 9"),
        (_replaced(0, SENT[1]), "key: not signed in"),
        (_replaced(1, SENT[0]), "bearer: not signed in"),
        (_replaced(2, SENT[0]), "error: asked for"),
        (
            _replaced(0, dataclasses.replace(SENT[0], headers=Headers({"accept": "text/html"}))),
            "key: asked for text/html",
        ),
        (_replaced(3, _with_content({**CONTENT, "enableSessionImage": "true"})), "create: sent"),
        (_replaced(6, SENT[4]), "delete: asked for GET"),
        (_replaced(7, _with_form({**FORM, "enableSessionImage": "True"}, (REFERENCE_NAME, PORTRAIT))), "the parts are"),
        (_replaced(7, _with_form(FORM, (None, PORTRAIT))), "the reference image is"),
        (_replaced(7, _with_form(FORM, (REFERENCE_NAME, PORTRAIT[1:]))), "the reference image is"),
    ],
)
def test_a_program_that_only_talks_is_found_out(sent: tuple[RecordedRequest, ...], problem: str) -> None:
    """What a program printed counts only with the requests that belong to it: ids, sign-ins, media types and bodies."""
    assert list(unexpected_requests(FORM_TARGET, "k", "t", SENT)) == []
    assert any(problem in found for found in unexpected_requests(FORM_TARGET, "k", "t", sent))


def test_node_of_the_lock_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine without Node.js, there are the node and the npm of the development environment."""
    monkeypatch.setattr("tools.nodejs.FOLDER", tmp_path / "node")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert re.match(r"\d+\.", run("npm --version", tmp_path, {"PATH": search_path()}))


def test_ci_runs_the_targets() -> None:
    """CI runs the command that the page is about."""
    assert "\nmake targets " in (FOLDER.parents[1] / ".ci" / "run").read_text()


def test_the_page_has_the_table() -> None:
    """The rows on the page are those that the run prints, with the versions of the lock files."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    wanted = [report.COLUMNS, ["---"] * len(report.COLUMNS), *map(report.cells, TARGETS.values())]
    assert rows == [f"| {' | '.join(each)} |" for each in wanted]


def test_the_page_has_the_commands() -> None:
    """Every command on the page is one that the run carries out, under its target, and none is left out."""
    commands = {name: re.findall(r"^\$ (.*)", section, re.MULTILINE) for name, section in SECTIONS.items()}
    wanted = {target.name: list(target.commands) for target in TARGETS.values()}
    assert {name: found for name, found in commands.items() if found} == {"Run it": [INSTALL_PYTHON_TOOLS], **wanted}


def test_the_page_has_the_variables() -> None:
    """The page sets the variables that the programs read, and those of the run, and names the version of go.mod."""
    set_by_page = set(re.findall(r"\b(FACE_\w+)=", SECTIONS["Run it"]))
    for name in (*TARGETS, "rust"):
        program = (FOLDER / name / CALL_PROGRAMS.get(name, "call.ts")).read_text()
        assert set(re.findall(r"\bFACE_[A-Z_]+", program)) <= set_by_page
    for target in TARGETS.values():
        assert all(f"{name}={value}" in SECTIONS[target.name] for name, value in target.variables.items())
    assert all(f"/{jar}" in SECTIONS["java"] for jar in JARS)
    version = re.search(r"^go (\S+)", (GO.folder / "go.mod").read_text(), re.MULTILINE)
    assert version
    assert f"Go {version[1]} or newer" in SECTIONS["go"]


@pytest.mark.parametrize("name", [*TARGETS, "rust"])
def test_the_examples_are_what_runs(name: str) -> None:
    """The example of a target is made of lines of its call program, in their order."""
    example = re.search(r"^```(?!console|sh)\w+\n(.*?)^```", SECTIONS[name], re.MULTILINE | re.DOTALL)
    assert example
    program = iter(
        [line.strip() for line in (FOLDER / name / CALL_PROGRAMS.get(name, "call.ts")).read_text().splitlines()]
    )
    left = [line for line in example[1].splitlines() if line.strip() not in program]
    assert left == []


@pytest.mark.parametrize("target", [target for target in TARGETS.values() if target.install], ids=lambda t: t.name)
def test_node_tools_are_exact(target: Target) -> None:
    """Versions are exact, and the lock file has a hash for each package and an address for none."""
    package = json.loads((target.folder / "package.json").read_text())
    lock = json.loads((target.folder / "package-lock.json").read_text())["packages"]

    for version in {**package.get("dependencies", {}), **package["devDependencies"]}.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    for path, entry in lock.items():
        assert "resolved" not in entry
        assert not path or entry["integrity"].startswith("sha512-")
