"""Everything works below a path of another host, behind nginx by docs/deploy/nginx.conf."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import BrowserContext, expect
from sqlalchemy import URL

from gql import demo
from tests.browser.conftest import WATCH, GraphiQL, RestPage, serving
from tests.deployment.proxies import Nginx
from tests.support.gateway import settings
from tests.support.programs import require

DOWNLOAD = "{ sample(runId: 11, regressionId: 118) { outputs { actual { downloadUrl } } } }"
TOKEN = {"Authorization": f"Bearer {demo.DEMO_TOKEN}"}


@pytest.fixture(scope="module")
async def origin(url: URL, demo_files: Path) -> AsyncIterator[str]:
    require("nginx")
    below = settings(
        url,
        root_path="/gateway",
        graphiql_token=demo.DEMO_TOKEN,
        files_url=demo_files.as_uri(),
    )
    with serving(below) as gateway:
        port = int(gateway.rpartition(":")[2])
        nginx = Nginx([port, port], platform_port=port, files=demo_files)
        try:
            await nginx.start()
            yield f"http://127.0.0.1:{nginx.platform_site_port}"
        finally:
            nginx.remove()


@pytest.fixture
async def visitor(context: BrowserContext, origin: str, pictures: Path) -> GraphiQL:
    graphiql = GraphiQL(context, await context.new_page(), origin, pictures)
    await graphiql.open("/gateway")
    await expect(graphiql.query).to_contain_text("query Broken")
    return graphiql


async def test_graphiql_works_below_a_path(visitor: GraphiQL) -> None:
    assert visitor.page.url == f"{visitor.origin}/gateway/graphql"
    await visitor.run()
    await expect(visitor.result).to_contain_text('"data"')

    await visitor.page.get_by_role("button", name="Copy link to this query").click()

    await expect(visitor.page.get_by_role("button", name="Link copied")).to_be_visible()
    link = await visitor.clipboard()
    assert link.startswith(f"{visitor.origin}/gateway/graphql?query=")
    await visitor.page.goto(link)
    await expect(visitor.query).to_contain_text("query Broken")
    assert visitor.problems == []


async def test_subscription_works_below_a_path(visitor: GraphiQL) -> None:
    await visitor.paste_query(WATCH, name="Watch")
    await visitor.run()

    await expect(visitor.result).to_contain_text('"completed": 118')


async def test_rest_page_works_below_a_path(visitor: GraphiQL) -> None:
    await visitor.page.get_by_role("link", name="REST").click()
    rest = RestPage(visitor.context, visitor.page, visitor.origin, visitor.pictures)

    await rest.try_it(11, 118)

    await expect(rest.answer).to_contain_text("200")
    await expect(rest.answer).to_contain_text('"status": "fail"')
    await expect(rest.page.locator(".request-url")).to_contain_text("/gateway/api/v1/runs/11/")
    current = rest.page.get_by_role("navigation").locator("[aria-current=page]")
    await expect(current).to_have_text("REST")


async def test_file_is_downloaded_below_a_path(origin: str) -> None:
    async with httpx.AsyncClient(base_url=origin, headers=TOKEN) as program:
        answer = await program.post("/gateway/graphql", json={"query": DOWNLOAD})
        [output] = answer.json()["data"]["sample"]["outputs"]
        file = await program.get(output["actual"]["downloadUrl"])

    assert output["actual"]["downloadUrl"].startswith("/gateway/files/")
    assert file.status_code == 200


@pytest.mark.parametrize("path", ["/gateway/healthz", "/gateway/metrics"])
async def test_health_and_metrics_are_not_public_below_a_path(origin: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=origin) as program:
        assert (await program.get(path)).text.startswith("<html>")
