"""The gateway reads the platform's database and can do nothing else to it."""

import asyncio
import os
from typing import Any

import asyncpg
import pytest
from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Database, DatabaseUnavailable, tables
from gql.database.urls import async_url
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import running_app, settings
from tests.support.platform import Platform
from tests.support.until import until

pytestmark = pytest.mark.quick


@pytest.fixture
async def database(platform: Platform):
    database = Database(platform.url, pool_size=2, timeout_seconds=5)
    yield database
    await database.close()


async def test_connection_rejects_writes(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.pool.engine.begin() as connection:
            await connection.execute(insert(tables.Tag).values(name="written"))


async def test_snapshot_does_not_see_later_writes(
    platform: Platform, database: Database, engine: str
) -> None:
    statement = text("SELECT count(*) FROM tag")
    async with database.snapshot() as snapshot:
        before = await snapshot.rows(statement)
        if engine == "sqlite":
            # SQLite keeps a snapshot by having its writers wait.
            impatient = create_async_engine(platform.url, connect_args={"timeout": 0})
            with pytest.raises(DBAPIError, match="locked"):
                async with impatient.begin() as connection:
                    await connection.execute(insert(tables.Tag).values(name="new"))
            await impatient.dispose()
        else:
            await platform.add(tables.Tag(name="new"))
        assert await snapshot.rows(statement) == before


@only_on("mariadb")  # where each column has a character set of its own
async def test_mix_of_collations_is_no_unavailable_database(database: Database) -> None:
    statement = text("SELECT 'x' COLLATE utf8mb4_bin = 'x' COLLATE utf8mb4_general_ci")

    async with database.snapshot() as snapshot:
        with pytest.raises(DBAPIError, match="Illegal mix of collations"):
            await snapshot.rows(statement)
        assert await snapshot.count(select(literal(1))) == 1


@only_on("postgresql")  # whose driver takes two steps
async def test_statement_times_out_between_two_steps(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = asyncpg.Connection._get_statement  # noqa: SLF001  # between its two steps

    async def prepare_late(connection: Any, *arguments: Any, **options: Any) -> Any:
        prepared = await prepare(connection, *arguments, **options)
        await until(connection.is_closed)
        return prepared

    database = Database(platform.url, pool_size=1, timeout_seconds=0.5)
    async with database.snapshot() as snapshot:
        await snapshot.rows(select(tables.Tag.id))
        monkeypatch.setattr(asyncpg.Connection, "_get_statement", prepare_late)
        with pytest.raises(DatabaseUnavailable):
            await snapshot.prepared_rows({}, select, tables.Tag.id)
    await database.close()


SLEEP = {"mysql": func.sleep(29), "postgresql": func.pg_sleep(29)}
SLEEPING = {
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sleep(%'",
    "postgresql": "SELECT count(*) FROM pg_stat_activity "
    "WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(%'",
}


@only_on("mariadb", "postgresql")
async def test_statement_that_nobody_waits_for_ends_on_the_server(platform: Platform) -> None:
    backend = platform.url.get_backend_name()

    async def is_sleeping() -> bool:
        async with platform.writer.connect() as connection:
            return bool(await connection.scalar(text(SLEEPING[backend])))

    async def is_over() -> bool:
        return not await is_sleeping()

    database = Database(platform.url, pool_size=2, timeout_seconds=30)
    snapshot = database.snapshot()
    reading = asyncio.create_task(snapshot.rows(select(SLEEP[backend])))
    await until(is_sleeping)

    await snapshot.abort()

    with pytest.raises(DatabaseUnavailable):
        await reading
    await until(is_over, seconds=10)
    async with database.snapshot() as another:
        assert await another.count(select(literal(1))) == 1
    await database.close()


async def test_platform_database_has_no_missing_tables(database: Database) -> None:
    assert await database.missing() == []


async def test_missing_tables_and_columns_are_listed(tmp_path) -> None:
    url = async_url(f"sqlite:///{tmp_path / 'other.sqlite'}")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(tables.Base.metadata.create_all)
        await connection.execute(text("DROP TABLE sample_tag_association"))
        await connection.execute(text("ALTER TABLE test DROP COLUMN branch"))
    await engine.dispose()
    database = Database(url, pool_size=1, timeout_seconds=5)

    assert await database.missing() == ["table sample_tag_association", "column test.branch"]
    await database.close()


async def test_secret_columns_are_not_mapped() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in tables.Base.metadata.sorted_tables
        for column in table.columns
    }

    assert columns.isdisjoint({"test.token", "user.password", "user.github_token"})


@only_on("mariadb", "postgresql")  # SQLite has no users
async def test_select_permission_is_sufficient(platform: Platform, engine: str) -> None:
    reader = f"reader_{os.getpid()}"
    name = platform.url.database
    grants, revokes = {
        "mariadb": (
            [f"CREATE USER {reader}@'%'", f"GRANT SELECT ON {name}.* TO {reader}@'%'"],
            [f"DROP USER {reader}@'%'"],
        ),
        "postgresql": (
            [f"CREATE USER {reader}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"],
            [f"DROP OWNED BY {reader}", f"DROP USER {reader}"],
        ),
    }[engine]
    await platform.add(rows.run(1))
    try:
        async with platform.writer.begin() as connection:
            for grant in grants:
                await connection.execute(text(grant))
        async with running_app(
            settings(platform.url.set(username=reader)), platform.token
        ) as client:
            data = await client.ask("{ run(id: 1) { status summary { total } } }")
        assert data == {"run": {"status": "QUEUED", "summary": {"total": 0}}}
    finally:
        async with platform.writer.begin() as connection:
            for revoke in revokes:
                await connection.execute(text(revoke))
