"""SQLAlchemy's engines, whose connections take every address and the gateway's settings."""

from collections.abc import Collection
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import URL, Connection, NullPool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gql.database import search, timestamps
from gql.database.errors import InvalidValue
from gql.database.postgresql_sessions import set_up_session
from gql.database.session_settings import mysql_settings, postgresql_settings

# SQLAlchemy keeps up to half more. Each takes some 150 KB: filters make different statements.
MAX_COMPILED_STATEMENTS = 40
SQLITE_FUNCTIONS: list[tuple[str, int, Any]] = [
    (search.SQLITE_FUNCTION, 2, search.search_on_sqlite),
    (timestamps.SQLITE_FUNCTION, 1, timestamps.utc_timestamp_on_sqlite),
]

# The limit of SQLite; PostgreSQL's driver accepts one more, the others more still.
_MAX_PARAMETERS = 32_766

# As PostgreSQL documents them for the addresses of databases. SQLAlchemy would pass them on as
# arguments that the driver does not have.
_POSTGRESQL_OPTIONS = {
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "target_session_attrs"),
    *("application_name", "options"),
}
# The driver binds no login to its TLS channel, and takes no other argument for it either.
_IGNORED_OPTIONS = {"channel_binding"}


def create_engine(url: URL, **options: Any) -> AsyncEngine:
    """An engine for the address of a database, with its options as each server documents them."""
    arguments: dict[str, Any] = options.pop("connect_args", {})
    if url.get_backend_name() == "mysql" and url.password:
        # As servers store it. The driver would encode it in Latin-1.
        arguments["password"] = url.password.encode()
    elif url.get_backend_name() == "postgresql":
        dsn_options = {name: url.query[name] for name in _POSTGRESQL_OPTIONS & url.query.keys()}
        arguments["dsn"] = f"postgresql:///?{urlencode(dsn_options)}"
        if seconds := url.query.get("connect_timeout"):
            arguments["timeout"] = float(str(seconds)) or None
        url = url.difference_update_query(
            _POSTGRESQL_OPTIONS | _IGNORED_OPTIONS | {"connect_timeout"}
        )
    return create_async_engine(
        url, connect_args=arguments, query_cache_size=MAX_COMPILED_STATEMENTS, **options
    )


def read_only_engine(url: URL, timeout_seconds: float) -> AsyncEngine:
    """An engine whose connections only read, and whose statements end after `timeout_seconds`."""
    arguments: dict[str, Any] = {}
    # A snapshot begins and ends its transaction by the driver.
    options: dict[str, Any] = {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT"}
    backend = url.get_backend_name()
    if backend == "mysql":
        # The driver commits after it. A node that has lost its Galera cluster accepts connections
        # but rejects that: it is detected before another host is dropped in favour of it.
        arguments["init_command"] = mysql_settings(timeout_seconds)
    if backend == "sqlite" and url.database:
        arguments["timeout"] = timeout_seconds
        url = url.set(
            database=f"file:{quote(url.database)}", query={**url.query, "mode": "ro", "uri": "true"}
        )
    engine = create_engine(url, connect_args=arguments, **options)
    event.listen(engine.sync_engine, "before_cursor_execute", _check_parameters)
    if backend == "sqlite":
        event.listen(engine.sync_engine, "connect", _add_functions)
    elif backend == "postgresql":
        settings = postgresql_settings(timeout_seconds)

        def set_up(connection: Any, _record: object) -> None:
            connection.run_async(lambda raw: set_up_session(raw, settings))

        event.listen(engine.sync_engine, "connect", set_up)
    return engine


def _add_functions(connection: Any, _record: object) -> None:
    for name, arguments, function in SQLITE_FUNCTIONS:
        connection.create_function(name, arguments, function, deterministic=True)


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
