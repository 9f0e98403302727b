"""Connections to the database, kept open from one request to the next."""

import asyncio
from collections.abc import Awaitable, Collection
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import URL, Result, literal, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gql.database.availability import Availability
from gql.database.drivers import DRIVERS, Driver, Records
from gql.database.engines import read_only_engine
from gql.database.prepared_statements import PreparedStatement, Statement
from gql.database.snapshot import Snapshot
from gql.database.tables import READ_TABLES
from gql.errors import Unavailable
from gql.settings import urls_of_hosts
from gql.telemetry import metrics

# The columns that the user may read. SQLAlchemy's inspector would use SHOW CREATE TABLE, which
# MySQL and MariaDB deny to a user with rights to only some of a table's columns.
_COLUMNS = {
    "mysql": (
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = database()"
    ),
    "postgresql": (
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = ANY (current_schemas(false))"
    ),
    "sqlite": (
        "SELECT master.name, info.name FROM sqlite_master AS master, "
        "pragma_table_info(master.name) AS info"
    ),
}

T = TypeVar("T")

_connections_in_use = metrics.database_connections.labels("in_use")
_connections_idle = metrics.database_connections.labels("idle")


class Database:
    """A pool of connections on which the server itself rejects writes.

    A statement may take `timeout_seconds`, including the wait for a connection. One that takes
    longer loses its connection and raises Unavailable.
    """

    def __init__(self, url: URL, *, pool_size: int, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._engines = [read_only_engine(each, timeout_seconds) for each in urls_of_hosts(url)]
        self.driver = DRIVERS[self.engine.dialect.driver](self.engine.dialect)
        self.unavailable_errors: tuple[type[Exception], ...] = (
            *self.driver.unavailable_errors,
            OperationalError,
            InterfaceError,
        )
        self.availability = Availability()
        self._vacancies = asyncio.Semaphore(pool_size)
        self._idle: list[Session] = []
        self._prepared: dict[Statement, PreparedStatement] = {}

    @property
    def engine(self) -> AsyncEngine:
        """The engine of the host that was connected to last."""
        return self._engines[0]

    def deadline(self) -> float:
        """When a statement that starts now times out, by the event loop's clock."""
        return asyncio.get_running_loop().time() + self._timeout_seconds

    def snapshot(self) -> Snapshot:
        """A snapshot of the database for one request, to be closed when the request ends."""
        return Snapshot(self)

    async def prepare(self, statement: Statement) -> PreparedStatement:
        """The prepared statement, which is cached: only for statements that are kept as well."""
        prepared = self._prepared.get(statement)
        if prepared is None:
            # Some take a tenth of a second, in which the event loop serves other requests.
            prepared = await asyncio.to_thread(PreparedStatement, statement, self.engine.dialect)
            self._prepared[statement] = prepared
        return prepared

    async def ping(self) -> None:
        """Return when the database has answered; raise Unavailable if it does not."""
        async with self.snapshot() as snapshot:
            await snapshot.rows(select(literal(1)))

    async def missing(self) -> list[str]:
        """The tables and columns that the database lacks, or that the user may not read.

        Raises Unavailable if the database cannot be reached.
        """
        session = await self.acquire(self.deadline())
        try:
            columns = await session.connection.execute(text(_COLUMNS[self.engine.dialect.name]))
            return _missing({(table, column) for table, column in columns})
        except self.unavailable_errors as error:
            raise Unavailable from error
        finally:
            await self.release(session)

    async def acquire(self, deadline: float) -> "Session":
        """A session for exclusive use; raises Unavailable if none is available in time."""
        if self._vacancies.locked():
            try:
                async with asyncio.timeout_at(deadline):
                    await self._vacancies.acquire()
            except TimeoutError:
                raise Unavailable from None  # All connections are in use, and the database is up.
        else:
            await self._vacancies.acquire()
        if self._idle:
            session = self._idle.pop()
            _connections_idle.dec()
        else:
            try:
                session = await self._open(deadline)
            except BaseException:
                self._vacancies.release()
                raise
        _connections_in_use.inc()
        return session

    async def _open(self, deadline: float) -> "Session":
        # The server may have any reason to refuse a connection.
        refusals: tuple[type[Exception], ...] = (
            DBAPIError,
            OSError,
            *self.driver.unavailable_errors,
        )
        problem: Exception | None = None
        for engine in list(self._engines):
            try:
                async with self._share_of(deadline):
                    connection = await engine.connect()
                    raw = await connection.get_raw_connection()
            except refusals as error:
                problem = error
            else:
                self._engines.sort(key=lambda each: each is not engine)
                return Session(connection, raw.driver_connection, self.driver)
        raise Unavailable from problem

    def _share_of(self, deadline: float) -> asyncio.Timeout:
        """The timeout for one of several hosts: a silent host leaves time for the others."""
        share = asyncio.get_running_loop().time() + self._timeout_seconds / len(self._engines)
        return asyncio.timeout_at(min(deadline, share))

    async def release(self, session: "Session") -> None:
        """Return a session to the pool; its next transaction reads a new snapshot."""
        try:
            await session.run(session.driver.rollback(session.raw), self.deadline())
        except self.driver.unavailable_errors:
            await self.discard(session)
        except BaseException:
            await self.discard(session)
            raise
        else:
            session.is_fresh = False
            self._idle.append(session)
            _connections_idle.inc()
            self._vacate()

    async def discard(self, session: "Session") -> None:
        """Close a session that cannot be used again."""
        try:
            await session.close()
        finally:
            self._vacate()

    def _vacate(self) -> None:
        _connections_in_use.dec()
        self._vacancies.release()

    async def close_idle(self) -> None:
        """Close idle sessions: when the server is gone, all of them are broken."""
        idle, self._idle = self._idle, []
        _connections_idle.dec(len(idle))
        for session in idle:
            await session.close()

    async def close(self) -> None:
        await self.close_idle()
        for engine in self._engines:
            await engine.dispose()


class Session:
    """A connection to the database, for SQLAlchemy and for direct calls of its driver."""

    def __init__(self, connection: AsyncConnection, raw: Any, driver: Driver) -> None:
        self.connection = connection
        self.raw = raw
        self.driver = driver
        self.is_fresh = True
        self.is_overdue = False

    async def run(self, work: Awaitable[T], deadline: float) -> T:
        """The result of the work; at the deadline it fails as if the connection were lost."""
        alarm = asyncio.get_running_loop().call_at(deadline, self._time_out)
        try:
            return await work
        except AttributeError as error:
            # asyncpg raises it if the connection is aborted between two steps of a statement.
            if self.is_overdue:
                raise TimeoutError from error
            raise
        finally:
            alarm.cancel()

    def _time_out(self) -> None:
        self.is_overdue = True
        self.driver.abort(self.raw)

    async def result(self, statement: Statement) -> Result[Any]:
        """SQLAlchemy's result of a statement, completely received."""
        try:
            return await self.connection.execute(statement)
        except DBAPIError as error:
            cause = error.orig and error.orig.__cause__
            if isinstance(cause, self.driver.unavailable_errors):
                raise cause from error
            raise

    async def records(self, prepared: PreparedStatement, parameters: dict[str, Any]) -> Records:
        """The driver's records of a prepared statement."""
        return await self.driver.fetch(self.raw, prepared.sql, prepared.values(parameters))

    async def close(self) -> None:
        # A graceful close would wait for a server that may be gone.
        self.driver.abort(self.raw)
        with suppress(Exception):
            await self.connection.invalidate()
        with suppress(Exception):
            await self.connection.close()


def _missing(present: Collection[tuple[str, str]]) -> list[str]:
    present_tables = {table for table, _ in present}
    missing = []
    for table in sorted(READ_TABLES, key=lambda table: table.name):
        if table.name not in present_tables:
            missing.append(f"table {table.name}")
            continue
        absent = [c.name for c in table.c if (table.name, c.name) not in present]
        missing += [f"column {table.name}.{name}" for name in absent]
    return missing
