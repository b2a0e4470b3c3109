"""The tool that tries deliberate faults, on a small project of its own."""

import subprocess
from pathlib import Path

import pytest

from tools.mutants.__main__ import main
from tools.mutants.faults import MUTANTS
from tools.mutants.trial import Mutant, MutantError, Trial

FILE = "handwritten/greeting/words.py"
CAUGHT = Mutant("The greeting is another one.", FILE, '"hello"', '"goodbye"', ("polite",))
SURVIVOR = Mutant("The greeting of the evening is missing.", FILE, '"good evening"', '""')
MISSING = Mutant("The greeting of the night is missing.", FILE, '"good night"', '""')
TWICE = Mutant("Nobody is greeted.", FILE, "def ", "async def ")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one module, two tests that pass, and one that fails and is not tracked."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take longer to import than the tests
    root = tmp_path / "project"
    files = {
        FILE: 'def hello():\n    return "hello"\n\n\ndef good_evening():\n    return "good evening"\n',
        "handwritten/greeting/__init__.py": "",
        "tests/test_polite.py": "from greeting import words\n\ndef test_hello():\n    assert words.hello() == 'hello'",
        "tests/test_other.py": "def test_other():\n    pass\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for arguments in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    (root / "tests/test_untracked.py").write_text("def test_untracked():\n    assert False\n")
    return root


@pytest.fixture
def trial(project: Path, tmp_path: Path) -> Trial:
    """The copy of the project."""
    return Trial(project, tmp_path / "copy", ["tests", "tests/not_there"])


def test_a_mutant_is_caught(trial: Trial) -> None:
    """The test that failed is named, and the copy is as it was afterwards."""
    verdict = trial.verdict(CAUGHT)
    assert verdict.is_caught
    assert verdict.by.startswith("tests/test_polite.py::test_hello - AssertionError: ")
    assert not trial.verdict(SURVIVOR).is_caught


def test_a_mutant_that_nothing_tests_survives(trial: Trial) -> None:
    """The tests pass."""
    assert not trial.verdict(SURVIVOR).is_caught


@pytest.mark.parametrize(("mutant", "count"), [(MISSING, 0), (TWICE, 2)])
def test_the_text_of_a_mutant_is_there_once(trial: Trial, mutant: Mutant, count: int) -> None:
    """Otherwise the mutant says nothing, and is an error."""
    with pytest.raises(MutantError, match=f"its text is {count} times in {FILE}, and not once"):
        trial.check([mutant])


def test_a_file_that_the_tests_would_not_import_is_an_error(project: Path, tmp_path: Path) -> None:
    """Nothing can be shown where the tests import something else, such as an installed package of the same name."""
    (project / "json").mkdir()
    (project / "json" / "decoder.py").write_text("there = 1\n")
    subprocess.run(["git", "add", "json"], cwd=project, check=True)
    trial = Trial(project, tmp_path / "copy", ["tests"])
    trial.check([CAUGHT, SURVIVOR])
    with pytest.raises(MutantError, match="would import other files"):
        trial.check([CAUGHT, Mutant("It is not there.", "json/decoder.py", "there", "here")])


def test_tests_that_fail_by_themselves_are_an_error(trial: Trial, project: Path, tmp_path: Path) -> None:
    """They would catch anything."""
    trial.check_tests()
    subprocess.run(["git", "add", "."], cwd=project, check=True)
    with pytest.raises(MutantError, match=r"the tests fail without any mutant: tests/test_untracked\.py::test_untr"):
        Trial(project, tmp_path / "another", ["tests"]).check_tests()


def test_tests_that_do_not_run_are_an_error(trial: Trial) -> None:
    """A mutant that cannot be imported shows nothing about the tests."""
    with pytest.raises(MutantError, match="the tests did not run"):
        trial.verdict(Mutant("It is not Python.", FILE, "def hello", "def def hello"))


def test_chance_catches_nothing(project: Path, tmp_path: Path) -> None:
    """A test that fails, and passes when it runs alone, is left out."""
    once = "assert Path('there').exists() or Path('there').touch()"
    (project / "tests/test_first.py").write_text(f"from pathlib import Path\n\ndef test_it():\n    {once}\n")
    subprocess.run(["git", "add", "tests/test_first.py"], cwd=project, check=True)
    trial = Trial(project, tmp_path / "copy", ["tests"])
    assert not trial.verdict(SURVIVOR).is_caught
    assert trial.verdict(CAUGHT).by.startswith("tests/test_polite.py::test_hello")


def test_a_mutant_that_hangs_is_caught(project: Path, tmp_path: Path) -> None:
    """The tests that should have passed did not."""
    trial = Trial(project, tmp_path / "copy", ["tests"], seconds=3)
    mutant = Mutant("It hangs.", FILE, 'return "hello"', "import time; time.sleep(60)")
    assert trial.verdict(mutant).by == "the tests did not end within 3 s"


def test_the_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each mutant, and exit status 1 if one of them has survived."""
    arguments = ["--root", str(project), "--tests", "tests"]
    assert main(arguments, [CAUGHT, SURVIVOR]) == 1
    printed = capsys.readouterr().out
    assert "  1  caught    The greeting is another one. (" in printed
    assert "  2  SURVIVED  The greeting of the evening is missing. (" in printed
    assert printed.endswith("1 of 2 were caught\n")
    assert main([*arguments, "--only", "1"], [CAUGHT, SURVIVOR]) == 0
    assert main([*arguments, "--only", "3"], [CAUGHT, SURVIVOR]) == 2
    assert main(arguments, [MISSING]) == 2


def test_all_mutants_apply(capsys: pytest.CaptureFixture[str]) -> None:
    """There are enough of them, with names of their own, and each is in the product as it is now."""
    assert main(["--list"]) == 0, capsys.readouterr().err
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 100


def test_the_tests_that_run_first_exist() -> None:
    """Each word that selects test files is in the name of one."""
    tests = Path(__file__).parents[2]
    for folders, mutants in (
        ("face_client*", [mutant for mutant in MUTANTS if mutant.tests is None]),
        ("generator", [mutant for mutant in MUTANTS if mutant.tests == ("tests/generator",)]),
    ):
        names = [file.name for file in tests.glob(f"{folders}/test_*.py")]
        words = {word for mutant in mutants for word in mutant.first}
        assert not {word for word in words if not any(word in name for name in names)}
