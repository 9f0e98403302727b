"""Reading the platform's database, and only reading it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection
from contextlib import closing, suppress
from typing import Any, Self, TypeVar
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    NullPool,
    Select,
    event,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gql import metrics
from gql.drivers import DRIVERS, Driver
from gql.errors import BadInput, Unavailable
from gql.observed import observing_statement
from gql.prepared import Prepared, Statement
from gql.settings import urls_of_hosts
from gql.tables import READ_TABLES

# What SQLite can bind; PostgreSQL's driver takes one more, the others more still.
_MAX_PARAMETERS = 32_766
# Both count as operational errors, and waiting mends neither: SQLite's for a table or column
# that it lacks, and MySQL's and MariaDB's for a column.
_WRONG_STATEMENT = {sqlite3.SQLITE_ERROR, 1054}
# SQLite has no code of its own for this one.
_PATTERN_TOO_LONG = "pattern too complex"
# MySQL and MariaDB: the column's character set lacks a character that it is compared with.
_ILLEGAL_MIX_OF_COLLATIONS = 1267
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
        self._engines = [_read_only_engine(each, timeout_seconds) for each in urls_of_hosts(url)]
        self.driver = DRIVERS[self.engine.dialect.driver](self.engine.dialect)
        self.unreachable: tuple[type[Exception], ...] = (
            *self.driver.unreachable,
            OperationalError,
            InterfaceError,
        )
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

    def snapshot(self) -> "Snapshot":
        """A view of the database for one request, to be closed at its end."""
        return Snapshot(self)

    def prepare(self, statement: Statement) -> Prepared:
        """The statement for the driver, made once: only for statements that are kept as long."""
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self.engine.dialect)
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
            except TimeoutError as error:
                raise Unavailable from error
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

    async def rows(self, statement: Statement) -> list[Any]:
        try:
            return list((await self.connection.execute(statement)).all())
        except DBAPIError as error:
            cause = error.orig and error.orig.__cause__
            if isinstance(cause, self.driver.unreachable):
                raise cause from error
            raise

    async def prepared_rows(self, prepared: Prepared, parameters: dict[str, Any]) -> list[Any]:
        values = prepared.values(parameters)
        return prepared.rows(await self.driver.fetch(self.raw, prepared.sql, values))

    async def close(self) -> None:
        # Farewells would wait for a server that may have gone.
        self.driver.abort(self.raw)
        with suppress(Exception):
            await self.connection.invalidate()
        with suppress(Exception):
            await self.connection.close()


class Snapshot:
    """One read-only transaction: all that a request reads is of one moment.

    It begins with the first statement; a request that needs none opens no connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Session | None = None
        self._turn = asyncio.Lock()
        self._is_closed = False
        self._is_lost = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def rows(self, statement: Statement) -> list[Any]:
        """All rows of a statement that was built for this request.

        Raises Unavailable when the database cannot be reached, and BadInput when a client's
        values are such that no statement can hold them.
        """
        return await self._read(statement, lambda session: session.rows(statement))

    async def prepared_rows(self, statement: Statement, parameters: dict[str, Any]) -> list[Any]:
        """All rows of a statement that is kept for all requests, with the parameters of this one.

        Raises Unavailable when the database cannot be reached, and BadInput as `rows` does.
        """
        prepared = self._database.prepare(statement)
        _refuse_what_cannot_be_bound(parameters.values())
        return await self._read(
            prepared.sql, lambda session: session.prepared_rows(prepared, parameters)
        )

    async def count(self, statement: Select[Any]) -> int:
        """The single number that a statement selects."""
        [[number]] = await self.rows(statement)
        return int(number)

    async def _read(self, statement: Any, read: Callable[[Session], Awaitable[T]]) -> T:
        async with self._turn:
            if self._is_closed:
                raise RuntimeError("The snapshot is closed.")
            if self._is_lost:
                raise Unavailable  # Another connection would see another moment.
            with observing_statement(statement):
                return await self._run(read)

    async def _run(self, read: Callable[[Session], Awaitable[T]]) -> T:
        deadline = self._database.deadline()
        try:
            if self._session is None:
                return await self._begin(read, deadline)
            return await self._session.run(read(self._session), deadline)
        except self._database.unreachable as error:
            code = _code(error)
            if code == _ILLEGAL_MIX_OF_COLLATIONS:
                raise BadInput("Text holds characters that the database cannot.") from error
            if code == sqlite3.SQLITE_ERROR and _PATTERN_TOO_LONG in str(error.args[0]):
                raise BadInput("Text to search for is too long.") from error
            if code in _WRONG_STATEMENT:
                raise
            await self._lose_session()
            raise Unavailable from error
        except (Unavailable, asyncio.CancelledError):
            await self._lose_session()
            raise

    async def _begin(self, read: Callable[[Session], Awaitable[T]], deadline: float) -> T:
        self._session = session = await self._database.acquire(deadline)
        try:
            return await session.run(_first(session, read), deadline)
        except self._database.unreachable as error:
            is_answer = _code(error) in {_ILLEGAL_MIX_OF_COLLATIONS, *_WRONG_STATEMENT}
            if session.is_fresh or session.is_overdue or is_answer:
                raise
        # The server has closed what lay idle. Nothing is read yet: another connection will do.
        await self._discard_session()
        await self._database.close_idle()
        self._session = session = await self._database.acquire(deadline)
        return await session.run(_first(session, read), deadline)

    async def _lose_session(self) -> None:
        self._is_lost = True
        await self._discard_session()

    async def _discard_session(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await self._database.discard(session)

    async def close(self) -> None:
        """Give the connection back when the statement that it is at has ended.

        Loaders of a request that was abandoned may still ask: they get nothing any more.
        """
        self._is_closed = True
        async with self._turn:
            if self._session is not None:
                session, self._session = self._session, None
                await self._database.release(session)


async def _first(session: Session, read: Callable[[Session], Awaitable[T]]) -> T:
    await session.driver.begin(session.raw)
    return await read(session)


def _read_only_engine(url: URL, timeout_seconds: float) -> AsyncEngine:
    arguments: dict[str, Any] = {}
    timeout_ms = max(1, int(timeout_seconds * 1000))
    options: dict[str, Any] = {}
    if url.get_backend_name() == "mysql":
        # The driver commits after it. A node that has lost its Galera cluster refuses that, while
        # it lets clients in: it is found out before another host is given up for it.
        arguments["init_command"] = (
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
            # A server goes on with a statement whose client has gone, unless told so.
            f"SET SESSION /*M! max_statement_time = {timeout_seconds} */"
            f"/*!50708 max_execution_time = {timeout_ms} */"
        )
    else:
        # A snapshot begins and ends its transaction by the driver.
        options["isolation_level"] = "AUTOCOMMIT"
    if url.get_backend_name() == "postgresql":
        arguments["server_settings"] = {
            "default_transaction_isolation": "repeatable read",
            "default_transaction_read_only": "on",
            "statement_timeout": str(timeout_ms),
            # Ours are short statements over indexes that memory holds. PostgreSQL's defaults
            # are for long ones over spinning disks: it would compile them, and scan tables.
            "jit": "off",
            "random_page_cost": "1.1",
        }
    elif url.get_backend_name() == "sqlite" and url.database:
        arguments["timeout"] = timeout_seconds
        url = url.set(
            database=f"file:{quote(url.database)}", query={**url.query, "mode": "ro", "uri": "true"}
        )
    engine = create_async_engine(url, poolclass=NullPool, connect_args=arguments, **options)
    event.listen(engine.sync_engine, "before_cursor_execute", _refuse_parameters)
    if url.get_backend_name() == "mysql":
        event.listen(engine.sync_engine, "connect", _allow_long_lists)
    return engine


def _allow_long_lists(connection: Any, _record: object) -> None:
    # MySQL would cut what aggregate_strings gives after 1,024 characters.
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET SESSION group_concat_max_len = 1000000")


def _refuse_parameters(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    parameters: Collection[Any],
    *_: object,
) -> None:
    _refuse_what_cannot_be_bound(parameters)


# PostgreSQL would take none of these, and fail all that follows in the transaction.
def _refuse_what_cannot_be_bound(parameters: Collection[Any]) -> None:
    if len(parameters) > _MAX_PARAMETERS:
        raise BadInput(f"Lists must hold {_MAX_PARAMETERS} values at most, all together.")
    if any(isinstance(value, str) and "\0" in value for value in parameters):
        raise BadInput("Text must not contain the character NUL.")


def _code(error: BaseException) -> Any:
    """The number that the database's driver gives an error."""
    cause = getattr(error, "orig", error)
    return getattr(cause, "sqlite_errorcode", None) or next(iter(cause.args), None)


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
