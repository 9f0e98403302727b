"""The file of an SQLite database: replaced, unreadable, in a directory without write access."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gql.database import sqlite_files
from gql.database.urls import async_url
from tests.support import rows
from tests.support.databases import only_on
from tests.support.doctor import examined, of
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

RUNS = {"query": "{ runs { nodes { id } } }"}


@pytest.fixture
async def file(platform: Platform, tmp_path: Path) -> Path:
    """The file of a platform with run 1."""
    await platform.add(rows.run(1))
    return Path(shutil.copy(str(platform.url.database), tmp_path / "platform 100%.sqlite"))


@pytest.fixture
async def gateway(platform: Platform, file: Path) -> AsyncIterator[Client]:
    async with running_app(settings(async_url(f"sqlite:///{file}")), platform.token) as client:
        yield client


async def status(gateway: Client) -> tuple[int, int]:
    """That of readiness, and of a query."""
    ready = await gateway.get("/readyz")
    return ready.status_code, (await gateway.post("/graphql", json=RUNS)).status_code


async def ids(gateway: Client) -> list[int]:
    return [run["id"] for run in (await gateway.ask(RUNS["query"]))["runs"]["nodes"]]


def move(file: Path, to: Path) -> None:
    file.replace(to)


def add_run(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "INSERT INTO test (id, platform, test_type, branch, 'commit', pr_nr)"
            " VALUES (2, 'linux', 'commit', 'master', 'f', 0)"
        )


async def test_replaced_file_is_read(gateway: Client, file: Path, tmp_path: Path) -> None:
    before = await ids(gateway)
    newer = Path(shutil.copy(file, tmp_path / "newer"))
    add_run(newer)

    move(newer, file)

    assert before == [1]
    assert await ids(gateway) == [2, 1]


async def test_file_that_is_gone_is_not_ready_until_it_is_back(
    gateway: Client, file: Path, tmp_path: Path
) -> None:
    assert await status(gateway) == (200, 200)

    move(file, tmp_path / "gone")
    assert await status(gateway) == (503, 503)

    move(tmp_path / "gone", file)
    assert await status(gateway) == (200, 200)


@pytest.mark.parametrize("content", [b"", b"no database " * 1000])
async def test_file_that_is_no_database_is_not_ready(
    gateway: Client, file: Path, tmp_path: Path, content: bytes
) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)

    move(other, file)

    if content:
        assert await status(gateway) == (503, 503)
    [finding] = of(await examined(async_url(f"sqlite:///{file}")), "database")
    assert ("is empty" if not content else "is not an SQLite database") in finding.message


async def test_file_that_may_not_be_read_is_not_ready(platform: Platform, file: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every file")
    os.chmod(file, 0)  # noqa: PTH101
    async with running_app(settings(async_url(f"sqlite:///{file}")), platform.token) as client:
        assert await status(client) == (503, 503)


async def test_wal_in_a_directory_without_write_access_is_explained(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    may_access = os.access

    def access(path: Any, mode: int) -> bool:
        return mode != os.W_OK and may_access(path, mode)

    assert sqlite_files.problem_of(str(file)) is None
    monkeypatch.setattr(os, "access", access)
    problem = sqlite_files.problem_of(str(file))

    assert problem is not None
    assert "WAL mode" in problem
    assert "journal_mode=DELETE" in problem
