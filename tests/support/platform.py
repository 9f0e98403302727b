"""A platform that a test fills with what it is about."""

from typing import Any

from sqlalchemy import URL, delete, event, insert
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from gql.database import tables
from tests.support import rows

TOKEN = "spci_" + "t" * 43
TABLES = tables.Base.metadata.sorted_tables

# No test is about data that outlive a power cut.
_CONNECT_ARGS: dict[str, dict[str, Any]] = {
    "postgresql": {"server_settings": {"synchronous_commit": "off"}},
    # A writer waits for all that read the file, on a busy machine too.
    "sqlite": {"timeout": 30},
}
_ON_CONNECT = {"sqlite": "PRAGMA synchronous = OFF"}


class Platform:
    """Adds rows to the platform's tables, as the platform would."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.token = TOKEN
        backend = url.get_backend_name()
        self.writer = create_async_engine(url, connect_args=_CONNECT_ARGS.get(backend, {}))
        if backend in _ON_CONNECT:
            statement = _ON_CONNECT[backend]
            event.listen(
                self.writer.sync_engine,
                "connect",
                lambda connection, _record: connection.execute(statement),
            )
        self._session = async_sessionmaker(self.writer)

    async def create_tables(self) -> None:
        async with self.writer.begin() as connection:
            await connection.run_sync(tables.Base.metadata.create_all)
        await self.clear()

    async def clear(self) -> None:
        """Leave a user with a token, and nothing else."""
        async with self._session.begin() as session:
            for table in reversed(TABLES):
                await session.execute(delete(table))
            session.add(tables.User(id=1, name="tester"))
            await session.flush()
            session.add_all(rows.token(self.token))

    async def close(self) -> None:
        await self.writer.dispose()

    async def add(self, *added: tables.Base | rows.Rows) -> None:
        """Insert rows in one transaction, those that others refer to before them."""
        flat = [row for each in added for row in (each if isinstance(each, list) else [each])]
        async with self._session.begin() as session:
            for table in TABLES:
                session.add_all(row for row in flat if row.__table__ is table)
                await session.flush()

    async def duplicate_category(self, *, test: int, category: int) -> None:
        """Put a test into a category twice, which the platform's tables allow."""
        row = {"regression_id": test, "category_id": category}
        async with self.writer.begin() as connection:
            await connection.execute(insert(tables.RegressionTestCategory), [row, row])
