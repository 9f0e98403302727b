"""`make run` and `make test` need Python, pip and make; the lock holds names and versions."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


@pytest.fixture
def fresh_checkout(tmp_path: Path) -> Path:
    """What make looks at, where nothing is installed yet."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(*arguments: str, directory: Path) -> list[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=directory, check=True, capture_output=True, text=True
    ).stdout.splitlines()


def would_run(target: str, directory: Path) -> list[str]:
    return make("--dry-run", "PYTHON=python3", target, directory=directory)


def test_run_installs_the_pinned_versions_and_serves_the_demo(fresh_checkout: Path) -> None:
    environment, install, _, serve = would_run("run", fresh_checkout)
    assert environment == "python3 -m venv --without-pip .venv"
    assert "--python .venv/bin/python install" in install
    assert "--constraint requirements.lock" in install
    assert serve == "exec .venv/bin/sample-gateway serve --demo"


def test_test_installs_the_pinned_versions_and_runs_the_suite(fresh_checkout: Path) -> None:
    commands = would_run("test", fresh_checkout)
    installs = [command for command in commands if "install" in command]
    assert all("--constraint requirements.lock" in install for install in installs)
    assert installs[-1].endswith("'.[dev]'")
    assert commands[-1].startswith(".venv/bin/pytest ")


def test_a_second_run_installs_nothing(fresh_checkout: Path) -> None:
    python = fresh_checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    (fresh_checkout / ".venv/runtime").touch()
    assert would_run("run", fresh_checkout) == ["exec .venv/bin/sample-gateway serve --demo"]


def test_help_tells_of_every_target() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [line.split()[0] for line in make("help", directory=ROOT)] == phony


def test_the_lock_holds_names_and_versions_only() -> None:
    for line in LOCK.read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!]+", line)


def test_the_lock_pins_every_dependency() -> None:
    declared = re.findall(
        r'^    "([a-z-]+)[\[>=]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    pinned = {
        line.partition("==")[0].lower().replace("_", "-") for line in LOCK.read_text().splitlines()
    }
    itself = "sample-gateway"
    assert itself in declared  # with its extras, for development
    assert set(declared) - {itself} <= pinned


def test_no_file_names_a_package_registry() -> None:
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        pytest.skip("not a git checkout")
    registries = "pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|yarnpkg[.]com|debian[.]org"
    # The explorer's built files are others' code, which may name what it likes.
    search = ["git", "grep", "-IlE", registries, "--", ".", ":!gql/explorer/dist"]
    found = subprocess.run(search, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
