"""`make run` and `make test` need Python, pip and make, and install files of pinned hashes."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

RUNTIME_PINS = "requirements.lock"
DEVELOPMENT_PINS = "tests/requirements.lock"


@pytest.fixture
def fresh_checkout(tmp_path: Path) -> Path:
    """What make looks at, where nothing is installed yet."""
    (tmp_path / "tests").mkdir()
    for name in ("Makefile", "pyproject.toml", RUNTIME_PINS, DEVELOPMENT_PINS):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(*arguments: str, directory: Path) -> list[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=directory, check=True, capture_output=True, text=True
    ).stdout.splitlines()


def would_run(target: str, directory: Path) -> list[str]:
    return make("--dry-run", "PYTHON=python3", target, directory=directory)


def test_make_run_installs_pinned_versions_and_serves_the_demo(fresh_checkout: Path) -> None:
    _, environment, _, pins, package, _, _, serve = would_run("run", fresh_checkout)
    assert environment == "python3 -m venv --without-pip .venv"
    assert "--python .venv/bin/python install" in pins
    assert pins.endswith("--require-hashes --requirement requirements.lock")
    assert package.endswith("--no-deps --editable .")
    assert serve == "exec .venv/bin/sample-gateway serve --demo"


def test_make_run_needs_python_3_11_and_leaves_nothing_behind(fresh_checkout: Path) -> None:
    old = fresh_checkout / "python3.10"
    check = "import sys; sys.version_info = (3, 10, 13); exec(sys.argv[1])"
    old.write_text(f'#!/bin/sh\nexec python3 -c "{check}" "$2"\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "--no-print-directory", "run", f"PYTHON={old}"],
        cwd=fresh_checkout,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.stdout == ""
    assert done.stderr.startswith(
        f"Sample Gateway needs Python 3.11 or newer, and {old} is 3.10. "
        "Name another one: make run PYTHON=python3.12\n"
    )
    assert not (fresh_checkout / ".venv").exists()


def test_environment_whose_python_is_gone_is_built_again(fresh_checkout: Path) -> None:
    environment = fresh_checkout / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin/python").symlink_to(fresh_checkout / "gone")
    for target in ("runtime", "development"):
        (environment / target).touch()

    assert "python3 -m venv --without-pip .venv" in would_run("run", fresh_checkout)
    assert not environment.exists()


def test_make_test_installs_pinned_versions_and_runs_the_suite(fresh_checkout: Path) -> None:
    commands = would_run("test", fresh_checkout)
    installs = [command.partition(" install ")[2] for command in commands if " install " in command]
    assert installs == [
        "--require-hashes --requirement requirements.lock",
        "--no-deps --editable .",
        "--require-hashes --requirement tests/requirements.lock",
    ]


def test_make_test_runs_every_test_and_fails_if_either_half_does(tmp_path: Path) -> None:
    pytest_ = tmp_path / ".venv/bin/pytest"
    pytest_.parent.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "tests").mkdir()
    for name in ("pyproject.toml", RUNTIME_PINS, DEVELOPMENT_PINS, ".venv/bin/python"):
        (tmp_path / name).touch()
    for name in ("runtime", "development"):
        (tmp_path / ".venv" / name).touch()

    def run(*failing: str) -> int:
        fails = "".join(f'[ "${{@: -1}}" = "{marker}" ] && exit 1\n' for marker in failing)
        pytest_.write_text(f'#!/usr/bin/env bash\necho "ran ${{@: -1}}"\n{fails}exit 0\n')
        pytest_.chmod(0o755)
        done = subprocess.run(
            ["make", "test"], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert re.findall("^ran (.*)$", done.stdout, re.MULTILINE) == ["not serial", "serial"]
        return done.returncode

    assert run() == 0
    assert run("not serial") != 0
    assert run("serial") != 0
    assert run("serial", "not serial") != 0


def test_quick_tests_cover_every_package() -> None:
    packages = {path.parent.name for path in ROOT.glob("gql/*/__init__.py")} | {"contract"}
    covered = {
        file.parent.name
        for file in ROOT.glob("tests/*/test_*.py")
        if "pytest.mark.quick" in file.read_text()
    }

    assert packages - covered == set()


def test_make_run_installs_nothing_the_second_time(fresh_checkout: Path) -> None:
    python = fresh_checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    (fresh_checkout / ".venv/runtime").touch()
    assert would_run("run", fresh_checkout) == ["exec .venv/bin/sample-gateway serve --demo"]


def test_make_help_lists_every_target() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [line.split()[0] for line in make("help", directory=ROOT)] == phony


def pins(name: str) -> dict[str, list[str]]:
    """The versions of each package in a lock file, which may differ by Python."""
    pinned: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text().replace("\\\n", "").splitlines():
        pin = re.fullmatch(
            r"([a-z0-9-]+)==(\S+)(?: ; [^#]+?)?(?: +--hash=sha256:[0-9a-f]{64})+", line
        )
        assert pin, line
        pinned.setdefault(pin[1], []).append(pin[2])
    return pinned


def test_lock_files_pin_names_versions_and_hashes_only() -> None:
    assert pins(RUNTIME_PINS).keys().isdisjoint(pins(DEVELOPMENT_PINS))


def test_lock_files_pin_what_pyproject_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    itself = "sample-gateway[mcp,opentelemetry]"
    development = {each for extra in extras.values() for each in extra} - {itself}

    for pinned, declared in (
        (pins(RUNTIME_PINS), project["dependencies"]),
        (pins(RUNTIME_PINS) | pins(DEVELOPMENT_PINS), development),
    ):
        for requirement in map(Requirement, declared):
            versions = pinned[canonicalize_name(requirement.name)]
            assert all(map(requirement.specifier.contains, versions)), requirement


def test_no_file_names_a_package_registry() -> None:
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        pytest.skip("not a git checkout")
    registries = "pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|yarnpkg[.]com|debian[.]org"
    # The explorer's built files are others' code, which may name what it likes.
    search = ["git", "grep", "-IlE", registries, "--", ".", ":!gql/explorer/dist"]
    found = subprocess.run(search, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
