"""Real databases and real HTTP: every test that names `engine` runs on each of them."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import URL, Engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo, pacing
from gql.database import Session
from gql.database.connections import ConnectionPool
from gql.database.prepared_statements import PreparedStatement
from tests.support import rows
from tests.support.databases import ADDRESSES, ENGINES, REACHABLE, UNREACHABLE, new_database
from tests.support.files import PLATFORM_URL, READER, Folder
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform


def pytest_sessionstart() -> None:
    if UNREACHABLE and os.environ.get("CI"):
        raise pytest.UsageError(f"CI is set, and these are not reachable: {', '.join(UNREACHABLE)}")
    # A shell that runs in the background has its commands ignore SIGINT, and so would the
    # processes that tests interrupt: they inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Where tests share a processor, an example takes as long as it takes.
    hypothesis_settings.register_profile("gateway", deadline=None)
    hypothesis_settings.load_profile("gateway")


def servers() -> str:
    used = [*ENGINES, *(["redis"] if "redis" in REACHABLE else [])]
    left_out = [name for name in ("sqlite", *ADDRESSES) if name not in used]
    return ", ".join(used) + (f"; left out: {', '.join(left_out)}" if left_out else "")


def pytest_report_header() -> str:
    return f"on: {servers()}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"Ran on {servers()}")


@pytest.fixture(scope="session")
def redis_url() -> str:
    if "redis" not in REACHABLE:
        pytest.skip("Redis is not reachable")
    return ADDRESSES["redis"].render_as_string(hide_password=False)


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files of the demo platform are."""
    return tmp_path_factory.mktemp("demo-files")


@pytest.fixture(scope="session")
async def demo_url(
    engine: str, demo_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[URL]:
    """The demo platform, once for all tests that only read it."""
    async with new_database(engine, tmp_path_factory.mktemp("demo"), "demo") as url:
        writer = create_async_engine(url)
        await demo.build(writer, files=demo_files)
        await writer.dispose()
        yield url


@pytest.fixture(scope="session")
async def _tables(engine: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with new_database(engine, tmp_path_factory.mktemp("platform"), "platform") as url:
        platform = Platform(url)
        await platform.create_tables()
        yield platform
        await platform.close()


@pytest.fixture
async def platform(_tables: Platform) -> AsyncIterator[Platform]:
    """A platform with a token and nothing else, for a test to fill."""
    yield _tables
    await _tables.clear()


@pytest.fixture(scope="session")
async def client(demo_url: URL, demo_files: Path) -> AsyncIterator[Client]:
    """A client of the gateway before the demo platform."""
    async with running_app(settings(demo_url, files_url=demo_files.as_uri())) as client:
        yield client


@pytest.fixture
async def gateway(platform: Platform) -> AsyncIterator[Client]:
    """A client of the gateway before the platform that the test fills."""
    async with running_app(settings(platform.url), token=platform.token) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder for the platform's files."""
    root = tmp_path / "sample-repository"
    root.mkdir()
    return Folder(root)


@pytest.fixture
async def reader(platform: Platform, folder: Folder) -> AsyncIterator[Client]:
    """A client that may read files, of a gateway that serves the folder."""
    await platform.add(rows.token(READER, scopes_json='["runs:read", "results:read"]'))
    served = settings(platform.url, files_url=folder.url, platform_url=PLATFORM_URL)
    async with running_app(served, token=READER) as client:
        yield client


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Collects the SQL statements that a block runs, but for the token's.

    Nothing pauses meanwhile: where a turn of the loop ends, a batch is read in two statements, and
    on a busy machine a turn ends anywhere.
    """

    @contextmanager
    def collected() -> Iterator[list[str]]:
        collected: list[str] = []

        def collect(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("SELECT") and "api_token" not in statement:
                collected.append(statement)

        records = Session.records

        def collect_prepared(session: Session, prepared: PreparedStatement, parameters: Any) -> Any:
            collected.append(prepared.sql)
            return records(session, prepared, parameters)

        event.listen(Engine, "before_cursor_execute", collect)
        try:
            with monkeypatch.context() as patch:
                patch.setattr(Session, "records", collect_prepared)
                patch.setattr(pacing, "TURN_SECONDS", inf)
                yield collected
        finally:
            event.remove(Engine, "before_cursor_execute", collect)

    return collected


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """The sessions with a database that are in use."""
    out: set[Any] = set()
    acquire, release, discard = (
        ConnectionPool.acquire,
        ConnectionPool.release,
        ConnectionPool.discard,
    )

    async def acquired(pool: ConnectionPool, deadline: float) -> Any:
        session = await acquire(pool, deadline)
        out.add(session)
        return session

    async def released(pool: ConnectionPool, session: Any) -> None:
        await release(pool, session)
        out.discard(session)

    async def discarded(pool: ConnectionPool, session: Any) -> None:
        await discard(pool, session)
        out.discard(session)

    monkeypatch.setattr(ConnectionPool, "acquire", acquired)
    monkeypatch.setattr(ConnectionPool, "release", released)
    monkeypatch.setattr(ConnectionPool, "discard", discarded)
    return out
