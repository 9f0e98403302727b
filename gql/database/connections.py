"""Connections to the database, kept open from one request to the next."""

import asyncio
from collections.abc import Awaitable, Collection
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import URL, Result, literal, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gql.database.availability import Reachability
from gql.database.drivers import DRIVERS, Driver, Records
from gql.database.engines import read_only_engine
from gql.database.prepared_statements import Prepared, Statement
from gql.database.snapshot import Snapshot
from gql.database.tables import READ_TABLES
from gql.errors import Unavailable
from gql.settings import urls_of_hosts
from gql.telemetry import metrics

# Those that the user may read. SQLAlchemy's inspector would have MySQL and MariaDB show all of a
# table, which they deny to a user who may read some of its columns.
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

_sessions_in_use = metrics.database_sessions.labels("in_use")
_sessions_idle = metrics.database_sessions.labels("idle")


class Database:
    """Connections on which the server itself refuses to write, kept open for the next request.

    A statement gets `timeout_seconds`, the wait for a connection included. What takes longer
    loses its connection and is Unavailable.
    """

    def __init__(self, url: URL, *, pool_size: int, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._engines = [read_only_engine(each, timeout_seconds) for each in urls_of_hosts(url)]
        self.driver = DRIVERS[self.engine.dialect.driver](self.engine.dialect)
        self.unreachable: tuple[type[Exception], ...] = (
            *self.driver.unreachable,
            OperationalError,
            InterfaceError,
        )
        self.reachability = Reachability()
        self._vacancies = asyncio.Semaphore(pool_size)
        self._idle: list[Session] = []
        self._prepared: dict[Statement, Prepared] = {}

    @property
    def engine(self) -> AsyncEngine:
        """The engine of the host that was connected to last."""
        return self._engines[0]

    def deadline(self) -> float:
        """When a statement that begins now has to have ended, by the clock of the loop."""
        return asyncio.get_running_loop().time() + self._timeout_seconds

    def snapshot(self) -> Snapshot:
        """A view of the database for one request, to be closed at its end."""
        return Snapshot(self)

    async def prepare(self, statement: Statement) -> Prepared:
        """The statement for the driver, made once: only for statements that are kept as long."""
        prepared = self._prepared.get(statement)
        if prepared is None:
            # Some take a tenth of a second, in which the event loop answers others.
            prepared = await asyncio.to_thread(Prepared, statement, self.engine.dialect)
            self._prepared[statement] = prepared
        return prepared

    async def ping(self) -> None:
        """Return when the database has answered; raise Unavailable when it does not."""
        async with self.snapshot() as snapshot:
            await snapshot.rows(select(literal(1)))

    async def missing(self) -> list[str]:
        """The tables and columns that the gateway reads and the database lacks, or denies it.

        Raises Unavailable when the database cannot be reached.
        """
        session = await self.acquire(self.deadline())
        try:
            columns = await session.connection.execute(text(_COLUMNS[self.engine.dialect.name]))
            return _missing({(table, column) for table, column in columns})
        except self.unreachable as error:
            raise Unavailable from error
        finally:
            await self.release(session)

    async def acquire(self, deadline: float) -> "Session":
        """A session that nobody else has; raises Unavailable where there is none to be had."""
        if self._vacancies.locked():
            try:
                async with asyncio.timeout_at(deadline):
                    await self._vacancies.acquire()
            except TimeoutError:
                raise Unavailable from None  # Others have all connections: it is there.
        else:
            await self._vacancies.acquire()
        if self._idle:
            session = self._idle.pop()
            _sessions_idle.dec()
        else:
            try:
                session = await self._open(deadline)
            except BaseException:
                self._vacancies.release()
                raise
        _sessions_in_use.inc()
        return session

    async def _open(self, deadline: float) -> "Session":
        # The server may have any reason to refuse a connection.
        refusals: tuple[type[Exception], ...] = (DBAPIError, OSError, *self.driver.unreachable)
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
        """What one of several hosts gets of the time: a silent one leaves some for the others."""
        share = asyncio.get_running_loop().time() + self._timeout_seconds / len(self._engines)
        return asyncio.timeout_at(min(deadline, share))

    async def release(self, session: "Session") -> None:
        """Keep a session for others, at the state of the database that is then."""
        try:
            await session.run(session.driver.rollback(session.raw), self.deadline())
        except self.driver.unreachable:
            await self.discard(session)
        except BaseException:
            await self.discard(session)
            raise
        else:
            session.is_fresh = False
            self._idle.append(session)
            _sessions_idle.inc()
            self._vacate()

    async def discard(self, session: "Session") -> None:
        """Close a session that is of no use any more."""
        try:
            await session.close()
        finally:
            self._vacate()

    def _vacate(self) -> None:
        _sessions_in_use.dec()
        self._vacancies.release()

    async def close_idle(self) -> None:
        """Close what nobody uses: a server that has gone has left all of it broken."""
        idle, self._idle = self._idle, []
        _sessions_idle.dec(len(idle))
        for session in idle:
            await session.close()

    async def close(self) -> None:
        await self.close_idle()
        for engine in self._engines:
            await engine.dispose()


class Session:
    """A connection to the database, for SQLAlchemy and for what its driver does without it."""

    def __init__(self, connection: AsyncConnection, raw: Any, driver: Driver) -> None:
        self.connection = connection
        self.raw = raw
        self.driver = driver
        self.is_fresh = True
        self.is_overdue = False

    async def run(self, work: Awaitable[T], deadline: float) -> T:
        """What comes of the work; if nothing does in time, it fails as for a lost connection."""
        alarm = asyncio.get_running_loop().call_at(deadline, self._give_up)
        try:
            return await work
        except AttributeError as error:
            # asyncpg's, of a connection that is aborted between two steps of a statement.
            if self.is_overdue:
                raise TimeoutError from error
            raise
        finally:
            alarm.cancel()

    def _give_up(self) -> None:
        self.is_overdue = True
        self.driver.abort(self.raw)

    async def result(self, statement: Statement) -> Result[Any]:
        """What SQLAlchemy makes of a statement, all of it received."""
        try:
            return await self.connection.execute(statement)
        except DBAPIError as error:
            cause = error.orig and error.orig.__cause__
            if isinstance(cause, self.driver.unreachable):
                raise cause from error
            raise

    async def records(self, prepared: Prepared, parameters: dict[str, Any]) -> Records:
        """What the driver gives for a prepared statement."""
        return await self.driver.fetch(self.raw, prepared.sql, prepared.values(parameters))

    async def close(self) -> None:
        # Farewells would wait for a server that may have gone.
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
