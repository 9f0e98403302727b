"""GraphiQL works for a person in a browser, offline, and keeps their token to itself."""

import asyncio
import json
import os
import re
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    FloatRect,
    Locator,
    Route,
    ViewportSize,
    expect,
)
from sqlalchemy import URL

from gql import demo, explorer
from tests.browser.conftest import WATCH, ColorScheme, GraphiQL, serving
from tests.support.gateway import settings
from tests.support.paths import DOCS

COOKBOOK = DOCS / "cookbook.md"
NO_TOKEN = "Bearer token is missing, expired, or invalid."

TABS_ARE_STORED = """async query => {
  while (!localStorage.getItem('sample-gateway:graphiql:tabState')?.includes(query))
    await new Promise(requestAnimationFrame);
}"""

VARIABLES_ARE_REMOVED = """async () => {
  const stored = () => JSON.parse(localStorage.getItem('sample-gateway:graphiql:tabState'));
  while (stored()?.tabs[0].variables !== '') await new Promise(requestAnimationFrame);
}"""


@pytest.fixture
async def visitor(context: BrowserContext, demo_origin: str, pictures: Path) -> GraphiQL:
    """A person with the page of the demo open."""
    return await opened(context, demo_origin, pictures)


@pytest.fixture
async def stranger(context: BrowserContext, tokenless_origin: str, pictures: Path) -> GraphiQL:
    """A person with a page that contains no token open."""
    return await opened(context, tokenless_origin, pictures)


async def opened(context: BrowserContext, origin: str, pictures: Path) -> GraphiQL:
    graphiql = GraphiQL(context, await context.new_page(), origin, pictures)
    await graphiql.open("/graphql")
    await expect(graphiql.query).to_contain_text("query Broken")
    return graphiql


# The demo


async def test_demo_page_has_the_token_and_a_query_to_run(visitor: GraphiQL) -> None:
    await expect(visitor.token).to_have_value(demo.DEMO_TOKEN)

    await visitor.run()

    await expect(visitor.result).to_contain_text('"brokenHere": ')
    await expect(visitor.refusal).to_be_empty()


async def test_page_title_is_the_gateways_name(visitor: GraphiQL) -> None:
    await expect(visitor.page).to_have_title("GraphiQL · Sample Gateway")
    await expect(visitor.page.get_by_role("banner")).to_contain_text("Sample Gateway")


# The cookbook


async def test_cookbook_tabs_are_open_at_the_first_visit(visitor: GraphiQL) -> None:
    await expect(visitor.tabs).to_have_text(
        ["BrokenInPullRequest", "Broken", "Changes", "Elsewhere"]
    )


async def test_cookbook_recipe_opens_in_a_tab_of_its_own(visitor: GraphiQL) -> None:
    await expect(visitor.cookbook).to_have_count(len(explorer.COOKBOOK))

    for button, recipe in zip(await visitor.cookbook.all(), explorer.COOKBOOK, strict=True):
        await button.click()
        await expect(visitor.query).to_contain_text(recipe.splitlines()[1].strip("{ "))
        await expect(button).to_have_attribute("aria-current", "true")

    await expect(visitor.tabs).to_have_count(len(explorer.COOKBOOK))


async def test_recipes_ask_for_the_latest_pull_request_that_failed(visitor: GraphiQL) -> None:
    latest = """{ runs(first: 1, filter: { trigger: PULL_REQUEST, statuses: [FAIL] }) { nodes {
      id pullRequest samples(first: 1, filter: { failureKinds: [OUTPUT_DIFF] }) { nodes {
        regressionId } } } } }"""
    response = await visitor.page.request.post(
        f"{visitor.origin}/graphql",
        data={"query": latest},
        headers={"Authorization": f"Bearer {demo.DEMO_TOKEN}"},
    )
    [run] = (await response.json())["data"]["runs"]["nodes"]

    await expect(visitor.variables).to_contain_text(f'"pullRequest": {run["pullRequest"]}')
    await visitor.tabs.get_by_text("Elsewhere").click()
    await expect(visitor.variables).to_contain_text(f'"runId": {run["id"]}')
    regression_id = run["samples"]["nodes"][0]["regressionId"]
    await expect(visitor.variables).to_contain_text(f'"regressionId": {regression_id}')
    await visitor.cookbook.get_by_text("Watch a run").click()
    testing = demo.live_runs(demo.MINIMUM_RUNS).testing
    await expect(visitor.variables).to_contain_text(f'"runId": {testing}')


async def test_variables_that_a_person_has_removed_stay_away(visitor: GraphiQL) -> None:
    await expect(visitor.variables).to_contain_text('"pullRequest"')

    await visitor.variables.get_by_role("textbox").focus()
    await visitor.page.keyboard.press("Control+A")
    await visitor.page.keyboard.press("Delete")
    await visitor.page.evaluate(VARIABLES_ARE_REMOVED)
    await visitor.tabs.get_by_text("Elsewhere").click()
    await expect(visitor.variables).to_contain_text('"runId"')
    await visitor.tabs.get_by_text("BrokenInPullRequest").click()
    await expect(visitor.query).to_contain_text("query BrokenInPullRequest")

    await expect(visitor.variables).not_to_contain_text('"')


async def test_filled_tab_is_restored_after_a_reload(visitor: GraphiQL) -> None:
    await expect(visitor.variables).to_contain_text('"pullRequest"')
    await visitor.page.evaluate(TABS_ARE_STORED, r"\"pullRequest\"")

    await visitor.page.reload()

    await expect(visitor.query).to_contain_text("query BrokenInPullRequest")
    await expect(visitor.variables).to_contain_text('"pullRequest"')
    await expect(visitor.tabs).to_have_count(4)


async def test_variables_are_filled_once_a_token_is_given(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)

    await expect(stranger.variables).to_contain_text('"pullRequest"')


async def test_tab_can_be_run_as_soon_as_it_is_opened(visitor: GraphiQL) -> None:
    run = await visitor.page.get_by_role("button", name="Execute query").element_handle()

    tab = visitor.tabs.get_by_text("Elsewhere")
    await tab.evaluate("(tab, run) => { tab.click(); run.click(); }", run)

    await expect(visitor.result).to_contain_text('"failureKind": "')


async def test_difference_in_an_answer_is_shown_line_by_line(visitor: GraphiQL) -> None:
    await visitor.cookbook.get_by_text("Which lines differ?").click()
    await expect(visitor.query).to_contain_text("query Lines")

    await visitor.run()

    differences = visitor.page.get_by_role("region", name="Differences")
    await expect(differences.locator(".hunk").nth(1)).to_have_text(re.compile(r"^@@ -\d+"))
    await expect(differences.locator(".added").first).to_have_text(re.compile(r"^\+"))
    await expect(differences.locator(".removed").first).to_have_text(re.compile(r"^-"))
    await visitor.take_picture("differences")

    await visitor.tabs.get_by_text("Broken", exact=True).click()
    await visitor.run()

    await expect(visitor.result).to_contain_text('"brokenHere": ')
    await expect(differences).to_have_count(0)


async def test_characters_that_cannot_be_seen_are_shown_in_a_difference(visitor: GraphiQL) -> None:
    unified = "--- a\n+++ b\n@@ -1 +1 @@\n-\ufeffone\t\r\n+one \n"
    await visitor.page.route(
        "**/graphql", lambda route: route.fulfill(json={"data": {"unified": unified}})
    )
    await visitor.run()

    differences = visitor.page.get_by_role("region", name="Differences")
    await expect(differences.locator(".removed")).to_have_text("-\\u{feff}one\t\\r")


async def test_tabs_are_restored_after_a_reload(visitor: GraphiQL) -> None:
    await visitor.page.get_by_role("tab", name="Elsewhere").click()
    await visitor.paste_query("query Mine { tags { id } }", name="Mine")
    await visitor.page.evaluate(TABS_ARE_STORED, "query Mine")

    await visitor.page.reload()

    await expect(visitor.tabs).to_have_text(["BrokenInPullRequest", "Broken", "Changes", "Mine"])
    await expect(visitor.query).to_contain_text("query Mine")


# The editor and the panels


async def test_docs_panel_shows_descriptions_of_the_schema(visitor: GraphiQL) -> None:
    await visitor.open_panel("Documentation Explorer")
    docs = visitor.page.get_by_role("region", name="Documentation Explorer")
    await docs.get_by_role("link", name="Query").click()

    await expect(docs).to_contain_text("Every question you can ask the platform.")
    await expect(docs).to_contain_text("The run with this number; null if it does not exist.")
    await visitor.take_picture("graphiql-docs")


async def test_explorer_panel_edits_the_query(visitor: GraphiQL) -> None:
    await visitor.open_panel("GraphiQL Explorer")
    await visitor.page.locator(".graphiql-explorer-root").get_by_text("baseReason").click()

    await expect(visitor.query).not_to_contain_text("baseReason")


async def test_editor_suggests_fields_of_the_schema(visitor: GraphiQL) -> None:
    await visitor.paste_query("{ cat", name="<untitled>")
    await visitor.ask_for_suggestions()

    await expect(visitor.suggestions).to_contain_text("categories")


async def test_history_lists_the_queries_that_were_run(visitor: GraphiQL) -> None:
    await visitor.paste_query("query Mine { tags { id } }", name="Mine")
    await visitor.run()
    await expect(visitor.result).to_contain_text('"data"')
    await visitor.paste_query("query Other { tags { id } }", name="Other")
    await visitor.open_panel("History")
    await visitor.page.get_by_role("listitem").get_by_text("Mine").click()

    await expect(visitor.query).to_contain_text("query Mine")


async def test_page_loads_from_the_gateway_only_and_keeps_its_content_security_policy(
    visitor: GraphiQL,
) -> None:
    await visitor.run()
    await expect(visitor.result).to_contain_text('"data"')
    for panel in ("Documentation Explorer", "History", "GraphiQL Explorer"):
        await visitor.open_panel(panel)
    await expect(visitor.page.get_by_role("textbox", name="Query Name")).to_be_visible()
    await visitor.ask_for_suggestions()
    await expect(visitor.suggestions).to_be_visible()

    assert visitor.problems == []
    assert visitor.elsewhere == []


# Light and dark

BACKGROUND = (
    "getComputedStyle(document.querySelector('#graphiql .graphiql-container')).backgroundColor"
)
LIGHTNESS = {"light": "rgb(255, 255, 255)", "dark": "rgb(33, 42, 59)"}


@pytest.mark.parametrize("scheme", LIGHTNESS)
async def test_theme_follows_the_system(visitor: GraphiQL, scheme: ColorScheme) -> None:
    assert await visitor.page.evaluate(BACKGROUND) == LIGHTNESS[scheme]

    await visitor.run()
    await expect(visitor.result).to_contain_text('"brokenHere": ')
    await visitor.take_picture(f"graphiql-{scheme}")


async def test_theme_stays_as_chosen_after_a_reload(visitor: GraphiQL) -> None:
    await visitor.page.get_by_role("button", name="Open settings dialog").click()
    await visitor.page.get_by_role("button", name="Dark").click()
    assert await visitor.page.evaluate(BACKGROUND) == LIGHTNESS["dark"]

    await visitor.page.reload()

    await expect(visitor.query).to_contain_text("query Broken")
    assert await visitor.page.evaluate(BACKGROUND) == LIGHTNESS["dark"]


# The token


async def test_first_visit_shows_what_a_token_is_and_no_error(stranger: GraphiQL) -> None:
    await expect(stranger.token).to_have_value("")
    await expect(stranger.page.get_by_text("A token is a password")).to_contain_text("runs:read")
    await stranger.open_panel("Documentation Explorer")
    await expect(stranger.docs).to_contain_text("needs a token")

    await expect(stranger.refusal).to_be_empty()
    await expect(stranger.result).to_have_text("")
    assert stranger.problems == []
    assert not any(url.endswith("/graphql") for url in stranger.requested[1:])


async def test_query_without_a_token_shows_that_it_needs_one(stranger: GraphiQL) -> None:
    await stranger.run()

    await expect(stranger.refusal).to_have_text(NO_TOKEN)
    await expect(stranger.result).to_contain_text(NO_TOKEN)


async def test_typed_token_runs_the_query_of_a_tab(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.page.get_by_role("tab", name="Elsewhere").click()
    await stranger.run()

    await expect(stranger.result).to_contain_text('"failureKind": "')


async def test_token_may_be_pasted_as_it_is_in_a_header(stranger: GraphiQL) -> None:
    await stranger.type_token(f"Bearer {demo.DEMO_TOKEN} ")
    await stranger.run()

    await expect(stranger.result).to_contain_text('"brokenHere": ')
    await expect(stranger.refusal).to_be_empty()


async def test_typed_token_loads_the_schema(stranger: GraphiQL) -> None:
    await stranger.type_token("spci_mistyped")
    await expect(stranger.result).to_contain_text(NO_TOKEN)
    await stranger.open_panel("Documentation Explorer")
    await expect(stranger.docs).to_contain_text(f"The schema cannot be read. {NO_TOKEN}")

    await stranger.type_token(demo.DEMO_TOKEN)

    await expect(stranger.refusal).to_be_empty()
    await expect(stranger.result).not_to_contain_text(NO_TOKEN)
    await expect(stranger.page.get_by_role("link", name="Query")).to_be_visible()


async def test_invalid_token_is_rejected_until_a_valid_one_is_typed(stranger: GraphiQL) -> None:
    await stranger.type_token("spci_mistyped")
    await expect(stranger.token).to_have_attribute("aria-invalid", "true")
    await expect(stranger.refusal).to_have_text(NO_TOKEN)

    await stranger.type_token(demo.DEMO_TOKEN)

    await expect(stranger.token).to_have_attribute("aria-invalid", "false")
    await expect(stranger.refusal).to_be_empty()


async def test_typed_token_is_kept_for_the_session_only(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.run()
    await expect(stranger.result).to_contain_text('"data"')

    await stranger.page.reload()
    await expect(stranger.token).to_have_value(demo.DEMO_TOKEN)

    kept = await stranger.kept_for_good()
    assert "query Broken" in kept
    assert demo.DEMO_TOKEN not in kept
    another = GraphiQL(
        stranger.context, await stranger.context.new_page(), stranger.origin, stranger.pictures
    )
    await another.open("/graphql")
    await expect(another.token).to_have_value("")


async def test_token_is_kept_for_good_where_the_person_chooses_so(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.keep.check()
    assert demo.DEMO_TOKEN in await stranger.kept_for_good()

    another = GraphiQL(
        stranger.context, await stranger.context.new_page(), stranger.origin, stranger.pictures
    )
    await another.open("/graphql")
    await expect(another.token).to_have_value(demo.DEMO_TOKEN)
    await expect(another.keep).to_be_checked()

    await another.keep.uncheck()
    assert demo.DEMO_TOKEN not in await stranger.kept_for_good()
    await expect(another.token).to_have_value(demo.DEMO_TOKEN)


async def test_clear_data_clears_the_token(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.keep.check()
    await stranger.page.get_by_role("button", name="Open settings dialog").click()
    await stranger.page.get_by_role("button", name="Clear data").click()

    await expect(stranger.token).to_have_value("")
    await expect(stranger.keep).not_to_be_checked()
    await stranger.page.reload()
    await expect(stranger.token).to_have_value("")
    assert demo.DEMO_TOKEN not in await stranger.kept_for_good()


# Links

SAMPLES = """\
# Why?
query Why($run: Int!) { run(id: $run) { id status } }
query Whose { tags { id } }
"""
LINK = "/graphql?" + urlencode(
    {"query": SAMPLES, "variables": '{"run": 11}', "operationName": "Whose"}
)


async def test_link_opens_its_query_without_running_it(
    context: BrowserContext, demo_origin: str, pictures: Path
) -> None:
    visitor = GraphiQL(context, await context.new_page(), demo_origin, pictures)
    await visitor.open(LINK)

    await expect(visitor.query).to_contain_text("query Why($run: Int!)")
    await expect(visitor.variables).to_contain_text('{"run": 11}')
    await expect(visitor.tabs).to_have_text(
        ["Why", "BrokenInPullRequest", "Broken", "Changes", "Elsewhere"]
    )
    await visitor.open_panel("Documentation Explorer")
    await expect(visitor.page.get_by_role("link", name="Query")).to_be_visible()
    await expect(visitor.result).to_have_text("")
    await expect(visitor.answer).to_have_count(0)


async def test_link_leads_to_its_operation(
    context: BrowserContext, demo_origin: str, pictures: Path
) -> None:
    visitor = GraphiQL(context, await context.new_page(), demo_origin, pictures)
    await visitor.open(LINK)
    await visitor.query.get_by_role("textbox").focus()

    await visitor.page.keyboard.press("Control+Enter")

    await expect(visitor.result).to_contain_text('"tags": [')


async def test_link_opens_beside_the_tabs_of_the_last_visit(visitor: GraphiQL) -> None:
    await visitor.paste_query("query Mine { tags { id } }", name="Mine")
    await visitor.page.evaluate(TABS_ARE_STORED, "query Mine")

    await visitor.open(LINK)
    await expect(visitor.tabs).to_have_text(["Mine", "Broken", "Changes", "Elsewhere", "Why"])
    await visitor.page.reload()

    await expect(visitor.tabs).to_have_text(["Mine", "Broken", "Changes", "Elsewhere", "Why"])


async def test_copied_link_opens_the_same_query_and_answers_a_program(visitor: GraphiQL) -> None:
    query = "query One($run: Int!) { run(id: $run) { id } }"
    await visitor.paste_query(query, name="One")
    await visitor.variables.get_by_role("textbox").focus()
    await visitor.page.keyboard.press("Control+A")
    await visitor.page.keyboard.press("Delete")
    await visitor.page.keyboard.type('{"run": 11')
    await expect(visitor.variables).to_contain_text('{"run": 11}')

    await visitor.page.get_by_role("button", name="Copy link to this query").click()

    await expect(visitor.page.get_by_role("button", name="Link copied")).to_be_visible()
    link = await visitor.clipboard()
    other = GraphiQL(
        visitor.context, await visitor.context.new_page(), visitor.origin, visitor.pictures
    )
    await other.page.goto(link)
    await expect(other.query).to_contain_text(query)
    await expect(other.variables).to_contain_text('{"run": 11}')
    headers = {"Authorization": f"Bearer {demo.DEMO_TOKEN}"}
    async with httpx.AsyncClient(headers=headers) as program:
        assert (await program.get(link)).json() == {"data": {"run": {"id": 11}}}


async def test_query_that_is_too_long_for_a_link_shows_the_limit(visitor: GraphiQL) -> None:
    await visitor.paste_query(f"# {'x' * 8_000}\nquery Long {{ tags {{ id }} }}", name="Long")
    await visitor.page.get_by_role("button", name="Copy link to this query").click()

    message = re.compile("This link would have .* characters, and the limit is 8000")
    await expect(visitor.page.get_by_role("button", name=message)).to_be_visible()


async def test_recipes_of_the_cookbook_link_to_their_tabs(
    context: BrowserContext, demo_origin: str, pictures: Path
) -> None:
    links = re.findall(r"\(http://127\.0\.0\.1:8000(/graphql\?\S+)\)", COOKBOOK.read_text())
    assert len(links) == len(explorer.COOKBOOK)

    visitor = GraphiQL(context, await context.new_page(), demo_origin, pictures)
    for link, recipe in zip(links, explorer.COOKBOOK, strict=True):
        await visitor.open(link)
        await expect(visitor.open_tab).to_have_text(link.partition("=")[2])
        await expect(visitor.query).to_contain_text(recipe.splitlines()[1].strip("{ "))


# After an answer


async def test_answer_shows_what_it_took_and_what_is_left(visitor: GraphiQL) -> None:
    await visitor.run()

    await expect(visitor.answer).to_contain_text(
        re.compile(r"Status 200 · \d+ ms · [\d,]+ bytes · cost \d+ · \d+ of 1000000 left until \d")
    )

    await visitor.tabs.get_by_text("Elsewhere").click()
    await expect(visitor.answer).to_have_count(0)


async def test_copied_curl_command_gives_the_same_answer(visitor: GraphiQL) -> None:
    await visitor.paste_query(
        'query It { runs(filter: {branch: "it\'s"}) { totalCount } }', name="It"
    )
    await visitor.run()
    await visitor.answer.get_by_role("button", name="Copy as curl").click()
    await expect(visitor.answer.get_by_role("button", name="Copied")).to_be_visible()

    command = await visitor.clipboard()

    assert demo.DEMO_TOKEN not in command
    environment = {**os.environ, "ACCESS_TOKEN": demo.DEMO_TOKEN}
    shell = await asyncio.create_subprocess_shell(command, stdout=PIPE, env=environment)
    output, _ = await shell.communicate()
    assert json.loads(output)["data"] == {"runs": {"totalCount": 0}}


async def test_answer_is_saved_as_json(visitor: GraphiQL) -> None:
    await visitor.run()

    async with visitor.page.expect_download() as downloading:
        await visitor.answer.get_by_role("button", name="Save as JSON").click()

    download = await downloading.value
    assert download.suggested_filename == "BrokenInPullRequest.json"
    answer = json.loads((await download.path()).read_text())
    assert answer["data"]["pullRequest"]["latest"]["status"] == "FAIL"


async def test_rejected_request_shows_its_status(stranger: GraphiQL) -> None:
    await stranger.run()

    await expect(stranger.answer).to_contain_text("Status 401")


# Windows of every width

PHONE = ViewportSize(width=390, height=844)
TABLET = ViewportSize(width=768, height=1024)
WINDOW_AT_200_PERCENT = ViewportSize(width=640, height=400)
SMALL = [PHONE, TABLET, WINDOW_AT_200_PERCENT]


def size(window: ViewportSize) -> str:
    return f"{window['width']}x{window['height']}"


async def box(locator: Locator) -> FloatRect:
    found = await locator.bounding_box()
    assert found
    return found


async def cut(visitor: GraphiQL) -> list[str]:
    """The buttons and fields that are not whole in the window; tabs can be scrolled to."""
    return list(
        await visitor.page.evaluate("""
        [...document.querySelectorAll('button, input, a:not(#skip)')]
            .filter(element => element.checkVisibility({ visibilityProperty: true }))
            .filter(element => !element.closest('[role=tablist], .graphiql-plugin'))
            .filter(element => {
                const { left, right } = element.getBoundingClientRect();
                return left < 0 || right > innerWidth;
            })
            .map(element => element.outerHTML)
    """)
    )


@pytest.mark.parametrize("window", SMALL, ids=size)
async def test_panes_are_stacked_in_a_small_window(visitor: GraphiQL, window: ViewportSize) -> None:
    await visitor.run()
    await expect(visitor.result).to_contain_text('"data"')
    await expect(visitor.answer).to_be_in_viewport(ratio=1)

    assert (await box(visitor.result))["y"] > (await box(visitor.query))["y"] + 200
    assert (await box(visitor.result))["width"] > window["width"] * 0.9
    await expect(visitor.cookbook).to_have_count(0)
    assert await visitor.overflow() == 0
    assert await cut(visitor) == []


@pytest.mark.parametrize("window", SMALL, ids=size)
@pytest.mark.usefixtures("window")
async def test_panel_closes_in_a_small_window_when_a_recipe_is_opened(
    visitor: GraphiQL,
) -> None:
    await visitor.open_panel("Cookbook")
    await expect(visitor.cookbook).to_have_count(len(explorer.COOKBOOK))
    assert await visitor.overflow() == 0

    await visitor.cookbook.get_by_text("Is it flaky?").click()

    await expect(visitor.query).to_contain_text("query Flaky")
    await expect(visitor.cookbook).to_have_count(0)
    await expect(visitor.query).to_be_in_viewport()
    await visitor.open_panel("Cookbook")
    await expect(visitor.cookbook).to_have_count(len(explorer.COOKBOOK))


async def test_panes_are_beside_each_other_in_a_wide_window(visitor: GraphiQL) -> None:
    await expect(visitor.cookbook).to_have_count(len(explorer.COOKBOOK))
    assert (await box(visitor.result))["x"] > (await box(visitor.query))["x"] + 300
    assert await visitor.overflow() == 0


# While the page loads


async def test_page_shows_that_it_loads(
    context: BrowserContext, demo_origin: str, pictures: Path
) -> None:
    visitor = GraphiQL(context, await context.new_page(), demo_origin, pictures)
    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await visitor.page.route("**/graphiql.js", hold)
    await visitor.page.goto(f"{demo_origin}/graphql", wait_until="commit")
    await expect(visitor.page.get_by_text("Loading…")).to_be_visible()
    await expect(visitor.page).to_have_title("GraphiQL · Sample Gateway")

    arrived.set()

    await expect(visitor.query).to_contain_text("query Broken")
    await expect(visitor.page.get_by_text("Loading…")).to_have_count(0)


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/docs"])
async def test_page_without_javascript_shows_that_it_needs_it(
    browser: Browser, demo_origin: str, path: str
) -> None:
    async with await browser.new_context(java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(demo_origin + path)

        shown = await page.locator("noscript").inner_text()
        assert shown.startswith("This page needs JavaScript.")
        await expect(page.get_by_text("Loading…")).to_be_hidden()


# Subscriptions


async def test_subscription_shows_the_progress_of_a_run(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await expect(stranger.variables).to_contain_text('"pullRequest"')
    await stranger.paste_query(WATCH, name="Watch")
    await stranger.run()

    await expect(stranger.result).to_contain_text('"completed": 118')
    await stranger.page.get_by_role("button", name="Stop query").click()
    await expect(stranger.page.get_by_role("button", name="Execute query")).to_be_visible()


async def test_subscription_with_an_invalid_token_shows_why_it_fails(visitor: GraphiQL) -> None:
    await visitor.paste_query(WATCH, name="Watch")
    await visitor.token.fill("spci_mistyped")
    await visitor.run()

    await expect(visitor.result).to_contain_text(f'"message": "{NO_TOKEN}"')
    await expect(visitor.result).not_to_contain_text("stack")


# Failures


async def test_query_that_fails_shows_the_error(visitor: GraphiQL) -> None:
    await visitor.paste_query("query Many { runs(first: 999) { nodes { id } } }", name="Many")
    await visitor.run()

    await expect(visitor.result).to_contain_text("and must be from 0 to 100.")
    await visitor.take_picture("graphiql-error")


@pytest.fixture
def limited_origin(url: URL) -> AsyncIterator[str]:
    """A gateway that answers one request a minute: the first, for the schema."""
    with serving(settings(url, graphiql_token=demo.DEMO_TOKEN, rate_limit_requests=1)) as origin:
        yield origin


async def test_rate_limit_error_shows_how_long_to_wait(
    context: BrowserContext, limited_origin: str, pictures: Path
) -> None:
    visitor = await opened(context, limited_origin, pictures)
    await visitor.run()

    await expect(visitor.result).to_contain_text("Rate limit exceeded. Retry after")
    await expect(visitor.result).to_contain_text('"code": "RATE_LIMITED"')
    await expect(visitor.refusal).to_be_empty()


@pytest.fixture
def schemaless_origin(url: URL) -> AsyncIterator[str]:
    """A gateway whose schema cannot be read."""
    secretive = settings(url, graphiql_token=demo.DEMO_TOKEN, graphql_introspection=False)
    with serving(secretive) as origin:
        yield origin


async def test_docs_panel_shows_why_the_schema_cannot_be_read(
    context: BrowserContext, schemaless_origin: str, pictures: Path
) -> None:
    visitor = await opened(context, schemaless_origin, pictures)
    await visitor.open_panel("Documentation Explorer")

    await expect(visitor.docs).to_contain_text("The schema cannot be read.")
    await expect(visitor.docs).to_contain_text("introspection")


@pytest.fixture
def databaseless_origin(tmp_path: Path) -> AsyncIterator[str]:
    """A gateway whose database is away."""
    with serving(settings(URL.create("sqlite+aiosqlite", database=f"{tmp_path}/none/x"))) as origin:
        yield origin


async def test_unavailable_database_is_shown(
    context: BrowserContext, databaseless_origin: str, pictures: Path
) -> None:
    visitor = await opened(context, databaseless_origin, pictures)
    await visitor.type_token(demo.DEMO_TOKEN)
    await visitor.run()

    await expect(visitor.result).to_contain_text('"code": "UNAVAILABLE"')


@pytest.mark.parametrize(
    ("happening", "message"),
    [
        (lambda route: route.abort(), "The gateway cannot be reached: Failed to fetch."),
        (
            lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>"),
            "The gateway cannot be reached: 502 is answered for it.",
        ),
    ],
    ids=["away", "away behind a proxy"],
)
async def test_unavailable_gateway_is_shown(
    visitor: GraphiQL, happening: Callable[[Route], Any], message: str
) -> None:
    await visitor.page.route("**/graphql", happening)
    await visitor.run()

    await expect(visitor.result).to_contain_text(message)
    await expect(visitor.result).not_to_contain_text("stack")
