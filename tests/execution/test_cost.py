"""An operation counts for as many requests as the rows it asks for are worth."""

import sys
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL

from gql import demo
from gql.database.pagination import DEFAULT_PAGE_SIZE
from gql.execution.documents import DocumentCache, ExecutionPolicy
from gql.execution.limits import QueryLimits
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.schema import GRAPHQL_SCHEMA
from tests.support.subscriptions import Results, serving, sse_results, websocket_results

pytestmark = [
    pytest.mark.quick,
    only_on("sqlite"),
    pytest.mark.usefixtures("engine"),
]

SAMPLES = "nodes { samples(first: 500) { nodes { status } } }"
MANY = f"{{ runs(first: 18) {{ {SAMPLES} }} }}"  # 4800 rows and so a cost of 5
MORE = (
    "{ runs(first: 100) { nodes { samples(first: 500) { nodes { media { id } run { id } } } } } }"
)

BY_EDGES = """
{ runs(first: 100) { edges { node { ...F } } } }
fragment F on Run { samples(first: 500) { edges { node { status } } } }
"""
STABILITIES = """
{ regressionTests(first: 100) {
  nodes { stability(platform: LINUX, last: 100) { statusChanges } }
} }
"""
BY_IDS = """
{ nodes(ids: ["a", "b", "c", "d"]) {
  ... on Run { samples(first: 500) { nodes { outputs { status } } } }
} }
"""


def nested(levels: int) -> Any:
    """Objects in lists, so many together."""
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def cost(document: str, **variables: Any) -> int:
    return DocumentCache(GRAPHQL_SCHEMA, ExecutionPolicy(max_cost=1_000_000)).cost(
        document, None, variables
    )


@pytest.mark.parametrize(
    "query",
    [
        "{ sample(runId: 1, regressionId: 1) { status outputs { status } categories { name } } }",
        "{ run(id: 1) { status summary { total byCategory { pass } } } }",
        "{ runs { nodes { id status platform startedAt summary { pass fail } } } }",
        "{ run(id: 1) { samples(first: 500) { totalCount nodes { regressionId status } } } }",
        "{ runs(first: 100) { edges { cursor node { id commit } } pageInfo { endCursor } } }",
        "{ __schema { types { name fields { name args { name } type { name } } } } }",
    ],
)
def test_simple_query_costs_one(query: str) -> None:
    assert cost(query) == 1


@pytest.mark.parametrize(
    ("query", "requests"),
    [
        (f"{{ runs(first: 1) {{ {SAMPLES} }} }}", 1),
        (f"{{ runs(first: 10) {{ {SAMPLES} }} }}", 3),
        (f"{{ runs(last: 10) {{ {SAMPLES} }} }}", 3),
        (f"{{ runs {{ {SAMPLES} }} }}", 13),
        (f"{{ runs(first: 100) {{ {SAMPLES} }} }}", 26),
        (f"{{ runs(first: 10) {{ ...F }} }} fragment F on RunConnection {{ {SAMPLES} }}", 3),
        (f"{{ a: runs(first: 10) {{ {SAMPLES} }} b: runs(first: 10) {{ {SAMPLES} }} }}", 6),
        (BY_EDGES, 26),
        (STABILITIES, 7),
        (BY_IDS, 4),
    ],
)
def test_cost_of_nested_pages_is_multiplied(query: str, requests: int) -> None:
    assert cost(query) == requests


@pytest.mark.parametrize(
    ("variables", "requests"),
    [
        ({"runs": 10}, 3),
        # A page of a run's samples reads half of the run, however small it is.
        ({"runs": 100, "samples": 50}, 14),
        ({"runs": 100}, 26),
        ({"runs": 100, "also": False}, 1),
        ({}, 1),
        ({"runs": None}, 13),
        ({"runs": -1}, 1),
        ({"runs": 10**9}, 127),
    ],
)
def test_cost_depends_on_variables(variables: dict[str, Any], requests: int) -> None:
    query = """query ($runs: Int = 3, $samples: Int = 500, $also: Boolean = true) {
      runs(first: $runs) {
        nodes { samples(first: $samples) @include(if: $also) { nodes { status } } }
      }
    }"""

    assert cost(query, **variables) == requests


def test_cost_depends_on_the_number_of_ids() -> None:
    query = """query ($ids: [ID!]!) { nodes(ids: $ids) {
      ... on Run { samples(first: 500) { nodes { status } } }
    } }"""

    assert cost(query, ids=["a"] * 10) == 3


@pytest.mark.parametrize("directive", ["@skip(if: true)", "@include(if: false)", "@skip(if: $yes)"])
def test_cost_excludes_skipped_fields(directive: str) -> None:
    query = f"""query ($yes: Boolean = true) {{
      tags @include(if: $yes) {{ id }}
      ... {directive} {{ runs(first: 100) {{ {SAMPLES} }} }}
    }}"""

    assert cost(query) == 1


def test_cost_is_that_of_the_selected_operation() -> None:
    documents = DocumentCache(GRAPHQL_SCHEMA, ExecutionPolicy())
    document = f"query A {{ tags {{ id }} }} query B {MANY}"

    assert documents.cost(document, "A", None) == 1
    assert documents.cost(document, "B", None) == 5


SIZES = st.none() | st.integers(0, 500)
MISSING = object()


@given(
    first=st.just(MISSING) | SIZES,
    last=st.just(MISSING) | SIZES,
    default=SIZES,
    as_float=st.booleans(),
)
def test_variables_cost_what_they_are_coerced_to(
    first: Any, last: Any, default: int | None, as_float: bool
) -> None:
    given_sizes = {n: v for n, v in (("first", first), ("last", last)) if v is not MISSING}
    by_variables = f"""
        query ($first: Int = {"null" if default is None else default}, $last: Int) {{
          runs(first: 20) {{ nodes {{
            samples(first: $first, last: $last) {{ nodes {{ status }} }}
          }} }}
        }}
    """
    variables = {
        name: float(size) if as_float and size is not None else size
        for name, size in given_sizes.items()
    }

    coerced = {"first": default, "last": None} | given_sizes
    size = next((n for n in coerced.values() if n is not None), DEFAULT_PAGE_SIZE)
    by_literals = (
        f"{{ runs(first: 20) {{ nodes {{ samples(first: {size}) {{ nodes {{ status }} }} }} }} }}"
    )
    # The first has more tokens, which count as well.
    assert cost(by_variables, **variables) - cost(by_literals) in {0, 1}


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("{ compareRuns(head: 1) { changes { head { status } } } }", 120),
        ("{ run(id: 1) { comparison { runtimeChanged { head { status } } } } }", 120),
        ("{ run(id: 1) { summary { byCategory { pass } } } }", 15),
        ("{ categories { name } }", 15),
    ],
)
def test_lists_without_pages_cost_what_they_hold(query: str, rows: int) -> None:
    body = query.removeprefix("{").removesuffix("}")
    hundred = "{ " + " ".join(f"a{n}: {body.strip()}" for n in range(45)) + " }"
    unlimited = QueryLimits(aliases=100, tokens=10_000)
    policy = ExecutionPolicy(max_cost=1_000_000, query_limits=unlimited)
    documents = DocumentCache(GRAPHQL_SCHEMA, policy)

    assert documents.cost(hundred, None, {}) >= 45 * rows / 1000


def test_cost_is_cached_for_a_known_document() -> None:
    documents = DocumentCache(GRAPHQL_SCHEMA, ExecutionPolicy())
    document = "query ($n: Int) { runs(first: $n) { nodes { id summary { total } } } }"

    first = calls(lambda: documents.cost(document, None, {}))
    again = calls(lambda: documents.cost(document, None, {"n": 10}))

    assert again < first / 50


def calls(work: Callable[[], object]) -> int:
    """How many functions are called in it."""
    called = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called


@pytest.fixture
async def limited(platform: Platform) -> AsyncIterator[Client]:
    async with running_app(
        settings(platform.url, rate_limit_requests=12), platform.token
    ) as client:
        yield client


async def test_cost_is_charged_to_the_rate_limit_and_returned(limited: Client) -> None:
    async def ask(query: str) -> tuple[int, str, Any]:
        response = await limited.post("/graphql", json={"query": query})
        remaining = response.headers["x-ratelimit-remaining"]
        cost = response.json().get("extensions", {}).get("cost", {})
        return response.status_code, remaining, cost.get("requested")

    assert await ask("{ tags { id } }") == (200, "11", 1)
    assert await ask(MANY) == (200, "6", 5)
    assert await ask(MANY) == (200, "1", 5)
    assert await ask(MANY) == (429, "0", None)


TESTS = "regressionTests(first: 1, filter: {mediaIds: $ids}) { totalCount }"
MEDIA = f"query ($ids: [Int!]) {{ {TESTS} }}"


async def test_distinct_values_of_a_list_are_charged() -> None:
    aliases = " ".join(f"a{n}: {TESTS}" for n in range(20))
    document = f"query ($ids: [Int!]) {{ {aliases} }}"

    assert cost(document, ids=[7] * 500) == cost(document, ids=[7])
    assert cost(document, ids=list(range(500))) == cost(document, ids=[7]) + 10


@pytest.mark.parametrize("number", [501, 1000])
async def test_list_with_too_many_values_is_rejected(limited: Client, number: int) -> None:
    variables = {"ids": list(range(number))}
    response = await limited.post("/graphql", json={"query": MEDIA, "variables": variables})

    [error] = response.json()["errors"]
    assert error["message"] == f"filter.mediaIds has {number} values, and the limit is 500."
    assert error["extensions"]["argument"] == "filter.mediaIds"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([7] * 1001, "The variable v has a list of 1001 values, and the limit is 1000."),
        ({"mediaIds": [7] * 1001}, "The variable v has a list of 1001 values, and the limit is"),
        (nested(101), "The variable v is nested in too many levels, and the limit is 100."),
        (nested(900), "The variable v is nested in too many levels, and the limit is 100."),
    ],
)
@pytest.mark.parametrize("query", [MEDIA, "{ tags { id } }"])
async def test_variable_that_is_too_large_is_rejected_whatever_its_type(
    limited: Client, query: str, value: Any, message: str
) -> None:
    response = await limited.post("/graphql", json={"query": query, "variables": {"v": value}})

    [error] = response.json()["errors"]
    assert error["message"].startswith(message)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_price_of_invalid_variables_takes_no_message_of_each() -> None:
    documents = DocumentCache(GRAPHQL_SCHEMA, ExecutionPolicy())
    document = "query ($f: RunFilter) { runs(filter: $f) { totalCount } }"
    unknown = {f"unknown{n}": 1 for n in range(1000)}

    one = calls(lambda: documents.cost(document, None, {"f": {"unknown": 1}}))
    many = calls(lambda: documents.cost(document, None, {"f": unknown}))

    assert many < one + 10 * len(unknown)


@pytest.mark.parametrize(
    ("field", "further"),
    [
        ("triage(last: {})", 60),
        ("occurrences(last: {}) {{ runs }}", 12),
        ("stability(last: {}) {{ runs }}", 30),
    ],
)
def test_cost_depends_on_what_is_considered(field: str, further: int) -> None:
    few, many = (
        f"{{ run(id: 1) {{ samples(first: 200) {{ nodes {{ {field.format(last)} }} }} }} }}"
        for last in (10, 70)
    )

    assert cost(many) - cost(few) in {200 * further // 1000, -(-200 * further // 1000)}


def test_cost_of_insights_depends_on_their_runs() -> None:
    query = """query ($n: Int!) {
      insights(filter: {platform: LINUX}, last: $n) { categories { tests } }
    }"""

    assert [cost(query, n=number) for number in (1, 30, 100)] == [1, 2, 3]


@pytest.mark.parametrize("only_here", [False, None])
def test_argument_that_is_false_costs_nothing(only_here: bool | None) -> None:
    query = """query ($o: Boolean) {
      run(id: 1) { comparison { changes(onlyHere: $o) { verdict } } }
    }"""

    assert cost(query, o=only_here) < cost(query, o=True)


async def test_rejected_operation_is_charged_one(limited: Client) -> None:
    for document in (MANY.replace("status", "nonsense"), f"subscription {{ {MANY[1:]}"):
        await limited.post("/graphql", json={"query": document})

    response = await limited.post("/graphql", json={"query": "{ tags { id } }"})
    assert response.headers["x-ratelimit-remaining"] == "9"


async def test_cost_above_the_limit_is_rejected(demo_url: URL) -> None:
    async with running_app(settings(demo_url), demo.DEMO_TOKEN) as client:
        response = await client.post(
            "/graphql",
            json={"query": MORE},
            headers={"accept": "application/graphql-response+json"},
        )

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["message"] == (
        "Query cost 74 exceeds the limit of 50. Ask for smaller pages, or for less of each row."
    )
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "bound": "cost", "maximum": 50}


async def test_cost_above_the_rate_limit_is_rejected(limited: Client) -> None:
    response = await limited.post("/graphql", json={"query": MORE})

    assert response.json()["errors"][0]["extensions"]["maximum"] == 12


async def test_cost_limit_is_a_setting(platform: Platform) -> None:
    with_little = settings(platform.url, graphql_max_cost=4)
    async with running_app(with_little, platform.token) as client:
        response = await client.post("/graphql", json={"query": MANY})

    assert response.json()["errors"][0]["extensions"]["maximum"] == 4


@pytest.mark.parametrize("results", [websocket_results, sse_results])
async def test_cost_of_streamed_operations_is_charged(platform: Platform, results: Results) -> None:
    async with serving(settings(platform.url, rate_limit_requests=8)) as address:
        first = [r async for r in results(address, platform.token, MANY)]
        second = [r async for r in results(address, platform.token, MANY)]

    assert first == [{"data": {"runs": {"nodes": []}}}]
    assert [error["extensions"]["code"] for error in second[0]["errors"]] == ["RATE_LIMITED"]
