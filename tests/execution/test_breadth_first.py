"""Executing breadth first answers what graphql-core's own execution answers, byte for byte."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries
from sqlalchemy import URL

from gql.execution import breadth_first
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings, without_cost
from tests.support.paths import SCHEMA

SDL = SCHEMA.read_text()

TIMESTAMPS = st.datetimes().map(lambda moment: nodes.String(moment.isoformat()))
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64).map(nodes.String)

DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("{ run(id: 19) { samples(first: 500) { nodes { status tags outputs { status } } } } }", {}),
    (
        """{
          run(id: 19) { samples(first: 500) { nodes { regressionId tags outputs { outputId } } } }
          regressionTest(id: 41) { history { edges { cursor node { __typename exitCode } } } }
        }""",
        {},
    ),
    ("{ a: run(id: 19) { i: id } b: run(id: 20) { id i: id } c: run(id: 99999) { id } }", {}),
    ("{ runs(first: 5) { __typename nodes { __typename duration: durationSeconds } } }", {}),
    (
        """
        query Q($yes: Boolean!, $no: Boolean = false) {
          run(id: 19) {
            id @include(if: $yes) branch @skip(if: $yes) commit @include(if: $no)
            ... @include(if: $no) { platform }
            ...F @skip(if: $no)
          }
        }
        fragment F on Run { status fork { name } fork { url } }
        """,
        {"yes": True},
    ),
    ("{ run(id: 19) { ... on Node { nodeId } ... on Run { id } ... on Node { nodeId } } }", {}),
    ('{ node(id: "UnVuOjE5") { nodeId ... on Run { id } } run(id: 19) { id } }', {}),
    ("{ __schema { queryType { name } } run(id: 19) { id } }", {}),
    # What fails: an argument, a field deep in a list, a variable, all of a root field.
    ("{ run(id: 19) { id samples(first: 501) { nodes { status } } } tags { id } }", {}),
    (
        "{ runs(first: 3) { nodes { sample(regressionId: 41) { stability(last: 0) { runs } } } } }",
        {},
    ),
    ("query Q($n: Int!) { run(id: $n) { id } }", {"n": "three"}),
    ("{ runs(first: 1000) { nodes { id } } run(id: 19) { id } }", {}),
    (
        "{ compareRuns(head: 19) { baseReason runtimeChanged(factor: 0.5) { __typename } } }",
        {},
    ),
]


@pytest.fixture(scope="module")
async def executors(demo_url: URL) -> AsyncIterator[tuple[Client, Client]]:
    """A gateway that executes breadth first, and one that executes as graphql-core does."""
    async with (
        running_app(settings(demo_url)) as breadth_first,
        running_app(settings(demo_url, graphql_breadth_first_execution=False)) as stock,
    ):
        yield breadth_first, stock


async def assert_same_answers(
    executors: tuple[Client, Client], query: str, variables: dict[str, Any]
) -> bytes:
    question = {"query": query, "variables": variables}
    ours, theirs = [await client.post("/graphql", json=question) for client in executors]
    assert ours.status_code == theirs.status_code
    ours_as_json, theirs_as_json = (
        json.dumps(without_cost(answer.json())) for answer in (ours, theirs)
    )
    assert ours_as_json == theirs_as_json
    return ours_as_json.encode()


@pytest.mark.quick
@pytest.mark.parametrize(("query", "variables"), DOCUMENTS)
async def test_breadth_first_answers_and_errors_equal_those_of_graphql_core(
    executors: tuple[Client, Client], query: str, variables: dict[str, Any]
) -> None:
    await assert_same_answers(executors, query, variables)
    await assert_same_answers(
        executors, query, {name: not value for name, value in variables.items()}
    )


def with_ids_that_exist(query: str) -> str:
    """The query with small numbers, for most random ones are ids of nothing."""
    return re.sub(r": (-?\d+)\b", lambda match: f": {abs(int(match[1])) % 60}", query)


@only_on("sqlite")
@given(query=queries(SDL, custom_scalars={"DateTime": TIMESTAMPS, "Sha256": HASHES}))
@examples(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_breadth_first_answer_of_any_query_equals_that_of_graphql_core(
    executors: tuple[Client, Client], query: str
) -> None:
    await assert_same_answers(executors, with_ids_that_exist(query), {})


@pytest.mark.quick
@only_on("sqlite")
@pytest.mark.parametrize(
    ("query", "is_planned"),
    [
        ("{ run(id: 19) { samples { nodes { status outputs { status } } } } }", True),
        ('{ node(id: "UnVuOjE5") { nodeId } }', False),
        ("{ __schema { queryType { name } } }", False),
    ],
)
async def test_breadth_first_plan_is_made_for_supported_operations_only(
    client: Client, monkeypatch: pytest.MonkeyPatch, query: str, is_planned: bool
) -> None:
    executed = []
    execute = breadth_first.BreadthFirstExecution.by_plan
    monkeypatch.setattr(
        breadth_first.BreadthFirstExecution,
        "by_plan",
        lambda self, plan: executed.append(plan) or execute(self, plan),
    )

    await client.ask(query)

    assert bool(executed) is is_planned
