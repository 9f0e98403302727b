"""A real browser before a real server.

Left out where there is no `chromium` to start; with CI set, there must be one.
"""

import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.app import create_app
from gql.settings import Settings
from tests.support.databases import new_database
from tests.support.gateway import settings
from tests.support.programs import require
from tests.support.until import until

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

WATCH = (
    "subscription Watch { runProgress(id: "
    f"{demo.live_runs(demo.MINIMUM_RUNS).testing}) {{ completed total }} }}"
)

ColorScheme = Literal["light", "dark"]

expect.set_options(timeout=15_000)


class Person:
    """Somebody with a page of the gateway open, and everything that the browser saw go wrong."""

    def __init__(self, context: BrowserContext, page: Page, origin: str, pictures: Path) -> None:
        self.context = context
        self.page = page
        self.origin = origin
        self.pictures = pictures
        self.requested: list[str] = []
        self.problems: list[str] = []
        self.token = page.get_by_label("Token", exact=True)
        self.keep = page.get_by_label("Keep on this machine")
        self.refusal = page.get_by_role("status")
        context.on("request", lambda request: self.requested.append(request.url))
        # Violations of the Content-Security-Policy are among the console's errors.
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(message.text)

    @property
    def elsewhere(self) -> list[str]:
        """What was requested of others than the gateway."""
        own = (self.origin, self.origin.replace("http", "ws"), "data:")
        return [url for url in self.requested if not url.startswith(own)]

    async def open(self, path: str) -> None:
        await self.page.goto(self.origin + path)

    async def type_token(self, token: str) -> None:
        await self.token.fill(token)
        await self.token.press("Enter")

    async def take_picture(self, name: str) -> None:
        await self.page.screenshot(path=self.pictures / f"{name}.png")

    async def overflow(self) -> int:
        """How far the page is wider than the window, in pixels."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    async def clipboard(self) -> str:
        return str(await self.page.evaluate("navigator.clipboard.readText()"))

    async def kept_for_good(self) -> str:
        """All that the browser has for the next visit."""
        return str(await self.context.storage_state(indexed_db=True))


class GraphiQL(Person):
    """Somebody with GraphiQL open."""

    def __init__(self, context: BrowserContext, page: Page, origin: str, pictures: Path) -> None:
        super().__init__(context, page, origin, pictures)
        self.query = page.get_by_role("region", name="Operation Editor")
        self.variables = page.get_by_role("region", name="Variables")
        self.result = page.get_by_role("region", name="Result Window")
        self.answer = page.get_by_role("region", name="Answer")
        self.docs = page.get_by_role("region", name="Documentation Explorer")
        self.suggestions = page.get_by_role("listbox", name="Suggest")
        # Without their buttons to be closed.
        self.tabs = page.locator(".graphiql-tab-button")
        self.open_tab = page.get_by_role("tab", selected=True).locator(self.tabs)
        self.cookbook = page.get_by_role("region", name="Cookbook").get_by_role("button")

    async def open_panel(self, name: str) -> None:
        await self.page.get_by_role("button", name=f"Show {name}").click()

    async def paste_query(self, query: str, *, name: str) -> None:
        await self.page.evaluate("query => navigator.clipboard.writeText(query)", query)

        async def is_pasted() -> bool:
            await self.query.get_by_role("textbox").focus()
            await self.page.keyboard.press("Control+A")
            await self.page.keyboard.press("Control+V")
            # GraphiQL learns a little later which operations there are to run.
            with suppress(AssertionError):
                await expect(self.open_tab).to_have_text(name, timeout=3_000)
            return await self.open_tab.text_content() == name

        await until(is_pasted)  # A page that is not ready yet loses keys.

    async def ask_for_suggestions(self) -> None:
        await self.query.get_by_role("textbox").focus()
        await self.page.keyboard.press("Control+Space")

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Execute query").click()


class RestPage(Person):
    """Somebody with the REST API's page open."""

    def __init__(self, context: BrowserContext, page: Page, origin: str, pictures: Path) -> None:
        super().__init__(context, page, origin, pictures)
        self.answer = page.locator(".live-responses-table")

    async def try_it(self, run: int, sample: int) -> None:
        await self.page.get_by_role("textbox", name="run_id").fill(str(run))
        await self.page.get_by_role("textbox", name="sample_id").fill(str(sample))
        await self.page.get_by_role("button", name="Execute").click()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    require("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=ARGUMENTS,
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def url(demo_files: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[URL]:
    async with new_database("sqlite", tmp_path_factory.mktemp("browser"), "demo") as url:
        writer = create_async_engine(url)
        await demo.build(writer, runs=demo.MINIMUM_RUNS, files=demo_files)
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
def demo_origin(url: URL, demo_files: Path) -> Iterator[str]:
    shown = settings(url, graphiql_token=demo.DEMO_TOKEN, files_url=demo_files.as_uri())
    with serving(shown) as origin:
        yield origin


@pytest.fixture(scope="session")
def tokenless_origin(url: URL) -> Iterator[str]:
    with serving(settings(url)) as origin:
        yield origin


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages go; `make pictures` has them kept."""
    return Path(os.environ.get("PICTURES") or tmp_path_factory.mktemp("pictures"))


@pytest.fixture
async def context(
    browser: Browser, scheme: ColorScheme, window: ViewportSize
) -> AsyncIterator[BrowserContext]:
    async with await browser.new_context(
        viewport=window,
        color_scheme=scheme,
        permissions=["clipboard-read", "clipboard-write"],
    ) as context:
        yield context


@pytest.fixture
def window() -> ViewportSize:
    """The size of the person's window, in pixels."""
    return {"width": 1280, "height": 800}


@pytest.fixture
def scheme() -> ColorScheme:
    """The colours that the person's system has."""
    return "light"
