"""The pages are for browsers only, and all they need comes from the gateway."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gql.database.urls import async_url
from tests.support.gateway import Client, running_app, settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TYPES = {
    "graphiql.js": "text/javascript; charset=utf-8",
    "graphql.worker.js": "text/javascript; charset=utf-8",
    "rest.css": "text/css; charset=utf-8",
    "codicon.ttf": "font/ttf",
    "roboto-latin-400-normal.woff2": "font/woff2",
    "LICENSES.txt": "text/plain; charset=utf-8",
}


def config(page: httpx.Response) -> Any:
    """What the page tells its script, as a browser would find it."""
    element = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page.text)
    assert element
    return json.loads(element[1])


@asynccontextmanager
async def gateway_without_database(tmp_path: Path, **changes: Any) -> AsyncIterator[Client]:
    nowhere = async_url(f"sqlite:///{tmp_path}/nowhere.sqlite")
    async with running_app(settings(nowhere, **changes), token=None) as client:
        yield client


@pytest.fixture
async def stranger(tmp_path: Path) -> AsyncIterator[Client]:
    """A client without a token, of a gateway that tells none."""
    async with gateway_without_database(tmp_path) as client:
        yield client


async def test_a_browser_gets_the_page(stranger: Client) -> None:
    page = await stranger.get("/graphql", headers=BROWSER)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept"
    assert config(page)["graphql"] == "/graphql"


async def test_the_rest_api_has_a_page_that_needs_no_token(stranger: Client) -> None:
    page = await stranger.get("/api/v1/docs")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    description = await stranger.get(config(page)["openapi"])
    assert description.json()["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/docs/"),
        ("GET", "/api/v1/docs/nothing"),
        ("GET", "/api/v1"),
        ("POST", "/api/v1"),
    ],
)
async def test_what_is_not_that_page_is_answered_as_the_rest_api_does(
    stranger: Client, method: str, path: str
) -> None:
    answer = await stranger.request(method, path, headers=BROWSER)

    assert answer.json()["code"] == "unauthorized"
    assert "x-ratelimit-remaining" in answer.headers


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 204), ("POST", 405)])
async def test_other_methods_than_to_get_that_page_need_no_token_either(
    stranger: Client, method: str, status: int
) -> None:
    answer = await stranger.request(method, "/api/v1/docs")

    assert answer.status_code == status
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_the_root_leads_to_the_page(stranger: Client) -> None:
    page = await stranger.get("/", headers=BROWSER, follow_redirects=True)

    assert page.url.path == "/graphql"
    assert "GraphiQL" in page.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/graphql-response+json"])
async def test_a_program_gets_json(stranger: Client, accept: str) -> None:
    answer = await stranger.get("/graphql", headers={"Accept": accept})

    assert answer.json()["errors"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_only_opening_the_page_gets_it(stranger: Client, method: str) -> None:
    answer = await stranger.request(method, "/graphql", headers=BROWSER)

    assert "json" in answer.headers["content-type"]


async def test_a_browser_that_opens_a_query_gets_its_answer(gateway: Client) -> None:
    answer = await gateway.get("/graphql", params={"query": "{ tags { id } }"}, headers=BROWSER)

    assert answer.json() == {"data": {"tags": []}}


PAGES = ["/graphql", "/api/v1/docs"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_tells_no_token_unless_configured(stranger: Client, path: str) -> None:
    page = await stranger.get(path, headers=BROWSER)

    assert config(page)["token"] == ""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "token",
    [
        "spci_token",
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\"'\\&amp;$name",
        "é\u2028",
    ],
)
async def test_a_page_tells_the_configured_token_whatever_is_in_it(
    tmp_path: Path, path: str, token: str
) -> None:
    async with gateway_without_database(tmp_path, graphiql_token=token) as client:
        page = await client.get(path, headers=BROWSER)

    assert config(page)["token"] == token
    assert page.text.count("<script") == page.text.count("</script>") == 2
    assert "<!--" not in page.text


@pytest.mark.parametrize("path", [*PAGES, "/explorer/graphiql.js", "/explorer/json.worker.js"])
async def test_pages_and_files_may_run_scripts_of_the_gateway_alone(
    stranger: Client, path: str
) -> None:
    response = await stranger.get(path, headers=BROWSER)

    policy = response.headers["content-security-policy"].split("; ")
    assert {
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    } < set(policy)
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_only_graphiqls_editor_may_write_styles(stranger: Client) -> None:
    graphiql, rest = [await stranger.get(path, headers=BROWSER) for path in PAGES]

    assert "'unsafe-inline'" in graphiql.headers["content-security-policy"]
    assert "unsafe" not in rest.headers["content-security-policy"]


@pytest.mark.parametrize("file", TYPES)
async def test_files_have_their_types(stranger: Client, file: str) -> None:
    response = await stranger.get(f"/explorer/{file}")

    assert response.status_code == 200
    assert response.headers["content-type"] == TYPES[file]


async def test_files_are_compressed(stranger: Client) -> None:
    response = await stranger.get("/explorer/graphiql.css")

    assert response.headers["content-encoding"] == "gzip"
    assert response.num_bytes_downloaded < len(response.content) / 4


async def test_files_are_sent_again_only_when_changed(stranger: Client) -> None:
    first = await stranger.get("/explorer/graphiql.css")
    second = await stranger.get(
        "/explorer/graphiql.css", headers={"If-None-Match": first.headers["etag"]}
    )

    assert first.headers["cache-control"] == second.headers["cache-control"] == "no-cache"
    assert second.status_code == 304
    assert second.content == b""


@pytest.mark.parametrize("path", ["", "/", "/nothing.js", "/../__init__.py", "/%2e%2e/__init__.py"])
async def test_other_files_are_not_there(stranger: Client, path: str) -> None:
    response = await stranger.get(f"/explorer{path}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
