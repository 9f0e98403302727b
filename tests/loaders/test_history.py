"""The history of a regression test over runs: since when it fails, and how stable it is."""

from typing import Any

import pytest

from gql import demo
from gql.database import tables
from gql.database.tables import MAX_ID
from gql.loaders.history import HISTORY_SCANNED
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import DIFFERENT

pytestmark = pytest.mark.quick

HISTORY = """
query ($test: Int!, $first: Int, $after: String, $last: Int, $filter: HistoryFilter) {
  regressionTest(id: $test) {
    history(first: $first, after: $after, last: $last, filter: $filter) {
      nodes { runId status }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

STABILITY = """
query ($test: Int!, $platform: Platform!, $last: Int!, $branch: String) {
  regressionTest(id: $test) {
    stability(platform: $platform, last: $last, branch: $branch) {
      runs passes failures statusChanges firstFailure { runId } lastPass { runId } signature
    }
  }
}
"""


async def history(client: Client, test: int, **variables: Any) -> Any:
    return (await client.ask(HISTORY, test=test, **variables))["regressionTest"]["history"]


def runs(page: Any) -> list[int]:
    return [node["runId"] for node in page["nodes"]]


@pytest.fixture
async def alternating(platform: Platform) -> None:
    """Test 1 passes in odd runs and fails in even ones; test 2 has a result in run 3 only."""
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.regression_test(2),
    )
    for run in range(1, 7):
        windows = {"platform": "windows"} if run > 4 else {}
        await platform.add(
            rows.run(run, "completed", **windows),
            rows.result(run, 1),
            rows.file(run, 1, 11, got=DIFFERENT if run % 2 == 0 else None),
        )
    await platform.add(rows.result(3, 2))


@pytest.mark.usefixtures("alternating")
async def test_history_is_newest_first(gateway: Client) -> None:
    first = await history(gateway, 1, first=4)
    second = await history(gateway, 1, first=4, after=first["pageInfo"]["endCursor"])

    assert [runs(first), runs(second)] == [[6, 5, 4, 3], [2, 1]]
    assert runs(await history(gateway, 1, last=2)) == [2, 1]
    assert [node["status"] for node in second["nodes"]] == ["FAIL", "PASS"]


@pytest.mark.usefixtures("alternating")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"platform": "WINDOWS"}, [6, 5]),
        ({"statuses": ["FAIL"]}, [6, 4, 2]),
        ({"statuses": ["FAIL"], "platform": "LINUX"}, [4, 2]),
        ({"branch": "no such"}, []),
    ],
)
async def test_history_can_be_filtered(
    gateway: Client, filter: dict[str, Any], expected: list[int]
) -> None:
    assert runs(await history(gateway, 1, filter=filter)) == expected


@pytest.mark.usefixtures("alternating")
async def test_history_of_many_tests_takes_two_statements(gateway: Client, statements: Any) -> None:
    with statements() as collected:
        data = await gateway.ask(
            """{
              media(id: 1) { id }
              one: regressionTest(id: 1) { history(first: 2) { nodes { runId } } }
              two: regressionTest(id: 2) { history(first: 2) { nodes { runId } } }
            }"""
        )

    assert runs(data["one"]["history"]) == [6, 5]
    assert runs(data["two"]["history"]) == [3]
    assert len(collected) == 4  # One for the tests, and one for the media file.


async def test_history_continues_with_older_runs_that_have_the_test(
    platform: Platform, gateway: Client
) -> None:
    """Test 1 was last tested long ago, test 2 waits in an old run, test 3 in none."""
    await platform.add(
        rows.regression_test(1, active=False),
        rows.regression_test(2),
        rows.regression_test(3, active=False),
        rows.run(1, "completed"),
        rows.run(2, "canceled"),
        rows.run(3, "testing"),
        rows.run(4, "completed"),
        rows.run(5, "completed", platform="windows"),
        *(rows.run(run, "completed") for run in range(6, 40)),
        rows.result(1, 1),
        rows.result(4, 1),
        rows.result(5, 1),
        tables.CustomizedTest(test_id=2, regression_id=1),
        *(rows.result(run, 2) for run in (6, 7)),
    )

    found = [
        runs(await history(gateway, test, filter={"platform": "LINUX"}, **page))
        for test in (1, 2, 3)
        for page in ({"first": 2}, {"last": 2}, {"first": 5})
    ]

    assert found == [[4, 2], [2, 1], [4, 2, 1], [7, 6], [6, 3], [7, 6, 3], [], [], []]


async def test_stability_looks_back_over_runs_without_a_result(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        *(rows.run(run, "completed") for run in range(1, 40)),
        rows.result(1, 1),
        rows.result(2, 1, exit_code=5),
        tables.CustomizedTest(test_id=3, regression_id=1),
    )

    data = await stability(gateway, 1, last=2)

    assert [data[name] for name in ("runs", "passes", "failures")] == [2, 1, 1]


@only_on("sqlite")
async def test_history_search_for_a_rare_status_continues_page_by_page(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
        *map(rows.run, range(2, HISTORY_SCANNED + 2)),
    )

    first = await history(gateway, 1, filter={"statuses": ["PASS"]})
    cursor = first["pageInfo"]["endCursor"]
    second = await history(gateway, 1, filter={"statuses": ["PASS"]}, after=cursor)

    assert (runs(first), first["pageInfo"]["hasNextPage"]) == ([], True)
    assert (runs(second), second["pageInfo"]["hasNextPage"]) == ([1], False)


async def stability(client: Client, test: int, **variables: Any) -> Any:
    variables = {"platform": "LINUX", "last": 20} | variables
    return (await client.ask(STABILITY, test=test, **variables))["regressionTest"]["stability"]


@pytest.mark.usefixtures("alternating")
async def test_stability_counts_the_latest_results_of_an_operating_system(gateway: Client) -> None:
    data = await gateway.ask("{ sample(runId: 4, regressionId: 1) { failureFingerprint } }")
    assert await stability(gateway, 1) == {
        "runs": 4,
        "passes": 2,
        "failures": 2,
        "statusChanges": 3,
        "firstFailure": {"runId": 4},
        "lastPass": {"runId": 3},
        "signature": data["sample"]["failureFingerprint"],
    }
    assert (await stability(gateway, 1, last=2))["runs"] == 2
    assert (await stability(gateway, 1, branch="no such"))["runs"] == 0


@pytest.mark.usefixtures("alternating")
async def test_stability_of_a_sample_looks_back_from_its_run(gateway: Client) -> None:
    data = await gateway.ask(
        """{ sample(runId: 3, regressionId: 1) {
          stability { runs statusChanges firstFailure { runId } lastPass { runId } }
        } }"""
    )

    assert data["sample"]["stability"] == {
        "runs": 3,
        "statusChanges": 2,
        "firstFailure": None,
        "lastPass": {"runId": 3},
    }


async def test_stability_of_a_sample_in_the_run_with_the_largest_id(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(MAX_ID, "completed"),
        rows.result(MAX_ID, 1),
    )

    data = await gateway.ask(
        f"{{ sample(runId: {MAX_ID}, regressionId: 1) {{ stability {{ runs }} }} }}"
    )

    assert data["sample"]["stability"] == {"runs": 1}


@pytest.mark.parametrize("last", [0, 101])
async def test_stability_over_too_many_or_zero_results_is_rejected(
    platform: Platform, gateway: Client, last: int
) -> None:
    await platform.add(rows.regression_test(1))
    variables = {"test": 1, "platform": "LINUX", "last": last}

    response = await gateway.post("/graphql", json={"query": STABILITY, "variables": variables})

    assert response.json()["errors"][0]["extensions"]["argument"] == "last"


async def test_history_in_the_demo_has_a_flaky_test_and_one_that_failed_for_a_while(
    client: Client,
) -> None:
    of_master = {
        "platform": "LINUX",
        "trigger": "COMMIT",
        "branch": "master",
        "fork": "CCExtractor/ccextractor",
    }
    flaky = await history(client, demo.FLAKY_TEST, filter=of_master)
    regressed = await history(
        client, demo.REGRESSED_TEST, filter={"platform": "LINUX", "statuses": ["FAIL"]}
    )

    statuses = [node["status"] for node in reversed(flaky["nodes"])]
    results = [status for status in statuses if status in {"PASS", "FAIL"}]
    assert results == [("FAIL", "PASS")[number % 2] for number in range(len(results))]
    assert runs(regressed) == [7, demo.REGRESSED_MASTER_LINUX]
