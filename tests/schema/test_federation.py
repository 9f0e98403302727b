"""The schema as a subgraph: what a router asks of it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import URL

from gql.execution.cost_expression import MAX_REPRESENTATIONS
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings

pytestmark = pytest.mark.quick

ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Run { id branch }
    ... on RegressionTest { id command }
    ... on Sample { runId regressionId status run { id } }
  }
}
"""


@pytest.fixture(scope="module", params=[True, False], ids=["breadth first", "depth first"])
async def subgraph(demo_url: URL, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of the gateway as a subgraph."""
    chosen = settings(
        demo_url, graphql_federation=True, graphql_breadth_first_execution=request.param
    )
    async with running_app(chosen) as client:
        yield client


def run(id: Any) -> dict[str, Any]:
    return {"__typename": "Run", "id": id}


def sample(run_id: Any, regression_id: Any) -> dict[str, Any]:
    return {"__typename": "Sample", "runId": run_id, "regressionId": regression_id}


def regression_test(id: Any) -> dict[str, Any]:
    return {"__typename": "RegressionTest", "id": id}


async def entities(client: Client, *representations: Any) -> list[Any]:
    found: list[Any] = (await client.ask(ENTITIES, representations=representations))["_entities"]
    return found


async def test_entities_are_in_the_order_of_their_representations(
    subgraph: Client,
) -> None:
    found = await entities(subgraph, regression_test(41), run(2), sample(19, 41), run(1))
    assert [each["__typename"] for each in found] == ["RegressionTest", "Run", "Sample", "Run"]
    assert [each.get("id") for each in found] == [41, 2, None, 1]
    assert found[2]["run"] == {"id": 19}


async def test_entity_equals_the_object_of_its_field(subgraph: Client) -> None:
    query = "{ run(id: 11) { branch } sample(runId: 11, regressionId: 118) { status } }"
    asked = await subgraph.ask(query)
    found = await entities(subgraph, run(11), sample(11, 118))
    assert found[0]["branch"] == asked["run"]["branch"]
    assert found[1]["status"] == asked["sample"]["status"]


@pytest.mark.parametrize(
    "representation",
    [run(9999), run(0), run(-1), run(2**31 - 1), regression_test(9999), sample(19, 9999)],
)
async def test_unknown_entity_is_null(subgraph: Client, representation: Any) -> None:
    assert (await entities(subgraph, representation, run(19)))[0] is None


@pytest.mark.parametrize(
    ("representation", "message"),
    [
        (5, "A representation must have a __typename of RegressionTest, Run, Sample."),
        ({"id": 5}, "A representation must have a __typename of RegressionTest, Run, Sample."),
        ({"__typename": "Tag", "id": 5}, "A representation must have a __typename of"),
        ({"__typename": ["Run"], "id": 5}, "A representation must have a __typename of"),
        (run("11"), "A representation of Run must have an Int as id."),
        (run(True), "A representation of Run must have an Int as id."),
        (run(2**31), "A representation of Run must have an Int as id."),
        (run(None), "A representation of Run must have an Int as id."),
        (sample(19, None), "A representation of Sample must have an Int as runId and regressionId"),
    ],
)
async def test_malformed_representation_is_an_error_at_its_own_index(
    subgraph: Client, representation: Any, message: str
) -> None:
    variables = {"representations": [run(1), representation, run(2)]}
    body = (
        await subgraph.post("/graphql", json={"query": ENTITIES, "variables": variables})
    ).json()
    first, malformed, last = body["data"]["_entities"]
    assert (first["id"], malformed, last["id"]) == (1, None, 2)
    [error] = body["errors"]
    assert error["message"].startswith(message)
    assert error["path"] == ["_entities", 1]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_entities_of_a_type_take_one_statement(
    subgraph: Client, statements: Callable[[], Any]
) -> None:
    runs = [run(id) for id in range(1, 51)]
    samples = [sample(19, id) for id in range(1, 51)]
    query = """
        query ($representations: [_Any!]!) {
          _entities(representations: $representations) {
            ... on Run { branch }
            ... on Sample { runId command run { branch } }
          }
        }
    """
    with statements() as collected:
        data = await subgraph.ask(query, representations=[*runs, *samples])
    assert None not in data["_entities"]
    asked_alone = []
    for representations in (runs, samples):
        with statements() as alone:
            await subgraph.ask(query, representations=representations[:1])
        asked_alone += alone
    assert len(collected) <= len(asked_alone)


async def test_representations_count_towards_the_cost(subgraph: Client) -> None:
    query = """
        query ($representations: [_Any!]!) {
          _entities(representations: $representations) {
            ... on Run { samples(first: 100) { nodes { status } } }
          }
        }
    """
    costs = []
    for many in (10, 20):
        variables = {"representations": [run(1)] * many}
        response = await subgraph.post("/graphql", json={"query": query, "variables": variables})
        costs.append(response.json()["extensions"]["cost"]["requested"])
    assert costs[1] - 1 <= 2 * costs[0] <= costs[1] + 1
    assert costs[0] > 1


async def test_representations_above_the_limit_are_rejected(subgraph: Client) -> None:
    many = [run(1)] * MAX_REPRESENTATIONS
    assert len(await entities(subgraph, *many)) == MAX_REPRESENTATIONS
    variables = {"representations": [*many, run(1)]}
    response = await subgraph.post("/graphql", json={"query": ENTITIES, "variables": variables})
    [error] = response.json()["errors"]
    assert error["message"] == (
        "The variable representations has a list of 1001 values, and the limit is 1000."
    )
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_service_field_returns_the_subgraph_schema(subgraph: Client) -> None:
    sdl = (await subgraph.ask("{ _service { sdl } }"))["_service"]["sdl"]
    for line in (
        'type Run implements Node @key(fields: "id") {',
        'type RegressionTest implements Node @key(fields: "id") {',
        'type Sample implements Node @key(fields: "runId regressionId") {',
    ):
        assert line in sdl.splitlines()


@only_on("sqlite")
async def test_service_field_is_rejected_with_introspection_disabled(demo_url: URL) -> None:
    chosen = settings(demo_url, graphql_federation=True, graphql_introspection=False)
    async with running_app(chosen) as client:
        response = await client.post("/graphql", json={"query": "{ _service { sdl } }"})
        assert "type Run" not in response.text
        [error] = response.json()["errors"]
        assert "`sample-gateway schema --federation`" in error["message"]
        assert [each["id"] for each in await entities(client, run(11))] == [11]


@only_on("sqlite")
async def test_service_field_requires_a_token(demo_url: URL) -> None:
    async with running_app(settings(demo_url, graphql_federation=True), token=None) as client:
        response = await client.post("/graphql", json={"query": "{ _service { sdl } }"})
    assert response.status_code == 401


@only_on("sqlite")
async def test_federation_is_off_by_default(client: Client) -> None:
    response = await client.post("/graphql", json={"query": "{ _service { sdl } }"})
    assert response.json()["errors"][0]["message"].startswith("Cannot query field '_service'")


@only_on("sqlite")
async def test_federation_leaves_other_queries_unchanged(subgraph: Client, client: Client) -> None:
    query = "{ run(id: 19) { samples(first: 100) { nodes { status } } } }"
    assert await subgraph.ask(query) == await client.ask(query)
