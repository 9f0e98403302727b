"""When a run will end, by how long its remaining tests took in the runs before it."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.database import tables
from gql.loaders.estimate import MAX_WAITING
from tests.support import rows
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP

SHARES = (0.25, 0.5, 0.75)
SPACE = 10  # between the ids of runs, for copies of each as it was before

FINISH = "query ($id: Int!) { run(id: $id) { estimatedFinish } }"
ALL = """query ($after: String) {
  runs(first: 100, after: $after) {
    nodes { id estimatedFinish } pageInfo { hasNextPage endCursor }
  }
}"""


async def finish(gateway: Client, run: int) -> datetime | None:
    estimate = (await gateway.ask(FINISH, id=run))["run"]["estimatedFinish"]
    return estimate and datetime.fromisoformat(estimate)


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def copies_of_completed_runs(file: Path) -> Iterator[tuple[int, datetime, timedelta]]:
    """Add a copy of each completed run as it was at some shares of its time.

    Yields its id, and when and after what time it was completed. A copy has an id between those
    of the run before and of the run itself.
    """
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"UPDATE test SET id = -id * {SPACE}")
        database.execute("UPDATE test SET id = -id")
        for table in ("test_progress", "test_result", "test_result_file", "customized_test"):
            database.execute(f"UPDATE {table} SET test_id = test_id * -{SPACE}")
            database.execute(f"UPDATE {table} SET test_id = -test_id")
        runs = database.execute("SELECT * FROM test ORDER BY id").fetchall()
        for run_id, *run in runs:
            reports = database.execute(
                "SELECT status, timestamp FROM test_progress WHERE test_id = ? ORDER BY id",
                (run_id,),
            ).fetchall()
            if not reports or reports[-1][0] != "completed":
                continue
            (_, began), (_, testing), *_, (_, ended) = [(s, time_of(t)) for s, t in reports]
            for number, share in enumerate(SHARES, 1):
                copy = run_id - number
                at = began + share * (ended - began)
                values = ", ".join("?" * (len(run) + 1))
                database.execute(
                    f"INSERT INTO test VALUES ({values})",
                    (
                        copy,
                        *(
                            f"{value}-{copy}" if value and "secret" in str(value) else value
                            for value in run
                        ),
                    ),
                )
                database.executemany(
                    "INSERT INTO test_progress (test_id, status, timestamp, message) "
                    "VALUES (?, ?, ?, '')",
                    [(copy, status, t) for status, t in reports if time_of(t) <= at],
                )
                database.execute(
                    "INSERT INTO customized_test (test_id, regression_id) "
                    "SELECT ?, regression_id FROM customized_test WHERE test_id = ?",
                    (copy, run_id),
                )
                database.execute(
                    """INSERT INTO test_result
                       SELECT ?, regression_test_id, runtime, exit_code, expected_rc FROM (
                         SELECT *, sum(coalesce(runtime, 0)) OVER tests AS so_far
                         FROM test_result WHERE test_id = ?
                         WINDOW tests AS (ORDER BY regression_test_id)
                       ) WHERE so_far <= ?""",
                    (copy, run_id, (at - testing).total_seconds() * 1000),
                )
                yield copy, ended, ended - began


@pytest.fixture(scope="module")
async def unfinished(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    """A client of the demo, and each copy of a completed run in it."""
    file = tmp_path_factory.mktemp("unfinished") / "platform.db"
    url = URL.create("sqlite+aiosqlite", database=str(file))
    writer = create_async_engine(url)
    await demo.build(writer)
    await writer.dispose()
    copies = list(copies_of_completed_runs(file))
    async with running_app(settings(url)) as client:
        yield client, copies


async def test_estimates_are_off_by_a_quarter_of_the_duration_at_most_for_nine_of_ten(
    unfinished: Any,
) -> None:
    client, copies = unfinished
    estimates: dict[int, Any] = {}
    cursor, has_next = None, True
    while has_next:
        page = (await client.ask(ALL, after=cursor))["runs"]
        estimates |= {node["id"]: node["estimatedFinish"] for node in page["nodes"]}
        cursor, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    good = [
        estimates[copy] is not None
        and abs(datetime.fromisoformat(estimates[copy]) - ended) <= duration / 4
        for copy, ended, duration in copies
    ]

    assert len(copies) > 100
    assert sum(good) >= 0.9 * len(copies)


def completed_run(id: int, *, platform: str = "linux", seconds: tuple[int, ...] = (10, 30)) -> Any:
    """A run that was prepared for a minute, and took twice as long as its tests in total."""
    testing = TIMESTAMP + timedelta(minutes=1)
    ended = testing + timedelta(seconds=2 * sum(seconds))
    return [
        *rows.run(id, platform=platform),
        *rows.progress(id, "preparation", timestamp=TIMESTAMP),
        *rows.progress(id, "testing", timestamp=testing),
        *rows.progress(id, "completed", timestamp=ended),
        *(
            row
            for test, runtime in enumerate(seconds, 1)
            for row in rows.result(id, test, runtime=1000 * runtime)
        ),
    ]


@pytest.fixture
async def past(platform: Platform) -> None:
    """Three completed runs of two tests, which usually take 10 and 30 seconds."""
    await platform.add(
        *(rows.regression_test(test) for test in (1, 2)),
        completed_run(1, seconds=(10, 30)),
        completed_run(2, seconds=(10, 600)),
        completed_run(3, seconds=(8, 30)),
    )


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_run_that_tests_ends_after_its_remaining_tests(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.run(4, "preparation", "testing"), rows.result(4, 1, runtime=11_000))

    # At the pace of the first test, the second takes 33 seconds.
    assert await finish(gateway, 4) == TIMESTAMP + 2 * timedelta(seconds=11 + 33)


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_run_in_preparation_has_all_tests_ahead_even_with_former_results(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.run(4, "preparation"), rows.result(4, 1, runtime=99_000))

    assert await finish(gateway, 4) == TIMESTAMP + timedelta(seconds=60 + 2 * (10 + 30))


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_estimate_counts_the_tests_that_were_chosen_for_the_run(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.run(4, "preparation"),
        *(tables.CustomizedTest(id=id, test_id=4, regression_id=1) for id in (1, 2)),
    )

    assert await finish(gateway, 4) == TIMESTAMP + timedelta(seconds=60 + 2 * 10)


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_later_runs_and_other_platforms_do_not_change_an_estimate(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        completed_run(4, platform="windows", seconds=(500, 500)),
        rows.run(5, "testing"),
        completed_run(6, seconds=(500, 500)),
    )

    assert await finish(gateway, 5) == TIMESTAMP + timedelta(seconds=2 * (10 + 30))


@pytest.mark.quick
@pytest.mark.usefixtures("past")
@pytest.mark.parametrize("state", ["completed", "canceled"])
async def test_run_that_has_ended_has_no_estimate(
    platform: Platform, gateway: Client, state: str
) -> None:
    await platform.add(rows.run(4, "testing", state))

    assert await finish(gateway, 4) is None


@pytest.mark.quick
async def test_platforms_averages_are_used_before_any_run_is_completed(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.regression_test(1), rows.run(1, "preparation"))
    assert await finish(gateway, 1) is None

    await platform.add(
        *(
            tables.GeneralData(id=id, key=key, value=value)
            for id, (key, value) in enumerate(
                (
                    ("average_time_linux", "600"),
                    ("avg_prep_time_linux", "61.5"),
                    ("average_time_windows", "no number"),
                ),
                1,
            )
        ),
        rows.run(2, "testing"),
        rows.run(3, "testing", platform="windows"),
    )

    assert await finish(gateway, 1) == TIMESTAMP + timedelta(seconds=600)
    assert await finish(gateway, 2) == TIMESTAMP + timedelta(seconds=538)
    assert await finish(gateway, 3) is None


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_waiting_runs_are_taken_up_by_as_many_workers_as_are_busy(
    platform: Platform, gateway: Client
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    whole, testing = timedelta(seconds=60 + 2 * 40), timedelta(seconds=2 * 40)
    await platform.add(
        *(
            row
            for id, minutes in ((4, 0), (5, 1))
            for row in [
                *rows.run(id),
                *rows.progress(id, "testing", timestamp=now + timedelta(minutes=minutes)),
            ]
        ),
        rows.run(6, "testing"),  # Its worker has died.
        *map(rows.run, (7, 8, 9)),
    )

    seven, eight, nine = [await finish(gateway, run) for run in (7, 8, 9)]

    assert seven == now + testing + whole
    assert eight == now + timedelta(minutes=1) + testing + whole
    assert nine == seven + whole


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_first_of_a_queue_without_workers_begins_now(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.run(4), rows.run(5))

    before = datetime.now(UTC).replace(microsecond=0)
    estimate = await finish(gateway, 4)

    assert estimate
    assert before <= estimate - timedelta(seconds=60 + 2 * 40) <= datetime.now(UTC)


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_run_of_a_paused_queue_has_no_estimate(platform: Platform, gateway: Client) -> None:
    await platform.add(rows.run(4), tables.MaintenanceMode(id=1, platform="linux", disabled=True))

    assert await finish(gateway, 4) is None


@pytest.mark.quick
@pytest.mark.usefixtures("past")
async def test_estimates_of_a_long_queue_take_few_statements(
    platform: Platform, gateway: Client, statements: Any
) -> None:
    waiting = range(10, 11 + MAX_WAITING)
    await platform.add(*(rows.run(id, "testing") for id in (4, 5)), *map(rows.run, waiting))

    with statements() as executed:
        page = (await gateway.ask(ALL, after=None))["runs"]["nodes"]

    estimates = [node["estimatedFinish"] for node in page if node["id"] >= waiting[0]]
    assert [estimate is None for estimate in estimates] == [True] + [False] * (len(estimates) - 1)
    assert estimates[1:] == sorted(estimates[1:], reverse=True)
    # Runs, how far they are, the queue and its pauses, runs before, how far they were, averages.
    assert len(executed) <= 8
