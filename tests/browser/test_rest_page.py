"""The REST API's page works for a person in a browser, offline, with the token of GraphiQL."""

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from gql import demo
from tests.browser.conftest import ColorScheme, RestPage

RUN, TEST = demo.BREAKING_PR_LINUX, demo.TESTS_BROKEN_BY_PR[0]


@pytest.fixture
async def visitor(context: BrowserContext, demo_origin: str, pictures: Path) -> RestPage:
    """A person with the page of the demo open."""
    return await opened(context, demo_origin, pictures)


@pytest.fixture
async def stranger(context: BrowserContext, tokenless_origin: str, pictures: Path) -> RestPage:
    """A person with a page that contains no token open."""
    return await opened(context, tokenless_origin, pictures)


async def opened(context: BrowserContext, origin: str, pictures: Path) -> RestPage:
    rest = RestPage(context, await context.new_page(), origin, pictures)
    await rest.open("/api/v1/docs")
    await expect(rest.page.get_by_role("heading", name="Sample Platform REST API")).to_be_visible()
    return rest


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_sample_request_shows_its_response(visitor: RestPage, scheme: ColorScheme) -> None:
    await visitor.try_it(RUN, TEST)

    await expect(visitor.answer).to_contain_text("200")
    await expect(visitor.answer).to_contain_text('"result_message": "1 output differs')
    await visitor.page.set_viewport_size({"width": 1280, "height": 1300})
    await visitor.take_picture(f"rest-{scheme}")
    assert visitor.problems == []
    assert visitor.elsewhere == []


async def test_page_starts_with_a_request_that_is_answered(visitor: RestPage) -> None:
    await visitor.page.get_by_role("button", name="Execute").click()

    await expect(visitor.answer).to_contain_text("200")
    await expect(visitor.answer).to_contain_text('"run_id": 11')


@pytest.mark.parametrize("width", [390, 640, 768])
async def test_page_fits_into_a_small_window(visitor: RestPage, width: int) -> None:
    await visitor.page.set_viewport_size({"width": width, "height": 844})
    await visitor.page.get_by_role("button", name="Execute").click()
    await expect(visitor.answer).to_contain_text("200")

    assert await visitor.overflow() == 0


async def test_failed_request_shows_the_error(visitor: RestPage) -> None:
    await visitor.try_it(9317, 1)

    await expect(visitor.answer).to_contain_text("404")
    await expect(visitor.answer).to_contain_text("Run 9317 not found.")


async def test_page_lists_the_named_queries_and_asks_them(visitor: RestPage) -> None:
    query = visitor.page.locator("#operations-Named_queries-PullRequest")
    await query.get_by_role("button", name="Which runs tested this pull request?").first.click()
    await query.get_by_role("button", name="Execute").click()

    answer = query.locator(".live-responses-table")
    await expect(query).to_contain_text("/queries/PullRequest?pullRequest=1556")
    await expect(answer).to_contain_text('"platform": "WINDOWS"')
    assert visitor.problems == []


async def test_page_asks_for_a_token_and_sends_it(stranger: RestPage) -> None:
    await stranger.try_it(RUN, TEST)
    await expect(stranger.answer).to_contain_text("401")
    await expect(stranger.refusal).to_have_text("Bearer token is missing, expired, or invalid.")

    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.try_it(RUN, TEST)

    await expect(stranger.answer).to_contain_text("200")
    await expect(stranger.refusal).to_be_empty()


async def test_typed_token_is_kept_for_graphiql_during_the_session_only(
    stranger: RestPage,
) -> None:
    await stranger.type_token(demo.DEMO_TOKEN)
    await stranger.try_it(RUN, TEST)
    await expect(stranger.answer).to_contain_text("200")

    await stranger.page.get_by_role("link", name="GraphQL").click()

    await expect(stranger.page).to_have_title("GraphiQL · Sample Gateway")
    await expect(stranger.token).to_have_value(demo.DEMO_TOKEN)
    assert demo.DEMO_TOKEN not in await stranger.kept_for_good()


async def test_theme_follows_the_choice_in_graphiql(visitor: RestPage) -> None:
    await visitor.open("/graphql")
    await visitor.page.get_by_role("button", name="Open settings dialog").click()
    await visitor.page.get_by_role("button", name="Dark").click()

    await visitor.open("/api/v1/docs")

    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert await visitor.page.evaluate(scheme) == "dark"
