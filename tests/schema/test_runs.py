"""Runs can be narrowed down, put in order, and asked for what came before."""

from datetime import timedelta
from typing import Any

import pytest

from gql.database import tables
from gql.request.queries import RUNS_SCANNED
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP

pytestmark = pytest.mark.quick

RUNS = """
query ($first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter,
       $order: RunOrder! = NEWEST_FIRST) {
  runs(first: $first, after: $after, last: $last, before: $before, filter: $filter,
       orderBy: $order) {
    totalCount
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

MAIN = "https://github.com/CCExtractor/ccextractor.git"


@pytest.fixture
async def six_runs(platform: Platform) -> None:
    """Runs in all states, on two platforms, of two forks, a day apart."""
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        tables.Fork(id=2, github="https://h/a/b"),
        rows.regression_test(1),
    )
    of_pull_request = {"test_type": "pr", "pr_nr": 7, "branch": "fix", "fork_id": 2}
    await platform.add(
        rows.run(1, "completed", fork_id=1, commit="aaa111"),
        rows.run(2, "completed", fork_id=1, platform="windows", commit="aaa111"),
        rows.run(3, "canceled", fork_id=1, commit="bbb222"),
        rows.run(4, "testing", **of_pull_request, commit="b%c333"),
        rows.run(5, "preparation", platform="windows", **of_pull_request),
        rows.run(6, fork_id=1),
        rows.result(1, 1),
        rows.result(2, 1, exit_code=1),
    )


async def runs(client: Client, **variables: Any) -> Any:
    return (await client.ask(RUNS, **variables))["runs"]


def ids(page: Any) -> list[int]:
    return [node["id"] for node in page["nodes"]]


@pytest.mark.usefixtures("six_runs")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"platform": "WINDOWS"}, [5, 2]),
        ({"trigger": "PULL_REQUEST"}, [5, 4]),
        ({"branch": "master"}, [6, 3, 2, 1]),
        ({"commit": "aaa"}, [2, 1]),
        ({"commit": "b%"}, [4]),
        ({"fork": "CCExtractor/ccextractor"}, [6, 3, 2, 1]),
        ({"fork": "no/such"}, []),
        ({"pullRequest": 7}, [5, 4]),
        ({"platform": "LINUX", "branch": "master", "commit": "bbb"}, [3]),
        ({"states": ["QUEUED"]}, [6]),
        ({"states": ["QUEUED", "TESTING"]}, [6, 4]),
        ({"states": ["COMPLETED"]}, [2, 1]),
        ({"states": []}, []),
        ({"platform": "LINUX", "branch": "master", "states": ["COMPLETED"]}, [1]),
    ],
)
async def test_filter_of_runs_keeps_those_that_match_every_condition(
    gateway: Client, filter: dict[str, Any], expected: list[int]
) -> None:
    page = await runs(gateway, filter=filter)

    assert ids(page) == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.usefixtures("six_runs")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"statuses": ["PASS"]}, [1]),
        ({"statuses": ["FAIL"]}, [2]),
        ({"statuses": ["CANCELED"]}, [3]),
        ({"statuses": ["RUNNING"]}, [5, 4]),
        ({"statuses": ["QUEUED", "FAIL"]}, [6, 2]),
        ({"statuses": ["ERROR", "INCOMPLETE"]}, []),
        ({"states": ["COMPLETED"], "statuses": ["PASS", "RUNNING"]}, [1]),
    ],
)
async def test_filter_by_status_keeps_matching_runs(
    gateway: Client, filter: dict[str, Any], expected: list[int]
) -> None:
    page = await runs(gateway, filter=filter)

    assert ids(page) == expected
    assert page["totalCount"] is None


async def test_filter_by_state_finds_a_run_that_is_stuck_behind_many_others(
    platform: Platform, gateway: Client
) -> None:
    stuck, waiting = 1, 2
    await platform.add(
        rows.run(stuck, "preparation", "testing"),
        rows.run(waiting),
        *(rows.run(run, "testing", "completed") for run in range(3, RUNS_SCANNED + 10)),
    )
    unfinished = {"states": ["QUEUED", "PREPARATION", "TESTING"]}

    for order, expected in {"OLDEST_FIRST": [1, 2], "NEWEST_FIRST": [2, 1]}.items():
        page = await runs(gateway, filter=unfinished, order=order)
        assert (ids(page), page["totalCount"]) == (expected, 2)
        assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("number", [0, -1])
async def test_filter_by_pull_request_below_one_is_rejected(gateway: Client, number: int) -> None:
    variables = {"filter": {"pullRequest": number}}

    response = await gateway.post("/graphql", json={"query": RUNS, "variables": variables})

    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "pullRequest"}


async def test_filter_by_date_uses_the_start_of_a_run(platform: Platform, gateway: Client) -> None:
    for day in range(3):
        await platform.add(rows.run(day + 1))
        at = TIMESTAMP + timedelta(days=day)
        await platform.add(
            rows.progress(day + 1, "testing", timestamp=at),
            rows.progress(day + 1, "completed", timestamp=at + timedelta(9)),
        )
    second = (TIMESTAMP + timedelta(days=1)).isoformat()

    assert ids(await runs(gateway, filter={"startedAfter": second})) == [3, 2]
    assert ids(await runs(gateway, filter={"startedBefore": second})) == [1]
    assert ids(await runs(gateway, filter={"startedBefore": second.replace("+00:00", "Z")})) == [1]


@pytest.mark.parametrize(
    "date", ["yesterday", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
async def test_malformed_date_is_rejected(gateway: Client, date: str) -> None:
    variables = {"filter": {"startedAfter": date}}

    response = await gateway.post("/graphql", json={"query": RUNS, "variables": variables})

    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert date in error["message"]


@pytest.mark.usefixtures("six_runs")
async def test_order_oldest_first_reverses_the_runs(gateway: Client) -> None:
    first = await runs(gateway, order="OLDEST_FIRST", first=4)
    second = await runs(gateway, order="OLDEST_FIRST", after=first["pageInfo"]["endCursor"])

    assert [ids(first), ids(second)] == [[1, 2, 3, 4], [5, 6]]


@only_on("sqlite")
async def test_search_for_a_rare_status_continues_page_by_page(
    platform: Platform, gateway: Client
) -> None:
    """A page looks at so many runs and no more, and the next goes on from there."""
    await platform.add(
        rows.run(1, "completed"),
        *map(rows.run, range(2, RUNS_SCANNED + 2)),
    )

    first = await runs(gateway, first=5, filter={"statuses": ["ERROR"]})
    second = await runs(
        gateway, first=5, filter={"statuses": ["ERROR"]}, after=first["pageInfo"]["endCursor"]
    )

    assert ids(first) == []
    assert first["pageInfo"]["hasNextPage"]
    assert ids(second) == [1]
    assert not second["pageInfo"]["hasNextPage"]


@only_on("sqlite")
async def test_search_for_a_rare_status_continues_backward(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(*map(rows.run, range(1, RUNS_SCANNED + 1)))
    newest = RUNS_SCANNED + 1
    await platform.add(rows.run(newest, "completed"))

    last = await runs(gateway, last=5, filter={"statuses": ["ERROR"]})
    before = await runs(
        gateway, last=5, filter={"statuses": ["ERROR"]}, before=last["pageInfo"]["startCursor"]
    )

    assert ids(last) == []
    assert last["pageInfo"]["hasPreviousPage"]
    assert ids(before) == [newest]


async def test_previous_run_is_of_the_same_fork_branch_and_operating_system(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        tables.Fork(id=2, github="https://h/a/b"),
        rows.run(1, fork_id=1),
        rows.run(2, fork_id=1, platform="windows"),
        rows.run(3, fork_id=2),
        rows.run(4, fork_id=1, branch="other"),
        rows.run(5, fork_id=1),
    )

    data = await gateway.ask("{ runs { nodes { id previous { id } } } }")

    assert {run["id"]: run["previous"] for run in data["runs"]["nodes"]} == {
        1: None,
        2: None,
        3: None,
        4: None,
        5: {"id": 1},
    }


async def test_run_has_its_duration(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.run(1, "testing"),
        rows.run(2, "testing"),
        rows.progress(2, "completed", timestamp=TIMESTAMP + timedelta(minutes=2)),
    )

    data = await gateway.ask("{ runs { nodes { durationSeconds finishedAt } } }")

    assert data["runs"]["nodes"] == [
        {"durationSeconds": 120, "finishedAt": "2026-07-14T09:32:00Z"},
        {"durationSeconds": None, "finishedAt": None},
    ]
