"""A demo platform of any size to measure on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gql import demo
from tests.support.databases import new_database


@asynccontextmanager
async def demo_database(engine: str, directory: Path, runs: int) -> AsyncIterator[URL]:
    async with new_database(engine, directory, f"scale_{runs}") as url:
        writer = create_async_engine(url)
        await demo.build(writer, runs=runs)
        await analyze(writer)
        await writer.dispose()
        yield url


async def analyze(engine: AsyncEngine) -> None:
    """Have the database count the rows of all tables, as it does on its own in time."""
    command = "ANALYZE TABLE" if engine.dialect.name in {"mysql", "mariadb"} else "ANALYZE"
    quote = engine.dialect.identifier_preparer.quote
    async with engine.begin() as connection:
        for table in await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            await connection.execute(text(f"{command} {quote(table)}"))
