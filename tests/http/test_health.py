"""/healthz says whether the process is up, /readyz whether it can answer."""

import asyncio

import pytest
from sqlalchemy import URL

from tests.support.databases import ADDRESSES, ENGINES
from tests.support.gateway import Client, running_app, settings

pytestmark = pytest.mark.quick

SERVERS = [ADDRESSES[engine] for engine in ENGINES if engine != "sqlite"]


async def test_healthz_and_readyz_are_ok_with_a_database(gateway: Client) -> None:
    assert (await gateway.get("/healthz")).json() == {"status": "ok"}
    assert (await gateway.get("/readyz")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root@127.0.0.1:1/x",
        "postgresql://root@127.0.0.1:1/x",
        "sqlite:///no/such",
        *(address.set(database="no_such", username="nobody") for address in SERVERS),
    ],
)
async def test_readyz_is_503_when_the_database_is_unreachable(url: URL) -> None:
    async with running_app(settings(url)) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503


async def test_readyz_is_503_long_before_a_silent_database_times_out() -> None:
    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)

    connections: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = silent.sockets[0].getsockname()
    url = f"postgresql://root@{host}:{port}/x"
    async with silent, running_app(settings(url, database_statement_timeout_seconds=60)) as client:
        async with asyncio.timeout(30):
            response = await client.get("/readyz")
        for connection in connections:
            connection.close()

    assert connections
    assert response.status_code == 503
