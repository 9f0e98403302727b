"""Databases of each engine that this machine has a server for.

SQLite always. MariaDB, PostgreSQL and Redis where they are reachable at the addresses below; with
CI set, all of them must be. TEST_ENGINES names the engines to use, such as `sqlite,mariadb`.
"""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.database.urls import async_url

ADDRESSES = {
    "mariadb": make_url(os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/test")),
    "postgresql": make_url(
        os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    ),
    "redis": make_url(os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")),
}


def _is_reachable(address: URL) -> bool:
    try:
        socket.create_connection((address.host, address.port), timeout=2).close()
    except OSError:
        return False
    return True


REACHABLE = ["sqlite", *(name for name in ADDRESSES if _is_reachable(ADDRESSES[name]))]
UNREACHABLE = [name for name in ADDRESSES if name not in REACHABLE]
_WANTED = os.environ.get("TEST_ENGINES", "sqlite,mariadb,postgresql").split(",")
ENGINES = [name for name in _WANTED if name in REACHABLE]


def only_on(*engines: str) -> pytest.MarkDecorator:
    """Marks a test whose subject does not exist on other engines, or does not depend on them."""
    reachable = [engine for engine in engines if engine in ENGINES]
    return pytest.mark.parametrize("engine", reachable, indirect=True)


@asynccontextmanager
async def new_database(engine: str, directory: Path, name: str) -> AsyncIterator[URL]:
    """An empty database of this process, dropped at the end."""
    if engine == "sqlite":
        yield async_url(f"sqlite:///{directory / name}.sqlite")
        return
    name = f"sample_gateway_{name}_{os.getpid()}"
    server = create_async_engine(async_url(ADDRESSES[engine]), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield async_url(ADDRESSES[engine].set(database=name))
    force = " WITH (FORCE)" if engine == "postgresql" else ""
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name}{force}"))
    await server.dispose()
