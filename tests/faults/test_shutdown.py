"""A gateway is stopped while clients send requests."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from gql.cli import serve
from tests.faults.settings import quick_to_give_up, settings_for
from tests.faults.test_database_slow import TOO_LATE
from tests.support.clients import BOTH, Clients, clients_of, is_unavailable
from tests.support.database_servers import DatabaseServer
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import Server, logged, serving

DATABASE_STATEMENT_TIMEOUT_SECONDS = serve.STOP_SECONDS + 0.5


async def test_shutdown_answers_every_request_sent_before(
    server: DatabaseServer, tmp_path: Path
) -> None:
    settings = quick_to_give_up(server)
    with serving(tmp_path, **settings) as gateway:
        async with clients_of(gateway) as clients, clients.asking(20):
            await clients.get(100, 200)
            stopped = time.monotonic()
            _, errors = await asyncio.to_thread(gateway.stop, signal.SIGTERM)

    assert errors == ""
    assert [sending for sending in clients.lost if sending.at and sending.at < stopped] == []
    assert {answer.response.status_code for answer in clients.answers} == {200}
    assert clients.wrong == []


@pytest.fixture
async def gateway_process(filled: Platform, tmp_path: Path) -> AsyncIterator[Server]:
    settings = settings_for(
        filled, database_statement_timeout_seconds=DATABASE_STATEMENT_TIMEOUT_SECONDS
    )
    with serving(tmp_path, **settings) as gateway:
        yield gateway


@only_on("sqlite")
@pytest.mark.parametrize("is_let_go", [True, False])
async def test_shutdown_answers_requests_that_wait_for_the_database(
    gateway_process: Server, platform: Platform, *, is_let_go: bool
) -> None:
    clients = Clients(gateway_process.origin, platform.token)
    async with clients.http:
        await clients.learn(*BOTH)
        with closing(sqlite3.connect(str(platform.url.database))) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            asked = [asyncio.create_task(clients.ask(question)) for question in BOTH]
            await clients.sent(len(asked))
            stopping = asyncio.create_task(asyncio.to_thread(gateway_process.stop, signal.SIGTERM))
            if is_let_go:
                writer.rollback()
            answers = await asyncio.gather(*asked)
        _, errors = await stopping

    is_expected = clients.is_right if is_let_go else is_unavailable
    assert all(is_expected(answer) for answer in answers)
    messages = [line["message"] for line in logged(errors)]
    assert messages == ([] if is_let_go else [TOO_LATE])
