"""What importing the package needs, how much it imports, and that it keeps to public names."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import face_client_auth

FILES = sorted(Path(face_client_auth.__file__).parent.glob("*.py"))


def _python(code: str) -> str:
    """Runs code in which a warning is an error, and returns what it prints."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_need_no_extra() -> None:
    """Without azure-core, azure-identity and Authlib, each public name can be imported."""
    printed = _python(
        "import sys\n"
        "for name in ('authlib', 'azure', 'azure.core', 'azure.identity'): sys.modules[name] = None\n"
        "from face_client_auth import *\n"
        "import face_client_auth\n"
        "print(sorted(set(face_client_auth.__all__) - set(globals())), AuthorizationCodeAuth, TokenStore)"
    )

    assert printed.startswith("[] <class ")


def test_without_the_extra_the_error_says_what_to_install() -> None:
    """Without Authlib, constructing an AuthorizationCodeAuth is an error that names the extra, and shows no secret."""
    printed = _python(
        "import sys, traceback\n"
        "sys.modules['authlib'] = None\n"
        "from face_client_auth import AuthorizationCodeAuth\n"
        "urls = dict(authorization_url='https://login.example/a', token_url='https://login.example/t')\n"
        "try: AuthorizationCodeAuth('app', client_secret='s3' + 'cret', **urls)\n"
        "except ModuleNotFoundError as error:\n"
        "    print(error.name, error)\n"
        "    frames = list(traceback.walk_tb(error.__traceback__))[1:]\n"
        "    print([frame.f_locals for frame, _ in frames])\n"
    )

    name, _, message = printed.partition(" ")
    assert name.startswith("authlib")
    assert message.startswith(f'AuthorizationCodeAuth needs {name}: pip install "face-client[oauth]"\n')
    assert "s3cret" not in printed


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that the package does not have is the usual error."""
    with pytest.raises(AttributeError, match="module 'face_client_auth' has no attribute 'nothing'"):
        _ = face_client_auth.nothing


def test_the_package_alone_imports_no_extra() -> None:
    """Importing the package is quick: what only one way to sign in needs is imported when it is used."""
    printed = _python(
        "import sys, face_client_auth\n"
        "face_client_auth.SubscriptionKeyAuth('key')\n"
        "print([name for name in ('authlib', 'azure', 'msal', 'requests', 'starlette', 'uvicorn', 'http.server',"
        " 'webbrowser') if name in sys.modules])"
    )

    assert printed.strip() == "[]"


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == face_client_auth.__name__


def _foreign_names(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a file takes from other packages, by import or as attributes of what it imported."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if not _is_ours(alias.name):
                    modules.add(alias.asname or alias.name.partition(".")[0])
                    yield alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level and not _is_ours(node.module or ""):
            for alias in node.names:
                modules.add(alias.asname or alias.name)
                yield f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_other_packages_are_used_by_their_public_names(path: Path) -> None:
    """Nothing whose name begins with an underscore is taken from the client, the runtime or a third party."""
    names = set(_foreign_names(ast.parse(path.read_text(encoding="utf-8"))))

    assert [name for name in names if any(part.startswith("_") for part in name.split("."))] == []


def test_a_private_name_would_be_found() -> None:
    """The test above sees private names in each form of import, and as attributes."""
    code = "import a._b\nfrom c._d import e\nfrom f import _g\nimport h\nh._i\nfrom face_client_auth._flow import j"

    assert set(_foreign_names(ast.parse(code))) == {"a._b", "c._d.e", "f._g", "h", "h._i"}
