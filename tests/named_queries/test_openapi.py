"""`/queries/openapi.json` is valid, says what is answered, and makes a client that works."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import URL

from gql import demo
from gql.app import create_app
from gql.database.urls import async_url
from tests.docs.test_cookbook import COOKBOOK as QUERIES
from tests.named_queries.test_answers import EXAMPLES
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.server import address, serving

OPENAPI = "/queries/openapi.json"

pytestmark = only_on("sqlite")


@pytest.fixture
async def description(client: Client) -> Any:
    return (await client.get(OPENAPI)).json()


def schema_of(description: Any, name: str) -> Any:
    response = description["paths"][f"/queries/{name}"]["get"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    return {**schema, "components": description["components"]}


def test_description_is_valid_openapi(description: Any) -> None:
    assert description["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(description).validate()


async def test_queries_below_a_root_path_are_listed_and_described_with_it(demo_url: URL) -> None:
    async with running_app(settings(demo_url, root_path="/gateway")) as client:
        description = (await client.get(f"/gateway{OPENAPI}")).json()
        listed = (await client.get("/gateway/queries")).json()["queries"]
        paths = {query["name"]: query["path"] for query in listed}
        answer = await client.get(paths["Broken"], params={"runId": 11})

    assert description["servers"] == [{"url": "/gateway"}]
    assert paths["Broken"] == "/gateway/queries/Broken"
    assert answer.status_code == 200


def test_description_has_every_query_with_its_question(description: Any) -> None:
    operations = {path: item["get"] for path, item in description["paths"].items()}

    assert list(operations) == [f"/queries/{name}" for name in QUERIES]
    assert [operation["operationId"] for operation in operations.values()] == list(QUERIES)
    assert all(operation["summary"].endswith("?") for operation in operations.values())


def test_description_has_the_variables_with_their_types(description: Any) -> None:
    parameters = description["paths"]["/queries/LastGood"]["get"]["parameters"]

    assert parameters == [
        {
            "name": "regressionId",
            "in": "query",
            "required": True,
            "description": "The test's number.",
            "example": 41,
            "schema": {"type": "integer", "format": "int32"},
        },
        {
            "name": "platform",
            "in": "query",
            "required": True,
            "description": "The platform of the run.",
            "example": "WINDOWS",
            "schema": {"$ref": "#/components/schemas/Platform"},
        },
    ]


@pytest.mark.parametrize(
    ("query", "variable", "least", "most"),
    [("Failures", "first", 0, 100), ("FailsToday", "first", 0, 500), ("Flaky", "last", 1, 100)],
)
def test_description_has_the_range_of_a_number(
    description: Any, query: str, variable: str, least: int, most: int
) -> None:
    parameters = description["paths"][f"/queries/{query}"]["get"]["parameters"]
    [schema] = [each["schema"] for each in parameters if each["name"] == variable]

    assert (schema["minimum"], schema["maximum"]) == (least, most)
    assert least <= schema["default"] <= most


@pytest.mark.parametrize(
    ("name", "media_types"),
    [
        ("PullRequest", ["application/json", "text/csv", "application/x-ndjson"]),
        ("Since", ["application/json"]),
    ],
)
def test_description_says_which_answers_can_be_tables(
    description: Any, name: str, media_types: list[str]
) -> None:
    response = description["paths"][f"/queries/{name}"]["get"]["responses"]["200"]

    assert list(response["content"]) == media_types


@pytest.mark.parametrize("name", QUERIES)
async def test_answer_is_as_described(client: Client, description: Any, name: str) -> None:
    response = await client.get(f"/queries/{name}", params=EXAMPLES[name])

    jsonschema_rs.validator_for(_closed(schema_of(description, name))).validate(response.json())


def _closed(schema: Any) -> Any:
    """The schema, whose objects have no other properties than it says."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(each) for name, each in schema.items()}
    return closed | {"additionalProperties": False} if "properties" in schema else closed


async def test_answer_with_null_is_as_described(client: Client, description: Any) -> None:
    response = await client.get("/queries/Report?runId=9317")

    jsonschema_rs.validator_for(schema_of(description, "Report")).validate(response.json())


async def test_description_needs_no_token(gateway: Client) -> None:
    response = await gateway.get(OPENAPI, headers={"Authorization": ""})

    assert response.status_code == 200


async def test_description_needs_a_token_where_the_schema_is_hidden(platform: Platform) -> None:
    hidden = settings(platform.url, graphql_introspection=False)
    async with running_app(hidden, platform.token) as client:
        without = await client.get(OPENAPI, headers={"Authorization": ""})
        with_token = await client.get(OPENAPI)

    assert (without.status_code, with_token.status_code) == (401, 200)


published = schemathesis.openapi.from_asgi(
    OPENAPI, create_app(settings(async_url("sqlite:///none.sqlite")))
)


@published.include(path="/queries/LastGood").parametrize()
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_described(case: Any, demo_url: URL) -> None:
    case.call_and_validate(
        app=create_app(settings(demo_url)),
        headers={"Authorization": f"Bearer {demo.DEMO_TOKEN}"},
    )


CALL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from made import AuthenticatedClient
from made.api.default import broken, last_good, pull_request
from made.models import Error, Platform

client = AuthenticatedClient(base_url=sys.argv[2], token=sys.argv[3])
runs = pull_request.sync(client=client, pull_request=1556).data.runs.nodes
comparison = broken.sync(client=client, run_id=runs[1].id).data.run.comparison
print([run.platform.value for run in runs], comparison.counts.broken_here)
print([change.regression_test.id for change in comparison.only_here])
print(last_good.sync(client=client, regression_id=41, platform=Platform.WINDOWS).data.to_dict())
refused = pull_request.sync(client=client, pull_request=1556, first=1000)
print(isinstance(refused, Error), refused.message)
"""


def test_client_that_is_generated_from_the_description_works(
    description: Any, demo_url: URL, tmp_path: Path
) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(description))
    programs = Path(sys.executable).parent
    command = [programs / "openapi-python-client", "generate", "--fail-on-warning"]
    options = ["--meta", "none", "--path", file, "--output-path", tmp_path / "made"]
    subprocess.run(
        [*command, *options],
        env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )

    with serving(tmp_path, database_url=address(demo_url)) as server:
        done = subprocess.run(
            [sys.executable, "-c", CALL, tmp_path, server.origin, demo.DEMO_TOKEN],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [
        "['WINDOWS', 'LINUX'] 2",
        str(list(demo.TESTS_BROKEN_BY_PR)),
    ]
    assert "'sample': {'runtimeMs'" in done.stdout
    assert done.stdout.splitlines()[-1] == "True first is 1000, and must be from 0 to 100."
