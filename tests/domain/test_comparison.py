"""A comparison of two runs says what broke, what was fixed and what was broken already."""

from datetime import timedelta
from typing import Any

import pytest

from gql import demo
from gql.database import tables
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT, VARIANT

pytestmark = pytest.mark.quick

COMPARISON = """
query ($head: Int!, $base: Int, $against: BaseSelection! = BEFORE, $verdicts: [ChangeVerdict!]) {
  compareRuns(head: $head, base: $base, against: $against) {
    base { id }
    baseReason
    counts {
      brokenHere fixedHere failingDifferently failingIdentically notRerun noReference unchangedPass
    }
    coverage { compared headOnly baseOnly warnings }
    changes(verdicts: $verdicts) { verdict ...ids }
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


def with_verdict(comparison: Any, verdict: str) -> list[int]:
    return ids(change for change in comparison["changes"] if change["verdict"] == verdict)


@pytest.fixture
async def two_runs(platform: Platform) -> None:
    """Run 2 after run 1, with a test for each kind of change."""
    await platform.add(
        *(rows.regression_test(test, outputs=(10 * test,)) for test in range(1, 10)),
        rows.variant(70, VARIANT),
        tables.Fork(id=1, github=MAIN),
        rows.run(1, "completed", fork_id=1),
        rows.run(2, "completed", fork_id=1),
    )
    exit_codes = {1: (0, 1), 2: (1, 0), 3: (1, 1), 4: (None, 0), 5: (0, None), 8: (1, 2)}
    for test in range(1, 9):
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

    assert [(change["verdict"], *ids([change])) for change in comparison["changes"]] == [
        ("BROKEN_HERE", 1),
        ("FIXED_HERE", 2),
        ("FAILING_IDENTICALLY", 3),
        ("NO_REFERENCE", 4),
        ("NOT_RERUN", 5),
        ("FAILING_DIFFERENTLY", 8),
    ]
    assert ids(comparison["runtimeChanged"]) == [6]
    assert ids(comparison["outputChanged"]) == [7]


@pytest.mark.usefixtures("two_runs")
async def test_comparison_counts_every_result_once(gateway: Client) -> None:
    comparison = await compare(gateway, 2, base=1)

    assert comparison["counts"] == {
        "brokenHere": 1,
        "fixedHere": 1,
        "failingDifferently": 1,
        "failingIdentically": 1,
        "notRerun": 1,
        "noReference": 1,
        "unchangedPass": 2,
    }
    assert comparison["coverage"] == {
        "compared": 6,
        "headOnly": 1,
        "baseOnly": 1,
        "warnings": ["LOW_COVERAGE", "SAME_COMMIT"],
    }


@pytest.mark.usefixtures("two_runs")
async def test_comparison_lists_only_the_verdicts_that_were_asked_for(gateway: Client) -> None:
    comparison = await compare(gateway, 2, base=1, verdicts=["UNCHANGED_PASS", "FIXED_HERE"])

    assert ids(comparison["changes"]) == [2, 6, 7]
    assert (await compare(gateway, 2, base=1, verdicts=[]))["changes"] == []


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize("arguments", [{"base": 1}, {}])
async def test_comparison_takes_a_limited_number_of_statements(
    gateway: Client, statements: Any, arguments: dict[str, int]
) -> None:
    # head, base (or heads and candidates), samples, failures, outputs, regression tests (those of
    # outputChanged later)
    with statements() as collected:
        await compare(gateway, 2, **arguments)

    assert len(collected) <= 8


@pytest.mark.usefixtures("two_runs")
async def test_comparison_change_has_both_results(gateway: Client) -> None:
    data = await gateway.ask(
        """{ run(id: 2) { comparison(base: 1) {
          changes(verdicts: [BROKEN_HERE, NO_REFERENCE]) {
            head { runId status } base { runId status }
          }
        } } }"""
    )

    assert data["run"]["comparison"]["changes"] == [
        {"head": {"runId": 2, "status": "FAIL"}, "base": {"runId": 1, "status": "PASS"}},
        {"head": {"runId": 2, "status": "PASS"}, "base": None},
    ]


async def test_comparison_with_a_worker_that_died_lists_what_did_not_run(
    platform: Platform, gateway: Client
) -> None:
    tests = range(1, 241)
    await platform.add(
        *(rows.regression_test(test) for test in tests),
        rows.run(1, "completed", commit="a" * 40),
        rows.run(2, "completed", commit="b" * 40),
        *(
            tables.CustomizedTest(test_id=run, regression_id=test)
            for run in (1, 2)
            for test in tests
        ),
        *(rows.result(1, test) for test in tests),
        *(rows.result(2, test) for test in tests[:60]),
    )

    comparison = await compare(gateway, 2, base=1)

    assert comparison["counts"]["notRerun"] == comparison["coverage"]["baseOnly"] == 180
    assert with_verdict(comparison, "NOT_RERUN") == list(tests[60:])
    assert comparison["coverage"]["warnings"] == ["HEAD_INCOMPLETE"]
    data = await gateway.ask(
        "{ compareRuns(head: 2, base: 1) { changes { head { status } base { status } } } }"
    )
    assert data["compareRuns"]["changes"][0] == {
        "head": {"status": "SKIPPED"},
        "base": {"status": "PASS"},
    }


async def test_comparison_of_a_queued_run_lists_no_change_of_what_it_has_not_run(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.run(1, "completed"),
        rows.run(2),
        rows.result(1, 1),
        rows.file(1, 1, 11, got=DIFFERENT),
    )

    comparison = await compare(gateway, 2, base=1)

    assert with_verdict(comparison, "NOT_RERUN") == [1]
    assert comparison["outputChanged"] == comparison["runtimeChanged"] == []


async def test_comparison_without_a_base_has_no_reference_for_any_result(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.regression_test(2),
        rows.run(1, "testing", commit="b" * 40),
        rows.result(1, 1, exit_code=1),
    )

    comparison = await compare(gateway, 1)

    assert with_verdict(comparison, "NO_REFERENCE") == [1]
    assert comparison["coverage"] == {
        "compared": 0,
        "headOnly": 1,
        "baseOnly": 0,
        "warnings": ["NO_BASE", "HEAD_INCOMPLETE"],
    }


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

    assert with_verdict(comparison, "FIXED_HERE") == [1]
    assert comparison["outputChanged"] == []


@pytest.fixture
async def branches(platform: Platform) -> None:
    """Main branch runs 1, 2, 5 (2 was canceled, 5 came after the pull request's run 4).

    Runs 6 to 9 are no base for any of these: a pull request's that names master, one without
    results, one of another branch, and one of another fork's master. Each run started an hour
    after the one before.
    """
    runs = [
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
    ]
    for run in runs:
        for row in run:
            if isinstance(row, tables.TestProgress):
                row.timestamp += timedelta(hours=row.test_id or 0)
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        tables.Fork(id=2, github="https://h/a/b"),
        rows.regression_test(1),
        *runs,
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
        (
            4,
            {},
            (
                f"Run 1 is the newest completed run of {MASTER} on linux before run 4 that "
                "covers at least 90 % of the head's tests: 1 of 1; it started 3 hours earlier."
            ),
        ),
        (
            4,
            {"against": "LATEST"},
            (
                f"Run 5 is the newest completed run of {MASTER} on linux that covers at least "
                "90 % of the head's tests: 1 of 1; it started 60 minutes later."
            ),
        ),
        (
            3,
            {},
            (
                "There is no completed run with results of master of the same fork on windows "
                "before run 3."
            ),
        ),
        (
            4,
            {"base": 5},
            (
                "You named run 5 in the query: it covers 1 of 1 tests of the head; it started "
                "60 minutes later."
            ),
        ),
    ],
)
async def test_comparison_base_has_its_reason(
    gateway: Client, head: int, arguments: dict[str, Any], reason: str
) -> None:
    assert (await compare(gateway, head, **arguments))["baseReason"] == reason


async def test_comparison_base_is_not_a_newer_run_of_a_single_test(
    platform: Platform, gateway: Client
) -> None:
    tests = range(1, 21)
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        *(rows.regression_test(test) for test in tests),
        rows.run(1, "completed", fork_id=1),
        rows.run(2, "completed", fork_id=1),
        rows.run(3, "completed", fork_id=1, branch="pull_request", test_type="pr", pr_nr=7),
        *(rows.result(run, test) for run in (1, 3) for test in tests),
        rows.result(2, 1),
        *(
            tables.CustomizedTest(test_id=run, regression_id=test)
            for run in (1, 3)
            for test in tests
        ),
        tables.CustomizedTest(test_id=2, regression_id=1),
    )

    comparison = await compare(gateway, 3)

    assert comparison["base"] == {"id": 1}
    assert comparison["coverage"]["warnings"] == ["SAME_COMMIT"]


async def test_comparison_base_is_one_of_the_newest_fifty_candidates(
    platform: Platform, gateway: Client
) -> None:
    of_one_test = range(2, 52)
    await platform.add(
        rows.regression_test(1),
        rows.regression_test(2),
        tables.Fork(id=1, github=MAIN),
        *(rows.run(run, "completed", fork_id=1) for run in range(1, 53)),
        *(rows.result(run, 1) for run in range(1, 53)),
        *(rows.result(run, 2) for run in (1, 52)),
    )

    comparison = await compare(gateway, 52)

    assert comparison["base"] == {"id": of_one_test[-1]}


async def test_comparisons_of_runs_far_apart_have_the_base_of_each(
    platform: Platform, gateway: Client, statements: Any
) -> None:
    heads = (5, 130)
    await platform.add(
        rows.regression_test(1),
        tables.Fork(id=1, github=MAIN),
        *(rows.run(run, "completed", fork_id=1) for run in range(1, 130) if run not in heads),
        *(rows.run(run, "completed", fork_id=1, test_type="pr", pr_nr=7) for run in heads),
        *(rows.result(run, 1) for run in range(1, 131)),
    )

    with statements() as executed:
        data = await gateway.ask(
            "{ runs(filter: {pullRequest: 7}) { nodes { comparison { base { id } } } } }"
        )

    bases = [run["comparison"]["base"]["id"] for run in data["runs"]["nodes"]]
    assert bases == [129, 4]
    assert len(executed) == 3  # the runs, their samples, all their candidates


async def test_previous_runs_of_a_list_take_two_statements(
    platform: Platform, gateway: Client, statements: Any
) -> None:
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        *(
            rows.run(run, fork_id=1, branch="pull_request", test_type="pr", pr_nr=run % 3 + 1)
            for run in range(1, 10)
        ),
        *(rows.run(run, fork_id=1) for run in range(10, 13)),
    )

    with statements() as executed:
        data = await gateway.ask("{ runs { nodes { id previous { id } } } }")

    previous = {run["id"]: run["previous"] for run in data["runs"]["nodes"]}
    assert previous[9] == {"id": 6}
    assert previous[12] == {"id": 11}
    assert previous[3] is previous[10] is None
    # The list, those of commits, those of pull requests, and the previous runs themselves.
    assert len(executed) == 4


async def test_comparison_without_a_base_that_covers_enough_warns_of_the_one_that_covers_most(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.Fork(id=1, github=MAIN),
        *(rows.regression_test(test) for test in range(1, 11)),
        *(rows.run(run, "completed", fork_id=1, commit=f"{run}") for run in range(1, 5)),
        *(rows.result(1, test) for test in range(1, 9)),
        *(rows.result(2, test) for test in range(1, 9)),
        rows.result(3, 1),
        *(rows.result(4, test) for test in range(1, 11)),
    )

    comparison = await compare(gateway, 4)

    assert comparison["base"] == {"id": 2}
    assert comparison["coverage"]["warnings"] == ["LOW_COVERAGE"]
    assert comparison["baseReason"] == (
        "Of the newest 50 completed runs of master of the same fork on linux before run 4 none "
        "covers at least 90 % of the head's tests, and run 2 covers most: 8 of 10; both started at "
        "the same time."
    )


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
    assert with_verdict(comparison, "BROKEN_HERE") == list(demo.TESTS_BROKEN_BY_PR)
    assert comparison["counts"]["failingIdentically"] == len(demo.KNOWN_FAILURES)


async def test_comparison_in_the_demo_has_a_pull_request_that_fixes_a_test(client: Client) -> None:
    comparison = await compare(client, demo.FIXING_PR_LINUX)

    assert with_verdict(comparison, "FIXED_HERE") == [demo.TEST_FIXED_BY_PR]
