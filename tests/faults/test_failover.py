"""An address of the database names two hosts, and one of them fails."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.settings import quick_to_give_up
from tests.support.clients import BOTH, Clients, clients_of
from tests.support.database_servers import DatabaseServer, started_and_filled
from tests.support.server import address, serving


@pytest.fixture(scope="module")
async def other(server: DatabaseServer) -> AsyncIterator[DatabaseServer]:
    """A server with the same database."""
    other = await started_and_filled(type(server))
    yield other
    other.remove()


@pytest.fixture
async def clients(
    server: DatabaseServer, other: DatabaseServer, tmp_path: Path
) -> AsyncIterator[Clients]:
    """Clients of a gateway whose address names both hosts."""
    hosts = tuple(f"127.0.0.1:{each.port}" for each in (server, other))
    both = server.url.set(host=None, port=None, query={"host": hosts})
    settings = quick_to_give_up(server) | {"database_url": address(both)}
    with serving(tmp_path, **settings) as gateway:
        async with clients_of(gateway) as clients:
            yield clients
        _, errors = gateway.stop()
    assert "Traceback" not in errors


async def test_failover_continues_whichever_host_is_killed(
    server: DatabaseServer, other: DatabaseServer, clients: Clients
) -> None:
    async with clients.asking(10):
        for lost in (server, other):
            await clients.get(20, 200)
            lost.kill()
            await clients.get(50, 200)
            await lost.start()

    assert clients.wrong == []


async def test_failover_continues_when_the_first_host_hangs(
    server: DatabaseServer, clients: Clients
) -> None:
    async with clients.asking(10):
        await clients.get(20, 200)
        with server.paused():
            await clients.get(50, 200)

    assert clients.wrong == []


async def test_failover_lets_the_gateway_start_without_the_first_host(
    server: DatabaseServer, other: DatabaseServer, tmp_path: Path
) -> None:
    hosts = ("127.0.0.1:1", f"127.0.0.1:{other.port}")
    url = server.url.set(host=None, port=None, query={"host": hosts})
    settings = quick_to_give_up(server) | {"database_url": address(url)}
    with serving(tmp_path, **settings) as gateway:
        async with clients_of(gateway) as clients:
            assert clients.right.keys() == {*BOTH}
        _, errors = gateway.stop()

    assert errors == ""
