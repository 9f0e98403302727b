"""Media types and content codings follow RFC 9110: case, qualities, ranges and lists."""

import gzip
from typing import Any

import pytest

from tests.support.databases import only_on
from tests.support.gateway import Client

pytestmark = [pytest.mark.quick, only_on("sqlite")]

QUERY = {"query": "{ tags { id } }"}
LARGE = "{ run(id: 11) { samples(first: 500) { nodes { regressionId status command } } } }"

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
HTML = "text/html"


def media_type(response: Any) -> str:
    return str(response.headers["content-type"]).partition(";")[0]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (GRAPHQL_JSON.title(), GRAPHQL_JSON),
        (f"{JSON}, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL_JSON} ; Q=0.5 , {JSON};q=0.4", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0", JSON),
        (f"{GRAPHQL_JSON};q=0.000, */*", JSON),
        (f"{JSON};q=0, application/*", GRAPHQL_JSON),
        (f"{JSON};q=0.1, */*;q=0.2", GRAPHQL_JSON),
        (f'text/plain;a="{GRAPHQL_JSON}"', JSON),
        (f'text/plain;a=", {GRAPHQL_JSON},", {JSON}', JSON),
        (f"{GRAPHQL_JSON}x", JSON),
        (f"{GRAPHQL_JSON};q=nan, {JSON}", JSON),
        (f"{GRAPHQL_JSON};q={'9' * 5000}, {JSON};q=0.9", JSON),
        (f"{GRAPHQL_JSON};charset=utf-8", GRAPHQL_JSON),
    ],
)
async def test_media_type_of_the_answer_is_the_preferred_one(
    client: Client, accept: str, expected: str
) -> None:
    response = await client.post("/graphql", json=QUERY, headers={"accept": accept})

    assert media_type(response) == expected


async def test_accepted_types_on_several_lines_are_one_list(client: Client) -> None:
    headers = [("accept", f"{JSON};q=0.1"), ("accept", GRAPHQL_JSON)]

    response = await client.post("/graphql", json=QUERY, headers=headers)

    assert media_type(response) == GRAPHQL_JSON


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (f"{HTML},application/xhtml+xml,*/*;q=0.8", HTML),
        ("TEXT/HTML", HTML),
        (f"{HTML};q=0", JSON),
        (f"{JSON}, {HTML};q=0.9", JSON),
        ("*/*", JSON),
    ],
)
async def test_page_for_browsers_is_the_answer_if_preferred(
    client: Client, accept: str, expected: str
) -> None:
    assert media_type(await client.get("/graphql", headers={"accept": accept})) == expected


@pytest.mark.parametrize(
    "content_type",
    [
        "Application/JSON",
        "application/json ; charset=UTF-8",
        'application/json; profile="a;b,c"',
    ],
)
async def test_content_type_is_read_in_any_spelling(client: Client, content_type: str) -> None:
    response = await client.post(
        "/graphql", content=b'{"query": "{ tags { id } }"}', headers={"content-type": content_type}
    )

    assert "errors" not in response.json()


@pytest.mark.parametrize("content_type", ["application/jsonx", "text/plain; a=application/json"])
async def test_content_type_that_only_looks_like_json_is_rejected(
    client: Client, content_type: str
) -> None:
    response = await client.post(
        "/graphql", content=b'{"query": "{ tags { id } }"}', headers={"content-type": content_type}
    )

    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("accept_encoding", "is_compressed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.001", True),
        ("*", True),
        ("br;q=1.0, *;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("br", False),
        ("gzipped", False),
        ("", False),
    ],
)
async def test_answer_is_compressed_if_gzip_is_acceptable(
    client: Client, accept_encoding: str, is_compressed: bool
) -> None:
    request = client.build_request(
        "POST", "/graphql", json={"query": LARGE}, headers={"accept-encoding": accept_encoding}
    )

    response = await client.send(request, stream=True)
    body = b"".join([part async for part in response.aiter_raw()])
    await response.aclose()

    assert (response.headers.get("content-encoding") == "gzip") is is_compressed
    assert (gzip.decompress(body) if is_compressed else body).startswith(b'{"data"')
    assert "Accept-Encoding" in response.headers["vary"]


@pytest.mark.parametrize(
    ("accept_encoding", "is_compressed"), [("gzip", True), ("gzip;q=0", False)]
)
async def test_files_of_pages_are_compressed_if_gzip_is_acceptable(
    client: Client, accept_encoding: str, is_compressed: bool
) -> None:
    headers = {"accept-encoding": accept_encoding}

    response = await client.get("/explorer/graphiql.css", headers=headers)

    assert ("content-encoding" in response.headers) is is_compressed
