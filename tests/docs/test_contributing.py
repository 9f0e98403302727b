"""Adding a field takes the steps in CONTRIBUTING and no others."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import ROOT
from tests.server import COMMAND

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the steps change."""
    for name in ("gql", "rest_compat", "tests"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__", "dist/*.js")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(*command: str | Path, directory: Path, text: str | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1"},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_worked_example_adds_a_field_that_its_own_test_finds(checkout: Path) -> None:
    for path, content in re.findall(r"`(\S+\.py)`:\n\n```python\n(.*?)```", GUIDE, re.DOTALL):
        assert not (checkout / path).exists()
        (checkout / path).write_text(content)
    for diff in re.findall(r"```diff\n(.*?)```", GUIDE, re.DOTALL):
        run("git", "apply", "-", directory=checkout, text=diff)

    ruff = Path(sys.executable).with_name("ruff")
    run(ruff, "check", "--no-cache", ".", directory=checkout)
    run(ruff, "format", "--no-cache", "--check", ".", directory=checkout)
    schema = run(COMMAND, "schema", directory=checkout)
    added = set(schema.splitlines()) - set((ROOT / "schema.graphql").read_text().splitlines())
    assert "  release: Release" in added
    plugins = ("-p", "no:cacheprovider")
    run(sys.executable, "-m", "pytest", *plugins, "tests/test_release.py", directory=checkout)
