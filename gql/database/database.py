"""The platform's database."""

from sqlalchemy import URL

from gql.database.connections import ConnectionPool
from gql.database.errors import DatabaseUnavailable
from gql.database.snapshot import Snapshot
from gql.database.unreadable import unreadable_columns


class Database:
    """The platform's database, which is only read."""

    def __init__(self, url: URL, *, pool_size: int, timeout_seconds: float) -> None:
        self._url = url
        self.pool = ConnectionPool(url, pool_size=pool_size, timeout_seconds=timeout_seconds)

    def snapshot(self) -> Snapshot:
        """A snapshot of the database for one request, to be closed when the request ends."""
        return Snapshot(self.pool)

    async def ping(self) -> None:
        """Return when the database has answered; raise DatabaseUnavailable if it does not."""
        async with self.snapshot() as snapshot:
            await snapshot.rows(self.pool.driver.ping)

    def for_health_checks(self, timeout_seconds: float) -> "Database":
        """The same database, by a connection that no request can take."""
        database = Database(self._url, pool_size=1, timeout_seconds=timeout_seconds)
        database.pool.availability = self.pool.availability
        return database

    async def missing(self) -> list[str]:
        """The tables and columns that the database lacks, or that the user may not read.

        Raises DatabaseUnavailable if the database cannot be reached.
        """
        session = await self.pool.acquire(self.pool.deadline())
        try:
            return (await unreadable_columns(session.connection)).names()
        except self.pool.unavailable_errors as error:
            raise DatabaseUnavailable from error
        finally:
            await self.pool.release(session)

    async def close(self) -> None:
        """Close all connections."""
        await self.pool.close()
