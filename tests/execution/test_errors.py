"""Errors over GraphQL: one clear message, a code to switch on, and nothing else lost."""

import logging
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from strawberry.relay.utils import to_base64

from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings, without_cost
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

GRAPHQL_JSON = "application/graphql-response+json"


async def post(client: Client, query: str, **headers: str) -> Any:
    return await client.post("/graphql", json={"query": query}, headers=headers)


async def test_unknown_id_is_null_without_an_error(gateway: Client) -> None:
    assert await gateway.ask(
        """{
          run(id: 99) { id }
          sample(runId: 99, regressionId: 1) { status }
          regressionTest(id: 99) { id }
          media(id: 99) { id }
        }"""
    ) == {"run": None, "sample": None, "regressionTest": None, "media": None}


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ("{ sample(runId: 1) { status } }", "regressionId"),
        ("{ sample(runId: 1, regressionId: 1, mediaId: 1) { status } }", "regressionId"),
        ("{ media { id } }", "id"),
        ('{ media(id: 1, sha: "ab") { id } }', "id"),
        ('{ media(sha: "no hash") { id } }', "sha"),
    ],
)
async def test_contradicting_arguments_are_rejected_by_name(
    gateway: Client, query: str, argument: str
) -> None:
    [error] = (await post(gateway, query)).json()["errors"]

    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert argument in error["message"]


async def test_error_in_one_field_leaves_the_others(platform: Platform, gateway: Client) -> None:
    await platform.add(rows.run(1))

    body = (await post(gateway, "{ run(id: 1) { id } media { id } }")).json()

    assert body["data"] == {"run": {"id": 1}, "media": None}
    assert [error["path"] for error in body["errors"]] == [["media"]]


@pytest.mark.parametrize(
    "list",
    [
        "regressionTests(filter: {search: $text}) { nodes { id } }",
        "regressionTests(filter: {categories: [$text]}) { totalCount }",
        "mediaFiles(filter: {search: $text}) { nodes { id } }",
        "runs(filter: {branch: $text}) { nodes { id } }",
        "run(id: 1) { samples(filter: {tags: [$text]}) { nodes { command } } }",
        "run(id: 1) { samples(orderBy: NAME, after: $cursor) { nodes { command } } }",
    ],
)
async def test_text_with_a_nul_is_bad_user_input(
    platform: Platform, gateway: Client, list: str
) -> None:
    await platform.add(rows.run(1))
    cursor = to_base64("sample name", orjson.dumps(["\0", 1]).decode())
    query = list.replace("$text", '"a\\u0000"').replace("$cursor", f'"{cursor}"')

    body = (await post(gateway, f"{{ {query} }}")).json()

    assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]


async def test_text_with_a_nul_leaves_other_fields(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.media(21),
        rows.regression_test(1, sample_id=21),
        rows.run(1),
    )
    samples = 'run(id: 1) { samples(filter: {search: "\\u0000"}) { totalCount } }'

    body = (
        await post(gateway, f"{{ {samples} regressionTest(id: 1) {{ media {{ id }} }} }}")
    ).json()

    assert body["data"] == {"run": {"samples": None}, "regressionTest": {"media": {"id": 21}}}


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("runs(first: 1000) { nodes { id } }", {"runs": None}),
        ("regressionTests(first: 1000) { nodes { id } }", {"regressionTests": None}),
        ("mediaFiles(first: 1000) { nodes { id } }", {"mediaFiles": None}),
        ('nodes(ids: ["no id"]) { nodeId }', {"nodes": [None]}),
        ("run(id: 1) { id samples(first: 1000) { nodes { command } } }",
         {"run": {"id": 1, "samples": None}}),
        ("regressionTest(id: 1) { id history(first: 1000) { nodes { runId } } }",
         {"regressionTest": {"id": 1, "history": None}}),
        ("regressionTest(id: 1) { id stability(platform: LINUX, last: 0) { runs } }",
         {"regressionTest": {"id": 1, "stability": None}}),
        ("compareRuns(head: 1) { head { id } runtimeChanged(factor: 1) { head { runId } } }",
         {"compareRuns": {"head": {"id": 1}, "runtimeChanged": None}}),
    ],
)  # fmt: skip
async def test_rejected_argument_leaves_other_fields(
    platform: Platform, gateway: Client, field: str, refused: dict[str, Any]
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1),
    )

    body = (await post(gateway, f"{{ tags {{ id }} {field} }}")).json()

    assert body["data"] == {"tags": []} | refused
    assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"]


async def test_rejected_filter_leaves_other_selections_of_the_same_list(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        rows.regression_test(1),
        rows.run(1, "completed"),
        rows.result(1, 1),
    )
    lists = """{
      run(id: 1) {
        bad: samples(filter: {search: "\\u0000"}) { totalCount nodes { regressionId } }
        good: samples(filter: {search: ""}) { totalCount nodes { regressionId } }
      }
      regressionTest(id: 1) {
        bad: history(filter: {branch: "\\u0000"}) { nodes { runId } }
        good: history(filter: {branch: "master"}) { nodes { runId } }
      }
    }"""

    body = (await post(gateway, lists)).json()

    assert body["data"] == {
        "run": {"bad": None, "good": {"totalCount": 1, "nodes": [{"regressionId": 1}]}},
        "regressionTest": {"bad": None, "good": {"nodes": [{"runId": 1}]}},
    }
    assert [error["path"][1] for error in body["errors"]] == ["bad", "bad"]


async def test_search_text_that_is_too_long_is_bad_user_input(gateway: Client) -> None:
    query = "query ($text: String!) { mediaFiles(filter: {search: $text}) { nodes { id } } }"
    body = {"query": query, "variables": {"text": "x" * 60_000}}

    [error] = (await gateway.post("/graphql", json=body)).json()["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "60000 characters, and the limit is 1000" in error["message"]


async def test_longest_search_text_is_taken(platform: Platform, gateway: Client) -> None:
    text = "é" * 1000
    await platform.add(rows.media(1, original_name=text + "."))
    query = "query ($text: String!) { mediaFiles(filter: {search: $text}) { nodes { id } } }"

    assert (await gateway.ask(query, text=text.upper()))["mediaFiles"]["nodes"] == [{"id": 1}]


async def test_prefix_longer_than_any_commit_matches_no_run(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.run(1))
    query = "query ($text: String!) { runs(filter: {commit: $text}) { totalCount } }"

    assert (await gateway.ask(query, text="f" * 60_000))["runs"]["totalCount"] == 0


async def test_too_many_values_for_a_statement_are_bad_user_input(
    platform: Platform,
) -> None:
    query = "query ($ids: [Int!]!) { regressionTests(filter: {mediaIds: $ids}) { totalCount } }"
    body = {"query": query, "variables": {"ids": list(range(40_000))}}
    with_large_bodies = settings(platform.url, max_body_bytes=1_000_000)
    async with running_app(with_large_bodies, platform.token) as client:
        [error] = (await client.post("/graphql", json=body)).json()["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_ambiguous_media_file_is_an_error(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.media(7),
        rows.regression_test(12, sample_id=7),
        rows.regression_test(13, sample_id=7),
        rows.run(1),
    )

    [error] = (await post(gateway, "{ sample(runId: 1, mediaId: 7) { status } }")).json()["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["regressionIds"] == [12, 13]


@pytest.mark.parametrize(
    "query",
    ["{", "{ nonsense }", "{ run { id } }", '{ run(id: "x") { id } }', "mutation { x }"],
)
async def test_invalid_document_is_bad_user_input(gateway: Client, query: str) -> None:
    response = await post(gateway, query, accept=GRAPHQL_JSON)

    assert response.status_code == 400
    assert response.headers["content-type"].startswith(GRAPHQL_JSON)
    body = response.json()
    assert "data" not in body
    assert {error["extensions"]["code"] for error in body["errors"]} == {"BAD_USER_INPUT"}


LONG = "x" * 15_000


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (f"{{ {LONG} }}", {}),
        (f"{{ run(id: ${LONG}) {{ id }} }}", {}),
        (f'{{ run(id: "{LONG}") {{ id }} }}', {}),
        (f"{{ runs(orderBy: {LONG}) {{ totalCount }} }}", {}),
        ("query ($t: DateTime) { runs(filter: {startedAfter: $t}) { totalCount } }", {"t": LONG}),
        ("query ($v: Int!) { run(id: $v) { id } }", {"v": LONG}),
    ],
)
async def test_message_that_quotes_a_long_text_is_cut(
    gateway: Client, query: str, variables: dict[str, Any]
) -> None:
    body = {"query": query, "variables": variables}
    errors = (await gateway.post("/graphql", json=body)).json()["errors"]

    assert all(len(error["message"]) <= 501 for error in errors)
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}


async def test_invalid_variables_have_five_errors(gateway: Client) -> None:
    query = "query ($ids: [Int!]) { regressionTests(filter: {mediaIds: $ids}) { totalCount } }"
    body = {"query": query, "variables": {"ids": ["x"] * 400}}
    errors = (await gateway.post("/graphql", json=body)).json()["errors"]

    assert [error["message"][:39] for error in errors] == [
        f"Variable '$ids' has invalid value at [{n}" for n in range(5)
    ]


async def test_document_of_several_operations_requires_an_operation_name(gateway: Client) -> None:
    document = "query A { tags { id } } query B { categories { id } }"

    unnamed = await post(gateway, document)
    named = await gateway.post("/graphql", json={"query": document, "operationName": "B"})

    assert "operationName" in unnamed.json()["errors"][0]["message"]
    assert without_cost(named.json()) == {"data": {"categories": []}}


@pytest.mark.parametrize(
    "body",
    [b'"x"', b"null", b"1", b"\xff\xfe", b"[" * 100_000, b"[1]", b"", b"{", b'{"query": 1}',
     b'{"query": "{ tags { id } }", "operationName": 5}',
     b'{"query": "{ tags { id } }", "variables": []}', b"{}"],
)  # fmt: skip
async def test_malformed_body_is_bad_user_input(gateway: Client, body: bytes) -> None:
    response = await gateway.post(
        "/graphql", content=body, headers={"content-type": "application/json"}
    )

    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_malformed_json_parameter_is_named(gateway: Client, name: str) -> None:
    response = await gateway.get("/graphql", params={"query": "{ tags { id } }", name: "xx"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == f"{name} must be JSON."


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_body_of_another_content_type_is_rejected_with_the_remedy(
    gateway: Client, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await gateway.post(
        "/graphql", content='{"query": "{ tags { id } }"}', headers=headers
    )

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "Send Content-Type: application/json."


async def test_other_method_is_rejected_with_the_allowed_methods(gateway: Client) -> None:
    response = await gateway.put("/graphql", json={"query": "{ tags { id } }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@only_on("sqlite")
async def test_internal_error_is_logged_and_exposes_no_details(
    platform: Platform, gateway: Client, caplog: pytest.LogCaptureFixture
) -> None:
    await platform.add(rows.run(1))
    async with platform.writer.begin() as connection:
        await connection.execute(text("UPDATE test SET pr_nr = 'no number'"))

    with caplog.at_level(logging.ERROR):
        body = (await post(gateway, "{ run(id: 1) { pullRequest } tags { id } }")).json()

    assert body["data"] == {"run": {"pullRequest": None}, "tags": []}
    assert body["errors"][0]["extensions"] == {"code": "INTERNAL"}
    assert "number" not in str(body)
    assert "no number" in caplog.text


async def test_unavailable_database_rejects_the_whole_request() -> None:
    gone = settings("postgresql://nobody@127.0.0.1:1/nothing")
    async with running_app(gone) as client:
        response = await post(client, "{ tags { id } }")

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


async def test_error_that_aliases_of_a_field_share_is_repeated_five_times(client: Client) -> None:
    aliases = " ".join(f'a{number}: node(id: "zz") {{ __typename }}' for number in range(20))

    body = (await client.post("/graphql", json={"query": f"{{ {aliases} }}"})).json()

    assert [error["path"] for error in body["errors"]] == [[f"a{number}"] for number in range(5)]
    assert set(body["data"].values()) == {None}
