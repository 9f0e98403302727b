"""Whatever is asked: never a failure of the gateway, and never an answer of another shape."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from graphql import StringValueNode
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from sqlalchemy import URL

from rest_compat.app import PREFIX
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.schema import schema

bounded = hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=list(HealthCheck)
)

CODES = {"BAD_USER_INPUT", "RATE_LIMITED", "UNAUTHENTICATED", "FORBIDDEN"}

TIMESTAMPS = st.one_of(
    st.datetimes().map(lambda timestamp: timestamp.isoformat() + "Z"), st.text(max_size=30)
).map(lambda text: StringValueNode(value=text))

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
VARYING = "query ($a: Int!) { run(id: $a) { id } }"
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "query": JSON | st.sampled_from(["{ tags { id } }", VARYING]),
        "operationName": JSON,
        "variables": JSON | st.dictionaries(st.just("a"), JSON),
        "extensions": JSON | st.dictionaries(st.just("persistedQuery"), JSON),
    },
)  # fmt: skip

SEGMENTS = st.one_of(
    st.sampled_from(["runs", "samples", "1", "11", "118", "openapi.json", "", "-1"]),
    st.integers().map(str),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda s: quote(s, safe="")),
    st.binary(max_size=6).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)),
)
METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"]
)


@pytest.fixture(scope="module")
async def asked(demo_url: URL) -> AsyncIterator[Client]:
    async with running_app(settings(demo_url)) as client:
        yield client


def assert_is_a_graphql_answer(status: int, body: Any) -> None:
    assert status in {200, 400}
    assert body
    assert body.keys() <= {"data", "errors", "extensions"}
    assert body.get("extensions", {}).keys() <= {"cost"}
    for error in body.get("errors", []):
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert error["message"]
        assert error["extensions"]["code"] in CODES


@given(query=queries(schema.as_str(), custom_scalars={"DateTime": TIMESTAMPS}))
@bounded
async def test_random_operation_gets_a_valid_response(asked: Client, query: str) -> None:
    response = await asked.post("/graphql", json={"query": query})

    assert_is_a_graphql_answer(response.status_code, response.json())


@only_on("sqlite")
@given(request=REQUESTS | JSON)
@bounded
async def test_random_request_gets_a_valid_response(asked: Client, request: Any) -> None:
    response = await asked.post("/graphql", json=request)

    assert_is_a_graphql_answer(response.status_code, response.json())


@only_on("sqlite")
@given(
    body=st.binary(max_size=200), content_type=st.sampled_from(["application/json", "text/plain"])
)
@bounded
async def test_random_body_gets_a_valid_response(
    asked: Client, body: bytes, content_type: str
) -> None:
    response = await asked.post("/graphql", content=body, headers={"content-type": content_type})

    assert_is_a_graphql_answer(response.status_code, response.json())


@only_on("sqlite")
@given(parameters=st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "extensions"]),
    st.one_of(st.just("{ tags { id } }"), JSON.map(json.dumps), st.text()),
))  # fmt: skip
@bounded
async def test_random_query_string_gets_a_valid_response(asked: Client, parameters: Any) -> None:
    response = await asked.get("/graphql", params=parameters)

    assert_is_a_graphql_answer(response.status_code, response.json())


@given(method=METHODS, segments=st.lists(SEGMENTS, max_size=6), body=st.binary(max_size=50))
@bounded
async def test_random_path_under_the_prefix_gets_a_documented_response(
    asked: Client, method: str, segments: list[str], body: bytes
) -> None:
    url = httpx.URL(f"http://gateway{PREFIX}/{'/'.join(segments)}")
    assume(url.path.startswith(f"{PREFIX}/"))  # and no dots led out of it
    response = await asked.request(method, url, content=body)

    assert "x-ratelimit-remaining" in response.headers
    assert response.headers["content-type"] == "application/json"
    if response.status_code == 200:
        assert method == "GET" or segments[0].startswith("openapi.json")
    elif method != "HEAD":
        assert response.status_code in {400, 404, 405, 409}
        assert response.json().keys() == {"code", "message", "details"}
        assert ("allow" in response.headers) is (response.status_code == 405)
