"""A connection that is given up, and a statement that fails, let go of their locks at once."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sqlalchemy import literal_column, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database import Database, DatabaseUnavailable, Snapshot, tables
from tests.support import rows
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.until import until

pytestmark = pytest.mark.quick

LONG = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n)",
    "mariadb": "(SELECT sleep(20))",
    "postgresql": "(SELECT 1 FROM (SELECT pg_sleep(20)) AS s)",
}
AT_ONCE = 3


@pytest.fixture
async def database(platform: Platform) -> AsyncIterator[Database]:
    await platform.add(rows.run(1))
    database = Database(platform.url, pool_size=1, timeout_seconds=0.5)
    yield database
    await database.close()


async def read_for_long(snapshot: Snapshot, engine: str) -> None:
    await snapshot.rows(select(tables.Test.id, literal_column(LONG[engine])))


async def change_the_table(platform: Platform, engine: str) -> None:
    """Take a lock that no reader of the table leaves free."""
    if engine == "sqlite":
        impatient = create_async_engine(platform.url, connect_args={"timeout": 0})
        async with impatient.begin() as connection:
            await connection.execute(text("UPDATE test SET branch = 'x'"))
        await impatient.dispose()
        return
    async with asyncio.timeout(AT_ONCE), platform.writer.begin() as connection:
        await connection.execute(text("ALTER TABLE test ADD COLUMN new INTEGER"))
    async with platform.writer.begin() as connection:
        await connection.execute(text("ALTER TABLE test DROP COLUMN new"))


async def test_statement_that_takes_too_long_leaves_no_lock(
    platform: Platform, database: Database, engine: str
) -> None:
    async with database.snapshot() as snapshot:
        await snapshot.rows(select(tables.Test.id))
        with pytest.raises(DatabaseUnavailable):
            await read_for_long(snapshot, engine)

        await change_the_table(platform, engine)


async def test_statement_of_a_request_that_is_given_up_leaves_no_lock(
    platform: Platform, engine: str
) -> None:
    await platform.add(rows.run(1))
    database = Database(platform.url, pool_size=1, timeout_seconds=30)
    async with database.snapshot() as snapshot:
        await snapshot.rows(select(tables.Test.id))
        reading = asyncio.create_task(read_for_long(snapshot, engine))
        await until(snapshot._lock.locked)  # noqa: SLF001
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

        await change_the_table(platform, engine)
    await database.close()


@only_on("sqlite")
async def test_text_that_is_no_utf8_leaves_no_lock(platform: Platform) -> None:
    await platform.add(rows.run(1))
    async with platform.writer.begin() as connection:
        await connection.execute(text("UPDATE test SET branch = CAST(x'ff' AS TEXT)"))
    gc.disable()
    try:
        database = Database(platform.url, pool_size=2, timeout_seconds=30)
        async with database.snapshot() as one, database.snapshot() as other:
            branches = select(tables.Test.branch)
            assert await one.rows(branches) == [(None,)]
            assert await other.prepared_rows({}, lambda: branches, is_alone=True) == [(None,)]

        await change_the_table(platform, "sqlite")
        await database.close()
    finally:
        gc.enable()
