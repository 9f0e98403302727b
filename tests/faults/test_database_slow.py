"""A database that takes its time, for one table, for one statement or for everything."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import func, literal, select

from gql.database import Database, PoolExhausted, StatementTimeout
from gql.database.prepared_statements import Statement
from tests.faults.settings import POOL_SIZE, TIMEOUT_SECONDS, settings_for
from tests.support.clients import (
    BOTH,
    OF_GRAPHQL_ALONE,
    OF_TAGS,
    Clients,
    clients_of,
    is_unavailable,
    kind_of_503,
)
from tests.support.database_servers import DatabaseServer
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import logged, serving
from tests.support.until import until

TOO_LATE = "The database took too long to answer a statement"


async def test_locked_table_delays_only_requests_that_read_it(
    server: DatabaseServer, clients: Clients
) -> None:
    await clients.learn(OF_TAGS)
    async with server.locked("regression_test_output"), asyncio.TaskGroup() as tasks:
        stuck = [tasks.create_task(clients.ask(question)) for question in BOTH]
        others = [await clients.ask(OF_TAGS) for _ in range(3)]

    assert all(clients.is_right(answer) for answer in others)
    assert max(answer.ended for answer in others) < min(task.result().ended for task in stuck)
    for task in stuck:
        answer = task.result()
        assert kind_of_503(answer) == "timeout", answer.response.text
        assert answer.seconds > TIMEOUT_SECONDS * 0.9
    for question in BOTH:
        assert clients.is_right(await clients.ask(question))


async def test_health_checks_are_answered_while_every_connection_waits(
    server: DatabaseServer, clients: Clients
) -> None:
    async with server.locked("regression_test_output"), asyncio.TaskGroup() as tasks:
        stuck = [tasks.create_task(clients.ask(question)) for question in OF_GRAPHQL_ALONE]
        await until(server.has_waiting)
        healthy = await clients.http.get("/healthz")
        ready = await clients.http.get("/readyz")

    assert healthy.status_code == 200
    assert ready.status_code == 200
    assert all(is_unavailable(task.result()) for task in stuck)
    kinds = {kind_of_503(task.result()) for task in stuck}
    assert {"timeout", "overloaded"} <= kinds  # Those with a connection, and those without.
    for question in BOTH:
        assert clients.is_right(await clients.ask(question))


async def test_hanging_database_makes_requests_unavailable_until_it_continues(
    server: DatabaseServer, clients: Clients
) -> None:
    async with clients.asking(15):
        await clients.get(30, 200)
        with server.paused():
            await clients.get(30, 503)
        await clients.get(30, 200)

    assert clients.wrong == []
    assert await server.connections() <= POOL_SIZE


# One statement


SLEEP_SECONDS = 60


def sleep(engine: str) -> Statement:
    if engine == "sqlite":
        number = select(literal(1).label("number")).cte("number", recursive=True)
        endless = number.union_all(select(number.c.number + 1))
        return select(func.max(endless.c.number))
    function = {"mariadb": func.sleep, "postgresql": func.pg_sleep}[engine]
    return select(function(SLEEP_SECONDS))


@pytest.fixture
async def impatient(platform: Platform) -> AsyncIterator[Database]:
    database = Database(platform.url, pool_size=1, timeout_seconds=0.2)
    yield database
    await database.close()


async def test_slow_statement_is_canceled(impatient: Database, engine: str) -> None:
    async with asyncio.timeout(SLEEP_SECONDS / 2), impatient.snapshot() as snapshot:
        with pytest.raises(StatementTimeout):
            await snapshot.rows(sleep(engine))
        with pytest.raises(StatementTimeout):  # It would be of another snapshot.
            await snapshot.rows(select(literal(1)))
    async with impatient.snapshot() as snapshot:
        assert await snapshot.count(select(literal(1))) == 1


async def test_repeated_slow_statements_are_logged_once(
    impatient: Database, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        async with impatient.snapshot() as snapshot:
            with pytest.raises(StatementTimeout):
                await snapshot.rows(sleep(engine))
        await impatient.ping()
    assert caplog.messages == [TOO_LATE]


async def test_exhausted_pool_does_not_mark_the_database_unavailable(
    impatient: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with impatient.snapshot() as snapshot:
        await snapshot.rows(select(literal(1)))
        with pytest.raises(PoolExhausted):
            await impatient.ping()
    assert caplog.messages == []


@only_on("mariadb", "postgresql")  # SQLite has no server
async def test_canceled_statement_ends_at_the_server(
    impatient: Database, engine: str, platform: Platform
) -> None:
    async with impatient.snapshot() as snapshot:
        with pytest.raises(StatementTimeout):
            await snapshot.rows(sleep(engine))

    async def has_ended() -> bool:
        async with platform.writer.connect() as connection:
            result = await connection.exec_driver_sql(RUNNING[engine])
            return bool(result.scalar() == 0)

    await until(has_ended)


RUNNING = {
    "mariadb": "SELECT count(*) FROM information_schema.processlist "
    "WHERE info LIKE 'SELECT sleep%%'",
    "postgresql": "SELECT count(*) FROM pg_stat_activity "
    "WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%%'",
}


# A locked file


@asynccontextmanager
async def locked(platform: Platform) -> AsyncIterator[None]:
    with closing(sqlite3.connect(str(platform.url.database))) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        yield


@only_on("sqlite")
async def test_locked_file_makes_requests_unavailable_until_it_is_unlocked(
    filled: Platform, tmp_path: Path
) -> None:
    settings = settings_for(filled, database_statement_timeout_seconds=TIMEOUT_SECONDS)
    with serving(tmp_path, **settings) as gateway:
        async with clients_of(gateway) as clients:
            async with locked(filled), asyncio.TaskGroup() as tasks:
                stuck = [tasks.create_task(clients.ask(question)) for question in BOTH]
                assert (await clients.http.get("/healthz")).status_code == 200
            for question in BOTH:
                assert clients.is_right(await clients.ask(question))
        _, errors = gateway.stop()

    for task in stuck:
        assert kind_of_503(task.result()) == "timeout"
    assert [line["message"] for line in logged(errors)] == [TOO_LATE]


@pytest.mark.serial
@only_on("sqlite")
async def test_coalesced_requests_do_not_wait_for_each_others_timeouts(
    filled: Platform, tmp_path: Path
) -> None:
    seconds = 2
    settings = settings_for(filled, database_statement_timeout_seconds=seconds)
    with serving(tmp_path, **settings) as gateway:
        async with clients_of(gateway) as clients, locked(filled):
            stuck = await asyncio.gather(*(clients.ask(question) for question in BOTH * 10))

    assert all(is_unavailable(answer) for answer in stuck)
    assert max(answer.seconds for answer in stuck) < 2 * seconds
