"""What the gateway asks of each database's driver itself: transactions, and prepared statements."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Dialect

Records = Sequence[Any]


class Driver(ABC):
    """How to speak to the connections of one engine; `unreachable` is how they fail by no fault."""

    unreachable: tuple[type[Exception], ...]

    @abstractmethod
    def __init__(self, dialect: Dialect) -> None: ...

    @abstractmethod
    async def begin(self, connection: Any) -> None:
        """See to it that all statements from here on see one moment."""

    @abstractmethod
    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        """All records that a statement gives."""

    @abstractmethod
    async def rollback(self, connection: Any) -> None:
        """End what `begin` began."""

    @abstractmethod
    def abort(self, connection: Any) -> None:
        """Have what the connection is at fail now, whatever its server does."""


class Asyncmy(Driver):
    def __init__(self, dialect: Dialect) -> None:
        dbapi: Any = dialect.loaded_dbapi
        self.unreachable = (dbapi.OperationalError, dbapi.InterfaceError, OSError)

    async def begin(self, connection: Any) -> None:
        pass  # The first statement does.

    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        async with connection.cursor() as cursor:
            await cursor.execute(sql, values)
            records: Records = await cursor.fetchall()
            return records

    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    def abort(self, connection: Any) -> None:
        connection.close()


class Asyncpg(Driver):
    def __init__(self, dialect: Dialect) -> None:
        dbapi: Any = dialect.loaded_dbapi
        errors = dbapi.asyncpg.exceptions
        self.unreachable = (
            errors.InterfaceError,
            # What comes of a connection that its server said farewell on while it lay idle.
            errors.InternalClientError,
            errors.PostgresConnectionError,
            errors.OperatorInterventionError,
            errors.InsufficientResourcesError,
            # What a replica had to replay was in the statement's way.
            errors.TransactionRollbackError,
            # A table was altered after the connection had read it.
            errors.InvalidCachedStatementError,
            OSError,
        )

    async def begin(self, connection: Any) -> None:
        await connection.execute("BEGIN")

    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        records: Records = await connection.fetch(sql, *values)
        return records

    async def rollback(self, connection: Any) -> None:
        await connection.execute("ROLLBACK")

    def abort(self, connection: Any) -> None:
        connection.terminate()


class Aiosqlite(Driver):
    def __init__(self, dialect: Dialect) -> None:
        self.unreachable = (sqlite3.OperationalError,)

    async def begin(self, connection: Any) -> None:
        await connection.execute("BEGIN")

    async def fetch(self, connection: Any, sql: str, values: tuple[Any, ...]) -> Records:
        records: Records = await connection.execute_fetchall(sql, values)
        return records

    async def rollback(self, connection: Any) -> None:
        await connection.rollback()

    def abort(self, connection: Any) -> None:
        with suppress(ValueError):  # It is closed.
            connection._conn.interrupt()  # noqa: SLF001  # `interrupt` is a coroutine for no reason


DRIVERS: dict[str, type[Driver]] = {
    "asyncmy": Asyncmy,
    "asyncpg": Asyncpg,
    "aiosqlite": Aiosqlite,
}
