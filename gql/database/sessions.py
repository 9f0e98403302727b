"""A connection to the database, and the time limit of what it does."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Result
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gql.database.drivers import Driver, Records
from gql.database.error_codes import UNREADABLE, code_of
from gql.database.prepared_statements import PreparedStatement, Statement
from gql.database.sqlite_files import Identity

T = TypeVar("T")

_END_SECONDS = 2


class Session:
    """A connection to the database, for SQLAlchemy and for direct calls of its driver."""

    def __init__(
        self, connection: AsyncConnection, raw: Any, driver: Driver, file: Identity | None = None
    ) -> None:
        self.connection = connection
        self.raw = raw
        self.driver = driver
        self.file = file
        self.is_fresh = True
        self._is_given_up = False
        self.is_overdue = False

    async def run(self, work: Awaitable[T], deadline: float) -> T:
        """The result of the work; at the deadline it fails as if the connection were lost."""
        alarm = asyncio.get_running_loop().call_at(deadline, self._time_out)
        try:
            return await work
        except asyncio.CancelledError:
            self._is_given_up = True
            raise
        except AttributeError as error:
            # asyncpg raises it if the connection is aborted between two steps of a statement.
            if self.is_overdue:
                raise TimeoutError from error
            raise
        finally:
            alarm.cancel()

    def give_up(self) -> None:
        """Make the current statement fail; when the session closes, its server ends it too."""
        self._is_given_up = True
        self.driver.abort(self.raw)

    def _time_out(self) -> None:
        self.is_overdue = True
        self.driver.abort(self.raw)

    async def result(self, statement: Statement) -> Result[Any]:
        """SQLAlchemy's result of a statement, completely received."""
        try:
            return await self.driver.finish(self.raw, self.connection.execute(statement))
        except DBAPIError as error:
            if self.driver.accept_any_text(self.raw, error):
                return await self.connection.execute(statement)
            cause = error.orig and error.orig.__cause__
            if isinstance(cause, self.driver.unavailable_errors):
                raise cause from error
            raise

    async def records(self, prepared: PreparedStatement, parameters: dict[str, Any]) -> Records:
        """The driver's records of a prepared statement."""
        values = prepared.values(parameters)
        try:
            return await self.driver.fetch(self.raw, prepared.sql, values)
        except Exception as error:
            if self.driver.accept_any_text(self.raw, error):
                return await self.driver.fetch(self.raw, prepared.sql, values)
            raise

    async def optional_records(
        self, prepared: PreparedStatement, parameters: dict[str, Any]
    ) -> Records | None:
        """The same, or None if the user cannot read a table of it, or there is no such table."""
        await self.driver.set_savepoint(self.raw)
        try:
            return await self.records(prepared, parameters)
        except Exception as error:
            if code_of(error) not in UNREADABLE:
                raise
            await self.driver.return_to_savepoint(self.raw)
            return None

    async def close(self) -> None:
        """Close the connection, and let go of its locks, even if the caller is canceled."""
        await asyncio.shield(asyncio.ensure_future(self._close()))

    async def _close(self) -> None:
        # A graceful close would wait for a server that may be gone.
        self.driver.abort(self.raw)
        with suppress(Exception):
            if self._is_given_up:
                async with asyncio.timeout(_END_SECONDS):
                    await self.driver.end_statement(self.raw, self.connection.engine)
        with suppress(Exception):
            await self.connection.invalidate()
        with suppress(Exception):
            await self.connection.close()
