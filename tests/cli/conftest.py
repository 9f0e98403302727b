from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from gql.settings import Settings
from tests.cli.commands import FEWEST, run
from tests.support.databases import new_database


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test sets what it is about, and has an empty directory to work in."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo platform that the command built, for tests to copy or read."""
    file = tmp_path_factory.mktemp("cli") / "demo.sqlite"
    result = run("demo", "--runs", FEWEST, database_url=f"sqlite:///{file}")
    assert result.exit_code == 0, result.output
    return file


@pytest.fixture
async def empty_url(engine: str, tmp_path: Path) -> AsyncIterator[URL]:
    async with new_database(engine, tmp_path, "cli") as url:
        yield url
