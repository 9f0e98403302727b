"""A comparison of two runs lists what broke, what was fixed and what was broken already."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from gql import demo
from gql.database import tables
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, VARIANT

pytestmark = pytest.mark.quick

COMPARISON = """
query ($head: Int!, $base: Int, $against: BaseSelection! = BEFORE) {
  compareRuns(head: $head, base: $base, against: $against) {
    base { id }
    baseReason
    newlyFailing { ...ids }
    newlyFixed { ...ids }
    stillFailing { ...ids }
    added { ...ids }
    removed { ...ids }
    outputChanged { ...ids }
    runtimeChanged { ...ids }
  }
}
fragment ids on SampleChange { regressionTest { id } }
"""

MASTER = "master of CCExtractor/ccextractor"
MAIN = "https://github.com/CCExtractor/ccextractor.git"


async def compare(client: Client, head: int, **variables: Any) -> Any:
    return (await client.ask(COMPARISON, head=head, **variables))["compareRuns"]


def ids(changes: Any) -> list[int]:
    return [change["regressionTest"]["id"] for change in changes]


@pytest.fixture
async def two_runs(platform: Platform) -> None:
    """Run 2 after run 1, with a test for each kind of change."""
    await platform.add(
        *(rows.regression_test(test, outputs=(10 * test,)) for test in range(1, 8)),
        rows.variant(70, VARIANT),
        rows.run(1, "completed"),
        rows.run(2, "completed"),
    )
    exit_codes = {1: (0, 1), 2: (1, 0), 3: (1, 1), 4: (None, 0), 5: (0, None)}
    for test in range(1, 8):
        for run, exit_code in zip((1, 2), exit_codes.get(test, (0, 0)), strict=True):
            if exit_code is None:
                continue
            runtime = 4000 if (run, test) == (2, 6) else 1500
            await platform.add(rows.result(run, test, exit_code=exit_code, runtime=runtime))
            got = VARIANT if (run, test) == (2, 7) else None
            await platform.add(rows.file(run, test, 10 * test, got=got))


@pytest.mark.usefixtures("two_runs")
async def test_comparison_lists_each_kind_of_change(gateway: Client) -> None:
    comparison = await compare(gateway, 2, base=1)

    assert ids(comparison["newlyFailing"]) == [1]
    assert ids(comparison["newlyFixed"]) == [2]
    assert ids(comparison["stillFailing"]) == [3]
    assert ids(comparison["added"]) == [4]
    assert ids(comparison["removed"]) == [5]
    assert ids(comparison["runtimeChanged"]) == [6]
    assert ids(comparison["outputChanged"]) == [7]


@pytest.mark.usefixtures("two_runs")
async def test_comparison_takes_a_limited_number_of_statements(
    gateway: Client, statements: Any
) -> None:
    # head, base, samples of both, hashes of both, regression tests, and those of outputChanged
    with statements() as collected:
        await compare(gateway, 2, base=1)

    assert len(collected) == 6


@pytest.mark.usefixtures("two_runs")
async def test_comparison_change_has_both_results(gateway: Client) -> None:
    data = await gateway.ask(
        """{ run(id: 2) { comparison(base: 1) {
          newlyFailing { head { runId status } base { runId status } }
          added { head { runId } base { runId } }
        } } }"""
    )

    assert data["run"]["comparison"] == {
        "newlyFailing": [
            {"head": {"runId": 2, "status": "FAIL"}, "base": {"runId": 1, "status": "PASS"}}
        ],
        "added": [{"head": {"runId": 2}, "base": None}],
    }


@only_on("sqlite")
async def test_comparison_lists_every_pair_of_statuses_where_it_belongs(
    platform: Platform, gateway: Client
) -> None:
    statuses = ["pass", "fail", "missing_output", "skipped", None]
    pairs = dict(enumerate(product(statuses, statuses), 1))
    failing = ("fail", "missing_output")
    await platform.add(
        rows.run(1, "completed"),
        rows.run(2, "completed"),
    )
    for test, pair in pairs.items():
        await platform.add(rows.regression_test(test, outputs=(test,)))
        for run, status in enumerate(pair, 1):
            if status is None:
                continue
            await platform.add(tables.CustomizedTest(test_id=run, regression_id=test))
            if status != "skipped":
                await platform.add(rows.result(run, test, exit_code=int(status == "fail")))
            if status in ("pass", "fail"):
                await platform.add(rows.file(run, test, test))

    comparison = await compare(gateway, 2, base=1)

    def tests(is_listed: Callable[[str | None, str | None], bool]) -> list[int]:
        return [test for test, pair in pairs.items() if is_listed(*pair)]

    assert ids(comparison["newlyFailing"]) == tests(lambda b, h: b == "pass" and h in failing)
    assert ids(comparison["newlyFixed"]) == tests(lambda b, h: b in failing and h == "pass")
    assert ids(comparison["stillFailing"]) == tests(lambda b, h: b in failing and h in failing)
    assert ids(comparison["added"]) == tests(lambda b, h: b is None and h is not None)
    assert ids(comparison["removed"]) == tests(lambda b, h: h is None and b is not None)


@pytest.mark.parametrize(
    ("base", "head", "is_changed"),
    [
        (100, 200, True),
        (100, 199, False),
        (200, 100, True),
        (199, 100, False),
        (0, 0, False),
        (0, 1, True),
        (None, 100, False),
        (100, None, False),
        (-1, 100, False),
    ],
)
async def test_comparison_lists_a_runtime_that_doubled_or_halved(
    platform: Platform, gateway: Client, base: int | None, head: int | None, is_changed: bool
) -> None:
    await platform.add(
        rows.regression_test(1),
        *(rows.run(run, "completed") for run, runtime in enumerate((base, head), 1)),
        *(rows.result(run, 1, runtime=runtime) for run, runtime in enumerate((base, head), 1)),
    )

    comparison = await compare(gateway, 2, base=1)

    assert ids(comparison["runtimeChanged"]) == ([1] if is_changed else [])


@pytest.mark.parametrize(
    ("base", "head", "is_changed"),
    [
        (None, None, False),
        (None, "", False),
        (None, BASELINE, False),
        (None, VARIANT, True),
        (VARIANT, VARIANT, False),
        (VARIANT, DIFFERENT, True),
    ],
)
async def test_comparison_lists_an_output_with_another_file(
    platform: Platform, gateway: Client, base: str | None, head: str | None, is_changed: bool
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        *(rows.run(run, "completed") for run, got in enumerate((base, head), 1)),
        *(rows.result(run, 1) for run, got in enumerate((base, head), 1)),
        *(rows.file(run, 1, 11, got=got) for run, got in enumerate((base, head), 1)),
        # The legacy dummy row is no file.
        rows.output(-1, test=1),
        rows.file(1, 1, -1, expected="", got="error"),
    )

    comparison = await compare(gateway, 2, base=1)

    assert ids(comparison["outputChanged"]) == ([1] if is_changed else [])


async def test_comparison_does_not_list_an_unchanged_file_with_another_baseline(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(10,)),
        rows.run(1, "completed"),
        rows.run(2, "completed"),
        *(rows.result(run, 1) for run in (1, 2)),
        rows.file(1, 1, 10, expected=BASELINE, got=DIFFERENT),
        rows.file(2, 1, 10, expected=DIFFERENT, got=None),
    )

    comparison = await compare(gateway, 2, base=1)

    assert ids(comparison["newlyFixed"]) == [1]
    assert comparison["outputChanged"] == []


@pytest.fixture
async def branches(platform: Platform) -> None:
    """Main branch runs 1, 2, 5 (2 was canceled, 5 came after the pull request's run 4).

    Runs 6 to 9 are no base for any of these: a pull request's that names master, one without
    results, one of another branch, and one of another fork's master.
    """
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        tables.Fork(id=2, github="https://h/a/b"),
        rows.regression_test(1),
        rows.run(1, "completed", fork_id=1),
        rows.run(2, "canceled", fork_id=1),
        rows.run(3, "completed", fork_id=1, platform="windows"),
        rows.run(4, "completed", fork_id=2, branch="fix", test_type="pr", pr_nr=7),
        rows.run(5, "completed", fork_id=1),
        rows.run(6, "completed", fork_id=1, test_type="pr", pr_nr=8),
        rows.run(7, "completed", fork_id=1),
        rows.run(8, "completed", fork_id=1, branch="other"),
        rows.run(9, "completed", fork_id=2),
        rows.run(10, "completed", fork_id=2),
        rows.run(11, "completed", fork_id=1, branch="other"),
        *(rows.result(run, 1) for run in (1, 3, 4, 5, 6, 8, 9, 10, 11)),
    )


@pytest.mark.usefixtures("branches")
@pytest.mark.parametrize(
    ("head", "against", "base"),
    [
        (4, "BEFORE", 1),
        (4, "LATEST", 5),
        (5, "BEFORE", 1),
        (5, "LATEST", 1),
        (1, "LATEST", 5),
        (3, "BEFORE", None),
        (3, "LATEST", None),
        (8, "LATEST", 11),
        (10, "BEFORE", 9),
        (11, "BEFORE", 8),
    ],
)
async def test_comparison_base_is_selected(
    gateway: Client, head: int, against: str, base: int | None
) -> None:
    comparison = await compare(gateway, head, against=against)

    assert comparison["base"] == (None if base is None else {"id": base})


@pytest.mark.usefixtures("branches")
@pytest.mark.parametrize(
    ("head", "arguments", "reason"),
    [
        (4, {}, f"It is the latest completed run of {MASTER} on linux before run 4."),
        (4, {"against": "LATEST"}, f"It is the latest completed run of {MASTER} on linux."),
        (5, {}, "It is the latest completed run of master of the same fork on linux before run 5."),
        (3, {}, "There is no completed run of master of the same fork on windows before run 3."),
        (4, {"base": 5}, "You named it in the query."),
    ],
)
async def test_comparison_base_has_its_reason(
    gateway: Client, head: int, arguments: dict[str, Any], reason: str
) -> None:
    assert (await compare(gateway, head, **arguments))["baseReason"] == reason


@pytest.mark.usefixtures("branches")
async def test_comparison_of_an_unknown_run_is_null(gateway: Client) -> None:
    assert await compare(gateway, 99) is None
    assert await compare(gateway, 1, base=99) is None


@pytest.mark.usefixtures("branches")
async def test_comparison_factor_of_one_or_less_is_rejected(gateway: Client) -> None:
    query = "{ compareRuns(head: 5) { runtimeChanged(factor: 1) { head { runId } } } }"

    response = await gateway.post("/graphql", json={"query": query})

    assert response.json()["errors"][0]["extensions"]["argument"] == "factor"


async def test_comparison_in_the_demo_has_a_pull_request_that_breaks_two_tests(
    client: Client,
) -> None:
    comparison = await compare(client, demo.BREAKING_PR_LINUX)

    assert comparison["base"] == {"id": demo.REPAIRED_MASTER_LINUX}
    assert ids(comparison["newlyFailing"]) == list(demo.TESTS_BROKEN_BY_PR)
    assert len(comparison["stillFailing"]) == len(demo.KNOWN_FAILURES)


async def test_comparison_in_the_demo_has_a_pull_request_that_fixes_a_test(client: Client) -> None:
    comparison = await compare(client, demo.FIXING_PR_LINUX)

    assert ids(comparison["newlyFixed"]) == [demo.TEST_FIXED_BY_PR]
