"""Everything with a nodeId is found by it, as the caches of clients want it."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLInterfaceType
from strawberry.relay.utils import to_base64

from gql import demo
from gql.database import tables
from gql.schema.node import MAX_NODES
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.schema import GRAPHQL_SCHEMA

pytestmark = pytest.mark.quick

NODES = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    nodeId
    ... on Run { id branch }
    ... on Sample { runId regressionId command run { nodeId } }
  }
}
"""

ONE_OF_EACH_TYPE = f"""
{{
  sample(runId: {demo.REPORT_LINUX_2026}, regressionId: {demo.REGRESSED_TEST}) {{
    nodeId
    run {{ nodeId fork {{ nodeId }} }}
    regressionTest {{ nodeId categories {{ nodeId }} }}
    media {{ nodeId tags {{ nodeId }} }}
  }}
}}
"""


def node_ids(value: Any) -> list[str]:
    """Every nodeId in an answer, at any depth."""
    if isinstance(value, list):
        return [node_id for item in value for node_id in node_ids(item)]
    if isinstance(value, dict):
        own = [value["nodeId"]] if "nodeId" in value else []
        return own + node_ids(list(value.values()))
    return []


async def test_node_is_found_by_its_node_id(client: Client) -> None:
    ids = node_ids(await client.ask(ONE_OF_EACH_TYPE))

    nodes = (await client.ask(NODES, ids=ids))["nodes"]

    assert [node["nodeId"] for node in nodes] == ids
    interface = GRAPHQL_SCHEMA.type_map["Node"]
    assert isinstance(interface, GraphQLInterfaceType)
    types = {type_.name for type_ in GRAPHQL_SCHEMA.get_possible_types(interface)}
    assert {node["__typename"] for node in nodes} == types


async def test_node_has_the_fields_of_its_type(client: Client) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Sample { regressionId run { id } } } }"

    data = await client.ask(query, id=to_base64("Sample", "19:41"))

    assert data == {"node": {"regressionId": 41, "run": {"id": 19}}}


@pytest.mark.parametrize("node", ["Run:9999", "Sample:19:9999", "Tag:2147483647"])
async def test_unknown_node_is_null(client: Client, node: str) -> None:
    id = to_base64(*node.split(":", 1))

    data = await client.ask("query ($id: ID!) { node(id: $id) { nodeId } }", id=id)

    assert data == {"node": None}


async def test_known_nodes_are_returned_beside_unknown_ones(client: Client) -> None:
    there, missing = to_base64("Run", 19), to_base64("Run", 9999)

    nodes = (await client.ask(NODES, ids=[there, missing, there]))["nodes"]

    assert [node and node["id"] for node in nodes] == [19, None, 19]


MALFORMED = [
    "",
    "19",
    "not base64!",
    to_base64("Run", "x"),
    to_base64("Run", "19:41"),
    to_base64("Run", "019"),
    to_base64("Run", " 19"),
    to_base64("Run", "1_9"),
    to_base64("Run", "0"),
    to_base64("Run", "-1"),
    to_base64("Run", "2147483648"),
    to_base64("Sample", "19"),
    to_base64("Output", "1"),
    to_base64("Query", "1"),
    to_base64("Run", "19") + " ",
]


@pytest.mark.parametrize("malformed", MALFORMED)
@pytest.mark.parametrize(
    ("argument", "query"),
    [
        ("id", "query ($id: ID!) { node(id: $id) { nodeId } }"),
        ("ids", "query ($id: ID!) { nodes(ids: [$id]) { nodeId } }"),
    ],
)
async def test_malformed_node_id_is_rejected_by_name(
    client: Client, malformed: str, argument: str, query: str
) -> None:
    body = {"query": query, "variables": {"id": malformed}}

    [error] = (await client.post("/graphql", json=body)).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert error["message"].startswith(f"{argument} ")


async def test_malformed_node_id_is_cut_and_repeated_five_times(client: Client) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { nodeId } }"
    ids = [str(number).ljust(200, "x") for number in range(100)]

    response = await client.post("/graphql", json={"query": query, "variables": {"ids": ids}})

    messages = [error["message"] for error in response.json()["errors"]]
    cut = "0".ljust(50, "x")
    assert messages[0] == f"ids has '{cut}…', which is not a nodeId of this schema."
    assert len(messages) == 5


async def test_malformed_node_id_leaves_other_fields(client: Client) -> None:
    good = to_base64("Run", 19)

    body = {"query": NODES, "variables": {"ids": [good, "not base64!", good]}}
    answer = (await client.post("/graphql", json=body)).json()

    [error] = answer["errors"]
    assert error["path"] == ["nodes", 1]
    first, malformed, last = answer["data"]["nodes"]
    assert malformed is None
    assert first == last == (await client.ask(NODES, ids=[good]))["nodes"][0]


async def test_node_ids_above_the_limit_are_rejected(client: Client) -> None:
    ids = [to_base64("Run", 19)] * (MAX_NODES + 1)
    body = {"query": NODES, "variables": {"ids": ids}}

    assert len((await client.ask(NODES, ids=ids[1:]))["nodes"]) == MAX_NODES
    [error] = (await client.post("/graphql", json=body)).json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "ids"}


async def test_nodes_of_a_type_take_one_statement(
    client: Client, statements: Callable[[], Any]
) -> None:
    runs = [to_base64("Run", id) for id in range(1, 11)]
    samples = [to_base64("Sample", f"{run_id}:41") for run_id in range(1, 11)]

    with statements() as collected:
        await client.ask(NODES, ids=runs + samples)

    assert len(collected) == 2


async def test_node_id_belongs_to_one_type_only(gateway: Client, platform: Platform) -> None:
    await platform.add(
        tables.Category(id=7, name="DVB", description=""), tables.Tag(id=7, name="x")
    )

    nodes = (await gateway.ask(NODES, ids=[to_base64("Category", 7), to_base64("Tag", 7)]))["nodes"]

    assert [node["__typename"] for node in nodes] == ["Category", "Tag"]
