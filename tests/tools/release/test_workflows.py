"""What the workflows on the forge may do, and what they have to do."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

WORKFLOWS = Path(__file__).resolve().parents[3] / ".github" / "workflows"


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(WORKFLOWS / name)
    return loaded


def test_only_publishing_may_sign_in() -> None:
    """The job that publishes, and no other, gets an identity; it runs no code of the project."""
    release = workflow("release.yml")
    assert release["permissions"] == {}
    assert release["jobs"]["build"]["permissions"] == {"contents": "read"}
    publish = release["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"] == "pypi"
    assert [step["uses"].partition("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert "password" not in str(publish)


def test_what_is_published_is_what_make_dist_builds() -> None:
    """The build is `make dist` for the tag, and its output is what the other job publishes."""
    jobs = workflow("release.yml")["jobs"]
    (made,) = (step for step in jobs["build"]["steps"] if "run" in step)
    assert made == {"run": "make dist", "env": {"TAG": "${{ github.ref_name }}"}}
    uploaded, downloaded = jobs["build"]["steps"][-1]["with"], jobs["publish"]["steps"][0]["with"]
    assert (uploaded["name"], uploaded["path"]) == (downloaded["name"], downloaded["path"]) == ("dist", "dist/")
    assert jobs["publish"]["needs"] == "build"


def test_ci_has_the_last_release() -> None:
    """CI has the whole history: in a shallow clone, the last release would not be found, and all would seem well."""
    (checkout,) = (step for step in workflow("ci.yml")["jobs"]["test"]["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == 0
