"""Direct calls of each database's driver: transactions and prepared statements."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from traceback import clear_frames
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Select, literal, select, table
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from gql.compat.aiosqlite import interrupt
from gql.compat.sqlalchemy import driver_module
from gql.database.errors import PooledTransactions
from gql.database.sqlite_files import UnreadableFile, file_of, problem_of
from gql.database.text import decoded

Records = Sequence[Any]

T = TypeVar("T")

_SERVER_PROCESS = "SELECT pg_backend_pid()"
_POOLER_SECONDS = 1  # It waits for a server where all are in use.

_NO_UTF8 = "Could not decode to UTF-8"


class Driver(ABC):
    """How to use the connections of one engine.

    `unavailable_errors` are the errors of a connection whose server is unavailable or overloaded.
    """

    unavailable_errors: tuple[type[Exception], ...]

    ping: Select[int] = select(literal(1))
    """A statement that the database can always answer, and only the database."""

    @abstractmethod
    def __init__(self, dialect: Dialect) -> None: ...

    @abstractmethod
    async def begin(self, connection: Any) -> None:
        """Begin a transaction in which all statements read one snapshot."""

    @abstractmethod
    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        """All records that a statement returns."""

    async def set_savepoint(self, connection: Any) -> None:  # noqa: B027
        """Prepare the transaction for a statement that may fail."""

    async def return_to_savepoint(self, connection: Any) -> None:  # noqa: B027
        """Continue the transaction after that statement has failed."""

    @abstractmethod
    async def rollback(self, connection: Any) -> None:
        """End the transaction."""

    @abstractmethod
    def abort(self, connection: Any) -> None:
        """Make the connection's current operation fail now, whatever its server does."""

    async def finish(self, connection: Any, work: Awaitable[T]) -> T:
        """What SQLAlchemy's work on the connection returns."""
        return await work

    @abstractmethod
    async def end_statement(self, connection: Any, engine: AsyncEngine) -> None:
        """Have the server end the statement of an aborted connection, which holds locks."""

    async def verify(  # noqa: B027  (MariaDB has nothing to verify)
        self, connection: Any, engine: AsyncEngine
    ) -> None:
        """Raise what makes a new connection useless."""

    def accept_any_text(self, connection: Any, error: BaseException) -> bool:
        """Whether a text that is no UTF-8 caused the error, and can be read as None from now on."""
        return False


class Asyncmy(Driver):
    """MariaDB and MySQL."""

    def __init__(self, dialect: Dialect) -> None:
        dbapi = driver_module(dialect)
        self.unavailable_errors = (dbapi.OperationalError, dbapi.InterfaceError, OSError)

    @override
    async def begin(self, connection: Any) -> None:
        await connection.begin()

    @override
    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        async with connection.cursor() as cursor:
            await cursor.execute(sql, values)
            records: Records = await cursor.fetchall()
            return records

    @override
    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    @override
    def abort(self, connection: Any) -> None:
        connection.close()

    @override
    async def end_statement(self, connection: Any, engine: AsyncEngine) -> None:
        # The server would notice only at its end that nobody waits for it.
        async with engine.connect() as other:
            raw = (await other.get_raw_connection()).driver_connection
            if raw is not None:
                await raw.kill(connection.thread_id())


class Asyncpg(Driver):
    """PostgreSQL."""

    def __init__(self, dialect: Dialect) -> None:
        self._verified: set[AsyncEngine] = set()
        # The server's processes of aborted connections, which do not tell them any more.
        self._aborted: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        errors = driver_module(dialect).asyncpg.exceptions
        self.unavailable_errors = (
            errors.InterfaceError,
            # The server closed the connection while it was idle.
            errors.InternalClientError,
            errors.PostgresConnectionError,
            errors.OperatorInterventionError,
            errors.InsufficientResourcesError,
            # A replica canceled the statement because it conflicted with replication.
            errors.TransactionRollbackError,
            # A table was altered after the connection had read it.
            errors.InvalidCachedStatementError,
            OSError,
        )

    @override
    async def begin(self, connection: Any) -> None:
        # Said here too, as a pooler may hand out a session without its settings.
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    @override
    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        records: Records = await connection.fetch(sql, *values)
        return records

    @override
    async def set_savepoint(self, connection: Any) -> None:
        # A statement that fails ends the transaction.
        await connection.execute("SAVEPOINT optional")

    @override
    async def return_to_savepoint(self, connection: Any) -> None:
        await connection.execute("ROLLBACK TO SAVEPOINT optional")

    @override
    async def rollback(self, connection: Any) -> None:
        await connection.execute("ROLLBACK")

    @override
    def abort(self, connection: Any) -> None:
        if not connection.is_closed():
            self._aborted[connection] = connection.get_server_pid()
        connection.terminate()

    @override
    async def end_statement(self, connection: Any, engine: AsyncEngine) -> None:
        # The server would notice only when it writes that nobody reads.
        async with engine.connect() as other:
            raw = (await other.get_raw_connection()).driver_connection
            if raw is not None:
                await raw.execute(f"SELECT pg_cancel_backend({self._aborted[connection]})")

    @override
    async def verify(self, connection: Any, engine: AsyncEngine) -> None:
        """Raise PooledTransactions if a pooler shares the connection's server meanwhile."""
        if engine in self._verified:
            return
        own = await connection.fetchval(_SERVER_PROCESS)
        if own != connection.get_server_pid():
            await self._check_pooler(engine, own)
        self._verified.add(engine)

    async def _check_pooler(self, engine: AsyncEngine, own: int) -> None:
        # A pooler answers in the server's place. One that pools transactions gives the next
        # connection the server that is free again; one that pools sessions cannot.
        with suppress(TimeoutError):
            async with asyncio.timeout(_POOLER_SECONDS), engine.connect() as other:
                raw = (await other.get_raw_connection()).driver_connection
                if raw is not None and await raw.fetchval(_SERVER_PROCESS) == own:
                    raise PooledTransactions


class Aiosqlite(Driver):
    """SQLite."""

    ping = select(literal(1)).select_from(table("sqlite_master")).limit(1)

    def __init__(self, dialect: Dialect) -> None:
        # Its own class has what a file that is no database gives.
        self.unavailable_errors = (driver_module(dialect).DatabaseError,)

    @override
    async def verify(self, connection: Any, engine: AsyncEngine) -> None:
        """Raise UnreadableFile if the file cannot be read, which opening it does not show."""
        try:
            await connection.execute_fetchall("SELECT 1 FROM sqlite_master LIMIT 1")
        except self.unavailable_errors as error:
            file = file_of(engine.url)
            raise UnreadableFile(problem_of(file) if file else None or str(error)) from error

    @override
    async def begin(self, connection: Any) -> None:
        await connection.execute("BEGIN")

    @override
    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        records: Records = await connection.execute_fetchall(sql, values)
        return records

    @override
    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    @override
    def abort(self, connection: Any) -> None:
        interrupt(connection)

    @override
    async def finish(self, connection: Any, work: Awaitable[T]) -> T:
        # Canceled, SQLAlchemy would wait for the end of the statement to close the connection.
        running = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            interrupt(connection)
            with suppress(Exception):
                await running
            raise

    @override
    async def end_statement(self, connection: Any, engine: AsyncEngine) -> None:
        # Closed with its statement unfinished, SQLite would keep the lock.
        await connection.rollback()

    @override
    def accept_any_text(self, connection: Any, error: BaseException) -> bool:
        if connection.text_factory is not str or _NO_UTF8 not in str(error):
            return False
        # They refer to the cursor, and the error to itself: the unfinished statement would keep its
        # lock until garbage is collected.
        cause: BaseException | None = error
        while cause is not None:
            clear_frames(cause.__traceback__)
            cause = cause.__cause__ or cause.__context__
        # Not from the start, as it takes several times as long as reading a str.
        connection.text_factory = decoded
        return True


DRIVERS: dict[str, type[Driver]] = {
    "asyncmy": Asyncmy,
    "asyncpg": Asyncpg,
    "aiosqlite": Aiosqlite,
}
