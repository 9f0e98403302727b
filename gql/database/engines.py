"""SQLAlchemy's engines, on whose connections the server itself rejects writes."""

from collections.abc import Collection
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import URL, Connection, NullPool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gql.database.errors import InvalidValue

# The limit of SQLite; PostgreSQL's driver accepts one more, the others more still.
_MAX_PARAMETERS = 32_766

# As PostgreSQL documents them for the addresses of databases.
_TLS_OPTIONS = {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl"}


def read_only_engine(url: URL, timeout_seconds: float) -> AsyncEngine:
    """An engine whose connections only read, and whose statements end after `timeout_seconds`."""
    arguments: dict[str, Any] = {}
    timeout_ms = max(1, int(timeout_seconds * 1000))
    options: dict[str, Any] = {}
    if url.get_backend_name() == "mysql":
        # The driver commits after it. A node that has lost its Galera cluster accepts connections
        # but rejects that: it is detected before another host is dropped in favour of it.
        arguments["init_command"] = (
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
            # By default a server continues a statement whose client is gone.
            f"SET SESSION /*M! max_statement_time = {timeout_seconds} */"
            f"/*!50708 max_execution_time = {timeout_ms} */"
        )
    else:
        # A snapshot begins and ends its transaction by the driver.
        options["isolation_level"] = "AUTOCOMMIT"
    if url.get_backend_name() == "postgresql":
        # SQLAlchemy would pass these on as arguments that the driver does not have.
        tls_options = {name: url.query[name] for name in _TLS_OPTIONS & url.query.keys()}
        arguments["dsn"] = f"postgresql:///?{urlencode(tls_options)}"
        url = url.difference_update_query(tls_options)
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
    event.listen(engine.sync_engine, "before_cursor_execute", _check_parameters)
    if url.get_backend_name() == "mysql":
        event.listen(engine.sync_engine, "connect", _allow_long_lists)
    return engine


def _allow_long_lists(connection: Any, _record: object) -> None:
    # MySQL would cut what aggregate_strings gives after 1,024 characters.
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET SESSION group_concat_max_len = 1000000")


def _check_parameters(
    _connection: Connection,
    _cursor: object,
    _statement: str,
    parameters: Collection[Any],
    *_: object,
) -> None:
    check_parameters(parameters)


def check_parameters(parameters: Collection[Any]) -> None:
    """Raise InvalidValue for parameters that no statement can hold.

    PostgreSQL would fail the whole transaction.
    """
    if len(parameters) > _MAX_PARAMETERS:
        raise InvalidValue(
            f"The lists have {len(parameters)} values in total, and the limit is {_MAX_PARAMETERS}."
        )
    if any(isinstance(value, str) and "\0" in value for value in parameters):
        raise InvalidValue("Text must not contain the NUL character.")
