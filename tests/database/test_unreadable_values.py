"""A value that cannot be read is null in its field, and takes nothing else with it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gql.database import tables
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP

pytestmark = pytest.mark.quick

RUNS = """{ runs(orderBy: OLDEST_FIRST) { nodes {
    id branch commit startedAt testingStartedAt finishedAt durationSeconds status
    progress { at status message }
} } }"""
WINDOW = """query ($after: DateTime, $before: DateTime) {
  runs(filter: {startedAfter: $after, startedBefore: $before}, orderBy: OLDEST_FIRST) {
    totalCount nodes { id }
  }
}"""
TOO_LARGE = 2**31

IMPOSSIBLE_DATES = {
    "sqlite": ["0000-00-00 00:00:00", "2026-02-30 10:00:00", "no date", "", "12026-01-01"],
    "mariadb": ["0000-00-00 00:00:00", "2026-00-10 00:00:00", "2026-02-31 10:00:00"],
    "postgresql": ["infinity", "-infinity", "0044-03-15 BC", "12026-01-01 00:00:00"],
}


async def execute(platform: Platform, *statements: str) -> None:
    async with platform.writer.begin() as connection:
        if connection.dialect.name == "mysql":
            await connection.execute(text("SET sql_mode = 'ALLOW_INVALID_DATES'"))
        for statement in statements:
            await connection.exec_driver_sql(statement)
        if connection.dialect.name == "mysql":
            await connection.execute(text("SET sql_mode = DEFAULT"))


async def windows(gateway: Client, **bounds: datetime) -> list[int]:
    bounds_as_text = {name: bound.isoformat() for name, bound in bounds.items()}
    page = (await gateway.ask(WINDOW, **bounds_as_text))["runs"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["id"] for node in page["nodes"]]


@pytest.mark.parametrize("number", range(5))
async def test_impossible_date_is_null(
    platform: Platform, gateway: Client, engine: str, number: int
) -> None:
    dates = IMPOSSIBLE_DATES[engine]
    if number >= len(dates):
        pytest.skip("the engine holds fewer kinds of them")
    await platform.add(rows.run(1, "testing", "completed"), rows.run(2, "testing", "completed"))
    await execute(
        platform, f"UPDATE test_progress SET timestamp = '{dates[number]}' WHERE test_id = 1"
    )

    one, other = (await gateway.ask(RUNS))["runs"]["nodes"]

    assert [one["startedAt"], one["testingStartedAt"], one["finishedAt"]] == [None] * 3
    assert [event["at"] for event in one["progress"]] == [None, None]
    assert other["startedAt"] == other["testingStartedAt"] == "2026-07-14T09:30:00Z"
    if not (engine == "postgresql" and number >= 2):  # dates to it, of a year beyond Python's
        assert await windows(gateway, after=TIMESTAMP - timedelta(days=100_000)) == [2]
        assert await windows(gateway, before=TIMESTAMP + timedelta(days=100_000)) == [2]


async def test_timestamps_are_read_in_utc(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.run(1),
        rows.progress(1, "preparation", timestamp=TIMESTAMP),
        rows.progress(1, "testing", timestamp=TIMESTAMP + timedelta(minutes=5)),
        rows.progress(1, "testing", timestamp=TIMESTAMP + timedelta(minutes=6)),
        rows.progress(1, "completed", timestamp=TIMESTAMP + timedelta(hours=1)),
    )

    [run] = (await gateway.ask(RUNS))["runs"]["nodes"]

    assert run["startedAt"] == "2026-07-14T09:30:00Z"
    assert run["testingStartedAt"] == "2026-07-14T09:35:00Z"
    assert run["durationSeconds"] == 3600
    assert await windows(gateway, after=TIMESTAMP) == [1]
    assert await windows(gateway, after=TIMESTAMP + timedelta(microseconds=1)) == []
    assert await windows(gateway, before=TIMESTAMP) == []
    assert await windows(gateway, before=TIMESTAMP + timedelta(microseconds=1)) == [1]


# What a platform's column may be, and the text of TIMESTAMP there.
TYPES = {
    "sqlite": [
        ("", "2026-07-14 09:30:00"),
        ("", "2026-07-14T09:30:00"),
        ("", "2026-07-14 09:30:00.000"),
        ("", "2026-07-14T09:30:00Z"),
        ("", "2026-07-14 11:30:00+02:00"),
    ],
    "mariadb": [
        ("ALTER TABLE test_progress MODIFY timestamp {}", "TIMESTAMP NULL"),
        ("ALTER TABLE test_progress MODIFY timestamp {}", "DATETIME(6)"),
        ("ALTER TABLE test_progress MODIFY timestamp {}", "TIMESTAMP(3) NULL"),
    ],
    "postgresql": [
        ("ALTER TABLE test_progress ALTER timestamp TYPE {} USING timestamp AT TIME ZONE 'UTC'",
         "timestamp with time zone"),
        ("ALTER TABLE test_progress ALTER timestamp TYPE {}", "timestamp(3)"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("number", range(5))
async def test_type_of_a_column_changes_no_timestamp(
    platform: Platform, engine: str, number: int
) -> None:
    if number >= len(TYPES[engine]):
        pytest.skip("the engine has fewer types")
    await platform.add(rows.run(1, "testing"))
    change, value = TYPES[engine][number]
    restore: list[str] = []
    if engine == "sqlite":
        await execute(platform, f"UPDATE test_progress SET timestamp = '{value}'")
    elif engine == "mariadb":
        await execute(platform, "SET time_zone = '+00:00'", change.format(value))
        restore = [change.format("DATETIME NOT NULL")]
    else:
        await execute(platform, change.format(value))
        restore = [change.format("timestamp without time zone")]
    try:
        async with running_app(settings(platform.url), platform.token) as gateway:
            [run] = (await gateway.ask(RUNS))["runs"]["nodes"]
            after = await windows(gateway, after=TIMESTAMP)
            later = await windows(gateway, after=TIMESTAMP + timedelta(seconds=1))
            before = await windows(gateway, before=TIMESTAMP)
    finally:
        if restore:
            await execute(platform, *restore)

    assert run["startedAt"] == run["testingStartedAt"] == "2026-07-14T09:30:00Z"
    assert (after, later, before) == ([1], [], [])


# Integers


SAMPLES = """query ($order: SampleOrder!, $after: String) { run(id: 1) {
  samples(first: 1, after: $after, orderBy: $order) {
    totalCount
    nodes { regressionId runtimeMs exitCode expectedExitCode status resultMessage media { id } }
    pageInfo { hasNextPage endCursor }
  }
} }"""


async def pages(gateway: Client, order: str) -> list[Any]:
    """All samples of run 1, page by page: no cursor is rejected."""
    samples: list[Any] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        answer = await gateway.ask(SAMPLES, order=order, after=info["endCursor"])
        page = answer["run"]["samples"]
        info = page["pageInfo"]
        samples += page["nodes"]
    return samples


@pytest.fixture
async def large_integers(platform: Platform, engine: str) -> AsyncIterator[None]:
    """A result with numbers beyond 32 bits, in columns that hold them."""
    columns = ("runtime", "exit_code", "expected_rc")
    change = {
        "sqlite": None,
        "mariadb": "ALTER TABLE test_result MODIFY {} {}",
        "postgresql": "ALTER TABLE test_result ALTER {} TYPE {}",
    }[engine]
    await platform.add(
        rows.run(1, "completed"),
        *(rows.regression_test(test) for test in (1, 2, 3)),
        *(rows.result(1, test, runtime=test) for test in (1, 2, 3)),
    )
    if change:
        await execute(platform, *(change.format(column, "BIGINT") for column in columns))
    await execute(
        platform,
        f"UPDATE test_result SET runtime = {TOO_LARGE}, exit_code = 3221225477, "
        f"expected_rc = {-TOO_LARGE - 1} WHERE regression_test_id = 2",
    )
    yield
    await execute(platform, "DELETE FROM test_result")
    if change:
        await execute(platform, *(change.format(column, "INTEGER") for column in columns))


@pytest.mark.usefixtures("large_integers")
@pytest.mark.parametrize("breadth_first", [True, False])
async def test_integer_beyond_32_bits_is_null(platform: Platform, breadth_first: bool) -> None:
    chosen = settings(platform.url, graphql_breadth_first_execution=breadth_first)
    async with running_app(chosen, platform.token) as gateway:
        samples = await pages(gateway, "REGRESSION_ID")
        document = (await gateway.sample(1, 2)).json()

    large = samples[1]
    assert [large["runtimeMs"], large["exitCode"], large["expectedExitCode"]] == [None] * 3
    assert large["status"] == "FAIL"
    assert large["resultMessage"] == "Exit code 3221225477, expected -2147483649."
    assert [sample["runtimeMs"] for sample in samples] == [1, None, 3]
    assert [document["runtime_ms"], document["exit_code"]] == [None, None]


@pytest.mark.usefixtures("large_integers")
async def test_every_cursor_of_a_page_is_accepted(gateway: Client) -> None:
    slowest = await pages(gateway, "SLOWEST_FIRST")
    fastest = await pages(gateway, "FASTEST_FIRST")

    assert [sample["regressionId"] for sample in slowest] == [3, 1, 2]
    assert [sample["regressionId"] for sample in fastest] == [2, 1, 3]


# Texts


@only_on("sqlite")
@pytest.mark.parametrize("broken", ["CAST(x'c3' AS TEXT)", "x'ff41'", "CAST(x'41ff42' AS TEXT)"])
async def test_text_that_is_no_utf8_is_null(
    platform: Platform, gateway: Client, broken: str
) -> None:
    await add_rows_with_texts(platform)
    await execute(platform, *(update.format(broken) for update in BREAKING))

    await check_broken_texts(gateway)


BREAKING = [
    "UPDATE test SET branch = {0} WHERE id = 1",
    "UPDATE test_progress SET message = {0} WHERE test_id = 1",
    "UPDATE sample SET original_name = {0} WHERE id = 1",
    "UPDATE regression_test SET command = {0}, description = {0} WHERE id = 1",
    "UPDATE category SET description = {0} WHERE id = 1",
    "UPDATE tag SET name = {0} WHERE id = 1",
]


async def add_rows_with_texts(platform: Platform) -> None:
    await platform.add(
        tables.Category(id=1, name="DVB", description="d"),
        tables.Tag(id=1, name="tag"),
        *(rows.media(media) for media in (1, 2)),
        tables.MediaFileTag(sample_id=1, tag_id=1),
        *(rows.regression_test(test, sample_id=test) for test in (1, 2)),
        tables.RegressionTestCategory(regression_id=1, category_id=1),
        *(rows.run(run, "completed") for run in (1, 2)),
        *(rows.result(1, test) for test in (1, 2)),
    )


async def check_broken_texts(gateway: Client) -> None:
    found = await gateway.ask("""{ mediaFiles(filter: {search: "MEDIA 2"}) { nodes { id } } }""")
    assert found["mediaFiles"]["nodes"] == [{"id": 2}]
    answer = await gateway.ask(
        """{
          runs { nodes { id branch commit status progress { message status } } }
          regressionTests { nodes { id command description categories { name description } } }
          mediaFiles { nodes { id originalName tags { name } } }
          run(id: 1) { sample(regressionId: 1) { status command tags } }
        }"""
    )
    runs = {run["id"]: run for run in answer["runs"]["nodes"]}
    assert (runs[1]["branch"], runs[2]["branch"]) == (None, "master")
    assert runs[1]["progress"] == [{"message": None, "status": "completed"}]
    assert runs[1]["status"] == "PASS"
    one, other = answer["regressionTests"]["nodes"]
    assert (one["command"], one["description"]) == (None, None)
    assert one["categories"] == [{"name": "DVB", "description": None}]
    assert other["command"] == "--test 2"
    files = answer["mediaFiles"]["nodes"]
    assert files == [
        {"id": 1, "originalName": None, "tags": [{"name": None}]},
        {"id": 2, "originalName": "media 2", "tags": []},
    ]
    assert answer["run"]["sample"] == {"status": "PASS", "command": None, "tags": []}
    assert {sample["regressionId"] for sample in await pages(gateway, "NAME")} == {1, 2}
    assert (await gateway.sample(1, 1)).json()["command"] == ""


@only_on("mariadb")
async def test_text_in_a_column_of_bytes_is_read(platform: Platform, gateway: Client) -> None:
    await add_rows_with_texts(platform)
    await execute(platform, "ALTER TABLE test MODIFY branch BLOB")
    try:
        await execute(platform, "UPDATE test SET branch = x'ff' WHERE id = 1")
        nodes = (await gateway.ask("{ runs { nodes { id branch } } }"))["runs"]["nodes"]
    finally:
        await execute(platform, "UPDATE test SET branch = ''")
        await execute(platform, "ALTER TABLE test MODIFY branch TEXT NOT NULL")

    assert nodes == [{"id": 2, "branch": "master"}, {"id": 1, "branch": None}]


@only_on("mariadb")
async def test_hashes_and_states_in_columns_of_bytes_are_read(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(1, 2)),
        rows.variant(1),
        rows.run(1, "testing", "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 1, got=rows.VARIANT),
        rows.file(1, 1, 2, got=rows.DIFFERENT),
    )
    query = """{
      runs(filter: {platform: LINUX, states: [COMPLETED]}) { nodes {
        platform trigger status samples { nodes {
          status failureFingerprint outputs { status expectedHash actualHash }
        } }
      } }
      sample(runId: 1, regressionId: 1) { outputs { expectedHash actualHash } }
    }"""
    as_texts = await gateway.ask(query)
    columns = {
        "test_result_file.expected": "TEXT",
        "test_result_file.got": "TEXT",
        "regression_test_output_files.file_hashes": "TEXT",
        "test_progress.status": "VARCHAR(50) NOT NULL",
        "test.platform": "VARCHAR(50) NOT NULL",
    }

    async def change(types: dict[str, str]) -> None:
        for column, type_ in types.items():
            table, name = column.split(".")
            await execute(platform, f"ALTER TABLE {table} MODIFY {name} {type_}")

    await change(dict.fromkeys(columns, "VARBINARY(64)"))
    try:
        as_bytes = await gateway.ask(query)
    finally:
        await change(columns)

    assert as_bytes == as_texts
    assert as_texts["sample"]["outputs"][1]["actualHash"] == rows.DIFFERENT
