"""Streams are limited and charged, and a change is read once for all that watch it."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from typing import Any

import pytest

from gql.database import Session, tables
from tests.support import rows
from tests.support.gateway import settings
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP
from tests.support.subscriptions import (
    NEW_SAMPLES,
    OTHER,
    SOON,
    WATCH,
    Results,
    on_sqlite,
    open_socket,
    over_both,
    progress,
    serving,
    socket,
    sse_results,
)
from tests.support.until import until

pytestmark = on_sqlite

TAGS = "{ tags { id } }"


@pytest.fixture
async def run_in_progress(platform: Platform) -> Platform:
    await platform.add(
        *(rows.regression_test(number) for number in range(1, 11)), rows.run(1, "testing")
    )
    return platform


def code_of(result: Any) -> str:
    return str(result["errors"][0]["extensions"]["code"])


# How many


@over_both
async def test_streams_of_a_user_are_limited(run_in_progress: Platform, results: Results) -> None:
    await run_in_progress.add(
        tables.User(id=2, name="another"),
        rows.token(OTHER, user_id=2),
        rows.token("spci_" + "s" * 43),
    )
    choice = settings(run_in_progress.url, max_streams_per_user=2)
    async with serving(choice) as address, AsyncExitStack() as streams:

        async def opened(token: str) -> AsyncIterator[Any]:
            stream: AsyncIterator[Any] = results(address, token, NEW_SAMPLES, run=1)
            await streams.enter_async_context(aclosing(stream))  # type: ignore[type-var]
            return stream

        first = await opened(run_in_progress.token)
        await progress(first)
        await progress(await opened("spci_" + "s" * 43))  # Another token of the same user.
        refused = await anext(await opened(run_in_progress.token))
        await progress(await opened(OTHER))
        await first.aclose()  # type: ignore[attr-defined]

        async def is_accepted() -> bool:
            return "errors" not in await anext(await opened(run_in_progress.token))

        await until(is_accepted)

    assert refused["errors"][0]["extensions"] == {
        "code": "RATE_LIMITED",
        "bound": "streams",
        "maximum": 2,
    }


@over_both
async def test_streams_of_the_process_are_limited(
    run_in_progress: Platform, results: Results
) -> None:
    async with (
        serving(settings(run_in_progress.url, max_streams=1)) as address,
        aclosing(results(address, run_in_progress.token, NEW_SAMPLES, run=1)) as first,
    ):
        await progress(first)
        refused = await anext(results(address, run_in_progress.token, NEW_SAMPLES, run=1))

    assert code_of(refused) == "OVERLOADED"


# What an event costs


@over_both
async def test_each_event_is_charged_and_the_stream_ends_when_nothing_is_left(
    run_in_progress: Platform, results: Results, transport: str
) -> None:
    # The first event is the request's own; a WebSocket is a request too.
    limit = 3 if transport == "sse" else 4
    choice = settings(run_in_progress.url, rate_limit_requests=limit)
    received = []
    async with (
        asyncio.timeout(SOON),
        serving(choice) as address,
        aclosing(results(address, run_in_progress.token, NEW_SAMPLES, run=1)) as stream,
    ):
        test = 0
        async for result in stream:
            received.append(result)
            test += 1
            await run_in_progress.add(rows.result(1, test))

    assert ["errors" in result for result in received] == [False, False, False, True]
    assert code_of(received[-1]) == "RATE_LIMITED"


# Tokens


async def revoke_all(platform: Platform) -> None:
    async with platform.writer.begin() as connection:
        await connection.execute(tables.ApiToken.__table__.update().values(revoked_at=TIMESTAMP))


async def test_event_stream_ends_when_its_token_is_revoked(
    run_in_progress: Platform,
) -> None:
    async with (
        asyncio.timeout(SOON),
        serving(settings(run_in_progress.url)) as address,
        aclosing(sse_results(address, run_in_progress.token, NEW_SAMPLES, run=1)) as stream,
    ):
        await progress(stream)
        await revoke_all(run_in_progress)
        await run_in_progress.add(rows.result(1, 1))
        received = [result async for result in stream]

    assert [code_of(result) for result in received] == ["UNAUTHENTICATED"]


async def test_websocket_closes_when_its_token_is_revoked(run_in_progress: Platform) -> None:
    async with (
        asyncio.timeout(SOON),
        serving(settings(run_in_progress.url)) as address,
        open_socket(address, run_in_progress.token) as client,
    ):
        await client.subscribe("1", NEW_SAMPLES, run=1)
        await client.receive()
        await revoke_all(run_in_progress)
        await run_in_progress.add(rows.result(1, 1))

        assert await client.close_code() == 4401


# What is read


@contextmanager
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements of a block, but for those of polls."""
    found: list[str] = []

    def collecting(run: Callable[..., Any]) -> Callable[..., Any]:
        async def collect(session: Session, statement: Any, *rest: Any) -> Any:
            task = asyncio.current_task()
            if task and not task.get_name().startswith("poll of run"):
                found.append(str(getattr(statement, "sql", statement)))
            return await run(session, statement, *rest)

        return collect

    with monkeypatch.context() as patch:
        patch.setattr(Session, "records", collecting(Session.records))
        patch.setattr(Session, "result", collecting(Session.result))
        yield found


async def statements_of_a_change(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, watchers: int, test: int
) -> list[str]:
    choice = settings(platform.url, token_cache_ttl_seconds=60, max_streams_per_user=1000)
    async with (
        asyncio.timeout(SOON),
        serving(choice) as address,
        open_socket(address, platform.token) as client,
    ):
        for watcher in range(watchers):
            await client.subscribe(str(watcher), WATCH, run=1)
            await client.receive()
        with reads(monkeypatch) as found:
            await platform.add(rows.result(1, test))
            for _ in range(watchers):
                event = (await client.receive())["payload"]["data"]["runProgress"]
                assert [sample["regressionId"] for sample in event["newSamples"]] == [test]
    return found


async def test_change_is_read_once_for_all_that_watch_it(
    run_in_progress: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await statements_of_a_change(run_in_progress, monkeypatch, 1, 1)
    hundred = await statements_of_a_change(run_in_progress, monkeypatch, 100, 2)

    assert one
    assert len(hundred) <= 2 * len(one)


async def test_token_is_looked_up_once_for_all_events_of_a_change(
    run_in_progress: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        asyncio.timeout(SOON),
        serving(settings(run_in_progress.url)) as address,  # which caches no token
        open_socket(address, run_in_progress.token) as client,
    ):
        for watcher in range(10):
            await client.subscribe(str(watcher), NEW_SAMPLES, run=1)
            await client.receive()
        with reads(monkeypatch) as found:
            await run_in_progress.add(rows.result(1, 1))
            for _ in range(10):
                await client.receive()

    assert sum("api_token" in statement for statement in found) <= 2


# Messages


async def test_messages_of_a_websocket_are_limited(run_in_progress: Platform) -> None:
    choice = settings(run_in_progress.url, websocket_messages_per_minute=10)
    async with serving(choice) as address, open_socket(address, run_in_progress.token) as client:
        for _ in range(20):
            await client.send("ping")

        assert await client.close_code() == 4429


@pytest.mark.parametrize("content", [{"payload": None}, {"payload": {}}, {}])
async def test_connection_init_needs_no_payload(
    run_in_progress: Platform, address: str, content: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {run_in_progress.token}"}
    async with socket(address, additional_headers=headers) as client:
        await client.send("connection_init", **content)

        assert await client.receive() == {"type": "connection_ack"}


async def test_pings_of_a_client_that_reads_nothing_are_not_answered_without_end(
    address: str,
) -> None:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /graphql HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    pings = (b"\x89\xfd\0\0\0\0" + b"x" * 125) * 10_000

    async def send_without_end() -> None:
        for _ in range(100):
            writer.write(pings)
            async with asyncio.timeout(2):
                await writer.drain()

    with pytest.raises(TimeoutError):
        await send_without_end()
    writer.transport.abort()
