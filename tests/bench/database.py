"""A demo platform of any size to measure on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.database.tables import READ_TABLES
from tests.support.databases import new_database


@asynccontextmanager
async def demo_database(engine: str, directory: Path, runs: int) -> AsyncIterator[URL]:
    async with new_database(engine, directory, f"scale_{runs}") as url:
        writer = create_async_engine(url)
        await demo.build(writer, runs=runs)
        if engine != "sqlite":
            analyze = "ANALYZE TABLE " if engine == "mariadb" else "ANALYZE "
            async with writer.begin() as connection:
                for table in READ_TABLES:
                    await connection.execute(text(analyze + table.name))
        await writer.dispose()
        yield url
