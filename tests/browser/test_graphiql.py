"""GraphiQL works for a person in a browser, offline, and keeps their token to itself."""

from playwright.async_api import expect

from gql import demo
from tests.browser.conftest import Explorer

NO_TOKEN = "Bearer token is missing, expired, or invalid."


async def type_token(stranger: Explorer) -> None:
    await expect(stranger.result).to_contain_text(NO_TOKEN)
    await stranger.type_token(demo.DEMO_TOKEN)
    await expect(stranger.result).not_to_contain_text(NO_TOKEN)


async def test_the_demo_opens_with_its_token_and_a_query_to_run(visitor: Explorer) -> None:
    await expect(visitor.headers).to_contain_text(demo.DEMO_TOKEN)

    await visitor.run()

    await expect(visitor.result).to_contain_text('"status": "QUEUED"')
    await expect(visitor.result).to_contain_text('"notStarted": 237')


async def test_the_docs_panel_shows_what_the_schema_says_of_itself(visitor: Explorer) -> None:
    await visitor.open_panel("Documentation Explorer")
    docs = visitor.page.get_by_role("region", name="Documentation Explorer")
    await docs.get_by_role("link", name="Query").click()

    await expect(docs).to_contain_text("What can be asked of the platform.")
    await expect(docs).to_contain_text("A run by its number; null if there is none.")


async def test_the_editor_suggests_the_fields_of_the_schema(visitor: Explorer) -> None:
    await visitor.paste_query("{ cat", name="<untitled>")
    await visitor.ask_for_suggestions()

    await expect(visitor.suggestions).to_contain_text("categories")


async def test_a_subscription_shows_a_run_as_it_happens(visitor: Explorer) -> None:
    testing = demo.live_runs(demo.MINIMUM_RUNS).testing
    subscription = f"subscription Watch {{ runProgress(id: {testing}) {{ done total }} }}"
    await visitor.paste_query(subscription, name="Watch")
    await visitor.run()

    await expect(visitor.result).to_contain_text('"done": 118')
    await visitor.page.get_by_role("button", name="Stop query").click()
    assert visitor.problems == []


async def test_a_query_that_fails_shows_why(visitor: Explorer) -> None:
    await visitor.paste_query("query Many { runs(first: 999) { nodes { id } } }", name="Many")
    await visitor.run()

    await expect(visitor.result).to_contain_text("first must be from 0 to 100.")


async def test_everything_comes_from_the_gateway_and_nothing_breaks_its_policy(
    visitor: Explorer,
) -> None:
    await visitor.run()
    await expect(visitor.result).to_contain_text('"data"')
    for panel in ("Documentation Explorer", "History", "GraphiQL Explorer"):
        await visitor.open_panel(panel)
    await expect(visitor.page.get_by_role("textbox", name="Query Name")).to_be_visible()
    await visitor.ask_for_suggestions()
    await expect(visitor.suggestions).to_be_visible()

    assert visitor.problems == []
    assert [url for url in visitor.requested if not url.startswith(visitor.origin)] == []


async def test_without_a_token_the_page_says_that_it_takes_one(stranger: Explorer) -> None:
    await expect(stranger.headers).to_contain_text('"Authorization": "Bearer "')
    await expect(stranger.result).to_contain_text(NO_TOKEN)


async def test_a_typed_token_loads_the_schema_and_runs_the_query(stranger: Explorer) -> None:
    await type_token(stranger)

    await stranger.open_panel("Documentation Explorer")
    await expect(stranger.page.get_by_role("link", name="Query")).to_be_visible()
    await stranger.run()
    await expect(stranger.result).to_contain_text('"status": "QUEUED"')


async def test_a_typed_token_stays_for_a_new_tab(stranger: Explorer) -> None:
    await type_token(stranger)
    await stranger.page.get_by_role("button", name="New tab").click()

    await expect(stranger.query).not_to_contain_text("NewestRuns")
    await expect(stranger.headers).to_contain_text(demo.DEMO_TOKEN)


async def test_a_typed_token_stays_for_a_query_of_an_earlier_visit(stranger: Explorer) -> None:
    await type_token(stranger)
    await stranger.run()
    await expect(stranger.result).to_contain_text('"data"')

    await stranger.page.reload()
    await type_token(stranger)
    await stranger.paste_query("query Other { tags { id } }", name="Other")
    await stranger.open_panel("History")
    await stranger.page.get_by_role("listitem").get_by_text("NewestRuns").click()

    await expect(stranger.query).to_contain_text("query NewestRuns")
    await expect(stranger.headers).to_contain_text(demo.DEMO_TOKEN)


async def test_a_typed_token_is_never_stored(stranger: Explorer) -> None:
    await type_token(stranger)
    await stranger.run()
    await expect(stranger.result).to_contain_text('"status": "QUEUED"')

    await stranger.page.reload()

    await expect(stranger.headers).to_contain_text('"Authorization": "Bearer "')
    stored = await stranger.stored()
    assert "NewestRuns" in stored
    assert demo.DEMO_TOKEN not in stored
