"""Real databases and real HTTP: every test that names `engine` runs on each of them.

SQLite always. MariaDB, PostgreSQL and Redis where they are reachable at the addresses
below; with CI set, all of them must be.
"""

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL, Engine, event, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.app import create_app
from gql.database import Session
from gql.database.prepared_statements import PreparedStatement
from gql.settings import Settings, async_url
from tests.platform import Platform

ADDRESSES = {
    "mariadb": make_url(os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/test")),
    "postgresql": make_url(
        os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    ),
    "redis": make_url(os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")),
}


def _is_reachable(address: URL) -> bool:
    try:
        socket.create_connection((address.host, address.port), timeout=2).close()
    except OSError:
        return False
    return True


REACHABLE = {name: _is_reachable(address) for name, address in ADDRESSES.items()}
ENGINES = ["sqlite", *(name for name in ("mariadb", "postgresql") if REACHABLE[name])]


def pytest_sessionstart() -> None:
    missing = [name for name, is_reachable in REACHABLE.items() if not is_reachable]
    if missing and os.environ.get("CI"):
        raise pytest.UsageError(f"CI is set, and these are not reachable: {', '.join(missing)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = ["sqlite", *(name for name, is_reachable in REACHABLE.items() if is_reachable)]
    missing = [name for name, is_reachable in REACHABLE.items() if not is_reachable]
    left_out = f"; not reachable, so left out: {', '.join(missing)}" if missing else ""
    terminalreporter.write_line(f"Ran on {', '.join(ran)}{left_out}")


def only_on(*engines: str) -> pytest.MarkDecorator:
    """Marks a test that makes sense on some engines only."""
    reachable = [engine for engine in engines if engine in ENGINES]
    return pytest.mark.parametrize("engine", reachable, indirect=True)


@pytest.fixture(scope="session")
def redis_url() -> str:
    if not REACHABLE["redis"]:
        pytest.skip("Redis is not reachable")
    return ADDRESSES["redis"].render_as_string(hide_password=False)


@asynccontextmanager
async def new_database(engine: str, directory: Path, name: str) -> AsyncIterator[URL]:
    """An empty database, dropped at the end."""
    if engine == "sqlite":
        yield async_url(f"sqlite:///{directory / name}.sqlite")
        return
    name = f"sample_gateway_{name}_{os.getpid()}"
    server = create_async_engine(async_url(ADDRESSES[engine]), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield async_url(ADDRESSES[engine].set(database=name))
    force = " WITH (FORCE)" if engine == "postgresql" else ""
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name}{force}"))
    await server.dispose()


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
async def demo_url(engine: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[URL]:
    """The demo platform, once for all tests that only read it."""
    async with new_database(engine, tmp_path_factory.mktemp("demo"), "demo") as url:
        writer = create_async_engine(url)
        await demo.build(writer)
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


def settings(url: URL, **changes: Any) -> Settings:
    unlimited = {"rate_limit_requests": 1_000_000, "token_cache_ttl_seconds": 0}
    return Settings(database_url=url, **unlimited | changes)


@asynccontextmanager
async def running_app(
    settings: Settings, token: str | None = demo.DEMO_TOKEN
) -> AsyncIterator[Any]:
    """A client of the whole app, in this process, over HTTP."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        Client(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        ) as client,
    ):
        yield client


class Client(httpx.AsyncClient):
    """An HTTP client that knows how to ask GraphQL."""

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data that answers a query; a test that expects errors uses `post`."""
        response = await self.post("/graphql", json={"query": query, "variables": variables})
        body = response.json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    async def sample(self, run_id: int | str, sample_id: int | str) -> httpx.Response:
        return await self.get(f"/api/v1/runs/{run_id}/samples/{sample_id}")


@pytest.fixture(scope="session")
async def client(demo_url: URL) -> AsyncIterator[Client]:
    """A client of the gateway before the demo platform."""
    async with running_app(settings(demo_url)) as client:
        yield client


@pytest.fixture
async def gateway(platform: Platform) -> AsyncIterator[Client]:
    """A client of the gateway before the platform that the test fills."""
    async with running_app(settings(platform.url), token=platform.token) as client:
        yield client


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Collects the SQL statements that a block runs, but for the token's."""

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
                yield collected
        finally:
            event.remove(Engine, "before_cursor_execute", collect)

    return collected
