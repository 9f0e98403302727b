"""Input that only execution can reject is the client's error, and names what is wrong."""

from typing import Any

import pytest

from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings

pytestmark = [pytest.mark.quick, only_on("sqlite")]

DIGITS = "1" + "0" * 5000
CHANGED_RUNTIMES = (
    "{ compareRuns(head: 11) { runtimeChanged(factor: $n) { regressionTest { id } } } }"
)


async def post(client: Client, query: str, **body: Any) -> Any:
    return await client.post("/graphql", json={"query": query, **body})


@pytest.mark.parametrize("breadth_first", [True, False])
@pytest.mark.parametrize(
    ("type", "field", "argument", "path"),
    [
        ("RunOrder", "runs(orderBy: $v) { nodes { id } }", "orderBy", ["runs"]),
        ("BaseSelection", "compareRuns(head: 11, against: $v) { baseReason }", "against",
         ["compareRuns"]),
        ("SampleOrder", "run(id: 11) { samples(orderBy: $v) { totalCount } }", "orderBy",
         ["run", "samples"]),
    ],
)  # fmt: skip
async def test_null_for_an_argument_with_a_default_is_the_error_of_its_field(
    demo_url: Any, type: str, field: str, argument: str, path: list[str], breadth_first: bool
) -> None:
    query = f"query ($v: {type}) {{ {field} tags {{ id }} }}"
    chosen = settings(demo_url, graphql_breadth_first_execution=breadth_first)
    async with running_app(chosen) as client:
        body = (await post(client, query, variables={"v": None})).json()
        absent = (await post(client, query)).json()

    [error] = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert f"'{argument}'" in error["message"]
    assert error["path"] == path
    assert body["data"]["tags"]
    assert "errors" not in absent


@pytest.mark.parametrize(
    "query",
    [
        f"{{ run(id: {DIGITS}) {{ id }} }}",
        f"{{ run(id: -{DIGITS}) {{ id }} }}",
        f"{{ runs(first: {DIGITS}) {{ nodes {{ id }} }} }}",
        f"{{ runs(filter: {{pullRequest: {DIGITS}}}) {{ nodes {{ id }} }} }}",
        f"{{ regressionTests(filter: {{mediaIds: [{DIGITS}]}}) {{ totalCount }} }}",
        f"{{ run(id: 1e{DIGITS}) {{ id }} }}",
        CHANGED_RUNTIMES.replace("$n", DIGITS),
        CHANGED_RUNTIMES.replace("$n", f"1e{DIGITS}"),
        f"query ($n: Int = {DIGITS}) {{ run(id: 1) {{ id }} runs(first: $n) {{ totalCount }} }}",
        f"{{ node(id: {DIGITS}) {{ nodeId }} }}",
        f"{{ runs(first: 1, filter: {{branch: {DIGITS}}}) {{ totalCount }} }}",
    ],
)
async def test_number_of_5000_digits_in_a_document_is_rejected(client: Client, query: str) -> None:
    [error] = (await post(client, query)).json()["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(error["message"]) < 500


@pytest.mark.parametrize(
    ("type", "field"),
    [
        ("Int", "{ run(id: $n) { id } }"),
        ("Float", CHANGED_RUNTIMES),
        ("String", "{ media(sha: $n) { id } }"),
        ("ID", "{ node(id: $n) { nodeId } }"),
        ("Boolean", "{ tags @include(if: $n) { id } }"),
        ("RunOrder", "{ runs(orderBy: $n) { totalCount } }"),
    ],
)
async def test_number_of_5000_digits_in_a_variable_is_rejected(
    client: Client, type: str, field: str
) -> None:
    query = f"query ($n: {type}!) {field}"
    content = f'{{"query": "{query}", "variables": {{"n": {DIGITS}}}}}'

    response = await client.post(
        "/graphql", content=content, headers={"content-type": "application/json"}
    )

    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(error["message"]) < 500


@pytest.mark.parametrize(
    "path", [f"/api/v1/runs/{DIGITS}/samples/1", f"/api/v1/runs/11/samples/{DIGITS}"]
)
async def test_number_of_5000_digits_in_a_path_is_rejected(client: Client, path: str) -> None:
    response = await client.get(path)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize("size", [DIGITS, "1e3", "-1", "+1", "1_0", "x", ""])
async def test_malformed_or_huge_content_length_is_rejected(client: Client, size: str) -> None:
    request = client.build_request(
        "POST", "/graphql", content=b"{}", headers={"content-type": "application/json"}
    )
    request.headers["content-length"] = size

    response = await client.send(request)

    assert response.status_code in {400, 413}
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("name", ["", None])
async def test_empty_operation_name_is_none(client: Client, name: str | None) -> None:
    response = await post(client, "query Tags { tags { id } }", operationName=name)

    assert "errors" not in response.json()


async def test_empty_parameters_of_a_get_are_absent_ones(client: Client) -> None:
    params = {
        "query": "query Tags { tags { id } }",
        "operationName": "",
        "variables": "",
        "extensions": "",
    }

    assert "errors" not in (await client.get("/graphql", params=params)).json()


async def test_empty_query_is_a_missing_one(client: Client) -> None:
    response = await client.get("/graphql", params={"query": ""})

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The request must have a query."
