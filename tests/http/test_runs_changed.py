"""`runsChanged` reports each run that changes, by the one poll that serves `runProgress`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from gql.database import tables
from gql.database.errors import DatabaseUnavailable
from gql.request import run_poll
from tests.support import rows
from tests.support.gateway import settings
from tests.support.platform import Platform
from tests.support.subscriptions import (
    NEW_SAMPLES,
    POLL_SECONDS,
    SOON,
    Results,
    on_sqlite,
    open_socket,
    over_both,
    polls,
    serving,
    sse_results,
)
from tests.support.until import until

CHANGES = """subscription ($filter: RunFilter) {
  runsChanged(filter: $filter) { id status summary { completed } }
}"""

NextPoll = Callable[[], Awaitable[None]]


@pytest.fixture
def next_poll(monkeypatch: pytest.MonkeyPatch) -> NextPoll:
    """Waits until a poll has begun and ended."""
    ended = 0
    run_marks = run_poll.run_marks

    async def counted(*arguments: Any) -> Any:
        nonlocal ended
        marks = await run_marks(*arguments)
        ended += 1
        return marks

    async def wait() -> None:
        before = ended
        await until(lambda: ended > before + 1)

    monkeypatch.setattr(run_poll, "run_marks", counted)
    return wait


class Changes:
    """What a subscription has reported so far."""

    def __init__(self, results: AsyncIterator[Any]) -> None:
        self.results = results
        self.waiting: asyncio.Future[Any] | None = None

    async def next(self) -> Any:
        result = await (self.waiting or anext(self.results))
        self.waiting = None
        return result["data"]["runsChanged"] if result.get("data") else result["errors"][0]


@asynccontextmanager
async def changes(results: AsyncIterator[Any], next_poll: NextPoll) -> AsyncIterator[Changes]:
    """A subscription that begins now, and that knows what was before."""
    async with asyncio.timeout(SOON), aclosing(results) as stream:  # type: ignore[type-var]
        subscription = Changes(stream)
        subscription.waiting = asyncio.ensure_future(anext(stream))
        await next_poll()
        yield subscription


@over_both
@pytest.mark.usefixtures("silence")
async def test_run_is_reported_when_it_is_queued_taken_up_gets_results_and_ends(
    platform: Platform, address: str, results: Results, next_poll: NextPoll
) -> None:
    await platform.add(rows.regression_test(1), rows.run(1, "testing"), rows.run(2, "completed"))
    steps = [
        (rows.run(3), "QUEUED", 0),
        (rows.progress(3, "preparation"), "RUNNING", 0),
        (rows.progress(3, "testing"), "RUNNING", 0),
        (rows.result(3, 1), "RUNNING", 1),
        (rows.progress(3, "completed"), "PASS", 1),
    ]

    async with changes(results(address, platform.token, CHANGES), next_poll) as reported:
        for change, status, completed in steps:
            await platform.add(change)
            assert await reported.next() == {
                "id": 3,
                "status": status,
                "summary": {"completed": completed},
            }
        await platform.add(rows.result(1, 1))
        assert (await reported.next())["id"] == 1

    await until(lambda: not polls())


@on_sqlite
async def test_only_runs_that_match_after_the_change_are_reported(
    platform: Platform, address: str, next_poll: NextPoll
) -> None:
    await platform.add(
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor"),
        rows.regression_test(1),
    )
    wanted = {
        "platform": "WINDOWS",
        "fork": "CCExtractor/ccextractor",
        "startedAfter": "2026-07-01T00:00:00Z",
        "statuses": ["FAIL"],
    }

    stream = sse_results(address, platform.token, CHANGES, filter=wanted)
    async with changes(stream, next_poll) as reported:
        await platform.add(
            *(
                row
                for id, columns, code in (
                    (1, {"platform": "linux", "fork_id": 1}, 1),
                    (2, {"platform": "windows"}, 1),
                    (3, {"platform": "windows", "fork_id": 1}, 0),
                    (4, {"platform": "windows", "fork_id": 1}, 1),
                )
                for row in (
                    rows.run(id, "completed", **columns),
                    rows.result(id, 1, exit_code=code),
                )
            )
        )
        assert (await reported.next())["id"] == 4


@on_sqlite
async def test_invalid_filter_is_rejected_at_once(platform: Platform, address: str) -> None:
    stream = sse_results(address, platform.token, CHANGES, filter={"pullRequest": 0})
    [result] = [result async for result in stream]

    assert result["errors"][0]["extensions"] == {
        "code": "BAD_USER_INPUT",
        "argument": "pullRequest",
    }


@on_sqlite
async def test_old_run_that_is_started_again_is_reported(
    platform: Platform, address: str, next_poll: NextPoll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gql.loaders.run_mark._NEWEST_RUNS", 2)
    monkeypatch.setattr("gql.loaders.run_mark._LATE_IDS", 2)
    await platform.add(*(rows.run(id, "completed") for id in range(1, 10)))

    stream = sse_results(address, platform.token, CHANGES)
    async with changes(stream, next_poll) as reported:
        async with platform.writer.begin() as connection:
            progress = tables.TestProgress.__table__
            await connection.execute(progress.delete().where(progress.c.test_id == 1))
        await platform.add(rows.progress(1, "preparation"))
        assert (await reported.next())["id"] == 1
        await platform.add(rows.progress(1, "testing"))
        assert (await reported.next())["id"] == 1


@on_sqlite
async def test_slow_subscriber_gets_each_run_that_has_changed_once(
    platform: Platform, address: str, next_poll: NextPoll
) -> None:
    await platform.add(*(rows.regression_test(test) for test in range(1, 4)))

    async with open_socket(address, platform.token) as slow:
        await slow.subscribe("1", CHANGES)
        await next_poll()
        await platform.add(rows.run(1, "testing"), rows.run(2, "testing"))
        await next_poll()
        ids = [(await slow.receive())["payload"]["data"]["runsChanged"]["id"] for _ in range(2)]

    assert ids == [1, 2]


async def test_polls_take_two_statements_whatever_is_watched(
    platform: Platform, address: str, statements: Callable[[], Any], next_poll: NextPoll
) -> None:
    await platform.add(
        rows.regression_test(1),
        *(rows.run(id, "testing") for id in range(1, 30)),
        *(rows.result(id, 1) for id in range(1, 30)),
    )

    async with open_socket(address, platform.token) as client:
        for number in range(1, 9):
            await client.subscribe(str(number), NEW_SAMPLES, run=number)
            await client.receive()
        await client.subscribe("all", CHANGES)
        await next_poll()
        with statements() as executed:
            await until(lambda: len(executed) >= 20)

    assert all("api_token" not in statement for statement in executed)
    reports = [statement for statement in executed if "UNION ALL" in statement]
    results = [statement for statement in executed if "sum(" in statement.lower()]
    assert len(reports) + len(results) == len(executed)
    assert abs(len(reports) - len(results)) <= 1


@on_sqlite
async def test_each_event_is_charged(platform: Platform, next_poll: NextPoll) -> None:
    choice = settings(
        platform.url, rate_limit_requests=3, subscription_poll_interval_seconds=POLL_SECONDS
    )
    async with serving(choice) as address:
        stream = sse_results(address, platform.token, CHANGES)
        async with changes(stream, next_poll) as reported:
            received = []
            for id in (1, 2, 3):
                await platform.add(rows.run(id))
                received.append(await reported.next())

    assert [event.get("id") for event in received] == [1, 2, None]
    assert received[-1]["extensions"]["code"] == "RATE_LIMITED"


@on_sqlite
async def test_stream_ends_at_its_first_event_if_its_token_was_revoked(
    platform: Platform, next_poll: NextPoll
) -> None:
    choice = settings(platform.url, subscription_poll_interval_seconds=POLL_SECONDS)
    async with serving(choice) as address:
        stream = sse_results(address, platform.token, CHANGES)
        async with changes(stream, next_poll) as reported:
            async with platform.writer.begin() as connection:
                revoked = {"revoked_at": rows.TIMESTAMP}
                await connection.execute(tables.ApiToken.__table__.update().values(revoked))
            await platform.add(rows.run(1))
            error = await reported.next()

    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@on_sqlite
async def test_change_is_reported_after_the_database_was_unavailable(
    platform: Platform, address: str, next_poll: NextPoll, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = sse_results(address, platform.token, CHANGES)
    async with changes(stream, next_poll) as reported:
        failures = 0

        async def fail(*_: Any) -> None:
            nonlocal failures
            failures += 1
            raise DatabaseUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(run_poll, "run_marks", fail)
            await until(lambda: failures)
            await platform.add(rows.run(1))
            seen = failures
            await until(lambda: failures > seen)
        assert (await reported.next())["id"] == 1
