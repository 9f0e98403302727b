"""Assistants ask the named queries as tools, and get answers that fit into their memory."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from mcp import MCPError
from sqlalchemy import URL

from gql import demo
from gql.assistants import tools
from gql.database import tables
from gql.named_queries.view import NamedQueriesApp
from gql.settings import Settings
from tests.docs.test_cookbook import COOKBOOK as QUERIES
from tests.named_queries.test_answers import EXAMPLES, without_estimates
from tests.support import rows
from tests.support.assistants import PROTOCOLS, assistant
from tests.support.databases import only_on
from tests.support.gateway import Client, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

NO_FILES = "spci_" + "n" * 43


@pytest.fixture
def served(demo_url: URL, demo_files: Path) -> Settings:
    """Those of a gateway for assistants, before the demo platform."""
    return settings(demo_url, files_url=demo_files.as_uri(), mcp=True)


# Tools


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_tools_are_the_named_queries_and_only_read(served: Settings, protocol: str) -> None:
    async with assistant(served, protocol=protocol) as asking:
        listed = (await asking.client.list_tools()).tools

    assert [tool.name for tool in listed] == list(QUERIES)
    assert all(tool.description and tool.description.endswith("?") for tool in listed)
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_tool_describes_its_arguments_with_their_types(
    served: Settings, protocol: str
) -> None:
    async with assistant(served, protocol=protocol) as asking:
        schemas = {
            each.name: each.input_schema for each in (await asking.client.list_tools()).tools
        }

    assert all(map(jsonschema_rs.meta.is_valid, schemas.values()))
    assert schemas["LastGood"] == {
        "type": "object",
        "properties": {
            "regressionId": {
                "type": "integer",
                "format": "int32",
                "description": "The test's number.",
                "examples": [41],
            },
            "platform": {
                "$ref": "#/$defs/Platform",
                "description": "The platform of the run.",
                "examples": ["WINDOWS"],
            },
        },
        "required": ["regressionId", "platform"],
        "additionalProperties": False,
        "$defs": {
            "Platform": {
                "type": "string",
                "enum": ["LINUX", "WINDOWS"],
                "description": "The operating system that a run's tests are executed on.",
            }
        },
    }
    first = schemas["Failures"]["properties"]["first"]
    assert (first["minimum"], first["maximum"], first["default"]) == (0, 100, 50)


async def test_each_list_that_continues_can_be_limited(served: Settings) -> None:
    async with assistant(served) as asking:
        listed = (await asking.client.list_tools()).tools

    properties = [tool.input_schema["properties"] for tool in listed]
    continuing = [each for each in properties if "after" in each]
    assert len(continuing) >= 5
    assert all("maximum" in each["first"] for each in continuing)


async def test_trusted_documents_are_tools_but_no_subscription(
    platform: Platform, tmp_path: Path
) -> None:
    manifest = tmp_path / "documents.json"
    documents = {
        "a": "query Depth($platform: Platform) { queue(platform: $platform) { depth } }",
        "b": "subscription Watch { runProgress(id: 1) { completed } }",
    }
    manifest.write_text(json.dumps(documents))
    served = settings(platform.url, mcp=True, graphql_trusted_documents=manifest)
    async with assistant(served, platform.token) as asking:
        names = [tool.name for tool in (await asking.client.list_tools()).tools]

        assert (await asking.ask("Depth", platform="LINUX")) == {"queue": {"depth": 0}}
    assert names == [*QUERIES, "Depth"]


# Answers


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_tool_answers_as_the_named_query(
    served: Settings, client: Client, protocol: str
) -> None:
    async with assistant(served, protocol=protocol) as asking:
        for name in QUERIES:
            answered = await asking.ask(name, **EXAMPLES[name])

            response = await client.get(f"/queries/{name}", params=EXAMPLES[name])
            assert without_estimates(answered) == without_estimates(response.json()["data"]), name


async def test_argument_that_is_null_counts_as_not_given(served: Settings) -> None:
    async with assistant(served) as asking:
        given = await asking.ask("PullRequest", pullRequest=1556, first=None, after=None)

        assert given == await asking.ask("PullRequest", pullRequest=1556)


async def test_list_and_flag_are_arguments(served: Settings) -> None:
    async with assistant(served) as asking:
        answer = await asking.ask(
            "Changes", runId=11, verdicts=["BROKEN_HERE", "FIXED_HERE"], onlyHere=True
        )

    changes = answer["run"]["comparison"]["changes"]
    assert {each["verdict"] for each in changes} == {"BROKEN_HERE"}
    assert [each["regressionTest"]["id"] for each in changes] == list(demo.TESTS_BROKEN_BY_PR)


async def test_page_says_how_to_ask_for_the_next_one(served: Settings) -> None:
    asked: dict[str, Any] = {"pullRequest": 1556, "first": 1}
    async with assistant(served) as asking:
        _, [first, hint] = await asking.texts("PullRequest", **asked)
        cursor = json.loads(first)["data"]["runs"]["pageInfo"]["endCursor"]
        _, second = await asking.texts("PullRequest", **asked, after=cursor)

    assert hint == (
        f'More rows follow: ask PullRequest again with "after": "{cursor}" and the same others.'
    )
    runs = json.loads(second[0])["data"]["runs"]
    assert [run["id"] for run in runs["nodes"]] == [demo.BREAKING_PR_LINUX]
    assert len(second) == 1


async def test_part_of_an_answer_that_the_token_may_not_read_is_null_with_the_reason(
    demo_files: Path, platform: Platform
) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.run(1, "testing", "completed"),
        rows.result(1, 1),
        rows.file(1, 1, 11, got="b" * 64),
        rows.token(NO_FILES),
    )
    served = settings(platform.url, files_url=demo_files.as_uri(), mcp=True)
    async with assistant(served, NO_FILES) as asking:
        is_error, [text] = await asking.texts("Lines", runId=1, regressionId=1)

    answer = json.loads(text)
    assert not is_error
    assert answer["data"]["sample"]["outputs"][0]["diff"] is None
    assert answer["errors"][0]["message"] == "The token lacks the scope results:read."


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Failures", "Ask again with a smaller first."),
        ("Unstable", "Ask again with a smaller last or first."),
        ("Lines", "Ask again with a smaller maxHunks."),
        ("Changes", "Ask for less by verdicts or onlyHere, or ask about a single test."),
        ("Broken", "Ask another question, about a single test."),
    ],
)
async def test_answer_that_is_too_long_is_an_error_that_says_what_to_ask_instead(
    served: Settings, name: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "MAX_ANSWER_BYTES", 100)
    async with assistant(served) as asking:
        error = await asking.error(name, **EXAMPLES[name])

    assert error["code"] == "validation_error"
    assert error["details"] == {"bound": "answer_bytes", "maximum": 100}
    assert error["message"].startswith("The answer has ")
    assert error["message"].endswith(f" bytes, and the limit for an assistant is 100. {remedy}")


async def test_length_of_an_answer_is_that_of_its_bytes(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.add(
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor.git"),
        rows.regression_test(1, command="é" * 1000),
        rows.run(1, "testing", "completed", fork_id=1),
        rows.result(1, 1),
        rows.run(2, "testing", "completed", fork_id=1),
        rows.result(2, 1, exit_code=1),
    )
    monkeypatch.setattr(tools, "MAX_ANSWER_BYTES", 2000)
    async with assistant(settings(platform.url, mcp=True), platform.token) as asking:
        error = await asking.error("Changes", runId=2)

    assert error["details"] == {"bound": "answer_bytes", "maximum": 2000}


# Errors


NESTED: Any = 1
for _ in range(150):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("LastGood", {"regressionId": 41}, "platform is required, of type Platform!."),
        ("Report", {"runId": "x"}, "runId must be an integer from -2147483648 to"),
        ("Report", {"runId": 2**80}, "runId must be an integer from -2147483648 to"),
        ("Report", {"runId": 1.5}, 'and is "1.5"'),
        ("Report", {"runId": {"a": 1}}, "runId must be an integer from"),
        ("Report", {"runId": [1, 2]}, "runId is given 2 times, and takes one value."),
        ("Report", {"runId": NESTED}, "runId must be an integer from"),
        ("Report", {"runId": 19, "run": 1}, "run is not a variable of Report, which takes runId."),
        ("FailsToday", {"platform": "linux"}, "platform must be one of LINUX, WINDOWS, and is"),
        (
            "FailsToday",
            {"first": -1},
            "first is -1, and must be from 0 to 500.",
        ),
        (
            "Failures",
            {"regressionId": 41, "first": 101},
            "first is 101, and must be from 0 to 100.",
        ),
        ("Failures", {"regressionId": 41, "after": "x"}, "after is not a valid cursor"),
    ],
)
async def test_wrong_argument_is_an_error_that_says_what_it_must_be(
    served: Settings, name: str, arguments: dict[str, Any], problem: str
) -> None:
    async with assistant(served) as asking:
        error = await asking.error(name, **arguments)

    assert error["code"] == "validation_error"
    assert problem in error["message"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_tool_that_does_not_exist_is_refused_with_the_names_of_all(
    served: Settings, protocol: str
) -> None:
    async with assistant(served, protocol=protocol) as asking:
        with pytest.raises(MCPError) as raised:
            await asking.ask("openapi.json")

    message = raised.value.message
    assert message.startswith('There is no tool named "openapi.json". There are Broken')
    assert all(name in message for name in QUERIES)
    assert raised.value.data["code"] == "not_found"


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_failure_of_the_gateway_shows_nothing_of_it(
    served: Settings, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ZeroDivisionError("SELECT secret")

    monkeypatch.setattr(NamedQueriesApp, "__call__", fail)
    async with assistant(served, protocol=protocol) as asking:
        error = await asking.error("Waiting")

    assert error == {
        "code": "internal_error",
        "message": "The gateway failed to answer. The failure was logged.",
        "details": {},
    }
