"""Insights are what the newest completed runs on a platform say of each test."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from gql.database import tables
from tests.domain.worlds import MAIN, TESTS, World, worlds, write
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick


def slowdown_of(test: Any) -> float | None:
    return test["runtimeMs"]["slowdown"] if test["runtimeMs"] else None


ORDERS = {
    "REGRESSION_ID": lambda _test: 0,
    "MOST_FAILURES": lambda test: -test["failures"],
    "LOWEST_PASS_RATE": lambda test: 2 if test["passRate"] is None else test["passRate"],
    "MOST_STATUS_CHANGES": lambda test: -test["statusChanges"],
    "SLOWEST": lambda test: -test["runtimeMs"]["p50"] if test["runtimeMs"] else 1,
    "LARGEST_SLOWDOWN": lambda test: (
        -slowdown if (slowdown := slowdown_of(test)) is not None else 1
    ),
    "LONGEST_FAILING": lambda test: (test["failingSince"] or {"id": 10**9})["id"],
}
INSIGHTS = """
query ($filter: InsightFilter!, $last: Int!, $order: InsightOrder!, $tests: InsightTestFilter
  $first: Int!, $after: String, $interval: Interval!) {
  insights(filter: $filter, last: $last) {
    runs { id }
    tests(orderBy: $order, filter: $tests, first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        regressionTest { id }
        statuses results failures passRate statusChanges isFlaky failsNow
        failingSince { id } lastPass { id }
        runtimeMs { p50 p90 p95 max slowdown }
      }
    }
    categories { category { id } tests results failures passRate failsNow flaky }
    points(interval: $interval) {
      startedAt runs run { id } results failures passRate runtimeMs { p50 p90 p95 max slowdown }
    }
  }
}
"""


def distribution(runtimes: list[int], latest: int | None = None) -> Any:
    if not runtimes:
        return None
    runtimes = sorted(runtimes)
    at = {name: runtimes[ceil(len(runtimes) * share) - 1] for name, share in SHARES.items()}
    slowdown = None if latest is None or not at["p50"] else latest / at["p50"]
    return at | {"max": runtimes[-1], "slowdown": slowdown}


SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}


def expected_tests(world: World, runs: list[int]) -> list[Any]:
    tests = []
    for test in TESTS:
        statuses = [
            world.sample_status(test, run)
            or ("SKIPPED" if test in world.runs[run].samples() else None)
            for run in runs
        ]
        if not any(statuses):
            continue
        with_result = [run for run in runs if test in world.runs[run].exit_codes]
        fails = [bool(world.fails(test, run)) for run in with_result]
        changes = sum(one != other for one, other in pairwise(fails))
        passing = [run for run, failed in zip(with_result, fails, strict=True) if not failed]
        streak = [run for run in with_result if not passing or run > passing[0]]
        runtimes = [r for run in runs if (r := world.runtime(test, run)) is not None]
        tests.append(
            {
                "regressionTest": {"id": test},
                "statuses": statuses,
                "results": len(fails),
                "failures": sum(fails),
                "passRate": len(passing) / len(fails) if fails else None,
                "statusChanges": changes,
                "isFlaky": changes >= 2,
                "failsNow": bool(fails) and fails[0],
                "failingSince": {"id": streak[-1]} if streak else None,
                "lastPass": {"id": passing[0]} if passing else None,
                "runtimeMs": distribution(runtimes, runtimes[0] if runtimes else None),
            }
        )
    return tests


def start_of(interval: str, at: datetime) -> datetime:
    day = datetime(at.year, at.month, at.day, tzinfo=UTC)
    if interval == "MONTH":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if interval == "WEEK" else day


def expected_points(world: World, runs: list[int], interval: str) -> list[Any]:
    groups: dict[Any, list[int]] = {}
    for run in sorted(runs):
        key = run if interval == "RUN" else start_of(interval, world.started_at(run))
        groups.setdefault(key, []).append(run)
    points = []
    for key, its_runs in groups.items():
        results = [(test, run) for run in its_runs for test in world.runs[run].exit_codes]
        failures = sum(bool(world.fails(*each)) for each in results)
        runtimes = [runtime for each in results if (runtime := world.runtime(*each)) is not None]
        at = world.started_at(key) if interval == "RUN" else key
        points.append(
            {
                "startedAt": at.isoformat(),
                "runs": len(its_runs),
                "run": {"id": key} if interval == "RUN" else None,
                "results": len(results),
                "failures": failures,
                "passRate": (len(results) - failures) / len(results) if results else None,
                "runtimeMs": distribution(runtimes),
            }
        )
    return points


@hypothesis.settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=worlds,
    asked=st.fixed_dictionaries(
        {
            "last": st.integers(1, 12),
            "branch": st.sampled_from([None, "master", "fix"]),
            "trigger": st.sampled_from([None, "COMMIT", "PULL_REQUEST"]),
            "order": st.sampled_from(list(ORDERS)),
            "interval": st.sampled_from(["RUN", "DAY", "WEEK", "MONTH"]),
        }
    ),
)
async def test_insights_follow_the_rules(
    world: World, asked: dict[str, Any], platform: Platform, gateway: Client
) -> None:
    branch, trigger, order = asked["branch"], asked["trigger"], asked["order"]
    await write(platform, world)
    runs = [
        id_
        for id_, run in sorted(world.runs.items(), reverse=True)
        if run.state == "completed"
        and run.platform == "linux"
        and branch in (None, run.branch)
        and trigger in (None, {"pr": "PULL_REQUEST", "commit": "COMMIT"}[run.trigger])
    ][: asked["last"]]
    variables = {
        "filter": {"platform": "LINUX", "branch": branch, "trigger": trigger},
        "last": asked["last"],
        "order": order,
        "first": 3,
        "interval": asked["interval"],
    }

    insights = (await gateway.ask(INSIGHTS, **variables))["insights"]
    after = insights["tests"]["pageInfo"]["endCursor"]
    more = (await gateway.ask(INSIGHTS, after=after, **variables))["insights"] if after else None

    tests = expected_tests(world, runs)
    assert [run["id"] for run in insights["runs"]] == runs
    assert insights["tests"]["totalCount"] == len(tests)
    assert insights["tests"]["nodes"] + (more["tests"]["nodes"] if more else []) == sorted(
        tests, key=lambda test: (ORDERS[order](test), test["regressionTest"]["id"])
    )
    assert [
        point | {"startedAt": datetime.fromisoformat(point["startedAt"]).isoformat()}
        for point in insights["points"]
    ] == expected_points(world, runs, asked["interval"])


@pytest.fixture
async def three_runs(platform: Platform) -> None:
    """Test 1 passes and belongs to DVB, test 2 breaks, test 3 is flaky; both belong to XDS."""
    await platform.add(
        tables.Fork(id=MAIN, github="https://github.com/CCExtractor/ccextractor"),
        tables.Category(id=1, name="XDS", description=""),
        tables.Category(id=2, name="DVB", description=""),
        *(rows.regression_test(test) for test in (1, 2, 3)),
        *(
            tables.RegressionTestCategory(regression_id=test, category_id=category)
            for test, category in ((1, 2), (2, 1), (3, 1))
        ),
        *(rows.run(run, "completed", fork_id=MAIN) for run in (1, 2, 3)),
        *(rows.result(run, 1) for run in (1, 2, 3)),
        *(rows.result(run, 2, exit_code=int(run > 1)) for run in (1, 2, 3)),
        *(rows.result(run, 3, exit_code=run % 2) for run in (1, 2, 3)),
    )


@pytest.mark.usefixtures("three_runs")
@pytest.mark.parametrize(
    ("wanted", "tests"),
    [
        ("failsNow: true", [2, 3]),
        ("failsNow: false", [1]),
        ("isFlaky: true", [3]),
        ('categories: ["XDS"]', [2, 3]),
        ('categories: ["XDS"], isFlaky: false', [2]),
        ('search: "TEST 2"', [2]),
        ("regressionIds: [1, 3]", [1, 3]),
        ('regressionIds: [1, 3], categories: ["DVB"]', [1]),
    ],
)
async def test_insights_are_filtered_by_test(
    gateway: Client, wanted: str, tests: list[int]
) -> None:
    data = await gateway.ask(
        f"""{{ insights(filter: {{platform: LINUX}}) {{
          tests(filter: {{{wanted}}}) {{ totalCount nodes {{ regressionTest {{ id }} }} }}
        }} }}"""
    )

    page = data["insights"]["tests"]
    assert [node["regressionTest"]["id"] for node in page["nodes"]] == tests
    assert page["totalCount"] == len(tests)


@pytest.mark.usefixtures("three_runs")
async def test_insights_take_four_statements(gateway: Client, statements: Any) -> None:
    variables = {
        "filter": {"platform": "LINUX"},
        "last": 100,
        "order": "MOST_FAILURES",
        "first": 500,
        "interval": "DAY",
    }

    with statements() as executed:
        data = await gateway.ask(INSIGHTS, **variables)

    assert len(executed) == 4  # runs, their outcomes, the tests, their categories
    assert data["insights"]["categories"] == [
        {
            "category": {"id": 2},
            "tests": 1,
            "results": 3,
            "failures": 0,
            "passRate": 1.0,
            "failsNow": 0,
            "flaky": 0,
        },
        {
            "category": {"id": 1},
            "tests": 2,
            "results": 6,
            "failures": 4,
            "passRate": pytest.approx(1 / 3),
            "failsNow": 2,
            "flaky": 1,
        },
    ]


@hypothesis.settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=worlds,
    branch=st.sampled_from([None, "master"]),
    fork=st.sampled_from([None, "CCExtractor/ccextractor", "somebody/ccextractor"]),
)
async def test_insights_agree_with_a_tests_stability(
    world: World, branch: str | None, fork: str | None, platform: Platform, gateway: Client
) -> None:
    await write(platform, world)

    data = await gateway.ask(
        """query ($branch: String, $fork: String) {
          insights(filter: {platform: LINUX, branch: $branch, fork: $fork}, last: 100) {
            tests {
              nodes {
                results failures statusChanges failingSince { id } lastPass { id }
                regressionTest {
                  stability(platform: LINUX, branch: $branch, fork: $fork, last: 100) {
                    runs failures statusChanges firstFailure { runId } lastPass { runId }
                  }
                }
              }
            }
          }
        }""",
        branch=branch,
        fork=fork,
    )

    def sample_in(run: Any) -> Any:
        return run and {"runId": run["id"]}

    for test in data["insights"]["tests"]["nodes"]:
        assert test["regressionTest"]["stability"] == {
            "runs": test["results"],
            "failures": test["failures"],
            "statusChanges": test["statusChanges"],
            "firstFailure": sample_in(test["failingSince"]),
            "lastPass": sample_in(test["lastPass"]),
        }
