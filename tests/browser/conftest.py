"""A real browser before a real server.

Left out where there is no `chromium` to start; with CI set, there must be one.
"""

import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.app import create_app
from gql.settings import Settings
from tests.conftest import new_database, settings

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # There is no internet: no name can be looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]

expect.set_options(timeout=15_000)


class Explorer:
    """Somebody with GraphiQL open, and everything that the browser saw go wrong."""

    def __init__(self, context: BrowserContext, page: Page, origin: str) -> None:
        self.context = context
        self.page = page
        self.origin = origin
        self.requested: list[str] = []
        self.problems: list[str] = []
        self.query = page.get_by_role("region", name="Operation Editor")
        self.headers = page.get_by_role("region", name="Headers")
        self.result = page.get_by_role("region", name="Result Window")
        self.suggestions = page.get_by_role("listbox", name="Suggest")
        context.on("request", lambda request: self.requested.append(request.url))
        # Violations of the Content-Security-Policy are among the console's errors.
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(message.text)

    async def open(self) -> None:
        await self.page.goto(f"{self.origin}/graphql")
        await expect(self.query).to_contain_text("query NewestRuns")

    async def open_panel(self, name: str) -> None:
        await self.page.get_by_role("button", name=f"Show {name}").click()

    async def paste_query(self, query: str, *, name: str) -> None:
        await self.page.evaluate("query => navigator.clipboard.writeText(query)", query)
        await self.query.get_by_role("textbox").focus()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Control+V")
        # GraphiQL takes a moment to learn which operations there are to run.
        await expect(self.page.get_by_role("tab", selected=True)).to_have_text(name)

    async def ask_for_suggestions(self) -> None:
        await self.query.get_by_role("textbox").focus()
        await self.page.keyboard.press("Control+Space")

    async def type_token(self, token: str) -> None:
        """Type the token where the headers have a place for it: `"Authorization": "Bearer "`."""
        await self.headers.get_by_role("textbox").focus()
        for key in ("Control+Home", "ArrowDown", "End", "ArrowLeft"):
            await self.page.keyboard.press(key)
        await self.page.keyboard.type(token)

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Execute query").click()

    async def stored(self) -> str:
        """All that the browser keeps for the next visit."""
        in_session = await self.page.evaluate("JSON.stringify(sessionStorage)")
        return f"{await self.context.storage_state(indexed_db=True)} {in_session}"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, and there is no chromium to start")
        pytest.skip("There is no chromium to start")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[URL]:
    async with new_database("sqlite", tmp_path_factory.mktemp("browser"), "demo") as url:
        writer = create_async_engine(url)
        await demo.build(writer, runs=demo.MINIMUM_RUNS)
        await writer.dispose()
        yield url


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The origin of a server of the whole app."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def demo_origin(url: URL) -> Iterator[str]:
    with serving(settings(url, graphiql_token=demo.DEMO_TOKEN)) as origin:
        yield origin


@pytest.fixture(scope="session")
def tokenless_origin(url: URL) -> Iterator[str]:
    with serving(settings(url)) as origin:
        yield origin


@asynccontextmanager
async def exploring(browser: Browser, origin: str) -> AsyncIterator[Explorer]:
    async with await browser.new_context(
        viewport={"width": 1600, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    ) as context:
        explorer = Explorer(context, await context.new_page(), origin)
        await explorer.open()
        yield explorer


@pytest.fixture
async def visitor(browser: Browser, demo_origin: str) -> AsyncIterator[Explorer]:
    """Somebody who opened the demo."""
    async with exploring(browser, demo_origin) as explorer:
        yield explorer


@pytest.fixture
async def stranger(browser: Browser, tokenless_origin: str) -> AsyncIterator[Explorer]:
    """Somebody who opened a gateway that tells nobody a token."""
    async with exploring(browser, tokenless_origin) as explorer:
        yield explorer
