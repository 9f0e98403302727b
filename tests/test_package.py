"""The distributions, built and installed in empty environments without the lock files."""

import os
import re
import shutil
import subprocess
import sys
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.paths import ROOT, SCHEMA

THIS_PYTHON = "{}.{}".format(*sys.version_info)
# Pythons by pyenv are found too.
PATH = os.pathsep.join([os.environ["PATH"], *map(str, Path.home().glob(".pyenv/versions/*/bin"))])
PYTHONS = [
    version
    for version in ("3.11", "3.12", "3.13", "3.14")
    if version == THIS_PYTHON or shutil.which(f"python{version}", path=PATH)
]


def uv(*arguments: str | Path) -> None:
    done = subprocess.run(
        ["uv", "--no-config", "--no-python-downloads", "--quiet", *arguments],
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{PATH}"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution."""
    directory = tmp_path_factory.mktemp("dist")
    uv("build", "--out-dir", directory, ROOT)
    [wheel] = directory.glob("*.whl")
    return wheel


def install(environment: Path, *packages: str | Path) -> None:
    """Install packages one after the other."""
    for package in packages:
        uv("pip", "install", "--python", environment, package)


def run(environment: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [environment / "bin" / program, *arguments],
        cwd=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_installed_package_runs_on_each_python(python: str, wheel: Path, tmp_path: Path) -> None:
    uv("venv", "--python", python, tmp_path)
    install(tmp_path, wheel)

    done = run(tmp_path, "sample-gateway", "schema")

    assert done.stdout == SCHEMA.read_text(), done.stderr


@pytest.fixture
def shared(wheel: Path, tmp_path: Path) -> Path:
    """An environment in which PyPI's gql was installed first, and the package over it."""
    environment = tmp_path / "environment"
    uv("venv", environment)
    install(environment, "gql", wheel)
    return environment


def test_import_says_what_the_conflict_is_with_the_client_that_was_installed_before(
    shared: Path,
) -> None:
    done = run(shared, "python", "-c", "from gql import Client")

    assert "Client is a name of the GraphQL client that PyPI calls gql" in done.stderr


def test_doctor_reports_the_client_that_was_installed_afterwards(shared: Path) -> None:
    uv("pip", "install", "--python", shared, "--reinstall-package", "gql", "gql")

    done = run(shared, "sample-gateway", "doctor")

    assert done.returncode == 1
    assert re.match(
        "error    packages +the GraphQL client gql .+ is installed here too", done.stdout
    )


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


def test_links_of_the_description_are_absolute(metadata: Message) -> None:
    links = re.findall(r"\]\(([^)]*)\)", metadata.get_payload())

    assert links
    assert all(link.startswith("https://") for link in links)


def test_package_has_no_file_of_the_tests(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        roots = {name.partition("/")[0] for name in archive.namelist()}

    packages = {"gql", "rest_compat", "sample_gateway_client"}
    assert {root for root in roots if not root.endswith(".dist-info")} == packages


def test_package_has_the_glossary_that_assistants_read(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        glossary = archive.read("gql/assistants/glossary.md")

    assert glossary == (ROOT / "docs/glossary.md").read_bytes()
