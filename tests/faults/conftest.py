"""Servers, gateways and clients of the tests of faults."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from sqlalchemy import URL

from tests.faults.load import BOTH, Clients
from tests.faults.servers import INSTALLED, DatabaseServer, MariaDB, PostgreSQL, Redis
from tests.platform import DIFFERENT, Platform
from tests.server import Server, serving

TIMEOUT_SECONDS = 0.5
POOL_SIZE = 10
TOKEN = "spci_" + "t" * 43

D = TypeVar("D", bound=DatabaseServer)


def address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def skip_unless_installed(kind: type[Any]) -> None:
    if not INSTALLED[kind]:
        assert not os.environ.get("CI"), f"CI is set, and {kind.__name__} is not installed"
        pytest.skip(f"{kind.__name__} is not installed")


async def new_server(kind: type[D]) -> D:
    server = kind()
    await server.start()
    await fill(server)
    return server


async def fill(server: DatabaseServer) -> None:
    """Give a server a platform of one run in which some of many tests fail."""
    await server.administer("CREATE DATABASE platform")
    platform = Platform(server.url)
    await platform.create_tables()
    await platform.add_run(1, "testing", "completed")
    for test in range(1, 21):
        await platform.add_test(test, outputs=(test,))
        await platform.add_result(1, test)
        await platform.add_file(1, test, test, got=DIFFERENT if test % 3 == 0 else None)
    await platform.close()


@pytest.fixture(scope="session", params=[MariaDB, PostgreSQL], ids=lambda kind: kind.__name__)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[DatabaseServer]:
    skip_unless_installed(request.param)
    server = await new_server(request.param)
    yield server
    server.remove()


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    skip_unless_installed(Redis)
    server = Redis()
    await server.start()
    yield server
    server.remove()


def quick_to_give_up(server: DatabaseServer, **settings: Any) -> dict[str, Any]:
    return {
        "database_url": address(server.url),
        "database_statement_timeout_seconds": TIMEOUT_SECONDS,
        "database_pool_size": POOL_SIZE,
        "rate_limit_requests": 1_000_000,
        **settings,
    }


@pytest.fixture(scope="session")
def gateway_process(
    server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A gateway that outlives all faults, and has nothing to say of them but lines of its own."""
    with serving(tmp_path_factory.mktemp("gateway"), **quick_to_give_up(server)) as gateway:
        yield gateway
        _, errors = gateway.stop()
    assert "Traceback" not in errors, errors


@pytest.fixture
async def filled(platform: Platform) -> Platform:
    """The platform with a run of one sample."""
    await platform.add_test(1)
    await platform.add_run(1, "completed")
    await platform.add_result(1, 1)
    return platform


def settings_for(platform: Platform, **settings: Any) -> dict[str, Any]:
    """Settings of a gateway before a platform that is a file."""
    return {
        "database_url": f"sqlite:///{platform.url.database}",
        "rate_limit_requests": 1_000_000,
        **settings,
    }


@asynccontextmanager
async def clients_of(gateway: Server) -> AsyncIterator[Clients]:
    """Clients that know the right answers."""
    clients = Clients(gateway.origin, TOKEN)
    async with clients.http:
        await clients.learn(*BOTH)
        yield clients


@pytest.fixture
async def clients(gateway_process: Server) -> AsyncIterator[Clients]:
    async with clients_of(gateway_process) as clients:
        yield clients
