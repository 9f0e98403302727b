"""Connections page by keyset cursors, forward and backward, and say what follows."""

import pytest
from strawberry.relay.utils import to_base64

from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

RUNS = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  runs(first: $first, after: $after, last: $last, before: $before) {
    nodes { id }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

SAMPLES = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  run(id: 1) {
    samples(first: $first, after: $after, last: $last, before: $before) {
      nodes { regressionId }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


@pytest.fixture
async def five_runs(platform: Platform) -> None:
    await platform.add(*(rows.run(id) for id in range(1, 6)))


@pytest.fixture
async def five_samples(platform: Platform) -> None:
    await platform.add(
        *(rows.regression_test(id) for id in range(1, 6)),
        rows.run(1),
    )


def ids(connection: dict) -> list[int]:
    return [next(iter(node.values())) for node in connection["nodes"]]


@pytest.mark.usefixtures("five_runs")
async def test_pagination_of_runs_is_newest_first(gateway: Client) -> None:
    first = (await gateway.ask(RUNS, first=2))["runs"]
    second = (await gateway.ask(RUNS, first=2, after=first["pageInfo"]["endCursor"]))["runs"]
    third = (await gateway.ask(RUNS, first=2, after=second["pageInfo"]["endCursor"]))["runs"]

    assert [ids(page) for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [
        True,
        True,
        False,
    ]
    assert [page["pageInfo"]["hasPreviousPage"] for page in (first, second, third)] == [
        False,
        True,
        True,
    ]


@pytest.mark.usefixtures("five_runs")
async def test_pagination_of_runs_backward_keeps_the_order(gateway: Client) -> None:
    last = (await gateway.ask(RUNS, last=2))["runs"]
    before = (await gateway.ask(RUNS, last=2, before=last["pageInfo"]["startCursor"]))["runs"]

    assert [ids(page) for page in (last, before)] == [[2, 1], [4, 3]]
    assert last["pageInfo"]["hasPreviousPage"]
    assert not last["pageInfo"]["hasNextPage"]
    assert before["pageInfo"]["hasNextPage"]


@pytest.mark.usefixtures("five_samples")
async def test_pagination_of_samples_is_by_regression_id(gateway: Client) -> None:
    pages, cursor = [], None
    for _ in range(3):
        page = (await gateway.ask(SAMPLES, first=2, after=cursor))["run"]["samples"]
        pages.append(ids(page))
        cursor = page["pageInfo"]["endCursor"]

    assert pages == [[1, 2], [3, 4], [5]]


@pytest.mark.usefixtures("five_samples")
async def test_pagination_of_samples_backward_keeps_the_order(gateway: Client) -> None:
    last = (await gateway.ask(SAMPLES, last=2))["run"]["samples"]
    cursor = last["pageInfo"]["startCursor"]
    before = (await gateway.ask(SAMPLES, last=2, before=cursor))["run"]["samples"]

    assert [ids(page) for page in (last, before)] == [[4, 5], [2, 3]]


@pytest.mark.usefixtures("five_runs")
async def test_cursor_keeps_its_place_while_runs_are_added(
    platform: Platform, gateway: Client
) -> None:
    first = (await gateway.ask(RUNS, first=2))["runs"]
    await platform.add(rows.run(6))
    second = (await gateway.ask(RUNS, first=2, after=first["pageInfo"]["endCursor"]))["runs"]

    assert ids(second) == [3, 2]


@pytest.mark.usefixtures("five_runs")
async def test_edge_has_its_cursor(gateway: Client) -> None:
    runs = (await gateway.ask(RUNS))["runs"]

    assert [edge["node"] for edge in runs["edges"]] == runs["nodes"]
    assert runs["edges"][0]["cursor"] == runs["pageInfo"]["startCursor"]
    assert runs["edges"][-1]["cursor"] == runs["pageInfo"]["endCursor"]


@pytest.mark.usefixtures("five_runs")
async def test_page_of_zero_rows_is_empty(gateway: Client) -> None:
    first, last = [(await gateway.ask(RUNS, **{end: 0}))["runs"] for end in ("first", "last")]

    assert first["nodes"] == last["nodes"] == []
    assert first["pageInfo"]["hasNextPage"]
    assert last["pageInfo"]["hasPreviousPage"]


async def test_empty_page_has_no_cursors(gateway: Client) -> None:
    runs = (await gateway.ask(RUNS))["runs"]

    assert runs["edges"] == runs["nodes"] == []
    assert runs["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.usefixtures("five_runs")
async def test_total_count_of_a_list_on_one_page_takes_no_statement(
    gateway: Client, statements
) -> None:
    with statements() as collected:
        data = await gateway.ask("{ runs(first: 5) { totalCount nodes { id } } }")

    assert data["runs"]["totalCount"] == len(data["runs"]["nodes"]) == 5
    assert len(collected) == 1


@pytest.mark.usefixtures("five_runs")
async def test_total_count_is_computed_only_if_requested(gateway: Client, statements) -> None:
    with statements() as without:
        await gateway.ask("{ runs(first: 2) { nodes { id } } }")
    with statements() as counted:
        data = await gateway.ask("{ runs(first: 2) { totalCount nodes { id } } }")

    assert len(without) == 1
    assert len(counted) == 2
    assert data["runs"]["totalCount"] == 5


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"first": -1}, "first"),
        ({"first": 101}, "first"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"first": 0, "last": 1}, "last"),
        ({"after": "nonsense"}, "after"),
        ({"before": "c2FtcGxlOjE="}, "before"),
        ({"after": to_base64("run", "1")}, "after"),
        ({"after": to_base64("run", "[]")}, "after"),
        ({"after": to_base64("run", "[1, 2]")}, "after"),
        ({"after": to_base64("run", "[2147483648]")}, "after"),
        ({"after": to_base64("run", "[-2147483649]")}, "after"),
        ({"after": to_base64("run", "[99999999999999999999]")}, "after"),
        ({"after": to_base64("run", "[1.5]")}, "after"),
        ({"after": to_base64("run", "[true]")}, "after"),
        ({"after": to_base64("run", "[null]")}, "after"),
        ({"after": to_base64("run", '["1"]')}, "after"),
        ({"after": to_base64("oldest run", "[1]")}, "after"),
        ({"before": to_base64("history", "[1]")}, "before"),
        ({"after": ""}, "after"),
    ],
)
async def test_invalid_page_argument_is_rejected_by_name(
    gateway: Client, arguments: dict, argument: str
) -> None:
    response = await gateway.post("/graphql", json={"query": RUNS, "variables": arguments})

    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert argument in error["message"]
