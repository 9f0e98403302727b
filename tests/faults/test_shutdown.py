"""A gateway is stopped while clients send requests."""

import asyncio
import signal
import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from gql.cli import serve
from tests.faults.settings import quick_to_give_up, settings_for
from tests.faults.test_database_slow import TOO_LATE
from tests.support.clients import BOTH, Clients, clients_of, is_unavailable
from tests.support.database_servers import DatabaseServer
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import Server, logged, serving
from tests.support.until import until

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


@only_on("sqlite")
async def test_second_interrupt_ends_a_request_with_a_line(
    gateway_process: Server, platform: Platform
) -> None:
    head = (
        "POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
        f"Content-Length: 100\r\nAuthorization: Bearer {platform.token}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", gateway_process.port)
    writer.write(head.encode())  # and no body
    async with httpx.AsyncClient(base_url=gateway_process.origin) as client:
        assert (await client.get("/healthz")).status_code == 200
    gateway_process.process.send_signal(signal.SIGINT)
    await until(lambda: is_closed(gateway_process.port))

    _, errors = await asyncio.to_thread(gateway_process.stop, signal.SIGINT)
    writer.close()

    assert [line["message"] for line in logged(errors)] == [
        "The server stopped before a request was answered"
    ]
    assert "Traceback" not in errors


def is_closed(port: int) -> bool:
    """Whether nothing listens on the port any more."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0
