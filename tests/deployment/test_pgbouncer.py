"""The gateway behind PgBouncer: sessions lose nothing, and pooled transactions are rejected."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.cli.doctor.check_result import Severity
from gql.database import Database, DatabaseUnavailable, failure_reason
from gql.database.urls import async_url
from tests.support.database_servers import IS_ROOT, Server
from tests.support.databases import ADDRESSES, new_database, only_on
from tests.support.doctor import examined, of
from tests.support.gateway import running_app, settings
from tests.support.programs import require
from tests.support.questions import answers

pytestmark = only_on("postgresql")


class PgBouncer(Server):
    program = "pgbouncer"
    user = "postgres" if IS_ROOT else None

    def __init__(self, pool_mode: str) -> None:
        super().__init__()
        server = ADDRESSES["postgresql"]
        (self.directory / "users").write_text(f'"{server.username}" "{server.password or ""}"\n')
        (self.directory / "pgbouncer.ini").write_text(
            f"""
            [databases]
            * = host={server.host} port={server.port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {self.port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {self.directory / "users"}
            pool_mode = {pool_mode}
            """.replace("            ", "")
        )

    @property
    def command(self) -> list[str | Path]:
        return ["pgbouncer", "-q", str(self.directory / "pgbouncer.ini")]

    async def answers(self) -> bool:
        try:
            connection = await asyncpg.connect(
                host="127.0.0.1",
                port=self.port,
                user=ADDRESSES["postgresql"].username,
                database="postgres",
                statement_cache_size=0,
            )
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True


@pytest.fixture
async def pooled(
    request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> AsyncIterator[tuple[URL, URL]]:
    """The addresses of a demo platform behind a PgBouncer, and of its server."""
    require(PgBouncer.program)
    pooler = PgBouncer(request.param)
    try:
        await pooler.start()
        async with new_database(engine, tmp_path, "pooled") as url:
            writer = create_async_engine(url)
            await demo.build(writer)
            await writer.dispose()
            yield url.set(host="127.0.0.1", port=pooler.port), url
            pooler.kill()
    finally:
        pooler.remove()


async def asked(url: URL) -> dict[Any, Any]:
    async with running_app(settings(url)) as client:
        return await answers(client)


@pytest.mark.parametrize("pooled", ["session"], indirect=True)
async def test_pooled_sessions_lose_nothing(pooled: tuple[URL, URL]) -> None:
    pooler, server = pooled

    assert await asked(pooler) == await asked(server)

    database = Database(pooler, pool_size=2, timeout_seconds=5)
    async with database.snapshot() as snapshot:
        names = ("statement_timeout", "timezone", "transaction_isolation", "transaction_read_only")
        shown = ", ".join(f"current_setting('{name}')" for name in names)
        [row] = await snapshot.rows(text(f"SELECT {shown}"))
    with pytest.raises(DBAPIError):
        async with database.pool.engine.begin() as connection:
            await connection.execute(text("DELETE FROM tag"))
    await database.close()
    assert tuple(row) == ("5s", "UTC", "repeatable read", "on")


@pytest.mark.parametrize("pooled", ["session"], indirect=True)
async def test_doctor_finds_nothing_wrong_with_pooled_sessions(pooled: tuple[URL, URL]) -> None:
    found = await examined(pooled[0])

    assert [each for each in found if each.severity is Severity.ERROR] == []


@pytest.mark.parametrize("pooled", ["transaction"], indirect=True)
async def test_pooled_transactions_are_rejected_with_the_remedy(pooled: tuple[URL, URL]) -> None:
    pooler, _ = pooled
    database = Database(pooler, pool_size=2, timeout_seconds=5)

    with pytest.raises(DatabaseUnavailable) as unavailable:
        await database.ping()
    await database.close()
    async with running_app(settings(pooler)) as client:
        ready = await client.get("/readyz")
    [finding] = of(await examined(pooler), "database")

    assert unavailable.value.__cause__
    reason = failure_reason(unavailable.value.__cause__)
    assert "pool_mode = session" in reason
    assert "\n" not in reason
    assert ready.status_code == 503
    assert (finding.severity, "pool_mode = session" in finding.message) == (Severity.ERROR, True)


@pytest.mark.parametrize("pooled", ["statement"], indirect=True)
async def test_pooled_statements_are_rejected(pooled: tuple[URL, URL]) -> None:
    database = Database(pooled[0], pool_size=2, timeout_seconds=5)

    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.close()


OPTIONS = [
    "application_name=gateway",
    "connect_timeout=10",
    "options=-c%20search_path%3Dpublic",
    "channel_binding=prefer",
    "channel_binding=require",
    "sslmode=prefer&application_name=a&connect_timeout=0&target_session_attrs=any",
]


@pytest.mark.parametrize("options", OPTIONS)
async def test_usual_options_of_an_address_are_taken(
    engine: str, tmp_path: Path, options: str
) -> None:
    async with new_database(engine, tmp_path, "options") as url:
        address = async_url(f"{url.render_as_string(hide_password=False)}?{options}")
        database = Database(address, pool_size=1, timeout_seconds=5)
        async with database.snapshot() as snapshot:
            [[name, path]] = await snapshot.rows(
                text("SELECT current_setting('application_name'), current_setting('search_path')")
            )
        await database.close()

    expected_name = {"application_name=gateway": "gateway", OPTIONS[-1]: "a"}.get(options, "")
    assert name == expected_name
    assert path == ("public" if "search_path" in options else '"$user", public')
