"""Adding a field takes the steps in CONTRIBUTING and no others."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import ROOT
from tests.support.server import COMMAND

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the steps change."""
    for name in ("gql", "rest_compat", "tests"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__", "dist/*.js")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(*command: str | Path, directory: Path) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(file: Path, code: str) -> None:
    """Follow a step of the guide: write a new file, or add to the one that is there."""
    if not file.exists():
        file.write_text(code)
        return
    imports, definition = code.split("\n\n\n")
    opening, addition = definition.split("\n", 1)
    text = file.read_text()
    assert text.count(f"{opening}\n") == 1
    text = text.replace("from ", f"{imports}\nfrom ", 1)
    file.write_text(text.replace(f"{opening}\n", f"{opening}\n{addition}\n"))


def test_worked_example_adds_a_field_that_its_own_test_finds(checkout: Path) -> None:
    steps = re.findall(r"`(\S+\.py)`:\n\n```python\n(.*?)```", GUIDE, re.DOTALL)
    for path, code in steps:
        write(checkout / path, code)

    ruff = Path(sys.executable).with_name("ruff")
    run(ruff, "check", "--no-cache", "--fix", "--select=I", ".", directory=checkout)
    run(ruff, "check", "--no-cache", ".", directory=checkout)
    run(ruff, "format", "--no-cache", "--check", ".", directory=checkout)
    schema = run(COMMAND, "schema", directory=checkout)
    added = set(schema.splitlines()) - set((ROOT / "schema.graphql").read_text().splitlines())
    assert "  cancellation: Cancellation" in added
    plugins = ("-p", "no:cacheprovider")
    test, _ = steps[-1]
    run(sys.executable, "-m", "pytest", *plugins, test, directory=checkout)
