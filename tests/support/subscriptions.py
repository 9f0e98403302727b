"""Clients of subscriptions over WebSocket and server-sent events, and a server for them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gql.app import create_app
from gql.cli.serve import http_protocol
from gql.http.websocket_protocol import GatewayWebSocketProtocol
from gql.settings import Settings
from tests.support.databases import only_on
from tests.support.gateway import without_cost
from tests.support.until import until

POLL_SECONDS = 0.02
SOON = 30
OTHER = "spci_" + "o" * 43

on_sqlite = only_on("sqlite")
over_both = pytest.mark.parametrize("transport", ["websocket", "sse"])

WATCH = """
subscription ($run: Int!) {
  runProgress(id: $run) {
    completed
    total
    newSamples { regressionId status outputs { outputId status } }
    run { status summary { total pass fail missingOutput running skipped } }
  }
}
"""

NEW_SAMPLES = "subscription ($run: Int!) { runProgress(id: $run) { newSamples { regressionId } } }"


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """The address of a server of the whole app, in this loop."""
    config = uvicorn.Config(
        create_app(settings),
        port=0,
        log_level="warning",
        http=http_protocol(settings),
        ws=GatewayWebSocketProtocol,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    await task


class Socket:
    """A client of graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, type: str, **content: Any) -> None:
        await self.connection.send(json.dumps({"type": type, **content}))

    async def receive(self) -> dict[str, Any]:
        frame = await self.connection.recv()
        assert isinstance(frame, str), "clients parse text frames only"
        message: dict[str, Any] = json.loads(frame)
        return message

    async def subscribe(self, id: str, query: str, **variables: Any) -> None:
        await self.send("subscribe", id=id, payload={"query": query, "variables": variables})

    async def close_code(self) -> int | None:
        """The code that the server closes with, whatever it sends before."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd and closed.rcvd.code


@asynccontextmanager
async def socket(address: str, **options: Any) -> AsyncIterator[Socket]:
    url = f"ws://{address}/graphql"
    async with (
        asyncio.timeout(SOON),
        connect(url, subprotocols=["graphql-transport-ws"], **options) as connection,
    ):
        yield Socket(connection)


@asynccontextmanager
async def open_socket(address: str, token: str) -> AsyncIterator[Socket]:
    """A socket whose connection is acknowledged."""
    async with socket(address) as client:
        await client.send("connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await client.receive() == {"type": "connection_ack"}
        yield client


async def websocket_results(
    address: str, token: str, query: str, **variables: Any
) -> AsyncIterator[Any]:
    """What an operation gives, without its cost."""
    async with open_socket(address, token) as client:
        await client.subscribe("1", query, **variables)
        while (message := await client.receive())["type"] != "complete":
            assert message["id"] == "1"
            if message["type"] == "error":
                yield {"errors": message["payload"]}
                return
            yield without_cost(message["payload"])


async def sse_results(address: str, token: str, query: str, **variables: Any) -> AsyncIterator[Any]:
    """The same as server-sent events."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with (
        asyncio.timeout(SOON),
        httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as client,
        client.stream("POST", "/graphql", json=body) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "x-ratelimit-remaining" in response.headers
        kind = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "next":
                yield without_cost(json.loads(value))
        assert kind == "complete"


Results = Callable[..., Any]


async def progress(results: AsyncIterator[Any]) -> Any:
    result = await anext(results)
    assert "errors" not in result, result["errors"]
    return result["data"]["runProgress"]


def new_samples(progress: Any) -> list[int]:
    return [sample["regressionId"] for sample in progress["newSamples"]]


def polls() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("poll of run")]
