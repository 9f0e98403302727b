"""Servers, gateways and clients of the tests of faults."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.faults.settings import quick_to_give_up
from tests.support import rows
from tests.support.clients import Clients, clients_of
from tests.support.database_servers import (
    DatabaseServer,
    MariaDB,
    PostgreSQL,
    Redis,
    started,
    started_and_filled,
)
from tests.support.platform import Platform
from tests.support.server import Server, serving


@pytest.fixture(scope="session", params=[MariaDB, PostgreSQL], ids=lambda kind: kind.__name__)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[DatabaseServer]:
    server = await started_and_filled(request.param)
    yield server
    server.remove()


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    server = await started(Redis)
    yield server
    server.remove()


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
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
    )
    return platform


@pytest.fixture
async def clients(gateway_process: Server) -> AsyncIterator[Clients]:
    async with clients_of(gateway_process) as clients:
        yield clients
