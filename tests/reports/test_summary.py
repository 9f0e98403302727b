"""A run in Markdown: what a pull request is to know, and no Markdown of the database."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gql import demo
from gql.database import tables
from gql.reports.summary import code, prose
from tests.support import rows
from tests.support.databases import only_on
from tests.support.files import PLATFORM_URL
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite"), pytest.mark.usefixtures("engine")]

MARKDOWN = MarkdownIt("commonmark").enable("table")


async def summary(client: Client, run: int) -> str:
    response = await client.get(f"/reports/{run}/summary.md")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    return response.text


async def test_summary_says_what_broke_here_and_what_failed_before(client: Client) -> None:
    text = await summary(client, demo.BREAKING_PR_LINUX)

    assert text.startswith("## Run 11 on Linux: FAIL\n\n216 of 237 tests passed, 21 failed")
    assert "[pull request 1556](https://github.com/CCExtractor/ccextractor/pull/1556)" in text
    assert "Run 9 is the newest completed run of master" in text
    assert "| Broken here | 2 |" in text
    broken = re.findall(r"^\| (\d+) `", text, re.MULTILINE)
    assert [int(test) for test in broken] == list(demo.TESTS_BROKEN_BY_PR)
    assert "<summary>Failed before in the same way: 19</summary>" in text


async def test_summary_links_to_the_platform(platform: Platform) -> None:
    await platform.add(*broken_run(command="-x", branch="master"))
    linked = settings(platform.url, platform_url=PLATFORM_URL)
    async with running_app(linked, platform.token) as client:
        text = await summary(client, 2)

    assert text.startswith(f"## [Run 2]({PLATFORM_URL}/test/2)")
    assert f"[output 11]({PLATFORM_URL}/test/diff/2/1/11)" in text
    assert f"[Run 1]({PLATFORM_URL}/test/1) is the newest" in text


def broken_run(*, command: str, branch: str) -> list[Any]:
    """Run 1 of a branch, in which test 1 passes, and run 2, in which it fails."""
    of = {"branch": branch, "fork_id": 1}
    return [
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor.git"),
        rows.run(1, "testing", "completed", **of),
        rows.run(2, "testing", "completed", **of),
        rows.regression_test(1, outputs=(11,), command=command),
        rows.result(1, 1),
        rows.result(2, 1),
        rows.file(1, 1, 11),
        rows.file(2, 1, 11, got="b" * 64),
    ]


async def test_summary_of_a_run_without_a_base_warns(platform: Platform) -> None:
    await platform.add(
        rows.run(1, "testing", "completed"), rows.regression_test(1), rows.result(1, 1)
    )
    async with running_app(settings(platform.url), platform.token) as client:
        text = await summary(client, 1)

    assert "### Warnings\n\n- `NO_BASE`: There is no base:" in text


async def test_summary_of_a_run_that_died_lists_what_was_not_run_again(client: Client) -> None:
    text = await summary(client, 58)

    assert re.search(r"<summary>Not run again: \d+</summary>", text)
    assert "`HEAD_INCOMPLETE`" in text


async def test_summary_of_an_unknown_run_is_not_found(client: Client) -> None:
    response = await client.get("/reports/9317/summary.md")

    assert (response.status_code, response.json()["message"]) == (404, "Run 9317 not found.")


HOSTILE = "| x | [a](javascript:1) <img src=x> @torvalds #1 ``` ` </details>\u202e\n# Title"


async def test_summary_shows_hostile_texts_as_they_are(platform: Platform) -> None:
    await platform.add(*broken_run(command=HOSTILE, branch="<b>@me|`*x*"))
    async with running_app(settings(platform.url), platform.token) as client:
        text = await summary(client, 2)

    html = MARKDOWN.render(text)
    assert "<img" not in html
    assert 'javascript:1"' not in html
    assert "<b>" not in html
    assert html.count("<h1") == 0
    assert html.count("<details>") == html.count("</details>")
    [cells] = re.findall(r"<tr>\n<td>1 (.*?)</tr>", html, re.DOTALL)
    assert cells.count("<td>") == 2
    assert "@me" not in html
    assert "\u202e" not in html


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text(
    st.sampled_from("`|\\<>[]()*_#@&~ \n"), max_size=12
)


@given(texts)
def test_code_stays_in_its_cell(text: str) -> None:
    table = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {code(text)} | end |")

    cells = [token for token in table if token.type == "inline"]
    assert len(cells) == 4
    assert cells[-1].content == "end"
    inner = {child.type for child in cells[2].children or ()}
    assert inner <= {"code_inline", "text"}


@given(texts)
def test_prose_has_no_markdown_of_a_text(text: str) -> None:
    inline = [token for token in MARKDOWN.parse("a " + prose(text)) if token.type == "inline"]

    children = {child.type for token in inline for child in token.children or ()}
    assert children <= {"text", "text_special", "softbreak", "hardbreak"}
