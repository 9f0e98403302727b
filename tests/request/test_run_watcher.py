"""A run is polled once for all its subscribers, however slowly they read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson

from gql.database import Database
from gql.request.coalescing import RequestCoalescer
from gql.request.context import Context
from gql.request.run_watcher import RunWatcher
from gql.request.streams import StreamLimiter
from tests.support import rows
from tests.support.platform import Platform
from tests.support.schema import schema
from tests.support.subscriptions import (
    NEW_SAMPLES,
    POLL_SECONDS,
    SOON,
    new_samples,
    progress,
)
from tests.support.until import until


async def watch(context: Context, run: int) -> AsyncIterator[Any]:
    stream = await schema.stream(NEW_SAMPLES, variable_values={"run": run}, context_value=context)
    async with aclosing(stream) as results:
        async for result in results:
            yield orjson.loads(orjson.dumps({"data": result.data}))


async def test_slow_subscriber_gets_all_events_at_once_and_holds_no_connection(
    platform: Platform, connections: set[Any]
) -> None:
    await platform.add(
        *(rows.regression_test(test) for test in (1, 2, 3, 4)),
        rows.run(1, "testing"),
    )
    database = Database(platform.url, pool_size=2, timeout_seconds=5)
    run_watcher = RunWatcher(database, poll_interval_seconds=POLL_SECONDS)
    coalescer = RequestCoalescer(lambda: context, queue_timeout_seconds=1)
    streams = StreamLimiter(of_a_user=2, of_the_process=2)
    context = Context(database, run_watcher, coalescer, streams)

    async with (
        asyncio.timeout(SOON),
        aclosing(watch(context, 1)) as quick,
        aclosing(watch(context, 1)) as slow,
    ):
        assert new_samples(await progress(slow)) == new_samples(await progress(quick)) == []
        for test in (3, 1, 2):
            await platform.add(rows.result(1, test))
            assert new_samples(await progress(quick)) == [test]
        await until(lambda: not connections)
        assert new_samples(await progress(slow)) == [1, 2, 3]
        await platform.add(rows.result(1, 4))
        assert new_samples(await progress(slow)) == new_samples(await progress(quick)) == [4]

    await run_watcher.close()
    await database.close()
    assert not connections
