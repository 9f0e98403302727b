"""Each question of the cookbook has the answer that is in the demo platform."""

import re
from pathlib import Path
from typing import Any

import pytest

from gql import demo, explorer
from tests.docs.documents import DOCS, blocks
from tests.support.gateway import Client

BLOCKS = blocks(DOCS / "cookbook.md", "graphql")
# But for the subscription, which has no one answer.
COOKBOOK = {
    re.findall(r"query (\w+)", query)[0]: query for query in BLOCKS if query.startswith("query")
}
RECIPES = [recipe for recipe in explorer.COOKBOOK if "\nquery " in recipe]


async def answer(client: Client, name: str) -> Any:
    return await client.ask(COOKBOOK[name])


def changed(comparison: Any, verdict: str) -> list[int]:
    changes = (change for change in comparison["changes"] if change["verdict"] == verdict)
    return [change["regressionTest"]["id"] for change in changes]


@pytest.mark.parametrize("name", COOKBOOK)
async def test_query_of_the_cookbook_costs_three_at_most(client: Client, name: str) -> None:
    response = await client.post("/graphql", json={"query": COOKBOOK[name]})

    assert response.json()["extensions"]["cost"]["requested"] <= 3


async def test_broken_in_pull_request_names_what_is_only_there(client: Client) -> None:
    run = (await answer(client, "BrokenInPullRequest"))["pullRequest"]["latest"]["run"]

    assert run["id"] == demo.BREAKING_PR_LINUX
    assert run["comparison"]["base"]["id"] == demo.REPAIRED_MASTER_LINUX
    only_here = [change["head"]["regressionId"] for change in run["comparison"]["onlyHere"]]
    assert only_here == list(demo.TESTS_BROKEN_BY_PR)


async def test_broken_names_what_the_pull_request_broke_and_what_failed_before(
    client: Client,
) -> None:
    comparison = (await answer(client, "Broken"))["run"]["comparison"]

    assert comparison["base"]["id"] == demo.REPAIRED_MASTER_LINUX
    assert changed(comparison, "BROKEN_HERE") == list(demo.TESTS_BROKEN_BY_PR)
    assert changed(comparison, "FIXED_HERE") == []
    assert set(changed(comparison, "FAILING_IDENTICALLY")) == set(demo.KNOWN_FAILURES)
    assert comparison["counts"]["brokenHere"] == len(demo.TESTS_BROKEN_BY_PR)
    only_here = [change["regressionTest"]["id"] for change in comparison["onlyHere"]]
    assert only_here == list(demo.TESTS_BROKEN_BY_PR)


async def test_changes_lists_what_is_worse_than_before(client: Client) -> None:
    changes = (await answer(client, "Changes"))["run"]["comparison"]["changes"]

    assert [each["regressionTest"]["id"] for each in changes] == list(demo.TESTS_BROKEN_BY_PR)
    assert {each["verdict"] for each in changes} == {"BROKEN_HERE"}
    assert {each["base"]["status"] for each in changes} == {"PASS"}


async def test_elsewhere_finds_a_known_failure_on_master_and_in_pull_requests(
    client: Client,
) -> None:
    sample = (await answer(client, "Elsewhere"))["sample"]

    assert sample["verdict"] == "FAILING_IDENTICALLY"
    assert sample["triage"] == "NEVER_PASSED"
    occurrences = sample["occurrences"]
    assert occurrences["onMaster"]
    assert occurrences["runs"] > len(occurrences["pullRequests"]) > 1
    assert occurrences["first"]["runId"] < 11 < occurrences["latest"]["runId"]


async def test_since_names_the_first_failure_and_one_fingerprint(client: Client) -> None:
    data = await answer(client, "Since")

    [test] = data["insights"]["tests"]["nodes"]
    assert test["failingSince"]["id"] == demo.GOOD_MASTER_LINUX
    assert test["lastPass"] is None
    history = data["regressionTest"]["history"]["nodes"]
    assert len({node["failureFingerprint"] for node in history if node["failureKind"]}) == 1


async def test_flaky_test_changes_its_status_in_every_run(client: Client) -> None:
    [test] = (await answer(client, "Flaky"))["insights"]["tests"]["nodes"]

    assert test["isFlaky"]
    assert test["statusChanges"] == test["results"] - 1
    assert abs(test["results"] - 2 * test["failures"]) <= 1


async def test_unstable_finds_the_flaky_test_and_the_known_failures(client: Client) -> None:
    insights = (await answer(client, "Unstable"))["insights"]

    flaky = [node["regressionTest"]["id"] for node in insights["flaky"]["nodes"]]
    assert flaky[0] == demo.FLAKY_TEST
    failing = insights["failsNow"]
    assert failing["totalCount"] >= len(failing["nodes"]) > 0
    assert {node["regressionTest"]["id"] for node in failing["nodes"]} & set(demo.KNOWN_FAILURES)
    slowdowns = [node["runtimeMs"]["slowdown"] for node in insights["slower"]["nodes"]]
    assert slowdowns == sorted(slowdowns, reverse=True)
    assert all(
        len(node["statuses"]) == len(insights["runs"]) for node in insights["flaky"]["nodes"]
    )


async def test_differs_names_the_output_and_the_produced_file(client: Client) -> None:
    [output] = (await answer(client, "Differs"))["sample"]["outputs"]

    assert output["status"] == "DIFF_MISMATCH"
    assert output["filename"].startswith(output["actualHash"])
    assert output["acceptedVariants"] == []


async def test_lines_shows_which_lines_of_the_output_differ(client: Client) -> None:
    [output] = (await answer(client, "Lines"))["sample"]["outputs"]

    assert output["diff"]["status"] == "DIFFERENT"
    lines = output["diff"]["unified"].split("\n")[2:]
    assert sum(line.startswith("+") for line in lines) == output["diff"]["addedLines"]
    assert output["expected"]["downloadUrl"] != output["actual"]["downloadUrl"]


async def test_last_good_run_is_of_the_platform_that_was_asked_for(client: Client) -> None:
    run = (await answer(client, "LastGood"))["regressionTest"]["lastPassed"]

    assert run["id"] % 2 == 0  # windows
    assert run["sample"]["exitCode"] == 0


async def test_waiting_lists_the_queue_before_what_is_in_it(client: Client) -> None:
    data = await answer(client, "Waiting")

    runs = data["queue"]["runs"]["nodes"]
    statuses = [run["status"] for run in runs]
    for name, count in (("depth", "QUEUED"), ("running", "RUNNING")):
        total = data["linux"][name] + data["windows"][name]
        assert total == statuses.count(count) > 0
    positions = [(run["platform"], run["queuePosition"]) for run in runs]
    assert ("LINUX", 1) in positions
    assert data["linux"]["isPaused"]
    assert not data["windows"]["isPaused"]
    waits = {
        (run["platform"], run["estimatedFinish"] is not None)
        for run in runs
        if run["queuePosition"]
    }
    assert waits == {("LINUX", False), ("WINDOWS", True)}


async def test_in_progress_lists_preparing_and_testing_runs(client: Client) -> None:
    live = demo.live_runs(demo.DEFAULT_RUNS)

    runs = {run["id"]: run for run in (await answer(client, "InProgress"))["runs"]["nodes"]}

    assert list(runs) == [live.preparing, live.testing, demo.RESTARTED_WITH_RESULTS]
    testing = runs[live.testing]["summary"]
    assert (testing["completed"], testing["total"]) == (118, 237)
    assert testing["completedRatio"] == pytest.approx(118 / 237)


async def test_fails_today_lists_known_failures_slowest_first(client: Client) -> None:
    [run] = (await answer(client, "FailsToday"))["runs"]["nodes"]

    samples = run["samples"]["nodes"]
    assert {sample["regressionId"] for sample in samples} >= set(demo.KNOWN_FAILURES)
    runtimes = [sample["runtimeMs"] or -1 for sample in samples]
    assert runtimes == sorted(runtimes, reverse=True)
    assert all(sample["resultMessage"] for sample in samples)


async def test_report_adds_up_to_the_summary(client: Client) -> None:
    summary = (await answer(client, "Report"))["run"]["summary"]

    assert sum(row["pass"] for row in summary["byCategory"]) == summary["pass"]


async def test_failures_lists_every_run_in_which_the_test_failed(client: Client) -> None:
    history = (await answer(client, "Failures"))["regressionTest"]["history"]

    runs = [node["run"]["id"] for node in history["nodes"]]
    assert runs == [8, 7, 6, demo.REGRESSED_MASTER_LINUX]


async def test_platforms_shows_what_a_commit_does_on_each(client: Client) -> None:
    revision = (await answer(client, "Platforms"))["run"]["revision"]

    assert [run["id"] for run in revision["runs"]] == [
        demo.BREAKING_PR_WINDOWS,
        demo.BREAKING_PR_LINUX,
    ]
    assert revision["status"] == "FAIL"
    for difference in revision["platformDifferences"]:
        linux, windows = difference["samples"]
        assert (linux["run"]["platform"], windows["run"]["platform"]) == ("LINUX", "WINDOWS")
        assert linux["failureKind"] != windows["failureKind"]


async def test_pull_request_lists_its_runs_newest_first(client: Client) -> None:
    runs = (await answer(client, "PullRequest"))["runs"]

    assert [run["id"] for run in runs["nodes"]] == [
        demo.BREAKING_PR_WINDOWS,
        demo.BREAKING_PR_LINUX,
    ]


def test_every_question_is_asked_here() -> None:
    asked = re.findall(r'answer\(client, "(\w+)"\)', Path(__file__).read_text())

    assert sorted(asked) == sorted(COOKBOOK)


def test_graphiql_offers_the_same_queries_each_below_its_question() -> None:
    questions, queries = zip(*(recipe.split("\n", 1) for recipe in explorer.COOKBOOK), strict=True)

    assert all(question.endswith("?") for question in questions)
    assert [f"{query}\n" for query in queries] == BLOCKS
