"""Which queries have a name, and what the list of them says."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from gql.named_queries.documents import cookbook_document
from tests.docs.test_cookbook import COOKBOOK as QUERIES
from tests.docs.test_cookbook import RECIPES
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite"), pytest.mark.usefixtures("engine")]


async def listed(client: Client) -> dict[str, Any]:
    response = await client.get("/queries")
    assert response.status_code == 200, response.text
    return {query["name"]: query for query in response.json()["queries"]}


async def trusted(platform: Platform, tmp_path: Path, **documents: str) -> dict[str, Any]:
    """What is listed where an operator trusts documents."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps(documents))
    trusted = settings(platform.url, graphql_trusted_documents=manifest)
    async with running_app(trusted, platform.token) as client:
        return await listed(client)


async def test_list_has_the_queries_of_the_cookbook_with_their_questions(
    gateway: Client,
) -> None:
    queries = await listed(gateway)

    assert list(queries) == list(QUERIES)
    assert [query["description"] for query in queries.values()] == [
        recipe.partition("\n")[0].removeprefix("# ") for recipe in RECIPES
    ]


async def test_list_describes_each_variable(gateway: Client) -> None:
    query = (await listed(gateway))["Flaky"]

    assert query["path"] == "/queries/Flaky"
    assert query["variables"][:2] == [
        {
            "name": "regressionId",
            "type": "Int!",
            "description": "Only these regression tests.",
            "required": True,
            "default": None,
        },
        {
            "name": "platform",
            "type": "Platform",
            "description": "Only runs on this platform.",
            "required": False,
            "default": "LINUX",
        },
    ]


async def test_description_of_a_variable_says_no_default_but_its_own(gateway: Client) -> None:
    [first] = [
        variable
        for variable in (await listed(gateway))["Since"]["variables"]
        if variable["name"] == "first"
    ]

    assert first["description"] == "The number of rows from the start, up to 100."
    assert first["default"] == 5


async def test_every_variable_of_the_cookbook_is_described(gateway: Client) -> None:
    for query in (await listed(gateway)).values():
        assert all(variable["description"] for variable in query["variables"]), query["name"]


async def test_list_needs_a_token_and_is_revalidated(gateway: Client) -> None:
    first = await gateway.get("/queries")
    again = await gateway.get("/queries", headers={"If-None-Match": first.headers["etag"]})
    without = await gateway.get("/queries", headers={"Authorization": ""})

    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, without.status_code) == (304, 401)


def test_default_of_a_required_variable_in_a_recipe_is_an_example() -> None:
    named = cookbook_document(
        "# Which?\nquery A($a: [Int!]! = [1, 2], $b: Int = 3, $c: Int!) { run(id: $a) { id } }"
    )

    assert (
        named.text == "# Which?\nquery A($a: [Int!]!, $b: Int = 3, $c: Int!) { run(id: $a) { id } }"
    )
    assert named.examples == {"a": [1, 2]}


# Trusted documents


async def test_trusted_queries_are_listed_beside_the_cookbook(
    platform: Platform, tmp_path: Path
) -> None:
    text = '"Ours." query Ours("Its number." $id: Int! = 3) { run(id: $id) { id } }'

    queries = await trusted(platform, tmp_path, x1=text)

    assert list(queries) == [*QUERIES, "Ours"]
    assert queries["Ours"]["description"] == "Ours."
    assert queries["Ours"]["variables"] == [
        {
            "name": "id",
            "type": "Int!",
            "description": "Its number.",
            "required": False,
            "default": 3,
        }
    ]


async def test_each_operation_of_a_trusted_document_has_its_name(
    platform: Platform, tmp_path: Path
) -> None:
    text = "query One { ...tags } query Two { ...tags } fragment tags on Query { tags { id } }"

    queries = await trusted(platform, tmp_path, both=text)

    assert list(queries) == [*QUERIES, "One", "Two"]


async def test_query_without_a_name_has_that_of_its_document(
    platform: Platform, tmp_path: Path
) -> None:
    queries = await trusted(
        platform, tmp_path, tags="{ tags { id } }", **{"1-2": "{ tags { id } }"}
    )

    assert list(queries) == [*QUERIES, "tags"]


async def test_trusted_query_replaces_that_of_the_cookbook(
    platform: Platform, tmp_path: Path
) -> None:
    queries = await trusted(platform, tmp_path, mine="query Waiting { queue { depth } }")

    assert list(queries) == list(QUERIES)
    assert queries["Waiting"]["variables"] == []


async def test_subscription_has_no_name_here(platform: Platform, tmp_path: Path) -> None:
    watch = "subscription Watch { runProgress(id: 1) { completed } }"

    assert list(await trusted(platform, tmp_path, watch=watch)) == list(QUERIES)


async def test_invalid_trusted_document_is_left_out_and_logged_at_the_start(
    platform: Platform, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        queries = await trusted(platform, tmp_path, old="query Old { gone }")

    assert list(queries) == list(QUERIES)
    [message] = caplog.messages
    assert message.startswith(
        "/queries has no query of the document old: Cannot query field 'gone' on type 'Query'."
    )


async def test_cookbook_is_valid_and_asked_of_a_gateway_with_trusted_documents(
    platform: Platform, tmp_path: Path
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text("{}")
    only_trusted = settings(platform.url, graphql_trusted_documents=manifest)
    async with running_app(only_trusted, platform.token) as client:
        response = await client.get("/queries/Report?runId=1")
        other = await client.post("/graphql", json={"query": "{ tags { id } }"})

    assert response.json() == {"data": {"run": None}}
    assert "Only trusted documents" in other.json()["errors"][0]["message"]
