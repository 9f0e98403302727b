"""Each question of the cookbook has the answer that the demo platform's stories tell."""

import re
from pathlib import Path
from typing import Any

import pytest

from gql import demo, explorer
from tests.conftest import Client

TEXT = (Path(__file__).parent.parent / "docs/cookbook.md").read_text()
COOKBOOK = {
    name: query for query, name in re.findall(r"```graphql\n(query (\w+).*?)```", TEXT, re.DOTALL)
}
RECIPE = re.compile(r"\*\*(.+?)\*\*.*?```graphql\n(.+?)\n```", re.DOTALL)


# A fork's branch of the same name is counted too, and its run 17 passes everything.
counts_forks = pytest.mark.xfail(strict=True, reason="stability(branch:) counts all forks")


async def answer(client: Client, name: str) -> Any:
    return await client.ask(COOKBOOK[name])


def changed(changes: list[Any]) -> list[int]:
    return [change["regressionTest"]["id"] for change in changes]


async def test_what_broke_and_what_was_broken(client: Client) -> None:
    comparison = (await answer(client, "Broken"))["run"]["comparison"]

    assert comparison["base"]["id"] == demo.REPAIRED_MASTER_LINUX
    assert changed(comparison["newlyFailing"]) == list(demo.TESTS_BROKEN_BY_PR)
    assert changed(comparison["newlyFixed"]) == []
    assert set(changed(comparison["stillFailing"])) == set(demo.KNOWN_FAILURES)


@counts_forks
async def test_since_when(client: Client) -> None:
    test = (await answer(client, "Since"))["regressionTest"]

    assert test["stability"]["firstFailure"]["run"]["id"] == demo.GOOD_MASTER_LINUX
    assert test["stability"]["lastPass"] is None
    signatures = {node["failureSignature"] for node in test["history"]["nodes"]}
    assert signatures == {test["stability"]["signature"]}


@counts_forks
async def test_flaky(client: Client) -> None:
    stability = (await answer(client, "Flaky"))["regressionTest"]["stability"]

    assert stability["statusChanges"] == stability["runs"] - 1
    assert abs(stability["passes"] - stability["failures"]) <= 1


async def test_which_output_differs(client: Client) -> None:
    [output] = (await answer(client, "Differs"))["sample"]["outputs"]

    assert output["status"] == "DIFF_MISMATCH"
    assert output["filename"].startswith(output["actualHash"])
    assert output["acceptedVariants"] == []


async def test_the_last_good_run(client: Client) -> None:
    run = (await answer(client, "LastGood"))["regressionTest"]["lastPassed"]

    assert run["id"] % 2 == 0  # windows
    assert run["sample"]["exitCode"] == 0


async def test_runs_going_on(client: Client) -> None:
    live = demo.live_runs(demo.DEFAULT_RUNS)

    runs = {run["id"]: run for run in (await answer(client, "GoingOn"))["runs"]["nodes"]}

    assert list(runs) == [live.preparing, live.testing, demo.RESTARTED_WITH_RESULTS]
    testing = runs[live.testing]["summary"]
    assert (testing["completed"], testing["total"]) == (118, 237)
    assert testing["completedRatio"] == pytest.approx(118 / 237)


async def test_what_fails_today(client: Client) -> None:
    [run] = (await answer(client, "FailsToday"))["runs"]["nodes"]

    samples = run["samples"]["nodes"]
    assert {sample["regressionId"] for sample in samples} >= set(demo.KNOWN_FAILURES)
    runtimes = [sample["runtimeMs"] or -1 for sample in samples]
    assert runtimes == sorted(runtimes, reverse=True)
    assert all(sample["resultMessage"] for sample in samples)


async def test_a_report(client: Client) -> None:
    summary = (await answer(client, "Report"))["run"]["summary"]

    assert sum(row["pass"] for row in summary["byCategory"]) == summary["pass"]


async def test_all_failures_of_a_test(client: Client) -> None:
    history = (await answer(client, "Failures"))["regressionTest"]["history"]

    runs = [node["run"]["id"] for node in history["nodes"]]
    assert runs == [8, 7, 6, demo.REGRESSED_MASTER_LINUX]


async def test_runs_of_a_pull_request(client: Client) -> None:
    runs = (await answer(client, "PullRequest"))["runs"]

    assert [run["id"] for run in runs["nodes"]] == [
        demo.BREAKING_PR_WINDOWS,
        demo.BREAKING_PR_LINUX,
    ]


def test_every_recipe_is_tried_here() -> None:
    tried = set(re.findall(r'answer\(client, "(\w+)"\)', Path(__file__).read_text()))

    assert tried == set(COOKBOOK)


def test_graphiql_has_the_same_recipes_below_the_same_questions() -> None:
    recipes = [
        f"# {question.replace(chr(10), ' ')}\n{query}" for question, query in RECIPE.findall(TEXT)
    ]

    assert recipes == explorer.COOKBOOK
