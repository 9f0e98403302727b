"""Clients that go away while their request is being answered, or before it is whole."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
import uvicorn

from gql.app import create_app
from gql.cli.serve import http_protocol
from gql.request import queries
from tests.faults.settings import POOL_SIZE
from tests.support.clients import BOTH, OF_GRAPHQL, OF_GRAPHQL_ALONE, OF_REST, Clients, Question
from tests.support.database_servers import DatabaseServer
from tests.support.databases import only_on
from tests.support.gateway import settings
from tests.support.platform import Platform
from tests.support.until import until


async def test_connection_of_a_disconnected_client_is_reused(
    server: DatabaseServer, clients: Clients
) -> None:
    await clients.learn(*OF_GRAPHQL_ALONE)
    async with server.locked("regression_test_output"):
        asked = [asyncio.create_task(clients.ask(question)) for question in OF_GRAPHQL_ALONE]
        await until(server.has_waiting)
        for task in asked:
            task.cancel()
        await asyncio.wait(asked)
        assert all(task.cancelled() for task in asked)

    async with asyncio.TaskGroup() as tasks:
        questions = OF_GRAPHQL_ALONE[:POOL_SIZE]
        others = [tasks.create_task(clients.ask(question)) for question in questions]
    assert all(clients.is_right(task.result()) for task in others)
    assert await server.connections() <= POOL_SIZE


@asynccontextmanager
async def serving(platform: Platform) -> AsyncIterator[uvicorn.Server]:
    """A server in this process, whose log a test can read."""
    choice = settings(platform.url)
    config = uvicorn.Config(
        create_app(choice), port=0, log_level="warning", http=http_protocol(choice)
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server
    server.should_exit = True
    await task


def address_of(server: uvicorn.Server) -> tuple[str, int]:
    host, port = server.servers[0].sockets[0].getsockname()
    return host, port


@pytest.fixture
def debug_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="gql")
    return caplog


def besides_requests(log: pytest.LogCaptureFixture) -> list[str]:
    """The levels of all lines but those that each request has."""
    return [
        record.levelname for record in log.records if record.name != "gql.telemetry.request_log"
    ]


DISCONNECTED = "A client disconnected before its response"


@only_on("sqlite")
@pytest.mark.parametrize("question", BOTH, ids=["REST", "GraphQL"])
async def test_client_that_disconnects_while_waiting_is_one_debug_line(
    platform: Platform, debug_log: pytest.LogCaptureFixture, question: Question
) -> None:
    async with serving(platform) as server:
        host, port = address_of(server)
        clients = Clients(f"http://{host}:{port}", platform.token)
        async with clients.http:
            with closing(sqlite3.connect(str(platform.url.database))) as writer:
                writer.execute("BEGIN EXCLUSIVE")
                asked = asyncio.create_task(clients.ask(question))
                await until(lambda: server.server_state.tasks)
                asked.cancel()
                await asyncio.wait([asked])
            await until(lambda: DISCONNECTED in debug_log.text)
            assert (await clients.ask(OF_REST)).response.status_code == 404

    assert besides_requests(debug_log) == ["DEBUG"]


@only_on("sqlite")
async def test_what_a_disconnected_client_has_begun_over_rest_is_cancelled(
    filled: Platform, debug_log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(*_: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    monkeypatch.setattr(queries, "sample_by_either_id", wait)
    async with serving(filled) as server:
        host, port = address_of(server)
        clients = Clients(f"http://{host}:{port}", filled.token)
        async with clients.http:
            asked = asyncio.create_task(clients.ask(OF_REST))
            await begun.wait()
            asked.cancel()
            await asyncio.wait([asked])

            await until(cancelled.is_set)
            await until(lambda: DISCONNECTED in debug_log.text)

    assert besides_requests(debug_log) == ["DEBUG"]


@only_on("sqlite")
async def test_client_that_disconnects_before_its_request_is_complete_is_one_debug_line(
    platform: Platform, debug_log: pytest.LogCaptureFixture
) -> None:
    async with serving(platform) as server:
        host, port = address_of(server)
        _, writer = await asyncio.open_connection(host, port)
        lines = (
            f"POST {OF_GRAPHQL.path} HTTP/1.1",
            f"Host: {host}",
            f"Authorization: Bearer {platform.token}",
            "Content-Type: application/json",
            "Content-Length: 1000",
        )
        writer.write("\r\n".join((*lines, "", '{"query": "{ ta')).encode())
        await writer.drain()
        writer.close()
        await until(lambda: DISCONNECTED in debug_log.text)

    assert besides_requests(debug_log) == ["DEBUG"]
