"""A run that goes on is watched over WebSocket or server-sent events, until it has ended."""

import asyncio
import hashlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from sqlalchemy import URL
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gql.app import create_app
from gql.database import Database, tables
from gql.database.connections import ConnectionPool
from gql.request.coalescing import RequestCoalescer
from gql.request.context import Context
from gql.request.run_watcher import RunWatcher
from gql.settings import Settings
from gql.telemetry.log import request_id
from tests.support import rows
from tests.support.databases import ENGINES, only_on
from tests.support.gateway import Client, settings
from tests.support.paths import DOCS
from tests.support.platform import Platform
from tests.support.rows import DIFFERENT, MOMENT
from tests.support.schema import schema

API = DOCS / "api.md"

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

NEWS = "subscription ($run: Int!) { runProgress(id: $run) { newSamples { regressionId } } }"


# Clients


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """The address of a server of the whole app, in this loop."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    await task


@pytest.fixture(scope="module")
async def address(_tables: Platform) -> AsyncIterator[str]:
    async with serving(
        settings(_tables.url, subscription_poll_interval_seconds=POLL_SECONDS)
    ) as address:
        yield address


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
    async with open_socket(address, token) as client:
        await client.subscribe("1", query, **variables)
        while (message := await client.receive())["type"] != "complete":
            assert message["id"] == "1"
            if message["type"] == "error":
                yield {"errors": message["payload"]}
                return
            yield message["payload"]


async def sse_results(address: str, token: str, query: str, **variables: Any) -> AsyncIterator[Any]:
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
                yield json.loads(value)
        assert kind == "complete"


Results = Callable[..., Any]


@pytest.fixture
def results(transport: str) -> Results:
    """The results of an operation over one of the transports, until its completion."""
    return websocket_results if transport == "websocket" else sse_results


async def progress(results: AsyncIterator[Any]) -> Any:
    result = await anext(results)
    assert "errors" not in result, result["errors"]
    return result["data"]["runProgress"]


def news(progress: Any) -> list[int]:
    return [sample["regressionId"] for sample in progress["newSamples"]]


# What is left behind


def polls() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("poll of run")]


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(SOON):
        while not condition():  # noqa: ASYNC110  (nothing tells that it holds)
            await asyncio.sleep(POLL_SECONDS / 4)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """The sessions with a database that are in use."""
    out: set[Any] = set()
    acquire, release, discard = (
        ConnectionPool.acquire,
        ConnectionPool.release,
        ConnectionPool.discard,
    )

    async def acquired(pool: ConnectionPool, deadline: float) -> Any:
        session = await acquire(pool, deadline)
        out.add(session)
        return session

    async def released(pool: ConnectionPool, session: Any) -> None:
        await release(pool, session)
        out.discard(session)

    async def discarded(pool: ConnectionPool, session: Any) -> None:
        await discard(pool, session)
        out.discard(session)

    monkeypatch.setattr(ConnectionPool, "acquire", acquired)
    monkeypatch.setattr(ConnectionPool, "release", released)
    monkeypatch.setattr(ConnectionPool, "discard", discarded)
    return out


@pytest.fixture
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails the test if anything is logged that somebody would have to look into."""
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.text == ""


# What is told


@over_both
@pytest.mark.usefixtures("silence")
async def test_a_run_is_told_event_by_event_until_it_ends(
    platform: Platform, address: str, results: Results
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.regression_test(2),
        rows.run(1, "preparation", "testing"),
        rows.file(1, 1, 11, got=DIFFERENT),
        rows.result(1, 1),
    )

    async with aclosing(results(address, platform.token, WATCH, run=1)) as events:
        first = await progress(events)
        await platform.add(rows.result(1, 2))
        second = await progress(events)
        await report(platform, 1, "completed")
        third = await progress(events)
        assert [event async for event in events] == []

    assert first == {
        "completed": 1,
        "total": 2,
        "newSamples": [
            {
                "regressionId": 1,
                "status": "FAIL",
                "outputs": [{"outputId": 11, "status": "DIFF_MISMATCH"}],
            }
        ],
        "run": {"status": "RUNNING", "summary": summary(fail=1, running=1)},
    }
    assert second == {
        "completed": 2,
        "total": 2,
        "newSamples": [{"regressionId": 2, "status": "PASS", "outputs": []}],
        "run": {"status": "RUNNING", "summary": summary(fail=1, passed=1)},
    }
    assert third == {
        "completed": 2,
        "total": 2,
        "newSamples": [],
        "run": {"status": "FAIL", "summary": summary(fail=1, passed=1)},
    }
    await until(lambda: not polls())


async def report(platform: Platform, run: int, state: str) -> None:
    await platform.add(rows.progress(run, state, message=state))


def summary(*, fail: int = 0, passed: int = 0, running: int = 0) -> dict[str, int]:
    return {
        "total": fail + passed + running,
        "pass": passed,
        "fail": fail,
        "missingOutput": 0,
        "running": running,
        "skipped": 0,
    }


@on_sqlite
@over_both
@pytest.mark.parametrize("state", ["completed", "canceled"])
async def test_a_run_that_has_ended_is_told_once(
    platform: Platform, address: str, results: Results, state: str
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, state),
        rows.result(1, 1),
    )

    told = [result async for result in results(address, platform.token, NEWS, run=1)]

    assert told == [{"data": {"runProgress": {"newSamples": [{"regressionId": 1}]}}}]
    assert polls() == []


@on_sqlite
async def test_a_queued_run_is_told_when_it_starts(platform: Platform, address: str) -> None:
    await platform.add(rows.run(1))
    query = "subscription { runProgress(id: 1) { run { status progress { status } } } }"

    async with aclosing(sse_results(address, platform.token, query)) as events:
        queued = await progress(events)
        await report(platform, 1, "preparation")
        started = await progress(events)

    assert queued["run"] == {"status": "QUEUED", "progress": []}
    assert started["run"] == {"status": "RUNNING", "progress": [{"status": "preparation"}]}


@on_sqlite
@over_both
@pytest.mark.usefixtures("silence")
async def test_a_run_that_does_not_exist_is_an_error(
    platform: Platform, address: str, results: Results
) -> None:
    [result] = [result async for result in results(address, platform.token, NEWS, run=99)]

    [error] = result["errors"]
    assert error["message"] == "Run 99 not found."
    assert error["path"] == ["runProgress"]
    assert error["extensions"] == {"code": "NOT_FOUND", "resource": "run", "id": 99}


@on_sqlite
async def test_a_result_that_is_taken_back_is_news_when_it_comes_again(
    platform: Platform, address: str
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
        rows.result(1, 1),
    )

    async with aclosing(sse_results(address, platform.token, NEWS, run=1)) as events:
        told = [news(await progress(events))]
        async with platform.writer.begin() as connection:
            await connection.execute(tables.TestResult.__table__.delete())
        told.append(news(await progress(events)))
        await platform.add(rows.result(1, 1))
        told.append(news(await progress(events)))

    assert told == [[1], [], [1]]


# However many watch, and however slowly


async def watch(context: Context, run: int) -> AsyncIterator[Any]:
    stream = await schema.stream(NEWS, variable_values={"run": run}, context_value=context)
    async with aclosing(stream) as results:
        async for result in results:
            yield {"data": json.loads(orjson.dumps(result.data))}


async def test_a_slow_watcher_is_told_all_at_once_and_holds_no_connection(
    platform: Platform, connections: set[Any]
) -> None:
    await platform.add(
        *(rows.regression_test(test) for test in (1, 2, 3, 4)),
        rows.run(1, "testing"),
    )
    database = Database(platform.url, pool_size=2, timeout_seconds=5)
    run_watcher = RunWatcher(database, poll_interval_seconds=POLL_SECONDS)
    coalescer = RequestCoalescer(lambda: context, queue_timeout_seconds=1)
    context = Context(database, run_watcher, coalescer)

    async with (
        asyncio.timeout(SOON),
        aclosing(watch(context, 1)) as quick,
        aclosing(watch(context, 1)) as slow,
    ):
        assert news(await progress(slow)) == news(await progress(quick)) == []
        for test in (3, 1, 2):
            await platform.add(rows.result(1, test))
            assert news(await progress(quick)) == [test]
        await until(lambda: not connections)
        assert news(await progress(slow)) == [1, 2, 3]
        await platform.add(rows.result(1, 4))
        assert news(await progress(slow)) == news(await progress(quick)) == [4]

    await run_watcher.close()
    await database.close()
    assert not connections


@on_sqlite
async def test_a_poll_is_no_part_of_the_request_that_began_it(
    platform: Platform, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.add(rows.run(1, "testing"))
    reads_of: list[str | None] = []
    acquire = ConnectionPool.acquire

    async def acquired(pool: ConnectionPool, deadline: float) -> Any:
        reads_of.append(request_id.get())
        return await acquire(pool, deadline)

    monkeypatch.setattr(ConnectionPool, "acquire", acquired)
    headers = {"X-Request-Id": "the-first-watcher"}
    async with socket(address, additional_headers=headers) as client:
        await client.send("connection_init", payload={"Authorization": f"Bearer {platform.token}"})
        await client.receive()
        await client.subscribe("1", NEWS, run=1)
        await client.receive()
        reads_of_watcher = len(reads_of)
        await until(lambda: len(reads_of) > reads_of_watcher)

    assert reads_of[0] == "the-first-watcher"
    assert reads_of[-1] is None


@on_sqlite
async def test_many_watchers_cost_the_database_no_more_than_one(
    platform: Platform, address: str, statements: Callable[[], Any]
) -> None:
    await platform.add(rows.run(1, "testing"))
    loop = asyncio.get_running_loop()

    async with open_socket(address, platform.token) as client:
        for number in range(20):
            await client.subscribe(str(number), NEWS, run=1)
        firsts = [await client.receive() for _ in range(20)]
        with statements() as polled:
            start = loop.time()
            await until(lambda: len(polled) >= 5)
            seconds = loop.time() - start

    assert {message["type"] for message in firsts} == {"next"}
    assert len(polled) <= seconds / POLL_SECONDS + 1


@on_sqlite
async def test_operations_on_one_socket_are_apart(platform: Platform, address: str) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
        rows.run(2, "testing"),
    )

    async with open_socket(address, platform.token) as client:
        for run in ("1", "2"):
            await client.subscribe(run, NEWS, run=int(run))
        await client.subscribe("query", "{ run(id: 1) { status } }")
        answers = sorted([await client.receive() for _ in range(4)], key=lambda m: m["id"])
        await client.send("complete", id="1")
        await until(lambda: len(polls()) == 1)
        await platform.add(
            rows.result(1, 1),
            rows.result(2, 1),
        )
        last = await client.receive()

    assert [(answer["id"], answer["type"]) for answer in answers] == [
        ("1", "next"),
        ("2", "next"),
        ("query", "next"),
        ("query", "complete"),
    ]
    assert answers[2]["payload"] == {"data": {"run": {"status": "RUNNING"}}}
    assert last["id"] == "2"
    assert news(last["payload"]["data"]["runProgress"]) == [1]


# Comings and goings


@over_both
@pytest.mark.usefixtures("silence")
async def test_a_client_that_goes_leaves_nothing_behind(
    platform: Platform, address: str, results: Results, connections: set[Any]
) -> None:
    await platform.add(rows.run(1, "testing"))

    async with aclosing(results(address, platform.token, WATCH, run=1)) as events:
        await progress(events)
        assert len(polls()) == 1

    await until(lambda: not polls() and not connections)


@pytest.mark.usefixtures("silence")
async def test_clients_may_go_at_any_moment(
    platform: Platform, address: str, connections: set[Any]
) -> None:
    await platform.add(
        *(rows.regression_test(test, outputs=(test,)) for test in range(1, 20)),
        rows.run(1, "testing"),
        *(rows.result(1, test) for test in range(1, 20)),
    )

    await asyncio.gather(
        *(leave(address, platform.token, turns) for turns in range(0, 300, 10) for leave in LEAVE)
    )
    await until(lambda: not polls() and not connections)


async def leave_websocket(address: str, token: str, turns: int) -> None:
    async with open_socket(address, token) as client:
        await client.subscribe("1", WATCH, run=1)
        await some_turns(turns)
        client.connection.transport.abort()


async def leave_sse(address: str, token: str, turns: int, unsaid: int = 0) -> None:
    body = json.dumps({"query": WATCH, "variables": {"run": 1}})
    request = (
        f"POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n"
        "Accept: text/event-stream\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    _, writer = await asyncio.open_connection(*address.split(":"))
    writer.write(request.encode()[: len(request) - unsaid])
    await some_turns(turns)
    writer.transport.abort()


LEAVE = (leave_websocket, leave_sse, partial(leave_sse, unsaid=1))


async def some_turns(number: int) -> None:
    """Lets the server, which is in this loop, go on a little."""
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "sqlite"], indirect=True)
async def test_watchers_wait_while_the_database_is_away(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
    )
    line = Line(platform.url)
    await line.connect()

    async with (
        serving(settings(line.url, subscription_poll_interval_seconds=POLL_SECONDS)) as address,
        aclosing(sse_results(address, platform.token, NEWS, run=1)) as events,
    ):
        first = await progress(events)
        await line.cut()
        await until(lambda: "cannot be reached" in caplog.text)
        async with socket(address) as newcomer:
            await newcomer.send("connection_init", payload={"Authorization": f"Bearer {OTHER}"})
            code = await newcomer.close_code()
        await platform.add(rows.result(1, 1))
        await line.connect()
        second = await progress(events)
    await line.cut()

    assert news(first) == []
    assert code == 4503
    assert news(second) == [1]
    assert caplog.text.count("cannot be reached") == caplog.text.count("is back") == 1


class Line:
    """A connection to a database that can be cut."""

    def __init__(self, url: URL) -> None:
        self.server: asyncio.Server | None = None
        self.port = 0
        self.ends: set[asyncio.StreamWriter] = set()
        self.pumps: set[asyncio.Task[None]] = set()
        self.real = url

    @property
    def url(self) -> URL:
        return self.real.set(host="127.0.0.1", port=self.port)

    async def connect(self) -> None:
        self.server = await asyncio.start_server(self.join, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self.real.host, self.real.port)
        self.ends |= {writer, far_writer}
        await asyncio.gather(self.pump(reader, far_writer), self.pump(far_reader, writer))

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def cut(self) -> None:
        assert self.server
        self.server.close()
        for end in self.ends:
            end.transport.abort()
        self.ends.clear()
        await self.server.wait_closed()


@on_sqlite
async def test_a_server_that_stops_does_not_wait_for_watchers(platform: Platform) -> None:
    await platform.add(rows.run(1, "testing"))
    port = await free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from gql.cli.main import main; main()",
        "serve",
        env=os.environ
        | {"DATABASE_URL": f"sqlite:///{platform.url.database}", "PORT": port}
        | {"LOG_LEVEL": "warning"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    address = f"127.0.0.1:{port}"
    await until_listening(port)

    headers = {"Authorization": f"Bearer {platform.token}", "Accept": "text/event-stream"}
    async with (
        open_socket(address, platform.token) as client,
        httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as http,
        http.stream("POST", "/graphql", json={"query": NEWS, "variables": {"run": 1}}) as response,
    ):
        await client.subscribe("1", NEWS, run=1)
        assert (await client.receive())["type"] == "next"
        lines = response.aiter_lines()
        assert await anext(lines) == "event: next"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SOON):
            _, errors = await process.communicate()
            # Both clients can tell that there is more to come.
            assert await client.close_code() == 1012
            assert "event: complete" not in [line async for line in lines]

    assert errors == b"", "uvicorn complains of requests that it has waited for in vain"


async def free_port() -> str:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        return str(server.sockets[0].getsockname()[1])


async def until_listening(port: str) -> None:
    async with asyncio.timeout(SOON):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", int(port))
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


# Who is let in


@on_sqlite
@pytest.mark.parametrize("key", ["Authorization", "authorization"])
async def test_a_socket_is_opened_with_the_token_in_its_first_message(
    platform: Platform, address: str, key: str
) -> None:
    async with socket(address) as client:
        await client.send("connection_init", payload={key: f"Bearer {platform.token}"})
        assert await client.receive() == {"type": "connection_ack"}


@on_sqlite
async def test_a_socket_is_opened_with_the_token_in_the_handshake(
    platform: Platform, address: str
) -> None:
    headers = {"Authorization": f"Bearer {platform.token}"}
    async with socket(address, additional_headers=headers) as client:
        await client.send("connection_init", payload={"Authorization": "Bearer ignored"})
        assert await client.receive() == {"type": "connection_ack"}


@on_sqlite
@pytest.mark.parametrize(
    "content",
    [
        {},
        {"payload": {}},
        {"payload": {"Authorization": f"Bearer {OTHER}"}},
        {"payload": {"Authorization": 1}},
    ],
)
@pytest.mark.usefixtures("platform", "silence")
async def test_a_socket_without_a_good_token_is_closed(address: str, content: Any) -> None:
    async with socket(address) as client:
        await client.send("connection_init", **content)
        assert await client.close_code() == 4401


@on_sqlite
async def test_a_socket_with_a_token_that_lacks_the_scope_is_closed(
    platform: Platform, address: str
) -> None:
    await platform.add(rows.token(OTHER, scopes_json='["results:read"]'))
    async with socket(address) as client:
        await client.send("connection_init", payload={"Authorization": f"Bearer {OTHER}"})
        assert await client.close_code() == 4403


@on_sqlite
@pytest.mark.usefixtures("platform")
async def test_nothing_is_answered_before_the_token(address: str) -> None:
    async with socket(address) as client:
        await client.subscribe("1", "{ tags { id } }")
        assert await client.close_code() == 4401


@on_sqlite
async def test_a_token_that_is_revoked_gets_no_more_operations(
    platform: Platform, address: str
) -> None:
    await platform.add(rows.token(OTHER))
    async with open_socket(address, OTHER) as client:
        async with platform.writer.begin() as connection:
            await connection.execute(tables.ApiToken.__table__.update().values(revoked_at=MOMENT))
        await client.subscribe("1", "{ tags { id } }")
        message = await client.receive()

    assert message["type"] == "error"
    assert message["payload"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@on_sqlite
async def test_connections_and_operations_count_as_requests(platform: Platform) -> None:
    async with serving(settings(platform.url, rate_limit_requests=3)) as address:
        async with open_socket(address, platform.token) as client:
            for number in ("1", "2", "3"):
                await client.subscribe(number, "{ tags { id } }")
            answers = [await client.receive() for _ in range(5)]
        async with socket(address) as client:
            await client.send(
                "connection_init", payload={"Authorization": f"Bearer {platform.token}"}
            )
            code = await client.close_code()

    [refusal] = [answer for answer in answers if answer["type"] == "error"]
    assert refusal["id"] == "3"
    assert refusal["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert code == 4429


@on_sqlite
@pytest.mark.usefixtures("platform")
async def test_no_token_is_logged(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with socket(address) as client:
            await client.send("connection_init", payload={"Authorization": f"Bearer {OTHER}"})
            await client.close_code()

    ours = [record.getMessage() for record in caplog.records if "websockets" not in record.name]
    assert OTHER not in str(ours)


# What else can be asked over the same endpoint


@on_sqlite
@over_both
async def test_queries_are_answered_too(platform: Platform, address: str, results: Results) -> None:
    await platform.add(rows.run(1))
    query = "query ($run: Int!) { run(id: $run) { status } }"

    answers = [answer async for answer in results(address, platform.token, query, run=1)]

    assert answers == [{"data": {"run": {"status": "QUEUED"}}}]


@on_sqlite
async def test_a_query_is_known_by_its_hash_over_a_socket_too(
    platform: Platform, address: str
) -> None:
    query = "{ tags { id name } }"
    sha256 = hashlib.sha256(query.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256}}

    async with open_socket(address, platform.token) as client:
        answers = []
        for number, text in enumerate(("", query, "")):
            payload = {"query": text, "extensions": extensions}
            await client.send("subscribe", id=str(number), payload=payload)
            answers.append((await client.receive())["payload"])
            if number:
                assert (await client.receive())["type"] == "complete"

    data = {"data": {"tags": []}}
    assert answers[0][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    assert answers[1:] == [data, data]


@on_sqlite
@over_both
@pytest.mark.usefixtures("silence")
async def test_errors_are_worded_as_over_http(
    platform: Platform, address: str, results: Results
) -> None:
    query = "{ media { id } tags { id } }"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {platform.token}"}) as client:
        response = await client.post(f"http://{address}/graphql", json={"query": query})

    answers = [answer async for answer in results(address, platform.token, query)]

    assert answers == [response.json()]
    assert answers[0]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@on_sqlite
@over_both
async def test_a_failure_of_the_gateway_tells_nothing(
    platform: Platform, address: str, results: Results, caplog: pytest.LogCaptureFixture
) -> None:
    await platform.add(rows.run(1))
    async with platform.writer.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO test_progress (test_id, status, timestamp, message) "
            "VALUES (1, 'testing', 'no timestamp', '')"
        )
    query = "subscription { runProgress(id: 1) { run { startedAt } } }"

    async with aclosing(results(address, platform.token, query)) as answers:
        answer = await anext(answers)

    assert answer["errors"][0]["extensions"] == {"code": "INTERNAL"}
    assert "timestamp" not in str(answer)
    assert "no timestamp" in caplog.text


@on_sqlite
@pytest.mark.parametrize("query", ["{", "{ nonsense }", "mutation { x }", "subscription { x }"])
@pytest.mark.usefixtures("silence")
async def test_a_wrong_document_ends_the_operation_and_not_the_socket(
    platform: Platform, address: str, query: str
) -> None:
    async with open_socket(address, platform.token) as client:
        await client.subscribe("1", query)
        refusal = await client.receive()
        await client.subscribe("2", "{ tags { id } }")
        answer = await client.receive()

    assert refusal["type"] == "error"
    assert refusal["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert answer == {"id": "2", "type": "next", "payload": {"data": {"tags": []}}}


@on_sqlite
@pytest.mark.parametrize(
    "message",
    [
        "no JSON",
        "[]",
        "1",
        b"{}",
        '{"type": []}',
        '{"type": "unheard of"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": [], "payload": {"query": "{ tags { id } }"}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{", "extensions": []}}',
        '{"type": "complete", "id": {}}',
        '{"type": "connection_init", "payload": 1}',
    ],
)
@pytest.mark.usefixtures("silence")
async def test_a_message_that_makes_no_sense_closes_the_socket(
    platform: Platform, address: str, message: str | bytes
) -> None:
    async with open_socket(address, platform.token) as client:
        await client.connection.send(message)
        assert await client.close_code() == 4400


@on_sqlite
@pytest.mark.usefixtures("platform")
async def test_a_subscription_as_a_plain_request_is_told_the_way(gateway: Client) -> None:
    response = await gateway.post("/graphql", json={"query": NEWS, "variables": {"run": 1}})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "text/event-stream" in error["message"]
