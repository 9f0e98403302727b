"""Queries by their hash, and deployments that execute no other than those they know."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query
from pydantic import ValidationError

from gql.execution.persisted_queries import MAX_CACHED_CHARACTERS, PersistedQueries
from gql.settings import Settings
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings, without_cost
from tests.support.platform import Platform

pytestmark = [
    pytest.mark.quick,
    only_on("sqlite"),
    pytest.mark.usefixtures("engine"),
]

QUERY = "query Named($id: Int = 1) { run(id: $id) { id } }"
HIDDEN = "The document or its variables do not match the schema."
NOT_FOUND = [
    {
        "message": "PersistedQueryNotFound",
        "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
    }
]


def named(query: str, version: int = 1) -> dict[str, Any]:
    sha256 = hashlib.sha256(query.encode()).hexdigest()
    return {"persistedQuery": {"version": version, "sha256Hash": sha256}}


async def post(client: Client, **body: Any) -> Any:
    return without_cost((await client.post("/graphql", json=body)).json())


# Automatic persisted queries


async def test_persisted_query_is_found_by_its_hash_once_sent(gateway: Client) -> None:
    assert await post(gateway, extensions=named(QUERY)) == {"errors": NOT_FOUND}

    await post(gateway, query=QUERY, extensions=named(QUERY))

    assert await post(gateway, extensions=named(QUERY), variables={"id": 2}) == {
        "data": {"run": None}
    }


async def test_persisted_query_is_found_over_get(gateway: Client) -> None:
    hash_alone = {"extensions": json.dumps(named(QUERY)), "variables": '{"id": 2}'}

    first = await gateway.get("/graphql", params=hash_alone)
    await gateway.get("/graphql", params=hash_alone | {"query": QUERY})
    then = await gateway.get("/graphql", params=hash_alone)

    assert first.json() == {"errors": NOT_FOUND}
    assert then.json() == {"data": {"run": None}}


@pytest.mark.parametrize(
    ("accept", "status"), [("application/json", 200), ("application/graphql-response+json", 400)]
)
async def test_persisted_query_not_found_is_a_200_for_json_clients(
    gateway: Client, accept: str, status: int
) -> None:
    response = await gateway.post(
        "/graphql", json={"extensions": named("{ tags { id } }")}, headers={"accept": accept}
    )

    assert response.status_code == status
    assert response.headers["content-type"].startswith(accept)


@pytest.mark.parametrize(
    "persisted",
    [
        named("{ tags { name } }")["persistedQuery"],
        named(QUERY, version=2)["persistedQuery"],
        {"version": 1},
        {"version": 1, "sha256Hash": 5},
        [],
        "x",
    ],
)
async def test_persisted_query_with_another_hash_is_rejected(
    gateway: Client, persisted: Any
) -> None:
    response = await gateway.post(
        "/graphql", json={"query": QUERY, "extensions": {"persistedQuery": persisted}}
    )

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "extensions"}


def test_persisted_queries_are_evicted_when_full() -> None:
    store = PersistedQueries(None)
    queries = [
        f"{{ tags {{ id }} }} # {n}".ljust(20_000) for n in range(MAX_CACHED_CHARACTERS // 20_000)
    ]
    for query in (QUERY, *queries):
        store.query(query, named(query))

    assert store.query(None, named(queries[0])) == queries[0]
    with pytest.raises(Exception, match="PersistedQueryNotFound"):
        store.query(None, named(QUERY))


def test_persisted_query_above_the_limit_is_not_stored() -> None:
    store = PersistedQueries(None)
    long = QUERY.ljust(20_001)
    store.query(long, named(long))

    with pytest.raises(Exception, match="PersistedQueryNotFound"):
        store.query(None, named(long))


# Trusted documents


@pytest.fixture
async def guarded(platform: Platform, tmp_path: Path) -> AsyncIterator[Client]:
    """A gateway that executes QUERY alone, named "the-run"."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"the-run": QUERY}))
    only_trusted = settings(platform.url, graphql_trusted_documents=manifest)
    async with running_app(only_trusted, platform.token) as client:
        yield client


async def test_trusted_document_is_executed_by_name_and_in_full(guarded: Client) -> None:
    by_name = {"persistedQuery": {"version": 1, "sha256Hash": "the-run"}}

    assert await post(guarded, extensions=by_name) == {"data": {"run": None}}
    assert await post(guarded, query=QUERY, extensions=by_name) == {"data": {"run": None}}
    assert await post(guarded, query=QUERY) == {"data": {"run": None}}


async def test_trusted_document_name_overrides_the_query_text(guarded: Client) -> None:
    by_name = {"persistedQuery": {"version": 1, "sha256Hash": "the-run"}}

    assert await post(guarded, query="{ tags { id } }", extensions=by_name) == {
        "data": {"run": None}
    }


@pytest.mark.parametrize("query", ["{ tags { id } }", QUERY + " ", get_introspection_query()])
async def test_untrusted_document_is_neither_executed_nor_stored(
    guarded: Client, query: str
) -> None:
    for request in ({"query": query}, {"query": query, "extensions": named(query)}):
        [error] = (await post(guarded, **request))["errors"]
        assert error == {
            "message": "Only trusted documents are executed, and this is not one of them.",
            "extensions": {"code": "BAD_USER_INPUT"},
        }

    assert await post(guarded, extensions=named(query)) == {"errors": NOT_FOUND}


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "{"])
def test_invalid_trusted_documents_file_is_reported_at_startup(
    tmp_path: Path, content: str
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(content)

    with pytest.raises(ValidationError, match="must be a JSON file of names and documents"):
        Settings(graphql_trusted_documents=manifest)


# Introspection


@pytest.fixture
async def silent(platform: Platform) -> AsyncIterator[Client]:
    """A gateway with introspection disabled."""
    without = settings(platform.url, graphql_introspection=False)
    async with running_app(without, platform.token) as client:
        yield client


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        '{ __type(name: "Run") { name } }',
        "{ __schema { types { name } } }",
    ],
)
async def test_introspection_can_be_disabled(silent: Client, query: str) -> None:
    errors = (await post(silent, query=query))["errors"]

    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert "introspection" in errors[0]["message"]


async def test_typename_is_answered_with_introspection_disabled(silent: Client) -> None:
    assert await post(silent, query="{ __typename }") == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ rum(id: 1) { id } }", {}),
        ("{ run(idd: 1) { id } }", {}),
        ("{ runs(orderBy: NEWEST_FIRS) { nodes { id } } }", {}),
        ("{ runs(filter: {statu: [FAIL]}) { nodes { id } } }", {}),
        ("{ node(id: 1) { ... on Runn { id } } }", {}),
        ("query ($f: RunFilte) { runs(filter: $f) { nodes { id } } }", {}),
        ("query ($f: RunFilter) { runs(filter: $f) { nodes { id } } }", {"f": {"statu": ["FAIL"]}}),
        ("query ($o: RunOrder!) { runs(orderBy: $o) { nodes { id } } }", {"o": "NEWEST_FIRS"}),
    ],
)
async def test_suggestions_in_errors_require_introspection(
    gateway: Client, silent: Client, query: str, variables: Any
) -> None:
    body = await post(gateway, query=query, variables=variables)
    not_told = await post(silent, query=query, variables=variables)

    assert "Did you mean" in str(body["errors"])
    assert [error["message"] for error in not_told["errors"]] == [HIDDEN]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ run(id: 1) }", {}),
        ("{ run { id } }", {}),
        ('{ run(id: "x") { id } }', {}),
        ("{ nonsense a: nonsense b: other }", {}),
        ("{ runs { nodes { id { x } } } }", {}),
        ("query ($id: Int!) { run(id: $id) { id } }", {}),
        ("query ($id: Int!) { run(id: $id) { id } }", {"id": "x"}),
        ("subscription { nothing }", {}),
        ("{ introspection }", {}),
        ("{ runs(orderBy: introspection) { totalCount } }", {}),
        ("query ($o: RunOrder) { runs(orderBy: $o) { totalCount } }", {"o": None}),
    ],
)
async def test_errors_name_nothing_of_the_schema_with_introspection_disabled(
    silent: Client, query: str, variables: Any
) -> None:
    body = await post(silent, query=query, variables=variables)

    assert [error["message"] for error in body["errors"]] == [HIDDEN]
