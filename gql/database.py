"""Reading the platform's database, and only reading it."""

import asyncio
from collections.abc import Collection, Iterable
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Executable,
    Row,
    Select,
    Table,
    event,
    inspect,
    literal,
    select,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gql.errors import BadInput, Unavailable
from gql.tables import Base

_UNREACHABLE = (OperationalError, InterfaceError, PoolTimeoutError, OSError)

# What SQLite can bind; PostgreSQL's driver takes one more, the others more still.
_MAX_PARAMETERS = 32_766
# MySQL and MariaDB: the column's character set lacks a character that it is compared with.
_ILLEGAL_MIX_OF_COLLATIONS = 1267


class Database:
    """A pool of connections on which the server itself refuses to write."""

    def __init__(self, url: URL, *, pool_size: int) -> None:
        self.engine = _read_only_engine(url, pool_size)

    def snapshot(self) -> "Snapshot":
        """A view of the database for one request, to be closed at its end."""
        return Snapshot(self.engine)

    async def ping(self) -> None:
        """Return when the database has answered; raise Unavailable when it does not."""
        async with self.snapshot() as snapshot:
            await snapshot.rows(select(literal(1)))

    async def missing(self) -> list[str]:
        """The tables and columns that the gateway reads and the database lacks.

        Raises Unavailable when the database cannot be reached.
        """
        try:
            connection = await _connect(self.engine)
            try:
                return await connection.run_sync(_missing, Base.metadata.sorted_tables)
            finally:
                await connection.close()
        except _UNREACHABLE as error:
            raise Unavailable from error

    async def close(self) -> None:
        await self.engine.dispose()


class Snapshot:
    """One read-only transaction: all that a request reads is of one moment.

    It begins with the first statement; a request that needs none opens no connection.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def rows(
        self, statement: Executable, parameters: dict[str, Any] | None = None
    ) -> list[Row[*tuple[Any, ...]]]:
        """All rows of a statement.

        Raises Unavailable when the database cannot be reached, and BadInput when a client's
        values are such that no statement can hold them.
        """
        async with self._turn:
            if self._is_closed:
                raise RuntimeError("The snapshot is closed.")
            try:
                if self._connection is None:
                    self._connection = await _connect(self._engine)
                result = await self._connection.execute(statement, parameters)
            except _UNREACHABLE as error:
                if _code(error) == _ILLEGAL_MIX_OF_COLLATIONS:
                    raise BadInput("Text holds characters that the database cannot.") from error
                raise Unavailable from error
            return list(result.all())

    async def count(self, statement: Select[Any]) -> int:
        """The single number that a statement selects."""
        [[number]] = await self.rows(statement)
        return int(number)

    async def close(self) -> None:
        """Give the connection back when the statement that it is at has ended.

        Loaders of a request that was abandoned may still ask: they get nothing any more.
        """
        self._is_closed = True
        async with self._turn:
            if self._connection is not None:
                await self._connection.close()


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    """A connection; raises Unavailable whatever the server's reason to refuse one."""
    try:
        return await engine.connect()
    except (*_UNREACHABLE, DBAPIError) as error:
        raise Unavailable from error


def _read_only_engine(url: URL, pool_size: int) -> AsyncEngine:
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "mysql":
        arguments["init_command"] = (
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        )
    elif url.get_backend_name() == "postgresql":
        arguments["server_settings"] = {
            "default_transaction_isolation": "repeatable read",
            "default_transaction_read_only": "on",
            # Ours are short statements over indexes that memory holds. PostgreSQL's defaults
            # are for long ones over spinning disks: it would compile them, and scan tables.
            "jit": "off",
            "random_page_cost": "1.1",
        }
    elif url.database:
        url = url.set(
            database=f"file:{quote(url.database)}", query={**url.query, "mode": "ro", "uri": "true"}
        )
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, connect_args=arguments
    )
    event.listen(engine.sync_engine, "before_cursor_execute", _refuse_what_cannot_be_bound)
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _leave_transactions_to_us)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


# The driver would begin a transaction before a write only; a snapshot needs one for reads.
def _leave_transactions_to_us(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


# PostgreSQL would take none of these, and fail all that follows in the transaction.
def _refuse_what_cannot_be_bound(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    parameters: Collection[Any],
    *_: object,
) -> None:
    if len(parameters) > _MAX_PARAMETERS:
        raise BadInput(f"Lists must hold {_MAX_PARAMETERS} values at most, all together.")
    if any(isinstance(value, str) and "\0" in value for value in parameters):
        raise BadInput("Text must not contain the character NUL.")


def _code(error: BaseException) -> Any:
    """The number that the database's driver gives an error."""
    return next(iter(getattr(error, "orig", error).args), None)


def _missing(connection: Connection, tables: Iterable[Table]) -> list[str]:
    inspector = inspect(connection)
    present = set(inspector.get_table_names())
    missing = []
    for table in sorted(tables, key=lambda table: table.name):
        if table.name not in present:
            missing.append(f"table {table.name}")
            continue
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        missing += [f"column {table.name}.{c.name}" for c in table.c if c.name not in columns]
    return missing
