"""The pages are for browsers only, and all they need comes from the gateway."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Any

import httpx
import pytest

from gql.database.urls import async_url
from tests.support.gateway import Client, running_app, settings
from tests.support.paths import ROOT

pytestmark = pytest.mark.quick

DIST = ROOT / "gql/explorer/dist"
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
    """The configuration in the page, as its script finds it."""
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
    """A client without a token, of a gateway whose pages contain none."""
    async with gateway_without_database(tmp_path) as client:
        yield client


async def test_browser_gets_the_graphiql_page(stranger: Client) -> None:
    page = await stranger.get("/graphql", headers=BROWSER)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept"
    assert config(page)["graphql"] == "/graphql"


async def test_rest_page_requires_no_token(stranger: Client) -> None:
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
async def test_path_below_the_rest_page_is_answered_by_the_rest_api(
    stranger: Client, method: str, path: str
) -> None:
    answer = await stranger.request(method, path, headers=BROWSER)

    assert answer.json()["code"] == "unauthorized"
    assert "x-ratelimit-remaining" in answer.headers


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 204), ("POST", 405)])
async def test_other_method_on_the_rest_page_requires_no_token(
    stranger: Client, method: str, status: int
) -> None:
    answer = await stranger.request(method, "/api/v1/docs")

    assert answer.status_code == status
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_root_redirects_to_graphiql(stranger: Client) -> None:
    page = await stranger.get("/", headers=BROWSER, follow_redirects=True)

    assert page.url.path == "/graphql"
    assert "GraphiQL" in page.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/graphql-response+json"])
async def test_program_gets_json_instead_of_the_page(stranger: Client, accept: str) -> None:
    answer = await stranger.get("/graphql", headers={"Accept": accept})

    assert answer.json()["errors"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_page_is_returned_only_for_get(stranger: Client, method: str) -> None:
    answer = await stranger.request(method, "/graphql", headers=BROWSER)

    assert "json" in answer.headers["content-type"]


LINK = {"query": "{ tags { id } }"}


async def test_browser_that_opens_a_query_gets_the_page(stranger: Client) -> None:
    page = await stranger.get("/graphql", params=LINK, headers=BROWSER)

    assert config(page)["graphql"] == "/graphql"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/graphql-response+json"])
async def test_program_that_asks_a_query_gets_its_answer(gateway: Client, accept: str) -> None:
    answer = await gateway.get("/graphql", params=LINK, headers={"Accept": accept})

    assert answer.json() == {"data": {"tags": []}}


PAGES = ["/graphql", "/api/v1/docs"]


@pytest.mark.parametrize("path", PAGES)
async def test_page_contains_no_token_by_default(stranger: Client, path: str) -> None:
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
async def test_page_contains_the_configured_token_escaped(
    tmp_path: Path, path: str, token: str
) -> None:
    async with gateway_without_database(tmp_path, graphiql_token=token) as client:
        page = await client.get(path, headers=BROWSER)

    assert config(page)["token"] == token
    assert page.text.count("<script") == page.text.count("</script>") == 2
    assert "<!--" not in page.text


@pytest.mark.parametrize("path", PAGES)
async def test_page_links_to_where_a_token_is_given(tmp_path: Path, path: str) -> None:
    url = "https://platform.example/account?of=me&tab=tokens#new"
    async with gateway_without_database(tmp_path, token_help_url=url) as client:
        page = await client.get(path, headers=BROWSER)

    assert f'<a href="{escape(url)}">' in page.text


@pytest.mark.parametrize("prefix", ["", "/gateway"])
async def test_pages_below_a_root_path_have_it_in_their_links(tmp_path: Path, prefix: str) -> None:
    async with gateway_without_database(tmp_path, root_path="/gateway") as client:
        page = await client.get(f"{prefix}/graphql", headers=BROWSER)
        home = await client.get(f"{prefix}/")
        openapi = await client.get(f"{prefix}/api/v1/openapi.json")

    links = re.findall(r'(?:href|src)="(/[^"]*)"', page.text)
    assert len(links) == 4
    assert all(link.startswith("/gateway/") for link in links)
    assert config(page)["graphql"] == "/gateway/graphql"
    assert home.headers["location"] == "/gateway/graphql"
    assert openapi.json()["servers"] == [{"url": "/gateway/api/v1"}]


@pytest.mark.parametrize("path", [*PAGES, "/explorer/graphiql.js", "/explorer/json.worker.js"])
async def test_content_security_policy_of_pages_allows_only_own_scripts(
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


async def test_content_security_policy_allows_inline_styles_on_graphiql_only(
    stranger: Client,
) -> None:
    graphiql, rest = [await stranger.get(path, headers=BROWSER) for path in PAGES]

    assert "'unsafe-inline'" in graphiql.headers["content-security-policy"]
    assert "unsafe" not in rest.headers["content-security-policy"]


@pytest.mark.parametrize("file", TYPES)
async def test_static_file_has_its_content_type(stranger: Client, file: str) -> None:
    response = await stranger.get(f"/explorer/{file}")

    assert response.status_code == 200
    assert response.headers["content-type"] == TYPES[file]


async def test_static_file_is_compressed_with_gzip(stranger: Client) -> None:
    response = await stranger.get("/explorer/graphiql.css")

    assert response.headers["content-encoding"] == "gzip"
    assert response.num_bytes_downloaded < len(response.content) / 4


@pytest.mark.parametrize("file", [file.name for file in DIST.iterdir() if file.suffix != ".gz"])
async def test_static_file_is_the_same_without_compression(stranger: Client, file: str) -> None:
    compressed = await stranger.get(f"/explorer/{file}")
    plain = await stranger.get(f"/explorer/{file}", headers={"Accept-Encoding": "identity"})

    assert compressed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert compressed.content == plain.content == (DIST / file).read_bytes()


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("OPTIONS", 204), ("HEAD", 200)])
async def test_static_file_is_only_read(stranger: Client, method: str, status: int) -> None:
    response = await stranger.request(method, "/explorer/graphiql.css")

    assert response.status_code == status


async def test_pages_can_be_switched_off(tmp_path: Path) -> None:
    async with gateway_without_database(tmp_path, explorer=False) as client:
        statuses = {
            path: (await client.get(path, headers=BROWSER)).status_code
            for path in ("/", "/graphql", "/api/v1/docs", "/explorer/graphiql.js", "/healthz")
        }

    assert statuses == {
        "/": 404,
        "/graphql": 401,
        "/api/v1/docs": 401,
        "/explorer/graphiql.js": 404,
        "/healthz": 200,
    }


async def test_static_file_is_not_sent_again_if_unchanged(stranger: Client) -> None:
    first = await stranger.get("/explorer/graphiql.css")
    second = await stranger.get(
        "/explorer/graphiql.css", headers={"If-None-Match": first.headers["etag"]}
    )

    assert first.headers["cache-control"] == second.headers["cache-control"] == "no-cache"
    assert second.status_code == 304
    assert second.content == b""


@pytest.mark.parametrize("path", ["", "/", "/nothing.js", "/../__init__.py", "/%2e%2e/__init__.py"])
async def test_unknown_static_file_is_not_found(stranger: Client, path: str) -> None:
    response = await stranger.get(f"/explorer{path}")

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
