"""The pages can be used by everybody: axe finds nothing serious that is the gateway's own.

What it finds in GraphiQL and Swagger UI is listed in gql/explorer/README.md.
"""

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.conftest import GraphiQL, Person, RestPage
from tests.docs.documents import ROOT, names, rows
from tests.support import npm

README = ROOT / "gql/explorer/README.md"
DIRECTORY = Path(__file__).parent

TRIES = 3
IN_EACH_SCHEME = pytest.mark.parametrize("scheme", ["light", "dark"])

FINDINGS = """async upstream => {
    const { violations } = await axe.run();
    return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(node => [id, node.target[0], node.failureSummary]))
        .filter(([id, selector]) => !upstream.some(([rules, where]) =>
            rules.includes(id) && document.querySelector(selector)?.closest(where)
        ));
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    npm.install(DIRECTORY)
    return (DIRECTORY / "node_modules/axe-core/axe.min.js").read_text()


async def findings(visitor: Person, axe: str) -> list[object]:
    """What axe finds serious or critical, and the README does not list.

    What is found once only is about something that was about to appear or to vanish.
    """
    await visitor.page.evaluate(axe)
    upstream = [(names(rules), where) for rules, where, _ in rows(README, "Accessibility")]
    for _ in range(TRIES):
        if not (found := list(await visitor.page.evaluate(FINDINGS, upstream))):
            break
    return found


@pytest.fixture
async def graphiql(context: BrowserContext, demo_origin: str, pictures: Path) -> GraphiQL:
    visitor = GraphiQL(context, await context.new_page(), demo_origin, pictures)
    await visitor.open("/graphql")
    await expect(visitor.query).to_contain_text("query Broken")
    return visitor


@pytest.fixture
async def rest(context: BrowserContext, demo_origin: str, pictures: Path) -> RestPage:
    visitor = RestPage(context, await context.new_page(), demo_origin, pictures)
    await visitor.open("/api/v1/docs")
    await expect(visitor.page.get_by_role("button", name="Execute")).to_be_visible()
    return visitor


@pytest.mark.parametrize("panel", ["Cookbook", "Documentation Explorer", "History"])
@IN_EACH_SCHEME
async def test_graphiql_has_no_serious_finding_of_axe(
    graphiql: GraphiQL, panel: str, axe: str
) -> None:
    await expect(graphiql.variables).to_contain_text('"pullRequest"')
    await graphiql.run()
    await expect(graphiql.answer).to_be_visible()
    if panel != "Cookbook":
        await graphiql.open_panel(panel)

    assert await findings(graphiql, axe) == []


@IN_EACH_SCHEME
async def test_page_that_asks_for_a_token_has_no_serious_finding_of_axe(
    context: BrowserContext,
    tokenless_origin: str,
    pictures: Path,
    axe: str,
) -> None:
    stranger = GraphiQL(context, await context.new_page(), tokenless_origin, pictures)
    await stranger.open("/graphql")
    await expect(stranger.query).to_contain_text("query Broken")
    await stranger.run()
    await expect(stranger.refusal).not_to_be_empty()

    assert await findings(stranger, axe) == []


@IN_EACH_SCHEME
async def test_rest_page_has_no_serious_finding_of_axe(rest: RestPage, axe: str) -> None:
    await rest.page.get_by_role("button", name="Execute").click()
    await expect(rest.answer).to_contain_text("200")

    assert await findings(rest, axe) == []


async def test_pages_have_one_main_part_and_one_first_heading(
    graphiql: GraphiQL, rest: RestPage
) -> None:
    for visitor in (graphiql, rest):
        await expect(visitor.page.get_by_role("main")).to_have_count(1)
        await expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)


async def test_first_tab_key_offers_to_skip_to_the_editor(graphiql: GraphiQL) -> None:
    await graphiql.page.keyboard.press("Tab")
    link = graphiql.page.get_by_role("link", name="Skip to the editor")
    await expect(link).to_be_focused()
    await expect(link).to_be_in_viewport(ratio=1)

    await graphiql.page.keyboard.press("Enter")

    await expect(graphiql.query.get_by_role("textbox")).to_be_focused()


async def test_first_tab_key_offers_to_skip_to_the_operations(rest: RestPage) -> None:
    await rest.page.keyboard.press("Tab")
    await expect(rest.page.get_by_role("link", name="Skip to the operations")).to_be_focused()

    await rest.page.keyboard.press("Enter")

    await expect(rest.page.get_by_role("main")).to_be_focused()
