"""A subscription reports the progress of a run over either transport, until the run has ended."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from gql.database import tables
from gql.database.connections import ConnectionPool
from gql.telemetry.log import request_id
from tests.support import rows
from tests.support.databases import ENGINES
from tests.support.gateway import Client, settings
from tests.support.platform import Platform
from tests.support.rows import DIFFERENT
from tests.support.subscriptions import (
    NEW_SAMPLES,
    OTHER,
    POLL_SECONDS,
    SOON,
    WATCH,
    Results,
    new_samples,
    on_sqlite,
    open_socket,
    over_both,
    polls,
    progress,
    serving,
    socket,
    sse_results,
)
from tests.support.until import until

# Events


@over_both
@pytest.mark.usefixtures("silence")
async def test_subscription_reports_each_event_until_the_run_ends(
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
async def test_subscription_to_a_finished_run_reports_once(
    platform: Platform, address: str, results: Results, state: str
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, state),
        rows.result(1, 1),
    )

    events = [result async for result in results(address, platform.token, NEW_SAMPLES, run=1)]

    assert events == [{"data": {"runProgress": {"newSamples": [{"regressionId": 1}]}}}]
    assert polls() == []


@on_sqlite
async def test_subscription_reports_when_a_queued_run_starts(
    platform: Platform, address: str
) -> None:
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
async def test_subscription_to_an_unknown_run_is_an_error(
    platform: Platform, address: str, results: Results
) -> None:
    [result] = [result async for result in results(address, platform.token, NEW_SAMPLES, run=99)]

    [error] = result["errors"]
    assert error["message"] == "Run 99 not found."
    assert error["path"] == ["runProgress"]
    assert error["extensions"] == {"code": "NOT_FOUND", "resource": "run", "id": 99}


@on_sqlite
async def test_subscription_reports_a_result_again_after_it_was_removed(
    platform: Platform, address: str
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "testing"),
        rows.result(1, 1),
    )

    async with aclosing(sse_results(address, platform.token, NEW_SAMPLES, run=1)) as events:
        reported = [new_samples(await progress(events))]
        async with platform.writer.begin() as connection:
            await connection.execute(tables.TestResult.__table__.delete())
        reported.append(new_samples(await progress(events)))
        await platform.add(rows.result(1, 1))
        reported.append(new_samples(await progress(events)))

    assert reported == [[1], [], [1]]


# Subscribers of one run


@on_sqlite
async def test_subscription_poll_does_not_carry_the_request_id_of_its_first_subscriber(
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
        await client.subscribe("1", NEW_SAMPLES, run=1)
        await client.receive()
        reads_of_watcher = len(reads_of)
        await until(lambda: len(reads_of) > reads_of_watcher)

    assert reads_of[0] == "the-first-watcher"
    assert reads_of[-1] is None


@on_sqlite
async def test_subscribers_of_a_run_share_its_polls(
    platform: Platform, address: str, statements: Callable[[], Any]
) -> None:
    await platform.add(rows.run(1, "testing"))
    loop = asyncio.get_running_loop()

    async with open_socket(address, platform.token) as client:
        for number in range(20):
            await client.subscribe(str(number), NEW_SAMPLES, run=1)
        firsts = [await client.receive() for _ in range(20)]
        with statements() as polled:
            start = loop.time()
            await until(lambda: len(polled) >= 10)
            seconds = loop.time() - start

    assert {message["type"] for message in firsts} == {"next"}
    assert len(polled) <= 2 * (seconds / POLL_SECONDS + 1)


# Clients and databases that disconnect


@over_both
@pytest.mark.usefixtures("silence")
async def test_subscription_ends_its_poll_when_the_client_disconnects(
    platform: Platform, address: str, results: Results, connections: set[Any]
) -> None:
    await platform.add(rows.run(1, "testing"))

    async with aclosing(results(address, platform.token, WATCH, run=1)) as events:
        await progress(events)
        assert len(polls()) == 1

    await until(lambda: not polls() and not connections)


@pytest.mark.usefixtures("silence")
async def test_subscription_leaks_nothing_whenever_a_client_disconnects(
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
async def test_subscription_waits_while_the_database_is_unavailable(
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
        aclosing(sse_results(address, platform.token, NEW_SAMPLES, run=1)) as events,
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

    assert new_samples(first) == []
    assert code == 4503
    assert new_samples(second) == [1]
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
async def test_stream_ends_when_a_client_disconnects_that_has_sent_a_further_request(
    platform: Platform,
) -> None:
    await platform.add(rows.run(1, "testing"))
    body = json.dumps({"query": NEW_SAMPLES, "variables": {"run": 1}})
    request = (
        f"POST /graphql HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {platform.token}\r\n"
        "accept: text/event-stream\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}GET /healthz HTTP/1.1\r\nhost: gateway\r\n\r\n"
    )
    async with serving(settings(platform.url)) as address:
        host, _, port = address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request.encode())
        await reader.readuntil(b"event: next")
        await until(polls)

        writer.close()

        await until(lambda: not polls())


@on_sqlite
async def test_shutdown_does_not_wait_for_subscribers(platform: Platform) -> None:
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
    body = {"query": NEW_SAMPLES, "variables": {"run": 1}}
    async with (
        open_socket(address, platform.token) as client,
        httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as http,
        http.stream("POST", "/graphql", json=body) as response,
    ):
        await client.subscribe("1", NEW_SAMPLES, run=1)
        assert (await client.receive())["type"] == "next"
        lines = response.aiter_lines()
        assert await anext(lines) == "event: next"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SOON):
            _, errors = await process.communicate()
            # Both clients can see that the stream is incomplete.
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


# Over HTTP


@on_sqlite
@pytest.mark.usefixtures("platform")
async def test_subscription_over_plain_http_is_rejected_with_the_remedy(gateway: Client) -> None:
    response = await gateway.post("/graphql", json={"query": NEW_SAMPLES, "variables": {"run": 1}})

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "text/event-stream" in error["message"]
