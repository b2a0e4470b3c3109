"""README.md and docs/ are true: their code runs against the emulator, links lead somewhere, commands exist."""

import ast
import asyncio
import inspect
import logging
import re
import runpy
import shlex
import tomllib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from azure.core.credentials import AccessToken
from ruamel.yaml import YAML

from face_emulator import SAMPLE_IMAGE_ID, Emulator
from face_emulator.__main__ import _parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FRONT = ROOT / "docs" / "index.md"
# Code and commands there are those of tools/targets, as its own tests check.
OURS = [page for page in PAGES if page.name != "other-languages.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

each_of_ours = pytest.mark.parametrize("page", OURS, ids=lambda page: page.name)


def _blocks(page: Path, language: str) -> Iterator[tuple[int, str]]:
    """The blocks of a language, each with the number of lines before it."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        if block[1] == language:
            yield text.count("\n", 0, block.start(2)), block[2]


def _prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> list[str]:
    """What GitHub makes of the headings, that of the page first."""
    headings = re.findall(r"^#+ (.*)", _prose(page), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def _links(page: Path) -> list[str]:
    """The links to files and headings of this repository."""
    return [link for link in re.findall(r"\]\(([^)]+)\)", _prose(page)) if "://" not in link]


@pytest.fixture
def names(
    face_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    certificates: Any,
) -> dict[str, Any]:
    """What the code of a page takes for granted: names, the environment, and a stand-in for Entra ID."""
    token = AccessToken(face_emulator.token, 2**33)

    async def get_token(*_: object, **__: object) -> AccessToken:
        return token

    credential = SimpleNamespace(get_token=lambda *_, **__: token)
    async_credential = nullcontext(SimpleNamespace(get_token=get_token))
    # Not by the path of the name: a test that imports azure-identity anew leaves a package without its modules.
    monkeypatch.setattr(import_module("azure.identity"), "DefaultAzureCredential", lambda: credential)
    monkeypatch.setattr(import_module("azure.identity.aio"), "DefaultAzureCredential", lambda: async_credential)
    monkeypatch.setenv("FACE_ENDPOINT", face_emulator.endpoint)
    monkeypatch.setenv("FACE_APIKEY", face_emulator.key)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "passport.jpg").write_bytes(face_emulator.images[SAMPLE_IMAGE_ID])
    (tmp_path / "company-ca.pem").write_bytes(certificates.authority_file.read_bytes())
    (tmp_path / "client.pem").write_bytes(certificates.file.read_bytes())
    face_emulator.outcome = "realface"  # of the attempt in each session that a page creates
    caplog.set_level(logging.INFO, "httpx")  # and as it was before, when the page has changed it
    return {
        "image_id": SAMPLE_IMAGE_ID,
        "image_ids": [SAMPLE_IMAGE_ID] * 3,
        "key": face_emulator.key,
        "key1": "a-key-that-was-regenerated",
        "key2": face_emulator.key,
        "token": face_emulator.token,
        "vault": SimpleNamespace(get_secret=lambda _: SimpleNamespace(value=face_emulator.key)),
        "client_id": "an-id",
        "gateway_key": "a-key-of-the-gateway",
        "device_id": "a-device",
        "send_to_device": lambda _: None,
        "tenant": "contoso",
    }


def _run(function: Callable[..., Any], *arguments: Any) -> None:
    result = function(*arguments)
    if inspect.iscoroutine(result):
        asyncio.run(result)


# The code of the page left out instruments the whole process: test_observability.py runs it in one of its own.
@pytest.mark.parametrize("page", [page for page in OURS if page.name != "observability.md"], ids=lambda page: page.name)
def test_the_code_runs(
    page: Path, names: dict[str, Any], face_emulator: Emulator, request: pytest.FixtureRequest
) -> None:
    """The blocks of a page run one after the other, in one namespace; tests in them run as tests."""
    for line, code in _blocks(page, "python"):
        source = "\n" * line + code.replace("https://contoso.cognitiveservices.azure.com", face_emulator.endpoint)
        _run(eval, compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
        for test in [names.pop(name) for name in list(names) if name.startswith("test_")]:
            _run(test, *map(request.getfixturevalue, inspect.signature(test).parameters))
        assert names.pop("image", None) in (None, face_emulator.images[SAMPLE_IMAGE_ID])


def test_the_container_is_asked_by_its_name(certificates: Any) -> None:
    """The command of the compose file starts an emulator that answers to the host in FACE_ENDPOINT."""
    (block,) = [code for _, code in _blocks(ROOT / "docs" / "testing.md", "yaml")]
    services = YAML(typ="safe").load(block)["services"]
    command = shlex.split(shlex.split(services["face"]["command"])[-1])
    options = _parser("face-emulator").parse_args(command[command.index("face-emulator") + 1 :])
    host = services["app"]["environment"]["FACE_ENDPOINT"].removeprefix("https://")
    with Emulator(allowed_hosts=options.allowed_host, certfile=certificates.file) as face:
        health = httpx.get(face.endpoint + "/_emulator/health", headers={"Host": host}, verify=certificates.client)
    assert (health.status_code, host.partition(":")[2]) == (200, str(options.port))


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `make demo` runs leaves the picture of both sessions, and prints the story in 20 lines."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "examples" / "demo.py"), run_name="__main__")
    first, second = (tmp_path / "build" / "demo").iterdir()
    assert first.read_bytes() == second.read_bytes()
    assert len(capsys.readouterr().out.splitlines()) == 20


def test_the_demo_needs_what_is_locked() -> None:
    """What `make demo` installs is a part of the development environment, in the same versions."""
    demo, everything = (
        set(re.findall(r"^[\w-]+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("examples/requirements.lock", "requirements-dev.lock")
    )
    assert {line.partition("==")[0] for line in demo} >= {"httpx", "starlette", "uvicorn"}
    assert demo <= everything


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_lead_somewhere(page: Path) -> None:
    """Files are there, and so are the headings in them. The site has no other files than those of docs/."""
    for path, _, anchor in (link.partition("#") for link in _links(page)):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert target.resolve().is_relative_to(page.parent), path
        assert not anchor or anchor in _anchors(target), anchor


def test_the_readme_is_short_and_leads_everywhere() -> None:
    """It has at most 150 lines, code within the first 20, and a link to each page of docs/."""
    lines = PAGES[0].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert "```python" in lines[:20]
    assert {f"docs/{page.name}" for page in PAGES[1:] if page != FRONT} <= set(_links(PAGES[0]))


@each_of_ours
def test_the_commands_exist(page: Path) -> None:
    """What a reader is told to type names targets, variables, options and extras that there are."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for _, block in _blocks(page, "console") for line in re.findall(r"^\$ (.*)", block, re.MULTILINE)]
    for line in [*lines, *re.findall(r"`(make .*?)`", _prose(page))]:
        program, *words = shlex.split(line, comments=True)
        if program == "make":
            recipe = re.search(rf"^{words[0]}:.*((?:\n\t.*)*)", makefile, re.MULTILINE)
            assert recipe, line
            assert all(re.search(rf"\$\W?{word.partition('=')[0]}\b", recipe[1]) for word in words[1:]), line
            module = "".join(re.findall(r"-m ([\w.]+)", recipe[1])) + ".__main__"
        elif program == "pip":
            assert set(re.findall(r"\[(\w+)\]", words[-1])) <= set(project["optional-dependencies"]), line
        else:
            module = project["scripts"][program].partition(":")[0]
        for option in re.findall(r"--[\w-]+", " ".join(words)):
            package = Path(inspect.getfile(import_module(module))).parent
            assert any(f'"{option}"' in source.read_text(encoding="utf-8") for source in package.glob("*.py")), line
