"""The pool of connections to the database, kept open from one request to the next."""

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from operator import attrgetter

from cachetools import LRUCache
from sqlalchemy import URL
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from gql.database.availability import Availability
from gql.database.drivers import DRIVERS
from gql.database.engines import read_only_engine
from gql.database.error_codes import TIMED_OUT, code_of
from gql.database.errors import DatabaseUnavailable, PoolExhausted, StatementTimeout
from gql.database.load import StatementLoad
from gql.database.prepared_statements import PreparedStatement, Statement
from gql.database.sessions import Session
from gql.database.sqlite_files import file_of, identity_of
from gql.database.urls import urls_of_hosts
from gql.telemetry import metrics

_connections_in_use = metrics.database_connections.labels("in_use")
_connections_idle = metrics.database_connections.labels("idle")


MAX_PREPARED_BYTES = 32 * 2**20


class ConnectionPool:
    """A pool of connections on which the server itself rejects writes.

    A statement may take `timeout_seconds`, including the wait for a connection. One that takes
    longer loses its connection and raises StatementTimeout.
    """

    def __init__(self, url: URL, *, pool_size: int, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._file = file_of(url)
        self._engines = [read_only_engine(each, timeout_seconds) for each in urls_of_hosts(url)]
        self.driver = DRIVERS[self.engine.dialect.driver](self.engine.dialect)
        self.unavailable_errors: tuple[type[Exception], ...] = (
            *self.driver.unavailable_errors,
            OperationalError,
            InterfaceError,
        )
        self.availability = Availability()
        self.load = StatementLoad()
        self._vacancies = asyncio.Semaphore(pool_size)
        self._idle: list[Session] = []
        self._prepared: LRUCache[Hashable, PreparedStatement] = LRUCache(
            MAX_PREPARED_BYTES, getsizeof=attrgetter("bytes")
        )

    @property
    def engine(self) -> AsyncEngine:
        """The engine of the host that was connected to last."""
        return self._engines[0]

    def deadline(self) -> float:
        """When a statement that starts now times out, by the event loop's clock."""
        return asyncio.get_running_loop().time() + self._timeout_seconds

    async def prepare(
        self, build: Callable[..., Statement], *arguments: Hashable
    ) -> PreparedStatement:
        """The prepared statement that `build` returns for the arguments.

        The most recently used ones are cached, in MAX_PREPARED_BYTES.
        """
        key = (build, *arguments)
        prepared = self._prepared.get(key)
        if prepared is None:
            # Some take a tenth of a second, in which the event loop serves other requests.
            prepared = await asyncio.to_thread(self._prepare, build, arguments)
            with suppress(ValueError):  # It alone is larger than the cache.
                self._prepared[key] = prepared
        return prepared

    def _prepare(
        self, build: Callable[..., Statement], arguments: tuple[Hashable, ...]
    ) -> PreparedStatement:
        return PreparedStatement(build(*arguments), self.engine.dialect)

    async def acquire(self, deadline: float) -> Session:
        """A session for exclusive use.

        Raises PoolExhausted if all are in use until the deadline, and DatabaseUnavailable if no
        host of the database accepts a connection.
        """
        if self._vacancies.locked():
            try:
                async with asyncio.timeout_at(deadline):
                    await self._vacancies.acquire()
            except TimeoutError:
                raise PoolExhausted from None
        else:
            await self._vacancies.acquire()
        if self._file is not None and self._idle and identity_of(self._file) != self._idle[-1].file:
            await self.close_idle()  # They read a file that was replaced.
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

    async def _open(self, deadline: float) -> Session:
        problem: Exception | None = None
        for engine in list(self._engines):
            try:
                async with self._share_of(deadline):
                    session = await self._connect(engine)
            except Exception as error:  # noqa: BLE001
                # A login may fail for any reason: even an option that the driver does not know.
                problem = error
            else:
                self._engines.sort(key=lambda each: each is not engine)
                return session
        if self._file and (isinstance(problem, TimeoutError) or _is_locked(problem)):
            raise StatementTimeout from problem
        raise DatabaseUnavailable from problem

    async def _connect(self, engine: AsyncEngine) -> Session:
        file = identity_of(self._file)
        connection = await engine.connect()
        raw = await connection.get_raw_connection()
        session = Session(connection, raw.driver_connection, self.driver, file)
        try:
            await self.driver.verify(session.raw, engine)
        except BaseException:
            await session.close()
            raise
        return session

    def _share_of(self, deadline: float) -> asyncio.Timeout:
        """The timeout for one of several hosts: a silent host leaves time for the others."""
        share = asyncio.get_running_loop().time() + self._timeout_seconds / len(self._engines)
        return asyncio.timeout_at(min(deadline, share))

    async def release(self, session: Session) -> None:
        """End a session's transaction, and return it to the pool."""
        try:
            await session.run(session.driver.rollback(session.raw), self.deadline())
        except self.driver.unavailable_errors:
            await self.discard(session)
        except BaseException:
            await self.discard(session)
            raise
        else:
            self.take_back(session)

    def take_back(self, session: Session) -> None:
        """Return a session without a transaction to the pool."""
        session.is_fresh = False
        self._idle.append(session)
        _connections_idle.inc()
        self._vacate()

    async def discard(self, session: Session) -> None:
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
        """Close all idle sessions and the engines."""
        await self.close_idle()
        for engine in self._engines:
            await engine.dispose()


def _is_locked(problem: Exception | None) -> bool:
    """Whether a file could not be opened because another process writes it."""
    return problem is not None and code_of(problem.__cause__) in TIMED_OUT
