"""A snapshot: everything that one request reads is of one point in time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, Self, TypeVar

from sqlalchemy import Select

from gql.database.connections import ConnectionPool
from gql.database.drivers import Records
from gql.database.engines import check_parameters
from gql.database.error_codes import TIMED_OUT, code_of, is_wrong_statement
from gql.database.errors import DatabaseUnavailable, StatementTimeout
from gql.database.prepared_statements import PreparedStatement, Statement
from gql.database.sessions import Session
from gql.pacing import SLICE, pause_for
from gql.telemetry.database import MeasuredStatement

# Measured: what it takes to make an object of a row, and to use it.
ROW_SECONDS = 3e-6

T = TypeVar("T")


class Snapshot:
    """One read-only transaction, so that a request reads one consistent state of the database.

    It begins with the first statement; a request without statements opens no connection.
    `work_seconds` is the time that its statements took, and making objects of their rows.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._session: Session | None = None
        self._lock = asyncio.Lock()
        self._is_closed = False
        self._failure: type[DatabaseUnavailable] | None = None
        self.work_seconds = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def rows(self, statement: Statement) -> list[Any]:
        """All rows of a statement that was built for this request.

        Raises DatabaseUnavailable if the database gives no answer, and InvalidValue if no
        statement can hold one of the client's values.
        """
        result = await self._read(statement, lambda session: session.result(statement))
        rows: list[Any] = []
        for some in result.partitions(SLICE):
            rows += some
            await pause_for(some)
        self.work_seconds += len(rows) * ROW_SECONDS
        return rows

    async def prepared_rows(
        self,
        parameters: dict[str, Any],
        build: Callable[..., Statement],
        *arguments: Hashable,
        is_alone: bool = False,
    ) -> list[Any]:
        """All rows of the statement that `build` returns for the arguments, with the parameters.

        The statement is kept for all requests: few of them may differ. One that is alone has a
        snapshot of its own, unless another was read before. Raises as `rows` does.
        """
        prepared = await self._prepare(parameters, build, arguments)
        records = await self._read(
            prepared.sql,
            lambda session: session.records(prepared, parameters),
            is_alone=is_alone,
        )
        return await self._rows(prepared, records)

    async def optional_rows(
        self,
        parameters: dict[str, Any],
        build: Callable[..., Statement],
        *arguments: Hashable,
    ) -> list[Any] | None:
        """The same, or None if the platform lacks a table of the statement.

        A table that the user may not read counts as absent. Nothing is remembered: the platform
        may add and drop tables at any time.
        """
        prepared = await self._prepare(parameters, build, arguments)
        records = await self._read(
            prepared.sql, lambda session: session.optional_records(prepared, parameters)
        )
        return None if records is None else await self._rows(prepared, records)

    async def _prepare(
        self,
        parameters: dict[str, Any],
        build: Callable[..., Statement],
        arguments: tuple[Hashable, ...],
    ) -> PreparedStatement:
        check_parameters(parameters.values())
        return await self._pool.prepare(build, *arguments)

    async def _rows(self, prepared: PreparedStatement, records: Records) -> list[Any]:
        self.work_seconds += len(records) * ROW_SECONDS
        return await prepared.rows(records)

    async def count(self, statement: Select[Any]) -> int:
        """The single number that a statement selects."""
        [[number]] = await self.rows(statement)
        return int(number)

    async def _read(
        self, statement: Any, read: Callable[[Session], Awaitable[T]], *, is_alone: bool = False
    ) -> T:
        async with self._lock:
            if self._is_closed:
                raise RuntimeError("The snapshot is closed.")
            if self._failure is not None:
                raise self._failure  # Another connection would read another snapshot.
            is_alone = is_alone and self._session is None
            try:
                with MeasuredStatement(statement):
                    answer = await self._run(partial(self._measured, read), is_alone=is_alone)
            finally:
                if is_alone and self._session is not None:  # It has no transaction to end.
                    session, self._session = self._session, None
                    self._pool.take_back(session)
        self._pool.availability.mark_available()
        return answer

    async def _measured(self, read: Callable[[Session], Awaitable[T]], session: Session) -> T:
        begun = self._pool.load.begin()
        try:
            return await read(session)
        finally:
            self.work_seconds += self._pool.load.end(begun)

    async def _run(self, read: Callable[[Session], Awaitable[T]], *, is_alone: bool) -> T:
        deadline = self._pool.deadline()
        try:
            if self._session is None:
                return await self._begin(read, deadline, is_alone=is_alone)
            return await self._session.run(read(self._session), deadline)
        except self._pool.unavailable_errors as error:
            if is_wrong_statement(error):
                raise
            if self._is_closed:  # Its clients have left, and it was given up.
                await self._disconnect(DatabaseUnavailable)
                raise DatabaseUnavailable from None
            is_overdue = self._session is not None and self._session.is_overdue
            if is_overdue or code_of(error) in TIMED_OUT:
                self._pool.availability.mark_slow()
                await self._disconnect(StatementTimeout)
                raise StatementTimeout from error
            self._pool.availability.mark_unavailable(error)
            await self._disconnect(DatabaseUnavailable)
            await self._pool.close_idle()  # They would fail for the same reason.
            raise DatabaseUnavailable from error
        except DatabaseUnavailable as error:
            if isinstance(error, StatementTimeout):
                self._pool.availability.mark_slow()
            elif error.__cause__ is not None:
                self._pool.availability.mark_unavailable(error.__cause__)
            await self._disconnect(type(error))
            raise
        except asyncio.CancelledError:
            await self._disconnect(DatabaseUnavailable)
            raise

    async def _begin(
        self, read: Callable[[Session], Awaitable[T]], deadline: float, *, is_alone: bool
    ) -> T:
        first = _alone if is_alone else _first
        self._session = session = await self._pool.acquire(deadline)
        if self._is_closed:
            raise DatabaseUnavailable
        try:
            answer = await session.run(first(session, read), deadline)
        except self._pool.unavailable_errors as error:
            is_answer = is_wrong_statement(error) or code_of(error) in TIMED_OUT
            if self._is_closed or session.is_fresh or session.is_overdue or is_answer:
                raise
            # The server closed the idle connection. Nothing was read yet: another one will do.
            await self._discard_session()
            await self._pool.close_idle()
            self._session = session = await self._pool.acquire(deadline)
            answer = await session.run(first(session, read), deadline)
        return answer

    async def _disconnect(self, failure: type[DatabaseUnavailable]) -> None:
        self._failure = failure
        await self._discard_session()

    async def _discard_session(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await self._pool.discard(session)

    async def abort(self) -> None:
        """End the current statement, as nobody waits for its rows any more, and close."""
        self._is_closed = True
        if self._session is not None and self._lock.locked():
            self._session.give_up()
        await self.close()

    async def close(self) -> None:
        """Return the connection to the pool when its current statement has ended.

        It is returned even if the caller is cancelled meanwhile. Loaders of an abandoned request
        may still try to read; that raises RuntimeError.
        """
        self._is_closed = True
        if self._session is not None or self._lock.locked():
            await asyncio.shield(self._release())

    async def _release(self) -> None:
        async with self._lock:
            if self._session is not None:
                session, self._session = self._session, None
                await self._pool.release(session)


async def _alone(session: Session, read: Callable[[Session], Awaitable[T]]) -> T:
    return await read(session)


async def _first(session: Session, read: Callable[[Session], Awaitable[T]]) -> T:
    await session.driver.begin(session.raw)
    return await read(session)
