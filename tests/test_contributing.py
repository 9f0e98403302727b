"""Adding a field takes the steps that CONTRIBUTING tells, and no other."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import COMMAND

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
HOUSE = GUIDE[: GUIDE.index("## Adding a field")]


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


def test_the_worked_example_adds_a_field(checkout: Path) -> None:
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


def test_each_room_of_the_house_is_told() -> None:
    told = {path.rstrip("/") for path in re.findall(r"`((?:gql|rest_compat|tests)/\S*?)`", HOUSE)}
    rooms = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "gql").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists())
        or (path.suffix == ".py" and path.stem != "__init__")
    }

    assert told == rooms | {"rest_compat", "tests"}
