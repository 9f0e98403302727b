"""An assistant goes from the number of a pull request to the lines that differ in an output."""

from pathlib import Path

import pytest
from sqlalchemy import URL

from gql import demo
from tests.support.assistants import PROTOCOLS, assistant_at
from tests.support.databases import only_on
from tests.support.server import address, logged, serving

pytestmark = only_on("sqlite")


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_assistant_finds_the_lines_that_a_pull_request_broke(
    demo_url: URL, demo_files: Path, tmp_path: Path, protocol: str
) -> None:
    options = {
        "database_url": address(demo_url),
        "files_url": demo_files.as_uri(),
        "mcp": "true",
        "log_level": "info",
    }
    with serving(tmp_path, **options) as server:
        async with assistant_at(server.origin, demo.DEMO_TOKEN, protocol=protocol) as asking:
            names = {tool.name for tool in (await asking.client.list_tools()).tools}

            # Which runs tested it, and what broke only there?
            runs = await asking.ask("PullRequest", pullRequest=1556)
            platforms = {run["platform"] for run in runs["runs"]["nodes"]}
            answer = await asking.ask("BrokenInPullRequest", pullRequest=1556, platform="LINUX")
            run = answer["pullRequest"]["latest"]["run"]
            broken = [each["head"] for each in run["comparison"]["onlyHere"]]
            [failing] = [each for each in broken if each["failureKind"] == "OUTPUT_DIFF"]
            sample = {"runId": run["id"], "regressionId": failing["regressionId"]}

            # Is it new, and is it on master too?
            elsewhere = (await asking.ask("Elsewhere", **sample))["sample"]
            last_good = await asking.ask(
                "LastGood", regressionId=failing["regressionId"], platform="LINUX"
            )

            # Which output differs, and in which lines?
            outputs = (await asking.ask("Differs", **sample))["sample"]["outputs"]
            [diff] = [
                each["diff"]
                for each in (await asking.ask("Lines", **sample))["sample"]["outputs"]
                if each["diff"]["status"] == "DIFFERENT"
            ]
        printed, errors = server.stop()

    assert f"MCP       {server.origin}/mcp\n" in printed
    assert {"PullRequest", "BrokenInPullRequest", "Elsewhere", "Differs", "Lines"} <= names
    assert platforms == {"LINUX", "WINDOWS"}
    assert sample == {
        "runId": demo.BREAKING_PR_LINUX,
        "regressionId": demo.TESTS_BROKEN_BY_PR[0],
    }
    assert (elsewhere["verdict"], elsewhere["occurrences"]["onMaster"]) == ("BROKEN_HERE", False)
    assert last_good["regressionTest"]["lastPassed"]["id"] != run["id"]
    assert [each["status"] for each in outputs] == ["DIFF_MISMATCH"]
    changed = diff["unified"].splitlines()[2:]
    assert [line[:1] for line in changed if line[:1] in "+-"] == ["-", "+"]

    asked = [line for line in logged(errors) if line["message"] == "request" and line["operation"]]
    assert {line["api"] for line in asked} == {"mcp"}
    assert [line["operation"] for line in asked] == [
        "PullRequest",
        "BrokenInPullRequest",
        "Elsewhere",
        "LastGood",
        "Differs",
        "Lines",
    ]
    assert all(line["client"].startswith("token:") and line["cost"] >= 1 for line in asked)
    assert {line["level"] for line in logged(errors)} == {"info"}
