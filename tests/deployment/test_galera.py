"""Three nodes of a Galera cluster, of which some are lost under load.

One gateway has the addresses of all three, another one that of an HAProxy before them.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.conftest import NUMBERS
from tests.deployment.galera import PROVIDER, READERS, Cluster, Node
from tests.deployment.numbers import Numbers
from tests.deployment.proxies import HAProxy
from tests.support.clients import (
    BOTH,
    OF_GRAPHQL_ALONE,
    OF_TAGS,
    Clients,
    clients_of,
    is_unavailable,
)
from tests.support.programs import require
from tests.support.server import Server, address, serving
from tests.support.until import until

CLIENTS = 5
MANY = 100
GAP_SECONDS = 5

DIRECT, PROXIED = READERS
Gateways = dict[str, Server]
Record = Callable[[str, Any], None]


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    require(PROVIDER)
    cluster = Cluster()
    try:
        await cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
async def proxy(cluster: Cluster) -> AsyncIterator[HAProxy]:
    require("haproxy")
    proxy = HAProxy([node.port for node in cluster.nodes])
    await proxy.start()
    yield proxy
    proxy.remove()


@pytest.fixture(scope="module")
def gateways(
    cluster: Cluster, proxy: HAProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateways]:
    """A gateway for each way to the cluster, by the user that it reads as."""
    directory = tmp_path_factory.mktemp("gateways")
    server = cluster.nodes[0].url.set(host=None, port=None)
    hosts = tuple(f"127.0.0.1:{node.port}" for node in cluster.nodes)
    urls = {
        DIRECT: server.set(username=DIRECT, query={"host": hosts}),
        PROXIED: server.set(username=PROXIED, host="127.0.0.1", port=proxy.port),
    }
    with ExitStack() as stack:
        gateways = {
            user: stack.enter_context(
                serving(
                    directory,
                    database_url=address(url),
                    rate_limit_requests=1_000_000,
                    work_seconds_per_minute=0,
                )
            )
            for user, url in urls.items()
        }
        yield gateways
        for gateway in gateways.values():
            _, errors = gateway.stop()
            assert "Traceback" not in errors, errors


@pytest.fixture
async def clients(gateways: Gateways) -> AsyncIterator[dict[str, Clients]]:
    async with AsyncExitStack() as stack:
        clients = {
            user: await stack.enter_async_context(clients_of(gateway))
            for user, gateway in gateways.items()
        }
        for each in clients.values():
            await each.learn(*OF_GRAPHQL_ALONE[:CLIENTS])  # So that each needs a connection.
        yield clients


async def served(clients: dict[str, Clients]) -> None:
    """Return when both gateways have given many right answers, from now on."""
    for each in clients.values():
        await each.get(MANY, 200)


@asynccontextmanager
async def asking(clients: dict[str, Clients], record_property: Record) -> AsyncIterator[None]:
    """Have clients ask both gateways without pause, and judge what they got."""
    async with AsyncExitStack() as stack:
        for each in clients.values():
            await stack.enter_async_context(each.asking(CLIENTS))
        await served(clients)
        yield
        await served(clients)
    for user, each in clients.items():
        numbers = Numbers.of(each)
        record_property(NUMBERS, f"{user}: {numbers}")
        assert each.wrong == []
        assert each.lost == []
        assert numbers.longest_gap < GAP_SECONDS


async def node_in_use(cluster: Cluster) -> Node:
    """The node that the gateway reads from that knows them all, when the other one does too."""
    [node] = [node for node in cluster.nodes if await node.is_read_by(DIRECT)]
    await until(lambda: node.is_read_by(PROXIED))
    return node


async def test_galera_node_that_is_killed_causes_no_error_and_catches_up(
    cluster: Cluster, clients: dict[str, Clients], record_property: Record
) -> None:
    async with asking(clients, record_property):
        node = await node_in_use(cluster)
        node.kill()
        await served(clients)
        other = next(each for each in cluster.nodes if each is not node)
        await other.administer("INSERT INTO platform.tag (id, name) VALUES (9, 'missed')")
        await node.start_again()

    assert await node.administer("SELECT name FROM platform.tag WHERE id = 9") == "missed"


async def test_galera_node_that_is_isolated_is_replaced_by_another(
    cluster: Cluster, clients: dict[str, Clients], record_property: Record
) -> None:
    async with asking(clients, record_property):
        node = await node_in_use(cluster)
        await node.set_option("gmcast.isolate=1")
        await until(lambda: is_alone(node))
        await served(clients)
        await node.set_option("gmcast.isolate=0")
        await until(node.is_synced)


async def test_galera_write_is_read_from_another_node_at_once_with_sync_wait(
    cluster: Cluster, tmp_path: Path
) -> None:
    writer, reader, _ = cluster.nodes
    await reader.administer("SET GLOBAL wsrep_sync_wait = 1")
    with serving(tmp_path, database_url=address(reader.url)) as gateway:
        async with clients_of(gateway) as clients:
            for number in range(50):
                await writer.administer(
                    f"INSERT INTO platform.tag (id, name) VALUES ({100 + number}, 'new {number}')"
                )
                answer = await clients.ask(OF_TAGS)
                assert f'"new {number}"' in answer.response.text


async def test_galera_minority_is_unavailable_until_it_is_bootstrapped(
    cluster: Cluster, clients: dict[str, Clients], gateways: Gateways
) -> None:
    last, *others = cluster.nodes
    for other in others:
        other.kill()
    await until(lambda: is_alone(last))

    for user, gateway in gateways.items():
        await until_ready(gateway, 503)
        for question in BOTH:
            assert is_unavailable(await clients[user].ask(question))

    await last.set_option("pc.bootstrap=1")
    for user, gateway in gateways.items():
        await until_ready(gateway, 200)
        for question in BOTH:
            assert clients[user].is_right(await clients[user].ask(question))


async def until_ready(gateway: Server, status: int) -> None:
    await until(lambda: gateway.get("/readyz").status_code == status)


async def is_alone(node: Node) -> bool:
    return not await node.is_primary()
