"""GraphiQL works for a person in a browser, offline, and keeps their token to itself."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Route, expect
from sqlalchemy import URL

from gql import demo, explorer
from tests.browser.conftest import ColorScheme, GraphiQL, serving
from tests.support.gateway import settings

NO_TOKEN = "Bearer token is missing, expired, or invalid."
WATCH = (
    "subscription Watch { runProgress(id: "
    f"{demo.live_runs(demo.MINIMUM_RUNS).testing}) {{ completed total }} }}"
)

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
    await expect(visitor.tabs).to_have_text(["BrokenInPullRequest", "Broken", "Elsewhere", "Since"])


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
    await visitor.page.get_by_role("tab", name="Since").click()
    await visitor.paste_query("query Mine { tags { id } }", name="Mine")
    await visitor.page.evaluate(TABS_ARE_STORED, "query Mine")

    await visitor.page.reload()

    await expect(visitor.tabs).to_have_text(["BrokenInPullRequest", "Broken", "Elsewhere", "Mine"])
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


async def test_page_asks_for_a_token_where_none_is_configured(stranger: GraphiQL) -> None:
    await expect(stranger.token).to_have_value("")
    await expect(stranger.refusal).to_have_text(NO_TOKEN)
    await expect(stranger.result).to_contain_text(NO_TOKEN)


async def test_typed_token_runs_the_query_of_a_tab(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.page.get_by_role("tab", name="Elsewhere").click()
    await stranger.run()

    await expect(stranger.result).to_contain_text('"failureKind": "')


async def test_typed_token_loads_the_schema(stranger: GraphiQL) -> None:
    await expect(stranger.result).to_contain_text(NO_TOKEN)

    await stranger.type_token(demo.DEMO_TOKEN)

    await expect(stranger.refusal).to_be_empty()
    await expect(stranger.result).not_to_contain_text(NO_TOKEN)
    await stranger.open_panel("Documentation Explorer")
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


# Subscriptions


async def test_subscription_shows_the_progress_of_a_run(stranger: GraphiQL) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
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
