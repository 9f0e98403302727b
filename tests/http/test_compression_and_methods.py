"""HEAD and OPTIONS wherever GET is answered, and gzip for what is large."""

from typing import Any

import httpx
import pytest

from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

SAMPLE = "/api/v1/runs/11/samples/118"
WHOLE_RUN = "{ run(id: 11) { samples(first: 500) { nodes { regressionId status command } } } }"
WATCHED = "subscription { runProgress(id: 58) { completed } }"

HTML = {"accept": "text/html"}
EVENTS = {"accept": "text/event-stream"}
GZIP = {"accept-encoding": "gzip"}
IDENTITY = {"accept-encoding": "identity"}

ANSWERED: list[tuple[str, dict[str, Any]]] = [
    (SAMPLE, {}),
    ("/api/v1/runs/9317/samples/1", {}),
    ("/api/v1/openapi.json", {}),
    ("/graphql", {"params": {"query": "{ tags { id } }"}}),
    ("/graphql", {"params": {"query": WHOLE_RUN}, "headers": GZIP}),
    ("/graphql", {"params": {"query": "{ nothing }"}}),
    ("/graphql", {"headers": HTML}),
    ("/explorer/graphiql.css", {}),
    ("/api/v1/docs", {}),
    ("/", {}),
    ("/healthz", {}),
    ("/readyz", {}),
    ("/nothing", {}),
]


def stable_headers(response: httpx.Response) -> dict[str, str]:
    """The headers that do not differ from one request to the next."""
    of_each = ("x-ratelimit", "x-cost", "x-request-id")
    return {name: text for name, text in response.headers.items() if not name.startswith(of_each)}


# HEAD


@pytest.mark.parametrize(("path", "options"), ANSWERED)
async def test_head_has_the_headers_of_get_without_the_body(
    client: Client, path: str, options: dict[str, Any]
) -> None:
    get = await client.get(path, **options)
    head = await client.head(path, **options)

    assert head.status_code == get.status_code
    assert stable_headers(head) == stable_headers(get)
    assert not head.content


async def test_head_answers_304_for_a_matching_etag(client: Client) -> None:
    tag = (await client.head(SAMPLE)).headers["etag"]

    assert (await client.head(SAMPLE, headers={"if-none-match": tag})).status_code == 304


async def test_head_does_not_start_a_subscription(client: Client) -> None:
    response = await client.head("/graphql", params={"query": WATCHED}, headers=EVENTS)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert not response.content


async def test_head_counts_against_the_rate_limit(client: Client) -> None:
    first, second = [await client.head(SAMPLE) for _ in range(2)]

    remaining = [int(each.headers["x-ratelimit-remaining"]) for each in (first, second)]
    assert remaining[1] == remaining[0] - 1


async def test_head_requires_a_token(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=None) as client:
        assert (await client.head(SAMPLE)).status_code == 401


# OPTIONS


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        (SAMPLE, "GET, HEAD, OPTIONS"),
        ("/api/v1/openapi.json", "GET, HEAD, OPTIONS"),
        ("/graphql", "GET, HEAD, POST, OPTIONS"),
        ("/api/v1/docs", "GET, HEAD, OPTIONS"),
        ("/explorer/graphiql.css", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_and_a_405_list_the_allowed_methods(
    client: Client, path: str, allow: str
) -> None:
    options = await client.options(path)
    refused = await client.delete(path)

    assert (options.status_code, refused.status_code) == (204, 405)
    assert options.headers["allow"] == refused.headers["allow"] == allow
    assert not options.content


async def test_options_of_graphql_requires_a_token(platform: Platform) -> None:
    async with running_app(settings(platform.url), token=None) as client:
        assert (await client.options("/graphql")).status_code == 401


# gzip


async def ask(client: Client, query: str, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/graphql", json={"query": query}, headers=headers)


async def test_gzip_is_used_for_a_large_response_if_accepted(client: Client) -> None:
    compressed = await ask(client, WHOLE_RUN, GZIP)
    plain = await ask(client, WHOLE_RUN, IDENTITY)

    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert compressed.json()["data"] == plain.json()["data"]
    assert int(compressed.headers["content-length"]) < len(plain.content) / 3
    for response in (compressed, plain):
        assert "Accept-Encoding" in response.headers["vary"]


async def test_gzip_is_skipped_for_a_small_response(client: Client) -> None:
    response = await client.get(SAMPLE, headers=GZIP)

    assert "content-encoding" not in response.headers


async def test_etag_matches_with_and_without_gzip(client: Client) -> None:
    params = {"query": WHOLE_RUN}
    compressed = await client.get("/graphql", params=params, headers=GZIP)
    tag = compressed.headers["etag"]
    again = await client.get("/graphql", params=params, headers=IDENTITY | {"if-none-match": tag})

    assert compressed.headers["content-encoding"] == "gzip"
    assert again.status_code == 304
    assert again.headers["vary"] == compressed.headers["vary"]


async def test_gzip_is_skipped_for_event_streams(client: Client) -> None:
    ended = "subscription { runProgress(id: 11) { completed } }"
    response = await ask(client, ended, EVENTS | GZIP)

    assert "event: complete" in response.text
    assert "content-encoding" not in response.headers
