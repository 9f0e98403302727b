"""No request is larger than a bound, in whatever way it grows; none is slow to refuse."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gql.execution.breadth_first import BYTES_PER_FIELD, MAX_PLAN_BYTES, BreadthFirstExecution
from gql.execution.documents import (
    BYTES_PER_TOKEN,
    MAX_CACHED_BYTES,
    DocumentCache,
    ExecutionPolicy,
)
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.schema import GRAPHQL_SCHEMA
from tests.support.server import serving
from tests.support.timing import least

pytestmark = only_on("sqlite")

GRAPHQL_JSON = "application/graphql-response+json"


def nested(depth: int) -> str:
    """Fields in each other, so many deep."""
    return "{ run(id: 1) " + "{ previous " * (depth - 2) + "{ id }" + "}" * (depth - 1)


def aliased(count: int) -> str:
    return "{ run(id: 1) { " + " ".join(f"a{n}: id" for n in range(count)) + " } }"


def aliased_by_fragment(count: int) -> str:
    half, rest = divmod(count, 2)
    aliases = " ".join(f"a{n}: id" for n in range(half))
    more = " ".join(f"b{n}: id" for n in range(rest))
    return f"""{{ run(id: 1) {{ ...F {more} previous {{ ... {{ ...F }} }} }} }}
      fragment F on Run {{ {aliases} }}"""


def rooted(count: int) -> str:
    return "{" + " __typename" * count + "}"


def rooted_by_fragment(count: int) -> str:
    return "{ ...F __typename } fragment F on Query { " + "__typename " * (count - 1) + "}"


def directed(count: int) -> str:
    return "{ tags { " + "id @skip(if: false) " * count + "} }"


def tokened(count: int) -> str:
    assert count % 2 == 0
    return "{ tags { " + "id " * (count - 5) + "} }"


def lengthened(characters: int) -> str:
    return "{ __typename }".ljust(characters)


def numbered(digits: int) -> str:
    factor = "1." + "5" * (digits - 1)
    return f"{{ compareRuns(head: 1) {{ runtimeChanged(factor: {factor}) {{ __typename }} }} }}"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("bound", "maximum", "document"),
    [
        ("depth", 15, nested),
        ("aliases", 50, aliased),
        ("aliases", 50, aliased_by_fragment),
        ("root fields", 50, rooted),
        ("root fields", 50, rooted_by_fragment),
        ("directives", 50, directed),
        ("characters", 20_000, lengthened),
        ("digits of a number", 400, numbered),
    ],
)
async def test_document_limit_allows_its_maximum_and_rejects_more(
    gateway: Client, bound: str, maximum: int, document: Any
) -> None:
    largest = await gateway.post("/graphql", json={"query": document(maximum)})
    larger = await gateway.post(
        "/graphql", json={"query": document(maximum + 1)}, headers={"accept": GRAPHQL_JSON}
    )

    assert "errors" not in largest.json()
    assert larger.status_code == 400
    [error] = larger.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "bound": bound, "maximum": maximum}
    assert re.search(rf"\b{bound}\b.* limit (of|is) {maximum}\b", error["message"])


@pytest.mark.quick
async def test_token_limit_allows_its_maximum_and_rejects_more(platform: Platform) -> None:
    with_few = settings(platform.url, graphql_max_tokens=10)
    async with running_app(with_few, platform.token) as client:
        largest = await client.post("/graphql", json={"query": "{ tags { id name nodeId } }"})
        larger = await client.post("/graphql", json={"query": "{ tags { id name nodeId x y z } }"})

    assert "errors" not in largest.json()
    [error] = larger.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "bound": "tokens", "maximum": 10}


@pytest.mark.quick
async def test_depth_limit_is_a_setting(platform: Platform) -> None:
    async with running_app(settings(platform.url, graphql_max_depth=3), platform.token) as client:
        assert "errors" not in (await client.post("/graphql", json={"query": nested(3)})).json()
        assert "errors" in (await client.post("/graphql", json={"query": nested(4)})).json()


@pytest.mark.quick
@pytest.mark.parametrize("input_value_deprecation", [True, False])
async def test_introspection_query_of_tools_is_within_the_limits(
    gateway: Client, input_value_deprecation: bool
) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=input_value_deprecation,
    )

    assert (await gateway.ask(query))["__schema"]


QUICKLY_SECONDS = 1

TWICE = "a: previous { ...F } b: previous { ...F }"


def at_each_level(spread: str, levels: int, end: str) -> str:
    return (
        "".join(
            f"fragment F{n} on Run {{ {spread.replace('F', f'F{n + 1}')} }} " for n in range(levels)
        )
        + f"fragment F{levels} on Run {{ {end} }}"
    )


@pytest.mark.quick
@pytest.mark.parametrize(
    "document",
    [
        "{ run(id: 1) { ...F0 } } " + at_each_level("...F ...F", 90, "id"),
        "{ run(id: 1) { ...F0 } } " + at_each_level(TWICE, 55, "id"),
        "{ runs { nodes { ...F0 } } } " + at_each_level(TWICE, 11, "id"),
        "query ($n: Int) { runs { nodes { ...F0 } } } "
        + at_each_level("...F ...F samples(first: $n) { nodes { run { ...F } } }", 35, "id"),
        "{ run(id: 1) { ...F0 } } " + at_each_level("...F", 130, "...F0"),
        "{ run(id: 1) { " + "...F0 " * 440 + "} } " + at_each_level("...F", 10, "id"),
        "{ run(id: 1) { " + "id " * 980 + "} }",
        "{ run(id: 1) { " + "x " * 980 + "} }",
        "{ run(id: 1) " + "{ previous " * 300 + "{ id }" + " }" * 301,
        "{" * 999,
        "{ nodes(ids: " + "[" * 490 + "]" * 490 + ") { nodeId } }",
        "{ tags " + "@x " * 490 + "{ id } }",
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "#\n" * 9_000 + "{ x }",
        '{ run(id: "' + "a" * 19_000 + '") { id } }',
    ],
    ids=range(15),
)  # fmt: skip
async def test_expensive_document_is_rejected_quickly(gateway: Client, document: str) -> None:
    async def measure(number: int) -> float:
        began = time.process_time()
        response = await gateway.post("/graphql", json={"query": document + " " * number})
        took = time.process_time() - began

        errors = response.json().get("errors", [])
        assert {error["extensions"]["code"] for error in errors} <= {"BAD_USER_INPUT"}
        assert len(errors) <= 6
        return took

    assert await least(measure, QUICKLY_SECONDS) < QUICKLY_SECONDS


@pytest.mark.quick
@pytest.mark.usefixtures("engine")
def test_document_cache_is_limited_by_total_size() -> None:
    documents = DocumentCache(GRAPHQL_SCHEMA, ExecutionPolicy())
    first = documents.parse("{ tags { id } }")
    assert documents.parse("{ tags { id } }") is first

    aliases = " ".join(f"a{n}: tags {{ id name description }}" for n in range(48))
    for n in range(MAX_CACHED_BYTES // (200 * BYTES_PER_TOKEN)):
        documents.parse(f"{{ {aliases} }} # {n}")

    assert documents.parse("{ tags { id } }") is not first


@pytest.mark.quick
async def test_plan_cache_is_limited_by_total_size(gateway: Client) -> None:
    aliases = " ".join(f"a{n}: tags {{ id name description }}" for n in range(48))
    for n in range(30):
        await gateway.ask(f"{{ {aliases} }} # {n}")

    plans = BreadthFirstExecution._plans  # noqa: SLF001
    sizes = [size for size, _, _ in plans.values()]
    assert sum(sizes) == plans.currsize <= MAX_PLAN_BYTES
    # 48 tags with three fields each.
    assert sizes[-1] >= 192 * BYTES_PER_FIELD + 300 * BYTES_PER_TOKEN


@pytest.mark.quick
async def test_document_that_is_too_long_is_rejected(platform: Platform) -> None:
    with_large_bodies = settings(platform.url, max_body_bytes=100_000)
    query = "{ tags { id } }".ljust(30_000)
    async with running_app(with_large_bodies, platform.token) as client:
        [error] = (await client.post("/graphql", json={"query": query})).json()["errors"]

    assert error["extensions"]["bound"] == "characters"


@pytest.mark.quick
async def test_batch_request_is_rejected(gateway: Client) -> None:
    response = await gateway.post("/graphql", json=[{"query": "{ __typename }"}])

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert "only 1 operation" in error["message"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "bound": "operations", "maximum": 1}


@pytest.fixture
async def small(platform: Platform) -> AsyncIterator[Client]:
    async with running_app(settings(platform.url, max_body_bytes=1000), platform.token) as client:
        yield client


def of_size(size: int) -> bytes:
    return json.dumps({"query": "{ __typename }"}).encode().ljust(size)


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


@pytest.mark.quick
@pytest.mark.parametrize("send", [of_size, lambda size: in_pieces(of_size(size))])
async def test_body_limit_allows_its_maximum_and_rejects_more(small: Client, send: Any) -> None:
    is_json = {"content-type": "application/json"}

    largest = await small.post("/graphql", content=send(1000), headers=is_json)
    larger = await small.post("/graphql", content=send(1001), headers=is_json)

    assert largest.json()["data"] == {"__typename": "Query"}
    assert larger.status_code == 413
    assert larger.json()["errors"] == [
        {
            "message": "The request body exceeds the limit of 1000 bytes.",
            "extensions": {"code": "BAD_USER_INPUT", "bound": "body", "maximum": 1000},
        }
    ]
    assert "x-ratelimit-remaining" in larger.headers


@pytest.mark.quick
async def test_body_limit_error_over_rest_has_the_rest_format(small: Client) -> None:
    response = await small.request("GET", "/api/v1/runs/1/samples/1", content=bytes(1001))

    assert response.status_code == 413
    assert response.json() == {
        "code": "body_too_large",
        "message": "The request body exceeds the limit of 1000 bytes.",
        "details": {"bound": "body", "maximum": 1000},
    }


async def test_websocket_closes_on_a_message_above_the_body_limit(
    platform: Platform, tmp_path: Path
) -> None:
    url = platform.url.render_as_string(hide_password=False)

    def serve() -> None:
        with serving(tmp_path, database_url=url, max_body_bytes=1000) as server:
            asyncio.run(send_too_much(server.origin.replace("http", "ws")))

    async def send_too_much(origin: str) -> None:
        async with connect(origin + "/graphql", subprotocols=["graphql-transport-ws"]) as socket:
            await socket.send(" " * 1001)
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1009

    await asyncio.to_thread(serve)
