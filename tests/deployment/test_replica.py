"""A gateway that reads a replica, which follows the platform's own server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from gql.database import Database, DatabaseUnavailable, tables
from gql.database.prepared_statements import Statement
from gql.database.snapshot import Snapshot
from tests.deployment.replicas import PRIMARIES
from tests.support.clients import OF_TAGS, Clients, clients_of
from tests.support.database_servers import DatabaseServer, PostgreSQL, started_and_filled
from tests.support.server import Server, address, serving
from tests.support.until import until


class Pair(NamedTuple):
    primary: DatabaseServer
    replica: DatabaseServer


@pytest.fixture(scope="module", params=PRIMARIES, ids=lambda kind: kind.__name__)
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    primary = await started_and_filled(PRIMARIES[request.param])
    replica = await primary.add_replica()
    yield Pair(primary, replica)
    replica.remove()
    primary.remove()


@pytest.fixture(scope="module")
def gateway(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("gateway")
    url = address(pair.replica.url)
    with serving(
        directory, database_url=url, rate_limit_requests=1_000_000, work_seconds_per_minute=0
    ) as gateway:
        yield gateway
        _, errors = gateway.stop()
    assert "Traceback" not in errors, errors


@pytest.fixture
async def clients(gateway: Server) -> AsyncIterator[Clients]:
    async with clients_of(gateway) as clients:
        yield clients


async def test_replica_returns_what_was_written_to_the_primary(
    pair: Pair, clients: Clients
) -> None:
    await pair.primary.administer("INSERT INTO tag (id, name) VALUES (1, 'new')", "platform")

    async def has_come() -> bool:
        answer = await clients.ask(OF_TAGS)
        return bool(answer.response.json()["data"] == {"tags": [{"id": 1, "name": "new"}]})

    await until(has_come)


async def test_replica_gives_no_wrong_answer_while_it_replays_changes(
    pair: Pair, clients: Clients
) -> None:
    async with clients.asking(10):
        for number in range(20):
            await pair.primary.administer(
                f"ALTER TABLE test_result ADD COLUMN new_{number} int", "platform"
            )
            await clients.get(20, 200)

    assert clients.wrong == []
    assert clients.lost == []


async def test_replica_that_ends_a_statement_makes_its_request_unavailable(pair: Pair) -> None:
    if not isinstance(pair.replica, PostgreSQL):
        pytest.skip("MariaDB's replica waits for the statement")
    database = Database(pair.replica.url, pool_size=1, timeout_seconds=30)
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

    async with database.snapshot() as snapshot, asyncio.TaskGroup() as tasks:
        statement = select(func.pg_sleep(30)).select_from(tables.Test)
        read = tasks.create_task(unavailable(snapshot, statement))
        await until(lambda: pair.replica.administer(sleeping))
        await pair.primary.administer("ALTER TABLE test ADD COLUMN new int", "platform")
    await database.close()

    assert "conflict with recovery" in read.result()


async def unavailable(snapshot: Snapshot, statement: Statement) -> str:
    """Why the statement could not be answered."""
    with pytest.raises(DatabaseUnavailable) as raised:
        await snapshot.rows(statement)
    return str(raised.value.__cause__)


async def test_replica_answers_without_its_primary(pair: Pair, clients: Clients) -> None:
    pair.primary.kill()
    async with clients.asking(5):
        await clients.get(20, 200)
    await pair.primary.start()

    assert clients.wrong == []
    assert clients.lost == []
