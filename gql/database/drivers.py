"""Direct calls of each database's driver: transactions and prepared statements."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect
from typing_extensions import override

from gql.compat.aiosqlite import interrupt
from gql.compat.sqlalchemy import driver_module

Records = Sequence[Any]


class Driver(ABC):
    """How to use the connections of one engine.

    `unavailable_errors` are the errors of a connection whose server is unavailable or overloaded.
    """

    unavailable_errors: tuple[type[Exception], ...]

    @abstractmethod
    def __init__(self, dialect: Dialect) -> None: ...

    @abstractmethod
    async def begin(self, connection: Any) -> None:
        """Begin a transaction in which all statements read one snapshot."""

    @abstractmethod
    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        """All records that a statement returns."""

    @abstractmethod
    async def rollback(self, connection: Any) -> None:
        """End the transaction."""

    @abstractmethod
    def abort(self, connection: Any) -> None:
        """Make the connection's current operation fail now, whatever its server does."""

    def cancellation(self, connection: Any) -> str | None:
        """The statement by which another connection ends this one's on the server.

        None if `abort` does. Most servers continue a statement whose client is gone.
        """
        return None


class Asyncmy(Driver):
    """MariaDB and MySQL."""

    def __init__(self, dialect: Dialect) -> None:
        dbapi = driver_module(dialect)
        self.unavailable_errors = (dbapi.OperationalError, dbapi.InterfaceError, OSError)

    @override
    async def begin(self, connection: Any) -> None:
        pass  # The first statement begins it.

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
    def cancellation(self, connection: Any) -> str:
        return f"KILL QUERY {connection.thread_id()}"


class Asyncpg(Driver):
    """PostgreSQL."""

    def __init__(self, dialect: Dialect) -> None:
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
    async def rollback(self, connection: Any) -> None:
        await connection.execute("ROLLBACK")

    @override
    def abort(self, connection: Any) -> None:
        connection.terminate()

    @override
    def cancellation(self, connection: Any) -> str:
        return f"SELECT pg_cancel_backend({connection.get_server_pid()})"


class Aiosqlite(Driver):
    """SQLite."""

    def __init__(self, dialect: Dialect) -> None:
        self.unavailable_errors = (sqlite3.OperationalError,)

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


DRIVERS: dict[str, type[Driver]] = {
    "asyncmy": Asyncmy,
    "asyncpg": Asyncpg,
    "aiosqlite": Aiosqlite,
}
