"""`GET /queries/{name}` answers as GraphQL would, and fails as the REST endpoint does."""

from typing import Any

import httpx
import pytest

from gql import demo
from gql.named_queries.documents import cookbook_document
from tests.docs.test_cookbook import COOKBOOK as QUERIES
from tests.docs.test_cookbook import RECIPES
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite")]

EXAMPLES = {
    name: cookbook_document(recipe).examples for name, recipe in zip(QUERIES, RECIPES, strict=True)
}


NOT_READ = {"encoding": None, "size": None, "downloadUrl": None}


async def as_graphql(client: Client, name: str, **variables: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": QUERIES[name], "variables": variables})


def without_estimates(value: Any) -> Any:
    """An answer without the estimates of runs that wait, which change every second."""
    if isinstance(value, list):
        return list(map(without_estimates, value))
    if not isinstance(value, dict):
        return value
    return {
        name: without_estimates(each) for name, each in value.items() if name != "estimatedFinish"
    }


# Answers


@pytest.mark.parametrize("name", QUERIES)
async def test_named_query_has_the_data_that_graphql_has(client: Client, name: str) -> None:
    response = await client.get(f"/queries/{name}", params=EXAMPLES[name])

    assert response.status_code == 200
    data = await client.ask(QUERIES[name])
    assert without_estimates(response.json()) == {"data": without_estimates(data)}


async def test_named_query_answers_a_shell_with_a_line(client: Client) -> None:
    response = await client.get("/queries/PullRequest?pullRequest=1556")

    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.text.endswith("}\n")
    assert [run["id"] for run in response.json()["data"]["runs"]["nodes"]] == [
        demo.BREAKING_PR_WINDOWS,
        demo.BREAKING_PR_LINUX,
    ]


async def test_named_query_continues_from_a_cursor(client: Client) -> None:
    page = {"pullRequest": 1556, "first": 1}
    first = (await client.get("/queries/PullRequest", params=page)).json()["data"]["runs"]

    after = {"after": first["pageInfo"]["endCursor"]}
    second = (await client.get("/queries/PullRequest", params=page | after)).json()["data"]["runs"]

    assert [run["id"] for run in second["nodes"]] == [demo.BREAKING_PR_LINUX]


async def test_named_query_that_finds_nothing_is_null(client: Client) -> None:
    response = await client.get("/queries/Report?runId=9317")

    assert (response.status_code, response.json()) == (200, {"data": {"run": None}})


async def test_named_query_reports_its_cost_in_headers(client: Client) -> None:
    response = await client.get("/queries/PullRequest?pullRequest=1556")
    by_graphql = await as_graphql(client, "PullRequest")

    cost = by_graphql.json()["extensions"]["cost"]
    assert int(response.headers["x-cost-requested"]) == cost["requested"]
    assert int(response.headers["x-cost-actual"]) >= 1
    assert {"x-cost-remaining", "x-cost-reset"} <= response.headers.keys()


async def test_named_query_about_a_completed_run_is_revalidated_by_its_etag(
    client: Client,
) -> None:
    lines = "/queries/Differs?runId=11&regressionId=118"
    first = await client.get(lines)

    again = await client.get(lines, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "private, max-age=60"
    assert (again.status_code, again.content) == (304, b"")


async def test_named_query_has_a_head_without_a_body(client: Client) -> None:
    response = await client.head("/queries/Report?runId=19")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["etag"]


async def test_named_query_is_answered_where_queries_over_get_are_not(platform: Platform) -> None:
    async with running_app(settings(platform.url, graphql_get=False), platform.token) as client:
        response = await client.get("/queries/Waiting")

    assert response.json()["data"]["linux"]["depth"] == 0


async def test_named_query_does_not_turn_into_a_page_for_a_browser(client: Client) -> None:
    response = await client.get("/queries/Report?runId=19", headers={"Accept": "text/html,*/*"})

    assert response.headers["content-type"].startswith("application/json")


# Errors


async def error_of(client: Client, path: str, **options: Any) -> tuple[int, Any]:
    response = await client.get(path, **options)
    body = response.json()
    assert body.keys() == {"code", "message", "details"}
    return response.status_code, body


async def test_query_without_a_token_is_unauthorized(client: Client) -> None:
    status, error = await error_of(client, "/queries/Waiting", headers={"Authorization": ""})

    assert (status, error["code"]) == (401, "unauthorized")


async def test_token_without_the_scope_is_forbidden(platform: Platform) -> None:
    await platform.add(rows.token("spci_" + "s" * 43, scopes_json='["results:read"]'))
    async with running_app(settings(platform.url), "spci_" + "s" * 43) as client:
        status, error = await error_of(client, "/queries/Waiting")

    assert (status, error["code"]) == (403, "forbidden")


async def test_unknown_query_is_not_found_and_the_nearest_name_suggested(client: Client) -> None:
    status, error = await error_of(client, "/queries/pullrequests")

    assert (status, error["code"]) == (404, "not_found")
    assert error["message"] == (
        'There is no query named "pullrequests". Did you mean PullRequest? /queries lists all.'
    )
    assert error["details"] == {
        "resource": "query",
        "name": "pullrequests",
        "names": list(QUERIES),
    }


@pytest.mark.parametrize(
    "path", ["/queries/", "/queries/Waiting/", "/queries/a%0Ab", "/queries/%00"]
)
async def test_path_of_no_query_is_not_found(client: Client, path: str) -> None:
    status, error = await error_of(client, path)

    assert (status, error["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/queries", "/queries/Waiting", "/queries/openapi.json"])
async def test_other_methods_are_not_allowed(client: Client, path: str) -> None:
    response = await client.post(path)

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_page_above_its_limit_is_a_validation_error(client: Client) -> None:
    status, error = await error_of(client, "/queries/Waiting?first=101")

    assert (status, error["code"]) == (400, "validation_error")
    assert error["message"] == "first is 101, and must be from 0 to 100."
    assert error["details"] == {"argument": "first"}


async def test_cursor_of_another_list_is_a_validation_error(client: Client) -> None:
    status, error = await error_of(client, "/queries/Waiting?after=x")

    assert (status, error["code"]) == (400, "validation_error")
    assert error["message"] == "after is not a valid cursor for this connection."


async def test_query_above_the_maximum_cost_is_a_validation_error(platform: Platform) -> None:
    async with running_app(settings(platform.url, graphql_max_cost=1), platform.token) as client:
        status, error = await error_of(client, "/queries/Unstable?last=100")

    assert (status, error["code"]) == (400, "validation_error")
    assert "exceeds the limit of 1." in error["message"]
    assert error["details"] == {"bound": "cost", "maximum": 1}


async def test_query_above_the_rate_limit_is_rate_limited(platform: Platform) -> None:
    limited = settings(platform.url, rate_limit_requests=2)
    async with running_app(limited, platform.token) as client:
        for _ in range(2):
            assert (await client.get("/queries/Report?runId=1")).status_code == 200
        response = await client.get("/queries/Report?runId=1")

    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert int(response.headers["retry-after"]) > 0


async def test_field_without_its_scope_is_null_beside_its_error(platform: Platform) -> None:
    await platform.add(
        rows.run(1, "testing", "completed"),
        rows.regression_test(1, outputs=(11,)),
        rows.result(1, 1),
        rows.file(1, 1, 11, got="b" * 64),
    )
    async with running_app(settings(platform.url), platform.token) as client:
        response = await client.get("/queries/Lines?runId=1&regressionId=1")

    body = response.json()
    assert response.status_code == 200
    assert body["data"]["sample"]["outputs"] == [
        {"diff": None, "expected": NOT_READ, "actual": NOT_READ}
    ]
    assert {error["code"] for error in body["errors"]} == {"forbidden"}
    assert body["errors"][0]["details"] == {
        "required_scopes": ["results:read"],
        "present_scopes": ["runs:read"],
        "path": ["sample", "outputs", 0, "diff"],
    }
    assert "etag" not in response.headers


async def test_unavailable_database_is_unavailable(platform: Platform) -> None:
    none = settings(platform.url.set(database="/nowhere/none.sqlite"))
    async with running_app(none, platform.token) as client:
        status, error = await error_of(client, "/queries/Report?runId=1")

    assert (status, error["code"]) == (503, "unavailable")
