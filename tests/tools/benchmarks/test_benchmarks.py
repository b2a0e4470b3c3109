"""The harness measures what it says: the server, the order, the arithmetic, and that wrong bytes count for nothing."""

import hashlib
import json
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

import tools.benchmarks.__main__ as command
from generator.document import load
from tools.benchmarks import client, environments
from tools.benchmarks.cases import Case, ContestantError, collect, measure, run_case
from tools.benchmarks.certificate import make_certificate
from tools.benchmarks.contestants import AT, CAPACITY, OURS, REFERENCE, contestants
from tools.benchmarks.downloads import SECTIONS, Field
from tools.benchmarks.environments import BASELINE_MODULE, Baseline, Environments, PreparationError
from tools.benchmarks.figures import figures
from tools.benchmarks.generating import document_of
from tools.benchmarks.marks import BEGIN, END, with_table
from tools.benchmarks.payload import PERIOD, Picture, picture, pieces, sha256
from tools.benchmarks.report import page, summary
from tools.benchmarks.rounds import order, ratios, spread
from tools.benchmarks.server import KEY
from tools.benchmarks.serving import Serving, server_cpu, serving
from tools.benchmarks.startup import startup

PEER = "tools.benchmarks.peers.bare_httpx"
HEADERS = {"Ocp-Apim-Subscription-Key": KEY}
MACHINE = {
    "date": "2024-01-01",
    "processor": "a processor",
    "cores": 4,
    "system": "Linux 6",
    "python": "CPython 3",
    "versions": {"httpx": "0.28.1"},
    "busy": 0.0,
}
Measure = Callable[..., int]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def server(authorities: tuple[Path, Path]) -> Iterator[Serving]:
    with serving(authorities[0], seconds=120) as running:
        yield running


@pytest.fixture
def measured(server: Serving, tmp_path: Path) -> Measure:
    """Runs the measuring program in this process, as `measured(peer, form, measure, *options)`."""
    where = [f"--endpoint={server.endpoint()}", f"--port={server.port}", f"--folder={tmp_path}"]
    return lambda *arguments: client.main([*arguments[:3], *where, "--count=3", "--warm-up=1", *arguments[3:]])


@pytest.fixture
def liar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes contestants that return an expression in place of the image, and returns the module's name."""

    def make(image: str) -> str:
        (tmp_path / "liar.py").write_text(
            "from itertools import count\n"
            "from tools.benchmarks.peers import bare_httpx\n"
            "calls = count()\n"
            "class Sync(bare_httpx.Sync):\n"
            "    def get(self, image_id):\n"
            "        image = super().get(image_id)\n"
            f"        return {image}\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "liar", raising=False)
        return "liar"

    return make


@pytest.mark.parametrize("path", ["/face/v1.2/sessionImages/", "/face/v1.2-preview.1/session/sessionImages/"])
@pytest.mark.parametrize("size", [0, 1, 2_000, PERIOD, 2 * PERIOD + 5])
def test_the_server_sends_the_picture_that_was_asked_for(server: Serving, path: str, size: int) -> None:
    """On the released path and on the preview's, the body has the announced length and the bytes of its picture."""
    answer = httpx.get(server.endpoint() + path + Picture(size).image_id, headers=HEADERS, trust_env=False)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content) == size
    assert answer.content == b"".join(pieces(size))
    assert hashlib.sha256(answer.content).hexdigest() == sha256(size)


def test_the_server_speaks_tls(
    server: Serving, authorities: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the authorities in the environment, as contestants get them, the certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities[1]))
    answer = httpx.get(f"{server.endpoint(tls=True)}/face/v1.2/sessionImages/2000-bytes", headers=HEADERS)
    assert hashlib.sha256(answer.content).hexdigest() == sha256(2000)


def test_the_server_refuses_what_the_service_would_refuse(server: Serving) -> None:
    """A request without the key and one for an unknown picture get an error, so that neither passes for a download."""
    base = f"{server.endpoint()}/face/v1.2/sessionImages/"
    assert httpx.get(base + "2000-bytes", trust_env=False).status_code == 401
    assert httpx.get(base + "unknown", headers=HEADERS, trust_env=False).status_code == 404


def test_the_server_keeps_connections_and_counts(server: Serving) -> None:
    """Requests share a connection, and what they cost the server is added up."""
    before = server_cpu(server.port)
    limits = httpx.Limits(max_connections=1)
    with httpx.Client(base_url=server.endpoint(), headers=HEADERS, limits=limits, trust_env=False) as session:
        streams = []
        for _ in range(20):
            answer = session.get("/face/v1.2/sessionImages/640000-bytes")
            streams.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(set(streams)) == 1
    assert server_cpu(server.port) > before


def test_the_server_waits_as_long_as_it_is_asked_to(server: Serving) -> None:
    """The delay of a picture passes before its answer begins."""
    slow = Picture(2_000, delay_ms=80)
    answer = httpx.get(f"{server.endpoint()}/face/v1.2/sessionImages/{slow.image_id}", headers=HEADERS, trust_env=False)
    assert answer.elapsed.total_seconds() >= 0.08


@pytest.mark.parametrize("asked", [Picture(1), Picture(640_000, 50), Picture(2_000, 0, True), Picture(5, 5, True)])
def test_an_id_names_its_picture(asked: Picture) -> None:
    """What is written into an id is read from it again."""
    assert picture(asked.image_id) == asked


@pytest.mark.parametrize("option", ["--seconds=0.3", "--requests=2"])
def test_the_server_stops_by_itself(option: str) -> None:
    """It ends after its time, and after its requests, even when nobody tells it to."""
    line = [sys.executable, "-m", "tools.benchmarks.server", option]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = json.loads(process.stdout.readline())["port"]
        if option == "--requests=2":
            for _ in range(2):
                httpx.get(f"http://127.0.0.1:{port}/face/v1.2/sessionImages/1-bytes", headers=HEADERS, trust_env=False)
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_contestants_take_turns() -> None:
    """Who was last in one round is first in the next."""
    assert [order("ABC", number) for number in range(3)] == [list("ABC"), list("CBA"), list("ABC")]


def test_a_case_runs_round_by_round() -> None:
    """Everyone runs once in a round before anyone runs again, and each record says who and when."""
    ran: list[str] = []

    def job(name: str) -> dict[str, Any]:
        ran.append(name)
        return {"requests": 1, "seconds": 1.0}

    case = Case("sync", "a case", {name: partial(job, name) for name in "ABC"}, 2, {"size": 5})
    records = list(run_case(case))
    assert ran == list("ABCCBA")
    assert [record["round"] for record in records] == [0, 0, 0, 1, 1, 1]
    assert {record["size"] for record in records} == {5}


def test_the_spread_is_median_and_quartiles() -> None:
    """Of one to five they are three, two and four; one figure alone has no spread; an outlier moves nothing."""
    assert spread([5, 1, 4, 2, 3]) == (3, 2, 4)
    assert spread([7]) == (7, 7, 7)
    assert spread([5000, 1, 4, 2, 3]).median == 3


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which everything was slow changes no ratio, and one in which somebody is missing gives none."""
    rounds = [{"a": 1.0, "sdk": 2.0}, {"a": 10.0, "sdk": 20.0}, {"a": 1.0}]
    assert ratios(rounds, "a", "sdk") == [2.0, 2.0]


def test_figures_are_per_request() -> None:
    """Times are divided by the requests, and speed and thrift are multiples of the official SDK's."""
    records = [
        {"section": "sync", "case": "c", "round": 0, "contestant": OURS, "requests": 10, "seconds": 1.0, "cpu": 0.5},
        {"section": "sync", "case": "c", "round": 0, "contestant": REFERENCE, "requests": 5, "seconds": 2.0, "cpu": 1},
    ]
    ours = figures(records)[0]
    assert (ours.seconds.median, ours.cpu, ours.server_cpu) == (0.1, (0.05, 0.05, 0.05), None)
    assert ours.speed
    assert ours.thrift
    assert (ours.speed.median, ours.thrift.median) == (4.0, 4.0)


@pytest.mark.parametrize("form", client.FORMS)
def test_every_form_is_timed(measured: Measure, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """A run prints one line of JSON: its requests, wall time, processor time, and the server's."""
    assert measured(PEER, form, "time", "--size=640000", "--count=9", "--concurrency=4") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["requests"] == 9
    assert result["seconds"] > 0
    assert result["cpu"] > 0
    assert result["server_cpu"] >= 0


@pytest.mark.parametrize("form", client.FORMS)
@pytest.mark.parametrize("what", client.MEASURES)
def test_a_wrong_byte_makes_a_run_fail(
    measured: Measure, capsys: pytest.CaptureFixture[str], form: str, what: str
) -> None:
    """One byte of 640,000 is enough, in every form and in every measure, and no figure is printed."""
    assert measured(PEER, form, what, "--size=640000", "--damaged", "--concurrency=2") == client.WRONG_IMAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "not those that the server should have sent" in printed.err


@pytest.mark.parametrize("image", ["image[:-1]", "image + b'1'", "b''", "image[::-1]"])
def test_a_contestant_that_lies_makes_a_run_fail(measured: Measure, liar: Callable[[str], str], image: str) -> None:
    """Bytes that are too few, too many, or in another order are found."""
    assert measured(liar(image), "get", "time") == client.WRONG_IMAGE


def test_a_late_lie_is_found_by_its_length(measured: Measure, liar: Callable[[str], str]) -> None:
    """Each download's length is checked, and not only that of the last."""
    assert measured(liar("image[1:] if next(calls) == 4 else image"), "get", "time", "--count=9") == client.WRONG_IMAGE


def test_wrong_bytes_end_the_whole_run(
    server: Serving,
    liar: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command ends with status 2 and writes no results when one contestant got another image."""
    where = (f"--endpoint={server.endpoint()}", f"--port={server.port}", "--count=1")
    program = (
        f"import sys; sys.path.append({str(tmp_path)!r}); from tools.benchmarks.client import main; sys.exit(main())"
    )
    shim = tmp_path / "python"
    shim.write_text(f'#!/bin/sh\nshift 3\nexec {sys.executable} -P -c "$PROGRAM" "$@"\n')
    shim.chmod(0o700)
    job = partial(measure, shim, liar("image[:-1]"), "get", "time", *where, env={"PROGRAM": program})
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    monkeypatch.setattr(command, "prepare", lambda _: Environments(shim, shim))
    monkeypatch.setitem(command.SECTIONS, "sync", lambda _: iter([Case("sync", "a case", {"liar": job}, 1, {})]))
    assert command.main(["--only=sync"]) == 2
    assert "bytes came where 640000 were asked for" in capsys.readouterr().err
    assert not (tmp_path / "build" / "results.json").exists()


def test_a_contestant_that_fails_stands_in_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever cannot do it is named, with the reason, and the others are measured all the same."""

    def fail() -> dict[str, Any]:
        raise ContestantError("PoolTimeout")

    jobs = {"A": fail, REFERENCE: lambda: {"requests": 1, "seconds": 1.0}}
    records: list[dict[str, Any]] = []
    collect([Case("sync", "a case", jobs, 1, {})], records.append, lambda _: None)
    assert "A failed: PoolTimeout" in capsys.readouterr().err
    text = page({"machine": MACHINE, "records": records})
    assert "A failed: PoolTimeout" in text
    assert f"| {REFERENCE} | 1 |" in text


def test_memory_is_that_of_the_download(server: Serving) -> None:
    """The most that was held during a download of 40 MB counts, not what is left; to a file, it is far less."""
    where = (f"--endpoint={server.endpoint()}", f"--port={server.port}", "--size=40000000")
    held, saved = (measure(sys.executable, PEER, form, "memory", *where) for form in ("get", "save"))
    # httpx holds the pieces and the whole of them for a moment: a peak that is over when the call returns.
    assert held["above_warm"] > 60_000_000
    assert saved["above_warm"] < 10_000_000


def test_flatness_is_looked_at_ten_times(measured: Measure, capsys: pytest.CaptureFixture[str]) -> None:
    """Memory, files, threads and tasks are noted after each tenth of the downloads."""
    assert measured(PEER, "aget", "flat", "--size=2000", "--count=30", "--concurrency=3") == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["samples"]) == 10
    assert {name for sample in result["samples"] for name in sample} == {"resident", "fds", "threads", "tasks"}
    assert result["samples"][-1]["tasks"] == 0


@pytest.mark.parametrize("quick", [True, False])
def test_all_cases_can_be_planned(server: Serving, tmp_path: Path, quick: bool) -> None:
    """Every case has contestants and a name of its own."""
    sync, asynchronous = contestants(Environments(Path(sys.executable), Path(sys.executable)), quick)
    field = Field(sync, asynchronous, server, tmp_path / "authorities.pem", tmp_path, quick)
    cases = [case for section in SECTIONS.values() for case in section(field)]
    names = [(case.section, case.name) for case in cases]
    assert len(set(names)) == len(names)
    assert all(case.jobs and case.rounds for case in cases)
    assert any(CAPACITY in case.jobs for case in cases)
    assert not any(label.startswith(AT) for case in cases for label in case.jobs)


@pytest.mark.parametrize("quick", [True, False])
def test_a_baseline_takes_part_wherever_ours_does(server: Serving, tmp_path: Path, quick: bool) -> None:
    """It has its revision in its label, a Python of its own, and stands beside the client in every case."""
    python = Path(sys.executable)
    was = Baseline("1234abc", tmp_path / "python")
    field = Field(*contestants(Environments(python, python, was), quick), server, tmp_path, tmp_path, quick)
    for one in (field.sync[1], field.asynchronous[1]):
        assert (one.label, one.module, one.python) == ("face-client at 1234abc", BASELINE_MODULE, was.python)
    for section in (*SECTIONS.values(), startup):
        for case in section(field):
            assert (OURS in case.jobs) == ("face-client at 1234abc" in case.jobs)


def test_a_baseline_is_what_git_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Client, contestant, dependencies and versions are those of the revision, not those of the tree as it is now."""
    tree, asked = tmp_path / "tree", []
    project = "[project]\nname = 'face-client'\nversion = '1'\ndependencies = ['attrs']\n"
    files = {
        "pyproject.toml": project + "[tool.hatch.build.targets.wheel]\npackages = ['generated/face_client']\n",
        "requirements-dev.lock": "anyio==4\nattrs==1\n",
        "generated/face_client/__init__.py": "WHEN = 'then'\n",
        "benchmarks/peers/ours.py": "from face_client import WHEN\nprint('called', WHEN)\n",
    }
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "Then"]):
        subprocess.run([*git, *arguments], cwd=tree, check=True)
    for name in files:
        (tree / name).write_text("now = [\n")

    def environment(name: str, requirements: str) -> Path:
        asked.append((name, requirements))
        venv.create(tmp_path / name, symlinks=True)
        return tmp_path / name / "bin" / "python"

    monkeypatch.setattr(environments, "ROOT", tree)
    monkeypatch.setattr(environments, "BUILD", tmp_path / "build")
    monkeypatch.setattr(environments, "_environment", environment)
    was = environments.baseline("HEAD")
    assert asked == [("baseline", "attrs==1\n")]
    assert environments.run("git", "rev-parse", "HEAD").startswith(was.revision)
    assert environments.run(was.python, "-P", "-m", BASELINE_MODULE) == "called then\n"


@pytest.mark.parametrize("revision", ["no-such-revision", "-h", "HEAD:README.md"])
def test_a_baseline_that_git_does_not_have_is_refused(revision: str) -> None:
    """What names no commit is an error before anything is installed."""
    with pytest.raises(PreparationError, match="git ended with"):
        environments.baseline(revision)


def test_the_table_has_a_row_for_everyone() -> None:
    """Speeds are multiples of the official SDK's, memory and start-up are as measured, and a gap is a dash."""
    timed = {"section": "sync", "case": "640 kB, http", "round": 0, "requests": 1}
    peak = {"section": "memory", "case": "200 MB as bytes", "round": 0, "measure": "peak", "size": 200_000_000}
    records = [
        {**timed, "contestant": OURS, "seconds": 1.0},
        {**timed, "contestant": REFERENCE, "seconds": 3.0},
        {**peak, "contestant": OURS, "above_idle": 201_000_000, "above_warm": 200_000_000},
    ]
    table = summary({"machine": MACHINE, "records": records}, ["benchmarks/memory.svg"])
    assert f"| {OURS} | 3.00 |\n" in table
    assert f"| {REFERENCE} | 1.00 |\n" in table
    assert f"| {OURS} | 201 MB |\n" in table
    assert "2024-01-01" in table
    assert "![Memory](benchmarks/memory.svg)" in table


def test_the_page_changes_between_its_marks_alone() -> None:
    """What stands before and after stays byte for byte, and a second run replaces the first."""
    before = f"# Title\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    once = with_table(before, "| new |\n")
    assert once == f"# Title\n\n{BEGIN}\n| new |\n{END}\n\nafter\n"
    assert with_table(once, "| new |") == once


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_marks_is_refused(text: str) -> None:
    """Nothing is written where it is not plain where."""
    with pytest.raises(ValueError, match="once each"):
        with_table(text, "table")


def test_an_environment_gets_what_is_needed_and_no_more() -> None:
    """Of the lock, those entries are taken that httpx needs, with their hashes."""
    names = environments.closure(["httpx>=0.28"])
    assert {"httpx", "httpcore", "h11", "anyio", "certifi", "idna"} <= names
    assert names.isdisjoint({"trio", "rich", "brotli", "h2", "socksio"})
    anyio, attrs = "anyio==4 \\\n    --hash=sha256:aa\n", "attrs==1 \\\n    --hash=sha256:bb\n"
    httpx_ = "httpx[http2]==0.28.1 ; python_version > '3' \\\n    --hash=sha256:cc\n"
    assert environments.locked(anyio + attrs + httpx_, {"anyio", "httpx"}) == anyio + httpx_


@pytest.mark.parametrize("operations", [1, 45])
def test_the_documents_of_the_generators_are_valid(operations: int, tmp_path: Path) -> None:
    """They have so many operations, each of its own, and the project's generator accepts them."""
    path = tmp_path / "document.yaml"
    path.write_text(json.dumps(document_of(operations)), encoding="utf-8")
    document = load(path)
    copies = [
        operation for item in document["paths"].values() for name, operation in item.items() if name != "parameters"
    ]
    assert len({operation["operationId"] for operation in copies}) == operations
