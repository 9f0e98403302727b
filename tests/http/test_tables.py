"""Answers as CSV for spreadsheets and as JSON lines for scripts, by name and over GET."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from gql.http.tables import csv_of, table_type
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite"), pytest.mark.usefixtures("engine")]

CSV = {"Accept": "text/csv"}
LINES = {"Accept": "application/x-ndjson"}
PAGES = """query Pages($first: Int = 2, $after: String) {
  runs(first: $first, after: $after, orderBy: OLDEST_FIRST) {
    totalCount
    nodes { id branch fork { name } platform }
    pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.fixture
async def five(platform: Platform) -> Platform:
    """A platform with five runs, whose branches a spreadsheet could take for formulas."""
    branches = ["=1+1", "+1", "-1", "@SUM(A1)", 'a,"b"\r\nc']
    await platform.add(
        *(
            rows.run(number, "testing", "completed", branch=branch)
            for number, branch in enumerate(branches, 1)
        )
    )
    return platform


@pytest.fixture
async def asked(five: Platform) -> AsyncIterator[Client]:
    async with running_app(settings(five.url), five.token) as client:
        yield client


async def get(client: Client, query: str, accept: dict[str, str], **variables: Any) -> Any:
    parameters = {"query": query, "variables": json.dumps(variables)}
    return await client.get("/graphql", params=parameters, headers=accept)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


# CSV


async def test_csv_has_a_column_for_each_leaf_and_a_row_for_each_item(client: Client) -> None:
    response = await client.get("/queries/PullRequest?pullRequest=1556", headers=CSV)

    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert response.text.count("\r\n") == 3
    header, *runs = cells(response.text)
    assert header == ["id", "platform", "status", "url", "commit"]
    assert [run[:3] for run in runs] == [["12", "WINDOWS", "FAIL"], ["11", "LINUX", "FAIL"]]


async def test_csv_repeats_what_the_rows_are_in(client: Client) -> None:
    header, *rows_ = cells((await client.get("/queries/FailsToday", headers=CSV)).text)

    assert header[0] == "runs.id"
    assert header[-4:] == ["regressionId", "category", "runtimeMs", "resultMessage"]
    assert len({row[0] for row in rows_}) == 1
    assert len({row[3] for row in rows_}) == len(rows_) == int(rows_[0][2])


async def test_csv_of_an_answer_without_a_list_is_one_row(client: Client) -> None:
    path = "/queries/LastGood?regressionId=41&platform=WINDOWS"

    header, row = cells((await client.get(path, headers=CSV)).text)

    assert header[0] == "regressionTest.lastPassed.id"
    assert int(row[0]) % 2 == 0


async def test_csv_lists_the_changes_with_the_verdicts_that_were_asked_for(client: Client) -> None:
    path = "/queries/Changes?runId=11&verdicts=BROKEN_HERE&verdicts=FAILING_IDENTICALLY"

    _, *changes = cells((await client.get(path, headers=CSV)).text)

    assert [change[0] for change in changes].count("BROKEN_HERE") == 2
    assert [change[0] for change in changes].count("FAILING_IDENTICALLY") == 19


async def test_csv_of_nothing_has_its_columns(client: Client) -> None:
    response = await client.get("/queries/Differs?runId=9317&regressionId=1", headers=CSV)

    [header] = cells(response.text)
    assert "status" in header


async def test_csv_quotes_texts_and_defuses_formulas(asked: Client) -> None:
    text = (await get(asked, PAGES, CSV, first=5)).text

    header, *runs = cells(text)
    branch = header.index("branch")
    assert [run[branch] for run in runs] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        'a,"b"\r\nc',
    ]


async def test_csv_keeps_negative_numbers(platform: Platform) -> None:
    await platform.add(
        rows.run(1, "testing", "completed"),
        rows.regression_test(1),
        rows.result(1, 1, exit_code=-11),
    )
    async with running_app(settings(platform.url), platform.token) as client:
        query = "{ sample(runId: 1, regressionId: 1) { exitCode tags media { id } } }"
        response = await get(client, query, CSV)

    assert "\r\n-11," in response.text


async def test_csv_with_more_rows_links_to_the_next_page(asked: Client) -> None:
    first = await get(asked, PAGES, CSV)

    target = first.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    second = await asked.get("/graphql" + target, headers=CSV)
    third_target = second.links["next"]["url"]
    third = await asked.get("/graphql" + third_target, headers=CSV)

    ids = [row[1] for page in (first, second, third) for row in cells(page.text)[1:]]
    assert ids == ["1", "2", "3", "4", "5"]
    assert "link" not in third.headers


async def test_csv_of_a_named_query_links_to_its_next_page(client: Client) -> None:
    path = "/queries/PullRequest"
    first = await client.get(f"{path}?pullRequest=1556&first=1", headers=CSV)
    second = await client.get(path + first.links["next"]["url"], headers=CSV)

    assert [cells(page.text)[1][0] for page in (first, second)] == ["12", "11"]


async def test_csv_has_its_etag_and_cost(client: Client) -> None:
    path = "/queries/Differs?runId=11&regressionId=118"
    as_json = await client.get(path)
    as_csv = await client.get(path, headers=CSV)

    again = await client.get(path, headers=CSV | {"If-None-Match": as_csv.headers["etag"]})

    assert as_csv.headers["etag"] != as_json.headers["etag"]
    assert as_csv.headers["vary"] == "Accept, Authorization"
    assert as_csv.headers["x-cost-requested"] == "1"
    assert again.status_code == 304


async def test_csv_of_several_lists_is_refused_and_names_them(client: Client) -> None:
    response = await client.get("/queries/Unstable", headers=CSV)

    assert response.status_code == 400
    assert response.json()["message"] == (
        "A table needs one list, and the answer has 5: insights.runs, insights.flaky, "
        "insights.failsNow, insights.slower, insights.points. Ask for one of them, or accept "
        "application/json."
    )


async def test_csv_spreads_fragments_once_that_double_with_each(asked: Client) -> None:
    doubled = " ".join(f"fragment f{n} on Run {{ ...f{n + 1} ...f{n + 1} }}" for n in range(50))
    query = f"{{ runs(first: 2) {{ nodes {{ ...f0 }} }} }} {doubled} fragment f50 on Run {{ id }}"

    assert cells((await get(asked, query, CSV)).text) == [["id"], ["5"], ["4"]]


async def test_csv_that_repeats_a_long_text_in_each_row_is_refused(platform: Platform) -> None:
    await platform.add(
        rows.run(1, "testing", branch="b" * 2_000),
        *(rows.regression_test(test) for test in range(1, 6)),
    )
    query = "{ run(id: 1) { branch samples { nodes { regressionId } } } }"
    limited = settings(platform.url, graphql_max_response_bytes=5_000)
    async with running_app(limited, platform.token) as client:
        as_json = await get(client, query, {})
        as_csv = await get(client, query, CSV)

    assert as_json.status_code == 200
    assert as_csv.status_code == 400
    assert "The table exceeds the limit of 5000 bytes" in as_csv.json()["errors"][0]["message"]


@pytest.mark.parametrize("accept", [CSV, LINES])
async def test_table_of_a_subscription_is_refused(asked: Client, accept: dict[str, str]) -> None:
    response = await get(asked, "subscription { runProgress(id: 1) { total } }", accept)

    assert response.status_code == 400
    assert "A subscription needs WebSocket" in response.json()["errors"][0]["message"]


async def test_csv_over_graphql_fails_with_the_status_of_its_error(asked: Client) -> None:
    several = await get(asked, "{ tags { id } categories { id } }", CSV)
    invalid = await get(asked, "{ gone }", CSV)
    forbidden = await get(asked, "{ run(id: 1) { log { nodes { text } } } }", CSV)

    assert [each.status_code for each in (several, invalid, forbidden)] == [400, 400, 403]
    assert all("errors" in each.json() for each in (several, invalid, forbidden))


async def test_named_query_in_csv_fails_as_a_whole(asked: Client, platform: Platform) -> None:
    await platform.add(
        rows.regression_test(1, outputs=(11,)),
        rows.result(1, 1),
        rows.file(1, 1, 11, got="b" * 64),
    )
    response = await asked.get("/queries/Lines?runId=1&regressionId=1", headers=CSV)

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", "text/csv"),
        ("TEXT/CSV; q=0.5, */*; q=0.1", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("application/json, text/csv;q=0.9", None),
        ("text/csv;q=0", None),
        ("*/*", None),
        ("text/*", None),
        ("", None),
    ],
)
def test_table_is_what_the_client_names_and_prefers(accept: str, expected: str | None) -> None:
    scope = {"type": "http", "method": "GET", "headers": [(b"accept", accept.encode())]}

    assert table_type(Request(scope)) == expected


class OneColumn:
    """A table of texts."""

    columns = ("text",)

    def rows(self, data: Any) -> Any:
        return ([each] for each in data["texts"])


async def csv_column(texts: list[Any]) -> str:
    table: Any = OneColumn()
    return (await csv_of(table, {"texts": texts}, max_bytes=10_000)).decode()


TEXTS = st.text(
    st.sampled_from("=+-@\uff1d;, '\"\t\r\na1") | st.characters(exclude_categories=["Cs"])
)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(texts=st.lists(TEXTS, max_size=5))
async def test_no_text_becomes_a_formula_whatever_separates_cells(
    texts: list[str], separator: str
) -> None:
    content = await csv_column(texts)

    read = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\uff1d")) for row in read for cell in row
    )


@given(texts=st.lists(TEXTS, max_size=5))
async def test_every_text_is_kept(texts: list[str]) -> None:
    content = await csv_column(texts)

    [_, *read] = [row[0] for row in cells(content)]
    assert [text.replace("'", "") for text in read] == [text.replace("'", "") for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;=1+1\t@SUM(A1)", "a;'=1+1\t'@SUM(A1)"),
        ("--- a\r\n+++ b\n text", "'--- a\r\n'+++ b\n text"),
        ("\t=1", "'\t'=1"),
        ("a = b - c", "a = b - c"),
        ("it's; 'so'", "it's; 'so'"),
        (["a", "-1", -1, None], "a; '-1; -1; "),
    ],
)
async def test_formula_is_defused_wherever_a_cell_may_begin(text: Any, expected: str) -> None:
    content = await csv_column([text])

    assert cells(content)[1] == [expected]


async def test_text_with_a_separator_of_some_spreadsheet_is_quoted() -> None:
    texts = ["a;b", "a\tb", ["c", "d"], "e", ""]
    content = await csv_column(texts)

    assert content == 'text\r\n"a;b"\r\n"a\tb"\r\n"c; d"\r\ne\r\n""\r\n'


# JSON lines


async def test_lines_have_the_items_and_end_with_the_cursor(client: Client) -> None:
    response = await client.get("/queries/PullRequest?pullRequest=1556", headers=LINES)
    as_json = (await client.get("/queries/PullRequest?pullRequest=1556")).json()["data"]["runs"]

    assert response.headers["content-type"] == "application/x-ndjson"
    *runs, last = map(json.loads, response.text.splitlines())
    assert runs == as_json["nodes"]
    assert last == {"pageInfo": as_json["pageInfo"]}


async def test_lines_continue_through_all_pages(asked: Client) -> None:
    response = await get(asked, PAGES, LINES)

    *runs, last = map(json.loads, response.text.splitlines())
    assert [run["id"] for run in runs] == [1, 2, 3, 4, 5]
    assert runs[0].keys() == {"id", "branch", "fork", "platform"}
    assert last["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("accept", [CSV, LINES])
async def test_table_of_a_page_without_rows_does_not_continue(
    asked: Client, accept: dict[str, str]
) -> None:
    before = await get(asked, PAGES, LINES, first=0)
    after = await get(asked, PAGES, accept, first=0)

    remaining = [int(each.headers["x-ratelimit-remaining"]) for each in (before, after)]
    assert remaining[0] - remaining[1] == 1
    assert "link" not in after.headers


async def test_lines_end_at_the_maximum_cost_with_the_cursor_to_continue_from(
    five: Platform,
) -> None:
    async with running_app(settings(five.url, graphql_max_cost=2), five.token) as client:
        *first, last = map(json.loads, (await get(client, PAGES, LINES)).text.splitlines())
        cursor = last["pageInfo"]["endCursor"]
        *rest, end = map(
            json.loads, (await get(client, PAGES, LINES, after=cursor)).text.splitlines()
        )

    assert [run["id"] for run in first] == [1, 2, 3, 4]
    assert last["pageInfo"]["hasNextPage"] is True
    assert ([run["id"] for run in rest], end["pageInfo"]["hasNextPage"]) == ([5], False)


async def test_each_page_of_lines_is_charged(five: Platform) -> None:
    limited = settings(five.url, rate_limit_requests=100)
    async with running_app(limited, five.token) as client:
        await get(client, PAGES, LINES)
        remaining = (await client.get("/queries/Report?runId=1")).headers["x-ratelimit-remaining"]

    assert int(remaining) == 100 - 3 - 1


async def test_lines_end_with_the_error_where_the_rate_limit_is_reached(five: Platform) -> None:
    limited = settings(five.url, rate_limit_requests=4)
    async with running_app(limited, five.token) as client:
        for _ in range(2):
            await client.get("/queries/Report?runId=1")
        response = await get(client, PAGES, LINES)

    *runs, last = map(json.loads, response.text.splitlines())
    assert [run["id"] for run in runs] == [1, 2, 3, 4]
    assert last["error"]["extensions"]["code"] == "RATE_LIMITED"
    assert last["pageInfo"]["hasNextPage"] is True


async def test_lines_of_a_plain_list_end_with_no_further_page(client: Client) -> None:
    response = await client.get("/queries/Differs?runId=11&regressionId=118", headers=LINES)

    [output, last] = map(json.loads, response.text.splitlines())
    assert output["status"] == "DIFF_MISMATCH"
    assert last == {"pageInfo": {"hasNextPage": False, "endCursor": None}}


async def test_lines_of_one_page_have_an_etag(client: Client) -> None:
    path = "/queries/Differs?runId=11&regressionId=118"
    first = await client.get(path, headers=LINES)

    again = await client.get(path, headers=LINES | {"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304


async def test_lines_without_page_info_are_refused_with_the_remedy(client: Client) -> None:
    response = await get(client, "{ runs { nodes { id } } }", LINES)

    [error] = response.json()["errors"]
    assert "Add pageInfo { hasNextPage endCursor } to the list." in error["message"]


async def test_lines_of_several_lists_of_a_kind_are_refused(asked: Client) -> None:
    nested = """{ runs(first: 2) { nodes { samples {
        nodes { regressionId } pageInfo { hasNextPage endCursor } } } } }"""

    [error] = (await get(asked, nested, LINES)).json()["errors"]

    assert "has several of the kind" in error["message"]
