"""What auditors of GraphQL servers ask, as graphql-cop does, and find nothing by.

With the defaults they find what is meant for people with a token: introspection, suggestions
and queries over GET. A deployment that wants none of these switches them off.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from graphql import get_introspection_query

from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

CIRCLE_OF_FRAGMENTS = """
query { __schema { ...A } }
fragment A on __Schema { __typename ...B }
fragment B on __Schema { ...A }
"""
CIRCLE_OF_TYPES = (
    "query { __schema { types { fields { type { fields { type { fields { type { fields "
    "{ type { name } } } } } } } } } } }"
)


@pytest.fixture
async def closed(platform: Platform) -> AsyncIterator[Client]:
    """A gateway that is closed as far as it can be."""
    closed = settings(platform.url, graphql_introspection=False, graphql_get=False)
    async with running_app(closed, platform.token) as client:
        yield client


async def query(client: Client, text: str) -> Any:
    return (await client.post("/graphql", json={"query": text})).json()


@pytest.mark.parametrize(
    "probe",
    [
        "query { " + "".join(f"alias{n}:__typename \n" for n in range(101)) + " }",
        "query { " + "__typename \n" * 500 + "} ",
        CIRCLE_OF_FRAGMENTS,
        CIRCLE_OF_TYPES,
    ],
    ids=["alias overloading", "field duplication", "circular fragment", "circular introspection"],
)
async def test_audit_exhausting_query_is_rejected(gateway: Client, probe: str) -> None:
    assert (await query(gateway, probe)).keys() == {"errors"}


async def test_audit_repeated_directives_give_few_errors(gateway: Client) -> None:
    body = await query(gateway, "query { __typename " + "@aa" * 10 + " }")

    assert 0 < len(body["errors"]) < 10


async def test_audit_query_batch_is_rejected(gateway: Client) -> None:
    response = await gateway.post("/graphql", json=[{"query": "query { __typename }"}] * 11)

    assert response.json().keys() == {"errors"}


@pytest.mark.parametrize("text", ["query { __typename }", "qwerty cop { abc }", "{ run { id } }"])
async def test_audit_response_contains_no_trace(gateway: Client, text: str) -> None:
    response = await gateway.post("/graphql", json={"query": text})

    for word in ("tracing", "exception", "stacktrace", "traceback"):
        assert word not in response.text.lower()


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/graphql", params={"query": "mutation {__typename}"}),
        lambda client: client.post("/graphql", params={"query": "query {__typename}"}),
        lambda client: client.post("/graphql", data={"query": "query {__typename}"}),
    ],
    ids=["mutation over GET", "query string of POST", "form"],
)
async def test_audit_cross_site_request_is_rejected(
    gateway: Client, ask: Callable[[Client], Any]
) -> None:
    assert (await ask(gateway)).json().keys() == {"errors"}


async def test_queries_over_get_can_be_disabled(closed: Client) -> None:
    response = await closed.get("/graphql", params={"query": "{__typename}"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("text", [get_introspection_query(), "query { __schema { directive } }"])
async def test_audit_with_introspection_disabled_reveals_no_schema(
    closed: Client, text: str
) -> None:
    body = await query(closed, text)

    assert body.keys() == {"errors"}
    assert "Did you mean" not in str(body)


@pytest.mark.parametrize("path", ["/graphiql", "/playground", "/console", "/graphql"])
async def test_audit_explorer_page_is_not_returned_to_programs(gateway: Client, path: str) -> None:
    text = (await gateway.get(path)).text

    for word in ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground"):
        assert word not in text


async def test_audit_without_a_token_is_unauthorized(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=None) as stranger:
        for text in ("{__typename}", get_introspection_query(), "{ __schema { directive } }"):
            assert (await stranger.get("/graphql", params={"query": text})).status_code == 401
            assert (await stranger.post("/graphql", json={"query": text})).status_code == 401
